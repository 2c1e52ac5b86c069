"""What happens to a ticket, as recorded: the events that its clock is a fold of.

An event says when it *reached* us, which the clock reads, and when it was *recorded*, which orders what reached us at the
same instant. `data` holds what its kind needs. Rules: docs/reference/clock.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType
from typing import TypeVar

from palier.core import spans
from palier.core.programme import FactValue, OutcomeKind, Relief, Wait


class EventKind(StrEnum):
    """What can happen. In brackets, what `data` holds."""

    SUBMITTED = "submitted"
    """(complete: bool, holds: words, outcome: word, targets: word or absent, facts: mapping, chosen: bool or absent)"""
    INFORMATION_MISSING = "information-missing"
    INFORMATION_COMPLETE = "information-complete"
    HELD = "held"
    """(hold: word)"""
    FREED = "freed"
    """(hold: word)"""
    DECIDED = "decided"
    """(outcome: word, targets: word or absent, chosen: bool or absent: the way of an offer is chosen and agreed)"""
    FACTS_CHANGED = "facts-changed"
    """(facts: mapping of what changed)"""
    ANSWERED = "answered"
    CUSTOMER_WROTE = "customer-wrote"
    WAIT_STARTED = "wait-started"
    """(wait: word)"""
    RESUMED = "resumed"
    WORKAROUND_GIVEN = "workaround-given"
    RELIEVED = "relieved"
    """(relief: word)"""
    RELIEF_REVOKED = "relief-revoked"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    """(relieved: bool or absent: the relief given before still stands)"""
    CLOSED = "closed"
    MERGED = "merged"
    WINDOW_JOINED = "window-joined"
    """(event: word, spans: pairs of int-µs instants)"""
    WITHDRAWN = "withdrawn"
    """(event: the id of the event that is taken back)"""
    ANSWER_WITHDRAWN = "answer-withdrawn"
    """(press: word): takes back whatever one press of "Send" did. Each of those events bears the same `press`."""


class BadEventError(ValueError):
    """An event that lacks what its kind needs, or says it in the wrong form."""

    def __init__(self, *, event: str, kind: EventKind, en: str, fr: str) -> None:
        self.event, self.kind = event, kind
        super().__init__(f"event {event} ({kind}): {en} / événement {event} ({kind}) : {fr}")


Word = TypeVar("Word", bound=StrEnum)
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One recorded event. `at` is when it reached us, `recorded` when it was written down, both int-µs."""

    id: str
    kind: EventKind
    at: int
    recorded: int
    by: str
    """`customer` or `person` (of the vendor); `system` for a machine of either side."""
    data: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    def bad(self, en: str, fr: str) -> BadEventError:
        """The error that says, of this event, what is wrong with it."""
        return BadEventError(event=self.id, kind=self.kind, en=en, fr=fr)

    def word(self, key: str) -> str:
        """The word under `key`."""
        found = self.data.get(key)
        if not isinstance(found, str):
            raise self._needs(key, "a word", "un mot")
        return found

    def word_or_none(self, key: str) -> str | None:
        """The word under `key`, or None where there is none."""
        return None if self.data.get(key) is None else self.word(key)

    def words(self, key: str) -> tuple[str, ...]:
        """The words under `key`; none where the key is absent."""
        found = self.data.get(key, ())
        if not isinstance(found, (tuple, list)) or not all(isinstance(one, str) for one in found):
            raise self._needs(key, "a list of words", "une liste de mots")
        return tuple(found)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false under `key`; `default` where it is absent."""
        found = self.data.get(key, default)
        if not isinstance(found, bool):
            raise self._needs(key, "true or false", "vrai ou faux")
        return found

    def facts(self) -> dict[str, FactValue]:
        """The facts it carries, by name."""
        found = self.data.get("facts")
        if not isinstance(found, Mapping):
            raise self._needs("facts", "facts by name", "des faits par nom")
        return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}

    def outcome(self) -> OutcomeKind:
        """What was decided."""
        return self._one_of(OutcomeKind, "outcome")

    def wait(self) -> Wait:
        """Whom or what is waited for."""
        return self._one_of(Wait, "wait")

    def relief(self) -> Relief:
        """What relieved it."""
        return self._one_of(Relief, "relief")

    def windows(self) -> spans.Spans:
        """The windows it opens."""
        found = self.data.get("spans")
        if not isinstance(found, (tuple, list)) or not all(map(_is_window, found)):
            raise self._needs(
                "spans",
                "pairs of instants, each with its end last",
                "des paires d’instants, la fin en dernier",
            )
        return tuple(spans.Span(*pair) for pair in found)

    def _one_of(self, words: type[Word], key: str) -> Word:
        try:
            return words(self.word(key))
        except ValueError:
            known = ", ".join(words)
            raise self._needs(key, f"one of {known}", f"un mot parmi {known}") from None

    def _needs(self, key: str, en: str, fr: str) -> BadEventError:
        return self.bad(f"`{key}` must be {en}", f"`{key}` doit être {fr}")


def _is_window(pair: object) -> bool:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        return False
    start, end = pair
    return type(start) is int and type(end) is int and start < end


_PLACE = attrgetter("at", "recorded", "id")
_TAKES_BACK = frozenset({EventKind.WITHDRAWN, EventKind.ANSWER_WITHDRAWN})


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events as the clock reads them: by (reached, recorded, id), without withdrawals and what they take back.

    A withdrawal can itself be taken back, by one that comes after it.
    """
    ordered = sorted(events, key=_PLACE)
    withdrawals = [event for event in ordered if event.kind in _TAKES_BACK]
    if not withdrawals:
        return tuple(ordered)
    withdrawn: set[str] = set()
    presses: set[str] = set()
    for withdrawal in reversed(withdrawals):
        if withdrawal.id in withdrawn:
            continue
        if withdrawal.kind is EventKind.WITHDRAWN:
            withdrawn.add(withdrawal.word("event"))
        else:
            presses.add(withdrawal.word("press"))
    kept = (event for event in ordered if event.kind not in _TAKES_BACK and event.id not in withdrawn)
    return tuple(event for event in kept if event.word_or_none("press") not in presses)
