"""Splitting on the desk: which messages, what the new request is, what is decided of it; then it is one."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from palier.desk import ticket_links
from palier.desk.ticket_merge import stands
from palier.pages import saying, verdict, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.severities import severity
from palier.pages.small_forms import Field, options
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import drafts, links, splitting
from palier.tickets.drafts import Draft
from palier.tickets.opening import LONGEST_SUBJECT
from palier.tickets.previewing import Preview
from palier.tickets.ticket_page import TicketPage


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_staff
def split(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Choose, look (`do=show`), split."""
    page = ticket_links.found(viewer, number)
    speech, now = speeches.of(request), timezone.now()
    sent = request.POST if request.method == "POST" else request.GET
    chosen = _ids(sent)
    draft = _draft(page, sent)
    context = _context(viewer, page, speech, draft, chosen)
    if request.method != "POST" and not chosen:
        return render(request, "desk/ticket_split.html", context)
    try:
        if request.method != "POST" or sent.get("do") == "show":
            found = splitting.preview(by=viewer, ticket=page.ticket, messages=chosen, draft=draft, now=now)
            context["preview"] = _preview(found, speech)
            return render(request, "desk/ticket_split.html", context)
        with transaction.atomic():
            new = splitting.split(by=viewer, ticket=page.ticket, messages=chosen, draft=draft, now=now)
    except saying.REFUSALS as problem:
        context["refusal"] = saying.refusal(problem, speech)
        return render(request, "desk/ticket_split.html", context, status=422)
    messages.success(request, _("Split off as %(number)s.") % {"number": links.number(new)})
    return HttpResponseRedirect(reverse("desk:ticket", args=[links.number(new)]))


def _ids(sent: QueryDict) -> list[UUID]:
    found: list[UUID] = []
    for text in sent.getlist("message"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _draft(page: TicketPage, sent: QueryDict) -> Draft:
    """The request's own answers, with what was chosen here."""
    draft = splitting.draft_of(page.ticket)
    kind, facts = sent.get("kind", draft.kind).strip(), draft.facts
    if kind != draft.kind:
        known = {fact.id for fact in drafts.questions(page.programme, kind=kind, of=drafts.STAFFS_WORDS)}
        facts = {name: value for name, value in facts.items() if name in known}
    return dataclasses.replace(
        draft,
        kind=kind,
        facts=facts,
        subject=sent.get("subject", "").strip(),
        product=sent.get("product", draft.product).strip(),
        version=sent.get("version", draft.version).strip(),
        effect=sent.get("effect", draft.effect).strip(),
    )


def _context(
    viewer: Viewer, page: TicketPage, speech: Speech, draft: Draft, chosen: list[UUID]
) -> dict[str, Any]:
    moments = speech.moments_in(page.desk_zone)
    rows = [
        {
            "id": str(row.id),
            "body": row.body,
            "language": row.language,
            "who": row.contact.name if row.contact is not None else page.ticket.organisation.name,
            "when": moments.day_time(row.reached_at),
            "iso": row.reached_at.isoformat(),
            "chosen": row.id in chosen,
        }
        for row in splitting.splittable(viewer, page.ticket)
    ]
    return {
        "number": page.number,
        "subject": page.ticket.subject,
        "wrote": rows,
        "fields": _fields(page, speech, draft),
        "zone": moments.city,
    }


def _fields(page: TicketPage, speech: Speech, draft: Draft) -> list[Field]:
    programme = page.programme
    kinds = {one.id: speech.text(one.name) for one in programme.kinds.values()}
    products = {
        "none": _("none named"),
        **{one.id: speech.text(one.name) for one in programme.products.values()},
    }
    effects = {
        "none": _("none named"),
        **{one.id: speech.text(one.name) for one in programme.effects.values()},
    }
    return [
        Field(
            name="subject",
            label=_("Subject"),
            value=draft.subject,
            required=True,
            hint=_("At most %(n)d characters.") % {"n": LONGEST_SUBJECT},
        ),
        Field(name="kind", label=_("Kind"), kind="choice", required=True, options=options(kinds, draft.kind)),
        Field(
            name="product",
            label=_("Product"),
            kind="choice",
            required=True,
            options=options(products, draft.product),
        ),
        Field(name="version", label=_("Version"), value=draft.version),
        Field(
            name="effect",
            label=_("Effect"),
            kind="choice",
            required=True,
            options=options(effects, draft.effect),
        ),
    ]


def _preview(found: Preview, speech: Speech) -> dict[str, Any]:
    return {
        "verdict": verdict.view(found.programme, found.decision, speech, beyond=found.beyond, to_desk=True),
        "severity": severity(found.programme, found.proposed_severity, speech),
        "stands": stands(found.clock, speech, found.zone) if found.clock is not None else "",
    }
