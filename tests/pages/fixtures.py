"""Fixtures of the page tests: a moment that stands still, and Northern with requests in every state at that moment.

Nothing of Django is imported before a test needs it: pytest reads this before Django is set up.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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


@pytest.fixture(scope="module")
def northern_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Northern, its three customers, and requests in every state: made once for the tests of a file, then taken away."""
    from django.test import TransactionTestCase
    from django.utils import timezone
    from tests.pages import world

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(timezone, "now", lambda: NOW)
        made = world.build("northern")
        world.fill(made, NOW)
    yield made
    with django_db_blocker.unblock():
        TransactionTestCase._fixture_teardown(object())  # type: ignore[attr-defined]


@pytest.fixture
def northern(northern_once: World, db: None, frozen: datetime) -> World:
    """The same as it was made, whatever other tests did: of a test's own transaction nothing stays."""
    del frozen
    return copy.deepcopy(northern_once)


@pytest.fixture
def solidxperts(db: None, frozen: datetime) -> World:
    """Solidxperts and its customer, without requests."""
    del frozen
    from tests.pages import world

    return world.build("solidxperts")
