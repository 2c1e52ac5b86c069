"""A story of money that is wrong is refused with a sentence that names what is wrong; nothing of it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.billing.selling_world import SELLERS, Shop, local, shop

from palier.billing.models import Invoice, Order
from palier.demo import money, sellers, stories, telling
from palier.demo.cast import Cast
from palier.demo.stories import Step, Story
from palier.ledger.models import Posting
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Staff, Vendor
from palier.tickets import opening
from palier.tickets.drafts import Draft
from palier.tickets.models import Choice, Estimate, TimeEntry
from palier.tickets.problems import CannotDo

pytestmark = pytest.mark.django_db
NOW = local("2026-10-05 10:00")


@pytest.fixture
def solid() -> Shop:
    return shop("solidxperts")


def cast_of(made: Shop) -> Cast:
    """The names of a story: `co`, its contact `una`, its contract `C-1`, the agent `al`, `fin` who takes money."""
    customer = made.customer
    return Cast(
        vendor=Vendor.objects.get(id=made.vendor_id),
        staff={"al": made.world.agent, "fin": Staff.objects.get(user=made.finance_user)},
        organisations={"co": customer.organisation},
        contacts={("co", "una"): customer.contact},
        contracts={"C-1": customer.contract},
    )


def request(made: Shop, kind: str = "how-to") -> Any:
    """A request that is offered ways."""
    draft = Draft(kind=kind, subject="How?", body="How do we do this?", product="solidworks", language="en")
    return opening.open_ticket(by=made.buyer, draft=draft, now=NOW - timedelta(hours=1))


def step(made: Shop, do: str, by: str, text: str = "", **what: Any) -> None:
    """One step of a story about a fresh request."""
    cast = cast_of(made)
    cast.tickets["story"] = request(made)
    play(cast, do, by, text, **what)


def play(cast: Cast, do: str, by: str, text: str = "", at: datetime = NOW, **what: Any) -> None:
    """One step, as the teller tells it."""
    story = Story(customer="co", by="una", at="", kind="how-to", subject="", body="")
    telling._acting("story", story, Step(at="", do=do, by=by, text=text, what=what))(cast, at)


def event(made: Shop, do: str, **what: Any) -> None:
    """One event beside the requests."""
    assert money.happen(cast_of(made), {"at": "1 09:00", "do": do, **what}, NOW)


def nothing_happened() -> bool:
    """Whether no row of money was written."""
    return not any(model.objects.exists() for model in (Choice, Estimate, TimeEntry, Order, Invoice)) and (
        not Posting.objects.exclude(kind="grant").exists()
    )


@pytest.mark.parametrize(
    ("do", "by", "text", "what", "sentence"),
    [
        ("choose", "una", "", {}, "'choose' needs way"),
        (
            "choose",
            "una",
            "",
            {"way": "incident", "agred": True},
            "does not know agred; it reads agreed, way",
        ),
        ("take-back", "una", "", {"way": "incident"}, "does not know way; it reads nothing more"),
        ("estimate", "al", "", {"way": "hourly-quote", "minutes": 60}, "'estimate' needs a text"),
        ("estimate", "al", "Hours", {"way": "hourly-quote", "minutes": "1 h"}, "are no minutes"),
        ("estimate", "al", "Hours", {"way": "fixed-quote", "amount": "-5"}, "no amount above 0 in CAD"),
        ("estimate", "al", "Hours", {"way": "fixed-quote", "amount": "12.345"}, "no amount above 0 in CAD"),
        ("estimate", "al", "Hours", {"way": "fixed-quote", "amount": "much"}, "is no amount"),
        ("estimate", "al", "Hours", {"extras": [{"kind": "travel"}]}, "'extras' needs amount, text"),
        ("agree", "una", "", {}, "nothing was estimated yet"),
        ("disagree", "una", "", {}, "'disagree' needs a text"),
        ("disagree", "una", "No", {}, "nothing was estimated yet"),
        ("book", "al", "", {}, "'book' needs minutes"),
        ("book", "al", "", {"minutes": 0}, "are no minutes"),
        ("reverse", "al", "", {}, "'reverse' needs a text"),
        ("reverse", "al", "Wrong", {}, "no time was booked yet"),
        ("hand-over", "al", "Gone", {"for": "manufacturer"}, "'hand-over' needs reference"),
        ("record-payment", "fin", "", {}, "'record-payment' needs method"),
        ("record-payment", "fin", "", {"method": "transfer"}, "nothing on this request is to be paid"),
        ("refund", "fin", "", {}, "'refund' needs a text"),
        ("refund", "fin", "Why", {}, "nothing on this request is to be paid"),
        ("gamble", "una", "", {}, "'gamble' is nothing one does to a request"),
        ("choose", "bob", "", {"way": "incident"}, "nobody of co or the vendor is called 'bob'"),
    ],
)
def test_a_step_that_is_wrong_is_refused(
    solid: Shop, do: str, by: str, text: str, what: dict[str, Any], sentence: str
) -> None:
    with tenancy.vendor(solid.vendor_id):
        with pytest.raises(ValueError, match=sentence):
            step(solid, do, by, text, **what)
        assert nothing_happened()


@pytest.mark.parametrize(
    ("do", "by", "text", "what", "sentence"),
    [
        ("choose", "una", "", {"way": "teleport"}, "This way is not open to this request"),
        ("choose", "una", "", {"way": "incident"}, "price"),
        ("choose", "al", "", {"way": "incident", "agreed": True}, "choose"),
        ("take-back", "una", "", {}, "take the choice back"),
        ("estimate", "una", "Hours", {"way": "hourly-quote", "minutes": 60}, "estimate"),
        ("estimate", "al", "Hours", {"way": "hourly-quote"}, "at least one minute"),
        ("estimate", "al", "Hours", {"way": "fixed-quote"}, "say what the work costs"),
        ("estimate", "al", "Hours", {"way": "incident", "minutes": 60}, "takes no estimate"),
        ("book", "al", "", {"minutes": 30}, "before the customer's yes"),
        ("came-back", "al", "", {}, "with us"),
    ],
)
def test_a_step_that_people_could_not_do_is_refused_in_their_words(
    solid: Shop, do: str, by: str, text: str, what: dict[str, Any], sentence: str
) -> None:
    with tenancy.vendor(solid.vendor_id):
        with pytest.raises((Refused, CannotDo)) as caught:
            step(solid, do, by, text, **what)
        assert isinstance(caught.value, (Refused, CannotDo))
        assert sentence in caught.value.said["en"]
        assert nothing_happened()


@pytest.mark.parametrize(
    ("do", "what", "sentence"),
    [
        ("buy", {"by": "una", "customer": "co"}, "'buy' needs id, price"),
        ("buy", {"customer": "co", "price": "hours-10", "id": "b"}, "'buy' needs by"),
        ("buy", {"by": "una", "customer": "nobody", "price": "hours-10", "id": "b"}, "no contact is called"),
        (
            "buy",
            {"by": "fin", "customer": "nobody", "price": "hours-10", "id": "b"},
            "no customer is called 'nobody'",
        ),
        (
            "buy",
            {"by": "una", "customer": "co", "price": "hours-10", "id": "b", "contract": "C-9"},
            "no contract is called 'C-9'; there is C-1",
        ),
        ("record-payment", {"by": "fin", "order": "b"}, "'record-payment' needs method"),
        (
            "record-payment",
            {"by": "fin", "order": "b", "method": "transfer"},
            "no order is called 'b'; there is none",
        ),
        ("refund", {"by": "fin", "order": "b", "text": "Why"}, "no order is called 'b'"),
        ("adjust", {"by": "fin", "contract": "C-1", "allowance": "devices"}, "'adjust' needs difference"),
        (
            "adjust",
            {"by": "fin", "contract": "C-1", "allowance": "wishes", "difference": 1, "text": "Why"},
            "no allowance is called 'wishes'",
        ),
        ("invoice-month", {"by": "fin"}, "there is nothing to invoice up to 2026-09-30"),
        ("invoice-month", {"by": "fin", "month": 9}, "does not know month"),
        (
            "pay-invoice",
            {"by": "fin", "customer": "co", "method": "transfer"},
            "nothing was invoiced to co yet",
        ),
        ("credit-note", {"by": "fin", "customer": "co", "text": "Why"}, "nothing was invoiced to co yet"),
    ],
)
def test_an_event_that_is_wrong_is_refused(solid: Shop, do: str, what: dict[str, Any], sentence: str) -> None:
    with tenancy.vendor(solid.vendor_id):
        with pytest.raises(ValueError, match=sentence):
            event(solid, do, **what)
        assert nothing_happened()


@pytest.mark.parametrize(
    ("do", "what", "code"),
    [
        ("buy", {"by": "una", "customer": "co", "price": "incident", "id": "b"}, "not-for-sale"),
        ("buy", {"by": "al", "customer": "co", "price": "hours-10", "id": "b"}, "cannot-buy"),
        (
            "adjust",
            {"by": "al", "contract": "C-1", "allowance": "devices", "difference": 1, "text": "Why"},
            "role-needed",
        ),
    ],
)
def test_an_event_that_people_could_not_do_is_refused_in_their_words(
    solid: Shop, do: str, what: dict[str, Any], code: str
) -> None:
    with tenancy.vendor(solid.vendor_id):
        with pytest.raises(Refused) as caught:
            event(solid, do, **what)
        assert caught.value.code == code
        assert nothing_happened()


def test_of_a_payment_the_amount_is_what_is_due_unless_the_story_says_so(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        cast = cast_of(solid)
        cast.tickets["story"] = request(solid)
        play(cast, "choose", "una", way="incident", agreed=True)
        with pytest.raises(Refused) as caught:
            play(cast, "record-payment", "fin", method="transfer", amount="195.00")
        assert caught.value.code == "wrong-amount"
        play(cast, "record-payment", "fin", method="transfer")
        assert cast.tickets["story"].assignee_id is None, "who records a payment does not take the request"
        assert (Order.objects.get().state, Invoice.objects.get().net) == ("paid", 195_00)
        play(cast, "refund", "fin", "Not needed", at=NOW + timedelta(days=1))
        with pytest.raises(ValueError, match="was not paid: there is nothing to refund"):
            play(cast, "refund", "fin", "Again", at=NOW + timedelta(days=2))


def test_two_orders_of_one_name_are_refused(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        cast = cast_of(solid)
        told = {"do": "buy", "by": "una", "customer": "co", "price": "hours-10", "id": "block"}
        assert money.happen(cast, told, NOW)
        with pytest.raises(ValueError, match="an order is called 'block' already"):
            money.happen(cast, told, NOW)


def test_an_adjustment_is_the_ledgers(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        event(solid, "adjust", by="fin", contract="C-1", allowance="devices", difference=1, text="A swap")
        found = Posting.objects.filter(kind="adjust")
        assert [one.quantity for one in found] == [1]


def test_what_is_not_of_money_is_left_to_others(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id):
        assert not money.happen(cast_of(solid), {"do": "rank"}, NOW)
        ticket = request(solid)
        assert not money.act(cast_of(solid), solid.buyer, ticket, Step(at="", do="reply"), NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"iban_": "x"}, "billing does not know iban_"),
        ({"country": "JP", "subdivision": ""}, "no usual tax rules are known for JP"),
    ],
)
def test_a_seller_that_is_wrong_is_refused(solid: Shop, changes: dict[str, str], sentence: str) -> None:
    with tenancy.vendor(solid.vendor_id), pytest.raises(ValueError, match=sentence):
        sellers.sell(
            {**SELLERS["solidxperts"], **changes},
            {},
            terms={},
            by=Viewer.machine(solid.vendor_id),
            begin=NOW,
        )


def test_a_buyer_that_is_wrong_is_refused(solid: Shop) -> None:
    with tenancy.vendor(solid.vendor_id), pytest.raises(ValueError, match="billing does not know town"):
        sellers.name_buyer(
            {"town": "Lyon"}, solid.customer.organisation, by=Viewer.machine(solid.vendor_id), begin=NOW
        )


def test_no_number_could_be_somebodys() -> None:
    """Registration and VAT numbers are valid by their digits, and of ranges that were never given out."""
    from stdnum import iban
    from stdnum.ch import vat as swiss
    from stdnum.eu import vat as union
    from stdnum.gb import vat as british

    valid = {"CHE": swiss.is_valid, "GB": british.is_valid}
    for vendor in stories.all_vendors():
        parties = [vendor.seller, *(one.billing for one in vendor.customers.values() if one.billing)]
        assert len(parties) >= 2
        for one in parties:
            assert one["email"].endswith(".example")
            number = one.get("vat_id", "")
            check = next((valid[start] for start in valid if number.startswith(start)), union.is_valid)
            assert not number or (check(number) and ("00000" in number.replace(".", ""))), number
            assert not one.get("iban") or (
                iban.is_valid(one["iban"], check_country=False) and "0000 0000" in one["iban"]
            )


def test_the_verbs_are_written_down() -> None:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "docs/reference/demonstration.md").read_text(
        encoding="utf-8"
    )
    for verb in (*money._VERBS, *money._EVENTS):
        assert f"`{verb}`" in text, verb
