"""From a request at night to somebody woken: the programme's rule, the sweep, the page, and what both sides read of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from tests.pages import world as worlds
from tests.pages.fixtures import frozen as frozen
from tests.pages.world import World

from palier.contracts import actions as contracts
from palier.contracts.models import Contract
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Notice
from palier.services import paging, rosters
from palier.services.models import Alarm, Page, State
from palier.tickets import answering, opening, sweeping
from palier.tickets.models import Ticket

NIGHT = datetime(2026, 11, 15, 1, 30, tzinfo=UTC)
"""A Sunday, 02:30 in Paris, 01:30 in London."""


@pytest.fixture
def infor(db: None) -> World:
    made = worlds.build("infor")
    with tenancy.vendor(made.vendor.id):
        who = made.customers["Oriel Cranes"]
        contracts.draw_up(
            by=made.machine, organisation=who.organisation, plan="premium", number="INF-2",
            activation_on=date(2026, 9, 1), now=worlds.START, seats=8, contacts=[who.contact], paid_at=worlds.START,
            products=["finance"],
        )  # fmt: skip
        roster = rosters.save_roster(
            by=made.machine, name="24×7", zone="Europe/Paris", plans=["premium"], now=worlds.START
        )
        rosters.save_layer(
            by=made.machine, roster_id=roster.id, name="First", people=[made.agent], starts_on=date(2026, 11, 2),
            now=worlds.START,
        )  # fmt: skip
    return made


def opened(made: World, effect: str, channel: str = "portal") -> Ticket:
    who = made.customers["Oriel Cranes"]
    with tenancy.vendor(made.vendor.id):
        draft = worlds.draft(
            kind="incident", effect=effect, product="finance", version="2026.07",
            fields={"steps": "Open it."}, facts={"impact": "high"},
            contract_id=Contract.objects.get(number="INF-2").id,
        )  # fmt: skip
        return opening.open_ticket(
            by=Viewer.customer(who.contact), draft=draft, now=NIGHT, channel=channel, reached_at=NIGHT
        )


@pytest.mark.parametrize("channel", ["portal", "mail"])
def test_a_critical_incident_at_night_pages_whoever_is_on_call(infor: World, channel: str) -> None:
    ticket = opened(infor, "system-down", channel)
    sweeping.sweep(now=NIGHT + timedelta(seconds=4))
    with tenancy.vendor(infor.vendor.id):
        page = Page.objects.select_related("alarm").get()
        assert (page.staff_id, page.at, page.alarm.ticket_id) == (infor.agent.id, NIGHT, ticket.id)
        assert page.alarm.clause == "X1"
        assert Notice.objects.filter(kind="paged", staff=infor.agent).count() == 1
    # The sweep again, and the worker: nothing twice.
    sweeping.sweep(now=NIGHT + timedelta(seconds=9))
    paging.attend(now=NIGHT + timedelta(seconds=9))
    with tenancy.vendor(infor.vendor.id):
        assert Page.objects.count() == 1
        when = NIGHT + timedelta(minutes=6)
        answering.reply(by=Viewer.staff(infor.agent), ticket=ticket, body="I am on it.", now=when)
    paging.attend(now=NIGHT + timedelta(minutes=20))
    with tenancy.vendor(infor.vendor.id):
        assert (Alarm.objects.get().state, Alarm.objects.get().ended_at) == (State.ACKNOWLEDGED, when)
        assert Page.objects.count() == 1


@pytest.mark.parametrize("effect", ["major", "limited", "minor"])
def test_ordinary_work_pages_nobody_at_night(infor: World, effect: str) -> None:
    opened(infor, effect)
    for hours in range(0, 60, 3):
        sweeping.sweep(now=NIGHT + timedelta(hours=hours))
        paging.attend(now=NIGHT + timedelta(hours=hours))
    with tenancy.vendor(infor.vendor.id):
        assert not Page.objects.exists()


def test_the_page_says_so(infor: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: NIGHT + timedelta(seconds=30))
    ticket = opened(infor, "system-down")
    sweeping.sweep(now=NIGHT + timedelta(seconds=4))
    client.force_login(infor.customers["Oriel Cranes"].user)
    page = client.get(f"{infor.path}/requests/INF-{ticket.number}").content.decode()
    assert "The engineer on call was paged: 01:30 (London)." in page
