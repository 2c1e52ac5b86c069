"""Known defects of the reader's products: the list, one, and saying that one has it too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.contracts import products
from palier.pages import defects as words_of
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.defects import StateView, Written
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.software import actions, queries, words
from palier.software.models import Defect, MeToo
from palier.software.queries import Known
from palier.tickets import defects, links
from palier.tickets.models import DefectLink, Ticket
from palier.tickets.problems import CannotDo


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownView:
    """A known defect as a customer reads it."""

    number: str
    url: str
    title: Written
    description: Written
    workaround: Written
    product: str
    versions: str
    state: StateView
    fixed: str
    since: str
    mine: str
    """`7.1` where the reader's organisation said that it has it, a word where it named no version; empty otherwise."""


@viewing.for_customers
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The public ones of the products under contract; found by words (`?q=`)."""
    speech, now = speeches.of(request), timezone.now()
    sought = request.GET.get("q", "").strip()[:100]
    rows = queries.known(
        vendor_id=viewer.vendor_id, products=products.covered(viewer, now), text=sought, most=200
    )
    mine = queries.mine_too(viewer)
    context = {"known": [view(row, mine.get(row.id), speech) for row in rows], "sought": sought}
    return render(request, "portal/defects.html", context)


def view(row: Known, mine: MeToo | None, speech: Speech) -> KnownView:
    """One in words."""
    date = speech.moments.date
    fixed = row.fixed_in
    if fixed and row.shipped_on is not None:
        fixed = _("%(patch)s, since %(date)s") % {"patch": fixed, "date": date(row.shipped_on)}
    return KnownView(
        number=row.number,
        url=reverse("portal:defect", args=[row.number]),
        title=words_of.written(row.title, speech),
        description=words_of.written(row.description, speech),
        workaround=words_of.written(row.workaround, speech),
        product=words_of.product(row.product, speech),
        versions=words_of.versions(row.affected),
        state=words_of.state(row.state),
        fixed=fixed,
        since=date(row.first_seen_on),
        mine="" if mine is None else mine.version or _("in some version"),
    )


@viewing.for_customers
@require_safe
def page(request: HttpRequest, viewer: Viewer, defect: str) -> HttpResponse:
    """One known defect."""
    return render(request, "portal/defect.html", _context(request, viewer, _found(viewer, defect)))


def _found(viewer: Viewer, number: str) -> Defect:
    try:
        return queries.known_one(
            vendor_id=viewer.vendor_id, products=products.covered(viewer, timezone.now()), number=number
        )
    except Defect.DoesNotExist:
        raise Http404 from None


def _context(request: HttpRequest, viewer: Viewer, row: Defect, refusal: str = "") -> dict[str, Any]:
    speech = speeches.of(request)
    known = queries.of(row, queries.prefix_of(viewer.vendor_id))
    title = words_of.written(row.title, speech).text
    asked = {"defect": known.number, "product": row.product, "subject": title}
    mine = queries.mine_too(viewer).get(row.id)
    if mine is not None and mine.version:
        asked["version"] = mine.version
    return {
        "known": view(known, mine, speech),
        "requests": list(_mine_on(viewer, row)),
        "attachable": [(str(one.id), links.number(one), one.subject) for one in _attachable(viewer, row)],
        "versions": row.affected,
        "new_url": f"{reverse('portal:new-request')}?{urlencode(asked)}",
        "sent": request.POST,
        "refusal": refusal,
    }


def _mine_on(viewer: Viewer, row: Defect) -> Iterable[tuple[str, str, str]]:
    """(number, subject, address) of the reader's requests that hang on it."""
    for one in defects.hanging(viewer, row):
        number = links.number(one)
        yield number, one.subject, reverse("portal:request", args=[number])


def _attachable(viewer: Viewer, row: Defect) -> list[Ticket]:
    """The reader's open requests about the product, or about none, that hang on no defect."""
    taken = DefectLink.objects.filter(vendor_id=viewer.vendor_id).values("ticket_id")
    found = Ticket.objects.visible_to(viewer).filter(is_open=True, product__in=[row.product, "none"])
    return list(found.exclude(id__in=taken).order_by("-number")[:50])


@viewing.shown_by(page, dropping="deed")
@viewing.for_customers
@require_POST
def act(request: HttpRequest, viewer: Viewer, defect: str, deed: str) -> HttpResponse:
    """Me too: the reader's organisation has it, in that version; a request of the reader's may hang on it."""
    row = _found(viewer, defect)
    if deed != "me-too":
        raise Http404
    now = timezone.now()
    try:
        with transaction.atomic():
            actions.me_too(by=viewer, defect=row, version=request.POST.get("version", ""), now=now)
            ticket = _chosen(viewer, row, request.POST)
            if ticket is not None:
                defects.attach(by=viewer, ticket=ticket, defect=row, now=now)
    except saying.REFUSALS as problem:
        context = _context(request, viewer, row, saying.refusal(problem, speeches.of(request)))
        return render(request, "portal/defect.html", context, status=422)
    messages.success(request, _("Noted. You are told when the fix ships."))
    return HttpResponseRedirect(reverse("portal:defect", args=[defect]))


def _chosen(viewer: Viewer, row: Defect, sent: QueryDict) -> Ticket | None:
    asked = sent.get("request", "")
    if not asked:
        return None
    found = next((one for one in _attachable(viewer, row) if str(one.id) == asked), None)
    if found is None:
        raise CannotDo(
            code="no-such-request",
            en="That request is not one of those listed: choose one, or none.",
            fr="Cette demande n’est pas de la liste : choisissez-en une, ou aucune.",
        )
    return found


# --- beside a request -----------------------------------------------------------------------------------


def named(viewer: Viewer, number: str, speech: Speech, now: datetime) -> KnownView | None:
    """The known defect that a new request is about (`?defect=`), if the reader may read it."""
    if not number:
        return None
    try:
        row = queries.known_one(
            vendor_id=viewer.vendor_id, products=products.covered(viewer, now), number=number
        )
    except Defect.DoesNotExist:
        return None
    return view(queries.of(row, queries.prefix_of(viewer.vendor_id)), None, speech)


def hang(viewer: Viewer, ticket: Ticket, number: str, now: datetime) -> None:
    """Let a request just opened hang on the defect it is about."""
    try:
        row = queries.known_one(
            vendor_id=viewer.vendor_id, products=products.covered(viewer, now), number=number
        )
    except Defect.DoesNotExist:
        return
    if defects.of(ticket) is None:
        defects.attach(by=viewer, ticket=ticket, defect=row, now=now)


def of_request(viewer: Viewer, ticket: Ticket, speech: Speech, now: datetime) -> KnownView | None:
    """The known defect that a request hangs on, if the reader may read it."""
    row = defects.of(ticket)
    if row is None:
        return None
    return named(viewer, words.number_of(queries.prefix_of(viewer.vendor_id), row.number), speech, now)
