"""The command line: whose mistake it was, in whose language, and what it needs to start."""

from __future__ import annotations

import io
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.programme import small

import palier
from palier import cli
from palier.cli import deeds
from palier.site.refusals import Refused

Run = Callable[..., tuple[int, str, str]]
SOURCE = Path(cli.__file__).parents[2]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "PALIER_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(small.SMALL, encoding="utf-8")
    scenarios = (
        "scenarios: small\nlist: [{name: {fr: Un, en: One}, facts: {kind: defect}, decision: {clause: C1}}]\n"
    )
    path.with_name("small.scenarios.yaml").write_text(scenarios, encoding="utf-8")
    path.with_name("facts.yaml").write_text("facts: {kind: defect}\n", encoding="utf-8")
    return path


# --- language


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_CA.UTF-8"}, "fr"),
        ([], {"LANG": "fr_CA.UTF-8", "LC_ALL": "en_GB"}, "en"),
        ([], {"LANG": "de_DE", "LC_MESSAGES": "fr"}, "fr"),
        ([], {"LANG": "frr_DE"}, "en"),
        (["--lang", "fr"], {"LANG": "en"}, "fr"),
        (["x", "--lang=fr"], {}, "fr"),
        (["--lang", "en"], {"LANG": "fr"}, "en"),
        (["--lang"], {"LANG": "fr"}, "en"),
    ],
)
def test_the_readers_language(arguments: list[str], environment: dict[str, str], expected: str) -> None:
    assert cli.language(arguments, environment) == expected


# --- usage


@pytest.mark.parametrize(
    ("arguments", "english", "french"),
    [
        ([], "missing: COMMAND", "il manque\u00a0: COMMANDE"),
        (["programme"], "missing: COMMAND", "il manque\u00a0: COMMANDE"),
        (["explain", "x"], "missing: --facts", "il manque\u00a0: --facts"),
        (["migrate", "x", "--y"], "not understood: x --y", "pas compris\u00a0: x --y"),
        (["verify", "--vendor"], "--vendor needs a value", "--vendor demande une valeur"),
        (["serve", "--port", "0"], "--port cannot be '0'", "--port ne peut pas valoir «\u00a00\u00a0»"),
        (["serve", "--port", "70000"], "--port cannot be '70000'", "--port ne peut pas"),
        (["serve", "--threads", "0"], "--threads cannot be '0'", "--threads ne peut pas"),
        (["worker", "--jobs", "many"], "--jobs cannot be 'many'", "--jobs ne peut pas"),
        (["check"], "unknown: 'check'; known: ", "inconnu\u00a0: 'check'\u00a0; connus\u00a0: "),
        (
            ["demo", "--reset=now"],
            "ignored explicit argument 'now'",
            "«\u00a0ignored explicit argument 'now\u00a0»",
        ),
    ],
)
def test_a_usage_error_is_the_users_mistake(
    run: Run, arguments: list[str], english: str, french: str
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert english in err.splitlines()[0]
    assert err.splitlines()[1].startswith("usage: palier")
    assert french in run(*arguments, "--lang=fr")[2].splitlines()[0]


def test_a_message_of_the_library_that_is_not_known_is_passed_on(run: Run) -> None:
    with pytest.raises(cli.UsageError) as raised:
        cli.parser("fr").error("something new")
    assert raised.value.words == {"en": "something new", "fr": "something new"}


def test_help_speaks_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, word in (("fr", "servir les pages"), ("en", "serve the pages")):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--help", "--lang", lang])
        assert ended.value.code == 0
        assert word in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"palier {palier.__version__}\n")


# --- commands that need no service


def test_check(run: Run, programme: Path) -> None:
    code, out, _ = run("programme", "check", str(programme))
    assert (code, "fine: Small" in out) == (0, True)
    code, out, _ = run("programme", "check", str(programme), "absent.yaml", "--json")
    assert (code, [one["usable"] for one in json.loads(out)]) == (1, [True, False])


def test_scenarios(run: Run, programme: Path) -> None:
    code, out, _ = run("programme", "scenarios", str(programme), "--lang=fr")
    assert code == 0
    assert "1 scénarios, tous comme écrits" in out


def test_schema(run: Run) -> None:
    code, out, _ = run("programme", "schema")
    assert (code, json.loads(out)["$schema"]) == (0, "https://json-schema.org/draft/2020-12/schema")


def test_explain(run: Run, programme: Path) -> None:
    facts = str(programme.with_name("facts.yaml"))
    code, out, err = run("explain", str(programme), "--facts", facts, "--lang", "fr")
    assert (code, out.splitlines()[0], err) == (0, "Couvert, non facturable", "")
    code, out, _ = run("explain", str(programme), "--facts", facts, "--json")
    assert (code, json.loads(out)["clauses"][0]["id"]) == (0, "C1")


def test_worktime(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = tmp_path / "calendar.yaml"
    calendar.write_text("zone: Europe/Paris\nweek: {mon-fri: ['09:00-18:00']}\n")
    question = b'{"op": "add", "start": "2026-07-09T12:00:00Z", "seconds": 28800}\n'
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(question)))
    assert run("worktime", str(calendar))[:2] == (0, '{"result": "2026-07-10T11:00:00Z"}\n')


def test_worktime_starts_without_the_service(tmp_path: Path) -> None:
    calendar = tmp_path / "calendar.yaml"
    calendar.write_text("week: always\n")
    body = (
        f"import sys; from palier import cli; code = cli.main(['worktime', {str(calendar)!r}]);"
        "heavy = {'django', 'psycopg', 'granian', 'babel', 'numpy'} & set(sys.modules); sys.exit(str(heavy) if heavy else code)"
    )
    found = subprocess.run(
        [sys.executable, "-c", body],
        input='{"op": "is_open", "start": "2026-07-09T12:00:00Z"}\n',
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(SOURCE), "LANG": "C"},
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, '{"result": true}\n', "")


def test_the_module_runs_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["palier", "programme", "schema"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("palier", run_name="__main__")
    assert ended.value.code == 0
    assert "$schema" in capsys.readouterr().out
    runpy.run_module("palier.__main__", run_name="imported")


# --- what goes wrong


def failing(error: BaseException) -> Callable[..., int]:
    def run(arguments: object, terminal: object) -> int:
        raise error

    return run


def test_what_nobody_foresaw_is_ours_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "schema", failing(KeyError("colour\nblue")))
    code, out, err = run("programme", "schema")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "KeyError: 'colour" in err
    assert "--debug" in err
    assert "cela n’aurait pas dû arriver" in run("programme", "schema", "--lang=fr")[2]


def test_the_trace_is_shown_to_those_who_ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "schema", failing(KeyError("colour")))
    assert "Traceback" in run("programme", "schema", "--debug")[2]
    monkeypatch.setenv("PALIER_DEBUG", "1")
    assert "Traceback" in run("programme", "schema")[2]


def test_a_refusal_is_said_in_the_readers_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "schema", failing(Refused(en="no database", fr="pas de base")))
    assert run("programme", "schema") == (1, "", "palier: no database\n")
    assert run("programme", "schema", "--lang=fr")[2] == "palier: pas de base\n"


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "schema", failing(KeyboardInterrupt()))
    assert run("programme", "schema") == (130, "", "")


def test_a_reader_who_has_enough_is_no_error() -> None:
    body = "import sys; from palier import cli; sys.exit(cli.main(['programme', 'schema']))"
    process = subprocess.Popen(
        [sys.executable, "-c", body],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_what_is_left_to_write_then_goes_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "schema", failing(BrokenPipeError()))
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        assert cli.main(["programme", "schema"]) == 0
        out.write("lost")
    assert (tmp_path / "out").read_text() == ""


def test_output_that_cannot_be_reconfigured_is_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    assert cli.main(["programme", "schema"]) == 0
    assert "$schema" in out.getvalue()
