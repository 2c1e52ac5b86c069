"""Bytes of messages that came of nothing go after their time; all others stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.mail import arrival
from tests.mail.arrival import NOON, Post
from tests.tickets.personas import World

from palier.mail import holding, intake, keeping, opened
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Original
from palier.mail.reader import Unreadable
from palier.site import mail_environment
from palier.site.environment import BadEnvironment

DAY = timedelta(days=1)


@pytest.fixture
def world(within: UUID) -> World:
    return arrival.infor(within)


@pytest.fixture
def post(world: World) -> Post:
    return arrival.post(world)


def test_what_came_of_nothing_is_forgotten_after_its_time_and_all_else_is_kept(
    world: World, post: Post
) -> None:
    taken = post.take(sender=world.contact)
    held, thrown = (post.take(sender=f"{who}@elsewhere.example") for who in ("kim", "lee"))
    ignored = post.take(sender=world.contact, Auto_Submitted="auto-replied")
    parked = post.send(sender=world.contact)
    Incoming.objects.filter(id=parked.id).update(state=State.PARKED, handled_at=NOON)
    # Thrown away two days later: its time runs from then.
    holding.discard(by=world.boss, incoming_id=thrown.id, reason="Advertising", now=NOON + 2 * DAY)
    raw = opened.content(world.vendor_id, thrown.id)
    assert [one.state for one in (taken, held, ignored)] == [State.DONE, State.HELD, State.IGNORED]

    def kept() -> set[UUID]:
        return set(Original.objects.values_list("incoming_id", flat=True))

    everything = kept()
    assert keeping.forget(now=NOON + 90 * DAY) == 0
    assert keeping.forget(now=NOON + 91 * DAY) == 1
    assert kept() == everything - {ignored.id}
    assert keeping.forget(now=NOON + 93 * DAY) == 1
    assert kept() == {taken.id, held.id, parked.id}
    assert keeping.forget(now=NOON + 4000 * DAY) == 0
    # The row stays: it says what it was, and brought again it is known.
    row = Incoming.objects.get(id=thrown.id)
    assert (row.state, row.from_address) == (State.DISCARDED, "lee@elsewhere.example")
    again = intake.accept(vendor_id=world.vendor_id, content=raw, reached_at=NOON, now=NOON)
    assert (again.incoming_id, again.is_new) == (thrown.id, False)
    with pytest.raises(Unreadable, match="not kept any more"):
        holding.ready(Incoming.objects.get(id=ignored.id), world.boss, NOON + 93 * DAY)


def test_how_long_is_a_setting(world: World, post: Post, settings: Any) -> None:
    post.take(sender=world.contact, Auto_Submitted="auto-replied")
    settings.PALIER_MAIL_KEPT_DAYS = 7
    assert keeping.forget(now=NOON + 6 * DAY) == 0
    assert keeping.forget(now=NOON + 8 * DAY) == 1
    assert mail_environment.kept_days({}) == 90
    assert mail_environment.kept_days({"PALIER_MAIL_KEPT_DAYS": "7"}) == 7
    with pytest.raises(BadEnvironment, match="PALIER_MAIL_KEPT_DAYS"):
        mail_environment.kept_days({"PALIER_MAIL_KEPT_DAYS": "0"})
