"""What a scenario expected and what came out, as its file would write both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from palier.programme.problems import Place

ABSENT: Final = "none"
"""What is shown where nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What came out otherwise than the scenario says, with its place. Values are as the file would write them."""

    place: Place
    what: str
    expected: str
    got: str
