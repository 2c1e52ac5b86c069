"""Merging two requests of one customer that are one: one closes as it stands, the other goes on and shows what both say.

Only within one organisation and for the same readers. Nothing is moved or rewritten: messages, files, events and time stay
where they are, and the page of the one that goes on shows the words of the other in place (`ticket_page`). Rules:
docs/reference/clock.md, "Merging and splitting".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.core.clock import Clock, EventKind
from palier.people import access, notices
from palier.people.models import Contact
from palier.software.models import Defect
from palier.tickets import claims, clockwork, defects, links, locks, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import (
    Claim,
    Consent,
    DefectLink,
    FundingState,
    Link,
    Message,
    Relation,
    Status,
    Ticket,
    TicketClearance,
    TimeEntry,
)
from palier.tickets.problems import CannotDo

PAID_FOR = (FundingState.UNPAID, FundingState.PAID, FundingState.QUOTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What merging would do. `refusals` say why it cannot be, each with the way out; then nothing else matters."""

    merged: Ticket
    survivor: Ticket
    refusals: tuple[CannotDo, ...]
    messages: int
    notes: int
    minutes: int
    released: Claim | None
    merged_clock: Clock
    survivor_clock: Clock
    defect: Defect | None
    """The known defect that the survivor then hangs on, for the other did."""


def merge(*, by: access.Viewer, ticket: Ticket, into: Ticket, now: datetime) -> Ticket:
    """Merge `ticket` into `into`, which goes on with its own clock. Raises CannotDo for the first reason against it."""
    rows = locks.tickets(by, [ticket.id, into.id])
    merged, survivor = rows[ticket.id], rows[into.id]
    permissions.require(by, merged, "link", now)
    permissions.require(by, survivor, "link", now)
    for refusal in refusals(merged, survivor):
        raise refusal
    permissions.require(by, merged, "merge", now)
    Link.objects.create(
        vendor_id=by.vendor_id,
        ticket=merged,
        other=survivor,
        relation=Relation.MERGED_INTO,
        user_id=by.user_id,
        at=now,
    )
    _release(merged, by=by, now=now)
    into_number = {"into": survivor.number}
    append(merged, Happening(kind=EventKind.MERGED, data=into_number), by=by, at=now, now=now)
    clockwork.refold(merged, now=now)
    claims.end(merged, by=by, now=now)
    absorbed = Happening(kind=DeskKind.ABSORBED, data={"number": merged.number})
    append(survivor, absorbed, by=by, at=now, now=now)
    _take_defect(merged, survivor, by=by, now=now)
    Ticket.objects.filter(vendor_id=by.vendor_id, id=survivor.id).update(updated_at=now)
    notices.notify(
        vendor_id=by.vendor_id,
        kind=notices.Kind.REQUEST_MERGED,
        now=now,
        contacts=sorted(_told(merged, survivor)),
        data={"ticket": survivor.id, "from": links.number(merged)},
        ticket_number=survivor.number,
    )
    survivor.refresh_from_db()
    return survivor


def preview(*, by: access.Viewer, ticket: Ticket, into: Ticket, now: datetime) -> Preview:
    """What merging would do, or why it cannot. Writes nothing."""
    said = Message.objects.filter(vendor_id=by.vendor_id, ticket_id=ticket.id)
    worked = TimeEntry.objects.filter(
        vendor_id=by.vendor_id, ticket_id=ticket.id, reverses=None, reversed_by=None
    )
    theirs, ours = (defects.of(one) for one in (ticket, into))
    return Preview(
        merged=ticket,
        survivor=into,
        refusals=refusals(ticket, into),
        messages=said.filter(public=True).count(),
        notes=said.filter(public=False).count(),
        minutes=sum(worked.values_list("minutes", flat=True)),
        released=claims.held(ticket),
        merged_clock=clockwork.fold(ticket, clockwork.events_of(ticket), now),
        survivor_clock=clockwork.fold(into, clockwork.events_of(into), now),
        defect=theirs if ours is None else None,
    )


# --- why not ------------------------------------------------------------------------------------------


def refusals(merged: Ticket, survivor: Ticket) -> tuple[CannotDo, ...]:
    """Why these two cannot be merged this way round, each with the way out."""
    apart = _two(merged, survivor)
    if apart is not None:
        return (apart,)
    found = [
        _states(merged, survivor),
        _same_readers(merged, survivor),
        _money(merged),
    ]
    return tuple(one for one in found if one is not None)


def _two(merged: Ticket, survivor: Ticket) -> CannotDo | None:
    if merged.id == survivor.id:
        return CannotDo(
            code="same-ticket",
            en="This is the request itself: name another one.",
            fr="C’est la demande elle-même : indiquez-en une autre.",
        )
    if merged.organisation_id != survivor.organisation_id:
        return CannotDo(
            code="other-organisation",
            en="They belong to two customers, and neither may read the other: link them, or let both hang on one known defect.",
            fr="Elles sont de deux clients, et aucun ne doit lire l’autre : liez-les, ou rattachez-les à un même défaut connu.",
        )
    return None


def _states(merged: Ticket, survivor: Ticket) -> CannotDo | None:
    if merged.status == Status.CLOSED:
        return CannotDo(
            code="closed",
            en="A closed request has nothing left to merge: link the two instead.",
            fr="Une demande close n’a plus rien à fusionner : liez plutôt les deux.",
        )
    if not survivor.is_open:
        return CannotDo(
            code="survivor-ended",
            en=f"{links.number(survivor)} is resolved or closed and would not go on: reopen it first, or merge the other way round.",
            fr=f"{links.number(survivor)} est résolue ou close et ne continuerait pas : rouvrez-la d’abord, ou fusionnez dans l’autre sens.",
        )
    return None


def _same_readers(merged: Ticket, survivor: Ticket) -> CannotDo | None:
    if merged.restricted != survivor.restricted or _cleared(merged) != _cleared(survivor):
        return CannotDo(
            code="other-readers",
            en="They are restricted to different people of the desk: restrict both alike first.",
            fr="Elles sont restreintes à des personnes différentes de l’équipe : restreignez d’abord les deux de même.",
        )
    if _readers(merged) != _readers(survivor):
        return CannotDo(
            code="other-readers",
            en="Somebody of the customer reads only one of them: let the customer’s administrator open both to that person, or link them.",
            fr="Quelqu’un du client n’en lit qu’une : que l’administrateur du client lui ouvre les deux, ou liez-les.",
        )
    return None


def _cleared(ticket: Ticket) -> frozenset[UUID]:
    if not ticket.restricted:
        return frozenset()
    found = TicketClearance.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id)
    return frozenset(found.values_list("staff_id", flat=True))


def _readers(ticket: Ticket) -> frozenset[UUID]:
    """The contacts of the customer, and of its partner, who read a request: those who see colleagues', and its own."""
    organisations = [
        one for one in (ticket.organisation_id, ticket.organisation.partner_id) if one is not None
    ]
    own = {ticket.author_id, ticket.adopted_by_id}
    people = Contact.objects.filter(
        vendor_id=ticket.vendor_id, organisation_id__in=organisations, removed_at=None
    ).values_list("id", "sees_colleagues")
    return frozenset(id_ for id_, sees_colleagues in people if sees_colleagues or id_ in own)


def _told(merged: Ticket, survivor: Ticket) -> set[UUID]:
    """Who wrote either and reads both."""
    wrote = {merged.author_id, merged.adopted_by_id, survivor.author_id, survivor.adopted_by_id}
    return {one for one in wrote if one is not None} & _readers(merged) & _readers(survivor)


def _money(merged: Ticket) -> CannotDo | None:
    if permissions.open_estimate(merged) is not None:
        return CannotDo(
            code="estimate-open",
            en="An estimate on it waits for the customer’s answer: let it be answered, or merge the other way round.",
            fr="Une estimation y attend la réponse du client : qu’elle soit donnée, ou fusionnez dans l’autre sens.",
        )
    agreed = Consent.objects.filter(
        vendor_id=merged.vendor_id, ticket_id=merged.id, agreed=True, estimate__isnull=False
    )
    if agreed.exists():
        return CannotDo(
            code="consent-in-force",
            en="The customer agreed to billable work on it: merge the other way round, or link the two and finish it.",
            fr="Le client y a accepté un travail facturable : fusionnez dans l’autre sens, ou liez les deux et terminez-la.",
        )
    choice = claims.latest_choice(merged)
    if choice is not None and claims.state_of(choice) in PAID_FOR:
        return CannotDo(
            code="way-chosen",
            en="The customer chose a way that is paid for: have the choice taken back first, or merge the other way round.",
            fr="Le client y a choisi une voie payante : que le choix soit d’abord repris, ou fusionnez dans l’autre sens.",
        )
    return None


# --- what it does -------------------------------------------------------------------------------------


def _release(merged: Ticket, *, by: access.Viewer, now: datetime) -> None:
    """What it reserved is the customer's again: the one that goes on has its own."""
    claim = claims.held(merged)
    if claim is None:
        return
    claims.release(merged, claim, why="merged", by=by, now=now)
    data = {"allowance": claim.allowance, "quantity": claim.quantity}
    append(merged, Happening(kind=DeskKind.UNIT_RELEASED, data=data), by=by, at=now, now=now)


def _take_defect(merged: Ticket, survivor: Ticket, *, by: access.Viewer, now: datetime) -> None:
    """The one that goes on hangs on the defect that the other hung on: so it is told when the fix ships."""
    theirs = defects.of(merged)
    if theirs is None or defects.of(survivor) is not None:
        return
    DefectLink.objects.create(
        vendor_id=by.vendor_id, ticket=survivor, defect=theirs, user_id=by.user_id, at=now
    )
    attached = Happening(kind=DeskKind.DEFECT_ATTACHED, data={"defect": theirs.number})
    append(survivor, attached, by=by, at=now, now=now)
