"""Writing on a ticket of the desk: sending, taking back, previewing, keeping a draft, inserting a canned answer.

Each is an address of its own that works without JavaScript: then it shows the ticket's page again with what was typed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from palier.desk import compose_view, ticket
from palier.pages import attaching, markdown, referring, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Refused, Viewer
from palier.tickets import answering, mentioning, messages
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage
from palier.workspace import canned, drafts, settings
from palier.workspace.drafts import Place

DRAFTED = ("body", "then", "workaround", "file")
"""What is kept of the form."""


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What the form held, to show it again."""
    return {key: request.POST[key] for key in ("to", "body", "then", "workaround") if key in request.POST}


def _place(request: HttpRequest) -> Place:
    return compose_view.TABS.get(request.POST.get("to", ""), Place.REPLY)


def _for_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _again(
    request: HttpRequest, viewer: Viewer, page: TicketPage, typed: dict[str, Any], **more: Any
) -> HttpResponse:
    """The page again, with the composer as it was."""
    return ticket.shown(request, viewer, page, opened="reply", sent=typed, **more)


def _back(page: TicketPage, place: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("desk:ticket", args=[page.number]) + place)


# --- sending, and taking back ----------------------------------------------------------------------------


@viewing.shown_by(ticket.ticket)
@viewing.for_staff
@require_POST
def send(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Send an answer, or keep a note. The draft goes with it."""
    page = ticket.found(viewer, number)
    now, place = timezone.now(), _place(request)
    try:
        attaching.take(request, viewer)
        # What an action wrote before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            blind = _send(request, viewer, page, place, now)
            drafts.drop(by=viewer, place=place, ticket=page.ticket)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        return _again(request, viewer, page, _typed(request), refusal=refusal, status=422)
    if place is Place.NOTE:
        flashes.success(request, _("Noted; the customer does not see it."))
    if blind:
        names = ", ".join(blind)
        flashes.warning(
            request, _("Not told, because the ticket is not theirs to see: %(names)s.") % {"names": names}
        )
    return _back(page)


def _send(
    request: HttpRequest, viewer: Viewer, page: TicketPage, place: Place, now: datetime
) -> tuple[str, ...]:
    """Do it; returns who was named and may not see the ticket."""
    body, files = request.POST.get("body", "").strip(), attaching.ids(request.POST)
    if place is Place.NOTE:
        answering.add_note(by=viewer, ticket=page.ticket, body=body, now=now, files=files)
        return tuple(one.name for one in mentioning.sort_out(viewer, page.ticket, body).blind)
    seen, latest = request.POST.get("seen", ""), compose_view.latest(page)
    if seen and seen != latest:
        raise CannotDo(
            code="written-meanwhile",
            en="Something was written while you did: read it above, then send your answer or change it.",
            fr="Un message est arrivé pendant que vous écriviez : lisez-le ci-dessus, puis envoyez votre réponse ou changez-la.",
        )
    left = canned.left(body)
    if left:
        raise CannotDo(
            code="variable-left",
            en=f"There is still {{{left[0]}}} in the answer, and nothing to fill it with: write it out.",
            fr=f"Il reste {{{left[0]}}} dans la réponse, et rien pour le remplir : écrivez-le vous-même.",
        )
    answering.reply(
        by=viewer,
        ticket=page.ticket,
        body=settings.signed(viewer, body, page.contact.language),
        now=now,
        then=request.POST.get("then", "").strip() or "keep",
        workaround=request.POST.get("workaround") == "yes",
        files=files,
    )
    return ()


@viewing.shown_by(ticket.ticket)
@viewing.for_staff
@require_POST
def undo(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Take an answer back; its words are a draft again, before anything typed since."""
    page = ticket.found(viewer, number)
    now = timezone.now()
    try:
        with transaction.atomic():
            message = answering.undo(
                by=viewer, ticket=page.ticket, message=_id(request.POST.get("message", "")), now=now
            )
            kept = drafts.on_ticket(viewer, page.ticket.id).get(Place.REPLY)
            since = "" if kept is None or not kept.body.strip() else f"\n\n{kept.body}"
            content = {**(kept.content if kept is not None else {}), "body": [message.body + since]}
            drafts.keep(by=viewer, place=Place.REPLY, ticket=page.ticket, content=content, now=now)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        return ticket.shown(request, viewer, page, opened="", refusal=refusal, status=422)
    flashes.success(request, _("Taken back. The customer never saw it; the text is below again."))
    return _back(page, "#reply")


def _id(text: str) -> UUID:
    """The id; one of nothing for what is none, which the action then refuses."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


# --- before sending --------------------------------------------------------------------------------------


@viewing.shown_by(ticket.ticket)
@viewing.for_staff
@require_POST
def preview(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """What is typed as it will be read: as a fragment for the script, else on the page."""
    page = ticket.found(viewer, number)
    body = request.POST.get("body", "")[: messages.LONGEST]
    refers = referring.of_text(viewer, body, address=lambda one: reverse("desk:ticket", args=[one]))
    made = markdown.html(body, refers=refers)
    if request.headers.get("HX-Request"):
        return render(request, "pages/compose_preview.html", {"preview": made})
    refusal, status = "", 200
    try:
        attaching.take(request, viewer)
    except Refused as problem:
        refusal, status = saying.refusal(problem, speeches.of(request)), 422
    return _again(request, viewer, page, _typed(request), preview=made, refusal=refusal, status=status)


@viewing.shown_by(ticket.ticket)
@viewing.for_staff
@require_POST
def draft(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Keep what is typed. The script asks a second after the typing stopped; without it there is a button."""
    page = ticket.found(viewer, number)
    now = timezone.now()
    content = {name: request.POST.getlist(name) for name in DRAFTED if name in request.POST}
    if not any(one.strip() for name in ("body", "file") for one in content.get(name, [])):
        content = {}
    try:
        kept_at = drafts.keep(by=viewer, place=_place(request), ticket=page.ticket, content=content, now=now)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        if _for_script(request):
            return JsonResponse({"kept": "", "refusal": refusal}, status=422)
        return _again(request, viewer, page, _typed(request), refusal=refusal, status=422)
    if _for_script(request):
        moments = speeches.of(request).moments_in(page.desk_zone)
        said = "" if kept_at is None else compose_view.kept_words(kept_at, moments, now)
        return JsonResponse({"kept": said})
    flashes.success(request, _("Kept. Only you see it, here and wherever you sign in."))
    return _back(page, "#reply")


@viewing.shown_by(ticket.ticket)
@viewing.for_staff
@require_POST
def insert(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Fill a canned answer in for this ticket's customer and put it after what is typed."""
    page = ticket.found(viewer, number)
    found = canned.usable(viewer).filter(id=_id(request.POST.get("canned", ""))).first()
    if found is None:
        refusal = _("Choose an answer from the list first.")
        if _for_script(request):
            return JsonResponse({"refusal": refusal}, status=422)
        return _again(request, viewer, page, _typed(request), refusal=refusal, status=422)
    vendor = request.vendor.name  # type: ignore[attr-defined]
    values = compose_view.values(page, agent=viewer.name, vendor=vendor)
    filled = canned.fill(found, language=page.contact.language, values=values)
    if _for_script(request):
        return JsonResponse({"body": filled.body})
    typed = _typed(request)
    before = str(typed.get("body", "")).rstrip()
    typed["body"] = f"{before}\n\n{filled.body}" if before else filled.body
    return _again(request, viewer, page, typed)
