"""A real mail server: Postfix of its own, with its queue in a folder of the test, that delivers everything to one place."""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.mail import dovecot

READY_S = 30


@dataclass(frozen=True)
class Postfix:
    """A server that takes mail on a port of this machine."""

    folder: Path
    port: int

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as talk:
            talk.sendmail(sender, [recipient], content)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def flush(self) -> bool:
        """Try everything that waits again, now."""
        self._run("postqueue", "-f")
        return True

    def queued(self) -> int:
        """Messages that wait."""
        return len(self._run("postqueue", "-j").splitlines())

    def _run(self, *command: str) -> str:
        program = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None
        done = subprocess.run(
            [program, "-c", str(self.folder / "etc"), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.log()
        return done.stdout


MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def running(*, to: tuple[str, int]) -> Iterator[Postfix]:
    """Postfix that delivers to (`smtp` or `lmtp`, port) on this machine; only root can run one."""
    dovecot.needed("postfix")
    if os.geteuid() != 0:
        if os.environ.get(dovecot.REQUIRED) == "1":
            pytest.fail(f"{dovecot.REQUIRED}=1, and Postfix runs only as root")
        pytest.skip(f"{dovecot.NOTHING_HERE}: Postfix runs only as root")
    folder = Path(tempfile.mkdtemp(prefix="palier-mta-"))
    os.chmod(folder, 0o755)
    for one in ("etc", "queue", "data"):
        (folder / one).mkdir()
    shutil.chown(folder / "data", "postfix")
    port = dovecot.free_port()
    kind, where = to
    (folder / "etc" / "main.cf").write_text(
        f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.boreal.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
default_transport = {kind}:inet:[127.0.0.1]:{where}
relay_transport = {kind}:inet:[127.0.0.1]:{where}
disable_dns_lookups = yes
smtp_host_lookup = native
lmtp_host_lookup = native
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
notify_classes =
bounce_queue_lifetime = 0
destination_concurrency_failed_cohort_limit = 100
default_destination_concurrency_failed_cohort_limit = 100
smtputf8_enable = no
""".replace(f"{kind}:inet:", f"{kind}:inet:" if kind == "lmtp" else "smtp:")
    )
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
    made = Postfix(folder=folder, port=port)
    made._run("postfix", "start")
    try:
        limit = time.monotonic() + READY_S
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", port, timeout=5):
                    break
            except (OSError, smtplib.SMTPException):
                assert time.monotonic() < limit, made.log()
                time.sleep(0.05)
        yield made
    finally:
        made._run("postfix", "stop")
        shutil.rmtree(folder, ignore_errors=True)
