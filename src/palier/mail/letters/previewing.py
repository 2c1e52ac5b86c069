"""A letter as it would look in given words: of something that really happened lately, else of an invented request.

Nothing is written and no link acts. Only what the person who looks may see is shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import translation

from palier.mail.letters import composing, example, reading, to_anybody
from palier.mail.letters.composing import Words
from palier.mail.letters.default_words import Wording
from palier.mail.letters.kinds import NATURES, PLAIN, LetterKind, of_notice
from palier.mail.letters.reading import Wanted
from palier.mail.letters.voice import Voice
from palier.pages import speech as speeches
from palier.people import access
from palier.people.models import Notice, Vendor
from palier.tickets.models import Ticket

LOOKED = 300
"""So many of the vendor's latest notices are looked at for one of the kind."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A letter in these words. `real`: of something that happened; else everything in it is invented."""

    words: Words
    real: bool


def preview(
    *, by: access.Viewer, vendor: Vendor, kind: LetterKind, language: str, wording: Wording, now: datetime
) -> Preview:
    """The letter of a kind in these words, for those who run the desk. The words are taken as checked."""
    access.require_role(by, access.RUNS_THE_DESK)
    own = {(kind.value, language): wording}
    found = None if kind in PLAIN else _real(by, vendor, kind, now)
    if found is not None:
        words = composing.compose_as(found, own=own, language=language, kind=kind)
        if words is not None:
            return Preview(words=words, real=True)
    programme = speeches.programme_of(vendor.id, now)
    voice = Voice(
        vendor=vendor,
        speech=reading.speech(programme, language, vendor.zone),
        is_customer=not NATURES[kind].for_staff,
    )
    if kind in PLAIN:
        values = example.plain_values(voice, now)
        return Preview(words=to_anybody.plain_letter(kind, voice, own, values), real=False)
    with translation.override(voice.active):
        return Preview(words=example.letter(kind, voice, wording, now), real=False)


def _real(by: access.Viewer, vendor: Vendor, kind: LetterKind, now: datetime) -> Wanted | None:
    """A letter that was or could have been sent lately, about what `by` may see."""
    latest = Notice.objects.filter(vendor_id=vendor.id).order_by("-id")
    latest = latest.select_related("contact__organisation", "contact__user", "contact__site", "staff__user")
    wanted = LetterKind.RECEIVED if kind is LetterKind.HELD else kind
    digest = kind is LetterKind.DIGEST
    fitting = [
        one
        for one in latest[:LOOKED]
        if one.created_at <= now
        and (digest or of_notice(one) is wanted)
        and (one.staff_id is not None if NATURES[kind].for_staff else digest or one.contact_id is not None)
    ]
    for one in _seen(by, fitting):
        reader = one.contact or one.staff
        if reader is None or reader.removed_at is not None:
            continue
        group = [row for row in fitting if row.contact_id == one.contact_id and row.staff_id == one.staff_id]
        # Long after the press: what is told of stands.
        return Wanted(
            vendor=vendor,
            reader=reader,
            notices=group[:5] if digest else (one,),
            now=now + timedelta(seconds=1),
            digest=digest,
        )
    return None


def _seen(by: access.Viewer, notices: Sequence[Notice]) -> list[Notice]:
    """Those about what the viewer may see: its own of a digest, else of requests and customers that are not kept from it."""
    numbers = {one.ticket_number for one in notices if one.ticket_number is not None}
    tickets = set(
        Ticket.objects.visible_to(by).filter(number__in=numbers).values_list("number", flat=True)
        if numbers
        else ()
    )
    hidden = by.hidden_organisations
    return [
        one
        for one in notices
        if (one.ticket_number is None or one.ticket_number in tickets)
        and (one.contact is None or one.contact.organisation_id not in hidden)
    ]
