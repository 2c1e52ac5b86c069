"""Ledger stories of scenarios: what each step does, what is wrong with one, and what comes out otherwise."""

from __future__ import annotations

import pytest
from tests.programme import small

from palier.core.programme import Programme
from palier.programme import scenario, situation
from palier.programme.scenario import Report

HEAD = """\
scenarios: small
defaults:
  facts: {contract: active, plan: basic}
  zone: America/Toronto
list:
  - name: {fr: Un, en: One}
    ledger:
      contract: {plan: basic, activation: 2026-01-15}
      steps:
"""
CHANGES = (
    (
        "unit: call, per: contract-year}",
        "unit: call, per: contract-year}\n"
        "  work: {clause: L2, name: {fr: Heures, en: Hours}, unit: hour, per: account}\n"
        "  extra: {clause: L3, name: {fr: Plus, en: Extra}, unit: hour, per: calendar-month, overrun: true}",
    ),
    ("desk_calendar:", "  nights: {name: {fr: Nuits, en: Nights}, zone: customer, week: {mon-sun: ['22:00-06:00']}}\ndesk_calendar:"),
    (
        "ways:\n",
        "  incident: {clause: P2, name: {fr: A, en: B}, kind: pay-per-incident, amount: 180.00 CAD, credit: {towards: block, within: 30 days}}\n"
        "  block: {clause: P3, name: {fr: A, en: B}, kind: prepaid-hours, amount: 1600.00 CAD, hours: 10, valid: 12 months, round_up: 15 min, minimum: 30 min,"
        " discount: 10 %, weights: [{calendar: nights, percent: 150 %}], fills: work}\n"
        "ways:\n"
        "  incident: {name: {fr: A, en: B}, text: {fr: A, en: B}, price: incident}\n"
        "  block: {name: {fr: A, en: B}, text: {fr: A, en: B}, allowance: work, price: block}\n",
    ),
    ("then: {offer: [call, hours]}", "then: {offer: [call, incident, block, hours]}"),
    ("then: {cover: true}", "then: {cover: true, uses: calls}"),
    ("grants: {calls: 2}", "grants: {calls: 2, extra: 1}"),
    ("plans:\n", "plans:\n  gold: {clause: S2, name: {fr: A, en: B}, text: {fr: A, en: B}, kind: support, targets: standard, term: quarter, grants: {calls: 5}}\n"),
    ("fields:", "fields:") if "fields:" in small.SMALL else ("required:", "terms: {quarter: {name: {fr: A, en: B}, months: 3}}\nrequired:"),
)  # fmt: skip


@pytest.fixture(scope="module")
def programme() -> Programme:
    return small.programme(*CHANGES)


def run(programme: Programme, *steps: str, head: str = HEAD) -> Report:
    return scenario.run(
        programme, head + "".join(f"        - {{{step}}}\n" for step in steps), "small.scenarios.yaml"
    )


def differences(programme: Programme, *steps: str) -> list[tuple[str, str, str]]:
    report = run(programme, *steps)
    assert [problem.text("en") for problem in report.problems] == []
    return [(one.what, one.expected, one.got) for result in report.results for one in result.differences]


def problems(programme: Programme, *steps: str, head: str = HEAD) -> list[tuple[str, str]]:
    return [(str(problem.code), problem.path) for problem in run(programme, *steps, head=head).problems]


STEP = "list[1].ledger.steps[1]"
ASK = "at: 2026-02-02 10:00, request: one, facts: {kind: how-to}"


# --- what steps do


def test_a_call_is_reserved_used_and_given_back(programme: Programme) -> None:
    report = run(
        programme,
        "at: 2026-01-14 10:00, left: {calls: 0}, granted: {calls: 0}",
        "at: 2026-01-15 10:00, left: {calls: 2, extra: 1h, work: 0h}",
        f"{ASK}, way: call, clause: Z, paid_by: 2026-01-15, left: {{calls: 1}}, reserved: {{calls: 1}}",
        "at: 2026-02-03 10:00, done: one, paid_by: 2026-01-15, used: {calls: 1}",
        "at: 2026-02-04 10:00, request: two, facts: {kind: defect}, clause: C1, left: {calls: 0}",
        "at: 2026-02-05 10:00, release: two, left: {calls: 1}",
        "at: 2026-02-06 10:00, adjust: {calls: 1}, left: {calls: 2}, granted: {calls: 3}",
        "at: 2026-02-07 10:00, plan: gold, left: {calls: 5}, granted: {calls: 6}",
        "at: 2026-02-08 10:00, seats: 3, left: {calls: 5}",
        "at: 2027-02-09 10:00, renew: 2027-02-09, left: {calls: 5}, used: {calls: 0}",
        "at: 2028-02-08 23:59, left: {calls: 5}",
    )
    assert report.fine
    assert report.unexercised == ("A1",)


def test_hours_are_weighted_rounded_and_at_least_the_minimum(programme: Programme) -> None:
    found = differences(
        programme,
        f"{ASK}, way: block, left: {{work: 0h}}",
        "at: 2026-02-02 11:00, pay: one, costs: 1440.00 CAD, left: {work: 10h}",
        "at: 2026-02-03 09:00, work: 5 min, on: one, person: Ana, allowance: work, charged: 30 min, paid_by: one",
        "at: 2026-02-03 10:00, work: 26 min, on: one, person: Ana, allowance: work, charged: 15 min, left: {work: 9h 15 min}",
        # 30 minutes before the night, 40 in it at half as much again: 90.
        "at: 2026-02-04 21:30, work: 1h 10 min, on: one, person: Ana, allowance: work, charged: 1h 30 min, left: {work: 7h 45 min}",
        "at: 2026-02-04 21:30, reverse: 1h 10 min, on: one, person: Ana, allowance: work, left: {work: 9h 15 min}",
    )
    assert found == []


def test_a_reversed_entry_comes_back(programme: Programme) -> None:
    found = differences(
        programme,
        "at: 2026-02-01 09:00, buy: block, as: b1",
        ASK,
        "at: 2026-02-03 09:00, work: 45 min, on: one, person: Ana, allowance: work, left: {work: 9h 15 min}",
        "at: 2026-02-03 09:00, reverse: 45 min, on: one, person: Ana, allowance: work, left: {work: 10h}",
        "at: 2026-02-03 09:00, reverse: 1 min, on: one, person: Ana, allowance: work, refused: true",
    )
    assert found == []


def test_blocks_expire_and_what_is_reversed_goes_back_where_it_came_from(programme: Programme) -> None:
    found = differences(
        programme,
        "at: 2026-02-01 09:00, buy: block, as: b1",
        "at: 2026-03-01 09:00, buy: block, as: b2, left: {work: 20h}",
        ASK.replace("02-02", "03-02"),
        "at: 2026-03-03 09:00, work: 1h, on: one, person: Ana, allowance: work, paid_by: b1, left: {work: 19h}",
        "at: 2026-03-03 09:00, reverse: 30 min, on: one, person: Ana, allowance: work, left: {work: 19h 30 min}",
        "at: 2026-03-04 09:00, refund: b2, left: {work: 9h 30 min}",
        "at: 2027-01-31 23:59, left: {work: 9h 30 min}",
        "at: 2027-02-01 00:00, left: {work: 0h}",
    )
    assert found == []


def test_an_allowance_may_run_over(programme: Programme) -> None:
    assert (
        differences(
            programme,
            ASK,
            "at: 2026-02-03 09:00, work: 90 min, on: one, person: Ana, allowance: extra, charged: 1h 30 min, left: {extra: 0h}",
        )
        == [("ledger.steps[2].left.extra", "0h", "-30 min")]
    )  # fmt: skip


def test_work_can_be_billed_by_a_price(programme: Programme) -> None:
    assert (
        differences(
            programme,
            ASK,
            "at: 2026-02-03 09:00, work: 20 min, on: one, person: Ana, price: hourly, charged: 20 min, costs: 58.33 CAD",
        )
        == []
    )


def test_incidents_are_paid_used_credited_and_refunded(programme: Programme) -> None:
    assert (
        differences(
            programme,
            f"{ASK}, way: incident",
            "at: 2026-02-02 10:05, pay: one, paid_by: one, costs: 180.00 CAD, credits: {one: 0.00 CAD}",
            "at: 2026-02-02 10:06, pay: one, refused: true",
            "at: 2026-02-02 11:00, request: two, facts: {kind: how-to}, way: incident",
            "at: 2026-02-02 11:05, pay: two",
            "at: 2026-02-03 10:00, buy: block, as: b1, credits: {b1: 360.00 CAD}",
            "at: 2026-02-03 11:00, refund: two, credits: {b1: 180.00 CAD}",
            "at: 2026-02-03 12:00, refund: two, refused: true",
            "at: 2026-02-03 13:00, done: one, paid_by: one",
            "at: 2026-02-03 14:00, done: one, refused: true",
            "at: 2026-02-03 15:00, refund: one, refused: true",
            "at: 2026-02-03 16:00, request: three, facts: {kind: how-to}, way: hours",
            "at: 2026-02-03 16:05, pay: three, refused: true",
            "at: 2026-02-03 17:00, request: four, facts: {kind: defect}",
            "at: 2026-02-03 17:05, pay: four, refused: true",
            "at: 2026-02-03 17:06, refund: four, refused: true",
        )
        == []
    )


def test_what_cannot_be_chosen_is_refused_with_the_next_way(programme: Programme) -> None:
    steps = [f"at: 2026-02-0{n} 10:00, request: r{n}, facts: {{kind: how-to}}, way: call" for n in (1, 2)]
    more = "at: 2026-02-03 10:00, request: r3, facts: {kind: how-to}, way: call"
    assert differences(programme, *steps, f"{more}, refused: true, next: incident") == []
    assert differences(programme, *steps, more) == [("ledger.steps[3].refused", "false", "true")]
    used = "at: 2026-02-03 10:00, request: r3, facts: {kind: defect}, clause: C1, refused: true, next: none"
    assert differences(programme, *steps, used) == []
    unasked = "at: 2026-02-03 10:00, request: r3, facts: {kind: defect}, way: call, refused: true"
    assert differences(programme, unasked) == []
    assert differences(programme, "at: 2026-02-03 10:00, adjust: {work: 1h}, refused: true") == []


def test_what_counts_for_another_instant(programme: Programme) -> None:
    assert (
        differences(
            programme,
            f"{ASK}, way: call, window: 2027-02-01 08:00, paid_by: 2027-01-15, left: {{calls: 2}}",
            "at: 2026-02-03 10:00, request: two, facts: {kind: how-to}, way: call, reached: 2026-02-01 10:00, paid_by: 2026-01-15",
        )
        == []
    )


def test_what_comes_out_otherwise_is_shown_as_the_file_writes_it(programme: Programme) -> None:
    assert differences(
        programme,
        f"{ASK}, way: call, clause: C1, paid_by: 2025-01-15, next: hours, refused: true, left: {{calls: 7, extra: 7h}}, charged: 1h, costs: 5.00 CAD",
    ) == [
        ("ledger.steps[1].left.calls", "7", "1"),
        ("ledger.steps[1].left.extra", "7h", "1h"),
        ("ledger.steps[1].paid_by", "2025-01-15", "2026-01-15"),
        ("ledger.steps[1].charged", "1h", "none"),
        ("ledger.steps[1].costs", "5.00 CAD", "none"),
        ("ledger.steps[1].clause", "C1", "Z"),
        ("ledger.steps[1].refused", "true", "false"),
        ("ledger.steps[1].next", "hours", "incident"),
    ]
    assert differences(
        programme,
        "at: 2026-02-02 10:00, clause: Z, paid_by: x, next: call",
        "at: 2026-02-02 10:01, buy: block, as: b, costs: 1.00 CAD, credits: {b: 1.00 CAD}",
    ) == [
        ("ledger.steps[1].paid_by", "x", "none"),
        ("ledger.steps[1].clause", "Z", "none"),
        ("ledger.steps[1].next", "call", "none"),
        ("ledger.steps[2].costs", "1.00 CAD", "1440.00 CAD"),
        ("ledger.steps[2].credits.b", "1.00 CAD", "0.00 CAD"),
    ]


def test_a_contract_can_name_its_term_seats_and_zone(programme: Programme) -> None:
    head = HEAD.replace("  zone: America/Toronto\n", "").replace(
        "activation: 2026-01-15", "activation: 2026-01-15, zone: Asia/Tokyo, term: quarter, seats: 9"
    )
    assert run(programme, "at: 2026-01-14T15:00Z, left: {calls: 2}", head=head).fine
    gold = head.replace("plan: basic, act", "plan: gold, act").replace(", term: quarter", "")
    assert run(programme, "at: 2026-01-15 00:00, left: {calls: 5}", head=gold).fine


# --- what is wrong with one


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("left: {calls: 1}", [("P103-missing-key", STEP)]),
        ("at: yesterday", [("P114-bad-date", f"{STEP}.at")]),
        ("at: 2026-02-02 10:00, nothing: 1", [("P102-unknown-key", f"{STEP}.nothing")]),
        ("at: 2026-03-08 02:30", [("P114-bad-date", f"{STEP}.at")]),
        ("at: 2026-02-02 10:00, seats: 5, plan: basic", [("P108-bad-value", STEP)]),
        ("at: 2026-02-02 10:00, way: call", [("P102-unknown-key", f"{STEP}.way")]),
        ("at: 2026-02-02 10:00, seats: 5, as: x", [("P102-unknown-key", f"{STEP}.as")]),
        ("at: 2026-02-02 10:00, buy: block", [("P103-missing-key", STEP)]),
        ("at: 2026-02-02 10:00, buy: blocks, as: x", [("P101-unknown-reference", f"{STEP}.buy")]),
        ("at: 2026-02-02 10:00, done: one", [("P101-unknown-reference", f"{STEP}.done")]),
        ("at: 2026-02-02 10:00, refund: one", [("P101-unknown-reference", f"{STEP}.refund")]),
        ("at: 2026-02-02 10:00, credits: {one: 5.00 CAD}", [("P101-unknown-reference", f"{STEP}.credits.one")]),
        ("at: 2026-02-02 10:00, work: 1h, on: one, person: Ana, allowance: work", [("P101-unknown-reference", f"{STEP}.on")]),
        ("at: 2026-02-02 10:00, left: {call: 1}", [("P101-unknown-reference", f"{STEP}.left.call")]),
        ("at: 2026-02-02 10:00, left: {calls: 1h}", [("P108-bad-value", f"{STEP}.left.calls")]),
        ("at: 2026-02-02 10:00, left: {work: 1}", [("P113-bad-duration", f"{STEP}.left.work")]),
        ("at: 2026-02-02 10:00, left: 1", [("P104-wrong-shape", f"{STEP}.left")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_step(programme: Programme, step: str, expected: list[tuple[str, str]]) -> None:
    assert problems(programme, step) == expected
    for problem in run(programme, step).problems:
        assert problem.message["en"] != problem.message["fr"]


def test_steps_stand_in_order_and_names_are_given_once(programme: Programme) -> None:
    second = STEP.replace("[1]", "[2]", 2).replace("list[2]", "list[1]")
    assert problems(programme, ASK, "at: 2026-02-01 10:00") == [("P108-bad-value", f"{second}.at")]
    assert problems(programme, ASK, ASK) == [("P109-repeated", f"{second}.request")]
    bought = "at: 2026-02-02 10:00, buy: block, as: one"
    assert problems(programme, ASK, bought) == [("P109-repeated", f"{second}.as")]
    neither = "at: 2026-02-02 10:00, work: 1h, on: one, person: Ana"
    assert problems(programme, ASK, neither) == [("P108-bad-value", second)]
    both = f"{neither}, allowance: work, price: hourly"
    assert problems(programme, ASK, both) == [("P108-bad-value", second)]
    alone = "at: 2026-02-02 10:00, work: 1h, allowance: work"
    assert problems(programme, alone) == [("P103-missing-key", STEP)] * 2


def test_a_story_needs_a_contract_and_a_zone(programme: Programme) -> None:
    without = HEAD.replace("  zone: America/Toronto\n", "")
    assert problems(programme, ASK, head=without) == [("P103-missing-key", "list[1].ledger.contract")]
    none = HEAD.replace("      contract: {plan: basic, activation: 2026-01-15}\n", "")
    assert problems(programme, ASK, head=none) == [("P103-missing-key", "list[1].ledger")]


def test_amounts_describe_themselves(programme: Programme) -> None:
    form = situation.Amounts(programme)
    assert form.json()["type"] == "object"
    assert "6h" in form.words
