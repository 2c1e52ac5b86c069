"""What must be written into an account before it is used at an instant: grants of its period, and what has expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from palier.contracts.queries import Standings
from palier.core import ledger
from palier.core.entitlements import ACCOUNT
from palier.core.programme import Programme
from palier.ledger import entitled
from palier.ledger.instants import micros


def moves(
    state: ledger.State,
    *,
    contract: Standings | None,
    programme: Programme | None,
    allowance: str,
    at: datetime,
    now: datetime,
) -> ledger.Moves:
    """What is missing for a use that counts for `at`, recorded at `now`: nothing once it is written.

    `at` before `now` (hours of yesterday, an incident of last month) asks for the period of `at`, by the rules of then;
    what the present period lacks waits for its own use or for the night.
    """
    if contract is None or programme is None:
        return ledger.settle(state, None, micros(min(at, now)))
    present = entitlement_of(state, contract, programme, allowance, at=now, now=now)
    counted = present if at == now else entitlement_of(state, contract, programme, allowance, at=at, now=now)
    same = present is not None and counted is not None and present.period.key == counted.period.key
    if at >= now or same:
        return ledger.settle(state, counted if at > now else present, micros(now))
    if counted is not None and counted.period.key in state.lots:
        # That period was settled in its time: seats that changed since neither raise nor lower it.
        return ()
    return ledger.settle(state, counted, micros(at))


def entitlement_of(
    state: ledger.State,
    contract: Standings,
    programme: Programme,
    allowance: str,
    *,
    at: datetime,
    now: datetime,
) -> ledger.Entitlement | None:
    """What the period of `at` is to come to, beside what several contracts gave an organisation already."""
    found = entitled.entitlement(contract=contract, programme=programme, allowance=allowance, at=at, now=now)
    if found is None or found.period.key != ACCOUNT or ACCOUNT not in state.lots:
        return found
    # Several contracts of one organisation grant the same units: the least of them takes nothing away.
    lot = state.lots[ACCOUNT]
    return replace(found, quantity=max(found.quantity, lot.issued - lot.by_hand))
