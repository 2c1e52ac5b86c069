"""Checks of the decision table: its order, its outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from palier.core.programme import OutcomeKind
from palier.programme.codes import Code
from palier.programme.conditions import OTHERWISE
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said
from palier.programme.reading import Row, Written
from palier.programme.yamltext import Scalar

_GOES_WITH = {
    "hold": ("ways",),
    "cover": ("level", "targets", "ways", "uses"),
    "offer": ("level", "targets", "consent", "uses"),
    "exclude": ("ways",),
}


def _always(row: Row) -> bool:
    """Whether the row says `otherwise`."""
    written: Written | None = row["if"]
    return written is not None and isinstance(written.node, Scalar) and written.node.text == OTHERWISE


def _holds(row: Row) -> bool:
    return row["then"] is not None and row["then"]["hold"] is not None


def coverage_order(draft: Draft) -> Iterator[Problem]:
    """Gates first, then rows, `otherwise` last and only there."""
    rows: tuple[Row, ...] | None = draft.root["coverage"]
    if rows is None:
        return
    if not rows or not _always(rows[-1]):
        yield draft.error(
            Code.NO_OTHERWISE,
            rows[-1].path if rows else "coverage",
            said(en="the last row does not always decide", fr="la dernière ligne ne décide pas toujours"),
            said(
                en="end the table with a row that says `if: otherwise`",
                fr="finissez le tableau par une ligne qui dit `if: otherwise`",
            ),
        )
    decided = ended = False
    for row in rows:
        if ended:
            yield draft.error(
                Code.UNREACHABLE_ROW,
                row.path,
                said(
                    en="nothing after `otherwise` is ever reached", fr="rien n’est atteint après `otherwise`"
                ),
                said(en="move this row up", fr="placez cette ligne plus haut"),
            )
        if _holds(row) and _always(row):
            yield draft.error(
                Code.ALWAYS_HELD,
                row.path,
                said(en="this row holds every request", fr="cette ligne retient toutes les demandes"),
                said(en="say in `if:` which ones", fr="dites dans `if:` lesquelles"),
            )
        elif _holds(row) and decided:
            yield draft.error(
                Code.HOLD_TOO_LATE,
                row.path,
                said(
                    en="a row that holds stands after one that decides",
                    fr="une ligne qui retient suit une ligne qui décide",
                ),
                said(
                    en="gates are looked at first: move it before all others",
                    fr="les retenues s’examinent d’abord : placez-la avant toutes les autres",
                ),
            )
        decided = decided or not _holds(row)
        ended = ended or (_always(row) and not _holds(row))


def outcomes(draft: Draft) -> Iterator[Problem]:
    """Each row decides exactly one thing, and says nothing that does not go with it."""
    for row in draft.root["coverage"] or ():
        then: Row | None = row["then"]
        if then is None:
            continue
        written = [one for one in _GOES_WITH if then[one] is not None]
        if len(written) != 1:
            found = ", ".join(written) or "—"
            if then.sound or written:
                yield draft.error(
                    Code.OUTCOME_UNCLEAR,
                    then.path,
                    said(
                        en=f"a row decides exactly one of hold, cover, offer, exclude; here: {found}",
                        fr=f"une ligne décide exactement une chose parmi hold, cover, offer, exclude ; ici : {found}",
                    ),
                )
            continue
        for name in ("level", "targets", "ways", "consent", "uses"):
            path = f"{then.path}.{name}"
            if path in draft.reading.places and name not in _GOES_WITH[written[0]]:
                yield draft.error(
                    Code.OUTCOME_KEY,
                    path,
                    said(
                        en=f"'{name}' does not go with '{written[0]}'",
                        fr=f"« {name} » ne va pas avec « {written[0]} »",
                    ),
                    said(
                        en=f"with it go: {', '.join(_GOES_WITH[written[0]])}",
                        fr=f"vont avec : {', '.join(_GOES_WITH[written[0]])}",
                    ),
                )


def refusals_without_way(draft: Draft) -> Iterator[Problem]:
    """A refusal names a way forward."""
    for clause in draft.coverage:
        if clause.outcome.kind is OutcomeKind.EXCLUDE and not clause.outcome.ways:
            path = f"coverage.{clause.id}.then"
            yield draft.warning(
                Code.NO_WAY_FORWARD,
                path,
                said(en="this refuses and names no way forward", fr="ceci refuse sans indiquer de voie"),
                said(en="add `ways: […]`", fr="ajoutez `ways: […]`"),
            )
