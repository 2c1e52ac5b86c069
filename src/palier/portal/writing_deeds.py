"""What is done while one writes in the portal: previewing and keeping drafts. Each works without JavaScript too."""

from __future__ import annotations

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from palier.pages import attaching, markdown, referring, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.portal import new_request, views, writing
from palier.tickets import messages
from palier.workspace import drafts
from palier.workspace.drafts import Place

NOT_KEPT = frozenset({"csrfmiddlewaretoken", "do", "asked_for"})
"""Fields of the form of a new request that are no answers; what begins with `seen-` neither."""


def _kept_answer(request: HttpRequest, said: str, refusal: str = "") -> JsonResponse | None:
    """What the script reads; None where none asks."""
    if not request.headers.get("Accept", "").startswith("application/json"):
        return None
    if refusal:
        return JsonResponse({"kept": "", "refusal": refusal}, status=422)
    return JsonResponse({"kept": said})


# --- an answer ------------------------------------------------------------------------------------------


@viewing.shown_by(views.request_page)
@viewing.for_customers
@require_POST
def preview(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """What is typed as it will be read: as a fragment for the script, else on the page."""
    page = views.found(viewer, number)
    body = request.POST.get("body", "")[: messages.LONGEST]
    refers = referring.of_text(viewer, body, address=lambda one: reverse("portal:request", args=[one]))
    made = markdown.html(body, refers=refers)
    if request.headers.get("HX-Request"):
        return render(request, "pages/compose_preview.html", {"preview": made})
    refusal, status = "", 200
    try:
        attaching.take(request, viewer)
    except saying.REFUSALS as problem:
        refusal, status = saying.refusal(problem, speeches.of(request)), 422
    typed = {"action": "reply", "body": body}
    return views.shown(request, viewer, page, sent=typed, refusal=refusal, preview=made, status=status)


@viewing.shown_by(views.request_page)
@viewing.for_customers
@require_POST
def draft(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Keep what is typed. The script asks a second after the typing stopped; without it there is a button."""
    page = views.found(viewer, number)
    speech, now = speeches.of(request), timezone.now()
    content = {name: request.POST.getlist(name) for name in ("body", "file") if name in request.POST}
    if not any(one.strip() for values in content.values() for one in values):
        content = {}
    try:
        kept_at = drafts.keep(by=viewer, place=Place.REPLY, ticket=page.ticket, content=content, now=now)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speech)
        typed = {"action": "reply", "body": request.POST.get("body", "")}
        return _kept_answer(request, "", refusal) or views.shown(
            request, viewer, page, sent=typed, refusal=refusal, status=422
        )
    said = "" if kept_at is None else writing.kept_words(kept_at, speech)
    answer = _kept_answer(request, said)
    if answer is not None:
        return answer
    flashes.success(request, _("Kept. Only you see it, here and wherever you sign in."))
    return HttpResponseRedirect(reverse("portal:request", args=[page.number]) + "#reply")


# --- a new request --------------------------------------------------------------------------------------


@viewing.shown_by(new_request.new_request)
@viewing.for_customers
@require_POST
def draft_request(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the form of a new request as it stands; with `do=forget` throw away what was kept."""
    speech, now = speeches.of(request), timezone.now()
    if request.POST.get("do") == "forget":
        drafts.drop(by=viewer, place=Place.REQUEST)
        return HttpResponseRedirect(reverse("portal:new-request"))
    content = {
        name: values
        for name, values in request.POST.lists()
        if name not in NOT_KEPT and not name.startswith("seen-")
    }
    if not any(request.POST.get(name, "").strip() for name in ("subject", "body", "file")):
        # What was only looked through is no request begun.
        content = {}
    try:
        kept_at = drafts.keep(by=viewer, place=Place.REQUEST, content=content, now=now)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speech)
        flashes.error(request, refusal)
        answer = _kept_answer(request, "", refusal)
        return answer or HttpResponseRedirect(reverse("portal:new-request") + "?draft=continue")
    said = "" if kept_at is None else writing.kept_words(kept_at, speech)
    answer = _kept_answer(request, said)
    return answer or HttpResponseRedirect(reverse("portal:new-request") + "?draft=continue")
