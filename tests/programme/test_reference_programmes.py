"""The five reference programmes: clean, as their scenarios say, and answering what a preview must be able to answer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.programme.reference import programme_of

from palier.core import coverage
from palier.programme import explain, explain_command, library, scenario, scenario_file

VENDORS = ("horizant", "infor", "northern", "proconcept", "solidxperts")
ANSWERS = Path(__file__).parent / "answers"

# file: outcome, clauses, ways that can be chosen, a word of the headline in each language
CELLS: dict[str, tuple[str, list[str], list[str], str, str]] = {
    "horizant-covered": ("cover", ["C1"], [], "Covered", "Couvert"),
    "horizant-offered": ("offer", ["B2"], ["expert-hours", "block-10", "block-40"], "Billable", "Facturable"),
    "horizant-excluded": ("exclude", ["B7"], ["block-10", "block-40"], "Not covered", "Non couvert"),
    "horizant-held-unpaid": ("hold", ["A1"], [], "Held: payment", "En attente\u00a0: paiement"),
    "horizant-held-contact": ("hold", ["A3"], [], "Held: to be adopted", "En attente\u00a0: à reprendre"),
    "solidxperts-covered": ("cover", ["C1"], [], "Covered, level\u00a01", "Couvert, niveau\u00a01"),
    "solidxperts-offered": (
        "offer", ["B6"], ["grace-call", "incident", "hours-10", "hourly-quote", "fixed-quote"], "Level\u00a02", "Niveau\u00a02",
    ),
    "solidxperts-excluded": ("exclude", ["D1"], ["device-swap", "installation-service"], "Not covered", "Non couvert"),
    "solidxperts-held": ("hold", ["A2"], ["hourly-quote", "fixed-quote"], "Held: payment", "En attente\u00a0: paiement"),
    "infor-covered": ("cover", ["C1"], [], "Covered, level\u00a01", "Couvert, niveau\u00a01"),
    "infor-offered": ("offer", ["E2"], ["work-order"], "Level\u00a02, billable", "Niveau\u00a02, facturable"),
    "infor-excluded": ("exclude", ["E6"], ["higher-plan", "professional-services"], "Not covered", "Non couvert"),
    "infor-held": ("hold", ["A3", "A4"], [], "Held: product", "En attente\u00a0: produit"),
    "proconcept-covered": ("cover", ["C1"], [], "Covered, level\u00a01", "Couvert, niveau\u00a01"),
    "proconcept-offered": ("offer", ["B4"], ["estimate"], "Level\u00a02, billable", "Niveau\u00a02, facturable"),
    "proconcept-excluded": ("exclude", ["B1"], ["written-consent", "restore-standard"], "Not covered", "Non couvert"),
    "proconcept-held": ("hold", ["A1"], ["maintenance-contract"], "Held: no active", "En attente\u00a0: pas de"),
    "northern-covered": ("cover", ["C1"], [], "Covered", "Couvert"),
    "northern-offered": ("offer", ["B3"], ["discounted-services"], "Billable", "Facturable"),
    "northern-excluded": ("exclude", ["B1"], ["project"], "Not covered", "Non couvert"),
    "northern-held": ("hold", ["A3"], [], "Held: ", "En attente\u00a0: "),
}  # fmt: skip


def answer(cell: str, lang: str, *, as_json: bool = True) -> Any:
    out, err = io.StringIO(), io.StringIO()
    programme = programme_of(cell.partition("-")[0])
    code = explain_command.explain_facts(programme, ANSWERS / f"{cell}.yaml", lang, as_json, out, err)
    assert (code, err.getvalue()) == (0, "")
    return json.loads(out.getvalue()) if as_json else out.getvalue()


def test_the_five_are_there() -> None:
    assert tuple(library.reference_programmes()) == VENDORS


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_story_is_told_of_every_allowance_of_a_programme(vendor: str) -> None:
    programme = programme_of(vendor)
    path = library.scenarios(library.reference_programmes()[vendor])
    read = scenario_file.read(path.read_text(encoding="utf-8"), path.name, programme)
    steps = [step for one in read.scenarios if one.ledger is not None for step in one.ledger.steps]
    assert steps
    assert {named.of for step in steps for named in step.expected if named.what == "left"} == set(
        programme.allowances
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_programme_has_no_problem(vendor: str) -> None:
    assert programme_of(vendor).id == vendor


@pytest.mark.parametrize("vendor", VENDORS)
def test_its_scenarios_come_out_as_written_and_exercise_every_row(vendor: str) -> None:
    path = library.scenarios(library.reference_programmes()[vendor])
    report = scenario.run(programme_of(vendor), path.read_text(encoding="utf-8"), path.name)
    assert [problem.text("en") for problem in report.problems] == []
    assert [difference for result in report.results for difference in result.differences] == []
    assert len(report.results) >= 15
    # The last row always matches: where the others leave nothing to it, no scenario can decide by it.
    assert set(report.unexercised) <= {"Z"}


def test_every_cell_of_the_table_has_its_facts_file() -> None:
    assert {path.stem for path in ANSWERS.glob("*.yaml")} == set(CELLS)
    outcomes = {(name.split("-")[0], name.split("-")[1]) for name in CELLS}
    assert outcomes == {(v, o) for v in VENDORS for o in ("covered", "offered", "excluded", "held")}


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_answered_by_the_right_clause_in_both_languages(cell: str) -> None:
    outcome, clauses, available, english, french = CELLS[cell]
    told = {lang: answer(cell, lang) for lang in ("en", "fr")}
    for lang, headline in (("en", english), ("fr", french)):
        one = told[lang]
        assert one["outcome"] == outcome
        assert [clause["id"] for clause in one["clauses"]] == clauses
        assert [way["id"] for way in one["ways"] if way["available"]] == available
        assert one["headline"].startswith(headline)
        text = answer(cell, lang, as_json=False)
        assert one["headline"] in text
        for clause in one["clauses"]:
            assert clause["text"] in text
    # Not one sentence is the same in both languages, so none was left untranslated.
    assert told["en"]["clauses"] != told["fr"]["clauses"]
    english_facts = [one["fact"] for one in told["en"]["because"]]
    assert [one["id"] for one in told["en"]["because"]] == [one["id"] for one in told["fr"]["because"]]
    assert english_facts


@pytest.mark.parametrize("cell", [cell for cell, told in CELLS.items() if told[0] in ("cover", "offer")])
def test_what_is_accepted_says_when_the_first_answer_is_due(cell: str) -> None:
    promises = answer(cell, "en")["clock"]["promises"]
    assert promises[0]["commitment"] == "first_response"
    assert promises[0]["sentence"].startswith("First answer due ")
    rows = [row["counted"] for row in promises[0]["rows"] if row["state"] != "over"]
    assert sum(rows) > 0


@pytest.mark.parametrize("cell", [cell for cell, told in CELLS.items() if told[0] in ("hold", "exclude")])
def test_what_is_not_accepted_starts_no_clock_and_names_a_way_out(cell: str) -> None:
    one = answer(cell, "en")
    assert one["clock"]["promises"] == []
    assert one["clock"]["standing"].startswith("No clock runs")
    assert one["gates"] or [way for way in one["ways"] if way["available"]]
    if one["outcome"] == "hold":
        assert one["then"].startswith("Then: ")
        assert all(gate["freed_by"] and gate["how"] for gate in one["gates"])


def test_proconcepts_three_questions_answer_themselves_from_the_clause() -> None:
    questions = {one["id"]: one for one in answer("proconcept-offered", "fr")["questions"]}
    assert list(questions) == ["why-level-2", "why-billable", "why-a-ticket", "why-priority"]
    assert all("B4" in questions[one]["clauses"] for one in ("why-level-2", "why-billable", "why-a-ticket"))
    assert "B4" in questions["why-level-2"]["answer"]
    assert "220,00\u00a0CHF de l’heure" in questions["why-billable"]["answer"]
    assert questions["why-level-2"]["question"] == "Pourquoi ma demande est-elle passée au niveau 2\u202f?"


def test_every_clause_of_the_five_can_be_explained_in_both_languages() -> None:
    for programme in map(programme_of, VENDORS):
        for kind in programme.kinds:
            decision = coverage.decide(programme, {"kind": kind})
            for lang in ("en", "fr"):
                told = explain.explain_decision(programme, decision, language=lang)
                assert told.headline
