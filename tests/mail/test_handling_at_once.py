"""One worker that handles a heap of messages with several hands: every message becomes what it is, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.mail import arrival
from tests.mail.arrival import NOON
from tests.tickets import personas

from palier.mail import handling
from palier.mail.incoming_models import State
from palier.mail.models import Incoming
from palier.people import actions, tenancy
from palier.tickets.models import Message, Ticket

EACH = 10
"""A sender's messages: so few that no limit of a sender is met."""


@pytest.mark.django_db(transaction=True)
def test_two_hands_take_each_message_once_and_end_with_nothing_left() -> None:
    vendor = personas.add_vendor("acme")
    with tenancy.vendor(vendor.id):
        world = arrival.infor(vendor.id)
        post = arrival.post(world)
        senders = [
            actions.add_contact(
                by=world.machine, organisation=world.organisation, name=f"Person {n}",
                email=f"person-{n}@lagrange.example", now=personas.START,
            )
            for n in range(2 * handling.BATCH // EACH + 1)
        ]  # fmt: skip
        for number in range(len(senders) * EACH):
            post.send(
                sender=senders[number // EACH],
                body=f"The stock count of warehouse {number} is wrong since this morning.",
                at=NOON + timedelta(seconds=number),
            )
    now = NOON + timedelta(hours=1)
    assert handling.handle_waiting(now=now, hands=2) == len(senders) * EACH
    assert handling.handle_waiting(now=now, hands=2) == 0
    with tenancy.vendor(vendor.id):
        rows = list(Incoming.objects.select_related("message"))
        assert {row.state for row in rows} == {State.DONE.value}
        assert len({row.ticket_id for row in rows}) == Ticket.objects.count() == len(rows)
        assert Message.objects.count() == len(rows)
        # Numbers without a gap, whoever gave them.
        numbers = sorted(Ticket.objects.values_list("number", flat=True))
        assert numbers == list(range(numbers[0], numbers[0] + len(rows)))
