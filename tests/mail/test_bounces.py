"""Letters that come back mark their address; somebody hears so, nothing more goes there, and a person clears it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.mail import posted
from tests.tickets import personas
from tests.tickets.personas import World, at

from palier.mail import bounces, resending
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, MailAddress, Undeliverable
from palier.people import tenancy
from palier.people.access import Refused
from palier.people.models import Notice, Organisation
from palier.tickets import opening
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo

NOON = at("2026-07-09 12:00")
ANSWER = "smtp; 550 5.1.1 unknown"


@pytest.fixture
def world(within: UUID) -> World:
    MailAddress.objects.create(vendor_id=within, address="help@acme.example", is_main=True)
    return personas.northern(within)


def sent(world: World, **more: Any) -> Letter:
    letter = posted.write(world.vendor_id, world.contact, NOON, **more)
    Letter.objects.filter(id=letter.id).update(state=LetterState.SENT, sent_at=NOON)
    letter.refresh_from_db()
    return letter


def bounced(letter: Letter, *, permanent: bool = True, **more: Any) -> Letter | None:
    given: dict[str, Any] = {
        "original_message_id": letter.message_id,
        "to": (),
        "recipients": [letter.to_address],
    }
    return bounces.bounced(
        vendor_id=letter.vendor_id, permanent=permanent, answer=ANSWER, now=NOON, **{**given, **more}
    )


def stopped(world: World) -> bool:
    return bounces.stopped(world.vendor_id, world.contact.email) is not None


def test_a_letter_that_comes_back_for_good_stops_its_address_at_once_and_is_told(world: World) -> None:
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOON)
    Ticket.objects.filter(id=ticket.id).update(assignee=world.agent)
    ticket.refresh_from_db()
    letter = sent(world, ticket=ticket)
    assert bounced(letter) == letter
    letter.refresh_from_db()
    assert (letter.state, letter.failure) == (
        LetterState.DEAD,
        f"{ANSWER} <{world.contact.email}>",
    )
    row = Undeliverable.objects.get()
    assert (row.address, row.hard, row.count, row.since) == (world.contact.email, True, 1, NOON)
    heard = Notice.objects.get(kind="letter-bounced")
    assert (heard.staff_id, heard.ticket_number, heard.data["why"]) == (
        world.agent.id,
        ticket.number,
        "bounced",
    )
    assert heard.mail_at == NOON


def test_the_same_report_twice_counts_once(world: World) -> None:
    letter = sent(world)
    for _ in range(3):
        bounced(letter)
    assert Undeliverable.objects.get().count == 1
    assert Notice.objects.filter(kind="letter-bounced").count() == 1


def test_what_passes_stops_an_address_only_at_the_fifth(world: World) -> None:
    for number in range(1, 6):
        letter = sent(world)
        bounced(letter, permanent=False)
        letter.refresh_from_db()
        assert letter.state == LetterState.SENT
        assert Undeliverable.objects.get().count == number
        assert stopped(world) is (number == 5)


def test_either_the_message_id_or_the_address_it_came_back_to_names_the_letter(world: World) -> None:
    letter = sent(world)
    back = bounces.return_path(letter, "help@acme.example")
    assert bounced(letter, original_message_id="", to=["x@y.example", back]) == letter
    assert bounced(sent(world), original_message_id="<not.ours@x.example>") is None


def test_a_report_stops_the_address_of_its_letter_and_no_other(world: World) -> None:
    letter = sent(world)
    bounced(letter, recipients=[world.colleague.email])
    assert stopped(world)
    assert bounces.stopped(world.vendor_id, world.colleague.email) is None


def test_another_vendor_s_letter_does_not_bounce_here(world: World) -> None:
    letter = sent(world)
    forged = bounces.bounced(
        vendor_id=UUID(int=1),
        original_message_id=letter.message_id,
        recipients=[],
        permanent=True,
        answer="",
        now=NOON,
        to=[bounces.return_path(letter, "help@acme.example")],
    )
    assert forged is None
    assert not stopped(world)


def test_a_letter_not_sent_yet_cannot_have_come_back(world: World) -> None:
    letter = posted.write(world.vendor_id, world.contact, NOON)
    assert bounced(letter) is None
    assert not stopped(world)


def test_that_mail_to_our_own_people_comes_back_is_not_told_by_mail(world: World) -> None:
    letter = sent(world)
    Letter.objects.filter(id=letter.id).update(contact=None, staff=world.agent)
    letter.refresh_from_db()
    bounced(letter)
    heard = Notice.objects.get(kind="letter-bounced")
    assert (heard.staff_id, heard.mail_at) == (world.manager.id, None)


def test_a_person_clears_an_address_and_a_later_bounce_begins_anew(world: World) -> None:
    bounced(sent(world))
    row = Undeliverable.objects.get()
    assert bounces.marked(world.desk) == [row]
    later = NOON + timedelta(days=1)
    with pytest.raises(Refused):
        bounces.clear(by=world.customer, undeliverable_id=row.id, now=later)
    bounces.clear(by=world.desk, undeliverable_id=row.id, now=later)
    row.refresh_from_db()
    assert (row.cleared_at, row.cleared_by_id) == (later, world.agent.id)
    assert not stopped(world)
    assert bounces.marked(world.desk) == []
    with pytest.raises(CannotDo):
        bounces.clear(by=world.desk, undeliverable_id=row.id, now=later)
    bounced(sent(world), permanent=False)
    row.refresh_from_db()
    assert (row.count, row.hard, row.cleared_at) == (1, False, None)


def test_nothing_is_sent_again_to_a_stopped_address(world: World) -> None:
    letter = sent(world)
    bounced(letter)
    with pytest.raises(CannotDo) as refused:
        resending.again(by=world.boss, letter_id=letter.id, now=NOON)
    assert refused.value.code == "address-stopped"
    bounces.clear(by=world.boss, undeliverable_id=Undeliverable.objects.get().id, now=NOON)
    assert resending.again(by=world.boss, letter_id=letter.id, now=NOON).state == LetterState.WAITING


def test_people_read_letters_about_what_they_may_see_and_nobody_reads_a_colleague_s(world: World) -> None:
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=NOON)
    about, none = sent(world, ticket=ticket), sent(world)
    to_boss = sent(world, ticket=ticket)
    Letter.objects.filter(id=to_boss.id).update(contact=None, staff=world.manager)
    assert set(resending.seen(world.desk)) == {about}
    assert set(resending.seen(world.boss)) == {about, none, to_boss}
    Organisation.objects.filter(id=world.organisation.id).update(restricted=True)
    restricted = type(world.desk).staff(world.agent)
    assert set(resending.seen(restricted)) == set()
    with pytest.raises(Refused):
        resending.seen(world.customer)


@pytest.mark.django_db(transaction=True)
def test_an_address_stopped_at_one_vendor_is_not_at_another() -> None:
    for slug in ("acme", "bolt"):
        vendor = personas.add_vendor(slug)
        with tenancy.vendor(vendor.id):
            world = personas.northern(vendor.id)
            if slug == "acme":
                bounced(sent(world))
            assert stopped(world) is (slug == "acme")
