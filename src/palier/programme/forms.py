"""The forms a value of a programme file can have, beyond one scalar: words of a list, references, lists, mappings, texts.

As with `scalars`, each form reads (node -> value, or MISSING with a problem noted) and describes itself to editors.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any

from palier.core.programme import Text
from palier.programme.codes import Code
from palier.programme.problems import said
from palier.programme.reading import MISSING, Mention, Reading, Written, known_words
from palier.programme.scalars import ID, WORDS, YES, Form, scalar
from palier.programme.yamltext import Mapping, Node, Scalar, Sequence

ASSUMED = "assumed"
ASSUMED_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": [True, False, "true", "false"]},
        {"type": "array", "items": {"type": ["string", "integer"]}},
    ],
    "description": "The vendor's own text leaves this open, or the keys listed.",
}


def take_assumed(node: Mapping, path: str, reading: Reading) -> bool:
    """Whether the mapping as a whole says `assumed: true`. Notes its path, or those of the keys it lists."""
    mark = node.get(ASSUMED)
    if mark is None:
        return False
    at = f"{path}.{ASSUMED}" if path else ASSUMED
    reading.remember(at, mark, node.key(ASSUMED))
    if isinstance(mark, Sequence):
        others = tuple(key.text for key, _ in node.pairs if key.text != ASSUMED)
        named = ListOf(form=OneOf(others)).read(mark, at, reading)
        reading.assumed.extend(f"{path}.{one}" if path else one for one in named)
        return False
    value = YES.read(mark, at, reading)
    if value is True:
        reading.assumed.append(path)
    return value is True


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word of a short fixed list."""

    choices: tuple[str, ...]

    @property
    def words(self) -> str:
        return " or ".join(f"`{one}`" for one in self.choices)

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en="a word", fr="un mot")
        if text is None:
            return MISSING
        if text not in self.choices:
            reading.error(
                Code.UNKNOWN_WORD,
                path,
                said(en=f"'{text}' means nothing here", fr=f"« {text} » ne veut rien dire ici"),
                known_words(text, self.choices),
                at=node.place,
            )
            return MISSING
        return text

    def json(self) -> dict[str, Any]:
        converted = [True] if "true" in self.choices else []
        return {"enum": [*self.choices, *converted]}


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of something in `table`, or one of the words of `also`."""

    table: str
    also: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return " or ".join((f"an id of `{self.table}`", *(f"`{one}`" for one in self.also)))

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en="an id", fr="un identifiant")
        if text is None:
            return MISSING
        if text not in self.also:
            reading.mentions.append(Mention(table=self.table, id=text, path=path))
        return text

    def json(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list of one form, none of them twice."""

    form: Form

    @property
    def words(self) -> str:
        return f"list: {self.form.words}"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, Sequence):
            reading.wrong_shape(node, path, en="a list such as `[a, b]`", fr="une liste comme `[a, b]`")
            return MISSING
        found: list[Any] = []
        for index, item in enumerate(node.items, start=1):
            at = f"{path}[{index}]"
            reading.remember(at, item)
            value = self.form.read(item, at, reading)
            if value is MISSING:
                continue
            if value in found:
                reading.error(
                    Code.REPEATED,
                    at,
                    said(en="this stands in the list already", fr="ceci figure déjà dans la liste"),
                    at=item.place,
                )
            else:
                found.append(value)
        return tuple(found)

    def json(self) -> dict[str, Any]:
        return {"type": "array", "items": self.form.json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    """Ids (or words of `keys`) to values of one form."""

    form: Form
    keys: Form = ID
    filled: bool = False
    """It has to hold something."""

    @property
    def words(self) -> str:
        return f"{{{'id' if self.keys is ID else self.keys.words}: {self.form.words}}}"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, Mapping):
            reading.wrong_shape(node, path, en="a mapping of keys", fr="un groupe de clés")
            return MISSING
        take_assumed(node, path, reading)
        found: dict[str, Any] = {}
        ids = reading.ids.setdefault(path, [])
        for key, item in node.pairs:
            if key.text == ASSUMED:
                continue
            at = f"{path}.{key.text}"
            reading.remember(at, item, key)
            name = self.keys.read(key, at, reading)
            value = self.form.read(item, at, reading)
            ids.append(key.text)
            if name is not MISSING and value is not MISSING:
                found[name] = value
        if self.filled and not ids:
            reading.error(
                Code.EMPTY, path, said(en=f"`{path}` holds nothing", fr=f"« {path} » ne contient rien")
            )
        return found

    def json(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {ASSUMED: ASSUMED_SCHEMA},
            "propertyNames": {"anyOf": [_as_name(self.keys.json()), {"const": ASSUMED}]},
            "additionalProperties": self.form.json(),
        }


def _as_name(schema: dict[str, Any]) -> dict[str, Any]:
    """A key is always text in JSON."""
    return {**schema, "type": "string"} if "type" in schema else schema


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text in every language of the programme: `{fr: …, en: …}`."""

    @property
    def words(self) -> str:
        return "text in each language"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if not isinstance(node, Mapping):
            reading.wrong_shape(
                node,
                path,
                en="a text in both languages: `{fr: …, en: …}`",
                fr="un texte dans les deux langues : `{fr: …, en: …}`",
            )
            return MISSING
        take_assumed(node, path, reading)
        found: dict[str, str] = {}
        for key, item in node.pairs:
            if key.text == ASSUMED:
                continue
            at = f"{path}.{key.text}"
            reading.remember(at, item, key)
            if key.text not in reading.languages:
                reading.unknown_key(key, at, reading.languages)
                continue
            text = WORDS.read(item, at, reading)
            if text is not MISSING:
                found[key.text] = text
        missing = [one for one in ("fr", "en") if node.get(one) is None]
        for one in missing:
            name = {"fr": said(en="French", fr="français"), "en": said(en="English", fr="anglais")}[one]
            reading.error(
                Code.MISSING_LANGUAGE,
                path,
                said(en=f"the {name['en']} text is missing", fr=f"le texte en {name['fr']} manque"),
                said(en=f"add `{one}: …`", fr=f"ajoutez `{one}: …`"),
            )
        return Text(values=found) if found else MISSING

    def json(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/text"}


TEXT = Bilingual()
TEXT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "fr": {"type": "string", "minLength": 1},
        "en": {"type": "string", "minLength": 1},
        ASSUMED: ASSUMED_SCHEMA,
    },
    "required": ["fr", "en"],
    "propertyNames": {"pattern": f"^([a-z]{{2,3}}|{ASSUMED})$"},
}


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A part that is converted later, when the vocabularies are known (conditions, choices, calendars)."""

    words: str
    schema: Map[str, Any]

    def read(self, node: Node, path: str, reading: Reading) -> Any:  # noqa: ARG002 (the same for all forms)
        return Written(node=node, path=path)

    def json(self) -> dict[str, Any]:
        return dict(self.schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """One form when the node is a list or a word, another when it is a mapping."""

    plain: Form
    mapping: Form

    @property
    def words(self) -> str:
        return f"{self.plain.words}, or {self.mapping.words}"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        return (self.mapping if isinstance(node, Mapping) else self.plain).read(node, path, reading)

    def json(self) -> dict[str, Any]:
        return {"anyOf": [self.plain.json(), self.mapping.json()]}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordOr:
    """One of a few words, else another form."""

    choices: tuple[str, ...]
    form: Form

    @property
    def words(self) -> str:
        return " or ".join((*(f"`{one}`" for one in self.choices), self.form.words))

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        if isinstance(node, Scalar) and node.text in self.choices:
            return node.text
        return self.form.read(node, path, reading)

    def json(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.choices)}, self.form.json()]}
