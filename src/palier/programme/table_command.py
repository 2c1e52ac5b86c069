"""What `palier programme table FILE` does: it shows, for each plan, what becomes of each kind of request, and by which clause."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from palier.core.programme import Condition, Programme
from palier.programme import commands, difference_words, overview, phrases, problems
from palier.programme.commands import FINE, MISTAKE, Out
from palier.programme.overview import Cell, Outcome, Overview
from palier.programme.phrases import Phrases
from palier.programme.problems import said

FORMS = ("text", "markdown", "json")
_OF_WHOM = said(
    en="For an active contract, an authorised author and complete information, before any way is chosen.",
    fr="Pour un contrat actif, un auteur autorisé et des renseignements complets, avant tout choix de voie.",
)
_HEADS = said(en="Kind|When|What becomes of it|Clause", fr="Sorte|Quand|Ce qu’elle devient|Clause")


def run(path: Path, *, form: str, lang: str, out: Out) -> int:
    """Write the table of the programme in a file. 1 when it cannot be used."""
    read = commands.read(path)
    if read.programme is None:
        for problem in read.problems:
            out.write(problem.text(lang) + "\n")
        return MISTAKE
    found = overview.overviews(read.programme)
    spoken = phrases.speak(read.programme, language=lang, to_desk=True)
    if form == "json":
        plain = [_plain(one, spoken) for one in found]
        out.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")
        return FINE
    lines = _markdown(found, spoken) if form == "markdown" else _text(found, spoken)
    out.write("\n".join(lines) + "\n")
    return FINE


def rows(found: Overview, spoken: Phrases) -> Iterator[tuple[str, str, str, str]]:
    """The rows of a plan in words: kind, when, what becomes of it, clause. What repeats above is empty."""
    last = ""
    for cell in found.cells:
        for outcome in cell.outcomes:
            kind = spoken.programme.kinds[cell.kind].name
            name = spoken.text(kind)
            yield (
                "" if name == last else name,
                when(cell, outcome, spoken),
                difference_words.meaning(spoken, outcome.meaning),
                outcome.clause,
            )
            last = name


def when(cell: Cell, outcome: Outcome, spoken: Phrases) -> str:
    """Under which causes, in which environments and else when an outcome comes; empty: always."""
    told = [
        spoken.condition(Condition(fact=fact, values=values))
        for fact, values in (("cause", cell.causes), ("environment", cell.environments))
        if values
    ]
    cases = [
        spoken.one_after_another(spoken.condition(one) for one in alternative) for alternative in outcome.when
    ]
    if cases:
        told.append(spoken.say(en=", or ", fr=", ou ").join(cases))
    return spoken.one_after_another(told)


def _name(programme: Programme, found: Overview, spoken: Phrases) -> str:
    return spoken.text(programme.plans[found.plan].name)


def _text(found: Iterable[Overview], spoken: Phrases) -> Iterator[str]:
    yield problems.in_language(_OF_WHOM, spoken.language)
    for one in found:
        yield ""
        yield _name(spoken.programme, one, spoken)
        for kind, case, becomes, clause in rows(one, spoken):
            if kind:
                yield f"  {kind}"
            yield f"    {becomes} [{clause}]" + (f"  — {case}" if case else "")


def _markdown(found: Iterable[Overview], spoken: Phrases) -> Iterator[str]:
    yield problems.in_language(_OF_WHOM, spoken.language)
    heads = problems.in_language(_HEADS, spoken.language).split("|")
    for one in found:
        yield from ("", f"## {_name(spoken.programme, one, spoken)}", "")
        yield f"| {' | '.join(heads)} |"
        yield "|---|---|---|---|"
        for row in rows(one, spoken):
            yield f"| {' | '.join(part.replace('|', '&#124;') for part in row)} |"


def _plain(one: Overview, spoken: Phrases) -> dict[str, object]:
    return {
        "plan": one.plan,
        "cells": [
            {
                "kind": cell.kind,
                "causes": list(cell.causes),
                "environments": list(cell.environments),
                "outcomes": [
                    {
                        "clause": outcome.clause,
                        "outcome": outcome.meaning.kind.value,
                        "level": outcome.meaning.level,
                        "ways": list(outcome.meaning.ways),
                        "consent": outcome.meaning.consent,
                        "when": when(cell, outcome, spoken),
                    }
                    for outcome in cell.outcomes
                ],
            }
            for cell in one.cells
        ],
    }
