"""`palier programme check` and `schema`: what they write, and their exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.programme import small

from palier.programme import commands, load, schema


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {
        "fine": small.SMALL,
        "warned": small.changed(
            ("175.00 CAD", "175.00 EUR"), ("binding: target", "binding: target\n    assumed: true")
        ),
        "wrong": small.changed(("{1: 4h, 2: 8h}", "{1: 4h, 2: 8h, 5: 16h}"), ("prefix: SMA", "prefix: sma")),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes(small.SMALL.encode("latin-1"))
    names = (*texts, "latin", "absent")
    return {name: tmp_path / f"{name}.yaml" for name in names}


def check(paths: list[Path], lang: str = "en", *, as_json: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    code = commands.check(paths, lang, "json" if as_json else "text", out)
    return code, out.getvalue()


def test_a_fine_file(files: dict[str, Path]) -> None:
    code, text = check([files["fine"]])
    version = load.version_of(small.SMALL)[:12]
    assert (code, text) == (
        commands.FINE,
        f"{files['fine']}: fine: Small, 1 plan, 7 clauses, 0 assumed, 0 warnings, version {version}\n",
    )


def test_warnings_and_assumptions_are_fine(files: dict[str, Path]) -> None:
    code, text = check([files["warned"]], "fr-CA")
    assert code == commands.FINE
    first, last = text.splitlines()
    assert "avertissement P704-other-currency" in first
    assert "1 hypothèse, 1 avertissement," in last


def test_a_wrong_file_shows_all_that_is_wrong(files: dict[str, Path]) -> None:
    code, text = check([files["fine"], files["wrong"]])
    assert code == commands.MISTAKE
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith(f"{files['wrong']}:4:9: error P108-bad-value: prefix:")
    assert "did you mean '2'?" in lines[2]
    assert lines[3] == f"{files['wrong']}: 2 errors, 0 warnings"
    assert check([files["wrong"]], "fr")[1].endswith(
        " : 2 erreurs, 0 avertissement\n".replace(" :", "\u00a0:")
    )


@pytest.mark.parametrize("name", ["latin", "absent"])
def test_a_file_that_cannot_be_read(files: dict[str, Path], name: str) -> None:
    code, text = check([files[name]])
    assert code == commands.MISTAKE
    assert f"{files[name]}:1:1: error P001-unreadable-file" in text
    assert text.endswith("1 error, 0 warnings\n")


def test_as_json(files: dict[str, Path]) -> None:
    code, text = check([files["warned"], files["wrong"]], as_json=True)
    warned, wrong = json.loads(text)
    assert code == commands.MISTAKE
    assert (warned["usable"], warned["programme"], warned["assumed"]) == (True, "small", ["targets.standard"])
    assert [problem["code"] for problem in warned["problems"]] == ["P704-other-currency"]
    assert (wrong["usable"], wrong["programme"], wrong["version"], wrong["assumed"]) == (
        False,
        None,
        None,
        [],
    )
    assert wrong["problems"][1] == {
        "code": "P101-unknown-reference",
        "severity": "error",
        "file": str(files["wrong"]),
        "line": 37,
        "column": 39,
        "path": "targets.standard.first_response.5",
        "message": "unknown severity '5' in targets.standard.first_response",
        "hint": "known: 1, 2; did you mean '2'?",
    }


def test_the_schema_is_printed() -> None:
    out = io.StringIO()
    assert commands.schema(out) == commands.FINE
    assert json.loads(out.getvalue()) == json.loads(json.dumps(schema.json_schema()))


FINE_SCENARIOS = (
    "scenarios: small\nlist:\n  - {name: {fr: Un, en: One}, facts: {}, decision: {outcome: hold}}\n"
)


def test_scenarios_are_checked_in_the_words_of_their_programme(files: dict[str, Path]) -> None:
    beside = files["fine"].with_name("fine.scenarios.yaml")
    beside.write_text(FINE_SCENARIOS, encoding="utf-8")
    assert check([beside]) == (commands.FINE, f"{beside}: fine: 1 scenario, 0 warnings\n")
    assert "1 scénario, 0 avertissement" in check([beside], "fr")[1]
    assert json.loads(check([beside], as_json=True)[1])[0]["usable"] is True
    beside.write_text(FINE_SCENARIOS.replace("outcome: hold", "outcome: maybe"), encoding="utf-8")
    code, text = check([beside])
    assert code == commands.MISTAKE
    assert text.startswith(f"{beside}:3:")


def test_scenarios_of_a_programme_that_cannot_be_used_show_its_problems(files: dict[str, Path]) -> None:
    lost = files["wrong"].with_name("wrong.scenarios.yaml")
    lost.write_text(FINE_SCENARIOS, encoding="utf-8")
    code, text = check([lost])
    assert code == commands.MISTAKE
    assert text.startswith(f"{files['wrong']}:4:9: error")
    absent = files["fine"].with_name("fine.scenarios.yaml")
    assert "there is no such file" in check([absent])[1]


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert "cannot be read" in check([tmp_path])[1]


def test_sarif_says_where_and_what(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(small.SMALL.replace("palier: 1", "palier: 9"), encoding="utf-8")
    out = io.StringIO()
    assert commands.check([wrong], "fr", "sarif", out) == 1
    log = json.loads(out.getvalue())
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["rules"] == [{"id": "P110-unknown-version", "name": "UnknownVersion"}]
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("P110-unknown-version", 0, "error")
    assert "ceci est la version" in result["message"]["text"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 9}
    assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("wrong.yaml")
    assert place["logicalLocations"] == [{"fullyQualifiedName": "palier"}]
