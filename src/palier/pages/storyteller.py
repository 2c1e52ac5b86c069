"""Who tells what happened on a request, to whom: the reader's words and zones, and names of the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palier.core.programme import OutcomeKind, Programme
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.programme import phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyteller:
    """What a sentence about a request needs. `here` is the reader's zone, `there` the other side's."""

    programme: Programme
    speech: Speech
    here: Moments
    there: Moments
    vendor_name: str
    customer_name: str
    staff_names: Mapping[str, str]
    reader: str

    def outcome(self, data: Mapping[str, Any]) -> str:
        """A decision in a few words."""
        ids = data.get("clauses", ())
        consent = any(clause.outcome.consent for clause in self.programme.coverage if clause.id in ids)
        speak = phrases.speak(self.programme, language=self.speech.language, locale=self.speech.locale)
        return speak.outcome(OutcomeKind(data["outcome"]), data.get("level"), consent=consent)

    def text(self, name: str, table: Mapping[str, Any]) -> str:
        """The programme's name for an id."""
        found = table.get(name)
        return self.speech.text(found.name) if found is not None else name
