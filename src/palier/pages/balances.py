"""What is left of what a contract grants or was bought, as both faces show it: `1 of 2`, with what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import ngettext

from palier.core.programme import BY_SEATS, Programme
from palier.pages import quantities
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments
from palier.pages.speech import Speech

_DRAWN = 12
"""More units than this are not drawn one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """One line: its name, `left` and `of` in words, a bar for each unit (true: left), and what else is to be known."""

    id: str
    name: str
    left: str
    of: str
    meter: tuple[bool, ...]
    notes: tuple[str, ...]
    clause: str
    text: str
    url: str
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The figures of one allowance in its own unit (hours in minutes). `granted` None: without limit."""

    allowance: str
    left: int
    granted: int | None
    reserved: int = 0
    used: int = 0
    expires_on: date | None = None
    renews_on: date | None = None


def last_day(moments: Moments, at: datetime) -> date:
    """The last day on which something is still good that ends at an instant: what ends at midnight ends the day before."""
    return moments.local(at - timedelta(microseconds=1)).date()


def view(
    programme: Programme,
    counted: Counted,
    speech: Speech,
    *,
    plan: str = "",
    seats: int | None = None,
    url: str = "",
) -> BalanceView:
    """The line in the reader's words. With `plan` and `seats` it says by how many seats the number follows."""
    unit = quantities.unit_of(programme, counted.allowance)
    allowance = programme.allowances.get(counted.allowance)
    granted = counted.granted
    counts = unit != quantities.HOUR_UNIT and granted is not None and 0 < granted <= _DRAWN
    price = programme.prices.get(counted.allowance)
    source = allowance or price
    return BalanceView(
        id=counted.allowance,
        name=quantities.name_of(programme, counted.allowance, speech),
        left=_("no limit") if granted is None else _left(unit, counted.left, speech),
        of=""
        if granted is None
        else _("of %(granted)s") % {"granted": quantities.quantity(unit, granted, speech)},
        meter=tuple(n < counted.left for n in range(granted)) if counts and granted is not None else (),
        notes=tuple(_notes(programme, counted, unit, speech, plan=plan, seats=seats)),
        clause=source.clause if source is not None else "",
        text=speech.text(source.text) if source is not None else "",
        url=url,
        is_empty=granted is not None and counted.left <= 0,
    )


def _left(unit: str, left: int, speech: Speech) -> str:
    """What is left; below zero where the programme allows more to be used than there was."""
    sign = quantities.MINUS if left < 0 else ""
    return f"{sign}{quantities.quantity(unit, left, speech)}"


def _notes(
    programme: Programme, counted: Counted, unit: str, speech: Speech, *, plan: str, seats: int | None
) -> list[str]:
    notes: list[str] = []
    allowance = programme.allowances.get(counted.allowance)
    said = {"n": quantities.quantity(unit, counted.reserved, speech)}
    if counted.reserved:
        notes.append(_("%(n)s kept for work under way") % said)
    if counted.used:
        notes.append(_("%(n)s used") % {"n": quantities.quantity(unit, counted.used, speech)})
    if counted.renews_on is not None:
        notes.append(_("starts anew on %(date)s") % {"date": speech.moments.date(counted.renews_on)})
    elif counted.expires_on is not None:
        notes.append(_("valid to %(date)s") % {"date": speech.moments.date(counted.expires_on)})
    elif allowance is not None and allowance.unit != quantities.HOUR_UNIT:
        notes.append(_per(allowance.per))
    bought = programme.plans.get(plan)
    if seats is not None and bought is not None and bought.grants.get(counted.allowance) == BY_SEATS:
        notes.append(ngettext("by %(n)d seat", "by %(n)d seats", seats) % {"n": seats})
    return notes


def _per(period: str) -> str:
    """After how long it starts anew, where no date is known."""
    return {
        "contract-year": _("a contract year"),
        "calendar-month": _("a month"),
        "term": _("for the term"),
        "account": _("for the whole account"),
    }[period]
