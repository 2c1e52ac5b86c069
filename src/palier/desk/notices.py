"""What the reader should know: the list of notices, and marking them as read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from palier.pages import notice_pages, viewing
from palier.pages import notices as words
from palier.people.access import Viewer

FACE = notice_pages.Face(
    template="desk/notices.html",
    listed="desk:notices",
    read="desk:read",
    links=words.Links(
        ticket=lambda number: reverse("desk:ticket", args=[number]),
        contract=lambda id_: reverse("desk:contract", args=[id_]),
        order=notice_pages.page_of("desk:finance-order"),
        invoice=notice_pages.page_of("desk:finance-invoice"),
        defect=lambda number: reverse("desk:defect", args=[number]),
        call=lambda id_: reverse("desk:on-call-page", args=[id_]),
        on_call=lambda: reverse("desk:on-call"),
    ),
)


@viewing.for_staff
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The latest notices, new ones marked."""
    return notice_pages.listed(request, viewer, FACE)


@viewing.for_staff
@require_POST
def read(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Mark one as read, or all of them."""
    return notice_pages.read(request, viewer, FACE)
