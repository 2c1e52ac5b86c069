"""A file becomes a programme with every value in its place, or problems, all at once. Nothing raises."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.programme import small
from tests.programme.small import GOLD, after_plans, found, problems_of, programme

from palier.core import coverage
from palier.core.programme import (
    Binding,
    Commitment,
    Condition,
    HourWeight,
    OutcomeKind,
    Patience,
    Relief,
    Reopening,
    Tier,
    Wait,
)
from palier.programme import facts, load, problems

HOUR = 3_600_000_000


# --- what stands in the file stands in the programme ----------------------------------------------------


def test_the_small_programme() -> None:
    loaded = load.load_programme(small.SMALL, "small.yaml")
    assert loaded.problems == ()
    read = loaded.programme
    assert read is not None
    assert (read.id, read.vendor, read.prefix, read.currency) == ("small", "Small", "SMA", "CAD")
    assert read.effective_on == date(2026, 7, 1)
    assert read.locales == {"fr": "fr-CA", "en": "en-CA"}
    assert read.languages.write == ()
    assert read.languages.reply == ("fr", "en")
    assert read.words["mail"].in_("fr") == "courriel"
    assert (read.reach.mail, read.reach.telephone, read.reach.channels) == (
        "support@small.example", None, ("portal", "mail"),
    )  # fmt: skip
    assert [severity.rank for severity in read.severities.values()] == [1, 2]
    assert read.kinds["defect"].asks_effect
    assert read.kinds["defect"].severity == "2"
    assert read.kinds["how-to"].required == ("description",)
    standard = read.targets["standard"]
    assert standard.binding is Binding.TARGET
    assert standard.durations == {Commitment.FIRST_RESPONSE: {"1": 4 * HOUR, "2": 8 * HOUR}}
    assert standard.pause == {}
    assert read.targets_for({"plan": "basic"}) is standard
    assert [clause.outcome.kind for clause in read.coverage] == [
        OutcomeKind.HOLD,
        OutcomeKind.COVER,
        OutcomeKind.OFFER,
    ]
    assert read.coverage[1].when == ((Condition(fact="kind", values=("defect",)),),)
    assert read.coverage[2].when == ()
    assert read.unfreed == Patience(remind_days=(3, 10), close_days=30)
    assert (read.after_end, read.assumed) == ("finish", ())


def test_a_decision_over_it() -> None:
    decision = coverage.decide(programme(), {"contract": "active", "kind": "defect", "effect": "stopped"})
    assert (decision.outcome, decision.clause, decision.facts["severity"]) == (OutcomeKind.COVER, "C1", "1")


def test_the_version_is_the_hash_of_the_text_with_plain_line_ends() -> None:
    version = hashlib.sha256(small.SMALL.encode()).hexdigest()
    assert programme().version == version
    for other in (small.SMALL.replace("\n", "\r\n"), small.SMALL.replace("\n", "\r"), "\ufeff" + small.SMALL):
        assert load.version_of(other) == version
    assert load.version_of(small.SMALL + "\n") != version


EVERYTHING = (
    (
        "reach: {mail: support@small.example, channels: [portal, mail], mail_kind: defect}",
        """reach:
  telephone: {number: +1 418 555 0100, calendar: desk, toll_free: true, assumed: true}
  mail: support@small.example
  sales: sales@small.example
  channels: [portal, telephone, mail]
  mail_kind: how-to
  regions: {europe: {fr: Europe, en: Europe}}""",
    ),
    ("write: any", "write: [fr]"),
    (
        "required: [description]",
        """required: [description, steps]
facts:
  cause: {values: {bug: {fr: Un défaut, en: A bug}, handling: {fr: Une manipulation, en: Handling}}, asked_of: staff}
  outage: {values: {system: {fr: Le système, en: The system}}, name: {fr: Arrêt, en: Stop}}
  impact: {values: {low: {fr: Faible, en: Low}, high: {fr: Fort, en: High}}, default: high, question: {fr: "Effet ?", en: "Impact?"}}
  option: {values: {priority: {fr: Priorité, en: Priority}}}
  expected: {question: {fr: "Plus d’une heure ?", en: "Above an hour?"}, values: {short: {fr: Non, en: No}, long: {fr: Oui, en: Yes}}, kinds: [how-to], assumed: true}
families: {design: {fr: Dessin, en: Design}}
products: {pen: {name: {fr: Plume, en: Pen}, family: design, maintenance: false}}
environments: {production: {fr: Production, en: Production}, staging: {fr: Essai, en: Staging}}
terms: {year: {name: {fr: Un an, en: A year}, months: 12, codes: [YR, 12M]}}
fields: {steps: {name: {fr: Étapes, en: Steps}, hint: {fr: Une à une, en: One by one}, long: true}}
promises:
  welcome: {clause: R1, ref: "4.1", name: {fr: Accueil, en: Welcome}, text: {fr: Bienvenue., en: Welcome.}}
documents: {sla: {name: {fr: Contrat, en: Agreement}, version: 1.10, dated: 2026-01-01}}
questions: {why: {question: {fr: "Pourquoi ?", en: "Why?"}, answer: {fr: Parce que., en: Because.}, about: [C1, R1]}}""",
    ),
    ("severity: by-effect, else: 2}", "severity: by-effect, else: 2, causes: [bug, handling], hint: {fr: Ceci, en: This}, required: [product, steps]}"),
    ("severity: 1}", "severity: 1, outage: system}"),
    (
        "    first_response: {1: 4h, 2: 8h}\n",
        """    first_response: {1: 4h, 2: 8h, assumed: true}
    next_update: {any: 2h 30 min}
    workaround: {1: 30 min 30 s}
    pause_while: [customer, patch]
    reopen: {within: 14 days, floor: 4h}
  critical:
    extends: standard
    clause: T2
    name: {fr: Critique, en: Critical}
    text: {fr: Jour et nuit., en: Day and night.}
    override: {first_response: {1: 1h, assumed: true}, pause_while: {first_response: [consent], next_update: []}}
    until: [operational, severity-lowered]
    then: standard
""",
    ),
    (
        "unit: call, per: contract-year}",
        "unit: call, per: contract-year, by_seats: {1..5: 1, 6..: 3}, not_for: {term: year}, tell: {customer: each-use}}\n  hours: {clause: L2, name: {fr: Heures, en: Hours}, unit: hour, per: account, overrun: true}",
    ),
    (
        "ways:\n",
        """  incident: {clause: P2, name: {fr: Incident, en: Incident}, kind: pay-per-incident, amount: 180 CAD, usual: 1h, due: at-once, credit: {towards: block, within: 30 days}}
  block: {clause: P3, name: {fr: Bloc, en: Block}, kind: prepaid-hours, amount: 1600.00 CAD, hours: 10, valid: 12 months, round_up: 15 min, discount: 10 %, fills: hours, minimum: 30 min, weights: [{calendar: desk, percent: 150 %}], tax: exempt}
ways:
""",
    ),
    ("text: {fr: Utilisez un appel., en: Use a call.}", "text: {fr: Utilisez un appel., en: Use a call.}, if: {expected: short}"),
    (
        "    targets: standard\n    grants: {calls: 2}\n",
        """    targets: [{if: {severity: 1, outage: system}, use: critical}, {if: {impact: low}, use: standard}, {else: none}]
    contacts: 2
    environments: [production]
    term: year
    grants: {calls: 2}
    benefits: [welcome]
    options: [priority]
  gold:
    extends: basic
    clause: S2
    name: {fr: Or, en: Gold}
    text: {fr: Tout., en: All.}
    override: {queue_priority: 1, targets: standard}
    add: {grants: {calls: 1}, environments: [staging]}
    offered: {from: 250000 CAD, below: 500000 CAD}
""",
    ),
    ("then: {cover: true}", "then: {cover: true, level: 1, targets: critical, uses: calls}"),
    (
        "    if: {kind: defect}\n",
        """    ref: "1.2"
    if: [{kind: defect, plan: from basic, cause: {not: handling}, seats: 1..5, left.calls: 1..}, {kind: [defect, how-to], plan: gold, family: design, seats: {not: 0}, option: priority}]
""",
    ),
    ("then: {offer: [call, hours]}", "then: {offer: [call, hours], consent: true, level: 2}"),
)  # fmt: skip


def test_everything_a_file_can_say() -> None:
    read = programme(*EVERYTHING)
    assert read.reach.telephone is not None
    assert (read.reach.telephone.number, read.reach.telephone.toll_free) == ("+1 418 555 0100", True)
    assert read.reach.regions["europe"].in_("en") == "Europe"
    assert read.languages.write == ("fr",)
    assert read.kinds["defect"].required == ("description", "steps", "product")
    assert read.kinds["defect"].causes == ("bug", "handling")
    assert read.effects["stopped"].outage == "system"
    assert list(read.facts["cause"].values) == ["unknown", "bug", "handling"]
    assert read.facts["cause"].asked_of == "staff"
    assert (read.facts["outage"].name.in_("en"), read.facts["outage"].default) == ("Stop", "none")
    assert (read.facts["impact"].default, read.facts["impact"].asked_of) == ("high", "customer")
    assert (read.facts["option"].multiple, read.facts["option"].default) == (True, ())
    expected = read.facts["expected"]
    assert (expected.default, expected.kinds, expected.assumed, expected.built_in) == (
        "short",
        ("how-to",),
        True,
        False,
    )
    assert expected.name.in_("en") == "Above an hour?"
    assert not read.products["pen"].maintenance
    assert (read.terms["year"].months, read.terms["year"].codes) == (12, ("YR", "12M"))
    assert read.fields["steps"].long
    assert (read.documents["sla"].version, read.documents["sla"].dated) == ("1.10", date(2026, 1, 1))
    assert read.questions["why"].about == ("C1", "R1")
    standard, critical = read.targets["standard"], read.targets["critical"]
    assert standard.assumed_durations == {Commitment.FIRST_RESPONSE}
    assert critical.assumed_durations == {Commitment.FIRST_RESPONSE}
    assert standard.durations[Commitment.NEXT_UPDATE] == {"any": 5 * HOUR // 2}
    assert standard.durations[Commitment.WORKAROUND] == {"1": 1_830_000_000}
    waits = frozenset({Wait.CUSTOMER, Wait.PATCH})
    assert standard.pause == {
        Commitment.NEXT_UPDATE: waits, Commitment.WORKAROUND: waits, Commitment.RESOLUTION: waits,
    }  # fmt: skip
    assert critical.pause == {Commitment.FIRST_RESPONSE: frozenset({Wait.CONSENT})}
    assert standard.reopening == Reopening(within_days=14, floor=4 * HOUR)
    assert critical.durations[Commitment.FIRST_RESPONSE] == {"1": HOUR, "2": 8 * HOUR}
    assert critical.until == frozenset({Relief.OPERATIONAL, Relief.SEVERITY_LOWERED})
    assert critical.then == "standard"
    calls = read.allowances["calls"]
    assert calls.by_seats == (Tier(low=1, high=5, amount=1), Tier(low=6, high=None, amount=3))
    assert calls.not_for == ((Condition(fact="term", values=("year",)),),)
    assert calls.tell == {"customer": "each-use"}
    incident, block = read.prices["incident"], read.prices["block"]
    assert (incident.amount, incident.usual_minutes, incident.due) == (18000, 60, "at-once")
    assert (incident.credit_towards, incident.credit_days) == ("block", 30)
    assert (block.minutes, block.valid_months, block.round_up_minutes, block.fills) == (600, 12, 15, "hours")
    assert (block.minimum_minutes, block.weights, block.tax) == (
        30,
        (HourWeight(calendar="desk", percent=150),),
        "exempt",
    )
    assert (incident.minimum_minutes, incident.weights, incident.tax) == (None, (), "standard")
    assert (read.allowances["hours"].overrun, calls.overrun) == (True, False)
    assert block.discount_percent == Decimal(10)
    assert read.ways["call"].when == ((Condition(fact="expected", values=("short",)),),)
    gold = read.plans["gold"]
    assert (gold.extends, gold.lineage, gold.grants) == ("basic", ("gold", "basic"), {"calls": 3})
    assert (gold.contacts, gold.environments, gold.queue_priority) == (2, ("production", "staging"), 1)
    assert (gold.benefits, gold.options, gold.term) == (("welcome",), ("priority",), "year")
    assert (gold.offered_from, gold.offered_below) == (25000000, 50000000)
    assert read.plans["basic"].grants == {"calls": 2}
    assert read.targets_for({"plan": "basic", "severity": "1", "outage": "system"}) is critical
    assert read.targets_for({"plan": "basic", "severity": "2", "impact": "high"}) is None
    clause = read.coverage[1]
    assert (clause.ref, clause.outcome.level, clause.outcome.targets, clause.outcome.uses) == (
        "1.2",
        1,
        "critical",
        "calls",
    )
    assert clause.when[0] == (
        Condition(fact="kind", values=("defect",)),
        Condition(fact="plan", values=("basic", "gold")),
        Condition(fact="cause", values=("handling",), negated=True),
        Condition(fact="seats", low=1, high=5),
        Condition(fact="left.calls", low=1),
    )
    assert clause.when[1][3] == Condition(fact="seats", low=0, high=0, negated=True)
    assert read.coverage[2].outcome.consent
    assert set(read.assumed) == {
        "reach.telephone",
        "facts.expected",
        "targets.standard.first_response",
        "targets.critical.override.first_response",
    }


def test_a_plan_may_promise_nothing_on_the_clock() -> None:
    read = programme(
        (
            "plans:\n",
            "plans:\n  hours: {clause: S2, name: {fr: A, en: B}, text: {fr: A, en: B}, kind: hours}\n",
        )
    )
    assert read.plans["hours"].targets == ()
    assert read.targets_for({"plan": "hours", "severity": "1"}) is None


def test_a_list_of_keys_can_be_assumed() -> None:
    read = programme(
        ("    holidays: [CA-QC]", "    holidays: [CA-QC]\n    assumed: [holidays]"),
        ("prefix: SMA", "prefix: SMA\nassumed: [prefix]"),
    )
    assert read.assumed == ("prefix", "calendars.desk.holidays")
    assert not read.calendars["desk"].assumed


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("assumed: maybe", [("P108-bad-value", "calendars.desk.assumed")]),
        ("assumed: [hollidays]", [("P107-unknown-word", "calendars.desk.assumed[1]")]),
        ("assumed: {holidays: true}", [("P104-wrong-shape", "calendars.desk.assumed")]),
        ("assumed: false", []),
    ],
)
def test_a_mark_that_means_nothing(mark: str, expected: list[tuple[str, str]]) -> None:
    assert found(("    holidays: [CA-QC]", f"    holidays: [CA-QC]\n    {mark}")) == expected


def test_more_languages_may_be_named() -> None:
    read = programme(
        ("en: en-CA}", "en: en-CA, de: de-CH}"),
        ("{fr: Une question, en: A question}", "{fr: Une question, en: A question, de: Eine Frage}"),
    )
    assert read.kinds["how-to"].name.in_("de") == "Eine Frage"
    assert read.kinds["defect"].name.in_("de") == "Un défaut"


def test_every_value_of_every_fact_has_words_in_both_languages() -> None:
    for fact in programme(*EVERYTHING).facts.values():
        for text in (fact.name, *fact.values.values()):
            assert text.values["fr"]
            assert text.values["en"]
        assert fact.number or fact.multiple or fact.default is None or fact.default in fact.values
    assert facts.FIXED["contract"].values["active"].in_("fr") == "actif et réglé"


def test_a_balance_that_nobody_named_is_zero() -> None:
    read = programme(("if: {kind: defect}", "if: {left.calls: 1..}"))
    assert coverage.decide(read, {"kind": "defect"}).clause == "Z"
    balances = {"calls": coverage.Balance(left=1, granted=2)}
    assert coverage.decide(read, {"kind": "defect"}, balances).clause == "C1"


# --- inheritance ----------------------------------------------------------------------------------------


def test_an_overridden_mapping_keeps_the_keys_that_are_not_named() -> None:
    read = programme(
        (
            "allowances:\n",
            "allowances:\n  visits: {clause: L2, name: {fr: Visites, en: Visits}, unit: visit, per: term}\n",
        ),
        ("{calls: 2}", "{calls: 2, visits: 1}"),
        after_plans(GOLD + "    override: {grants: {calls: 5}}\n    assumed: true\n"),
    )
    assert read.plans["gold"].grants == {"calls": 5, "visits": 1}
    assert read.plans["gold"].assumed


def test_what_is_added_where_there_was_nothing() -> None:
    read = programme(
        (
            "allowances:\n",
            "allowances:\n  visits: {clause: L2, name: {fr: Visites, en: Visits}, unit: visit, per: term, by_seats: {1..: 1}}\n",
        ),
        after_plans(
            GOLD
            + "    add: {grants: {visits: by-seats}, assumed: true}\n    override: {queue_priority: 2, assumed: true}\n    contacts: 3\n"
        ),
    )
    gold = read.plans["gold"]
    assert (gold.grants, gold.queue_priority, gold.contacts) == ({"calls": 2, "visits": "by-seats"}, 2, 3)
    assert set(read.assumed) == {"plans.gold.add", "plans.gold.override"}


def test_numbers_and_tiers_do_not_add_up() -> None:
    assert found(
        ("per: contract-year}", "per: contract-year, by_seats: {1..: 1}}"),
        ("grants: {calls: 2}", "grants: {calls: by-seats}"),
        after_plans(GOLD + "    add: {grants: {calls: 1}}\n"),
    ) == [("P204-not-additive", "plans.gold.add.grants.calls")]


def test_what_is_wrong_in_a_base_is_said_once() -> None:
    assert found(
        ("    kind: support\n", "    kind: suport\n"), after_plans(GOLD + "    override: {kind: hours}\n")
    ) == [("P107-unknown-word", "plans.basic.kind")]
    assert found(
        after_plans(GOLD.replace("extends: basic", "extends: silver") + "    add: {grants: {calls: 1}}\n")
    ) == [("P101-unknown-reference", "plans.gold.extends")]


def test_what_refers_to_a_broken_row_is_not_called_unknown() -> None:
    assert found(("{fr: Le reste., en: The rest.}", "{fr: Le reste.}")) == [
        ("P105-missing-language", "severities.2.definition")
    ]


def test_what_an_heir_lacks_is_asked_of_the_heir() -> None:
    assert found(after_plans(GOLD.replace("    clause: S2\n", ""))) == [("P103-missing-key", "plans.gold")]


def test_a_long_circle_and_what_hangs_on_it() -> None:
    heirs = GOLD.replace("extends: basic", "extends: iron") + GOLD.replace("gold:", "iron:").replace(
        "basic", "gold"
    ).replace("S2", "S3")
    more = GOLD.replace("gold:", "tin:").replace("basic", "gold").replace("S2", "S4")
    assert found(after_plans(heirs + more)) == [("P201-circular-extends", "plans.gold.extends")]


# --- problems -------------------------------------------------------------------------------------------


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    codes = [
        problem.code
        for problem in problems_of(
            ("vendor: Small", "vendor: &x Small"),
            ("prefix: SMA", "prefix: sma"),
            ("America/Toronto", "America/Toronot"),
            ("else: 2", "else: 3"),
            ("    binding: target\n", ""),
            ("{contract: unpaid}", "{contract: unpayed}"),
            ("if: otherwise", "if: {kind: how-to}"),
        )
    ]
    assert codes == [
        "P004-anchor",
        "P108-bad-value",
        "P022-unknown-zone",
        "P101-unknown-reference",
        "P103-missing-key",
        "P302-impossible-value",
        "P305-no-otherwise",
    ]


def test_an_unknown_reference_says_where_what_is_known_and_what_was_meant() -> None:
    [problem] = problems_of(("{1: 4h, 2: 8h}", "{1: 4h, 2: 8h, 5: 16h}"))
    assert problem.text("en") == (
        "small.yaml:37:39: error P101-unknown-reference: targets.standard.first_response.5: "
        "unknown severity '5' in targets.standard.first_response (known: 1, 2; did you mean '2'?)"
    )
    assert problems.in_language(problem.message, "fr") == (
        "la gravité «\u00a05\u00a0» n’existe pas (targets.standard.first_response)"
    )


def test_a_missing_key_is_named_in_plain_words() -> None:
    loaded = load.load_programme("palier: 1", "p.yaml")
    hints = [problem.hint["en"] for problem in loaded.problems]
    assert "add `words:` (words)" in hints
    assert not any("](#" in hint for hint in hints)


def test_an_empty_table_is_named() -> None:
    [problem] = problems_of(("    kind: support\n", "    kind: support\n    benefits: [welcome]\n"))
    assert (problem.code, problem.path) == ("P101-unknown-reference", "plans.basic.benefits[1]")
    assert problem.hint is not None
    assert problem.hint["en"] == "`promises` is empty"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "P008-empty-file"),
        ("palier: 1", "P103-missing-key"),
        ("[palier, 1]", "P104-wrong-shape"),
        ("programme", "P104-wrong-shape"),
        ("palier: [1]", "P104-wrong-shape"),
        ("palier: 3", "P110-unknown-version"),
        ("{", "P002-syntax"),
    ],
)
def test_what_is_no_programme_at_all(text: str, code: str) -> None:
    loaded = load.load_programme(text, "odd.yaml")
    assert loaded.programme is None
    assert code in {problem.code for problem in loaded.problems}
    assert all(problem.place.file == "odd.yaml" for problem in loaded.problems)


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("vendor: Small", "vendor:", "P104-wrong-shape", "vendor"),
        ("desk_calendar: desk", "desk_calendar: [desk]", "P104-wrong-shape", "desk_calendar"),
        ("vendor: Small", "vendor: {a: b}", "P104-wrong-shape", "vendor"),
        ("reply: [fr, en]", "reply: fr", "P104-wrong-shape", "languages.reply"),
        ("reply: [fr, en]", "reply: [[fr], en]", "P104-wrong-shape", "languages.reply[1]"),
        ("write: any", "write: [English]", "P108-bad-value", "languages.write[1]"),
        ("languages: {write: any, reply: [fr, en], documents: [fr, en]}", "languages: any", "P104-wrong-shape", "languages"),
        ("{fr: fr-CA, en: en-CA}", "fr-CA", "P104-wrong-shape", "locales"),
        ("{fr: fr-CA, en: en-CA}", "{fr: fr-CA, en: en-CA, d1: de-DE}", "P108-bad-value", "locales.d1"),
        ("fr: fr-CA,", "fr: fr_CA,", "P108-bad-value", "locales.fr"),
        ("fr: fr-CA,", "fr: xx-CA,", "P108-bad-value", "locales.fr"),
        ("currency: CAD", "currency: CDA", "P115-bad-amount", "currency"),
        ("support@small.example", "support", "P108-bad-value", "reach.mail"),
        ("{fr: Nos heures, en: Our hours}", "Our hours", "P104-wrong-shape", "calendars.desk.name"),
        ("    name: {fr: Nos heures, en: Our hours}\n", "", "P103-missing-key", "calendars.desk"),
        ("{fr: Une question, en: A question}", "A question", "P104-wrong-shape", "kinds.how-to.name"),
        ("{fr: Une question, en: A question}", "{fr: Une question, en: [A]}", "P104-wrong-shape", "kinds.how-to.name.en"),
        ("{fr: Une question, en: A question}", "{fr: Une question, en: A question, de: Frage}", "P102-unknown-key", "kinds.how-to.name.de"),
        ("{1: 4h, 2: 8h}", "{}", "P106-empty", "targets.standard.first_response"),
        ("{1: 4h, 2: 8h}", "4h", "P104-wrong-shape", "targets.standard.first_response"),
        ("{1: 4h, 2: 8h}", "{1: 4h, 2: 0h}", "P113-bad-duration", "targets.standard.first_response.2"),
        ("calendar: desk\n    first", "calendar: dask\n    first", "P101-unknown-reference", "targets.standard.calendar"),
        ("calendar: desk\n    first", "calendar: [desk]\n    first", "P104-wrong-shape", "targets.standard.calendar[1]"),
        ("calendar: desk\n    first", "calendar: {use: desk}\n    first", "P104-wrong-shape", "targets.standard.calendar"),
        ("calendar: desk\n    first", "calendar: [{else: [desk]}]\n    first", "P104-wrong-shape", "targets.standard.calendar[1].else"),
        ("calendar: desk\n    first", "calendar: [{if: {severity: 1}, use: desk}]\n    first", "P312-no-else", "targets.standard.calendar"),
        ("calendar: desk\n    first", "calendar: [{else: desk}, {else: desk}]\n    first", "P306-unreachable-row", "targets.standard.calendar[2]"),
        ("calendar: desk\n    first", "calendar: none\n    first", "P101-unknown-reference", "targets.standard.calendar"),
        ("    targets: standard\n", "    targets: [{if: {severity: 1}, use: none}, {else: standard}]\n", "P101-unknown-reference", "plans.basic.targets[1].use"),
        ("if: {kind: defect}", "if: defect", "P104-wrong-shape", "coverage.C1.if"),
        ("if: {kind: defect}", "if: {}", "P106-empty", "coverage.C1.if"),
        ("if: {kind: defect}", "if: []", "P106-empty", "coverage.C1.if"),
        ("if: {kind: defect}", "if: [defect]", "P104-wrong-shape", "coverage.C1.if[1]"),
        ("if: {kind: defect}", "if: {kind: []}", "P106-empty", "coverage.C1.if.kind"),
        ("if: {kind: defect}", "if: {kind: [[defect]]}", "P104-wrong-shape", "coverage.C1.if.kind"),
        ("if: {kind: defect}", "if: {kind: [defect, defect]}", "P109-repeated", "coverage.C1.if.kind"),
        ("if: {kind: defect}", "if: {kind: {no: defect}}", "P104-wrong-shape", "coverage.C1.if.kind"),
        ("if: {kind: defect}", "if: {kind: {not: defect, or: how-to}}", "P104-wrong-shape", "coverage.C1.if.kind"),
        ("if: {kind: defect}", "if: {kind: {not: defekt}}", "P302-impossible-value", "coverage.C1.if.kind.not"),
        ("if: {kind: defect}", "if: {seats: [1, 2]}", "P104-wrong-shape", "coverage.C1.if.seats"),
        ("if: {kind: defect}", "if: {seats: 5..1}", "P304-word-on-number", "coverage.C1.if.seats"),
        ("if: {kind: defect}", "if: {seats: ..}", "P304-word-on-number", "coverage.C1.if.seats"),
        ("if: {kind: defect}", "if: {plan: from silver}", "P101-unknown-reference", "coverage.C1.if.plan"),
        ("if: {kind: defect}", "if: {outage: system}", "P302-impossible-value", "coverage.C1.if.outage"),
        ("if: {kind: defect}", "if: {impact: high}", "P301-unknown-fact", "coverage.C1.if.impact"),
        ("    then: {cover: true}\n", "", "P103-missing-key", "coverage.C1"),
        ("    then: {cover: true}\n", "    then: cover\n", "P104-wrong-shape", "coverage.C1.then"),
        ("    then: {cover: true}\n", "    then: {level: 1}\n", "P308-outcome-unclear", "coverage.C1.then"),
        ("    then: {cover: true}\n", "    then: {cover: false}\n", "P107-unknown-word", "coverage.C1.then.cover"),
        ("    if: {kind: defect}\n", "", "P103-missing-key", "coverage.C1"),
        ("  - clause: C1\n", "  - defect\n  - clause: C1\n", "P104-wrong-shape", "coverage[2]"),
        ("  - clause: C1\n    if", "  - if", "P103-missing-key", "coverage[2]"),
        ("  - clause: C1\n", "  - clause: [C1]\n", "P104-wrong-shape", "coverage[2].clause"),
        ("clause: C1\n", "clause: A1\n", "P310-duplicate-clause", "coverage[2].clause"),
        ("clause: C1\n", "clause: 1C\n", "P116-bad-id", "coverage.1C.clause"),
        ("required: [description]", "required: [descripton]", "P101-unknown-reference", "required[1]"),
        ("10 days], close: 30", "10], close: 30", "P113-bad-duration", "unfreed.remind[2]"),
        ("close: 30 days", "close: 0 days", "P113-bad-duration", "unfreed.close"),
        ("desk_calendar:", "  odd: always\ndesk_calendar:", "P104-wrong-shape", "calendars.odd"),
        ("desk_calendar:", "  odd: {name: {fr: A, en: B}, union: [desk]}\ndesk_calendar:", "P106-empty", "calendars.odd.union"),
        ("desk_calendar:", "  odd: {name: {fr: A, en: B}, union: desk}\ndesk_calendar:", "P104-wrong-shape", "calendars.odd.union"),
        ("desk_calendar:", "  odd: {name: {fr: A, en: B}, union: [desk, dusk]}\ndesk_calendar:", "P101-unknown-reference", "calendars.odd.union[2]"),
        ("desk_calendar:", "  odd: {name: {fr: A, en: B}, union: [desk, odd], zone: UTC}\ndesk_calendar:", "P102-unknown-key", "calendars.odd.zone"),
        ("desk_calendar:", "  odd: {name: {fr: A, en: B}, union: [desk, odd]}\ndesk_calendar:", "P208-circular-calendars", "calendars.odd"),
        ("calendars:\n  desk:", "calendars:\n  desk: closed\n  other:", "P104-wrong-shape", "calendars.desk"),
        ("175.00 CAD", "175.001 CAD", "P115-bad-amount", "prices.hourly.amount"),
        ("175.00 CAD", "175.00 XXY", "P115-bad-amount", "prices.hourly.amount"),
        ("kind: hourly, amount: 175.00 CAD", "kind: hourly, amount: 175.00 CAD, discount: 101 %", "P115-bad-amount", "prices.hourly.discount"),
        ("kind: hourly, amount: 175.00 CAD", "kind: hourly, amount: 175.00 CAD, discount: ten", "P115-bad-amount", "prices.hourly.discount"),
        ("kind: hourly, amount: 175.00 CAD", "kind: hourly, amount: 175.00 CAD, round_up: quarter", "P113-bad-duration", "prices.hourly.round_up"),
        ("per: contract-year}", "per: contract-year, by_seats: {few: 1}}", "P117-bad-tiers", "allowances.calls.by_seats.few"),
        ("grants: {calls: 2}", "grants: {cals: 2}", "P101-unknown-reference", "plans.basic.grants.cals"),
        ("effective: 2026-07-01", "effective: 2026-02-30", "P114-bad-date", "effective"),
        ("    kind: support\n", "    kind: support\n    contacts: 0\n", "P108-bad-value", "plans.basic.contacts"),
        ("  mail: {fr: courriel, en: e-mail}", "  mail: {fr: courriel, en: e-mail}\n  hello: bonjour", "P104-wrong-shape", "words.hello"),
        ("reach: {mail", "reach: {telephone: {number: call us, calendar: desk}, mail", "P108-bad-value", "reach.telephone.number"),
    ],
)  # fmt: skip
def test_a_slip(old: str, new: str, code: str, path: str) -> None:
    assert (code, path) in found((old, new))


def test_nothing_is_called_unused_while_something_is_wrong() -> None:
    assert found(
        ("prefix: SMA", "prefix: sma"),
        (
            "holds:\n",
            "holds:\n  later: {name: {fr: A, en: B}, freed_by: {fr: A, en: B}, how: {fr: A, en: B}}\n",
        ),
    ) == [("P108-bad-value", "prefix")]


# --- nothing raises -------------------------------------------------------------------------------------

LINES = small.SMALL.splitlines(keepends=True)
SCRAPS = st.sampled_from(
    ["", "x", "{}", "[]", "[[]]", "{a: b}", "- a", "otherwise", "none", "0", "-1", "1..", "..", "from gold", "true", "assumed: 3",
     "{not: x}", "extends: basic", "{fr: a}", "2026-13-01", "9" * 30, "é", "\u2028", '"', "'", ":", "#", "&a", "*a", "!t"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_a_line_makes_it_raise(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        how = data.draw(st.sampled_from(["drop", "value", "inside", "indent"]))
        scrap = data.draw(SCRAPS)
        if how == "drop":
            lines[at] = ""
        elif how == "value":
            lines[at] = line.partition(":")[0] + f": {scrap}\n"
        elif how == "inside":
            cut = data.draw(st.integers(0, len(line)))
            lines[at] = line[:cut] + scrap + line[cut:]
        else:
            lines[at] = "  " + line
    loaded = load.load_programme("".join(lines), "odd.yaml")
    assert (loaded.programme is None) == problems.any_errors(loaded.problems)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    loaded = load.load_programme("palier: 1\n" + text, "odd.yaml")
    assert loaded.programme is None
    assert loaded.problems
