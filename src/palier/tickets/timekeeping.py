"""Time worked on a request: booked by person in minutes, corrected only by a reversing entry, charged by the day.

Billable time needs the customer's yes first and stays within it; what was done before is never charged. Hours of an
allowance are taken from the ledger by difference: what the day's sum, weighted and rounded, gains by an entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import calendars, timesheet
from palier.core.programme import OutcomeKind, Price, Programme
from palier.ledger import posting
from palier.people import access
from palier.tickets import (
    claims,
    convert,
    estimating,
    funds,
    holding,
    listeners,
    locks,
    patience,
    permissions,
    pricing,
    ways,
)
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Consent, Spending, Ticket, TimeEntry, TimeNote, Verdict
from palier.tickets.problems import CannotDo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """On what time is charged: a consent, by a price or from hours bought; or an allowance that the plan includes."""

    price: Price | None
    allowance: str
    contract: contracts.Standings | None
    consent: Consent | None

    @property
    def rules(self) -> timesheet.Rules:
        """How its minutes are rounded."""
        return pricing.rules_of(self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedDay:
    """What one person worked on one local date: the entries that stand, their minutes, and what is charged for them."""

    staff_id: UUID
    day: date
    entries: tuple[TimeEntry, ...]
    minutes: int
    charged: int
    billable: bool
    clause: str
    price: str
    allowance: str
    consent: Consent | None


# --- booking ----------------------------------------------------------------------------------------


def book(
    *,
    by: access.Viewer,
    ticket: Ticket,
    started_at: datetime,
    minutes: int,
    billable: bool,
    note: str,
    now: datetime,
) -> tuple[TimeEntry, ...]:
    """Write down time that was worked; one entry a local date and weight. Raises CannotDo.

    Billable time needs a consent given before it began (`no-consent`, `before-consent`) and stays within it
    (`over-estimate`: send a new estimate); hours of an allowance stop at what is left (`hours-exhausted`).
    """
    with transaction.atomic():
        locked = locks.ticket(by, ticket.id)
        permissions.require(by, locked, "book-time", now)
        staff_id = _person(by)
        _check_span(started_at, minutes, now)
        verdict = holding.latest_verdict(locked)
        basis = basis_of(locked, verdict)
        if billable:
            basis = _chargeable(basis, started_at)
        pieces = timesheet.pieces(
            started_at=convert.micros(started_at),
            minutes=minutes,
            zone=patience.contract_zone(locked),
            weights=() if basis is None else _weights(locked, basis.price, now),
        )
        entries = [
            _entry(locked, piece, basis if billable else None, verdict, billable, staff_id, now)
            for piece in pieces
        ]
        before = _standing_entries(locked)
        TimeEntry.objects.bulk_create(entries)
        if note.strip():
            TimeNote.objects.create(vendor_id=by.vendor_id, entry=entries[0], text=note.strip())
        if billable and basis is not None:
            _charge(locked, basis, before, [*before, *entries], entries, by=by, now=now)
        append(
            locked,
            *(_booked(DeskKind.TIME_BOOKED, entry) for entry in entries),
            by=by,
            at=now,
            now=now,
        )
        _tell(locked, listeners.News.TIME_BOOKED, now)
        return tuple(entries)


def _person(by: access.Viewer) -> UUID:
    if by.staff_id is None:
        raise access.Refused(
            code="for-people",
            en="Time is worked by people: sign in as the person who worked it.",
            fr="Le temps est travaillé par des personnes : connectez-vous comme celle qui l'a travaillé.",
        )
    return by.staff_id


def _check_span(started_at: datetime, minutes: int, now: datetime) -> None:
    if minutes <= 0 or timedelta(minutes=minutes) > DAY:
        raise CannotDo(
            code="bad-time",
            en="Write down at least one minute, and at most a day at once.",
            fr="Inscrivez au moins une minute, et une journée au plus à la fois.",
        )
    if started_at + timedelta(minutes=minutes) > now:
        raise CannotDo(
            code="not-worked-yet",
            en="This time lies in the future: write it down once it was worked.",
            fr="Ce temps est dans le futur : inscrivez-le une fois travaillé.",
        )


def basis_of(ticket: Ticket, verdict: Verdict) -> Basis | None:
    """On what billable time of a request would be charged now; None where nothing allows any."""
    programme = contracts.programme(ticket.revision_id)
    consent = estimating.in_force(ticket)
    if consent is not None and consent.estimate is not None:
        agreed = consent.estimate
        return Basis(
            price=funds.rate_of(programme, programme.ways[agreed.way]),
            allowance=agreed.allowance,
            contract=_contract(ticket, agreed.contract_id),
            consent=consent,
        )
    decision = convert.decision_from_json(verdict.decision)
    uses = claims.allowance_of(programme, decision) if decision.outcome is OutcomeKind.COVER else None
    if uses is None or not funds.is_time(programme, uses):
        return None
    filled = next((price for price in programme.prices.values() if price.fills == uses), None)
    return Basis(price=filled, allowance=uses, contract=_contract(ticket, ticket.contract_id), consent=None)


def _contract(ticket: Ticket, contract_id: UUID | None) -> contracts.Standings | None:
    return None if contract_id is None else contracts.contract_by_id(ticket.vendor_id, contract_id)


def _chargeable(basis: Basis | None, started_at: datetime) -> Basis:
    if basis is None:
        raise CannotDo(
            code="no-consent",
            en="Nothing billable before the customer's yes: send an estimate, or write the time down as not billable.",
            fr="Rien de facturable avant l'accord du client : envoyez une estimation, ou inscrivez ce temps comme non facturable.",
        )
    if basis.consent is not None and started_at < basis.consent.at:
        raise CannotDo(
            code="before-consent",
            en="This was done before the customer agreed, and is never billed: write it down as not billable.",
            fr="Cela a été fait avant l'accord du client, et n'est jamais facturé : inscrivez-le comme non facturable.",
        )
    return basis


def _weights(ticket: Ticket, price: Price | None, now: datetime) -> tuple[timesheet.Weight, ...]:
    """How nights and weekends count under a price, in the calendars of the request's place."""
    if price is None or not price.weights:
        return ()
    programme = contracts.programme(ticket.revision_id)
    codes = holidays.codes_needed(programme, ticket.holidays)
    bind = holidays.binder(
        vendor_id=ticket.vendor_id,
        programme=programme,
        zone=ticket.zone,
        place=ticket.holidays,
        words=holidays.versions(ticket.vendor_id, codes, now),
    )
    return tuple(
        timesheet.Weight(calendar=calendars.compile(bind(one.calendar)), percent=one.percent)
        for one in price.weights
    )


def _entry(
    ticket: Ticket,
    piece: timesheet.Piece,
    basis: Basis | None,
    verdict: Verdict,
    billable: bool,
    staff_id: UUID,
    now: datetime,
) -> TimeEntry:
    return TimeEntry(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        staff_id=staff_id,
        started_at=convert.instant(piece.started_at),
        minutes=piece.minutes,
        day=piece.day,
        weight_percent=piece.weight_percent,
        billable=billable,
        clause=verdict.clause,
        price="" if basis is None or basis.price is None else basis.price.id,
        allowance="" if basis is None else basis.allowance,
        consent=None if basis is None else basis.consent,
        recorded_at=now,
    )


def _booked(kind: DeskKind, entry: TimeEntry) -> Happening:
    data = {"minutes": entry.minutes, "day": entry.day.isoformat(), "billable": entry.billable}
    return Happening(kind=kind, data=data)


def _tell(ticket: Ticket, kind: listeners.News, now: datetime) -> None:
    listeners.tell(listeners.Told(kind=kind, vendor_id=ticket.vendor_id, ticket_id=ticket.id, now=now))


# --- reversing --------------------------------------------------------------------------------------


def reverse(*, by: access.Viewer, ticket: Ticket, entry: TimeEntry, reason: str, now: datetime) -> TimeEntry:
    """Correct an entry by one that reverses it; hours it took go back. One's own, or for those who run the desk.

    Raises CannotDo for an entry that was reversed already or reverses one.
    """
    with transaction.atomic():
        locked = locks.ticket(by, ticket.id)
        permissions.require(by, locked, "reverse-time", now)
        if not reason.strip():
            raise CannotDo(
                code="no-reason",
                en="Say why: a correction without a reason explains nothing.",
                fr="Dites pourquoi : une correction sans motif n'explique rien.",
            )
        found = TimeEntry.objects.get(vendor_id=by.vendor_id, ticket_id=locked.id, id=entry.id)
        _check_reversible(by, found)
        before = _standing_entries(locked)
        row = TimeEntry.objects.create(
            vendor_id=by.vendor_id,
            ticket=locked,
            staff_id=found.staff_id,
            started_at=found.started_at,
            minutes=found.minutes,
            day=found.day,
            weight_percent=found.weight_percent,
            billable=found.billable,
            clause=found.clause,
            price=found.price,
            allowance=found.allowance,
            consent=found.consent,
            reverses=found,
            recorded_at=now,
        )
        TimeNote.objects.create(vendor_id=by.vendor_id, entry=row, text=reason.strip())
        if found.billable and found.allowance:
            after = [one for one in before if one.id != found.id]
            _charge(locked, _basis_of_entry(locked, found), before, after, [row], by=by, now=now)
        append(locked, _booked(DeskKind.TIME_REVERSED, row), by=by, at=now, now=now)
        _tell(locked, listeners.News.TIME_REVERSED, now)
        return row


def _check_reversible(by: access.Viewer, entry: TimeEntry) -> None:
    if entry.reverses_id is not None or entry.reversed_by.exists():
        raise CannotDo(
            code="reversed-already",
            en="This entry was reversed already: write down the time anew.",
            fr="Cette saisie est déjà annulée : inscrivez le temps à nouveau.",
        )
    if entry.staff_id != by.staff_id and not by.has_role(access.RUNS_THE_DESK | access.TAKES_MONEY):
        raise access.Refused(
            code="not-yours",
            en="Somebody else worked this time: that person, or a manager, reverses it.",
            fr="Ce temps est celui de quelqu'un d'autre : cette personne ou un responsable l'annule.",
        )


def _basis_of_entry(ticket: Ticket, entry: TimeEntry) -> Basis:
    programme = contracts.programme(ticket.revision_id)
    spending = Spending.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, allowance=entry.allowance
    ).first()
    contract_id = ticket.contract_id if spending is None else spending.contract_id
    return Basis(
        price=programme.prices.get(entry.price),
        allowance=entry.allowance,
        contract=_contract(ticket, contract_id),
        consent=entry.consent,
    )


# --- charging ---------------------------------------------------------------------------------------


def _standing_entries(ticket: Ticket) -> list[TimeEntry]:
    """The entries that nobody reversed, oldest first."""
    found = TimeEntry.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, reverses=None, reversed_by=None
    )
    return list(found.select_related("consent").order_by("day", "started_at", "id"))


def _sheet(entries: Iterable[TimeEntry], basis: Basis) -> list[timesheet.Entry]:
    """Those of them that are charged on one basis."""
    price = "" if basis.price is None else basis.price.id
    return [
        timesheet.Entry(
            person=str(one.staff_id),
            ticket=str(one.ticket_id),
            day=one.day,
            minutes=one.minutes,
            weight_percent=one.weight_percent,
        )
        for one in entries
        if one.billable and (one.price, one.allowance) == (price, basis.allowance)
    ]


def _charge(
    ticket: Ticket,
    basis: Basis,
    before: Sequence[TimeEntry],
    after: Sequence[TimeEntry],
    made: Sequence[TimeEntry],
    *,
    by: access.Viewer,
    now: datetime,
) -> None:
    """Keep within the consent, and take from the ledger (or give back) what the days gain (or lose)."""
    was, is_ = _sheet(before, basis), _sheet(after, basis)
    total = sum(timesheet.charged(is_, basis.rules).values())
    gained = timesheet.difference(was, is_, basis.rules)
    agreed = None if basis.consent is None else basis.consent.minutes
    if agreed is not None and total > agreed and sum(gained.values()) > 0:
        raise _over(agreed, total)
    if not basis.allowance:
        return
    for (person, _, day), minutes in gained.items():
        entry = next(one for one in made if one.day == day and str(one.staff_id) == person)
        if minutes > 0:
            _take(ticket, basis, entry, minutes, by=by, now=now)
        else:
            _give_back(ticket, basis, entry, -minutes, by=by, now=now)


def _over(agreed: int, total: int) -> CannotDo:
    return CannotDo(
        code="over-estimate",
        en=f"The customer agreed to {ways.time_words(agreed)}, and this makes {ways.time_words(total)}: "
        "send a new estimate of the whole first.",
        fr=f"Le client a accepté {ways.time_words(agreed)}, et ceci en fait {ways.time_words(total)} : "
        "envoyez d'abord une nouvelle estimation de l'ensemble.",
    )


def _take(
    ticket: Ticket, basis: Basis, entry: TimeEntry, minutes: int, *, by: access.Viewer, now: datetime
) -> None:
    """First what the consent reserved, then what is left, of the grants in force when it was worked."""
    programme = contracts.programme(ticket.revision_id)
    cause = claims.cause(ticket, by, why="worked", clause=entry.clause)
    claim = claims.held(ticket)
    kept = 0
    left: int | None = None
    if claim is not None and claim.allowance == basis.allowance:
        kept = min(minutes, claim.quantity - claim.used)
    if claim is not None and kept > 0:
        posted = posting.consume(
            vendor_id=ticket.vendor_id,
            reservation=claim.reservation,
            cause=cause,
            at=now,
            now=now,
            quantity=kept,
        )
        claims.used(claim, kept, now=now)
        _write_spending(ticket, basis, entry, posted, now=now)
        left = posted.balance.available
    if minutes > kept:
        owner = funds.owner_of(programme, basis.allowance, basis.contract, ticket.organisation_id)
        try:
            posted = posting.spend(
                owner=owner,
                allowance=basis.allowance,
                quantity=minutes - kept,
                reservation=uuid7(),
                cause=cause,
                at=entry.started_at,
                now=now,
                overrun=claims.overruns(programme, basis.allowance),
            )
        except posting.NothingLeft as error:
            raise estimating.hours_missing(ticket, left=error.left, asked=error.asked, now=now) from error
        _write_spending(ticket, basis, entry, posted, now=now)
        left = posted.balance.available
    claims.tell_use(
        ticket,
        programme,
        allowance=basis.allowance,
        contract_id=None if basis.contract is None else basis.contract.id,
        quantity=minutes,
        left=left,
        now=now,
    )


def _write_spending(
    ticket: Ticket, basis: Basis, entry: TimeEntry, posted: posting.Posted, *, now: datetime
) -> None:
    Spending.objects.bulk_create(
        Spending(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            entry=entry,
            staff_id=entry.staff_id,
            day=entry.day,
            allowance=basis.allowance,
            contract_id=None if basis.contract is None else basis.contract.id,
            posting=one.id,
            minutes=one.move.quantity,
            at=now,
        )
        for one in posted.postings
        if one.move.kind == "consume"
    )


def _give_back(
    ticket: Ticket, basis: Basis, entry: TimeEntry, minutes: int, *, by: access.Viewer, now: datetime
) -> None:
    """Reverse what this person's day took, latest first, posting by posting."""
    rows = Spending.objects.filter(
        vendor_id=ticket.vendor_id,
        ticket_id=ticket.id,
        staff_id=entry.staff_id,
        day=entry.day,
        allowance=basis.allowance,
    ).order_by("-at", "-id")
    net: dict[UUID, int] = defaultdict(int)
    for row in rows:
        net[row.posting] += row.minutes
    for posting_id, there in net.items():
        back = min(minutes, there)
        if back <= 0:
            continue
        minutes -= back
        posting.give_back(
            vendor_id=ticket.vendor_id,
            posting_id=posting_id,
            quantity=back,
            cause=claims.cause(ticket, by, why="reversed", clause=entry.clause),
            at=now,
            now=now,
        )
        Spending.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            entry=entry,
            staff_id=entry.staff_id,
            day=entry.day,
            allowance=basis.allowance,
            contract_id=None if basis.contract is None else basis.contract.id,
            posting=posting_id,
            minutes=-back,
            at=now,
        )


# --- what is charged --------------------------------------------------------------------------------


def charged(ticket: Ticket) -> tuple[ChargedDay, ...]:
    """What was worked on a request by person and local date, with what is charged for it and on what ground."""
    programme = contracts.programme(ticket.revision_id)
    return charged_days(programme, _standing_entries(ticket))


def charged_days(programme: Programme, entries: Iterable[TimeEntry]) -> tuple[ChargedDay, ...]:
    """The same for entries that stand, of one programme: those charged alike are summed and rounded together."""
    groups: dict[tuple[UUID, UUID, date, bool, str, str], list[TimeEntry]] = defaultdict(list)
    for one in entries:
        groups[one.ticket_id, one.staff_id, one.day, one.billable, one.price, one.allowance].append(one)
    return tuple(
        _charged_day(programme, found)
        for _, found in sorted(groups.items(), key=lambda item: (item[0][2], str(item[0])))
    )


def _charged_day(programme: Programme, entries: Sequence[TimeEntry]) -> ChargedDay:
    first, last = entries[0], entries[-1]
    price = programme.prices.get(first.price)
    basis = Basis(price=price, allowance=first.allowance, contract=None, consent=first.consent)
    counted: Mapping[timesheet.Key, int] = timesheet.charged(_sheet(entries, basis), basis.rules)
    return ChargedDay(
        staff_id=first.staff_id,
        day=first.day,
        entries=tuple(entries),
        minutes=sum(one.minutes for one in entries),
        charged=sum(counted.values()),
        billable=first.billable,
        clause=last.clause,
        price=first.price,
        allowance=first.allowance,
        consent=last.consent,
    )
