"""Records: mappings with named keys, each key one line of a table that feeds reading, defaults, checks and editors.

A record that `extends` another of its table writes what differs under `override` (replaces what is inherited) or `add`
(joins it), never as a plain key: so a reader sees at once what is new and what changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from palier.programme.codes import Code
from palier.programme.forms import ASSUMED, ASSUMED_SCHEMA, ListOf, Reference, take_assumed
from palier.programme.problems import said
from palier.programme.reading import MISSING, Reading, Row
from palier.programme.scalars import Form
from palier.programme.yamltext import Mapping, Node, Scalar, Sequence

EXTENDS, OVERRIDE, ADD = "extends", "override", "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a record."""

    name: str
    form: Form
    doc: str
    required: bool = False
    default: Any = None
    own: bool = False
    """Never inherited: what identifies or describes the one record (its clause, name, text)."""
    adds: bool = False
    """Under `add` it joins what is inherited."""


def key(
    name: str,
    form: Form,
    doc: str,
    *,
    required: bool = False,
    default: Any = None,
    own: bool = False,
    adds: bool = False,
) -> Key:
    """One line of a table."""
    return Key(name=name, form=form, doc=doc, required=required, default=default, own=own, adds=adds)


_LINK = re.compile(r"\[([^]]+)\]\(#[^)]*\)")


def _unlinked(words: str) -> str:
    """What a form is called, without the links of the reference page: for a line on a terminal."""
    return _LINK.sub(r"\1", words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A mapping with the keys of a table. `others` is the form of any further key; `extends` names the own table."""

    name: str
    doc: str
    keys: tuple[Key, ...]
    others: Form | None = None
    extends: str | None = None

    @property
    def words(self) -> str:
        return f"[{self.name}](#{self.name.replace(' ', '-')})"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, Mapping):
            reading.wrong_shape(node, path, en="a mapping of keys", fr="un groupe de clés")
            return MISSING
        before = reading.errors
        row = Row(path=path, values={})
        row.values[ASSUMED] = take_assumed(node, path, reading)
        known = self._readable()
        for name, item in node.pairs:
            if name.text == ASSUMED:
                continue
            at = f"{path}.{name.text}" if path else name.text
            reading.remember(at, item, name)
            form = known.get(name.text, self.others)
            if form is None:
                reading.unknown_key(name, at, (*known, ASSUMED))
                continue
            value = form.read(item, at, reading)
            if value is not MISSING:
                row.values[name.text] = value
        if node.get(EXTENDS) is None or self.extends is None:
            self.require(row, set(node.keys()), reading)
            self.fill(row)
        row.sound = reading.errors == before
        return row

    def _readable(self) -> dict[str, Form]:
        known: dict[str, Form] = {one.name: one.form for one in self.keys}
        if self.extends is not None:
            known[EXTENDS] = Reference(self.extends)
            known[OVERRIDE] = self.part(OVERRIDE)
            known[ADD] = self.part(ADD)
        return known

    def part(self, which: str) -> Record:
        """The record under `override` or `add`: the keys that can stand there, none of them required."""
        keys = tuple(
            Key(name=one.name, form=one.form, doc=one.doc)
            for one in self.keys
            if not one.own and (which == OVERRIDE or one.adds)
        )
        return Record(
            name=f"{self.name} {which}", doc="", keys=keys, others=_Refused() if which == ADD else None
        )

    def require(self, row: Row, written: set[str], reading: Reading) -> None:
        """Note each required key that was not written."""
        for one in self.keys:
            if one.required and one.name not in written:
                reading.error(
                    Code.MISSING_KEY,
                    row.path,
                    said(en=f"the key '{one.name}' is missing", fr=f"la clé « {one.name} » manque"),
                    said(en=f"add `{one.name}:` ({_unlinked(one.form.words)})", fr=f"ajoutez `{one.name}:`"),
                )

    def fill(self, row: Row) -> None:
        """Put in the defaults of what was left out."""
        for one in self.keys:
            if one.default is not None:
                row.values.setdefault(one.name, one.default)

    def json(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name.replace(' ', '-')}"}

    def definition(self) -> dict[str, Any]:
        """The schema of the record itself, for `$defs`."""
        properties = {one.name: {**one.form.json(), "description": one.doc} for one in self.keys}
        properties[ASSUMED] = ASSUMED_SCHEMA
        schema: dict[str, Any] = {
            "type": "object",
            "description": self.doc,
            "properties": properties,
            "additionalProperties": False,
        }
        if self.others is not None:
            schema["additionalProperties"] = self.others.json()
        required = [one.name for one in self.keys if one.required]
        if self.extends is None:
            return {**schema, "required": required} if required else schema
        properties[EXTENDS] = {**Reference(self.extends).json(), "description": "Inherits all of this one."}
        properties[OVERRIDE] = self.part(OVERRIDE).inline("Replaces what is inherited.")
        properties[ADD] = self.part(ADD).inline("Joins what is inherited; numbers add up.")
        own = [one.name for one in self.keys if one.required and one.own]
        return {
            **schema,
            "required": own,
            "if": {"required": [EXTENDS]},
            "then": {},
            "else": {"required": required},
        }

    def inline(self, doc: str) -> dict[str, Any]:
        """The schema of an `override` or `add`, written in place."""
        properties = {one.name: {**one.form.json(), "description": one.doc} for one in self.keys}
        properties[ASSUMED] = ASSUMED_SCHEMA
        others = False if self.others is None else self.others.json()
        return {
            "type": "object",
            "description": doc,
            "properties": properties,
            "additionalProperties": others,
        }


@dataclass(frozen=True, slots=True)
class _Refused:
    """A key under `add` that cannot be added to; reported when the inheritance is worked out."""

    words: str = "nothing"

    def read(self, node: Node, path: str, reading: Reading) -> Any:  # noqa: ARG002 (the same for all forms)
        name = path.rpartition(".")[2]
        reading.error(
            Code.NOT_ADDITIVE,
            path,
            said(en=f"nothing can be added to '{name}'", fr=f"rien ne s’ajoute à « {name} »"),
            said(
                en="write it under `override:` to replace it",
                fr="écrivez-le sous `override:` pour le remplacer",
            ),
        )
        return MISSING

    def json(self) -> dict[str, Any]:
        return {"not": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A list of records known by what stands under one of their keys (`coverage.B1`), else by their place."""

    record: Record
    by: str

    @property
    def words(self) -> str:
        return f"list: {self.record.words}"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, Sequence):
            reading.wrong_shape(node, path, en="a list of entries", fr="une liste d’entrées")
            return MISSING
        rows = []
        for index, item in enumerate(node.items, start=1):
            name = item.get(self.by) if isinstance(item, Mapping) else None
            text = name.text if isinstance(name, Scalar) else ""
            at = f"{path}.{text}" if text else f"{path}[{index}]"
            if at in reading.places:
                at = f"{path}[{index}]"
            reading.remember(at, item)
            row = self.record.read(item, at, reading)
            if row is not MISSING:
                rows.append(row)
        return tuple(rows)

    def json(self) -> dict[str, Any]:
        return ListOf(form=self.record).json()
