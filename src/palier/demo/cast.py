"""Who and what there is before the stories begin: the vendor, its people, customers, places and contracts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from babel import numbers

from palier.billing.models import Order
from palier.contracts import actions as contracts
from palier.contracts import agreements, caps, drawing, hanging, queries
from palier.contracts.models import Contract, ContractDocument, NamedRole, ProgrammeRevision, Solution
from palier.demo import papers, sellers, stories
from palier.demo.stories import Person
from palier.people import actions as people
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation, Role, Site, Staff, Team, User, Vendor
from palier.programme import library
from palier.software.models import Defect
from palier.tickets.models import Ticket

FOUNDED_DAYS = 900
"""So long before the day of the demonstration its vendors began."""
DRAWN_UP_DAYS = 20
"""A contract is drawn up so long before its activation."""
PAID_DAYS = 6


@dataclass(kw_only=True)
class Cast:
    """One vendor's rows by the names its stories use."""

    vendor: Vendor
    teams: dict[str, Team] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[tuple[str, str], Site] = field(default_factory=dict)
    contacts: dict[tuple[str, str], Contact] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    solutions: dict[tuple[str, str], Solution] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    defects: dict[str, Defect] = field(default_factory=dict)

    @property
    def machine(self) -> Viewer:
        """The one who does what no person of the story does."""
        return Viewer.machine(self.vendor.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody who can sign in: at which vendor, as what (agent, manager, contact, administrator), with which address."""

    vendor: str
    role: str
    name: str
    email: str
    organisation: str = ""


def sign_ins(vendor: stories.Vendor) -> tuple[SignIn, ...]:
    """Who of a vendor and its customers can sign in."""
    contacts = (
        (person, customer.name)
        for customer in vendor.customers.values()
        for person in customer.contacts.values()
    )
    everybody = [*contacts, *((person, "") for person in vendor.staff.values())]
    return tuple(
        SignIn(
            vendor=vendor.slug, role=one.sign_in, name=one.name, email=one.email, organisation=organisation
        )
        for one, organisation in everybody
        if one.sign_in
    )


def add_vendor(told: stories.Vendor, *, day: date, address: str) -> Vendor:
    """The vendor itself, marked as the demonstration's; outside its own transactions, as it stands outside the walls."""
    path = library.reference_programmes()[told.slug]
    # Read once: the text is published as it is a moment later.
    loaded = queries.read_programme(path.read_text(encoding="utf-8"))
    if loaded.programme is None:
        raise ValueError(f"the programme of {told.slug} cannot be used: {loaded.problems[0].text('en')}")
    return people.add_vendor(
        slug=told.slug,
        name=loaded.programme.vendor,
        prefix=loaded.programme.prefix,
        zone=told.zone,
        address=address,
        accent=told.accent,
        now=founded(day),
        demo=True,
        staff_need_second_factor=False,
    )


def founded(day: date) -> datetime:
    """When the vendors of the demonstration of that day began."""
    return _at(day, -FOUNDED_DAYS)


def _at(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(9), UTC)


def build(told: stories.Vendor, vendor: Vendor, *, day: date) -> Cast:
    """All rows but the tickets, in the vendor's open transaction. Nobody has a password yet."""
    cast = Cast(vendor=vendor)
    begin = founded(day)
    source = library.reference_programmes()[told.slug].read_text(encoding="utf-8")
    revision = contracts.publish_revision(by=cast.machine, source=source, now=begin)
    for name, level in told.teams.items():
        cast.teams[name] = people.add_team(by=cast.machine, name=name, level=level)
    for key, person in told.staff.items():
        cast.staff[key] = _staff(cast, person, told.zone, begin)
    for region, key in told.regions.items():
        contracts.name_region(by=cast.machine, region=region, staff=cast.staff[key], now=begin)
    _deposit(cast, revision, begin)
    sellers.sell(told.seller, told.tax_numbers, terms=told.payment_terms, by=cast.machine, begin=begin)
    for key, customer in told.customers.items():
        _customer(cast, key, customer, begin)
        for number, contract in customer.contracts.items():
            _contract(cast, key, customer, number, contract, revision, day)
    return cast


def _deposit(cast: Cast, revision: ProgrammeRevision, begin: datetime) -> None:
    """The vendor's binding texts, in both languages."""
    programme = queries.programme_of(revision)
    for document in programme.documents.values():
        for language in programme.languages.documents:
            agreements.deposit(
                by=cast.machine,
                document=document.id,
                version=document.version,
                language=language,
                filename=f"{document.id}-{document.version}-{language}.md",
                media_type=agreements.MARKDOWN,
                body=papers.agreement(programme, document, language).encode(),
                now=begin,
            )


def _staff(cast: Cast, person: Person, zone: str, begin: datetime) -> Staff:
    user = _user(cast, person, begin)
    user.zone = zone
    user.save(update_fields=["zone"])
    return people.add_staff(
        by=cast.machine,
        user=user,
        roles=[Role(role) for role in person.roles],
        teams=[cast.teams[name] for name in person.teams],
        now=begin,
    )


def _user(cast: Cast, person: Person, begin: datetime) -> User:
    return people.add_user(
        vendor_id=cast.vendor.id, email=person.email, name=person.name, language=person.language, now=begin
    )


def _customer(cast: Cast, key: str, customer: stories.Customer, begin: datetime) -> None:
    organisation = people.add_organisation(
        by=cast.machine,
        name=customer.name,
        zone=customer.zone,
        country=customer.country,
        subdivision=customer.subdivision,
        language=customer.language,
        region=customer.region,
        partner=cast.organisations[customer.partner] if customer.partner else None,
        now=begin,
    )
    cast.organisations[key] = organisation
    if customer.billing:
        sellers.name_buyer(customer.billing, organisation, by=cast.machine, begin=begin)
    for name, place in customer.sites.items():
        cast.sites[key, name] = people.add_site(
            by=cast.machine,
            organisation=organisation,
            name=name,
            zone=place.zone,
            country=place.country,
            subdivision=place.subdivision,
        )
    for name, person in customer.contacts.items():
        contact = people.add_contact(
            by=cast.machine,
            organisation=organisation,
            name=person.name,
            email=person.email,
            language=person.language,
            site=cast.sites[key, person.site] if person.site else None,
            user=_user(cast, person, begin) if person.sign_in else None,
            is_administrator=person.administrator,
            is_key_user=person.key_user,
            now=begin,
        )
        cast.contacts[key, name] = contact


def _contract(
    cast: Cast,
    key: str,
    customer: stories.Customer,
    number: str,
    told: stories.Contract,
    revision: ProgrammeRevision,
    day: date,
) -> None:
    drawn_up = _at(day, min(told.activated, 0) - DRAWN_UP_DAYS)
    authorised = [name for name, person in customer.contacts.items() if person.authorised]
    programme = queries.programme_of(revision)
    contract = drawing.draw_up(
        by=cast.machine,
        terms=drawing.Terms(
            organisation=cast.organisations[key],
            revision=revision,
            plan=told.plan,
            number=number,
            activation_on=day + timedelta(days=told.activated),
            term=told.term,
            seats=told.seats,
            options=told.options,
            products=told.products,
            unmaintained=told.unmaintained,
            environments=told.environments,
            contacts=[cast.contacts[key, name] for name in authorised],
            users=[cast.contacts[key, name] for name in told.users],
            named={NamedRole(role): cast.staff[name] for role, name in told.named.items()},
            yearly_amount=_minor(told.amount, programme.currency),
            paid_at=drawn_up + timedelta(days=PAID_DAYS) if told.paid else None,
        ),
        now=drawn_up,
    )
    cast.contracts[number] = contract
    _over_time(cast, contract, told, day, drawn_up)
    _cap(cast, key, contract, told, programme.currency, drawn_up)
    _hang(cast, key, customer, contract, told, day, drawn_up)


def _minor(amount: str, currency: str) -> int | None:
    """`180000.00` in minor units; None where nothing is written."""
    return int(Decimal(amount).scaleb(numbers.get_currency_precision(currency))) if amount else None


def _over_time(cast: Cast, contract: Contract, told: stories.Contract, day: date, drawn_up: datetime) -> None:
    """Its renewals, each agreed and paid before the term began, and its changes of seats."""
    for _ in range(told.renewed):
        agreed = datetime.combine(contract.ends_on - timedelta(days=DRAWN_UP_DAYS), time(9), UTC)
        paid = agreed + timedelta(days=PAID_DAYS)
        contracts.renew(by=cast.machine, contract=contract, now=agreed, paid_at=paid)
    for change in told.seat_changes:
        contracts.change_seats(
            by=cast.machine,
            contract=contract,
            seats=change.to,
            from_on=day + timedelta(days=change.day),
            now=_at(day, change.day) if change.day < 0 else max(drawn_up, _at(day, -DRAWN_UP_DAYS)),
        )


def _cap(
    cast: Cast, key: str, contract: Contract, told: stories.Contract, currency: str, drawn_up: datetime
) -> None:
    if told.cap is not None:
        caps.set_cap(
            by=Viewer.customer(cast.contacts[key, told.cap.by]),
            contract=contract,
            per_request_minutes=told.cap.minutes,
            per_request_amount=_minor(told.cap.request, currency),
            per_month_amount=_minor(told.cap.month, currency),
            approvers=[cast.contacts[key, name] for name in told.cap.approvers],
            now=drawn_up + timedelta(days=PAID_DAYS),
        )


def _hang(
    cast: Cast,
    key: str,
    customer: stories.Customer,
    contract: Contract,
    told: stories.Contract,
    day: date,
    drawn_up: datetime,
) -> None:
    for project in told.projects:
        contracts.add_project(
            by=cast.machine,
            contract=contract,
            name=project.name,
            first_on=day + timedelta(days=project.first),
            last_on=day + timedelta(days=project.last),
            person=project.person,
            environments=project.environments,
            now=drawn_up,
        )
    for solution in told.solutions:
        over = None if solution.handed_over is None else day + timedelta(days=solution.handed_over)
        scope = _document(
            cast,
            contract,
            kind=ContractDocument.SCOPE_OF_WORK,
            title=solution.name,
            signed_on=drawn_up.date(),
            text=papers.scope_of_work(solution.name, solution.goals, over, customer.language),
            now=drawn_up,
        )
        cast.solutions[key, solution.name] = contracts.add_solution(
            by=cast.machine,
            contract=contract,
            name=solution.name,
            goals=solution.goals,
            handed_over_on=over,
            scope=scope,
            now=drawn_up,
        )
    for document in told.documents:
        _document(
            cast,
            contract,
            kind=document.kind,
            title=document.title,
            signed_on=day + timedelta(days=document.signed),
            text=papers.letter(document.title, customer.language),
            now=drawn_up,
        )


def _document(
    cast: Cast,
    contract: Contract,
    *,
    kind: str,
    title: str,
    signed_on: date,
    text: str,
    now: datetime,
) -> ContractDocument:
    return contracts.add_document(
        by=cast.machine,
        contract=contract,
        kind=kind,
        title=title,
        signed_on=signed_on,
        upload=hanging.Upload(
            filename=f"{contract.number}-{kind}.md",
            media_type=agreements.MARKDOWN,
            body=text.encode(),
        ),
        now=now,
    )
