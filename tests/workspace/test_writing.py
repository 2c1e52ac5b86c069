"""Drafts and canned answers: kept as typed for their writer alone, checked when saved, filled in for the customer."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from tests.tickets import personas
from tests.tickets.personas import World, at, northern

from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Membership, Notice, Role, Team, Vendor
from palier.tickets import answering, opening, steering
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.workspace import canned, drafts
from palier.workspace.drafts import Place
from palier.workspace.models import CannedAnswer, Draft

NOW, LATER = at("2026-07-09 12:00"), at("2026-07-09 12:01")


def opened(world: World) -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)


# --- drafts -----------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_as_typed_and_replaces_what_was(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    body = "  Bonjour,\r\n\r\n> cité\n«\u00a0…\u00a0»\u202f! \t"
    assert (
        drafts.keep(by=world.desk, place=Place.REPLY, ticket=ticket, content={"body": ["x"]}, now=NOW) == NOW
    )
    drafts.keep(
        by=world.desk, place=Place.REPLY, ticket=ticket, content={"body": [body], "then": ["keep"]}, now=LATER
    )
    found = drafts.on_ticket(world.desk, ticket.id)
    assert (found[Place.REPLY].body, found[Place.REPLY].kept_at) == (body, LATER)
    assert found[Place.REPLY].content["then"] == ["keep"]
    assert Place.NOTE not in found
    assert Draft.objects.count() == 1


def test_a_draft_is_its_writers_alone_and_ends_when_sent_or_emptied(within: UUID) -> None:
    world = northern(within)
    ticket, other = opened(world), opened(world)
    for viewer in (world.desk, world.customer):
        drafts.keep(by=viewer, place=Place.REPLY, ticket=ticket, content={"body": [viewer.name]}, now=NOW)
    assert drafts.on_ticket(world.desk, ticket.id)[Place.REPLY].body == "Alex"
    assert drafts.on_ticket(world.customer, ticket.id)[Place.REPLY].body == "Camille"
    assert drafts.on_ticket(world.boss, ticket.id) == {}
    assert drafts.on_ticket(world.desk, other.id) == {}
    drafts.drop(by=world.desk, place=Place.NOTE, ticket=ticket)
    drafts.drop(by=world.desk, place=Place.REPLY, ticket=other)
    assert Place.REPLY in drafts.on_ticket(world.desk, ticket.id)
    assert (
        drafts.keep(by=world.desk, place=Place.REPLY, ticket=ticket, content={"body": [""]}, now=NOW) is None
    )
    assert drafts.on_ticket(world.desk, ticket.id) == {}
    drafts.drop(by=world.customer, place=Place.REPLY, ticket=ticket)
    assert not Draft.objects.exists()


def test_a_new_requests_draft_is_kept_whole_and_once(within: UUID) -> None:
    world = northern(within)
    content = {"kind": ["defect"], "agree": ["a", "b"], "empty": [""]}
    drafts.keep(by=world.customer, place=Place.REQUEST, content=content, now=NOW)
    drafts.keep(by=world.customer, place=Place.REQUEST, content=content, now=LATER)
    found = drafts.of_request(world.customer)
    assert found is not None
    assert (dict(found.content), found.kept_at) == ({"kind": ["defect"], "agree": ["a", "b"]}, LATER)
    assert drafts.of_request(Viewer.customer(world.colleague)) is None
    drafts.drop(by=world.customer, place=Place.REQUEST)
    assert drafts.of_request(world.customer) is None


def test_nobody_keeps_a_draft_on_what_one_may_not_see_or_more_than_one_types(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    stranger = Viewer.customer(
        personas.add_contact(world.machine, personas.add_customer(world.machine, name="Other"), "sam")
    )
    with pytest.raises(Ticket.DoesNotExist):
        drafts.keep(by=stranger, place=Place.REPLY, ticket=ticket, content={"body": ["x"]}, now=NOW)
    with pytest.raises(CannotDo, match="draft-too-long"):
        drafts.keep(
            by=world.desk, place=Place.REPLY, ticket=ticket, content={"body": ["x" * 200_001]}, now=NOW
        )
    many = {str(n): ["x"] for n in range(201)}
    with pytest.raises(CannotDo, match="draft-too-long"):
        drafts.keep(by=world.desk, place=Place.REPLY, ticket=ticket, content=many, now=NOW)
    with pytest.raises(Refused, match="for-people"):
        drafts.keep(by=world.machine, place=Place.REPLY, ticket=ticket, content={"body": ["x"]}, now=NOW)


# --- canned answers ---------------------------------------------------------------------------------


def test_a_canned_answer_is_filled_in_the_customers_language(within: UUID) -> None:
    world = northern(within)
    made = canned.save(
        by=world.boss,
        title="  Which   version ",
        bodies={
            "fr": "Bonjour {contact.first_name}, {ticket.number} ? {json} reste… {due.resolution}",
            "en": "",
        }
        | {"fr": "Bonjour {contact.first_name}, {ticket.number}\u202f: {due.resolution} {}, { x }"},
        now=NOW,
    )
    assert (made.title, set(made.bodies), made.written_by_id) == ("Which version", {"fr"}, world.manager.id)
    values = {"contact.first_name": "Camille", "ticket.number": "NOR-1001", "due.resolution": ""}
    filled = canned.fill(made, language="en", values=values)
    assert (filled.language, filled.left) == ("fr", ("due.resolution",))
    assert filled.body == "Bonjour Camille, NOR-1001\u202f: {due.resolution} {}, { x }"
    canned.save(
        by=world.boss, answer=made.id, title="Which version", bodies={"en": "Hi", "fr": "Oui"}, now=LATER
    )
    made.refresh_from_db()
    assert [canned.fill(made, language=one, values={}).body for one in ("en", "fr", "de")] == [
        "Hi",
        "Oui",
        "Hi",
    ]


@pytest.mark.parametrize(
    ("title", "bodies", "code", "says"),
    [
        ("", {"en": "x"}, "no-title", "at most 120"),
        ("t" * 121, {"en": "x"}, "no-title", "at most 120"),
        ("T", {"en": " "}, "no-words", "French"),
        ("T", {"de": "Hallo"}, "no-words", "French"),
        ("T", {"en": "{contact.nom}"}, "unknown-variable", "{contact.first_name}"),
        ("T", {"en": "x" * 100_001}, "too-long", "100000"),
        ("taken", {"en": "x"}, "title-taken", "another title"),
    ],
)
def test_what_is_wrong_with_a_canned_answer_is_said(
    within: UUID, title: str, bodies: dict[str, str], code: str, says: str
) -> None:
    world = northern(within)
    canned.save(by=world.boss, title="Taken", bodies={"en": "x"}, now=NOW)
    with pytest.raises(CannotDo, match=code) as refused:
        canned.save(by=world.boss, title=title, bodies=bodies, now=NOW)
    assert says in refused.value.said["en"]
    assert CannedAnswer.objects.count() == 1


def test_managers_write_them_and_a_team_has_its_own(within: UUID) -> None:
    world = northern(within)
    mine = people.add_team(by=world.machine, name="Level 1", level=1)
    other = Team.objects.create(vendor_id=within, name="R&D", level=3)
    Membership.objects.create(vendor_id=within, staff=world.agent, team=mine)
    for title, team in (("For all", None), ("Ours", mine.id), ("Theirs", other.id)):
        canned.save(by=world.boss, title=title, bodies={"en": title}, team=team, now=NOW)
    assert [one.title for one in canned.usable(Viewer.staff(world.agent))] == ["For all", "Ours"]
    assert [one.title for one in canned.every(world.boss)] == ["For all", "Ours", "Theirs"]
    assert not canned.usable(world.customer).exists()
    theirs = CannedAnswer.objects.get(title="Theirs").id
    for deed in (
        lambda: canned.every(world.desk),
        lambda: canned.save(by=world.desk, title="T", bodies={"en": "x"}, now=NOW),
        lambda: canned.remove(by=world.desk, answer=theirs),
        lambda: canned.save(by=world.customer, title="T", bodies={"en": "x"}, now=NOW),
    ):
        with pytest.raises(Refused, match="role-needed"):
            deed()
    with pytest.raises(CannotDo, match="no-such-team"):
        canned.save(by=world.boss, title="T", bodies={"en": "x"}, team=uuid4(), now=NOW)
    canned.remove(by=world.boss, answer=theirs)
    with pytest.raises(CannotDo, match="no-such-answer"):
        canned.remove(by=world.boss, answer=theirs)


def test_another_vendors_rows_are_not_there(vendor: Vendor) -> None:
    other = personas.add_vendor("horizant")
    with tenancy.vendor(vendor.id):
        world = northern(vendor.id)
        made = canned.save(by=world.boss, title="T", bodies={"en": "x"}, now=NOW)
        drafts.keep(by=world.desk, place=Place.REQUEST, content={"body": ["x"]}, now=NOW)
    with tenancy.vendor(other.id):
        theirs = northern(other.id)
        assert not Draft.objects.exists()
        assert not CannedAnswer.objects.exists()
        canned.save(by=theirs.boss, title="T", bodies={"en": "y"}, now=NOW)
        with pytest.raises(CannotDo, match="no-such-answer"):
            canned.save(by=theirs.boss, title="U", bodies={"en": "y"}, answer=made.id, now=NOW)


# --- mentions ---------------------------------------------------------------------------------------


def test_who_is_named_in_a_note_and_may_see_it_is_told(within: UUID) -> None:
    world = northern(within)
    ticket = opened(world)
    for name in ("ann", "ann lee", "jo", "jo"):
        user = people.add_user(
            vendor_id=within, email=f"{uuid4()}@vendor.example", name=name.title(), now=NOW
        )
        people.add_staff(by=world.machine, user=user, roles=[Role.AGENT], now=NOW)
    answering.add_note(
        by=world.desk,
        ticket=ticket,
        body="@Morgan, @ann lee! alex@morgan.example @Alex (me) @jo @nobody @ @@ann x@ann @Annabel",
        now=LATER,
    )
    told = Notice.objects.filter(kind="mentioned").select_related("staff")
    assert sorted(one.staff.name for one in told if one.staff) == ["Ann Lee", "Jo", "Jo", "Morgan"]
    assert {one.ticket_number for one in told} == {ticket.number}
    assert {one.data["by"] for one in told} == {str(world.agent.id)}


def test_who_may_not_see_the_ticket_is_not_told_of_it(within: UUID) -> None:
    from palier.tickets import mentioning

    world = northern(within)
    ticket = opened(world)
    team = Team.objects.create(vendor_id=within, name="Closed circle", level=2)
    steering.assign(by=world.boss, ticket=ticket, now=NOW, assignee=world.agent, team=team)
    ticket.refresh_from_db()
    outsider = personas.add_staff(world.machine, "robin", Role.AGENT)
    found = mentioning.sort_out(world.desk, ticket, "@robin and @morgan")
    assert ([one.name for one in found.told], [one.id for one in found.blind]) == (["Morgan"], [outsider.id])
    answering.add_note(by=world.desk, ticket=ticket, body="@robin and @morgan", now=LATER)
    assert [one.staff_id for one in Notice.objects.filter(kind="mentioned")] == [world.manager.id]
    # An answer to the customer names nobody.
    answering.reply(by=world.desk, ticket=ticket, body="@morgan will look", now=LATER)
    assert Notice.objects.filter(kind="mentioned").count() == 1
