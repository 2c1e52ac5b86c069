"""The finance desk: what is to be invoiced, orders that wait for a payment, what needs a hand; and one customer.

For those who take money; to everybody else of the vendor these pages answer 403.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.billing import billables, invoicing, selling
from palier.billing import jobs as billing_jobs
from palier.billing.models import Order, OrderState, Party, Payment, ProviderEvent
from palier.desk import finance_forms as forms
from palier.desk import finance_shared as desk
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Refused, Viewer
from palier.people.models import Organisation
from palier.programme import locales
from palier.tickets import queries as tickets

# --- overview ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInvoice:
    """A customer with something to invoice."""

    url: str
    name: str
    lines: int
    net: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """An order in a list."""

    url: str
    number: str
    customer: str
    name: str
    ordered: str
    amount: str
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """Money to pay back, or an event that nothing could be done with."""

    url: str
    text: str
    when: str


@desk.for_finance
@require_safe
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is to be invoiced, what waits for a payment, what needs a hand."""
    return render(request, "desk/finance.html", _overview(request, viewer))


def _overview(request: HttpRequest, viewer: Viewer, refusal: str = "") -> dict[str, Any]:
    speech, until = speeches.of(request), _until(request)
    seen = set(Organisation.objects.filter(access.organisations_for(viewer)).values_list("id", flat=True))
    ids = [id_ for id_ in billables.customers(viewer.vendor_id, until) if id_ in seen]
    customers = {
        one.id: one
        for one in Organisation.objects.filter(vendor_id=viewer.vendor_id, id__in=ids[: desk.A_PAGE])
    }
    orders = (
        Order.objects.visible_to(viewer)
        .filter(state=OrderState.UNPAID)
        .select_related("organisation", "ticket")
        .order_by("-ordered_at")[: desk.A_PAGE]
    )
    seller_problem = ""
    try:
        selling.seller(selling.settings_of(viewer.vendor_id))
    except Refused as problem:
        seller_problem = saying.refusal(problem, speech)
    lines = [_to_invoice(one, until, speech) for one in sorted(customers.values(), key=lambda o: o.name)]
    return {
        # Minutes that rounding swallowed make no line.
        "to_invoice": [one for one in lines if one.lines],
        "more": max(0, len(ids) - desk.A_PAGE),
        "until": until.isoformat(),
        "orders": [_order_line(order, speech) for order in orders],
        "loose": [*_owed(viewer, speech), *_events(viewer, speech)],
        "seller_problem": seller_problem,
        "card": selling.account_of(viewer.vendor_id) is not None,
        "refusal": refusal,
    }


def _until(request: HttpRequest) -> date:
    """The date asked for, else the last of the month before."""
    asked = request.GET.get("until", "") or request.POST.get("until", "")
    try:
        return date.fromisoformat(asked) if asked else desk.today(request).replace(day=1) - timedelta(days=1)
    except ValueError:
        return desk.today(request).replace(day=1) - timedelta(days=1)


def _to_invoice(organisation: Organisation, until: date, speech: Speech) -> ToInvoice:
    bills = billables.of_customer(organisation, until)
    sums_ = [
        locales.money(
            bill.net + sum(draft.amount(bill.currency) for draft in bill.back), bill.currency, speech.locale
        )
        for bill in bills
    ]
    return ToInvoice(
        url=f"{reverse('desk:finance-customer', args=[organisation.id])}?until={until}",
        name=organisation.name,
        lines=sum(len(bill.lines) + len(bill.back) for bill in bills),
        net=" + ".join(sums_),
        problem="",
    )


def _order_line(order: Order, speech: Speech) -> OrderLine:
    moments = speech.moments_in(order.zone)
    ticket = order.ticket
    return OrderLine(
        url=reverse("desk:finance-order", args=[order.id]),
        number=order.number,
        customer=order.organisation.name,
        name=speech.typeset(order.name_fr if speech.language == "fr" else order.name_en),
        ordered=moments.date(moments.local(order.ordered_at).date()),
        amount=locales.money(order.amount, order.currency, speech.locale),
        ticket=tickets.number_of(ticket.revision_id, ticket.number) if ticket is not None else "",
    )


def _owed(viewer: Viewer, speech: Speech) -> list[Loose]:
    """Payments for orders that are not open: money to pay back."""
    found = (
        Payment.objects.filter(vendor_id=viewer.vendor_id, order__state=OrderState.CANCELLED, refunds=None, amount__gt=0)
        .select_related("order")
        .order_by("-recorded_at")[:desk.A_PAGE]
    )  # fmt: skip
    return [
        Loose(
            url=reverse("desk:finance-order", args=[one.order_id]),
            text=_("%(amount)s came for %(order)s, which was cancelled: pay it back")
            % {"amount": locales.money(one.amount, one.currency, speech.locale), "order": one.order.number},
            when=speech.moments.day_time(one.paid_at),
        )
        for one in found
        if one.order is not None
    ]


def _events(viewer: Viewer, speech: Speech) -> list[Loose]:
    found = ProviderEvent.objects.filter(vendor_id=viewer.vendor_id, outcome__in=["refused", "waits"])
    words = {
        "no page of ours": _("no payment page of ours"),
        "another reference": _("another reference than ours"),
        "another amount": _("another amount than asked"),
        "another currency": _("another currency than asked"),
        "no payment of ours yet": _("a refund of a payment we have not heard of yet"),
        "another amount or currency": _("a refund of another amount or currency"),
        "more than was paid": _("a refund of more than was paid"),
    }
    return [
        Loose(
            url="",
            text=_("The provider told %(event)s, and nothing was done: %(why)s")
            % {"event": one.event_id, "why": words.get(one.reason, one.reason)},
            when=speech.moments.day_time(one.received_at),
        )
        for one in found.order_by("-received_at")[:20]
    ]


@desk.for_finance
@require_POST
def invoice_all(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Invoice every customer up to the end of last month: a job a customer, so that none waits for another."""
    speech = speeches.of(request)
    try:
        invoicing.issuer(viewer.vendor_id, timezone.now())
    except Refused as problem:
        return render(
            request,
            "desk/finance.html",
            _overview(request, viewer, saying.refusal(problem, speech)),
            status=422,
        )
    count = billing_jobs.defer_month(viewer.vendor_id, timezone.now())
    messages.success(
        request, _("Under way for %(n)d customers: the invoices appear as they are issued.") % {"n": count}
    )
    return HttpResponseRedirect(reverse("desk:finance-invoices"))


# --- a customer -------------------------------------------------------------------------------------


def _organisation(viewer: Viewer, organisation_id: UUID) -> Organisation:
    found = Organisation.objects.filter(access.organisations_for(viewer), id=organisation_id).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """A line to be invoiced."""

    name: str
    clause: str
    ticket: str
    ticket_url: str
    net: str


@desk.for_finance
@require_safe
def customer(request: HttpRequest, viewer: Viewer, organisation: UUID) -> HttpResponse:
    """A customer's billing address, and what is to be invoiced."""
    return render(
        request, "desk/finance_customer.html", _customer(request, _organisation(viewer, organisation))
    )


def _customer(
    request: HttpRequest, organisation: Organisation, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech, until = speeches.of(request), _until(request)
    made = _customer_forms(request, organisation)
    if tried:
        made = {
            key: small_forms.filled(form, request.POST, refusal) if key == tried else form
            for key, form in made.items()
        }
    bills = billables.of_customer(organisation, until)
    return {
        "organisation": organisation,
        "until": speech.moments.date(until),
        "bills": [
            (
                bill.currency,
                [_bill_line(draft, bill.currency, speech) for draft in [*bill.lines, *bill.back]],
                locales.money(bill.net, bill.currency, speech.locale),
            )
            for bill in bills
        ],
        "forms": made,
        "refusal": refusal if tried not in made else "",
    }


def _customer_forms(request: HttpRequest, organisation: Organisation) -> dict[str, Form]:
    programme = speeches.of(request).programme
    currency = programme.currency if programme is not None else "EUR"
    party = Party.objects.filter(vendor_id=organisation.vendor_id, organisation=organisation).first()

    def url(deed: str) -> str:
        return reverse("desk:finance-customer-act", args=[organisation.id, deed])

    return {
        "party": forms.party_form(url("party"), organisation, party),
        "invoice": forms.invoice_form(url("invoice"), _until(request)),
        "charge": forms.charge_form(url("charge"), currency, desk.today(request)),
    }


def _bill_line(draft: invoicing.Draft, currency: str, speech: Speech) -> BillLine:
    ticket = ""
    if draft.ticket_id is not None:
        ticket = billables.number_of(draft.ticket_id)
    return BillLine(
        name=speech.typeset(draft.names[speech.language]),
        clause=draft.clause,
        ticket=ticket,
        ticket_url=reverse("desk:ticket", args=[ticket]) if ticket else "",
        net=locales.money(draft.amount(currency), currency, speech.locale),
    )


@viewing.shown_by(customer, dropping="deed")
@desk.for_finance
@require_POST
def customer_act(request: HttpRequest, viewer: Viewer, organisation: UUID, deed: str) -> HttpResponse:
    """Write its address, add a line, invoice it."""
    found = _organisation(viewer, organisation)
    made, now = _customer_forms(request, found), timezone.now()
    if deed not in made:
        raise Http404
    sent = Sent(data=request.POST, files=request.FILES, form=made[deed], zone=desk.vendor(request).zone)
    programme = speeches.of(request).programme
    try:
        with transaction.atomic():
            if deed == "party":
                done = forms.save_party(viewer, found, sent, now)
            elif deed == "charge":
                done = forms.charge(viewer, found, programme.currency if programme else "EUR", sent, now)
            else:
                issued = billables.invoice_customer(
                    by=viewer, organisation_id=found.id, until=sent.day("until") or _until(request), now=now
                )
                if not issued:
                    raise Refused(
                        code="nothing-to-invoice",
                        en="There is nothing to invoice up to that day.",
                        fr="Il n’y a rien à facturer jusqu’à ce jour.",
                    )
                done = _("Issued: %(numbers)s") % {"numbers": ", ".join(one.number for one in issued)}
    except saying.REFUSALS as problem:
        words = saying.refusal(problem, speeches.of(request))
        return render(
            request, "desk/finance_customer.html", _customer(request, found, deed, words), status=422
        )
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:finance-customer", args=[found.id]))
