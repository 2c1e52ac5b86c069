"""What a new revision changes under some terms: each kind of difference, in both languages, with its turn."""

from __future__ import annotations

import dataclasses

import pytest
from tests.programme import small

from palier.programme import comparison, difference, difference_words, phrases
from palier.programme.comparison import Terms, Turn

BASIC = Terms(plan="basic")
DOCUMENT = (
    "coverage:",
    "documents: {terms: {name: {fr: Conditions, en: Terms}, version: '1'}}\ncoverage:",
)


def told(
    old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...], terms: Terms = BASIC
) -> list[tuple[str, Turn]]:
    found = comparison.statement(small.programme(*old), small.programme(*new), terms)
    for one in found:
        assert one.en != one.fr
    return [(one.en.replace("\u00a0", " "), one.turn) for one in found]


def test_a_plan_that_one_of_them_lacks_is_not_compared() -> None:
    assert told((), (), Terms(plan="gold")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("binding: target", "binding: guarantee"), [("Critical: the times are guaranteed.", Turn.BETTER), ("Minor: the times are guaranteed.", Turn.BETTER)]),
        (("    targets: standard\n", "    targets: standard\n    contacts: 3\n"), [("Authorised contacts: 3 instead of without limit.", Turn.WORSE)]),
        (("    targets: standard\n", "    targets: standard\n    queue_priority: 2\n"), [("In the queue your requests go further ahead at equal severity.", Turn.BETTER)]),
        (("Basic support.", "Simple support."), [("The plan is described in other words.", Turn.NEUTRAL)]),
        (("    targets: standard\n", "    targets: none\n"), [("Critical, first response: no promise instead of 4 h.", Turn.WORSE), ("Minor, first response: no promise instead of 8 h.", Turn.WORSE)]),
        (("09:00-17:00", "10:00-17:00"), [("Critical, first response: counted in other hours.", Turn.NEUTRAL), ("Minor, first response: counted in other hours.", Turn.NEUTRAL)]),
        (("kind: hourly, amount: 175.00 CAD}", "kind: hourly, amount: 175.00 CAD, discount: 10 %}"), [("By the hour: CA$175.00 an hour, 10% off instead of CA$175.00 an hour.", Turn.BETTER)]),
        (("  how-to: {name:", "  wish: {name: {fr: Un souhait, en: A wish}, severity: 2}\n  how-to: {name:"), [("“A wish” can now be asked.", Turn.NEUTRAL)]),
        (("  hourly: {clause: P1", "  daily: {clause: P2, name: {fr: Par jour, en: By the day}, kind: hourly, amount: 900.00 CAD}\n  hourly: {clause: P1"), [("By the day: a new price.", Turn.NEUTRAL)]),
    ],
)  # fmt: skip
def test_each_difference_is_told(change: tuple[str, str], expected: list[tuple[str, Turn]]) -> None:
    assert told((), (change,)) == expected


def test_what_goes_is_told_too() -> None:
    wish = ("  how-to: {name:", "  wish: {name: {fr: Un souhait, en: A wish}, severity: 2}\n  how-to: {name:")
    assert told((wish,), ()) == [("“A wish” is no longer a kind of request.", Turn.NEUTRAL)]
    assert told((("binding: target", "binding: guarantee"),), ())[0] == (
        "Critical: the times are targets, no longer guaranteed.",
        Turn.WORSE,
    )


def test_under_a_number_of_seats_only_their_tier_is_compared() -> None:
    def tiers(second: int) -> tuple[tuple[str, str], ...]:
        return (
            ("per: contract-year}", f"per: contract-year, by_seats: {{1..5: 1, 6..: {second}}}}}"),
            ("    grants: {calls: 2}", "    grants: {calls: by-seats}"),
        )

    old, new = tiers(2), tiers(3)
    assert told(old, new, Terms(plan="basic", seats=3)) == []
    (few,) = told(old, new, Terms(plan="basic", seats=6))
    assert few == ("Calls: 3 a contract year instead of 2 a contract year.", Turn.BETTER)
    (every,) = told(old, new)
    assert every == ("Calls, from 6 seats: 3 a contract year instead of 2 a contract year.", Turn.BETTER)


def test_another_version_of_a_text_is_told() -> None:
    later = (DOCUMENT[0], DOCUMENT[1].replace("'1'", "'2'"))
    assert told((DOCUMENT,), (later,)) == [("Terms: version 2 instead of 1.", Turn.NEUTRAL)]
    assert told((DOCUMENT,), (DOCUMENT,)) == []


def test_a_severity_that_one_of_them_lacks_is_not_compared() -> None:
    third = (
        "effects:",
        "  3: {name: {fr: Faible, en: Low}, definition: {fr: Peu., en: Little.}}\neffects:",
    )
    assert told((), (third, ("2: 8h}", "2: 8h, 3: 9h}"))) == []


def test_another_period_and_another_time_bought_are_told_as_they_are() -> None:
    assert told((), (("per: contract-year}", "per: calendar-month}"),)) == [
        ("Calls: 2 a month instead of 2 a contract year.", Turn.NEUTRAL)
    ]
    block = (
        "kind: hourly, amount: 175.00 CAD}",
        "kind: prepaid-hours, hours: 10, amount: 1600.00 CAD, valid: 12 months}",
    )
    ((words, turn),) = told((block,), ((block[0], block[1].replace("hours: 10", "hours: 12")),))
    assert "12 h instead of" in words
    assert turn is Turn.NEUTRAL


def test_hours_put_together_of_others_are_compared_through_and_through() -> None:
    both = (
        "desk_calendar: desk",
        "  evening: {name: {fr: Le soir, en: Evening}, zone: America/Toronto, week: {mon-fri: ['18:00-20:00']}}\n"
        "  long: {name: {fr: Long, en: Long}, union: [desk, evening]}\ndesk_calendar: desk",
    )
    long = ("    calendar: desk\n", "    calendar: long\n")
    later = (both[0], both[1].replace("18:00-20:00", "18:00-21:00"))
    assert told((both, long), (later, long)) == [
        ("Critical, first response: counted in other hours.", Turn.NEUTRAL),
        ("Minor, first response: counted in other hours.", Turn.NEUTRAL),
    ]


def test_an_environment_that_joins_the_plan_is_told() -> None:
    places = (
        "required:",
        "environments: {prod: {fr: Production, en: Production}, test: {fr: Essai, en: Test}}\nrequired:",
    )
    one = ("    targets: standard\n", "    targets: standard\n    environments: [prod]\n")
    two = ("    targets: standard\n", "    targets: standard\n    environments: [prod, test]\n")
    assert told((places, one), (places, two)) == [("The environment “Test” is now in the plan.", Turn.BETTER)]


def test_nothing_promised_before_and_after_is_no_difference() -> None:
    none = ("    targets: standard\n", "    targets: none\n")
    assert told((none,), (none,)) == []


def test_cases_in_words() -> None:
    old = small.programme()
    new = small.programme(
        ("then: {cover: true}", "then: {cover: true, uses: calls}"),
        ("if: {contract: unpaid}", "if: {contract: [unpaid, suspended]}"),
    )
    speak = phrases.speak(new, language="en")
    found = [
        f"{difference_words.case(speak, one)}: {difference_words.meaning(speak, one.before)} → "
        f"{difference_words.meaning(speak, one.after)} ({difference_words.goes(one.before, one.after)})"
        for one in difference.otherwise(old, new)
    ]
    assert "contract: suspended: covered → held (to be paid) (-1)" in " ".join(found)
    assert "covered → covered, from “calls” (0)" in " ".join(found)


def test_every_request_is_said_where_nothing_limits_the_case() -> None:
    old = small.programme()
    speak = phrases.speak(old, language="fr")
    meaning = next(
        iter(difference.otherwise(old, small.programme(("then: {cover: true}", "then: {offer: [hours]}"))))
    ).before
    every = difference.Otherwise(
        when=(), before=meaning, after=meaning, by_before=(), by_after=(), unsaid=("seats",), example={}
    )  # fmt: skip
    assert difference_words.case(speak, every).replace("\u00a0", " ") == "sièges actifs : non précisé"
    assert difference_words.case(speak, dataclasses.replace(every, unsaid=())) == "toute demande"


def test_facts_that_cannot_be_are_no_region() -> None:
    old = small.programme()
    assert (
        difference.otherwise(
            old, small.programme(("then: {cover: true}", "then: {offer: [hours]}")), only={"kind": "dust"}
        )
        == ()
    )
