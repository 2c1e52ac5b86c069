"""`palier explain FILE --facts FACTS.yaml`: what a programme decides on given facts, why, and when the answer is due.

The facts file: `facts:` (a mapping), and perhaps `balances:`, `zone:`, `holidays:`, and `at:`, the instant at which the
request reaches the vendor; with it the clock is folded as if sent then (docs/reference/command-line.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from palier.core import clock as clocks
from palier.core import coverage, escalation, localtime, worktime
from palier.core.clock import Clock, Event, EventKind, Regime
from palier.core.coverage import Balance, Decision
from palier.core.programme import FactValue, OutcomeKind, Programme
from palier.core.regimes import Facts, regime_for
from palier.programme import (
    commands,
    explain,
    explain_clock,
    explain_escalation,
    explain_output,
    files,
    problems,
    situation,
    yamltext,
)
from palier.programme.codes import Code
from palier.programme.commands import FINE, MISTAKE, Out
from palier.programme.explain_clock import ClockTold
from palier.programme.problems import Place, Problem, said
from palier.programme.reading import MISSING, Reading
from palier.programme.records import Record, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a facts file says. `at` is an instant in µs, None when nothing was said of time."""

    facts: dict[str, FactValue]
    left: dict[str, int]
    zone: str | None
    holidays: str | None
    at: int | None
    place: Place
    """Where `at` stands, or else the file begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The decision on what was asked, the one beyond the gates if it is held, and the clock if an instant was given."""

    decision: Decision
    beyond: Decision | None
    clock: Clock | None


def run(programme_path: Path, facts_path: Path, lang: str, as_json: bool, out: Out, report: Out) -> int:
    """Write the explanation to `out`; problems of either file go to `report`, and the answer is then 1."""
    loaded = commands.read(programme_path)
    programme = loaded.programme
    if programme is None:
        _complain(loaded.problems, lang, report)
        return MISTAKE
    return explain_facts(programme, facts_path, lang, as_json, out, report)


def explain_facts(
    programme: Programme, facts_path: Path, lang: str, as_json: bool, out: Out, report: Out
) -> int:
    """The same for a programme that is loaded."""
    asked, found = read(facts_path, programme)
    _complain(found, lang, report)
    if asked is None:
        return MISTAKE
    try:
        answered = answer(programme, asked)
        told = None if answered.clock is None else _told(programme, answered.clock, asked, lang)
        steps = () if answered.clock is None else _steps(programme, answered.clock, asked, lang)
    except (worktime.CalendarHasNoOpening, worktime.OutOfRange) as err:
        _complain((_uncountable(err, asked.place),), lang, report)
        return MISTAKE
    explanation = explain.explain_decision(
        programme, answered.decision, language=lang, beyond=answered.beyond
    )
    if as_json:
        plain = explain_output.to_json(explanation, told, steps)
        out.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")
    else:
        out.write(explain_output.to_text(explanation, told, steps))
    return FINE


def _complain(found: tuple[Problem, ...], lang: str, report: Out) -> None:
    for problem in found:
        report.write(problem.text(lang) + "\n")


def _uncountable(err: worktime.CalendarHasNoOpening | worktime.OutOfRange, place: Place) -> Problem:
    """What is wrong with an instant from which the clock cannot be counted."""
    if isinstance(err, worktime.OutOfRange):
        first, last = localtime.FIRST_YEAR, localtime.LAST_YEAR
        words = said(
            en=f"the clock would leave the years {first} to {last}",
            fr=f"l’horloge sortirait des années {first} à {last}",
        )
        hint = said(en="check the year", fr="vérifiez l’année")
    else:
        name = err.calendar_name
        words = said(
            en=f"calendar '{name}' does not open within 5 years",
            fr=f"le calendrier « {name} » n’ouvre pas dans les 5 ans",
        )
        hint = said(
            en="check its hours, closures and openings", fr="vérifiez ses heures, fermetures et ouvertures"
        )
    return problems.error(Code.BAD_DATE, place, "at", words, hint)


# --- reading --------------------------------------------------------------------------------------------


def table(programme: Programme) -> Record:
    """The keys of a facts file for this programme."""
    return Record(
        name="facts file",
        doc="What is asked of `palier explain`.",
        keys=(
            key("facts", situation.FactsForm(programme), "The facts that are said.", required=True),
            key("balances", situation.Amounts(programme), "What is left; hours as times."),
            key("zone", situation.ZoneForm(), "The customer's zone."),
            key("holidays", situation.HolidaysForm(), "The holiday code of the customer's site."),
            key("at", situation.MomentForm(), "When the request reaches the vendor."),
        ),
    )


def read(path: Path, programme: Programme) -> tuple[Asked | None, tuple[Problem, ...]]:
    """What a facts file asks; None when a problem stops it."""
    text, found = files.read_text(path)
    if text is None:
        return None, found
    document = yamltext.read(text, str(path))
    reading = Reading(file=str(path), problems=list(document.problems))
    asked = None
    if document.root is not None:
        row = table(programme).read(document.root, "", reading)
        if row is not MISSING:
            at = None
            if row["at"] is not None and "zone" not in reading.places:
                reading.error(
                    Code.MISSING_KEY,
                    "",
                    said(en="`at` needs the customer's zone", fr="`at` demande le fuseau du client"),
                    said(en="add `zone: Europe/Paris`", fr="ajoutez `zone: Europe/Paris`"),
                )
            elif row["at"] is not None and row["zone"] is not None:
                at = situation.instant(row["at"], row["zone"], "at", reading)
            asked = Asked(
                facts=row["facts"] or {},
                left=row["balances"] or {},
                zone=row["zone"],
                holidays=row["holidays"],
                at=at,
                place=reading.place("at"),
            )
    listed = problems.in_order(reading.problems)
    return (None if problems.any_errors(listed) else asked), listed


# --- answering ------------------------------------------------------------------------------------------


def answer(programme: Programme, asked: Asked) -> Answered:
    """Decide, and fold the clock as if the request were sent at that instant."""
    completed = coverage.complete(programme, asked.facts)
    balances = situation.balances(programme, completed, asked.left)
    decision = coverage.decide(programme, asked.facts, balances)
    beyond = _beyond(programme, asked, balances) if decision.outcome is OutcomeKind.HOLD else None
    return Answered(decision=decision, beyond=beyond, clock=_clock(programme, asked, decision))


def _beyond(programme: Programme, asked: Asked, balances: dict[str, Balance]) -> Decision:
    return coverage.decide(programme, asked.facts, balances, beyond_gates=True)


def _clock(programme: Programme, asked: Asked, decision: Decision) -> Clock | None:
    if asked.at is None or asked.zone is None:
        return None
    bind = situation.binder(programme, zone=asked.zone, place=asked.holidays, at=[asked.at])

    def regimes(facts: Facts, override: str | None) -> Regime | None:
        return regime_for(programme, facts, bind=bind, override=override)

    data = {
        "complete": decision.facts.get("information") != "missing",
        "holds": decision.holds,
        "outcome": decision.outcome.value,
        "facts": dict(decision.facts),
        "targets": decision.targets,
    }
    sent = Event(
        id="sent", kind=EventKind.SUBMITTED, at=asked.at, recorded=asked.at, by="customer", data=data
    )
    clock = clocks.fold([sent], regimes, asked.at)
    endless = next((one.endless for one in clock.promises if one.endless), "")
    if endless:
        raise worktime.CalendarHasNoOpening(endless)
    return clock


def _steps(
    programme: Programme, clock: Clock, asked: Asked, lang: str
) -> tuple[explain_escalation.StepTold, ...]:
    bind = situation.binder(programme, zone=str(asked.zone), place=asked.holidays, at=[clock.now])
    steps = escalation.due(programme.escalation, clock, bind(programme.desk_calendar))
    return explain_escalation.explain_steps(programme, steps, language=lang, zone=str(asked.zone))


def _told(programme: Programme, clock: Clock, asked: Asked, lang: str) -> ClockTold:
    desk = programme.calendars[programme.desk_calendar].zone
    return explain_clock.explain_clock(
        programme, clock, language=lang, zone=str(asked.zone), desk_zone=desk, now=clock.now
    )
