"""The vendor's people on the desk: who there is, inviting one, and one person with what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
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
from palier.pages.speech import Speech
from palier.people import changes, queries, staffing
from palier.people.access import Viewer
from palier.people.models import Role, Staff, Team

HISTORY = 20
DEEDS = ("change", "letter", "remove", "back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A person in the list. `state` in a word or two: removed, away, not yet signed in; empty: all is usual."""

    url: str
    name: str
    email: str
    roles: str
    teams: str
    state: str
    gone: bool


def _line(one: Staff, teams: dict[UUID, str], speech: Speech, now: datetime) -> Line:
    names = words.role_names()
    belongs = [teams[row.team_id] for row in one.memberships.all() if row.team_id in teams]
    return Line(
        url=reverse("desk:settings-person", args=[one.id]),
        name=one.name,
        email=one.user.email,
        roles=", ".join(names.get(role, role) for role in one.roles),
        teams=", ".join(sorted(belongs)) or "–",
        state=state(one, speech, now),
        gone=one.removed_at is not None,
    )


def state(one: Staff, speech: Speech, now: datetime) -> str:
    """What is unusual about a person; empty: nothing."""
    if one.removed_at is not None:
        return _("removed on %(day)s") % {"day": speech.moments.day(one.removed_at)}
    if one.away_until is not None and one.away_until > now:
        return _("away until %(day)s") % {"day": speech.moments.day(one.away_until)}
    if one.user.last_login is None:
        return _("has not signed in yet")
    return ""


def _teams(viewer: Viewer) -> dict[UUID, str]:
    return {team.id: team.name for team in queries.teams(viewer)}


def invite_form(viewer: Viewer, *, url: str = "") -> Form:
    """Invite a person of the vendor."""
    teams = {str(id_): name for id_, name in _teams(viewer).items()}
    asked = [
        Field(name="name", label=pgettext("a field", "Name"), required=True),
        Field(
            name="email",
            label=_("E-mail address"),
            kind="email",
            required=True,
            hint=_("A letter with a link to choose a password goes there."),
        ),
        Field(name="roles", label=_("Roles"), kind="several", options=options(words.role_choices())),
        Field(
            name="language",
            label=_("Language"),
            kind="choice",
            options=options(words.LANGUAGES, "en"),
            required=True,
        ),
    ]
    if teams:
        asked.insert(3, Field(name="teams", label=_("Teams"), kind="several", options=options(teams)))
    return Form(
        action="invite",
        title=_("Invite somebody"),
        button=_("Invite"),
        url=url or reverse("desk:settings-invite"),
        fields=tuple(asked),
    )


def _page(
    request: HttpRequest, viewer: Viewer, sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, Any]:
    speech, now, teams = speeches.of(request), timezone.now(), _teams(viewer)
    people = (
        Staff.objects.filter(vendor_id=viewer.vendor_id)
        .select_related("user")
        .prefetch_related("memberships")
        .order_by("name")
    )
    lines = [_line(one, teams, speech, now) for one in people]
    latest = list(changes.latest(viewer)[:HISTORY])
    return {
        "lines": [one for one in lines if not one.gone],
        "gone": [one for one in lines if one.gone],
        "form": small_forms.filled(invite_form(viewer), sent, refusal),
        "history": words.latest(latest, shared.names(viewer, latest), speech),
    }


@shared.for_managers
@require_safe
def people_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Who works here, and what was changed lately."""
    return render(request, "desk/settings_people.html", _page(request, viewer))


@viewing.shown_by(people_page)
@shared.for_managers
@require_POST
def invite(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Invite a person; a letter goes out."""
    try:
        with transaction.atomic():
            staff = do_invite(request, viewer, invite_form(viewer))
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        page = _page(request, viewer, request.POST, refusal)
        return render(request, "desk/settings_people.html", page, status=422)
    messages.success(request, invited_words(staff))
    return HttpResponseRedirect(reverse("desk:settings-people"))


def invited_words(staff: Staff) -> str:
    """What is said after an invitation."""
    return _("%(name)s is invited: a letter goes to %(email)s.") % {
        "name": staff.name,
        "email": staff.user.email,
    }


def do_invite(request: HttpRequest, viewer: Viewer, form: Form) -> Staff:
    """Invite whom the form names."""
    sent = Sent(data=request.POST, files=request.FILES, form=form, zone=shared.vendor(request).zone)
    teams = _chosen_teams(viewer, sent) if "teams" in {field.name for field in form.fields} else []
    return staffing.invite(
        by=viewer,
        name=sent.text("name"),
        email=sent.text("email"),
        roles=[Role(one) for one in sent.several("roles")],
        teams=teams,
        language=sent.chosen("language"),
        now=timezone.now(),
    )


def _chosen_teams(viewer: Viewer, sent: Sent) -> list[Team]:
    wanted = set(sent.several("teams"))
    return [team for team in queries.teams(viewer) if str(team.id) in wanted]


# --- one person -------------------------------------------------------------------------------------


def _found(viewer: Viewer, staff: UUID) -> Staff:
    found = Staff.objects.select_related("user").filter(vendor_id=viewer.vendor_id, id=staff).first()
    if found is None:
        raise Http404
    return found


def _forms(request: HttpRequest, viewer: Viewer, one: Staff) -> dict[str, Form]:
    """What can be done to a person as it stands."""

    def form(action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        url = reverse("desk:settings-person-act", args=[one.id, action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    if one.removed_at is not None:
        says = _("Roles and teams are as they were; a letter with a link to a new password goes out.")
        return {"back": form("back", _("Take back"), _("Take back"), says=says)}
    made = {"change": form("change", _("Change"), _("Save"), *_fields(request, viewer, one))}
    made["letter"] = form(
        "letter",
        _("Send a letter again"),
        _("Send it"),
        says=_("With a link to choose a password, good for a day."),
    )
    if not staffing.is_last(one):
        made["remove"] = form(
            "remove",
            _("Take away"),
            _("Take away"),
            says=_(
                "The account is closed and every session ends. What this person did stays, with the name."
            ),
        )
    return made


def _fields(request: HttpRequest, viewer: Viewer, one: Staff) -> list[Field]:
    speech, teams = speeches.of(request), {str(id_): name for id_, name in _teams(viewer).items()}
    held = [str(id_) for id_ in one.memberships.values_list("team_id", flat=True)]
    away = speech.moments_in(shared.vendor(request).zone)
    skills = words.skill_names(speech.programme, speech)
    # What the programme no longer knows stays as long as it is ticked.
    skills |= {skill: skill for skill in one.skills if skill not in skills}
    asked = [
        Field(name="name", label=pgettext("a field", "Name"), value=one.name, required=True),
        Field(
            name="roles", label=_("Roles"), kind="several", options=options(words.role_choices(), *one.roles)
        ),
    ]
    if teams:
        asked.append(Field(name="teams", label=_("Teams"), kind="several", options=options(teams, *held)))
    asked.append(
        Field(
            name="skills",
            label=_("Good at"),
            kind="several",
            options=options(skills, *one.skills),
            hint=_("New tickets given out in turn go first to those with most of what they ask for."),
        )
    )
    asked.append(
        Field(
            name="away",
            label=_("Away until"),
            kind="date",
            value=away.local(one.away_until).date().isoformat() if one.away_until is not None else "",
            hint=_("The first day back; until then no new ticket comes by itself. Empty: here."),
        )
    )
    return asked


def _person(
    request: HttpRequest, viewer: Viewer, one: Staff, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech, made = speeches.of(request), _forms(request, viewer, one)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    names, teams = words.role_names(), _teams(viewer)
    latest = list(changes.latest(viewer, subject_id=one.id)[:HISTORY])
    skills = words.skill_names(speech.programme, speech)
    facts = [
        (_("E-mail address"), one.user.email),
        (_("Roles"), ", ".join(names.get(role, role) for role in one.roles) or "–"),
        (
            _("Teams"),
            ", ".join(sorted(teams[row.team_id] for row in one.memberships.all() if row.team_id in teams))
            or "–",
        ),
        (_("Good at"), ", ".join(skills.get(skill, skill) for skill in one.skills) or "–"),
        (
            _("Last signed in"),
            speech.moments.day_time(one.user.last_login) if one.user.last_login is not None else "–",
        ),
    ]
    return {
        "person": one,
        "state": state(one, speech, timezone.now()),
        "last": staffing.is_last(one),
        "facts": facts,
        "forms": list(made.values()),
        "refusal": refusal if tried not in made else "",
        "history": words.latest(latest, {one.id: one.name}, speech),
    }


@shared.for_managers
@require_safe
def person_page(request: HttpRequest, viewer: Viewer, staff: UUID) -> HttpResponse:
    """One person: facts, what can be done, what was changed."""
    return render(request, "desk/settings_person.html", _person(request, viewer, _found(viewer, staff)))


@viewing.shown_by(person_page, dropping="deed")
@shared.for_managers
@require_POST
def person_act(request: HttpRequest, viewer: Viewer, staff: UUID, deed: str) -> HttpResponse:
    """Change a person, send the letter again, take away, take back."""
    one = _found(viewer, staff)
    if deed not in DEEDS:
        raise Http404
    try:
        with transaction.atomic():
            done = _do(request, viewer, one, deed)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        page = _person(request, viewer, _found(viewer, staff), deed, refusal)
        return render(request, "desk/settings_person.html", page, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:settings-person", args=[one.id]))


def _do(request: HttpRequest, viewer: Viewer, one: Staff, deed: str) -> str:
    now = timezone.now()
    if deed == "letter":
        staffing.send_letter_again(by=viewer, staff_id=one.id)
        return _("A letter goes to %(email)s.") % {"email": one.user.email}
    if deed == "remove":
        staffing.remove_staff(by=viewer, staff_id=one.id, now=now)
        return _("%(name)s is taken away, and signed out everywhere.") % {"name": one.name}
    if deed == "back":
        staffing.take_staff_back(by=viewer, staff_id=one.id, now=now)
        return _("%(name)s is back; a letter goes to %(email)s.") % {
            "name": one.name,
            "email": one.user.email,
        }
    fields = tuple(_fields(request, viewer, one))
    form = Form(action="change", title="", button="", url="", fields=fields)
    sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
    staffing.change_staff(
        by=viewer,
        staff_id=one.id,
        name=sent.text("name"),
        roles=[Role(role) for role in sent.several("roles")],
        teams=_chosen_teams(viewer, sent) if any(field.name == "teams" for field in fields) else [],
        skills=sent.several("skills"),
        away_until=sent.start_of("away"),
        now=now,
    )
    return _("Saved.")
