"""Orders: what a choice on a ticket has to be paid, a block bought from the portal, and what each costs today.

An order keeps the price as it was when it was made. What is due follows from the day: incidents that can be credited are
taken off, taxes are those of the buyer's place (docs/reference/billing.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from palier.billing import crediting, numbering, selling, sums, taxes
from palier.billing.models import Order, OrderKind, OrderState
from palier.contracts import queries as contracts
from palier.core.programme import Price
from palier.people import access, queries
from palier.people.actions import lock_customer
from palier.people.models import Organisation, Vendor
from palier.tickets import listeners
from palier.tickets.models import Choice, Ticket

PAY_PER_INCIDENT = "pay-per-incident"
PREPAID_HOURS = "prepaid-hours"
KINDS = {PAY_PER_INCIDENT: OrderKind.INCIDENT, PREPAID_HOURS: OrderKind.HOURS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What an order costs if it is paid at an instant: its net after discount and credits, and with tax."""

    price: int
    discount: int
    credits: tuple[tuple[Order, int], ...]
    totals: sums.Totals
    currency: str

    @property
    def total(self) -> int:
        """To pay, tax included."""
        return self.totals.total


def due(order: Order, at: datetime) -> Due:
    """What an order costs if it is paid then. Raises Refused while the seller or a tax rule is missing."""
    taken = crediting.preview(order, at)
    return _due(order, taken, _taxes(order, at))


def _taxes(order: Order, at: datetime) -> tuple[sums.Tax, ...]:
    seller = selling.seller(selling.settings_of(order.vendor_id))
    buyer = selling.buyer(order.organisation).identity
    zone = Vendor.objects.values_list("zone", flat=True).get(id=order.vendor_id)
    return taxes.on(
        order.vendor_id,
        seller_country=seller.country,
        buyer=buyer.place,
        day=at.astimezone(ZoneInfo(zone)).date(),
    )


def _due(order: Order, taken: tuple[tuple[Order, int], ...], on_each: tuple[sums.Tax, ...]) -> Due:
    net = crediting.net_of(order)
    lines = [net, *(-amount for _, amount in taken)]
    return Due(
        price=order.amount,
        discount=order.amount - net,
        credits=taken,
        totals=sums.totals(((line, on_each) for line in lines), currency=order.currency),
        currency=order.currency,
    )


# --- making -----------------------------------------------------------------------------------------


def buy(
    *,
    by: access.Viewer,
    organisation_id: UUID,
    price: str,
    now: datetime,
    contract_id: UUID | None = None,
) -> Order:
    """Order a block of hours at a price of the programme, for a contract or for the customer itself.

    For customers: who may approve spending on that contract, or the account's administrator. For the vendor: who takes
    money or draws up contracts. Raises Refused.
    """
    organisation = lock_customer(vendor_id=by.vendor_id, organisation_id=organisation_id)
    contract = (
        contracts.contract_for(by.vendor_id, organisation_id, now, contract_id) if contract_id else None
    )
    if organisation.id not in _reach(by, organisation):
        raise access.Refused(
            code="another-customer",
            en="You order for your own account only.",
            fr="Vous ne commandez que pour votre propre compte.",
        )
    _require_buyer(by, contract, now)
    revision_id = (
        contract.revision_id if contract is not None else contracts.current_revision_id(by.vendor_id, now)
    )
    programme = contracts.programme(revision_id)
    found = programme.prices.get(price)
    if found is None or found.kind != PREPAID_HOURS or found.amount is None:
        blocks = [one.id for one in programme.prices.values() if one.kind == PREPAID_HOURS]
        raise access.Refused(
            code="not-for-sale",
            en=f"What can be bought here: {', '.join(blocks) or 'nothing'}.",
            fr=f"Ce qui s’achète ici : {', '.join(blocks) or 'rien'}.",
        )
    return _make(organisation, found, contract=contract, revision_id=revision_id, now=now, by=by)


def _reach(by: access.Viewer, organisation: Organisation) -> set[UUID]:
    if by.is_customer:
        return set(by.organisations)
    return set() if organisation.id in by.hidden_organisations else {organisation.id}


def may_buy(by: access.Viewer, contract: contracts.Standings | None, now: datetime) -> bool:
    """Whether a viewer may order for a contract (None: for the customer itself)."""
    if not by.is_customer:
        return by.has_role(access.TAKES_MONEY | access.DRAWS_UP)
    if by.is_administrator and (contract is None or contract.organisation_id == by.organisation_id):
        return True
    if contract is None or by.contact_id is None:
        return False
    return by.contact_id in contracts.authorised_contacts(contract, now) or any(
        one.contact_id == by.contact_id and one.at(now) for one in contract.authorised_users
    )


def _require_buyer(by: access.Viewer, contract: contracts.Standings | None, now: datetime) -> None:
    if not may_buy(by, contract, now):
        raise access.Refused(
            code="cannot-buy",
            en="Your account's administrator, or a contact named on the contract, orders this.",
            fr="L’administrateur de votre compte, ou un contact nommé au contrat, commande ceci.",
        )


def for_choice(choice: Choice, now: datetime) -> Order | None:
    """The order that pays for a choice made on a ticket; None for a choice that has no fixed price to pay."""
    if choice.amount is None or not choice.price:
        return None
    ticket = Ticket.objects.get(vendor_id=choice.vendor_id, id=choice.ticket_id)
    programme = contracts.programme(ticket.revision_id)
    price = programme.prices.get(choice.price)
    if price is None or price.kind not in KINDS or price.amount is None:
        return None
    standing = Order.objects.filter(vendor_id=choice.vendor_id, choice=choice.id).first()
    if standing is not None:
        return standing
    organisation = queries.organisation(vendor_id=choice.vendor_id, organisation_id=ticket.organisation_id)
    contract = contracts.contract_by_id(choice.vendor_id, choice.contract_id) if choice.contract_id else None
    return _make(
        organisation,
        price,
        contract=contract,
        revision_id=ticket.revision_id,
        now=now,
        ticket=ticket,
        choice=choice,
    )


def _make(
    organisation: Organisation,
    price: Price,
    *,
    contract: contracts.Standings | None,
    revision_id: UUID,
    now: datetime,
    by: access.Viewer | None = None,
    ticket: Ticket | None = None,
    choice: Choice | None = None,
) -> Order:
    discount = contracts.discount_of(contract, price.id, now) if contract is not None else Decimal(0)
    vendor_id = organisation.vendor_id
    vendor = Vendor.objects.get(id=vendor_id)
    year = now.astimezone(ZoneInfo(vendor.zone)).year
    assert price.amount is not None
    assert price.currency is not None
    number = numbering.take(vendor_id, kind=numbering.ORDER, year=year)
    return Order.objects.create(
        vendor_id=vendor_id,
        number=numbering.words(vendor.prefix, kind=numbering.ORDER, year=year, number=number),
        organisation=organisation,
        contract_id=contract.id if contract is not None else None,
        ticket=ticket,
        verdict_id=choice.verdict_id if choice is not None else None,
        choice=choice.id if choice is not None else None,
        revision_id=revision_id,
        kind=KINDS[price.kind],
        price=price.id,
        clause=price.clause,
        name_en=price.name.in_("en"),
        name_fr=price.name.in_("fr"),
        amount=price.amount,
        currency=price.currency,
        discount=int(discount * 1000),
        minutes=price.minutes,
        valid_months=price.valid_months,
        allowance=price.fills or price.id,
        credit_towards=price.credit_towards or "",
        credit_days=price.credit_days,
        zone=contract.zone if contract is not None else organisation.zone,
        ordered_by_contact_id=choice.contact_id if choice is not None else (by.contact_id if by else None),
        ordered_by_staff_id=by.staff_id if by is not None else None,
        ordered_at=now,
    )


# --- ending -----------------------------------------------------------------------------------------


def cancel(*, by: access.Viewer, order: Order, now: datetime) -> Order:
    """Cancel an order that is not paid: who ordered it, its customer's administrator, or who takes money.

    Raises Refused for one that is paid, and for one that pays for a choice on a ticket (that is taken back there).
    """
    lock_customer(vendor_id=by.vendor_id, organisation_id=order.organisation_id)
    order = Order.objects.select_for_update(of=("self",)).get(vendor_id=by.vendor_id, id=order.id)
    mine = by.is_customer and (by.is_administrator or by.contact_id == order.ordered_by_contact_id)
    if not mine:
        access.require_role(by, access.TAKES_MONEY)
    if order.state != OrderState.UNPAID:
        raise access.Refused(
            code="order-settled",
            en="This order is no longer open: a paid one is refunded, by the finance desk.",
            fr="Cette commande n’est plus ouverte : une commande payée se rembourse, par le service financier.",
        )
    if order.choice is not None:
        raise access.Refused(
            code="order-of-choice",
            en="This order pays for what was chosen on a request: take the choice back there.",
            fr="Cette commande paie ce qui fut choisi dans une demande : revenez sur le choix là-bas.",
        )
    return _end(order, now)


def _end(order: Order, now: datetime) -> Order:
    order.state, order.ended_at = OrderState.CANCELLED, now
    order.save(update_fields=["state", "ended_at"])
    return order


@listeners.register
def hear(told: listeners.Told) -> None:
    """A choice that is to be paid makes its order; one taken back before it was paid ends it."""
    if told.choice_id is None:
        return
    if told.kind == listeners.News.CHOICE_MADE:
        choice = Choice.objects.get(vendor_id=told.vendor_id, id=told.choice_id)
        latest = choice.steps.order_by("-at", "-id").values_list("state", flat=True).first()
        if latest == "unpaid":
            for_choice(choice, told.now)
    elif told.kind == listeners.News.CHOICE_RELEASED:
        unpaid = Order.objects.select_for_update(of=("self",)).filter(
            vendor_id=told.vendor_id, choice=told.choice_id, state=OrderState.UNPAID
        )
        for order in unpaid:
            _end(order, told.now)
