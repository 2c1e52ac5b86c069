"""A real IMAP server: Dovecot of its own, on a free port of this machine, in a folder of the test; ended by the test."""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "only-the-tests-know-it"
REQUIRED = "PALIER_REQUIRE_MAIL"
NOTHING_HERE = "no mail servers here"
READY_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def needed(*programs: str) -> None:
    """Skip loudly without these programs; fail where they are required."""
    missing = [one for one in programs if shutil.which(one, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing and os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, and there is no {', '.join(missing)}: install dovecot-imapd and postfix")
    if missing:
        pytest.skip(f"{NOTHING_HERE}: {', '.join(missing)} is missing")


@dataclass
class Dovecot:
    """A server that lets any user in with the one password, seen as one of them."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    user: str = "agent"

    def connect(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        client.login(self.user, PASSWORD)
        return client

    def put(self, *messages: bytes, folder: str = "INBOX", date: str = "") -> None:
        """Append messages to a folder; `date` is their internal date, in IMAP's form."""
        client = self.connect()
        for one in messages:
            kind, said = client.append(folder, "", f'"{date}"' if date else "", one)
            assert kind == "OK", said
        client.logout()

    def make(self, *folders: str) -> None:
        client = self.connect()
        for one in folders:
            assert client.create(one)[0] == "OK"
        client.logout()

    def flags(self, folder: str = "INBOX") -> list[bool]:
        """For every message whether it was seen."""
        client = self.connect()
        client.select(f'"{folder}"', readonly=True)
        _, data = client.fetch("1:*", "(FLAGS)")
        client.logout()
        return [b"\\Seen" in line for line in data if isinstance(line, bytes)]

    def count(self, folder: str = "INBOX") -> int:
        client = self.connect()
        kind, data = client.select(f'"{folder}"', readonly=True)
        client.logout()
        return int(data[0] or 0) if kind == "OK" else -1

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


def settings(port: int, **changed: object) -> dict[str, object]:
    """Settings of a source that reads this server."""
    return {
        "host": "127.0.0.1", "port": port, "security": "none", "user": "agent", "sign_in": "password",
        "folders": ["INBOX"], "after": "seen", "move_to": "", "first": "all", "every_s": 10, "token_url": "",
        "client_id": "", "scope": "",
    } | changed  # fmt: skip


def start(
    *,
    tls: tuple[Path, Path] | None = None,
    more: str = "",
    port: int | None = None,
    folder: Path | None = None,
) -> Dovecot:
    """Start a server; `tls`: certificate and key, for STARTTLS. Its folder is short: a socket's path has 107 bytes."""
    needed("dovecot")
    folder = folder or Path(tempfile.mkdtemp(prefix="palier-imap-"))
    os.chmod(folder, 0o755)
    port = port or free_port()
    me = getpass.getuser()
    group = grp.getgrgid(os.getegid()).gr_name
    for one in ("run", "state", "mail"):
        (folder / one).mkdir(exist_ok=True)
    # Its processes run as whoever runs the tests; as root only the mail processes need another user.
    user = "nobody" if os.geteuid() == 0 else me
    user_group = "nogroup" if os.geteuid() == 0 else group
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", user, user_group)
    ssl = f"ssl = yes\nssl_cert = <{tls[0]}\nssl_key = <{tls[1]}\n" if tls else "ssl = no\n"
    (folder / "dovecot.conf").write_text(
        f"""
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {user_group}
default_login_user = {user}
disable_plaintext_auth = no
{ssl}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = static
  mechanisms = plain login
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={user_group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
{more}
"""
    )
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], start_new_session=True)
    made = Dovecot(folder=folder, port=port, process=process)
    limit = time.monotonic() + READY_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                if probe.recv(4):
                    return made
        except OSError:
            pass
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        assert process.poll() is None, log
        assert time.monotonic() < limit, log
        time.sleep(0.05)
