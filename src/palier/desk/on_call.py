"""On call: who is now, the next two weeks, swaps; calls that wait, their acknowledgement, and those that were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import on_call_calls, on_call_view
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Staff, Team
from palier.services import paging, queries, rosters
from palier.services.models import Alarm, Roster, Swap

HISTORY = 50


def require(viewer: Viewer) -> None:
    """Only for who works on tickets; others of the vendor get 403."""
    if not viewer.has_role(access.WORKS_ON_TICKETS):
        raise PermissionDenied


def runs(viewer: Viewer) -> bool:
    """Whether the viewer writes rosters and puts others on call."""
    return viewer.has_role(access.RUNS_THE_DESK)


def who_can(viewer: Viewer) -> dict[str, Staff]:
    """Who can be on call, by id."""
    return {str(one.id): one for one in people.staff_to_assign(viewer)}


def serves(row: Roster, teams: Mapping[UUID, str], speech: Speech) -> str:
    """Whose requests a roster serves, in words."""
    plans = speech.programme.plans if speech.programme is not None else {}
    parts = [
        _("plan %(names)s")
        % {"names": ", ".join(speech.text(plans[id_].name) if id_ in plans else id_ for id_ in row.plans)}
        if row.plans
        else "",
        _("level %(names)s") % {"names": ", ".join(map(str, row.levels))} if row.levels else "",
        _("team %(names)s") % {"names": ", ".join(teams.get(id_, "?") for id_ in row.teams)}
        if row.teams
        else "",
    ]
    return ", ".join(part for part in parts if part) or _("all requests")


def swap_form(viewer: Viewer, row: Roster, speech: Speech, given: QueryDict | None) -> Form:
    """The form that puts somebody on call for a while; `given` are the times of the shift that was pressed."""
    mine = {} if given is None or given.get("roster") != str(row.id) else given
    names = {id_: one.name for id_, one in who_can(viewer).items()}
    if not runs(viewer):
        names = {id_: name for id_, name in names.items() if id_ == str(viewer.staff_id)}
    city = speech.moments.city
    form = Form(
        action=f"swap-{row.id}",
        title=_("Put somebody on call for a while") if runs(viewer) else _("Take over a shift"),
        button=_("Put on call") if runs(viewer) else _("Take it over"),
        url=reverse("desk:on-call-swap", args=[row.id]),
        says=_("It counts before the turns. Whoever it concerns is told."),
        fields=(
            Field(
                name="staff",
                label=_("Who"),
                kind="choice",
                options=options(names, str(viewer.staff_id)),
                required=True,
            ),
            Field(
                name="from",
                label=_("From (%(city)s)") % {"city": city},
                kind="moment",
                value=mine.get("from", ""),
                required=True,
            ),
            Field(
                name="until",
                label=_("Until (%(city)s)") % {"city": city},
                kind="moment",
                value=mine.get("until", ""),
                required=True,
            ),
        ),
    )
    return small_forms.filled(form, None, "") if not mine else _opened(form)


def _opened(form: Form) -> Form:
    return Form(
        action=form.action, title=form.title, button=form.button, url=form.url, fields=form.fields,
        says=form.says, opened=True,
    )  # fmt: skip


def _page(request: HttpRequest, viewer: Viewer, *, tried: str = "", refusal: str = "") -> dict[str, Any]:
    now, speech = timezone.now(), speeches.of(request)
    start, end = on_call_view.range_of(now, speech.zone)
    names = people.staff_names(viewer)
    teams = dict(Team.objects.filter(vendor_id=viewer.vendor_id).values_list("id", "name"))
    shown = []
    for one in queries.drawn(queries.rosters(viewer.vendor_id), start=start, end=end, now=now):
        form = swap_form(viewer, one.row, speech, request.GET)
        shown.append(
            (
                on_call_view.view(
                    one, viewer=viewer, names=names, speech=speech, now=now,
                    serves=serves(one.row, teams, speech), may_all=runs(viewer),
                ),
                small_forms.filled(form, request.POST, refusal) if form.action == tried else form,
            )
        )  # fmt: skip
    return {
        "here": "now",
        "runs": runs(viewer),
        "calls": on_call_calls.views(viewer, queries.open_alarms(viewer)[:HISTORY], speech, now),
        "rosters": shown,
        "city": speech.moments.city,
    }


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer, roster: UUID | None = None) -> HttpResponse:
    """Who is on call now and for two weeks, and the calls that wait for somebody."""
    del roster  # the address of a deed, asked for again
    require(viewer)
    return render(request, "desk/on_call.html", _page(request, viewer))


@viewing.shown_by(page)
@viewing.for_staff
@require_POST
def swap(request: HttpRequest, viewer: Viewer, roster: UUID) -> HttpResponse:
    """Put somebody on call for a while."""
    require(viewer)
    row, speech = _roster(viewer, roster), speeches.of(request)
    form = swap_form(viewer, row, speech, None)
    try:
        with transaction.atomic():
            sent = Sent(data=request.POST, files={}, form=form, zone=speech.zone)
            staff, begins, ends = sent.chosen("staff"), sent.moment("from"), sent.moment("until")
            assert begins is not None
            assert ends is not None
            made = rosters.swap(
                by=viewer, roster_id=row.id, staff=who_can(viewer)[staff], starts_at=begins, ends_at=ends,
                now=timezone.now(),
            )  # fmt: skip
    except saying.REFUSALS as problem:
        shown = _page(request, viewer, tried=form.action, refusal=saying.refusal(problem, speech))
        return render(request, "desk/on_call.html", shown, status=422)
    messages.success(request, _("%(who)s is on call then.") % {"who": made.staff.name})
    return HttpResponseRedirect(reverse("desk:on-call"))


@viewing.for_staff
@require_POST
def take_back(request: HttpRequest, viewer: Viewer, swap: UUID) -> HttpResponse:
    """Take a swap back: the turns count again."""
    require(viewer)
    try:
        with transaction.atomic():
            rosters.withdraw_swap(by=viewer, swap_id=swap, now=timezone.now())
    except Swap.DoesNotExist:
        raise Http404 from None
    except saying.REFUSALS as problem:
        messages.error(request, saying.refusal(problem, speeches.of(request)))
    else:
        messages.success(request, _("Taken back: the turns count again."))
    return HttpResponseRedirect(reverse("desk:on-call"))


def _roster(viewer: Viewer, id_: UUID) -> Roster:
    found = queries.rosters(viewer.vendor_id).filter(id=id_).first()
    if found is None:
        raise Http404
    return found


# --- calls ------------------------------------------------------------------------------------------


def _call(viewer: Viewer, id_: UUID) -> Alarm:
    try:
        return queries.alarms(viewer).get(id=id_)
    except Alarm.DoesNotExist:
        raise Http404 from None


@viewing.for_staff
@require_safe
def call_page(request: HttpRequest, viewer: Viewer, call: UUID) -> HttpResponse:
    """One call, where a letter or alert leads: what it is about, and the button that says one has it."""
    require(viewer)
    (shown,) = on_call_calls.views(viewer, [_call(viewer, call)], speeches.of(request), timezone.now())
    return render(request, "desk/on_call_page.html", {"call": shown})


@viewing.shown_by(call_page)
@viewing.for_staff
@require_POST
def acknowledge(request: HttpRequest, viewer: Viewer, call: UUID) -> HttpResponse:
    """One press: I have it. Leads to the request."""
    require(viewer)
    _call(viewer, call)
    with transaction.atomic():
        taken = paging.acknowledge(by=viewer, alarm_id=call, now=timezone.now())
    (shown,) = on_call_calls.views(viewer, [_call(viewer, call)], speeches.of(request), timezone.now())
    if taken.ended_by_id == viewer.staff_id:
        messages.success(request, _("You have it: nobody else is paged."))
    else:
        messages.info(request, f"{shown.state}.")
    return HttpResponseRedirect(shown.ticket_url or shown.url)


@viewing.for_staff
@require_safe
def history(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The latest calls, and how each ended."""
    require(viewer)
    now: datetime = timezone.now()
    found = on_call_calls.views(viewer, queries.alarms(viewer)[:HISTORY], speeches.of(request), now)
    return render(
        request, "desk/on_call_history.html", {"here": "history", "runs": runs(viewer), "calls": found}
    )
