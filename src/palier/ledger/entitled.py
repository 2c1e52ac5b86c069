"""What a contract is entitled to of an allowance at an instant: its plan, its term and its seats as the core reads them."""

from __future__ import annotations

from datetime import datetime

from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.programme import FactValue, Programme
from palier.ledger.instants import micros

_YEAR_MONTHS = 12


def entitlement(
    *, contract: Standings | None, programme: Programme, allowance: str, at: datetime, now: datetime
) -> ledger.Entitlement | None:
    """What the period of `at` gives, as known at `now`; None where no contract, or none in force and paid, gives anything.

    A period whose contract is unpaid, has not begun or is over gives nothing new: what was granted stays until it expires.
    """
    known = programme.allowances.get(allowance)
    term = None if contract is None else contract.term_at(at)
    if contract is None or known is None or term is None or not term.is_paid(now):
        return None
    then = contract.as_of(at)
    plan = programme.plans.get(then.plan)
    kind = programme.terms.get(then.term)
    return ledger.entitlement(
        allowance=known,
        granted=None if plan is None else plan.grants.get(allowance),
        seats=then.seats,
        facts=_facts(then, programme),
        origin=term.origin_on,
        months=_YEAR_MONTHS if kind is None else kind.months,
        zone=contract.zone,
        at=micros(at),
    )


def _facts(contract: Standings, programme: Programme) -> dict[str, FactValue]:
    """What a contract says by itself: `not_for` asks for nothing of a request."""
    facts: dict[str, FactValue] = {"plan": contract.plan, "seats": contract.seats, "contract": "active"}
    if contract.options:
        facts["option"] = contract.options
    if contract.term:
        facts["term"] = contract.term
    return {name: value for name, value in facts.items() if name in programme.facts}
