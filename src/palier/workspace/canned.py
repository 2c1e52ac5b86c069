"""Answers written beforehand, in one language or more, whose variables are filled in for the customer at hand.

A variable is a known name in braces: {contact.first_name}. Any other braces stay as they are written, but a name that
looks like a variable and is none is refused when the answer is saved. Rules: docs/reference/writing.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from palier.people import access
from palier.people.models import Team
from palier.tickets import messages
from palier.tickets.problems import CannotDo
from palier.workspace.models import CannedAnswer

LANGUAGES = ("fr", "en")
VARIABLES = (
    "contact.first_name", "contact.name", "organisation.name", "ticket.number", "ticket.subject", "severity", "product",
    "version", "due.first_response", "due.next_update", "due.workaround", "due.resolution", "agent.first_name",
    "agent.name", "vendor.name",
)  # fmt: skip
LONGEST_TITLE = 120
VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\}")


def variables(body: str) -> tuple[str, ...]:
    """What stands in braces like a variable, known or not, in its order and once each."""
    return tuple(dict.fromkeys(found[1] for found in VARIABLE.finditer(body)))


def left(body: str) -> tuple[str, ...]:
    """The known variables that nobody filled in."""
    return tuple(name for name in variables(body) if name in VARIABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A canned answer for the customer at hand. `left` are variables for which there was no value: they stay as they are."""

    language: str
    body: str
    left: tuple[str, ...]


def fill(answer: CannedAnswer, *, language: str, values: Mapping[str, str]) -> Filled:
    """The answer in the customer's language, else in the first that it has, with its variables filled in."""
    spoken = language if language in answer.bodies else next(iter(sorted(answer.bodies)))
    body = VARIABLE.sub(lambda found: values.get(found[1]) or found[0], answer.bodies[spoken])
    return Filled(language=spoken, body=body, left=left(body))


# --- who has which -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A canned answer in a list."""

    id: UUID
    title: str
    team: str


TITLES = """
select coalesce(json_agg(json_build_array(a.id, a.title, coalesce(t.name, '')) order by lower(a.title)), '[]')::text
from workspace_cannedanswer a left join people_team t on t.vendor_id = a.vendor_id and t.id = a.team_id
where a.vendor_id = %s and (a.team_id is null or a.team_id = any(%s::uuid[]))
"""
"""What `usable` holds, for a list: one value for `read`, with what `given` says."""


def given(viewer: access.Viewer) -> list[Any]:
    """What TITLES asks for."""
    return [viewer.vendor_id, sorted(viewer.teams)]


def read(found: Iterable[tuple[str, str, str]]) -> tuple[Title, ...]:
    """What TITLES found."""
    return tuple(Title(id=UUID(id_), title=title, team=team) for id_, title, team in found)


def usable(viewer: access.Viewer) -> QuerySet[CannedAnswer]:
    """Those that a person of the vendor may insert: everybody's and those of its teams, by title."""
    found = CannedAnswer.objects.filter(vendor_id=viewer.vendor_id).select_related("team")
    if viewer.staff_id is None:
        return found.none()
    return found.filter(Q(team=None) | Q(team_id__in=viewer.teams)).order_by(Lower("title"))


def every(viewer: access.Viewer) -> QuerySet[CannedAnswer]:
    """All of them, for those who manage them. Raises Refused for others."""
    access.require_role(viewer, access.RUNS_THE_DESK)
    found = CannedAnswer.objects.filter(vendor_id=viewer.vendor_id)
    return found.select_related("team", "written_by").order_by(Lower("title"))


# --- writing them ------------------------------------------------------------------------------------


def save(
    *,
    by: access.Viewer,
    title: str,
    bodies: Mapping[str, str],
    now: datetime,
    team: UUID | None = None,
    answer: UUID | None = None,
) -> CannedAnswer:
    """Write a canned answer, or one anew. Raises CannotDo saying what is wrong with it."""
    access.require_role(by, access.RUNS_THE_DESK)
    wanted = " ".join(title.split())
    written = {language: body.strip() for language, body in bodies.items() if body.strip()}
    _check(wanted, written)
    if team is not None and not Team.objects.filter(vendor_id=by.vendor_id, id=team).exists():
        raise CannotDo(
            code="no-such-team",
            en="There is no such team: choose one that is listed, or everybody.",
            fr="Il n’y a pas d’équipe de ce genre : choisissez-en une de la liste, ou tout le monde.",
        )
    same = CannedAnswer.objects.filter(vendor_id=by.vendor_id, title__iexact=wanted)
    if (same.exclude(id=answer) if answer is not None else same).exists():
        raise CannotDo(
            code="title-taken",
            en=f"There is already an answer called “{wanted}”: give this one another title.",
            fr=f"Il existe déjà une réponse intitulée « {wanted} » : donnez un autre titre à celle-ci.",
        )
    row = CannedAnswer(vendor_id=by.vendor_id) if answer is None else _one(by, answer)
    row.title, row.bodies, row.team_id = wanted, written, team
    row.written_by_id, row.written_at = by.staff_id, now
    row.save()
    return row


def remove(*, by: access.Viewer, answer: UUID) -> None:
    """Throw a canned answer away; what was sent from it stays sent."""
    access.require_role(by, access.RUNS_THE_DESK)
    _one(by, answer).delete()


def _one(by: access.Viewer, answer: UUID) -> CannedAnswer:
    found = CannedAnswer.objects.filter(vendor_id=by.vendor_id, id=answer).first()
    if found is None:
        raise CannotDo(
            code="no-such-answer",
            en="This answer was removed meanwhile: write it anew.",
            fr="Cette réponse a été supprimée entre-temps : écrivez-la de nouveau.",
        )
    return found


def _check(title: str, bodies: Mapping[str, str]) -> None:
    if not title or len(title) > LONGEST_TITLE:
        raise CannotDo(
            code="no-title",
            en=f"Give it a title of at most {LONGEST_TITLE} characters: it is found by that.",
            fr=f"Donnez-lui un titre de {LONGEST_TITLE} caractères au plus : c’est par lui qu’on la trouve.",
        )
    if not bodies or not set(bodies) <= set(LANGUAGES):
        raise CannotDo(
            code="no-words",
            en="Write it in French, in English or in both.",
            fr="Écrivez-la en français, en anglais ou dans les deux.",
        )
    for body in bodies.values():
        messages.require_words(body)
        unknown = [name for name in variables(body) if name not in VARIABLES]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            raise CannotDo(
                code="unknown-variable",
                en=f"There is no variable {{{unknown[0]}}}. There are: {known}.",
                fr=f"Il n’y a pas de variable {{{unknown[0]}}}. Il y a : {known}.",
            )
