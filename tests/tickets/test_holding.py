"""What is held is never lost: completing, adopting, paying and lifting let it flow by itself."""

from __future__ import annotations

from uuid import UUID

import pytest

from palier.contracts import actions as contracts
from palier.people.access import Refused, Viewer
from palier.tickets import classifying, convert, holding, opening
from palier.tickets.models import Event, Status, Ticket, Verdict
from palier.tickets.problems import CannotDo

from . import personas
from .personas import at

THURSDAY = at("2026-07-09 12:00")


def kinds(ticket: Ticket) -> list[str]:
    return list(
        Event.objects.filter(ticket=ticket).order_by("at", "recorded_at", "id").values_list("kind", flat=True)
    )


def test_the_last_missing_field_starts_the_clock(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(
        by=world.customer, draft=personas.failure(fields={}, environment="none"), now=THURSDAY
    )
    ticket = holding.complete(
        by=world.customer,
        ticket=ticket,
        fields={"environment": "production", "access": "call"},
        now=at("2026-07-09 13:00"),
    )
    assert (ticket.status, ticket.hold) == (Status.HELD, "information")
    ticket = holding.complete(
        by=world.customer, ticket=ticket, fields={"applications": "none"}, now=at("2026-07-09 14:00")
    )
    assert (ticket.status, ticket.outcome, ticket.clause) == (Status.NEW, "cover", "C2")
    assert ticket.next_due_at == at("2026-07-10 13:00")  # 8 h from 16:00 in Paris
    assert ticket.environment == "production"
    assert [v.number for v in Verdict.objects.filter(ticket=ticket).order_by("number")] == [1, 2, 3]
    last = Verdict.objects.get(ticket=ticket, number=3)
    assert last.replaces is not None
    assert last.replaces.number == 2


def test_completing_with_nothing_or_with_nonsense_is_refused(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(fields={}), now=THURSDAY)
    with pytest.raises(CannotDo, match="nothing-filled-in"):
        holding.complete(by=world.customer, ticket=ticket, fields={"access": " "}, now=THURSDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        holding.complete(by=world.customer, ticket=ticket, fields={"environment": "moon"}, now=THURSDAY)
    # Nothing of it may stand in the history, which is never rewritten: every page would stumble over it.
    with pytest.raises(CannotDo, match="unknown-word"):
        holding.complete(
            by=world.customer, ticket=ticket, fields={"access": "call", "moon": "x"}, now=THURSDAY
        )
    with pytest.raises(CannotDo, match="long-version"):
        holding.complete(by=world.customer, ticket=ticket, fields={"version": "9" * 41}, now=THURSDAY)
    assert not Event.objects.filter(ticket=ticket, kind="completed")


def test_a_version_that_does_not_fit_is_refused_when_opening(within: UUID) -> None:
    world = personas.northern(within)
    with pytest.raises(CannotDo, match="long-version"):
        opening.open_ticket(by=world.customer, draft=personas.failure(version="9" * 41), now=THURSDAY)


def test_what_decides_nothing_is_kept_without_a_new_verdict(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.failure(), now=THURSDAY)
    holding.complete(by=world.customer, ticket=ticket, fields={"access": "by letter"}, now=THURSDAY)
    ticket.refresh_from_db()
    assert ticket.answers["fields"]["access"] == "by letter"
    assert Verdict.objects.filter(ticket=ticket).count() == 1


def test_a_payment_frees_what_it_held_and_the_clock_runs_from_it(within: UUID) -> None:
    """Sent Friday 10:00 Eastern, paid Monday 20:00, when the desk is closed: four hours make Tuesday 13:00."""
    world = personas.horizant(within, paid=False)
    ticket = opening.open_ticket(
        by=world.customer,
        draft=personas.deviation(),
        now=at("2026-07-03 14:00"),
    )
    assert (ticket.status, ticket.hold) == (Status.HELD, "payment")
    contracts.mark_paid(by=world.machine, contract=world.contract, now=at("2026-07-07 00:00"))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.clause, ticket.hold) == (Status.NEW, "C1", "")
    assert kinds(ticket)[-3:] == ["facts-changed", "freed", "decided"]
    started = Event.objects.get(ticket=ticket, kind="decided")
    assert started.at == at("2026-07-07 00:00")
    first = ticket.commitments.get(commitment="first_response")
    assert first.started_at == at("2026-07-07 00:00")
    assert first.due_at is not None


def test_a_colleagues_request_is_held_until_an_authorised_contact_adopts_it(within: UUID) -> None:
    world = personas.horizant(within)
    colleague = Viewer.customer(world.colleague)
    ticket = opening.open_ticket(by=colleague, draft=personas.deviation(), now=THURSDAY)
    assert (ticket.status, ticket.hold) == (Status.HELD, "adoption")
    with pytest.raises(Refused, match="not-allowed"):
        holding.adopt(by=colleague, ticket=ticket, now=THURSDAY)
    ticket = holding.adopt(by=world.customer, ticket=ticket, now=at("2026-07-09 15:00"))
    assert (ticket.status, ticket.clause, ticket.adopted_by_id) == (Status.NEW, "C1", world.contact.id)
    assert ticket.author_id == world.colleague.id


def test_declining_closes_it_with_the_reason(within: UUID) -> None:
    world = personas.horizant(within)
    colleague = Viewer.customer(world.colleague)
    ticket = opening.open_ticket(by=colleague, draft=personas.deviation(), now=THURSDAY)
    with pytest.raises(CannotDo, match="no-reason"):
        holding.decline(by=world.customer, ticket=ticket, now=THURSDAY, reason=" ")
    ticket = holding.decline(by=world.customer, ticket=ticket, now=THURSDAY, reason="Not ours")
    assert ticket.status == Status.CLOSED
    assert Event.objects.get(ticket=ticket, kind="declined").data == {"reason": "Not ours"}


def test_naming_the_colleague_as_a_contact_frees_the_request_too(within: UUID) -> None:
    world = personas.horizant(within)
    ticket = opening.open_ticket(
        by=Viewer.customer(world.colleague), draft=personas.deviation(), now=THURSDAY
    )
    contracts.authorise_contact(
        by=world.customer, contract=world.contract, contact=world.colleague, now=at("2026-07-09 16:00")
    )
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_a_manager_lifts_a_hold_by_hand_and_it_stays_lifted(within: UUID) -> None:
    world = personas.horizant(within, paid=False)
    ticket = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=THURSDAY)
    with pytest.raises(Refused, match="not-allowed"):
        holding.free(by=world.desk, ticket=ticket, hold="payment", now=THURSDAY)
    with pytest.raises(CannotDo, match="not-held"):
        holding.free(by=world.boss, ticket=ticket, hold="adoption", now=THURSDAY)
    ticket = holding.free(by=world.boss, ticket=ticket, hold="payment", now=THURSDAY)
    assert (ticket.status, ticket.clause) == (Status.NEW, "C1")
    classifying.classify(
        by=world.desk,
        ticket=ticket,
        changes={"cause": "as-documented"},
        reason="It says so",
        now=at("2026-07-09 16:00"),
    )
    ticket.refresh_from_db()
    assert (ticket.outcome, ticket.clause) == ("offer", "B8")


def test_what_was_accepted_stays_accepted_when_the_contract_ends(within: UUID) -> None:
    world = personas.horizant(within)
    ticket = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=THURSDAY)
    contracts.end(by=world.machine, contract=world.contract, now=at("2026-07-09 13:00"))
    row = classifying.change_severity(
        by=world.desk, ticket=ticket, severity="1", reason="Everybody is stopped", now=at("2026-07-09 14:00")
    )
    assert row is not None
    decision = convert.decision_from_json(row.decision)
    assert (decision.outcome, decision.facts["contract"]) == ("cover", "active")
    later = opening.open_ticket(by=world.customer, draft=personas.deviation(), now=at("2026-07-09 15:00"))
    assert (later.status, later.hold) == (Status.HELD, "contract")
