"""What falls due by date is said once: follow-ups, hours that expire, hours nearly used."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from palier.ledger import naming
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Notice, Vendor
from palier.tickets import choosing, estimating, opening, reminding, researching, timekeeping
from palier.tickets.models import Ticket, Verdict

from . import moneyed, personas
from .moneyed import asked
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")


def bought(world: World) -> Ticket:
    ticket = opening.open_ticket(by=world.customer, draft=asked("installation"), now=THURSDAY)
    choice = choosing.choose(
        by=world.customer, ticket=ticket, way="block-10", text="", agreed=True, now=THURSDAY
    )
    choosing.funded(vendor_id=world.vendor_id, choice_id=choice.id, now=THURSDAY)
    return Ticket.objects.get(id=ticket.id)


def told(kind: str, world: World) -> int:
    return Notice.objects.filter(kind=kind, contact=world.contact).count()


def test_hours_about_to_expire_are_said_at_each_threshold_once(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    bought(world)
    expires = at("2027-07-09 04:00")  # the start of 9 July 2027 in Toronto
    for days, count in ((61, 0), (60, 1), (59, 1), (30, 2), (7, 3), (1, 3), (0, 3)):
        now = expires - timedelta(days=days) + timedelta(hours=1)
        reminding.expiries(within, now)
        assert told("allowance-expires", world) == count, days
    notice = Notice.objects.filter(kind="allowance-expires").first()
    assert notice is not None
    assert (notice.data["left"], notice.data["on"]) == (600, "2027-07-09")


def test_hours_nearly_used_and_used_up_are_said_once(within: UUID) -> None:
    world = moneyed.expert_hours(within)
    ticket = bought(world)
    row = estimating.estimate(
        by=world.desk, ticket=ticket, way="expert-hours", minutes=600, text="All of it", now=THURSDAY
    )
    estimating.agree(by=world.customer, ticket=ticket, estimate=row, text="Yes", now=THURSDAY)
    reminding.low_balances(within, THURSDAY)
    assert told("allowance-low", world) == 0
    evening = THURSDAY + timedelta(hours=11)
    timekeeping.book(
        by=world.desk, ticket=ticket, started_at=THURSDAY, minutes=600, billable=True, note="", now=evening
    )
    for _ in range(2):
        reminding.low_balances(within, evening)
    assert told("allowance-low", world) == 1


def test_a_follow_up_is_told_to_whoever_works_on_it_on_its_day(within: UUID) -> None:
    world = moneyed.proconcept(within)
    ticket = opening.open_ticket(
        by=world.customer, draft=asked("error", effect="task-hindered"), now=THURSDAY
    )
    for day in (date(2026, 7, 14), date(2026, 7, 15)):
        researching.hand_over(
            by=world.desk,
            ticket=ticket,
            wait="patch",
            reference="RD-1",
            follow_up_on=day,
            message="R&D",
            now=THURSDAY,
        )
    for now, count in ((at("2026-07-14 12:00"), 0), (at("2026-07-14 22:00"), 1), (at("2026-07-16 12:00"), 1)):
        reminding.follow_ups(within, now)
        assert Notice.objects.filter(kind="follow-up-due", staff=world.manager).count() == count


@pytest.mark.django_db(transaction=True)
def test_the_job_looks_through_every_vendor(vendor: Vendor) -> None:
    other = personas.add_vendor("neighbour")
    for one in (vendor, other):
        with tenancy.vendor(one.id):
            bought(moneyed.expert_hours(one.id))
    assert reminding.remind(now=at("2027-06-20 12:00")) == 2
    assert reminding.remind(now=at("2027-06-20 13:00")) == 0


def test_the_ledger_names_requests_and_decisions_to_who_may_see_them(within: UUID) -> None:
    world = moneyed.solidxperts(within)
    ticket = opening.open_ticket(by=world.customer, draft=asked("how-to", way="grace-call"), now=THURSDAY)
    decision = Verdict.objects.get(ticket=ticket)
    ids = {"ticket": [str(ticket.id)], "decision": [str(decision.id)]}
    words = naming.words(world.customer, ids)
    assert words["ticket", str(ticket.id)]["en"] == f"SXP-{ticket.number}"
    assert words["decision", str(decision.id)]["fr"] == f"SXP-{ticket.number}, décision 1"
    stranger = personas.add_contact(
        world.machine, personas.add_customer(world.machine, name="Berge"), "berthe"
    )
    assert naming.words(Viewer.customer(stranger), ids) == {}
