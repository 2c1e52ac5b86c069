"""Two requests made one: nothing lost, nothing read by anybody new, clocks as they stand; and every reason against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palier.people import actions, notices, tenancy
from palier.people.access import Viewer
from palier.people.models import Contact, Role, Vendor
from palier.software.actions import Facts
from palier.tickets import (
    answering,
    claims,
    defects,
    links,
    merging,
    opening,
    reopening,
    steering,
    ticket_page,
    timekeeping,
    verify,
)
from palier.tickets.models import CommitmentRow, Event, Link, Message, Status, Ticket, TimeEntry
from palier.tickets.problems import CannotDo

from . import moneyed, personas
from .personas import World, at
from .test_choosing import how_to
from .test_level_two import agree, error, estimate, found_to_be_their_own

THURSDAY = at("2026-07-09 12:00")
FRIDAY = at("2026-07-10 08:00")


def opened(world: World, **more: Any) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(**more), now=THURSDAY)


def merged(world: World, one: Ticket, into: Ticket, now: Any = FRIDAY) -> Ticket:
    return merging.merge(by=world.desk, ticket=one, into=into, now=now)


def bodies(viewer: Any, ticket: Ticket, now: Any = FRIDAY) -> list[tuple[str, str]]:
    page = ticket_page.ticket_page(viewer, number=ticket.number, now=now + timedelta(minutes=1))
    return [(entry.origin, entry.body) for entry in page.stream if entry.body]


def test_the_merged_one_closes_as_it_stands_and_the_other_clock_is_not_moved(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world), opened(world, subject="Again", effect="intermittent-minor")
    before = list(CommitmentRow.objects.filter(ticket=two).order_by("commitment").values())
    survivor = merged(world, one, two)
    one.refresh_from_db()
    assert (one.status, one.closed_at, one.next_due_at) == (Status.CLOSED, FRIDAY, None)
    first = CommitmentRow.objects.get(ticket=one, commitment="first_response")
    assert (first.state, first.due_at, first.met_at) == ("ended", at("2026-07-10 11:00"), None)
    assert survivor.id == two.id
    assert survivor.status == Status.NEW
    assert list(CommitmentRow.objects.filter(ticket=two).order_by("commitment").values()) == before
    assert Event.objects.get(ticket=one, kind="merged").data == {"into": two.number}
    assert Event.objects.get(ticket=two, kind="absorbed").data == {"number": one.number}


def test_what_the_merged_one_says_is_read_in_place_on_the_other_and_stays_where_it_is(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world, body="First."), opened(world, body="Second.")
    answering.add_note(by=world.desk, ticket=one, body="Ask Robin.", now=THURSDAY + timedelta(hours=1))
    answering.reply(by=world.customer, ticket=two, body="Later.", now=THURSDAY + timedelta(hours=2))
    merged(world, one, two)
    number = links.number(one)
    assert bodies(world.desk, two) == [
        (number, "First."), ("", "Second."), (number, "Ask Robin."), ("", "Later."),
    ]  # fmt: skip
    assert bodies(world.customer, two) == [(number, "First."), ("", "Second."), ("", "Later.")]
    assert bodies(world.customer, one) == [("", "First.")]


def test_what_is_written_to_the_merged_one_goes_to_the_other_through_every_merge(within: UUID) -> None:
    world = personas.northern(within)
    one, two, three = opened(world), opened(world), opened(world)
    merged(world, one, two)
    merged(world, two, three)
    for by in (world.customer, world.desk):
        found = answering.reply(by=by, ticket=one, body=f"From {by.name}.", now=FRIDAY)
        assert found.id == three.id
    assert Message.objects.filter(ticket=one).count() == 1
    with pytest.raises(CannotDo, match="merged"):
        reopening.reopen(by=world.customer, ticket=one, body="Again.", now=FRIDAY)
    shown = {origin for origin, _ in bodies(world.desk, three)}
    assert shown == {"", links.number(one), links.number(two)}


def test_a_reader_who_may_not_see_the_other_writes_to_the_one_it_knows(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world), opened(world)
    merged(world, one, two)
    Ticket.objects.filter(id=two.id).update(restricted=True)
    lonely = personas.add_staff(world.machine, "sacha", Role.AGENT)
    assert links.survivor(Viewer.staff(lonely), Ticket.objects.get(id=one.id)).id == one.id
    assert links.of(Viewer.staff(lonely), one) == ()


def test_contacts_who_read_both_are_told_and_both_sides_are_linked(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world), opened(world)
    merged(world, one, two)
    told = notices.notices(world.customer).get(kind="request-merged")
    assert (told.ticket_number, told.data["from"]) == (two.number, links.number(one))
    for viewer in (world.desk, world.customer):
        assert [(each.relation, each.id) for each in links.of(viewer, one)] == [("merged-into", two.id)]
        assert [(each.relation, each.id) for each in links.of(viewer, two)] == [("merged-here", one.id)]


def test_the_other_then_hangs_on_the_defect(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world), opened(world)
    facts = Facts(product="northern-software", title={"en": "It stops"})
    defect = defects.confirm(
        by=world.desk, ticket=one, facts=facts, known={"northern-software"}, now=THURSDAY
    )
    assert merging.preview(by=world.desk, ticket=one, into=two, now=FRIDAY).defect == defect
    merged(world, one, two)
    assert defects.of(two) == defect


def test_what_it_reserved_is_given_back_and_the_preview_says_so(within: UUID) -> None:
    world = moneyed.solidxperts(within, seats=6)
    one, two = how_to(world, way="grace-call", way_text="One of two"), how_to(world)
    held = claims.held(one)
    assert held is not None
    shown = merging.preview(by=world.desk, ticket=one, into=two, now=FRIDAY)
    assert shown.released == held
    assert (shown.refusals, shown.messages, shown.notes) == ((), 1, 0)
    merged(world, one, two)
    held.refresh_from_db()
    assert held.state == "released"
    assert moneyed.left(world, held.allowance, FRIDAY) == 2
    assert Event.objects.filter(ticket=one, kind="unit-released").count() == 1


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("same-ticket", lambda world, one, two: (one, one)),
        ("closed", lambda world, one, two: (ended(world, one), two)),
        ("survivor-ended", lambda world, one, two: (one, ended(world, two))),
        ("other-readers", lambda world, one, two: (restricted(world, one), two)),
        ("other-readers", lambda world, one, two: (one, by_colleague(world))),
        ("other-organisation", lambda world, one, two: (one, of_stranger(world))),
    ],
)
def test_why_not_with_the_way_out(within: UUID, code: str, make: Any) -> None:
    world = personas.northern(within)
    one, two = make(world, opened(world), opened(world))
    shown = merging.preview(by=world.boss, ticket=one, into=two, now=FRIDAY)
    assert code in [problem.code for problem in shown.refusals]
    with pytest.raises(CannotDo, match=code) as refused:
        merging.merge(by=world.boss, ticket=one, into=two, now=FRIDAY)
    assert all(refused.value.said[language].endswith(".") for language in ("en", "fr"))
    assert not Link.objects.exists()


def ended(world: World, ticket: Ticket) -> Ticket:
    return reopening.close(by=world.desk, ticket=ticket, now=THURSDAY)


def restricted(world: World, ticket: Ticket) -> Ticket:
    return steering.restrict(
        by=world.desk, ticket=ticket, restricted=True, named=[world.manager], now=THURSDAY
    )


def by_colleague(world: World) -> Ticket:
    """A colleague who sees only its own wrote the other: merged, it would read what it never could."""
    Contact.objects.filter(id=world.colleague.id).update(sees_colleagues=False)
    world.colleague.refresh_from_db()
    return opening.open_ticket(by=Viewer.customer(world.colleague), draft=personas.failure(), now=THURSDAY)


def of_stranger(world: World) -> Ticket:
    other = personas.add_customer(world.machine, name="Tidewater")
    contact = personas.add_contact(world.machine, other, "robin")
    return opening.open_ticket(by=Viewer.customer(contact), draft=personas.failure(), now=THURSDAY)


def test_an_estimate_and_a_consent_stay_with_their_request(within: UUID) -> None:
    world = moneyed.proconcept(within)
    one, two = (found_to_be_their_own(world, error(world)) for _ in range(2))
    row = estimate(world, one, 120)
    with pytest.raises(CannotDo, match="estimate-open"):
        merged(world, one, two, at("2026-07-10 12:00"))
    agree(world, one, row)
    with pytest.raises(CannotDo, match="consent-in-force"):
        merged(world, one, two, at("2026-07-13 12:00"))
    assert merged(world, two, one, at("2026-07-13 12:00")).id == one.id


def test_a_way_that_is_to_be_paid_stays_with_its_request(within: UUID) -> None:
    world = moneyed.solidxperts(within, seats=6)
    one, two = how_to(world, way="incident", way_text="195", way_agreed=True), how_to(world)
    with pytest.raises(CannotDo, match="way-chosen"):
        merged(world, one, two)
    assert merged(world, two, one).id == one.id


@pytest.mark.django_db(transaction=True)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["answer", "note", "write", "time"])), max_size=8
    )
)
def test_nothing_is_lost(deeds: list[tuple[int, str]]) -> None:
    """Every message, event and time entry of requests merged one into the other is as it was, and still read by someone."""
    slug = f"merged{next(COUNT)}"
    vendor: Vendor = actions.add_vendor(
        slug=slug,
        name=slug,
        prefix="NOR",
        zone="Europe/Paris",
        address=f"https://{slug}.example/",
        now=personas.START,
    )
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        tickets = [opened(world, body=f"Body {n}") for n in range(3)]
        now = THURSDAY
        for place, deed in deeds:
            now += timedelta(minutes=30)
            act(world, tickets[place], deed, now)
        before = everything(tickets)
        merged(world, tickets[0], tickets[1], now)
        merged(world, tickets[1], tickets[2], now)
        after = everything(tickets)
        assert before <= after
        read = {body for _, body in bodies(world.desk, tickets[2], now)}
        assert {row.body for row in Message.objects.filter(ticket__in=tickets)} == read
        told = {body for _, body in bodies(world.customer, tickets[2], now)}
        assert {row.body for row in Message.objects.filter(ticket__in=tickets, public=True)} == told
    assert verify.verify(vendor_id=vendor.id, now=now).mismatches == ()


COUNT = iter(range(10**6))


def act(world: World, ticket: Ticket, deed: str, now: Any) -> None:
    match deed:
        case "answer":
            answering.reply(by=world.desk, ticket=ticket, body=f"Answer at {now}", now=now)
        case "note":
            answering.add_note(by=world.desk, ticket=ticket, body=f"Note at {now}", now=now)
        case "write":
            answering.reply(by=world.customer, ticket=ticket, body=f"Written at {now}", now=now)
        case "time":
            timekeeping.book(
                by=world.desk, ticket=ticket, started_at=now - timedelta(minutes=20), minutes=10, billable=False,
                note="", now=now,
            )  # fmt: skip


def everything(tickets: list[Ticket]) -> set[tuple[Any, ...]]:
    return {
        (model.__name__, row.id, row.ticket_id)
        for model in (Message, Event, TimeEntry)
        for row in model.objects.filter(ticket__in=tickets)
    }
