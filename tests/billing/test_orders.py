"""Blocks bought and incidents credited, whoever records what first; refunds; what follows in the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from palier.billing import billables, crediting, invoicing, ordering, paying, refunding
from palier.billing.models import (
    Charge,
    IncidentCredit,
    Invoice,
    InvoiceLine,
    Kind,
    Order,
    OrderKind,
    OrderState,
    Refund,
)
from palier.contracts import queries as contracts
from palier.ledger import posting
from palier.ledger import queries as ledger
from palier.people import access, tenancy
from palier.people.access import Refused, Viewer

from .selling_world import Shop, block, invoice_of, local, pay, shop

pytestmark = pytest.mark.django_db
PAID = local("2026-10-05 10:00")


@pytest.fixture
def solid() -> Shop:
    return shop("solidxperts")


def hours(made: Shop, order: Order, at: datetime) -> int:
    """Minutes left of what the block fills."""
    contract = contracts.contract_by_id(made.vendor_id, made.customer.contract.id)
    programme = contracts.programme(contract.revision_id)
    owner = posting.owner_for(programme, order.allowance, contract, made.customer.organisation.id)
    found = ledger.balance(vendor_id=made.vendor_id, owner=owner, allowance=order.allowance, at=at)
    return found.available


def incident(made: Shop, at: datetime) -> Order:
    """An incident as ordered without a choice, which is the ticket's affair (tests/billing/test_provider.py)."""
    programme_id = made.customer.contract.revision_id
    price = contracts.programme(programme_id).prices["incident"]
    return ordering._make(
        made.customer.organisation,
        price,
        contract=contracts.contract_by_id(made.vendor_id, made.customer.contract.id),
        revision_id=programme_id,
        now=at,
    )


def test_a_block_is_bought_paid_granted_and_invoiced(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        assert (order.state, order.number) == (OrderState.UNPAID, "SOL-O-2026-00001")
        before = hours(solid, order, PAID)
        due = ordering.due(order, PAID)
        assert (due.totals.net, due.total) == (165_000, 189_709)
        pay(solid, order, PAID)
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert hours(solid, order, PAID + timedelta(hours=2)) - before == 600
        # Twelve months, in the contract's zone: the last instant is in, the next is not.
        assert hours(solid, order, local("2027-10-04 23:59")) == 600
        assert hours(solid, order, local("2027-10-05 00:00")) == 0
        made = invoice_of(order)
        assert (made.number, made.net, made.tax, made.total, made.paid) == (
            "SOL-2026-00001", 165_000, 24_709, 189_709, 189_709,
        )  # fmt: skip
        assert invoicing.account(made).open == 0
        (line,) = made.lines.all()
        assert (line.clause, line.order_id, line.net) == ("P2", order.id, 165_000)


def test_what_is_recorded_must_be_what_is_due(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        for amount, currency in ((189_708, "CAD"), (189_709, "EUR"), (165_000, "CAD")):
            with pytest.raises(paying.WrongAmount, match="is due on the day") as refused:
                paying.record(
                    by=solid.finance, order=order, method="transfer", amount=amount, currency=currency,
                    paid_at=PAID, reference="x", now=PAID,
                )  # fmt: skip
            french = refused.value.said["fr"].replace("\u00a0", " ").replace("\u202f", " ")
            assert "Dû au jour du paiement : 1 897,09 $" in french
        with pytest.raises(Refused, match="still to come"):
            pay(solid, order, PAID + timedelta(days=1), now=PAID)
        with pytest.raises(Refused):
            paying.record(
                by=solid.buyer, order=order, method="transfer", amount=189_709, currency="CAD", paid_at=PAID,
                reference="x", now=PAID,
            )  # fmt: skip
        pay(solid, order, PAID)
        with pytest.raises(Refused, match="no longer open"):
            pay(solid, order, PAID)


def test_a_purchase_order_frees_now_and_is_paid_by_its_invoice(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        with pytest.raises(Refused, match="purchase order"):
            paying.record(
                by=solid.finance, order=order, method="purchase-order", amount=189_709, currency="CAD",
                paid_at=PAID, reference=" ", now=PAID,
            )  # fmt: skip
        paying.record(
            by=solid.finance, order=order, method="purchase-order", amount=189_709, currency="CAD", paid_at=PAID,
            reference="PO-77", now=PAID,
        )  # fmt: skip
        made = invoice_of(order)
        assert hours(solid, order, PAID + timedelta(hours=1)) == 600
        assert (made.paid, invoicing.account(made).open) == (0, 189_709)
        later = PAID + timedelta(days=20)
        half = {"by": solid.finance, "invoice": made, "method": "transfer", "currency": "CAD", "paid_at": later,
                "reference": "T", "now": later}  # fmt: skip
        paying.record_for_invoice(amount=100_000, **half)  # type: ignore[arg-type]
        assert invoicing.account(made).open == 89_709
        with pytest.raises(paying.WrongAmount):
            paying.record_for_invoice(amount=89_710, **half)  # type: ignore[arg-type]
        paying.record_for_invoice(amount=89_709, **half)  # type: ignore[arg-type]
        assert invoicing.account(made).open == 0


@pytest.mark.parametrize(
    ("block_day", "credited"),
    [
        ("2026-10-05 23:59", True),
        ("2026-11-04 23:59", True),
        ("2026-11-05 00:00", False),
        ("2026-10-04 23:59", False),
    ],
)
@pytest.mark.parametrize("incident_first", [True, False])
def test_an_incident_is_credited_by_the_dates_of_payment_whatever_is_recorded_first(
    solid: Shop, block_day: str, credited: bool, incident_first: bool
) -> None:
    """Paid on 5 October, Toronto: from that day to the thirtieth after, both included."""
    with tenancy.vendor(solid.vendor_id):
        now = local("2026-12-01 10:00")
        one, two = incident(solid, PAID), block(solid, PAID)
        at = local(block_day)
        steps = [(one, PAID), (two, at)]
        for order, paid_at in steps if incident_first else steps[::-1]:
            pay(solid, order, paid_at, now=now)
        found = list(IncidentCredit.objects.values_list("incident_id", "block_id", "amount"))
        assert found == ([(one.id, two.id, 19_500)] if credited else [])
        made = invoice_of(two)
        given = sum(note.net for note in Invoice.objects.filter(corrects=made))
        assert made.net - given == (145_500 if credited else 165_000)
        # Recorded after the block it comes as a credit note and is owed back; recorded before it was never asked for.
        owed = -invoicing.account(made).open
        assert owed == (22_420 if credited and not incident_first else 0)


def test_one_credit_an_incident_several_a_block(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        one, two = incident(solid, PAID), incident(solid, PAID)
        for each in (one, two):
            pay(solid, each, PAID)
        first, second = block(solid, PAID), block(solid, PAID)
        at = PAID + timedelta(days=3)
        assert sum(amount for _, amount in ordering.due(first, at).credits) == 39_000
        pay(solid, first, at)
        assert ordering.due(second, at).credits == ()
        pay(solid, second, at)
        assert sum(IncidentCredit.objects.values_list("amount", flat=True)) == 39_000
        sources = list(invoice_of(first).lines.order_by("position").values_list("source", "net"))
        assert sources == [("order", 165_000), ("credit", -19_500), ("credit", -19_500)]


def test_refunding_the_block_restores_the_credit_while_the_window_is_open(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        one, two = incident(solid, PAID), block(solid, PAID)
        pay(solid, one, PAID)
        payment = pay(solid, two, PAID + timedelta(days=2))
        at = PAID + timedelta(days=5)
        refunding.refund(by=solid.finance, payment=payment, reason="Changed their mind", now=at)
        two.refresh_from_db()
        assert two.state == OrderState.REFUNDED
        assert hours(solid, two, at) == 0
        assert invoicing.account(invoice_of(two)).open == 0
        (note,) = Invoice.objects.filter(kind=Kind.CREDIT_NOTE)
        assert (note.number, note.total) == ("SOL-CN-2026-00001", invoice_of(two).total)
        third = block(solid, at)
        assert [order.id for order, _ in ordering.due(third, PAID + timedelta(days=29)).credits] == [one.id]
        assert ordering.due(third, PAID + timedelta(days=31)).credits == ()
        assert not Charge.objects.exists()


def test_refunding_the_incident_charges_its_credit_back(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        one, two = incident(solid, PAID), block(solid, PAID)
        payment = pay(solid, one, PAID)
        pay(solid, two, PAID + timedelta(days=2))
        at = PAID + timedelta(days=5)
        refunding.refund(by=solid.finance, payment=payment, reason="", now=at)
        assert sum(IncidentCredit.objects.values_list("amount", flat=True)) == 0
        (charge,) = Charge.objects.all()
        assert (charge.kind, charge.amount, charge.clause) == ("credit-back", 19_500, "P1")
        (made,) = billables.invoice_customer(
            by=solid.finance, organisation_id=solid.customer.organisation.id, until=at.date(), now=at
        )
        assert (made.net, invoicing.account(made).open) == (19_500, made.total)
        assert billables.invoice_customer(
            by=solid.finance, organisation_id=solid.customer.organisation.id, until=at.date(), now=at
        ) == ()  # fmt: skip


def test_what_is_used_is_not_refunded(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        payment = pay(solid, order, PAID)
        at = PAID + timedelta(days=1)
        contract = contracts.contract_by_id(solid.vendor_id, solid.customer.contract.id)
        owner = posting.owner_for(
            contracts.programme(contract.revision_id),
            order.allowance,
            contract,
            solid.customer.organisation.id,
        )
        posting.spend(
            owner=owner,
            allowance=order.allowance,
            quantity=15,
            reservation=uuid4(),
            cause={"why": "test"},
            at=at,
            now=at,
        )
        with pytest.raises(Refused):
            refunding.refund(by=solid.finance, payment=payment, reason="", now=at)
        with pytest.raises(Refused):
            refunding.refund(by=solid.buyer, payment=payment, reason="", now=at)


def test_a_refund_happens_once(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        payment = pay(solid, block(solid, PAID), PAID)
        at = PAID + timedelta(days=1)
        refunding.refund(by=solid.finance, payment=payment, reason="", now=at)
        with pytest.raises(Refused, match="paid back already"):
            refunding.refund(by=solid.finance, payment=payment, reason="", now=at)
        assert Refund.objects.count() == 1


def test_an_order_that_is_not_paid_is_cancelled(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = ordering.cancel(by=solid.buyer, order=block(solid, PAID), now=PAID)
        assert order.state == OrderState.CANCELLED
        with pytest.raises(Refused, match="no longer open"):
            ordering.cancel(by=solid.buyer, order=order, now=PAID)


def test_who_may_buy(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        colleague = Viewer.customer(solid.customer.colleague)
        agent = Viewer.staff(solid.world.agent)
        for by in (colleague, agent):
            with pytest.raises(Refused):
                ordering.buy(
                    by=by, organisation_id=solid.customer.organisation.id, price="hours-10",
                    contract_id=solid.customer.contract.id, now=PAID,
                )  # fmt: skip
        for price in ("incident", "hourly", "nothing"):
            with pytest.raises(Refused, match="What can be bought here"):
                ordering.buy(
                    by=solid.buyer, organisation_id=solid.customer.organisation.id, price=price, now=PAID
                )
        assert not Order.objects.exists()


def test_without_an_identity_or_a_tax_rule_nothing_is_due(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        from palier.billing.models import Settings, TaxRule

        TaxRule.objects.all().delete()
        with pytest.raises(Refused, match="tax rule"):
            ordering.due(order, PAID)
        Settings.objects.update(legal_name="")
        with pytest.raises(Refused, match="legal name"):
            ordering.due(order, PAID)


# --- invoices ---------------------------------------------------------------------------------------


def test_a_credit_note_gives_back_no_more_than_remains_and_all_of_it_to_the_cent(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        pay(solid, order, PAID)
        made = invoice_of(order)
        (line,) = made.lines.all()
        at = PAID + timedelta(days=1)
        notes = [
            invoicing.credit(by=solid.finance, invoice=made, amounts={line.id: 33_333}, reason="part", now=at)
            for _ in range(3)
        ]
        with pytest.raises(Refused, match="no more can be given back"):
            invoicing.credit(by=solid.finance, invoice=made, amounts={line.id: 65_002}, reason="", now=at)
        notes.append(invoicing.credit(by=solid.finance, invoice=made, reason="rest", now=at))
        assert sum(note.net for note in notes) == made.net
        assert sum(note.tax for note in notes) == made.tax
        assert invoicing.account(made).open == -made.total
        for again in (made, notes[0]):
            with pytest.raises(Refused):
                invoicing.credit(by=solid.finance, invoice=again, reason="", now=at)


def test_an_issued_invoice_cannot_be_changed(solid: Shop) -> None:
    from django.db import DatabaseError, transaction

    with tenancy.vendor(solid.vendor_id):
        pay(solid, block(solid, PAID), PAID)
        for model in (Invoice, InvoiceLine):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.all().delete()
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.update(net=0)


def test_the_invoice_keeps_what_it_said(solid: Shop) -> None:
    from palier.billing import selling

    with tenancy.vendor(solid.vendor_id):
        order = block(solid, PAID)
        pay(solid, order, PAID)
        selling.save_settings(
            by=solid.finance, values={"legal_name": "Another name", "country": "CA", "line_one": "x", "city": "y"},
            now=PAID,
        )  # fmt: skip
        assert selling.thawed(invoice_of(order).seller).name.startswith("Solidxperts")


def test_who_sees_orders_and_invoices(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        pay(solid, block(solid, PAID), PAID)
        agent = Viewer.staff(solid.world.agent)
        quiet = Viewer.customer(solid.customer.colleague)
        quiet = access.Viewer(
            vendor_id=quiet.vendor_id, name="", contact_id=quiet.contact_id, organisations=quiet.organisations
        )
        for viewer, sees in ((solid.finance, 1), (solid.buyer, 1), (agent, 0), (quiet, 0)):
            assert Invoice.objects.visible_to(viewer).count() == sees
            assert Order.objects.visible_to(viewer).count() == sees


def test_credits_that_stand_are_those_that_are_due(solid: Shop) -> None:
    """A block paid earlier but recorded later takes the credit over from the one that had it."""
    with tenancy.vendor(solid.vendor_id):
        now = local("2026-12-01 10:00")
        one, late, early = incident(solid, PAID), block(solid, PAID), block(solid, PAID)
        pay(solid, one, PAID, now=now)
        pay(solid, late, PAID + timedelta(days=9), now=now)
        pay(solid, early, PAID + timedelta(days=2), now=now)
        assert [order.id for order, _ in crediting.preview(early, now)] == [one.id]
        assert crediting.preview(late, now) == ()
        assert Charge.objects.get().amount == 19_500
        assert Order.objects.filter(kind=OrderKind.HOURS, state=OrderState.PAID).count() == 2
