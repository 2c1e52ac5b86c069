"""A mail server that misbehaves as it is told to: it refuses, hangs up or falls silent at a stage of its choice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "body")
"""Where it may misbehave: `data` before the message is sent, `body` once it was taken."""
DROP, HANG = "drop", "hang"
Fault = int | str | None
"""A reply code, DROP, HANG, or None: it behaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that came whole."""

    envelope_from: str
    recipients: tuple[str, ...]
    content: bytes


class Peer:
    """The server. `fault` is asked at each stage; whatever came whole is in `taken`, answered for or not."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.connections = 0
        self.fault: Callable[[str], Fault] = lambda stage: None
        self.port = 0
        self.loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()

    async def _misbehave(self, server: Any, stage: str) -> str:
        fault = self.fault(stage)
        if fault is None:
            return ""
        if fault == DROP:
            server.transport.abort()
            raise asyncio.CancelledError
        if fault == HANG:
            await asyncio.Event().wait()
        return f"{fault} {str(fault)[0]}.0.0 not now"

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        refusal = await self._misbehave(server, "ehlo")
        if refusal:
            return [refusal]
        session.host_name = hostname
        return responses

    async def handle_HELO(self, server: Any, session: Session, envelope: Envelope, hostname: str) -> str:
        session.host_name = hostname
        return await self._misbehave(server, "ehlo") or "250 here"

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._misbehave(server, "mail")
        if not refusal:
            envelope.mail_from = address
        return refusal or "250 2.1.0 fine"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._misbehave(server, "rcpt")
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 fine"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        self.taken.append(
            Taken(
                envelope_from=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content,
            )
        )
        return await self._misbehave(server, "body") or "250 2.0.0 taken"

    def server(self) -> SMTP:
        """One connection."""
        peer = self

        class Connection(SMTP):
            async def _handle_client(self) -> None:
                peer.connections += 1
                refusal = await peer._misbehave(self, "greeting")
                if refusal:
                    await self.push(refusal)
                    if self.transport is not None:
                        self.transport.close()
                    return
                await super()._handle_client()

            async def smtp_DATA(self, arg: str) -> None:
                refusal = await peer._misbehave(self, "data")
                if refusal:
                    await self.push(refusal)
                    return
                await super().smtp_DATA(arg)

        return Connection(self, hostname="peer.example", loop=self.loop, command_call_limit=10_000)


@contextmanager
def running() -> Iterator[Peer]:
    """A peer on loopback, on a port of its own."""
    peer = Peer()
    server = peer.loop.run_until_complete(peer.loop.create_server(peer.server, host="127.0.0.1", port=0))
    peer.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=peer.loop.run_forever, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.loop.call_soon_threadsafe(peer.loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(peer.loop):
            task.cancel()
        peer.loop.run_until_complete(asyncio.sleep(0))
        peer.loop.close()
