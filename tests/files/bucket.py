"""A stand-in for S3 on this machine: objects by name, put, fetched, looked at and deleted; it keeps what was asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class Bucket(ThreadingHTTPServer):
    """The objects, by bucket and name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    @property
    def name(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    def answer(self, status: int, content: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        self.end_headers()
        self.wfile.write(content)

    def do_PUT(self) -> None:
        self.server.objects[self.name] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self) -> None:
        found = self.server.objects.get(self.name)
        if found is None:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.answer(200, found)

    def do_HEAD(self) -> None:
        found = self.server.objects.get(self.name)
        self.answer(404 if found is None else 200, length=0 if found is None else len(found))

    def do_DELETE(self) -> None:
        self.server.objects.pop(self.name, None)
        self.answer(204)

    def log_message(self, *_said: object) -> None:
        """Nothing."""


@contextmanager
def running() -> Iterator[Bucket]:
    """The bucket, until the block ends."""
    server = Bucket()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
