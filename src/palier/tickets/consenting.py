"""The yes or no to an estimate: who, when, to what amount and what text; and what a cap agreed to beforehand.

Minutes that are taken from hours bought are reserved with the yes, and what an earlier yes still kept is replaced.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from palier.contracts import caps
from palier.contracts import queries as contracts
from palier.core.clock import EventKind
from palier.core.programme import Wait
from palier.ledger import posting
from palier.people import access, notices
from palier.people.models import Contact
from palier.tickets import (
    capping,
    choosing,
    claims,
    clockwork,
    drafts,
    estimate_words,
    funding,
    funds,
    holding,
    listeners,
    locks,
    messages,
    permissions,
    telling,
    ways,
)
from palier.tickets.claims import Wanted
from palier.tickets.funding import Shown
from palier.tickets.funds import WayKind
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Choice, Consent, Estimate, FundingState, Ticket
from palier.tickets.problems import CannotDo


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateStanding:
    """The latest estimate, and the answer to it; `open` while nobody answered."""

    estimate: Estimate
    consent: Consent | None

    @property
    def open(self) -> bool:
        """Whether it awaits an answer."""
        return self.consent is None


def standing(ticket: Ticket) -> EstimateStanding | None:
    """The latest estimate of a request with its answer; None without any."""
    found = latest(ticket)
    return None if found is None else EstimateStanding(estimate=found, consent=found.consents.first())


def in_force(ticket: Ticket) -> Consent | None:
    """The latest yes to an estimate, unless its way was given up since."""
    found: Consent | None = (
        Consent.objects.filter(
            vendor_id=ticket.vendor_id, ticket_id=ticket.id, estimate__isnull=False, agreed=True
        )
        .exclude(estimate__way="")
        .select_related("estimate")
        .order_by("-estimate__number")
        .first()
    )
    if found is None or drafts.of_ticket(ticket).way != found.estimate.way:
        return None
    return found


def latest(ticket: Ticket) -> Estimate | None:
    """The estimate made last."""
    return (
        Estimate.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id).order_by("-number").first()
    )


def agree(
    *,
    by: access.Viewer,
    ticket: Ticket,
    estimate: Estimate,
    text: str,
    now: datetime,
    language: str = "",
) -> Consent:
    """An authorised user agrees: what is taken from hours bought is reserved, and billable work may begin.

    `text` is what the page showed, in `language` (the contact's own where it is left out).
    Above a cap only those it names may. Raises CannotDo for an estimate that was answered or replaced, or when the hours
    do not suffice (with the next way).
    """
    with transaction.atomic():
        locked, row = _to_answer(by, ticket, estimate, now)
        capping.check_above(by, locked, row, now)
        _leave_another_way(locked, row, by=by, now=now)
        contact = Contact.objects.get(vendor_id=by.vendor_id, id=by.as_contact())
        shown = estimate_words.shown(row, text, contact, language)
        _reserve(locked, row, by=by, now=now)
        consent = _consent(locked, row, shown, agreed=True, contact=contact, now=now)
        append(
            locked,
            Happening(kind=DeskKind.AGREED, data=_figures(row)),
            Happening(kind=EventKind.CUSTOMER_WROTE, data={"agrees": row.number}),
            by=by,
            at=now,
            now=now,
        )
        _go_that_way(locked, row, contact, shown, by=by, now=now)
        clockwork.refold(locked, now=now)
        _tell(locked, row, now)
        notify(locked, row, notices.Kind.ESTIMATE_AGREED, now, contact=contact.id)
        return consent


def decline(*, by: access.Viewer, ticket: Ticket, estimate: Estimate, reason: str, now: datetime) -> Consent:
    """An authorised user says no, with a reason the vendor reads: the way is given up and the ways are open again."""
    with transaction.atomic():
        locked, row = _to_answer(by, ticket, estimate, now)
        messages.require_words(reason)
        contact = Contact.objects.get(vendor_id=by.vendor_id, id=by.as_contact())
        written = messages.write(by, locked, reason, at=now, now=now)
        consent = _consent(
            locked, row, estimate_words.shown(row, "", contact), agreed=False, contact=contact, now=now
        )
        append(
            locked,
            Happening(kind=DeskKind.DISAGREED, data={"number": row.number}, message=written),
            Happening(kind=EventKind.CUSTOMER_WROTE, data={"declines": row.number}),
            by=by,
            at=now,
            now=now,
        )
        if row.way and in_force(locked) is None:
            _give_up_way(locked, row, by=by, now=now)
        clockwork.refold(locked, now=now)
        notify(locked, row, notices.Kind.ESTIMATE_DECLINED, now, contact=contact.id)
        return consent


def _to_answer(
    by: access.Viewer, ticket: Ticket, estimate: Estimate, now: datetime
) -> tuple[Ticket, Estimate]:
    locked = locks.ticket(by, ticket.id)
    latest = standing(locked)
    if latest is not None and (latest.estimate.id != estimate.id or not latest.open):
        raise CannotDo(
            code="not-to-be-answered",
            en="This estimate was answered already, or a newer one replaced it: reload the page.",
            fr="Cette estimation a déjà reçu une réponse, ou une plus récente la remplace : rechargez la page.",
        )
    permissions.require(by, locked, "agree-estimate", now)
    if latest is None:
        raise LookupError(f"ticket {locked.id} has no estimate")
    return locked, latest.estimate


def _consent(
    ticket: Ticket,
    row: Estimate,
    shown: Shown,
    *,
    agreed: bool,
    contact: Contact | None,
    now: datetime,
    cap: UUID | None = None,
) -> Consent:
    return Consent.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        estimate=row,
        agreed=agreed,
        contact=contact,
        cap=cap,
        minutes=row.minutes,
        amount=row.amount,
        currency=row.currency,
        text=shown.text,
        text_hash=shown.hash,
        language=shown.language,
        at=now,
    )


def _figures(row: Estimate) -> dict[str, object]:
    return {
        "number": row.number,
        "minutes": row.minutes,
        "amount": row.amount,
        "currency": row.currency,
    }


def _reserve(ticket: Ticket, row: Estimate, *, by: access.Viewer, now: datetime) -> None:
    """Keep the minutes that the work will take from hours bought; what an earlier estimate kept is replaced."""
    if not row.way:
        return
    before = claims.held(ticket)
    if before is not None and funds.is_time(contracts.programme(ticket.revision_id), before.allowance):
        claims.release(ticket, before, why="another-estimate", by=by, now=now)
    missing = row.minutes - claims.spent(ticket, row.allowance)
    if not row.allowance or missing <= 0:
        return
    programme = contracts.programme(ticket.revision_id)
    contract = (
        None if row.contract_id is None else contracts.contract_by_id(ticket.vendor_id, row.contract_id)
    )
    wanted = Wanted(
        allowance=row.allowance,
        contract=contract,
        quantity=missing,
        why="estimate",
        clause=ticket.clause,
        decision=row.verdict_id,
    )
    try:
        claims.take(ticket, wanted, programme=programme, by=by, now=now)
    except posting.NothingLeft as error:
        raise hours_missing(ticket, left=error.left, asked=error.asked, now=now) from error


def hours_missing(ticket: Ticket, *, left: int, asked: int, now: datetime) -> CannotDo:
    """That the hours do not suffice, with the ways on: what buys more, an estimate that is billed."""
    found = holding.situation_of(ticket, at=now, now=now)
    others = [
        one
        for one in choosing.offers_of(ticket, found, now)
        if one.available and one.kind in (WayKind.PAY, WayKind.ESTIMATE)
    ]
    names = {
        language: ", ".join(found.programme.ways[one.way].name.in_(language) for one in others) or "–"
        for language in ways.LANGUAGES
    }
    have, need = ways.time_words(left), ways.time_words(asked)
    return CannotDo(
        code="hours-exhausted",
        en=f"{have} left, {need} needed: work stops here. The ways on: {names['en']}.",
        fr=f"Il reste {have}, il faut {need} : le travail s’arrête là. Pour continuer : {names['fr']}.",
    )


def _leave_another_way(ticket: Ticket, row: Estimate, *, by: access.Viewer, now: datetime) -> None:
    """What another way holds goes back before this one takes anything."""
    if row.way and drafts.of_ticket(ticket).way not in (drafts.NONE, row.way):
        funding.drop(ticket, why="another-way", by=by, now=now)


def _go_that_way(
    ticket: Ticket, row: Estimate, contact: Contact, shown: Shown, *, by: access.Viewer, now: datetime
) -> None:
    """An estimate that is agreed to is a way chosen, where the customer had not chosen it before."""
    if not row.way:
        return
    request = drafts.of_ticket(ticket)
    if request.way != row.way:
        before = claims.latest_choice(ticket)
        choice = Choice.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            number=1 if before is None else before.number + 1,
            verdict_id=row.verdict_id,
            way=row.way,
            price=row.price,
            amount=None,
            currency=row.currency,
            allowance=row.allowance,
            contract_id=row.contract_id,
            quantity=row.minutes,
            balance_before=row.balance_before,
            balance_after=row.balance_after,
            text=shown.text,
            text_hash=shown.hash,
            language=shown.language,
            contact=contact,
            at=now,
        )
        claims.step(ticket, choice, FundingState.QUOTED, why="agreed", now=now)
    _take_way(ticket, row, by=by, now=now)


def _take_way(ticket: Ticket, row: Estimate, *, by: access.Viewer, now: datetime) -> None:
    request = drafts.of_ticket(ticket)
    wanted = "reserved" if row.allowance else drafts.NONE
    if request.funding == "paid":
        wanted = "paid"
    request = dataclasses.replace(request, way=row.way, funding=wanted)
    holding.decide_again(ticket, by=by, at=now, now=now, request=request)


def _give_up_way(ticket: Ticket, row: Estimate, *, by: access.Viewer, now: datetime) -> None:
    request = drafts.of_ticket(ticket)
    if request.way == row.way:
        funding.drop(ticket, why="declined", by=by, now=now)
        request = dataclasses.replace(request, way=drafts.NONE, funding=drafts.NONE)
    if holding.decide_again(ticket, by=by, at=now, now=now, request=request) is None:
        # Nothing is decided otherwise, and the choice is the customer's still.
        waiting = Happening(kind=EventKind.WAIT_STARTED, data={"wait": Wait.CONSENT.value})
        append(ticket, waiting, by=by, at=now, now=now)


def agree_by_cap(ticket: Ticket, row: Estimate, cap: caps.CapOn, *, by: access.Viewer, now: datetime) -> None:
    shown = Shown(text=estimate_words.words(row, ticket.language), language=ticket.language)
    _reserve(ticket, row, by=by, now=now)
    _consent(ticket, row, shown, agreed=True, contact=None, cap=cap.id, now=now)
    data = {**_figures(row), "cap": str(cap.id)}
    append(ticket, Happening(kind=DeskKind.AGREED, data=data), by=by, at=now, now=now)
    append(ticket, Happening(kind=EventKind.RESUMED), by=by, at=now, now=now)
    if row.way:
        _take_way(ticket, row, by=by, now=now)
    _tell(ticket, row, now)
    notify(
        ticket,
        row,
        notices.Kind.ESTIMATE_AGREED,
        now,
        contacts=[ticket.adopted_by_id or ticket.author_id, cap.agreed_by],
        cap=cap.id,
    )


def _tell(ticket: Ticket, row: Estimate, now: datetime) -> None:
    listeners.tell(
        listeners.Told(
            kind=listeners.News.CONSENT_GIVEN,
            vendor_id=ticket.vendor_id,
            ticket_id=ticket.id,
            estimate_id=row.id,
            now=now,
        )
    )


def notify(
    ticket: Ticket, row: Estimate, kind: str, now: datetime, *, contacts: Sequence[UUID] = (), **more: object
) -> None:
    contract = (
        None if row.contract_id is None else contracts.contract_by_id(ticket.vendor_id, row.contract_id)
    )
    staff = [] if contacts else telling.vendors_people(ticket, contract, now)
    if not contacts and row.staff_id is not None:
        staff.append(row.staff_id)
    notices.notify(
        vendor_id=ticket.vendor_id,
        kind=kind,
        now=now,
        contacts=contacts,
        staff=staff,
        data={
            "ticket": ticket.id,
            "estimate": row.number,
            "amount": row.amount,
            "currency": row.currency,
            "minutes": row.minutes,
            **more,
        },
        ticket_number=ticket.number,
    )
