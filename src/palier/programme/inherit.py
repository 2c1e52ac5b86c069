"""Inheritance of plans and target sets: what is inherited, overridden and added becomes one complete row.

Three words keep it readable: a plain key is new, `override` replaces what is inherited (a mapping key by key), `add`
joins it (numbers add up, lists grow). A plain key that is inherited already is a problem: it would override unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palier.programme.codes import Code
from palier.programme.problems import said
from palier.programme.reading import Reading, Row
from palier.programme.records import ADD, EXTENDS, OVERRIDE, Record


class Inheritance:
    """Works out one table whose record extends its own kind."""

    def __init__(self, table: Mapping[str, Row], record: Record, reading: Reading) -> None:
        self.table, self.record, self.reading = table, record, reading
        self.done: dict[str, Row] = {}
        self.lineages: dict[str, tuple[str, ...]] = {}
        self.alone: set[str] = set()

    def work_out(self) -> dict[str, Row]:
        """The rows with all that they inherit. Rows in a circle are reported once and left as they are, unsound."""
        for id_ in self.table:
            self._resolve(id_, ())
        return self.done

    def _resolve(self, id_: str, below: tuple[str, ...]) -> Row:
        if id_ in self.done:
            return self.done[id_]
        row = self.table[id_]
        base_id = row[EXTENDS]
        if id_ in below:
            self._circle(id_, below)
            return self._alone(id_, row)
        if base_id is None:
            self._nothing_to_override(row)
            self.done[id_], self.lineages[id_] = row, (id_,)
            return row
        if base_id not in self.table:  # unknown: reported with all other references
            return self._alone(id_, row)
        base = self._resolve(base_id, (*below, id_))
        if base.path in self.alone:
            return self._alone(id_, row)
        before = self.reading.errors
        merged = self._merge(row, base)
        merged.sound = row.sound and base.sound and self.reading.errors == before
        self.done[id_] = merged
        self.lineages[id_] = (id_, *self.lineages[base_id])
        return merged

    def _alone(self, id_: str, row: Row) -> Row:
        """A row whose inheritance is broken: kept as it was written, unsound, and nothing more is asked of it."""
        self.alone.add(row.path)
        self.done[id_] = Row(path=row.path, values=row.values, sound=False)
        self.lineages[id_] = (id_,)
        return self.done[id_]

    def _circle(self, id_: str, below: tuple[str, ...]) -> None:
        circle = " → ".join((*below[below.index(id_) :], id_))
        self.reading.error(
            Code.CIRCULAR_EXTENDS,
            f"{self.table[id_].path}.{EXTENDS}",
            said(en=f"this goes round in a circle: {circle}", fr=f"ceci tourne en rond : {circle}"),
        )

    def _nothing_to_override(self, row: Row) -> None:
        for word in (OVERRIDE, ADD):
            if word in row.values:
                row.sound = False
                self.reading.error(
                    Code.EXTENDS_NOTHING,
                    f"{row.path}.{word}",
                    said(en=f"`{word}` without `extends`", fr=f"`{word}` sans `extends`"),
                    said(
                        en="say what it extends, or write these as plain keys",
                        fr="dites ce qu’il prolonge (`extends`), ou écrivez ces clés directement",
                    ),
                )

    def _merge(self, row: Row, base: Row) -> Row:
        values = {
            one.name: base.values[one.name]
            for one in self.record.keys
            if not one.own and one.name in base.values
        }
        written: set[str] = set(values)
        for one in self.record.keys:
            if one.name not in row.values:
                continue
            if one.name in values and base.values[one.name] != one.default:
                self._silent(row, one.name)
            values[one.name] = row.values[one.name]
            written.add(one.name)
        merged = Row(path=row.path, values={**values, "assumed": row["assumed"], EXTENDS: row[EXTENDS]})
        self._override(row[OVERRIDE], base, merged)
        self._add(row[ADD], base, merged)
        if base.sound:  # else what is missing may well be missing there
            self.record.require(merged, written, self.reading)
        self.record.fill(merged)
        return merged

    def _silent(self, row: Row, name: str) -> None:
        self.reading.error(
            Code.SILENT_OVERRIDE,
            f"{row.path}.{name}",
            said(
                en=f"'{name}' is inherited from '{row[EXTENDS]}': a plain key would override it unseen",
                fr=f"« {name} » est hérité de « {row[EXTENDS]} » : une clé simple le remplacerait sans qu’on le voie",
            ),
            said(en="write it under `override:` (or `add:`)", fr="écrivez-le sous `override:` (ou `add:`)"),
        )

    def _override(self, part: Row | None, base: Row, merged: Row) -> None:
        if part is None:
            return
        for name, value in part.values.items():
            if name == "assumed":
                continue
            inherited = base.values.get(name)
            if inherited is None and base.sound:
                self.reading.error(
                    Code.OVERRIDES_NOTHING,
                    f"{part.path}.{name}",
                    said(
                        en=f"there is no '{name}' to override: '{merged[EXTENDS]}' has none",
                        fr=f"il n’y a pas de « {name} » à remplacer : « {merged[EXTENDS]} » n’en a pas",
                    ),
                    said(en="write it as a plain key", fr="écrivez-le comme une clé simple"),
                )
            if isinstance(inherited, dict) and isinstance(value, dict):
                value = {**inherited, **value}
            merged.values[name] = value

    def _add(self, part: Row | None, base: Row, merged: Row) -> None:
        if part is None:
            return
        for name, value in part.values.items():
            if name == "assumed":
                continue
            at = f"{part.path}.{name}"
            inherited = base.values.get(name)
            if inherited is None and name == "environments":
                self.reading.error(
                    Code.ADDS_TO_EVERYTHING,
                    at,
                    said(
                        en=f"'{merged[EXTENDS]}' names no environments, so it has every one already",
                        fr=f"« {merged[EXTENDS]} » ne nomme aucun environnement : il les a donc déjà tous",
                    ),
                    said(
                        en="leave it out, or name the environments there",
                        fr="ôtez ceci, ou nommez-les là-bas",
                    ),
                )
            elif isinstance(value, dict):
                merged.values[name] = self._sum(dict(inherited or {}), value, at)
            else:
                merged.values[name] = self._joined(tuple(inherited or ()), value, at)

    def _sum(self, inherited: dict[str, Any], more: dict[str, Any], path: str) -> dict[str, Any]:
        for name, value in more.items():
            there = inherited.get(name, 0)
            if isinstance(value, int) and isinstance(there, int):
                inherited[name] = there + value
            elif name not in inherited:
                inherited[name] = value
            else:
                self.reading.error(
                    Code.NOT_ADDITIVE,
                    f"{path}.{name}",
                    said(
                        en=f"'{value}' cannot be added to '{there}': one of them is not a number",
                        fr=f"« {value} » ne s’ajoute pas à « {there} » : l’un des deux n’est pas un nombre",
                    ),
                    said(
                        en="write it under `override:` to replace it",
                        fr="écrivez-le sous `override:` pour le remplacer",
                    ),
                )
        return inherited

    def _joined(self, inherited: tuple[Any, ...], more: tuple[Any, ...], path: str) -> tuple[Any, ...]:
        for index, value in enumerate(more, start=1):
            if value in inherited:
                self.reading.error(
                    Code.ADDS_WHAT_IS_THERE,
                    f"{path}[{index}]",
                    said(en=f"'{value}' is inherited already", fr=f"« {value} » est déjà hérité"),
                    said(en="leave it out here", fr="ôtez-le ici"),
                )
        return inherited + tuple(one for one in more if one not in inherited)
