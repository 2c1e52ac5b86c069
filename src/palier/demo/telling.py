"""The stories told: every step by the same actions people use, at past instants, in order, with the worker in between.

What time brings (breaches, warnings, reminders, closings) is found by the worker's own sweep before each step, so clocks
and verdicts are what they would be had all this happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from palier.contracts import actions as contracts
from palier.contracts import requests
from palier.demo import defects, money, on_call, stories
from palier.demo.cast import Cast
from palier.demo.stories import Step, Story
from palier.people import tenancy
from palier.people.access import Viewer
from palier.tickets import (
    answering,
    classifying,
    holding,
    objecting,
    opening,
    reopening,
    steering,
    sweeping,
    waiting,
)
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

WORKER_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One step of one story at its instant."""

    at: datetime
    vendor: stories.Vendor
    about: str
    do: Callable[[Cast, datetime], None]


def moments(told: Iterable[stories.Vendor], *, day: date) -> list[Moment]:
    """All steps of all vendors in order of time; what is written earlier in a file comes first at the same instant."""
    found = [moment for vendor in told for moment in _of_vendor(vendor, day)]
    return sorted(found, key=lambda moment: moment.at)


def _of_vendor(vendor: stories.Vendor, day: date) -> list[Moment]:
    found = [_event(vendor, event, day) for event in vendor.events]
    for place, story in enumerate(vendor.stories):
        name = story.id or f"story {place + 1}"
        zone = stories.zone_of(vendor, story)
        at = stories.instant(story.at, day=day, zone=zone)
        found.append(Moment(at=at, vendor=vendor, about=name, do=_opening(name, story)))
        for step in story.steps:
            before, at = at, stories.instant(step.at, day=day, zone=zone)
            if at < before:
                raise ValueError(
                    f"{vendor.slug}, {story.subject!r}: {step.at} comes before the step it follows"
                )
            found.append(Moment(at=at, vendor=vendor, about=name, do=_acting(name, story, step)))
    return found


def tell(casts: Mapping[str, Cast], told: Sequence[Moment], *, progress: Callable[[int, int], None]) -> None:
    """Play the moments; `progress` hears how many are done of how many."""
    for number, moment in enumerate(told, start=1):
        sweeping.sweep(now=moment.at)
        on_call.wake(moment.at)
        cast = casts[moment.vendor.slug]
        with tenancy.vendor(cast.vendor.id):
            try:
                moment.do(cast, moment.at)
            except Exception as error:
                error.add_note(f"{moment.vendor.slug}, {moment.about}, {moment.at}")
                raise
        if number < len(told) and told[number].at > moment.at + WORKER_DELAY:
            # What a request brings about at once, the worker finds within seconds.
            sweeping.sweep(now=moment.at + WORKER_DELAY)
        progress(number, len(told))


# --- what happens to contracts ----------------------------------------------------------------------


def _event(vendor: stories.Vendor, event: Mapping[str, Any], day: date) -> Moment:
    at = stories.instant(event["at"], day=day, zone=vendor.zone)

    def do(cast: Cast, now: datetime) -> None:
        match event["do"]:
            case "pay":
                contracts.mark_paid(by=cast.machine, contract=cast.contracts[event["contract"]], now=now)
            case "suspend":
                contracts.suspend(by=cast.machine, contract=cast.contracts[event["contract"]], now=now)
            case "end":
                contracts.end(by=cast.machine, contract=cast.contracts[event["contract"]], now=now)
            case "ask-plan":
                requests.ask_for_plan(
                    by=Viewer.customer(cast.contacts[event["customer"], event["by"]]),
                    contract=cast.contracts[event["contract"]],
                    plan=event["plan"],
                    words=event["words"],
                    now=now,
                )
            case "stand-in":
                _stand_in(cast, event, day, now)
            case "rank":
                contact = cast.contacts[event["customer"], event["by"]]
                steering.rank(
                    by=Viewer.customer(contact),
                    organisation=cast.organisations[event["customer"]],
                    ticket_ids=[cast.tickets[name].id for name in event["tickets"]],
                    now=now,
                )
            case other:
                if not money.happen(cast, event, now) and not defects.happen(cast, event, now):
                    raise ValueError(f"{other!r} is nothing that happens beside the requests")

    return Moment(at=at, vendor=vendor, about=event["do"], do=do)


def _stand_in(cast: Cast, event: Mapping[str, Any], day: date, now: datetime) -> None:
    """A contact names somebody for the days (counted from the demonstration's) another is away, both included."""
    contract = cast.contracts[event["contract"]]
    first, last = (day + timedelta(days=event[name]) for name in ("first", "last"))
    zone = contract.zone
    contracts.name_stand_in(
        by=Viewer.customer(cast.contacts[event["customer"], event["by"]]),
        contract=contract,
        absent=cast.contacts[event["customer"], event["absent"]],
        stand_in=cast.contacts[event["customer"], event["stand_in"]],
        from_at=datetime.combine(first, time(), ZoneInfo(zone)),
        until_at=datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone)),
        now=now,
    )


# --- requests ---------------------------------------------------------------------------------------


def _opening(name: str, story: Story) -> Callable[[Cast, datetime], None]:
    def do(cast: Cast, now: datetime) -> None:
        contact = cast.contacts[story.customer, story.by]
        draft = Draft(
            kind=story.kind,
            subject=story.subject,
            body=story.body,
            product=story.product,
            version=story.version,
            environment=story.environment,
            effect=story.effect,
            facts=story.facts,
            fields=story.fields,
            language=contact.language,
            solution_id=cast.solutions[story.customer, story.solution].id if story.solution else None,
            contract_id=cast.contracts[story.contract].id if story.contract else None,
            site_id=cast.sites[story.customer, story.site].id if story.site else None,
        )
        ticket = opening.open_ticket(by=Viewer.customer(contact), draft=draft, now=now, channel=story.channel)
        if story.to:
            steering.assign(by=cast.machine, ticket=ticket, team=cast.teams[story.to], now=now)
        cast.tickets[name] = ticket

    return do


def _acting(name: str, story: Story, step: Step) -> Callable[[Cast, datetime], None]:
    def do(cast: Cast, now: datetime) -> None:
        staff = cast.staff.get(step.by)
        if staff is None and (story.customer, step.by) not in cast.contacts:
            raise ValueError(f"nobody of {story.customer} or the vendor is called {step.by!r}")
        by = (
            Viewer.staff(staff)
            if staff is not None
            else Viewer.customer(cast.contacts[story.customer, step.by])
        )
        ticket = cast.tickets[name]
        if staff is not None and ticket.assignee_id is None and step.do not in _LOOKS_ON:
            # Who first works on a request keeps it.
            ticket = steering.assign(by=by, ticket=ticket, assignee=staff, team=ticket.team, now=now)
        cast.tickets[name] = _act(cast, by, ticket, step, now)

    return do


_LOOKS_ON = frozenset({"acknowledge", "assign", "note"}) | money.DESK_ONLY


def _act(cast: Cast, by: Viewer, ticket: Ticket, step: Step, now: datetime) -> Ticket:
    """Do the step; returns the ticket the story goes on with."""
    what = step.what
    match step.do:
        case "reply":
            return answering.reply(by=by, ticket=ticket, body=step.text, now=now, **what)
        case "note":
            answering.add_note(by=by, ticket=ticket, body=step.text, now=now)
        case "contest":
            objecting.contest(by=by, ticket=ticket, what=what["of"], words=step.text, now=now)
        case "wait":
            return waiting.wait_for(by=by, ticket=ticket, wait=what["for"], message=step.text, now=now)
        case "resume":
            return waiting.resume(by=by, ticket=ticket, now=now)
        case "relieve":
            return waiting.relieve(by=by, ticket=ticket, relief=what["as"], message=step.text, now=now)
        case "revoke-relief":
            return waiting.revoke_relief(by=by, ticket=ticket, now=now)
        case "severity":
            classifying.change_severity(
                by=by, ticket=ticket, severity=str(what["to"]), reason=step.text, now=now
            )
        case "classify":
            classifying.classify(by=by, ticket=ticket, changes=what["changes"], reason=step.text, now=now)
        case "assign":
            person, team = what.get("to"), what.get("team")
            return steering.assign(
                by=by,
                ticket=ticket,
                assignee=cast.staff[person] if person else None,
                team=cast.teams[team] if team else None,
                now=now,
            )
        case "resolve":
            return reopening.resolve(by=by, ticket=ticket, message=step.text, now=now)
        case "close":
            return reopening.close(by=by, ticket=ticket, now=now)
        case "reopen":
            return reopening.reopen(by=by, ticket=ticket, body=step.text, now=now)
        case _:
            others = (
                money.act(cast, by, ticket, step, now)
                or defects.act(cast, by, ticket, step, now)
                or on_call.act(by, ticket, step, now)
            )
            if not others:
                return _free(by, ticket, step, now)
    ticket.refresh_from_db()
    return ticket


def _free(by: Viewer, ticket: Ticket, step: Step, now: datetime) -> Ticket:
    """What is done about a request that is held."""
    match step.do:
        case "adopt":
            return holding.adopt(by=by, ticket=ticket, now=now)
        case "decline":
            return holding.decline(by=by, ticket=ticket, reason=step.text, now=now)
        case "complete":
            return holding.complete(by=by, ticket=ticket, fields=step.what["fields"], now=now)
        case "free":
            return holding.free(by=by, ticket=ticket, hold=step.what["hold"], now=now)
        case other:
            raise ValueError(f"{other!r} is nothing one does to a request")
