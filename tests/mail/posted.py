"""Letters of the tests: plain words in the place of `mail.letters`, and letters ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.mail import letters, writing
from palier.mail.models import Letter
from palier.people.models import Contact, Vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says."""

    kind: str = "other"
    subject: str = "What happened"
    text: str = "Something happened.\n"
    html: str = "<p>Something happened.</p>"
    language: str = "en"
    automatic: bool = True
    critical: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def plain_words(monkeypatch: Any) -> list[letters.Wanted]:
    """Let letters say their kinds and nothing else; what was asked for is in the list, in order."""
    asked: list[letters.Wanted] = []

    def compose(wanted: letters.Wanted) -> Words:
        kinds = "digest" if wanted.digest else wanted.notices[0].kind
        return Words(kind=kinds, subject=kinds, text=", ".join(one.kind for one in wanted.notices) + "\n")

    def compose_many(wanted: Sequence[letters.Wanted]) -> list[Words]:
        asked.extend(wanted)
        return [compose(one) for one in wanted]

    monkeypatch.setattr(letters, "compose_many", compose_many)
    return asked


def write(vendor_id: UUID, contact: Contact, now: datetime, **more: Any) -> Letter:
    """A letter to a contact, in the open transaction."""
    return writing.write(
        vendor=Vendor.objects.get(id=vendor_id),
        words=more.pop("words", Words()),
        to=writing.Recipient(address=contact.email, name=contact.name, contact_id=contact.id),
        now=now,
        **more,
    )
