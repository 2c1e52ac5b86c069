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

Standard = Literal["a-3b", "ua-1"]
Paper = Literal["a4", "us-letter"]


class BadPaper(Exception):
    """A source that typst cannot set, or data it lacks; the message is typst's own with the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside a PDF, of text. `description` is what a reader of the PDF sees of it."""

    name: str
    text: str
    media_type: str
    description: str


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
) -> bytes:
    """The PDF of a typst source over `data` (what JSON can hold), as `a-3b` (archive) or `ua-1` (accessible).

    `made_at` becomes the document's date. Raises BadPaper.
    """
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "lang": lang,
        "title": title,
        "paper": paper,
        "attachments": json.dumps(
            [
                {
                    "name": one.name,
                    "text": one.text,
                    "type": one.media_type,
                    "description": one.description,
                }
                for one in attachments
            ],
            ensure_ascii=False,
        ),
    }
    try:
        return typst.compile(
            f"{_prelude()}\n{source}".encode(),
            font_paths=_fonts(),
            sys_inputs=inputs,
            pdf_standards=[standard],
            timestamp=int(made_at.timestamp()),
        )
    except typst.TypstError as error:
        hints = "; ".join(error.hints)
        raise BadPaper(f"{error.message}{f' ({hints})' if hints else ''}\n{error.diagnostic}") from error


@functools.cache
def _prelude() -> str:
    return importlib.resources.files("palier.papers").joinpath("prelude.typ").read_text(encoding="utf-8")


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
