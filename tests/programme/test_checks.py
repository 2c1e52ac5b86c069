"""What must hold across a whole programme: each rule, where it bites and where it does not."""

from __future__ import annotations

import pytest
from tests.programme.small import GOLD, SMALL, after_plans, found, problems_of, programme

from palier.programme import checks

CRITICAL = """  critical:
    extends: standard
    clause: T2
    name: {fr: Critique, en: Critical}
    override: {first_response: {1: 1h}}
    until: [operational]
    then: standard
"""
AFTER_TARGETS = ("allowances:\n", CRITICAL + "allowances:\n")


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_a_check_is_explained(check: checks.Check) -> None:
    assert check.__doc__


# --- languages, facts -----------------------------------------------------------------------------------


def test_both_languages_have_a_region() -> None:
    assert found(("locales: {fr: fr-CA, en: en-CA}", "locales: {fr: fr-CA, de: de-CH}")) == [
        ("P105-missing-language", "locales")
    ]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("colour: {values: {red: {fr: Rouge, en: Red}}}", ("P103-missing-key", "facts.colour")),
        ("colour: {name: {fr: A, en: B}, values: {red: {fr: Rouge, en: Red}}, default: blue}", ("P302-impossible-value", "facts.colour.default")),
        ("impact: {values: {low: {fr: Bas, en: Low}}, default: high}", ("P302-impossible-value", "facts.impact.default")),
        ("option: {values: {}}", ("P106-empty", "facts.option.values")),
        ("option: {values: {}, default: x}", ("P302-impossible-value", "facts.option.default")),
        ("seats: {values: {few: {fr: Peu, en: Few}}}", ("P111-built-in", "facts.seats")),
        ("colour: {name: {fr: A, en: B}}", ("P103-missing-key", "facts.colour")),
    ],
)  # fmt: skip
def test_facts_of_ones_own(fact: str, expected: tuple[str, str]) -> None:
    assert expected in found(("required: [description]", f"facts:\n  {fact}\nrequired: [description]"))


# --- kinds and promises ---------------------------------------------------------------------------------


def test_by_effect_needs_effects() -> None:
    effects = "effects:\n  stopped: {name: {fr: Tout est arrêté, en: All is stopped}, severity: 1}\n"
    assert found((effects, "")) == [("P402-kind-severity", "kinds.defect.severity")]


def test_else_goes_only_with_by_effect() -> None:
    assert found(("severity: by-effect, else: 2", "severity: 2, else: 1")) == [
        ("P402-kind-severity", "kinds.defect.else")
    ]


MISSING = ("P401-missing-promise", "targets.standard.first_response")
ONLY_SECOND = ("{1: 4h, 2: 8h}", "{2: 8h}")


def test_a_severity_that_no_kind_can_have_needs_no_promise() -> None:
    assert found(ONLY_SECOND) == [MISSING]
    assert found(ONLY_SECOND, ("severity: by-effect, else: 2", "severity: 2")) == []


def test_any_is_a_promise_for_all() -> None:
    assert found(("{1: 4h, 2: 8h}", "{any: 8h}")) == []


def test_a_set_without_first_responses_is_pointed_at_itself() -> None:
    [first, second] = problems_of(("first_response: {1: 4h, 2: 8h}", "resolution: {any: 8h}"))
    assert first.path == second.path == "targets.standard.first_response"
    assert first.place.line == second.place.line == 32


def test_a_line_of_choices_answers_only_for_the_severities_it_can_get() -> None:
    choices = (
        "    targets: standard\n",
        "    targets: [{if: {severity: 1}, use: critical}, {else: standard}]\n",
    )
    fast = (
        "allowances:\n",
        """  critical:
    clause: T2
    name: {fr: Critique, en: Critical}
    binding: target
    calendar: desk
    first_response: {1: 1h}
allowances:
""",
    )
    assert found(fast, choices) == []
    assert found(fast, choices, ONLY_SECOND) == []
    by_kind = (
        "    targets: standard\n",
        "    targets: [{if: {kind: defect, severity: 1}, use: critical}, {else: standard}]\n",
    )
    assert found(fast, by_kind, ONLY_SECOND) == [MISSING]
    by_outage = (
        "    targets: standard\n",
        "    targets: [{if: {kind: how-to}, use: critical}, {else: standard}]\n",
    )
    assert found(fast, by_outage) == [("P401-missing-promise", "targets.critical.first_response")]


def test_a_row_with_targets_of_its_own_answers_for_its_kinds() -> None:
    fast = (
        AFTER_TARGETS[0],
        "  fast:\n    clause: T2\n    name: {fr: Vite, en: Fast}\n    binding: target\n    calendar: desk\n    first_response: {2: 1h}\n"
        + AFTER_TARGETS[0],
    )
    assert found(fast, ("then: {cover: true}", "then: {cover: true, targets: fast}")) == [
        ("P401-missing-promise", "targets.fast.first_response")
    ]
    assert (
        found(
            fast,
            ("then: {cover: true}", "then: {cover: true, targets: fast}"),
            ("if: {kind: defect}", "if: {kind: how-to}"),
        )
        == []
    )
    assert (
        found(fast, ("then: {cover: true}", "then: {cover: true, targets: fats}"))[0][0]
        == "P101-unknown-reference"
    )


def test_regimes() -> None:
    in_use = (
        "    targets: standard\n",
        "    targets: [{if: {severity: 1}, use: critical}, {else: standard}]\n",
    )
    assert found(AFTER_TARGETS, in_use) == []
    without_until = (AFTER_TARGETS[0], AFTER_TARGETS[1].replace("    until: [operational]\n", ""))
    assert found(without_until, in_use) == [("P403-regime", "targets.critical")]
    to_itself = (AFTER_TARGETS[0], AFTER_TARGETS[1].replace("then: standard", "then: critical"))
    assert found(to_itself, in_use) == [("P403-regime", "targets.critical.then")]


# --- the table ------------------------------------------------------------------------------------------


def test_an_empty_table() -> None:
    table = "coverage:" + _after("coverage:", "unfreed:")
    assert found((table, "coverage: []\n")) == [("P305-no-otherwise", "coverage")]
    assert found((table, "coverage: {}\n")) == [("P104-wrong-shape", "coverage")]
    assert found((table, "")) == [("P103-missing-key", "")]


def _after(start: str, end: str) -> str:
    return SMALL.partition(start)[2].partition(end)[0]


def _row(clause: str, when: str, then: str = "exclude: true, ways: [hours]") -> str:
    return f"  - {{clause: {clause}, if: {when}, then: {{{then}}}, text: {{fr: A, en: B}}}}\n"


BEFORE_LAST = "  - clause: Z\n"


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("{kind: defect}", True),
        ("{kind: defect, severity: 1}", True),
        ("[{kind: defect, severity: 1}, {kind: defect, seats: 1..5}]", True),
        ("[{kind: defect}, {kind: how-to}]", False),
        ("{kind: how-to}", False),
        ("{kind: {not: defect}}", False),
        ("{contract: unpaid}", True),
        ("{contract: active}", False),
        ("{severity: 1, kind: {not: how-to}}", True),
        ("[{seats: 6..}, {seats: 1..5}]", False),
        ("{contract: none, plan: basic}", True),
    ],
)
def test_a_row_whose_requests_are_taken(when: str, never: bool) -> None:
    expected = [("P311-never-decides", "coverage.C2")] if never else []
    reported = found((BEFORE_LAST, _row("C2", when) + BEFORE_LAST))
    assert [one for one in reported if one[0] != "P314-falls-through"] == expected


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("{kind: defect}", "C1 takes all it would (move it before C1"),
        ("{contract: unpaid}", "A1 takes all it would (change its conditions"),
        ("{contract: none, plan: basic}", "its conditions never hold together"),
        ("{kind: how-to, cause: unknown}", "a row that covers one of the causes goes first"),
    ],
)
def test_it_is_said_why_a_row_never_decides(when: str, says: str) -> None:
    causes = (
        "  how-to: {name: {fr: Une question, en: A question}, severity: 2}",
        "  how-to: {name: {fr: Une question, en: A question}, severity: 2, causes: [ours]}\n"
        "facts:\n  cause: {name: {fr: Cause, en: Cause}, values: {ours: {fr: La nôtre, en: Ours}}}",
    )
    covered = _row("C3", "{kind: how-to, cause: ours}", "cover: true")
    rows = (BEFORE_LAST, _row("C2", when) + covered + BEFORE_LAST)
    (told,) = [one for one in problems_of(causes, rows) if one.path == "coverage.C2"]
    assert says in told.text("en")


def test_what_goes_with_each_outcome() -> None:
    def outcome(then: str) -> list[tuple[str, str]]:
        return found(("then: {cover: true}", f"then: {{{then}}}"))

    assert outcome("cover: true, level: 1, targets: standard, ways: [call], uses: calls") == []
    assert outcome("offer: [call], level: 1, targets: standard, consent: true, uses: calls") == []
    assert outcome("exclude: true, ways: [call]") == []
    assert outcome("offer: [call], ways: [hours]") == [("P309-outcome-key", "coverage.C1.then.ways")]
    assert outcome("cover: true, consent: true") == [("P309-outcome-key", "coverage.C1.then.consent")]
    assert outcome("exclude: true, level: 1, ways: [call]") == [
        ("P309-outcome-key", "coverage.C1.then.level")
    ]
    assert outcome("") == [("P308-outcome-unclear", "coverage.C1.then")]


# --- what is counted and what costs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tiers", "fine"),
    [("{1..5: 1, 6..: 2}", True), ("{..5: 1, 6..9: 2}", True), ("{1..5: 1, 5..: 2}", False), ("{6..: 2, 1..5: 1}", False)],
)  # fmt: skip
def test_tiers_follow_one_another(tiers: str, fine: bool) -> None:
    expected = [] if fine else [("P117-bad-tiers", "allowances.calls.by_seats")]
    assert found(("per: contract-year}", f"per: contract-year, by_seats: {tiers}}}")) == expected


def test_by_seats_where_it_was_added() -> None:
    visits = (
        "allowances:\n",
        "allowances:\n  visits: {clause: L2, name: {fr: A, en: B}, unit: visit, per: term}\n",
    )
    assert found(visits, after_plans(GOLD + "    add: {grants: {visits: by-seats}}\n")) == [
        ("P404-by-seats-without-tiers", "plans.gold.add.grants.visits")
    ]


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("kind: quote", []),
        ("kind: quote, amount: 5.00 CAD", [("P502-price-key", "prices.hourly.amount")]),
        ("kind: fixed", [("P501-price-incomplete", "prices.hourly")]),
        ("kind: prepaid-hours", [("P501-price-incomplete", "prices.hourly")] * 2),
        ("kind: hourly, amount: 5.00 CAD, round_up: 15 min, due: monthly", []),
        ("kind: hourly, amount: 5.00 CAD, minimum: 1h, weights: [{calendar: desk, percent: 150 %}], tax: reduced", []),
        ("kind: quote, minimum: 1h", [("P502-price-key", "prices.hourly.minimum")]),
        ("kind: quote, weights: [{calendar: desk, percent: 150 %}]", [("P502-price-key", "prices.hourly.weights")]),
        ("kind: hourly, amount: 5.00 CAD, weights: [{calendar: night, percent: 150 %}]", [("P101-unknown-reference", "prices.hourly.weights[1].calendar")]),
        ("kind: hourly, amount: 5.00 CAD, weights: [{calendar: desk, percent: 150}]", [("P115-bad-amount", "prices.hourly.weights[1].percent")]),
        ("kind: hourly, amount: 5.00 CAD, weights: [{calendar: desk, percent: 0 %}]", [("P115-bad-amount", "prices.hourly.weights[1].percent")]),
        ("kind: hourly, amount: 5.00 CAD, credit: {towards: hourly, within: 30 days}", [("P502-price-key", "prices.hourly.credit")]),
    ],
)  # fmt: skip
def test_what_goes_with_each_kind_of_price(price: str, expected: list[tuple[str, str]]) -> None:
    assert found(("kind: hourly, amount: 175.00 CAD", price)) == expected


def test_a_way_leads_somewhere() -> None:
    assert found(
        ("text: {fr: Achetez des heures., en: Buy hours.}, price: hourly}", "text: {fr: Achetez., en: Buy.}}")
    ) == [("P503-way-unclear", "ways.hours")]


BLOCK = "kind: prepaid-hours, hours: 10, amount: 1750.00 CAD, fills: "
HOURS = (
    "per: contract-year}",
    "per: contract-year}\n  work: {clause: L2, name: {fr: A, en: B}, unit: hour, per: account}",
)


@pytest.mark.parametrize(
    ("way", "fills", "expected"),
    [
        ("allowance: work, price: hourly", "work", []),
        ("allowance: calls, price: hourly", "work", [("P505-way-not-filled", "ways.hours.price")]),
        ("allowance: work, price: nothing", "work", [("P101-unknown-reference", "ways.hours.price")]),
        ("allowance: work, points_to: services", "work", [("P503-way-unclear", "ways.hours")]),
        ("price: hourly", "calls", [("P506-fills-no-hours", "prices.hourly.fills")]),
    ],
)
def test_a_way_may_use_what_there_is_and_else_buy_it(
    way: str, fills: str, expected: list[tuple[str, str]]
) -> None:
    changes = (("kind: hourly, amount: 175.00 CAD", BLOCK + fills), ("price: hourly}", f"{way}}}"), HOURS)
    assert [one for one in found(*changes) if one[0] != "P701-unused"] == expected


def test_an_allowance_that_is_never_filled() -> None:
    assert found(("    grants: {calls: 2}\n", "")) == [("P705-never-filled", "allowances.calls")]


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ("{from: 5 CAD, below: 6 CAD}", []),
        ("{from: 5 CAD}", []),
        ("{below: 5 CAD}", []),
        ("{from: 7 CAD, below: 6 CAD}", [("P504-empty-band", "plans.basic.offered")]),
        ("{from: 5 USD}", [("P704-other-currency", "plans.basic.offered.from")]),
    ],
)
def test_yearly_amounts(offered: str, expected: list[tuple[str, str]]) -> None:
    assert (
        found(("    grants: {calls: 2}\n", f"    grants: {{calls: 2}}\n    offered: {offered}\n")) == expected
    )


# --- reaching the vendor, being patient -----------------------------------------------------------------


@pytest.mark.parametrize("remind", ["[10 days, 3 days]", "[3 days, 30 days]"])
def test_reminders_come_in_order_and_before_the_closing(remind: str) -> None:
    assert found(("unfreed: {remind: [3 days, 10 days]", f"unfreed: {{remind: {remind}")) == [
        ("P405-reminder-too-late", "unfreed.remind")
    ]


def test_an_open_channel_can_be_reached() -> None:
    assert found(("channels: [portal, mail]", "channels: [portal, telephone]")) == [
        ("P103-missing-key", "reach.channels")
    ]
    assert found((", mail_kind: defect", "")) == [("P103-missing-key", "reach.channels")]
    assert found((", mail_kind: defect", ", mail_kind: complaint")) == [
        ("P101-unknown-reference", "reach.mail_kind")
    ]
    assert found(
        ("reach: {mail: support@small.example, channels: [portal, mail], mail_kind: defect}\n", "")
    ) == [("P103-missing-key", "")]


def test_the_line_is_answered_in_the_vendors_own_hours() -> None:
    customer = (
        "desk_calendar:",
        '  theirs: {name: {fr: A, en: B}, zone: America/Toronto, week: {mon: ["09:00-10:00"]}, holidays: customer}\ndesk_calendar:',
    )
    line = ("reach: {mail", "reach: {telephone: {number: 418 555 0100, calendar: theirs}, mail")
    assert found(customer, line) == [("P406-customer-at-desk", "reach.telephone.calendar")]


# --- what nothing uses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("desk_calendar:", "  always: {name: {fr: A, en: B}, week: always}\ndesk_calendar:"), "calendars.always"),
        (AFTER_TARGETS, "targets.critical"),
        (("ways:\n", "ways:\n  spare: {name: {fr: A, en: B}, text: {fr: A, en: B}, points_to: services}\n"), "ways.spare"),
        (("allowances:\n", "allowances:\n  spare: {clause: L2, name: {fr: A, en: B}, unit: call, per: term}\n"), "allowances.spare"),
        (("required:", "fields: {steps: {name: {fr: A, en: B}}}\nrequired:"), "fields.steps"),
        (("required:", "families: {pens: {fr: A, en: B}}\nrequired:"), "families.pens"),
    ],
)  # fmt: skip
def test_what_nothing_refers_to(change: tuple[str, str], path: str) -> None:
    [problem] = problems_of(change)
    assert (problem.code, problem.path, str(problem.severity)) == ("P701-unused", path, "warning")


def test_a_cause_that_no_kind_can_have() -> None:
    causes = "facts: {cause: {values: {unknown: {fr: A, en: B}, bug: {fr: A, en: B}, spell: {fr: A, en: B}}}}\nrequired: [description]"
    assert found(
        ("required: [description]", causes),
        ("else: 2}", "else: 2, causes: [bug]}"),
        ("if: {kind: defect}", "if: {kind: defect, cause: bug}"),
    ) == [("P701-unused", "facts.cause.values.spell")]


def test_a_family_that_a_condition_names_is_used() -> None:
    pens = (
        "families: {pens: {fr: A, en: B}}\nproducts: {quill: {name: {fr: A, en: B}, family: pens}}\nrequired:"
    )
    reported = found(("required:", pens), ("if: {kind: defect}", "if: {kind: defect, family: pens}"))
    assert reported == [("P314-falls-through", "coverage.Z")]


def test_a_fact_that_a_calendar_or_an_allowance_asks_about_decides() -> None:
    fact = (
        "required:",
        "facts: {far: {name: {fr: A, en: B}, values: {no: {fr: A, en: B}, yes: {fr: A, en: B}}}}\nrequired:",
    )
    assert found(fact) == [("P702-decides-nothing", "facts.far")]
    assert (
        found(
            fact,
            ("calendar: desk\n    first", "calendar: [{if: {far: yes}, use: desk}, {else: desk}]\n    first"),
        )
        == []
    )
    assert found(fact, ("per: contract-year}", "per: contract-year, not_for: {far: yes}}")) == []


def _escalation(at: str, more: str = "notify: [assignee], ") -> tuple[str, str]:
    rule = f"{{clause: E1, on: first_response, at: {at}, {more}text: {{fr: A, en: B}}}}"
    return ("unfreed:", f"escalation:\n  - {rule}\nunfreed:")


def test_a_clause_of_escalation_can_be_cited() -> None:
    cited = [id_ for id_, _, _ in programme(_escalation("75 %")).clause_texts()]
    assert "E1" in cited


@pytest.mark.parametrize("at", ["100 %", "soon"])
def test_a_rule_whose_moment_is_none_is_told_and_not_looked_at_further(at: str) -> None:
    assert found(_escalation(at, more="")) == [("P108-bad-value", "escalation.E1.at")]
