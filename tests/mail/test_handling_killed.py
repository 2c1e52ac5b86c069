"""Workers that handle mail, killed anywhere: every message becomes what it is, once."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from tests import killing
from tests.mail import arrival
from tests.mail.arrival import NOON
from tests.tickets import personas
from tests.tickets.personas import World

from palier.mail import handling, intake
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Source
from palier.people import actions, tenancy
from palier.people.models import Contact, Notice
from palier.tickets import convert
from palier.tickets.models import Attachment, Message, Ticket

MINUTE = timedelta(minutes=1)
EVERY = 12
"""A sender's messages: so few that no limit of a sender is met."""
_numbers = itertools.count()

WORKER = """
import sys, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
from datetime import timedelta
from palier.mail import handling
from palier.tickets import convert
now = convert.instant(int(sys.argv[1]))
# Every death here is the test's doing: none says of a message that it kills its worker.
handling.MOST_ATTEMPTS, handling.BACKOFF = 1_000, (timedelta(minutes=1),) * 1_000

def work():
    # What a killed worker had in hand is anybody's again once its lease has ended: here each look is a lease later.
    turn = 0
    while True:
        handling.handle_waiting(now=now + turn * handling.LEASE, most=4)
        turn += 1
"""


def received(world: World, contacts: list[Contact], number: int) -> None:
    """A request with a file, or the answer to the one before it, brought and not handled yet."""
    sender, step = contacts[number // EVERY], number % EVERY
    made = EmailMessage()
    made["From"], made["Subject"] = sender.email, f"Matter {number}"
    made["Message-ID"] = f"<{number}@lagrange.example>"
    if step % 2:
        made["In-Reply-To"] = f"<{number - 1}@lagrange.example>"
    made.set_content(f"Words of message number {number}.")
    made.add_attachment(
        f"file {number}\n".encode(), maintype="text", subtype="plain", filename=f"{number}.txt"
    )
    head = (
        f"Authentication-Results: {arrival.BORDER}; dmarc=pass header.from=lagrange.example\n"
        f"Received: from mail.example by {arrival.BORDER}; Thu, 09 Jul 2026 12:00:00 +0000\n"
    )
    with tenancy.vendor(world.vendor_id):
        source = Source.objects.get(vendor_id=world.vendor_id)
    at = NOON + number * timedelta(seconds=1)
    intake.accept(
        vendor_id=world.vendor_id, content=head.encode() + made.as_bytes(), reached_at=at, now=at, source=source,
        recipients=[arrival.SUPPORT],
    )  # fmt: skip


def emptied(vendor_id: UUID, now: datetime) -> None:
    """Handle what is left, looking again when what was in a dead worker's hand is free."""
    for turn in range(10):
        handling.handle_waiting(now=now + turn * handling.AWAITS_AT_MOST)
        with tenancy.vendor(vendor_id):
            if not Incoming.objects.filter(state=State.RECEIVED).exists():
                return
    raise AssertionError("some are never handled")


@pytest.mark.parametrize(("kills", "count"), [(20, 48), pytest.param(200, 480, marks=pytest.mark.soak)])
@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_random_lose_no_message_and_take_none_twice(
    kills: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "MOST_ATTEMPTS", 1_000)
    vendor = personas.add_vendor("acme")
    with tenancy.vendor(vendor.id):
        world = arrival.infor(vendor.id)
        arrival.post(world)
        contacts = [
            actions.add_contact(
                by=world.machine, organisation=world.organisation, name=f"Person {n}",
                email=f"person-{n}@lagrange.example", now=personas.START,
            )
            for n in range(count // EVERY)
        ]  # fmt: skip
    now = NOON + 60 * MINUTE
    share = count // kills

    def bring(kill: int) -> None:
        for number in range(kill * share, (kill + 1) * share):
            received(world, contacts, number)

    killing.at_random(
        WORKER, [str(convert.micros(now))], kills=kills, longest_s=0.5, seed=kills, between=bring
    )
    for number in range(kills * share, count):
        received(world, contacts, number)
    emptied(vendor.id, now + 100 * handling.LEASE)
    with tenancy.vendor(vendor.id):
        said = {
            row.id: (row.state, row.reason, row.detail) for row in Incoming.objects.exclude(state=State.DONE)
        }
        assert said == {}
        rows = Incoming.objects.select_related("ticket", "message")
        assert rows.count() == count
        # Each is one message on one request, and nobody else's.
        assert len({row.message_id for row in rows}) == count
        assert Message.objects.count() == count
        for row in rows:
            number = int(row.mail_id.strip("<>").partition("@")[0])
            assert row.message is not None
            assert f"number {number}." in row.message.body
            files = Attachment.objects.filter(message=row.message).values_list("file__name", flat=True)
            assert list(files) == [f"{number}.txt"]
        assert Ticket.objects.count() == count // 2
        by_id = {row.mail_id: row.ticket_id for row in rows}
        for number in range(1, count, 2):
            assert by_id[f"<{number}@lagrange.example>"] == by_id[f"<{number - 1}@lagrange.example>"]
        assert Notice.objects.filter(kind="request-received").count() == count // 2
