"""What a person of the vendor wishes of mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from palier.mail import wish_pages
from palier.pages import viewing
from palier.people.access import Viewer

FACE = wish_pages.Face(template="desk/account_letters.html", name="desk:account-letters")


@viewing.for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show them, or keep what was chosen."""
    return wish_pages.page(request, viewer, FACE)
