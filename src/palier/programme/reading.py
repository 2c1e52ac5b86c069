"""What one reading of a programme file gathers: problems, places by path, references still to be checked, assumptions.

A path names a thing by the words of the file (`targets.standard.first_response.1`, `coverage.B1.if.contract`). Every
key and scalar met is remembered under its path, so that a later check can point at it by name alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from palier.programme import problems
from palier.programme.codes import Code
from palier.programme.problems import Place, Problem, Said, said
from palier.programme.yamltext import Mapping, Node, Scalar, Sequence


class Missing(Enum):
    """What a field gives when its text could not be converted; the problem is already noted."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

NOUNS: Final[dict[str, tuple[str, str]]] = {
    "severities": ("severity", "la gravité"),
    "effects": ("effect", "l’effet"),
    "kinds": ("kind of request", "la sorte de demande"),
    "causes": ("cause", "la cause"),
    "outages": ("kind of outage", "la sorte de panne"),
    "calendars": ("calendar", "le calendrier"),
    "targets": ("target set", "le jeu de délais"),
    "plans": ("plan", "le plan"),
    "promises": ("promise", "la promesse"),
    "allowances": ("allowance", "le droit"),
    "prices": ("price", "le prix"),
    "ways": ("way", "la voie"),
    "holds": ("hold", "le motif de retenue"),
    "families": ("family", "la famille"),
    "environments": ("environment", "l’environnement"),
    "options": ("option", "l’option"),
    "terms": ("term", "la durée de contrat"),
    "fields": ("field", "le champ"),
    "clauses": ("clause", "la clause"),
}
"""What a table's ids are called, in English and (with its article) in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An id of `table` used at `path`; checked once every table has been read."""

    table: str
    id: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A part kept as it was written, converted once the vocabularies are known."""

    node: Node
    path: str


@dataclass(slots=True)
class Row:
    """One mapping as read: values by key, with the defaults filled in. `sound` tells that nothing in it was wrong."""

    path: str
    values: dict[str, Any]
    sound: bool = True

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)


@dataclass(slots=True)
class Reading:
    """The notebook of one reading."""

    file: str
    languages: tuple[str, ...] = ("fr", "en")
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    """The ids written in each table, by the table's path, whether or not what they hold was sound."""

    def place(self, path: str) -> Place:
        """Where `path` stands, or the nearest thing above it that stands in the file."""
        while path:
            if path in self.places:
                return self.places[path]
            cut = max(path.rfind("."), path.rfind("["))
            path = path[: max(cut, 0)]
        return Place(file=self.file, line=1, column=1)

    def remember(self, path: str, node: Node, key: Scalar | None = None) -> None:
        """Note where `path` stands: a scalar by itself, anything larger by its key."""
        self.places[path] = node.place if isinstance(node, Scalar) or key is None else key.place

    @property
    def errors(self) -> int:
        """How many problems so far stop the file from being used."""
        return sum(problem.severity is problems.Level.ERROR for problem in self.problems)

    def error(
        self, code: Code, path: str, message: Said, hint: Said | None = None, *, at: Place | None = None
    ) -> None:
        """Note a problem that stops the file from being used."""
        self.problems.append(problems.error(code, at or self.place(path), path, message, hint))

    def wrong_shape(self, node: Node, path: str, *, en: str, fr: str) -> None:
        """The node is a list where words were expected, and the like."""
        found = {
            Scalar: ("a word", "un mot"),
            Sequence: ("a list", "une liste"),
            Mapping: ("a mapping", "un groupe de clés"),
        }
        is_en, is_fr = found[type(node)]
        if isinstance(node, Scalar) and not node.text:
            is_en, is_fr = "nothing", "rien"
        self.error(
            Code.WRONG_SHAPE,
            path,
            said(en=f"expected {en}, found {is_en}", fr=f"attendu : {fr} ; trouvé : {is_fr}"),
            at=node.place,
        )

    def unknown_key(self, key: Scalar, path: str, known: Iterable[str]) -> None:
        """A key that nothing reads."""
        self.error(
            Code.UNKNOWN_KEY,
            path,
            said(en=f"unknown key '{key.text}'", fr=f"la clé « {key.text} » n’existe pas ici"),
            known_words(key.text, known),
            at=key.place,
        )

    def unknown_reference(self, mention: Mention, known: Iterable[str]) -> None:
        """An id that its table does not hold."""
        words = list(known)
        en, fr = NOUNS[mention.table]
        holder = mention.path.rpartition(".")[0] or mention.path
        self.error(
            Code.UNKNOWN_REFERENCE,
            mention.path,
            said(
                en=f"unknown {en} '{mention.id}' in {holder}",
                fr=f"{fr} « {mention.id} » n’existe pas ({holder})",
            ),
            known_words(mention.id, words)
            or said(en=f"`{mention.table}` is empty", fr=f"« {mention.table} » est vide"),
        )


def known_words(word: str, known: Iterable[str]) -> Said | None:
    """As `problems.known_words`; for numbers, the nearest number is the one most likely meant."""
    words = list(known)
    digits = [int(one) for one in words if one.isdecimal()]
    if not word.isdecimal() or not digits:
        return problems.known_words(word, words)
    near = min(digits, key=lambda one: (abs(one - int(word)), one))
    listed = ", ".join(words)
    return said(
        en=f"known: {listed}; did you mean '{near}'?",
        fr=f"connus : {listed} ; vouliez-vous dire « {near} » ?",
    )
