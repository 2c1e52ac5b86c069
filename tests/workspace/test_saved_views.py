"""Saved views: who has which, who may change them, and that sharing a view shares no ticket."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Membership, Role, Staff, Team, Vendor
from palier.tickets import lists, narrowing, opening, steering
from palier.tickets.orders import Order
from palier.tickets.problems import CannotDo
from palier.workspace import saved_views
from palier.workspace.models import Reach, SavedView
from palier.workspace.saved_views import Sharing, Shown

NOW = at("2026-07-09 13:00")
WORST = Shown(
    narrow=narrowing.read({"severity": ["1", "2"], "person": ["me", "nobody"]}),
    columns=saved_views.columns(["number", "tags", "due"]),
    order=Order.DUE,
)
EVERYBODY = Sharing(reach=Reach.ALL)


def save(viewer: Viewer, name: str, sharing: Sharing | None = None) -> SavedView:
    return saved_views.save(by=viewer, name=name, shown=WORST, sharing=sharing or Sharing(), now=NOW)


def names(viewer: Viewer) -> list[str]:
    return [one.name for one in saved_views.of(viewer)]


def team(world: World, name: str = "Level 2", *members: Staff) -> Team:
    made = people.add_team(by=world.machine, name=name, level=2)
    for staff in members:
        Membership.objects.create(vendor_id=world.vendor_id, staff=staff, team=made)
    return made


def test_what_is_saved_is_shown_again(within: UUID) -> None:
    world = personas.northern(within)
    view = save(world.desk, "  Worst   first ")
    assert view.name == "Worst first"
    found = saved_views.find(world.desk, view.id)
    assert saved_views.shown(found) == WORST
    assert WORST.columns == ("due", "number", "subject", "tags")
    assert saved_views.shown(found).asked.order is Order.DUE


def test_ones_own_are_ones_own_and_shared_ones_are_seen_by_those_they_are_for(within: UUID) -> None:
    world = personas.northern(within)
    level2 = team(world, "Level 2", world.agent)
    save(world.desk, "Private")
    save(world.desk, "Ours", Sharing(reach=Reach.TEAM, team_id=level2.id))
    save(world.boss, "House", EVERYBODY)
    agent = Viewer.staff(world.agent)
    other = Viewer.staff(personas.add_staff(world.machine, "sam", Role.AGENT))
    assert names(agent) == ["House", "Private", "Ours"]
    assert names(other) == names(world.boss) == ["House"]
    assert names(world.customer) == names(world.machine) == []
    private = SavedView.objects.get(name="Private")
    for stranger in (other, world.boss):
        with pytest.raises(SavedView.DoesNotExist):
            saved_views.find(stranger, private.id)
        with pytest.raises(SavedView.DoesNotExist):
            saved_views.rename(by=stranger, view=private, name="Mine now")


def test_agents_share_with_their_teams_and_managers_with_all(within: UUID) -> None:
    world = personas.northern(within)
    mine, others = team(world, "Mine", world.agent), team(world, "Others")
    agent = Viewer.staff(world.agent)
    with pytest.raises(Refused, match="managers-share"):
        save(agent, "x", EVERYBODY)
    for strange in (others.id, uuid4()):
        with pytest.raises(Refused, match="not-your-team"):
            save(agent, "x", Sharing(reach=Reach.TEAM, team_id=strange))
    with pytest.raises(CannotDo, match="which-team"):
        save(agent, "x", Sharing(reach=Reach.TEAM))
    view = save(agent, "x")
    saved_views.share(by=agent, view=view, sharing=Sharing(reach=Reach.TEAM, team_id=mine.id))
    save(world.boss, "y", Sharing(reach=Reach.TEAM, team_id=others.id))
    assert names(agent) == ["x"]


def test_who_runs_the_desk_changes_shared_views_and_others_only_their_own(within: UUID) -> None:
    world = personas.northern(within)
    house = save(world.boss, "House", EVERYBODY)
    for act in (
        lambda: saved_views.rename(by=world.desk, view=house, name="Mine"),
        lambda: saved_views.change(by=world.desk, view=house, shown=Shown()),
        lambda: saved_views.share(by=world.desk, view=house, sharing=Sharing()),
        lambda: saved_views.move(by=world.desk, view=house, up=True),
        lambda: saved_views.delete(by=world.desk, view=house),
    ):
        with pytest.raises(Refused, match="not-your-view"):
            act()
    level2 = team(world, "Level 2", world.agent, world.manager)
    agent, boss = Viewer.staff(world.agent), Viewer.staff(world.manager)
    ours = save(agent, "Ours", Sharing(reach=Reach.TEAM, team_id=level2.id))
    saved_views.rename(by=boss, view=ours, name="Level two")
    saved_views.change(by=boss, view=ours, shown=Shown(base="mine"))
    assert saved_views.shown(saved_views.find(agent, ours.id)) == Shown(base="mine")
    saved_views.delete(by=boss, view=ours)
    assert names(agent) == ["House"]


def test_views_change_places_within_their_kind(within: UUID) -> None:
    world = personas.northern(within)
    made = {name: save(world.desk, name) for name in "abc"}
    saved_views.move(by=world.desk, view=made["c"], up=True)
    assert names(world.desk) == ["a", "c", "b"]
    saved_views.move(by=world.desk, view=made["a"], up=True)
    saved_views.move(by=world.desk, view=made["b"], up=False)
    assert names(world.desk) == ["a", "c", "b"]
    saved_views.move(by=world.desk, view=made["a"], up=False)
    assert names(world.desk) == ["c", "a", "b"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_view_has_a_name(within: UUID, name: str) -> None:
    world = personas.northern(within)
    with pytest.raises(CannotDo, match="view-name"):
        save(world.desk, name)


def test_there_are_not_too_many(within: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    world = personas.northern(within)
    monkeypatch.setattr(saved_views, "MOST", 1)
    save(world.desk, "a")
    with pytest.raises(CannotDo, match="many-views"):
        save(world.desk, "b")


def test_sharing_a_view_shares_no_ticket(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    level2 = team(world)
    steering.assign(by=world.boss, ticket=ticket, team=level2, now=NOW)
    shown = Shown(narrow=narrowing.read({"team": [str(level2.id)]}))
    view = saved_views.save(by=world.boss, name="Level 2", shown=shown, sharing=EVERYBODY, now=NOW)
    for viewer, seen in ((world.boss, 1), (world.desk, 0)):
        asked = saved_views.shown(saved_views.find(viewer, view.id)).asked
        assert len(lists.page(viewer, now=NOW, asked=asked).rows) == seen
        assert lists.counts_of(viewer, [asked], NOW) == [seen]


def test_another_vendors_views_are_unknown_even_when_shared_with_all(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        view = save(world.boss, "House", EVERYBODY)
    other = personas.add_vendor("neighbour")
    with tenancy.vendor(other.id):
        neighbour = personas.northern(other.id)
        for viewer in (neighbour.boss, neighbour.desk, Viewer.machine(vendor.id)):
            assert names(viewer) == []
            with pytest.raises(SavedView.DoesNotExist):
                saved_views.find(viewer, view.id)
        # Nor can one of theirs be kept for somebody of ours.
        SavedView.objects.create(vendor_id=other.id, owner_id=world.agent.id, name="x", made_at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.check_constraints()
        SavedView.objects.all().delete()
