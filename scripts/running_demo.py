"""The demonstration in a folder of its own, running while a script looks at it; and signed in as one of its people."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Where it runs (`http://127.0.0.1:8123/`), and each vendor's password and people by role."""

    base: str
    passwords: dict[str, str]
    people: dict[tuple[str, str], str]

    def address(self, vendor: str, path: str = "") -> str:
        """A page of a vendor."""
        return f"{self.base}{vendor}/{path}"

    def person(self, vendor: str, role: str) -> str:
        """The first person of a vendor in that role (`customer`, `vendor, agent`), by address."""
        return self.people[vendor, role]


@contextmanager
def running() -> Iterator[Demo]:
    """Start it afresh, wait until it serves, and stop it afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="palier-demo-", ignore_cleanup_errors=True) as folder,
        _port() as port,
    ):
        os.chmod(folder, 0o711)
        given = {
            name: value for name, value in os.environ.items() if not name.startswith(("PALIER_", "DATABASE_"))
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "palier", "demo", "--port", str(port), "--lang", "en"],
            env=given | {"PALIER_DATA": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        stuck = threading.Timer(START_S, process.kill)
        stuck.start()
        try:
            yield _read(process, f"http://127.0.0.1:{port}/")
        finally:
            stuck.cancel()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


@contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    yield number


def _read(process: subprocess.Popen[str], base: str) -> Demo:
    """What it prints until it can be stopped: addresses, passwords, people."""
    assert process.stdout is not None
    passwords: dict[str, str] = {}
    people: dict[tuple[str, str], str] = {}
    vendor = ""
    for line in process.stdout:
        if found := re.match(rf"{re.escape(base)}(\w+)/\s+password: (\S+)", line):
            vendor, passwords[found[1]] = found[1], found[2]
        elif found := re.match(r"  (\S+@\S+)\s+(\S.*?) \(", line):
            people.setdefault((vendor, found[2]), found[1])
        if "Ctrl-C" in line:
            # It goes on saying things: a full pipe would hold it up.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return Demo(base=base, passwords=passwords, people=people)
    raise SystemExit("the demonstration did not start: run `palier demo` to see why")


def signed_in(demo: Demo, vendor: str, person: str) -> str:
    """The cookies of somebody signed in, as a request's header has them."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = demo.address(vendor, "accounts/login/")
    with opener.open(address, timeout=60) as page:  # our own loopback address
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None, address
    sent = {"csrfmiddlewaretoken": token[1], "login": person, "password": demo.passwords[vendor]}
    with opener.open(address, urllib.parse.urlencode(sent).encode(), timeout=60) as page:
        if page.geturl() == address:
            raise SystemExit(f"{person} could not sign in at {address}")
    return "; ".join(f"{one.name}={one.value}" for one in jar)
