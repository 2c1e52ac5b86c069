"""Tags, watching and putting aside: what each leaves in the history, who may, and what no stranger learns."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from palier.people import actions as people
from palier.people import notices, tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Role, Vendor
from palier.tickets import (
    answering,
    opening,
    reopening,
    snoozing,
    steering,
    sweeping,
    tags,
    ticket_page,
    watching,
)
from palier.tickets.models import Event, Tag, Tagging, Ticket
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at

NOW = at("2026-07-09 13:00")
HOUR = timedelta(hours=1)


def opened(world: World) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(), now=at("2026-07-09 12:00"))


def kinds(ticket: Ticket) -> list[str]:
    return list(
        Event.objects.filter(ticket=ticket).order_by("recorded_at", "id").values_list("kind", flat=True)
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("export, DXF", ("export", "DXF")),
        (" Réseau ,  réseau, RESEAU", ("Réseau",)),
        ("one  two,,", ("one two",)),
        ("", ()),
        (" , \u0301 ,", ()),
    ],
)
def test_tags_are_typed_with_commas(typed: str, read: tuple[str, ...]) -> None:
    assert tags.written(typed) == read


def test_a_word_becomes_a_tag_by_being_used_and_is_the_same_in_any_case(within: UUID) -> None:
    world = personas.northern(within)
    one, other = opened(world), opened(world)
    assert tags.change(by=world.desk, ticket=one, add=["Réseau", "export"], now=NOW) == ("export", "Réseau")
    assert tags.change(by=world.boss, ticket=other, add=["RESEAU"], now=NOW) == ("Réseau",)
    assert [name for _, name in tags.known(world.desk)] == ["export", "Réseau"]
    assert tags.of_tickets(world.desk, [one.id, other.id]) == {
        one.id: ("export", "Réseau"),
        other.id: ("Réseau",),
    }
    # Giving what it has changes nothing and leaves no trace.
    tags.change(by=world.desk, ticket=one, add=["reseau"], remove=["unknown"], now=NOW)
    assert kinds(one).count("tagged") == 1
    assert tags.put(by=world.desk, ticket=one, names=["réseau", "urgent"], now=NOW) == ("Réseau", "urgent")
    last = Event.objects.filter(ticket=one, kind="tagged").latest("id")
    assert last.data == {"added": ["urgent"], "removed": ["export"]}


def test_a_tag_is_short_and_a_ticket_has_few(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="long-tag"), transaction.atomic():
        tags.change(by=world.desk, ticket=ticket, add=["x" * 41], now=NOW)
    with pytest.raises(CannotDo, match="many-tags"), transaction.atomic():
        tags.change(by=world.desk, ticket=ticket, add=[f"t{n}" for n in range(21)], now=NOW)
    assert not Tag.objects.exists()


def test_customers_neither_tag_nor_see_tags(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    tags.change(by=world.desk, ticket=ticket, add=["zanzibarine"], now=NOW)
    for act in (
        lambda: tags.change(by=world.customer, ticket=ticket, add=["x"], now=NOW),
        lambda: watching.watch(by=world.customer, ticket=ticket, now=NOW),
        lambda: snoozing.snooze(by=world.customer, ticket=ticket, until=None, now=NOW),
    ):
        with pytest.raises(Refused, match="not-allowed"):
            act()
    assert tags.known(world.customer) == ()
    assert tags.of_ticket(world.customer, ticket.id) == ()
    page = ticket_page.ticket_page(world.customer, number=ticket.number, now=NOW)
    assert not {"tagged", "watched", "snoozed", "woken"} & {entry.kind for entry in page.stream}
    assert "zanzibarine" not in str(page.stream)


def test_an_agent_without_the_team_neither_tags_nor_watches(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    level2 = people.add_team(by=world.machine, name="Level 2", level=2)
    steering.assign(by=world.boss, ticket=ticket, team=level2, now=NOW)
    for act in (
        lambda: tags.change(by=world.desk, ticket=ticket, add=["x"], now=NOW),
        lambda: watching.watch(by=world.desk, ticket=ticket, now=NOW),
        lambda: snoozing.snooze(by=world.desk, ticket=ticket, until=None, now=NOW),
    ):
        with pytest.raises(Ticket.DoesNotExist):
            act()


def test_another_vendors_tags_are_unknown_and_cannot_be_pointed_to(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        tags.change(by=world.desk, ticket=opened(world), add=["ours"], now=NOW)
        ours = Tag.objects.get()
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        neighbour = personas.northern(other.id)
        ticket = opened(neighbour)
        assert tags.known(neighbour.boss) == ()
        assert tags.known(Viewer.machine(vendor.id)) == ()
        Tagging.objects.create(vendor_id=other.id, ticket=ticket, tag_id=ours.id, tagged_at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.check_constraints()
        Tagging.objects.all().delete()


def test_who_watches_is_told_but_not_of_what_one_did_oneself(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    for viewer in (world.desk, world.boss):
        watching.watch(by=viewer, ticket=ticket, now=NOW)
        watching.watch(by=viewer, ticket=ticket, now=NOW)
    assert kinds(ticket).count("watched") == 2
    assert [name for _, name in watching.watchers(world.desk, ticket.id)] == ["Alex", "Morgan"]
    assert watching.watchers(world.customer, ticket.id) == ()
    assert watching.watched(world.desk) == {ticket.id}
    answering.reply(by=world.customer, ticket=ticket, body="Any news?", now=NOW + HOUR)
    for viewer in (world.desk, world.boss):
        assert [(one.kind, one.data["what"]) for one in notices.notices(viewer)] == [
            ("watched", "customer-wrote")
        ]
    watching.watch(by=world.boss, ticket=ticket, watching=False, now=NOW + HOUR)
    reopening.resolve(by=world.desk, ticket=ticket, now=NOW + 2 * HOUR)
    assert notices.notices(world.desk).count() == 1
    assert notices.notices(world.boss).count() == 1


def test_who_may_no_longer_see_it_is_told_nothing(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    watching.watch(by=world.desk, ticket=ticket, now=NOW)
    steering.restrict(by=world.boss, ticket=ticket, restricted=True, named=[], now=NOW)
    answering.reply(by=world.customer, ticket=ticket, body="Any news?", now=NOW + HOUR)
    assert not notices.notices(world.desk)


def test_a_snooze_ends_at_its_instant_for_that_person_only(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    until = NOW + 2 * HOUR
    snoozing.snooze(by=world.desk, ticket=ticket, until=until, now=NOW)
    assert snoozing.asleep(world.desk, NOW) == {ticket.id: until}
    assert snoozing.asleep(world.boss, NOW) == {}
    assert snoozing.asleep(world.desk, until) == {}
    # Again, until something happens: it replaces what was chosen before.
    snoozing.snooze(by=world.desk, ticket=ticket, until=None, now=NOW)
    assert snoozing.asleep(world.desk, until) == {ticket.id: None}
    snoozing.wake(by=world.desk, ticket=ticket, now=NOW)
    snoozing.wake(by=world.desk, ticket=ticket, now=NOW)
    assert snoozing.asleep(world.desk, NOW) == {}
    assert kinds(ticket)[-3:] == ["snoozed", "snoozed", "woken"]


@pytest.mark.parametrize("until", [NOW, NOW - HOUR, NOW + timedelta(days=400)])
def test_a_snooze_ends_in_the_future(within: UUID, until: object) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(CannotDo, match="snooze-when"):
        snoozing.snooze(by=world.desk, ticket=ticket, until=until, now=NOW)  # type: ignore[arg-type]


def test_the_customer_wakes_it_and_so_does_a_missed_promise(within: UUID) -> None:
    world = personas.northern(within)
    written, missed, quiet = (opened(world) for _ in range(3))
    for ticket in (written, missed, quiet):
        snoozing.snooze(by=world.desk, ticket=ticket, until=NOW + timedelta(days=90), now=NOW)
    answering.reply(by=world.customer, ticket=written, body="Any news?", now=NOW + HOUR)
    answering.reply(by=world.boss, ticket=quiet, body="We look.", now=NOW + HOUR, then="wait-customer")
    assert set(snoozing.asleep(world.desk, NOW + HOUR)) == {missed.id, quiet.id}
    late = NOW + timedelta(days=10)
    sweeping.attend_batch(within, [missed.id], late)
    assert set(snoozing.asleep(world.desk, late)) == {quiet.id}


def test_what_sleeps_keeps_its_clock(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    before = Ticket.objects.get(id=ticket.id).next_due_at
    snoozing.snooze(by=world.desk, ticket=ticket, until=None, now=NOW)
    assert Ticket.objects.get(id=ticket.id).next_due_at == before


def test_finance_sees_no_ticket_to_watch(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    clerk = Viewer.staff(personas.add_staff(world.machine, "fin", Role.FINANCE))
    with pytest.raises(Ticket.DoesNotExist):
        watching.watch(by=clerk, ticket=ticket, now=NOW)
