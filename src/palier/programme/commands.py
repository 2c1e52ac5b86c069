"""What `palier programme check` and `palier programme schema` do. They return exit codes: 0 fine, 1 the user's mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from palier.core.programme import Programme
from palier.programme import files, library, load, problems, sarif, scenario_file
from palier.programme import schema as table
from palier.programme.problems import Level, Problem, said

FINE, MISTAKE = 0, 1


class Out(Protocol):
    """Where text goes."""

    def write(self, text: str, /) -> object:
        """Append text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One file that was checked: the programme in it or how many scenarios, when it can be used, and its problems."""

    file: Path
    problems: tuple[Problem, ...]
    programme: Programme | None = None
    scenarios: int | None = None

    @property
    def usable(self) -> bool:
        """Whether what stands in it can be used."""
        return self.programme is not None or self.scenarios is not None

    def count(self, level: Level) -> int:
        """How many problems of that level."""
        return sum(problem.severity is level for problem in self.problems)


def read(path: Path) -> load.Loaded:
    """Read and check the programme in a file."""
    text, found = files.read_text(path)
    if text is None:
        return load.Loaded(programme=None, problems=found)
    return load.load_programme(text, str(path))


def _checked(path: Path) -> Checked:
    if library.is_scenarios(path):
        return _checked_scenarios(path)
    loaded = read(path)
    return Checked(file=path, problems=loaded.problems, programme=loaded.programme)


def _checked_scenarios(path: Path) -> Checked:
    """Scenarios are read in the words of the programme they stand beside."""
    beside = read(library.programme(path))
    if beside.programme is None:
        return Checked(file=path, problems=beside.problems)
    text, found = files.read_text(path)
    if text is None:
        return Checked(file=path, problems=found)
    scenarios = scenario_file.read(text, str(path), beside.programme)
    count = None if problems.any_errors(scenarios.problems) else len(scenarios.scenarios)
    return Checked(file=path, problems=scenarios.problems, scenarios=count)


def check(paths: Sequence[Path], lang: str, form: str, out: Out) -> int:
    """Check each file, of a programme or of scenarios, and write what was found: as `text`, `json` or `sarif`.

    1 when one of them cannot be used; warnings and assumptions are fine.
    """
    checked = [_checked(path) for path in paths]
    if form == "sarif":
        log = sarif.log((problem for one in checked for problem in one.problems), lang)
        out.write(json.dumps(log, ensure_ascii=False, indent=2) + "\n")
    elif form == "json":
        out.write(json.dumps([_plain(one, lang) for one in checked], ensure_ascii=False, indent=2) + "\n")
    else:
        for one in checked:
            for problem in one.problems:
                out.write(problem.text(lang) + "\n")
            out.write(problems.in_language(_summary(one), lang) + "\n")
    return FINE if all(one.usable for one in checked) else MISTAKE


def schema(out: Out) -> int:
    """Write the JSON Schema 2020-12 of the format, for editors."""
    out.write(json.dumps(table.json_schema(), ensure_ascii=False, indent=2) + "\n")
    return FINE


def _summary(one: Checked) -> problems.Said:
    """The line after a file's problems."""
    errors, warnings = one.count(Level.ERROR), one.count(Level.WARNING)
    programme = one.programme
    if one.scenarios is not None:
        return said(
            en=f"{one.file}: fine: {_en(one.scenarios, 'scenario')}, {_en(warnings, 'warning')}",
            fr=f"{one.file} : en ordre : {_fr(one.scenarios, 'scénario')}, {_fr(warnings, 'avertissement')}",
        )
    if programme is None:
        return said(
            en=f"{one.file}: {_en(errors, 'error')}, {_en(warnings, 'warning')}",
            fr=f"{one.file} : {_fr(errors, 'erreur')}, {_fr(warnings, 'avertissement')}",
        )
    plans, clauses = len(programme.plans), sum(1 for _ in programme.clause_texts())
    assumed, version = len(programme.assumed), programme.version[:12]
    return said(
        en=f"{one.file}: fine: {programme.vendor}, {_en(plans, 'plan')}, {_en(clauses, 'clause')}, "
        f"{assumed} assumed, {_en(warnings, 'warning')}, version {version}",
        fr=f"{one.file} : en ordre : {programme.vendor}, {_fr(plans, 'plan')}, {_fr(clauses, 'clause')}, "
        f"{_fr(assumed, 'hypothèse')}, {_fr(warnings, 'avertissement')}, version {version}",
    )


def _en(count: int, noun: str) -> str:
    """`0 errors`, `1 error`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _fr(count: int, noun: str) -> str:
    """`0 erreur`, `2 erreurs`."""
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _plain(one: Checked, lang: str) -> dict[str, object]:
    programme = one.programme
    return {
        "file": str(one.file),
        "usable": one.usable,
        "programme": None if programme is None else programme.id,
        "version": None if programme is None else programme.version,
        "assumed": [] if programme is None else list(programme.assumed),
        "problems": [problem.plain(lang) for problem in one.problems],
    }
