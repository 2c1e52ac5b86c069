"""A message of ours, read: what it says, whether a machine wrote it, and how its sender is proved. Writes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.mail import identity, intake, reader, sources, threads, tokens
from palier.mail.identity import Proof
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Incoming, Original, Source
from palier.mail.reader import Automatic, Reading
from palier.people import reading as rows_of
from palier.people import tenancy

LONGEST_ADDRESS = 320
LONGEST_NAME = 200
LONGEST_SUBJECT = 300
_ALIASES = (("mail_incoming", Incoming), ("mail_source", Source))
_FROM = """
from mail_incoming join mail_original o on o.vendor_id = mail_incoming.vendor_id and o.incoming_id = mail_incoming.id
    left join mail_source on mail_source.vendor_id = mail_incoming.vendor_id and mail_source.id = mail_incoming.source_id
where mail_incoming.vendor_id = %s and mail_incoming.state = 'received'
"""
_WAITING = f"{_FROM} and mail_incoming.id = %s"
_TOGETHER = f"{_FROM} and mail_incoming.id = any(%s) and mail_incoming.size <= %s"
LARGE = 200_000
"""Bytes of a message that is read from the database by itself, so that a batch stays small in memory."""
SHORT = 200
"""Characters of a text whose language may have to be taken for its writer's own."""
UNDER = 8
"""Signs of a language's code, as tickets keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message and what was found out about it. `proof.address` is empty where it does not have exactly one From."""

    incoming: Incoming
    reading: Reading
    automatic: Automatic | None
    is_own: bool
    """A letter of ours that came back as it was sent."""
    proof: Proof
    language: str

    @property
    def address(self) -> str:
        """The sender's address as it is compared; what it claims, where nothing is proved."""
        claimed = self.reading.from_[0].address if len(self.reading.from_) == 1 else ""
        return (self.proof.address or claimed).lower()[:LONGEST_ADDRESS]

    @property
    def name(self) -> str:
        """The sender's name as written."""
        return tokens.masked(self.reading.from_[0].name if self.reading.from_ else "")[:LONGEST_NAME]

    @property
    def subject(self) -> str:
        """One line."""
        return tokens.masked(" ".join(self.reading.subject.split()))[:LONGEST_SUBJECT]

    @property
    def sent_at(self) -> datetime | None:
        """What its writer's clock said; None where that cannot be kept."""
        at = self.reading.date
        return at if at is not None and at.tzinfo is not None and 1970 <= at.year <= 9998 else None

    @property
    def body(self) -> str:
        """Its own words; where nothing but what looked like a quotation is left, that: nothing is lost to a guess.

        Neither they nor what it repeats has the secret part of a link in a letter of ours, which is one person's.
        """
        return tokens.masked(self.reading.body.strip() or self.reading.folded.strip())

    @property
    def folded(self) -> str:
        """What it repeats beside them."""
        return tokens.masked(self.reading.folded.strip()) if self.reading.body.strip() else ""


def content(vendor_id: UUID, incoming_id: UUID) -> bytes:
    """The bytes of a message, as they came. In the vendor's transaction."""
    row = Original.objects.only("content").get(vendor_id=vendor_id, incoming_id=incoming_id)
    return bytes(row.content)


def of(row: Incoming, raw: bytes, source: Source | None, *, resolver: identity.Resolver | None) -> Opened:
    """Read a message. Asks no database: DNS may take its time. Raises reader.Unreadable."""
    reading = reader.read(raw)
    proof = identity.judge(
        raw,
        reading,
        envelope_from=row.envelope_from,
        client_ip=intake.client_of(row),
        borders=() if source is None else sources.borders_of(source, row.detail.get("client")),
        resolver=resolver,
    )
    return Opened(
        incoming=row,
        reading=reading,
        automatic=reader.recognise(reading, _return_path(row, source), own=str(row.vendor_id)),
        is_own=threads.named(row.vendor_id, reading.message_id) is not None,
        proof=proof,
        language=reader.language(f"{reading.subject}\n{reading.body}", "")[:UNDER],
    )


def _return_path(row: Incoming, source: Source | None) -> str:
    """What a delivering server said, where one did: an empty one is the null return-path of reports."""
    delivered = source is not None and source.kind in (SourceKind.SMTP, SourceKind.WEBHOOK)
    return row.envelope_from or ("<>" if delivered else "")


def in_words(mail: Opened, hint: str) -> Opened:
    """The same with the language of a text too short to tell taken for `hint`."""
    said = f"{mail.reading.subject}\n{mail.reading.body}"
    if not hint or len(said) > SHORT:
        return mail
    return dataclasses.replace(mail, language=reader.language(said, hint)[:UNDER])


def again(row: Incoming) -> Opened:
    """A message that waits for a person, read again as it came; who wrote it is that person's to say.

    In the vendor's transaction. Raises reader.Unreadable.
    """
    raw = content(row.vendor_id, row.id)
    reading = reader.read(raw)
    return Opened(
        incoming=row,
        reading=reading,
        automatic=None,
        is_own=False,
        proof=Proof(
            verdict=identity.Verdict(row.proof) if row.proof else identity.UNAUTHENTICATED,
            address=row.from_address,
            method="",
            detail="",
        ),
        language=row.language,
    )


Found = tuple[Incoming, bytes, Source | None]
"""A message that waits to be handled, its bytes and how it came."""


def together(vendor_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Found]:
    """Those of these messages that wait, read in one question in the vendor's transaction; large ones are left out."""
    waiting: dict[UUID, Found] = {}
    for row, source, raw in rows_of.joined(
        _ALIASES, _TOGETHER, [vendor_id, list(ids), LARGE], also="o.content"
    ):
        row.source = source
        waiting[row.id] = (row, bytes(raw), source)
    return waiting


def found(vendor_id: UUID, incoming_id: UUID) -> Found | None:
    """A message that waits to be handled, its bytes and how it came; None where it waits no more."""
    with tenancy.vendor(vendor_id):
        for row, source, raw in rows_of.joined(
            _ALIASES, _WAITING, [vendor_id, incoming_id], also="o.content"
        ):
            row.source = source
            return row, bytes(raw), source
    return None
