"""The queue: the order of the rules, what each viewer sees of it, ranking, paging, and counts that stop."""

from __future__ import annotations

from uuid import UUID

import pytest

from palier.people import actions as people
from palier.people.access import Refused, Viewer
from palier.people.models import Look, Membership, Role, Team
from palier.tickets import answering, clockwork, home, lists, opening, queries, steering, ticket_page
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")
NOW = at("2026-07-09 13:00")


def opened(world: World, effect: str = "lasting-major", when: str = "2026-07-09 12:00") -> Ticket:
    return opening.open_ticket(by=world.customer, draft=personas.failure(effect), now=at(when))


def numbers(viewer: Viewer, view: str = "all") -> list[str]:
    return [row.number for row in lists.page(viewer, now=NOW, asked=lists.Asked(view=view)).rows]


def test_order_is_missed_then_severity_then_due_then_number(within: UUID) -> None:
    world = personas.northern(within)
    minor = opened(world, "intermittent-minor", "2026-07-08 07:00")
    major = opened(world, "lasting-major", "2026-07-09 09:00")
    lost = opened(world, "loss-of-service", "2026-07-09 09:00")
    later = opened(world, "lasting-major", "2026-07-09 10:00")
    order = [f"NOR-{one.number}" for one in (lost, major, later, minor)]
    assert numbers(world.desk) == order
    # Sixteen hours pass: the minor one is missed, and goes first.
    minor = Ticket.objects.select_related("organisation").get(id=minor.id)
    clockwork.refold(minor, now=at("2026-07-09 13:59"))
    assert numbers(world.desk) == order
    clockwork.refold(minor, now=at("2026-07-09 14:00"))
    assert numbers(world.desk) == [order[-1], *order[:-1]]
    assert numbers(world.desk, "missed") == [order[-1]]
    row = lists.page(world.desk, now=NOW).rows[0]
    assert row.breached_at == at("2026-07-09 14:00")
    assert (row.place, row.organisation, row.plan) == ("Paris", "Lagrange", "standard")


def test_a_customers_ranking_fills_its_own_places_only(within: UUID) -> None:
    world = personas.northern(within)
    other = personas.add_customer(world.machine, name="Berge")
    guest = personas.add_contact(world.machine, other, "berthe")
    a1 = opened(world, when="2026-07-09 08:00")
    b1 = opening.open_ticket(by=Viewer.customer(guest), draft=personas.failure(), now=at("2026-07-09 09:00"))
    a2 = opened(world, when="2026-07-09 10:00")
    a3 = opened(world, when="2026-07-09 11:00")
    in_order = [one for one in numbers(world.desk) if one != f"NOR-{b1.number}"]
    assert in_order == [f"NOR-{one.number}" for one in (a1, a2, a3)]
    before = numbers(world.desk).index(f"NOR-{b1.number}")
    steering.rank(by=world.customer, organisation=world.organisation, ticket_ids=[a3.id, a1.id], now=NOW)
    after = numbers(world.desk)
    assert after.index(f"NOR-{b1.number}") == before
    assert [one for one in after if one != f"NOR-{b1.number}"] == [
        f"NOR-{one.number}" for one in (a3, a1, a2)
    ]
    with pytest.raises(CannotDo, match="not-open-here"):
        steering.rank(by=world.customer, organisation=world.organisation, ticket_ids=[b1.id], now=NOW)
    # Opening another one keeps the ranking.
    opened(world, when="2026-07-09 12:00")
    again = numbers(world.desk)
    assert again[0] == f"NOR-{a3.number}"


def test_a_plan_without_ranking_says_so(within: UUID) -> None:
    world = personas.infor(within, plan="premium")
    ticket = opening.open_ticket(by=world.customer, draft=personas.outage(), now=THURSDAY)
    with pytest.raises(CannotDo, match="plan-without-ranking"):
        steering.rank(by=world.customer, organisation=world.organisation, ticket_ids=[ticket.id], now=NOW)


def test_pages_follow_each_other_without_gap(within: UUID) -> None:
    world = personas.northern(within)
    made = [opened(world, effect) for effect in ("lasting-major", "loss-of-service", "lasting-minor") * 2]
    seen: list[str] = []
    after = None
    while True:
        page = lists.page(world.desk, now=NOW, after=after, size=2)
        seen += [row.number for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == len(made)
    assert seen == numbers(world.desk)


def test_views_and_their_counts(within: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    world = personas.northern(within)
    mine = opened(world)
    steering.assign(by=world.desk, ticket=mine, assignee=world.agent, now=NOW)
    waiting = opened(world)
    answering.reply(by=world.desk, ticket=waiting, body="Which?", now=NOW, then="wait-customer")
    held = opening.open_ticket(by=world.customer, draft=personas.failure(fields={}), now=THURSDAY)
    counted = {one.view: one.count for one in lists.view_counts(world.desk, NOW)}
    assert counted == {
        "all": 3,
        "mine": 1,
        "nobodys": 2,
        "missed": 0,
        "due-soon": 0,
        "waiting": 1,
        "held": 1,
        "watched": 0,
        "snoozed": 0,
    }
    assert numbers(world.desk, "mine") == [f"NOR-{mine.number}"]
    assert numbers(world.desk, "waiting") == [f"NOR-{waiting.number}"]
    assert numbers(world.desk, "held") == [f"NOR-{held.number}"]
    row = lists.page(world.desk, now=NOW, asked=lists.Asked(view="mine")).rows[0]
    assert (row.assignee_name, row.initials) == ("Alex", "A")
    with pytest.raises(CannotDo, match="unknown-word"):
        lists.page(world.desk, now=NOW, asked=lists.Asked(view="nonsense"))
    monkeypatch.setattr(lists, "COUNTED", 2)
    stopped = {one.view: (one.count, one.or_more) for one in lists.view_counts(world.desk, NOW)}
    assert stopped["all"] == (2, True)
    assert stopped["mine"] == (1, False)


def test_agents_see_their_teams_and_managers_see_all(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    level2 = people.add_team(by=world.machine, name="Level 2", level=2)
    steering.assign(by=world.boss, ticket=ticket, team=level2, now=NOW)
    assert numbers(world.boss) == [f"NOR-{ticket.number}"]
    assert numbers(world.desk) == []
    Membership.objects.create(vendor_id=within, staff=world.agent, team=Team.objects.get(id=level2.id))
    assert numbers(world.desk) == [f"NOR-{ticket.number}"]
    for role in (Role.FINANCE, Role.PROGRAMME_WRITER):
        clerk = Viewer.staff(personas.add_staff(world.machine, role.value, role))
        assert numbers(clerk) == []
        with pytest.raises(Ticket.DoesNotExist):
            answering.add_note(by=clerk, ticket=ticket, body="x", now=NOW)


def test_a_restricted_customer_is_seen_by_those_named_and_looks_are_kept(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    people.restrict_organisation(by=world.boss, organisation=world.organisation, restricted=True)
    assert numbers(world.boss) == []
    with pytest.raises(Ticket.DoesNotExist):
        ticket_page.ticket_page(world.boss, number=ticket.number, now=NOW)
    with pytest.raises(Refused, match="restricted-customer"):
        opening.open_ticket(by=world.desk, draft=personas.failure(), now=NOW, contact=world.contact)
    people.clear(by=world.boss, staff=world.agent, organisation=world.organisation, now=NOW)
    assert numbers(world.desk) == [f"NOR-{ticket.number}"]
    ticket_page.ticket_page(world.desk, number=ticket.number, now=NOW)
    ticket_page.ticket_page(world.customer, number=ticket.number, now=NOW)
    look = Look.objects.get()
    assert (look.staff_id, look.subject_kind, look.subject_id) == (
        world.agent.id,
        "organisation",
        world.organisation.id,
    )
    people.withdraw_clearance(by=world.boss, staff=world.agent, organisation=world.organisation)
    assert numbers(world.desk) == []


def test_a_restricted_ticket_is_seen_by_those_named(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    steering.restrict(by=world.boss, ticket=ticket, restricted=True, named=[], now=NOW)
    assert numbers(world.desk) == []
    assert numbers(world.boss) == [f"NOR-{ticket.number}"]
    ticket_page.ticket_page(world.boss, number=ticket.number, now=NOW)
    assert Look.objects.get().subject_id == ticket.id
    steering.restrict(by=world.boss, ticket=ticket, restricted=False, named=[], now=NOW)
    assert numbers(world.desk) == [f"NOR-{ticket.number}"]


def test_customers_see_their_own_and_a_partner_its_customers(within: UUID) -> None:
    partner = personas.add_customer(Viewer.machine(within), name="Partner")
    world = personas.northern(within)
    world.organisation.partner = partner
    world.organisation.save()
    ticket = opened(world)
    stranger = Viewer.customer(
        personas.add_contact(world.machine, personas.add_customer(world.machine, name="Stranger"), "sacha")
    )
    shy = Viewer.customer(
        people.add_contact(
            by=world.customer,
            organisation=world.organisation,
            name="Shy",
            email="shy@lagrange.example",
            now=NOW,
            sees_colleagues=False,
        )
    )
    acting = Viewer.customer(personas.add_contact(world.machine, partner, "paul"))
    assert [one.number for one in queries.my_tickets(world.customer, now=NOW)] == [f"NOR-{ticket.number}"]
    assert [one.mine for one in queries.my_tickets(Viewer.customer(world.colleague), now=NOW)] == [False]
    assert queries.my_tickets(acting, now=NOW)[0].organisation == "Lagrange"
    for nobody in (stranger, shy):
        assert queries.my_tickets(nobody, now=NOW) == ()
        with pytest.raises(Ticket.DoesNotExist):
            ticket_page.ticket_page(nobody, number=ticket.number, now=NOW)
        with pytest.raises(Ticket.DoesNotExist):
            answering.reply(by=nobody, ticket=ticket, body="let me in", now=NOW)
    opened_by_partner = opening.open_ticket(
        by=acting, draft=personas.failure(contract_id=world.contract.id), now=NOW
    )
    assert opened_by_partner.organisation_id == world.organisation.id
    assert opened_by_partner.outcome == "cover"
    with pytest.raises(CannotDo, match="no-such-contract"):
        opening.open_ticket(by=stranger, draft=personas.failure(contract_id=world.contract.id), now=NOW)


@pytest.mark.parametrize("number", ["NOR-", "NOR-x", "", "NOR-99999999999999999999", "NOR-²", 7])
def test_what_is_no_number_is_no_ticket(within: UUID, number: str | int) -> None:
    world = personas.northern(within)
    with pytest.raises(Ticket.DoesNotExist):
        ticket_page.ticket_page(world.boss, number=number, now=NOW)


def test_home_says_what_waits_and_when_the_line_opens(within: UUID) -> None:
    world = personas.horizant(within)
    held = opening.open_ticket(by=Viewer.customer(world.colleague), draft=personas.deviation(), now=THURSDAY)
    seen = home.home(world.customer, now=at("2026-07-09 02:00"))
    assert [one.id for one in seen.to_adopt] == [held.id]
    assert seen.line is not None
    assert not seen.line.open_now
    assert seen.line.next_open_at == at("2026-07-09 13:00")  # 09:00 in Toronto
    assert home.home(world.customer, now=at("2026-07-09 13:00")).line.open_now  # type: ignore[union-attr]
    assert [(one.standing, one.contact_names) for one in seen.contracts] == [("active", ("Camille",))]
    theirs = home.home(Viewer.customer(world.colleague), now=NOW)
    assert theirs.to_adopt == ()
    assert [one.id for one in theirs.waiting_for_me] == [held.id]
