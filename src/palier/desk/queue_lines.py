"""The lines of the desk's lists as ready HTML: whoever sets them down only joins them.

A page is fifty; whatever depends on a programme, a zone or a status is made once and looked up, and a line that did not
change is made once a minute for all who look (docs/explanation/look.md, "Fast").
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.pages import due, severities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.due import DeskDay
from palier.pages.moments import MINUTE, Moments, micros
from palier.pages.speech import Speech
from palier.pages.templatetags.palier import icon, shape
from palier.tickets.lists import Extra, QueuePage, QueueRow
from palier.workspace import saved_views

_LINES_KEPT = 2000
EXTRA_COLUMNS = frozenset({"contact", "team", "product", "tags", "language", "created"})
"""Columns that a line alone does not have."""


class Seen(NamedTuple):
    """All that a line's HTML depends on besides its row: whatever else it shows must be added here."""

    language: str
    locale: str
    zone: str
    day: DeskDay
    now: int
    """The minute, in µs."""
    address: str
    """Where tickets' addresses begin."""
    columns: tuple[str, ...]
    picks: bool = True
    """Whether a line can be picked for what is done to many."""


@functools.lru_cache(maxsize=16)
def rows(seen: Seen) -> _Rows:
    """One maker for all who look in the same minute, language and zone, at the same columns."""
    return _Rows(seen)


_AWAKE = timedelta(0)
"""Stands for: not put aside."""


class _Line(NamedTuple):
    """A line with what its reader's list adds to the row; `aside`: until when it sleeps (None: something happens)."""

    row: QueueRow
    extra: Extra | None
    aside: datetime | timedelta | None


class Beside(NamedTuple):
    """What a list adds to its lines: further columns, and heads of groups by the line they stand above."""

    extras: Mapping[UUID, Extra]
    heads: Mapping[int, str]


class _Rows:
    """Makes the rows as HTML, not by a template: fifty lines would take the template two thirds of the page's time.

    Whatever goes in is escaped; what several lines share is made once, and so is a line that did not change.
    """

    def __init__(self, seen: Seen) -> None:
        # No programme: a row's words are those of its own revision.
        self.speech = Speech(language=seen.language, locale=seen.locale, zone=seen.zone, programme=None)
        self._now = seen.now
        self._column = due.Column(now=seen.now, here=self.speech.moments, day=seen.day)
        self._address = escape(seen.address)
        self._picks = seen.picks
        self._cells = [getattr(self, f"_cell_{name}") for name in seen.columns]
        self._kept: dict[_Line, str] = {}
        self._moments: dict[str, Moments] = {}
        self._severities: dict[tuple[UUID, str], str] = {}
        self._plans: dict[tuple[UUID, str], str] = {}
        self._badges: dict[tuple[str, int | None, str], str] = {}
        self._states: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._nobody = format_html('<span class="pl-3rd">{}</span>', _("nobody yet"))
        self._ranked = _("ranked %(n)d by them")
        self._pick = escape(_("Select %(number)s"))

    def lines(self, page: QueuePage, beside: Beside) -> SafeString:
        """All lines, as HTML."""
        kept, lines = self._kept, []
        aside, extras, heads = page.aside, beside.extras, beside.heads
        for place, row in enumerate(page.rows):
            one = _Line(row, extras.get(row.id), aside.get(row.id, _AWAKE) if aside else _AWAKE)
            made = kept.get(one)
            if made is None:
                if len(kept) >= _LINES_KEPT:
                    kept.clear()
                made = kept[one] = self.line(one)
            lines.append(heads.get(place, "") + made)
        if lines:
            lines[0] = lines[0].replace('class="">', 'class="is-cursor">', 1)
        return mark_safe("".join(lines))  # noqa: S308 (line escapes all it is given)

    def line(self, one: _Line) -> str:
        """One line, as HTML."""
        number = escape(one.row.number)
        figure = number.rpartition("-")[2]
        cells = "".join([cell(one) for cell in self._cells])
        pick = (
            '<td class="pl-c-pick"><label class="pl-tick">'
            f'<input class="form-check-input" type="checkbox" name="t" value="{figure}" form="bulk"'
            f' aria-label="{self._pick % {"number": number}}"></label></td>'
        )
        return f'<tr data-row="{number}" class="">{pick if self._picks else ""}{cells}</tr>\n'

    # --- cells: one a column ------------------------------------------------------------------------

    def _cell_due(self, one: _Line) -> str:
        shown = self._due(one.row)
        return (
            f'<td class="pl-c-due"><span class="pl-due{shown.css}">{escape(shown.words)}</span>'
            f'<span class="pl-sub">{escape(shown.sub)}</span></td>'
        )

    def _cell_number(self, one: _Line) -> str:
        return f'<td class="pl-c-number pl-nowrap pl-2nd">{escape(one.row.number)}</td>'

    def _cell_subject(self, one: _Line) -> str:
        row = one.row
        return (
            '<th scope="row" class="pl-cell-subject">'
            f'<a class="pl-subject" href="{self._address}{escape(row.number)}">{escape(row.subject)}</a>'
            f'<span class="pl-sub">{escape(self._sub(one))}</span></th>'
        )

    def _cell_severity(self, one: _Line) -> str:
        return f"<td>{self._severity(one.row)}</td>"

    def _cell_verdict(self, one: _Line) -> str:
        row = one.row
        return f'<td><a href="{self._address}{escape(row.number)}#verdict" {self._badge(row)}</a></td>'

    def _cell_state(self, one: _Line) -> str:
        return f"<td>{self._state(one.row.status)}</td>"

    def _cell_person(self, one: _Line) -> str:
        return f'<td class="pl-nowrap">{self._who(one.row)}</td>'

    def _cell_customer(self, one: _Line) -> str:
        return _cell(one.row.organisation)

    def _cell_plan(self, one: _Line) -> str:
        return _cell(self._plan(one.row))

    def _cell_kind(self, one: _Line) -> str:
        kind = contracts.programme(one.row.revision_id).kinds.get(one.row.kind)
        return _cell(self.speech.text(kind.name) if kind is not None else one.row.kind)

    def _cell_product(self, one: _Line) -> str:
        id_ = one.extra.product if one.extra is not None else ""
        product = contracts.programme(one.row.revision_id).products.get(id_)
        return _cell(self.speech.text(product.name) if product is not None else "")

    def _cell_contact(self, one: _Line) -> str:
        return _cell(one.extra.contact if one.extra is not None else "")

    def _cell_team(self, one: _Line) -> str:
        return _cell(one.extra.team if one.extra is not None else "")

    def _cell_language(self, one: _Line) -> str:
        return _cell(one.extra.language if one.extra is not None else "")

    def _cell_tags(self, one: _Line) -> str:
        names = one.extra.tags if one.extra is not None else ()
        return f"<td>{''.join([f'<span class=pl-tag>{escape(name)}</span> ' for name in names])}</td>"

    def _cell_created(self, one: _Line) -> str:
        return _cell(self.speech.moments.near(micros(one.extra.reached_at), self._now) if one.extra else "")

    def _cell_updated(self, one: _Line) -> str:
        return _cell(self.speech.moments.near(micros(one.row.updated_at), self._now))

    def _zone(self, zone: str) -> Moments:
        found = self._moments.get(zone)
        if found is None:
            found = self._moments[zone] = self.speech.moments_in(zone)
        return found

    def _due(self, one: QueueRow) -> due.Due:
        if one.due_at is None:
            hold = contracts.programme(one.revision_id).holds.get(one.hold)
            name = self.speech.text(hold.name) if hold is not None else ""
            return due.stopped(status=one.status, wait=one.wait, hold=name)
        return self._column.of(
            commitment=one.due_commitment,
            due_at=micros(one.due_at),
            breached_at=None if one.breached_at is None else micros(one.breached_at),
            there=self._zone(one.zone),
        )

    def _sub(self, line: _Line) -> str:
        one = line.row
        parts = [f"{one.organisation}, {self._zone(one.zone).city}", self._plan(one)]
        if one.rank is not None:
            parts.append(self._ranked % {"n": one.rank})
        if line.aside is None:
            parts.append(_("put aside until the customer writes; the clock runs on"))
        elif isinstance(line.aside, datetime):
            when = self.speech.moments.near(micros(line.aside), self._now)
            parts.append(_("put aside until %(when)s; the clock runs on") % {"when": when})
        return " · ".join(part for part in parts if part)

    def _plan(self, one: QueueRow) -> str:
        key = (one.revision_id, one.plan)
        found = self._plans.get(key)
        if found is None:
            plan = contracts.programme(one.revision_id).plans.get(one.plan)
            found = self._plans[key] = self.speech.text(plan.name) if plan is not None else ""
        return found

    def _severity(self, one: QueueRow) -> str:
        key = (one.revision_id, one.severity)
        made = self._severities.get(key)
        if made is None:
            programme: Programme = contracts.programme(one.revision_id)
            found = severities.severity(programme, one.severity, self.speech)
            made = self._severities[key] = format_html(
                '<span class="pl-sev pl-sev-{}"><b>{}</b>{}</span>', found.rank, found.id, found.name
            )
        return made

    def _badge(self, one: QueueRow) -> str:
        """The rest of a link to the verdict: its look, its words, its clause."""
        key = (one.outcome, one.level, one.clause)
        made = self._badges.get(key)
        if made is None:
            tone, picture = wording.outcome_tone(one.outcome, one.level)
            made = self._badges[key] = format_html(
                'class="pl-badge pl-badge-{}">{}{} <span class="pl-clause">{}</span>',
                tone, icon(picture), wording.outcome(one.outcome, one.level), one.clause,
            )  # fmt: skip
        return made

    def _state(self, status: str) -> str:
        made = self._states.get(status)
        if made is None:
            made = self._states[status] = format_html(
                '<span class="pl-state">{}{}</span>', shape(status), wording.status(status)
            )
        return made

    def _who(self, one: QueueRow) -> str:
        name = one.assignee_name
        if not name:
            return self._nobody
        made = self._people.get(name)
        if made is None:
            made = self._people[name] = format_html(
                '<span class="pl-state"><span class="pl-who pl-who-sm pl-who-us" aria-hidden="true">{}</span>{}</span>',
                one.initials, name.partition(" ")[0],
            )  # fmt: skip
        return made


def lines(
    shown: Iterable[QueueRow], speech: Speech, *, here: Moments, day: DeskDay, now: datetime
) -> SafeString:
    """Lines with the usual columns for another page of the desk, where none is under the cursor and none is picked."""
    minute = micros(now) // MINUTE * MINUTE
    seen = Seen(
        language=speech.language,
        locale=speech.locale,
        zone=here.zone,
        day=day,
        now=minute,
        address=reverse("desk:ticket", args=["0"])[:-1],
        columns=saved_views.USUAL,
        picks=False,
    )
    made = rows(seen)
    return mark_safe("".join(["".join(made.line(_Line(row, None, _AWAKE))) for row in shown]))  # noqa: S308


def _cell(words: str) -> str:
    return f'<td class="pl-nowrap">{escape(words)}</td>'
