"""Questions about contracts: programmes by revision, where a contract stands, and the facts it gives a decision."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from palier.contracts.models import Contract, ContractDocument, ProgrammeRevision
from palier.core import coverage, terms
from palier.core.programme import BY_SEATS, FactValue, Plan, Programme
from palier.people import access, prepared
from palier.people.models import Contact
from palier.programme import load

NONE = "none"
BY_CUSTOMER = "by-customer"
"""What a form answers about a modification; whether it was consented to stands on the contract."""
KEY_USER = "key-user"

_programmes: dict[UUID, Programme] = {}
_by_hash: dict[str, Programme] = {}
_loading = threading.Lock()


class Standing(StrEnum):
    """Where a contract stands at an instant: the values of the fact `contract`."""

    NONE = "none"
    FUTURE = "future"
    UNPAID = "unpaid"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


_BEST_FIRST = (
    Standing.ACTIVE,
    Standing.UNPAID,
    Standing.SUSPENDED,
    Standing.FUTURE,
    Standing.ENDED,
    Standing.NONE,
)


# --- programmes -------------------------------------------------------------------------------------


def programme_of(revision: ProgrammeRevision) -> Programme:
    """The programme of a revision, read once a process for its content."""
    return programme(revision.id)


def programme(revision_id: UUID) -> Programme:
    """The programme of the revision with that id, read once a process for its content."""
    found = _programmes.get(revision_id)
    if found is not None:
        return found
    row = ProgrammeRevision.objects.get(id=revision_id)
    with _loading:
        if row.hash not in _by_hash:
            _by_hash[row.hash] = _loaded(row)
        _programmes[revision_id] = _by_hash[row.hash]
    return _programmes[revision_id]


@functools.lru_cache(maxsize=64)
def read_programme(text: str) -> load.Loaded:
    """A programme's text read, with every problem; the same text is read once a process."""
    return load.load_programme(text, "programme.yaml")


def _loaded(row: ProgrammeRevision) -> Programme:
    loaded = read_programme(row.source)
    if loaded.programme is None:
        listed = "; ".join(problem.text("en") for problem in loaded.problems)
        raise ValueError(f"programme revision {row.hash[:12]} no longer reads: {listed}")
    return loaded.programme


def current_revision(vendor_id: UUID, now: datetime) -> ProgrammeRevision:
    """The vendor's programme in force now. Raises Refused when none was published."""
    return ProgrammeRevision.objects.get(id=current_revision_id(vendor_id, now))


def current_revision_id(vendor_id: UUID, now: datetime) -> UUID:
    """The same by its id: with `programme`, all that a page asks of it."""
    found: tuple[UUID] | None = prepared.row(
        "select id from contracts_programmerevision where vendor_id = %s and effective_on <= %s"
        " order by effective_on desc, recorded_at desc limit 1",
        [vendor_id, now.date()],
    )
    if found is None:
        raise access.Refused(
            code="no-programme",
            en="No programme is in force: publish one whose effective date has come.",
            fr="Aucun programme n'est en vigueur : publiez-en un dont la date d'effet est passée.",
        )
    return found[0]


# --- one contract as values -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OnContract:
    """A product as a contract has it."""

    maintenance: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """That a contact is authorised during [from_at, until_at)."""

    contact_id: UUID
    from_at: datetime
    until_at: datetime | None

    def at(self, now: datetime) -> bool:
        """Whether it is so at that instant."""
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionOn:
    """A solution a contract supports."""

    id: UUID
    name: str
    handed_over_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOn:
    """A project of a contract, from its first to its last date."""

    id: UUID
    name: str
    first_on: date
    last_on: date
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """A contract with all that hangs on it, read in one query."""

    id: UUID
    number: str
    organisation_id: UUID
    partner_id: UUID | None
    revision_id: UUID
    plan: str
    options: tuple[str, ...]
    term: str
    zone: str
    activation_on: date
    ends_on: date
    paid_at: datetime | None
    suspended_at: datetime | None
    ended_at: datetime | None
    seats: int
    environments: tuple[str, ...]
    products: Mapping[str, OnContract]
    authorised: tuple[Named, ...]
    solutions: tuple[SolutionOn, ...]
    projects: tuple[ProjectOn, ...]
    documents: frozenset[str]

    def standing(self, now: datetime) -> Standing:
        """Where it stands at `now`."""
        if (self.ended_at is not None and self.ended_at <= now) or now >= self.ends_at:
            return Standing.ENDED
        if self.suspended_at is not None and self.suspended_at <= now:
            return Standing.SUSPENDED
        if self.paid_at is None or self.paid_at > now:
            return Standing.UNPAID
        return Standing.FUTURE if now < self.starts_at else Standing.ACTIVE

    @property
    def starts_at(self) -> datetime:
        """The first instant of its term, in its own zone."""
        return instant(terms.start_of(self.activation_on, self.zone))

    @property
    def ends_at(self) -> datetime:
        """The first instant after its term, in its own zone."""
        return instant(terms.start_of(self.ends_on, self.zone))

    def changes_at(self, now: datetime) -> datetime | None:
        """The next instant at which it stands otherwise by itself: its start, else its end."""
        return next((at for at in (self.starts_at, self.ends_at) if at > now), None)

    def active_project(self, now: datetime) -> ProjectOn | None:
        """The project of today, the latest begun of several."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        running = [project for project in self.projects if project.first_on <= today <= project.last_on]
        return max(running, key=lambda project: project.first_on, default=None)


def instant(micros: int) -> datetime:
    """A datetime in UTC from whole microseconds since 1970."""
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


# One statement for a contract and all that hangs on it, written out: opening a request waits for it, and building six
# queries takes longer than running this one.
_HANGING = """
select c.id, c.number, c.organisation_id, o.partner_id, c.revision_id, c.plan, c.options, c.term, c.zone,
    c.activation_on, c.ends_on, c.paid_at, c.suspended_at, c.ended_at, c.seats, c.environments,
    (select json_agg(json_build_array(p.product, p.maintenance, p.version))
        from contracts_contractproduct p where p.vendor_id = c.vendor_id and p.contract_id = c.id),
    (select json_agg(json_build_array(a.contact_id, a.from_at, a.until_at) order by a.id)
        from contracts_authorisation a where a.vendor_id = c.vendor_id and a.contract_id = c.id),
    (select json_agg(json_build_array(s.id, s.name, s.handed_over_on) order by s.id)
        from contracts_solution s where s.vendor_id = c.vendor_id and s.contract_id = c.id),
    (select json_agg(json_build_array(j.id, j.name, j.first_on, j.last_on, j.person) order by j.id)
        from contracts_project j where j.vendor_id = c.vendor_id and j.contract_id = c.id),
    (select json_agg(d.kind)
        from contracts_contractdocument d where d.vendor_id = c.vendor_id and d.contract_id = c.id)
from contracts_contract c join people_organisation o on o.vendor_id = c.vendor_id and o.id = c.organisation_id
where c.vendor_id = %s and {of} = %s order by c.number
"""
_OF_ORGANISATION = _HANGING.format(of="c.organisation_id")
_BY_ID = _HANGING.format(of="c.id")


def contracts_of(vendor_id: UUID, organisation_id: UUID) -> tuple[Standings, ...]:
    """Every contract of an organisation, with all that hangs on it, in one query, by number."""
    return _read(_OF_ORGANISATION, vendor_id, organisation_id)


def contract_by_id(vendor_id: UUID, contract_id: UUID) -> Standings:
    """One contract with all that hangs on it. Raises Contract.DoesNotExist."""
    for found in _read(_BY_ID, vendor_id, contract_id):
        return found
    raise Contract.DoesNotExist(str(contract_id))


def _read(statement: str, vendor_id: UUID, id_: UUID) -> tuple[Standings, ...]:
    return tuple(_standings(row) for row in prepared.rows(statement, [vendor_id, id_]))


_PLAIN = (
    "id", "number", "organisation_id", "partner_id", "revision_id", "plan", "options", "term", "zone",
    "activation_on", "ends_on", "paid_at", "suspended_at", "ended_at", "seats", "environments",
)  # fmt: skip


def _standings(row: tuple[Any, ...]) -> Standings:
    plain = dict(zip(_PLAIN, row, strict=False))
    products, named, solutions, projects, documents = (found or () for found in row[len(_PLAIN) :])
    return Standings(
        **{**plain, "options": tuple(plain["options"]), "environments": tuple(plain["environments"])},
        products={
            product: OnContract(maintenance=maintenance, version=version)
            for product, maintenance, version in products
        },
        authorised=tuple(
            Named(
                contact_id=UUID(contact_id),
                from_at=datetime.fromisoformat(from_at),
                until_at=None if until_at is None else datetime.fromisoformat(until_at),
            )
            for contact_id, from_at, until_at in named
        ),
        solutions=tuple(
            SolutionOn(id=UUID(id_), name=name, handed_over_on=_date(on)) for id_, name, on in solutions
        ),
        projects=tuple(
            ProjectOn(
                id=UUID(id_),
                name=name,
                first_on=date.fromisoformat(first_on),
                last_on=date.fromisoformat(last_on),
                person=person,
            )
            for id_, name, first_on, last_on, person in projects
        ),
        documents=frozenset(documents),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def in_order(contracts: tuple[Standings, ...], now: datetime) -> tuple[Standings, ...]:
    """Contracts as they come into question: those in force first, of equal standing the latest begun first."""
    return tuple(
        sorted(
            contracts,
            key=lambda one: (
                _BEST_FIRST.index(one.standing(now)),
                -one.activation_on.toordinal(),
                one.number,
            ),
        )
    )


def contract_for(
    vendor_id: UUID, organisation_id: UUID, now: datetime, contract_id: UUID | None = None
) -> Standings | None:
    """The contract named, else the one of the organisation that comes first into question; None without any."""
    found = in_order(contracts_of(vendor_id, organisation_id), now)
    if contract_id is not None:
        return next((one for one in found if one.id == contract_id), None)
    return next(iter(found), None)


def contracts(viewer: access.Viewer) -> QuerySet[Contract]:
    """The contracts a viewer may see, by number."""
    return Contract.objects.visible_to(viewer).select_related("organisation").order_by("number")


# --- facts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of itself, as far as a contract has something to say about it."""

    product: str = NONE
    environment: str = NONE
    modification: str = NONE
    solution_id: UUID | None = None


def facts_of(
    *,
    programme: Programme,
    contract: Standings | None,
    contact: Contact | None,
    asked: Asked,
    now: datetime,
) -> dict[str, FactValue]:
    """What a contract says about a request at that instant: the facts a decision takes from it.

    Without a contract: `contract: none`, `plan: none`, and the contact is its own customer's.
    """
    if contract is None:
        return {"contract": Standing.NONE.value, "plan": NONE, "contact": "authorised"}
    plan = programme.plans.get(contract.plan)
    facts: dict[str, FactValue] = {
        "contract": contract.standing(now).value,
        "plan": contract.plan,
        "contact": _contact_word(programme, contract, plan, contact, now),
        "seats": contract.seats,
        "solution": _solution_word(contract, asked, now),
        "project": "active" if contract.active_project(now) is not None else NONE,
        "environment_in_plan": _environment_word(contract, plan, asked),
        "modification": _modification_word(contract, asked),
    }
    if contract.options:
        facts["option"] = contract.options
    if contract.term:
        facts["term"] = contract.term
    facts.update(_product_facts(programme, contract, asked))
    return {name: value for name, value in facts.items() if name in programme.facts}


def _contact_word(
    programme: Programme, contract: Standings, plan: Plan | None, contact: Contact | None, now: datetime
) -> str:
    if contact is None or not may_act(contract, plan, contact, now):
        return "not-authorised"
    return KEY_USER if contact.is_key_user and _asks_for_key_users(programme) else "authorised"


def may_act(contract: Standings, plan: Plan | None, contact: Contact, now: datetime) -> bool:
    """Whether a contact may open requests under a contract.

    One named on it may. Where the plan sets no limit and nobody was ever named, every contact of the customer (and of
    the partner who acts for it) may.
    """
    if any(named.contact_id == contact.id and named.at(now) for named in contract.authorised):
        return True
    limited = plan is not None and plan.contacts is not None
    if limited or contract.authorised:
        return False
    return contact.organisation_id in (contract.organisation_id, contract.partner_id)


def _asks_for_key_users(programme: Programme) -> bool:
    """Whether some clause gives key users something of their own; elsewhere a key user is an authorised contact."""
    return any(
        condition.fact == "contact" and KEY_USER in condition.values and not condition.negated
        for clause in programme.coverage
        for alternative in clause.when
        for condition in alternative
    )


def solution_for(contract: Standings, solution_id: UUID | None) -> SolutionOn | None:
    """The solution named, or the only one there is."""
    if solution_id is not None:
        return next((one for one in contract.solutions if one.id == solution_id), None)
    return contract.solutions[0] if len(contract.solutions) == 1 else None


def _solution_word(contract: Standings, asked: Asked, now: datetime) -> str:
    found = solution_for(contract, asked.solution_id)
    if found is None:
        return NONE
    today = now.astimezone(ZoneInfo(contract.zone)).date()
    handed_over = found.handed_over_on is not None and found.handed_over_on <= today
    return "delivered" if handed_over else "before-hand-over"


def _environment_word(contract: Standings, plan: Plan | None, asked: Asked) -> str:
    if asked.environment == NONE:
        return "yes"
    in_plan = plan is None or not plan.environments or asked.environment in plan.environments
    on_contract = not contract.environments or asked.environment in contract.environments
    return "yes" if in_plan and on_contract else "no"


def _modification_word(contract: Standings, asked: Asked) -> str:
    if asked.modification != BY_CUSTOMER:
        return asked.modification
    consented = ContractDocument.MODIFICATION_CONSENT in contract.documents
    return "with-consent" if consented else "without-consent"


def _product_facts(programme: Programme, contract: Standings, asked: Asked) -> dict[str, FactValue]:
    if asked.product == NONE:
        return {}
    held = contract.products.get(asked.product)
    if held is None:
        return {"product_on_contract": "no"}
    known = programme.products.get(asked.product)
    maintained = held.maintenance and (known is None or known.maintenance)
    return {"product_on_contract": "yes", "maintenance": "yes" if maintained else "no"}


def balances_of(programme: Programme, contract: Standings | None) -> dict[str, coverage.Balance]:
    """What a contract's plan grants of each allowance, as granted; none of what it does not grant."""
    plan = programme.plans.get(contract.plan) if contract is not None else None
    balances: dict[str, coverage.Balance] = {}
    for allowance in programme.allowances.values():
        granted = plan.grants.get(allowance.id, 0) if plan is not None else 0
        if granted == BY_SEATS:
            granted = allowance.tier(contract.seats) if contract is not None else 0
        units = int(granted)
        balances[allowance.id] = coverage.Balance(left=units, granted=units)
    return balances
