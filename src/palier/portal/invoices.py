"""A customer's invoices and orders: the list, one with every line's why, its PDF, paying, and buying a block of hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.billing import checkout, ordering, paper, provider, selling
from palier.billing.models import Invoice, Kind, Order, OrderState
from palier.contracts import queries as contracts
from palier.core.programme import Price
from palier.pages import invoice_view, objections, order_view, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.invoice_view import Addresses, State
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.programme import locales
from palier.tickets import objecting
from palier.tickets import queries as tickets
from palier.tickets.models import Ticket

A_PAGE = 50


def _addresses() -> Addresses:
    return Addresses(
        ticket=lambda number: reverse("portal:request", args=[number]),
        order=lambda order: reverse("portal:order", args=[order]),
        invoice=lambda number: reverse("portal:invoice", args=[number]),
    )


def leads_to_provider(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page with a form that leads to the payment provider: browsers check where forms are redirected to."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        widened = csp_update({"form-action": provider.form_targets()})(view)
        answer: HttpResponse = widened(request, *arguments, **named)  # type: ignore[assignment]
        return answer

    return shown


# --- invoices ---------------------------------------------------------------------------------------


@viewing.for_customers
@require_safe
def invoices_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Invoices, newest first, and the orders that wait for a payment."""
    if not (viewer.is_administrator or viewer.sees_colleagues):
        raise Http404
    speech, now = speeches.of(request), timezone.now()
    before = request.GET.get("before", "")[:40]
    found = Invoice.objects.visible_to(viewer).order_by("-issued_at", "-id")
    if before:
        last = Invoice.objects.visible_to(viewer).filter(number=before).first()
        if last is None:
            raise Http404
        found = found.filter(issued_at__lte=last.issued_at).exclude(issued_at=last.issued_at, id__gte=last.id)
    rows = list(found[: A_PAGE + 1])
    orders = Order.objects.visible_to(viewer).filter(state=OrderState.UNPAID).order_by("-ordered_at")
    shown = invoice_view.rows(
        rows[:A_PAGE],
        speech,
        now=now,
        url=lambda number: reverse("portal:invoice", args=[number]),
        pdf_url=lambda number: reverse("portal:invoice-pdf", args=[number]),
    )
    return render(
        request,
        "portal/invoices.html",
        {
            "rows": shown,
            "orders": [_order_row(order, speech) for order in orders],
            "next_url": f"{reverse('portal:invoices')}?before={rows[A_PAGE - 1].number}"
            if rows[A_PAGE:]
            else "",
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order in a list."""

    url: str
    number: str
    name: str
    ordered: str
    amount: str


def _order_row(order: Order, speech: Speech) -> OrderRow:
    moments = speech.moments_in(order.zone)
    return OrderRow(
        url=reverse("portal:order", args=[order.id]),
        number=order.number,
        name=speech.typeset(order.name_fr if speech.language == "fr" else order.name_en),
        ordered=moments.date(moments.local(order.ordered_at).date()),
        amount=locales.money(order.amount, order.currency, speech.locale),
    )


def _invoice(viewer: Viewer, number: str) -> Invoice:
    found = (
        Invoice.objects.visible_to(viewer)
        .select_related("corrects", "order")
        .filter(number=number[:40])
        .first()
    )
    if found is None:
        raise Http404
    return found


@leads_to_provider
@viewing.for_customers
@require_safe
def invoice_page(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """One invoice, with why each line is there."""
    found = _invoice(viewer, invoice)
    return render(request, "portal/invoice.html", _invoice_context(request, viewer, found))


def _invoice_context(
    request: HttpRequest, viewer: Viewer, found: Invoice, refusal: str = ""
) -> dict[str, Any]:
    speech, now = speeches.of(request), timezone.now()
    page = invoice_view.view(found, speech, addresses=_addresses(), now=now)
    return {
        "page": page,
        "refusal": refusal,
        "card": selling.account_of(viewer.vendor_id) is not None,
        "iban": str(found.seller.get("iban", "")),
        "objections": objections.views(
            objecting.objections(viewer).filter(invoice=found.number).order_by("at", "id"),
            speech,
            zone=found.zone,
        ),
        "sent": {},
    }


@viewing.shown_by(invoice_page)
@leads_to_provider
@viewing.for_customers
@require_POST
def invoice_contest(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """Contest a line of an invoice."""
    found, speech = _invoice(viewer, invoice), speeches.of(request)
    typed = request.POST.get("line", "")
    line = found.lines.filter(position=int(typed)).first() if typed.isascii() and typed.isdigit() else None
    if line is None:
        raise Http404
    ticket = Ticket.objects.visible_to(viewer).filter(id=line.ticket_id).first() if line.ticket_id else None
    try:
        with transaction.atomic():
            objecting.contest_line(
                by=viewer,
                organisation=found.organisation,
                invoice=found.number,
                line=line.position,
                ticket=ticket,
                words=request.POST.get("words", "").strip(),
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        context = _invoice_context(request, viewer, found, saying.refusal(problem, speech))
        context["sent"] = {"line": line.position, "words": request.POST.get("words", "")}
        return render(request, "portal/invoice.html", context, status=422)
    messages.success(request, _("Sent. Who answers, and by when, stands below."))
    return HttpResponseRedirect(reverse("portal:invoice", args=[found.number]) + "#contested")


@viewing.for_customers
@require_safe
def invoice_pdf(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """The PDF, as it was first made."""
    del request
    return pdf_of(_invoice(viewer, invoice))


def pdf_of(invoice: Invoice) -> HttpResponse:
    """An invoice's PDF as a download."""
    kept = paper.of(invoice, timezone.now())
    answer = HttpResponse(bytes(kept.pdf), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@leads_to_provider
@viewing.for_customers
@require_POST
def invoice_pay(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """On to the provider's page for what is open of an invoice."""
    found = _invoice(viewer, invoice)
    here = request.build_absolute_uri(reverse("portal:invoice", args=[found.number]))
    speech = speeches.of(request)
    try:
        with transaction.atomic():
            session = checkout.open_for_invoice(
                by=viewer,
                invoice=found,
                success_url=f"{here}?paid=yes",
                cancel_url=here,
                language=speech.language,
                now=timezone.now(),
            )
    except Refused as problem:
        context = _invoice_context(request, viewer, found, saying.refusal(problem, speech))
        return render(request, "portal/invoice.html", context, status=422)
    return HttpResponseRedirect(session.url)


# --- orders -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as its customer sees it."""

    id: UUID
    number: str
    name: str
    state: State
    facts: tuple[tuple[str, str], ...]
    due: order_view.DueView | None
    refusal: str
    card: bool
    iban: str
    bic: str
    payee: str
    invoices: tuple[tuple[str, str, str], ...]
    may_cancel: bool
    ticket: str
    ticket_url: str


def _order(viewer: Viewer, order_id: UUID) -> Order:
    found = (
        Order.objects.visible_to(viewer)
        .select_related("organisation", "contract", "ticket")
        .filter(id=order_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


@leads_to_provider
@viewing.for_customers
@require_safe
def order_page(request: HttpRequest, viewer: Viewer, order: UUID) -> HttpResponse:
    """One order: what it costs today and how it is paid."""
    found = _order(viewer, order)
    if request.GET.get("paid") == "yes" and found.state == OrderState.UNPAID:
        messages.info(request, _("Thank you. The payment shows here as soon as the provider has told us."))
    return render(
        request,
        "portal/order.html",
        {"page": _order_view(viewer, found, speeches.of(request)), "refusal": ""},
    )


def _order_view(viewer: Viewer, order: Order, speech: Speech) -> OrderView:
    now = timezone.now()
    moments = speech.moments_in(order.zone)
    due, refusal = None, ""
    if order.state == OrderState.UNPAID:
        try:
            due = order_view.due_view(order, speech, now)
        except Refused:
            # What is missing is for the vendor's finance desk to complete; its page says what.
            refusal = _(
                "%(amount)s without tax. The total and how to pay stand here once our finance desk has "
                "completed its billing details."
            ) % {"amount": locales.money(order.amount, order.currency, speech.locale)}
    settings = selling.settings_of(order.vendor_id)
    number = (
        tickets.number_of(order.ticket.revision_id, order.ticket.number) if order.ticket is not None else ""
    )
    hours = locales.duration(order.minutes * 60_000_000) if order.minutes else ""
    facts = (
        (_("Ordered"), moments.date(moments.local(order.ordered_at).date())),
        (_("Paid"), moments.day_time(order.paid_at) if order.paid_at is not None else ""),
        (_("Contract"), order.contract.number if order.contract is not None else ""),
        (_("Hours"), hours),
        (
            _("Good for"),
            _("%(n)d months from payment") % {"n": order.valid_months} if order.valid_months else "",
        ),
        (_("Clause"), order.clause),
    )
    mine = viewer.is_administrator or viewer.contact_id == order.ordered_by_contact_id
    return OrderView(
        id=order.id,
        number=order.number,
        name=speech.typeset(order.name_fr if speech.language == "fr" else order.name_en),
        state=order_view.state(order),
        facts=tuple((label, value) for label, value in facts if value),
        due=due,
        refusal=refusal,
        card=selling.account_of(order.vendor_id) is not None,
        iban=settings.iban if settings is not None else "",
        bic=settings.bic if settings is not None else "",
        payee=settings.legal_name if settings is not None else "",
        invoices=tuple(
            (invoice_view.title(one), one.number, reverse("portal:invoice", args=[one.number]))
            for one in _papers(viewer, order)
        ),
        may_cancel=mine and order.state == OrderState.UNPAID and order.choice is None,
        ticket=number,
        ticket_url=reverse("portal:request", args=[number]) if number else "",
    )


def _papers(viewer: Viewer, order: Order) -> list[Invoice]:
    found = Invoice.objects.visible_to(viewer)
    own = list(found.filter(order=order, kind=Kind.INVOICE))
    return own + list(found.filter(corrects__in=own).order_by("sequence"))


@leads_to_provider
@viewing.shown_by(order_page, dropping="deed")
@viewing.for_customers
@require_POST
def order_act(request: HttpRequest, viewer: Viewer, order: UUID, deed: str) -> HttpResponse:
    """Pay an order on the provider's page, or cancel it."""
    found = _order(viewer, order)
    if deed not in ("pay", "cancel"):
        raise Http404
    speech, now = speeches.of(request), timezone.now()
    here = request.build_absolute_uri(reverse("portal:order", args=[found.id]))
    try:
        with transaction.atomic():
            if deed == "cancel":
                ordering.cancel(by=viewer, order=found, now=now)
                messages.success(request, _("Cancelled."))
                return HttpResponseRedirect(reverse("portal:order", args=[found.id]))
            session = checkout.open_for_order(
                by=viewer,
                order=found,
                success_url=f"{here}?paid=yes",
                cancel_url=here,
                language=speech.language,
                now=now,
            )
    except Refused as problem:
        context = {"page": _order_view(viewer, found, speech), "refusal": saying.refusal(problem, speech)}
        return render(request, "portal/order.html", context, status=422)
    return HttpResponseRedirect(session.url)


# --- buying -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A block that can be bought."""

    price: str
    name: str
    text: str
    clause: str
    amount: str
    contract: str
    contract_id: str


@viewing.for_customers
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, viewer: Viewer, price: str) -> HttpResponse:
    """A block of hours: what it is and costs, then the order."""
    speech, now = speeches.of(request), timezone.now()
    contract = _contract(viewer, request.GET.get("contract", "") or request.POST.get("contract", ""))
    organisation_id = contract.organisation_id if contract is not None else viewer.organisation_id
    if organisation_id is None:
        raise Http404
    try:
        found = _price(viewer, contract, price, now)
    except Refused:
        raise Http404 from None
    refusal = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                order = ordering.buy(
                    by=viewer,
                    organisation_id=organisation_id,
                    price=price,
                    contract_id=contract.id if contract is not None else None,
                    now=now,
                )
            return HttpResponseRedirect(reverse("portal:order", args=[order.id]))
        except Refused as problem:
            refusal = saying.refusal(problem, speech)
    offer = _offer(found, contract, speech)
    context = {"offer": offer, "refusal": refusal, "may_buy": ordering.may_buy(viewer, contract, now)}
    return render(request, "portal/invoice_buy.html", context, status=422 if refusal else 200)


def _contract(viewer: Viewer, asked: str) -> contracts.Standings | None:
    if not asked:
        return None
    try:
        row = contracts.contracts(viewer).filter(id=UUID(asked)).first()
    except ValueError:
        raise Http404 from None
    if row is None:
        raise Http404
    return contracts.contract_by_id(viewer.vendor_id, row.id)


def _price(viewer: Viewer, contract: contracts.Standings | None, price: str, now: datetime) -> Price:
    revision_id = (
        contract.revision_id if contract is not None else contracts.current_revision_id(viewer.vendor_id, now)
    )
    found = contracts.programme(revision_id).prices.get(price)
    if found is None or found.kind != ordering.PREPAID_HOURS or found.amount is None:
        raise Http404
    return found


def _offer(price: Price, contract: contracts.Standings | None, speech: Speech) -> Offer:
    assert price.amount is not None
    assert price.currency is not None
    return Offer(
        price=price.id,
        name=speech.text(price.name),
        text=speech.text(price.text),
        clause=price.clause,
        amount=locales.money(price.amount, price.currency, speech.locale),
        contract=contract.number if contract is not None else pgettext("an order", "no contract"),
        contract_id=str(contract.id) if contract is not None else "",
    )
