"""One deed done to many tickets: each through the very action that does it to one, with a report of what was refused.

Every ticket keeps its own verdict, clock and rights. Asked for all or none, a single refusal leaves all as they were.
What can be undone (who works on it, tags, snoozes, watching) is undone from what stood before, ticket by ticket, and
only where nobody has changed it since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from palier.people import access
from palier.people import queries as people
from palier.people.models import Organisation, Staff, Team
from palier.tickets import (
    answering,
    classifying,
    queries,
    reopening,
    snoozing,
    steering,
    tags,
    watching,
)
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.workspace.models import Bulk

MOST = 200
"""Tickets of one deed: they are locked together until it is done."""
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doing:
    by: access.Viewer
    given: Given
    now: datetime

    def text(self, name: str) -> str:
        return str(self.given.get(name, "")).strip()


Do = Callable[[_Doing, Ticket], dict[str, Any]]
"""Does it to one ticket and returns what stood before."""
Undo = Callable[[_Doing, Ticket, dict[str, Any]], bool]
"""Puts back what stood before, with the deed's own words given; False where somebody has changed it since."""


def run(
    *,
    by: access.Viewer,
    deed: str,
    ticket_ids: Sequence[UUID],
    given: Given,
    now: datetime,
    all_or_none: bool = False,
) -> Bulk:
    """Do a deed to each of these tickets and keep the report. Raises CannotDo for none, and for too many."""
    if not ticket_ids:
        raise CannotDo(
            code="none-selected",
            en="No ticket is selected: tick some, then choose again.",
            fr="Aucun ticket n’est coché : cochez-en, puis choisissez de nouveau.",
        )
    if len(ticket_ids) > MOST:
        raise CannotDo(
            code="many-selected",
            en=f"At most {MOST} tickets at once: do it in several turns.",
            fr=f"{MOST} tickets à la fois au plus : procédez en plusieurs fois.",
        )
    doing = _Doing(by=by, given=given, now=now)
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    with transaction.atomic():
        for ticket in _locked(by, ticket_ids):
            number = queries.number_of(ticket.revision_id, ticket.number)
            try:
                with transaction.atomic():
                    before = DEEDS[deed](doing, ticket)
            except (access.Refused, CannotDo) as problem:
                refused.append({"number": number, **problem.said})
            else:
                done.append({"ticket": str(ticket.id), "number": number, "before": before})
        if refused and all_or_none:
            transaction.set_rollback(True)
            done = []
    return Bulk.objects.create(
        vendor_id=by.vendor_id,
        staff_id=by.as_staff(),
        deed=deed,
        given=dict(given),
        done=done,
        refused=refused,
        at=now,
    )


def undo(*, by: access.Viewer, bulk: Bulk, now: datetime) -> tuple[list[str], list[str]]:
    """Take a deed back: the numbers of the tickets put back, and of those left since somebody changed them. Once only."""
    locked = Bulk.objects.select_for_update().get(vendor_id=by.vendor_id, staff_id=by.as_staff(), id=bulk.id)
    if not undoable(locked):
        raise CannotDo(
            code="not-undone",
            en="This cannot be undone, or was undone already: change the tickets one by one.",
            fr="Cela ne s’annule pas, ou est déjà annulé : changez les tickets un par un.",
        )
    doing = _Doing(by=by, given=locked.given, now=now)
    before = {UUID(one["ticket"]): one for one in locked.done}
    back: list[str] = []
    for ticket in _locked(by, list(before)):
        try:
            with transaction.atomic():
                if UNDO[locked.deed](doing, ticket, before[ticket.id]["before"]):
                    back.append(before[ticket.id]["number"])
        except (access.Refused, CannotDo):
            continue
    locked.undone_at = now
    locked.save(update_fields=["undone_at"])
    return back, [one["number"] for one in locked.done if one["number"] not in back]


def undoable(bulk: Bulk) -> bool:
    """Whether a deed can still be taken back."""
    return bulk.deed in UNDO and bulk.undone_at is None and bool(bulk.done)


def find(viewer: access.Viewer, bulk_id: UUID) -> Bulk:
    """One of a person's own deeds. Raises Bulk.DoesNotExist."""
    return Bulk.objects.get(vendor_id=viewer.vendor_id, staff_id=viewer.as_staff(), id=bulk_id)


def _locked(by: access.Viewer, ticket_ids: Sequence[UUID]) -> list[Ticket]:
    """The tickets among these that one may see, in the order asked.

    All their customers are locked first, in one order: two people's deeds then wait for each other, never both ways.
    """
    wanted = Ticket.objects.visible_to(by).filter(id__in=list(ticket_ids))
    customers = Organisation.objects.filter(
        vendor_id=by.vendor_id, id__in=wanted.values_list("organisation_id", flat=True)
    )
    list(customers.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
    found = {one.id: one for one in wanted.select_related("organisation")}
    return [found[id_] for id_ in dict.fromkeys(ticket_ids) if id_ in found]


# --- the deeds --------------------------------------------------------------------------------------


def _person(doing: _Doing, chosen: str | None) -> Staff | None:
    found = people.staff_to_assign(doing.by).filter(id=UUID(chosen)).first() if chosen else None
    if chosen and found is None:
        raise CannotDo(
            code="no-such-person",
            en="This person does not work on tickets any more: choose somebody else.",
            fr="Cette personne ne travaille plus sur les tickets : choisissez quelqu’un d’autre.",
        )
    return found


def _team(doing: _Doing, chosen: str | None) -> Team | None:
    found = people.teams(doing.by).filter(id=UUID(chosen)).first() if chosen else None
    if chosen and found is None:
        raise CannotDo(
            code="no-such-team",
            en="There is no such team any more: choose another.",
            fr="Cette équipe n’existe plus : choisissez-en une autre.",
        )
    return found


def _id(one: UUID | None) -> str | None:
    return None if one is None else str(one)


def _assign(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    before = {"assignee": _id(ticket.assignee_id)}
    person = _person(doing, doing.text("assignee"))
    steering.assign(by=doing.by, ticket=ticket, assignee=person, team=ticket.team, now=doing.now)
    return before


def _unassign(doing: _Doing, ticket: Ticket, before: dict[str, Any]) -> bool:
    if (_id(ticket.assignee_id) or "") != doing.text("assignee"):
        return False
    person = _person(doing, before["assignee"])
    steering.assign(by=doing.by, ticket=ticket, assignee=person, team=ticket.team, now=doing.now)
    return True


def _give_team(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    before = {"team": _id(ticket.team_id)}
    team = _team(doing, doing.text("team"))
    steering.assign(by=doing.by, ticket=ticket, assignee=ticket.assignee, team=team, now=doing.now)
    return before


def _take_team(doing: _Doing, ticket: Ticket, before: dict[str, Any]) -> bool:
    if (_id(ticket.team_id) or "") != doing.text("team"):
        return False
    team = _team(doing, before["team"])
    steering.assign(by=doing.by, ticket=ticket, assignee=ticket.assignee, team=team, now=doing.now)
    return True


def _tag(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    before = tags.of_ticket(doing.by, ticket.id)
    add, remove = (tags.written(doing.text(name)) for name in ("add", "remove"))
    if not (add or remove):
        raise CannotDo(
            code="no-tag",
            en="No tag is written: write one to add or to take away.",
            fr="Aucune étiquette n’est écrite : écrivez-en une à ajouter ou à enlever.",
        )
    after = tags.change(by=doing.by, ticket=ticket, add=add, remove=remove, now=doing.now)
    had, has = ({tags.key(one): one for one in names} for names in (before, after))
    return {
        "added": [name for key, name in has.items() if key not in had],
        "removed": [name for key, name in had.items() if key not in has],
    }


def _untag(doing: _Doing, ticket: Ticket, before: dict[str, Any]) -> bool:
    tags.change(by=doing.by, ticket=ticket, add=before["removed"], remove=before["added"], now=doing.now)
    return True


def _snooze(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    asleep = snoozing.asleep(doing.by, doing.now)
    until = asleep.get(ticket.id)
    before = {"asleep": ticket.id in asleep, "until": None if until is None else until.isoformat()}
    chosen = doing.text("until")
    wake_at = datetime.fromisoformat(chosen) if chosen else None
    snoozing.snooze(by=doing.by, ticket=ticket, until=wake_at, now=doing.now)
    return before


def _unsnooze(doing: _Doing, ticket: Ticket, before: dict[str, Any]) -> bool:
    if ticket.id not in snoozing.asleep(doing.by, doing.now):
        return False
    until = None if before["until"] is None else datetime.fromisoformat(before["until"])
    if before["asleep"] and (until is None or until > doing.now):
        snoozing.snooze(by=doing.by, ticket=ticket, until=until, now=doing.now)
    else:
        snoozing.wake(by=doing.by, ticket=ticket, now=doing.now)
    return True


def _watch(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    before = {"watching": ticket.id in watching.watched(doing.by)}
    watching.watch(by=doing.by, ticket=ticket, watching=doing.text("watching") != "no", now=doing.now)
    return before


def _unwatch(doing: _Doing, ticket: Ticket, before: dict[str, Any]) -> bool:
    watching.watch(by=doing.by, ticket=ticket, watching=before["watching"], now=doing.now)
    return True


def _answer(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    then = doing.text("then") or answering.Then.KEEP
    answering.reply(by=doing.by, ticket=ticket, body=doing.text("body"), then=then, now=doing.now)
    return {}


def _close(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    reopening.close(by=doing.by, ticket=ticket, reason=doing.text("body"), now=doing.now)
    return {}


def _severity(doing: _Doing, ticket: Ticket) -> dict[str, Any]:
    before = {"severity": ticket.severity}
    classifying.change_severity(
        by=doing.by,
        ticket=ticket,
        severity=doing.text("severity"),
        reason=doing.text("reason"),
        now=doing.now,
    )
    return before


DEEDS: Mapping[str, Do] = {
    "assign": _assign,
    "team": _give_team,
    "tag": _tag,
    "snooze": _snooze,
    "watch": _watch,
    "answer": _answer,
    "severity": _severity,
    "close": _close,
}
UNDO: Mapping[str, Undo] = {
    "assign": _unassign,
    "team": _take_team,
    "tag": _untag,
    "snooze": _unsnooze,
    "watch": _unwatch,
}
