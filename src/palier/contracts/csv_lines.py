"""CSV files read line by line into cells: what is wrong with a file or a cell is told with its line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MOST_LINES = 100_000
_YES = frozenset({"yes", "oui", "true", "vrai", "1", "x"})
_NO = frozenset({"no", "non", "false", "faux", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong on a line (1 is the header); `column` is empty where it is the line as a whole."""

    line: int
    column: str
    en: str
    fr: str

    @property
    def said(self) -> Mapping[str, str]:
        """The sentence by language."""
        return {"en": self.en, "fr": self.fr}


class Bad(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, en: str, fr: str) -> None:
        super().__init__(en)
        self.column, self.en, self.fr = column, en, fr


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The cells of one line by column; the readers raise Bad with the column."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """What stands in a column; empty where it is not there."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """The same, which must not be empty."""
        found = self.text(column)
        if not found:
            raise Bad(column, f"{column}: fill it in.", f"{column} : remplissez-la.")
        return found

    def words(self, column: str) -> tuple[str, ...]:
        """Words with `|` between them."""
        return tuple(word.strip() for word in self.text(column).split("|") if word.strip())

    def day(self, column: str) -> date | None:
        """A date as 2026-07-31; None where it is empty."""
        found = self.text(column)
        if not found:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", found):
                return date.fromisoformat(found)
        except ValueError:
            pass
        raise Bad(
            column,
            f"{column}: {found!r} is no date; write 2026-07-31.",
            f"{column} : {found!r} n’est pas une date ; écrivez 2026-07-31.",
        )

    def whole(self, column: str) -> int | None:
        """A whole number; None where it is empty."""
        found = self.text(column)
        if not found:
            return None
        if re.fullmatch(r"\d{1,9}", found):
            return int(found)
        raise Bad(
            column,
            f"{column}: {found!r} is no whole number.",
            f"{column} : {found!r} n’est pas un nombre entier.",
        )

    def decimal(self, column: str) -> Decimal | None:
        """A number with a point or a comma; None where it is empty."""
        found = self.text(column)
        if not found:
            return None
        if re.fullmatch(r"\d{1,15}([.,]\d{1,4})?", found):
            return Decimal(found.replace(",", "."))
        raise Bad(
            column,
            f"{column}: {found!r} is no number; write 12.5, without spaces or currency.",
            f"{column} : {found!r} n’est pas un nombre ; écrivez 12.5, sans espaces ni monnaie.",
        )

    def yes(self, column: str, *, otherwise: bool = False) -> bool:
        """Yes or no, in English or French."""
        found = self.text(column).lower()
        if column not in self.cells or not found:
            return otherwise
        if found in _YES:
            return True
        if found in _NO:
            return False
        raise Bad(
            column,
            f"{column}: {found!r} is neither yes nor no.",
            f"{column} : {found!r} n’est ni oui ni non.",
        )


def read(
    kind: str, required: Sequence[str], optional: Sequence[str], content: bytes
) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    """The lines with their numbers, and what is wrong with the file itself."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], [
            _fault(
                line,
                "The file is not UTF-8 text: save it as “CSV UTF-8”.",
                "Le fichier n’est pas du texte UTF-8 : enregistrez-le en « CSV UTF-8 ».",
            )
        ]
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        faults = list(_header(kind, required, optional, header))
        lines, odd = _lines(reader, header)
    except csv.Error as error:
        return [], [
            _fault(
                reader.line_num, f"The line cannot be read: {error}.", f"La ligne est illisible : {error}."
            )
        ]
    return lines, [*faults, *odd]


def _fault(line: int, en: str, fr: str, column: str = "") -> Fault:
    return Fault(line=line, column=column, en=en, fr=fr)


def _header(
    kind: str, required: Sequence[str], optional: Sequence[str], header: Sequence[str]
) -> Iterator[Fault]:
    known = (*required, *optional)
    listed = ", ".join(known)
    for column in dict.fromkeys(header):
        if column not in known:
            yield _fault(
                1,
                f"Unknown column {column!r}; a file of {kind} has: {listed}.",
                f"Colonne inconnue {column!r} ; un fichier de {kind} a : {listed}.",
                column,
            )
        if header.count(column) > 1:
            yield _fault(
                1, f"The column {column!r} comes twice.", f"La colonne {column!r} est en double.", column
            )
    for column in required:
        if column not in header:
            yield _fault(1, f"The column {column!r} is missing.", f"La colonne {column!r} manque.", column)


def _lines(
    reader: Iterator[list[str]], header: Sequence[str]
) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    lines: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    for cells in reader:
        number: int = reader.line_num  # type: ignore[attr-defined]  # a csv.reader
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            faults.append(
                _fault(
                    number,
                    f"The line has {len(cells)} cells, the header {len(header)}.",
                    f"La ligne a {len(cells)} cellules, l’en-tête {len(header)}.",
                )
            )
        lines.append((number, dict(zip(header, (cell.strip() for cell in cells), strict=False))))
        if len(lines) > MOST_LINES:
            faults.append(
                _fault(
                    number,
                    f"More than {MOST_LINES} lines: cut the file in two.",
                    f"Plus de {MOST_LINES} lignes : coupez le fichier en deux.",
                )
            )
            break
    if not lines:
        faults.append(
            _fault(1, "There is no line below the header.", "Il n’y a aucune ligne sous l’en-tête.")
        )
    return lines, faults
