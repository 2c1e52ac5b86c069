"""What customers contest, on the desk: the list of what waits for an answer, and the answer itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.pages import objections as shown
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.objections import ObjectionView
from palier.pages.small_forms import Field, Form
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import objecting, queries
from palier.tickets.models import Contested, Objection
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage

ANSWERED_SINCE = timedelta(days=30)
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An objection with where it stands, and the form of its answer for whoever may give it."""

    view: ObjectionView
    late: bool
    place: str
    url: str
    form: Form | None


@viewing.for_staff
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits for an answer, the most urgent first; then what was answered lately."""
    return render(request, "desk/objections.html", _context(request, viewer))


def _context(request: HttpRequest, viewer: Viewer, **tried: Any) -> dict[str, Any]:
    rows = objecting.objections(viewer).select_related(
        "ticket", "staff", "contact", "organisation", "answered_by"
    )
    since = timezone.now() - ANSWERED_SINCE
    speech, zone = speeches.of(request), request.vendor.zone  # type: ignore[attr-defined]
    waiting = list(rows.filter(answered_at=None).order_by("due_at", "id")[:MOST])
    answered = list(rows.filter(answered_at__gte=since).order_by("-answered_at", "-id")[:MOST])
    return {
        "waiting": items(viewer, waiting, speech, zone=zone, **tried),
        "answered": items(viewer, answered, speech, zone=zone),
        "refusal": tried.get("refusal", ""),
    }


def of_ticket(viewer: Viewer, page: TicketPage, speech: Speech, *, zone: str) -> list[Item]:
    """Those about a request, for its page; nothing is asked of the database where nothing was ever contested."""
    if not any(entry.kind == "contested" for entry in page.stream):
        return []
    rows = objecting.objections(viewer).filter(ticket=page.ticket).exclude(what=Contested.INVOICE_LINE)
    related = rows.select_related("ticket", "staff", "contact", "organisation", "answered_by")
    return items(viewer, list(related.order_by("at", "id")), speech, zone=zone)


def of_invoice(viewer: Viewer, number: str, speech: Speech, *, zone: str) -> list[Item]:
    """Those about the lines of an invoice."""
    rows = objecting.objections(viewer).filter(invoice=number)
    related = rows.select_related("ticket", "staff", "contact", "organisation", "answered_by")
    return items(viewer, list(related.order_by("at", "id")), speech, zone=zone)


def items(
    viewer: Viewer,
    rows: list[Objection],
    speech: Speech,
    *,
    zone: str,
    tried: str = "",
    sent: QueryDict | None = None,
    refusal: str = "",
) -> list[Item]:
    """Objections as the desk shows them; the form of the one that was `tried` as it was sent, with the refusal."""
    found, now = [], timezone.now()
    for row, view in zip(rows, shown.views(rows, speech, zone=zone), strict=True):
        form = _form(row) if view.is_open and objecting.may_answer(viewer, row) else None
        if form is not None and tried == view.id:
            form = small_forms.filled(form, sent, refusal)
        place, url = _place(row)
        late = view.is_open and row.due_at <= now
        found.append(Item(view=view, late=late, place=place, url=url, form=form))
    return found


def _place(row: Objection) -> tuple[str, str]:
    if row.what == Contested.INVOICE_LINE:
        return row.invoice, reverse("desk:finance-invoice", args=[row.invoice])
    assert row.ticket is not None
    number = queries.number_of(row.ticket.revision_id, row.ticket.number)
    return f"{number}, {row.ticket.subject}", reverse("desk:ticket", args=[number])


def _form(row: Objection) -> Form:
    verdicts = {"yes": _("The customer is right"), "no": _("It stays as it is")}
    return Form(
        action=f"answer-{row.id}",
        title=_("Answer"),
        button=_("Send the answer"),
        url=reverse("desk:objection-answer", args=[row.id]),
        fields=(
            Field(
                name="upheld",
                label=_("Your answer"),
                kind="choice",
                options=small_forms.options(verdicts),
                required=True,
            ),
            Field(name="words", label=_("Why, for the customer"), kind="long", required=True),
        ),
        says=_("Nothing else changes by it: correct the request or the invoice where it is made."),
    )


@viewing.shown_by(listed, dropping="objection")
@viewing.for_staff
@require_POST
def answer(request: HttpRequest, viewer: Viewer, objection: UUID) -> HttpResponse:
    """Answer one."""
    sent = request.POST
    try:
        with transaction.atomic():
            row = objecting.answer(
                by=viewer,
                objection=objection,
                upheld=_upheld(sent),
                words=sent.get("words", "").strip(),
                now=timezone.now(),
            )
    except Objection.DoesNotExist:
        raise Http404 from None
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        context = _context(request, viewer, tried=str(objection), sent=sent, refusal=refusal)
        return render(request, "desk/objections.html", context, status=422)
    messages.success(request, _("Answered; the customer reads it now."))
    return HttpResponseRedirect(_place(row)[1])


def _upheld(sent: QueryDict) -> bool:
    said = sent.get("upheld", "")
    if said not in ("yes", "no"):
        raise CannotDo(
            code="no-answer",
            en="Say whether the customer is right, or whether it stays as it is.",
            fr="Dites si le client a raison, ou si cela reste ainsi.",
        )
    return said == "yes"
