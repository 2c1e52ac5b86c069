"""Severities and required fields by their names in the programme."""

from __future__ import annotations

from dataclasses import dataclass

from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech

_WEIGHTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityView:
    """A severity: the id in its box, how heavy the box is drawn (1 the worst, to 4), the word that follows."""

    id: str
    rank: int
    name: str
    definition: str


def severity(programme: Programme, id_: str, speech: Speech) -> SeverityView:
    """A severity in the reader's words."""
    found = programme.severities[id_]
    return SeverityView(
        id=id_ if len(id_) <= 2 else str(found.rank),
        rank=min(found.rank, _WEIGHTS),
        name=speech.text(found.name),
        definition=speech.text(found.definition),
    )


def severity_name(programme: Programme, id_: object, speech: Speech) -> str:
    """`2, Major`."""
    found = programme.severities.get(str(id_))
    return f"{id_}, {speech.text(found.name)}" if found is not None else str(id_)


def field_name(programme: Programme, name: str, speech: Speech) -> str:
    """How a required field is called on the form."""
    built_in = {
        "product": _("Product"),
        "version": _("Version"),
        "environment": _("Environment"),
        "description": _("What you do, what you expect, what happens"),
        "subject": _("Subject"),
    }
    field = programme.fields.get(name)
    # A field that an older version of the programme asked for is called by its own name.
    return built_in.get(name) or (speech.text(field.name) if field is not None else name)
