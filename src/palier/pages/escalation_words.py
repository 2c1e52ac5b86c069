"""Escalations in the reader's words: when on a promise's way, what is done, and which comes next.

The stream, notices, letters and the ticket's page tell them alike (docs/reference/escalation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from palier.core import escalation
from palier.core.escalation import Part, Step
from palier.core.programme import Escalation, Moment, Point, Programme
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.programme import locales

NOTICED_LATE = timedelta(minutes=1)
"""What was recorded later than this after its instant says so."""


def rule_of(programme: Programme, clause: str) -> Escalation | None:
    """The rule that a clause names; None in a programme that has it no more."""
    return next((rule for rule in programme.escalation if rule.clause == clause), None)


def moment(at: Moment, commitment: str) -> str:
    """`75 % of the time used: first answer`."""
    what = {"what": wording.commitment(commitment).lower()}
    if at.point is Point.START:
        return _("as soon as it runs: %(what)s") % what
    if at.point is Point.SHARE:
        return _("%(percent)d %% of the time used: %(what)s") % {**what, "percent": at.percent}
    if at.point is Point.DUE:
        return _("due: %(what)s") % what
    time = {**what, "time": locales.duration(at.time)}
    if at.point is Point.BEFORE:
        return _("%(time)s before it is due: %(what)s") % time
    return _("%(time)s late: %(what)s") % time


def happened(programme: Programme, data: Mapping[str, Any]) -> str:
    """What a step came to, as the stream says it."""
    rule = rule_of(programme, str(data["rule"]))
    commitment = str(data["commitment"])
    when = wording.commitment(commitment).lower() if rule is None else moment(rule.at, commitment)
    if data["part"] == Part.PAGE:
        if data.get("called"):
            return _("Escalated (%(when)s): whoever is on call was paged") % {"when": when}
        return _("Escalated (%(when)s): nobody was paged, it had been done meanwhile") % {"when": when}
    return _("Escalated (%(when)s): %(what)s") % {"when": when, "what": ", ".join(_deeds(data))}


def _deeds(data: Mapping[str, Any]) -> list[str]:
    told = int(data.get("told", 0))
    found = [_("people told: %(n)d") % {"n": told}] if told else []
    if data.get("raised"):
        found.append(_("raised in the queue"))
    if data.get("reassigned"):
        found.append(_("given to level %(level)d") % {"level": data["reassigned"]})
    return found or [_("nobody to tell")]


def noticed(at: datetime, recorded_at: datetime, here: Moments) -> str:
    """`noticed Monday at 09:02`, where something was recorded later than it happened; nothing else."""
    if recorded_at - at <= NOTICED_LATE:
        return ""
    return _("noticed late, %(when)s") % {"when": here.day_time(recorded_at)}


# --- what comes next --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEscalation:
    """The next escalation of a ticket, as things stand: when, at which moment, what it does, and the clause that says so."""

    when: str
    iso: str
    moment: str
    does: str
    clause: str
    text: str


def next_one(step: Step | None, speech: Speech, here: Moments) -> NextEscalation | None:
    """The next step in words; None where there is none."""
    if step is None:
        return None
    return NextEscalation(
        when=here.day_time(step.at),
        iso=here.local(step.at).isoformat(),
        moment=moment(step.rule.at, step.commitment.value),
        does=", ".join(_will(step)),
        clause=step.rule.clause,
        text=speech.text(step.rule.text),
    )


def _will(step: Step) -> list[str]:
    if step.part is Part.PAGE:
        return [_("whoever is on call is paged")]
    rule = step.rule
    found = []
    if rule.notify:
        found.append(_("%(who)s told") % {"who": ", ".join(who(one) for one in rule.notify)})
    if rule.raised:
        found.append(_("raised in the queue"))
    if rule.reassign is not None:
        found.append(_("given to level %(level)d") % {"level": rule.reassign})
    return found


def who(word: str) -> str:
    """Whom a rule names, in words."""
    role = word.removeprefix(escalation.ROLE).removeprefix(escalation.NAMED)
    return {
        escalation.ASSIGNEE: _("the person in charge"),
        escalation.TEAM: _("the team"),
        escalation.WATCHERS: _("those who watch"),
        "agent": _("the agents"),
        "consultant": _("the consultants"),
        "engineer": _("the engineers"),
        "account-manager": _("the account manager"),
        "solutions-manager": _("the solutions manager"),
        "delivery-manager": _("the delivery manager"),
        "executive-sponsor": _("the executive sponsor"),
        "finance": _("finance"),
        "programme-writer": _("the programme’s writers"),
        "manager": _("the managers"),
        "administrator": _("the administrators"),
    }[role]
