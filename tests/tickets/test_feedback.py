"""What customers say of the work: objections with a name and a date, ratings, following; who may see and answer them."""

from __future__ import annotations

from uuid import UUID

import pytest

from palier.people import notices
from palier.people.access import Refused, Viewer
from palier.people.models import Notice, Role
from palier.tickets import answering, following, objecting, rating, reminding, reopening
from palier.tickets.models import Event, Objection, Rating, Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.verify import verify

from . import personas
from .personas import World, at
from .test_acts import THURSDAY, commitment, opened


def told(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("created_at", "id"))


def contested(world: World) -> tuple[Ticket, Objection]:
    ticket = opened(world)
    row = objecting.contest(
        by=world.customer, ticket=ticket, what="severity", words="Production stands still.", now=THURSDAY
    )
    return ticket, row


def test_an_objection_goes_to_a_named_person_with_a_date_and_is_told(within: UUID) -> None:
    world = personas.northern(within)
    _, row = contested(world)
    assert row.staff_id == world.manager.id
    # 16 h of the desk, open 8 to 19 in Paris: 5 h on Thursday, 11 on Friday.
    assert row.due_at == at("2026-07-10 17:00")
    assert [one.staff_id for one in told("contested")] == [world.manager.id]
    with pytest.raises(CannotDo, match=f"{world.manager.name} answers it"):
        objecting.contest(
            by=world.customer,
            ticket=row.ticket or opened(world),
            what="severity",
            words="Again",
            now=THURSDAY,
        )


def test_an_answer_to_an_objection_is_public_and_meets_what_an_answer_meets(within: UUID) -> None:
    world = personas.northern(within)
    ticket, row = contested(world)
    with pytest.raises(Refused, match="not-yours-to-answer"):
        objecting.answer(
            by=world.desk, objection=row.id, upheld=True, words="Yes", now=at("2026-07-10 08:00")
        )
    done = objecting.answer(
        by=world.boss,
        objection=row.id,
        upheld=True,
        words="You are right: it is severity 1.",
        now=at("2026-07-10 08:00"),
    )
    assert (done.upheld, done.answered_at) == (True, at("2026-07-10 08:00"))
    assert commitment(ticket, "first_response").met_at == at("2026-07-10 08:00")
    said = Event.objects.get(ticket=ticket, kind="objection-answered")
    assert said.message is not None
    assert said.message.public
    assert [one.contact_id for one in told("objection-answered")] == [world.contact.id]
    with pytest.raises(CannotDo, match="answered-already"):
        objecting.answer(
            by=world.boss, objection=row.id, upheld=False, words="No", now=at("2026-07-10 09:00")
        )
    # Answered once, the same can be contested anew.
    objecting.contest(
        by=world.customer, ticket=ticket, what="severity", words="Still", now=at("2026-07-10 09:00")
    )
    assert not verify(vendor_id=within, now=at("2026-07-10 09:00")).mismatches


def test_what_is_not_answered_in_time_is_told_once(within: UUID) -> None:
    world = personas.northern(within)
    _, row = contested(world)
    assert reminding.objections(within, at("2026-07-10 16:59")) == 0
    assert reminding.objections(within, row.due_at) == 1
    assert reminding.objections(within, at("2026-07-14 10:00")) == 0
    assert {one.staff_id for one in told("objection-overdue")} == {world.manager.id}


def test_a_closed_request_can_be_contested_and_the_answer_moves_no_clock(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    reopening.close(by=world.customer, ticket=ticket, now=at("2026-07-09 13:00"))
    row = objecting.contest(
        by=world.customer, ticket=ticket, what="decision", words="Not billable", now=at("2026-07-20 08:00")
    )
    objecting.answer(
        by=world.boss, objection=row.id, upheld=False, words="It is.", now=at("2026-07-20 09:00")
    )
    assert not Event.objects.filter(ticket=ticket, kind="answered").exists()
    assert not verify(vendor_id=within, now=at("2026-07-20 09:00")).mismatches


def test_objections_are_seen_with_their_request_and_invoice_lines_by_finance(within: UUID) -> None:
    world = personas.northern(within)
    ticket, row = contested(world)
    finance = Viewer.staff(personas.add_staff(world.machine, "fran", Role.FINANCE))
    line = objecting.contest_line(
        by=world.customer, organisation=world.organisation, invoice="2026-0001", line=2, ticket=ticket,
        words="We agreed to less.", now=THURSDAY,
    )  # fmt: skip
    assert line.staff_id == finance.staff_id
    assert set(objecting.objections(world.desk)) == {row}
    assert set(objecting.objections(finance)) == {line}
    assert set(objecting.objections(world.boss)) == {row, line}
    assert set(objecting.objections(world.customer)) == {row, line}
    with pytest.raises(Objection.DoesNotExist):
        objecting.answer(by=world.desk, objection=line.id, upheld=True, words="Yes", now=THURSDAY)
    objecting.answer(by=finance, objection=line.id, upheld=True, words="Credit follows.", now=THURSDAY)
    # The answer to an invoice line is not written into the request's conversation.
    assert not Event.objects.filter(ticket=ticket, kind="objection-answered").exists()
    with pytest.raises(CannotDo, match="unknown-word"):
        objecting.contest(by=world.customer, ticket=ticket, what="invoice-line", words="x", now=THURSDAY)


def test_a_rating_is_given_when_the_work_is_done_and_the_latest_counts(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    with pytest.raises(Refused, match="not-allowed"):
        rating.rate(by=world.customer, ticket=ticket, score=5, words="", now=THURSDAY)
    reopening.resolve(by=world.desk, ticket=ticket, now=at("2026-07-09 13:00"), message="Fixed.")
    with pytest.raises(CannotDo, match="no-score"):
        rating.rate(by=world.customer, ticket=ticket, score=6, words="", now=at("2026-07-09 14:00"))
    rating.rate(by=world.customer, ticket=ticket, score=2, words="Slow", now=at("2026-07-09 14:00"))
    rating.rate(by=world.customer, ticket=ticket, score=4, words="Fine after all", now=at("2026-07-09 15:00"))
    colleague = Viewer.customer(world.colleague)
    rating.rate(by=colleague, ticket=ticket, score=1, words="", now=at("2026-07-09 15:00"))
    assert [
        (one.score, one.words) for one in rating.latest(ticket) if one.contact_id == world.contact.id
    ] == [(4, "Fine after all")]
    assert Rating.objects.count() == 3
    found = rating.satisfaction(world.boss, since=at("2026-07-01 00:00"), until=at("2026-08-01 00:00"))
    assert (found.rated, found.satisfied, found.share) == (2, 1, 0.5)
    nobody = rating.satisfaction(
        world.boss,
        organisations=[world.contract.id],
        since=at("2026-07-01 00:00"),
        until=at("2026-08-01 00:00"),
    )
    assert nobody.share is None
    assert rating.own(world.customer, ticket.id) == 4
    with pytest.raises(Refused, match="not-allowed"):
        rating.rate(by=world.desk, ticket=ticket, score=5, words="", now=at("2026-07-09 15:00"))


def test_author_and_followers_are_told_when_it_moves_and_not_of_their_own_doing(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    colleague = Viewer.customer(world.colleague)
    following.follow(by=colleague, ticket=ticket, now=THURSDAY)
    following.follow(by=colleague, ticket=ticket, now=THURSDAY)
    assert following.follows(colleague, ticket)
    with pytest.raises(Refused, match="not-allowed"):
        following.follow(by=world.customer, ticket=ticket, now=THURSDAY)
    answering.reply(by=world.desk, ticket=ticket, body="We look.", now=at("2026-07-09 13:00"))
    assert {(one.contact_id, one.data["what"]) for one in told("request-moved")} == {
        (world.contact.id, "answered"), (world.colleague.id, "answered"),
    }  # fmt: skip
    reopening.close(by=world.customer, ticket=ticket, now=at("2026-07-09 14:00"))
    assert [one.contact_id for one in told("request-moved") if one.data["what"] == "closed"] == [
        world.colleague.id
    ]
    following.follow(by=colleague, ticket=ticket, now=at("2026-07-09 15:00"), following=False)
    reopening.reopen(by=world.customer, ticket=ticket, body="Not yet", now=at("2026-07-09 16:00"))
    assert not [one for one in told("request-moved") if one.data["what"] == "reopened"]


def test_the_notice_of_an_answer_taken_back_was_never_there(within: UUID) -> None:
    from django.utils import timezone

    world = personas.northern(within)
    ticket = opened(world)
    now = timezone.now()
    answering.reply(by=world.desk, ticket=ticket, body="Oops", now=now)
    # Ten seconds later it could be read; until then nobody is told.
    assert Notice.objects.get(kind="request-moved").created_at > now
    assert {one.kind for one in notices.notices(world.customer)} == {"request-received"}
    assert notices.unread_count(world.customer) == 0
    press = Event.objects.get(ticket=ticket, kind="answered").message_id
    assert press is not None
    answering.undo(by=world.desk, ticket=ticket, message=press, now=now)
    assert not told("request-moved")
