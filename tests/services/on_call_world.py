"""Northern with a roster: Ana and Bo take weekly turns at all hours, Dee stands behind them, Étienne manages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Role, Staff, Vendor
from palier.services import paging, rosters
from palier.services.models import Alarm, Page, Roster
from palier.tickets import calling, locks, opening
from palier.tickets.models import Ticket

NIGHT = at("2026-07-11 00:30")
"""Saturday 02:30 in Paris, in Ana's week."""
MINUTES = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """The world, its people on call, the roster, a request."""

    world: World
    roster: Roster
    ana: Staff
    bo: Staff
    dee: Staff
    ticket: Ticket

    @property
    def vendor_id(self) -> UUID:
        return self.world.vendor_id

    def call(self, now: datetime = NIGHT, *, when: datetime | None = None, rule: str = "night") -> None:
        """As the sweep does: in the transaction that holds the ticket."""
        with tenancy.vendor(self.vendor_id):
            locks.ticket(self.world.machine, self.ticket.id)
            calling.call(
                calling.Call(
                    vendor_id=self.vendor_id, ticket_id=self.ticket.id, rule=rule, clause="E1", at=when or now, now=now
                )
            )  # fmt: skip

    def alarm(self) -> Alarm:
        with tenancy.vendor(self.vendor_id):
            return Alarm.objects.select_related("ended_by").order_by("-recorded_at").first() or Alarm()

    def paged(self) -> list[tuple[str, str, datetime]]:
        """(name, why, sent) of every page, in order."""
        with tenancy.vendor(self.vendor_id):
            rows = Page.objects.select_related("staff").order_by("step", "staff__name")
            return [(row.staff.name, row.why, row.sent_at) for row in rows]

    def names(self) -> list[str]:
        return [name for name, *_ in self.paged()]

    def viewer(self, staff: Staff) -> Viewer:
        with tenancy.vendor(self.vendor_id):
            return Viewer.staff(Staff.objects.get(id=staff.id))


def build(vendor: Vendor) -> OnCall:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        ana, bo, dee = (
            personas.add_staff(world.machine, name, Role.ENGINEER) for name in ("ana", "bo", "dee")
        )
        roster = rosters.save_roster(
            by=world.machine, name="Nights", zone="Europe/Paris", now=START, ack_within=10, rounds=2
        )
        for name, people in (("First", [ana, bo]), ("Second", [dee])):
            rosters.save_layer(
                by=world.machine, roster_id=roster.id, name=name, people=people, starts_on=date(2026, 7, 6),
                handover=time(9), now=START,
            )  # fmt: skip
        ticket = opening.open_ticket(
            by=world.customer, draft=personas.failure(), now=NIGHT - timedelta(minutes=5)
        )
    return OnCall(world=world, roster=roster, ana=ana, bo=bo, dee=dee, ticket=ticket)


def attend(now: datetime) -> int:
    return paging.attend(now=now)
