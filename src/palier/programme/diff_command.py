"""What `palier programme diff OLD NEW` does: it says in customers' words what a new revision of a programme changes.

Text for a terminal, Markdown for a merge request, JSON for programs. Exit codes: 0 whether anything changes or not, 1 when
one of the files cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from palier.core.programme import Programme
from palier.programme import commands, comparison, locales, problems
from palier.programme.commands import FINE, MISTAKE, Out
from palier.programme.comparison import Difference, Terms, Turn
from palier.programme.problems import Said, said

FORMS = ("text", "markdown", "json")
_SIGNS = {Turn.BETTER: "+", Turn.WORSE: "-", Turn.NEUTRAL: " "}
_MARKS = {Turn.BETTER: "▲", Turn.WORSE: "▼", Turn.NEUTRAL: "•"}
_HEADS: Mapping[Turn, Said] = {
    Turn.BETTER: said(en="better for the customer", fr="mieux pour le client"),
    Turn.WORSE: said(en="worse for the customer", fr="moins bien pour le client"),
    Turn.NEUTRAL: said(en="otherwise", fr="autrement"),
}
_NOTHING = said(
    en="no change in meaning: reordered or reworded at most",
    fr="aucun changement de sens : tout au plus un autre ordre ou d’autres mots",
)
_FOR_ALL = said(en="Every plan", fr="Tous les plans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What changes for those who bought a plan; `plan` empty: for everybody."""

    plan: str
    name: Said
    differences: tuple[Difference, ...]


def parts(old: Programme, new: Programme) -> tuple[Part, ...]:
    """What changes, first for everybody, then plan by plan; plans that come or go are told as such."""
    by_plan = {id_: comparison.statement(old, new, Terms(plan=id_)) for id_ in old.plans if id_ in new.plans}
    shared = set.intersection(*map(set, by_plan.values())) if len(by_plan) > 1 else set[Difference]()
    everybody = [one for one in next(iter(by_plan.values()), ()) if one in shared]
    found = [Part(plan="", name=_FOR_ALL, differences=(*_plans(old, new), *everybody))]
    for id_, differences in by_plan.items():
        own = tuple(one for one in differences if one not in shared)
        found.append(Part(plan=id_, name=new.plans[id_].name.values, differences=own))
    return tuple(
        Part(plan=one.plan, name=one.name, differences=comparison.worse_first(one.differences))
        for one in found
        if one.differences
    )


def _plans(old: Programme, new: Programme) -> Iterable[Difference]:
    for id_ in dict.fromkeys((*old.plans, *new.plans)):
        if (id_ in old.plans) == (id_ in new.plans):
            continue
        added = id_ in new.plans
        plan = (new if added else old).plans[id_]
        words = said(
            en=f"The plan “{plan.name.in_('en')}” is {'new' if added else 'no longer offered'}.",
            fr=f"Le plan « {plan.name.in_('fr')} » {'est nouveau' if added else 'n’est plus proposé'}.",
        )
        yield Difference(about="plan", en=words["en"], fr=words["fr"], turn=Turn.NEUTRAL, clause=plan.clause)


def run(paths: Sequence[Path], *, form: str, lang: str, out: Out) -> int:
    """Compare the programmes of two files, and write what changes."""
    read = [commands.read(path) for path in paths]
    wrong = [problem for one in read if one.programme is None for problem in one.problems]
    old, new = (one.programme for one in read)
    if old is None or new is None:
        for problem in wrong:
            out.write(problem.text(lang) + "\n")
        return MISTAKE
    found = parts(old, new)
    if form == "json":
        out.write(json.dumps(_plain(old, new, found), ensure_ascii=False, indent=2) + "\n")
    elif form == "markdown":
        out.write(_markdown(old, new, found, lang))
    else:
        out.write(_text(new, found, lang))
    return FINE


def _words(one: Difference, programme: Programme, lang: str) -> str:
    short = problems.in_language({"en": "en", "fr": "fr"}, lang)
    clause = f" [{one.clause}]" if one.clause else ""
    return locales.typeset(one.said[short], programme.locales.get(short, short)) + clause


def _text(programme: Programme, found: tuple[Part, ...], lang: str) -> str:
    if not found:
        return problems.in_language(_NOTHING, lang) + "\n"
    lines: list[str] = []
    for part in found:
        lines.append(problems.in_language(part.name, lang))
        lines += [f"  {_SIGNS[one.turn]} {_words(one, programme, lang)}" for one in part.differences]
    return "\n".join(lines) + "\n"


def _markdown(old: Programme, new: Programme, found: tuple[Part, ...], lang: str) -> str:
    title = f"{new.vendor}: {old.version[:12]} → {new.version[:12]}"
    lines = [f"## {title}", ""]
    if not found:
        lines.append(f"{problems.in_language(_NOTHING, lang).capitalize()}.")
    for part in found:
        lines += [f"### {problems.in_language(part.name, lang)}", ""]
        lines += [f"- {_MARKS[one.turn]} {_escaped(_words(one, new, lang))}" for one in part.differences]
        lines.append("")
    turns = [one.turn for part in found for one in part.differences]
    if turns:
        counts = [
            f"{_MARKS[turn]} {turns.count(turn)} {problems.in_language(words, lang)}"
            for turn, words in _HEADS.items()
            if turn in turns
        ]
        lines.append(" · ".join(counts))
    return "\n".join(lines).rstrip() + "\n"


def _escaped(words: str) -> str:
    """Words as they are, in Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in words)


def _plain(old: Programme, new: Programme, found: tuple[Part, ...]) -> dict[str, object]:
    return {
        "programme": new.id,
        "old": old.version,
        "new": new.version,
        "changes": [
            {
                "plan": part.plan or None,
                "about": one.about,
                "turn": one.turn.value,
                "clause": one.clause or None,
                "en": one.en,
                "fr": one.fr,
            }
            for part in found
            for one in part.differences
        ],
    }
