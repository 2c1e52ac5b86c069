"""What a contract is entitled to of an allowance at an instant: its plan, its term and its seats as the core reads them."""

from __future__ import annotations

from datetime import datetime

from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.programme import Allowance, FactValue, Programme
from palier.ledger.instants import micros

_YEAR_MONTHS = 12


def entitlement(
    *, contract: Standings | None, programme: Programme, allowance: str, at: datetime, now: datetime
) -> ledger.Entitlement | None:
    """What the period of `at` gives, as known at `now`; None where no contract, or none in force and paid, gives anything.

    A period whose contract is unpaid, has not begun or is over gives nothing new: what was granted stays until it expires.
    """
    known = programme.allowances.get(allowance)
    if contract is None or known is None or not _in_force(contract, at, now):
        return None
    return _entitlement(contract, programme, known, at)


def _in_force(contract: Standings, at: datetime, now: datetime) -> bool:
    if contract.paid_at is None or contract.paid_at > now:
        return False
    ended = contract.ended_at is not None and contract.ended_at <= at
    return contract.starts_at <= at < contract.ends_at and not ended


def _entitlement(
    contract: Standings, programme: Programme, allowance: Allowance, at: datetime
) -> ledger.Entitlement | None:
    plan = programme.plans.get(contract.plan)
    term = programme.terms.get(contract.term)
    return ledger.entitlement(
        allowance=allowance,
        granted=None if plan is None else plan.grants.get(allowance.id),
        seats=contract.seats,
        facts=_facts(contract, programme),
        origin=contract.activation_on,
        months=_YEAR_MONTHS if term is None else term.months,
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
