"""A coverage decision as a page shows it: its words are those of `palier.programme.explain`, its look is ours.

Nothing is decided and nothing about the decision is worded here.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TypeVar, cast
from uuid import UUID

from django.utils.translation import ngettext

from palier.contracts import queries as contracts
from palier.core.coverage import Decision
from palier.core.programme import Programme, Text
from palier.pages import wording
from palier.pages.speech import Speech
from palier.programme import explain
from palier.programme.explain import Cited, Explanation
from palier.tickets import convert

_LOOKED_OPEN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A clause of any part of the programme, by its id, with its words."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """A verdict block: how it looks, its badge of two words, and the decision told."""

    tone: str
    icon: str
    badge: str
    told: Explanation

    @property
    def clause(self) -> Cited:
        """The clause that decided; the first where several gates hold."""
        return self.told.clauses[0]

    @property
    def looked_words(self) -> str:
        """How many rows were looked at before: the label of their fold."""
        count = len(self.told.looked_before)
        return ngettext("%(n)d clause did not fit", "%(n)d clauses did not fit", count) % {"n": count}

    @property
    def looked_folded(self) -> bool:
        """More rows than one takes in at once: shown when asked for."""
        return len(self.told.looked_before) > _LOOKED_OPEN


def view(
    programme: Programme,
    decision: Decision,
    speech: Speech,
    *,
    beyond: Decision | None = None,
    to_desk: bool = False,
) -> VerdictView:
    """The decision in the words of its reader, the customer or (`to_desk`) the vendor's people.

    `beyond` is what comes once everything that holds it is freed.
    """
    tone, icon = wording.outcome_tone(decision.outcome, decision.level)
    return VerdictView(
        tone=tone,
        icon=icon,
        badge=wording.outcome(decision.outcome, decision.level),
        told=_typeset(
            explain.explain_decision(
                programme,
                decision,
                language=speech.language,
                locale=speech.locale,
                beyond=beyond,
                to_desk=to_desk,
            ),
            speech,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A verdict block by what it depends on: equal where it says the same, so that it is told once (pages.kept)."""

    revision_id: UUID
    decided: str
    """The decision as it is stored."""
    language: str
    locale: str
    to_desk: bool
    count: str
    """`1 of 2`."""

    @property
    def verdict(self) -> VerdictView:
        """The block."""
        return _told(self.revision_id, self.decided, self.language, self.locale, self.to_desk)


def kept_view(revision_id: UUID, decided: str, speech: Speech, *, to_desk: bool = False) -> VerdictView:
    """A stored decision in words. Of tickets decided alike the words are the same, and made once."""
    return _told(revision_id, decided, speech.language, speech.locale, to_desk)


@functools.lru_cache(maxsize=512)
def _told(revision_id: UUID, decided: str, language: str, locale: str, to_desk: bool) -> VerdictView:
    speech = Speech(language=language, locale=locale, zone="UTC", programme=None)
    programme = contracts.programme(revision_id)
    return view(programme, convert.decision_from_text(decided), speech, to_desk=to_desk)


T = TypeVar("T")


def _typeset(told: T, speech: Speech) -> T:
    """The same words with the apostrophes and spacing of the page, however deep they stand."""
    done: object = told
    if isinstance(told, str):
        done = speech.typeset(told)
    elif isinstance(told, tuple):
        done = tuple(_typeset(one, speech) for one in told)
    elif is_dataclass(told) and not isinstance(told, type):
        done = replace(told, **{one.name: _typeset(getattr(told, one.name), speech) for one in fields(told)})
    return cast(T, done)


def quoted(programme: Programme, clause: str, speech: Speech) -> Quoted | None:
    """A clause of any part of the programme by its id."""
    text = _clauses(programme).get(clause)
    return None if text is None else Quoted(id=clause, text=speech.text(text))


def _clauses(programme: Programme) -> Mapping[str, Text]:
    found = _CLAUSES.get(programme.version)
    if found is None:
        found = {}
        for id_, _ref, text in programme.clause_texts():
            found.setdefault(id_, text)
        _CLAUSES[programme.version] = found
    return found


_CLAUSES: dict[str, Mapping[str, Text]] = {}
"""The words of each programme's clauses, by its version."""


def adoption_holds(programme: Programme) -> frozenset[str]:
    """The holds that stand because of who wrote: an authorised contact frees them by taking the request over."""
    return frozenset(
        clause.outcome.hold
        for clause in programme.coverage
        if clause.outcome.hold is not None
        and any(condition.fact == "contact" for alternative in clause.when for condition in alternative)
    )
