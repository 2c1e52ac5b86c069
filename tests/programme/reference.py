"""The reference programmes, loaded once a test run."""

from __future__ import annotations

import functools

from palier.core.programme import Programme
from palier.programme import commands, library


@functools.cache
def programme_of(vendor: str) -> Programme:
    """A reference programme, which has no problem."""
    loaded = commands.read(library.reference_programmes()[vendor])
    assert [problem.text("en") for problem in loaded.problems] == []
    assert loaded.programme is not None
    return loaded.programme
