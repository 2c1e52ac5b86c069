"""Decisions in words: headlines, reasons, what would change them, ways forward, gates, and the questions they answer."""

from __future__ import annotations

import json
import re

import pytest
from tests.programme import small
from tests.programme.reference import programme_of

from palier.core import coverage
from palier.core.coverage import Balance, Decision
from palier.core.programme import Condition, FactValue, OutcomeKind, Programme
from palier.programme import explain, explain_output, phrases
from palier.programme.explain import Explanation

NB = "\u00a0"
ACTIVE = {"contract": "active", "plan": "basic"}
OFFER = "then: {offer: [call, hours]}"


def told(programme: Programme, decision: Decision, lang: str = "en") -> Explanation:
    return explain.explain_decision(programme, decision, language=lang)


def decided(programme: Programme, **facts: str | int | tuple[str, ...]) -> Decision:
    return coverage.decide(programme, {**ACTIVE, **facts})


# --- the headline


@pytest.mark.parametrize(
    ("change", "kind", "english", "french"),
    [
        ((), "defect", "Covered, not billable", "Couvert, non facturable"),
        ((("{cover: true}", "{cover: true, level: 1}"),), "defect", f"Covered, level{NB}1, not billable",
         f"Couvert, niveau{NB}1, non facturable"),
        ((), "how-to", "You choose how", "Vous choisissez comment"),
        (((OFFER, "then: {offer: [call, hours], level: 2}"),), "how-to",
         f"Level{NB}2, you choose how", f"Niveau{NB}2, vous choisissez comment"),
        (((OFFER, "then: {offer: [call, hours], level: 2, consent: true}"),), "how-to",
         f"Level{NB}2, billable unless your plan's allowance is used: you choose and agree first",
         f"Niveau{NB}2, facturable, sauf droit de votre plan{NB}: vous choisissez et donnez d’abord votre accord"),
        (((OFFER, "then: {offer: [hours], consent: true}"),), "how-to",
         "Billable: you choose and agree first", f"Facturable{NB}: vous choisissez et donnez d’abord votre accord"),
        (((OFFER, "then: {exclude: true, ways: [call, hours]}"),), "how-to", "Not covered", "Non couvert"),
    ],
)  # fmt: skip
def test_the_headline_says_the_outcome(
    change: tuple[tuple[str, str], ...], kind: str, english: str, french: str
) -> None:
    programme = small.programme(*change)
    decision = decided(programme, kind=kind)
    assert told(programme, decision).headline == english
    assert told(programme, decision, "fr-CA").headline == french


def test_a_held_request_names_what_holds_it_who_frees_it_and_what_comes_then() -> None:
    programme = small.programme()
    facts = {"contract": "unpaid", "plan": "basic", "kind": "defect"}
    decision = coverage.decide(programme, facts)
    beyond = coverage.decide(programme, facts, beyond_gates=True)
    one = explain.explain_decision(programme, decision, language="fr", beyond=beyond)
    assert one.headline == f"En attente{NB}: à régler"
    assert one.then == f"Ensuite{NB}: couvert, par la clause C1."
    assert [(gate.id, gate.clause.id, gate.name, gate.freed_by, gate.how) for gate in one.gates] == [
        ("payment", "A1", "À régler", "Vous", "Réglez.")
    ]
    assert one.questions == ()
    alone = told(programme, decision)
    assert (alone.headline, alone.then, alone.would_change) == ("Held: to be paid", "", ())


def test_what_would_change_a_held_request_is_what_would_change_the_one_behind_the_gates() -> None:
    programme = programme_of("proconcept")
    facts = {"contract": "unpaid", "plan": "maintenance", "kind": "error", "cause": "customer-handling"}
    held = coverage.decide(programme, facts)
    beyond = coverage.decide(programme, facts, beyond_gates=True)
    assert held.outcome is OutcomeKind.HOLD
    assert told(programme, held).would_change == ()
    freed = explain.explain_decision(programme, held, language="en", beyond=beyond)
    assert freed.would_change == told(programme, beyond).would_change != ()


@pytest.mark.parametrize("vendor", ["horizant", "infor", "northern", "proconcept", "solidxperts"])
def test_at_most_five_changes_are_told_none_of_the_kind_and_deciding_facts_first(vendor: str) -> None:
    programme = programme_of(vendor)
    for kind in programme.kinds:
        decision = coverage.decide(programme, {"contract": "active", "kind": kind})
        one = told(programme, decision)
        decided = {because.id for because in one.because}
        facts = [change.fact for change in one.would_change]
        assert len(facts) <= 5
        assert "kind" not in facts
        assert facts == sorted(facts, key=lambda fact: fact not in decided)


def test_beyond_can_be_held_in_words_too() -> None:
    """Another vendor's table may hold what a change of facts would bring: the word is there."""
    speak = phrases.speak(small.programme(), language="en")
    assert speak.outcome(OutcomeKind.HOLD, None, consent=False) == "held"


# --- reasons


def test_because_cites_the_facts_and_what_was_looked_at_before() -> None:
    programme = programme_of("proconcept")
    facts = {"contract": "active", "plan": "maintenance", "kind": "error", "cause": "customer-handling"}
    one = told(programme, coverage.decide(programme, facts))
    assert [(because.id, because.fact) for because in one.because] == [
        ("kind", "kind of request"),
        ("cause", "cause"),
    ]
    assert [clause.id for clause in one.clauses] == ["B4"]
    looked = {row.clause: row for row in one.looked_before}
    assert list(looked) == ["A1", "A2", "A3", "B1", "B2", "B3"]
    assert looked["A1"].needed == "contract: no contract, not yet in force, suspended or ended"
    assert looked["A1"].is_ == "active and paid"
    changes = {(change.fact, change.clause): change for change in one.would_change}
    change = changes["cause", "C3"]
    assert (change.outcome, change.level, change.values) == ("cover", 1, ("standard-software",))
    assert change.sentence == f"If the cause is “from the standard software”: clause C3, covered, level{NB}1."


def test_all_gates_give_their_reasons_together() -> None:
    programme = programme_of("infor")
    facts = {
        "contract": "active",
        "plan": "premium",
        "kind": "incident",
        "product": "none",
        "environment": "none",
    }
    one = told(programme, coverage.decide(programme, facts))
    assert [gate.clause.id for gate in one.gates] == ["A3", "A4"]
    assert {"product", "environment"} <= {because.id for because in one.because}


def test_alternatives_are_told_apart() -> None:
    programme = programme_of("solidxperts")
    one = told(
        programme, coverage.decide(programme, {"contract": "active", "plan": "standard", "kind": "how-to"})
    )
    row = next(row for row in one.looked_before if row.clause == "B4")
    assert row.needed.startswith("kind of request: an IT matter; or kind of request: ")
    assert row.is_ == "kind of request: a one-off question, “how do I”, cause: not yet known"


def test_a_row_that_fits_but_is_passed_over_says_why() -> None:
    programme = programme_of("proconcept")
    row = explain._looked(phrases.speak(programme, language="en"), coverage.Looked("B3", ()), again=False)
    assert row.needed == "it fits too"
    assert row.is_ == row.briefly
    assert row.is_.startswith("passed over: a later clause covers a cause")


def test_what_is_the_case_is_not_said_twice() -> None:
    programme = programme_of("proconcept")
    facts = {"contract": "active", "plan": "maintenance", "kind": "error", "cause": "customer-handling"}
    decision = coverage.decide(programme, facts)
    rows = told(programme, decision).looked_before
    again = [row for row in rows if row.briefly != row.is_]
    assert again
    assert {row.briefly for row in again} == {"as above"}
    assert rows[0].briefly == rows[0].is_ == "active and paid"
    assert "here as above" in explain_output.to_text(told(programme, decision))


def test_the_last_row_has_no_reason_but_that_no_other_fits() -> None:
    programme = small.programme()
    one = told(programme, decided(programme, kind="how-to"))
    assert one.because == ()
    assert "no other clause fits" in explain_output.to_text(one)


def test_what_would_change_it_can_be_left_out() -> None:
    programme = programme_of("proconcept")
    decision = decided(programme, kind="error", plan="maintenance")
    assert explain.explain_decision(programme, decision, language="en", with_changes=False).would_change == ()
    assert told(programme, decision).would_change != ()


# --- ways


def test_a_way_says_its_price_its_balance_and_what_it_lacks() -> None:
    programme = programme_of("solidxperts")
    facts: dict[str, FactValue] = {
        "contract": "active",
        "plan": "standard",
        "kind": "configuration",
        "expected": "above-an-hour",
        "seats": 6,
    }
    decision = coverage.decide(programme, facts, {"grace-calls": Balance(left=1, granted=2)})
    ways = {way.id: way for way in told(programme, decision).ways}
    assert ways["grace-call"].balance == "Grace calls: 1 of 2"
    assert not ways["grace-call"].available
    assert ways["grace-call"].why_not.startswith("needs ")
    assert ways["incident"].price == "CA$195.00"
    assert ways["incident"].terms == (
        f"usually solved within 1{NB}h, paid at once, deducted from “Block of 10 hours” if paid within 30 days"
    )
    assert ways["hours-10"].price == f"CA$1,650.00 for 10{NB}h"
    assert ways["hourly-quote"].price == "CA$185.00 an hour"
    assert ways["fixed-quote"].price == "price on request"
    assert ways["hours-10"].why_not == ""


def test_bought_hours_are_used_first_and_then_bought() -> None:
    programme = programme_of("solidxperts")
    facts: dict[str, FactValue] = {"contract": "active", "plan": "standard", "kind": "training"}

    def way(left: int, granted: int, language: str = "en") -> explain.WayOn:
        balances = {"service-hours": Balance(left=left, granted=granted)}
        decision = coverage.decide(programme, facts, balances)
        return next(one for one in told(programme, decision, language).ways if one.id == "hours-10")

    assert (way(390, 600).price, way(390, 600).terms) == ("taken from what you bought", "")
    assert way(390, 600).balance == f"Hours of technical services: 6{NB}h{NB}30 of 10{NB}h"
    assert way(390, 600, "fr").price == "pris sur ce que vous avez acheté"
    assert way(0, 600).price == f"CA$1,650.00 for 10{NB}h"
    assert way(0, 600).balance == f"Hours of technical services: 0{NB}h of 10{NB}h"
    assert way(0, 0).balance == "Hours of technical services: none bought yet"
    assert way(0, 0, "fr").balance == f"Heures de Services Techniques{NB}: aucune achetée pour l’instant"
    assert way(0, 600).available


def test_hours_in_a_condition_are_a_time() -> None:
    speak = phrases.speak(programme_of("infor"), language="en")
    assert speak.value("left.extension-hours", 90) == f"1{NB}h{NB}30"
    assert speak.value("left.special-events", 1) == "1"
    assert speak.value("seats", 1200) == "1,200"
    assert speak.needed(Condition(fact="left.extension-hours", low=60)) == f"1{NB}h or more"


def test_an_allowance_not_meant_for_this_contract_or_used_up_says_so() -> None:
    programme = programme_of("solidxperts")
    facts: dict[str, str | int] = {
        "contract": "active",
        "plan": "rental",
        "term": "short-rental",
        "kind": "how-to",
    }
    decision = coverage.decide(programme, facts, {"grace-calls": Balance(left=0, granted=0)})
    way = told(programme, decision, "fr").ways[0]
    assert way.why_not.startswith(f"pas pour durée du contrat{NB}: ")
    assert way.balance == f"Appels de Grâce{NB}: votre plan n’en prévoit pas"
    used = coverage.decide(
        programme, {**facts, "plan": "standard", "term": "year"}, {"grace-calls": Balance(left=0, granted=1)}
    )
    assert told(programme, used).ways[0].why_not == "nothing is left of it"


def test_a_discount_is_part_of_the_price() -> None:
    programme = programme_of("northern")
    speak = phrases.speak(programme, language="fr")
    price = programme.prices["professional-services-augmented"]
    assert price.discount_percent is not None
    assert f"remise de {price.discount_percent}{NB}%" in speak.price(price)[1]


def test_an_allowance_without_limit_says_so() -> None:
    speak = phrases.speak(small.programme(), language="en")
    assert speak.balance("calls", Balance(left=0, granted=None)) == "Calls: without limit"


def test_what_the_plan_grants_is_said_while_none_of_it_is_used() -> None:
    programme = small.programme()
    decision = coverage.decide(programme, {**ACTIVE, "kind": "how-to"}, {"calls": Balance(left=2, granted=2)})
    call = told(programme, decision, "fr").ways[0]
    assert (call.price, call.terms) == ("compris dans votre plan", "")
    assert call.balance.endswith(f"{NB}: 2 dans votre plan")
    assert told(programme, decision).ways[0].balance == "Calls: 2 in your plan"


@pytest.mark.parametrize(
    ("change", "kind", "english", "french"),
    [
        ((), "defect", "This uses nothing of what your plan grants, and costs nothing.",
         "Ceci n’utilise rien de ce que prévoit votre plan et ne coûte rien."),
        ((), "how-to", "Nothing is used before you choose.", "Rien n’est utilisé avant que vous choisissiez."),
        (((OFFER, "then: {exclude: true, ways: [call, hours]}"),), "how-to", "", ""),
    ],
)  # fmt: skip
def test_what_it_uses_and_costs(
    change: tuple[tuple[str, str], ...], kind: str, english: str, french: str
) -> None:
    programme = small.programme(*change)
    decision = decided(programme, kind=kind)
    assert told(programme, decision).cost == english
    assert told(programme, decision, "fr").cost == french


def test_a_covered_request_that_uses_a_unit_says_so_with_what_is_left_before_and_after() -> None:
    programme = small.programme(("then: {cover: true}", "then: {cover: true, uses: calls}"))
    decision = coverage.decide(programme, {**ACTIVE, "kind": "defect"}, {"calls": Balance(left=2, granted=2)})
    assert told(programme, decision).cost == "It uses 1 of “Calls”: 2 before, 1 after. It costs nothing."
    french = told(programme, decision, "fr").cost
    assert french.replace(NB, " ") == "Ceci utilise 1 de « Appels » : 2 avant, 1 après. Cela ne coûte rien."
    none = coverage.decide(programme, {**ACTIVE, "kind": "defect"}, {"calls": Balance(left=0, granted=2)})
    assert told(programme, none).cost == "It uses 1 of “Calls”, of which none is left, and costs nothing."


def test_a_covered_request_that_uses_time_says_what_is_left_of_it() -> None:
    programme = small.programme(
        ("then: {cover: true}", "then: {cover: true, uses: calls}"), ("unit: call", "unit: hour")
    )
    decision = coverage.decide(
        programme, {**ACTIVE, "kind": "defect"}, {"calls": Balance(left=90, granted=120)}
    )
    said = told(programme, decision).cost.replace(NB, " ")
    assert (
        said
        == "The time worked is taken from “Calls”, 1 h 30 left when this was decided; it costs nothing else."
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "then",
    [
        "{offer: [call, hours], level: 2, consent: true}",
        "{offer: [call, hours], level: 2}",
        "{offer: [hours], consent: true}",
    ],
)
@pytest.mark.parametrize("kind", ["defect", "how-to"])
@pytest.mark.parametrize("left", [0, 1, 2])
def test_the_vendors_people_are_not_taken_for_the_customer(
    language: str, then: str, kind: str, left: int
) -> None:
    programme = small.programme((OFFER, f"then: {then}"))
    for granted in (0, 2):
        balances = {"calls": Balance(left=min(left, granted), granted=granted)}
        decision = coverage.decide(programme, {**ACTIVE, "kind": kind}, balances)
        desk = explain.explain_decision(programme, decision, language=language, to_desk=True)
        ours = [desk.headline, desk.cost, *(part for way in desk.ways for part in (way.price, way.balance))]
        assert not re.search(r"\b(you|your|vous|votre|vos)\b", " ".join(ours)), ours
        customer = explain.explain_decision(programme, decision, language=language)
        assert [way.id for way in customer.ways] == [way.id for way in desk.ways]


def test_on_the_desk_it_is_the_customers_plan() -> None:
    programme = small.programme()
    decision = coverage.decide(programme, {**ACTIVE, "kind": "how-to"}, {"calls": Balance(left=2, granted=2)})
    call = explain.explain_decision(programme, decision, language="fr", to_desk=True).ways[0]
    assert call.price == "compris dans le plan du client"
    assert call.balance.endswith(f"{NB}: 2 dans le plan du client")


# --- granted


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"contract": "active", "plan": "standard", "term": "year", "seats": 16}, 3),
        ({"contract": "active", "plan": "standard", "term": "year", "seats": 5}, 1),
        ({"contract": "active", "plan": "standard", "term": "year"}, 0),
        ({"contract": "active", "plan": "standard", "term": "year", "seats": "many"}, 0),
        ({"contract": "ended", "plan": "standard", "term": "year", "seats": 16}, 0),
        ({"contract": "active", "plan": "standard", "term": "short-rental", "seats": 16}, 0),
        ({"contract": "active", "plan": "none", "seats": 16}, 0),
    ],
)
def test_the_plan_grants_by_seats(facts: dict[str, str | int], expected: int) -> None:
    assert phrases.granted(programme_of("solidxperts"), facts, "grace-calls") == expected


def test_a_plain_grant_and_none() -> None:
    programme = small.programme()
    assert phrases.granted(programme, ACTIVE, "calls") == 2
    gold = programme_of("infor")
    assert phrases.granted(gold, {"contract": "active", "plan": "premium"}, "special-events") == 0


# --- words


@pytest.mark.parametrize(
    ("condition", "english", "french"),
    [
        (Condition(fact="seats", low=1, high=5), "active seats: 1 to 5", f"sièges actifs{NB}: de 1 à 5"),
        (Condition(fact="seats", low=16), "active seats: 16 or more", f"sièges actifs{NB}: 16 ou plus"),
        (Condition(fact="seats", high=5), "active seats: at most 5", f"sièges actifs{NB}: 5 au plus"),
        (Condition(fact="seats", low=0, high=0), "active seats: 0", f"sièges actifs{NB}: 0"),
        (Condition(fact="plan", values=("basic",), negated=True), "plan: other than Basic", f"plan{NB}: autre que De base"),
        (Condition(fact="kind", values=("defect", "how-to")), "kind of request: a fault or a question",
         f"sorte de demande{NB}: un défaut ou une question"),
    ],
)  # fmt: skip
def test_conditions_in_words(condition: Condition, english: str, french: str) -> None:
    programme = small.programme()
    assert phrases.speak(programme, language="en").condition(condition) == english
    assert phrases.speak(programme, language="fr").condition(condition) == french


def test_long_lists_say_how_many_more() -> None:
    speak = phrases.speak(small.programme(), language="fr")
    assert speak.any_of("abcdefgh") == "a, b, c, d, e ou 3 autres"
    assert speak.any_of("a") == "a"
    assert speak.any_of("") == ""


def test_values_in_words() -> None:
    programme = programme_of("infor")
    speak = phrases.speak(programme, language="en")
    assert speak.value("severity", None) == "not said"
    assert speak.value("seats", 1234) == "1,234"
    assert speak.value("option", ()) == "none"
    assert speak.value("option", ("priority-response",)) == "priority response"
    assert speak.value("plan", "business-plus") == programme.plans["business-plus"].name.in_("en")


@pytest.mark.parametrize(
    ("words", "lowered"),
    [
        ("A fault", "a fault"),
        ("An IT matter", "an IT matter"),
        ("PDM", "PDM"),
        ("I am stopped", "I am stopped"),
        ("Les heures d’Expert", "les heures d’Expert"),
        ("Service Pack", "Service Pack"),
        ("", ""),
    ],
)
def test_names_keep_their_capital_in_a_sentence(words: str, lowered: str) -> None:
    assert phrases._lowered(words) == lowered


@pytest.mark.parametrize(
    ("vendor", "fact", "values", "english", "french"),
    [
        ("solidxperts", "product_on_contract", ("no",), "If the product is not on the contract",
         "Si le produit ne figure pas au contrat"),
        ("solidxperts", "product_on_contract", ("no", "yes"), "If the answer to “product on the contract” is “no” or “yes”",
         f"Si la réponse à «{NB}produit au contrat{NB}» est «{NB}non{NB}» ou «{NB}oui{NB}»"),
        ("solidxperts", "way", ("incident",), "If the way chosen is “pay for this incident”",
         f"Si la voie choisie est «{NB}payer cet incident{NB}»"),
    ],
)  # fmt: skip
def test_what_is_supposed(vendor: str, fact: str, values: tuple[str, ...], english: str, french: str) -> None:
    programme = programme_of(vendor)
    assert phrases.speak(programme, language="en").supposed(fact, values) == english
    assert phrases.speak(programme, language="fr").supposed(fact, values) == french


def test_another_locale_than_the_vendors_can_be_named() -> None:
    programme = small.programme()
    decision = decided(programme, kind="how-to")
    swiss = explain.explain_decision(programme, decision, language="fr", locale="fr-CH")
    assert (swiss.locale, told(programme, decision, "fr").locale) == ("fr-CH", "fr-CA")
    assert swiss.questions[0].question == "Est-ce facturable\u202f?"
    assert told(programme, decision, "fr").questions[0].question == "Est-ce facturable?"
    assert told(programme, decision, "de").language == "en"


# --- the three questions


def test_why_billable_names_the_prices_and_their_clauses() -> None:
    programme = small.programme((OFFER, "then: {offer: [call, hours], level: 2, consent: true}"))
    questions = {one.id: one for one in told(programme, decided(programme, kind="how-to")).questions}
    assert questions["why-level-2"].question == f"Why is it level{NB}2?"
    assert questions["why-level-2"].answer == "Clause Z: The rest is billable."
    billable = questions["why-billable"]
    assert billable.clauses == ("Z", "P1")
    assert "Hours: CA$175.00 an hour" in billable.answer
    assert "before your choice and agreement are recorded" in billable.answer
    ticket = questions["why-a-ticket"]
    assert ticket.clauses == ("Z", "T1")
    assert f"first answer within 8{NB}h, counted in “Our hours”" in ticket.answer


def test_what_is_not_billed_says_so_and_what_starts_no_clock_is_kept_on_record() -> None:
    programme = small.programme((OFFER, "then: {exclude: true, ways: [call, hours]}"))
    questions = {one.id: one for one in told(programme, decided(programme, kind="how-to")).questions}
    assert questions["why-billable"].answer == "No: nothing is billed by clause Z."
    assert questions["why-a-ticket"].clauses == ("Z",)
    assert "contested or decided again" in questions["why-a-ticket"].answer
    assert "why-level-1" not in questions


def test_a_plan_that_promises_nothing_has_no_clock_to_name() -> None:
    programme = small.programme(("    targets: standard\n", ""))
    questions = {one.id: one for one in told(programme, decided(programme, kind="defect")).questions}
    assert questions["why-a-ticket"].clauses == ("C1",)


def test_why_this_place_in_the_queue() -> None:
    programme = small.programme()
    said = {
        one.id: one for one in told(programme, decided(programme, kind="defect", effect="stopped")).questions
    }
    assert said["why-priority"].answer == (
        "Severity 1, “Critical”: All is stopped. Among equal severities the plan “Basic” has priority 0 (highest first)."
    )
    assert said["why-priority"].clauses == ("S1",)
    unknown = coverage.decide(programme, {"kind": "defect"})
    planless = {one.id: one for one in told(programme, unknown, "fr").questions}
    assert planless["why-priority"].answer == f"Gravité 2, «{NB}Mineure{NB}»{NB}: Le reste."
    assert planless["why-priority"].clauses == ()
    nothing = coverage.decide(programme, {})
    assert "why-priority" not in {one.id for one in told(programme, nothing).questions}


# --- output


def test_text_and_json_say_the_same() -> None:
    programme = programme_of("solidxperts")
    facts: dict[str, FactValue] = {"contract": "active", "plan": "standard", "kind": "how-to", "seats": 5}
    one = told(
        programme, coverage.decide(programme, facts, {"grace-calls": Balance(left=0, granted=1)}), "fr"
    )
    text = explain_output.to_text(one)
    for head in (
        "Parce que",
        "Regardé avant",
        "Ce qui changerait la décision",
        "Façons d’avancer",
        "Questions",
    ):
        assert head in text
    assert "[pas maintenant" in text
    assert one.cost in text
    plain = json.loads(json.dumps(explain_output.to_json(one)))
    assert plain["headline"] == one.headline
    assert plain["looked_before"][0].keys() == {"clause", "needed", "is", "briefly"}
    assert "clock" not in plain


def test_the_vendors_number_and_what_is_assumed_are_shown() -> None:
    programme = programme_of("proconcept")
    facts = {"contract": "active", "plan": "maintenance", "kind": "blocked-task"}
    assert "  C1 (1.2)  " in explain_output.to_text(told(programme, coverage.decide(programme, facts)))
    excluded = coverage.decide(programme, {**facts, "modification": "without-consent"})
    assert "  B1 [hypothèse]  " in explain_output.to_text(told(programme, excluded, "fr"))


def test_a_decision_with_nothing_before_it_and_nothing_to_change_it_is_short() -> None:
    programme = small.programme()
    decision = coverage.decide(programme, {"contract": "unpaid", "kind": "defect"})
    text = explain_output.to_text(explain.explain_decision(programme, decision, language="en"))
    assert "Looked at before" not in text
    assert "What would change it" not in text
    assert "Who can free it\n  To be paid — You. Pay." in text
