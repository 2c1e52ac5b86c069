"""YAML read as text with its place: every scalar stays the characters its author typed.

`no` is not false, `2026-07-01` is not a date, `12:30` is not 750 and `1.10` is not 1.1: the field that reads the scalar
converts it. Anchors, aliases, tags and keys that come twice are problems, because a support manager could not read them
aloud. Based on the events of YAML 1.2 (ruamel.yaml), which carry the place of each scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml import YAML, error, events

from palier.programme.problems import Code, Place, Problem, Said, said
from palier.programme.problems import error as wrong

_DEEPEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """The characters of one scalar, without quotes; `quoted` tells `"1"` from `1`."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A list in its order."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys with what they hold, in the order of the file; no key twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """What stands under `key`, or None."""
        return next((node for scalar, node in self.pairs if scalar.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself with its place, or None."""
        return next((scalar for scalar, _ in self.pairs if scalar.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(scalar.text for scalar, _ in self.pairs)


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file holds, and what is wrong with it as YAML. `root` is None when it could not be read as one tree."""

    root: Node | None
    problems: tuple[Problem, ...]


def read(text: str, file: str) -> Document:
    """Read one YAML document. Never raises for what the text holds: see `Document.problems`."""
    text = text.removeprefix("\ufeff")
    unreadable = _bad_character(text, file)
    if unreadable is not None:
        return Document(root=None, problems=(unreadable,))
    reader = _Reader(file)
    root = None
    try:
        root = reader.read(text)
    except error.MarkedYAMLError as err:
        reader.problems.append(_syntax(err, file))
    return Document(root=root, problems=tuple(reader.problems))


class _TooDeep(error.MarkedYAMLError):
    """Nested beyond what anybody writes by hand: stopped before Python's own limit."""


class _Reader:
    """Builds nodes from the events of one file and collects the problems met on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.depth = 0
        self.path: list[str] = []

    def read(self, text: str) -> Node | None:
        stream = iter(YAML(typ="safe", pure=True).parse(text))
        root: Node | None = None
        documents = 0
        for event in stream:
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._add(
                        Code.SEVERAL_DOCUMENTS,
                        event,
                        said(en="a second document begins here", fr="un second document commence ici"),
                        said(
                            en="one file holds one document: remove `---`",
                            fr="un fichier contient un seul document : ôtez `---`",
                        ),
                    )
            elif isinstance(event, events.NodeEvent):
                node = self._node(event, stream)
                root = node if documents == 1 else root
        if documents == 0 or (isinstance(root, Scalar) and not root.text and not root.quoted):
            self.problems.append(
                wrong(
                    Code.EMPTY_FILE,
                    Place(file=self.file, line=1, column=1),
                    "",
                    said(en="the file is empty", fr="le fichier est vide"),
                )
            )
            return None
        return root

    def _node(self, event: events.NodeEvent, stream: Iterator[Any]) -> Node:
        self._refuse_extras(event)
        if isinstance(event, events.SequenceStartEvent):
            return self._sequence(event, stream)
        if isinstance(event, events.MappingStartEvent):
            return self._mapping(event, stream)
        if isinstance(event, events.ScalarEvent):
            return Scalar(text=event.value, place=self._place(event), quoted=event.style is not None)
        return Scalar(text="", place=self._place(event))  # an alias, already reported

    def _deeper(self, event: events.Event) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _TooDeep(problem="too deep", problem_mark=event.start_mark)

    def _sequence(self, event: events.Event, stream: Iterator[Any]) -> Sequence:
        self._deeper(event)
        items: list[Node] = []
        while not isinstance(following := next(stream), events.SequenceEndEvent):
            self.path.append(str(len(items) + 1))
            items.append(self._node(following, stream))
            self.path.pop()
        self.depth -= 1
        return Sequence(items=tuple(items), place=self._place(event))

    def _mapping(self, event: events.Event, stream: Iterator[Any]) -> Mapping:
        self._deeper(event)
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(following := next(stream), events.MappingEndEvent):
            key = self._node(following, stream)
            name = key.text if isinstance(key, Scalar) else "?"
            self.path.append(name)
            value = self._node(next(stream), stream)
            if isinstance(value, Scalar) and not value.text and not value.quoted:
                value = replace(
                    value, place=key.place
                )  # nothing stands there: its mark is that of the line below
            if not isinstance(key, Scalar):
                self._add(
                    Code.KEY_NOT_TEXT,
                    following,
                    said(
                        en="a key has to be a word, not a list or a mapping",
                        fr="une clé doit être un mot, non une liste ni un groupe",
                    ),
                    said(
                        en='put it between quotes if braces or brackets are meant: "{…}"',
                        fr='mettez-la entre guillemets si accolades ou crochets sont voulus : "{…}"',
                    ),
                )
            elif name in pairs:
                first = pairs[name][0].place
                self._add(
                    Code.DUPLICATE_KEY,
                    following,
                    said(
                        en=f"the key '{name}' stands here a second time",
                        fr=f"la clé « {name} » figure ici une seconde fois",
                    ),
                    said(
                        en=f"first on line {first.line}: keep one of them",
                        fr=f"déjà à la ligne {first.line} : n’en gardez qu’une",
                    ),
                )
            else:
                pairs[name] = (key, value)
            self.path.pop()
        self.depth -= 1
        return Mapping(pairs=tuple(pairs.values()), place=self._place(event))

    def _refuse_extras(self, event: events.NodeEvent) -> None:
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, events.AliasEvent) else "&"
            self._add(
                Code.ANCHOR,
                event,
                said(
                    en=f"`{sign}{event.anchor}` is an anchor or alias of YAML",
                    fr=f"`{sign}{event.anchor}` est une ancre ou un renvoi de YAML",
                ),
                said(
                    en="write the value where it is used (between quotes if the sign itself is meant)",
                    fr="écrivez la valeur là où elle sert (entre guillemets si le signe lui-même est voulu)",
                ),
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._add(
                Code.TAG,
                event,
                said(en=f"`{tag}` is a tag of YAML", fr=f"`{tag}` est une étiquette de YAML"),
                said(
                    en="remove it: each field knows its type (use quotes if `!` itself is meant)",
                    fr="ôtez-la : chaque champ connaît son type (mettez des guillemets si `!` lui-même est voulu)",
                ),
            )

    def _place(self, event: events.Event) -> Place:
        return Place(file=self.file, line=event.start_mark.line + 1, column=event.start_mark.column + 1)

    def _add(self, code: Code, event: events.Event, message: Said, hint: Said) -> None:
        self.problems.append(wrong(code, self._place(event), ".".join(self.path), message, hint))


_PHRASES: tuple[tuple[str, Said], ...] = (
    (
        "found character '\\t'",
        said(
            en="a tab stands where spaces have to indent",
            fr="une tabulation figure là où des espaces doivent décaler la ligne",
        ),
    ),
    (
        "mapping values are not allowed here",
        said(
            en="a colon stands where no key can be: check the indentation, or put the text between quotes",
            fr="un deux-points figure là où aucune clé n’est possible : vérifiez le décalage, ou mettez le texte entre guillemets",
        ),
    ),
    (
        "expected ',' or ']'",
        said(
            en="a list opened with `[` is not closed, or misses a comma",
            fr="une liste ouverte par `[` n’est pas fermée, ou il manque une virgule",
        ),
    ),
    (
        "expected ',' or '}'",
        said(
            en="a group opened with `{` is not closed, or misses a comma",
            fr="un groupe ouvert par `{` n’est pas fermé, ou il manque une virgule",
        ),
    ),
    (
        "found unexpected end of stream",
        said(en="a quote is opened and never closed", fr="un guillemet est ouvert et jamais fermé"),
    ),
    (
        "expected <block end>",
        said(
            en="this line belongs to nothing above: check the indentation, and that lists and keys are not mixed",
            fr="cette ligne ne se rattache à rien de ce qui précède : vérifiez le décalage, et que listes et clés ne sont pas mêlées",
        ),
    ),
    (
        "could not find expected ':'",
        said(en="a key without its colon", fr="une clé sans son deux-points"),
    ),
    (
        "that cannot start any token",
        said(
            en="a text cannot begin with this sign: put the text between quotes",
            fr="un texte ne peut pas commencer par ce signe : mettez-le entre guillemets",
        ),
    ),
    (
        "found unknown escape character",
        said(
            en="an unknown `\\` sequence between double quotes: use single quotes, or `\\\\`",
            fr="une suite `\\` inconnue entre guillemets doubles : employez des apostrophes, ou `\\\\`",
        ),
    ),
)


def _syntax(err: error.MarkedYAMLError, file: str) -> Problem:
    """The problem for what ruamel.yaml could not parse: our sentence where there is one, else its own words."""
    mark = err.problem_mark or err.context_mark
    place = Place(file=file, line=mark.line + 1, column=mark.column + 1)
    if isinstance(err, _TooDeep):
        return wrong(
            Code.TOO_DEEP,
            place,
            "",
            said(en=f"nested more than {_DEEPEST} deep", fr=f"imbriqué sur plus de {_DEEPEST} niveaux"),
            said(
                en="no field needs it: check the brackets",
                fr="aucun champ n’en a besoin : vérifiez les crochets",
            ),
        )
    words = str(err.problem)
    message = next((known for phrase, known in _PHRASES if phrase in words), None)
    if message is None:
        message = said(en=f"this is not YAML: {words}", fr=f"ce n’est pas du YAML : {words}")
    return wrong(Code.SYNTAX, place, "", message)


_NOT_ALLOWED = re.compile(
    "[^\\x09\\x0A\\x0D\\x20-\\x7E\\x85\\xA0-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]"
)


def _bad_character(text: str, file: str) -> Problem | None:
    """The problem for the first character that YAML does not allow (control characters, half of a surrogate pair)."""
    found = _NOT_ALLOWED.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    place = Place(file=file, line=before.count("\n") + 1, column=found.start() - before.rfind("\n"))
    shown = f"U+{ord(found.group()):04X}"
    return wrong(
        Code.SYNTAX,
        place,
        "",
        said(
            en=f"the character {shown} cannot stand in YAML",
            fr=f"le caractère {shown} n’est pas permis en YAML",
        ),
        said(en="remove it", fr="ôtez-le"),
    )
