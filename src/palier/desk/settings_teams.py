"""The vendor's teams: their level, whether new tickets come to them, whose turn it is, who belongs to them."""

from __future__ import annotations

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

from palier.desk import settings_shared as shared
from palier.desk import settings_words as words
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import queries, staffing
from palier.people.access import Viewer
from palier.people.models import Membership, Staff, Team, Turn

NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A team: what it does, in words, and the form to change it."""

    id: str
    name: str
    facts: tuple[tuple[str, str], ...]
    form: Form


def _staff(viewer: Viewer) -> dict[str, Staff]:
    found = Staff.objects.filter(vendor_id=viewer.vendor_id, removed_at=None).order_by("name")
    return {str(one.id): one for one in found}


def _levels() -> dict[str, str]:
    return {"1": _("1, the first"), "2": "2", "3": _("3, engineering")}


def _form(staff: dict[str, Staff], team: Team | None, held: list[str]) -> Form:
    names = {id_: one.name for id_, one in staff.items()}
    turn = team.turn if team is not None else Turn.NONE.value
    return Form(
        action=f"team-{team.id}" if team is not None else NEW,
        title=_("Change") if team is not None else _("Add a team"),
        button=_("Save") if team is not None else _("Add"),
        url=reverse("desk:settings-team", args=[team.id])
        if team is not None
        else reverse("desk:settings-team-new"),
        fields=(
            Field(
                name="name",
                label=pgettext("a field", "Name"),
                value=team.name if team is not None else "",
                required=True,
            ),
            Field(
                name="level",
                label=_("Level"),
                kind="choice",
                options=options(_levels(), str(team.level) if team is not None else "1"),
                required=True,
            ),
            Field(
                name="takes_new",
                label=_("New tickets of this level come here by themselves"),
                kind="check",
                value="yes" if team is not None and team.takes_new else "",
            ),
            Field(
                name="turn",
                label=_("Who gets them"),
                kind="choice",
                # The empty one is a choice of its own: nobody.
                options=options(
                    {key or "none": word for key, word in words.turn_names().items()}, turn or "none"
                ),
                required=True,
            ),
            Field(name="members", label=_("Members"), kind="several", options=options(names, *held)),
        ),
    )


def _page(request: HttpRequest, viewer: Viewer, tried: str = "", refusal: str = "") -> dict[str, Any]:
    staff, shown = _staff(viewer), []
    sent = request.POST if tried else None
    belongs: dict[UUID, list[str]] = {}
    for team_id, staff_id in Membership.objects.filter(vendor_id=viewer.vendor_id).values_list(
        "team_id", "staff_id"
    ):
        belongs.setdefault(team_id, []).append(str(staff_id))
    for team in queries.teams(viewer):
        held = belongs.get(team.id, [])
        form = _form(staff, team, held)
        shown.append(
            Shown(
                id=str(team.id),
                name=team.name,
                facts=_facts(team, sorted(staff[one].name for one in held if one in staff)),
                form=small_forms.filled(form, sent, refusal) if form.action == tried else form,
            )
        )
    form = _form(staff, None, [])
    return {"teams": shown, "form": small_forms.filled(form, sent, refusal) if tried == NEW else form}


def _facts(team: Team, members: list[str]) -> tuple[tuple[str, str], ...]:
    return (
        (_("Level"), _levels().get(str(team.level), str(team.level))),
        (_("New tickets"), _("come here by themselves") if team.takes_new else _("are given by hand")),
        (_("Who gets them"), words.turn_names()[team.turn] if team.takes_new else "–"),
        (_("Members"), ", ".join(members) or "–"),
    )


@shared.for_managers
@require_safe
def teams_page(request: HttpRequest, viewer: Viewer, team: UUID | None = None) -> HttpResponse:
    """All teams, each with its form."""
    del team  # the address of a deed, asked for again
    return render(request, "desk/settings_teams.html", _page(request, viewer))


@viewing.shown_by(teams_page)
@shared.for_managers
@require_POST
def save(request: HttpRequest, viewer: Viewer, team: UUID | None = None) -> HttpResponse:
    """Add a team, or change one."""
    row = None
    if team is not None:
        row = Team.objects.filter(vendor_id=viewer.vendor_id, id=team).first()
        if row is None:
            raise Http404
    staff = _staff(viewer)
    form = _form(staff, row, [])
    try:
        with transaction.atomic():
            sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
            turn = sent.chosen("turn")
            saved = staffing.save_team(
                by=viewer,
                team_id=team,
                name=sent.text("name"),
                level=int(sent.chosen("level")),
                takes_new=sent.ticked("takes_new"),
                turn=Turn.NONE if turn == "none" else Turn(turn),
                members=[staff[one] for one in sent.several("members")],
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        page = _page(request, viewer, form.action, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/settings_teams.html", page, status=422)
    messages.success(request, _("Saved: %(name)s.") % {"name": saved.name})
    return HttpResponseRedirect(reverse("desk:settings-teams"))
