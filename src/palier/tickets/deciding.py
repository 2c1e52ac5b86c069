"""Taking the coverage decision for a request: which contract, which facts at that instant, what follows.

`situation` reads and decides and writes nothing; preview, opening and every re-decision go through it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from palier.contracts import holidays
from palier.contracts import queries as contracts
from palier.core import coverage
from palier.core.programme import FactValue, OutcomeKind, Programme
from palier.people.models import Contact, Organisation, Site
from palier.people.queries import Place, place_of
from palier.tickets import drafts, funds
from palier.tickets.drafts import Request
from palier.tickets.funds import Funds
from palier.tickets.problems import CannotDo

FARES_BEST = (OutcomeKind.COVER, OutcomeKind.OFFER, OutcomeKind.HOLD, OutcomeKind.EXCLUDE)
"""Outcomes from the customer's side: of several contracts the one that does best by the request is taken."""
ZONE, PLACE, CALENDAR_VERSION = "zone", "place", "calendar_version"
INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: the customer, where, and the contact who answers for the request (its author, or who adopted it)."""

    vendor_id: UUID
    organisation: Organisation
    site: Site | None
    contact: Contact | None
    standing: tuple[contracts.Standings, ...] | None = None
    """Every contract of the customer, as it is kept, where it was read in this transaction since its row was locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A request decided at one instant."""

    programme: Programme
    revision_id: UUID
    contract: contracts.Standings | None
    place: Place
    decision: coverage.Decision
    beyond: coverage.Decision | None
    """What the same facts decide once every hold is freed; None when nothing holds the request."""
    missing: tuple[str, ...]
    clock_facts: Mapping[str, FactValue]
    """The decision's facts and where the clock runs: what the clock is told."""
    funds: Funds
    """What could pay for it at that instant."""
    standing: tuple[contracts.Standings, ...]
    """Every contract of its customer, as it is kept."""

    @property
    def severity(self) -> str:
        """The severity the decision was taken under."""
        return str(self.decision.facts["severity"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a decision is to be taken.

    `contract_id` names the contract (None: the one under which the customer fares best). `pinned_to` is the revision of
    a ticket whose clock started: it keeps its contract, or that it has none, and the facts in `kept`. `supposed_complete`
    leaves out what is missing. `dry` writes nothing, not even holidays that were never frozen. `own` is what the request
    itself holds of an allowance, which counts as left, and so does a unit of each allowance it has `used` (a request
    that is taken up again); `reached_at` (None: now) decides which month it counts in.
    """

    contract_id: UUID | None = None
    pinned_to: UUID | None = None
    kept: Mapping[str, FactValue] = field(default_factory=dict)
    supposed_complete: bool = False
    by_staff: bool = False
    dry: bool = False
    own: UUID | None = None
    used: tuple[str, ...] = ()
    reached_at: datetime | None = None


AS_ASKED = Manner()


def situation(*, asker: Asker, request: Request, now: datetime, manner: Manner = AS_ASKED) -> Situation:
    """Decide a request on the facts of `now`.

    Raises CannotDo for words the programme does not know, and Refused where the vendor has no programme in force.
    """
    kept = asker.standing
    if kept is None:
        kept = contracts.contracts_of(asker.vendor_id, asker.organisation.id)
        asker = dataclasses.replace(asker, standing=kept)
    standing = contracts.in_order(kept, now)
    found = [
        _decided(asker, request, now, contract, standing, manner)
        for contract in _in_question(standing, manner)
    ]
    # Of several that hold it, the one that does best once freed; then the order of the contracts: those in force first.
    return min(found, key=_fares)


def _fares(found: Situation) -> tuple[int, int]:
    """How well the customer fares, the least the best: now, and once everything that holds the request is freed."""
    beyond = found.decision if found.beyond is None else found.beyond
    return FARES_BEST.index(found.decision.outcome), FARES_BEST.index(beyond.outcome)


def _in_question(
    standing: tuple[contracts.Standings, ...], manner: Manner
) -> tuple[contracts.Standings | None, ...]:
    contract_id = manner.contract_id
    if manner.pinned_to is not None and contract_id is None:
        return (None,)
    if contract_id is None:
        return standing or (None,)
    chosen = tuple(one for one in standing if one.id == contract_id)
    if not chosen:
        raise CannotDo(
            code="no-such-contract",
            en="That contract is not one of this customer's: choose one that is listed.",
            fr="Ce contrat n’est pas à ce client : choisissez-en un de la liste.",
        )
    return chosen


def _decided(
    asker: Asker,
    request: Request,
    now: datetime,
    contract: contracts.Standings | None,
    standing: tuple[contracts.Standings, ...],
    manner: Manner,
) -> Situation:
    if manner.pinned_to is not None:
        revision_id = manner.pinned_to
    elif contract is not None:
        revision_id = contract.revision_id
    else:
        revision_id = contracts.current_revision_id(asker.vendor_id, now)
    programme = contracts.programme(revision_id)
    drafts.check(programme, request, by_staff=manner.by_staff)
    missing = drafts.missing(programme, request)
    facts: dict[str, FactValue] = {
        **contracts.facts_of(
            programme=programme,
            contract=contract,
            contact=asker.contact,
            asked=drafts.asked(request),
            now=now,
        ),
        **_own_facts(programme, request),
        **manner.kept,
    }
    if INFORMATION not in manner.kept:
        facts[INFORMATION] = "missing" if missing and not manner.supposed_complete else "complete"
    ruling = _without_gates(_Ruling(programme), request.freed) if request.freed else programme
    paying = funds.funds(
        vendor_id=asker.vendor_id,
        programme=programme,
        contract=contract,
        siblings=standing,
        organisation_id=asker.organisation.id,
        now=now,
        reached_at=now if manner.reached_at is None else manner.reached_at,
        own=manner.own,
        used=manner.used,
    )
    balances = {id_: fund.balance for id_, fund in paying.items()}
    decision = _decide(ruling, facts, balances)
    held = decision.outcome is OutcomeKind.HOLD
    place = place_of(asker.organisation, asker.site)
    return Situation(
        programme=programme,
        revision_id=revision_id,
        contract=contract,
        place=place,
        decision=decision,
        beyond=_decide(ruling, facts, balances, beyond_gates=True) if held else None,
        missing=missing,
        clock_facts={**decision.facts, **where(asker.vendor_id, programme, place, now, dry=manner.dry)},
        funds=paying,
        standing=asker.standing or (),
    )


def _own_facts(programme: Programme, request: Request) -> dict[str, FactValue]:
    """What the request itself says."""
    said: dict[str, FactValue] = {
        "kind": request.kind,
        "product": request.product,
        "environment": request.environment,
        "effect": request.effect,
        "cause": request.cause,
        **{name: value for name, value in request.facts.items() if name != drafts.MODIFICATION},
    }
    if request.way != drafts.NONE:
        said |= {"way": request.way, "funding": request.funding}
    return {name: value for name, value in said.items() if name in programme.facts}


def where(
    vendor_id: UUID, programme: Programme, place: Place, now: datetime, *, dry: bool = False
) -> dict[str, FactValue]:
    """The facts of a place for the clock: zone, holidays, and the frozen versions its calendars count by."""
    needed = holidays.codes_needed(programme, place.holidays)
    return {
        ZONE: place.zone,
        PLACE: place.holidays,
        CALENDAR_VERSION: holidays.versions(vendor_id, needed, now, dry=dry),
    }


def _decide(
    programme: Programme,
    facts: Mapping[str, FactValue],
    balances: Mapping[str, coverage.Balance],
    *,
    beyond_gates: bool = False,
) -> coverage.Decision:
    try:
        return coverage.decide(programme, facts, balances, beyond_gates=beyond_gates)
    except coverage.UnknownFactError as error:
        raise CannotDo(
            code="unknown-fact",
            en=f"{error.fact} cannot be {error.value!r}; it can be: {', '.join(error.known)}.",
            fr=f"{error.fact} ne peut pas être {error.value!r} ; ce peut être : {', '.join(error.known)}.",
        ) from error


# --- gates lifted by hand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Ruling:
    """A programme as a key of a cache: equal when its version is."""

    programme: Programme

    def __hash__(self) -> int:
        return hash(self.programme.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ruling) and other.programme.version == self.programme.version


@functools.lru_cache(maxsize=256)
def _without_gates(ruling: _Ruling, lifted: tuple[str, ...]) -> Programme:
    """The programme without the gates whose hold a person of the vendor lifted for this ticket."""
    kept = tuple(clause for clause in ruling.programme.coverage if clause.outcome.hold not in lifted)
    return dataclasses.replace(ruling.programme, coverage=kept)


# --- what changed -----------------------------------------------------------------------------------


def changed_facts(before: Mapping[str, FactValue], after: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts that are new or otherwise now. What is no longer said keeps its last value: a clock forgets nothing."""
    return {name: value for name, value in after.items() if before.get(name) != value}


def moved_holds(before: coverage.Decision, after: coverage.Decision) -> Iterator[tuple[str, str]]:
    """(`freed` or `held`, hold) for each hold that fell away or came, those that fell away first."""
    for hold in before.holds:
        if hold not in after.holds:
            yield "freed", hold
    for hold in after.holds:
        if hold not in before.holds:
            yield "held", hold
