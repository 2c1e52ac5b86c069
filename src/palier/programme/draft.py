"""A draft: whatever could be built of a programme, so that checks can look at the sound parts of a file wrong elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from palier.core.programme import (
    Allowance,
    CalendarRule,
    Clause,
    Document,
    Effect,
    Escalation,
    Fact,
    Field,
    Hold,
    Kind,
    Plan,
    Price,
    Product,
    Promise,
    Question,
    Severity,
    TargetSet,
    Term,
    Text,
    Way,
)
from palier.programme import problems
from palier.programme.codes import Code
from palier.programme.problems import Problem, Said
from palier.programme.reading import Reading, Row


@dataclass(slots=True, kw_only=True)
class Draft:
    """What could be built of a programme, with the rows it came from and the notebook of its reading."""

    reading: Reading
    root: Row
    facts: Mapping[str, Fact]
    lineages: Mapping[str, tuple[str, ...]]
    calendars: dict[str, CalendarRule] = field(default_factory=dict)
    severities: dict[str, Severity] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    families: dict[str, Text] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    environments: dict[str, Text] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    targets: dict[str, TargetSet] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    coverage: list[Clause] = field(default_factory=list)
    escalation: list[Escalation] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)

    def rows(self, table: str) -> Mapping[str, Any]:
        """The rows of a table, sound or not; empty where it could not be read."""
        found: Mapping[str, Any] | None = self.root[table]
        return found or {}

    def sound(self, table: str) -> Mapping[str, Row]:
        """The rows of a table in which nothing is wrong."""
        return {id_: row for id_, row in self.rows(table).items() if row.sound}

    def error(self, code: Code, path: str, message: Said, hint: Said | None = None) -> Problem:
        """A problem at a path of the file that stops it from being used."""
        return problems.error(code, self.reading.place(path), path, message, hint)

    def warning(self, code: Code, path: str, message: Said, hint: Said | None = None) -> Problem:
        """A problem at a path of the file that does not stop it from being used."""
        return problems.warning(code, self.reading.place(path), path, message, hint)
