"""What a contact wishes of mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from palier.mail import wish_pages
from palier.pages import viewing
from palier.people.access import Viewer

FACE = wish_pages.Face(template="portal/account_letters.html", name="portal:account-letters")


@viewing.for_customers
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show them, or keep what was chosen."""
    return wish_pages.page(request, viewer, FACE)
