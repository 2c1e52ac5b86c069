"""Calls in words: for which request, who was paged and when, who has it; on the page of calls and beside a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from palier.pages import moments
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.services import paging, queries
from palier.services.models import Alarm, How, Page, State, Why
from palier.tickets import queries as tickets
from palier.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """That somebody was paged: who, why, when, what became of it."""

    who: str
    why: str
    when: str
    iso: str
    late: str
    became: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call. `ticket_url` is empty where the reader does not see the request, `acknowledge` where nothing is to be pressed."""

    id: str
    number: str
    subject: str
    customer: str
    severity: str
    ticket_url: str
    roster: str
    clause: str
    when: str
    iso: str
    state: str
    tone: str
    icon: str
    gap: bool
    pages: tuple[PageLine, ...]
    url: str
    acknowledge: str
    next: str


def views(viewer: Viewer, rows: Iterable[Alarm], speech: Speech, now: datetime) -> tuple[CallView, ...]:
    """Calls in the order given; the reader may know of them."""
    listed = list(rows)
    pages = queries.pages_of(listed)
    seen = set(
        Ticket.objects.visible_to(viewer)
        .filter(id__in=[one.ticket_id for one in listed])
        .values_list("id", flat=True)
    )
    return tuple(_view(one, pages[one.id], speech, now, sees=one.ticket_id in seen) for one in listed)


def _view(row: Alarm, pages: list[Page], speech: Speech, now: datetime, *, sees: bool) -> CallView:
    number = tickets.number_of(row.ticket.revision_id, row.ticket.number)
    here, open_ = speech.moments, row.state == State.OPEN
    waits = row.state in (State.OPEN, State.UNANSWERED)
    tone = {State.ACKNOWLEDGED: "good", State.STOPPED: "held"}.get(State(row.state), "bad")
    return CallView(
        id=str(row.id),
        number=number,
        subject=row.ticket.subject,
        customer=row.ticket.organisation.name,
        severity=row.ticket.severity,
        ticket_url=reverse("desk:ticket", args=[number]) if sees else "",
        roster=row.roster.name if row.roster is not None else "",
        clause=row.clause,
        when=here.near(row.recorded_at, now),
        iso=row.recorded_at.isoformat(),
        state=_state(row, speech, now),
        tone=tone,
        icon="circle-check" if tone == "good" else "alert-triangle" if tone == "bad" else "forbid-2",
        gap=row.gap,
        pages=tuple(_page(one, row, speech, now) for one in pages),
        url=reverse("desk:on-call-page", args=[row.id]),
        acknowledge=reverse("desk:on-call-acknowledge", args=[row.id]) if waits else "",
        next=here.near(row.next_at, now) if open_ and row.next_at is not None else "",
    )


def _state(row: Alarm, speech: Speech, now: datetime) -> str:
    if row.state == State.OPEN:
        return _("Nobody has acknowledged yet")
    if row.state == State.UNANSWERED:
        return _("Nobody acknowledged, and nobody is paged any more")
    if row.state == State.STOPPED:
        return _("No longer needed")
    who = row.ended_by.name if row.ended_by is not None else _("somebody")
    when = speech.moments.near(row.ended_at, now) if row.ended_at is not None else ""
    words = {
        How.PRESS: _("Acknowledged by %(who)s, %(when)s"),
        How.ANSWER: _("Acknowledged by an answer of %(who)s, %(when)s"),
        How.ASSIGNMENT: _("Acknowledged as %(who)s gave it to somebody, %(when)s"),
    }
    return words[How(row.ended_how)] % {"who": who, "when": when}


def _page(page: Page, row: Alarm, speech: Speech, now: datetime) -> PageLine:
    here = speech.moments
    late = page.sent_at - page.at >= paging.LATE
    return PageLine(
        who=page.staff.name,
        why={Why.ON_CALL: _("on call"), Why.NEXT: _("next in line"), Why.MANAGER: _("manager")}[
            Why(page.why)
        ],
        when=here.near(page.sent_at, now),
        iso=page.sent_at.isoformat(),
        late=_("noticed late: it fell due at %(when)s") % {"when": here.near(page.at, now)} if late else "",
        became=_became(page, row, speech),
    )


def _became(page: Page, row: Alarm, speech: Speech) -> str:
    here = speech.moments
    if page.acknowledged_at is not None:
        took = moments.duration(moments.micros(page.acknowledged_at) - moments.micros(page.sent_at))
        return _("acknowledged %(when)s, after %(took)s") % {
            "when": here.near(page.acknowledged_at, page.sent_at),
            "took": took,
        }
    if page.escalated_at is not None:
        return _("not acknowledged by %(when)s") % {"when": here.near(page.escalated_at, page.sent_at)}
    return _("waits for an answer") if row.state == State.OPEN else ""


def of_ticket(viewer: Viewer, ticket_id: UUID, speech: Speech, now: datetime) -> tuple[CallView, ...]:
    """The calls of a request that the reader sees, newest first."""
    found = queries.of_ticket(viewer.vendor_id, ticket_id)
    return views(viewer, reversed(found), speech, now) if found else ()
