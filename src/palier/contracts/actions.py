"""Publishing programmes, drawing up contracts, and what happens to them. The only writer of contracts' rows.

Each action locks the customer's row first and tells the listeners last, in its own transaction: a payment and the
requests it frees become true together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from palier.contracts import holidays, listeners, queries
from palier.contracts.models import (
    Authorisation,
    Contract,
    ContractDocument,
    ContractProduct,
    ProgrammeRevision,
    Project,
    Solution,
)
from palier.core import terms
from palier.core.programme import Plan, Programme
from palier.people import access
from palier.people.actions import known_zone, lock_customer
from palier.people.models import Contact, Organisation
from palier.people.queries import holiday_code
from palier.programme.problems import Problem, any_errors

Word = TypeVar("Word")

WHOLE_LICENCE = "whole-licence"
"""The promise by which a plan covers the whole licence or nothing."""


class NotPublished(access.Refused):
    """A programme that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(
            code="programme-has-problems",
            en=f"The programme has {len(problems)} problems; the first: {problems[0].text('en')}",
            fr=f"Le programme a {len(problems)} problèmes ; le premier : {problems[0].text('fr')}",
        )


# --- programmes -------------------------------------------------------------------------------------


def publish_revision(*, by: access.Viewer, source: str, now: datetime) -> ProgrammeRevision:
    """Keep a programme's text, by content; the same text again is the same revision.

    Its calendars' holidays are frozen too. Raises NotPublished with every problem of a text that cannot be used.
    """
    access.require_role(by, access.WRITES_PROGRAMMES)
    text = source.replace("\r\n", "\n")
    loaded = queries.read_programme(text)
    if loaded.programme is None or any_errors(loaded.problems):
        raise NotPublished(loaded.problems)
    programme = loaded.programme
    revision, _ = ProgrammeRevision.objects.get_or_create(
        vendor_id=by.vendor_id,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "programme": programme.id,
            "effective_on": programme.effective_on,
            "source": text,
            "recorded_at": now,
        },
    )
    holidays.versions(by.vendor_id, holidays.codes_needed(programme, ""), now)
    return revision


# --- drawing up -------------------------------------------------------------------------------------


def draw_up(
    *,
    by: access.Viewer,
    organisation: Organisation,
    plan: str,
    number: str,
    activation_on: date,
    now: datetime,
    revision: ProgrammeRevision | None = None,
    options: Sequence[str] = (),
    term: str | None = None,
    seats: int = 1,
    products: Mapping[str, str] | Sequence[str] = (),
    unmaintained: Sequence[str] = (),
    environments: Sequence[str] = (),
    contacts: Sequence[Contact] = (),
    paid_at: datetime | None = None,
    covers_whole_licence: bool = True,
) -> Contract:
    """A contract of a plan from its activation date on, in the customer's zone, pinned to a revision.

    `products` are ids, or ids with the version the customer runs; `unmaintained` those of them out of maintenance.
    Raises Refused for words the programme does not know, for more contacts than the plan has places, and for a part of
    the licence where the plan covers the whole.
    """
    access.require_role(by, access.DRAWS_UP)
    lock_customer(vendor_id=by.vendor_id, organisation_id=organisation.id)
    revision = revision if revision is not None else queries.current_revision(by.vendor_id, now)
    programme = queries.programme_of(revision)
    bought = _known(programme.plans, plan, en="plan", fr="plan")
    chosen_term = term if term is not None else bought.term
    months = _known(programme.terms, chosen_term, en="term", fr="durée").months if chosen_term else 12
    _check_words(programme, options=options, products=products, environments=environments)
    if not covers_whole_licence:
        _refuse_a_part(programme, bought)
    contract = Contract.objects.create(
        vendor_id=by.vendor_id,
        organisation=organisation,
        revision=revision,
        number=number,
        plan=plan,
        options=list(options),
        term=chosen_term or "",
        zone=known_zone(organisation.zone),
        activation_on=activation_on,
        ends_on=terms.add_months(activation_on, months),
        paid_at=paid_at,
        seats=seats,
        environments=list(environments),
        created_at=now,
    )
    _put_products(contract, products, unmaintained)
    for contact in contacts:
        _authorise(by, contract, contact, from_at=now, until_at=None)
    place = holiday_code(organisation.country, organisation.subdivision)
    holidays.versions(by.vendor_id, holidays.codes_needed(programme, place), now)
    _tell(contract, now)
    return contract


def _put_products(
    contract: Contract, products: Mapping[str, str] | Sequence[str], unmaintained: Sequence[str]
) -> None:
    versions = products if isinstance(products, Mapping) else dict.fromkeys(products, "")
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


def _known(table: Mapping[str, Word], word: str, *, en: str, fr: str) -> Word:
    found = table.get(word)
    if found is None:
        known = ", ".join(table) or "–"
        raise access.Refused(
            code="unknown-word",
            en=f"The programme has no {en} {word!r}; it has: {known}.",
            fr=f"Le programme n'a pas de {fr} {word!r} ; il a : {known}.",
        )
    return found


def _check_words(
    programme: Programme,
    *,
    options: Sequence[str],
    products: Mapping[str, str] | Sequence[str],
    environments: Sequence[str],
) -> None:
    known_options = programme.facts["option"].values if "option" in programme.facts else {}
    for option in options:
        _known(known_options, option, en="option", fr="option")
    for product in products:
        _known(programme.products, product, en="product", fr="produit")
    for environment in environments:
        _known(programme.environments, environment, en="environment", fr="environnement")


def _refuse_a_part(programme: Programme, plan: Plan) -> None:
    promise = programme.promises.get(WHOLE_LICENCE)
    if promise is None or WHOLE_LICENCE not in plan.benefits:
        return
    raise access.Refused(
        code="part-of-licence",
        en=f"{plan.name.in_('en')} covers the whole licence: draw it up for the whole "
        f"({promise.clause}: {promise.text.in_('en')})",
        fr=f"{plan.name.in_('fr')} couvre toute la licence : établissez-le pour le tout "
        f"({promise.clause} : {promise.text.in_('fr')})",
    )


# --- authorised contacts ----------------------------------------------------------------------------


def authorise_contact(
    *,
    by: access.Viewer,
    contract: Contract,
    contact: Contact,
    now: datetime,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Authorisation:
    """Name a contact on a contract, from now or for a time (a stand-in). Refused when every place is taken.

    The vendor's people and the customer's administrators and authorised contacts may do so.
    """
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    _require_contract_hand(by, contract, now)
    authorisation = _authorise(by, contract, contact, from_at=from_at or now, until_at=until_at)
    _tell(contract, now)
    return authorisation


def withdraw_contact(
    *, by: access.Viewer, contract: Contract, contact: Contact, now: datetime, at: datetime | None = None
) -> None:
    """Take a contact's name off a contract from `at` (now) on. What it opened stays."""
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    _require_contract_hand(by, contract, now)
    end = at or now
    standing = Authorisation.objects.filter(vendor_id=by.vendor_id, contract=contract, contact=contact)
    standing.filter(from_at__gte=end).delete()
    standing.filter(from_at__lt=end, until_at=None).update(until_at=end)
    standing.filter(from_at__lt=end, until_at__gt=end).update(until_at=end)
    _tell(contract, now)


def _require_contract_hand(by: access.Viewer, contract: Contract, now: datetime) -> None:
    if not by.is_customer:
        access.require_role(by, access.DRAWS_UP | access.WORKS_ON_TICKETS)
        return
    standings = queries.contract_by_id(by.vendor_id, contract.id)
    named = any(one.contact_id == by.contact_id and one.at(now) for one in standings.authorised)
    administers = by.is_administrator and by.organisation_id == contract.organisation_id
    if not (named or administers):
        raise access.Refused(
            code="not-your-contract",
            en="Only its authorised contacts and your account's administrator change this contract's contacts.",
            fr="Seuls ses contacts autorisés et l'administrateur de votre compte changent les contacts de ce contrat.",
        )


def _authorise(
    by: access.Viewer, contract: Contract, contact: Contact, *, from_at: datetime, until_at: datetime | None
) -> Authorisation:
    if until_at is not None and until_at <= from_at:
        raise access.Refused(
            code="ends-before-it-begins",
            en="The end must come after the beginning.",
            fr="La fin doit venir après le début.",
        )
    _check_same_customer(contract, contact)
    named = queries.contract_by_id(by.vendor_id, contract.id).authorised
    if any(one.contact_id == contact.id and _overlap(one, from_at, until_at) for one in named):
        raise access.Refused(
            code="already-authorised",
            en=f"{contact.name} is authorised on this contract already.",
            fr=f"{contact.name} est déjà autorisé sur ce contrat.",
        )
    programme = queries.programme(contract.revision_id)
    limit = programme.plans[contract.plan].contacts
    if limit is not None:
        _check_places(by.vendor_id, named, limit, contact, from_at, until_at)
    return Authorisation.objects.create(
        vendor_id=by.vendor_id, contract=contract, contact=contact, from_at=from_at, until_at=until_at
    )


def _check_same_customer(contract: Contract, contact: Contact) -> None:
    partner_id = Organisation.objects.values_list("partner_id", flat=True).get(id=contract.organisation_id)
    if contact.organisation_id not in (contract.organisation_id, partner_id):
        raise access.Refused(
            code="another-customer",
            en=f"{contact.name} belongs to another customer: name one of this customer's contacts.",
            fr=f"{contact.name} appartient à un autre client : nommez un contact de ce client.",
        )


def _overlap(one: queries.Named, from_at: datetime, until_at: datetime | None) -> bool:
    begins_in_time = until_at is None or one.from_at < until_at
    return begins_in_time and (one.until_at is None or one.until_at > from_at)


def _check_places(
    vendor_id: UUID,
    named: Sequence[queries.Named],
    limit: int,
    contact: Contact,
    from_at: datetime,
    until_at: datetime | None,
) -> None:
    """Refuse when at some instant of the span more contacts would be named than the plan has places."""
    beside = [one for one in named if _overlap(one, from_at, until_at)]
    instants = [from_at, *(one.from_at for one in beside if one.from_at > from_at)]
    fullest = max(([one for one in beside if one.at(at)] for at in instants), key=len)
    if len(fullest) < limit:
        return
    people = Contact.objects.filter(vendor_id=vendor_id, id__in=[one.contact_id for one in fullest])
    names = sorted(people.values_list("name", flat=True))
    raise access.Refused(
        code="no-place-for-contact",
        en=f"This plan has {limit} authorised contacts, and they are {' and '.join(names)}. "
        f"Take one of them off, or name {contact.name} for a time when one is away.",
        fr=f"Ce plan a {limit} contacts autorisés, et ce sont {' et '.join(names)}. "
        f"Retirez l'un d'eux, ou nommez {contact.name} pour le temps d'une absence.",
    )


# --- what happens to a contract ---------------------------------------------------------------------


def mark_paid(
    *, by: access.Viewer, contract: Contract, now: datetime, at: datetime | None = None
) -> Contract:
    """The contract is paid in full, as of `at` (now). Requests held for it go on in the same transaction."""
    access.require_role(by, access.TAKES_MONEY)
    return _change(by, contract, now, paid_at=at or now)


def suspend(*, by: access.Viewer, contract: Contract, now: datetime) -> Contract:
    """Suspend a contract: what is asked from now on is held; what was accepted is finished."""
    access.require_role(by, access.DRAWS_UP)
    return _change(by, contract, now, suspended_at=now)


def lift_suspension(*, by: access.Viewer, contract: Contract, now: datetime) -> Contract:
    """Let a suspended contract count again."""
    access.require_role(by, access.DRAWS_UP)
    return _change(by, contract, now, suspended_at=None)


def end(*, by: access.Viewer, contract: Contract, now: datetime, at: datetime | None = None) -> Contract:
    """End a contract at `at` (now), before its term."""
    access.require_role(by, access.DRAWS_UP)
    return _change(by, contract, now, ended_at=at or now)


def change_seats(*, by: access.Viewer, contract: Contract, seats: int, now: datetime) -> Contract:
    """More seats or fewer, from now on."""
    access.require_role(by, access.DRAWS_UP)
    return _change(by, contract, now, seats=seats)


def _change(by: access.Viewer, contract: Contract, now: datetime, **values: object) -> Contract:
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(**values)
    contract.refresh_from_db()
    _tell(contract, now)
    return contract


def _tell(contract: Contract, now: datetime) -> None:
    listeners.tell(vendor_id=contract.vendor_id, organisation_id=contract.organisation_id, now=now)


# --- what hangs on a contract -----------------------------------------------------------------------


def add_project(
    *,
    by: access.Viewer,
    contract: Contract,
    name: str,
    first_on: date,
    last_on: date,
    person: str,
    now: datetime,
    environments: Sequence[str] = (),
) -> Project:
    """A project from its first to its last date: what is no support is steered to it."""
    access.require_role(by, access.DRAWS_UP)
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    project = Project.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        name=name,
        first_on=first_on,
        last_on=last_on,
        person=person,
        environments=list(environments),
    )
    _tell(contract, now)
    return project


def add_solution(
    *,
    by: access.Viewer,
    contract: Contract,
    name: str,
    now: datetime,
    goals: str = "",
    handed_over_on: date | None = None,
) -> Solution:
    """A solution under its scope-of-work document; support for it starts with the hand-over."""
    access.require_role(by, access.DRAWS_UP)
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    solution = Solution.objects.create(
        vendor_id=by.vendor_id, contract=contract, name=name, goals=goals, handed_over_on=handed_over_on
    )
    _tell(contract, now)
    return solution


def hand_over(*, by: access.Viewer, solution: Solution, on: date, now: datetime) -> Solution:
    """A solution is handed over on that date."""
    access.require_role(by, access.DRAWS_UP)
    contract = Contract.objects.get(vendor_id=by.vendor_id, id=solution.contract_id)
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    Solution.objects.filter(vendor_id=by.vendor_id, id=solution.id).update(handed_over_on=on)
    solution.refresh_from_db()
    _tell(contract, now)
    return solution


def add_document(
    *, by: access.Viewer, contract: Contract, kind: str, title: str, signed_on: date, now: datetime
) -> ContractDocument:
    """A paper on a contract, such as the vendor's prior written consent to a modification."""
    access.require_role(by, access.DRAWS_UP)
    lock_customer(vendor_id=by.vendor_id, organisation_id=contract.organisation_id)
    document = ContractDocument.objects.create(
        vendor_id=by.vendor_id, contract=contract, kind=kind, title=title, signed_on=signed_on
    )
    _tell(contract, now)
    return document
