"""Ending digests from a letter: a signed address, whose page only shows and whose one click ends them (RFC 8058)."""

from __future__ import annotations

from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from palier.mail import wishes
from palier.people import letters
from palier.people.models import Contact, User, Vendor

_PURPOSE = "palier.mail.unsubscribe"


def address(vendor: Vendor, user: User) -> str:
    """Where this person's digests are ended. It does nothing else, so that it need not be secret nor ever end."""
    return letters.link(vendor, "mail:unsubscribe", token=token(user))


def token(user: User) -> str:
    """Signed for this account only."""
    return signing.Signer(salt=_PURPOSE).sign(f"{user.vendor_id.hex}.{user.pk.hex}")


def _user(request: HttpRequest, signed: str) -> User:
    vendor: Vendor = request.vendor  # type: ignore[attr-defined]
    try:
        owner, _, whose = signing.Signer(salt=_PURPOSE).unsign(signed).partition(".")
    except signing.BadSignature:
        raise Http404 from None
    if UUID(owner) != vendor.id:
        raise Http404
    found = User.objects.filter(vendor_id=vendor.id, pk=UUID(whose), is_active=True).first()
    if found is None:
        raise Http404
    return found


# The mail program posts by itself, without our page and its token; the signed address says whose digests, and that is all.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what would end, or end it; nobody need sign in."""
    user = _user(request, token)
    done = request.method == "POST"
    if done:
        is_contact = Contact.objects.filter(vendor_id=user.vendor_id, user=user).exists()
        wishes.end_digests(vendor_id=user.vendor_id, user_id=user.pk, is_contact=is_contact)
    with translation.override(user.language):
        answer = render(request, "mail/unsubscribe.html", {"done": done})
    answer["Referrer-Policy"] = "no-referrer"
    return answer
