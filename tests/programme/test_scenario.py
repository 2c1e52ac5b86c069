"""Scenarios: what a file can say, what is wrong with one, and what comes out otherwise."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.programme import small
from tests.programme.reference import programme_of

from palier.core.programme import Programme
from palier.programme import scenario, scenario_file, scenario_report, situation
from palier.programme.problems import Place
from palier.programme.scenario import Report

HEAD = """\
scenarios: small
defaults:
  facts: {contract: active, plan: basic}
  zone: America/Toronto
list:
"""
TARGETS = """\
    next_update: {1: 8h, 2: 16h}
    resolution: {1: 16h, 2: 24h}
    pause_while: [customer, consent]
    reopen: {floor: 4h, within: 14 days}
"""
FIRST = "    first_response: {1: 4h, 2: 8h}\n"
# 2026-07-09 is a Thursday; the desk is open 09:00–17:00 in Toronto, Monday to Friday.


def programme(*changes: tuple[str, str]) -> Programme:
    return small.programme((FIRST, FIRST + TARGETS), *changes)


def run(body: str, *changes: tuple[str, str]) -> Report:
    return scenario.run(programme(*changes), HEAD + body, "small.scenarios.yaml")


def differences(body: str, *changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    report = run(body, *changes)
    assert [problem.text("en") for problem in report.problems] == []
    return [(one.what, one.expected, one.got) for result in report.results for one in result.differences]


def problems(body: str) -> list[tuple[str, str]]:
    return [(str(problem.code), problem.path) for problem in run(body).problems]


def one(rest: str) -> str:
    return f"  - name: {{fr: Un, en: One}}\n{rest}"


# --- decisions


def test_what_is_as_written_is_fine() -> None:
    report = run(
        one("""\
    facts: {kind: how-to}
    balances: {calls: 1}
    granted: {calls: 2}
    decision: {outcome: offer, clause: Z, ways: [call, hours], available: [call, hours]}
""")
    )
    assert report.fine
    assert report.unexercised == ("A1", "C1")
    assert [result.clauses for result in report.results] == [("Z",)]


def test_what_comes_out_otherwise_is_named_with_its_place() -> None:
    report = run(
        one("""\
    facts: {kind: how-to}
    balances: {calls: 0}
    granted: {calls: 3}
    decision: {outcome: cover, clause: [A1, C1], level: 1, ways: [call], available: [call]}
""")
    )
    assert not report.fine
    found = {
        d.what: (d.expected, d.got, d.place.line) for result in report.results for d in result.differences
    }
    assert found == {
        "granted.calls": ("3", "2", 9),
        "decision.outcome": ("cover", "offer", 10),
        "decision.clause": ("[A1, C1]", "[Z]", 10),
        "decision.level": ("1", "none", 10),
        "decision.ways": ("[call]", "[call, hours]", 10),
        "decision.available": ("[call]", "[hours]", 10),
    }


def test_exactly_the_gates_named_hold() -> None:
    assert (
        differences(
            one("    facts: {kind: defect, contract: unpaid}\n    decision: {outcome: hold, clause: [A1]}\n")
        )
        == []
    )


# --- the clock


def test_a_clock_met_as_written() -> None:
    body = one("""\
    facts: {kind: defect, effect: stopped}
    events:
      - {at: 2026-07-09 14:00, event: submitted}
      - {at: 2026-07-09 16:30, event: answered}
    clock:
      first_response: {due: 2026-07-10 10:00, state: met, met_at: 2026-07-09 16:30, used: 2h 30 min, left: 1h 30 min}
      next_update: {due: 2026-07-10 16:30, state: running, used: 0h}
      workaround: {state: none}
""")
    assert differences(body) == []


def test_a_clock_that_differs_is_shown_as_a_file_would_write_it() -> None:
    body = one("""\
    facts: {kind: defect, effect: stopped}
    events:
      - {at: 2026-07-09 14:00:30, event: submitted}
    now: 2026-07-10 11:00
    clock:
      first_response: {due: 2026-07-10 10:00, warning: 2026-07-09T20:00Z, state: met, met_at: 2026-07-09 16:30, used: 0h}
      workaround: {state: running}
      resolution: [{used: 1h}, {used: 2h}]
""")
    assert differences(body) == [
        ("clock.first_response.due", "2026-07-10 10:00", "2026-07-10 10:00:30"),
        ("clock.first_response.warning", "2026-07-09 16:00", "2026-07-10 09:00:30"),
        ("clock.first_response.state", "met", "breached"),
        ("clock.first_response.met_at", "2026-07-09 16:30", "none"),
        ("clock.first_response.used", "0h", "4h 59 min 30 s"),
        ("clock.workaround", "a promise", "none"),
        ("clock.resolution (cycles)", "2", "1"),
    ]


def test_every_cycle_can_be_told() -> None:
    body = one("""\
    facts: {kind: defect, effect: stopped}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 10:00, event: answered}
      - {at: 2026-07-09 11:00, event: wait, wait: customer}
      - {at: 2026-07-09 12:00, event: customer-wrote}
      - {at: 2026-07-09 13:00, event: resolved}
      - {at: 2026-07-09 14:00, event: reopened}
      - {at: 2026-07-09 15:00, event: answered}
    clock:
      next_update: [{state: ended}, {state: met}, {state: running}]
      resolution: [{state: met, used: 3h}, {state: running, used: 1h}]
""")
    assert differences(body) == []


def test_paying_frees_and_decides_again_on_the_new_facts() -> None:
    body = one("""\
    facts: {kind: how-to, contract: unpaid}
    decision: {outcome: hold}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 10:00, event: facts, facts: {contract: active}}
      - {at: 2026-07-09 10:00, event: freed, hold: payment}
    now: 2026-07-09 11:00
    clock:
      first_response: {due: 2026-07-10 10:00, used: 1h}
""")
    assert differences(body) == []


def test_a_hold_freed_by_an_act_holds_no_more_whatever_the_facts_say() -> None:
    body = one("""\
    facts: {kind: defect, contract: unpaid}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 10:00, event: freed, hold: payment}
    now: 2026-07-09 11:00
    clock:
      first_response: {state: running, used: 1h}
""")
    report = run(body)
    assert report.fine
    assert report.results[0].clauses == ("A1", "C1")


def test_a_hold_that_stands_keeps_the_clock_from_starting() -> None:
    body = one("""\
    facts: {kind: defect}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 09:00, event: held, hold: payment}
      - {at: 2026-07-09 10:00, event: severity, severity: 1}
    now: 2026-07-09 11:00
    clock:
      first_response: {state: none}
""")
    assert differences(body, ("if: {contract: unpaid}", "if: [{contract: unpaid}, {severity: 1}]")) == []


def test_completing_frees_what_was_held_for_want_of_it() -> None:
    body = one("""\
    facts: {kind: defect, information: missing}
    decision: {outcome: hold, clause: A1}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 12:00, event: information-complete}
    now: 2026-07-09 13:00
    clock:
      first_response: {state: running, used: 1h}
""")
    assert differences(body, ("if: {contract: unpaid}", "if: {information: missing}")) == []
    assert differences(body.replace("    decision: {outcome: hold, clause: A1}\n", "")) == []


def test_a_funded_way_is_a_choice_made() -> None:
    story = """\
    events:
      - {at: 2026-07-09 09:00, event: submitted}
      - {at: 2026-07-09 10:00, event: answered}
    now: 2026-07-09 12:00
    clock:
"""
    waiting = one("    facts: {kind: how-to}\n" + story + "      next_update: {state: paused}\n")
    funded = one(
        "    facts: {kind: how-to, way: call, funding: reserved}\n"
        + story
        + "      next_update: {state: running}\n"
    )
    assert differences(waiting) == []
    assert differences(funded) == []


def test_special_event_windows_relief_and_targets_of_a_clause() -> None:
    """The rarer events, on the programmes that know them."""
    text = """\
scenarios: infor
list:
  - name: {fr: Tout, en: All}
    zone: Europe/Paris
    holidays: FR
    facts: {contract: active, plan: premium, product: finance, environment: production, kind: extension-incident}
    events:
      - {at: 2026-07-09 14:00, event: submitted}
      - {at: 2026-07-09 14:00, event: window-joined, from: 2026-07-11 08:00, to: 2026-07-11 20:00}
      - {at: 2026-07-10 14:00, event: relieved, relief: operational}
      - {at: 2026-07-10 14:30, event: relief-revoked}
      - {at: 2026-07-10 15:00, event: workaround-given}
      - {at: 2026-07-10 15:30, event: resumed}
      - {at: 2026-07-10 16:00, event: information-missing}
      - {at: 2026-07-10 17:00, event: closed}
"""
    report = scenario.run(programme_of("infor"), text, "x")
    assert report.fine, report


def test_a_clause_can_bring_its_own_targets() -> None:
    body = one("""\
    facts: {kind: defect}
    events:
      - {at: 2026-07-09 09:00, event: submitted}
    clock:
      first_response: {due: 2026-07-09 11:00}
""")
    fast = "  fast: {clause: T2, name: {fr: Vite, en: Fast}, binding: target, calendar: desk, first_response: {any: 2h}}\n"
    changes = (
        ("then: {cover: true}", "then: {cover: true, targets: fast}"),
        ("allowances:\n", fast + "allowances:\n"),
    )
    assert differences(body, *changes) == []


def test_a_story_the_clock_refuses_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(story: scenario._Story, happening: scenario_file.Happening) -> None:
        scenario._Story.submitted(story, happening)
        scenario._Story.submitted(story, happening)

    monkeypatch.setitem(scenario._TELL, "submitted", twice)
    body = one("    facts: {kind: defect}\n    events: [{at: 2026-07-09 09:00, event: submitted}]\n")
    ((what, _, got),) = differences(body)
    assert what == "events"
    assert "submitted twice" in got


def test_a_clock_that_cannot_be_counted_is_a_difference() -> None:
    body = one(
        "    facts: {kind: how-to}\n    events: [{at: %s, event: submitted}]\n"
        "    clock: {first_response: {state: running, due: 2026-07-10 10:00}}\n"
    )
    [(what, _, got)] = differences(body % "1066-10-14T09:00Z")
    assert (what, "outside the years 1800 to 2399" in got) == ("events", True)
    never = ('week: {mon-fri: ["09:00-17:00"]}', "week: {}\n    openings: [2020-01-06 09:00-10:00]")
    [(what, _, got)] = differences(body % "2026-07-09 10:00", never)
    assert (what, got) == ("clock.first_response.due", "none")


def test_without_events_the_clock_is_read_nowhere() -> None:
    story = scenario._Story(
        programme=programme(),
        scenario=scenario_file.Scenario(
            name=programme().words["request"],
            place=Place(file="x", line=1, column=1),
            facts={"kind": "defect"},
            left={},
            zone="UTC",
            holidays=None,
            happenings=(
                scenario_file.Happening(
                    at=0, event="submitted", data={}, place=Place(file="x", line=1, column=1)
                ),
            ),
        ),
        said={"kind": "defect"},
    )
    assert story.clock().now == 0


# --- files with problems


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    facts: {knid: defect}\n", [("P301-unknown-fact", "list[1].facts.knid")]),
        ("    facts: {kind: defct}\n", [("P302-impossible-value", "list[1].facts.kind")]),
        ("    facts: {kind: [defect]}\n", [("P104-wrong-shape", "list[1].facts.kind")]),
        ("    facts: {seats: many}\n", [("P108-bad-value", "list[1].facts.seats")]),
        ("    facts: [kind]\n", [("P104-wrong-shape", "list[1].facts")]),
        ("    zone: Europe/Pariss\n", [("P022-unknown-zone", "list[1].zone")]),
        ("    zone: [Europe/Paris]\n", [("P104-wrong-shape", "list[1].zone")]),
        ("    holidays: XX\n", [("P030-unknown-holidays", "list[1].holidays")]),
        ("    holidays: [FR]\n", [("P104-wrong-shape", "list[1].holidays")]),
        ("    balances: {call: 1}\n", [("P101-unknown-reference", "list[1].balances.call")]),
        ("    granted: {calls: two}\n", [("P108-bad-value", "list[1].granted.calls")]),
        ("    decision: {outcome: covered}\n", [("P107-unknown-word", "list[1].decision.outcome")]),
        ("    decision: {clause: C9}\n", [("P101-unknown-reference", "list[1].decision.clause")]),
        ("    decision: {clause: [C1, C9]}\n", [("P101-unknown-reference", "list[1].decision.clause[2]")]),
        ("    decision: {ways: [calls]}\n", [("P101-unknown-reference", "list[1].decision.ways[1]")]),
        ("    decision: {way: call}\n", [("P102-unknown-key", "list[1].decision.way")]),
        ("    events: [{at: 9 July, event: submitted}]\n", [("P114-bad-date", "list[1].events[1].at")]),
        ("    events: [{at: 2026-02-30 10:00, event: submitted}]\n", [("P114-bad-date", "list[1].events[1].at")]),
        ("    events: [{event: submitted}]\n", [("P103-missing-key", "list[1].events[1]")]),
        ("    events: [{at: 2026-03-08 02:30, event: submitted}]\n", [("P114-bad-date", "list[1].events[1].at")]),
        ("    events: [{at: 2026-07-09 10:00, event: submit}]\n", [("P107-unknown-word", "list[1].events[1].event")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted, hold: payment}]\n",
         [("P102-unknown-key", "list[1].events[1].hold")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}, {at: 2026-07-09 11:00, event: wait}]\n",
         [("P103-missing-key", "list[1].events[2]")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}, {at: 2026-07-09 11:00, event: freed, hold: x}]\n",
         [("P101-unknown-reference", "list[1].events[2].hold")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}, {at: 2026-07-09 09:00, event: answered}]\n",
         [("P108-bad-value", "list[1].events[2].at")]),
        ("    events: [{at: 2026-07-09 10:00, event: answered}]\n", [("P108-bad-value", "list[1].events[1]")]),
        ("    clock: {first_response: {state: met}}\n", [("P103-missing-key", "list[1]")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}]\n    clock: {first_answer: {state: met}}\n",
         [("P107-unknown-word", "list[1].clock.first_answer")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}]\n    clock: {first_response: {used: 4 hours}}\n",
         [("P113-bad-duration", "list[1].clock.first_response.used")]),
        ("    events: [{at: 2026-07-09 10:00, event: submitted}]\n    clock: {first_response: {due: 2026-03-08 02:30}}\n",
         [("P114-bad-date", "list[1].clock.first_response.due")]),
        ("    now: 2026-03-08 02:30\n", [("P114-bad-date", "list[1].now")]),
        ("    colour: red\n", [("P102-unknown-key", "list[1].colour")]),
    ],
)  # fmt: skip
def test_mistakes_are_problems_with_their_place(body: str, expected: list[tuple[str, str]]) -> None:
    assert problems(one(body)) == expected


def test_the_file_as_a_whole() -> None:
    def found(text: str) -> list[tuple[str, str]]:
        return [(str(p.code), p.path) for p in scenario.run(programme(), text, "x").problems]

    assert found("") == [("P008-empty-file", "")]
    assert found("[1, 2]") == [("P104-wrong-shape", "")]
    assert found("scenarios: small\nlist: nothing\n") == [("P104-wrong-shape", "list")]
    assert found("scenarios: other\nlist: []\n") == [("P101-unknown-reference", "scenarios")]
    assert found("scenarios: [a]\nlist: []\n") == [("P104-wrong-shape", "scenarios")]
    assert found("scenarios: small\n") == [("P103-missing-key", "")]
    nameless = found("scenarios: small\nlist: [{facts: {kind: defect}}]\n")
    assert nameless == [("P103-missing-key", "list[1]")]


def test_events_need_the_customers_zone() -> None:
    body = "scenarios: small\nlist:\n" + one("    events: [{at: 2026-07-09 10:00, event: submitted}]\n")
    assert [(str(p.code), p.path) for p in scenario.run(programme(), body, "x").problems] == [
        ("P103-missing-key", "list[1]")
    ]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    body = one("""\
    facts: {kind: defect}
    events: [{at: 2026-11-01 01:30, event: submitted}]
    now: 2026-11-01T05:30Z
    clock: {first_response: {used: 0h}}
""")
    assert differences(body) == []
    assert differences(body.replace("05:30Z", "05:29Z")) == [("clock.first_response", "a promise", "none")]


def test_options_may_stand_alone_or_in_a_list() -> None:
    text = (
        "scenarios: infor\nlist:\n"
        + one("    facts: {kind: incident, option: priority-response}\n")
        + one("    facts: {kind: incident, option: [priority-response, priority-response, x]}\n")
    )
    found = scenario_file.read(text, "x", programme_of("infor"))
    assert found.scenarios[0].facts["option"] == ("priority-response",)
    assert [str(problem.code) for problem in found.problems] == ["P302-impossible-value"]


def test_forms_describe_themselves() -> None:
    """The table of keys also writes a JSON Schema."""
    schema = scenario_file.table(programme()).definition()
    assert schema["required"] == ["scenarios", "list"]
    for form in (
        situation.ZoneForm(),
        situation.HolidaysForm(),
        situation.MomentForm(),
        situation.FactsForm(programme()),
    ):
        assert form.json()["type"] in ("string", "object")
        assert form.words
    several = situation.OneOrMore(situation.allowance_word(programme()))
    assert several.json()["anyOf"][0] == {"enum": ["calls"]}
    assert several.words.endswith("or a list")
    assert situation.allowance_word(programme()).words == "an allowance of the programme"


# --- files and reports


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = small.changed((FIRST, FIRST + TARGETS))
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "small.scenarios.yaml").write_text(
        HEAD
        + one("    facts: {kind: defect}\n    decision: {clause: C1}\n")
        + one("    facts: {kind: how-to}\n    decision: {clause: Z}\n")
        + one("    facts: {contract: unpaid, kind: how-to}\n    decision: {clause: A1}\n"),
        encoding="utf-8",
    )
    (tmp_path / "wrong.yaml").write_text("palier: 1\n", encoding="utf-8")
    (tmp_path / "alone.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(HEAD + one("    decision: {clause: C9}\n"), encoding="utf-8")
    return tmp_path


def report(paths: list[Path], lang: str = "en", *, as_json: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    code = scenario_report.scenarios(paths, lang, as_json, out)
    return code, out.getvalue()


def test_a_fine_report(folder: Path) -> None:
    path = folder / "small.yaml"
    named = folder / "small.scenarios.yaml"
    assert report([path]) == (0, f"{named}: 3 scenarios, all as written; every clause is exercised\n")
    assert report([path], "fr") == (
        0,
        f"{named}\u00a0: 3 scénarios, tous comme écrits\u00a0; chaque clause est exercée\n",
    )


def test_a_report_says_which_clauses_no_scenario_reaches(folder: Path) -> None:
    named = folder / "small.scenarios.yaml"
    named.write_text(HEAD + one("    facts: {kind: defect}\n"), encoding="utf-8")
    code, text = report([folder / "small.yaml"])
    assert (code, text) == (0, f"{named}: 1 scenarios, all as written; no scenario decides by A1, Z\n")
    assert "aucun scénario ne décide par A1, Z" in report([folder / "small.yaml"], "fr")[1]


def test_a_report_with_a_difference(folder: Path) -> None:
    named = folder / "small.scenarios.yaml"
    named.write_text(HEAD + one("    facts: {kind: defect}\n    decision: {clause: Z}\n"), encoding="utf-8")
    code, text = report([folder / "small.yaml"])
    assert code == 1
    assert text.splitlines() == [
        f"{named}:8:24: “One”: decision.clause: expected [Z], got [C1]",
        f"{named}: 1 scenarios read, 1 came out otherwise, 0 problems",
    ]
    code, text = report([folder / "small.yaml"], "fr", as_json=True)
    (plain,) = json.loads(text)
    assert (code, plain["fine"], plain["scenarios"], plain["unexercised"]) == (1, False, 1, ["A1", "Z"])
    assert plain["differences"][0]["scenario"] == "Un"
    assert plain["differences"][0]["line"] == 8


def test_a_programme_or_scenarios_that_cannot_be_read(folder: Path) -> None:
    code, text = report([folder / "wrong.yaml", folder / "alone.yaml"], "fr")
    assert code == 1
    assert "P103-missing-key" in text
    assert "P001-unreadable-file" in text
    assert json.loads(report([folder / "wrong.yaml"], as_json=True)[1])[0]["problems"]


def test_scenarios_may_stand_elsewhere(folder: Path) -> None:
    found = scenario.run_file(folder / "small.yaml", folder / "other.yaml")
    assert [str(problem.code) for problem in found.problems] == ["P101-unknown-reference"]


def test_a_country_without_holiday_data_has_none_and_is_but_a_warning() -> None:
    customer = '  customer: {name: {fr: Vos heures, en: Yours}, zone: customer, week: {mon-fri: ["09:00-17:00"]}, holidays: customer}\n'
    changes = (
        ("desk_calendar: desk", customer + "desk_calendar: desk"),
        ("    calendar: desk\n", "    calendar: customer\n"),
    )
    body = one("""\
    facts: {kind: defect, effect: stopped}
    holidays: IO
    events: [{at: 2026-07-09 14:00, event: submitted}]
    clock: {first_response: {due: 2026-07-10 10:00}, next_update: {state: none}}
""")
    report = run(body, *changes)
    assert [str(problem.code) for problem in report.problems] == ["P031-no-holiday-data"]
    assert report.fine


# --- escalation

RULES = (
    "unfreed:",
    """escalation:
  - clause: E1
    if: {severity: 1}
    on: first_response
    at: 75 %
    raise: 1
    page: on-call
    text: {fr: On veille., en: We watch.}
unfreed:""",
)
STOPPED = """\
    facts: {kind: defect, effect: stopped}
    events:
      - {at: 2026-07-09 14:00, event: submitted}
    now: 2026-07-10 11:00
"""


def test_what_escalates_is_compared_as_a_whole() -> None:
    written = """\
    escalated:
      - {clause: E1, at: 2026-07-10 09:00, page: true}
"""
    assert differences(one(STOPPED + written), RULES) == [
        (
            "escalated",
            "[{clause: E1, at: 2026-07-10 09:00, page: true}]",
            "[{clause: E1, at: 2026-07-09 17:00}, {clause: E1, at: 2026-07-10 09:00, page: true}]",
        )
    ]
    whole = written.replace("escalated:\n", "escalated:\n      - {clause: E1, at: 2026-07-09 17:00}\n")
    assert differences(one(STOPPED + whole), RULES) == []
    assert [what for what, *_ in differences(one(f"{STOPPED}    escalated: []\n"), RULES)] == ["escalated"]


def test_a_clause_of_another_kind_is_no_escalation() -> None:
    body = one(f"{STOPPED}    escalated:\n      - {{clause: C1, at: 2026-07-09 17:00}}\n")
    found = scenario.run(programme(RULES), HEAD + body, "small.scenarios.yaml").problems
    assert [problem.path for problem in found] == ["list[1].escalated[1].clause"]
