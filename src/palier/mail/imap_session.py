"""One look into a mailbox: each message is taken in first, and only then marked or moved.

How far a folder was read is kept with each message, in the same transaction: wherever this process dies, what was not
taken is taken next time, and what was taken and not yet marked is marked. A message that is read twice is one row
(`intake`). Several processes may read one mailbox; they only do some work twice.
"""

from __future__ import annotations

import imaplib
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any

import imap_tools
import structlog
from django.conf import settings

from palier.mail import imap_words, intake, sources
from palier.mail.models import Source
from palier.mail.sources import After, Failed, Mailbox
from palier.people import tenancy

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

CHUNK = 50
"""Messages asked for at once; as many are marked at once."""
MOST_PENDING = 1000
MOST_LEFT = 20
IDLE_S = 25 * 60
"""IDLE is asked anew before the half hour after which servers hang up (RFC 2177)."""
LOOK_S = 1.0

_FETCHED = re.compile(rb'UID (?P<uid>\d+)|RFC822\.SIZE (?P<size>\d+)|INTERNALDATE "(?P<date>[^"]+)"')
_DELIVERED = (b"x-original-to", b"delivered-to", b"envelope-to", b"x-envelope-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one visit brought: messages that are new to us, and those we had."""

    new: int = 0
    known: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(new=self.new + other.new, known=self.known + other.known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    uid: int
    size: int
    had_at: datetime | None


class Session:
    """One connection to the mailbox of a source. `stopped` ends it between two messages."""

    def __init__(
        self, mailbox: Any, source: Source, box: Mailbox, *, clock: Clock, stopped: threading.Event
    ) -> None:
        self._mailbox, self._client = mailbox, mailbox.client
        self._source, self._box = source, box
        self._clock, self._stopped = clock, stopped
        self._marking: Failed | None = None

    def take_all(self) -> Taken:
        """Take what is new in every folder, then note that the source was read, or what could not be marked."""
        self._marking = None
        taken = Taken()
        for folder in self._box.folders:
            taken += self._take(folder)
        with tenancy.vendor(self._source.vendor_id):
            if self._marking is not None:
                sources.note_failed(self._source, self._marking, now=self._clock())
            else:
                sources.note_checked(self._source, now=self._clock())
        return taken

    def wait(self) -> None:
        """Until the server says that something changed in the first folder, or it is time to look again."""
        limit = time.monotonic() + self._box.every_s
        if b"IDLE" not in self._capabilities() or len(self._box.folders) > 1:
            self._stopped.wait(self._box.every_s)
            return
        self._select(self._box.folders[0])
        limit = time.monotonic() + IDLE_S
        self._mailbox.idle.start()
        try:
            while not self._stopped.is_set() and time.monotonic() < limit:
                if self._mailbox.idle.poll(timeout=LOOK_S):
                    break
        finally:
            self._mailbox.idle.stop()

    def _capabilities(self) -> frozenset[bytes]:
        kind, data = self._client.capability()
        return (
            frozenset(b" ".join(one for one in data if one).upper().split()) if kind == "OK" else frozenset()
        )

    def _select(self, folder: str) -> tuple[int, int]:
        """(validity of its numbers, number the next message gets)."""
        with imap_words.in_words("folder-missing"):
            self._mailbox.folder.set(folder)
        found = [self._client.response(name)[1] for name in ("UIDVALIDITY", "UIDNEXT")]
        validity, following = (int(one[0]) if one and one[0] else 0 for one in found)
        return validity, following

    def _take(self, folder: str) -> Taken:
        validity, following = self._select(folder)
        place = self._begin(folder, validity, following)
        if place["pending"]:
            self._mark(folder, validity)
        new = known = 0
        since = datetime.fromisoformat(place["since"]) if place["since"] else None
        waiting = [uid for uid in self._search(place["last"]) if uid > place["last"]]
        for start in range(0, len(waiting), CHUNK):
            for envelope in self._envelopes(waiting[start : start + CHUNK]):
                if self._stopped.is_set():
                    break
                if since is not None and envelope.had_at is not None and envelope.had_at < since:
                    self._step(folder, validity, envelope.uid)
                    continue
                taken = self._take_one(folder, validity, envelope)
                new, known = new + bool(taken), known + (taken is False)
            self._mark(folder, validity)
        return Taken(new=new, known=known)

    def _search(self, last: int) -> list[int]:
        kind, data = self._client.uid("SEARCH", f"UID {last + 1}:*")
        if kind != "OK":
            raise Failed("protocol", _joined(data))
        return sorted(int(one) for one in b" ".join(line for line in data if line).split())

    def _envelopes(self, uids: Sequence[int]) -> list[_Envelope]:
        """What the server says of each of these messages; those that went meanwhile are left out."""
        kind, data = self._client.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        if kind != "OK":
            raise Failed("protocol", _joined(data))
        found: dict[int, _Envelope] = {}
        for line in data:
            whole = line if isinstance(line, bytes) else b""
            told = {one.lastgroup: one.group(one.lastgroup or 0) for one in _FETCHED.finditer(whole)}
            if "uid" in told and "size" in told:
                uid = int(told["uid"])
                date = imaplib.Internaldate2tuple(b'INTERNALDATE "' + told.get("date", b"") + b'"')
                had_at = datetime.fromtimestamp(time.mktime(date), UTC) if date is not None else None
                found[uid] = _Envelope(uid=uid, size=int(told["size"]), had_at=had_at)
        return [found[uid] for uid in uids if uid in found]

    def _take_one(self, folder: str, validity: int, envelope: _Envelope) -> bool | None:
        """Whether a message is new to us; None for one that stays where it is (too large, empty, gone)."""
        limit: int = settings.PALIER_LARGEST_MAIL
        if envelope.size > limit:
            self._leave(folder, validity, envelope)
            return None
        content = self._content(envelope.uid)
        if content is None or not content.strip():
            self._step(folder, validity, envelope.uid)
            return None
        now = self._clock()
        borders = self._source.trusted_borders
        with tenancy.vendor(self._source.vendor_id):
            taken = intake.accept(
                vendor_id=self._source.vendor_id,
                content=content,
                reached_at=sources.reached_at(content, borders=borders, internal=envelope.had_at, now=now),
                now=now,
                source=self._source,
                envelope_from=_return_path(content),
                recipients=_delivered_to(content),
            )
            self._step(folder, validity, envelope.uid, pending=self._box.after is not After.LEAVE)
        return taken.is_new

    def _content(self, uid: int) -> bytes | None:
        kind, data = self._client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        if kind != "OK":
            raise Failed("protocol", _joined(data))
        for part in data:
            if isinstance(part, tuple) and b"BODY[]" in part[0].upper():
                return bytes(part[1])
        return None

    # How far it was read: a row that several processes may write, each only further.

    def _begin(self, folder: str, validity: int, following: int) -> dict[str, Any]:
        """The place in a folder: at the first visit its beginning or its end; at its beginning again when its numbers
        mean other messages than before."""
        with tenancy.vendor(self._source.vendor_id):
            row = self._locked()
            known = row.place.get(folder)
            if known is None:
                only_new = self._box.first is sources.First.NEW
                known = {
                    "validity": validity,
                    "last": max(following - 1, 0) if only_new else 0,
                    "since": self._clock().isoformat() if only_new else "",
                    "pending": [],
                }
            elif known["validity"] != validity:
                known = {"validity": validity, "last": 0, "since": known["since"], "pending": []}
            self._write(row, folder, known)
        return dict(known)

    def _step(self, folder: str, validity: int, uid: int, *, pending: bool = False) -> None:
        with tenancy.vendor(self._source.vendor_id):
            row = self._locked()
            known = dict(row.place[folder])
            if known["validity"] == validity:
                known["last"] = max(known["last"], uid)
                if pending:
                    known["pending"] = [*known["pending"], uid][-MOST_PENDING:]
                self._write(row, folder, known)

    def _leave(self, folder: str, validity: int, envelope: _Envelope) -> None:
        """A message above the limit stays in its mailbox; the settings page shows that it does."""
        log.warning("message too large", source=str(self._source.id), uid=envelope.uid, size=envelope.size)
        with tenancy.vendor(self._source.vendor_id):
            row = self._locked()
            left = [
                one for one in row.place.get("", []) if one["uid"] != envelope.uid or one["folder"] != folder
            ]
            told = {
                "folder": folder,
                "uid": envelope.uid,
                "size": envelope.size,
                "at": self._clock().isoformat(),
            }
            self._write(row, "", [*left, told][-MOST_LEFT:])
            self._step(folder, validity, envelope.uid)

    def _locked(self) -> Source:
        row = (
            Source.objects.select_for_update(no_key=True)
            .filter(vendor_id=self._source.vendor_id, id=self._source.id)
            .first()
        )
        if row is None:
            raise Failed("removed")
        return row

    def _write(self, row: Source, folder: str, value: Any) -> None:
        row.place = {**row.place, folder: value}
        row.save(update_fields=["place"])

    def _mark(self, folder: str, validity: int) -> None:
        """Mark or move in the mailbox what is ours for certain: its transactions are committed."""
        with tenancy.vendor(self._source.vendor_id):
            known = self._locked().place[folder]
        uids = known["pending"] if known["validity"] == validity else []
        if not uids or self._box.after is After.LEAVE:
            return
        try:
            with imap_words.in_words("cannot-mark"):
                listed = ",".join(map(str, uids))
                if self._box.after is After.SEEN:
                    self._do("STORE", listed, "+FLAGS.SILENT", r"(\Seen)")
                else:
                    self._move(listed)
        except Failed as failed:
            if failed.code != "cannot-mark":
                raise
            self._marking = failed
            return
        with tenancy.vendor(self._source.vendor_id):
            row = self._locked()
            now_known = dict(row.place[folder])
            now_known["pending"] = [one for one in now_known["pending"] if one not in set(uids)]
            self._write(row, folder, now_known)

    def _move(self, listed: str) -> None:
        """By MOVE (RFC 6851), else by copying, marking as deleted and, where only these can be (RFC 4315), expunging."""
        if not self._mailbox.folder.exists(self._box.move_to):
            self._mailbox.folder.create(self._box.move_to)
        encoded = (
            b'"'
            + imap_tools.imap_utf7.utf7_encode(self._box.move_to)
            .replace(b"\\", b"\\\\")
            .replace(b'"', b'\\"')
            + b'"'
        )
        able = self._capabilities()
        if b"MOVE" in able:
            self._do("MOVE", listed, encoded)
            return
        self._do("COPY", listed, encoded)
        self._do("STORE", listed, "+FLAGS.SILENT", r"(\Deleted)")
        if b"UIDPLUS" in able:
            self._do("EXPUNGE", listed)

    def _do(self, command: str, *arguments: Any) -> None:
        kind, data = self._client.uid(command, *arguments)
        if kind != "OK":
            raise imaplib.IMAP4.error(_joined(data))


def _joined(data: Sequence[Any]) -> str:
    return b" ".join(one for one in data if isinstance(one, bytes)).decode("utf-8", "replace")


def _return_path(content: bytes) -> str:
    """The envelope's sender as the last server wrote it down; empty for reports."""
    found = intake.header(content, b"return-path")
    return found[0].strip("<> \t\n") if found else ""


def _delivered_to(content: bytes) -> list[str]:
    """At which address a message was delivered, as servers wrote it down, else whom it names."""
    written = [one for name in _DELIVERED for one in intake.header(content, name)]
    if not written:
        named = intake.header(content, b"to") + intake.header(content, b"cc")
        written = [address for _, address in getaddresses(named) if address]
    return list(dict.fromkeys(one.strip("<> \t\n") for one in written))[:100]
