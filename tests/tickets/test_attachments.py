"""Files of messages: claimed once however many ask, shown in their order, and gone with nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from palier.files import sweeping, uploading
from palier.files.models import File
from palier.people import access, tenancy
from palier.people.models import Vendor
from palier.tickets import answering, attachments, opening, splitting, ticket_page
from palier.tickets.models import Attachment, Message, Ticket
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at

THURSDAY = at("2026-07-09 12:00")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty folder in which attachments are kept."""
    options = {"location": tmp_path / "files"}
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "palier.files.storage.Folder", "OPTIONS": options},
    }
    return tmp_path / "files"


def file(by: access.Viewer, name: str) -> UUID:
    return uploading.take(by=by, name=name, content=ContentFile(name.encode()), now=THURSDAY).id


def names(by: access.Viewer, ticket: Ticket, now: Any = THURSDAY) -> list[list[str]]:
    page = ticket_page.ticket_page(by, number=ticket.number, now=now)
    return [[one.name for one in entry.files] for entry in page.stream if entry.files]


def test_files_stand_beside_their_message_in_the_order_given(within: UUID) -> None:
    world = personas.northern(within)
    ids = [file(world.customer, name) for name in ("b", "a", "c")]
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(files=tuple(ids)), now=THURSDAY)
    more = [file(world.customer, name) for name in ("z", "y")]
    answering.reply(
        by=world.customer, ticket=ticket, body="", now=THURSDAY + timedelta(minutes=1), files=[*more, more[0]]
    )
    later = THURSDAY + timedelta(hours=1)
    assert (
        names(world.desk, ticket, later)
        == names(world.customer, ticket, later)
        == [["b", "a", "c"], ["z", "y"]]
    )


def test_a_refused_request_leaves_its_files_to_be_sent_again(within: UUID) -> None:
    from django.db import transaction

    world = personas.northern(within)
    mine, theirs = file(world.customer, "mine"), file(world.desk, "theirs")
    with pytest.raises(access.Refused, match="no-such-file"), transaction.atomic():
        opening.open_ticket(by=world.customer, draft=personas.failure(files=(mine, theirs)), now=THURSDAY)
    assert not Ticket.objects.exists()
    opening.open_ticket(by=world.customer, draft=personas.failure(files=(mine,)), now=THURSDAY)
    with pytest.raises(CannotDo, match="no-words"):
        answering.add_note(by=world.desk, ticket=Ticket.objects.get(), body=" ", now=THURSDAY)
    answering.add_note(by=world.desk, ticket=Ticket.objects.get(), body=" ", now=THURSDAY, files=[theirs])
    assert Attachment.objects.count() == 2


def test_a_split_request_keeps_the_files_on_both(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    answering.reply(
        by=world.customer, ticket=ticket, body="And this", now=THURSDAY, files=[file(world.customer, "both")]
    )
    message = Message.objects.get(body="And this")
    new = splitting.split(
        by=world.desk, ticket=ticket, messages=[message.id], draft=personas.failure(), now=THURSDAY
    )
    later = THURSDAY + timedelta(hours=1)
    assert names(world.customer, new, later) == names(world.customer, ticket, later) == [["both"]]
    assert File.objects.count() == 1
    for row in Attachment.objects.all():
        assert attachments.visible(world.customer, row.file_id, later).name == "both"


@pytest.mark.django_db(transaction=True)
def test_of_two_that_send_the_same_file_one_does(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        world = personas.northern(vendor.id)
        tickets = [
            opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY) for _ in range(2)
        ]
        ids = [file(world.customer, name) for name in "ab"]
    barrier = threading.Barrier(2)

    def send(turn: int) -> str:
        try:
            barrier.wait(20)
            with tenancy.vendor(vendor.id):
                # In opposite orders: neither waits for the other for ever.
                wanted = ids if turn else ids[::-1]
                answering.reply(by=world.customer, ticket=tickets[turn], body="x", now=THURSDAY, files=wanted)
            return "sent"
        except access.Refused as problem:
            return problem.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == ["no-such-file", "sent"]
    with tenancy.vendor(vendor.id):
        assert Attachment.objects.count() == 2
        assert Attachment.objects.values("message_id").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_being_sent_is_not_swept(vendor: Vendor, folder: Path) -> None:
    with tenancy.vendor(vendor.id):
        world: World = personas.northern(vendor.id)
        ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
        sent, unsent = file(world.customer, "sent"), file(world.customer, "unsent")
    claimed, swept = threading.Event(), threading.Event()

    def send() -> None:
        try:
            with tenancy.vendor(vendor.id):
                answering.reply(by=world.customer, ticket=ticket, body="x", now=THURSDAY, files=[sent])
                claimed.set()
                swept.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        assert claimed.wait(20)
        # A day later, by a worker whose clock says so, while the reply is not committed yet.
        assert sweeping.sweep(now=THURSDAY + timedelta(days=1), ask_again=lambda *_: None) == 1
        swept.set()
        sending.result()
    with tenancy.vendor(vendor.id):
        assert list(File.objects.values_list("id", flat=True)) == [sent]
        assert unsent not in File.objects.values_list("id", flat=True)
        assert attachments.visible(world.customer, sent, THURSDAY + timedelta(days=2)).id == sent
