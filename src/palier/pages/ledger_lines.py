"""An account's lines in plain words, as both faces show them: what, when, on which request, why, who, and what was left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from palier.ledger.queries import Because, Line, Lines
from palier.pages import balances, quantities
from palier.pages.catalogue import gettext as _
from palier.pages.moments import DAY, micros
from palier.pages.speech import Speech

_UNNAMED = frozenset(
    {"decision", "late", "overrun", "way", "lot", "reservation", "choice", "entry", "account"}
)
"""Ids that say nothing to a reader: the request beside them leads there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a cause, with the page it leads to."""

    text: str
    url: str = ""
    is_clause: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line. `late` says when it was written down, where that was days after it counted."""

    when: str
    iso: str
    late: str
    what: str
    quantity: str
    tone: str
    left: str
    because: tuple[Word, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """A page of lines, newest first; `older` asks for the next page."""

    name: str
    rows: tuple[LineView, ...]
    older: int | None


def view(lines: Lines, speech: Speech, *, zone: str, ticket_url: Callable[[str], str]) -> LedgerView:
    """The lines in words, their times in `zone`. `ticket_url` gives a request's page from its number as written."""
    return LedgerView(
        name=speech.typeset(lines.name[speech.language]),
        rows=tuple(_line(one, speech, zone, ticket_url) for one in lines.lines),
        older=lines.older,
    )


def _line(one: Line, speech: Speech, zone: str, ticket_url: Callable[[str], str]) -> LineView:
    moments = speech.moments_in(zone)
    late = abs(micros(one.recorded_at) - micros(one.at)) >= DAY
    what = speech.typeset(one.what[speech.language])
    return LineView(
        when=f"{moments.date(moments.local(one.at))}, {moments.time(one.at)}",
        iso=one.at.isoformat(),
        late=_("written down on %(date)s") % {"date": moments.date(moments.local(one.recorded_at))}
        if late
        else "",
        what=what[:1].upper() + what[1:],
        quantity=quantities.change(one.unit, one.change, speech)
        if one.change
        else quantities.quantity(one.unit, one.quantity, speech),
        tone="out" if one.change < 0 else "in" if one.change > 0 else "",
        left=quantities.quantity(one.unit, one.left, speech),
        because=tuple(_because(one.because, speech, ticket_url)),
        until=""
        if one.lot_expires_at is None or one.change <= 0
        else _("valid to %(date)s") % {"date": moments.date(balances.last_day(moments, one.lot_expires_at))},
    )


def _because(causes: Iterable[Because], speech: Speech, ticket_url: Callable[[str], str]) -> Iterable[Word]:
    for one in causes:
        if one.words is None or one.kind in _UNNAMED:
            continue
        words = speech.typeset(one.words[speech.language])
        number = words.split(",", 1)[0].split(" ", 1)[0]
        yield Word(
            text=words,
            url=ticket_url(number) if one.kind == "ticket" else "",
            is_clause=one.kind == "clause",
        )
