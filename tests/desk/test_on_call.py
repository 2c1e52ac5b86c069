"""On call on the desk: who is now, swaps, calls and their acknowledgement, rosters, one's own shifts and calendars."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import icalendar
import pytest
from django.test import Client
from tests.pages import world as worlds
from tests.pages.fixtures import NOW
from tests.pages.world import World

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Change, Notice, Organisation, Role
from palier.services import rosters
from palier.services.models import Alarm, FeedKey, Hours, Layer, Page, Roster, State, Swap
from palier.tickets import calling, locks
from palier.tickets.models import Ticket

MINUTE = timedelta(minutes=1)


@pytest.fixture
def agent(northern: World, client: Client) -> Client:
    client.force_login(northern.agent_user)
    return client


def get(client: Client, made: World, path: str, status: int = 200) -> str:
    answer = client.get(f"{made.path}/desk/{path}")
    assert answer.status_code == status, path
    return html.unescape(answer.content.decode())


def post(
    client: Client, made: World, path: str, data: Mapping[str, object] | None = None, status: int = 302
) -> str:
    answer = client.post(f"{made.path}/desk/{path}", data or {})
    assert answer.status_code == status, html.unescape(answer.content.decode())[:4000]
    return html.unescape(answer.content.decode())


@pytest.fixture
def roster(northern: World) -> Roster:
    """Maude and Étienne take weekly turns at night and on weekends."""
    with tenancy.vendor(northern.vendor.id):
        made = rosters.save_roster(
            by=northern.machine, name="Nights", zone="Europe/Paris", now=NOW - timedelta(days=3)
        )
        rosters.save_layer(
            by=northern.machine, roster_id=made.id, name="First line", people=[northern.agent, northern.manager],
            starts_on=date(2026, 11, 16), handover=time(9), hours=Hours.NIGHTS, now=NOW - timedelta(days=3),
        )  # fmt: skip
    return made


def call(northern: World, ticket: Ticket, now: datetime = NOW) -> Alarm:
    with tenancy.vendor(northern.vendor.id):
        locks.ticket(northern.machine, ticket.id)
        asked = calling.Call(
            vendor_id=northern.vendor.id, ticket_id=ticket.id, rule="night", clause="E1", at=now, now=now
        )
        calling.call(asked)
        return Alarm.objects.get(ticket=ticket)


def test_who_is_on_call_and_when_nobody_is(northern: World, agent: Client, roster: Roster) -> None:
    """Thursday 14:00: the layer counts at night only."""
    page = get(agent, northern, "on-call")
    assert "Nobody is on call now" in page
    assert "14:00 – 18:00" in page
    with tenancy.vendor(northern.vendor.id):
        layer = Layer.objects.get()
        layer.hours = Hours.ALL.value
        layer.save()
    page = get(agent, northern, "on-call")
    assert "Maude Tremblay</strong>" in page
    assert "is on call until Mon\u00a009:00" in page
    assert "Then in line: Étienne Roy." in page
    assert "Nobody is on call" not in page


def test_a_desk_without_rosters_says_what_would_be_here(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    assert "Make the first roster" in get(client, northern, "on-call")
    assert "No roster yet" in get(client, northern, "on-call/rosters")


def test_one_takes_a_shift_over_and_gives_it_back(northern: World, agent: Client, roster: Roster) -> None:
    times = {"from": "2026-11-24T18:00", "until": "2026-11-25T09:00"}
    path = f"on-call/{roster.id}/swap"
    post(agent, northern, path, {"staff": str(northern.agent.id), **times})
    page = get(agent, northern, "on-call")
    assert "swap, made by Maude Tremblay" in page
    with tenancy.vendor(northern.vendor.id):
        swap = Swap.objects.get()
        assert swap.starts_at == datetime.fromisoformat("2026-11-24T18:00+01:00")
        assert [one.staff_id for one in Notice.objects.filter(kind="on-call-swapped")] == [
            northern.manager.id
        ]
    post(agent, northern, f"on-call/swaps/{swap.id}/take-back")
    assert "swap, made by" not in get(agent, northern, "on-call")


def test_a_swap_that_cannot_be_is_refused_with_what_was_typed(
    northern: World, agent: Client, roster: Roster
) -> None:
    path = f"on-call/{roster.id}/swap"
    backwards = {
        "staff": str(northern.agent.id),
        "from": "2026-11-25T09:00",
        "until": "2026-11-24T18:00",
    }
    page = post(agent, northern, path, backwards, 422)
    assert "A swap ends after it begins" in page
    assert 'value="2026-11-25T09:00"' in page
    # Another person is offered to who runs the desk only.
    other = {**backwards, "staff": str(northern.manager.id), "until": "2026-11-26T09:00"}
    assert "must be one of those listed" in post(agent, northern, path, other, 422)
    with tenancy.vendor(northern.vendor.id):
        assert not Swap.objects.exists()


def test_pressing_a_shift_fills_the_form(northern: World, agent: Client, roster: Roster) -> None:
    page = get(agent, northern, "on-call")
    link = re.search(r'href="(\?roster=[^"#]+)#swap-', page)
    assert link is not None
    filled = get(agent, northern, f"on-call{link.group(1)}")
    assert 'value="2026-11-19T14:00"' in filled
    assert f'id="swap-{roster.id}" open' in filled


def test_a_call_is_acknowledged_by_one_press(northern: World, agent: Client, roster: Roster) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    page = get(agent, northern, "on-call")
    assert "Waits for somebody" in page
    assert "nobody was on call" in page
    assert 'data-key="y"' in page
    ticket = get(agent, northern, f"tickets/{northern.tickets['fresh'].number}")
    assert "Nobody has acknowledged yet" in ticket
    assert "Nobody was on call; paged: Étienne Roy" in ticket
    assert "Acknowledge" in get(agent, northern, f"on-call/calls/{alarm.id}")

    answer = agent.post(f"{northern.path}/desk/on-call/calls/{alarm.id}/acknowledge")
    assert answer.headers["Location"].endswith(f"/desk/tickets/NOR-{northern.tickets['fresh'].number}")
    page = get(agent, northern, "on-call/calls")
    assert "Acknowledged by Maude Tremblay" in page
    assert "Waits for somebody" not in get(agent, northern, "on-call")
    ticket = get(agent, northern, f"tickets/{northern.tickets['fresh'].number}")
    assert "The page was acknowledged by Maude Tremblay" in ticket


def test_a_late_page_says_so(northern: World, agent: Client, roster: Roster) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    with tenancy.vendor(northern.vendor.id):
        Page.objects.update(at=NOW - 90 * MINUTE)
    assert "noticed late: it fell due at 12:30" in get(agent, northern, f"on-call/calls/{alarm.id}")


def test_a_page_is_told_in_the_product_and_leads_to_its_acknowledgement(
    northern: World, client: Client, roster: Roster
) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    client.force_login(northern.manager_user)
    page = get(client, northern, "notices")
    assert "You are paged: nobody is on call for it." in page
    assert f"/desk/on-call/calls/{alarm.id}" in page


def test_the_customer_reads_that_somebody_was_paged(northern: World, client: Client, roster: Roster) -> None:
    ticket = northern.tickets["fresh"]
    client.force_login(northern.customers["Ferronor"].user)

    def portal() -> str:
        return html.unescape(client.get(f"{northern.path}/requests/NOR-{ticket.number}").content.decode())

    assert "engineer on call" not in portal()
    call(northern, ticket)
    assert "The engineer on call was paged: 14:00 (Paris)." in portal()
    assert "Étienne Roy" not in portal()
    worlds.read_in(northern, "fr")
    assert "L’ingénieur d’astreinte a été appelé : 14:00 (Paris)." in portal().replace("\u00a0", " ")


# --- walls ------------------------------------------------------------------------------------------


def test_who_is_not_named_for_a_restricted_customer_learns_nothing(
    northern: World, agent: Client, roster: Roster
) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    with tenancy.vendor(northern.vendor.id):
        Organisation.objects.filter(name="Ferronor").update(restricted=True)
    for path in ("on-call", "on-call/calls"):
        assert "Ferronor" not in get(agent, northern, path)
    get(agent, northern, f"on-call/calls/{alarm.id}", 404)
    post(agent, northern, f"on-call/calls/{alarm.id}/acknowledge", status=404)


def test_customers_other_vendors_and_finance_find_nothing(
    northern: World, client: Client, roster: Roster
) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    with tenancy.vendor(northern.vendor.id):
        northern.agent.roles = [Role.FINANCE]
        northern.agent.save(update_fields=["roles"])
    other = worlds.build("horizant")
    paths = ("on-call", "on-call/mine", "on-call/calls", f"on-call/calls/{alarm.id}", "on-call/rosters")
    for user, path, status in (
        (northern.customers["Ferronor"].user, northern.path, 404),
        (northern.agent_user, northern.path, 403),
        (other.manager_user, other.path, 404),
    ):
        client.force_login(user)
        for one in paths:
            answer = client.get(f"{path}/desk/{one}")
            wanted = {status} if path == northern.path or str(alarm.id) in one else {200}
            assert answer.status_code in wanted, (user, one)
            assert "Nights" not in answer.content.decode()


# --- rosters ----------------------------------------------------------------------------------------


def test_only_who_runs_the_desk_writes_rosters(northern: World, agent: Client, roster: Roster) -> None:
    for path in ("on-call/rosters", f"on-call/rosters/{roster.id}"):
        get(agent, northern, path, 403)
    post(agent, northern, "on-call/rosters/new", {"name": "Mine"}, 403)


def test_a_roster_is_made_changed_and_taken_away(northern: World, client: Client) -> None:
    client.force_login(northern.manager_user)
    asked = {
        "name": "Critical",
        "zone": "Europe/Paris",
        "plans": ["standard"],
        "ack_within": "5",
        "rounds": "2",
    }
    page = post(client, northern, "on-call/rosters/new", {**asked, "zone": "Paris"}, 422)
    assert "There is no time zone “Paris”" in page
    post(client, northern, "on-call/rosters/new", asked)
    with tenancy.vendor(northern.vendor.id):
        row = Roster.objects.get()
        assert (row.plans, row.ack_within, row.rounds) == (["standard"], 5, 2)
    here = f"on-call/rosters/{row.id}"
    assert "Nobody takes turns yet" in get(client, northern, here)
    layer = {
        "name": "First line",
        "starts_on": "2026-11-16",
        "handover": "09:00",
        "length": "mon-fri",
        "hours": "nights-weekends",
        "day_from": "08:30",
        "day_until": "18:00",
        "person_1": str(northern.manager.id),
        "person_2": str(northern.agent.id),
    }
    page = post(client, northern, f"{here}/layer", {**layer, "handover": "nine"}, 422)
    assert "“nine” is no time of day" in page
    page = post(client, northern, f"{here}/layer", {**layer, "day_until": "08:00"}, 422)
    assert "The day ends after it begins" in page
    post(client, northern, f"{here}/layer", layer)
    post(client, northern, f"{here}/layer", {**layer, "name": "Second line", "length": "7"})
    page = get(client, northern, here)
    assert "Étienne Roy, Maude Tremblay" in page
    assert "Monday to Friday, then the weekend" in page
    assert "the day is 08:30–18:00" in page
    with tenancy.vendor(northern.vendor.id):
        first, second = Layer.objects.order_by("position")
        assert (first.weekdays, second.weekdays, second.days) == ([0, 4], [], 7)
    post(client, northern, f"{here}/layers/{second.id}/up")
    with tenancy.vendor(northern.vendor.id):
        assert [one.name for one in Layer.objects.order_by("position")] == ["Second line", "First line"]
    post(client, northern, f"{here}/layers/{first.id}/remove")
    post(client, northern, f"{here}/layers/{second.id}/save", {**layer, "person_2": ""})
    with tenancy.vendor(northern.vendor.id):
        assert [one.staff_id for one in Layer.objects.get().turns.all()] == [northern.manager.id]
    post(client, northern, f"{here}/remove")
    get(client, northern, here, 404)
    with tenancy.vendor(northern.vendor.id):
        kinds = list(Change.objects.order_by("at", "id").values_list("kind", flat=True))
        assert kinds[0] == "roster-added"
        assert kinds[-1] == "roster-removed"
    assert "took an on-call roster away" in get(client, northern, "settings/people")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_in_both_languages(northern: World, client: Client, roster: Roster, language: str) -> None:
    call(northern, northern.tickets["fresh"])
    worlds.read_in(northern, language)
    client.force_login(northern.manager_user)
    client.cookies["palier_language"] = language
    said = {"fr": "Astreinte", "en": "On call"}[language]
    for path in (
        "on-call",
        "on-call/mine",
        "on-call/calls",
        "on-call/rosters",
        f"on-call/rosters/{roster.id}",
    ):
        page = get(client, northern, path)
        assert f"<h1>{said}</h1>" in page, path


# --- calendars --------------------------------------------------------------------------------------


def addresses(client: Client, made: World) -> list[str]:
    page = post(client, made, "on-call/mine/renew", status=200)
    found = re.findall(r'value="https://northern\.example/([^"]+\.ics)"', page)
    assert len(found) == 3
    return [f"{made.path}/{one}" for one in found]


def test_my_shifts_as_a_calendar(northern: World, agent: Client, roster: Roster) -> None:
    shifts, _dues, whole = addresses(agent, northern)
    assert "Copy them now" not in get(agent, northern, "on-call/mine")
    stranger = Client()
    answer = stranger.get(shifts)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "private" in answer.headers["Cache-Control"]
    calendar = icalendar.Calendar.from_ical(answer.content)
    events = calendar.walk("VEVENT")
    assert str(events[0]["summary"]) == "On call: Nights"
    begins = [one.decoded("dtstart") for one in events]
    assert datetime.fromisoformat("2026-11-19T17:00+00:00") in begins
    assert all(one.utcoffset() == timedelta(0) for one in begins)
    assert len({str(one["uid"]) for one in events}) == len(events)
    names = {
        str(one["summary"])
        for one in icalendar.Calendar.from_ical(stranger.get(whole).content).walk("VEVENT")
    }
    assert names == {"Maude Tremblay on call: Nights", "Étienne Roy on call: Nights"}


def test_a_calendar_is_asked_again_cheaply(northern: World, agent: Client, roster: Roster) -> None:
    shifts, *_ = addresses(agent, northern)
    first = agent.get(shifts)
    again = agent.get(shifts, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = agent.get(shifts, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert since.status_code == 304
    with tenancy.vendor(northern.vendor.id):
        rosters.swap(
            by=northern.machine, roster_id=roster.id, staff=northern.agent, starts_at=NOW + timedelta(days=5),
            ends_at=NOW + timedelta(days=6), now=NOW + MINUTE,
        )  # fmt: skip
    changed = agent.get(shifts, headers={"if-none-match": first.headers["ETag"]})
    assert changed.status_code == 200
    since = agent.get(shifts, headers={"if-modified-since": first.headers["Last-Modified"]})
    assert since.status_code == 200


def test_what_is_due_as_a_calendar_tells_no_more_than_its_owner_may_see(
    northern: World, agent: Client, roster: Roster
) -> None:
    _shifts, dues, _whole = addresses(agent, northern)

    def told() -> str:
        return Client().get(dues).content.decode()

    assert f"NOR-{northern.tickets['answered'].number}" in told()
    assert "Ferronor" in told()
    with tenancy.vendor(northern.vendor.id):
        Organisation.objects.filter(name="Ferronor").update(restricted=True)
    assert "Ferronor" not in told()
    assert "NOR-" not in told()


def test_addresses_stop_working_when_renewed_or_revoked_or_when_the_person_leaves(
    northern: World, agent: Client, roster: Roster
) -> None:
    old, *_ = addresses(agent, northern)
    new, *_ = addresses(agent, northern)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert Client().get(new.replace("shifts.ics", "nothing.ics")).status_code == 404
    other = worlds.build("horizant")
    assert Client().get(new.replace(northern.path, other.path)).status_code == 404
    post(agent, northern, "on-call/mine/revoke")
    assert Client().get(new).status_code == 404
    newest, *_ = addresses(agent, northern)
    with tenancy.vendor(northern.vendor.id):
        assert newest.split("/")[-2] not in str(FeedKey.objects.values_list("token_hash", flat=True))
        northern.agent.removed_at = NOW
        northern.agent.save(update_fields=["removed_at"])
    assert Client().get(newest).status_code == 404


def test_a_calendar_is_in_its_owners_language(northern: World, agent: Client, roster: Roster) -> None:
    shifts, *_ = addresses(agent, northern)
    worlds.read_in(northern, "fr")
    text = Client().get(shifts, headers={"accept-language": "en"}).content.decode()
    assert "D’astreinte" in text or "Astreinte" in text
    assert "On call: " not in text


def test_a_state_is_never_left_open_by_a_second_press(northern: World, agent: Client, roster: Roster) -> None:
    alarm = call(northern, northern.tickets["fresh"])
    for _ in range(2):
        post(agent, northern, f"on-call/calls/{alarm.id}/acknowledge")
    with tenancy.vendor(northern.vendor.id):
        alarm.refresh_from_db()
        assert (alarm.state, alarm.ended_by_id) == (State.ACKNOWLEDGED, northern.agent.id)
        assert Viewer.staff(northern.agent).staff_id == alarm.ended_by_id
