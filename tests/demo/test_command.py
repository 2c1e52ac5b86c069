"""The command itself, as somebody runs it: from nothing to pages, ended, run again, refused where it must be."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql

from palier.demo import running
from palier.site.refusals import Refused

NAME = "test_palier_demo_command"
LIMIT_S = 300


@pytest.fixture
def environment(django_db_setup: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What the command is given: a database of its own on the tests' server, and a data folder."""
    owner, app = os.environ["DATABASE_OWNER_URL"], os.environ["DATABASE_URL"]
    administer = conninfo.make_conninfo(owner, dbname="postgres")
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME))
    with psycopg.connect(administer, autocommit=True) as connection:
        connection.execute(drop)
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PALIER_", "DJANGO_"))}
    yield given | {
        "PALIER_DATA": str(tmp_path),
        "DATABASE_URL": re.sub(r"/test_palier_\w+", f"/{NAME}", app),
        "DATABASE_OWNER_URL": re.sub(r"/test_palier_\w+", f"/{NAME}", owner),
        "LANG": "C.UTF-8",
        "LC_ALL": "",
    }
    with psycopg.connect(administer, autocommit=True) as connection:
        connection.execute(drop)


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _heeds_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _started(environment: dict[str, str], port: int, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The command, once it says that it can be stopped; and what it said until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "palier", "demo", "--port", str(port), *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        # A run in the background of a shell ignores Ctrl-C, and so would all it starts.
        preexec_fn=_heeds_ctrl_c,
    )  # fmt: skip
    assert process.stdout is not None
    stuck = threading.Timer(LIMIT_S, process.kill)
    stuck.start()
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    stuck.cancel()
    return process, said


def _ended(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    process.send_signal(number)
    said, _ = process.communicate(timeout=LIMIT_S)
    return process.returncode, said


def _page(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as answer:  # our own loopback address
        return int(answer.status)


def _send_the_mail_it_tells_of(said: str, environment: dict[str, str]) -> None:
    """The line that is printed sends a request by mail, which is there once it ends."""
    line = next(one for one in said.splitlines() if one.startswith("  python3 -c "))
    limit = time.monotonic() + LIMIT_S
    while True:
        sent = subprocess.run(line.strip(), shell=True, capture_output=True, text=True, check=False)
        if sent.returncode == 0:
            break
        # The receiver starts beside the web server, and is not waited for.
        assert "ConnectionRefusedError" in sent.stderr, sent.stderr
        assert time.monotonic() < limit
        time.sleep(0.2)
    with psycopg.connect(environment["DATABASE_OWNER_URL"]) as owner:
        found = owner.execute("select recipients, detail from mail_incoming").fetchall()
    assert [recipients for recipients, _ in found] == [["support@northern.example"]]


def test_from_nothing_to_pages_and_again(environment: dict[str, str], tmp_path: Path) -> None:
    port = _port()
    first, said = _started(environment, port)
    try:
        assert f"http://127.0.0.1:{port}/northern/" in said, said
        assert _page(f"http://127.0.0.1:{port}/northern/accounts/login/") == 200
        _send_the_mail_it_tells_of(said, environment)
        second = subprocess.run(
            [sys.executable, "-m", "palier", "demo", "--port", str(_port())],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert "already" in second.stderr
    finally:
        code, last = _ended(first, signal.SIGINT)
    assert code == 130
    assert "data is kept" in last
    kept = tmp_path / "demo-passwords.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    passwords = json.loads(kept.read_text())
    assert all(password in said for password in passwords.values())

    another = _port()
    again, said = _started(environment, another, "--lang", "fr", "--scale", "120")
    try:
        assert "Northern reçoit 120 tickets" in said
        assert "par seconde" in said
        assert "événements" not in said
        assert all(password in said for password in passwords.values())
        assert _page(f"http://127.0.0.1:{another}/infor/accounts/login/") == 200
    finally:
        code, _ = _ended(again, signal.SIGTERM)
    assert code == 0


def test_a_database_with_a_vendor_of_somebodys_own_is_refused(
    environment: dict[str, str],
) -> None:
    owner = environment["DATABASE_OWNER_URL"]
    administer = conninfo.make_conninfo(owner, dbname="postgres")
    with psycopg.connect(administer, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("create table people_vendor (demo boolean not null)")
        connection.execute("insert into people_vendor values (false)")
    for arguments in ([], ["--reset"]):
        done = subprocess.run(
            [sys.executable, "-m", "palier", "demo", "--port", str(_port()), *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "nothing was touched" in done.stderr
    with psycopg.connect(owner) as connection:
        assert connection.execute("select count(*) from people_vendor").fetchone() == (1,)


def test_a_taken_port_is_named_with_one_that_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused) as refused:
            running.require_port(port)
    free = re.search(r"--port (\d+)", refused.value.en)
    assert free is not None
    assert int(free[1]) > port
    assert f"port {port}" in refused.value.fr


def test_a_free_port_is_fine() -> None:
    running.require_port(_port())


def test_a_web_server_that_ends_is_said_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(self: Any, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "import sys; print('the disk is full'); sys.exit(1)"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self._output)

    monkeypatch.setattr(running.Children, "_run", run)
    with (
        pytest.raises(Refused, match="the disk is full"),
        running.children(_port(), tmp_path / "demo.log"),
    ):
        pass
