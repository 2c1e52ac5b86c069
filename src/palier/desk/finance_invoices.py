"""Invoices on the finance desk: the list, one with every line's why, credit notes, payments, PDF and CSV."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.billing import exporting, invoicing, paper
from palier.billing.models import Invoice, Kind
from palier.desk import finance_forms as forms
from palier.desk import finance_shared as desk
from palier.desk import objections
from palier.pages import invoice_view, saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.people.access import Refused, Viewer


@desk.for_finance
@require_safe
def invoices_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Invoices and credit notes, newest first."""
    speech, now = speeches.of(request), timezone.now()
    sought, before = request.GET.get("q", "").strip()[:80], request.GET.get("before", "")[:40]
    found = Invoice.objects.visible_to(viewer)
    if sought:
        found = found.filter(number__icontains=sought) | found.filter(organisation__name__icontains=sought)
    last = Invoice.objects.visible_to(viewer).filter(number=before).first() if before else None
    if last is not None:
        found = found.filter(issued_at__lte=last.issued_at).exclude(issued_at=last.issued_at, id__gte=last.id)
    rows = list(found.order_by("-issued_at", "-id")[: desk.A_PAGE + 1])
    shown = invoice_view.rows(
        rows[: desk.A_PAGE],
        speech,
        now=now,
        url=lambda number: reverse("desk:finance-invoice", args=[number]),
        pdf_url=lambda number: reverse("desk:finance-pdf", args=[number]),
    )
    today = desk.today(request)
    return render(
        request,
        "desk/finance_invoices.html",
        {
            "rows": shown,
            "sought": sought,
            "next_url": f"{reverse('desk:finance-invoices')}?before={rows[desk.A_PAGE - 1].number}"
            if rows[desk.A_PAGE :]
            else "",
            "first": (today.replace(day=1) - timedelta(days=1)).replace(day=1).isoformat(),
            "last": today.isoformat(),
        },
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


@desk.for_finance
@require_safe
def invoice_page(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """One invoice with why each line is there, what came, and what can be done."""
    return render(
        request, "desk/finance_invoice.html", _invoice_context(request, viewer, _invoice(viewer, invoice))
    )


def _invoice_forms(request: HttpRequest, invoice: Invoice) -> dict[str, Form]:
    speech = speeches.of(request)

    def url(deed: str) -> str:
        return reverse("desk:finance-invoice-act", args=[invoice.number, deed])

    found: dict[str, Form] = {}
    if invoice.kind != Kind.INVOICE:
        return found
    account = invoicing.account(invoice)
    if account.open > 0:
        found["record"] = forms.payment_form(
            url("record"), account.open, invoice.currency, desk.today(request), speech, promise=False
        )
    left = invoicing.remaining(invoice)
    if any(left.values()):
        lines = list(invoice.lines.order_by("position"))
        found["credit"] = forms.credit_form(url("credit"), invoice, lines, left, speech)
    back = desk.refundable(list(invoice.payments.filter(refunds=None, amount__gt=0)), speech)
    if back:
        found["refund"] = forms.refund_form(url("refund"), back)
    return found


def _invoice_context(
    request: HttpRequest, viewer: Viewer, invoice: Invoice, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech = speeches.of(request)
    made = _invoice_forms(request, invoice)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    page = invoice_view.view(
        invoice, speech, addresses=desk.addresses(), now=timezone.now(), with_customer=True
    )
    return {
        "page": page,
        "order_url": reverse("desk:finance-order", args=[invoice.order_id]) if invoice.order_id else "",
        "customer_url": reverse("desk:finance-customer", args=[invoice.organisation_id]),
        "payments": [
            desk.payment_words(one, speech, invoice.zone) for one in invoice.payments.order_by("recorded_at")
        ],
        "forms": made.values(),
        "objections": objections.of_invoice(viewer, invoice.number, speech, zone=invoice.zone),
        "refusal": refusal if tried not in made else "",
    }


@viewing.shown_by(invoice_page, dropping="deed")
@desk.for_finance
@require_POST
def invoice_act(request: HttpRequest, viewer: Viewer, invoice: str, deed: str) -> HttpResponse:
    """Record a payment, issue a credit note, pay back."""
    found, now = _invoice(viewer, invoice), timezone.now()
    if deed not in ("record", "credit", "refund"):
        raise Http404
    to = found.number
    try:
        with transaction.atomic():
            made = _invoice_forms(request, found)
            if deed not in made:
                raise Refused(
                    code="invoice-settled",
                    en=f"{found.number} no longer stands where that can be done.",
                    fr=f"{found.number} n’en est plus là.",
                )
            sent = Sent(data=request.POST, files=request.FILES, form=made[deed], zone=found.zone)
            if deed == "record":
                done = forms.record_for_invoice(viewer, found, sent, now)
            elif deed == "refund":
                done = forms.refund(viewer, sent, now)
            else:
                lines = list(found.lines.order_by("position"))
                note = forms.credit(viewer, found, lines, invoicing.remaining(found), sent, now)
                to, done = note.number, _("Issued: %(numbers)s") % {"numbers": note.number}
    except saying.REFUSALS as problem:
        words = saying.refusal(problem, speeches.of(request))
        return render(
            request,
            "desk/finance_invoice.html",
            _invoice_context(request, viewer, found, deed, words),
            status=422,
        )
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:finance-invoice", args=[to]))


@desk.for_finance
@require_safe
def invoice_pdf(request: HttpRequest, viewer: Viewer, invoice: str) -> HttpResponse:
    """The PDF, as it was first made."""
    del request
    return paper_of(_invoice(viewer, invoice))


def paper_of(invoice: Invoice) -> HttpResponse:
    """An invoice's PDF as a download."""
    kept = paper.of(invoice, timezone.now())
    answer = HttpResponse(bytes(kept.pdf), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{invoice.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@desk.for_finance
@require_safe
def export(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The lines issued from one day to another, for the accounts."""
    try:
        first, last = (date.fromisoformat(request.GET.get(name, "")) for name in ("first", "last"))
    except ValueError:
        raise Http404 from None
    text = exporting.lines(viewer, first=first, last=last)
    answer = HttpResponse(text.encode(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{desk.vendor(request).slug}-{first}-{last}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
