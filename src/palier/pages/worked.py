"""Time and cost so far of a request, and why each line: by person and day, with the clause and the yes it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.standings import Standings
from palier.core import money
from palier.core.programme import Price, Programme
from palier.pages import quantities, verdict
from palier.pages.catalogue import gettext as _
from palier.pages.moments import MINUTE, NO_BREAK, Moments
from palier.pages.speech import Speech
from palier.pages.verdict import Quoted
from palier.programme import locales
from palier.tickets.estimating import EstimateStanding
from palier.tickets.timekeeping import ChargedDay

HOURLY = "hourly"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedLine:
    """One person's work on one day: worked, what is charged for it, what it costs or from what it is taken, and why."""

    day: str
    who: str
    worked: str
    charged: str
    cost: str
    clause: Quoted | None
    agreed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedView:
    """All of it with its sums, and against what was agreed to."""

    lines: tuple[WorkedLine, ...]
    time: str
    cost: str
    against: str


def view(
    days: Iterable[ChargedDay],
    programme: Programme,
    contract: Standings | None,
    speech: Speech,
    moments: Moments,
    *,
    names: Mapping[UUID, str],
    estimate: EstimateStanding | None,
) -> WorkedView | None:
    """What is charged so far; None where nothing is. `names` are people of both sides by id."""
    billed = [one for one in days if one.billable]
    if not billed:
        return None
    costs = [_cost(one, programme, contract) for one in billed]
    total = sum(cost.minor for cost in costs if cost is not None)
    currency = next((cost.currency for cost in costs if cost is not None), "")
    return WorkedView(
        lines=tuple(
            _line(one, cost, programme, speech, moments, names)
            for one, cost in zip(billed, costs, strict=True)
        ),
        time=_time(sum(one.charged for one in billed)),
        cost=locales.money(total, currency, speech.locale) if currency else "",
        against=_against(estimate, speech),
    )


def _time(minutes: int) -> str:
    return locales.duration(minutes * MINUTE) if minutes else f"0{NO_BREAK}min"


def _cost(one: ChargedDay, programme: Programme, contract: Standings | None) -> money.Amount | None:
    """What a day comes to by the hour, without tax; None where it is taken from hours bought or priced as a whole."""
    price = programme.prices.get(one.price)
    if price is None or one.allowance or price.kind != HOURLY or price.amount is None:
        return None
    rate = money.Amount(minor=price.amount, currency=price.currency or programme.currency)
    return money.discounted(money.for_minutes(rate, one.charged), _discount(price, contract, one))


def _discount(price: Price, contract: Standings | None, one: ChargedDay) -> Decimal | int:
    own = price.discount_percent or 0
    at: datetime = one.entries[0].started_at
    return max(own, contracts.discount_of(contract, price.id, at)) if contract is not None else own


def _line(
    one: ChargedDay,
    cost: money.Amount | None,
    programme: Programme,
    speech: Speech,
    moments: Moments,
    names: Mapping[UUID, str],
) -> WorkedLine:
    if cost is not None:
        costs = locales.money(cost.minor, cost.currency, speech.locale)
    elif one.allowance:
        costs = _("from %(allowance)s") % {"allowance": quantities.name_of(programme, one.allowance, speech)}
    else:
        costs = _("in the price agreed")
    return WorkedLine(
        day=speech.moments.date(one.day),
        who=names.get(one.staff_id, ""),
        worked=_time(one.minutes),
        charged=_time(one.charged),
        cost=costs,
        clause=verdict.quoted(programme, one.clause, speech),
        agreed=_agreed(one, moments, names),
    )


def _agreed(one: ChargedDay, moments: Moments, names: Mapping[UUID, str]) -> str:
    """The yes that a day's work rests on, in the words that were read."""
    consent = one.consent
    if consent is None:
        return ""
    who = names.get(consent.contact_id, "") if consent.contact_id is not None else ""
    said = {"who": who, "when": moments.day_time(consent.at), "text": consent.text}
    if consent.cap is not None:
        return _("Agreed beforehand, %(when)s: “%(text)s”") % said
    return _("%(who)s agreed, %(when)s: “%(text)s”") % said


def _against(estimate: EstimateStanding | None, speech: Speech) -> str:
    """How much was agreed to: time, money, or both."""
    if estimate is None or estimate.consent is None or not estimate.consent.agreed:
        return ""
    row = estimate.estimate
    parts = [_time(row.minutes)] if row.minutes else []
    if row.amount:
        parts.append(locales.money(row.amount, row.currency, speech.locale))
    return _("agreed: %(amount)s") % {"amount": ", ".join(parts)}
