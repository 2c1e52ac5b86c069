"""Where a command speaks, in which language, and with what it ends."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from palier.programme import problems
from palier.programme.problems import Said

FINE, MISTAKE, OURS, INTERRUPTED = 0, 1, 3, 130
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where a command speaks, and in which language."""

    lang: str
    out: TextIO
    err: TextIO

    def tell(self, words: Said) -> None:
        """A line on the way: what is done."""
        self.out.write(problems.in_language(words, self.lang) + "\n")
        self.out.flush()

    def complain(self, words: Said) -> None:
        """A line about what went wrong."""
        self.err.write("palier: " + problems.in_language(words, self.lang) + "\n")


Run = Callable[[argparse.Namespace, Terminal], int]
