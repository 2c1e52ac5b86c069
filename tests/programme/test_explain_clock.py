"""Clocks in words: one sentence a promise, and rows that sum."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import pytest
from tests.programme.reference import programme_of

from palier.core import clock as clocks
from palier.core import coverage
from palier.core.clock import Clock, Event, EventKind, Regime
from palier.core.programme import Binding, Commitment, FactValue, Programme, Wait
from palier.core.promises import Because, Counting
from palier.core.regimes import Facts, regime_for
from palier.programme import explain, explain_clock, explain_output, situation
from palier.programme.explain_clock import ClockTold

NB = "\u00a0"
HOUR = 3_600_000_000
THURSDAY_1400 = 1_783_598_400_000_000  # 2026-07-09 14:00 in Paris
NORTHERN = {
    "contract": "active",
    "plan": "standard",
    "solution": "delivered",
    "kind": "defect",
    "effect": "lasting-major",
}
Story = list[tuple[EventKind, float, Mapping[str, object]]]


def fold(
    vendor: str, facts: Mapping[str, FactValue], story: Story, hours: float, *, zone: str = "Europe/Paris"
) -> Clock:
    """The clock of a request sent on Thursday 14:00 Paris time, `hours` later; the story's instants are hours too."""
    programme = programme_of(vendor)
    decision = coverage.decide(programme, facts)
    bind = situation.binder(programme, zone=zone, place=None, at=[THURSDAY_1400])

    def regimes(known: Facts, override: str | None) -> Regime | None:
        return regime_for(programme, known, bind=bind, override=override)

    sent: Mapping[str, object] = {
        "complete": decision.facts["information"] == "complete",
        "holds": decision.holds,
        "outcome": decision.outcome.value,
        "facts": dict(decision.facts),
        "targets": decision.targets,
    }
    told: Story = [(EventKind.SUBMITTED, 0, sent), *story]
    events = [
        Event(id=f"{n}", kind=kind, at=at(after), recorded=at(after) + n, by=by(kind), data=data)
        for n, (kind, after, data) in enumerate(told)
    ]
    return clocks.fold(events, regimes, at(hours))


def at(hours: float) -> int:
    return THURSDAY_1400 + int(hours * HOUR)


def by(kind: EventKind) -> str:
    return "customer" if kind in (EventKind.SUBMITTED, EventKind.CUSTOMER_WROTE) else "person"


def told(clock: Clock, vendor: str = "northern", lang: str = "en", desk: str | None = None) -> ClockTold:
    programme = programme_of(vendor)
    return explain_clock.explain_clock(
        programme, clock, language=lang, zone="Europe/Paris", desk_zone=desk, now=clock.now
    )


def sentence(clock: Clock, which: Commitment = Commitment.FIRST_RESPONSE, lang: str = "en") -> str:
    return next(one.sentence for one in told(clock, lang=lang).promises if one.commitment == which.value)


# --- sentences


def test_running() -> None:
    clock = fold("northern", NORTHERN, [], 3.5)
    assert sentence(clock) == (
        f"First answer due Friday 10{NB}July 2026, 13:00{NB}Paris time; 3{NB}h{NB}30 of 8{NB}h used; a target, clause T1."
    )
    assert sentence(clock, lang="fr") == (
        f"Première réponse due avant le vendredi 10{NB}juillet 2026 à{NB}13:00, heure de{NB}Paris\u202f; "
        f"3{NB}h{NB}30 sur 8{NB}h utilisées\u202f; objectif, clause T1."
    )


def test_nothing_used_yet() -> None:
    assert f"; 0{NB}h of 8{NB}h used;" in sentence(fold("northern", NORTHERN, [], 0))


def test_met() -> None:
    clock = fold("northern", NORTHERN, [(EventKind.ANSWERED, 19, {})], 20)
    assert sentence(clock).startswith(
        f"First answer given in time, Friday 10{NB}July 2026, 09:00{NB}Paris time; 4{NB}h of 8{NB}h used; it was due "
    )
    assert "tenue à temps, le vendredi" in sentence(clock, lang="fr")


def test_missed_and_not_yet_given() -> None:
    clock = fold("northern", NORTHERN, [], 24)
    assert sentence(clock).startswith(
        f"First answer missed by 1{NB}h, it was due Friday 10{NB}July 2026, 13:00{NB}Paris time;"
    )
    assert sentence(clock, lang="fr").startswith(f"Première réponse manquée de 1{NB}h, due avant le vendredi")


def test_missed_and_given_late() -> None:
    clock = fold("northern", NORTHERN, [(EventKind.ANSWERED, 24, {})], 25)
    assert f", given Friday 10{NB}July 2026, 14:00{NB}Paris time;" in sentence(clock)
    assert ", donnée le vendredi" in sentence(clock, lang="fr")


def test_paused() -> None:
    story: Story = [(EventKind.ANSWERED, 1, {}), (EventKind.WAIT_STARTED, 2, {"wait": "customer"})]
    clock = fold("northern", NORTHERN, story, 3)
    assert sentence(clock, Commitment.NEXT_UPDATE).startswith(
        f"Next update paused, waits for the customer; 1{NB}h of 16{NB}h used; 15{NB}h left;"
    )
    assert sentence(clock, Commitment.NEXT_UPDATE, "fr").startswith(
        "Prochaine nouvelle en pause, attend le client"
    )


def test_paused_for_a_reason_that_is_over() -> None:
    """The clock itself names no wait any more, yet a promise shown with it stands still: it is told all the same."""
    story: Story = [(EventKind.ANSWERED, 1, {}), (EventKind.WAIT_STARTED, 2, {"wait": "customer"})]
    clock = dataclasses.replace(fold("northern", NORTHERN, story, 3), waiting=None)
    assert sentence(clock, Commitment.NEXT_UPDATE).startswith("Next update paused, waiting;")


def test_ended() -> None:
    story: Story = [(EventKind.ANSWERED, 1, {}), (EventKind.RESOLVED, 2, {})]
    assert sentence(fold("northern", NORTHERN, story, 3), Commitment.NEXT_UPDATE).startswith(
        f"Next update no longer owed since Thursday 9{NB}July 2026, 16:00{NB}Paris time;"
    )


def test_guaranteed_and_provisional_are_said() -> None:
    clock = fold("northern", NORTHERN, [], 1)
    promise = clock.promises[0]._replace(binding=Binding.GUARANTEE, provisional=True, due_at=None)
    words = sentence(dataclasses.replace(clock, promises=(promise,)))
    assert (
        words
        == f"First answer due at no set time; 1{NB}h of 8{NB}h used; provisional; guaranteed, clause T1."
    )


def test_the_desks_own_time_is_said_where_it_differs() -> None:
    clock = fold("northern", NORTHERN, [], 1)
    away = told(clock, desk="America/Toronto").promises[0].sentence
    assert f"13:00{NB}Paris time (Fri 10{NB}Jul{NB}07:00, Toronto time);" in away
    assert "(" not in told(clock, desk="Europe/Brussels").promises[0].sentence


# --- why nothing runs


@pytest.mark.parametrize(
    ("facts", "english", "french"),
    [
        ({"kind": "question", "solution": "before-hand-over"}, "No clock runs: not covered.",
         f"Aucune horloge ne court{NB}: non couvert."),
        ({"kind": "question", "information": "missing"}, "No clock runs yet. Held: information missing.",
         f"Aucune horloge ne court. En attente{NB}: informations manquantes."),
    ],
)  # fmt: skip
def test_where_nothing_runs_it_says_why(facts: dict[str, FactValue], english: str, french: str) -> None:
    clock = fold("northern", {**NORTHERN, **facts}, [], 5)
    assert told(clock).standing == english
    assert told(clock, lang="fr").standing == french


def test_missing_information_alone_keeps_the_clock_from_starting() -> None:
    clock = dataclasses.replace(fold("northern", {**NORTHERN, "information": "missing"}, [], 5), held=())
    assert told(clock).standing == "No clock runs until the required information is there."


def test_a_plan_without_targets_promises_nothing() -> None:
    clock = dataclasses.replace(fold("northern", NORTHERN, [], 5), promises=())
    assert told(clock).standing == "No time is promised for this."
    assert told(fold("northern", NORTHERN, [], 5)).standing == ""


# --- the proof


def test_the_rows_name_each_opening_and_sum_to_the_duration() -> None:
    rows = told(fold("northern", NORTHERN, [], 20)).promises[0].rows
    assert [(row.from_, row.to, row.began, row.ended, row.counted_words) for row in rows] == [
        (f"Thu 9{NB}Jul{NB}14:00", f"Thu 9{NB}Jul{NB}18:00", "submitted", "closing time", f"4{NB}h"),
        (f"Fri 10{NB}Jul{NB}09:00", f"Fri 10{NB}Jul{NB}10:00", "opening time", "running", f"1{NB}h"),
        (f"Fri 10{NB}Jul{NB}10:00", f"Fri 10{NB}Jul{NB}13:00", "left", "due", f"3{NB}h"),
    ]
    assert sum(row.counted for row in rows) == 8 * HOUR


def test_what_ran_over_follows_apart_and_a_pause_counts_nothing() -> None:
    story: Story = [
        (EventKind.ANSWERED, 24, {}),
        (EventKind.WAIT_STARTED, 25, {"wait": "customer"}),
        (EventKind.CUSTOMER_WROTE, 26, {}),
    ]
    promises = told(fold("northern", NORTHERN, story, 27)).promises
    over = [row for row in promises[0].rows if row.state == Counting.OVER.value]
    assert [(row.began, row.counted) for row in over] == [("due, late, counted apart", HOUR)]
    paused = [row for row in promises[1].rows if row.state == Counting.PAUSED.value]
    assert [(row.began, row.ended, row.counted) for row in paused] == [
        ("waits for the customer", "the customer wrote", 0)
    ]


def test_a_stretch_over_many_openings_is_one_row() -> None:
    clock = fold("northern", NORTHERN, [], 24 * 40)
    over = [row for row in told(clock).promises[0].rows if row.state == Counting.OVER.value]
    assert len(over) == 1
    assert over[0].counted > 100 * HOUR


def test_every_wait_and_reason_has_words_in_both_languages() -> None:
    assert set(explain_clock.WAITS) == set(Wait)
    assert set(explain_clock.REASONS) == set(Because)
    assert set(explain_clock.COMMITMENTS) == set(Commitment)
    for words in (*explain_clock.WAITS.values(), *explain_clock.COMMITMENTS.values()):
        assert words["en"] != words["fr"]


def test_in_text_and_json() -> None:
    programme: Programme = programme_of("northern")
    clock = fold("northern", NORTHERN, [], 20)
    one = explain.explain_decision(programme, coverage.decide(programme, NORTHERN), language="fr")
    text = explain_output.to_text(one, told(clock, lang="fr"))
    assert "\nQuand\n  Première réponse due avant" in text
    plain = json.loads(json.dumps(explain_output.to_json(one, told(clock))))
    first = plain["clock"]["promises"][0]
    assert first["due_at"] == at(23)
    assert first["rows"][0].keys() >= {"from", "to", "counted"}
