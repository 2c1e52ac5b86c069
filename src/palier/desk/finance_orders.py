"""One order on the finance desk: what it costs today, what came, recording a payment, paying back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.billing import ordering
from palier.billing.models import Invoice, Kind, Order, OrderState
from palier.desk import finance_forms as forms
from palier.desk import finance_shared as desk
from palier.pages import invoice_view, order_view, saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.people.access import Refused, Viewer
from palier.tickets import queries as tickets


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


@desk.for_finance
@require_safe
def order_page(request: HttpRequest, viewer: Viewer, order: UUID) -> HttpResponse:
    """One order: what it is, what it costs today, what came, and what can be done."""
    return render(request, "desk/finance_order.html", _order_context(request, _order(viewer, order)))


def _order_context(request: HttpRequest, order: Order, tried: str = "", refusal: str = "") -> dict[str, Any]:
    speech, now = speeches.of(request), timezone.now()
    moments = speech.moments_in(order.zone)
    due, problem = None, ""
    if order.state == OrderState.UNPAID:
        try:
            due = order_view.due_view(order, speech, now)
        except Refused as refused:
            problem = saying.refusal(refused, speech)
    made = _order_forms(request, order, due is not None)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    own = list(Invoice.objects.filter(vendor_id=order.vendor_id, order=order, kind=Kind.INVOICE))
    papers = own + list(
        Invoice.objects.filter(vendor_id=order.vendor_id, corrects__in=own).order_by("sequence")
    )
    ticket = order.ticket
    facts = (
        (_("Customer"), order.organisation.name),
        (_("Ordered"), moments.day_time(order.ordered_at)),
        (_("Paid"), moments.day_time(order.paid_at) if order.paid_at is not None else ""),
        (_("Contract"), order.contract.number if order.contract is not None else ""),
        (_("Request"), tickets.number_of(ticket.revision_id, ticket.number) if ticket is not None else ""),
        (_("Clause"), order.clause),
    )
    return {
        "order": order,
        "name": speech.typeset(order.name_fr if speech.language == "fr" else order.name_en),
        "state": order_view.state(order),
        "facts": [(label, value) for label, value in facts if value],
        "due": due,
        "problem": problem,
        "payments": [
            desk.payment_words(one, speech, moments.zone) for one in order.payments.order_by("recorded_at")
        ],
        "papers": [
            (invoice_view.title(one), one.number, reverse("desk:finance-invoice", args=[one.number]))
            for one in papers
        ],
        "customer_url": reverse("desk:finance-customer", args=[order.organisation_id]),
        "forms": made.values(),
        "refusal": refusal if tried not in made else "",
    }


def _order_forms(request: HttpRequest, order: Order, is_due: bool) -> dict[str, Form]:
    speech, now = speeches.of(request), timezone.now()

    def url(deed: str) -> str:
        return reverse("desk:finance-order-act", args=[order.id, deed])

    found: dict[str, Form] = {}
    if is_due:
        due = ordering.due(order, now)
        day = speech.moments_in(order.zone).local(now).date()
        found["record"] = forms.payment_form(
            url("record"), due.total, due.currency, day, speech, promise=True
        )
    back = desk.refundable(list(order.payments.filter(refunds=None, amount__gt=0)), speech)
    if back:
        found["refund"] = forms.refund_form(url("refund"), back)
    if order.state == OrderState.UNPAID and order.choice is None:
        found["cancel"] = forms.cancel_form(url("cancel"))
    return found


@viewing.shown_by(order_page, dropping="deed")
@desk.for_finance
@require_POST
def order_act(request: HttpRequest, viewer: Viewer, order: UUID, deed: str) -> HttpResponse:
    """Record a payment, pay back, cancel."""
    found, now = _order(viewer, order), timezone.now()
    if deed not in ("record", "refund", "cancel"):
        raise Http404
    try:
        with transaction.atomic():
            made = _order_forms(request, found, found.state == OrderState.UNPAID)
            if deed not in made:
                raise Refused(
                    code="order-settled",
                    en="This order no longer stands where that can be done.",
                    fr="Cette commande n’en est plus là.",
                )
            sent = Sent(data=request.POST, files=request.FILES, form=made[deed], zone=found.zone)
            if deed == "record":
                done = forms.record(viewer, found, sent, now)
            elif deed == "refund":
                done = forms.refund(viewer, sent, now)
            else:
                done = forms.cancel(viewer, found, now)
    except saying.REFUSALS as problem:
        words = saying.refusal(problem, speeches.of(request))
        context = _order_context(request, _order(viewer, order), deed, words)
        return render(request, "desk/finance_order.html", context, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:finance-order", args=[found.id]))
