"""The pages of money, by persona: what each sees and does, what it is refused, in both languages, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone, translation
from tests.pages import world as worlds

from palier.billing import checkout, selling
from palier.billing.models import Invoice, Kind, Order, OrderState, Payment, Refund, Settings, TaxRule
from palier.people import tenancy
from palier.people.models import User
from palier.tickets import choosing, opening, queries

from . import stripe_fake
from .selling_world import SIGNING, Shop, block, invoice_of, pay, shop, switch_on
from .test_orders import incident

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-10-05T14:00:00+00:00")
LANGUAGES = ("en", "fr")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    before = translation.get_language()
    yield NOW
    translation.activate(before or "en")


@pytest.fixture
def solid(frozen: datetime) -> Shop:
    """A customer with a paid block that took an incident off, an order to pay, and a credit note."""
    made = shop("solidxperts")
    with tenancy.vendor(made.vendor_id):
        pay(made, incident(made, NOW), NOW, now=NOW)
        pay(made, block(made, NOW), NOW, now=NOW)
        block(made, NOW)
    return made


def get(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(f"/solidxperts/{path}")
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def post(client: Client, path: str, status: int = 302, /, **sent: str) -> Any:
    answer = client.post(f"/solidxperts/{path}", sent)
    assert answer.status_code == status, (
        path,
        answer.status_code,
        re.findall(r'role="alert">.*?</div>', answer.content.decode()),
    )
    return answer


def unpaid(made: Shop) -> Order:
    with tenancy.vendor(made.vendor_id):
        return Order.objects.get(state=OrderState.UNPAID)


def invoices(made: Shop) -> list[Invoice]:
    with tenancy.vendor(made.vendor_id):
        return list(Invoice.objects.order_by("sequence"))


def customers_pages(made: Shop) -> list[str]:
    return [
        "invoices/", f"orders/{unpaid(made).id}", "buy/hours-10",
        *(f"invoices/{one.number}" for one in invoices(made)),
    ]  # fmt: skip


def desks_pages(made: Shop) -> list[str]:
    return [
        "desk/finance", "desk/finance/invoices", "desk/finance/settings", f"desk/finance/orders/{unpaid(made).id}",
        f"desk/finance/customers/{made.customer.organisation.id}",
        *(f"desk/finance/invoices/{one.number}" for one in invoices(made)),
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_speaks_one_language(solid: Shop, client: Any, language: str) -> None:
    with tenancy.vendor(solid.vendor_id):
        User.objects.update(language=language)
    words = {"en": "Why this line", "fr": "Pourquoi cette ligne"}
    for user, pages in (
        (solid.customer.user, customers_pages(solid)),
        (solid.finance_user, desks_pages(solid)),
    ):
        client.force_login(user)
        for path in pages:
            page = get(client, path)
            assert f'<html lang="{language}"' in page, path
            other = "fr" if language == "en" else "en"
            assert words[other] not in page, path
            assert page.count("<h1") == 1, path


def test_a_customer_reads_why_each_line_is_there(solid: Shop, client: Any) -> None:
    client.force_login(solid.customer.user)
    page = get(client, "invoices/")
    assert "SOL-2026-00001" in page
    assert "SOL-2026-00002" in page
    assert "To be paid" in page
    page = get(client, "invoices/SOL-2026-00002")
    assert "Deducted: Pay-per-incident" in page
    assert "Block of 10 hours" in page
    assert "P2" in page
    assert "valid for twelve months" in page
    assert "QST 9.975%" in page
    assert "CA$1,672.89" in page
    answer = client.get("/solidxperts/invoices/SOL-2026-00002/pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert 'filename="SOL-2026-00002.pdf"' in answer["Content-Disposition"]


def test_a_block_is_bought_and_without_keys_the_page_says_that_cards_are_off(
    solid: Shop, client: Any
) -> None:
    client.force_login(solid.customer.user)
    contract = solid.customer.contract.id
    page = get(client, f"buy/hours-10?contract={contract}")
    assert "CA$1,650.00" in page
    where = post(client, "buy/hours-10", contract=str(contract))["Location"]
    page = client.get(where).content.decode().replace("\u00a0", " ")
    assert "Paying by card is not switched on here." in page
    assert "Pay by card" not in page
    assert "CA$1,897.09" in page
    order = where.rpartition("/")[2]
    answer = post(client, f"orders/{order}/pay", 422)
    assert "not switched on" in answer.content.decode()
    post(client, f"orders/{order}/cancel")
    assert "cancelled" in client.get(where).content.decode()
    for path in ("buy/incident", "buy/nothing", "buy/hours-10?contract=x"):
        get(client, path, 404)


def test_paying_by_card_leads_to_the_provider(
    solid: Shop, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stripe_fake.serving() as fake:
        monkeypatch.setattr(django_settings, "PALIER_STRIPE_API", fake.url)
        with tenancy.vendor(solid.vendor_id):
            switch_on(solid)
        client.force_login(solid.customer.user)
        order = unpaid(solid)
        answer = client.get(f"/solidxperts/orders/{order.id}")
        assert "Pay by card" in answer.content.decode()
        # A browser checks the redirect of a form against this.
        assert (
            f"form-action 'self' https://checkout.stripe.com {fake.url}" in answer["Content-Security-Policy"]
        )
        answer = post(client, f"orders/{order.id}/pay")
        assert answer["Location"] == f"{fake.url}/pay/cs_test_1"
        (_path, form, _key), *_ = fake.calls
        assert form["success_url"] == f"https://solidxperts.example/solidxperts/orders/{order.id}?paid=yes"
        assert "Thank you." in get(client, f"orders/{order.id}?paid=yes")
        with tenancy.vendor(solid.vendor_id):
            checkout.hear(vendor_id=solid.vendor_id, event=fake.completed("cs_test_1"), now=NOW)
        assert "paid" in get(client, f"orders/{order.id}")


def test_a_colleague_without_the_right_sees_none_of_it(solid: Shop, client: Any) -> None:
    with tenancy.vendor(solid.vendor_id):
        who = solid.customer.colleague
        who.sees_colleagues = False
        who.save()
    client.force_login(solid.customer.colleague_user)
    for path in customers_pages(solid):
        if not path.startswith("buy"):
            get(client, path, 404)
    assert "Invoices" not in get(client, "")


def test_finance_is_for_those_who_take_money(solid: Shop, client: Any) -> None:
    pages = [*desks_pages(solid), "desk/finance/invoices.csv?first=2026-01-01&last=2026-12-31"]
    client.force_login(solid.world.agent_user)
    for path in pages:
        get(client, path, 403)
    post(client, "desk/finance/settings/provider", 403)
    post(client, "desk/finance/invoice-all", 403)
    assert "Finance" not in get(client, "desk/queue")
    client.force_login(solid.customer.user)
    for path in pages:
        get(client, path, 404)
    client.force_login(solid.world.manager_user)
    assert "Finance" in get(client, "desk/queue")
    for path in pages:
        get(client, path)


def test_finance_records_a_payment_and_pays_it_back(solid: Shop, client: Any) -> None:
    client.force_login(solid.finance_user)
    order = unpaid(solid)
    assert order.number in get(client, "desk/finance")
    page = get(client, f"desk/finance/orders/{order.id}")
    assert 'value="1897.09"' in page
    wrong = {"method": "transfer", "amount": "1897.08", "paid_on": "2026-10-05", "reference": "T-9"}
    answer = post(client, f"desk/finance/orders/{order.id}/record", 422, **wrong)
    assert "CA$1,897.09 is due" in answer.content.decode()
    assert 'value="1897.08"' in answer.content.decode()
    post(client, f"desk/finance/orders/{order.id}/record", **{**wrong, "amount": "1 897,09"})
    with tenancy.vendor(solid.vendor_id):
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        payment = Payment.objects.get(order=order)
    post(
        client,
        f"desk/finance/orders/{order.id}/refund",
        payment=str(payment.id),
        reason="Too many",
        reference="R-1",
    )
    with tenancy.vendor(solid.vendor_id):
        assert Refund.objects.get().reference == "R-1"
        note = Invoice.objects.get(kind=Kind.CREDIT_NOTE)
    page = get(client, f"desk/finance/orders/{order.id}")
    assert note.number in page
    assert "Paid back: CA$1,897.09" in page
    assert "Too many" in get(client, f"desk/finance/invoices/{note.number}")
    post(client, f"desk/finance/orders/{order.id}/refund", 422, payment=str(payment.id), reason="x")
    post(client, f"desk/finance/orders/{order.id}/explode", 404)


def test_finance_issues_a_credit_note_over_part_of_a_line(solid: Shop, client: Any) -> None:
    client.force_login(solid.finance_user)
    number = invoices(solid)[0].number
    answer = post(
        client, f"desk/finance/invoices/{number}/credit", 422, **{"line-1": "195.01", "reason": "x"}
    )
    assert "no more can be given back" in answer.content.decode()
    where = post(
        client, f"desk/finance/invoices/{number}/credit", **{"line-1": "100.00", "reason": "A favour"}
    )
    assert "SOL-CN-2026-00001" in where["Location"]
    page = get(client, f"desk/finance/invoices/{number}")
    assert "at most CA$95.00" in page
    assert "to be paid back" in page


def test_finance_charges_travel_and_invoices_it(solid: Shop, client: Any) -> None:
    client.force_login(solid.finance_user)
    path = f"desk/finance/customers/{solid.customer.organisation.id}"
    sent = {
        "kind": "travel",
        "name_en": "Travel",
        "name_fr": "Déplacement",
        "amount": "250",
        "on": "2026-10-02",
    }
    assert "no request" in post(client, f"{path}/charge", 422, **sent, ticket="SOL-9999").content.decode()
    post(client, f"{path}/charge", **sent)
    assert "CA$250.00" in get(client, "desk/finance?until=2026-10-31")
    assert "CA$250.00" in get(client, f"{path}?until=2026-10-31")
    assert "nothing to invoice" in post(client, f"{path}/invoice", 422, until="2026-10-01").content.decode()
    post(client, f"{path}/invoice", until="2026-10-31")
    assert [one.net for one in invoices(solid)][-1] == 25_000
    post(client, f"{path}/party", legal_name="Kermorvan inc.", country="ca", subdivision="qc", language="fr")
    assert "Kermorvan inc." in get(client, path)
    assert "is no country" in post(client, f"{path}/party", 422, country="Canada").content.decode()


def test_finance_sets_itself_up(frozen: datetime, client: Any) -> None:
    made = shop("solidxperts")
    with tenancy.vendor(made.vendor_id):
        Settings.objects.all().delete()
        TaxRule.objects.all().delete()
    client.force_login(made.finance_user)
    page = get(client, "desk/finance")
    assert "Paying by card is off" in page
    assert "names the seller" in page
    seller = {"legal_name": "Solid inc.", "line_one": "1 rue", "city": "Québec", "country": "CA", "payment_days": "15",
              "tax_numbers": "TPS/GST: 1\nTVQ/QST: 2", "terms_en": "Late.", "terms_fr": "Tard."}  # fmt: skip
    assert (
        "is no IBAN"
        in post(client, "desk/finance/settings/seller", 422, **seller, iban="FR1").content.decode()
    )
    post(client, "desk/finance/settings/seller", **seller)
    post(client, "desk/finance/settings/usual", country="ca", valid_from="2026-01-01")
    assert (
        "Nothing to add"
        in post(
            client, "desk/finance/settings/usual", 422, country="CA", valid_from="2026-01-01"
        ).content.decode()
    )
    rule = {
        "country": "MX",
        "tax": "VAT",
        "category": "S",
        "rate": "16",
        "name_en": "VAT",
        "name_fr": "TVA",
        "valid_from": "2026-01-01",
    }
    assert (
        "three decimals"
        in post(client, "desk/finance/settings/rule", 422, **{**rule, "rate": "16.1234"}).content.decode()
    )
    post(client, "desk/finance/settings/rule", **rule)
    with tenancy.vendor(made.vendor_id):
        added = TaxRule.objects.get(country="MX")
        assert (added.rate, Settings.objects.get().tax_numbers) == (
            16_000,
            [["TPS/GST", "1"], ["TVQ/QST", "2"]],
        )
    post(client, "desk/finance/settings/end-rule", rule=str(added.id), until="2026-12-31")
    secret = "sk_live_do_not_echo"
    answer = post(client, "desk/finance/settings/provider", 422, enabled="yes", key=secret)
    assert secret not in answer.content.decode()
    post(client, "desk/finance/settings/provider", enabled="yes", key=secret, signing=SIGNING)
    page = get(client, "desk/finance/settings")
    assert secret not in page
    assert SIGNING not in page
    assert "https://solidxperts.example/solidxperts/billing/stripe/solidxperts" in page
    with tenancy.vendor(made.vendor_id):
        assert selling.account_of(made.vendor_id) is not None
    post(client, "desk/finance/settings/forget")
    with tenancy.vendor(made.vendor_id):
        assert selling.account_of(made.vendor_id) is None
    post(client, "desk/finance/settings/explode", 404)


def test_the_accounts_download_their_lines(solid: Shop, client: Any) -> None:
    client.force_login(solid.finance_user)
    answer = client.get("/solidxperts/desk/finance/invoices.csv?first=2026-10-01&last=2026-10-31")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().count("\r\n") == 4
    get(client, "desk/finance/invoices.csv?first=x", 404)


def test_invoicing_all_defers_a_job_a_customer(solid: Shop, client: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    client.force_login(solid.finance_user)
    path = f"desk/finance/customers/{solid.customer.organisation.id}"
    post(client, f"{path}/charge", kind="fixed", name_en="x", name_fr="x", amount="10", on="2026-09-30")
    post(client, "desk/finance/invoice-all")
    (job,) = ProcrastinateJob.objects.filter(task_name="billing.invoice_customer")
    assert set(job.args) == {"vendor_id", "organisation_id"}
    from palier.billing import jobs

    jobs.invoice_customer(**job.args)
    jobs.invoice_customer(**job.args)
    assert [one.net for one in invoices(solid)] == [19_500, 145_500, 1_000]


def test_an_incident_chosen_on_a_request_has_its_order_page(solid: Shop, client: Any) -> None:
    with tenancy.vendor(solid.vendor_id):
        ticket = opening.open_ticket(
            by=solid.buyer, draft=worlds.draft(kind="how-to", effect="none", environment="none"), now=NOW
        )
        choosing.choose(by=solid.buyer, ticket=ticket, way="incident", text="195 $", now=NOW, agreed=True)
        order = Order.objects.get(ticket=ticket)
        number = queries.number_of(ticket.revision_id, ticket.number)
    client.force_login(solid.customer.user)
    page = get(client, f"orders/{order.id}")
    assert number in page
    assert "Its price is taken off “Block of 10 hours”" in page
    client.force_login(solid.finance_user)
    assert number in get(client, "desk/finance")
    post(client, f"desk/finance/orders/{order.id}/cancel", 422)
    sent = {"method": "transfer", "amount": "224.20", "paid_on": "2026-10-05"}
    post(client, f"desk/finance/orders/{order.id}/record", **sent)
    with tenancy.vendor(solid.vendor_id):
        assert invoice_of(order).lines.get().ticket_id == ticket.id
