"""What is held and how it is freed: completing, adopting, declining, lifting, and deciding again.

When the last hold falls away the table decides again on the facts of that instant and the request flows by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import coverage
from palier.core.clock import EventKind
from palier.core.programme import FactValue, OutcomeKind
from palier.people import access, notices
from palier.people.actions import lock_customer
from palier.people.models import Contact
from palier.tickets import (
    assigning,
    claims,
    clockwork,
    convert,
    deciding,
    drafts,
    funding,
    holding_notices,
    locks,
    messages,
    opening,
    permissions,
)
from palier.tickets.deciding import Asker, Manner, Situation
from palier.tickets.drafts import Request
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Status, Ticket, Verdict
from palier.tickets.problems import CannotDo

KEPT_WHEN_ACCEPTED = ("contract", "contact", "plan", "seats", "option", "term")
"""What a ticket keeps of the decision under which it was accepted, whatever becomes of the contract (after_end: finish)."""
FINISH = "finish"
OWN_FIELDS = ("product", "version", "environment")


# --- deciding again ---------------------------------------------------------------------------------


def latest_verdict(ticket: Ticket) -> Verdict:
    """The verdict in force."""
    found = (
        Verdict.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id).order_by("-number").first()
    )
    if found is None:
        raise LookupError(f"ticket {ticket.id} has no verdict")
    return found


def decide_again(
    ticket: Ticket,
    *,
    by: access.Viewer,
    at: datetime,
    now: datetime,
    request: Request | None = None,
    reason: str = "",
    only_if_otherwise: bool = False,
    tell: bool = True,
) -> Verdict | None:
    """Decide a locked ticket on the facts of `at`; None when nothing is otherwise than in the verdict in force.

    Appends what changed, the holds that fell away or came, and the new decision, which names the one it replaces and
    which the customer sees. `only_if_otherwise` leaves a ticket alone whose outcome and holds stay. Fold it afterwards.
    The customer has a notice where the course is another or a reason is given; not with `tell` False, for who tells it otherwise.
    """
    request = request if request is not None else drafts.of_ticket(ticket)
    before = latest_verdict(ticket)
    old = convert.decision_from_json(before.decision)
    clock = clockwork.fold(ticket, clockwork.events_of(ticket), now)
    started = clock.started_at is not None
    found = _situation(ticket, old, request, started=started, at=at)
    if not funding.still_fits(request, found.decision):
        funding.drop(ticket, why="decided-otherwise", by=by, now=now)
        request = dataclasses.replace(request, way=drafts.NONE, funding=drafts.NONE)
        found = _situation(ticket, old, request, started=started, at=at)
    new = found.decision
    same_course = (new.outcome, new.clauses, new.holds, new.targets) == (
        old.outcome,
        old.clauses,
        old.holds,
        old.targets,
    )
    facts = deciding.changed_facts(clock.facts, found.clock_facts)
    if same_course and (only_if_otherwise or (not facts and new.facts == old.facts)):
        return None
    _keep(ticket, request, found, at)
    row = opening.verdict(ticket, found, replaces=before, at=at)
    row.save(force_insert=True)
    claims.follow(
        ticket,
        new,
        row,
        programme=found.programme,
        contract=found.contract,
        by=by,
        now=now,
    )
    chosen = funding.is_settled(request)
    happened = _what_follows(facts, old, found, row, reason, started=started, chosen=chosen)
    append(ticket, *happened, by=by, at=at, now=now)
    assigning.pass_on(ticket, before=old, after=new, now=now)
    if tell and (reason or not same_course):
        holding_notices.tell_decided(ticket, row, by=by, now=now)
    return row


def situation_of(ticket: Ticket, *, at: datetime, now: datetime) -> Situation:
    """How a locked ticket stands on the facts of `at`, without writing anything."""
    old = convert.decision_from_json(latest_verdict(ticket).decision)
    clock = clockwork.fold(ticket, clockwork.events_of(ticket), now)
    request = drafts.of_ticket(ticket)
    return _situation(ticket, old, request, started=clock.started_at is not None, at=at)


def _situation(
    ticket: Ticket, old: coverage.Decision, request: Request, *, started: bool, at: datetime
) -> Situation:
    claim = claims.held(ticket)
    manner = dataclasses.replace(
        _manner(ticket, old, started=started),
        own=None if claim is None else claim.reservation,
        used=claims.units_used(ticket),
        reached_at=ticket.reached_at,
    )
    return deciding.situation(asker=asker_of(ticket), request=request, now=at, manner=manner)


def asker_of(ticket: Ticket) -> Asker:
    """Who answers for a ticket: the contact who adopted it, else its author."""
    contact_id = ticket.adopted_by_id or ticket.author_id
    return Asker(
        vendor_id=ticket.vendor_id,
        organisation=ticket.organisation,
        site=ticket.site,
        contact=Contact.objects.get(vendor_id=ticket.vendor_id, id=contact_id),
    )


def _manner(ticket: Ticket, old: coverage.Decision, *, started: bool) -> Manner:
    chosen = ticket.contract_id if ticket.answers.get("contract_chosen") else None
    if not started and not old.accepted:
        return Manner(contract_id=chosen, by_staff=True)
    programme = contracts.programme(ticket.revision_id)
    kept: dict[str, FactValue] = {}
    if programme.after_end == FINISH:
        kept = {name: old.facts[name] for name in KEPT_WHEN_ACCEPTED if name in old.facts}
    if started:
        # What is found missing once the clock runs is a wait, no hold.
        kept[deciding.INFORMATION] = "complete"
    return Manner(contract_id=ticket.contract_id, pinned_to=ticket.revision_id, kept=kept, by_staff=True)


def _keep(ticket: Ticket, request: Request, found: Situation, at: datetime) -> None:
    """Write the request's answers and what the decision brings on the ticket's row."""
    chosen = ticket.answers.get("contract_chosen")
    ticket.kind, ticket.cause, ticket.effect = request.kind, request.cause, request.effect
    ticket.product, ticket.version, ticket.environment = (
        request.product,
        request.version,
        request.environment,
    )
    ticket.answers = drafts.answers_of(request) | ({"contract_chosen": True} if chosen else {})
    opening.take_decision(ticket, found, at)
    ticket.save()


def _what_follows(
    facts: Mapping[str, FactValue],
    old: coverage.Decision,
    found: Situation,
    row: Verdict,
    reason: str,
    *,
    started: bool,
    chosen: bool,
) -> list[Happening]:
    new = found.decision
    happenings: list[Happening] = []
    if facts:
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in facts.items()}
        happenings.append(Happening(kind=EventKind.FACTS_CHANGED, data={"facts": plain, "reason": reason}))
    for kind, hold in deciding.moved_holds(old, new):
        # A started clock never un-starts: what would hold it now holds only what has not begun.
        if kind == EventKind.FREED or not started:
            happenings.append(Happening(kind=kind, data={"hold": hold}))
    data: dict[str, object] = {
        "outcome": new.outcome.value,
        "clauses": list(new.clauses),
        "verdict": row.number,
        "replaces": row.number - 1,
        "was": {"outcome": old.outcome.value, "clauses": list(old.clauses)},
    }
    if chosen and new.outcome is OutcomeKind.OFFER:
        data["chosen"] = True
    if new.level is not None:
        data["level"] = new.level
    if new.targets is not None:
        data["targets"] = new.targets
    if reason:
        data["reason"] = reason
    happenings.append(Happening(kind=EventKind.DECIDED, data=data))
    return happenings


def decide_held(vendor_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """Decide again every held request of a customer: its contracts changed. In the transaction of that change."""
    lock_customer(vendor_id=vendor_id, organisation_id=organisation_id)
    held = Ticket.objects.filter(
        vendor_id=vendor_id, organisation_id=organisation_id, status=Status.HELD, is_open=True
    )
    locked = held.select_related("organisation").select_for_update(no_key=True, of=("self",)).order_by("id")
    machine = access.Viewer.machine(vendor_id)
    for ticket in locked:
        row = decide_again(ticket, by=machine, at=now, now=now, only_if_otherwise=True, tell=False)
        clockwork.refold(ticket, now=now)
        if ticket.status != Status.HELD:
            holding_notices.tell_author(ticket, notices.Kind.REQUEST_FREED, by=machine, now=now)
        elif row is not None:
            holding_notices.tell_decided(ticket, row, by=machine, now=now)


# --- what people do about holds ---------------------------------------------------------------------


def complete(
    *,
    by: access.Viewer,
    ticket: Ticket,
    fields: Mapping[str, str],
    now: datetime,
    reached_at: datetime | None = None,
    came: messages.Came = messages.AS_WRITTEN_HERE,
    described: bool = False,
) -> Ticket:
    """Fill in what was missing: `product`, `version`, `environment`, `description` or the programme's own fields.

    With the last of it the clock starts, if nothing else holds the request: when it reached us (`reached_at`). What is
    empty is left out. `described`: the description stands in a message written just now.
    """
    at = reached_at if reached_at is not None else now
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "complete", now)
    given = {name: text.strip() for name, text in fields.items() if text.strip()}
    if not given and not described:
        raise CannotDo(
            code="nothing-filled-in",
            en="Nothing was filled in: write what is asked for.",
            fr="Rien n’a été rempli : écrivez ce qui est demandé.",
        )
    programme = contracts.programme(locked.revision_id)
    drafts.check_fields(programme, (name for name in given if name not in (*OWN_FIELDS, "description")))
    before = drafts.of_ticket(locked)
    request = _filled_in(before, given)
    if described:
        request = dataclasses.replace(request, described=True)
    drafts.check(programme, request, by_staff=True)
    happenings = [
        Happening(
            kind=DeskKind.COMPLETED,
            data={"fields": sorted({*given, *(["description"] if described else [])})},
        )
    ]
    if "description" in given:
        happenings[0] = dataclasses.replace(
            happenings[0], message=messages.write(by, locked, given["description"], at=at, now=now, came=came)
        )
    if drafts.missing(programme, before) and not drafts.missing(programme, request):
        happenings.append(Happening(kind=EventKind.INFORMATION_COMPLETE))
    append(locked, *happenings, by=by, at=at, now=now)
    if decide_again(locked, by=by, at=at, now=now, request=request) is None:
        locked.answers = drafts.answers_of(request)
        locked.version = request.version
        locked.save()
    clockwork.refold(locked, now=now)
    return locked


def _filled_in(before: Request, given: Mapping[str, str]) -> Request:
    own = {name: given[name] for name in OWN_FIELDS if name in given}
    others = {name: text for name, text in given.items() if name not in OWN_FIELDS and name != "description"}
    return dataclasses.replace(
        before,
        **own,  # type: ignore[arg-type]
        fields={**before.fields, **others},
        described=before.described or "description" in given,
    )


def adopt(*, by: access.Viewer, ticket: Ticket, now: datetime) -> Ticket:
    """An authorised contact takes over a colleague's request: it is decided as if this contact had written it."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "adopt", now)
    locked.adopted_by_id = by.contact_id
    locked.save(update_fields=["adopted_by"])
    append(locked, Happening(kind=DeskKind.ADOPTED), by=by, at=now, now=now)
    decide_again(locked, by=by, at=now, now=now, tell=False)
    clockwork.refold(locked, now=now)
    holding_notices.tell_author(locked, notices.Kind.REQUEST_ADOPTED, by=by, now=now)
    return locked


def decline(*, by: access.Viewer, ticket: Ticket, now: datetime, reason: str) -> Ticket:
    """An authorised contact does not take over a colleague's request: it closes, and its author reads why."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "decline", now)
    if not reason.strip():
        raise CannotDo(
            code="no-reason",
            en="Say why: your colleague will read it.",
            fr="Dites pourquoi : votre collègue le lira.",
        )
    append(
        locked,
        Happening(kind=DeskKind.DECLINED, data={"reason": reason.strip()}),
        Happening(kind=EventKind.CLOSED, data={"reason": "declined"}),
        by=by,
        at=now,
        now=now,
    )
    clockwork.refold(locked, now=now)
    claims.end(locked, by=by, now=now)
    holding_notices.tell_author(locked, notices.Kind.REQUEST_DECLINED, by=by, now=now)
    return locked


def free(*, by: access.Viewer, ticket: Ticket, hold: str, now: datetime) -> Ticket:
    """A person of the vendor lifts a hold by hand, for this request only; the table decides again without it."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "free", now)
    old = convert.decision_from_json(latest_verdict(locked).decision)
    if old.outcome is not OutcomeKind.HOLD or hold not in old.holds:
        raise CannotDo(
            code="not-held",
            en=f"Nothing holds this request for {hold!r}; it is held for: {', '.join(old.holds) or '–'}.",
            fr=f"Rien ne retient cette demande pour {hold!r} ; elle l’est pour : {', '.join(old.holds) or '–'}.",
        )
    before = drafts.of_ticket(locked)
    request = dataclasses.replace(before, freed=(*before.freed, hold))
    append(locked, Happening(kind=DeskKind.LIFTED, data={"hold": hold}), by=by, at=now, now=now)
    decide_again(locked, by=by, at=now, now=now, request=request)
    clockwork.refold(locked, now=now)
    return locked
