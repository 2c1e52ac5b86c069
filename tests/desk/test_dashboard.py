"""The dashboard: each figure leads to as many tickets as it says, and nobody counts what is not theirs to see."""

from __future__ import annotations

import csv
import io
import itertools
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages.world import World, build

from palier.people import actions as people
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Role, Staff
from palier.reports import figures, slices
from palier.reports.slices import Kind, Slice
from palier.tickets.models import CommitmentRow, Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.sweeping import sweep


@pytest.fixture
def filled(northern: World, frozen: datetime) -> World:
    sweep(now=frozen)
    return northern


@pytest.fixture
def manager(filled: World, client: Client) -> Client:
    client.force_login(filled.manager_user)
    return client


def listed(made: Client, url: str) -> int:
    page = made.get(unescape(url)).content.decode()
    return page.count("<tr data-row>")


def test_each_figure_leads_to_as_many_lines_as_it_says(filled: World, manager: Client) -> None:
    page = manager.get(f"{filled.path}/desk/dashboard").content.decode()
    links = re.findall(r'href="(/[^"]+/desk/dashboard/tickets\?[^"]+)"[^>]*>(?:<strong>)?([\d ]+)<', page)
    assert len(links) >= 15
    kinds = set()
    for url, count in links:
        kinds.add(re.findall(r"kind=(\w[\w-]*)", url)[0])
        assert listed(manager, url) == int(count), url
    assert kinds == {kind.value for kind in Kind}


def test_what_was_missed_counts_as_missed_and_what_was_kept_as_kept(filled: World) -> None:
    now = timezone.now()
    with tenancy.vendor(filled.vendor.id):
        viewer = Viewer.staff(filled.manager)
        lines = figures.attainment(viewer, by="organisation", since=now - timedelta(days=30), until=now)
        names = figures.names(viewer, [one.key for one in lines])
        told = {names[one.key]: (one.kept.count, one.missed.count) for one in lines}
        for name in told:
            rows = CommitmentRow.objects.filter(ticket__organisation__name=name)
            assert told[name] == (rows.filter(state="met").count(), rows.filter(state="breached").count())
        assert told["Tidewater Fabrication"][1] >= 1
        totals = {
            by: sum(
                one.total
                for one in figures.attainment(viewer, by=by, since=now - timedelta(days=30), until=now)
            )
            for by in figures.BY
        }
    assert len(set(totals.values())) == 1


def test_the_flow_ends_at_what_is_open(filled: World) -> None:
    now = timezone.now()
    with tenancy.vendor(filled.vendor.id):
        viewer = Viewer.staff(filled.manager)
        today = now.date()
        days = figures.flow(
            viewer, first=today - timedelta(days=10), last=today + timedelta(days=1), zone="UTC", now=now
        )
        assert days[-1].left == Ticket.objects.filter(is_open=True).count()
        assert sum(one.opened.count for one in days) == Ticket.objects.count()
        assert days[0].left == 0
        for before, after in itertools.pairwise(days):
            assert after.left == before.left + after.opened.count - after.ended.count


def test_an_agent_counts_its_own_teams_only(filled: World, client: Client) -> None:
    with tenancy.vendor(filled.vendor.id):
        team = people.add_team(by=Viewer.staff(filled.manager), name="Elsewhere")
        Ticket.objects.filter(number=filled.tickets["missed"].number).update(team=team)
        seen = list(figures.workload(Viewer.staff(filled.agent), now=timezone.now()))
        everything = figures.workload(Viewer.staff(filled.manager), now=timezone.now())
    assert sum(one.open.count for one in seen) == sum(one.open.count for one in everything) - 1
    client.force_login(filled.agent_user)
    url = f"{filled.path}/desk/dashboard/tickets?kind=open"
    assert "Import stops at two gigabytes" not in client.get(url).content.decode()
    assert "Import stops at two gigabytes" not in client.get(f"{url}&form=csv").content.decode()


def test_finance_works_on_no_ticket_and_sees_no_figure(filled: World, client: Client) -> None:
    with tenancy.vendor(filled.vendor.id):
        Staff.objects.filter(id=filled.agent.id).update(roles=[Role.FINANCE.value])
    client.force_login(filled.agent_user)
    for path in ("", "/tickets?kind=open", "/sheet.csv?table=flow"):
        assert client.get(f"{filled.path}/desk/dashboard{path}").status_code == 403


def test_a_customer_and_another_vendors_people_find_no_dashboard(filled: World, client: Client) -> None:
    for user in (filled.customers["Ferronor"].user, build("horizant").manager_user):
        client.force_login(user)
        for path in ("", "/tickets?kind=open", "/sheet.csv?table=flow"):
            assert client.get(f"{filled.path}/desk/dashboard{path}").status_code in (302, 404)


def test_a_subject_that_looks_like_a_formula_is_harmless_in_the_sheet(filled: World, manager: Client) -> None:
    with tenancy.vendor(filled.vendor.id):
        Ticket.objects.filter(id=filled.tickets["fresh"].id).update(subject='=HYPERLINK("x")')
    answer = manager.get(f"{filled.path}/desk/dashboard/tickets?kind=open&form=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "attachment" in answer["Content-Disposition"]
    assert {row["subject"] for row in rows if "HYPERLINK" in row["subject"]} == {'\'=HYPERLINK("x")'}
    assert len(rows) == 8


@pytest.mark.parametrize("table", ["severity", "plan", "organisation", "flow", "workload"])
def test_every_table_comes_as_a_sheet(filled: World, manager: Client, table: str) -> None:
    answer = manager.get(f"{filled.path}/desk/dashboard/sheet.csv?table={table}")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) > 1
    assert all(len(row) == len(rows[0]) for row in rows)


@pytest.mark.parametrize(
    "query",
    ["first=soon", "first=2026-09-02&last=2026-09-01", "first=2020-01-01&last=2026-01-01", "promise=love"],
)
def test_what_is_no_period_is_told(filled: World, manager: Client, query: str) -> None:
    assert manager.get(f"{filled.path}/desk/dashboard?{query}").status_code == 422
    assert manager.get(f"{filled.path}/desk/dashboard/sheet.csv?table=flow&{query}").status_code == 422


@pytest.mark.parametrize(
    "sent",
    [
        {"kind": "other"},
        {"kind": "open", "since": "yesterday"},
        {"kind": "open", "since": "2026-01-01T00:00:00"},
        {"kind": "open", "assignee": "me"},
        {"kind": "open", "commitment": "love"},
        {"kind": "open", "status": "happy"},
    ],
)
def test_an_address_that_names_no_slice_is_refused(sent: dict[str, str]) -> None:
    with pytest.raises(CannotDo):
        slices.of_query(sent)


def test_a_slice_is_read_back_from_its_address() -> None:
    made = Slice(
        kind=Kind.MISSED, since=datetime(2026, 9, 1, tzinfo=UTC), commitment="first_response", severity="1",
        organisation="01890000-0000-7000-8000-000000000000", assignee=slices.NOBODY, plan="standard", status="open",
    )  # fmt: skip
    assert slices.of_query(made.query()) == made


@pytest.mark.parametrize(
    ("index", "asked"),
    [
        (
            "tickets_commitment_decided",
            f"from tickets_commitmentrow c where c.state = 'breached' and {slices.ENDED} >= '2026-01-01'",
        ),
        (
            "tickets_gone",
            f"from tickets_ticket where not tickets_ticket.is_open and {slices.GONE} >= '2026-01-01'",
        ),
    ],
)
def test_what_ended_is_read_through_an_index_by_its_instant(filled: World, index: str, asked: str) -> None:
    """Not only through the index: behind row-level security the database compares the instant after all else, unless it
    trusts the expression to leak nothing."""
    from django.db import connection

    with tenancy.vendor(filled.vendor.id), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain select count(*) {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    condition = plan.partition("Index Cond:")[2].partition("\n")[0]
    assert index in plan
    assert ">= '2026-01-01" in condition
