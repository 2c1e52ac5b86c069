"""One answer to many: the requests linked to one, or that hang on the same defect; each gets its own, each refusal is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from palier.desk import defect_view, ticket_links
from palier.pages import defects as defect_words
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.software import words
from palier.tickets import answering, defects, links, permissions, rounds
from palier.tickets.models import Round, RoundLine, Ticket
from palier.tickets.ticket_page import TicketPage

THENS = ("keep", "wait-customer", "resolve")


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_staff
def answer(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Write it once, see who gets it, send it."""
    page = ticket_links.found(viewer, number)
    speech, now = speeches.of(request), timezone.now()
    targets = _targets(viewer, page)
    context = _context(page, targets, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "desk/answer_all.html", context)
    wanted = set(request.POST.getlist("ticket"))
    texts = {one: request.POST.get(f"text_{one}", "") for one in words.LANGUAGES}
    try:
        with transaction.atomic():
            started = rounds.answer(
                by=viewer,
                written_on=page.ticket,
                tickets=[one for one in targets if str(one.id) in wanted],
                texts=texts,
                now=now,
                then=request.POST.get("then", answering.Then.KEEP),
            )
            rounds.tell_some(started, now=now)
    except saying.REFUSALS as problem:
        context["refusal"] = saying.refusal(problem, speech)
        return render(request, "desk/answer_all.html", context, status=422)
    told = rounds.report(started).told
    messages.success(request, ngettext("%(n)d answer sent.", "%(n)d answers sent.", told) % {"n": told})
    return HttpResponseRedirect(reverse("desk:ticket-answered", args=[page.number, started.id]))


def _targets(viewer: Viewer, page: TicketPage) -> list[Ticket]:
    """The open requests that hang together with this one and that the viewer may answer, this one first."""
    found = {page.ticket.id: page.ticket}
    ids = [one.id for one in links.of(viewer, page.ticket) if one.is_open]
    rows = (
        Ticket.objects.visible_to(viewer)
        .filter(id__in=ids)
        .select_related("organisation", "author", "adopted_by")
    )
    found |= {row.id: row for row in rows.order_by("number")}
    defect = defects.of(page.ticket)
    if defect is not None:
        found |= {
            row.id: row for row in defects.hanging(viewer, defect) if row.is_open and row.id not in found
        }
    now = timezone.now()
    return [row for row in found.values() if "reply" in permissions.allowed(viewer, row, now)]


def _context(page: TicketPage, targets: list[Ticket], sent: QueryDict | None) -> dict[str, Any]:
    wanted = None if sent is None else set(sent.getlist("ticket"))
    typed: Mapping[str, str] = (
        {} if sent is None else {one: sent.get(f"text_{one}", "") for one in words.LANGUAGES}
    )
    languages = {rounds.reader_of(one).language.partition("-")[0] for one in targets}
    rows = [
        {
            "id": str(one.id),
            "number": links.number(one),
            "subject": one.subject,
            "customer": one.organisation.name,
            "language": rounds.reader_of(one).language.partition("-")[0],
            "chosen": wanted is None or str(one.id) in wanted,
        }
        for one in targets
    ]
    names = {
        "keep": _("keep them open"),
        "wait-customer": _("wait for their customers"),
        "resolve": _("resolve them"),
    }
    return {
        "number": page.number,
        "subject": page.ticket.subject,
        "rows": rows,
        "texts": [
            (
                one,
                _("What customers read, %(language)s") % {"language": defect_words.language_name(one)},
                typed.get(one, ""),
            )
            for one in words.LANGUAGES
            if one in languages or not languages & set(words.LANGUAGES)
        ],
        "thens": [(id_, name, sent is not None and sent.get("then") == id_) for id_, name in names.items()],
    }


@viewing.for_staff
@require_safe
def answered(request: HttpRequest, viewer: Viewer, number: str, round_id: UUID) -> HttpResponse:
    """What became of it, request by request."""
    page = ticket_links.found(viewer, number)
    speech = speeches.of(request)
    row = Round.objects.filter(
        vendor_id=viewer.vendor_id, id=round_id, ticket_id=page.ticket.id, kind=Round.ANSWER
    ).first()
    if row is None:
        raise Http404
    report = rounds.report(row)
    lines = list(
        RoundLine.objects.filter(vendor_id=viewer.vendor_id, round_id=row.id)
        .select_related("organisation")
        .order_by("id")
    )
    ids = [one.ticket_id for one in lines if one.ticket_id is not None]
    seen = {one.id: links.number(one) for one in Ticket.objects.visible_to(viewer).filter(id__in=ids)}
    states = {"waiting": _("to come"), "told": _("sent"), "refused": _("not sent"), "noticed": _("a notice")}
    context = {
        "number": page.number,
        "sum": defect_view.told_words(report),
        "done": report.done,
        "lines": [
            (
                seen[one.ticket_id],
                reverse("desk:ticket", args=[seen[one.ticket_id]]),
                one.organisation.name,
                states[one.state],
                speech.typeset(one.said.get(speech.language, "")),
            )
            for one in lines
            if one.ticket_id in seen
        ],
    }
    return render(request, "desk/answered_all.html", context)
