"""The history of every change of a ticket, on the desk: all of it, or what it is narrowed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from palier.desk import ticket_links
from palier.pages import speech as speeches
from palier.pages import viewing, wording
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.moments import Moments
from palier.pages.severities import severity_name
from palier.pages.stream import Teller
from palier.people import queries as people
from palier.people.access import Viewer
from palier.tickets import history
from palier.tickets.history import Changed
from palier.tickets.ticket_page import Entry, TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event in words."""

    what: str
    words: str
    who: str
    at: str
    recorded: str
    iso: str
    values: tuple[tuple[str, str, str], ...]
    body: str
    language: str
    internal: bool
    origin: str


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Everything that happened, in the order in which it was written down."""
    shown = ticket_links.found(viewer, number)
    group = request.GET.get("kind", "")
    groups = _groups()
    if group not in groups:
        raise Http404
    telling = teller(request, viewer, shown)
    rows = history.history(viewer, shown.ticket, group)
    address = reverse("desk:ticket-history", args=[shown.number])
    context = {
        "number": shown.number,
        "subject": shown.ticket.subject,
        "zone": telling.here.city,
        "lines": [_line(one, telling) for one in rows],
        "groups": [
            (name, f"{address}?kind={id_}" if id_ else address, id_ == group) for id_, name in groups.items()
        ],
    }
    return render(request, "desk/ticket_history.html", context)


def _groups() -> dict[str, str]:
    return {
        "": pgettext("history", "Everything"),
        "words": pgettext("history", "What was said"),
        "decisions": pgettext("history", "Decisions and facts"),
        "clock": pgettext("history", "Clock"),
        "money": pgettext("history", "Work and cost"),
        "links": pgettext("history", "Defects and links"),
        history.DESK: pgettext("history", "Desk"),
    }


def teller(request: HttpRequest, viewer: Viewer, shown: TicketPage) -> Teller:
    """Tells a ticket's events to a person of the vendor, with everybody's names."""
    speech = speeches.of(request)
    names = {str(id_): name for id_, name in people.staff_names(viewer).items()}
    names |= {str(one.id): one.name for one in people.teams(viewer)}
    return Teller(
        programme=shown.programme,
        speech=speech,
        here=speech.moments_in(shown.desk_zone),
        there=speech.moments_in(shown.zone),
        vendor_name=request.vendor.name,  # type: ignore[attr-defined]
        customer_name=shown.ticket.organisation.name,
        staff_names=names,
        reader="person",
    )


def _line(one: Changed, teller: Teller) -> Line:
    entry = Entry(
        id=one.id,
        kind=one.kind,
        at=one.at,
        recorded_at=one.recorded_at,
        who=one.who,
        name=one.name,
        data=one.data,
    )
    said = teller.tell(entry)
    late = abs((one.recorded_at - one.at).total_seconds()) >= 1
    return Line(
        what=_WORDS[one.kind]() if one.kind in _WORDS else said.sentence,
        words=said.words,
        who=one.name
        or {"system": _("the service"), "customer": teller.customer_name}.get(one.who, teller.vendor_name),
        at=_exact(teller.here, one.at),
        recorded=_exact(teller.here, one.recorded_at) if late else "",
        iso=one.at.isoformat(),
        values=tuple(_values(one, teller)),
        body=one.body,
        language=one.language,
        internal=one.internal,
        origin=one.origin,
    )


_WORDS = {
    "noted": lambda: _("Noted, for the desk only"),
    "answer-withdrawn": lambda: _("An answer was taken back before the customer read it"),
    "settled": lambda: _("The resolving answer can no longer be taken back"),
}


def _exact(moments: Moments, at: datetime) -> str:
    """A date and a time to the second."""
    local = moments.local(at)
    return f"{moments.date(local.date())} {local:%H:%M:%S}"


def _values(one: Changed, teller: Teller) -> Iterable[tuple[str, str, str]]:
    for name, after in one.now.items():
        before = one.was.get(name)
        if name in _HIDDEN:
            continue
        yield _label(name, teller), _value(name, before, teller), _value(name, after, teller)


_HIDDEN = frozenset({"calendar_version", "place"})
"""Facts that are hashes and codes of calendars: the proof names them."""


def _label(name: str, teller: Teller) -> str:
    known = {
        "severity": _("Severity"),
        "assignee": _("Assigned to"),
        "team": _("Team"),
        "rank": _("Rank"),
        "restricted": _("Restricted"),
        "until": _("Put aside until"),
        "wait": _("Waits for"),
        "reference": _("Their reference"),
        "follow_up_on": _("Ask again on"),
        "outcome": _("Decision"),
        "clauses": _("Clauses"),
        "level": _("Level"),
        "zone": _("Zone"),
        "plan": _("Plan"),
    }
    if name in known:
        return known[name]
    fact = teller.programme.facts.get(name)
    return teller.speech.text(fact.name) if fact is not None else name


def _value(name: str, value: Any, teller: Teller) -> str:
    if value in (None, "", [], ()):
        return "–"
    text = str(value)
    match name:
        case "severity":
            known = text in teller.programme.severities
            return severity_name(teller.programme, text, teller.speech) if known else text
        case "assignee" | "team":
            return teller.staff_names.get(text, text)
        case "restricted":
            return _("yes") if value else _("no")
        case "wait":
            return wording.wait_for(text)
        case "clauses":
            return ", ".join(value)
        case "follow_up_on":
            return teller.speech.moments.date(datetime.fromisoformat(text).date())
        case "until":
            return _exact(teller.here, datetime.fromisoformat(text))
        case _:
            return _fact(name, value, teller)


def _fact(name: str, value: Any, teller: Teller) -> str:
    fact = teller.programme.facts.get(name)
    if fact is None:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    values = value if isinstance(value, list) else [value]
    return ", ".join(teller.speech.text(fact.values.get(one)) or str(one) for one in values)
