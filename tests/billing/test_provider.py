"""The payment provider: off without keys; its events act once, on their own vendor's rows, in any order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from tests.pages import world as worlds

from palier.billing import checkout, invoicing, ordering, paying, provider, reasons, refunding, selling
from palier.billing.models import (
    CheckoutSession,
    Invoice,
    Kind,
    Order,
    OrderState,
    Payment,
    ProviderEvent,
    Refund,
    Settings,
)
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.tickets import choosing, opening
from palier.tickets.models import Ticket

from . import stripe_fake
from .selling_world import KEY, SIGNING, Shop, block, invoice_of, pay, shop, switch_on

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-10-05T14:00:00+00:00")


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[stripe_fake.Fake]:
    with stripe_fake.serving() as fake:
        monkeypatch.setattr(django_settings, "PALIER_STRIPE_API", fake.url)
        monkeypatch.setattr(timezone, "now", lambda: NOW)
        yield fake


@pytest.fixture
def solid() -> Shop:
    made = shop("solidxperts")
    with tenancy.vendor(made.vendor_id):
        switch_on(made)
    return made


def opened(solid: Shop, order: Order, now: datetime = NOW) -> CheckoutSession:
    return checkout.open_for_order(
        by=solid.buyer, order=order, success_url="https://x.example/ok", cancel_url="https://x.example/no",
        language="fr", now=now,
    )  # fmt: skip


def hear(solid: Shop, event: dict[str, Any], now: datetime = NOW) -> ProviderEvent:
    return checkout.hear(vendor_id=solid.vendor_id, event=event, now=now)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def test_without_keys_the_provider_is_off(stripe: stripe_fake.Fake) -> None:
    made = shop("solidxperts")
    with tenancy.vendor(made.vendor_id):
        assert selling.account_of(made.vendor_id) is None
        with pytest.raises(Refused, match="not switched on"):
            opened(made, block(made, NOW))
        for key, signing, code in (
            ("", "", "provider-without-secrets"),
            (KEY, "", "provider-without-secrets"),
            ("pk_test_x", SIGNING, "not-a-secret"),
            (KEY, "secret", "not-a-secret"),
        ):
            with pytest.raises(Refused) as refused:
                selling.set_provider(by=made.finance, enabled=True, key=key, signing=signing, now=NOW)
            assert refused.value.code == code
        switch_on(made)
        assert selling.account_of(made.vendor_id) is not None
        selling.forget_provider(by=made.finance, now=NOW)
        assert selling.account_of(made.vendor_id) is None
    assert stripe.calls == []


def test_secrets_are_sealed_and_never_shown(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        row = Settings.objects.get()
        for kept in (row.stripe_key, row.stripe_signing):
            assert kept is not None
            assert KEY.encode() not in bytes(kept)
            assert SIGNING.encode() not in bytes(kept)
        account = selling.account_of(solid.vendor_id)
        assert account is not None
        assert (account.key, account.signing, account.is_test) == (KEY, SIGNING, True)
        assert "whsec" not in repr(account)
        assert "sk_" not in repr(account)
        # Another vendor's sealed key in this vendor's row opens nothing.
        row.stripe_key = provider.sealed(solid.customer.organisation.id, "key", KEY)
        row.save()
        from palier.people import secrets

        with pytest.raises(secrets.CannotOpen):
            selling.account_of(solid.vendor_id)


def test_secrets_are_sealed_anew_so_that_an_old_key_can_go(
    solid: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(django_settings.PALIER_SEALING_KEY_FILE).read_text().strip()
    new = Fernet.generate_key().decode()
    with tenancy.vendor(solid.vendor_id):
        monkeypatch.setattr(django_settings, "PALIER_SEALING_KEYS", f"{new},{old}")
        selling.reseal(vendor_id=solid.vendor_id)
        monkeypatch.setattr(django_settings, "PALIER_SEALING_KEYS", new)
        account = selling.account_of(solid.vendor_id)
        assert account is not None
        assert (account.key, account.signing) == (KEY, SIGNING)


def test_a_page_asks_for_what_is_due_and_is_opened_once(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        assert opened(solid, order).id == session.id
    ((path, form, key),) = stripe.calls
    assert path == "/v1/checkout/sessions"
    assert key == f"palier-checkout-{session.id}"
    assert stripe.keys_seen == [KEY]
    assert form["line_items[0][price_data][unit_amount]"] == "189709"
    assert form["line_items[0][price_data][currency]"] == "cad"
    assert form["client_reference_id"] == str(order.id)
    assert form["metadata[number]"] == order.number
    assert form["locale"] == "fr"
    assert 30 * 60 < int(form["expires_at"]) - seconds(NOW) < 24 * 3600
    assert session.url == f"{stripe.url}/pay/cs_test_1"


def test_what_the_provider_refuses_takes_nothing(solid: Shop, stripe: stripe_fake.Fake) -> None:
    stripe.broken = True
    with tenancy.vendor(solid.vendor_id):
        with pytest.raises(provider.Unreachable, match="Nothing was taken"):
            opened(solid, block(solid, NOW))
        assert not CheckoutSession.objects.exists()


def test_a_paid_page_pays_the_order_once_however_often_it_is_told(
    solid: Shop, stripe: stripe_fake.Fake
) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        event = stripe.completed(session.session_id, at=seconds(NOW - timedelta(seconds=20)))
        assert hear(solid, event).outcome == "acted"
        order.refresh_from_db()
        assert (order.state, order.paid_at) == (OrderState.PAID, NOW - timedelta(seconds=20))
        made = invoice_of(order)
        assert (made.paid, invoicing.account(made).open) == (made.total, 0)
        assert hear(solid, event).outcome == "acted"
        again = stripe.completed(session.session_id, event="evt_again", at=seconds(NOW))
        assert hear(solid, again).outcome == "ignored"
        assert (Payment.objects.count(), Invoice.objects.count()) == (1, 1)
        kept = json.dumps(list(ProviderEvent.objects.values_list("payload", flat=True)))
        assert "private" not in kept.lower()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount_total": 189_708}, "another amount"),
        ({"amount_total": "189709"}, "another amount"),
        ({"currency": "eur"}, "another currency"),
        ({"client_reference_id": "0197-0000"}, "another reference"),
        ({"client_reference_id": None}, "another reference"),
        ({"id": "cs_test_other"}, "no page of ours"),
    ],
)
def test_an_event_that_does_not_fit_does_nothing(
    solid: Shop, stripe: stripe_fake.Fake, changed: dict[str, Any], reason: str
) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        row = hear(solid, stripe.completed(session.session_id, **changed))
        assert (row.outcome, row.reason) == ("refused", reason)
        order.refresh_from_db()
        assert order.state == OrderState.UNPAID
        assert not Payment.objects.exists()


def test_an_event_of_another_vendors_page_does_nothing_here(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
    other = shop("northern")
    with tenancy.vendor(other.vendor_id):
        switch_on(other)
        row = hear(other, stripe.completed(session.session_id))
        assert (row.outcome, row.reason) == ("refused", "no page of ours")
    with tenancy.vendor(solid.vendor_id):
        order.refresh_from_db()
        assert order.state == OrderState.UNPAID


def test_not_paid_yet_is_not_paid(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        early = stripe.completed(session.session_id, event="evt_a", payment_status="unpaid")
        assert hear(solid, early).outcome == "ignored"
        late = stripe.completed(session.session_id, event="evt_b")
        late["type"] = "checkout.session.async_payment_succeeded"
        assert hear(solid, late).outcome == "acted"
        expired = stripe_fake.make_event(
            "evt_c", "checkout.session.expired", stripe.sessions[session.session_id]
        )
        assert hear(solid, expired).outcome == "ignored"
        order.refresh_from_db()
        assert order.state == OrderState.PAID


def test_a_refund_told_before_its_payment_waits_for_it(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        assert hear(solid, stripe.refunded(session.session_id)).outcome == "waits"
        assert hear(solid, stripe.completed(session.session_id)).outcome == "acted"
        order.refresh_from_db()
        assert order.state == OrderState.REFUNDED
        assert ProviderEvent.objects.get(event_id="evt_2").outcome == "acted"
        assert Refund.objects.get().amount == 189_709
        assert invoicing.account(invoice_of(order)).open == 0


@pytest.mark.parametrize("told_first", ["payment", "refund"])
def test_the_order_of_events_does_not_matter(solid: Shop, stripe: stripe_fake.Fake, told_first: str) -> None:
    with tenancy.vendor(solid.vendor_id):
        session = opened(solid, block(solid, NOW))
        told = [stripe.completed(session.session_id), stripe.refunded(session.session_id)]
        for event in (told if told_first == "payment" else told[::-1]) * 2:
            hear(solid, event)
        assert Order.objects.get().state == OrderState.REFUNDED
        assert (Payment.objects.count(), Refund.objects.count()) == (1, 1)
        assert sorted(Invoice.objects.values_list("kind", flat=True)) == [Kind.CREDIT_NOTE, Kind.INVOICE]


def test_our_own_refund_goes_through_the_provider_and_its_echo_does_nothing(
    solid: Shop, stripe: stripe_fake.Fake
) -> None:
    with tenancy.vendor(solid.vendor_id):
        session = opened(solid, block(solid, NOW))
        hear(solid, stripe.completed(session.session_id))
        payment = Payment.objects.get()
        refunding.refund(by=solid.finance, payment=payment, reason="", now=NOW)
        path, form, key = stripe.calls[-1]
        assert (path, form["payment_intent"], form["amount"]) == (
            "/v1/refunds", f"pi_{session.session_id}", "189709",
        )  # fmt: skip
        assert key == f"palier-refund-{payment.id}"
        assert hear(solid, stripe.refunded(session.session_id)).outcome == "ignored"
        assert Refund.objects.count() == 1


def test_a_part_paid_back_at_the_provider_is_noted(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        hear(solid, stripe.completed(session.session_id))
        assert hear(solid, stripe.refunded(session.session_id, amount=10_000)).outcome == "acted"
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert invoicing.account(invoice_of(order)).open == 10_000
        hear(solid, stripe.refunded(session.session_id, event="evt_3", amount=25_000))
        assert sorted(Refund.objects.values_list("amount", flat=True)) == [10_000, 15_000]


def test_money_for_an_order_that_is_closed_is_kept_to_be_paid_back(
    solid: Shop, stripe: stripe_fake.Fake
) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        session = opened(solid, order)
        ordering.cancel(by=solid.buyer, order=order, now=NOW)
        row = hear(solid, stripe.completed(session.session_id))
        assert (row.outcome, row.reason) == ("acted", "the order was cancelled: refund it")
        order.refresh_from_db()
        assert order.state == OrderState.CANCELLED
        assert not Invoice.objects.exists()
        refunding.refund(by=solid.finance, payment=Payment.objects.get(), reason="", now=NOW)
        assert Refund.objects.get().amount == 189_709


def test_a_page_closes_before_the_day_its_credit_ends(solid: Shop, stripe: stripe_fake.Fake) -> None:
    from .test_orders import incident

    with tenancy.vendor(solid.vendor_id):
        pay(solid, incident(solid, NOW), NOW)
        order = block(solid, NOW)
        # Paid on 5 October in Toronto: the window ends on 5 November at 00:00 there, in winter time 05:00 in UTC.
        end = datetime.fromisoformat("2026-11-05T05:00:00+00:00")
        session = opened(solid, order, now=end - timedelta(hours=3))
        assert session.expires_at == end
        assert session.amount == 189_709 - 22_420
        late = block(solid, NOW)
        assert opened(solid, late, now=end).amount == 189_709


def test_an_invoice_is_paid_on_a_page(solid: Shop, stripe: stripe_fake.Fake) -> None:
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, NOW)
        paying.record(
            by=solid.finance, order=order, method="purchase-order", amount=189_709, currency="CAD", paid_at=NOW,
            reference="PO-1", now=NOW,
        )  # fmt: skip
        made = invoice_of(order)
        urls = {"success_url": "https://x.example/", "cancel_url": "https://x.example/", "language": "en"}
        session = checkout.open_for_invoice(by=solid.buyer, invoice=made, now=NOW, **urls)
        assert hear(solid, stripe.completed(session.session_id)).outcome == "acted"
        assert invoicing.account(made).open == 0
        with pytest.raises(Refused, match="Nothing is open"):
            checkout.open_for_invoice(by=solid.buyer, invoice=made, now=NOW, **urls)


# --- an incident, from the request to its hold falling ----------------------------------------------


def test_an_incident_chosen_on_a_request_is_paid_and_the_request_goes_on(
    solid: Shop, stripe: stripe_fake.Fake
) -> None:
    with tenancy.vendor(solid.vendor_id):
        ticket = opening.open_ticket(
            by=solid.buyer,
            draft=worlds.draft(
                kind="how-to",
                effect="none",
                environment="none",
                way="incident",
                way_text="195 $",
                way_agreed=True,
            ),
            now=NOW,
        )
        order = Order.objects.get()
        assert (order.kind, order.ticket_id, order.amount) == ("incident", ticket.id, 19_500)
        held = Ticket.objects.get(id=ticket.id)
        assert held.status == "held"
        session = opened(solid, order)
        hear(solid, stripe.completed(session.session_id))
        freed = Ticket.objects.get(id=ticket.id)
        assert freed.status != "held"
        (line,) = invoice_of(order).lines.all()
        assert (line.ticket_id, line.clause, line.net) == (ticket.id, "P1", 19_500)
        assert line.verdict_id is not None
        (reason,) = reasons.behind([line])
        assert reason.agreed is not None
        assert (reason.agreed.who, reason.agreed.amount) == (solid.customer.contact.name, 19_500)


def test_a_choice_taken_back_ends_its_order(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        ticket = opening.open_ticket(
            by=solid.buyer, draft=worlds.draft(kind="how-to", effect="none", environment="none"), now=NOW
        )
        choosing.choose(by=solid.buyer, ticket=ticket, way="incident", text="195 $", now=NOW, agreed=True)
        order = Order.objects.get()
        with pytest.raises(Refused, match="take the choice back"):
            ordering.cancel(by=solid.finance, order=order, now=NOW)
        choosing.withdraw(by=solid.buyer, ticket=Ticket.objects.get(id=ticket.id), now=NOW)
        order.refresh_from_db()
        assert order.state == OrderState.CANCELLED


# --- the address ------------------------------------------------------------------------------------


def send(client: Client, path: str, event: dict[str, Any], secret: str = SIGNING, **changed: Any) -> int:
    body, header = stripe_fake.signed(event, secret, at=changed.pop("at", None))
    answer = client.post(
        path,
        data=changed.pop("body", body),
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )
    return answer.status_code


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Iterator[stripe_fake.Fake]:
    """The provider with a clock that runs: signatures carry their time."""
    with stripe_fake.serving() as fake:
        monkeypatch.setattr(django_settings, "PALIER_STRIPE_API", fake.url)
        yield fake


def test_the_address_takes_what_its_own_secret_signed(solid: Shop, moving: stripe_fake.Fake) -> None:
    path = "/solidxperts/billing/stripe/solidxperts"
    with tenancy.vendor(solid.vendor_id):
        order = block(solid, timezone.now())
        session = opened(solid, order, now=timezone.now())
    event = moving.completed(session.session_id)
    client = Client()
    assert send(client, path, event, secret="whsec_another") == 400
    assert send(client, path, event, at=int(timezone.now().timestamp()) - 900) == 400
    assert send(client, path, event, body=json.dumps({**event, "id": "evt_x"})) == 400
    assert client.post(path, data=b"{}", content_type="application/json").status_code == 400
    assert client.post(path, data=b"\xff\x00", content_type="application/json").status_code == 400
    assert client.get(path).status_code == 405
    with tenancy.vendor(solid.vendor_id):
        assert not ProviderEvent.objects.exists()
    assert send(client, path, event) == 200
    assert send(client, path, event) == 200
    with tenancy.vendor(solid.vendor_id):
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert Payment.objects.count() == 1


def test_each_vendor_has_its_own_address(solid: Shop, moving: stripe_fake.Fake) -> None:
    event = stripe_fake.make_event("evt_9", "checkout.session.completed", {"id": "cs_test_9"})
    other = shop("northern")
    client = Client()
    for path in (
        "/solidxperts/billing/stripe/northern",
        "/northern/billing/stripe/solidxperts",
        "/northern/billing/stripe/northern",
        "/solidxperts/billing/stripe/nobody",
    ):
        assert send(client, path, event) == 404, path
    with tenancy.vendor(other.vendor_id):
        selling.set_provider(by=other.finance, enabled=True, key=KEY, signing="whsec_northern", now=NOW)
    assert send(client, "/northern/billing/stripe/northern", event) == 400
    assert send(client, "/northern/billing/stripe/northern", event, secret="whsec_northern") == 200
    with tenancy.vendor(other.vendor_id):
        assert ProviderEvent.objects.get().outcome == "refused"
        assert Viewer.machine(other.vendor_id)
