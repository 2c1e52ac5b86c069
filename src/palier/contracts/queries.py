"""Questions about contracts: programmes by revision, where a contract stands, and the facts it gives a decision."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from palier.contracts.models import Contract, ContractDocument, ContractEvent, ProgrammeRevision
from palier.contracts.standings import Named as Named
from palier.contracts.standings import OnContract as OnContract
from palier.contracts.standings import ProjectOn as ProjectOn
from palier.contracts.standings import SolutionOn as SolutionOn
from palier.contracts.standings import Standing as Standing
from palier.contracts.standings import Standings as Standings
from palier.contracts.standings import TermOn as TermOn
from palier.contracts.standings import contract_by_id as contract_by_id
from palier.contracts.standings import contracts_of as contracts_of
from palier.contracts.standings import instant as instant
from palier.core.programme import FactValue, Plan, Programme, fits
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


def revisions(vendor_id: UUID) -> QuerySet[ProgrammeRevision]:
    """Every text of the vendor's programme, in force or not yet, the latest first."""
    found = ProgrammeRevision.objects.filter(vendor_id=vendor_id).defer("source")
    return found.order_by("-effective_on", "-recorded_at")


def current_revision(vendor_id: UUID, now: datetime) -> ProgrammeRevision:
    """The vendor's programme in force now. Raises Refused when none was published."""
    return ProgrammeRevision.objects.get(id=current_revision_id(vendor_id, now))


CURRENT_REVISION = (
    "select id from contracts_programmerevision where vendor_id = %s and effective_on <= %s"
    " order by effective_on desc, recorded_at desc limit 1"
)
"""The revision in force, as SQL, for a vendor and a date."""


def current_revision_id(vendor_id: UUID, now: datetime) -> UUID:
    """The same by its id: with `programme`, all that a page asks of it."""
    found: tuple[UUID] | None = prepared.row(CURRENT_REVISION, [vendor_id, now.date()])
    if found is None:
        raise access.Refused(
            code="no-programme",
            en="No programme is in force: publish one whose effective date has come.",
            fr="Aucun programme n’est en vigueur : publiez-en un dont la date d’effet est passée.",
        )
    return found[0]


# --- contracts --------------------------------------------------------------------------------------


def contract_at(vendor_id: UUID, contract_id: UUID, at: datetime) -> Standings:
    """One contract with the values in force at an instant. Raises Contract.DoesNotExist."""
    return contract_by_id(vendor_id, contract_id).as_of(at)


def seats_at(contract: Standings, at: datetime) -> int:
    """How many seats a contract has at an instant."""
    return contract.seats_at(at)


def history(vendor_id: UUID, contract_id: UUID) -> QuerySet[ContractEvent]:
    """What happened to a contract, by when it took effect, with who did it."""
    return (
        ContractEvent.objects.filter(vendor_id=vendor_id, contract_id=contract_id)
        .select_related("contact", "staff")
        .order_by("effective_at", "recorded_at", "id")
    )


def in_order(contracts: tuple[Standings, ...], now: datetime) -> tuple[Standings, ...]:
    """Contracts as of `now`, as they come into question: those in force first, of equal standing the latest begun first."""
    return tuple(
        sorted(
            (one.as_of(now) for one in contracts),
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
    contract = contract.as_of(now)
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


def may_approve(contract: Standings, plan: Plan | None, contact: Contact, now: datetime) -> bool:
    """Whether a contact controls the use of hours under a contract and agrees to estimates.

    The authorised users do where the customer named some, else whoever may open requests.
    """
    if any(one.at(now) for one in contract.authorised_users):
        return any(one.contact_id == contact.id and one.at(now) for one in contract.authorised_users)
    return may_act(contract, plan, contact, now)


def authorised_contacts(contract: Standings, now: datetime) -> tuple[UUID, ...]:
    """Who may act under a contract at an instant: those named on it; where none need be named, every contact there is."""
    named = tuple(one.contact_id for one in contract.authorised if one.at(now))
    plan = programme(contract.revision_id).plans.get(contract.plan)
    if named or contract.authorised or (plan is not None and plan.contacts is not None):
        return named
    organisations = [one for one in (contract.organisation_id, contract.partner_id) if one is not None]
    found = Contact.objects.filter(organisation_id__in=organisations, removed_at=None)
    return tuple(found.order_by("name", "id").values_list("id", flat=True))


def discount_of(contract: Standings, price: str, at: datetime) -> Decimal:
    """The discount in percent a contract has on a price at an instant; 0 for none.

    A price with a discount gives it to those who can take a way that names it. Any other price of the same kind and
    amount then has that discount too: it is the same work.
    """
    there = contract.as_of(at)
    terms_of = programme(there.revision_id)
    asked = terms_of.prices.get(price)
    if asked is None or there.standing(at) is not Standing.ACTIVE:
        return Decimal(0)
    facts: dict[str, FactValue] = {"contract": there.standing(at).value, "plan": there.plan}
    facts |= {"term": there.term} if there.term else {}
    facts |= {"option": there.options} if there.options else {}
    reached = {way.price for way in terms_of.ways.values() if way.price is not None and fits(way.when, facts)}
    same = [
        one
        for one in terms_of.prices.values()
        if (one.kind, one.amount, one.currency, one.minutes)
        == (asked.kind, asked.amount, asked.currency, asked.minutes)
    ]
    found = (one.discount_percent for one in same if one.id in reached and one.discount_percent is not None)
    return max(found, default=Decimal(0))


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
