"""Scenarios as files write them: facts and events in, what a programme must decide and when its clocks must fall due.

`<vendor>.scenarios.yaml` stands beside the programme. Like programmes, scenarios are read as text with their places, from
a table of keys, and every mistake is a problem (docs/reference/scenarios.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from palier.core.coverage import Balance
from palier.core.programme import (
    Commitment,
    FactValue,
    OutcomeKind,
    Programme,
    Relief,
    Text,
    Wait,
)
from palier.core.promises import State
from palier.programme import ledger_file, problems, situation, values, yamltext
from palier.programme.codes import Code
from palier.programme.forms import TEXT, Either, ListOf, MapOf, OneOf
from palier.programme.ledger_file import LedgerTold
from palier.programme.problems import Place, Problem, said
from palier.programme.reading import MISSING, Reading, Row
from palier.programme.records import Record, key
from palier.programme.scalars import POSITIVE, YES, Form, Value
from palier.programme.situation import Moment, Words

NO_PROMISE: Final = "none"
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "submitted": (),
    "information-missing": (),
    "information-complete": (),
    "held": ("hold",),
    "freed": ("hold",),
    "facts": ("facts",),
    "severity": ("severity",),
    "answered": (),
    "customer-wrote": (),
    "wait": ("wait",),
    "resumed": (),
    "workaround-given": (),
    "relieved": ("relief",),
    "relief-revoked": (),
    "window-joined": ("from", "to"),
    "resolved": (),
    "reopened": (),
    "closed": (),
    "merged": (),
}
"""The events a scenario can tell, with the keys each needs."""
INSTANTS: Final = ("due", "warning", "met_at", "breached_at")
TIMES: Final = ("used", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Something a scenario names: what, its value, and where it stands."""

    what: str
    value: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a scenario at an instant (µs), with what it carries."""

    at: int
    event: str
    data: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclesExpected:
    """What is expected of a commitment: of its latest cycle, or (`every`) of each of its cycles from the first."""

    commitment: Commitment
    every: bool
    cycles: tuple[tuple[Expected, ...], ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """One step of a rule that must have fallen due by then: its clause, its instant (µs), whether it pages."""

    clause: str
    at: int
    page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationExpected:
    """What must have fallen due by the time the clocks are read: these steps, in this order, and no other."""

    steps: tuple[Escalated, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario, its instants resolved in its zone. `left` are the balances named; `now` is when clocks are read."""

    name: Text
    place: Place
    facts: Mapping[str, FactValue]
    left: Mapping[str, int]
    zone: str | None
    holidays: str | None
    granted: tuple[Expected, ...] = ()
    decision: tuple[Expected, ...] = ()
    happenings: tuple[Happening, ...] = ()
    now: int | None = None
    clock: tuple[CyclesExpected, ...] = ()
    escalated: EscalationExpected | None = None
    ledger: LedgerTold | None = None

    def balances(self, programme: Programme, facts: Mapping[str, FactValue]) -> dict[str, Balance]:
        """The balances named, as the decision takes them."""
        return situation.balances(programme, facts, self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenarios:
    """The scenarios of a file that could be read, and all problems in it."""

    scenarios: tuple[Scenario, ...]
    problems: tuple[Problem, ...]


# --- the table of keys ----------------------------------------------------------------------------------


def _zero_or_more(text: str) -> int:
    """A duration; unlike those of a programme it may be nothing: `0h`."""
    return 0 if text.replace(" ", "") in ("0h", "0min", "0s") else values.duration(text)


TIME = Value(
    convert=_zero_or_more,
    en="a time such as `4h`, `0h` or `7h 59 min 59 s`",
    fr="un temps comme `4h`, `0h` ou `7h 59 min 59 s`",
    code=Code.BAD_DURATION,
)
MOMENT = situation.MomentForm()
CYCLE = Record(
    name="promise expected",
    doc="What is expected of one cycle of a commitment; what is not named is not compared.",
    keys=(
        *(key(one, MOMENT, f"The instant `{one}`.") for one in INSTANTS),
        *(key(one, TIME, f"The time {one}.") for one in TIMES),
        key(
            "state",
            OneOf((*(one.value for one in State), NO_PROMISE)),
            "Where it stands; `none`: never began.",
        ),
    ),
)


def table(programme: Programme) -> Record:
    """The keys of a scenarios file for this programme."""
    ways = ListOf(
        form=Words(known=tuple(programme.ways), en="a way of the programme", fr="une voie du programme")
    )
    clauses = Words(
        known=tuple(clause.id for clause in programme.coverage),
        en="a clause of the table",
        fr="une clause du tableau",
    )
    facts: Form = situation.FactsForm(programme)
    amounts = situation.Amounts(programme)
    common = (
        key("facts", facts, "The facts that are said; others follow or take their default."),
        key("balances", amounts, "What is left of an allowance; hours as times."),
        key("zone", situation.ZoneForm(), "The customer's zone: instants are local to it."),
        key("holidays", situation.HolidaysForm(), "The holiday code of the customer's site."),
    )
    rules = Words(
        known=tuple(rule.clause for rule in programme.escalation),
        en="a clause of the escalation",
        fr="une clause de l’escalade",
    )
    escalated = Record(
        name="escalation expected",
        doc="A step that must have fallen due.",
        keys=(
            key("clause", rules, "The clause of the rule.", required=True),
            key("at", MOMENT, "When it fell due.", required=True),
            key("page", YES, "It is the page, not the rest of the rule.", default=False),
        ),
    )
    decision = Record(
        name="decision expected",
        doc="What must be decided; what is not named is not compared.",
        keys=(
            key("outcome", OneOf(tuple(one.value for one in OutcomeKind)), "The outcome."),
            key("clause", situation.OneOrMore(clauses), "The clause, or exactly these gates."),
            key("level", POSITIVE, "The level."),
            key("ways", ways, "The ways forward, in their order."),
            key("available", ways, "Those of them that can be chosen now."),
        ),
    )
    scenario = Record(
        name="scenario",
        doc="One scenario.",
        keys=(
            key("name", TEXT, "What it tells.", required=True),
            *common,
            key("granted", amounts, "What the plan must give of an allowance under these facts."),
            key("decision", decision, "What must be decided."),
            key("events", ListOf(form=_event(programme, facts)), "What happens, in the order of time."),
            key("now", MOMENT, "When the clocks are read; left out: at the last event."),
            key(
                "clock",
                MapOf(
                    form=Either(plain=ListOf(form=CYCLE), mapping=CYCLE),
                    keys=OneOf(tuple(one.value for one in Commitment)),
                ),
                "What each clock must say: one mapping for the latest cycle, a list for every cycle.",
            ),
            key(
                "escalated",
                ListOf(form=escalated),
                "What must have fallen due when the clocks are read: all of it, in its order; `[]` for nothing.",
            ),
            key("ledger", ledger_file.table(programme, facts), "What happens to what a contract may use."),
        ),
    )
    return Record(
        name="scenarios",
        doc="The scenarios of a programme.",
        keys=(
            key("scenarios", Words(known=(programme.id,), en="the programme's id", fr="l’identifiant du programme"),
                "The id of the programme.", required=True),
            key("defaults", Record(name="defaults", doc="Merged under each scenario.", keys=common), "Merged under each."),
            key("list", ListOf(form=scenario), "The scenarios.", required=True),
        ),
    )  # fmt: skip


def _event(programme: Programme, facts: Form) -> Record:
    severities = Words(
        known=tuple(programme.severities), en="a severity of the programme", fr="une gravité du programme"
    )
    holds = Words(
        known=tuple(programme.holds), en="a hold of the programme", fr="un motif de retenue du programme"
    )
    return Record(
        name="event",
        doc="What happens at an instant.",
        keys=(
            key("at", MOMENT, "When it reaches the vendor.", required=True),
            key("event", OneOf(tuple(NEEDS)), "What happens.", required=True),
            key("hold", holds, "The hold that is put or freed."),
            key("facts", facts, "The facts that change."),
            key("severity", severities, "The new severity."),
            key("wait", OneOf(tuple(one.value for one in Wait)), "Whom or what is waited for."),
            key("relief", OneOf(tuple(one.value for one in Relief)), "What relieved it."),
            key("from", MOMENT, "The start of a special event's window."),
            key("to", MOMENT, "Its end."),
        ),
    )


# --- reading --------------------------------------------------------------------------------------------


def read(text: str, file: str, programme: Programme) -> Scenarios:
    """The scenarios in a text. `file` is the name that problems show."""
    document = yamltext.read(text, file)
    reading = Reading(file=file, problems=list(document.problems))
    found: list[Scenario] = []
    if document.root is not None:
        root = table(programme).read(document.root, "", reading)
        if root is not MISSING:
            defaults = root["defaults"] or Row(path="defaults", values={})
            builder = _Builder(reading=reading, defaults=defaults)
            found = [one for row in root["list"] or () if (one := builder.scenario(row)) is not None]
    return Scenarios(scenarios=tuple(found), problems=problems.in_order(reading.problems))


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Makes scenarios of rows: defaults merged in, instants resolved in the scenario's zone."""

    reading: Reading
    defaults: Row
    zone: str = field(default="UTC")

    def scenario(self, row: Row) -> Scenario | None:
        """The scenario of a row; None where something in it is wrong."""
        before = self.reading.errors
        zone = row["zone"] or self.defaults["zone"]
        events: tuple[Row, ...] = row["events"] or ()
        if (events or row["clock"] or row["now"]) and zone is None:
            self._missing(row.path, "zone")
            return None
        if (row["clock"] or row["escalated"] is not None) and not events:
            self._missing(row.path, "events")
        self.zone = zone or self.zone
        happenings = tuple(one for event in events if (one := self._happening(event)) is not None)
        self._check_order(events, happenings)
        made = Scenario(
            name=row["name"] or Text(values={"en": row.path}),
            place=self.reading.place(row.path),
            facts=self._merged("facts", row),
            left=self._merged("balances", row),
            zone=zone,
            holidays=row["holidays"] or self.defaults["holidays"],
            granted=self._expected(f"{row.path}.granted", row["granted"] or {}),
            decision=self._decision(row["decision"]),
            happenings=happenings,
            now=self._now(row, happenings),
            clock=self._clock(row),
            escalated=self._escalated(row),
            ledger=None
            if row["ledger"] is None
            else ledger_file.told(row["ledger"], zone=zone, reading=self.reading),
        )
        return made if row.sound and self.reading.errors == before else None

    def _merged(self, name: str, row: Row) -> dict[str, Any]:
        return {**(self.defaults[name] or {}), **(row[name] or {})}

    def _missing(self, path: str, name: str) -> None:
        self.reading.error(
            Code.MISSING_KEY,
            path,
            said(en=f"the key '{name}' is missing", fr=f"la clé « {name} » manque"),
            said(en=f"add `{name}:`", fr=f"ajoutez `{name}:`"),
        )

    # --- events

    def _happening(self, row: Row) -> Happening | None:
        moment, event = row["at"], row["event"]
        if moment is None or event is None:
            return None  # noted when it was read
        at = self._instant(moment, f"{row.path}.at")
        carried = {
            name: value for name, value in row.values.items() if name not in ("at", "event", "assumed")
        }
        needed = NEEDS[event]
        for name in needed:
            if name not in carried and row.sound:
                self._missing(row.path, name)
        for name in carried:
            if name not in needed:
                self.reading.error(
                    Code.UNKNOWN_KEY,
                    f"{row.path}.{name}",
                    said(en=f"'{event}' takes no '{name}'", fr=f"« {event} » ne prend pas « {name} »"),
                )
        data = {
            name: self._instant(value, f"{row.path}.{name}") if isinstance(value, Moment) else value
            for name, value in carried.items()
        }
        if at is None:
            return None
        return Happening(at=at, event=event, data=data, place=self.reading.place(row.path))

    def _check_order(self, rows: tuple[Row, ...], happenings: tuple[Happening, ...]) -> None:
        """Events stand in the order of time, and the first one submits."""
        if len(rows) != len(happenings):
            return
        for before, row, after in zip(happenings, rows[1:], happenings[1:], strict=False):
            if after.at < before.at:
                self.reading.error(
                    Code.BAD_VALUE,
                    f"{row.path}.at",
                    said(
                        en="this is before the event above",
                        fr="ceci précède l’événement du dessus",
                    ),
                    said(
                        en="list events in the order of time",
                        fr="énumérez les événements dans l’ordre du temps",
                    ),
                )
        submissions = [one for one in happenings if one.event == "submitted"]
        if happenings and (happenings[0].event != "submitted" or len(submissions) != 1):
            self.reading.error(
                Code.BAD_VALUE,
                f"{rows[0].path}",
                said(
                    en="the first event, and no other, is `submitted`",
                    fr="le premier événement, et lui seul, est `submitted`",
                ),
            )

    def _instant(self, moment: Moment, path: str) -> int | None:
        return situation.instant(moment, self.zone, path, self.reading)

    def _now(self, row: Row, happenings: tuple[Happening, ...]) -> int | None:
        if row["now"] is not None:
            return self._instant(row["now"], f"{row.path}.now")
        return happenings[-1].at if happenings else None

    # --- expectations

    def _expected(self, path: str, named: Mapping[str, Any]) -> tuple[Expected, ...]:
        return tuple(
            Expected(what=name, value=value, place=self.reading.place(f"{path}.{name}"))
            for name, value in named.items()
        )

    def _decision(self, row: Row | None) -> tuple[Expected, ...]:
        if row is None:
            return ()
        return self._expected(
            row.path, {name: value for name, value in row.values.items() if name != "assumed"}
        )

    def _clock(self, row: Row) -> tuple[CyclesExpected, ...]:
        expected = []
        for name, told in (row["clock"] or {}).items():
            rows = told if isinstance(told, tuple) else (told,)
            expected.append(
                CyclesExpected(
                    commitment=Commitment(name),
                    every=isinstance(told, tuple),
                    cycles=tuple(self._cycle(one) for one in rows),
                    place=self.reading.place(f"{row.path}.clock.{name}"),
                )
            )
        return tuple(expected)

    def _escalated(self, row: Row) -> EscalationExpected | None:
        rows: tuple[Row, ...] | None = row["escalated"]
        if rows is None:
            return None
        steps = []
        for one in rows:
            at = None if one["at"] is None else self._instant(one["at"], f"{one.path}.at")
            if at is not None and one.sound:
                steps.append(Escalated(clause=one["clause"], at=at, page=one["page"]))
        return EscalationExpected(steps=tuple(steps), place=self.reading.place(f"{row.path}.escalated"))

    def _cycle(self, row: Row) -> tuple[Expected, ...]:
        named = {
            name: self._instant(value, f"{row.path}.{name}") if isinstance(value, Moment) else value
            for name, value in row.values.items()
            if name != "assumed"
        }
        return self._expected(row.path, named)
