"""Checks of what the decision table decides over all requests there can be: rows that never do, kinds that fall through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from palier.core.conditions import Fact, FactValue
from palier.core.coverage import UNKNOWN
from palier.programme import analysis
from palier.programme.codes import Code
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said


def never_decides(draft: Draft) -> Iterator[Problem]:
    """A row that no request reaches, with the rows that hide it. Only asked of a table that could be read as a whole."""
    if draft.reading.errors or not draft.coverage:
        return
    found = analysis.table(draft, draft.coverage)
    for row, clause in enumerate(found.clauses[:-1]):
        if found.witness(row) is not None:
            continue
        path = f"coverage.{clause.id}"
        hiders = found.hiders(row)
        names = ", ".join(found.clauses[one].id for one in hiders)
        if names:
            yield draft.error(
                Code.NEVER_DECIDES,
                path,
                said(
                    en=f"this row never decides: {names} takes all it would",
                    fr=f"cette ligne ne décide jamais : {names} prend tout ce qu’elle prendrait",
                ),
                said(
                    en="change its conditions: what is held never gets here, and is decided anew once it is freed",
                    fr="changez ses conditions : ce qui est retenu n’arrive pas ici, et se décide à nouveau une fois libéré",
                )
                if hiders[0] < found.gates
                else said(
                    en=f"move it before {names}, or change its conditions",
                    fr=f"placez-la avant {names}, ou changez ses conditions",
                ),
            )
        elif any(found.fits(box) for box in found.boxes[row]):
            yield draft.error(
                Code.NEVER_DECIDES,
                path,
                said(
                    en="this row never decides: while the cause is unknown, a row that covers one of the causes goes first",
                    fr="cette ligne ne décide jamais : tant que la cause est inconnue, une ligne qui couvre l’une des causes "
                    "passe avant",
                ),
                said(
                    en="name the causes it is about instead of `unknown`",
                    fr="nommez les causes qu’elle concerne au lieu de `unknown`",
                ),
            )
        else:
            yield draft.error(
                Code.NEVER_DECIDES,
                path,
                said(
                    en="this row never decides: its conditions never hold together",
                    fr="cette ligne ne décide jamais : ses conditions ne sont jamais réunies",
                ),
                said(
                    en="look at which of them exclude one another (a cause that the kind cannot have, the family of another product)",
                    fr="voyez lesquelles s’excluent (une cause que la sorte ne peut avoir, la famille d’un autre produit)",
                ),
            )


def falls_through(draft: Draft) -> Iterator[Problem]:
    """A kind of which another row speaks, and of which some requests are left to the last row all the same."""
    if draft.reading.errors or not draft.coverage:
        return
    found = analysis.table(draft, draft.coverage)
    place = found.space.place("kind")
    if place is None:
        return
    kinds = found.space.variables[place]
    last = len(found.clauses) - 1
    for kind in kinds.cells:
        bit = kinds.bit(kind)
        speaking = [
            clause.id
            for clause, boxes in zip(
                found.clauses[found.gates : last], found.boxes[found.gates :], strict=False
            )
            if any(box[place] & bit and box[place] != kinds.all for box in boxes)
        ]
        only = (*found.space.whole[:place], bit, *found.space.whole[place + 1 :])
        point = found.witness(last, within=only) if speaking else None
        if point is None:
            continue
        names, example = ", ".join(speaking), found.space.facts(point)
        yield draft.warning(
            Code.FALLS_THROUGH,
            f"coverage.{found.clauses[last].id}",
            said(
                en=f"some requests of the kind '{kind}' are left to this row although {names} speaks of it, for example "
                f"{_words(draft.facts, example, 'en')}",
                fr=f"des demandes de la sorte « {kind} » sont laissées à cette ligne alors que {names} en parle, par exemple "
                f"{_words(draft.facts, example, 'fr')}",
            ),
            said(
                en=f"say in a row of its own, with `kind: {kind}`, what becomes of them",
                fr=f"dites dans une ligne à part, avec `kind: {kind}`, ce qu’elles deviennent",
            ),
        )


def _words(facts: Mapping[str, Fact], example: Mapping[str, FactValue], language: str) -> str:
    """Facts in words, without those that say nothing: `contract: active and paid; plan: Premium`."""
    colon = "\u00a0:" if language == "fr" else ":"
    told = []
    for name, value in example.items():
        fact = facts[name]
        if name == "kind" or value in ((), UNKNOWN) or value == fact.default:
            continue
        words = value if isinstance(value, tuple) else (str(value),)
        said_ = ", ".join(fact.values[word].in_(language) if word in fact.values else word for word in words)
        told.append(f"{fact.name.in_(language)}{colon} {said_}")
    return "; ".join(told) if told else {"en": "as written without more", "fr": "sans rien de plus"}[language]
