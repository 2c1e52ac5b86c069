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

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import calendars, timesheet
from palier.core.programme import Price, Programme
from palier.people import access
from palier.tickets import (
    charging,
    convert,
    holding,
    listeners,
    locks,
    patience,
    permissions,
    pricing,
)
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Consent, Spending, Ticket, TimeEntry, TimeNote, Verdict
from palier.tickets.problems import CannotDo

DAY = timedelta(days=1)


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
        basis = charging.basis_of(locked, verdict)
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
        before = charging.standing_entries(locked)
        TimeEntry.objects.bulk_create(entries)
        if note.strip():
            TimeNote.objects.create(vendor_id=by.vendor_id, entry=entries[0], text=note.strip())
        if billable and basis is not None:
            charging.charge(locked, basis, before, [*before, *entries], entries, by=by, now=now)
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
            fr="Le temps est travaillé par des personnes : connectez-vous comme celle qui l’a travaillé.",
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


def _chargeable(basis: charging.Basis | None, started_at: datetime) -> charging.Basis:
    if basis is None:
        raise CannotDo(
            code="no-consent",
            en="Nothing billable before the customer's yes: send an estimate, or write the time down as not billable.",
            fr="Rien de facturable avant l’accord du client : envoyez une estimation, ou inscrivez ce temps comme non facturable.",
        )
    if basis.price is not None and basis.price.kind in pricing.FIXED_KINDS:
        raise CannotDo(
            code="fixed-price",
            en="This work has a fixed price, whatever time it takes: write the time down as not billable.",
            fr="Ce travail a un prix convenu, quel que soit le temps : inscrivez-le comme non facturable.",
        )
    if basis.consent is not None and started_at < basis.consent.at:
        raise CannotDo(
            code="before-consent",
            en="This was done before the customer agreed, and is never billed: write it down as not billable.",
            fr="Cela a été fait avant l’accord du client, et n’est jamais facturé : inscrivez-le comme non facturable.",
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
    basis: charging.Basis | None,
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
                fr="Dites pourquoi : une correction sans motif n’explique rien.",
            )
        found = TimeEntry.objects.get(vendor_id=by.vendor_id, ticket_id=locked.id, id=entry.id)
        _check_reversible(by, found)
        before = charging.standing_entries(locked)
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
            charging.charge(locked, _basis_of_entry(locked, found), before, after, [row], by=by, now=now)
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
            fr="Ce temps est celui de quelqu’un d’autre : cette personne ou un responsable l’annule.",
        )


def _basis_of_entry(ticket: Ticket, entry: TimeEntry) -> charging.Basis:
    programme = contracts.programme(ticket.revision_id)
    spending = Spending.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, allowance=entry.allowance
    ).first()
    contract_id = ticket.contract_id if spending is None else spending.contract_id
    return charging.Basis(
        price=programme.prices.get(entry.price),
        allowance=entry.allowance,
        contract=charging.contract_of(ticket, contract_id),
        consent=entry.consent,
    )


# --- what is charged --------------------------------------------------------------------------------


def charged(ticket: Ticket) -> tuple[ChargedDay, ...]:
    """What was worked on a request by person and local date, with what is charged for it and on what ground."""
    programme = contracts.programme(ticket.revision_id)
    return charged_days(programme, charging.standing_entries(ticket))


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
    basis = charging.Basis(price=price, allowance=first.allowance, contract=None, consent=first.consent)
    counted: Mapping[timesheet.Key, int] = timesheet.charged(charging.sheet(entries, basis), basis.rules)
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
