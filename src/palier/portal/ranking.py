"""The order in which a customer wants its open requests worked on: by buttons, or by drag where scripts run.

Within one severity its requests then fill, in that order, the places they hold together; no other customer moves
(docs/reference/clock.md, "The order of the queue").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.portal import home as homes
from palier.tickets import queries, steering
from palier.tickets.problems import CannotDo
from palier.tickets.queries import MyTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A request with its place; `place` is empty for one that is not ranked."""

    id: str
    row: homes.Row
    place: str
    is_first: bool
    is_last: bool


@viewing.for_customers
@require_safe
def order(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The organisation's open requests in its own order, those without a place after."""
    return render(request, "portal/order_of_requests.html", _context(request, viewer))


def _context(request: HttpRequest, viewer: Viewer, refusal: str = "") -> dict[str, object]:
    speech, now, rows = speeches.of(request), timezone.now(), _in_order(viewer)
    ranked = sum(one.rank is not None for one in rows)
    placed = [
        Placed(
            id=str(one.id),
            row=homes.row(one, speech, now),
            place=str(number) if one.rank is not None else "",
            is_first=number == 1,
            is_last=one.rank is None or number == ranked,
        )
        for number, one in enumerate(rows, start=1)
    ]
    return {
        "ranked": placed[:ranked],
        "others": placed[ranked:],
        "refusal": refusal,
        "all_ids": ",".join(one.id for one in placed[:ranked]),
    }


def _in_order(viewer: Viewer) -> list[MyTicket]:
    own = [
        one
        for one in queries.my_tickets(viewer, now=timezone.now(), only_open=True)
        if one.organisation_id == viewer.organisation_id
    ]
    return sorted(own, key=lambda one: (one.rank is None, one.rank or 0, one.reached_at))


@viewing.shown_by(order)
@viewing.for_customers
@require_POST
def move(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Put one request up, down, among the ranked or out of them; or the whole order, as it was dragged."""
    sent = request.POST
    try:
        with transaction.atomic():
            ids = _moved([one.id for one in _in_order(viewer) if one.rank is not None], sent.get("move", ""))
            if "order" in sent and not sent.get("move"):
                ids = _ids(sent["order"].split(","))
            contact = Contact.objects.select_related("organisation").get(
                vendor_id=viewer.vendor_id, id=viewer.as_contact()
            )
            steering.rank(by=viewer, organisation=contact.organisation, ticket_ids=ids, now=timezone.now())
    except saying.REFUSALS as problem:
        context = _context(request, viewer, saying.refusal(problem, speeches.of(request)))
        return render(request, "portal/order_of_requests.html", context, status=422)
    messages.success(request, _("This is your order now; we see it too."))
    return HttpResponseRedirect(reverse("portal:requests-order"))


def _moved(ids: list[UUID], move: str) -> list[UUID]:
    """The order after `up:ID`, `down:ID`, `in:ID` (last) or `out:ID`."""
    if not move:
        return ids
    how, _sep, typed = move.partition(":")
    (moving,) = _ids([typed])
    if how == "in":
        return [*(one for one in ids if one != moving), moving]
    if moving not in ids or how not in ("up", "down", "out"):
        raise _gone()
    place = ids.index(moving)
    ids.remove(moving)
    if how != "out":
        ids.insert(max(0, place + (-1 if how == "up" else 1)), moving)
    return ids


def _ids(typed: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in typed if one]
    except ValueError:
        raise _gone() from None


def _gone() -> CannotDo:
    return CannotDo(
        code="not-open-here",
        en="That is not an open request of yours: reload the list.",
        fr="Ce n’est pas une de vos demandes ouvertes : rechargez la liste.",
    )
