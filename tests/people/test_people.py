"""Who somebody is to the product: roles, removed people, places, and who may add whom."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import START

from palier.people import actions, queries
from palier.people.access import RUNS_THE_DESK, Refused, Viewer, require_role
from palier.people.models import Organisation, Role


def test_the_machine_has_every_role_and_is_nobody(within: UUID) -> None:
    machine = Viewer.machine(within)
    require_role(machine, RUNS_THE_DESK)
    assert (machine.is_machine, machine.is_customer, machine.by) == (True, False, "system")
    with pytest.raises(Refused, match="for-contacts"):
        machine.as_contact()


def test_a_contact_has_no_role_whatever_it_is_called(within: UUID) -> None:
    world = personas.northern(within)
    assert world.customer.by == "customer"
    assert world.desk.by == "person"
    with pytest.raises(Refused, match="role-needed") as caught:
        require_role(world.customer, RUNS_THE_DESK)
    assert set(caught.value.said) == {"en", "fr"}


def test_who_was_removed_is_nobody_any_more(within: UUID) -> None:
    world = personas.northern(within)
    world.contact.removed_at = START
    world.agent.removed_at = START
    with pytest.raises(Refused, match="contact-removed"):
        Viewer.customer(world.contact)
    with pytest.raises(Refused, match="staff-removed"):
        Viewer.staff(world.agent)


def test_an_unknown_zone_is_refused(within: UUID) -> None:
    for zone in ("Europe/Atlantis", "../etc/passwd", ""):
        with pytest.raises(Refused, match="unknown-zone"):
            actions.add_organisation(by=Viewer.machine(within), name="X", zone=zone, now=START)


def test_administrators_add_colleagues_and_nobody_elses(within: UUID) -> None:
    world = personas.northern(within)
    other = personas.add_customer(world.machine, name="Other")
    mine = {"name": "New", "email": "new@lagrange.example", "now": START}
    actions.add_contact(by=world.customer, organisation=world.organisation, **mine)  # type: ignore[arg-type]
    for viewer, organisation in (
        (world.customer, other),
        (Viewer.customer(world.colleague), world.organisation),
    ):
        with pytest.raises(Refused, match="role-needed"):
            actions.add_contact(by=viewer, organisation=organisation, **mine)  # type: ignore[arg-type]


def test_lists_are_narrowed_to_the_viewer(within: UUID) -> None:
    world = personas.northern(within)
    other = personas.add_customer(world.machine, name="Other")
    actions.add_site(by=world.machine, organisation=other, name="Tokyo", zone="Asia/Tokyo")
    assert [one.name for one in queries.organisations(world.customer)] == ["Lagrange"]
    assert [one.name for one in queries.organisations(world.boss)] == ["Lagrange", "Other"]
    assert not queries.sites(world.customer, other.id)
    assert queries.sites(world.boss, other.id).count() == 1
    assert [one.name for one in queries.contacts(world.customer, world.organisation.id)] == [
        "Camille",
        "Dominique",
    ]
    actions.restrict_organisation(by=world.boss, organisation=other, restricted=True)
    assert [one.name for one in queries.organisations(world.boss)] == ["Lagrange"]
    assert queries.staff_names(world.boss)[world.agent.id] == "Alex"
    assert [one.name for one in queries.staff_to_assign(world.boss)] == ["Alex", "Morgan"]
    team = actions.add_team(by=world.machine, name="Level 1")
    member = actions.add_staff(
        by=world.machine,
        user=actions.add_user(vendor_id=within, email="kit@vendor.example", name="Kit", now=START),
        roles=[Role.AGENT],
        now=START,
        teams=[team],
    )
    assert Viewer.staff(member).teams == {team.id}
    assert list(queries.teams(world.boss)) == [team]
    actions.record_look(viewer=world.boss, subject_kind="organisation", subject_id=other.id, now=START)
    actions.record_look(viewer=world.customer, subject_kind="organisation", subject_id=other.id, now=START)
    assert queries.looks(world.boss, other.id).count() == 1
    with pytest.raises(Refused, match="role-needed"):
        queries.looks(world.desk, other.id)


def test_a_site_has_its_own_place_and_a_country_alone_is_a_code(within: UUID) -> None:
    machine = Viewer.machine(within)
    organisation = personas.add_customer(machine)
    site = actions.add_site(
        by=machine,
        organisation=organisation,
        name="Québec",
        zone="America/Toronto",
        country="CA",
        subdivision="QC",
    )
    assert queries.place_of(organisation, None) == queries.Place(zone="Europe/Paris", holidays="FR")
    assert queries.place_of(organisation, site) == queries.Place(zone="America/Toronto", holidays="CA-QC")
    assert queries.holiday_code("", "QC") == ""
    assert Organisation.objects.count() == 1


def test_who_lacks_a_role_is_told_which_in_words_of_its_language(within: UUID) -> None:
    nobody = Viewer(vendor_id=within, name="Nobody")
    with pytest.raises(Refused) as refused:
        require_role(nobody, frozenset({Role.ACCOUNT_MANAGER, Role.FINANCE}))
    assert "roles: account manager, finance." in refused.value.said["en"]
    assert "rôles : finances, gestionnaire de compte." in refused.value.said["fr"]
