"""Deciding with every reason: the facts of all scenarios of the five reference programmes, through `core.coverage.decide`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks import Row, at_least, best_rate, reported
from palier.core import coverage
from palier.core.coverage import Balance
from palier.core.programme import FactValue, Programme
from palier.programme import library, load, scenario_file

Question = tuple[Programme, Mapping[str, FactValue], Mapping[str, Balance]]


def _questions() -> list[Question]:
    found: list[Question] = []
    for path in library.reference_programmes().values():
        programme = load.load_programme(path.read_text(encoding="utf-8"), path.name).programme
        if programme is None:
            raise RuntimeError(f"{path} cannot be used")
        beside = library.scenarios(path)
        read = scenario_file.read(beside.read_text(encoding="utf-8"), beside.name, programme)
        for scenario in read.scenarios:
            facts = scenario.facts
            balances = scenario.balances(programme, coverage.complete(programme, facts))
            found.append((programme, facts, balances))
    return found


def run() -> list[Row]:
    """Decisions a second in one process, and how many rows a decision looked at."""
    questions = _questions()

    def decide() -> int:
        for programme, facts, balances in questions:
            coverage.decide(programme, facts, balances)
        return len(questions)

    looked = [len(coverage.decide(*question).looked) for question in questions]
    return [
        at_least("decisions with full reasons", best_rate(decide, rounds=30), "1/s", 20_000),
        reported("different questions", len(questions), ""),
        reported("rows looked at before the hit, mean", sum(looked) / len(looked), ""),
    ]
