"""Values written as one scalar: texts, numbers, durations, dates, amounts, ids. Each converts itself.

`read` never raises for what the file holds: it notes a problem and gives MISSING. `json` gives the JSON Schema 2020-12
of the same form; whole numbers and true/false may come as such or as text, because an editor's YAML reader converts
what ours keeps as text.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any, Protocol

from palier.programme import values
from palier.programme.codes import Code
from palier.programme.problems import said
from palier.programme.reading import MISSING, Reading
from palier.programme.yamltext import Node, Scalar


class Form(Protocol):
    """How one value is written."""

    @property
    def words(self) -> str:
        """The form in a few words, for the reference."""

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The value, or MISSING with a problem noted."""

    def json(self) -> dict[str, Any]:
        """The JSON Schema of it."""


def scalar(node: Node, path: str, reading: Reading, *, en: str, fr: str) -> str | None:
    """The characters of a scalar; None, with a problem noted, for anything else or nothing."""
    if isinstance(node, Scalar) and node.text.strip():
        return node.text
    if isinstance(node, Scalar) and node.quoted:
        reading.error(Code.EMPTY, path, said(en="this text is empty", fr="ce texte est vide"), at=node.place)
    else:
        reading.wrong_shape(node, path, en=en, fr=fr)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One scalar converted by a function of `values`. `en`/`fr` say what is expected, with an example."""

    convert: Callable[[str], Any]
    en: str
    fr: str
    code: Code = Code.BAD_VALUE
    schema: Map[str, Any] = field(default_factory=lambda: {"type": "string"})

    @property
    def words(self) -> str:
        return self.en

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        text = scalar(node, path, reading, en=self.en, fr=self.fr)
        if text is None:
            return MISSING
        try:
            return self.convert(text)
        except ValueError:
            reading.error(
                self.code,
                path,
                said(en=f"'{text}' is not {self.en}", fr=f"« {text} » n’est pas {self.fr}"),
                at=node.place,
            )
            return MISSING

    def json(self) -> dict[str, Any]:
        return dict(self.schema)


def _pattern(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


_NUMBER = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}
_WORDS = {"type": ["string", "number"], "minLength": 1}

WORDS = Value(convert=str.strip, en="a text", fr="un texte", schema=_WORDS)
YES = Value(
    convert=values.yes,
    en="`true` or `false`",
    fr="`true` ou `false`",
    schema={"enum": [True, False, "true", "false"]},
)
WHOLE = Value(convert=values.whole, en="a whole number", fr="un nombre entier", schema=_NUMBER)
POSITIVE = Value(
    convert=values.positive,
    en="a whole number from 1 on",
    fr="un nombre entier à partir de 1",
    schema={**_NUMBER, "minimum": 1},
)
DURATION = Value(
    convert=values.duration,
    en="a duration such as `8h`, `30 min` or `2h 30 min`",
    fr="une durée comme `8h`, `30 min` ou `2h 30 min`",
    code=Code.BAD_DURATION,
    schema=_pattern(r"(\d+ *h)? *(\d+ *min)? *(\d+ *s)?"),
)
DAYS = Value(
    convert=values.days,
    en="a number of days such as `14 days`",
    fr="un nombre de jours comme `14 days`",
    code=Code.BAD_DURATION,
    schema=_pattern(r"\d+ *days?"),
)
MONTHS = Value(
    convert=values.months,
    en="a number of months such as `12 months`",
    fr="un nombre de mois comme `12 months`",
    code=Code.BAD_DURATION,
    schema=_pattern(r"\d+ *months?"),
)
MINUTES = Value(
    convert=values.minutes,
    en="a time such as `15 min` or `1h`",
    fr="un temps comme `15 min` ou `1h`",
    code=Code.BAD_DURATION,
    schema=_pattern(r"(\d+ *h)? *(\d+ *min)?"),
)
DATE = Value(
    convert=values.day,
    en="a date such as `2026-07-01`",
    fr="une date comme `2026-07-01`",
    code=Code.BAD_DATE,
    schema=_pattern(r"\d{4}-\d{2}-\d{2}"),
)
MONEY = Value(
    convert=values.money,
    en="an amount with its currency such as `180.00 CAD`",
    fr="un montant avec sa monnaie comme `180.00 CAD`",
    code=Code.BAD_AMOUNT,
    schema=_pattern(r"\d+(\.\d+)? [A-Z]{3}"),
)
CURRENCY = Value(
    convert=values.currency,
    en="a currency code such as `CAD`",
    fr="un code de monnaie comme `CAD`",
    code=Code.BAD_AMOUNT,
    schema=_pattern(r"[A-Z]{3}"),
)
PERCENT = Value(
    convert=values.percent,
    en="a percentage such as `10 %`",
    fr="un pourcentage comme `10 %`",
    code=Code.BAD_AMOUNT,
    schema=_pattern(r"\d+(\.\d+)? *%"),
)
WHOLE_PERCENT = Value(
    convert=values.whole_percent,
    en="a whole percentage from 1 on such as `150 %`",
    fr="un pourcentage entier à partir de 1 comme `150 %`",
    code=Code.BAD_AMOUNT,
    schema=_pattern(r"\d+ *%"),
)
MOMENT = Value(
    convert=values.moment,
    en="a moment such as `start`, `75 %`, `2h before`, `due` or `1h after`",
    fr="un moment comme `start`, `75 %`, `2h before`, `due` ou `1h after`",
    schema=_pattern(r"start|due|\d+ *%|(\d+ *h)? *(\d+ *min)? *(\d+ *s)? +(before|after)"),
)
LOCALE = Value(convert=values.locale, en="a locale such as `fr-CA`", fr="une langue régionale comme `fr-CA`")
LANGUAGE = Value(
    convert=values.language,
    en="a language code such as `fr`",
    fr="un code de langue comme `fr`",
    schema=_pattern("[a-z]{2,3}"),
)
MAIL = Value(convert=values.address, en="a mail address", fr="une adresse de courriel")
TELEPHONE = Value(convert=values.telephone, en="a telephone number", fr="un numéro de téléphone")
PREFIX = Value(
    convert=values.prefix,
    en="two to six capital letters",
    fr="deux à six lettres capitales",
    schema=_pattern("[A-Z]{2,6}"),
)
ID = Value(
    convert=values.identifier,
    en="an id: lower-case letters and digits, words joined by `-`",
    fr="un identifiant : minuscules et chiffres, mots joints par `-`",
    code=Code.BAD_ID,
    schema=_pattern("[a-z0-9]+([-_][a-z0-9]+)*"),
)
CLAUSE = Value(
    convert=values.clause,
    en="a clause id such as `B1`",
    fr="un identifiant de clause comme `B1`",
    code=Code.BAD_ID,
    schema=_pattern("[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*"),
)
