"""Texts, facts and conditions: the words in which a programme asks when something holds.

A fact is a question with a closed set of answers; a condition is a test on one; alternatives of conditions make up an
`if`. Names are those of the programme file. Rules: docs/reference/programme-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FactValue = str | int | tuple[str, ...]
"""A fact is a word of a closed vocabulary, a whole number, or (options) several words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words for people, by language code (`fr`, `en`)."""

    values: Mapping[str, str]

    def in_(self, language: str) -> str:
        """The words in `language`, else in the first language the author wrote."""
        short = language.partition("-")[0]
        found = self.values.get(language) or self.values.get(short)
        return found if found is not None else next(iter(self.values.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test on one fact: its value is among `values`, or lies in `low..high` (both included).

    `negated` turns it round. Exactly one of the two forms is used: a number has no `values`, a word no bounds.
    """

    fact: str
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    negated: bool = False

    def holds(self, facts: Mapping[str, FactValue]) -> bool:
        """Whether the facts satisfy it. A fact that is absent satisfies nothing (and no negation either)."""
        value = facts.get(self.fact)
        if value is None:
            return False
        return self._matches(value) != self.negated

    def _matches(self, value: FactValue) -> bool:
        if isinstance(value, tuple):
            return any(one in self.values for one in value)
        if isinstance(value, int):
            return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return value in self.values


Alternative = tuple[Condition, ...]
"""Conditions that must all hold."""
When = tuple[Alternative, ...]
"""Alternatives of which one must hold; empty means always."""


def fits(when: When, facts: Mapping[str, FactValue]) -> bool:
    """Whether one of the alternatives holds as a whole; no alternatives at all always fit."""
    return not when or any(all(c.holds(facts) for c in alternative) for alternative in when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of an ordered `if … use …` list: the first line that fits is taken."""

    when: When
    use: str


def choose(choices: tuple[Choice, ...], facts: Mapping[str, FactValue]) -> str | None:
    """The `use` of the first line that fits, or None."""
    return next((choice.use for choice in choices if fits(choice.when, facts)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One question whose answer can decide something, with its closed set of answers.

    `number` facts hold whole numbers instead of words; `multiple` facts hold several words at once.
    """

    id: str
    name: Text
    values: Mapping[str, Text]
    number: bool = False
    multiple: bool = False
    asked_of: str = "nobody"
    """`customer` (on the form), `staff` (when classifying) or `nobody` (known from the contract)."""
    question: Text | None = None
    default: FactValue | None = None
    """What holds when nobody said; None: the fact is absent."""
    kinds: tuple[str, ...] = ()
    """The kinds of request it is asked for; empty means all."""
    built_in: bool = False
    assumed: bool = False
