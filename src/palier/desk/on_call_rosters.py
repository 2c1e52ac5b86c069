"""Rosters as who runs the desk writes them: whom they serve, how patient they are, who takes turns and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import on_call
from palier.desk import on_call_forms as forms
from palier.desk import settings_shared as shared
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.people.models import Team
from palier.services import queries, rosters
from palier.services.models import Hours, Layer, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerView:
    """A layer: what it is in words, the form to change it, what else can be pressed."""

    id: str
    name: str
    facts: tuple[tuple[str, str], ...]
    form: Form
    raise_url: str
    remove_url: str


# --- pages ------------------------------------------------------------------------------------------


def _found(viewer: Viewer, id_: UUID) -> Roster:
    found = queries.rosters(viewer.vendor_id).filter(id=id_).first()
    if found is None:
        raise Http404
    return found


def _list(request: HttpRequest, viewer: Viewer, refusal: str = "") -> dict[str, Any]:
    speech = speeches.of(request)
    form = forms.roster_form(request, viewer, speech, None)
    teams = dict(Team.objects.filter(vendor_id=viewer.vendor_id).values_list("id", "name"))
    return {
        "here": "rosters",
        "runs": True,
        "rosters": [
            (row.name, on_call.serves(row, teams, speech), reverse("desk:on-call-roster", args=[row.id]))
            for row in queries.rosters(viewer.vendor_id)
        ],
        "form": small_forms.filled(form, request.POST, refusal) if refusal else form,
    }


@shared.for_managers
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """All rosters, and the form for a new one."""
    return render(request, "desk/on_call_rosters.html", _list(request, viewer))


@viewing.shown_by(listed)
@shared.for_managers
@require_POST
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add a roster; its layers come next."""
    try:
        with transaction.atomic():
            row = _save_roster(request, viewer, None)
    except saying.REFUSALS as problem:
        page = _list(request, viewer, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/on_call_rosters.html", page, status=422)
    messages.success(request, _("Added: now say who takes turns."))
    return HttpResponseRedirect(reverse("desk:on-call-roster", args=[row.id]))


def _save_roster(request: HttpRequest, viewer: Viewer, row: Roster | None) -> Roster:
    form = forms.roster_form(request, viewer, speeches.of(request), row)
    sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
    return rosters.save_roster(
        by=viewer,
        roster_id=row.id if row is not None else None,
        name=sent.text("name"),
        zone=sent.text("zone"),
        plans=sent.several("plans"),
        levels=[int(one) for one in sent.several("levels")],
        teams=[UUID(one) for one in sent.several("teams")],
        ack_within=sent.whole("ack_within") or 0,
        rounds=sent.whole("rounds") or 0,
        now=timezone.now(),
    )


def _page(
    request: HttpRequest, viewer: Viewer, row: Roster, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech, people = speeches.of(request), on_call.who_can(viewer)

    def shown(form: Form) -> Form:
        return small_forms.filled(form, request.POST, refusal) if form.action == tried else form

    layers = []
    for place, layer in enumerate(row.layers.order_by("position")):
        held = [str(one.staff_id) for one in layer.turns.order_by("position")]
        names = [people[one].name if one in people else _("somebody who left") for one in held]
        layers.append(
            LayerView(
                id=str(layer.id),
                name=layer.name,
                facts=_facts(layer, names, speech),
                form=shown(forms.layer_form(row, people, layer, [one for one in held if one in people])),
                raise_url=reverse("desk:on-call-layer-act", args=[row.id, layer.id, "up"]) if place else "",
                remove_url=reverse("desk:on-call-layer-act", args=[row.id, layer.id, "remove"]),
            )
        )
    return {
        "here": "rosters",
        "runs": True,
        "roster": row,
        "layers": layers,
        "form": shown(forms.roster_form(request, viewer, speech, row)),
        "new": shown(forms.layer_form(row, people, None, [])),
        "remove": reverse("desk:on-call-roster-act", args=[row.id, "remove"]),
    }


def _facts(row: Layer, names: list[str], speech: Speech) -> tuple[tuple[str, str], ...]:
    hours = forms.hours_names()[row.hours]
    if row.hours in (Hours.NIGHTS, Hours.WEEKNIGHTS, Hours.DAYS):
        hours += " " + _("(the day is %(from)s–%(until)s)") % {
            "from": f"{row.day_from:%H:%M}",
            "until": f"{row.day_until:%H:%M}",
        }
    return (
        (_("Turns"), ", ".join(names) or "–"),
        (_("A shift lasts"), forms.lengths_with(row)[forms.length_of(row)]),
        (_("Handover at"), f"{row.handover:%H:%M}"),
        (_("Since"), speech.moments.date(row.starts_on)),
        (_("It counts"), hours),
    )


@shared.for_managers
@require_safe
def page(request: HttpRequest, viewer: Viewer, roster: UUID, layer: UUID | None = None) -> HttpResponse:
    """One roster with its layers."""
    del layer  # the address of a deed, asked for again
    return render(request, "desk/on_call_roster.html", _page(request, viewer, _found(viewer, roster)))


@viewing.shown_by(page, dropping="deed")
@shared.for_managers
@require_POST
def act(request: HttpRequest, viewer: Viewer, roster: UUID, deed: str) -> HttpResponse:
    """Change a roster, take it away, or add a layer."""
    row = _found(viewer, roster)
    deeds: dict[str, tuple[str, Callable[[], object]]] = {
        "save": ("roster", lambda: _save_roster(request, viewer, row)),
        "layer": ("layer-new", lambda: _save_layer(request, viewer, row, None)),
        "remove": (
            "",
            lambda: rosters.remove_roster(by=viewer, roster_id=row.id, now=timezone.now()),
        ),
    }
    return _done(request, viewer, row, deeds, deed)


@viewing.shown_by(page, dropping="deed")
@shared.for_managers
@require_POST
def layer_act(request: HttpRequest, viewer: Viewer, roster: UUID, layer: UUID, deed: str) -> HttpResponse:
    """Change a layer, let it count before the one above, or take it out."""
    row = _found(viewer, roster)
    found = row.layers.filter(id=layer).first()
    if found is None:
        raise Http404
    deeds: dict[str, tuple[str, Callable[[], object]]] = {
        "save": (f"layer-{layer}", lambda: _save_layer(request, viewer, row, found)),
        "up": (
            "",
            lambda: rosters.raise_layer(by=viewer, roster_id=row.id, layer_id=layer, now=timezone.now()),
        ),
        "remove": (
            "",
            lambda: rosters.remove_layer(by=viewer, roster_id=row.id, layer_id=layer, now=timezone.now()),
        ),
    }
    return _done(request, viewer, row, deeds, deed)


def _done(
    request: HttpRequest,
    viewer: Viewer,
    row: Roster,
    deeds: dict[str, tuple[str, Callable[[], object]]],
    deed: str,
) -> HttpResponse:
    if deed not in deeds:
        raise Http404
    tried, do = deeds[deed]
    try:
        with transaction.atomic():
            do()
    except saying.REFUSALS as problem:
        shown = _page(request, viewer, row, tried, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/on_call_roster.html", shown, status=422)
    messages.success(request, _("Saved."))
    if queries.rosters(viewer.vendor_id).filter(id=row.id).exists():
        return HttpResponseRedirect(reverse("desk:on-call-roster", args=[row.id]))
    return HttpResponseRedirect(reverse("desk:on-call-rosters"))


def _save_layer(request: HttpRequest, viewer: Viewer, roster: Roster, row: Layer | None) -> Layer:
    people = on_call.who_can(viewer)
    held = row.turns.count() if row is not None else 0
    form = forms.layer_form(roster, people, row, [""] * held)
    sent = Sent(data=request.POST, files={}, form=form, zone=roster.zone)
    length = sent.chosen("length")
    chosen = [sent.chosen(field.name) for field in form.fields if field.name.startswith("person_")]
    starts_on = sent.day("starts_on")
    assert starts_on is not None
    return rosters.save_layer(
        by=viewer,
        roster_id=roster.id,
        layer_id=row.id if row is not None else None,
        name=sent.text("name"),
        people=[people[one] for one in chosen if one],
        starts_on=starts_on,
        handover=forms.clock(sent, "handover"),
        days=7 if length == forms.WEEKDAYS_AND_WEEKEND else int(length),
        weekdays=(0, 4) if length == forms.WEEKDAYS_AND_WEEKEND else (),
        hours=Hours(sent.chosen("hours")),
        day_from=forms.clock(sent, "day_from"),
        day_until=forms.clock(sent, "day_until"),
        now=timezone.now(),
    )
