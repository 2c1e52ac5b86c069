"""The desk's ticket page in words: facts with the time there now, and what sending now does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from palier.core.clock import Promised
from palier.core.programme import Commitment
from palier.pages import due, escalation_words, hours, referring, ticket_view, verdict, wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import DAY, duration, moment
from palier.pages.speech import Speech
from palier.pages.stream import Teller
from palier.pages.ticket_view import TicketView
from palier.people.access import Viewer
from palier.people.queries import DeskPeople
from palier.programme import locales
from palier.tickets.models import Status
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A promise in the page's head: words, tone and picture, and the two instants beside it."""

    words: str
    tone: str
    icon: str
    clause: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTicket:
    """Everything the page shows."""

    ticket: TicketView
    status: str
    status_words: str
    promises: tuple[Badge, ...]
    contact: str
    contact_there: str
    organisation: str
    customer_url: str
    contract: str
    product: str
    asked: tuple[tuple[str, str], ...]
    channel: str
    verdict_count: str
    told: verdict.Kept | None
    """The verdict where it is kept; None for one on hold, which says what stands in the ledger now."""
    clock_zone: str
    ledger: str
    can: frozenset[str]
    first_name: str
    effect: str
    workaround: str
    stream_zone: str
    escalation: escalation_words.NextEscalation | None


ENDS = 50
"""Entries shown at both ends of a very long conversation."""


def view(
    page: TicketPage,
    viewer: Viewer,
    speech: Speech,
    *,
    vendor_name: str,
    staff: DeskPeople,
    every: bool = False,
) -> DeskTicket:
    """The ticket in words; of a very long conversation its ends, unless `every` entry is asked for."""
    programme, ticket, clock = page.programme, page.ticket, page.clock
    here, there = speech.moments_in(page.desk_zone), speech.moments_in(page.zone)
    names = staff.names
    teller = Teller(
        programme=programme,
        speech=speech,
        here=here,
        there=there,
        vendor_name=vendor_name,
        customer_name=ticket.organisation.name,
        staff_names={str(id_): name for id_, name in (*names.items(), *staff.teams)},
        reader="person",
        refers=referring.of_page(
            viewer, page, speech, address=lambda number: reverse("desk:ticket", args=[number])
        ),
    )
    desk = hours.calendar(
        viewer.vendor_id, programme, programme.desk_calendar, page.desk_zone, moment(clock.now)
    )
    first = min((p.started_at for p in clock.promises), default=clock.now)
    shown = ticket_view.view(
        page,
        speech,
        teller,
        zone=page.zone,
        desk_open=hours.opened(desk, max(first - 2 * DAY, clock.now - 45 * DAY), clock.now + 40 * DAY),
        desk_word=_("Desk"),
        ends=None if every else ENDS,
    )
    day = hours.desk_day(desk, moment(clock.now))
    count = _("%(n)d of %(count)d") % {"n": page.verdict_number, "count": page.verdict_count}
    return DeskTicket(
        ticket=shown,
        status=ticket.status,
        status_words=_status(page, names_of=names.get(ticket.assignee_id) if ticket.assignee_id else None),
        promises=tuple(_badges(page, speech, day)),
        contact=page.contact.name,
        contact_there=_there(page, speech),
        organisation=ticket.organisation.name,
        customer_url=reverse("desk:customer", args=[ticket.organisation_id]),
        contract=_contract(page, speech),
        product=_product(page, speech),
        asked=tuple(_asked(page, speech)),
        channel=ticket.channel,
        verdict_count=count,
        told=None
        if page.beyond is not None
        else verdict.Kept(
            revision_id=ticket.revision_id,
            decided=page.decided,
            language=speech.language,
            locale=speech.locale,
            to_desk=True,
            count=count,
        ),
        clock_zone=there.city,
        ledger=shown.verdict.told.cost,
        can=page.can,
        first_name=page.contact.name.partition(" ")[0],
        effect=_effect_of_sending(page),
        workaround=_workaround(page),
        stream_zone=here.city,
        escalation=escalation_words.next_one(page.escalation, speech, here),
    )


def _status(page: TicketPage, *, names_of: str | None) -> str:
    ticket = page.ticket
    words = wording.wait_for(ticket.wait) if ticket.wait else wording.status(ticket.status)
    return _("%(state)s, with %(name)s") % {"state": words, "name": names_of} if names_of else words


def _there(page: TicketPage, speech: Speech) -> str:
    """`Thu 15:32 in London, open until 18:00`: whether anybody is there to read an answer."""
    there, now = speech.moments_in(page.zone), page.clock.now
    said = _("%(when)s in %(city)s") % {"when": there.weekday_time(now), "city": there.city}
    owed = page.clock.next_due
    found = (
        page.clock.calendars.get(owed.segments[-1].calendar) if owed is not None and owed.segments else None
    )
    if found is None:
        return said
    line = hours.line(found, now)
    if line.changes_at is None:
        return said
    when = there.near(line.changes_at, now)
    return f"{said}, " + (_("open until %(when)s") if line.is_open else _("opens %(when)s")) % {"when": when}


def _contract(page: TicketPage, speech: Speech) -> str:
    contract = page.contract
    if contract is None:
        return _("none")
    plan = page.programme.plans.get(contract.plan)
    standing = page.programme.facts["contract"].values.get(str(page.decision.facts.get("contract", "")))
    parts = [
        contract.number,
        speech.text(plan.name) if plan is not None else contract.plan,
        speech.text(standing),
        _("to %(date)s") % {"date": speech.moments.date(contract.ends_on - timedelta(days=1))},
    ]
    return ", ".join(part for part in parts if part)


def _product(page: TicketPage, speech: Speech) -> str:
    programme, ticket = page.programme, page.ticket
    name = " ".join(
        p for p in (ticket_view.name(programme.products, ticket.product, speech), ticket.version) if p
    )
    parts = [
        name,
        ticket_view.name(programme.environments, ticket.environment, speech),
        ticket.solution.name if ticket.solution is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _asked(page: TicketPage, speech: Speech) -> Iterable[tuple[str, str]]:
    """What was filled in besides the description."""
    for name, text in page.ticket.answers.get("fields", {}).items():
        field = page.programme.fields.get(name)
        if field is not None and text:
            yield speech.text(field.name), text


def _badges(page: TicketPage, speech: Speech, day: due.DeskDay) -> Iterable[Badge]:
    here, there = speech.moments_in(page.desk_zone), speech.moments_in(page.zone)
    now = page.clock.now
    for promised in sorted(page.clock.promises, key=lambda p: (p.breached_at is None, p.due_at or 0)):
        if not promised.owed:
            continue
        what = wording.commitment(promised.commitment)
        if promised.endless:
            yield Badge(
                words=_("%(what)s: no opening hours ahead") % {"what": what},
                tone="bad",
                icon="x",
                clause=promised.clause,
                when=_("The calendar “%(name)s” does not open within 5 years: no due time can be told.")
                % {"name": promised.endless},
            )
            continue
        if promised.due_at is None:
            yield Badge(
                words=_("%(what)s paused") % {"what": what},
                tone="held",
                icon="clock",
                clause=promised.clause,
                when="",
            )
            continue
        said, tone = due.words(promised, now=now, here=here, day=day)
        yield Badge(
            words=f"{what} {said}",
            tone={"bad": "bad", "soon": "warn"}.get(tone, "plain"),
            icon="x" if tone == "bad" else "clock",
            clause=promised.clause,
            when=due.both(promised.breached_at or promised.due_at, now, there, here),
        )


def _owed(page: TicketPage, commitment: Commitment) -> Promised | None:
    found = page.clock.latest(commitment)
    return found if found is not None and found.owed else None


def _margin(promised: Promised) -> str:
    """`2 h 13 early`, `late by 4 h 57 of business time`."""
    if promised.breached_at is not None:
        return _("late by %(time)s of business time") % {"time": duration(due.over(promised))}
    return _("%(time)s early") % {"time": locales.duration(promised.left)}


def _effect_of_sending(page: TicketPage) -> str:
    """What a public answer does to the clock, now."""
    first, update = _owed(page, Commitment.FIRST_RESPONSE), _owed(page, Commitment.NEXT_UPDATE)
    if first is not None:
        return _("is the first answer, %(margin)s.") % {"margin": _margin(first)}
    if update is not None:
        return _("is the next update, %(margin)s, and starts a new interval.") % {"margin": _margin(update)}
    if page.ticket.status == Status.HELD:
        return _("meets nothing yet: no clock runs while it is on hold.")
    return _("moves no clock.")


def _workaround(page: TicketPage) -> str:
    owed = _owed(page, Commitment.WORKAROUND)
    return _("Counts as the workaround, %(margin)s") % {"margin": _margin(owed)} if owed is not None else ""
