"""Writing a request: the form, what would happen if it were sent, and sending it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from palier.contracts import queries as contracts
from palier.pages import attaching, saying, viewing, ways
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Refused, Viewer
from palier.people.models import Contact
from palier.portal import defects, forms, writing
from palier.portal import preview as previews
from palier.portal.preview import PreviewView
from palier.tickets import opening, queries, repeats
from palier.tickets.drafts import Draft
from palier.tickets.opening import Preview
from palier.tickets.problems import CannotDo
from palier.workspace import drafts
from palier.workspace.drafts import Place


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_customers
def new_request(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form. A POST sends it; with `do=show` it is shown again with what would happen."""
    refusal = _take_files(request, viewer)
    sent: QueryDict = request.POST if request.method == "POST" else request.GET
    kept = drafts.of_request(viewer) if request.method != "POST" else None
    if kept is not None and request.GET.get("draft") == "continue":
        sent = writing.as_sent(kept)
    wants_send = request.method == "POST" and sent.get("do") != "show"
    page = _page(request, viewer, sent, checked=wants_send, said=_wrong(sent) if wants_send else None)
    page["refusal"] = page["refusal"] or refusal
    if kept is not None:
        asks = request.GET.get("draft") != "continue"
        page["begun"] = writing.begun(kept, speeches.of(request), asks=asks)
    if not wants_send:
        return render(request, "portal/new_request.html", page)
    form: forms.NewRequestForm | None = page["form"]
    if form is None or form.errors or form.kind_error or page["refusal"]:
        return render(request, "portal/new_request.html", page, status=422)
    return _send(request, viewer, page)


def _take_files(request: HttpRequest, viewer: Viewer) -> str:
    """Keep the files that came with the form; what is said of those that are not kept."""
    try:
        attaching.take(request, viewer)
    except Refused as problem:
        return saying.refusal(problem, speeches.of(request))
    return ""


def _send(request: HttpRequest, viewer: Viewer, page: dict[str, Any]) -> HttpResponse:
    speech = speeches.of(request)
    now = timezone.now()
    draft = page["draft"]
    try:
        # What was written before it was refused goes with it: the page that tells so answers no error.
        with transaction.atomic():
            ticket = repeats.sent_before(by=viewer, draft=draft, now=now) or opening.open_ticket(
                by=viewer, draft=draft, now=now
            )
            drafts.drop(by=viewer, place=Place.REQUEST)
            defects.hang(viewer, ticket, request.POST.get("defect", ""), now)
    except saying.REFUSALS as problem:
        page["refusal"] = saying.refusal(problem, speech)
        return render(request, "portal/new_request.html", page, status=422)
    number = queries.number_of(ticket.revision_id, ticket.number)
    messages.success(request, _("Received as %(number)s. Below is what happens now.") % {"number": number})
    return HttpResponseRedirect(reverse("portal:request", args=[number]))


@require_POST
@viewing.for_customers
def preview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What would happen, for the page that is being written on (htmx). Writes nothing."""
    page = _page(request, viewer, request.POST)
    form: forms.NewRequestForm | None = page["form"]
    # What the kind asks is swapped only when the kind changed: nothing typed meanwhile is overwritten.
    page["swapped"] = form is not None and form.kind != request.POST.get("asked_for", "")
    return render(request, "portal/preview_swap.html", page)


def shown(request: HttpRequest, viewer: Viewer, **further: object) -> HttpResponse:
    """The form again with what was typed and what came with it, and with something more on the page."""
    refusal = _take_files(request, viewer)
    page = _page(request, viewer, request.POST)
    page["refusal"] = page["refusal"] or refusal
    return render(request, "portal/new_request.html", page | further)


def _wrong(sent: QueryDict) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not sent.get("subject", "").strip():
        wrong["subject"] = _("Give it a subject: a few words by which you will know it again.")
    if not sent.get("body", "").strip():
        wrong["body"] = _("Say what happens, in your own words.")
    for name, text in sent.items():
        longest = forms.longest(name)
        if longest is not None and len(text) > longest:
            wrong[name] = _("At most %(n)d characters fit here; you wrote %(many)d. Nothing was cut.") % {
                "n": longest,
                "many": len(text),
            }
    return wrong


def _page(
    request: HttpRequest,
    viewer: Viewer,
    sent: QueryDict,
    *,
    checked: bool = False,
    said: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What the page shows: form, draft, preview, refusal. The draft carries the way that was picked in the preview."""
    speech = speeches.of(request)
    now = timezone.now()
    page: dict[str, Any] = {"form": None, "draft": None, "preview": None, "refusal": ""}
    page["about"] = defects.named(viewer, sent.get("defect", ""), speech, now)
    try:
        on = forms.ground(viewer, now, sent.get("contract", ""))
        page["form"] = forms.form(on, sent, speech, checked=checked, said=said or {})
        page["draft"] = forms.draft(on, sent, language=speech.language)
        if page["form"].kind:
            found = opening.preview_request(by=viewer, draft=page["draft"], now=now)
            picked = previews.Picked(
                way=sent.get("way", ""),
                agreed=tuple(sent.getlist("agree")),
                may=_may_choose(viewer, found, now),
            )
            page["preview"] = previews.view(found, speech, picked)
            page["draft"] = _with_way(page["draft"], page["preview"], sent, checked=checked)
    except (Refused, CannotDo) as problem:
        page["refusal"] = saying.refusal(problem, speech)
    return page


def _may_choose(viewer: Viewer, found: Preview, now: datetime) -> bool:
    """Whether this contact may choose a way: one who may act under the contract, and anybody without one."""
    contract = found.contract
    if contract is None:
        return True
    contact = Contact.objects.get(vendor_id=viewer.vendor_id, id=viewer.as_contact())
    return contracts.may_act(contract, found.programme.plans.get(contract.plan), contact, now)


def _with_way(draft: Draft, shown: PreviewView, sent: QueryDict, *, checked: bool) -> Draft:
    """The draft with the way picked in the preview and the words that were read beside it.

    Raises CannotDo where those words are others now, when it is to be sent: what is chosen is what was read.
    """
    picked = next((one for one in shown.ways if one.chosen), None)
    if picked is None:
        return draft
    if checked:
        ways.require_seen(picked, sent.get(f"seen-{picked.id}", ""))
    return replace(
        draft,
        way=picked.id,
        way_text=picked.words if picked.id in shown.agreed else picked.words_alone,
        way_agreed=picked.id in shown.agreed,
    )
