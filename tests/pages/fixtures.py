"""Fixtures of the page tests: a moment that stands still, and Northern with requests in every state at that moment.

Nothing of Django is imported before a test needs it: pytest reads this before Django is set up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.pages.world import World

NOW = datetime(2026, 11, 19, 13, tzinfo=UTC)
"""Thursday 14:00 in Paris, 08:00 in Toronto, 22:00 in Tokyo."""


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """It is NOW, and stays so."""
    from django.utils import timezone, translation

    monkeypatch.setattr(timezone, "now", lambda: NOW)
    before = translation.get_language()
    yield NOW
    translation.activate(before or "en")


@pytest.fixture
def northern(db: None, frozen: datetime) -> World:
    """Northern, its three customers, and requests in every state."""
    from tests.pages import world

    made = world.build("northern")
    world.fill(made, frozen)
    return made


@pytest.fixture
def solidxperts(db: None, frozen: datetime) -> World:
    """Solidxperts and its customer, without requests."""
    del frozen
    from tests.pages import world

    return world.build("solidxperts")
