"""Notices: each is for one person, who alone reads it."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from tests.tickets import personas
from tests.tickets.personas import START, at

from palier.people import notices
from palier.people.access import Viewer
from palier.people.models import Notice

LATER = at("2026-07-09 12:00")


def test_a_notice_is_left_once_for_each_and_read_by_its_own_reader_only(within: UUID) -> None:
    world = personas.northern(within)
    left = notices.notify(
        vendor_id=within,
        contacts=[world.contact.id, world.contact.id],
        staff=[world.agent.id],
        kind=notices.Kind.REQUEST_HELD,
        data={"ticket": world.contract.id, "left": 2},
        ticket_number=12,
        now=START,
    )
    assert left == 2
    mine = notices.notices(world.customer).get()
    assert (mine.kind, mine.data, mine.ticket_number) == (
        "request-held",
        {"ticket": str(world.contract.id), "left": 2},
        12,
    )
    viewers = (world.customer, Viewer.customer(world.colleague), world.desk, world.boss, world.machine)
    assert [notices.unread_count(viewer) for viewer in viewers] == [1, 0, 1, 0, 0]
    for viewer in viewers[1:]:
        with pytest.raises(Notice.DoesNotExist):
            notices.read(viewer, mine.id, LATER)
    assert notices.read(world.customer, mine.id, LATER).read_at == LATER
    # What was read stays read since then.
    assert notices.read(world.customer, mine.id, at("2026-08-01 00:00")).read_at == LATER
    assert notices.unread_count(world.customer) == 0
    assert notices.unread_count(world.desk) == 1


def test_the_newest_comes_first_and_all_can_be_read_at_once(within: UUID) -> None:
    world = personas.northern(within)
    for kind, when in (("plan-asked", START), ("plan-granted", LATER)):
        notices.notify(vendor_id=within, contacts=[world.contact.id], kind=kind, now=when)
    assert [one.kind for one in notices.notices(world.customer)] == ["plan-granted", "plan-asked"]
    assert notices.read_all(world.customer, LATER) == 2
    assert notices.read_all(world.customer, LATER) == 0
    assert not notices.notices(world.customer, unread=True).exists()


def test_a_notice_for_nobody_or_for_two_cannot_be_written(within: UUID) -> None:
    world = personas.northern(within)
    for both in ({}, {"contact": world.contact, "staff": world.agent}):
        with pytest.raises(IntegrityError, match="people_notice_for_one"), transaction.atomic():
            Notice.objects.create(vendor_id=within, kind="x", created_at=START, **both)
