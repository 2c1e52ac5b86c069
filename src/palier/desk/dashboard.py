"""How the desk does: promises kept and missed, what falls due, how old the open work is, who has how much.

Every figure leads to its tickets, and every table comes as CSV. Each sees what it may see: the figures of an agent are
those of the tickets that the agent sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.core import terms
from palier.core.programme import Commitment
from palier.desk import dashboard_view
from palier.desk.finance_shared import today
from palier.pages import moments, saying, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.papers import sheets
from palier.people import access
from palier.people.access import Refused, Viewer
from palier.reports import figures, slices
from palier.reports.figures import Figure
from palier.reports.slices import Slice
from palier.tickets import queries, rating
from palier.tickets.problems import CannotDo

PERIODS = (7, 30, 90, 365)
LONGEST = 366
A_PAGE = 50
MOST_IN_A_SHEET = 20_000
MOST_SAID = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one date to another, both included, in the vendor's zone."""

    first: date
    last: date
    zone: str
    commitment: str

    @property
    def since(self) -> datetime:
        """Where it begins."""
        return moments.moment(terms.start_of(self.first, self.zone))

    @property
    def until(self) -> datetime:
        """Where it ends, not included."""
        return moments.moment(terms.start_of(self.last + timedelta(days=1), self.zone))

    def query(self, **further: str) -> str:
        """As an address has it."""
        found = {"first": self.first.isoformat(), "last": self.last.isoformat(), **further}
        return urlencode({**found, "promise": self.commitment} if self.commitment else found)


def _period(request: HttpRequest) -> Period:
    """What was asked for; a month up to today, of all promises, where nothing was. CannotDo for what is no period."""
    last = _date(request, "last") or today(request)
    first = _date(request, "first") or last - timedelta(days=29)
    if not first <= last or (last - first).days >= LONGEST:
        raise CannotDo(
            code="no-period",
            en="A period begins before it ends and lasts a year at most: choose other dates.",
            fr="Une période commence avant de finir et dure un an au plus : choisissez d’autres dates.",
        )
    commitment = request.GET.get("promise", "")
    if commitment and commitment not in Commitment._value2member_map_:
        raise CannotDo(
            code="no-promise", en="Choose a promise of the list.", fr="Choisissez une promesse de la liste."
        )
    zone = request.vendor.zone  # type: ignore[attr-defined]
    return Period(first=first, last=last, zone=zone, commitment=commitment)


def _date(request: HttpRequest, name: str) -> date | None:
    typed = request.GET.get(name, "")
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise CannotDo(
            code="no-date",
            en=f"{typed!r} is no date: write it as 2026-09-01.",
            fr=f"{typed!r} n’est pas une date : écrivez-la comme 2026-09-01.",
        ) from None


@viewing.for_staff
@require_safe
def dashboard(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page."""
    speech, now, refusal = speeches.of(request), timezone.now(), ""
    try:
        access.require_role(viewer, access.WORKS_ON_TICKETS)
        period = _period(request)
    except Refused as problem:
        return render(
            request, "desk/dashboard.html", {"refusal": saying.refusal(problem, speech)}, status=403
        )
    except CannotDo as problem:
        return render(
            request, "desk/dashboard.html", {"refusal": saying.refusal(problem, speech)}, status=422
        )
    attained = {by: _attained(viewer, period, by) for by in figures.BY}
    loads = figures.workload(viewer, now=now)
    late, steps = figures.due_next(viewer, now=now)
    keys = [one.key for one in attained["organisation"]] + [one.key for one in loads]
    names = figures.names(viewer, keys)
    days = figures.flow(viewer, first=period.first, last=period.last, zone=period.zone, now=now)
    sheet = reverse("desk:dashboard-sheet")
    context: dict[str, Any] = {
        "refusal": refusal,
        "period": period,
        "periods": _periods(request, period),
        "promises": [(one.value, wording.commitment(one.value)) for one in Commitment],
        "due": dashboard_view.due_next(late, steps, speech),
        "ages": dashboard_view.ages(figures.ages(viewer, now=now), speech),
        "attainment": [
            dashboard_view.attainment(
                by, lines, speech, names=names, csv_url=f"{sheet}?{period.query(table=by)}"
            )
            for by, lines in attained.items()
        ],
        "flow": dashboard_view.flow(days, speech),
        "flow_csv": f"{sheet}?{period.query(table='flow')}",
        "workload": dashboard_view.workload(loads, speech, names),
        "workload_csv": f"{sheet}?{period.query(table='workload')}",
        **_satisfaction(viewer, period, speech),
    }
    return render(request, "desk/dashboard.html", context)


def _satisfaction(viewer: Viewer, period: Period, speech: Speech) -> dict[str, Any]:
    """How many of those who rated are satisfied, and the latest words."""
    found = rating.satisfaction(viewer, since=period.since, until=period.until)
    if not found.rated:
        return {}
    rows = rating.words_said(viewer, since=period.since, until=period.until, most=MOST_SAID)
    here = speech.moments_in(period.zone)
    return {
        "satisfied": _("%(n)d of %(all)d satisfied or very satisfied")
        % {"n": found.satisfied, "all": found.rated},
        "said": [
            {
                "score": _("%(score)d of 5") % {"score": row.score},
                "who": row.contact.name,
                "customer": row.organisation.name,
                "when": here.day_time(row.at),
                "words": row.words,
                "number": queries.number_of(row.ticket.revision_id, row.ticket.number),
                "subject": row.ticket.subject,
            }
            for row in rows
        ],
    }


def _attained(viewer: Viewer, period: Period, by: str) -> tuple[figures.Attained, ...]:
    return figures.attainment(
        viewer, by=by, since=period.since, until=period.until, commitment=period.commitment
    )


def _periods(request: HttpRequest, period: Period) -> list[tuple[str, str, bool]]:
    """The usual periods: address, name, whether it is shown."""
    now, found = today(request), []
    for days in PERIODS:
        one = Period(
            first=now - timedelta(days=days - 1), last=now, zone=period.zone, commitment=period.commitment
        )
        name = _("a year") if days == 365 else _("%(n)d days") % {"n": days}
        found.append((f"?{one.query()}", name, (one.first, one.last) == (period.first, period.last)))
    return found


@viewing.for_staff
@require_safe
def tickets(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The tickets behind a figure, or all of them as CSV."""
    speech = speeches.of(request)
    try:
        access.require_role(viewer, access.WORKS_ON_TICKETS)
        slice_ = slices.of_query(request.GET)
        after = _after(request.GET.get("after", "0"))
    except Refused as problem:
        return render(
            request, "desk/dashboard_tickets.html", {"refusal": saying.refusal(problem, speech)}, status=403
        )
    except CannotDo as problem:
        return render(
            request, "desk/dashboard_tickets.html", {"refusal": saying.refusal(problem, speech)}, status=422
        )
    address = urlencode(slice_.query())
    if request.GET.get("form") == "csv":
        return _sheet(f"tickets-{slice_.kind}", _TICKETS, _ticket_rows(viewer, slice_))
    lines = figures.lines(viewer, slice_, after=after, size=A_PAGE + 1)
    ids = [str(one.organisation_id) for one in lines] + [
        str(one.assignee_id) for one in lines if one.assignee_id
    ]
    names = figures.names(viewer, [*ids, *(key for key in (slice_.organisation, slice_.assignee) if key)])
    title, narrowed = dashboard_view.slice_words(Figure(slice=slice_, count=0), speech, names)
    here = speech.moments_in(request.vendor.zone)  # type: ignore[attr-defined]
    rows = [
        {
            "number": one.written,
            "subject": one.subject,
            "customer": names.get(str(one.organisation_id), ""),
            "severity": dashboard_view.name("severity", one.severity, speech, names),
            "state": wording.status(one.status),
            "promise": wording.commitment(one.commitment) if one.commitment else "",
            "due": here.day_time(one.due_at) if one.due_at is not None else "",
            "ended": here.day_time(one.ended_at) if one.ended_at is not None else "",
            "with": names.get(str(one.assignee_id), ""),
            "reached": here.day_time(one.reached_at),
        }
        for one in lines[:A_PAGE]
    ]
    context = {
        "refusal": "",
        "title": title,
        "narrowed": narrowed,
        "rows": rows,
        "promises": slice_.kind in slices.PROMISES,
        "city": here.city,
        "csv_url": f"?{address}&form=csv",
        "next_url": f"?{address}&after={after + A_PAGE}" if lines[A_PAGE:] else "",
    }
    return render(request, "desk/dashboard_tickets.html", context)


def _after(typed: str) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        return int(typed)
    raise CannotDo(
        code="no-place", en="Begin at the head of the list again.", fr="Reprenez au début de la liste."
    )


_TICKETS = (
    "ticket", "subject", "customer", "severity", "plan", "state", "with", "reached_at", "resolved_at", "promise",
    "due_at", "decided_at",
)  # fmt: skip


def _ticket_rows(viewer: Viewer, slice_: Slice) -> list[tuple[object, ...]]:
    lines = figures.lines(viewer, slice_, size=MOST_IN_A_SHEET)
    ids = {str(one.organisation_id) for one in lines} | {
        str(one.assignee_id) for one in lines if one.assignee_id
    }
    names = figures.names(viewer, ids)
    return [
        (
            one.written, one.subject, names.get(str(one.organisation_id), ""), one.severity, one.plan, one.status,
            names.get(str(one.assignee_id), ""), _iso(one.reached_at), _iso(one.resolved_at), one.commitment,
            _iso(one.due_at), _iso(one.ended_at),
        )
        for one in lines
    ]  # fmt: skip


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()


@viewing.for_staff
@require_safe
def sheet(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One table of the dashboard as CSV."""
    table, now = request.GET.get("table", ""), timezone.now()
    try:
        access.require_role(viewer, access.WORKS_ON_TICKETS)
        period = _period(request)
    except (Refused, CannotDo) as problem:
        status = 403 if isinstance(problem, Refused) else 422
        words = saying.refusal(problem, speeches.of(request))
        return HttpResponse(words, content_type="text/plain; charset=utf-8", status=status)
    if table in figures.BY:
        attained = _attained(viewer, period, table)
        names = figures.names(viewer, [one.key for one in attained]) if table == "organisation" else {}
        rows = [
            (names.get(one.key, one.key), one.kept.count, one.missed.count, one.total) for one in attained
        ]
        return _sheet(f"attainment-{table}", (table, "kept", "missed", "decided"), rows)
    if table == "flow":
        days = figures.flow(viewer, first=period.first, last=period.last, zone=period.zone, now=now)
        flowed = [(one.on.isoformat(), one.opened.count, one.ended.count, one.left) for one in days]
        return _sheet("flow", ("day", "came", "went", "open"), flowed)
    if table == "workload":
        loads = figures.workload(viewer, now=now)
        names = figures.names(viewer, [one.key for one in loads])
        had = [
            (names.get(one.key, one.key), one.open.count, one.waiting.count, one.late.count, one.due.count)
            for one in loads
        ]
        return _sheet("workload", ("person", "open", "waiting", "missed", "due_within_a_day"), had)
    raise Http404


def _sheet(name: str, columns: tuple[str, ...], rows: list[Any]) -> HttpResponse:
    answer = HttpResponse(sheets.written(columns, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
