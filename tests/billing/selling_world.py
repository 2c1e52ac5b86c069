"""A vendor that sells: its identity, taxes, a person who takes money, and its customers with billing addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.pages import world as worlds

from palier.billing import ordering, paying, selling
from palier.billing.models import Invoice, Kind, Order, Payment
from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Role, User

KEY, SIGNING = "sk_test_only_for_tests", "whsec_only_for_tests"
SELLERS = {
    "solidxperts": {
        "legal_name": "Solidxperts (essai) inc.", "line_one": "1, rue de l’Essai", "city": "Montréal",
        "postcode": "H2X 1Y4", "country": "CA", "subdivision": "QC", "email": "comptes@solidxperts.example",
    },
    "northern": {
        "legal_name": "Northern (essai) SAS", "line_one": "2 rue de l’Essai", "city": "Lyon", "postcode": "69002",
        "country": "FR", "registration": "732829320", "vat_id": "FR44732829320",
        "email": "facturation@northern.example", "iban": "FR76 3000 6000 0112 3456 7890 189", "bic": "AGRIFRPP",
    },
    "proconcept": {
        "legal_name": "ProConcept (essai) SA", "line_one": "3, rue de l’Essai", "city": "Sonceboz", "postcode": "2605",
        "country": "CH", "vat_id": "CHE-123.456.788 TVA", "email": "compta@proconcept.example",
    },
}  # fmt: skip
NUMBERS = {"solidxperts": (("TPS/GST", "123456789 RT0001"), ("TVQ/QST", "1234567890 TQ0001"))}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A vendor with its first customer, and who takes money there."""

    world: worlds.World
    finance: Viewer
    finance_user: User

    @property
    def vendor_id(self):  # type: ignore[no-untyped-def]
        """Of the vendor."""
        return self.world.vendor.id

    @property
    def customer(self) -> worlds.Customer:
        """The first."""
        return next(iter(self.world.customers.values()))

    @property
    def buyer(self) -> Viewer:
        """The contact who buys."""
        return Viewer.customer(self.customer.contact)


def shop(slug: str = "solidxperts") -> Shop:
    """The vendor of that programme, ready to sell."""
    made = worlds.build(slug)
    with tenancy.vendor(made.vendor.id):
        user = people.add_user(
            vendor_id=made.vendor.id, email="finance@vendor.example", name="Odile Compte", now=worlds.START
        )
        staff = people.add_staff(by=made.machine, user=user, roles=[Role.FINANCE], now=worlds.START)
        finance = Viewer.staff(staff)
        values = SELLERS[slug]
        selling.save_settings(
            by=finance, values=values, now=worlds.START, tax_numbers=NUMBERS.get(slug, ()),
            terms={"en": "Late payment bears interest.", "fr": "Tout retard porte intérêt."},
        )  # fmt: skip
        selling.add_usual_rules(by=finance, country=values["country"], valid_from=date(2026, 1, 1))
    return Shop(world=made, finance=finance, finance_user=user)


def switch_on(shop: Shop) -> None:
    """With the provider."""
    selling.set_provider(by=shop.finance, enabled=True, key=KEY, signing=SIGNING, now=worlds.START)


def block(shop: Shop, at: datetime, price: str = "hours-10") -> Order:
    """A block ordered by the customer."""
    return ordering.buy(
        by=shop.buyer,
        organisation_id=shop.customer.organisation.id,
        price=price,
        contract_id=shop.customer.contract.id,
        now=at,
    )


def pay(shop: Shop, order: Order, at: datetime, *, now: datetime | None = None) -> Payment:
    """The order is paid by transfer at that instant, recorded now."""
    due = ordering.due(order, at)
    return paying.record(
        by=shop.finance,
        order=order,
        method="transfer",
        amount=due.total,
        currency=due.currency,
        paid_at=at,
        reference="T-1",
        now=now or at + timedelta(hours=1),
    )


def invoice_of(order: Order) -> Invoice:
    """The invoice of an order."""
    return Invoice.objects.get(order=order, kind=Kind.INVOICE)


def local(text: str, zone: str = "America/Toronto") -> datetime:
    """A local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
