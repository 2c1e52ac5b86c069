"""The queue's rows as ready HTML: the template only sets them down.

A page is 50 rows; whatever depends on a programme, a zone or a status is made once a page and looked up. That keeps the
page within its time at any number of tickets (docs/explanation/look.md, "Fast").
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.pages import due, severities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.due import DeskDay
from palier.pages.moments import Moments, micros
from palier.pages.speech import Speech
from palier.pages.templatetags.palier import icon, shape
from palier.tickets.queries import Cursor, QueuePage, QueueRow, ViewCount

_ROW = """\
<tr data-row class="{cursor}"><td><span class="pl-due{due_css}">{due}</span><span class="pl-sub">{due_sub}</span></td>\
<td class="pl-nowrap pl-2nd">{number}</td>\
<th scope="row" class="pl-cell-subject"><a class="pl-subject" href="{url}">{subject}</a>\
<span class="pl-sub">{sub}</span></th>\
<td>{severity}</td>\
<td><a class="pl-badge pl-badge-{tone}" href="{url}#verdict">{badge} <span class="pl-clause">{clause}</span></a></td>\
<td>{state}</td><td class="pl-nowrap">{who}</td></tr>
"""
"""A line of the queue. Set by `format`, not by a template: fifty lines would take the template two thirds of the page's
time. Whatever goes in is escaped first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """A view of the queue, how many it holds, and whether it is the one shown."""

    url: str
    name: str
    count: str
    current: bool
    bad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The page."""

    title: str
    count: str
    views: tuple[ViewLink, ...]
    rows: SafeString
    """The lines as HTML; empty where there are none."""
    next_url: str
    first_url: str
    caption: str


def view(
    page: QueuePage,
    speech: Speech,
    *,
    chosen: str,
    day: DeskDay,
    here: Moments,
    now: datetime,
    is_first: bool,
) -> QueueView:
    """The page in words. `here` is the desk's zone."""
    rows = _Rows(speech, here=here, day=day, now=micros(now))
    counts = {one.view: _count(one) for one in page.views}
    names = view_names()
    address = reverse("desk:queue")
    return QueueView(
        title=names[chosen],
        count=counts.get(chosen, ""),
        views=tuple(
            ViewLink(
                url=address if name == "all" else f"{address}?view={name}",
                name=words,
                count=counts.get(name, ""),
                current=name == chosen,
                bad=name == "missed" and counts.get(name, "0") != "0",
            )
            for name, words in names.items()
        ),
        rows=rows.lines(page.rows),
        next_url=f"{address}?view={chosen}&after={token(page.next)}" if page.next is not None else "",
        first_url="" if is_first else f"{address}?view={chosen}",
        caption=_("%(view)s. %(now)s in %(city)s")
        % {"view": names[chosen], "now": here.day_time(now), "city": here.city},
    )


def view_names() -> dict[str, str]:
    """The views, in the order of the side bar."""
    return {
        "all": _("All open"),
        "mine": _("Mine"),
        "nobodys": _("Nobody’s"),
        "missed": _("Missed"),
        "due-soon": _("Due within two hours"),
        "waiting": _("Waiting"),
        "held": _("On hold"),
    }


def _count(one: ViewCount) -> str:
    return f"{one.count}+" if one.or_more else str(one.count)


def token(cursor: Cursor) -> str:
    """A place in the queue, for an address."""
    calm, severity, priority, due_at, number = cursor
    text = json.dumps([calm, severity, priority, due_at.isoformat(), number])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor(text: str) -> Cursor | None:
    """The place a token names; None for nothing, or for something that is none: the queue then starts at its head."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        calm, severity, priority, due_at, number = raw
        moment = datetime.fromisoformat(due_at)
    except (ValueError, TypeError, binascii.Error):
        return None
    whole = all(isinstance(one, int) and abs(one) < 2**31 for one in (severity, priority, number))
    if not (isinstance(calm, bool) and whole and moment.tzinfo is not None):
        return None
    return calm, severity, priority, moment, number


class _Rows:
    """Makes the rows of one page."""

    def __init__(self, speech: Speech, *, here: Moments, day: DeskDay, now: int) -> None:
        self.speech, self.here, self.day, self.now = speech, here, day, now
        self._address = escape(reverse("desk:ticket", args=["0"])[:-1])
        self._moments: dict[str, Moments] = {}
        self._severities: dict[tuple[UUID, str], str] = {}
        self._plans: dict[tuple[UUID, str], str] = {}
        self._badges: dict[tuple[str, int | None], tuple[str, str]] = {}
        self._states: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._nobody = format_html('<span class="pl-3rd">{}</span>', _("nobody yet"))
        self._ranked = _("ranked %(n)d by them")

    def lines(self, page: Iterable[QueueRow]) -> SafeString:
        """All lines, as HTML."""
        text = "".join([self.row(one, is_cursor=number == 0) for number, one in enumerate(page)])
        return mark_safe(text)  # noqa: S308 (row escapes all it is given)

    def row(self, one: QueueRow, *, is_cursor: bool) -> str:
        """One line, as HTML."""
        shown = self._due(one)
        tone, badge = self._badge(one)
        return _ROW.format(
            cursor="is-cursor" if is_cursor else "",
            url=self._address + escape(one.number),
            number=escape(one.number),
            subject=escape(one.subject),
            sub=escape(self._sub(one)),
            due=escape(shown.words),
            due_css=shown.css,
            due_sub=escape(shown.sub),
            severity=self._severity(one),
            tone=tone,
            badge=badge,
            clause=escape(one.clause),
            state=self._state(one.status),
            who=self._who(one),
        )

    def _zone(self, zone: str) -> Moments:
        if zone not in self._moments:
            self._moments[zone] = self.speech.moments_in(zone)
        return self._moments[zone]

    def _due(self, one: QueueRow) -> due.Due:
        if one.due_at is None:
            hold = contracts.programme(one.revision_id).holds.get(one.hold)
            name = self.speech.text(hold.name) if hold is not None else ""
            return due.stopped(status=one.status, wait=one.wait, hold=name)
        return due.of(
            commitment=one.due_commitment,
            due_at=micros(one.due_at),
            breached_at=None if one.breached_at is None else micros(one.breached_at),
            now=self.now,
            there=self._zone(one.zone),
            here=self.here,
            day=self.day,
        )

    def _sub(self, one: QueueRow) -> str:
        parts = [f"{one.organisation}, {self._zone(one.zone).city}", self._plan(one)]
        if one.rank is not None:
            parts.append(self._ranked % {"n": one.rank})
        return " · ".join(part for part in parts if part)

    def _plan(self, one: QueueRow) -> str:
        key = (one.revision_id, one.plan)
        if key not in self._plans:
            plan = contracts.programme(one.revision_id).plans.get(one.plan)
            self._plans[key] = self.speech.text(plan.name) if plan is not None else ""
        return self._plans[key]

    def _severity(self, one: QueueRow) -> str:
        key = (one.revision_id, one.severity)
        if key not in self._severities:
            programme: Programme = contracts.programme(one.revision_id)
            found = severities.severity(programme, one.severity, self.speech)
            self._severities[key] = format_html(
                '<span class="pl-sev pl-sev-{}"><b>{}</b>{}</span>', found.rank, found.id, found.name
            )
        return self._severities[key]

    def _badge(self, one: QueueRow) -> tuple[str, str]:
        key = (one.outcome, one.level)
        if key not in self._badges:
            tone, picture = wording.outcome_tone(one.outcome, one.level)
            words = wording.outcome(one.outcome, one.level)
            self._badges[key] = escape(tone), format_html("{}{}", icon(picture), words)
        return self._badges[key]

    def _state(self, status: str) -> str:
        if status not in self._states:
            self._states[status] = format_html(
                '<span class="pl-state">{}{}</span>', shape(status), wording.status(status)
            )
        return self._states[status]

    def _who(self, one: QueueRow) -> str:
        if not one.assignee_name:
            return self._nobody
        if one.assignee_name not in self._people:
            self._people[one.assignee_name] = format_html(
                '<span class="pl-state"><span class="pl-who pl-who-sm pl-who-us" aria-hidden="true">{}</span>{}</span>',
                one.initials, one.assignee_name.partition(" ")[0],
            )  # fmt: skip
        return self._people[one.assignee_name]


def nothing(chosen: str) -> Mapping[str, str]:
    """What an empty view says: what would be here."""
    words = {
        "all": (_("Nothing is open"), _("Whatever a customer writes stands here at once, worst first.")),
        "mine": (_("Nothing is yours"), _("Take one from “Nobody’s”: open it, then Assign.")),
        "nobodys": (_("Everything has somebody"), _("What comes in without a name stands here.")),
        "missed": (_("Nothing was missed"), _("What is late stands here until somebody has acted.")),
        "due-soon": (_("Nothing is due within two hours"), _("It moves here when its time has come.")),
        "waiting": (
            _("Nothing waits"),
            _("What waits for a customer, a manufacturer or a patch stands here."),
        ),
        "held": (_("Nothing is on hold"), _("What waits for payment, adoption or information stands here.")),
    }
    title, text = words[chosen]
    return {"title": title, "text": text}
