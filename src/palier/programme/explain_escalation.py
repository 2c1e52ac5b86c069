"""What would be done by itself if nobody acted on a request: each step of its programme's rules, in words.

`Friday 10 July 2026, 11:00 Paris time: …`, with the clause that says so (docs/reference/escalation.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from palier.core.escalation import Part, Step
from palier.core.programme import Programme
from palier.programme import locales
from palier.programme.phrases import speak


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTold:
    """One step: its clause, its instant (µs; in words), whether it is the page, and the rule's own words."""

    clause: str
    at: int
    when: str
    page: bool
    text: str


def explain_steps(
    programme: Programme, steps: Iterable[Step], *, language: str, zone: str, locale: str | None = None
) -> tuple[StepTold, ...]:
    """The steps in the order of time, in the customer's `zone`."""
    phrases = speak(programme, language=language, locale=locale)
    return tuple(
        StepTold(
            clause=step.rule.clause,
            at=step.at,
            when=locales.long_instant(step.at, zone, phrases.locale),
            page=step.part is Part.PAGE,
            text=locales.typeset(step.rule.text.in_(language), phrases.locale),
        )
        for step in steps
    )
