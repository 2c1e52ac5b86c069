"""What a piece of work comes to: its minutes as the price counts them, its labour, and the lines beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from palier.contracts import queries as contracts
from palier.core import money, timesheet
from palier.core.programme import Price, Programme
from palier.tickets import funds
from palier.tickets.funds import WayKind
from palier.tickets.problems import CannotDo, unknown_word
from palier.tickets.ways import WayOffer

LABOUR = "labour"
EXTRAS = ("travel", "lodging", "other")
FIXED_KINDS = ("fixed", "quote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A line beside the labour: travel, lodging, or other, with its amount in minor units without tax."""

    kind: str
    text: str
    amount: int


def lines(
    programme: Programme,
    offer: WayOffer,
    contract: contracts.Standings | None,
    minutes: int,
    amount: int | None,
    extras: Sequence[Extra],
    now: datetime,
) -> tuple[list[dict[str, Any]], str]:
    """The labour and what comes beside it, and the currency."""
    way = programme.ways[offer.way]
    price = None if way.price is None else programme.prices[way.price]
    hours = offer.kind is WayKind.HOURS
    fixed = not hours and price is not None and price.kind in FIXED_KINDS
    if minutes < 0 or (minutes == 0 and not fixed):
        raise CannotDo(
            code="no-time",
            en="Say how long the work takes: at least one minute.",
            fr="Dites combien de temps prend le travail : au moins une minute.",
        )
    counted = rounded(programme, offer.way, minutes)
    labour = 0 if hours else _labour(programme, price, contract, counted, amount, now)
    currency = programme.currency if price is None or price.currency is None else price.currency
    return [
        {"kind": LABOUR, "text": "", "minutes": counted, "amount": labour},
        *_beside(extras),
    ], currency


def beside(
    programme: Programme, extras: Sequence[Extra], *, minutes: int
) -> tuple[list[dict[str, Any]], str]:
    """What is billed beside a covered request, and the currency. Its labour never is."""
    if minutes or not extras:
        raise CannotDo(
            code="covered",
            en="This request is covered: only travel, lodging and the like can be billed beside it.",
            fr="Cette demande est couverte : seuls le déplacement, l’hébergement et le reste s’y ajoutent.",
        )
    return _beside(extras), programme.currency


def _beside(extras: Sequence[Extra]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for extra in extras:
        if extra.kind not in EXTRAS:
            raise unknown_word(
                what_en="kind of line", what_fr="sorte de ligne", word=extra.kind, known=EXTRAS
            )
        if extra.amount < 0:
            raise _bad_amount()
        found.append({"kind": extra.kind, "text": extra.text.strip(), "minutes": 0, "amount": extra.amount})
    return found


def _labour(
    programme: Programme,
    price: Price | None,
    contract: contracts.Standings | None,
    minutes: int,
    amount: int | None,
    now: datetime,
) -> int:
    if price is not None and price.kind == "hourly" and price.amount is not None:
        rate = money.Amount(minor=price.amount, currency=price.currency or programme.currency)
        discount = price.discount_percent or 0
        if contract is not None:
            discount = max(discount, contracts.discount_of(contract, price.id, now))
        return money.discounted(money.for_minutes(rate, minutes), discount).minor
    agreed = amount if amount is not None else None if price is None else price.amount
    if agreed is None:
        raise CannotDo(
            code="no-amount",
            en="This price is on request: say what the work costs.",
            fr="Ce prix est sur devis : dites ce que coûte le travail.",
        )
    if agreed < 0:
        raise _bad_amount()
    return agreed


def _bad_amount() -> CannotDo:
    return CannotDo(
        code="bad-amount",
        en="An amount is zero or more, in the smallest unit of its currency.",
        fr="Un montant est nul ou positif, dans la plus petite unité de sa monnaie.",
    )


def rules_of(price: Price | None) -> timesheet.Rules:
    """How the hours of a price are counted; exactly, where no price says."""
    if price is None:
        return timesheet.Rules()
    return timesheet.Rules(
        round_up_minutes=price.round_up_minutes or 1, minimum_minutes=price.minimum_minutes or 0
    )


def rounded(programme: Programme, way: str, minutes: int) -> int:
    """Minutes as the way's price counts them: whole steps, at least its minimum."""
    rules = rules_of(funds.rate_of(programme, programme.ways[way]))
    steps = -(-minutes // rules.round_up_minutes) * rules.round_up_minutes
    return max(steps, rules.minimum_minutes) if minutes else 0
