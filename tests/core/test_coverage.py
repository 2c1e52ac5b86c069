"""The coverage decision, on a small programme whose every row is in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.core import coverage
from palier.core.coverage import Balance
from palier.core.programme import (
    Allowance,
    Binding,
    Choice,
    Clause,
    Commitment,
    Condition,
    Effect,
    Fact,
    FactValue,
    Kind,
    Languages,
    Outcome,
    OutcomeKind,
    Patience,
    Plan,
    Price,
    Product,
    Programme,
    Promise,
    Reach,
    Severity,
    TargetSet,
    Text,
    Tier,
    Way,
    choose,
    fits,
)


def text(words: str) -> Text:
    return Text(values={"en": words, "fr": words + " (fr)"})


def fact(
    name: str, *values: str, default: str | None = None, number: bool = False, multiple: bool = False
) -> Fact:
    return Fact(
        id=name,
        name=text(name),
        values={v: text(v) for v in values},
        default=default,
        number=number,
        multiple=multiple,
    )


def among(name: str, *values: str, negated: bool = False) -> Condition:
    return Condition(fact=name, values=values, negated=negated)


def clause(
    name: str,
    kind: OutcomeKind,
    *alternatives: tuple[Condition, ...],
    hold: str | None = None,
    level: int | None = None,
    ways: tuple[str, ...] = (),
    consent: bool = False,
) -> Clause:
    outcome = Outcome(kind=kind, hold=hold, level=level, ways=ways, consent=consent)
    return Clause(id=name, ref=None, when=alternatives, outcome=outcome, text=text(name))


STANDARD = TargetSet(
    id="standard",
    clause="T1",
    name=text("standard"),
    text=None,
    binding=Binding.TARGET,
    calendar=(Choice(when=(), use="desk"),),
    durations={Commitment.FIRST_RESPONSE: {"1": 10, "any": 20}, Commitment.NEXT_UPDATE: {"1": 30}},
    pause={},
)

PROGRAMME = Programme(
    id="tiny",
    version="v",
    vendor="Tiny",
    prefix="TIN",
    effective_on=date(2026, 1, 1),
    locales={"en": "en", "fr": "fr-FR"},
    currency="EUR",
    languages=Languages(write=(), reply=("en",), documents=("en",)),
    words={},
    reach=Reach(),
    calendars={},
    desk_calendar="desk",
    severities={
        "1": Severity(id="1", rank=1, name=text("Critical"), definition=text("")),
        "4": Severity(id="4", rank=4, name=text("Minor"), definition=text("")),
    },
    effects={"stop": Effect(id="stop", name=text("stop"), severity="1", outage="system")},
    kinds={
        "defect": Kind(
            id="defect",
            name=text("defect"),
            severity="4",
            asks_effect=True,
            causes=("vendor", "customer", "bespoke"),
        ),
        "how-to": Kind(id="how-to", name=text("how-to"), severity="4"),
    },
    facts={
        f.id: f
        for f in (
            fact("contract", "none", "unpaid", "active", default="active"),
            fact("contact", "authorised", "not-authorised", default="authorised"),
            fact("kind", "defect", "how-to"),
            fact("cause", "unknown", "vendor", "customer", "bespoke", default="unknown"),
            fact("effect", "none", "stop", default="none"),
            fact("severity", "1", "4"),
            fact("outage", "none", "system", default="none"),
            fact("product", "none", "cad", "pdm", default="none"),
            fact("family", "none", "design", "data", default="none"),
            fact("maintenance", "yes", "no", default="yes"),
            fact("environment", "none", "production", "staging", default="none"),
            fact("environment_in_plan", "yes", "no"),
            fact("plan", "none", "basic", "free", default="none"),
            fact("option", "fast", multiple=True),
            fact("seats", number=True),
            fact("left.calls", number=True),
        )
    },
    families={"design": text("design"), "data": text("data")},
    products={
        "cad": Product(id="cad", name=text("cad"), family="design"),
        "pdm": Product(id="pdm", name=text("pdm"), family="data", maintenance=False),
    },
    environments={"production": text("production"), "staging": text("staging")},
    terms={},
    fields={},
    targets={"standard": STANDARD},
    plans={
        "basic": Plan(
            id="basic",
            clause="S1",
            name=text("Basic"),
            text=text("Basic."),
            kind="support",
            extends=None,
            lineage=("basic",),
            contacts=2,
            environments=("production",),
            targets=(
                Choice(when=((among("severity", "1"),),), use="standard"),
                Choice(when=(), use="standard"),
            ),
            queue_priority=0,
            grants={"calls": "by-seats"},
        ),
        "free": Plan(
            id="free",
            clause="S0",
            name=text("Free"),
            text=text("Free."),
            kind="support",
            extends=None,
            lineage=("free",),
            contacts=None,
            environments=(),
            targets=(),
            queue_priority=0,
            grants={},
        ),
    },
    promises={"R1": Promise(id="r", clause="R1", name=text("r"), text=text("r"))},
    coverage=(
        clause(
            "A1", OutcomeKind.HOLD, (among("contract", "none", "unpaid"),), hold="payment", ways=("hours",)
        ),
        clause("A2", OutcomeKind.HOLD, (among("contact", "not-authorised"),), hold="adoption"),
        clause("B1", OutcomeKind.EXCLUDE, (among("environment_in_plan", "no"),), ways=("project",)),
        clause(
            "B2",
            OutcomeKind.OFFER,
            (among("family", "data"),),
            (among("kind", "how-to"),),
            ways=("call", "hours"),
            level=2,
            consent=True,
        ),
        clause("C1", OutcomeKind.COVER, (among("kind", "defect"), among("cause", "vendor")), level=1),
        clause(
            "C2",
            OutcomeKind.OFFER,
            (among("cause", "customer", "bespoke"),),
            ways=("hours",),
            level=2,
            consent=True,
        ),
        clause("Z", OutcomeKind.EXCLUDE, ways=("project",)),
    ),
    holds={},
    allowances={
        "calls": Allowance(
            id="calls",
            clause="L1",
            name=text("calls"),
            text=None,
            unit="call",
            per="contract-year",
            by_seats=(Tier(low=1, high=5, amount=1), Tier(low=6, high=None, amount=2)),
            not_for=((among("option", "fast"),),),
        )
    },
    prices={
        "hours-10": Price(
            id="hours-10",
            clause="P1",
            name=text("h"),
            text=None,
            kind="prepaid-hours",
            amount=160000,
            currency="EUR",
        )
    },
    ways={
        "call": Way(id="call", name=text("call"), text=text("call"), allowance="calls"),
        "hours": Way(id="hours", name=text("hours"), text=text("hours"), price="hours-10"),
        "project": Way(
            id="project",
            name=text("project"),
            text=text("project"),
            points_to="project",
            when=((Condition(fact="seats", low=10),),),
        ),
    },
    documents={},
    questions={},
    unfreed=Patience(remind_days=(3, 10), close_days=30),
    silence=Patience(remind_days=(3,), close_days=20),
    after_end="finish",
    assumed=(),
)

BASE: Mapping[str, FactValue] = {
    "plan": "basic",
    "kind": "defect",
    "product": "cad",
    "environment": "production",
    "seats": 3,
}


@pytest.mark.parametrize(
    ("given", "outcome", "clauses"),
    [
        ({}, OutcomeKind.COVER, ("C1",)),  # unknown cause: covered, because a vendor's cause would be
        ({"cause": "vendor"}, OutcomeKind.COVER, ("C1",)),
        ({"cause": "customer"}, OutcomeKind.OFFER, ("C2",)),
        ({"kind": "how-to"}, OutcomeKind.OFFER, ("B2",)),
        ({"product": "pdm"}, OutcomeKind.OFFER, ("B2",)),
        ({"environment": "staging"}, OutcomeKind.EXCLUDE, ("B1",)),
        ({"environment": "none"}, OutcomeKind.COVER, ("C1",)),
        ({"contract": "unpaid"}, OutcomeKind.HOLD, ("A1",)),
        ({"contract": "none", "contact": "not-authorised"}, OutcomeKind.HOLD, ("A1", "A2")),
        ({"plan": "free", "environment": "staging"}, OutcomeKind.COVER, ("C1",)),
    ],
)
def test_the_table_decides(
    given: dict[str, FactValue], outcome: OutcomeKind, clauses: tuple[str, ...]
) -> None:
    decision = coverage.decide(PROGRAMME, {**BASE, **given})
    assert (decision.outcome, decision.clauses) == (outcome, clauses)
    assert decision.clause == clauses[0]
    assert decision.accepted == (outcome in (OutcomeKind.COVER, OutcomeKind.OFFER))


def test_the_last_row_decides_what_no_other_row_names() -> None:
    bare = replace(
        PROGRAMME, kinds={**PROGRAMME.kinds, "defect": replace(PROGRAMME.kinds["defect"], causes=())}
    )
    decision = coverage.decide(bare, BASE)
    assert decision.clauses == ("Z",)
    assert decision.matched == ()
    assert [looked.clause for looked in decision.looked] == ["A1", "A2", "B1", "B2", "C1", "C2"]


def test_each_row_looked_at_says_what_it_lacked() -> None:
    decision = coverage.decide(PROGRAMME, {**BASE, "cause": "customer"})
    looked = {row.clause: row.misses for row in decision.looked}
    assert list(looked) == ["A1", "A2", "B1", "B2", "C1"]
    assert [[(m.condition.fact, m.is_) for m in alternative] for alternative in looked["B2"]] == [
        [("family", "design")],
        [("kind", "defect")],
    ]
    assert [(m.condition.values, m.is_) for m in looked["C1"][0]] == [(("vendor",), "customer")]


def test_with_the_cause_unknown_the_matched_conditions_are_those_of_the_supposed_cause() -> None:
    decision = coverage.decide(PROGRAMME, BASE)
    assert [c.fact for c in decision.matched] == ["kind", "cause"]
    assert decision.facts["cause"] == "unknown"


def test_gates_are_reported_together_with_their_ways_once_each() -> None:
    decision = coverage.decide(PROGRAMME, {**BASE, "contract": "none", "contact": "not-authorised"})
    assert decision.holds == ("payment", "adoption")
    assert [way.way for way in decision.ways] == ["hours"]


def test_what_would_change_it_names_the_answers_and_the_clause() -> None:
    decision = coverage.decide(PROGRAMME, BASE)
    changes = {(change.fact, change.clause): change for change in coverage.changes(PROGRAMME, decision)}
    assert changes["cause", "C2"].values == ("customer", "bespoke")
    assert changes["cause", "C2"].outcome is OutcomeKind.OFFER
    assert changes["kind", "B2"].values == ("how-to",)
    assert not any(change.outcome is OutcomeKind.HOLD for change in coverage.changes(PROGRAMME, decision))
    derived = coverage.decide(
        PROGRAMME, {k: v for k, v in BASE.items() if k != "kind"} | {"cause": "bespoke"}
    )
    assert {c.fact for c in coverage.changes(PROGRAMME, derived)} >= {"cause", "environment_in_plan"}


def test_what_another_gate_would_hold_is_no_change() -> None:
    rows = (clause("G", OutcomeKind.HOLD, (among("kind", "how-to"),)), *PROGRAMME.coverage)
    gated = replace(PROGRAMME, coverage=rows)
    decision = coverage.decide(gated, BASE)
    assert "how-to" not in {
        v for c in coverage.changes(gated, decision) for v in c.values if c.fact == "kind"
    }
    held = coverage.decide(gated, {**BASE, "contract": "unpaid"})
    assert {c.clause for c in coverage.changes(gated, held)} >= {"C1", "C2"}


def test_a_change_of_what_others_follow_from_changes_them_too() -> None:
    by_product = replace(
        PROGRAMME,
        coverage=(
            clause("P", OutcomeKind.EXCLUDE, (among("product", "none"),)),
            clause("N", OutcomeKind.EXCLUDE, (among("maintenance", "no"),)),
            clause("E", OutcomeKind.EXCLUDE, (among("environment", "none"),)),
            clause("L", OutcomeKind.EXCLUDE, (among("plan", "none"),)),
            clause("O", OutcomeKind.EXCLUDE, (among("environment_in_plan", "no"),)),
            clause("Z", OutcomeKind.COVER),
        ),
    )
    changes = {
        (c.fact, c.values, c.clause) for c in coverage.changes(by_product, coverage.decide(by_product, BASE))
    }
    assert ("product", ("pdm",), "N") in changes
    assert ("environment", ("staging",), "O") in changes
    assert ("plan", ("none",), "L") in changes


@pytest.mark.parametrize(
    ("facts", "balance", "available"),
    [
        ({}, Balance(left=1, granted=1), True),
        ({}, Balance(left=0, granted=1), False),
        ({}, Balance(left=0, granted=None), True),
        ({}, None, True),
        ({"option": ("fast",)}, Balance(left=1, granted=1), False),
    ],
)
def test_a_way_can_be_chosen_only_with_something_left_and_its_facts(
    facts: dict[str, FactValue], balance: Balance | None, available: bool
) -> None:
    balances = {"calls": balance} if balance is not None else None
    decision = coverage.decide(PROGRAMME, {**BASE, "kind": "how-to", **facts}, balances)
    way = decision.ways[0]
    assert (way.way, way.available, way.balance) == ("call", available, balance)
    assert bool(way.lacks) == ("option" in facts)
    assert (decision.ways[1].amount, decision.ways[1].currency) == (160000, "EUR")
    if balance is not None:
        assert decision.facts["left.calls"] == balance.left


def test_a_way_says_what_it_lacks() -> None:
    few = coverage.decide(PROGRAMME, {**BASE, "environment": "staging"}).ways[0]
    assert [(m.condition.low, m.is_) for m in few.lacks] == [(10, 3)]
    many = coverage.decide(PROGRAMME, {**BASE, "environment": "staging", "seats": 12}).ways[0]
    assert many.available


@pytest.mark.parametrize(
    ("given", "fact_id"),
    [
        ({"kind": "dance"}, "kind"),
        ({"mood": "good"}, "mood"),
        ({"seats": "many"}, "seats"),
        ({"seats": True}, "seats"),
        ({"option": ("slow",)}, "option"),
    ],
)
def test_a_fact_outside_its_domain_is_an_error_that_lists_the_known(
    given: dict[str, FactValue], fact_id: str
) -> None:
    with pytest.raises(coverage.UnknownFactError) as caught:
        coverage.decide(PROGRAMME, {**BASE, **given})
    assert caught.value.fact == fact_id
    assert caught.value.known


def test_what_follows_from_other_facts_is_filled_in_unless_given() -> None:
    facts = coverage.complete(PROGRAMME, {**BASE, "product": "pdm", "effect": "stop"})
    assert (facts["family"], facts["maintenance"], facts["severity"], facts["outage"]) == (
        "data",
        "no",
        "1",
        "system",
    )
    given = coverage.complete(
        PROGRAMME,
        {
            **BASE,
            "family": "data",
            "maintenance": "no",
            "severity": "1",
            "effect": "stop",
            "outage": "none",
            "environment_in_plan": "no",
        },
    )
    assert (given["family"], given["maintenance"], given["severity"], given["outage"]) == (
        "data",
        "no",
        "1",
        "none",
    )
    assert given["environment_in_plan"] == "no"
    assert "severity" not in coverage.complete(PROGRAMME, {"plan": "basic"})


def test_the_effect_proposes_the_severity_only_where_the_kind_asks_for_it() -> None:
    assert coverage.propose_severity(PROGRAMME, kind="defect", effect="stop") == "1"
    assert coverage.propose_severity(PROGRAMME, kind="defect", effect="none") == "4"
    assert coverage.propose_severity(PROGRAMME, kind="how-to", effect="stop") == "4"


DOMAINS: dict[str, st.SearchStrategy[FactValue]] = {
    f.id: st.sampled_from(sorted(f.values))
    for f in PROGRAMME.facts.values()
    if not f.number and not f.multiple
}


@given(st.fixed_dictionaries(DOMAINS))
def test_every_request_is_decided_by_exactly_the_first_row_that_fits(facts: dict[str, FactValue]) -> None:
    decision = coverage.decide(PROGRAMME, facts)
    rows = {c.id: c for c in PROGRAMME.coverage}
    used = decision.facts
    if decision.outcome is OutcomeKind.HOLD:
        assert set(decision.clauses) == {
            c.id for c in PROGRAMME.coverage if c.outcome.kind is OutcomeKind.HOLD and fits(c.when, used)
        }
    elif used["cause"] != "unknown":
        before = list(rows)[: list(rows).index(decision.clause)]
        assert fits(rows[decision.clause].when, used)
        assert not any(fits(rows[name].when, used) for name in before)
        assert [row.clause for row in decision.looked] == before
    else:
        possible = PROGRAMME.kinds[str(used["kind"])].causes
        outcomes = {coverage.decide(PROGRAMME, {**facts, "cause": c}).outcome for c in possible}
        assert (decision.outcome is OutcomeKind.COVER) == (OutcomeKind.COVER in outcomes)


DERIVED = ("family", "maintenance", "environment_in_plan", "severity", "outage")
SAID = {name: strategy for name, strategy in DOMAINS.items() if name not in DERIVED}


@given(st.fixed_dictionaries(SAID))
def test_every_change_named_really_changes_the_decision(facts: dict[str, FactValue]) -> None:
    decision = coverage.decide(PROGRAMME, facts, beyond_gates=True)
    for change in coverage.changes(PROGRAMME, decision):
        for value in change.values:
            again = coverage.decide(PROGRAMME, {**facts, change.fact: value}, beyond_gates=True)
            assert again.clause == change.clause != decision.clause


def test_beyond_the_gates_the_same_facts_are_decided_as_once_freed() -> None:
    held = {**BASE, "contract": "unpaid"}
    assert coverage.decide(PROGRAMME, held).outcome is OutcomeKind.HOLD
    beyond = coverage.decide(PROGRAMME, held, beyond_gates=True)
    assert (beyond.clause, beyond.holds) == ("C1", ())
    assert [row.clause for row in beyond.looked] == ["B1", "B2"]


def test_a_row_that_fits_yields_to_one_that_covers_a_cause_not_yet_excluded() -> None:
    offer = clause("O", OutcomeKind.OFFER, (among("cause", "unknown"),), ways=("hours",))
    first = replace(PROGRAMME, coverage=(offer, *PROGRAMME.coverage))
    decision = coverage.decide(first, BASE)
    assert decision.clause == "C1"
    assert next(row for row in decision.looked if row.clause == "O").misses == ()


def test_a_row_may_ask_numbers_and_repeat_a_condition() -> None:
    seats = Condition(fact="seats", low=10)
    rows = (
        clause(
            "N",
            OutcomeKind.OFFER,
            (seats, among("kind", "how-to")),
            (seats, among("effect", "stop")),
            level=2,
        ),
        clause(
            "M", OutcomeKind.COVER, (among("cause", "vendor"), seats), (among("cause", "customer"),), level=1
        ),
        clause("Z", OutcomeKind.EXCLUDE),
    )
    numbered = replace(PROGRAMME, coverage=rows)
    few = coverage.decide(numbered, BASE)
    assert (few.clause, [c.fact for c in few.matched]) == ("M", ["cause"])
    for seats_now in (3, 4):
        decision = coverage.decide(numbered, {**BASE, "seats": seats_now, "cause": "bespoke"})
        assert decision.clause == "Z"
        assert decision.looked[0].misses[0][0] == coverage.Miss(seats, seats_now)
    assert coverage.decide(numbered, {**BASE, "seats": 10, "kind": "how-to"}).clause == "N"


def test_a_table_is_forgotten_with_its_programme() -> None:
    for index in range(50):
        short_lived = replace(PROGRAMME, id=str(index), facts=dict(PROGRAMME.facts))
        assert coverage.decide(short_lived, BASE).programme == str(index)


def test_conditions() -> None:
    facts: dict[str, FactValue] = {"seats": 6, "option": ("fast", "far"), "kind": "defect"}
    assert Condition(fact="seats", low=6, high=6).holds(facts)
    assert not Condition(fact="seats", high=5).holds(facts)
    assert not Condition(fact="seats", low=7).holds(facts)
    assert among("option", "far").holds(facts)
    assert not among("option", "near").holds(facts)
    assert among("kind", "how-to", negated=True).holds(facts)
    assert not among("absent", "x", negated=True).holds(facts)
    assert choose((Choice(when=((among("kind", "how-to"),),), use="a"),), facts) is None
    assert choose((Choice(when=(), use="b"),), facts) == "b"


def test_words_fall_back_to_the_language_the_author_wrote_first() -> None:
    words = Text(values={"fr": "Bonjour", "en": "Hello"})
    assert (words.in_("en-CA"), words.in_("fr"), words.in_("de")) == ("Hello", "Bonjour", "Bonjour")


def test_tiers_and_targets() -> None:
    calls = PROGRAMME.allowances["calls"]
    assert [calls.tier(n) for n in (0, 1, 5, 6, 99)] == [0, 1, 1, 2, 2]
    assert STANDARD.duration(Commitment.FIRST_RESPONSE, "1") == 10
    assert STANDARD.duration(Commitment.FIRST_RESPONSE, "4") == 20
    assert STANDARD.duration(Commitment.NEXT_UPDATE, "4") is None
    assert STANDARD.duration(Commitment.RESOLUTION, "1") is None
    assert PROGRAMME.targets_for({"plan": "basic", "severity": "1"}) is STANDARD
    assert PROGRAMME.targets_for({"plan": "free"}) is None
    assert PROGRAMME.targets_for({}) is None
    assert PROGRAMME.targets_for({}, override="standard") is STANDARD


def test_every_clause_can_be_cited() -> None:
    cited = [clause_id for clause_id, _ref, _words in PROGRAMME.clause_texts()]
    assert cited == ["A1", "A2", "B1", "B2", "C1", "C2", "Z", "R1", "T1", "L1", "P1", "S1", "S0"]
