"""The table of a programme at a glance, against asking for any request."""

from __future__ import annotations

import functools
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.programme import small

from palier.core import coverage
from palier.core.conditions import FactValue, fits
from palier.core.coverage import NONE
from palier.core.programme import Programme
from palier.programme import analysis, load, overview, table_command

FOLDER = Path(__file__).parents[2] / "programmes"
NAMES = ("horizant", "infor", "northern", "proconcept", "solidxperts")


@functools.cache
def programme(name: str) -> Programme:
    found = load.load_programme((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), name).programme
    assert found is not None
    return found


@functools.cache
def shown(name: str) -> tuple[overview.Overview, ...]:
    return overview.overviews(programme(name))


@functools.cache
def table_of(name: str) -> analysis.Table:
    return analysis.table(programme(name), programme(name).coverage)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_is_shown_under_every_plan(name: str) -> None:
    for one in shown(name):
        assert {cell.kind for cell in one.cells} == set(programme(name).kinds)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_any_request_is_decided_as_its_cell_says(name: str, data: st.DataObject) -> None:
    of = programme(name)
    kind = data.draw(st.sampled_from(sorted(of.kinds)))
    plan = data.draw(st.sampled_from(sorted(of.plans)))
    facts: dict[str, FactValue] = {"plan": plan, "kind": kind}
    for one in table_of(name).space.variables:
        if one.fact in overview.ENTITLED:
            facts[one.fact] = overview.ENTITLED[one.fact]
        elif one.number:
            facts[one.fact] = data.draw(st.integers(0, 400))
        elif one.fact == "cause":
            facts[one.fact] = data.draw(st.sampled_from(["unknown", *of.kinds[kind].causes]))
        elif one.fact in ("product", "environment"):
            named = [value for value in one.cells if value != NONE or one.fact == "product"]
            facts[one.fact] = str(data.draw(st.sampled_from(named)))
    complete = coverage.complete(of, facts)
    cells = [
        cell
        for cell in next(one for one in shown(name) if one.plan == plan).cells
        if cell.kind == kind
        and (not cell.causes or complete.get("cause") in cell.causes)
        and (not cell.environments or complete.get("environment") in cell.environments)
    ]
    (cell,) = cells
    found = [one.clause for one in cell.outcomes if fits(one.when, complete)]
    assert found == [coverage.decide(of, facts).clause]


def run(text: str, tmp_path: Path, *, form: str = "text", lang: str = "en") -> tuple[int, str]:
    path, out = tmp_path / "one.yaml", io.StringIO()
    path.write_text(text, encoding="utf-8")
    return table_command.run(path, form=form, lang=lang, out=out), out.getvalue()


def test_the_table_is_shown_in_words(tmp_path: Path) -> None:
    code, told = run(small.SMALL, tmp_path)
    assert code == 0
    assert told.splitlines()[2:] == [
        "Basic",
        "  A fault",
        "    covered [C1]",
        "  A question",
        "    the customer chooses how (a call, hours) [Z]",
    ]
    assert "    couvert [C1]" in run(small.SMALL, tmp_path, lang="fr")[1]


def test_markdown_and_json(tmp_path: Path) -> None:
    assert "| A fault |  | covered | C1 |" in run(small.SMALL, tmp_path, form="markdown")[1]
    (basic,) = json.loads(run(small.SMALL, tmp_path, form="json")[1])
    assert basic["plan"] == "basic"
    assert basic["cells"][0]["outcomes"][0]["clause"] == "C1"


@pytest.mark.parametrize("form", table_command.FORMS)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, form: str) -> None:
    code, told = run(small.SMALL.replace("palier: 1", "palier: 9"), tmp_path, form=form)
    assert code == 1
    assert "P110-unknown-version" in told


def test_of_several_outcomes_each_is_told_with_what_it_depends_on(tmp_path: Path) -> None:
    proconcept = run((FOLDER / "proconcept.yaml").read_text(encoding="utf-8"), tmp_path)[1]
    assert "[B1]  — modification of the software: made by the customer without consent\n" in proconcept


def test_two_cases_of_one_outcome_are_told_together(tmp_path: Path) -> None:
    # A call is left, or there are few seats: no one condition says it.
    text = small.changed(
        (
            "    if: {kind: defect}\n",
            "    if: [{kind: defect, left.calls: 1..}, {kind: defect, seats: 1..5}]\n",
        )
    )
    assert (
        "covered [C1]  — seats: 1 to 5, or calls: left: 1 or more"
        in run(text, tmp_path)[1].replace("active seats", "seats")
        or "covered [C1]  — calls: left: 1 or more, or active seats: 1 to 5" in run(text, tmp_path)[1]
    )
