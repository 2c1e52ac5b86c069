"""The desk's lists: filters, orders forwards and back without gap, groups by due, and what is put aside."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.people import actions as people
from palier.people.access import Viewer
from palier.tickets import (
    answering,
    clockwork,
    lists,
    narrowing,
    opening,
    orders,
    reopening,
    snoozing,
    steering,
    tags,
    watching,
)
from palier.tickets.lists import Asked
from palier.tickets.models import Ticket
from palier.tickets.narrowing import Narrow
from palier.tickets.orders import Order, Place
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at

NOW = at("2026-07-09 13:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def world(within: UUID) -> World:
    return personas.northern(within)


def opened(world: World, effect: str = "lasting-major", when: str = "2026-07-09 12:00") -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(effect), now=at(when))


def found(viewer: Viewer, view: str = "all", filters: dict[str, list[str]] | None = None) -> set[int]:
    asked = Asked(view=view, narrow=narrowing.read(filters or {}))
    rows = lists.page(viewer, now=NOW, asked=asked).rows
    assert lists.counts_of(viewer, [asked], NOW) == [len(rows)]
    return {int(row.number.removeprefix("NOR-")) for row in rows}


def test_each_filter_finds_its_own(world: World) -> None:
    mine, nobodys, waiting, minor = (
        opened(world, effect) for effect in [*["lasting-major"] * 3, "lasting-minor"]
    )
    team = people.add_team(by=world.machine, name="Level 1", level=1)
    steering.assign(by=world.boss, ticket=mine, assignee=world.agent, team=team, now=NOW)
    steering.assign(by=world.boss, ticket=minor, assignee=world.manager, now=NOW)
    answering.reply(by=world.boss, ticket=waiting, body="Which?", now=NOW, then="wait-customer")
    tags.change(by=world.desk, ticket=nobodys, add=["export"], now=NOW)
    ((tag, _),) = tags.known(world.desk)
    watching.watch(by=world.desk, ticket=minor, now=NOW)
    viewer = world.boss
    m, n, w, i = (one.number for one in (mine, nobodys, waiting, minor))
    row = Ticket.objects.get(id=minor.id)
    boss, agent = str(world.manager.id), str(world.agent.id)
    for expected, filters in (
        ({m, n, w, i}, {}),
        ({w}, {"status": ["waiting"]}),
        ({i}, {"person": ["me"]}),
        ({n, w}, {"person": ["nobody"]}),
        ({m, n, w}, {"person": ["nobody", agent]}),
        ({i}, {"person": [boss]}),
        ({m}, {"team": [str(team.id)]}),
        ({n, w, i}, {"team": ["none"]}),
        ({i}, {"severity": [row.severity]}),
        ({m, n, w, i}, {"plan": ["standard"]}),
        (set(), {"plan": ["gold"]}),
        ({m, n, w, i}, {"organisation": [str(world.organisation.id)]}),
        (set(), {"organisation": [str(uuid4())]}),
        ({m, n, w, i}, {"kind": ["defect"], "product": [row.product]}),
        ({n}, {"tag": [str(tag)]}),
        (set(), {"tag": [str(uuid4())]}),
        ({m, n, w, i}, {"outcome": ["cover"]}),
        (set(), {"level": ["2"]}),
        ({w}, {"wait": ["customer"]}),
        ({m, n, w, i}, {"language": ["fr"]}),
        (set(), {"language": ["en"]}),
        (set(), {"missed": ["yes"]}),
        ({m, n, w, i}, {"created": ["1"], "updated": ["7"]}),
        (set(), {"watched": ["yes"]}),
        (set(), {"snoozed": ["yes"]}),
        ({n}, {"person": ["nobody"], "tag": [str(tag)]}),
    ):
        assert found(viewer, filters=filters) == expected, filters
    assert found(world.desk, filters={"watched": ["yes"]}) == found(world.desk, "watched") == {i}
    asked = Asked(narrow=narrowing.read({"words": ["archive"]}), matching=frozenset({mine.id}))
    assert [one.id for one in lists.page(viewer, now=NOW, asked=asked).rows] == [mine.id]


def test_due_within_so_many_hours(world: World) -> None:
    soon = opened(world)
    due = Ticket.objects.get(id=soon.id).next_due_at
    assert due is not None
    ahead = -((NOW - due) // HOUR)
    assert found(world.desk, filters={"due": [str(ahead + 1)]}) == {soon.number}
    assert found(world.desk, filters={"due": [str(max(1, ahead - 2))]}) == set()


def test_ended_ones_are_listed_only_where_asked_newest_first(world: World) -> None:
    tickets = [opened(world) for _ in range(3)]
    for ticket in tickets[:2]:
        reopening.close(by=world.desk, ticket=ticket, now=NOW)
    assert found(world.desk) == {tickets[2].number}
    assert found(world.desk, filters={"status": ["closed"]}) == {one.number for one in tickets[:2]}
    asked = Asked(narrow=narrowing.read({"status": ["closed", "open", "new"]}))
    rows = lists.page(world.desk, now=NOW, asked=asked).rows
    assert [row.number for row in rows] == [f"NOR-{one.number}" for one in reversed(tickets)]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("status", "x"), ("person", "x"), ("team", "me"), ("organisation", "1"), ("tag", "export"),
        ("due", "0"), ("due", "x"), ("due", "²"), ("due", "99999999999999999999"), ("created", "-1"),
        ("missed", "no"), ("severity", "x" * 300), ("kind", "\0"),
    ],
)  # fmt: skip
def test_a_word_that_no_filter_has_is_refused(name: str, word: str) -> None:
    with pytest.raises(CannotDo):
        narrowing.read({name: [word]})


def test_filters_are_written_as_they_are_read() -> None:
    words = {"status": ["open", "new"], "person": ["me"], "due": ["4"], "words": ["bend lines"]}
    narrow = narrowing.read(words)
    assert narrow.as_words() == words
    assert narrowing.read(narrow.as_words()) == narrow
    assert not Narrow()
    assert narrow


ORDERED: dict[Order, Callable[[Ticket], object]] = {
    Order.NEWEST: lambda one: -one.number,
    Order.OLDEST: lambda one: one.number,
    Order.UPDATED: lambda one: (-one.updated_at.timestamp(), -one.number),
    Order.DUE: lambda one: (one.next_due_at is None, one.next_due_at, one.number)
    if one.next_due_at
    else (True, one.order_calm, one.order_severity, one.order_priority, one.order_due, one.order_number),
    Order.QUEUE: lambda one: (
        one.order_calm, one.order_severity, one.order_priority, one.order_due, one.order_number,
    ),
}  # fmt: skip


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_both_ways(world: World, order: Order) -> None:
    effects = ("lasting-major", "loss-of-service", "lasting-minor")
    tickets = [opened(world, effects[n % 3], f"2026-07-09 {7 + n % 4:02d}:00") for n in range(7)]
    for ticket in tickets[:3]:
        answering.reply(by=world.desk, ticket=ticket, body="Which?", now=NOW, then="wait-customer")
    stored = list(Ticket.objects.all())
    wanted = [f"NOR-{one.number}" for one in sorted(stored, key=ORDERED[order])]  # type: ignore[arg-type]
    asked = Asked(order=order)
    pages, after = [], None
    while True:
        page = lists.page(world.desk, now=NOW, asked=asked, after=after, size=2)
        pages.append([row.number for row in page.rows])
        if page.next is None:
            break
        after = orders.place(page.next.token(), order)
        assert after == page.next
    assert functools.reduce(operator.iadd, pages, []) == wanted
    back, before = [pages[-1]], page.previous
    while before is not None:
        page = lists.page(world.desk, now=NOW, asked=asked, before=before, size=2)
        back.insert(0, [row.number for row in page.rows])
        assert page.next is not None
        before = page.previous
    assert functools.reduce(operator.iadd, back, []) == wanted


def test_groups_by_due_count_what_they_hold(world: World) -> None:
    missed, waiting, *_ = [
        opened(world, "lasting-minor", when) for when in ("2026-07-06 07:00", "2026-07-09 08:00")
    ]
    fresh = opened(world)
    answering.reply(by=world.desk, ticket=waiting, body="Which?", now=NOW, then="wait-customer")
    late = Ticket.objects.select_related("organisation").get(id=missed.id)
    clockwork.refold(late, now=NOW)
    due = Ticket.objects.get(id=fresh.id).next_due_at
    assert due is not None
    for ends_at, today, later in ((due, 1, 0), (due - HOUR, 0, 1)):
        seen = lists.groups(world.desk, now=NOW, asked=Asked(order=Order.DUE), day_ends_at=ends_at)
        assert (seen.missed, seen.soon, seen.today, seen.later, seen.stopped) == (1, 0, today, later, 1)
    seen = lists.groups(world.desk, now=due - HOUR, asked=Asked(order=Order.DUE), day_ends_at=due)
    assert (seen.soon, seen.today) == (1, 0)


def test_what_is_put_aside_is_out_of_ones_own_lists_only(world: World) -> None:
    one, other = opened(world), opened(world)
    snoozing.snooze(by=world.desk, ticket=one, until=None, now=NOW)
    assert found(world.desk) == {other.number}
    assert found(world.boss) == {one.number, other.number}
    assert found(world.desk, "snoozed") == found(world.desk, filters={"snoozed": ["yes"]}) == {one.number}
    counted = {count.view: count.count for count in lists.view_counts(world.desk, NOW)}
    assert (counted["all"], counted["snoozed"]) == (1, 1)
    assert lists.page(world.desk, now=NOW, asked=Asked(view="snoozed")).aside == {one.id: None}


def test_further_columns_are_read_for_the_lines_shown(world: World) -> None:
    ticket = opened(world)
    tags.change(by=world.desk, ticket=ticket, add=["export", "b"], now=NOW)
    rows = lists.page(world.desk, now=NOW).rows
    extra = lists.extras(world.desk, rows)[ticket.id]
    assert (extra.contact, extra.language, extra.team, extra.tags) == ("Camille", "fr", "", ("b", "export"))
    assert lists.extras(world.desk, ()) == {}


@pytest.mark.parametrize("order", list(Order))
def test_the_place_of_a_ticket_is_where_its_line_stands(world: World, order: Order) -> None:
    tickets = [opened(world) for _ in range(3)]
    answering.reply(by=world.desk, ticket=tickets[0], body="Which?", now=NOW, then="wait-customer")
    rows = lists.page(world.desk, now=NOW, asked=Asked(order=order)).rows
    for n, row in enumerate(rows):
        place = lists.place_of(world.desk, int(row.number.removeprefix("NOR-")), order)
        after = lists.page(world.desk, now=NOW, asked=Asked(order=order), after=place).rows
        assert after == rows[n + 1 :]
    assert lists.place_of(world.desk, 1, order) is None
    assert lists.place_of(world.customer, tickets[0].number, order) is not None


@given(text=st.text(max_size=60), order=st.sampled_from(list(Order)))
def test_a_token_that_is_none_starts_at_the_head(text: str, order: Order) -> None:
    place = orders.place(text, order)
    assert place is None or isinstance(place, Place)
