"""One function: a source and its data in, a PDF out, the same bytes for the same input on every machine.

Fonts are those inside typst (Libertinus Serif, DejaVu Sans Mono), never the machine's. Data travel beside the source as
JSON, as `data`: what a customer typed is text there and can never become markup. Every source is preceded by
`prelude.typ`, which sets page, language and title and brings the helpers named there.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import typst

from palier.papers import metadata
from palier.papers.metadata import Extension

Standard = Literal["a-3b", "ua-1"]
Paper = Literal["a4", "us-letter"]
Relationship = Literal["data", "alternative"]


class BadPaper(Exception):
    """A source that typst cannot set, or data it lacks; the message is typst's own with the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside a PDF, of text. `description` is what a reader of the PDF sees of it; `relationship` whether it is
    what the paper was made of (`data`) or says the same in another form (`alternative`)."""

    name: str
    text: str
    media_type: str
    description: str
    relationship: Relationship = "data"


def pdf(
    source: str,
    data: Mapping[str, Any],
    *,
    standard: Standard,
    lang: str,
    title: str,
    made_at: datetime,
    paper: Paper = "a4",
    attachments: Sequence[Attachment] = (),
    author: str = "",
    extension: Extension | None = None,
) -> bytes:
    """The PDF of a typst source over `data` (what JSON can hold), as `a-3b` (archive) or `ua-1` (accessible).

    `lang` is a language or a locale (`fr`, `fr-CH`); `made_at` becomes the document's date; `extension` is what its
    metadata are to say besides. Raises BadPaper.
    """
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "lang": lang,
        "title": title,
        "author": author,
        "paper": paper,
        "attachments": json.dumps(
            [
                {
                    "name": one.name,
                    "text": one.text,
                    "type": one.media_type,
                    "description": one.description,
                    "relationship": one.relationship,
                }
                for one in attachments
            ],
            ensure_ascii=False,
        ),
    }
    try:
        made = typst.compile(
            f"{_prelude()}\n{source}".encode(),
            font_paths=_fonts(),
            sys_inputs=inputs,
            pdf_standards=[standard],
            timestamp=int(made_at.timestamp()),
        )
    except typst.TypstError as error:
        hints = "; ".join(error.hints)
        raise BadPaper(f"{error.message}{f' ({hints})' if hints else ''}\n{error.diagnostic}") from error
    return made if extension is None else metadata.extended(made, extension)


@functools.cache
def _prelude() -> str:
    return importlib.resources.files("palier.papers").joinpath("prelude.typ").read_text(encoding="utf-8")


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
