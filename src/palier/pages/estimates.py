"""An estimate as both faces show it: its lines, what it comes to, where the time is taken from, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass

from palier.core.programme import Programme
from palier.pages import quantities, stream_money
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.moments import MINUTE, Moments
from palier.pages.speech import Speech
from palier.programme import locales
from palier.tickets import estimating
from palier.tickets.estimating import EstimateStanding
from palier.tickets.models import Consent, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateLine:
    """One line: what, how long, how much (empty where the time is taken from hours bought)."""

    what: str
    time: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """The latest estimate. `sentence` is what is kept with an answer; `agreement` what the box says that is ticked;
    `then` what happens after a yes."""

    id: str
    number: int
    way: str
    lines: tuple[EstimateLine, ...]
    time: str
    total: str
    balance: str
    sentence: str
    agreement: str
    then: str
    made: str
    is_open: bool
    agreed: bool
    tone: str
    icon: str
    answer: str
    replaces: int | None

    @property
    def words(self) -> str:
        """All that is kept with a yes."""
        return f"{self.sentence} {self.agreement}"


def view(
    standing: EstimateStanding, programme: Programme, speech: Speech, moments: Moments, *, by: str = ""
) -> EstimateView:
    """The estimate in the reader's words; `by` is who answered it."""
    row, consent = standing.estimate, standing.consent
    tone, icon = _tone(consent)
    return EstimateView(
        id=str(row.id),
        number=row.number,
        way=stream_money.way_name(programme, row.way, speech),
        lines=tuple(_line(line, row, speech) for line in row.lines),
        time=locales.duration(row.minutes * MINUTE) if row.minutes else "",
        total=locales.money(row.amount, row.currency, speech.locale)
        if row.amount or not row.allowance
        else "",
        balance=_balance(row, programme, speech),
        sentence=speech.typeset(estimating.words(row, speech.language)),
        agreement=_agreement(row, programme, speech),
        then=_("Work may begin at once. Anything beyond this is asked first."),
        made=moments.day_time(row.at),
        is_open=standing.open,
        agreed=consent is not None and consent.agreed,
        tone=tone,
        icon=icon,
        answer=_answer(consent, moments, by),
        replaces=row.number - 1 if row.replaces_id is not None else None,
    )


def _tone(consent: Consent | None) -> tuple[str, str]:
    if consent is None:
        return "warn", "coin"
    return ("good", "check") if consent.agreed else ("out", "x")


def _line(line: dict[str, object], row: Estimate, speech: Speech) -> EstimateLine:
    names = {
        "labour": pgettext("an estimate", "Work"),
        "travel": pgettext("an estimate", "Travel"),
        "lodging": pgettext("an estimate", "Lodging"),
        "other": pgettext("an estimate", "Other"),
    }
    kind, text = str(line.get("kind", "other")), str(line.get("text", "") or "")
    minutes, amount = int(str(line.get("minutes") or 0)), int(str(line.get("amount") or 0))
    taken = kind == "labour" and bool(row.allowance)
    return EstimateLine(
        what=f"{names[kind]}: {text}" if text and speech.language == "en" else f"{names[kind]}\u00a0: {text}" if text else names[kind],
        time=locales.duration(minutes * MINUTE) if minutes else "",
        amount=_("from your hours") if taken else locales.money(amount, row.currency, speech.locale),
    )  # fmt: skip


def _balance(row: Estimate, programme: Programme, speech: Speech) -> str:
    if not row.allowance or row.balance_before is None or row.balance_after is None:
        return ""
    unit = quantities.unit_of(programme, row.allowance)
    return _("%(allowance)s: %(before)s now, %(after)s after.") % {
        "allowance": quantities.name_of(programme, row.allowance, speech),
        "before": quantities.quantity(unit, row.balance_before, speech),
        "after": quantities.quantity(unit, max(row.balance_after, 0), speech),
    }


def _agreement(row: Estimate, programme: Programme, speech: Speech) -> str:
    time = locales.duration(row.minutes * MINUTE) if row.minutes else ""
    amount = locales.money(row.amount, row.currency, speech.locale)
    figures = {"time": time, "amount": amount}
    if not row.allowance:
        return _("I agree to at most %(amount)s, without tax. Beyond it I am asked first.") % figures
    figures["allowance"] = quantities.name_of(programme, row.allowance, speech)
    if row.amount:
        return _("I agree to at most %(time)s of %(allowance)s and %(amount)s, without tax. Beyond it I am asked first.") % figures  # fmt: skip
    return _("I agree to at most %(time)s of %(allowance)s. Beyond it I am asked first.") % figures


def _answer(consent: Consent | None, moments: Moments, by: str) -> str:
    if consent is None:
        return ""
    said = {"who": by, "when": moments.day_time(consent.at)}
    if consent.cap is not None:
        return _("Agreed beforehand: within what may be spent without asking, %(when)s.") % said
    if consent.agreed:
        return _("Agreed by %(who)s, %(when)s.") % said
    return _("Declined by %(who)s, %(when)s.") % said
