"""Whoever may not do something reads what, in words."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.test_acts import THURSDAY, opened

from palier.people.access import Refused
from palier.tickets import deeds, permissions, waiting

SOURCES = Path(deeds.__file__).parent


def test_every_action_that_can_be_refused_has_words() -> None:
    asked = {
        name
        for path in SOURCES.glob("*.py")
        for name in re.findall(r'permissions\.require\(\w+, \w+, "([a-z-]+)"', path.read_text())
    }
    assert len(asked) > 15
    assert asked | permissions._WORK <= set(deeds.WORDS)


@pytest.mark.parametrize("action", sorted(deeds.WORDS))
def test_no_sentence_shows_an_id(action: str) -> None:
    en, fr = deeds.sentence(action)
    assert f"({action})" not in en + fr
    assert "'" not in fr
    assert en.startswith("You cannot ")
    assert fr.startswith("Vous ne pouvez pas ")


def test_a_refusal_says_what_cannot_be_done(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(Refused) as refused:
        waiting.resume(by=world.desk, ticket=ticket, now=THURSDAY)
    assert refused.value.code == "not-allowed"
    assert "let the clock run again" in refused.value.said["en"]
    assert "faire repartir l’horloge" in refused.value.said["fr"]
