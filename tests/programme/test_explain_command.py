"""`palier explain`: the facts file, its mistakes, and when the answer is due."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.programme import small

from palier.programme import explain_command

FACTS = "facts: {contract: active, plan: basic, kind: defect, effect: stopped}\n"
WHEN = "zone: America/Toronto\nat: 2026-07-09 14:00\n"


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(small.SMALL, encoding="utf-8")
    return path


def run(programme: Path, facts: str, lang: str = "en", *, as_json: bool = False) -> tuple[int, str, str]:
    path = programme.with_name("facts.yaml")
    path.write_text(facts, encoding="utf-8")
    out, report = io.StringIO(), io.StringIO()
    code = explain_command.run(programme, path, lang, as_json, out, report)
    return code, out.getvalue(), report.getvalue()


def test_a_decision_without_time(programme: Path) -> None:
    code, text, report = run(programme, FACTS)
    assert (code, report) == (0, "")
    assert text.startswith(
        "Covered, not billable\n  C1  Faults are covered.\nThis uses nothing of what your plan grants, and costs nothing.\n\nBecause\n  kind of request = a fault\n"
    )
    assert "When" not in text


def test_with_an_instant_it_says_when_the_first_answer_is_due(programme: Path) -> None:
    code, text, _ = run(programme, FACTS + WHEN, "fr")
    assert code == 0
    assert (
        "Quand\n  Première réponse due avant le vendredi 10\u00a0juillet 2026 à\u00a010:00, heure de\u00a0Toronto;"
        in text
    )
    plain = json.loads(run(programme, FACTS + WHEN, as_json=True)[1])
    assert plain["clock"]["promises"][0]["due_at"] == 1_783_692_000_000_000


def test_a_held_request_says_what_comes_then(programme: Path) -> None:
    _, text, _ = run(programme, FACTS.replace("active", "unpaid") + WHEN)
    assert text.startswith(
        "Held: to be paid\n  A1  The contract is not paid.\nThen: covered, by clause C1.\n"
    )
    assert "No clock runs yet. Held: to be paid." in text


def test_balances_are_of_what_the_plan_grants(programme: Path) -> None:
    facts = "facts: {contract: active, plan: basic, kind: how-to}\nbalances: {calls: 1}\n"
    assert "A call (granted by your plan; Calls: 1 of 2)" in run(programme, facts)[1]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("", ["P008-empty-file"]),
        ("[facts]\n", ["P104-wrong-shape"]),
        (WHEN, ["P103-missing-key"]),
        (FACTS + "at: 2026-07-09 14:00\n", ["P103-missing-key"]),
        (FACTS + "zone: America/Toronto\nat: 2026-03-08 02:30\n", ["P114-bad-date"]),
        (FACTS + "zone: America/Toronto\nat: 1066-10-14T09:00Z\n", ["P114-bad-date"]),
        (FACTS + "zone: America/Toronto\nat: 2399-12-31T23:00Z\n", ["P114-bad-date"]),
        (FACTS + "zone: America/Torontoo\nat: 2026-07-09 14:00\n", ["P022-unknown-zone"]),
        (FACTS + "balance: {calls: 1}\n", ["P102-unknown-key"]),
        ("facts: {kind: defct, colour: red}\n", ["P302-impossible-value", "P301-unknown-fact"]),
    ],
)
def test_mistakes_are_reported_with_their_place(programme: Path, facts: str, expected: list[str]) -> None:
    code, text, report = run(programme, facts, "fr")
    assert (code, text) == (1, "")
    lines = report.splitlines()
    assert [line.split(" erreur ")[1].split(":")[0] for line in lines] == expected
    assert all(line.startswith(f"{programme.with_name('facts.yaml')}:") for line in lines)


def test_a_calendar_that_never_opens_again_is_named(programme: Path) -> None:
    week = 'week: {mon-fri: ["09:00-17:00"]}'
    text = small.SMALL.replace(week, "week: {}\n    openings: [2020-01-06 09:00-10:00]")
    programme.write_text(text, encoding="utf-8")
    code, out, report = run(programme, FACTS + WHEN)
    assert (code, out) == (1, "")
    assert "facts.yaml:3:5: error P114-bad-date: at: calendar 'desk' does not open within 5 years" in report
    assert (
        "le calendrier «\u00a0desk\u00a0» n’ouvre pas dans les 5 ans" in run(programme, FACTS + WHEN, "fr")[2]
    )


def test_files_that_cannot_be_read(programme: Path) -> None:
    out, report = io.StringIO(), io.StringIO()
    assert explain_command.run(programme, programme.with_name("absent.yaml"), "en", False, out, report) == 1
    assert "P001-unreadable-file" in report.getvalue()
    assert explain_command.run(programme.with_name("absent.yaml"), programme, "en", False, out, report) == 1
    assert out.getvalue() == ""


def test_what_happens_by_itself_is_told_with_its_clause(tmp_path: Path) -> None:
    infor = (Path(__file__).parents[2] / "programmes" / "infor.yaml").read_text(encoding="utf-8")
    path = tmp_path / "infor.yaml"
    path.write_text(infor, encoding="utf-8")
    facts = (
        "facts: {contract: active, plan: premium, contact: authorised, product: finance, environment: production,"
        " information: complete, kind: incident, effect: application-down}\n"
        "zone: Europe/Paris\nat: 2026-07-11 03:00\n"
    )
    code, text, report = run(path, facts)
    assert (code, report) == (0, "")
    assert "What happens by itself, unless it is done before\n  X1  " in text
    assert "[page]" in text
    plain = json.loads(run(path, facts, as_json=True)[1])["escalation"]
    assert [(one["clause"], one["page"]) for one in plain[:3]] == [("X1", False), ("X1", True), ("X3", False)]
    assert plain[0]["at"] == plain[1]["at"] == 1_783_731_600_000_000
