"""Drawing a contract up: what the customer will get, and every problem at once, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from palier.contracts import agreements, holidays, naming, offering, queries, recording, roles, weighing
from palier.contracts.models import (
    Authorisation,
    AuthorisedUser,
    Contract,
    ContractProduct,
    EarlierTerm,
    EventKind,
    NamedRole,
    ProgrammeRevision,
    Project,
    RoleHolder,
    Solution,
)
from palier.contracts.offering import GrantLine as GrantLine
from palier.contracts.offering import PriceLine as PriceLine
from palier.contracts.offering import TargetLine as TargetLine
from palier.contracts.standings import Standing, Standings, TermOn
from palier.core import terms
from palier.core.programme import (
    Document,
    FactValue,
    Plan,
    Programme,
    Promise,
)
from palier.people import access
from palier.people.actions import known_zone, lock_customer
from palier.people.models import Contact, Organisation, Staff
from palier.people.queries import holiday_code

YEAR = offering.YEAR
ANNIVERSARIES = 3
NUMBER_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTerms:
    """A project to come with the contract."""

    name: str
    first_on: date
    last_on: date
    person: str
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionTerms:
    """A solution to come with the contract; `handed_over_on` None: not yet."""

    name: str
    goals: str = ""
    handed_over_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is to be agreed. An empty plan with a yearly amount (minor units) stands for the plan that amount gives.

    `products` are ids, or ids with the version the customer runs; `unmaintained` those of them out of maintenance;
    `licence` all products of the customer's licence. `term_starts_on` is the first date of the term running, for a
    contract that was renewed before it came here. `documents` None: every binding text of the programme.
    """

    organisation: Organisation
    number: str
    activation_on: date
    plan: str = ""
    revision: ProgrammeRevision | None = None
    options: Sequence[str] = ()
    term: str | None = None
    term_starts_on: date | None = None
    seats: int = 1
    licence_seats: int | None = None
    licence: Sequence[str] = ()
    covers_whole_licence: bool = True
    products: Mapping[str, str] | Sequence[str] = ()
    unmaintained: Sequence[str] = ()
    environments: Sequence[str] = ()
    contacts: Sequence[Contact] = ()
    users: Sequence[Contact] = ()
    paid_at: datetime | None = None
    yearly_amount: int | None = None
    currency: str = ""
    documents: Sequence[str] | None = None
    named: Mapping[NamedRole, Staff] = field(default_factory=dict)
    projects: Sequence[ProjectTerms] = ()
    solutions: Sequence[SolutionTerms] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawUp:
    """What the customer will get, and all that is wrong with the terms; with a problem of the plan itself, `plan` is None."""

    programme: Programme
    revision: ProgrammeRevision
    problems: tuple[access.Refused, ...]
    zone: str
    plan: Plan | None
    by_amount: bool
    """Whether the yearly amount gave the plan."""
    term: TermOn
    months: int
    starts_at: datetime
    ends_at: datetime
    anniversaries: tuple[date, ...]
    standing: Standing
    places: int | None
    contacts: tuple[Contact, ...]
    targets: tuple[TargetLine, ...]
    grants: tuple[GrantLine, ...]
    prices: tuple[PriceLine, ...]
    documents: tuple[Document, ...]
    benefits: tuple[Promise, ...]
    roles: Mapping[NamedRole, str]
    """Names of the vendor's people; the region's account manager unless one is named."""

    @property
    def can_be_drawn_up(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def preview(*, by: access.Viewer, terms: Terms, now: datetime) -> DrawUp:
    """What these terms would give the customer, and every problem at once; nothing is written.

    Raises Refused for whoever may not draw up, and where no programme is in force.
    """
    access.require_role(by, access.DRAWS_UP)
    return _weigh(by, terms, now)


def draw_up(*, by: access.Viewer, terms: Terms, now: datetime) -> Contract:
    """A contract of a plan from its activation date on, in the customer's zone, pinned to a revision.

    Raises the problem there is, or CannotAgree with all of them.
    """
    access.require_role(by, access.DRAWS_UP)
    lock_customer(vendor_id=by.vendor_id, organisation_id=terms.organisation.id)
    found = _weigh(by, terms, now)
    weighing.require(found.problems)
    contract = _row(by, terms, found, now)
    _hang(by, contract, terms, found, now)
    place = holiday_code(terms.organisation.country, terms.organisation.subdivision)
    holidays.versions(by.vendor_id, holidays.codes_needed(found.programme, place), now)
    recording.record(by=by, contract=contract, kind=EventKind.DRAWN_UP, now=now, data=_told(contract))
    recording.tell(contract, now)
    return contract


# --- weighing ---------------------------------------------------------------------------------------


def _weigh(by: access.Viewer, given: Terms, now: datetime) -> DrawUp:
    revision = given.revision if given.revision is not None else queries.current_revision(by.vendor_id, now)
    programme = queries.programme_of(revision)
    plan_id, by_amount = _plan(programme, given)
    plan = programme.plans.get(plan_id)
    term_id = given.term if given.term is not None else (plan.term or "" if plan is not None else "")
    known_term = programme.terms.get(term_id)
    months = known_term.months if known_term is not None else YEAR
    zone = known_zone(given.organisation.zone)
    term, problem = _term(given, zone, term_id, months)
    agreed = _agreed(programme, given, plan_id, term_id)
    problems = [
        *_number(by, given),
        *weighing.faults(programme, agreed),
        *([problem] if problem is not None else []),
        *_people(given, plan),
        *_dated(given),
    ]
    facts: dict[str, FactValue] = {
        "contract": Standing.ACTIVE.value,
        "plan": plan_id,
        "term": term_id,
        "seats": given.seats,
        "option": tuple(given.options),
    }
    return DrawUp(
        programme=programme,
        revision=revision,
        problems=tuple(problems),
        zone=zone,
        plan=plan,
        by_amount=by_amount,
        term=term,
        months=months,
        starts_at=term.starts_at,
        ends_at=term.ends_at,
        anniversaries=tuple(
            terms.add_months(term.origin_on, months * number) for number in range(1, ANNIVERSARIES + 1)
        ),
        standing=_standing(term, now),
        places=plan.contacts if plan is not None else None,
        contacts=tuple(given.contacts),
        targets=offering.targets(programme, plan, given.options),
        grants=offering.grants(programme, plan, facts, term) if plan is not None else (),
        prices=offering.prices(programme, plan, facts),
        documents=tuple(programme.documents[id_] for id_ in agreed.documents if id_ in programme.documents),
        benefits=tuple(programme.promises[id_] for id_ in plan.benefits) if plan is not None else (),
        roles=_role_names(by, given, now),
    )


def _plan(programme: Programme, given: Terms) -> tuple[str, bool]:
    if given.plan or given.yearly_amount is None:
        return given.plan, False
    found = weighing.plan_for_amount(programme, given.yearly_amount)
    return (found.id, True) if found is not None else ("", False)


def _agreed(programme: Programme, given: Terms, plan: str, term: str) -> weighing.Agreed:
    return weighing.Agreed(
        plan=plan,
        term=term,
        options=tuple(given.options),
        seats=given.seats,
        licence_seats=given.licence_seats,
        licence=tuple(given.licence),
        covers_whole_licence=given.covers_whole_licence,
        products=tuple(given.products),
        environments=tuple(given.environments),
        yearly_amount=given.yearly_amount,
        currency=given.currency,
        documents=tuple(programme.documents if given.documents is None else given.documents),
    )


def _term(given: Terms, zone: str, term_id: str, months: int) -> tuple[TermOn, access.Refused | None]:
    """The term running at the start, and what is wrong with where it begins."""
    origin, starts = given.activation_on, given.term_starts_on or given.activation_on
    found = terms.term_on(origin=origin, months=months, day=starts)
    first, end = (found.first_on, found.end_on) if found is not None else (starts, starts)
    problem = None
    if found is None or first != starts:
        nearest = "" if found is None else f" ({found.first_on}, {found.end_on})"
        problem = access.Refused(
            code="no-anniversary",
            en=f"{starts} is no anniversary of {origin}: the term running begins on one{nearest}.",
            fr=f"{starts} n’est pas un anniversaire du {origin} : la durée en cours commence à l’un d’eux{nearest}.",
        )
        end = terms.add_months(starts, months)
    return (
        TermOn(
            zone=zone,
            origin_on=origin,
            starts_on=starts,
            ends_on=end,
            term=term_id,
            paid_at=given.paid_at,
        ),
        problem,
    )


def _standing(term: TermOn, now: datetime) -> Standing:
    if now >= term.ends_at:
        return Standing.ENDED
    if not term.is_paid(now):
        return Standing.UNPAID
    return Standing.FUTURE if now < term.starts_at else Standing.ACTIVE


def _number(by: access.Viewer, given: Terms) -> Iterator[access.Refused]:
    if not given.number.strip() or len(given.number) > NUMBER_LENGTH:
        yield access.Refused(
            code="bad-number",
            en=f"Give the contract a number of at most {NUMBER_LENGTH} characters.",
            fr=f"Donnez au contrat un numéro de {NUMBER_LENGTH} caractères au plus.",
        )
    elif Contract.objects.filter(vendor_id=by.vendor_id, number=given.number).exists():
        yield access.Refused(
            code="number-taken",
            en=f"There is a contract {given.number!r} already: give this one another number.",
            fr=f"Il y a déjà un contrat {given.number!r} : donnez un autre numéro à celui-ci.",
        )


def _people(given: Terms, plan: Plan | None) -> Iterator[access.Refused]:
    theirs = (given.organisation.id, given.organisation.partner_id)
    for contact in dict.fromkeys([*given.contacts, *given.users]):
        if contact.organisation_id not in theirs:
            yield naming.another_customer(contact)
        elif contact.removed_at is not None:
            yield naming.removed(contact)
    limit = plan.contacts if plan is not None else None
    if limit is not None and len(given.contacts) > limit:
        held = [one.name for one in given.contacts[:limit]]
        yield naming.no_place(limit, held, given.contacts[limit].name)


def _dated(given: Terms) -> Iterator[access.Refused]:
    for project in given.projects:
        if project.last_on < project.first_on:
            yield ends_too_early(project.name)


def ends_too_early(name: str) -> access.Refused:
    """The refusal of a project whose last date lies before its first."""
    return access.Refused(
        code="ends-before-it-begins",
        en=f"{name}: the last day must not lie before the first.",
        fr=f"{name} : le dernier jour ne peut précéder le premier.",
    )


def _role_names(by: access.Viewer, given: Terms, now: datetime) -> Mapping[NamedRole, str]:
    found = {role: staff.name for role, staff in given.named.items()}
    if NamedRole.ACCOUNT_MANAGER not in found:
        regional = roles.region_manager(by.vendor_id, given.organisation.region, now)
        if regional is not None:
            found[NamedRole.ACCOUNT_MANAGER] = regional.name
    return {role: found[role] for role in NamedRole if role in found}


# --- writing ----------------------------------------------------------------------------------------


def _row(by: access.Viewer, given: Terms, found: DrawUp, now: datetime) -> Contract:
    assert found.plan is not None
    renewed = found.term.starts_on != found.term.origin_on
    contract = Contract.objects.create(
        vendor_id=by.vendor_id,
        organisation=given.organisation,
        revision=found.revision,
        number=given.number,
        plan=found.plan.id,
        options=list(given.options),
        term=found.term.term,
        zone=found.zone,
        activation_on=found.term.origin_on,
        starts_on=found.term.starts_on if renewed else None,
        ends_on=found.term.ends_on,
        paid_at=given.paid_at,
        seats=given.seats,
        licence_seats=given.licence_seats,
        yearly_amount=given.yearly_amount,
        currency=found.programme.currency if given.yearly_amount is not None else "",
        environments=list(given.environments),
        created_at=now,
    )
    if renewed:
        # What ran before it came here is one earlier term: nobody decides anything in it any more.
        EarlierTerm.objects.create(
            vendor_id=by.vendor_id,
            contract=contract,
            origin_on=found.term.origin_on,
            starts_on=found.term.origin_on,
            ends_on=found.term.starts_on,
            term=found.term.term,
            paid_at=found.term.starts_at,
        )
    return contract


def _hang(by: access.Viewer, contract: Contract, given: Terms, found: DrawUp, now: datetime) -> None:
    shared = {"vendor_id": by.vendor_id, "contract": contract}
    put_products(contract, given.products, given.unmaintained)
    Authorisation.objects.bulk_create(
        Authorisation(**shared, contact=contact, from_at=now) for contact in dict.fromkeys(given.contacts)
    )
    AuthorisedUser.objects.bulk_create(
        AuthorisedUser(**shared, contact=contact, from_at=now) for contact in dict.fromkeys(given.users)
    )
    RoleHolder.objects.bulk_create(
        RoleHolder(**shared, role=role, staff=staff, from_at=now) for role, staff in given.named.items()
    )
    Project.objects.bulk_create(
        Project(
            **shared,
            name=one.name,
            first_on=one.first_on,
            last_on=one.last_on,
            person=one.person,
            environments=list(one.environments),
        )
        for one in given.projects
    )
    Solution.objects.bulk_create(
        Solution(**shared, name=one.name, goals=one.goals, handed_over_on=one.handed_over_on)
        for one in given.solutions
    )
    agreements.bind(contract, found.documents, now)


def put_products(
    contract: Contract, products: Mapping[str, str] | Sequence[str], unmaintained: Sequence[str]
) -> None:
    """Write the products of a contract, in the place of those it had."""
    versions = products if isinstance(products, Mapping) else dict.fromkeys(products, "")
    ContractProduct.objects.filter(vendor_id=contract.vendor_id, contract=contract).delete()
    ContractProduct.objects.bulk_create(
        ContractProduct(
            vendor_id=contract.vendor_id,
            contract=contract,
            product=product,
            version=version,
            maintenance=product not in unmaintained,
        )
        for product, version in versions.items()
    )


def _told(contract: Contract) -> dict[str, object]:
    return {
        "plan": contract.plan,
        "seats": contract.seats,
        "from": contract.starts_on or contract.activation_on,
        "until": contract.ends_on,
    }


def agreed_of(there: Standings, at: datetime, **other: object) -> weighing.Agreed:
    """The values a contract has at an instant, with some of them otherwise, to be weighed again."""
    now_in_force = there.as_of(at)
    values: dict[str, object] = {
        "plan": now_in_force.plan,
        "term": now_in_force.term,
        "options": now_in_force.options,
        "seats": now_in_force.seats,
        "licence_seats": now_in_force.licence_seats,
        "products": tuple(now_in_force.products),
        "environments": now_in_force.environments,
        "yearly_amount": now_in_force.yearly_amount,
        "currency": now_in_force.currency,
    }
    values |= {name: value for name, value in other.items() if value is not None}
    return weighing.Agreed(**values)  # type: ignore[arg-type]  # its own fields
