"""The ways on for a request, as its customer chooses among them: price, what each uses, the balance now and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palier.core import coverage
from palier.core.coverage import Miss
from palier.core.programme import OutcomeKind, Price, Programme, Way
from palier.programme import locales, phrases
from palier.programme.phrases import Phrases
from palier.tickets.funds import (
    PROJECT,
    Fund,
    Funds,
    WayKind,
    account_of,
    is_hours,
    kind_of,
)

MINUTE = 60_000_000
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOffer:
    """One way: whether it can be chosen now, what it costs, what it takes and what is then left (hours in minutes).

    `uses` are the units it takes at once; `minutes` what a block holds. `balance_after` is None where an estimate will
    say. `text` is the sentence that is shown, by language: it is kept with the choice.
    """

    way: str
    kind: WayKind
    available: bool
    lacks: tuple[Miss, ...]
    price: Price | None
    amount: int | None
    currency: str | None
    minutes: int | None
    allowance: str | None
    unit: str | None
    uses: int
    balance_before: int | None
    balance_after: int | None
    fund: Fund | None
    buys: bool
    needs_agreement: bool
    chosen: bool
    text: Mapping[str, str]


def offering(decision: coverage.Decision, beyond: coverage.Decision | None) -> coverage.Decision:
    """The decision whose ways can be chosen: of a held request the one beyond its holds, where that offers any."""
    if decision.outcome is OutcomeKind.HOLD and beyond is not None and beyond.ways:
        return beyond
    return decision


def offers(
    programme: Programme,
    decision: coverage.Decision,
    funds: Funds,
    *,
    beyond: coverage.Decision | None = None,
    chosen: str = "none",
) -> tuple[WayOffer, ...]:
    """The ways of a decision in the programme's order, each with its price and balance."""
    deciding = offering(decision, beyond)
    return tuple(_offer(programme, deciding, way, funds, chosen) for way in deciding.ways)


def _offer(
    programme: Programme,
    decision: coverage.Decision,
    forward: coverage.WayForward,
    funds: Funds,
    chosen: str,
) -> WayOffer:
    way = programme.ways[forward.way]
    kind = kind_of(programme, way, funds)
    account = account_of(programme, way)
    fund = None if account is None else funds.get(account)
    price = None if way.price is None else programme.prices[way.price]
    hours = account is not None and is_hours(programme, way)
    minutes = price.minutes if price is not None and kind is WayKind.PAY else None
    before = None if account is None else (0 if fund is None else fund.balance.left)
    after = _after(kind, before, minutes)
    amount = price.amount if price is not None and kind is WayKind.PAY else None
    return WayOffer(
        way=way.id,
        kind=kind,
        available=_available(programme, decision, forward, kind, before, account),
        lacks=forward.lacks,
        price=price if kind in (WayKind.PAY, WayKind.ESTIMATE) else None,
        amount=amount,
        currency=None if price is None or kind not in (WayKind.PAY, WayKind.ESTIMATE) else price.currency,
        minutes=minutes,
        allowance=account,
        unit=_unit(programme, account, hours=hours),
        uses=1 if kind is WayKind.ALLOWANCE or (kind is WayKind.PAY and not hours) else 0,
        balance_before=before,
        balance_after=after,
        fund=fund,
        buys=kind is WayKind.PAY,
        needs_agreement=amount is not None,
        chosen=chosen == way.id,
        text={
            language: _words(
                phrases.speak(programme, language=language), way, kind, price, before, after, account
            )
            for language in LANGUAGES
        },
    )


def _available(
    programme: Programme,
    decision: coverage.Decision,
    forward: coverage.WayForward,
    kind: WayKind,
    before: int | None,
    account: str | None,
) -> bool:
    if forward.lacks:
        return False
    if kind in (WayKind.ALLOWANCE, WayKind.HOURS):
        known = programme.allowances.get(str(account))
        return (known is not None and known.overrun) or (before is not None and before > 0)
    if kind is WayKind.ELSEWHERE:
        return True
    if decision.outcome is OutcomeKind.HOLD:
        # Beyond what holds it nothing is known to be worth buying.
        return False
    if kind is WayKind.ESTIMATE:
        return decision.outcome is OutcomeKind.OFFER
    priced = programme.prices[str(programme.ways[forward.way].price)]
    return priced.amount is not None


def _after(kind: WayKind, before: int | None, minutes: int | None) -> int | None:
    if before is None or kind in (WayKind.HOURS, WayKind.ESTIMATE, WayKind.ELSEWHERE):
        return None
    if kind is WayKind.ALLOWANCE:
        return max(before - 1, 0)
    return before + minutes if minutes is not None else before


def _unit(programme: Programme, account: str | None, *, hours: bool) -> str | None:
    if account is None:
        return None
    known = programme.allowances.get(account)
    return known.unit if known is not None else "hour" if hours else "incident"


def account_name(spoken: Phrases, account: str) -> str:
    """What an allowance is called, or what was bought one by one."""
    programme = spoken.programme
    named = programme.allowances.get(account) or programme.prices[account]
    return spoken.quoted(spoken.text(named.name))


def _words(
    spoken: Phrases,
    way: Way,
    kind: WayKind,
    price: Price | None,
    before: int | None,
    after: int | None,
    account: str | None,
) -> str:
    """The sentence of a way: what it costs and uses, and the balance now and after."""
    if kind is WayKind.ELSEWHERE:
        return spoken.text(way.text)
    if kind is WayKind.ESTIMATE and price is not None:
        money, more = spoken.price(price)
        cost = f"{money}, {more}" if more else money
        return spoken.say(
            en=f"{cost}, without tax. You accept an estimate before any work that is billed.",
            fr=f"{cost}, hors taxes. Vous acceptez une estimation avant tout travail facturé.",
        )
    name = account_name(spoken, str(account))
    if kind is WayKind.ALLOWANCE:
        return spoken.say(
            en=f"Nothing to pay. It uses 1 of {name}: {before} now, {after} after.",
            fr=f"Rien à payer. 1 de {name} est utilisé : {before} maintenant, {after} ensuite.",
        )
    if kind is WayKind.HOURS:
        left = time_words(before or 0)
        return spoken.say(
            en=f"The time worked is taken from {name}, of which {left} is left now. You accept an estimate first.",
            fr=f"Le temps travaillé est pris sur {name}, dont il reste {left}. Vous acceptez d’abord une estimation.",
        )
    money, more = spoken.price(price) if price is not None else ("", "")
    cost = f"{money}, {more}" if more else money
    if price is not None and price.minutes is not None:
        now, then = time_words(before or 0), time_words(after or 0)
        return spoken.say(
            en=f"{cost}, without tax, paid before work starts. {name}: {now} now, {then} after.",
            fr=f"{cost}, hors taxes, à payer avant le début du travail. {name} : {now} maintenant, {then} ensuite.",
        )
    return spoken.say(
        en=f"{cost}, without tax. Work starts once it is paid.",
        fr=f"{cost}, hors taxes. Le travail commence une fois le paiement reçu.",
    )


def time_words(minutes: int) -> str:
    """`6 h 45 min` of 405 minutes."""
    return locales.duration(minutes * MINUTE) if minutes else "0 h"


def hands_on(way: Way) -> bool:
    """Whether choosing a way that leads elsewhere hands the request to people of this customer's project."""
    return way.points_to == PROJECT
