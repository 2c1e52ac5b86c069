"""The money half of the stories: choices, estimates, time, orders, payments and invoices, by the actions people use.

A verb names what it needs and what it may be given; a story that forgets a word, misspells one or names what is not there
is refused with a sentence that says so (docs/reference/demonstration.md lists the verbs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from babel import numbers

from palier.billing import billables, invoicing, jobs, ordering, paying, refunding
from palier.billing.models import Invoice, Kind, Order, OrderState
from palier.contracts import queries as contracts
from palier.demo.cast import Cast
from palier.demo.stories import Step
from palier.ledger import by_hand, posting
from palier.people.access import Viewer
from palier.people.models import Organisation
from palier.tickets import charging, choosing, estimating, researching, timekeeping
from palier.tickets.models import Ticket

T = TypeVar("T")

DESK_ONLY = frozenset({"record-payment", "refund"})
"""What finance does about a request without working on it: it stays with whom it is with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a verb was told: who, with which words, when, and what else."""

    cast: Cast
    by: Viewer
    text: str
    what: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Something done to a request, with the words it needs and those it may have."""

    do: Callable[[Said, Ticket], object]
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    words: bool = False
    """Whether somebody has to say something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The same for what happens beside the requests."""

    do: Callable[[Said], object]
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def act(cast: Cast, by: Viewer, ticket: Ticket, step: Step, now: datetime) -> bool:
    """Do a step of the money half to a request; answers whether the verb is one of them. Raises ValueError."""
    verb = _VERBS.get(step.do)
    if verb is None:
        return False
    _check_words(step.do, step.what, verb.needs, verb.may)
    if verb.words and not step.text.strip():
        raise ValueError(f"{step.do!r} needs a text")
    verb.do(Said(cast=cast, by=by, text=step.text, what=step.what, now=now), ticket)
    return True


def happen(cast: Cast, event: Mapping[str, Any], now: datetime) -> bool:
    """Let an event of the money half happen; answers whether it is one of them. Raises ValueError."""
    found = _EVENTS.get(event["do"])
    if found is None:
        return False
    what = {name: value for name, value in event.items() if name not in ("at", "do", "by", "text")}
    _check_words(event["do"], what, found.needs, found.may)
    by = _doer(cast, event)
    found.do(Said(cast=cast, by=by, text=str(event.get("text", "")), what=what, now=now))
    return True


def _check_words(verb: str, what: Mapping[str, Any], needs: frozenset[str], may: frozenset[str]) -> None:
    missing, unknown = sorted(needs - set(what)), sorted(set(what) - needs - may)
    if missing:
        raise ValueError(f"{verb!r} needs {', '.join(missing)}")
    if unknown:
        known = ", ".join(sorted(needs | may)) or "nothing more"
        raise ValueError(f"{verb!r} does not know {', '.join(unknown)}; it reads {known}")


def _doer(cast: Cast, event: Mapping[str, Any]) -> Viewer:
    who = event.get("by")
    if who is None:
        raise ValueError(f"{event['do']!r} needs by")
    if who in cast.staff:
        return Viewer.staff(cast.staff[who])
    return Viewer.customer(_named(cast.contacts, (event.get("customer", ""), who), "contact"))


def _named(found: Mapping[Any, T], name: object, what: str) -> T:
    if name not in found:
        known = ", ".join(sorted(map(str, found))) or "none"
        raise ValueError(f"no {what} is called {name!r}; there is {known}")
    return found[name]


def minor(amount: object, currency: str) -> int:
    """`1250.00` in minor units. Raises ValueError for what is no amount above 0 of that currency."""
    try:
        found = Decimal(str(amount)).scaleb(numbers.get_currency_precision(currency))
    except InvalidOperation:
        raise ValueError(f"{amount!r} is no amount: write one such as 1250.00") from None
    if found <= 0 or found != found.to_integral_value():
        raise ValueError(f"{amount!r} is no amount above 0 in {currency}")
    return int(found)


def _minutes(said: Said) -> int:
    found = said.what["minutes"]
    if not isinstance(found, int) or found <= 0:
        raise ValueError(f"{found!r} are no minutes: write a whole number above 0")
    return found


# --- ways and estimates -----------------------------------------------------------------------------


def _choose(said: Said, ticket: Ticket) -> None:
    choosing.choose(
        by=said.by,
        ticket=ticket,
        way=said.what["way"],
        text=said.text,
        agreed=bool(said.what.get("agreed", False)),
        now=said.now,
    )


def _take_back(said: Said, ticket: Ticket) -> None:
    choosing.withdraw(by=said.by, ticket=ticket, now=said.now)


def _estimate(said: Said, ticket: Ticket) -> None:
    currency = contracts.programme(ticket.revision_id).currency
    amount = said.what.get("amount")
    estimating.estimate(
        by=said.by,
        ticket=ticket,
        way=said.what.get("way", ""),
        minutes=_minutes(said) if "minutes" in said.what else 0,
        text=said.text,
        extras=[_extra(one, currency) for one in said.what.get("extras", ())],
        amount=None if amount is None else minor(amount, currency),
        now=said.now,
    )


def _extra(found: Mapping[str, Any], currency: str) -> estimating.Extra:
    _check_words("extras", found, frozenset({"kind", "text", "amount"}), frozenset())
    return estimating.Extra(kind=found["kind"], text=found["text"], amount=minor(found["amount"], currency))


def _open_estimate(ticket: Ticket) -> estimating.EstimateStanding:
    found = estimating.standing(ticket)
    if found is None:
        raise ValueError("nothing was estimated yet")
    return found


def _agree(said: Said, ticket: Ticket) -> None:
    found = _open_estimate(ticket)
    estimating.agree(by=said.by, ticket=ticket, estimate=found.estimate, text=said.text, now=said.now)


def _disagree(said: Said, ticket: Ticket) -> None:
    found = _open_estimate(ticket)
    estimating.decline(by=said.by, ticket=ticket, estimate=found.estimate, reason=said.text, now=said.now)


# --- time -------------------------------------------------------------------------------------------


def _book(said: Said, ticket: Ticket) -> None:
    """Written down the minute the work ended."""
    minutes = _minutes(said)
    timekeeping.book(
        by=said.by,
        ticket=ticket,
        started_at=said.now - timedelta(minutes=minutes),
        minutes=minutes,
        billable=bool(said.what.get("billable", True)),
        note=said.text,
        now=said.now,
    )


def _reverse(said: Said, ticket: Ticket) -> None:
    """The entry that was written down last."""
    entries = charging.standing_entries(ticket)
    if not entries:
        raise ValueError("no time was booked yet")
    timekeeping.reverse(by=said.by, ticket=ticket, entry=entries[-1], reason=said.text, now=said.now)


def _hand_over(said: Said, ticket: Ticket) -> None:
    days = said.what.get("again_in")
    researching.hand_over(
        by=said.by,
        ticket=ticket,
        wait=said.what["for"],
        reference=str(said.what["reference"]),
        follow_up_on=None if days is None else researching.today(ticket, said.now) + timedelta(days=days),
        message=said.text,
        now=said.now,
    )


def _came_back(said: Said, ticket: Ticket) -> None:
    researching.came_back(by=said.by, ticket=ticket, now=said.now)


# --- orders and payments ----------------------------------------------------------------------------


def _buy(said: Said) -> None:
    organisation = _organisation(said)
    number = said.what.get("contract")
    contract = None if number is None else _named(said.cast.contracts, number, "contract")
    name = said.what["id"]
    if name in said.cast.orders:
        raise ValueError(f"an order is called {name!r} already")
    said.cast.orders[name] = ordering.buy(
        by=said.by,
        organisation_id=organisation.id,
        price=said.what["price"],
        contract_id=None if contract is None else contract.id,
        now=said.now,
    )


def _order_of(ticket: Ticket) -> Order:
    """What pays for the choice made last on a request."""
    choice = choosing.standing(ticket)
    found = None
    if choice is not None:
        found = Order.objects.filter(vendor_id=ticket.vendor_id, choice=choice.choice.id).first()
    if found is None:
        raise ValueError("nothing on this request is to be paid: choose a way that costs something first")
    return found


def _record_payment(said: Said, order: Order) -> None:
    """All that is due that day, unless the story says how much came."""
    due = ordering.due(order, said.now)
    amount = said.what.get("amount")
    paying.record(
        by=said.by,
        order=order,
        method=said.what["method"],
        amount=due.total if amount is None else minor(amount, order.currency),
        currency=order.currency,
        paid_at=said.now,
        reference=str(said.what.get("reference", "")),
        now=said.now,
    )


def _refund(said: Said, order: Order) -> None:
    order.refresh_from_db()
    payment = order.payments.order_by("recorded_at", "id").first()
    if payment is None or order.state != OrderState.PAID:
        raise ValueError(f"{order.number} was not paid: there is nothing to refund")
    refunding.refund(
        by=said.by,
        payment=payment,
        reason=said.text,
        reference=str(said.what.get("reference", "")),
        now=said.now,
    )


def _ordered(said: Said) -> Order:
    return _named(said.cast.orders, said.what["order"], "order")


def _adjust(said: Said) -> None:
    contract = contracts.contract_at(
        said.cast.vendor.id, _named(said.cast.contracts, said.what["contract"], "contract").id, said.now
    )
    allowance = said.what["allowance"]
    programme = contracts.programme(contract.revision_id)
    by_hand.adjust(
        by=said.by,
        owner=posting.owner_for(
            programme, _known(programme.allowances, allowance), contract, contract.organisation_id
        ),
        allowance=allowance,
        difference=int(said.what["difference"]),
        reason=said.text,
        now=said.now,
    )


def _known(found: Mapping[str, object], name: str) -> str:
    _named(found, name, "allowance")
    return name


# --- invoices ---------------------------------------------------------------------------------------


def _organisation(said: Said) -> Organisation:
    return _named(said.cast.organisations, said.what["customer"], "customer")


def _invoice_month(said: Said) -> None:
    """Every customer with something to bill up to the end of the month before."""
    vendor_id = said.cast.vendor.id
    until = jobs.last_month(vendor_id, said.now)
    issued = [
        invoice
        for id_ in billables.customers(vendor_id, until)
        for invoice in billables.invoice_customer(by=said.by, organisation_id=id_, until=until, now=said.now)
    ]
    if not issued:
        raise ValueError(f"there is nothing to invoice up to {until}")


def _latest_invoice(said: Said) -> Invoice:
    found = (
        Invoice.objects.filter(
            vendor_id=said.cast.vendor.id, organisation=_organisation(said), kind=Kind.INVOICE
        )
        .order_by("-issued_at", "-sequence")
        .first()
    )
    if found is None:
        raise ValueError(f"nothing was invoiced to {said.what['customer']} yet")
    return found


def _pay_invoice(said: Said) -> None:
    """All that is open of a customer's latest invoice, unless the story says how much came."""
    invoice = _latest_invoice(said)
    amount = said.what.get("amount")
    paying.record_for_invoice(
        by=said.by,
        invoice=invoice,
        method=said.what["method"],
        amount=invoicing.account(invoice).open if amount is None else minor(amount, invoice.currency),
        currency=invoice.currency,
        paid_at=said.now,
        reference=str(said.what.get("reference", "")),
        now=said.now,
    )


def _credit_note(said: Said) -> None:
    """Some of the largest line of a customer's latest invoice (`amount`, without tax), else all that is left of it."""
    invoice = _latest_invoice(said)
    amounts = None
    if "amount" in said.what:
        left = invoicing.remaining(invoice)
        amounts = {max(left, key=lambda id_: left[id_]): minor(said.what["amount"], invoice.currency)}
    invoicing.credit(by=said.by, invoice=invoice, amounts=amounts, reason=said.text, now=said.now)


# --- the verbs --------------------------------------------------------------------------------------

_PAYMENT = frozenset({"reference", "amount"})
_VERBS = {
    "choose": Verb(do=_choose, needs=frozenset({"way"}), may=frozenset({"agreed"})),
    "take-back": Verb(do=_take_back),
    "estimate": Verb(do=_estimate, may=frozenset({"way", "minutes", "extras", "amount"}), words=True),
    "agree": Verb(do=_agree),
    "disagree": Verb(do=_disagree, words=True),
    "book": Verb(do=_book, needs=frozenset({"minutes"}), may=frozenset({"billable"})),
    "reverse": Verb(do=_reverse, words=True),
    "hand-over": Verb(
        do=_hand_over, needs=frozenset({"for", "reference"}), may=frozenset({"again_in"}), words=True
    ),
    "came-back": Verb(do=_came_back),
    "record-payment": Verb(
        do=lambda said, ticket: _record_payment(said, _order_of(ticket)),
        needs=frozenset({"method"}),
        may=_PAYMENT,
    ),
    "refund": Verb(
        do=lambda said, ticket: _refund(said, _order_of(ticket)),
        may=frozenset({"reference"}),
        words=True,
    ),
}
_EVENTS = {
    "buy": Event(do=_buy, needs=frozenset({"customer", "price", "id"}), may=frozenset({"contract"})),
    "record-payment": Event(
        do=lambda said: _record_payment(said, _ordered(said)),
        needs=frozenset({"order", "method"}),
        may=_PAYMENT,
    ),
    "refund": Event(
        do=lambda said: _refund(said, _ordered(said)),
        needs=frozenset({"order"}),
        may=frozenset({"reference"}),
    ),
    "adjust": Event(do=_adjust, needs=frozenset({"contract", "allowance", "difference"})),
    "invoice-month": Event(do=_invoice_month),
    "pay-invoice": Event(do=_pay_invoice, needs=frozenset({"customer", "method"}), may=_PAYMENT),
    "credit-note": Event(do=_credit_note, needs=frozenset({"customer"}), may=frozenset({"amount"})),
}
