"""The next ticket: the first of the list last looked at, after the one at hand, on which nobody else works.

Where one stood is remembered with the ticket that one opened (a cookie of this browser), so that an answer, which moves
the ticket down its list, does not skip what came after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.desk import queue_asked, queue_pages
from palier.desk.queue_asked import NoSuchView, Wanted
from palier.pages import viewing
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.tickets import lists, orders
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.workspace import presence, saved_views

PLACE_COOKIE = f"{settings.SESSION_COOKIE_NAME}-place"
"""`figure.token`: the ticket that was opened, and where it stood in the list at that time."""
LOOKED_AT = 20
"""Lines passed over because somebody works on them, at most."""
LENGTH_OF_ID = 36
LONGEST_LIST = 4000


def wanted_of(request: HttpRequest, viewer: Viewer) -> Wanted:
    """The list last looked at; all open tickets where none was, or where it is gone since."""
    kept = request.COOKIES.get(queue_pages.LIST_COOKIE, "")
    asked = QueryDict(kept[:LONGEST_LIST])
    # Built-in views have short names: only a saved one is worth the question.
    saved = saved_views.of(viewer) if len(asked.get("view", "")) == LENGTH_OF_ID else ()
    try:
        return queue_asked.read(asked, saved)
    except (NoSuchView, CannotDo):
        return queue_asked.read(QueryDict(""), ())


def back_url(request: HttpRequest) -> str:
    """The address of the list last looked at; of all open tickets where none was."""
    query = request.COOKIES.get(queue_pages.LIST_COOKIE, "")
    address = reverse("desk:queue")
    return f"{address}?{query}" if query else address


def busy(viewer: Viewer, ticket_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these tickets on which somebody else works right now."""
    return presence.busy(viewer, ticket_ids, timezone.now())


def keep_place(request: HttpRequest, viewer: Viewer, ticket: Ticket, response: HttpResponse) -> None:
    """Remember with a ticket's page where the ticket stands in the list, once for each that is opened."""
    known, _dot, _token = request.COOKIES.get(PLACE_COOKIE, "").partition(".")
    if known == str(ticket.number):
        return
    place = lists.place_in(wanted_of(request, viewer).shown.asked.reads, ticket)
    response.set_cookie(
        PLACE_COOKIE,
        f"{ticket.number}.{place.token()}",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


@viewing.for_staff
@require_safe
def after(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """To the next ticket after `from`; to the list, with a word, where that was the last."""
    wanted = wanted_of(request, viewer)
    asked = queue_pages.asked_of(viewer, wanted)
    given = request.GET.get("from", "").rpartition("-")[2]
    at = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    known, _dot, token = request.COOKIES.get(PLACE_COOKIE, "").partition(".")
    place = orders.place(token, asked.reads) if known == given else None
    place = place or lists.place_of(viewer, at, asked.reads)
    page = lists.page(viewer, now=timezone.now(), asked=asked, after=place, size=LOOKED_AT, counts=False)
    taken = busy(viewer, [one.id for one in page.rows])
    for row in page.rows:
        if row.id not in taken and row.number.rpartition("-")[2] != given:
            return HttpResponseRedirect(reverse("desk:ticket", args=[row.number]))
    messages.info(request, _("That was the last of this view that nobody works on."))
    return HttpResponseRedirect(replace(wanted, after=None, before=None).url())
