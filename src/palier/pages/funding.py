"""How a request is funded, in words both faces show: the way chosen, where its funding stands, who chose it, what was read."""

from __future__ import annotations

from dataclasses import dataclass

from palier.core.programme import Programme
from palier.pages import quantities, stream_money
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.programme import locales
from palier.tickets.choosing import Standing
from palier.tickets.models import Choice, FundingState

_TONES = {
    FundingState.QUOTED: ("held", "clock"),
    FundingState.RESERVED: ("good", "check"),
    FundingState.UNPAID: ("warn", "coin"),
    FundingState.PAID: ("good", "check"),
    FundingState.CONSUMED: ("good", "check"),
    FundingState.RELEASED: ("out", "x"),
    FundingState.REFERRED: ("out", "info-circle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingView:
    """The choice that stands. `sentence` says where its funding is and what happens then; `read` is the text shown."""

    way: str
    tone: str
    icon: str
    state: str
    sentence: str
    by: str
    when: str
    iso: str
    read: str
    amount: str
    is_unpaid: bool
    stands: bool


def view(
    standing: Standing,
    programme: Programme,
    speech: Speech,
    moments: Moments,
    *,
    by: str,
    estimate_agreed: bool = False,
) -> FundingView:
    """The choice that stands in the reader's words; `by` is who chose it, `estimate_agreed` whether its estimate was."""
    choice, state = standing.choice, FundingState(standing.state)
    tone, icon = _TONES[state]
    amount = (
        locales.money(choice.amount, choice.currency, speech.locale)
        if choice.amount is not None and choice.currency
        else ""
    )
    return FundingView(
        way=stream_money.way_name(programme, choice.way, speech),
        tone=tone,
        icon=icon,
        state=state_words(state),
        sentence=""
        if estimate_agreed and state is FundingState.QUOTED
        else _sentence(choice, state, programme, speech, amount),
        by=by,
        when=moments.day_time(choice.at),
        iso=choice.at.isoformat(),
        read=choice.text,
        amount=amount,
        is_unpaid=state is FundingState.UNPAID,
        stands=state is not FundingState.RELEASED,
    )


def state_words(state: FundingState) -> str:
    """Where the funding stands, in two words."""
    return {
        FundingState.QUOTED: _("On estimate"),
        FundingState.RESERVED: _("Kept for it"),
        FundingState.UNPAID: _("To be paid"),
        FundingState.PAID: _("Paid"),
        FundingState.CONSUMED: _("Used"),
        FundingState.RELEASED: _("Given up"),
        FundingState.REFERRED: _("Leads elsewhere"),
    }[state]


def _sentence(choice: Choice, state: FundingState, programme: Programme, speech: Speech, amount: str) -> str:
    name = quantities.name_of(programme, choice.allowance, speech) if choice.allowance else ""
    unit = quantities.unit_of(programme, choice.allowance) if choice.allowance else ""
    figures = {"allowance": name}
    if choice.balance_before is not None and choice.balance_after is not None and choice.allowance:
        figures |= {
            "before": quantities.quantity(unit, choice.balance_before, speech),
            "after": quantities.quantity(unit, choice.balance_after, speech),
        }
    if state is FundingState.RESERVED and "after" in figures:
        return _("%(allowance)s: %(before)s before, %(after)s after. It is used when the work is done, and given back if none is.") % figures  # fmt: skip
    if state is FundingState.CONSUMED and "after" in figures:
        return _("%(allowance)s: %(before)s before, %(after)s after. Used.") % figures
    if state is FundingState.UNPAID:
        return _("%(amount)s without tax. Work starts as soon as the payment is in.") % {"amount": amount}
    if state is FundingState.QUOTED:
        return _("You agree to an estimate before anything is billed.")
    if state is FundingState.PAID and amount:
        return _("%(amount)s without tax, paid.") % {"amount": amount}
    return ""
