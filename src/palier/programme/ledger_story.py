"""Tells the ledger's story of a scenario over the pure core, step by step.

Before each step the accounts are settled, as the service does: what is over expires, what the plan gives is there. A
request is decided by the table with the balances of that instant; what its way or its clause uses is reserved, and taken
when it is done (docs/reference/scenarios.md, docs/reference/ledger.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from palier.core import coverage, ledger, money, terms, timesheet
from palier.core import credits as incident_credits
from palier.core.coverage import Decision
from palier.core.entitlements import HOUR
from palier.core.money import Amount
from palier.core.programme import FactValue, OutcomeKind, Price, Programme, Way
from palier.programme import situation
from palier.programme.ledger_file import LedgerTold, Step

_YEAR_MONTHS = 12
_FOREVER = 1 << 62
_BEFOREHAND = ("pay-per-incident", "prepaid-hours")


@dataclass(slots=True, kw_only=True)
class _Request:
    """A request of the story: its decision, the way chosen, and whether it has reserved or paid anything."""

    decision: Decision
    way: Way | None
    account: str | None = None
    reached_at: int
    paid_at: int | None = None
    refunded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bought:
    """A block or incident that was paid for."""

    price: Price
    paid_at: int
    account: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a step did: whether it was refused, what paid for it, and what else it can be asked about."""

    refused: bool = False
    moves: ledger.Moves = ()
    decision: Decision | None = None
    way: str | None = None
    charged: int | None = None
    costs: Amount | None = None


@dataclass(slots=True, kw_only=True)
class Story:
    """The customer's accounts while the story is told."""

    programme: Programme
    told: LedgerTold
    said: Mapping[str, FactValue]
    holidays: str | None
    plan: str = field(init=False)
    seats: int = field(init=False)
    origin: date = field(init=False)
    states: dict[str, ledger.State] = field(default_factory=dict)
    requests: dict[str, _Request] = field(default_factory=dict)
    bought: dict[str, _Bought] = field(default_factory=dict)
    refunded: set[str] = field(default_factory=set)
    entries: list[timesheet.Entry] = field(default_factory=list)
    clauses: dict[str, None] = field(default_factory=dict)
    """Those that decided its requests."""

    def __post_init__(self) -> None:
        self.plan, self.seats, self.origin = self.told.plan, self.told.seats, self.told.activated_on

    # --- accounts

    def state(self, account: str) -> ledger.State:
        return self.states.get(account, ledger.EMPTY)

    def write(self, account: str, moves: ledger.Moves) -> ledger.Moves:
        self.states[account] = ledger.apply(self.state(account), moves)
        return moves

    def settle(self, now: int, *, of: int | None = None) -> None:
        """What the plan gives in the period of `of` (now) is there, and what is over by now expires."""
        for account in dict.fromkeys((*self.programme.allowances, *self.states)):
            entitlement = self.entitlement(account, now if of is None else of)
            self.write(account, ledger.settle(self.state(account), entitlement, now))

    def entitlement(self, account: str, at: int) -> ledger.Entitlement | None:
        allowance = self.programme.allowances.get(account)
        if allowance is None:
            return None
        return ledger.entitlement(
            allowance=allowance,
            granted=self.programme.plans[self.plan].grants.get(account),
            seats=self.seats,
            facts=self.contract_facts(at),
            origin=self.origin,
            months=self.months(),
            zone=self.told.zone,
            at=at,
        )

    def term(self) -> str | None:
        return self.told.term or self.programme.plans[self.plan].term

    def months(self) -> int:
        term = self.term()
        return _YEAR_MONTHS if term is None else self.programme.terms[term].months

    def contract_facts(self, at: int) -> dict[str, FactValue]:
        begun = terms.start_of(self.origin, self.told.zone) <= at
        found: dict[str, FactValue] = {
            "contract": "active" if begun else "future",
            "plan": self.plan,
            "seats": self.seats,
        }
        term = self.term()
        return found if term is None else {**found, "term": term}

    def balances(self, at: int) -> dict[str, coverage.Balance]:
        return {
            name: coverage.Balance(left=found.available, granted=found.granted)
            for name in self.programme.allowances
            for found in (ledger.balance(self.state(name), at),)
        }

    # --- steps

    def play(self, step: Step) -> Outcome:
        """Settle, and do what the step says. A refusal leaves the accounts as they were."""
        if step.act is not None and _PLAY[step.act] is Story.change:
            outcome = self.change(step)  # before anything is granted by what the contract was
            self.settle(step.at)
            return outcome
        self.settle(step.at)
        if step.act is None:
            return Outcome()
        try:
            outcome = _PLAY[step.act](self, step)
        except (ledger.Insufficient, ledger.BrokenLaw, timesheet.OverReversed):
            outcome = Outcome(refused=True)
        self.settle(step.at)
        return outcome

    def change(self, step: Step) -> Outcome:
        """The contract changes: its seats, its plan, or its original date after a gap."""
        self.seats = step.data.get("seats", self.seats)
        self.plan = step.data.get("plan", self.plan)
        self.origin = step.data.get("renew", self.origin)
        return Outcome()

    def ask(self, step: Step) -> Outcome:
        """A request is decided; what its way, or its clause, uses is reserved."""
        reached = step.data.get("reached", step.at)
        counts = step.data.get("window", reached)
        self.settle(step.at, of=counts)
        facts = {**self.said, **self.contract_facts(reached), **step.data.get("facts", {})}
        decision = coverage.decide(self.programme, facts, self.balances(counts))
        self.clauses.update(dict.fromkeys(decision.clauses))
        chosen = step.data.get("way")
        way = None if chosen is None else self.programme.ways[chosen]
        request = _Request(decision=decision, way=way, reached_at=reached)
        self.requests[step.data["request"]] = request
        outcome = Outcome(decision=decision, way=chosen)
        if chosen is not None:
            offered = next((one for one in decision.ways if one.way == chosen), None)
            if offered is None or not offered.available:
                outcome.refused = True
                return outcome
        account = self.unit_of(decision, way)
        if account is not None:
            at = counts if "window" in step.data else self.counts_at(account, reached, step.at)
            try:
                outcome.moves = self.reserve(account, step.data["request"], at)
                request.account = account
            except ledger.Insufficient:
                outcome.refused = True
        return outcome

    def unit_of(self, decision: Decision, way: Way | None) -> str | None:
        """The allowance of which a request takes a unit: its way's, or that of the clause that accepts it; hours are worked."""
        named = None if way is None else way.allowance
        if way is None and decision.outcome in (OutcomeKind.COVER, OutcomeKind.OFFER):
            clause = next(one for one in self.programme.coverage if one.id == decision.clause)
            named = clause.outcome.uses
        return None if named is None or self.programme.allowances[named].unit == HOUR else named

    def counts_at(self, account: str, reached: int, now: int) -> int:
        allowance = self.programme.allowances[account]
        return ledger.counts_at(allowance.per, unit=allowance.unit, reached_at=reached, chosen_at=now)

    def reserve(self, account: str, request: str, at: int) -> ledger.Moves:
        known = self.programme.allowances.get(account)
        return self.write(
            account,
            ledger.reserve(
                self.state(account),
                quantity=1,
                at=at,
                reservation=request,
                cause={"why": "choice"},
                overrun=known is not None and known.overrun,
            ),
        )

    def finish(self, step: Step) -> Outcome:
        """The work of a request is done: what it reserved is used."""
        return self._end(step, step.data["done"], ledger.consume)

    def let_go(self, step: Step) -> Outcome:
        """What a request reserved is let go of."""
        return self._end(step, step.data["release"], ledger.release)

    def _end(self, step: Step, name: str, act: Callable[..., ledger.Moves]) -> Outcome:
        account = self.requests[name].account
        if account is None:
            return Outcome(refused=True)
        moves = act(self.state(account), reservation=name, at=step.at, cause={"why": "request"})
        self.requests[name].account = None
        return Outcome(moves=self.write(account, moves))

    # --- money

    def buy(self, step: Step) -> Outcome:
        price = self.programme.prices[step.data["buy"]]
        return Outcome(moves=self._buy(step.data["as"], price, step.at), costs=_costs(price, None))

    def _buy(self, name: str, price: Price, at: int) -> ledger.Moves:
        account = price.fills or price.id
        expires = None
        if price.valid_months is not None:
            paid_on = terms.date_at(at, self.told.zone)
            expires = terms.start_of(terms.add_months(paid_on, price.valid_months), self.told.zone)
        lot = ledger.Lot(
            key=f"{ledger.PURCHASE}:{name}", opens_at=at, expires_at=expires, origin=ledger.PURCHASE
        )
        self.bought[name] = _Bought(price=price, paid_at=at, account=account)
        return self.write(
            account,
            ledger.grant(lot=lot, quantity=price.minutes or 1, at=at, cause={"why": "purchase"}),
        )

    def pay(self, step: Step) -> Outcome:
        """A request's way is paid: an incident is bought and reserved for it, or a block is bought."""
        name = step.data["pay"]
        request = self.requests[name]
        price = None if request.way is None else self.programme.prices.get(request.way.price or "")
        if price is None or price.kind not in _BEFOREHAND or name in self.bought:
            return Outcome(refused=True)
        moves = self._buy(name, price, step.at)
        if price.minutes is None:
            request.account = self.bought[name].account
            moves += self.reserve(request.account, name, step.at)
        return Outcome(moves=moves, costs=_costs(price, None))

    def refund(self, step: Step) -> Outcome:
        """A purchase is refunded, as far as none of it was used: its lot is taken back whole."""
        name = step.data["refund"]
        bought = self.bought.get(name)
        if bought is None or name in self.refunded:
            return Outcome(refused=True)
        request = self.requests.get(name)
        state = self.state(bought.account)
        moves: ledger.Moves = ()
        if request is not None and request.account is not None:
            moves = ledger.release(state, reservation=name, at=step.at, cause={"why": "refund"})
        lot = state.lots[f"{ledger.PURCHASE}:{name}"].lot
        back = ledger.adjust(
            ledger.apply(state, moves),
            difference=-(bought.price.minutes or 1),
            at=step.at,
            cause={"why": "refund"},
            lot=lot,
        )
        if request is not None:
            request.account = None
        self.refunded.add(name)
        return Outcome(moves=self.write(bought.account, (*moves, *back)))

    def credited(self) -> dict[str, Amount]:
        """What is credited against each purchase now."""
        found = incident_credits.due(
            (
                incident_credits.Incident(
                    id=name,
                    amount=_amount(one.price),
                    paid_at=one.paid_at,
                    towards=one.price.credit_towards,
                    days=one.price.credit_days or 0,
                    refunded=name in self.refunded,
                )
                for name, one in self.bought.items()
                if one.price.credit_towards is not None
            ),
            (
                incident_credits.Block(
                    id=name,
                    price=one.price.id,
                    amount=_amount(one.price),
                    paid_at=one.paid_at,
                    refunded=name in self.refunded,
                )
                for name, one in self.bought.items()
            ),
            zone=self.told.zone,
        )
        sums = {
            name: Amount(minor=0, currency=_amount(one.price).currency) for name, one in self.bought.items()
        }
        for credit in found:
            sums[credit.block] += credit.amount
        return sums

    # --- time

    def work(self, step: Step) -> Outcome:
        """Somebody works: cut at midnight and by weight, each day charged by the difference it makes."""
        return self._book(step, step.data["work"], 1)

    def take_back(self, step: Step) -> Outcome:
        return self._book(step, step.data["reverse"], -1)

    def _book(self, step: Step, minutes: int, sign: int) -> Outcome:
        named: str | None = step.data.get("price")
        account: str | None = step.data.get("allowance")
        fills = (one for one in self.programme.prices.values() if one.fills == account)
        price = next(fills, None) if named is None else self.programme.prices[named]
        entries, charged, moves = list(self.entries), 0, list[ledger.Move]()
        for piece in timesheet.pieces(
            started_at=step.at, minutes=minutes, zone=self.told.zone, weights=self._weights(price, step.at)
        ):
            entry = timesheet.Entry(
                person=step.data["person"],
                ticket=step.data["on"],
                day=piece.day,
                minutes=sign * piece.minutes,
                weight_percent=piece.weight_percent,
            )
            more = sum(timesheet.difference(entries, [*entries, entry], _rules(price)).values())
            entries.append(entry)
            charged += more
            if account is not None:
                name = f"{step.data['on']}/{len(entries)}"
                moves += self._posted(account, moves, more, piece.started_at, now=step.at, name=name)
        if account is not None:
            self.write(account, tuple(moves))
        self.entries = entries
        costs = None if named is None or price is None else _costs(price, charged)
        return Outcome(moves=tuple(moves), charged=charged, costs=costs)

    def _posted(
        self, account: str, moves: list[ledger.Move], more: int, at: int, *, now: int, name: str
    ) -> ledger.Moves:
        """More time is taken from the lots in force when it was worked; less comes back to those it was taken from."""
        state = ledger.apply(self.state(account), moves)
        settling = ledger.settle(state, self.entitlement(account, at), now)
        state = ledger.apply(state, settling)
        if more > 0:
            overrun = self.programme.allowances[account].overrun
            cause = {"why": "work"}
            return (
                *settling,
                *ledger.spend(state, quantity=more, at=at, reservation=name, cause=cause, overrun=overrun),
            )
        found = list(settling)
        # What was taken last comes back first: from the lots that expire last.
        current = (lot for lot in state.lots.values() if lot.lot.in_force(at))
        for lot in sorted(current, key=lambda lot: -(lot.lot.expires_at or _FOREVER)):
            units = min(-more, lot.consumed)
            if units > 0:
                back = ledger.give_back(
                    state, lot=lot.lot.key, quantity=units, at=at, cause={"why": "reversed"}
                )
                found += back
                more += units
        return tuple(found)

    def _weights(self, price: Price | None, at: int) -> tuple[timesheet.Weight, ...]:
        if price is None or not price.weights:
            return ()
        bind = situation.binder(self.programme, zone=self.told.zone, place=self.holidays, at=[at])
        return tuple(
            timesheet.Weight(calendar=bind(one.calendar), percent=one.percent) for one in price.weights
        )

    def adjust(self, step: Step) -> Outcome:
        """People give more, for a reason."""
        moves: ledger.Moves = ()
        for account, units in step.data["adjust"].items():
            moves += self.write(
                account,
                ledger.adjust(self.state(account), difference=units, at=step.at, cause={"why": "by-hand"}),
            )
        return Outcome(moves=moves)


_PLAY: Mapping[str, Callable[[Story, Step], Outcome]] = {
    "seats": Story.change,
    "plan": Story.change,
    "renew": Story.change,
    "request": Story.ask,
    "pay": Story.pay,
    "release": Story.let_go,
    "done": Story.finish,
    "work": Story.work,
    "reverse": Story.take_back,
    "buy": Story.buy,
    "refund": Story.refund,
    "adjust": Story.adjust,
}


def _amount(price: Price) -> Amount:
    return Amount(minor=price.amount or 0, currency=price.currency or "")


def _costs(price: Price, minutes: int | None) -> Amount:
    """What is billed: the price, or so much time at a price an hour, less its discount."""
    whole = _amount(price) if minutes is None else money.for_minutes(_amount(price), minutes)
    return money.discounted(whole, price.discount_percent or 0)


def _rules(price: Price | None) -> timesheet.Rules:
    if price is None:
        return timesheet.Rules()
    return timesheet.Rules(
        round_up_minutes=price.round_up_minutes or 1, minimum_minutes=price.minimum_minutes or 0
    )
