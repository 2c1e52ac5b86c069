"""A stand-in for clamd on this machine, speaking its real protocol: INSTREAM, blocks with their lengths, one answer."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The test file that every scanner knows, in two pieces: no scanner shall take this source for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, Tcp | Unix)
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        assert command == b"zINSTREAM\0", command
        if server.silent:
            return
        content = b""
        while True:
            (length,) = struct.unpack("!I", self.rfile.read(4))
            if length == 0:
                break
            content += self.rfile.read(length)
            if len(content) > server.longest:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        server.seen.append(content)
        found = EICAR in content
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


class _Common:
    """What both kinds of server keep."""

    seen: list[bytes]
    longest: int
    silent: bool


class Tcp(_Common, socketserver.ThreadingTCPServer):
    """Over TCP."""

    daemon_threads = True


class Unix(_Common, socketserver.ThreadingUnixStreamServer):
    """Over a socket."""

    daemon_threads = True


@contextmanager
def running(
    *, longest: int = 1 << 20, silent: bool = False, path: Path | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """The scanner's address, and what it is given."""
    server = Tcp(("127.0.0.1", 0), _Handler) if path is None else Unix(str(path), _Handler)
    server.seen, server.longest, server.silent = [], longest, silent
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    address = f"unix://{path}" if path is not None else f"tcp://127.0.0.1:{server.socket.getsockname()[1]}"
    try:
        yield address, server.seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def nobody() -> str:
    """An address at which nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"
