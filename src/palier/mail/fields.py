"""What a mail says of a request in lines such as `Version: 12.1`: kind, product, environment, and what the programme asks.

Labels and values are compared without accents, case and doubled spaces, in English and French and in the programme's own
words: `Numéro de version : 12.1` and `version: 12.1` say the same. What no label fits stays what it is: text. Rules:
docs/reference/mail-in.md, "Lines that fill in fields".
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from palier.core.programme import Fact, FactValue, Programme, Text

MOST_LINES = 400
LONGEST_LABEL = 60
LONGEST_VALUE = 2000
LONGEST_VERSION = 40

_LINE = re.compile(r"[\s>*_•·-]*(?P<label>[^:=：]{1,80}?)[\s*_]*[:=：][\s*_]*(?P<value>.*)")
"""A label, a colon or equals sign, a value; what a mail program puts around them (list marks, bold) is not part of them."""

KIND, PRODUCT, VERSION, ENVIRONMENT, EFFECT = "kind", "product", "version", "environment", "effect"
_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    KIND: ("kind", "kind of request", "type", "request type", "category", "sorte", "sorte de demande", "nature",
           "nature de la demande", "type de demande", "categorie"),
    PRODUCT: ("product", "software", "module", "produit", "logiciel"),
    VERSION: ("version", "release", "version number", "numero de version", "no de version"),
    ENVIRONMENT: ("environment", "environnement"),
    EFFECT: ("effect", "impact", "effect on the work", "effet", "effet sur le travail", "consequence"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the lines said, by ids of the programme; empty where they said nothing, or nothing that the programme knows."""

    kind: str = ""
    product: str = ""
    version: str = ""
    environment: str = ""
    effect: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the programme asks in words, by field."""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    """The programme's further questions that are asked of the customer."""

    def completing(self) -> dict[str, str]:
        """As `tickets.holding.complete` takes it."""
        own = {PRODUCT: self.product, VERSION: self.version, ENVIRONMENT: self.environment}
        return {name: text for name, text in {**own, **self.fields}.items() if text}


def plain(text: str) -> str:
    """Text as it is compared: without accents, in small letters, one space between words, apostrophes alike."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())


_plain_once = functools.lru_cache(maxsize=4096)(plain)
"""For the words of programmes, which are the same for every mail."""


def read(text: str, programme: Programme) -> Filled:
    """What the lines of a mail say, of what this programme knows. Of two lines with one label the first holds."""
    labels = _labels(programme)
    said: dict[str, str] = {}
    for what, value in _said(text, labels, _long(programme)):
        said.setdefault(what, value)
    facts = {
        id_: answer
        for id_, fact in _asked(programme)
        if (answer := _fact(fact, said.get(id_, ""))) is not None
    }
    return Filled(
        kind=_of(said.get(KIND, ""), ((one.id, one.name) for one in programme.kinds.values())),
        product=_of(said.get(PRODUCT, ""), ((one.id, one.name) for one in programme.products.values())),
        version=said.get(VERSION, "")[:LONGEST_VERSION].strip(),
        environment=_of(said.get(ENVIRONMENT, ""), programme.environments.items()),
        effect=_of(said.get(EFFECT, ""), ((one.id, one.name) for one in programme.effects.values())),
        fields={name: said[name] for name in programme.fields if said.get(name)},
        facts=facts,
    )


def _labels(programme: Programme) -> dict[str, str]:
    """What each label means. The programme's own words come first: it may call a field of its own "Type"."""
    found: dict[str, str] = {}
    for name, one in programme.fields.items():
        for words in (name, *one.name.values.values()):
            found.setdefault(_plain_once(words), name)
    for id_, fact in _asked(programme):
        for words in (id_, *fact.name.values.values()):
            found.setdefault(_plain_once(words), id_)
    for what, labels in _BUILT_IN.items():
        for label in labels:
            found.setdefault(label, what)
    return found


def _long(programme: Programme) -> frozenset[str]:
    return frozenset(name for name, one in programme.fields.items() if one.long)


def _asked(programme: Programme) -> Iterator[tuple[str, Fact]]:
    """The further questions that a customer answers itself."""
    return (
        (id_, fact) for id_, fact in programme.facts.items() if fact.asked_of == "customer" and id_ != EFFECT
    )


def _said(text: str, labels: Mapping[str, str], long: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(what, value) of each line with a label that is known; a long field goes on to the next empty line or label."""
    open_: str = ""
    lines: list[str] = []
    for line in text.split("\n", MOST_LINES)[:MOST_LINES]:
        found = _LINE.fullmatch(line[: LONGEST_LABEL + LONGEST_VALUE].strip())
        what = labels.get(plain(found["label"]), "") if found is not None else ""
        if what and found is not None:
            if open_:
                yield open_, "\n".join(lines).strip()[:LONGEST_VALUE]
            open_, lines = what, [_value(found["value"])]
            # Its value stands on the line itself, unless it may be long or the line ends after the colon.
            if lines[0] and what not in long:
                yield what, lines[0][:LONGEST_VALUE]
                open_, lines = "", []
        elif open_ and not line.strip() and any(lines):
            yield open_, "\n".join(lines).strip()[:LONGEST_VALUE]
            open_, lines = "", []
        elif open_:
            lines.append(line.strip())
            if line.strip() and open_ not in long:
                yield open_, _value(line)[:LONGEST_VALUE]
                open_, lines = "", []
    if open_ and any(lines):
        yield open_, "\n".join(lines).strip()[:LONGEST_VALUE]


def _value(text: str) -> str:
    return text.strip().strip("*_").strip()


def _of(value: str, known: Iterable[tuple[str, Text]]) -> str:
    """The id that a value names, by itself or in one of its languages; else the only one whose name holds it."""
    if not value:
        return ""
    asked = plain(value).rstrip(".")
    table = [
        (id_, {_plain_once(id_), *(_plain_once(words) for words in names.values.values())})
        for id_, names in known
    ]
    exact = [id_ for id_, words in table if asked in words]
    near = [id_ for id_, words in table if len(asked) >= 4 and any(asked in one for one in words)]
    return exact[0] if exact else near[0] if len(near) == 1 else ""


def _fact(fact: Fact, value: str) -> FactValue | None:
    if not value:
        return None
    if fact.number:
        figure = re.match(r"\d{1,9}(?!\d)", value)
        return int(figure.group()) if figure else None
    found = _of(value, fact.values.items())
    if not found:
        return None
    return (found,) if fact.multiple else found
