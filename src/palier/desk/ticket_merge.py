"""Merging on the desk: what it would do, or why not, before it is done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from palier.core.clock import Clock
from palier.desk import ticket_links
from palier.pages import quantities, saying, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.moments import MINUTE, moment
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.programme import locales
from palier.software import queries as software
from palier.software import words
from palier.tickets import links, merging
from palier.tickets.merging import Preview
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage


@require_http_methods(["GET", "HEAD", "POST"])
@viewing.for_staff
def merge(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Into which one, what that does, and doing it."""
    page = ticket_links.found(viewer, number)
    speech, now = speeches.of(request), timezone.now()
    asked = (request.POST if request.method == "POST" else request.GET).get("into", "").strip()
    context: dict[str, Any] = {"number": page.number, "subject": page.ticket.subject, "into": asked}
    if not asked:
        return render(request, "desk/ticket_merge.html", context)
    try:
        into = links.by_number(viewer, asked)
        preview = merging.preview(by=viewer, ticket=page.ticket, into=into, now=now)
        context |= _said(page, preview, speech)
        if request.method == "POST":
            with transaction.atomic():
                survivor = merging.merge(by=viewer, ticket=page.ticket, into=into, now=now)
            messages.success(
                request,
                _("Merged. What was said in %(number)s stands here in place.") % {"number": page.number},
            )
            return HttpResponseRedirect(reverse("desk:ticket", args=[links.number(survivor)]))
    except saying.REFUSALS as problem:
        context["refusal"] = saying.refusal(problem, speech)
        return render(request, "desk/ticket_merge.html", context, status=422)
    return render(request, "desk/ticket_merge.html", context)


def _said(page: TicketPage, preview: Preview, speech: Speech) -> dict[str, Any]:
    number = links.number(preview.survivor)
    return {
        "survivor": number,
        "survivor_subject": preview.survivor.subject,
        "refusals": [_refusal(one, speech) for one in preview.refusals],
        "does": list(_does(page, preview, speech, number)),
        "other_way": reverse("desk:ticket-merge", args=[number]) + f"?into={page.number}",
    }


def _refusal(problem: CannotDo, speech: Speech) -> str:
    return saying.refusal(problem, speech)


def _does(page: TicketPage, preview: Preview, speech: Speech, number: str) -> Iterable[str]:
    """What merging does, a sentence each."""
    yield _("%(number)s closes as it stands: %(stands)s.") % {
        "number": page.number,
        "stands": stands(preview.merged_clock, speech, page.zone),
    }
    yield _("The clock of %(number)s is not moved: %(stands)s.") % {
        "number": number,
        "stands": stands(preview.survivor_clock, speech, preview.survivor.zone),
    }
    said = ngettext("%(n)d message", "%(n)d messages", preview.messages) % {"n": preview.messages}
    if preview.notes:
        notes = ngettext("%(n)d internal note", "%(n)d internal notes", preview.notes) % {"n": preview.notes}
        said = _("%(messages)s and %(notes)s") % {"messages": said, "notes": notes}
    yield _(
        "%(what)s of %(number)s are read in %(other)s in place, with their files; nothing is moved or rewritten."
    ) % {
        "what": said,
        "number": page.number,
        "other": number,
    }
    yield _("What is written to %(number)s from now on goes to %(other)s.") % {
        "number": page.number,
        "other": number,
    }
    claim = preview.released
    if claim is not None:
        unit = quantities.unit_of(page.programme, claim.allowance)
        yield _("What it reserved is given back: %(what)s, %(count)s.") % {
            "what": quantities.name_of(page.programme, claim.allowance, speech),
            "count": quantities.quantity(unit, claim.quantity - claim.used, speech),
        }
    if preview.minutes:
        yield _("The %(time)s booked on it stay booked on it.") % {
            "time": locales.duration(preview.minutes * MINUTE)
        }
    if preview.defect is not None:
        defect = words.number_of(software.prefix_of(preview.defect.vendor_id), preview.defect.number)
        yield _("%(other)s then hangs on %(defect)s, as it did.") % {"other": number, "defect": defect}


def stands(clock: Clock, speech: Speech, zone: str) -> str:
    """Each promise in a few words: `first answer met, next update due Mon 16:00`."""
    moments = speech.moments_in(zone)
    parts: list[str] = []
    for one in clock.promises:
        what = wording.commitment(one.commitment).lower()
        if one.breached_at is not None:
            parts.append(_("%(what)s missed") % {"what": what})
        elif one.met_at is not None:
            parts.append(_("%(what)s met") % {"what": what})
        elif one.owed and one.due_at is not None:
            when = moments.near(moment(one.due_at), moment(clock.now))
            parts.append(_("%(what)s due %(when)s") % {"what": what, "when": when})
        elif one.owed:
            parts.append(_("%(what)s paused") % {"what": what})
    return ", ".join(dict.fromkeys(parts)) or _("no clock runs")
