"""`palier programme scenarios`: what each scenario expected and got, for people and for `--json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from palier.programme import library, problems, scenario
from palier.programme.commands import FINE, MISTAKE, Out
from palier.programme.problems import in_language, said
from palier.programme.scenario import Report


def scenarios(paths: Sequence[Path], lang: str, as_json: bool, out: Out) -> int:
    """Run the scenarios of each file, named itself or by its programme, and write the reports.

    1 when anything came out otherwise.
    """
    programmes = dict.fromkeys(
        library.programme(path) if library.is_scenarios(path) else path for path in paths
    )
    reports = [scenario.run_file(path) for path in programmes]
    if as_json:
        out.write(json.dumps([plain(one, lang) for one in reports], ensure_ascii=False, indent=2) + "\n")
    else:
        for report in reports:
            out.write("".join(f"{line}\n" for line in lines(report, lang)))
    return FINE if all(report.fine for report in reports) else MISTAKE


def lines(report: Report, lang: str) -> Iterator[str]:
    """Every problem and difference, with its place, then one line for the file."""
    for problem in report.problems:
        yield problem.text(lang)
    for result in report.results:
        for one in result.differences:
            name = result.name.in_(lang)
            words = said(
                en=f"{one.place}: “{name}”: {one.what}: expected {one.expected}, got {one.got}",
                fr=f"{one.place} : « {name} » : {one.what} : attendu {one.expected}, obtenu {one.got}",
            )
            yield in_language(words, lang)
    yield in_language(_summary(report), lang)


def _summary(report: Report) -> problems.Said:
    count = len(report.results)
    otherwise = sum(bool(result.differences) for result in report.results)
    missing = ", ".join(report.unexercised)
    if report.fine:
        return said(
            en=f"{report.file}: {count} scenarios, all as written"
            + (f"; no scenario decides by {missing}" if missing else "; every clause is exercised"),
            fr=f"{report.file} : {count} scénarios, tous comme écrits"
            + (f" ; aucun scénario ne décide par {missing}" if missing else " ; chaque clause est exercée"),
        )
    return said(
        en=f"{report.file}: {count} scenarios read, {otherwise} came out otherwise, {len(report.problems)} problems",
        fr=f"{report.file} : {count} scénarios lus, {otherwise} au résultat différent, {len(report.problems)} problèmes",
    )


def plain(report: Report, lang: str) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "programme": report.programme,
        "file": report.file,
        "fine": report.fine,
        "scenarios": len(report.results),
        "problems": [problem.plain(lang) for problem in report.problems],
        "differences": [
            {
                "file": one.place.file,
                "line": one.place.line,
                "column": one.place.column,
                "scenario": result.name.in_(lang),
                "what": one.what,
                "expected": one.expected,
                "got": one.got,
            }
            for result in report.results
            for one in result.differences
        ],
        "unexercised": list(report.unexercised),
    }
