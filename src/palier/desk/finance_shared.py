"""Who may see the finance desk, and what all of its pages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from palier.billing.models import Payment
from palier.pages import speech as speeches
from palier.pages import viewing
from palier.pages.catalogue import gettext as _
from palier.pages.invoice_view import Addresses
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer
from palier.people.models import Vendor
from palier.programme import locales

A_PAGE = 50
"""Lines of a list."""


def for_finance(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for people of the vendor who take money; others of the vendor get 403, everybody else as on any desk page."""

    @viewing.for_staff
    @wraps(view)
    def guarded(request: HttpRequest, viewer: Viewer, *arguments: Any, **named: Any) -> HttpResponse:
        if not viewer.has_role(access.TAKES_MONEY):
            raise PermissionDenied
        return view(request, viewer, *arguments, **named)

    return guarded


def vendor(request: HttpRequest) -> Vendor:
    found: Vendor = request.vendor  # type: ignore[attr-defined]
    return found


def today(request: HttpRequest) -> date:
    """The date in the vendor's zone, which its invoices bear."""
    zone = vendor(request).zone
    return speeches.of(request).moments_in(zone).local(timezone.now()).date()


def addresses() -> Addresses:
    return Addresses(
        ticket=lambda number: reverse("desk:ticket", args=[number]),
        order=lambda order: reverse("desk:finance-order", args=[order]),
        invoice=lambda number: reverse("desk:finance-invoice", args=[number]),
    )


def payment_words(payment: Payment, speech: Speech, zone: str) -> str:
    moments = speech.moments_in(zone)
    ways = {
        "stripe": _("by card"),
        "transfer": _("by transfer"),
        "purchase-order": _("promised by purchase order"),
        "other": _("received"),
    }
    words = _("%(amount)s, %(how)s, %(when)s") % {
        "amount": locales.money(payment.amount, payment.currency, speech.locale),
        "how": ways[payment.method],
        "when": moments.day_time(payment.paid_at),
    }
    if payment.reference:
        words += f" ({payment.reference})"
    back = sum(one.amount for one in payment.refunds.all())
    if back:
        words += ". " + _("Paid back: %(amount)s") % {
            "amount": locales.money(back, payment.currency, speech.locale)
        }
    return words


def refundable(payments: list[Payment], speech: Speech) -> dict[str, str]:
    return {
        str(one.id): f"{locales.money(one.amount, one.currency, speech.locale)}, {one.reference}"
        for one in payments
        if one.method != "purchase-order"
    }
