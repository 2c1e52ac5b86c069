"""Refusals of actions, said to the reader: the sentence in the reader's language, with the way out."""

from __future__ import annotations

from palier.pages.speech import Speech
from palier.people.access import Refused
from palier.tickets.problems import CannotDo

REFUSALS = (Refused, CannotDo)


def refusal(problem: Refused | CannotDo, speech: Speech) -> str:
    """The refusal in the reader's language."""
    return speech.typeset(problem.said[speech.language])
