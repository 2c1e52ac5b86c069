"""One thing done to the tickets that were ticked: its form, the report of what was refused and why, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.contracts import queries as contracts
from palier.desk import queue_next, queue_words, snooze_words, views
from palier.pages import saying, severities, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.moments import Moments
from palier.pages.small_forms import Field, Form, Sent, filled, options
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.tickets import answering, queries, tags
from palier.tickets.models import Ticket
from palier.workspace import bulk
from palier.workspace.models import Bulk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """Who does it, to which tickets, where and when."""

    viewer: Viewer
    speech: Speech
    tickets: Sequence[Ticket]
    here: Moments
    now: datetime


@viewing.for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form of a deed over the tickets ticked; posted to, it is done."""
    given = request.POST if request.method == "POST" else request.GET
    deed = given.get("do", "")
    if deed not in bulk.DEEDS:
        raise Http404
    ground = _ground(request, viewer, given)
    if not ground.tickets:
        messages.warning(request, _("No ticket is ticked: tick some first."))
        return HttpResponseRedirect(_back(request, viewer))
    asked = _form(ground, deed)
    if request.method != "POST":
        return _page(request, ground, deed, asked)
    sent = Sent(data=request.POST, files={}, form=asked, zone=ground.here.zone)
    try:
        with transaction.atomic():
            done = bulk.run(
                by=viewer,
                deed=deed,
                ticket_ids=[one.id for one in ground.tickets],
                given=_given(ground, deed, sent),
                now=ground.now,
                all_or_none=sent.data.get("all") == "yes",
            )
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, ground.speech)
        return _page(request, ground, deed, filled(asked, request.POST, refusal), status=422)
    if done.refused:
        return HttpResponseRedirect(reverse("desk:queue-done", args=[done.id]))
    if not bulk.undoable(done):
        messages.success(request, queue_words.done(done))
    return HttpResponseRedirect(_back(request, viewer, done=str(done.id)))


def _ground(request: HttpRequest, viewer: Viewer, given: QueryDict) -> _Ground:
    figures = [int(one) for one in given.getlist("t") if one.isascii() and one.isdigit() and len(one) < 10]
    speech, now = speeches.of(request), timezone.now()
    zone, _day = views.desk_hours(viewer, speech, now, request.vendor.zone)  # type: ignore[attr-defined]
    found = Ticket.objects.visible_to(viewer).filter(number__in=figures[: bulk.MOST + 1])
    return _Ground(
        viewer=viewer,
        speech=speech,
        tickets=list(found.order_by("number")),
        here=speech.moments_in(zone),
        now=now,
    )


def _page(request: HttpRequest, ground: _Ground, deed: str, asked: Form, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": asked,
        "deed": deed,
        "tickets": [
            (one.number, queries.number_of(one.revision_id, one.number), one.subject)
            for one in ground.tickets
        ],
        "count": ngettext("%(n)d ticket", "%(n)d tickets", len(ground.tickets)) % {"n": len(ground.tickets)},
        "back": _back(request, ground.viewer),
        "tags": [name for _id, name in tags.known(ground.viewer)] if deed == "tag" else (),
        "all": request.POST.get("all") == "yes",
    }
    return render(request, "desk/queue_bulk.html", context, status=status)


def _back(request: HttpRequest, viewer: Viewer, **more: str) -> str:
    """The list last looked at."""
    return queue_next.wanted_of(request, viewer).url(**more)


# --- the forms --------------------------------------------------------------------------------------


def _form(ground: _Ground, deed: str) -> Form:
    title = queue_words.deeds()[deed]
    says = {
        "answer": _(
            "Each customer reads it as an answer of its own; each ticket’s clock is met where it is met."
        ),
        "severity": _("Each customer reads why. Each ticket is decided anew."),
        "close": _("Each is closed for good; its customer reads why."),
    }.get(deed, "")
    return Form(
        action=deed,
        title=title,
        button=title,
        url=reverse("desk:queue-bulk"),
        fields=_fields(ground, deed),
        says=says,
        opened=True,
    )


def _fields(ground: _Ground, deed: str) -> tuple[Field, ...]:
    if deed == "assign":
        found = [(str(one.id), one.name) for one in people.staff_to_assign(ground.viewer)]
        mine = [one for one in found if one[0] == str(ground.viewer.staff_id)]
        rest = [one for one in found if one not in mine]
        label = pgettext("a person", "To")
        return (
            Field(
                name="assignee",
                label=label,
                kind="choice",
                options=options([*mine, *rest], str(ground.viewer.staff_id)),
            ),
        )
    if deed == "team":
        teams = [(str(one.id), one.name) for one in people.teams(ground.viewer)]
        return (Field(name="team", label=_("Team"), kind="choice", options=options(teams)),)
    if deed == "tag":
        hint = _("Parted by commas.")
        return (
            Field(name="add", label=_("Add"), hint=hint),
            Field(name="remove", label=_("Take away"), hint=hint),
        )
    if deed == "snooze":
        return snooze_words.fields(ground.here, ground.now)
    if deed == "watch":
        choices = [("yes", _("Watch")), ("no", _("No longer watch"))]
        return (
            Field(
                name="watching",
                label=_("Watch"),
                kind="choice",
                options=options(choices, "yes"),
                required=True,
            ),
        )
    if deed == "answer":
        then = [
            (answering.Then.KEEP, _("then keep open")),
            (answering.Then.WAIT_CUSTOMER, _("then wait for the customer")),
            (answering.Then.RESOLVE, _("then resolve")),
        ]
        return (
            Field(name="body", label=_("What the customer reads"), kind="long", required=True),
            Field(
                name="then",
                label=_("After sending"),
                kind="choice",
                options=options(then, "keep"),
                required=True,
            ),
        )
    if deed == "severity":
        return (
            Field(
                name="severity",
                label=_("Severity"),
                kind="choice",
                options=options(_severities(ground)),
                required=True,
            ),
            Field(name="reason", label=_("Why, for the customer"), kind="long", required=True),
        )
    return (Field(name="body", label=_("Why (may be left empty)")),)


def _severities(ground: _Ground) -> list[tuple[str, str]]:
    """The severities of the tickets' programmes: one that a ticket's own does not have is refused for that ticket."""
    found: dict[str, str] = {}
    for revision_id in dict.fromkeys(one.revision_id for one in ground.tickets):
        programme = contracts.programme(revision_id)
        for one in programme.severities:
            found.setdefault(one, severities.severity_name(programme, one, ground.speech))
    return list(found.items())


def _given(ground: _Ground, deed: str, sent: Sent) -> dict[str, str]:
    """What was chosen, as the deed reads it. Raises Refused and CannotDo."""
    if deed == "snooze":
        until = snooze_words.until(sent, ground.here, ground.now)
        return {"until": until.isoformat() if until is not None else ""}
    return {
        field.name: sent.chosen(field.name) if field.kind == "choice" else sent.text(field.name)
        for field in sent.form.fields
    }


# --- afterwards -------------------------------------------------------------------------------------


@viewing.for_staff
@require_safe
def report(request: HttpRequest, viewer: Viewer, bulk_id: UUID) -> HttpResponse:
    """Which tickets were done, and of each that was not, why."""
    done = _found(viewer, bulk_id)
    speech = speeches.of(request)
    context = {
        "title": queue_words.deeds()[done.deed],
        "said": queue_words.done(done),
        "done": [one["number"] for one in done.done],
        "refused": [(one["number"], speech.typeset(one[speech.language])) for one in done.refused],
        "undo": reverse("desk:queue-undo", args=[done.id]) if bulk.undoable(done) else "",
        "back": _back(request, viewer),
    }
    return render(request, "desk/queue_done.html", context)


def _found(viewer: Viewer, bulk_id: UUID) -> Bulk:
    try:
        return bulk.find(viewer, bulk_id)
    except Bulk.DoesNotExist:
        raise Http404 from None


@viewing.shown_by(report, dropping="")
@viewing.for_staff
@require_POST
def undo(request: HttpRequest, viewer: Viewer, bulk_id: UUID) -> HttpResponse:
    """Take a deed back."""
    done = _found(viewer, bulk_id)
    try:
        with transaction.atomic():
            back, left = bulk.undo(by=viewer, bulk=done, now=timezone.now())
    except saying.REFUSALS as problem:
        messages.error(request, saying.refusal(problem, speeches.of(request)))
        return HttpResponseRedirect(_back(request, viewer))
    n = len(back)
    messages.success(request, ngettext("Undone on %(n)d ticket.", "Undone on %(n)d tickets.", n) % {"n": n})
    if left:
        messages.warning(
            request, _("Changed since, and left as they are: %(numbers)s.") % {"numbers": ", ".join(left)}
        )
    wanted = queue_next.wanted_of(request, viewer)
    return HttpResponseRedirect(replace(wanted, panel="").url())
