"""Tables for a spreadsheet: CSV in UTF-8 with its mark, lines ended as RFC 4180 has them.

A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"): what somebody
wrote as a name or a subject must not run on the reader's machine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(text: str) -> str:
    """The text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_STARTS) else text


def written(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """The table as text: figures as they are, words made harmless, nothing for None."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(_cell, columns))
    for row in rows:
        writer.writerow(map(_cell, row))
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else str(value)
