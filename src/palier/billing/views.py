"""Where the payment provider tells of payments: one address a vendor, each with its own secret."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from palier.billing import checkout, provider, selling
from palier.people.models import Vendor

LARGEST = 512 * 1024


@csrf_exempt
@require_POST
def stripe_events(request: HttpRequest, vendor: str) -> HttpResponse:
    """One signed event. 404 for another vendor's address and where the provider is off, 400 for what it did not sign.

    What was kept is answered 200, also when nothing could be done about it: sending it again would change nothing, and
    the finance desk shows why.
    """
    here: Vendor = request.vendor  # type: ignore[attr-defined]
    account = selling.account_of(here.id) if vendor == here.slug else None
    if account is None:
        raise Http404
    if len(request.body) > LARGEST:
        return _answer("too large", 413)
    try:
        event = provider.verified(
            account, payload=request.body, signature=request.headers.get("Stripe-Signature", "")
        )
    except provider.BadSignature:
        return _answer("not signed with this address's secret", 400)
    row = checkout.hear(vendor_id=here.id, event=event, now=timezone.now())
    return _answer(row.outcome, 200)


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
