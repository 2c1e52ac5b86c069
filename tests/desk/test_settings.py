"""Settings of the desk: people, teams, look, one's own, customers and their contacts, the first steps."""

from __future__ import annotations

import html
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image
from tests.pages.world import PROGRAMMES, START, World

from palier.people import access, changes, customers, notices, preferences, staffing, tenancy
from palier.people import actions as people
from palier.people.access import Viewer
from palier.people.models import (
    Change,
    Contact,
    Membership,
    Organisation,
    Role,
    Site,
    Staff,
    Team,
    Turn,
    Vendor,
)
from palier.tickets.models import Message, Ticket


@pytest.fixture
def manager(northern: World, client: Client) -> Client:
    client.force_login(northern.manager_user)
    return client


def get(client: Client, made: World, path: str) -> str:
    answer = client.get(f"{made.path}/desk/{path}")
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def post(client: Client, made: World, path: str, data: Mapping[str, object], status: int = 302) -> str:
    answer = client.post(f"{made.path}/desk/{path}", data)
    assert answer.status_code == status, html.unescape(answer.content.decode())[:4000]
    return html.unescape(answer.content.decode())


def png(width: int = 600, height: int = 200, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#1d4ed8").save(written, kind)
    return written.getvalue()


# --- people -----------------------------------------------------------------------------------------


def test_only_who_runs_the_desk_sees_the_settings(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    for path in ("settings/people", "settings/teams", "settings/look", "set-up", "customers/new"):
        assert client.get(f"{northern.path}/desk/{path}").status_code == 403, path
    assert "Settings" not in get(client, northern, "notices").partition("pl-search")[0]


def test_a_person_is_invited_changed_taken_away_and_taken_back(northern: World, manager: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        team = people.add_team(by=northern.machine, name="Level 2", level=2)
    given = {
        "name": "Zoé Lambert",
        "email": "Zoe@Northern.example ",
        "roles": ["agent"],
        "teams": [str(team.id)],
        "language": "fr",
    }
    post(manager, northern, "settings/people/invite", given)
    with tenancy.vendor(northern.vendor.id):
        zoe = Staff.objects.select_related("user").get(name="Zoé Lambert")
        assert (zoe.user.email, zoe.user.language, zoe.roles) == ("zoe@northern.example", "fr", ["agent"])
    page = get(manager, northern, "settings/people")
    assert "Zoé Lambert" in page
    assert "has not signed in yet" in page
    assert "Étienne Roy invited Zoé Lambert" in page

    here = f"settings/people/{zoe.id}"
    post(
        manager,
        northern,
        f"{here}/change",
        {
            "name": "Zoé Lambert",
            "roles": ["agent", "engineer"],
            "skills": ["language:fr", "nonsense"],
            "away": "2026-12-01",
        },
    )
    with tenancy.vendor(northern.vendor.id):
        zoe.refresh_from_db()
        assert zoe.roles == ["agent", "engineer"]
        assert zoe.skills == ["language:fr"]
        assert zoe.away_until == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert not Membership.objects.filter(staff=zoe).exists()
    page = get(manager, northern, here)
    assert "away until" in page
    assert "roles (Agent → Agent, Engineer)" in page

    post(manager, northern, f"{here}/remove", {})
    with tenancy.vendor(northern.vendor.id):
        zoe.refresh_from_db()
        zoe.user.refresh_from_db()
        assert zoe.removed_at is not None
        assert not zoe.user.is_active
    assert "Taken away (1)" in get(manager, northern, "settings/people")
    post(manager, northern, f"{here}/back", {})
    with tenancy.vendor(northern.vendor.id):
        zoe.refresh_from_db()
        zoe.user.refresh_from_db()
        assert zoe.removed_at is None
        assert zoe.user.is_active


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"email": "nobody"}, "is no e-mail address"),
        ({"email": "etienne.roy@northern.example"}, "already signs in Étienne Roy"),
        ({"roles": []}, "at least one role"),
        ({"name": " "}, "“Name” is needed"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_and_keeps_what_was_typed(
    northern: World, manager: Client, changed: Mapping[str, object], says: str
) -> None:
    given = {"name": "Zoé", "email": "zoe@northern.example", "roles": ["agent"], "language": "fr", **changed}
    page = post(manager, northern, "settings/people/invite", given, 422)
    assert says in page
    assert f'value="{given["email"]}"' in page


def test_the_last_who_runs_the_desk_stays(northern: World, manager: Client) -> None:
    here = f"settings/people/{northern.manager.id}"
    page = post(manager, northern, f"{here}/change", {"name": "Étienne Roy", "roles": ["agent"]}, 422)
    assert "is the last who runs the desk" in page
    assert "Take away" not in get(manager, northern, here)
    assert "is the last who runs the desk" in post(manager, northern, f"{here}/remove", {}, 422)
    with tenancy.vendor(northern.vendor.id):
        northern.manager.refresh_from_db()
        assert northern.manager.roles == ["manager"]
        assert northern.manager.removed_at is None


def test_a_deed_there_is_not_and_a_person_there_is_not_are_missing(northern: World, manager: Client) -> None:
    for path in (
        f"settings/people/{northern.manager.id}/explode",
        f"settings/people/{UUID(int=1)}/remove",
        f"settings/teams/{UUID(int=1)}",
    ):
        assert manager.post(f"{northern.path}/desk/{path}").status_code == 404, path


# --- teams ------------------------------------------------------------------------------------------


def test_a_team_is_added_and_changed(northern: World, manager: Client) -> None:
    agent = str(northern.agent.id)
    given = {"name": "Level 1", "level": "1", "takes_new": "yes", "turn": "round", "members": [agent]}
    post(manager, northern, "settings/teams/new", given)
    with tenancy.vendor(northern.vendor.id):
        team = Team.objects.get()
        assert (team.level, team.takes_new, team.turn) == (1, True, Turn.ROUND)
        given_at = datetime(2026, 11, 1, tzinfo=UTC)
        Membership.objects.filter(team=team).update(given_at=given_at)
    manager_id = str(northern.manager.id)
    post(
        manager,
        northern,
        f"settings/teams/{team.id}",
        {**given, "turn": "none", "members": [agent, manager_id]},
    )
    with tenancy.vendor(northern.vendor.id):
        team.refresh_from_db()
        assert team.turn == ""
        # Whose turn it was is not forgotten.
        assert Membership.objects.get(team=team, staff=northern.agent).given_at == given_at
        assert Membership.objects.filter(team=team).count() == 2
    page = get(manager, northern, "settings/teams")
    assert "Maude Tremblay" in page
    assert "There is a team called Level 1 already" in post(
        manager, northern, "settings/teams/new", given, 422
    )


# --- look -------------------------------------------------------------------------------------------


def test_a_colour_that_does_not_read_is_refused_with_its_ratio_and_the_nearest(
    northern: World, manager: Client
) -> None:
    page = post(manager, northern, "settings/look/look", {"name": "Northern", "accent": "#ffcc00"}, 422)
    assert "has a contrast of 1.3" in page
    proposed = page.split("The nearest that passes is ")[1][:7]
    post(manager, northern, "settings/look/look", {"name": "Northern Storage", "accent": proposed})
    vendor = Vendor.objects.get(id=northern.vendor.id)
    assert (vendor.name, vendor.accent) == ("Northern Storage", proposed)
    assert "#12" in post(manager, northern, "settings/look/look", {"name": "N", "accent": "#12"}, 422)
    assert "changed the colour" in get(manager, northern, "settings/people")


def test_a_logo_is_drawn_anew_and_shown_where_customers_come(northern: World, manager: Client) -> None:
    upload = io.BytesIO(png())
    upload.name = "logo.png"
    post(manager, northern, "settings/look/logo", {"logo": upload})
    vendor = Vendor.objects.get(id=northern.vendor.id)
    assert (vendor.logo_width, vendor.logo_height) == (384, 128)
    address = f"{northern.path}/files/logo/{vendor.logo}.webp"
    for page in (
        Client().get(f"{northern.path}/accounts/login/"),
        manager.get(f"{northern.path}/desk/settings/look"),
    ):
        assert f'src="{address}" width="192" height="64" alt="{vendor.name}"' in page.content.decode()
    answer = Client().get(address)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.content)).size == (384, 128)
    assert Client().get(f"{northern.path}/files/logo/{'0' * 64}.webp").status_code == 404
    post(manager, northern, "settings/look/no-logo", {})
    assert Client().get(address).status_code == 404
    assert Vendor.objects.get(id=northern.vendor.id).logo == ""


def test_another_vendor_does_not_show_it(northern: World, solidxperts: World, manager: Client) -> None:
    upload = io.BytesIO(png())
    upload.name = "logo.png"
    post(manager, northern, "settings/look/logo", {"logo": upload})
    logo = Vendor.objects.get(id=northern.vendor.id).logo
    assert Client().get(f"{solidxperts.path}/files/logo/{logo}.webp").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("logo.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG is not taken"),
        ("logo.png", b"GIF89a" + bytes(50), "no PNG, JPEG or WebP"),
        ("logo.png", png()[:200], "cannot be drawn"),
        ("logo.png", png(5000, 4000), "16 million"),
    ],
)
def test_a_logo_that_is_none_is_refused(
    northern: World, manager: Client, name: str, content: bytes, says: str
) -> None:
    upload = io.BytesIO(content)
    upload.name = name
    assert says in post(manager, northern, "settings/look/logo", {"logo": upload}, 422)
    assert Vendor.objects.get(id=northern.vendor.id).logo == ""


# --- one's own --------------------------------------------------------------------------------------

MINE = {"language": "en", "zone": "", "density": "compact", "start": "dashboard", "signature_en": "Maude\nNorthern", "signature_fr": "", "notices": ["requests", "watched", "reminders", "contract", "allowances"]}  # fmt: skip


def test_ones_own_settings_are_kept_and_followed(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    assert client.get(f"{northern.path}/desk/")["Location"] == f"{northern.path}/desk/queue"
    post(client, northern, "settings/mine", {**MINE, "start": "queue:mine"})
    assert client.get(f"{northern.path}/desk/")["Location"] == f"{northern.path}/desk/queue?view=mine"
    post(client, northern, "settings/mine", MINE)
    assert client.get(f"{northern.path}/desk/")["Location"] == f"{northern.path}/desk/dashboard"
    assert 'class="pl-desk pl-compact"' in get(client, northern, "queue")
    assert "My settings" in get(client, northern, "queue")
    with tenancy.vendor(northern.vendor.id):
        northern.agent_user.refresh_from_db()
        assert northern.agent_user.muted == ["money"]
        both = [northern.agent.id, northern.manager.id]

        def told(kind: notices.Kind) -> int:
            return notices.notify(vendor_id=northern.vendor.id, kind=kind, staff=both, now=START)

        assert told(notices.Kind.WAY_CHOSEN) == 1
        assert told(notices.Kind.GIVEN) == 2


def test_a_zone_that_is_none_is_refused(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    page = post(client, northern, "settings/mine", {**MINE, "zone": "Mars/Olympus"}, 422)
    assert "'Mars/Olympus' is no time zone" in page
    assert 'value="Mars/Olympus"' in page


def test_the_signature_stands_below_answers_in_the_readers_language_and_once(
    northern: World, client: Client
) -> None:
    client.force_login(northern.agent_user)
    post(client, northern, "settings/mine", MINE)
    number = f"NOR-{northern.tickets['fresh'].number}"

    def answered(body: str) -> str:
        post(client, northern, f"tickets/{number}/reply", {"to": "customer", "body": body, "then": "keep"})
        with tenancy.vendor(northern.vendor.id):
            ticket = Ticket.objects.get(id=northern.tickets["fresh"].id)
            return (
                Message.objects.filter(ticket=ticket, from_vendor=True, public=True)
                .latest("recorded_at", "id")
                .body
            )

    assert answered("We look.") == "We look.\n\nMaude\nNorthern"
    assert answered("Still looking.\n\nMaude\nNorthern") == "Still looking.\n\nMaude\nNorthern"


def test_a_contact_has_settings_without_those_of_the_desk(northern: World, client: Client) -> None:
    who = northern.customers["Ferronor"]
    client.force_login(who.user)
    page = client.get(f"{northern.path}/account").content.decode()
    assert "Notices I want" in page
    assert "density" not in page
    answer = client.post(
        f"{northern.path}/account", {"language": "fr", "zone": "Asia/Tokyo", "notices": ["money"]}
    )
    assert answer.status_code == 302
    page = html.unescape(client.get(f"{northern.path}/account").content.decode())
    assert "Mes réglages" in page
    with tenancy.vendor(northern.vendor.id):
        who.user.refresh_from_db()
        assert who.user.zone == "Asia/Tokyo"
        assert who.user.muted == ["requests", "contract", "allowances"]
        assert Contact.objects.get(id=who.contact.id).language == "fr"
        unread = notices.unread_count(Viewer.customer(Contact.objects.get(id=who.contact.id)))
    assert unread
    told = client.get(f"{northern.path}/preferences/alerts").json()
    assert told == {"unread": unread, "words": f"{unread} nouveaux avis"}


def test_nobody_has_no_settings(northern: World) -> None:
    with tenancy.vendor(northern.vendor.id), pytest.raises(access.Refused, match="signed in"):
        preferences.account(northern.machine)


# --- customers and contacts -------------------------------------------------------------------------


def test_a_customer_is_added_with_a_place_and_a_contact_who_is_invited(
    northern: World, manager: Client
) -> None:
    given = {
        "name": "Aciéries du Rhône",
        "zone": "Europe/Paris",
        "country": "fr",
        "subdivision": "",
        "language": "fr",
    }
    post(manager, northern, "customers/new", given)
    assert "There is a customer called" in post(manager, northern, "customers/new", given, 422)
    with tenancy.vendor(northern.vendor.id):
        made = Organisation.objects.get(name="Aciéries du Rhône")
        assert made.country == "FR"
    here = f"customers/{made.id}/people"
    post(
        manager,
        northern,
        f"{here}/add/site",
        {"name": "Genève", "zone": "Europe/Zurich", "country": "CH", "subdivision": "GE"},
    )
    assert "is no country" in post(
        manager, northern, f"{here}/add/site", {"name": "x", "zone": "Europe/Paris", "country": "QQ"}, 422
    )
    assert "no part of FR" in post(
        manager,
        northern,
        f"{here}/add/site",
        {"name": "x", "zone": "Europe/Paris", "country": "FR", "subdivision": "XX"},
        422,
    )
    post(
        manager,
        northern,
        f"{here}/add/contact",
        {
            "name": "Inès Faure",
            "email": "ines@acieries.example",
            "language": "fr",
            "invite": "yes",
            "is_administrator": "yes",
        },
    )
    with tenancy.vendor(northern.vendor.id):
        assert Site.objects.get(organisation=made).subdivision == "GE"
        contact = Contact.objects.get(organisation=made)
        assert contact.user is not None
        assert contact.is_administrator
        assert not contact.sees_colleagues
    again = {"name": "x", "email": "INES@acieries.example", "language": "fr"}
    assert "an address belongs to one contact" in post(manager, northern, f"{here}/add/contact", again, 422)
    one = f"{here}/{contact.id}"
    post(
        manager,
        northern,
        f"{one}/change",
        {"name": "Inès Faure-Roy", "language": "en", "sees_colleagues": "yes"},
    )
    post(manager, northern, f"{one}/invite", {})
    post(manager, northern, f"{one}/remove", {})
    assert "removed on" in get(manager, northern, one)
    post(manager, northern, f"{one}/back", {})
    with tenancy.vendor(northern.vendor.id):
        contact.refresh_from_db()
        assert (contact.name, contact.removed_at, contact.is_administrator) == ("Inès Faure-Roy", None, False)
        kinds = list(
            Change.objects.filter(subject_id=contact.id).order_by("id").values_list("kind", flat=True)
        )
    assert kinds == ["contact-added", "contact-changed", "contact-invited", "contact-removed", "contact-back"]
    assert "Inès Faure-Roy" in get(manager, northern, here)


def test_a_contact_stands_below_its_own_customer_only(northern: World, manager: Client) -> None:
    contact, other = (
        northern.customers["Ferronor"].contact,
        northern.customers["Tidewater Fabrication"].organisation,
    )
    for path in (
        f"customers/{other.id}/people/{contact.id}",
        f"customers/{other.id}/people/{contact.id}/remove",
    ):
        assert manager.post(f"{northern.path}/desk/{path}", {}).status_code in (404, 405)
        assert manager.get(f"{northern.path}/desk/{path}").status_code == 404


def test_a_restricted_customers_people_are_hidden_from_others(northern: World, client: Client) -> None:
    hidden = northern.customers["Ferronor"]
    with tenancy.vendor(northern.vendor.id):
        people.restrict_organisation(by=northern.machine, organisation=hidden.organisation, restricted=True)
        customers.change_contact(by=northern.machine, contact=hidden.contact, name="Secret Name", language="fr", is_administrator=False, is_key_user=False, sees_colleagues=True, now=START)  # fmt: skip
    client.force_login(northern.manager_user)
    assert client.get(f"{northern.path}/desk/customers/{hidden.organisation.id}/people").status_code == 404
    assert "Secret Name" not in get(client, northern, "settings/people")


# --- first steps ------------------------------------------------------------------------------------


@pytest.fixture
def bare(db: None, frozen: datetime) -> World:
    """A new vendor with its first manager and nothing else."""
    vendor = people.add_vendor(slug="boreal", name="Atelier Boréal", prefix="ATB", zone="America/Toronto", address="https://b.example/", now=START, staff_need_second_factor=False)  # fmt: skip
    with tenancy.vendor(vendor.id):
        machine = Viewer.machine(vendor.id)
        user = people.add_user(vendor_id=vendor.id, email="rosalie@b.example", name="Rosalie Côté", now=START)
        staff = people.add_staff(by=machine, user=user, roles=[Role.ADMINISTRATOR], now=START)
    return World(
        vendor=vendor,
        machine=machine,
        agent=staff,
        agent_user=user,
        manager=staff,
        manager_user=user,
        customers={},
    )


def test_a_new_vendor_is_led_from_nothing_to_a_request(bare: World, client: Client) -> None:
    client.force_login(bare.manager_user)
    page = get(client, bare, "set-up")
    assert "1 of 4" not in page
    assert "0 of 4 steps are done" in page
    assert "Set up" in page.partition("pl-search")[0]
    text = (PROGRAMMES / "northern.yaml").read_text()
    assert "northern" in get(client, bare, "set-up?programme=northern")
    broken = text.replace("desk_calendar:", "desk_calender:", 1)
    page = post(client, bare, "set-up/check", {"text": broken}, 200)
    page = post(client, bare, "set-up/publish", {"text": "palier: 2\n"}, 422)
    assert "It cannot be used yet" in page
    assert "which this program does not read" in page
    page = post(client, bare, "set-up/check", {"text": text}, 200)
    assert "It can be published" in page
    upload = io.BytesIO(b"\xff\xfe\x00")
    upload.name = "p.yaml"
    assert "no text in UTF-8" in post(client, bare, "set-up/check", {"file": upload}, 422)
    upload = io.BytesIO(text.encode())
    upload.name = "p.yaml"
    post(client, bare, "set-up/publish", {"file": upload})
    post(
        client,
        bare,
        "set-up/invite",
        {"name": "Ian Fraser", "email": "ian@b.example", "roles": ["agent"], "language": "en"},
    )
    assert "2 of 4 steps are done" in get(client, bare, "set-up")

    with tenancy.vendor(bare.vendor.id):
        from tests.pages import world as worlds

        worlds._customer(
            bare.machine,
            bare.vendor,
            "northern",
            "Ferronor",
            "Europe/Paris",
            "FR",
            "",
            "Camille Vasseur",
            "Théo Lambert",
        )
        contact = Contact.objects.get(name="Camille Vasseur")
    page = get(client, bare, "set-up")
    assert "Camille Vasseur, Ferronor" in page
    answer = client.post(
        f"{bare.path}/desk/set-up/request",
        {"contact": str(contact.id), "kind": "defect", "subject": "A test", "body": "To see."},
    )
    assert answer["Location"].endswith("/desk/tickets/ATB-1001") or "/desk/tickets/" in answer["Location"]
    assert client.get(answer["Location"]).status_code == 200
    assert "Everything is there" in get(client, bare, "set-up")
    assert "Set up" not in get(client, bare, "queue").partition("pl-search")[0]


def test_the_steps_can_be_left(bare: World, client: Client) -> None:
    client.force_login(bare.manager_user)
    post(client, bare, "set-up/leave", {})
    assert "Set up" not in get(client, bare, "queue").partition("pl-search")[0]
    assert "0 of 4" in get(client, bare, "set-up")


def test_a_programme_writer_publishes_and_does_nothing_else(northern: World, client: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        staffing.change_staff(
            by=northern.machine,
            staff_id=northern.agent.id,
            name="Maude Tremblay",
            roles=[Role.PROGRAMME_WRITER],
            teams=[],
            skills=[],
            away_until=None,
            now=START,
        )
    client.force_login(northern.agent_user)
    assert "A manager does this" in get(client, northern, "set-up")
    page = post(
        client,
        northern,
        "set-up/invite",
        {"name": "x", "email": "x@x.example", "roles": ["agent"], "language": "en"},
        422,
    )
    assert "one of these roles" in page
    with tenancy.vendor(northern.vendor.id), pytest.raises(access.Refused):
        changes.latest(Viewer.staff(northern.agent))


# --- both languages ---------------------------------------------------------------------------------


def test_every_page_is_french_for_a_french_reader(northern: World, manager: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        northern.manager_user.language = "fr"
        northern.manager_user.save()
    ferronor = northern.customers["Ferronor"]
    people_of = f"customers/{ferronor.organisation.id}/people"
    for path, word in (
        ("settings/people", "Qui travaille ici"),
        (f"settings/people/{northern.agent.id}", "À propos de cette personne"),
        ("settings/teams", "Ajouter une équipe"),
        ("settings/look", "Ce que voient les clients"),
        ("settings/mine", "Mes réglages"),
        ("set-up", "Premiers pas"),
        ("customers/new", "Ajouter un client"),
        (people_of, "Contacts et lieux"),
        (f"{people_of}/{ferronor.contact.id}", "À propos de cette personne"),
    ):
        page = get(manager, northern, path)
        assert word in page, path
        assert "Settings" not in page
        # The verb of the contract's buttons names no field.
        assert "Nommer" not in page
