"""Links in letters by which one person does one thing: made, looked at, and used once.

Looking changes nothing. Using one is the portal's own action in the name of the contact it was made for, bound to the
matter, its amount and its words, and only while all of that still stands. Rules: docs/reference/links.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from uuid_utils.compat import uuid7

from palier.mail import matters, tokens
from palier.mail.link_models import Purpose as Purpose
from palier.mail.matters import Asked, Matter
from palier.mail.matters import Gone as Gone
from palier.mail.matters import Reason as Reason
from palier.mail.models import ActionLink
from palier.people import access, letters, tenancy
from palier.people.models import Contact
from palier.tickets import choosing, consenting, holding, locks, rating
from palier.tickets.models import Estimate, Ticket

GOOD_FOR = timedelta(days=14)
RATING_GOOD_FOR = timedelta(days=30)
MANY = frozenset({Purpose.RATE})
"""What may be done again while the link lives: what is said last counts."""


class Deed(StrEnum):
    """What somebody does by a link."""

    AGREE = "agree"
    DECLINE = "decline"
    CHOOSE = "choose"
    RATE = "rate"
    ADOPT = "adopt"


DEEDS: Mapping[str, frozenset[Deed]] = {
    Purpose.AGREE: frozenset({Deed.AGREE, Deed.DECLINE}),
    Purpose.CHOOSE: frozenset({Deed.CHOOSE}),
    Purpose.RATE: frozenset({Deed.RATE}),
    Purpose.ADOPT: frozenset({Deed.ADOPT, Deed.DECLINE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A link that works: its row, who acts by it, and what it is about now, in the link's language."""

    link: ActionLink
    viewer: access.Viewer
    ticket: Ticket
    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came with a deed: words where it takes some, a score of 1 to 5 for a rating."""

    words: str = ""
    score: int = 0


# --- making one -------------------------------------------------------------------------------------


def make(
    *,
    purpose: Purpose,
    contact: Contact,
    ticket: Ticket,
    language: str,
    now: datetime,
    subject_id: UUID | None = None,
    way: str = "",
    amount: int | None = None,
    currency: str = "",
    text: str = "",
    expires_at: datetime | None = None,
) -> str:
    """The whole address of a new link for this person, the older one for the same is void.

    `text` is what the letter says is agreed to or chosen; left out, it is what the portal's page says (`words_of`).
    Left out, `subject_id`, `amount` and `currency` are those of the estimate that waits, or of the decision and way.
    Raises Gone where there is nothing of the kind for this person to do, and ValueError for an amount that is another.
    """
    spoken = matters.language_of(language)
    asked = Asked(
        purpose=purpose,
        viewer=_viewer(contact),
        ticket=ticket,
        subject_id=subject_id,
        way=way,
        since=now,
    )
    matter = matters.stands(asked, matters.speech_for(ticket, spoken), now)
    if amount is not None and (amount, currency) != (matter.amount, matter.currency):
        raise ValueError(
            f"the letter says {amount} {currency}, what stands is {matter.amount} {matter.currency}"
        )
    same = ActionLink.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, purpose=purpose, contact_id=contact.id, way=way
    )
    older = same.filter(void_at=None)
    (older if purpose in MANY else older.filter(used_at=None)).update(void_at=now)
    shown = text.strip() or matter.words
    link_id = uuid7()
    token = tokens.make(link_id)
    ActionLink.objects.create(
        id=link_id,
        vendor_id=ticket.vendor_id,
        purpose=purpose,
        token_hash=tokens.digest(token),
        contact=contact,
        ticket=ticket,
        subject_id=matter.subject_id,
        way=way,
        amount=matter.amount,
        currency=matter.currency,
        text=shown,
        text_hash=_hash(shown),
        stands_hash=matter.hash,
        language=spoken,
        created_at=now,
        expires_at=expires_at or now + (RATING_GOOD_FOR if purpose == Purpose.RATE else GOOD_FOR),
    )
    return letters.link(contact.vendor, "portal:act-link", token=token)


def words_of(
    *, purpose: Purpose, contact: Contact, ticket: Ticket, language: str, now: datetime, way: str = ""
) -> str:
    """What a letter says is agreed to or chosen, as the portal's page says it. Raises Gone where nothing stands."""
    asked = Asked(
        purpose=purpose, viewer=_viewer(contact), ticket=ticket, subject_id=None, way=way, since=now
    )
    speech = matters.speech_for(ticket, matters.language_of(language))
    return matters.stands(asked, speech, now).words


def _viewer(contact: Contact) -> access.Viewer:
    try:
        return access.Viewer.customer(contact)
    except access.Refused:
        raise Gone(Reason.NOT_YOURS) from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- looking ----------------------------------------------------------------------------------------


def look(token: str, now: datetime) -> Found:
    """What a link is about and who acts by it, as it stands now; writes nothing. Raises Gone with the reason."""
    link = _link(token)
    try:
        return _look(link, now)
    except Gone as gone:
        raise Gone(gone.reason, link) from None


def _link(token: str) -> ActionLink:
    found = None
    if tokens.is_one(token):
        rows = ActionLink.objects.select_related("contact__organisation", "ticket__organisation")
        found = rows.filter(vendor_id=tenancy.current(), token_hash=tokens.digest(token)).first()
    if found is None:
        raise Gone(Reason.UNKNOWN)
    return found


def _look(link: ActionLink, now: datetime) -> Found:
    viewer = _viewer(link.contact)
    ticket = (
        Ticket.objects.visible_to(viewer).filter(id=link.ticket_id).select_related("organisation").first()
    )
    if ticket is None:
        raise Gone(Reason.NOT_YOURS)
    if link.used_at is not None and link.purpose not in MANY:
        raise Gone(Reason.USED)
    if link.void_at is not None:
        raise Gone(Reason.NEWER)
    if link.expires_at <= now:
        raise Gone(Reason.EXPIRED)
    matter = matters.stands(_asked(link, viewer, ticket), matters.speech_for(ticket, link.language), now)
    if matter.hash != link.stands_hash:
        raise Gone(Reason.CHANGED)
    return Found(link=link, viewer=viewer, ticket=ticket, matter=matter)


def _asked(link: ActionLink, viewer: access.Viewer, ticket: Ticket) -> Asked:
    return Asked(
        purpose=Purpose(link.purpose),
        viewer=viewer,
        ticket=ticket,
        subject_id=link.subject_id,
        way=link.way,
        since=link.created_at,
    )


def matter_in(found: Found, language: str, now: datetime) -> Matter:
    """What the link is about, in another language than the link's own."""
    if language == found.link.language:
        return found.matter
    asked = _asked(found.link, found.viewer, found.ticket)
    return matters.stands(asked, matters.speech_for(found.ticket, language), now)


# --- using it ---------------------------------------------------------------------------------------


def act(token: str, *, deed: Deed, now: datetime, said: Said | None = None) -> Found:
    """Do what a link is for, once, in its contact's name; of two at the same instant one does it.

    Raises Gone when the link does nothing any more, and what the portal's own action raises (CannotDo, Refused): then
    nothing is done and the link is as it was.
    """
    said = said or Said()
    link = _link(token)
    if deed not in DEEDS[link.purpose]:
        raise ValueError(f"a link to {link.purpose} does not {deed}")
    with transaction.atomic():
        try:
            # Whoever acts on one customer's request waits here for the other, and then reads what the other did.
            locks.ticket(_viewer(link.contact), link.ticket_id)
            found = _look(_link(token), now)
        except Ticket.DoesNotExist:
            raise Gone(Reason.NOT_YOURS, link) from None
        except Gone as gone:
            raise Gone(gone.reason, gone.link or link) from None
        if found.matter.sign_in and deed in (Deed.AGREE, Deed.CHOOSE):
            raise _sign_in_first()
        _DO[deed](found, said, now)
        _used(found, deed, now)
        return found


def _used(found: Found, deed: Deed, now: datetime) -> None:
    rows = ActionLink.objects.filter(vendor_id=found.link.vendor_id, id=found.link.id, void_at=None)
    if found.link.purpose not in MANY:
        rows = rows.filter(used_at=None)
    if not rows.update(used_at=now, deed=deed):
        # A newer one was made at this very instant.
        raise Gone(Reason.NEWER, found.link)
    found.link.used_at, found.link.deed = now, deed


def _sign_in_first() -> access.Refused:
    return access.Refused(
        code="above-cap-by-link",
        en="This lies above what was agreed beforehand: sign in and answer it on the page of the request.",
        fr="Cela dépasse ce qui a été convenu d’avance : connectez-vous et répondez sur la page de la demande.",
    )


def _agree(found: Found, said: Said, now: datetime) -> None:
    del said
    consenting.agree(
        by=found.viewer,
        ticket=found.ticket,
        estimate=_estimate(found),
        text=found.link.text,
        language=found.link.language,
        now=now,
    )


def _decline(found: Found, said: Said, now: datetime) -> None:
    if found.link.purpose == Purpose.ADOPT:
        holding.decline(by=found.viewer, ticket=found.ticket, now=now, reason=said.words)
        return
    consenting.decline(
        by=found.viewer, ticket=found.ticket, estimate=_estimate(found), reason=said.words, now=now
    )


def _estimate(found: Found) -> Estimate:
    latest = consenting.latest(found.ticket)
    if latest is None or latest.id != found.link.subject_id:
        raise Gone(Reason.REPLACED, found.link)
    return latest


def _choose(found: Found, said: Said, now: datetime) -> None:
    del said
    choosing.choose(
        by=found.viewer,
        ticket=found.ticket,
        way=found.link.way,
        text=found.link.text,
        language=found.link.language,
        agreed=True,
        now=now,
    )


def _rate(found: Found, said: Said, now: datetime) -> None:
    rating.rate(by=found.viewer, ticket=found.ticket, score=said.score, words=said.words, now=now)


def _adopt(found: Found, said: Said, now: datetime) -> None:
    del said
    holding.adopt(by=found.viewer, ticket=found.ticket, now=now)


_DO: Mapping[Deed, Callable[[Found, Said, datetime], None]] = {
    Deed.AGREE: _agree,
    Deed.DECLINE: _decline,
    Deed.CHOOSE: _choose,
    Deed.RATE: _rate,
    Deed.ADOPT: _adopt,
}


# --- letters that wait ------------------------------------------------------------------------------


def put_away(text: str) -> str:
    """A letter's text as it is kept: each token of ours gives way to its link's id, so that no row holds one."""
    known = {tokens.digest(one): one for one in tokens.found(text)}
    rows = ActionLink.objects.filter(vendor_id=tenancy.current(), token_hash__in=known)
    ids = {known[hash_]: id_ for hash_, id_ in rows.values_list("token_hash", "id")} if known else {}
    return tokens.put_away(text, ids.get)


def taken_out(text: str) -> str:
    """The same as it is sent: each link with its token again."""
    wanted = tokens.named(text)
    rows = ActionLink.objects.filter(vendor_id=tenancy.current(), id__in=wanted)
    hashes = dict(rows.values_list("id", "token_hash")) if wanted else {}
    return tokens.taken_out(text, lambda id_: _token(id_, hashes.get(id_, "")))


def _token(link_id: UUID, kept: str) -> str:
    """A link's token; made with an older secret key where it was (SECRET_KEY_FALLBACKS)."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = tokens.make(link_id, secret=secret)
        if tokens.digest(token) == kept:
            return token
    return "…"
