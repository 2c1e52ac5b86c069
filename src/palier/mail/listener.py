"""Our own SMTP and LMTP listener (RFC 5321, RFC 2033): mail for addresses of vendors, and nothing else.

An address nobody has is refused at RCPT. The peer hears 250 once every vendor's row is committed, and 451 or 452 when the
database is not there or full, so that it keeps the message and comes again; what was taken before is then found again by
its content. What one peer can hold is bounded: connections, recipients, seconds, and the bytes of all messages under way.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
import socket
import ssl
import stat
import threading
import weakref
from collections.abc import Callable
from concurrent import futures
from datetime import datetime
from email.utils import format_datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import structlog
from aiosmtpd import lmtp, smtp
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from palier.mail import addresses, intake, sources
from palier.mail.gate import Gate, Limits
from palier.people import tenancy

log = structlog.get_logger(__name__)
# aiosmtpd tells every command at `info`: whom people write to is nothing for a log.
logging.getLogger("mail.log").setLevel(logging.WARNING)

R = TypeVar("R")

WORKERS = 4
"""Threads that write to the database, each with a connection."""
LONGEST_LINE = 1 << 16
"""Octets read at once. A longer line of a message is taken in pieces, whatever RFC 5321 allows: nothing is lost for it."""
LONGEST_PATH = 320
MOST_UNKNOWN = 20
"""Unknown recipients in one connection, after which it is closed: whoever guesses addresses guesses slowly."""
_NOT_SHOWN = re.compile(r"[^A-Za-z0-9._:\[\]-]")

LATER = "451 4.3.0 not taken now: please send it again later"
FULL = "452 4.3.1 no room now: please send it again later"
TOO_LARGE = "552 5.3.4 this message is larger than the {limit} bytes taken here"
NOBODY = "550 5.1.1 nobody receives mail here at this address"
TURNED_OFF = "550 5.2.1 this address takes no mail by this way"


# --- what is done with what the peer says -----------------------------------------------------------


class Desk:
    """Answers the commands that matter; its `handle_…` are aiosmtpd's hooks."""

    def __init__(self, gate: Gate, *, name: str, clock: Callable[[], datetime]) -> None:
        self._gate, self._name, self._clock = gate, name, clock
        self._threads = futures.ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="mail")

    def close(self) -> None:
        """End the threads, and with them their connections, after what they do."""
        together = threading.Barrier(WORKERS)

        def end() -> None:
            together.wait()
            connection.close()

        for _ in range(WORKERS):
            self._threads.submit(end)
        self._threads.shutdown(wait=True)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we can do; signing in is no part of it."""
        del server, envelope
        session.host_name = hostname
        told = [one for one in responses if not one.startswith("250-AUTH")]
        return [told[0], "250-PIPELINING", *told[1:]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Any sender: who one is shows in the message's proofs, not here. `<>` is that of reports."""
        del server, session
        if len(address) > LONGEST_PATH:
            return "553 5.1.7 this sender's address is too long"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        envelope.vendors = {}
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Only addresses that a vendor has."""
        del options
        if len(envelope.rcpt_tos) >= self._gate.limits.recipients:
            return "452 4.5.3 too many recipients in one message: send the others in another"
        try:
            found = await self._in_thread(functools.partial(_recipient, address))
        except (DatabaseError, InterfaceError) as error:
            log.warning("recipient not looked up", error=str(error))
            return LATER
        if isinstance(found, str):
            session.unknown = getattr(session, "unknown", 0) + 1
            if session.unknown >= MOST_UNKNOWN:
                asyncio.get_running_loop().call_soon(server.hang_up)
                return "421 4.7.0 too many unknown recipients"
            return found
        envelope.vendors[address] = found
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """What nobody foresaw is never an acceptance: the peer keeps its message."""
        log.error("listener failed", exc_info=error)
        return LATER

    async def take(self, session: Any, envelope: Any, content: bytes, protocol: str) -> list[str]:
        """Keep a message for each vendor it is for; one reply per recipient, in their order."""
        helo = _NOT_SHOWN.sub("", str(session.host_name or ""))[:255] or "unknown"
        peer = peer_of(session.peer)
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from
        now = self._clock()
        whole = self._trace(helo, peer, sender, protocol, now) + content
        replies: dict[UUID, str] = {}
        for vendor_id in dict.fromkeys(envelope.vendors.values()):
            mine = [one for one, whose in envelope.vendors.items() if whose == vendor_id]
            keep = functools.partial(
                _keep, vendor_id, whole, sender=sender, recipients=mine, peer=peer, helo=helo, now=now
            )
            replies[vendor_id] = await self._in_thread(keep)
        return [replies[envelope.vendors[one]] for one in envelope.rcpt_tos]

    def _trace(self, helo: str, peer: str, sender: str, protocol: str, now: datetime) -> bytes:
        """The lines every server puts on top (RFC 5321, 4.4)."""
        by = f"{self._name} with {protocol}; {format_datetime(now)}"
        return (
            f"Return-Path: <{re.sub(r'[^!-~]', '', sender)}>\r\n"
            f"Received: from {helo} ([{peer or 'local'}])\r\n\tby {by}\r\n"
        ).encode()

    async def _in_thread(self, call: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _fresh, call)


def _fresh(call: Callable[[], R]) -> R:
    """With a connection that lives: what broke in an earlier message does not break this one."""
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()


def _recipient(address: str) -> UUID | str:
    """The vendor that has an address, or the reply that refuses it."""
    vendor_id = addresses.vendor_of(address)
    if vendor_id is None:
        return NOBODY
    try:
        with tenancy.vendor(vendor_id):
            sources.listening(vendor_id)
    except sources.Failed:
        return TURNED_OFF
    return vendor_id


def _keep(
    vendor_id: UUID,
    content: bytes,
    *,
    sender: str,
    recipients: list[str],
    peer: str,
    helo: str,
    now: datetime,
) -> str:
    """Keep a message for one vendor, and the reply; it says 250 only after the commit."""
    try:
        with tenancy.vendor(vendor_id):
            source = sources.listening(vendor_id)
            taken = intake.accept(
                vendor_id=vendor_id,
                content=content,
                reached_at=now,
                now=now,
                source=source,
                envelope_from=sender,
                recipients=recipients,
                client=peer or intake.LOCAL,
                helo=helo,
            )
    except sources.Failed:
        return TURNED_OFF
    except intake.TooLarge as refusal:
        return TOO_LARGE.format(limit=refusal.limit)
    except intake.Empty:
        return "550 5.6.0 this message is empty"
    except (DatabaseError, InterfaceError) as error:
        log.warning("message not taken", vendor=str(vendor_id), error=str(error))
        full = isinstance(error.__cause__, psycopg.errors.DiskFull | psycopg.errors.InsufficientResources)
        return FULL if full else LATER
    return f"250 2.0.0 taken as {taken.incoming_id}"


def peer_of(peer: object) -> str:
    """The address of a peer; empty over a socket of this machine."""
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


# --- the protocol -----------------------------------------------------------------------------------


class Speech(smtp.SMTP):
    """One connection. What aiosmtpd leaves open: connections are counted, memory is bounded, long lines are taken."""

    line_length_limit = LONGEST_LINE
    per_recipient = False
    protocol = "ESMTP"

    def __init__(self, desk: Desk, gate: Gate, **more: Any) -> None:
        super().__init__(desk, auth_exclude_mechanism=["LOGIN", "PLAIN"], **more)
        self._desk, self._gate = desk, gate
        self._entered: str | None = None
        self._turned_away = False
        self._ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Let the peer in, or tell it to come again."""
        if self._original_transport is None:
            peer = peer_of(transport.get_extra_info("peername"))
            if not self._gate.enter(peer):
                self._turned_away = True
                transport.write(b"421 4.3.2 too many connections: please come again later\r\n")
                transport.close()
                return
            self._entered = peer
            self._ending = self.loop.call_later(self._gate.limits.session_s, self.hang_up)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Give its place free, once."""
        if self._turned_away:
            return
        if self._entered is not None:
            self._gate.leave(self._entered)
            self._entered = None
        if self._ending is not None:
            self._ending.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Nothing is read from whom was turned away."""
        if not self._turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """The same of its end."""
        return None if self._turned_away else super().eof_received()

    def hang_up(self) -> None:
        """End the connection: it took too long, or the listener ends."""
        if self.transport is not None:
            self.transport.close()

    @smtp.syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Read a message up to its lone dot and have it kept."""
        if await self.check_helo_needed():
            return
        envelope: Any = self.envelope
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._gate.limits.data_s)
        content = bytearray()
        try:
            refusal = await self._read(content)
            count = len(envelope.rcpt_tos)
            if refusal:
                replies = [refusal] * count
            else:
                replies = await self._desk.take(self.session, envelope, bytes(content), self._protocol())
        finally:
            self._gate.free(len(content))
            content.clear()
        self.envelope = self._create_envelope()
        self._reset_timeout()
        await self.push("\r\n".join(replies if self.per_recipient else [_worst(replies)]))

    def _protocol(self) -> str:
        return f"{self.protocol}{'S' if self._tls_protocol else ''}"

    async def _read(self, content: bytearray) -> str:
        """The message into `content`, dots unstuffed; or why it is refused, told after its end (RFC 5321, 4.2.5)."""
        refusal, at_line = "", True
        while True:
            try:
                line: bytes = await self._reader.readuntil(b"\r\n")
                whole = True
            except asyncio.LimitOverrunError as error:
                line, whole = await self._reader.read(error.consumed), False
            if at_line and line == b".\r\n":
                return refusal
            if at_line and line.startswith(b"."):
                line = line[1:]
            at_line = whole
            if refusal:
                continue
            if len(content) + len(line) > self._gate.limits.largest:
                refusal = TOO_LARGE.format(limit=self._gate.limits.largest)
            elif not self._gate.hold(len(line)):
                refusal = FULL
            else:
                content += line
            if refusal:
                self._gate.free(len(content))
                content.clear()


def _worst(replies: list[str]) -> str:
    """The one reply of SMTP for all recipients: whoever was not served makes the peer come again for all."""
    for digit in ("4", "5"):
        for one in replies:
            if one.startswith(digit):
                return one
    return replies[0]


class LocalSpeech(Speech, lmtp.LMTP):
    """LMTP: a reply for each recipient."""

    per_recipient = True
    protocol = "LMTP"


# --- listening --------------------------------------------------------------------------------------


class Listener:
    """Listens in a thread of its own, from `start` to `stop`. `host` and `port` (0: any free one), or `path`."""

    def __init__(
        self,
        *,
        limits: Limits,
        clock: Callable[[], datetime],
        host: str = "",
        port: int = 0,
        path: str = "",
        local: bool = False,
        name: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self.port, self._path = host, port, path
        self._name = name or socket.getfqdn()
        self._kind = LocalSpeech if local else Speech
        self._tls = tls
        self._gate = Gate(limits)
        self._desk = Desk(self._gate, name=self._name, clock=clock)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="listener", daemon=True)
        self._server: asyncio.Server | None = None
        self._speeches: weakref.WeakSet[Speech] = weakref.WeakSet()

    def start(self) -> None:
        """Listen; returns when it does. Raises OSError where it cannot."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        except OSError:
            self._end()
            raise

    def stop(self, grace_s: float = 10) -> None:
        """Take no more connections, let those that bring a message finish for a while, and end."""
        asyncio.run_coroutine_threadsafe(self._shut(grace_s), self._loop).result()
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._desk.close()
        if self._path:
            _remove_socket(self._path)

    def _speech(self) -> Speech:
        limits = self._gate.limits
        made = self._kind(
            self._desk,
            self._gate,
            hostname=self._name,
            ident="Palier",
            data_size_limit=limits.largest,
            enable_SMTPUTF8=True,
            timeout=limits.command_s,
            tls_context=self._tls,
            command_call_limit={
                "*": 1000,
                "NOOP": 20,
                "RSET": 100,
                "VRFY": 5,
                "HELP": 5,
                "EHLO": 10,
                "HELO": 10,
            },
            loop=self._loop,
        )
        self._speeches.add(made)
        return made

    async def _open(self) -> None:
        if self._path:
            _remove_socket(self._path)
            self._server = await self._loop.create_unix_server(self._speech, self._path)
            # The mail server beside us is another user; what it may bring is checked like anybody's.
            os.chmod(self._path, 0o666)  # noqa: S103
            return
        self._server = await self._loop.create_server(self._speech, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self, grace_s: float) -> None:
        if self._server is not None:
            self._server.close()
        limit = self._loop.time() + grace_s
        while self._gate.held and self._loop.time() < limit:
            await asyncio.sleep(0.05)
        for one in list(self._speeches):
            one.hang_up()
        others = [one for one in asyncio.all_tasks(self._loop) if one is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _remove_socket(path: str) -> None:
    """Take away the socket a killed process left; anything else stays, and listening fails there."""
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        return
