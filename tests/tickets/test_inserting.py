"""Rows written as JSON are, read again, what they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from palier.contracts.models import HolidayRows
from palier.people.models import Staff
from palier.tickets import inserting, opening
from palier.tickets.models import Event, Message, Ticket

from . import personas
from .personas import at

NOW = at("2026-07-09 12:00")


def message(ticket: Ticket, body: str, recorded_at: datetime = NOW) -> Message:
    return Message(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        public=True,
        from_vendor=False,
        body=body,
        reached_at=recorded_at,
        recorded_at=recorded_at,
    )


def test_every_column_comes_back_as_it_was(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    stored = Ticket.objects.get(id=ticket.id)
    for field in Ticket._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(ticket, field.attname), field.name


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "l'été « à » 24 °C",
        'a "quoted" \\ slash \\n',
        "line\nline\r\n\ttab",
        "%s {} $1 ; --",
        "\u2028\U0001f600",
        "null",
    ],
)
def test_text_is_kept_to_the_letter(within: UUID, body: str) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    inserting.insert([row := message(ticket, body)])
    assert Message.objects.get(id=row.id).body == body


def test_instants_are_kept_to_the_microsecond_whatever_their_zone(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    odd = datetime(2026, 7, 9, 12, 0, 0, 123457, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    inserting.insert([row := message(ticket, "now", odd)])
    assert Message.objects.get(id=row.id).recorded_at == odd


def test_nested_values_are_kept(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    data = {"list": [1, None, {"deep": "é\"'"}], "large": 1_783_600_000_123_456, "no": False, "": 0.5}
    row = Event(
        vendor_id=within, ticket=ticket, kind="noted", at=NOW, recorded_at=NOW, by="person", data=data
    )
    inserting.insert([], [row])
    assert Event.objects.get(id=row.id).data == data


def test_several_tables_are_written_together_or_not_at_all(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOW)
    kept, twice = message(ticket, "first"), Ticket.objects.get(id=ticket.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        inserting.insert([kept], [twice])
    assert not Message.objects.filter(id=kept.id).exists()


def test_nothing_is_no_statement(within: UUID) -> None:
    inserting.insert([], [])


def test_what_json_does_not_hold_as_it_stands_is_refused(within: UUID) -> None:
    with pytest.raises(TypeError, match="roles is not written as it stands"):
        inserting.insert([Staff(vendor_id=within, roles=[])])
    with pytest.raises(TypeError, match="dates is not written as it stands"):
        inserting.insert([HolidayRows(vendor_id=within, dates=[date(2026, 1, 1)])])
    with pytest.raises(TypeError, match="is not written as it stands"):
        inserting.insert([Event(vendor_id=within, data={"at": timedelta(1)})])
