"""Asking ClamAV's daemon about a file: its protocol INSTREAM over TCP or a socket (clamd(8), "COMMANDS").

`zINSTREAM`, then blocks, each with its length in four bytes, most significant first, then a length of nought; the answer is
`stream: OK`, `stream: <name> FOUND`, or an error. Unpacking archives, and when to stop, is its own affair (MaxScanSize,
MaxRecursion, MaxFiles in clamd.conf).
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

BLOCK = 1 << 17
TIMEOUT_S = 120.0
_TOO_LARGE = "size limit exceeded"


class NotAnswered(Exception):
    """The scanner cannot be reached or says nothing that can be read; to be asked again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the scanner says: clean, or what it found; `too_large` when it does not read as much."""

    clean: bool
    found: str = ""
    too_large: bool = False


def scan(source: IO[bytes], address: str, *, timeout_s: float = TIMEOUT_S) -> Answer:
    """Have a content scanned at `tcp://host:port` or `unix:///path`. Raises NotAnswered."""
    try:
        with _connected(address, timeout_s) as connection:
            _send(connection, source)
            said = _received(connection)
    except OSError as problem:
        raise NotAnswered(f"{address}: {problem}") from problem
    return _read(said, address)


def _connected(address: str, timeout_s: float) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=timeout_s)


def _send(connection: socket.socket, source: IO[bytes]) -> None:
    try:
        connection.sendall(b"zINSTREAM\0")
        while block := source.read(BLOCK):
            connection.sendall(struct.pack("!I", len(block)) + block)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It stopped listening, which it does beyond its StreamMaxLength: what it said before is still there to read.
        return


def _received(connection: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < 4096:
        block = connection.recv(1024)
        if not block:
            break
        said += block
    return said.partition(b"\0")[0].decode("utf-8", errors="replace").strip()


def _read(said: str, address: str) -> Answer:
    if said == "stream: OK":
        return Answer(clean=True)
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return Answer(clean=False, found=said.removeprefix("stream: ").removesuffix(" FOUND"))
    if _TOO_LARGE in said:
        return Answer(clean=False, too_large=True)
    raise NotAnswered(f"{address}: {said or 'no answer'}")
