"""From a target set of the programme to the regime of one ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.clock_story import (
    ALWAYS,
    FIRST,
    HOUR,
    PARIS,
    RESOLUTION,
    UPDATE,
    Story,
    regime,
    working_hours,
)
from tests.core.test_coverage import PROGRAMME, among, text

from palier.core import calendars, clock, regimes, spans
from palier.core.programme import Binding, Choice, Commitment, FactValue, Relief, Reopening, TargetSet, Wait

BOUND = {"customer": working_hours(PARIS), "always": ALWAYS}

STANDARD = TargetSet(
    id="standard",
    clause="T1",
    name=text("standard"),
    text=None,
    binding=Binding.TARGET,
    calendar=(Choice(when=(), use="customer"),),
    durations={FIRST: {"1": 8 * HOUR, "any": 16 * HOUR}, RESOLUTION: {"1": 40 * HOUR}},
    pause={RESOLUTION: frozenset({Wait.CUSTOMER})},
    reopening=Reopening(within_days=14, floor=4 * HOUR),
)
CRITICAL = replace(
    STANDARD,
    id="critical",
    clause="T2",
    binding=Binding.GUARANTEE,
    calendar=(Choice(when=((among("outage", "system"),),), use="always"),),
    until=frozenset({Relief.OPERATIONAL}),
    then="standard",
)
TARGETS = (
    Choice(when=((among("severity", "1"), among("outage", "system")),), use="critical"),
    Choice(when=(), use="standard"),
)
VENDOR = replace(
    PROGRAMME,
    targets={"standard": STANDARD, "critical": CRITICAL},
    plans={"basic": replace(PROGRAMME.plans["basic"], targets=TARGETS), "free": PROGRAMME.plans["free"]},
)


def chosen(facts: dict[str, FactValue], override: str | None = None) -> regimes.Regime:
    found = regimes.regime_for(VENDOR, facts, bind=BOUND.__getitem__, override=override)
    assert found is not None
    return found


def test_durations_follow_the_severity_and_the_set_says_the_rest() -> None:
    found = chosen({"plan": "basic", "severity": "4"})
    assert (found.target_set, found.clause, found.binding) == ("standard", "T1", Binding.TARGET)
    assert list(found.allotments) == [FIRST]
    assert found.allotments[FIRST] == regimes.Allotment(
        commitment=FIRST, duration=16 * HOUR, calendar=BOUND["customer"], clause="T1", binding=Binding.TARGET
    )
    assert found.reopening == STANDARD.reopening
    assert (found.until, found.ordinary) == (frozenset(), None)


def test_a_round_the_clock_set_carries_the_ordinary_one() -> None:
    found = chosen({"plan": "basic", "severity": "1", "outage": "system"})
    assert (found.target_set, found.until) == ("critical", frozenset({Relief.OPERATIONAL}))
    assert found.allotments[RESOLUTION].calendar is ALWAYS
    assert found.ordinary == chosen({"plan": "basic", "severity": "1", "outage": "none"})


def test_an_ordinary_set_ends_no_more_itself() -> None:
    vendor = replace(VENDOR, targets={**VENDOR.targets, "critical": replace(CRITICAL, then="critical")})
    facts: dict[str, FactValue] = {"plan": "basic", "severity": "1", "outage": "system"}
    found = regimes.regime_for(vendor, facts, bind=BOUND.__getitem__)
    assert found is not None
    assert found.ordinary is not None
    assert (found.ordinary.target_set, found.ordinary.until) == ("critical", frozenset())


def test_the_target_set_named_by_a_clause_comes_before_the_plan() -> None:
    facts: dict[str, FactValue] = {"plan": "free", "severity": "1", "outage": "system"}
    assert chosen(facts, "critical").target_set == "critical"


def test_a_plan_without_targets_promises_nothing() -> None:
    assert regimes.regime_for(VENDOR, {"plan": "free", "severity": "1"}, bind=BOUND.__getitem__) is None


def test_a_list_of_calendars_that_fits_nowhere_is_named() -> None:
    with pytest.raises(regimes.NoCalendarError, match=r"targets\.critical\.calendar.*always.*aucune ligne"):
        chosen({"plan": "basic", "severity": "1", "outage": "none"}, "critical")


def test_waits_pause_what_the_set_says() -> None:
    assert chosen({"plan": "basic", "severity": "1"}).pause == {RESOLUTION: frozenset({Wait.CUSTOMER})}


def test_remembering_asks_once_for_the_same_facts() -> None:
    asked: list[tuple[dict[str, FactValue], str | None]] = []

    def ask(facts: regimes.Facts, override: str | None) -> regimes.Regime | None:
        asked.append((dict(facts), override))
        return regime({FIRST: 8})

    remembered = regimes.remembering(ask)
    first = remembered({"severity": "1", "option": ("a", "b")}, None)
    assert remembered({"option": ("a", "b"), "severity": "1"}, None) is first
    assert len(asked) == 1
    remembered({"severity": "1"}, None)
    remembered({"severity": "1"}, "expert")
    assert asked[1:] == [({"severity": "1"}, None), ({"severity": "1"}, "expert")]


def test_windows_join_every_calendar_once() -> None:
    plain = regime({FIRST: 8, UPDATE: 16})
    assert regimes.with_windows(plain, ()) is plain
    joined = regimes.with_windows(plain, (spans.Span(0, HOUR),))
    first, update = (joined.allotments[c].calendar for c in (FIRST, UPDATE))
    assert first is update
    assert isinstance(first, calendars.Combined)
    assert calendars.compile(first).is_open(HOUR // 2)


def test_a_programme_folds_into_a_clock() -> None:
    def by_facts(facts: regimes.Facts, override: str | None) -> regimes.Regime | None:
        return regimes.regime_for(VENDOR, facts, bind=BOUND.__getitem__, override=override)

    story = Story(regimes.remembering(by_facts))
    story.submitted("2026-07-10 20:00", facts={"plan": "basic", "severity": "1", "outage": "system"})
    story.add(clock.EventKind.RELIEVED, "2026-07-11 14:00", relief="operational")
    found = story.promise(Commitment.RESOLUTION, "2026-07-11 15:00")
    assert (found.clause, found.binding, found.used) == ("T1", Binding.TARGET, 18 * HOUR)
