"""`palier programme diff`: what a new revision changes, in customers' words."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.programme import small

from palier.programme import diff_command


def run(tmp_path: Path, old: str, new: str, *, form: str = "text", lang: str = "en") -> tuple[int, str]:
    paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for path, text in zip(paths, (old, new), strict=True):
        path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    return diff_command.run(paths, form=form, lang=lang, out=out), out.getvalue()


def test_reordered_and_reworded_is_no_change_in_meaning(tmp_path: Path) -> None:
    reworded = small.changed(("en: Faults are covered.", "en: We mend faults."), ("clause: C1", "clause: C7"))
    assert run(tmp_path, small.SMALL, reworded) == (
        0,
        "no change in meaning: reordered or reworded at most\n",
    )
    assert "aucun changement de sens" in run(tmp_path, small.SMALL, reworded, lang="fr")[1]


def test_what_changes_is_told_with_its_turn_and_clause(tmp_path: Path) -> None:
    dearer = small.changed(
        ("amount: 175.00 CAD", "amount: 190.00 CAD"), ("first_response: {1: 4h", "first_response: {1: 2h")
    )
    code, told = run(tmp_path, small.SMALL, dearer)
    assert code == 0
    assert "  - By the hour: CA$190.00 an hour instead of CA$175.00 an hour. [P1]" in told
    assert "  + Critical, first response: 2 h instead of 4 h. [T1]".replace(" h", "\u00a0h") in told


def test_requests_decided_otherwise_are_told(tmp_path: Path) -> None:
    billable = small.changed(("then: {cover: true}", "then: {offer: [hours], level: 2, consent: true}"))
    told = run(tmp_path, small.SMALL, billable)[1]
    assert "Kind of request: a fault: covered → level\u00a02, billable (hours). [C1]" in told


def test_plans_that_come_or_go_are_told(tmp_path: Path) -> None:
    more = small.changed(small.after_plans(small.GOLD))
    assert "The plan “Gold” is new." in run(tmp_path, small.SMALL, more)[1]
    assert (
        "Le plan « Or » n’est plus proposé.".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
        in (run(tmp_path, more, small.SMALL, lang="fr")[1])
    )


def test_markdown_is_escaped_and_counted(tmp_path: Path) -> None:
    dearer = small.changed(("amount: 175.00 CAD", "amount: 190.00 CAD"))
    told = run(tmp_path, small.SMALL, dearer, form="markdown")[1]
    assert told.startswith("## Small: ")
    assert r"\[P1\]" in told
    assert told.endswith("▼ 1 worse for the customer\n")
    assert "No change in meaning" in run(tmp_path, small.SMALL, small.SMALL, form="markdown")[1]


def test_json_has_both_languages(tmp_path: Path) -> None:
    dearer = small.changed(("amount: 175.00 CAD", "amount: 190.00 CAD"))
    (change,) = json.loads(run(tmp_path, small.SMALL, dearer, form="json")[1])["changes"]
    assert (change["about"], change["turn"], change["clause"]) == ("price", "worse", "P1")
    assert change["en"] != change["fr"]


@pytest.mark.parametrize("form", diff_command.FORMS)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, form: str) -> None:
    code, told = run(tmp_path, small.SMALL, small.SMALL.replace("palier: 1", "palier: 9"), form=form)
    assert code == 1
    assert "P110-unknown-version" in told
