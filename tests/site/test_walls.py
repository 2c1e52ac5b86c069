"""Every address of the service, asked by those it is not for: nobody, another customer, another vendor's people.

The addresses come from the resolver: a page added tomorrow is walked tomorrow. Nothing of the customer in the middle is
found, nothing of it changes, and its objects are told from missing ones by nothing.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern
from tests.mail import posted
from tests.pages import world as worlds
from tests.pages.fixtures import frozen as frozen

from palier.billing import billables, selling
from palier.billing.models import Order
from palier.desk import contract_deeds as desk_deeds
from palier.desk import ticket as desk_ticket
from palier.files import uploading
from palier.people import access, identity, invitations, tenancy
from palier.people.models import User
from palier.portal import contract_deeds as portal_deeds
from palier.portal import views as portal_views
from palier.services.models import Alarm
from palier.software import actions as software
from palier.software.actions import Facts
from palier.tickets import answering, calling, locks, opening, queries
from palier.tickets.models import Ticket

pytestmark = pytest.mark.django_db
PLANTED = "zanzibarine"
# What only the customer in the middle, and the people of its vendor, may read.
SECRETS = (PLANTED, "ferronor", "vasseur", "théo lambert")
MISSING = "NOR-99999"
OBJECTS = {"call", "defect", "file_id", "number", "contract_id", "order", "invoice", "organisation"}
"""What names something of a customer: another's and a missing one get the same answer."""
OPEN = {"portal:act-link"}
"""Who has the address may answer by it without signing in; here it is one that nobody was ever sent."""
ACTIONS = {
    "portal:act": sorted({*portal_views.ACTIONS, *portal_views.MONEY, "explode"}),
    "desk:act": sorted({*desk_ticket.ACTIONS, "explode"}),
    "portal:contract-act": sorted({*portal_deeds.DEEDS, "explode"}),
    "desk:contract-act": sorted({*desk_deeds.DEEDS, "explode"}),
    "desk:customer-act": ["note", "explode"],
    "desk:queue-view-act": ["rename", "share", "change", "up", "down", "delete", "explode"],
    "desk:ticket-work": ["tags", "watch", "snooze", "wake", "explode"],
    "desk:defect-act": ["edit", "follow-up", "explode"],
    "desk:ticket-links-act": ["add", "remove", "attach", "detach", "explode"],
    "portal:defect-act": ["me-too", "explode"],
    "desk:customer-add": ["contact", "site", "explode"],
    "desk:contact-act": ["change", "invite", "remove", "back", "explode"],
    "desk:settings-person-act": ["change", "letter", "remove", "back", "explode"],
    "desk:settings-look-act": ["look", "logo", "no-logo", "explode"],
    "desk:on-call-mine-act": ["renew", "revoke", "explode"],
    "desk:on-call-roster-act": ["save", "layer", "remove", "explode"],
    "desk:on-call-layer-act": ["save", "up", "remove", "explode"],
    "desk:set-up-act": ["check", "publish", "invite", "request", "leave", "explode"],
    "portal:order-act": ["pay", "cancel", "explode"],
    "desk:mail-act": ["let-in", "note", "retry", "discard", "explode"],
    "desk:settings-mail-act": ["save", "try", "off", "remove", "explode"],
    "desk:settings-letter-act": ["save", "put-back", "explode"],
    "desk:letters-act": ["again", "clear", "explode"],
    "desk:finance-order-act": ["record", "refund", "cancel"],
    "desk:finance-invoice-act": ["record", "credit", "refund"],
    "desk:finance-customer-act": ["party", "invoice", "charge"],
    "desk:finance-settings-act": ["seller", "provider", "usual", "rule", "end-rule", "forget"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address: its name and what must be filled into it."""

    name: str
    parameters: tuple[str, ...]


def routes(
    resolver: URLResolver | None = None, before: str = "", known: tuple[str, ...] = ()
) -> Iterator[Route]:
    """Every named address below a resolver."""
    for each in (resolver or get_resolver()).url_patterns:
        pattern = each.pattern
        names = pattern.converters if isinstance(pattern, RoutePattern) else pattern.regex.groupindex
        parameters = (*known, *names)
        if isinstance(each, URLResolver):
            yield from routes(each, f"{before}{each.namespace}:" if each.namespace else before, parameters)
        else:
            assert isinstance(each, URLPattern)
            assert each.name, f"{each} has no name: it cannot be walked"
            yield Route(name=f"{before}{each.name}", parameters=parameters)


@dataclass(frozen=True, kw_only=True)
class Walls:
    """The customer in the middle and those around it."""

    middle: worlds.World
    other: worlds.World
    number: str
    values: dict[str, str]

    @property
    def owner(self) -> User:
        """Whose requests they are."""
        return self.middle.customers["Ferronor"].user

    @property
    def customer(self) -> User:
        """A contact of another customer of the same vendor."""
        return self.middle.customers["Tidewater Fabrication"].user


@pytest.fixture
def walls(db: None, frozen: datetime) -> Walls:
    middle, other = worlds.build("northern"), worlds.build("horizant")
    paris = middle.customers["Ferronor"]
    with tenancy.vendor(middle.vendor.id):
        file = uploading.take(
            by=access.Viewer.customer(paris.contact),
            name=f"{PLANTED}.txt",
            content=ContentFile(f"All is {PLANTED}.".encode()),
            now=frozen - timedelta(days=1),
        )
        ticket = opening.open_ticket(
            by=access.Viewer.customer(paris.contact),
            draft=worlds.draft(subject=f"The {PLANTED} press", body=f"It is {PLANTED}.", files=(file.pk,)),
            now=frozen - timedelta(days=1),
        )
        agent = access.Viewer.staff(middle.agent)
        answering.add_note(by=agent, ticket=ticket, body=f"Note: {PLANTED}", now=frozen - timedelta(hours=3))
        provider = identity.configure(
            by=middle.machine,
            organisation=paris.organisation,
            # Its name is told to whoever asks for its domain: one must know where one goes.
            name="Company sign-in",
            issuer="http://127.0.0.1:1",
            client_id="c",
            secret="s",
        )
        token = invitations.token(user_id=paris.user.pk, provider_id=provider.pk)
        number = queries.number_of(ticket.revision_id, ticket.number)
        # Internal: the middle customer does not read it either.
        facts = Facts(product="northern-software", title={"en": f"A {PLANTED}"})
        software.confirm(by=agent, facts=facts, products={"northern-software"}, now=frozen)
        words = posted.Words(subject=f"About the {PLANTED} press", text=f"It is {PLANTED}.")
        letter = posted.write(middle.vendor.id, paris.contact, frozen, ticket=ticket, words=words)
    values = {
        "number": number,
        "defect": "NOR-D1",
        "round_id": str(paris.user.pk),
        "file_id": str(file.pk),
        "provider_id": str(provider.pk),
        "token": f"{token[:-2]}xx",
        "uidb36": paris.user.pk.hex,
        "key": "abc-def",
        "pk": "1",
        "contract_id": str(paris.contract.pk),
        "contact": str(paris.contact.pk),
        "staff": str(middle.agent.pk),
        "team": str(paris.user.pk),
        "sha256": "0" * 64,
        "letter_id": str(letter.pk),
        "kind": "received",
        "language": "fr",
        "incoming": str(paris.user.pk),
        "address": str(paris.user.pk),
        "source": str(paris.user.pk),
        "call": _called(middle, ticket, frozen),
        "what": "dues",
        **_billed(middle, paris, frozen),
        **dict.fromkeys(
            (
                "account_id",
                "agreement_id",
                "document_id",
                "view_id",
                "bulk_id",
                "objection",
                "answer",
                "roster",
                "layer",
                "swap",
            ),
            str(paris.user.pk),
        ),
    }
    return Walls(middle=middle, other=other, number=number, values=values)


def _called(world: worlds.World, ticket: Ticket, now: datetime) -> str:
    """A call for the request in the middle."""
    with tenancy.vendor(world.vendor.id):
        locks.ticket(world.machine, ticket.id)
        calling.call(
            calling.Call(
                vendor_id=world.vendor.id, ticket_id=ticket.id, rule="X1", clause="X1", at=now, now=now
            )
        )  # fmt: skip
        return str(Alarm.objects.get(ticket=ticket).pk)


def _billed(world: worlds.World, who: worlds.Customer, now: datetime) -> dict[str, str]:
    """An order and an invoice of the customer in the middle."""
    with tenancy.vendor(world.vendor.id):
        seller = {"legal_name": "Northern SAS", "line_one": "1 rue", "city": "Lyon", "country": "FR"}
        selling.save_settings(by=world.machine, values=seller, now=now)
        selling.add_usual_rules(by=world.machine, country="FR", valid_from=now.date().replace(month=1))
        billables.charge(
            by=world.machine, organisation=who.organisation, kind="travel", amount=100, currency="EUR", on=now.date(),
            names={"en": f"To the {PLANTED}", "fr": f"Vers la {PLANTED}"}, now=now,
        )  # fmt: skip
        (invoice,) = billables.invoice_customer(
            by=world.machine, organisation_id=who.organisation.pk, until=now.date(), now=now
        )
        order = Order.objects.create(
            vendor_id=world.vendor.id, number="NOR-O-2026-00001", organisation=who.organisation, kind="hours",
            revision_id=who.contract.revision_id, price="x", name_en=f"A {PLANTED}", name_fr=f"Une {PLANTED}",
            amount=100, currency="EUR", allowance="x", zone="Europe/Paris", ordered_at=now,
        )  # fmt: skip
    return {
        "invoice": invoice.number, "order": str(order.pk), "organisation": str(who.organisation.pk), "price": "x",
        "vendor": world.vendor.slug,
    }  # fmt: skip


def addresses(walls: Walls, number: str | None = None) -> Iterator[tuple[Route, str]]:
    """Every address with the middle customer's own values filled in (or with another number)."""
    values = {**walls.values, "number": number or walls.number}
    if number is not None:
        nobody = str(walls.middle.customers["Ferronor"].user.pk)
        values |= {
            "invoice": "NOR-2026-99999",
            "defect": "NOR-D99999",
            **dict.fromkeys(("call", "contract_id", "file_id", "order", "organisation", "contact"), nobody),
        }
    for route in routes():
        unknown = set(route.parameters) - values.keys() - {"action", "deed"}
        assert not unknown, f"say in this test what {unknown} of {route.name} is"
        for action in ACTIONS.get(route.name, [""]):
            filled = {
                name: action if name in ("action", "deed") else values[name] for name in route.parameters
            }
            yield route, reverse(route.name, kwargs=filled)


def told(answer: Any) -> str:
    """All that an answer tells, in lower case."""
    content = answer.getvalue()
    return f"{answer.headers}\n{content.decode(errors='replace')}".lower()


def ask(client: Client, method: str, address: str) -> Any:
    sent = {
        "body": "x",
        "subject": "x",
        "kind": "defect",
        "email": "x@ferronor.example",
        "next": "/northern/",
    }
    return client.get(address) if method == "get" else client.post(address, sent)


def whole(world: worlds.World) -> list[tuple[Any, ...]]:
    """What the middle customer's requests are: their states, messages and events."""
    with tenancy.vendor(world.vendor.id):
        organisation = world.customers["Ferronor"].organisation
        return [
            (ticket.pk, ticket.status, ticket.severity, ticket.messages.count(), ticket.events.count())
            for ticket in Ticket.objects.filter(organisation=organisation).order_by("pk")
        ]


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        (
            "owner",
            {
                "portal:home",
                "portal:requests",
                "portal:request",
                "portal:invoice",
                "portal:order",
                "files:file",
            },
        ),
        ("agent", {"desk:queue", "desk:ticket", "desk:letters", "desk:letter", "files:file"}),
    ],
)
def test_whom_it_belongs_to_finds_what_is_planted(
    walls: Walls, client: Client, who: str, wanted: set[str]
) -> None:
    client.force_login(walls.owner if who == "owner" else walls.middle.agent_user)
    found = [
        route.name
        for route, address in addresses(walls)
        if route.name.startswith(("portal:", "desk:", "files:"))
        if not {"action", "deed"} & set(route.parameters)
        if PLANTED in told(client.get(f"/northern{address}"))
    ]
    assert wanted <= set(found)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_finds_nothing(walls: Walls, method: str) -> None:
    before = whole(walls.middle)
    for route, address in addresses(walls):
        answer = ask(Client(), method, f"/northern{address}")
        assert not [secret for secret in SECRETS if secret in told(answer)], address
        if route.name in OPEN:
            assert answer.status_code == 404, address
        elif route.name.startswith(("portal:", "desk:")) and answer.status_code != 405:
            assert answer.status_code == 302, address
            assert answer.headers["Location"].startswith("/northern/accounts/login/?next="), address
    assert whole(walls.middle) == before


class Entered:
    """A visitor with a session of its own at each address, though it signs in anew only where the last one ended it."""

    def __init__(self, client: Any, user: User) -> None:
        self.client, self.user = client, user
        self._sign_in()

    def _sign_in(self) -> None:
        self.client.cookies.clear()
        self.client.force_login(self.user)
        for cookie in self.client.cookies.values():
            cookie["path"] = "/"
        self.kept = copy.deepcopy(self.client.cookies)

    def ask(self, method: str, address: str) -> Any:
        answer = ask(self.client, method, address)
        session = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        if session is None or session.value != self.kept[settings.SESSION_COOKIE_NAME].value:
            self._sign_in()
        self.client.cookies = copy.deepcopy(self.kept)
        return answer


def look(walls: Walls, visitor: Entered, method: str, prefix: str, route: Route, address: str) -> None:
    """Ask for one address of another's: nothing is told of what stands there, nor that it does."""
    answer = visitor.ask(method, f"{prefix}{address}")
    # What was asked is said again where it is asked for (the address typed in a form); nothing else is.
    said = told(answer).replace("x@ferronor.example", "").replace("x%40ferronor.example", "")
    assert not [secret for secret in SECRETS if secret in said], (prefix, address)
    if OBJECTS & set(route.parameters):
        known = prefix == f"/{visitor.user.vendor.slug}"
        # The finance desk refuses whoever takes no money before it looks at anything.
        missing = (403, 404, 405) if route.name.startswith("desk:finance") else (404, 405)
        assert answer.status_code in (missing if known else (302,)), (prefix, address)


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_customer_finds_nothing(walls: Walls, client: Any, method: str) -> None:
    before = whole(walls.middle)
    visitor = Entered(client, walls.customer)
    for route, address in addresses(walls):
        look(walls, visitor, method, "/northern", route, address)
    assert whole(walls.middle) == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_vendors_people_find_nothing(walls: Walls, client: Any, method: str) -> None:
    before = whole(walls.middle)
    contact = next(iter(walls.other.customers.values())).user
    for user in (walls.other.manager_user, walls.other.agent_user, contact):
        visitor = Entered(client, user)
        # They come with their own session, below their own path and below the middle one's.
        for prefix in ("/horizant", "/northern"):
            for route, address in addresses(walls):
                if route.name in ACTIONS and prefix == "/northern":
                    continue  # There they are nobody, who is walked above.
                if user is walls.other.manager_user or OBJECTS & set(route.parameters):
                    look(walls, visitor, method, prefix, route, address)
    assert whole(walls.middle) == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_anothers_object_and_a_missing_one_get_the_same_answer(
    walls: Walls, client: Any, method: str
) -> None:
    client.force_login(walls.customer)
    pairs = zip(addresses(walls), addresses(walls, MISSING), strict=True)
    looked = 0
    for (route, theirs), (_, missing) in pairs:
        if not OBJECTS & set(route.parameters):
            continue
        one, two = ask(client, method, f"/northern{theirs}"), ask(client, method, f"/northern{missing}")
        assert one.status_code == two.status_code, theirs
        assert bare(one, theirs, walls.number) == bare(two, missing, MISSING), theirs
        looked += 1
    assert looked > 4


def test_a_removed_contact_finds_nothing(walls: Walls, client: Any, frozen: datetime) -> None:
    client.force_login(walls.owner)
    with tenancy.vendor(walls.middle.vendor.id):
        who = walls.middle.customers["Ferronor"].contact
        who.removed_at = frozen
        who.save()
    for path in ("/", "/requests/", f"/requests/{walls.number}", "/requests/new"):
        answer = client.get(f"/northern{path}")
        assert answer.status_code == 404, path
        assert PLANTED not in told(answer), path


def test_a_number_that_is_none_is_missing(walls: Walls, client: Any) -> None:
    for user, place in ((walls.owner, "requests"), (walls.middle.agent_user, "desk/tickets")):
        client.force_login(user)
        for number in ("NOR-0", "x", "NOR-99999999999999999999", "%00", "NOR--1", "'; drop", "١٢٣"):
            assert client.get(f"/northern/{place}/{number}").status_code == 404, (place, number)


def bare(answer: Any, address: str, number: str) -> str:
    """A page without what differs at each request, and without what was asked for."""
    text = answer.getvalue().decode().replace(address, "ADDRESS").replace(number, "NUMBER")
    return re.sub(r'(nonce|name="csrfmiddlewaretoken" value)="[^"]*"', "", text)
