"""The page of canned answers: written, tried on an example and removed by those who run the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from palier.pages import markdown, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.workspace import canned
from palier.workspace.models import CannedAnswer

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A canned answer in the list."""

    id: str
    title: str
    languages: str
    team: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One language of the form: what is typed, and as the example's customer would read it."""

    language: str
    name: str
    text: str
    example: SafeString | None


@viewing.for_staff
@require_safe
def answers(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, and the form: empty, or with the answer that is to be changed (`edit`)."""
    _managers_only(viewer)
    edited = _uuid(request.GET.get("edit", ""))
    found = None if edited is None else canned.every(viewer).filter(id=edited).first()
    typed = _typed_of(found) if found is not None else {}
    return render(request, "desk/answers.html", _context(request, viewer, typed))


@viewing.shown_by(answers)
@viewing.for_staff
@require_POST
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Write a canned answer, or one anew."""
    sent = _sent(request)
    try:
        with transaction.atomic():
            canned.save(
                by=viewer,
                title=sent["title"],
                bodies={one: sent[one] for one in canned.LANGUAGES},
                team=_uuid(sent["team"]),
                answer=_uuid(sent["id"]),
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        context = _context(request, viewer, sent, refusal=saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/answers.html", context, status=422)
    messages.success(request, _("Kept; it is in the composer of every ticket."))
    return HttpResponseRedirect(reverse("desk:answers"))


@viewing.shown_by(answers)
@viewing.for_staff
@require_POST
def example(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is typed, as an invented customer would read it. Nothing is kept."""
    _managers_only(viewer)
    return render(request, "desk/answers.html", _context(request, viewer, _sent(request), tried=True))


@viewing.shown_by(answers, dropping="answer")
@viewing.for_staff
@require_POST
def remove(request: HttpRequest, viewer: Viewer, answer: UUID) -> HttpResponse:
    """Throw one away."""
    try:
        with transaction.atomic():
            canned.remove(by=viewer, answer=answer)
    except saying.REFUSALS as problem:
        context = _context(request, viewer, {}, refusal=saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/answers.html", context, status=422)
    messages.success(request, _("Removed. What was sent from it stays sent."))
    return HttpResponseRedirect(reverse("desk:answers"))


def _managers_only(viewer: Viewer) -> None:
    if not viewer.has_role(access.RUNS_THE_DESK):
        raise Http404


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _sent(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in ("id", "title", "team", *canned.LANGUAGES)}


def _typed_of(answer: CannedAnswer) -> dict[str, str]:
    return {
        "id": str(answer.id),
        "title": answer.title,
        "team": str(answer.team_id or ""),
        **{one: answer.bodies.get(one, "") for one in canned.LANGUAGES},
    }


def _context(
    request: HttpRequest, viewer: Viewer, typed: Mapping[str, str], *, refusal: str = "", tried: bool = False
) -> dict[str, Any]:
    speech = speeches.of(request)
    # Whoever may not manage them gets the refusal and no list.
    rows = canned.every(viewer) if viewer.has_role(access.RUNS_THE_DESK) else CannedAnswer.objects.none()
    return {
        "rows": tuple(
            Row(
                id=str(one.id),
                title=one.title,
                languages=", ".join(LANGUAGE_NAMES[name] for name in canned.LANGUAGES if name in one.bodies),
                team=one.team.name if one.team is not None else _("everybody"),
                written=_written(one, speech.moments),
            )
            for one in rows
        ),
        "typed": typed,
        "bodies": tuple(_body(request, viewer, one, typed.get(one, ""), tried) for one in canned.LANGUAGES),
        "teams": tuple(
            (str(one.id), one.name, str(one.id) == typed.get("team")) for one in people.teams(viewer)
        ),
        "variables": tuple(f"{{{name}}}" for name in canned.VARIABLES),
        "refusal": refusal,
    }


def _written(answer: CannedAnswer, moments: Moments) -> str:
    who = answer.written_by.name if answer.written_by is not None else ""
    return ", ".join(part for part in (who, moments.day(answer.written_at)) if part)


def _body(request: HttpRequest, viewer: Viewer, language: str, text: str, tried: bool) -> Body:
    shown = None
    if tried and text.strip():
        row = CannedAnswer(vendor_id=viewer.vendor_id, bodies={language: text})
        values = _example_values(request, viewer, language)
        shown = markdown.html(canned.fill(row, language=language, values=values).body)
    return Body(language=language, name=LANGUAGE_NAMES[language], text=text, example=shown)


def _example_values(request: HttpRequest, viewer: Viewer, language: str) -> Mapping[str, str]:
    """An invented customer in Paris, whose due times are tomorrow at 13:00."""
    programme = speeches.of(request).programme
    locale = speeches.locale_of(programme, language)
    moments = Moments(locale=locale, zone="Europe/Paris")
    due = moments.local(timezone.now() + timedelta(days=1)).replace(hour=13, minute=0)
    when = f"{moments.day_long(due)}, {moments.time(due)} ({moments.city})"
    vendor = request.vendor  # type: ignore[attr-defined]
    french = language == "fr"
    return {
        "contact.first_name": "Camille",
        "contact.name": "Camille Roy",
        "organisation.name": "Lagrange",
        "ticket.number": f"{vendor.prefix}-1042",
        "ticket.subject": "L’archive ne s’ouvre plus" if french else "The archive does not open",
        "severity": "Majeure" if french else "Major",
        "product": vendor.name,
        "version": "2026.1",
        "agent.first_name": viewer.name.partition(" ")[0],
        "agent.name": viewer.name,
        "vendor.name": vendor.name,
        **{name: when for name in canned.VARIABLES if name.startswith("due.")},
    }
