"""A small world for the tests of pages: vendors with their real programmes, customers, people, and requests in every state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from palier.contracts import actions as contracts
from palier.contracts.models import Contract
from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation, Role, Staff, User, Vendor
from palier.tickets import answering, classifying, opening, reopening, steering, waiting
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

PROGRAMMES = Path(__file__).resolve().parents[2] / "programmes"
START = datetime(2026, 9, 1, 9, tzinfo=UTC)
FILLED = {
    "applications": "SQL Server, antivirus", "access": "Call me", "steps": "Open, save, close",
    "documented": "Page 4 says otherwise", "licence-number": "L-1", "device": "PC-4", "task": "Closing the month",
    "interface-name": "EDI", "window": "Saturday",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An organisation with an authorised contact, one who is not, and its contract."""

    organisation: Organisation
    contact: Contact
    user: User
    colleague: Contact
    colleague_user: User
    contract: Contract


@dataclass(frozen=True, kw_only=True)
class World:
    """One vendor with everything."""

    vendor: Vendor
    machine: Viewer
    agent: Staff
    agent_user: User
    manager: Staff
    manager_user: User
    customers: dict[str, Customer]
    tickets: dict[str, Ticket] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path its pages stand under in tests."""
        return f"/{self.vendor.slug}"


PLANS = {
    "horizant": "support",
    "solidxperts": "standard",
    "infor": "premium",
    "proconcept": "maintenance",
    "northern": "standard",
}
PEOPLE = {
    "horizant": [("Laurentide Tôlerie", "America/Toronto", "CA", "QC", "Hélène Marchetti", "Yanis Ferrec")],
    "solidxperts": [("Kermorvan Usinage", "America/Toronto", "CA", "QC", "Maëlle Kervella", "Loïc Daniélou")],
    "infor": [("Oriel Cranes", "Europe/London", "GB", "", "Rhona Keith", "Ewan Reid")],
    "proconcept": [("Ateliers Brügger", "Europe/Zurich", "CH", "GE", "Nadja Brügger", "Luc Favre")],
    "northern": [
        ("Ferronor", "Europe/Paris", "FR", "", "Camille Vasseur", "Théo Lambert"),
        ("Tidewater Fabrication", "America/Toronto", "CA", "ON", "Grace Okafor", "Owen Blake"),
        ("Kisaragi Seiki", "Asia/Tokyo", "JP", "", "Aya Mori", "Ken Ito"),
    ],
}  # fmt: skip
NAMES = {
    "horizant": "Horizant",
    "solidxperts": "Solidxperts",
    "infor": "Infor",
    "proconcept": "ProConcept",
    "northern": "Northern",
}
ZONES = {
    "horizant": "America/Toronto",
    "solidxperts": "America/Toronto",
    "infor": "Europe/Paris",
    "proconcept": "Europe/Zurich",
    "northern": "Europe/Paris",
}
ACCENTS = {
    "horizant": "#0f766e",
    "solidxperts": "#b91c1c",
    "infor": "",
    "proconcept": "#7c3aed",
    "northern": "",
}


def build(slug: str, *, address: str = "https://{slug}.example/") -> World:
    """A vendor with the reference programme of that name, two people of its own and its customers."""
    prefix = {
        "horizant": "HOR",
        "solidxperts": "SOL",
        "infor": "INF",
        "proconcept": "PRO",
        "northern": "NOR",
    }[slug]
    vendor = people.add_vendor(
        slug=slug,
        name=NAMES[slug],
        prefix=prefix,
        zone=ZONES[slug],
        address=address.format(slug=slug),
        now=START,
        hosts=[f"{slug}.example"],
        accent=ACCENTS[slug],
        staff_need_second_factor=False,
    )
    with tenancy.vendor(vendor.id):
        machine = Viewer.machine(vendor.id)
        contracts.publish_revision(by=machine, source=(PROGRAMMES / f"{slug}.yaml").read_text(), now=START)
        agent_user, agent = _staff(machine, vendor, "Maude Tremblay", [Role.AGENT])
        manager_user, manager = _staff(machine, vendor, "Étienne Roy", [Role.MANAGER])
        customers = {
            name: _customer(machine, vendor, slug, name, zone, country, subdivision, first, second)
            for name, zone, country, subdivision, first, second in PEOPLE[slug]
        }
    return World(
        vendor=vendor,
        machine=machine,
        agent=agent,
        agent_user=agent_user,
        manager=manager,
        manager_user=manager_user,
        customers=customers,
    )


def _address(name: str, host: str) -> str:
    plain = name.lower().translate(str.maketrans("éèëïôü ", "eeeiou."))
    return f"{plain}@{host}"


def _user(vendor: Vendor, name: str, host: str) -> User:
    return people.add_user(
        vendor_id=vendor.id, email=_address(name, host), name=name, now=START, language="en"
    )


def _staff(machine: Viewer, vendor: Vendor, name: str, roles: list[Role]) -> tuple[User, Staff]:
    user = _user(vendor, name, f"{vendor.slug}.example")
    return user, people.add_staff(by=machine, user=user, roles=roles, now=START)


def _customer(
    machine: Viewer, vendor: Vendor, slug: str, name: str, zone: str, country: str, subdivision: str, first: str, second: str
) -> Customer:  # fmt: skip
    organisation = people.add_organisation(
        by=machine, name=name, zone=zone, now=START, country=country, subdivision=subdivision, language="en"
    )
    host = f"{name.split()[0].lower()}.example"
    users = [_user(vendor, who, host) for who in (first, second)]
    both = [
        people.add_contact(
            by=machine, organisation=organisation, name=who, email=user.email, now=START, user=user,
            is_administrator=number == 0,
        )
        for number, (who, user) in enumerate(zip((first, second), users, strict=True))
    ]  # fmt: skip
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        plan=PLANS[slug],
        number=f"{vendor.prefix}-C-{name[:3].upper()}",
        activation_on=date(2026, 9, 1),
        now=START,
        seats=8,
        contacts=[both[0]],
        paid_at=START,
    )
    if slug == "northern":
        contracts.add_solution(
            by=machine,
            contract=contract,
            name="Storage reporting",
            now=START,
            handed_over_on=date(2026, 9, 10),
        )
    return Customer(
        organisation=organisation,
        contact=both[0],
        user=users[0],
        colleague=both[1],
        colleague_user=users[1],
        contract=contract,
    )


def draft(kind: str = "defect", **changed: object) -> Draft:
    """A complete request."""
    values: dict[str, object] = {
        "kind": kind,
        "subject": "Quota report stops without a message",
        "body": "We run the weekly quota report. It stops at 40 % and no file is written. It worked last week.",
        "effect": "lasting-major",
        "environment": "production",
        "fields": FILLED,
        "language": "en",
    }
    return Draft(**{**values, **changed})  # type: ignore[arg-type]


def fill(world: World, now: datetime) -> None:
    """Requests of Northern's customers in every state, from some days before `now` on."""
    with tenancy.vendor(world.vendor.id):
        agent = Viewer.staff(world.agent)
        paris, toronto, tokyo = world.customers.values()
        made = world.tickets

        def open_(name: str, who: Customer, back: timedelta, **changed: object) -> Ticket:
            ticket = opening.open_ticket(
                by=Viewer.customer(who.contact), draft=draft(**changed), now=now - back  # type: ignore[arg-type]
            )  # fmt: skip
            made[name] = ticket
            return ticket

        day = timedelta(days=1)
        answered = open_("answered", paris, 2 * day)
        steering.assign(
            by=agent, ticket=answered, assignee=world.agent, now=now - 2 * day + timedelta(minutes=20)
        )
        answering.reply(
            by=agent,
            ticket=answered,
            body="Thank you. I see the same here and am looking.",
            now=now - 2 * day + timedelta(hours=1),
        )
        answering.add_note(
            by=agent,
            ticket=answered,
            body="Same in the lab with a factory template.",
            now=now - 2 * day + timedelta(hours=2),
        )
        answering.reply(
            by=agent,
            ticket=answered,
            body="Which template was it made from?",
            now=now - 2 * day + timedelta(hours=3),
            then="wait-customer",
        )
        answering.reply(
            by=Viewer.customer(paris.contact),
            ticket=answered,
            body="From the sheet template, unchanged.",
            now=now - day,
        )
        open_(
            "fresh",
            paris,
            timedelta(hours=2),
            subject="Every seat reports “no licence” at start-up",
            effect="loss-of-service",
        )
        open_("missing", paris, timedelta(hours=3), subject="Nothing more is archived", fields={})
        waiting_ = open_(
            "waiting", paris, 3 * day, subject="Weld symbols missing from the PDF", effect="lasting-minor"
        )
        waiting.wait_for(
            by=agent, ticket=waiting_, wait="customer", message="Please send one drawing.", now=now - 2 * day
        )
        open_("missed", toronto, 4 * day, subject="Import stops at two gigabytes")
        open_(
            "offer",
            toronto,
            timedelta(hours=5),
            kind="services",
            subject="A new report by cost centre",
            effect="none",
            fields={},
            environment="none",
        )
        resolved = open_(
            "resolved",
            tokyo,
            5 * day,
            subject="Ribbon unreadable on the second screen",
            effect="intermittent-minor",
        )
        reopening.resolve(by=agent, ticket=resolved, now=now - 4 * day, message="Fixed by the driver update.")
        open_(
            "tokyo",
            tokyo,
            timedelta(hours=1),
            subject="図面が開かない: drawings do not open",
            effect="intermittent-major",
        )
        severe = open_(
            "raised", tokyo, day, subject="Licence server refuses every token", effect="intermittent-major"
        )
        classifying.change_severity(
            by=agent,
            ticket=severe,
            severity="1",
            reason="Production has stopped.",
            now=now - timedelta(hours=20),
        )
        made.update({name: Ticket.objects.get(id=ticket.id) for name, ticket in made.items()})


def read_in(made: World, language: str) -> None:
    """Everybody of this vendor reads in that language."""
    with tenancy.vendor(made.vendor.id):
        User.objects.update(language=language)
