"""Requests that hang on a known defect, and a fix that ships: everybody told once, what waited for it waits no more."""

from __future__ import annotations

import dataclasses
import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from palier.contracts import actions as contracts
from palier.people import notices, tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Clearance, Contact, Organisation, Role, Vendor
from palier.software import actions, queries
from palier.software.actions import Facts
from palier.software.models import Defect
from palier.tickets import (
    answering,
    defects,
    links,
    merging,
    opening,
    reminding,
    reopening,
    researching,
    rounds,
    verify,
    waiting,
)
from palier.tickets.models import Event, Message, Round, RoundLine, Ticket
from palier.tickets.problems import CannotDo

from . import personas
from .personas import World, at
from .test_merging import opened

THURSDAY = at("2026-07-09 12:00")
FRIDAY = at("2026-07-10 08:00")
PRODUCTS = {"northern-software"}
FACTS = Facts(
    product="northern-software",
    title={"en": "The import stops", "fr": "L’importation s’arrête"},
    workaround={"en": "Split the file.", "fr": "Découpez le fichier."},
    affected=("7.1", "7.2"),
    public=True,
)


@pytest.fixture
def world(vendor: Vendor) -> World:
    with tenancy.vendor(vendor.id):
        return personas.northern(vendor.id)


def confirmed(world: World, ticket: Ticket) -> Defect:
    return defects.confirm(by=world.desk, ticket=ticket, facts=FACTS, known=PRODUCTS, now=THURSDAY)


def stranger(world: World, name: str, language: str = "en", *, contract: bool = True) -> Viewer:
    organisation = personas.add_customer(world.machine, name=name)
    contact = personas.add_contact(world.machine, organisation, name.lower())
    if contract:
        drawn_up = contracts.draw_up(
            by=world.machine, organisation=organisation, plan="standard", number=name, activation_on=date(2026, 1, 1),
            now=personas.START, products=["northern-software"], paid_at=personas.START,
        )  # fmt: skip
        contracts.add_solution(
            by=world.machine,
            contract=drawn_up,
            name="Archive",
            handed_over_on=date(2026, 2, 1),
            now=personas.START,
        )
    Contact.objects.filter(id=contact.id).update(language=language)
    contact.refresh_from_db()
    return Viewer.customer(contact)


def three(world: World) -> tuple[Defect, list[Ticket]]:
    """Three customers with one defect: two wait (one handed over), one was answered; a fourth says that it has it too."""
    first = opened(world)
    defect = confirmed(world, first)
    waiting.wait_for(by=world.desk, ticket=first, wait="patch", message="A patch comes.", now=THURSDAY)
    others = [
        opening.open_ticket(by=stranger(world, name, language), draft=personas.failure(), now=THURSDAY)
        for name, language in (("Tidewater", "en"), ("Ferronor", "fr"))
    ]
    for one in others:
        defects.attach(by=world.desk, ticket=one, defect=defect, now=THURSDAY)
    researching.hand_over(
        by=world.desk, ticket=others[0], wait="manufacturer", reference="R-1", follow_up_on=date(2026, 7, 20),
        message="With the manufacturer.", now=THURSDAY,
    )  # fmt: skip
    actions.me_too(by=stranger(world, "Quiet"), defect=defect, version="7.1", now=THURSDAY)
    return defect, [first, *others]


def ship(world: World, defect: Defect, **more: Any) -> Round:
    values: dict[str, Any] = {"fixed_in": "7.3", "shipped_on": None, "now": FRIDAY}
    values |= {"texts": defects.ship_texts(defect, "7.3"), "by": world.desk, **more}
    return defects.ship(defect=defect, **values)


# --- hanging on -----------------------------------------------------------------------------------------


def test_confirmed_from_a_request_it_says_what_the_request_says(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world, product="northern-software", version="7.1")
    researching.hand_over(
        by=world.desk, ticket=ticket, wait="manufacturer", reference="R-77", follow_up_on=date(2026, 7, 20),
        message="With the manufacturer.", now=THURSDAY,
    )  # fmt: skip
    facts = defects.prefilled(ticket, body="It stops.", today=date(2026, 7, 10))
    assert facts == Facts(
        product="northern-software",
        title={"fr": ticket.subject},
        description={"fr": "It stops."},
        affected=("7.1",),
        first_seen_on=date(2026, 7, 9),
        maker_reference="R-77",
        follow_up_on=date(2026, 7, 20),
    )
    defect = defects.confirm(by=world.desk, ticket=ticket, facts=facts, known=PRODUCTS, now=FRIDAY)
    assert defects.of(ticket) == defect
    assert [row.kind for row in queries.changes(defect)] == ["confirmed", "attached"]
    assert Event.objects.get(ticket=ticket, kind="defect-attached").data == {"defect": 1}


def test_a_request_hangs_on_one_defect_and_can_be_taken_off(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    defect = confirmed(world, ticket)
    other = actions.confirm(by=world.desk, facts=FACTS, products=PRODUCTS, now=THURSDAY)
    with pytest.raises(CannotDo, match="hangs-already"):
        defects.attach(by=world.desk, ticket=ticket, defect=other, now=THURSDAY)
    assert defects.counts(within, [defect.id, other.id]) == {
        defect.id: defects.Hanging(tickets=1, open=1, customers=1),
        other.id: defects.Hanging(),
    }
    defects.detach(by=world.desk, ticket=ticket, now=THURSDAY)
    with pytest.raises(CannotDo, match="hangs-on-none"):
        defects.detach(by=world.desk, ticket=ticket, now=THURSDAY)
    assert defects.of(ticket) is None


def test_a_customer_attaches_its_own_to_what_it_may_read(within: UUID) -> None:
    world = personas.northern(within)
    ticket = opened(world)
    public = actions.confirm(by=world.desk, facts=FACTS, products=PRODUCTS, now=THURSDAY)
    hidden = actions.confirm(
        by=world.desk, facts=dataclasses.replace(FACTS, public=False), products=PRODUCTS, now=THURSDAY
    )
    with pytest.raises(Defect.DoesNotExist):
        defects.attach(by=world.customer, ticket=ticket, defect=hidden, now=THURSDAY)
    other = stranger(world, "Tidewater", contract=False)
    with pytest.raises(Ticket.DoesNotExist):
        defects.attach(by=other, ticket=ticket, defect=public, now=THURSDAY)
    mine = opening.open_ticket(by=other, draft=personas.failure(), now=THURSDAY)
    with pytest.raises(Defect.DoesNotExist):
        # It has no contract for the product.
        defects.attach(by=other, ticket=mine, defect=public, now=THURSDAY)
    defects.attach(by=world.customer, ticket=ticket, defect=public, now=THURSDAY)
    assert defects.of(ticket) == public


# --- links ----------------------------------------------------------------------------------------------


def test_links_are_seen_from_both_sides_by_the_desk_only_and_taken_away_from_either(within: UUID) -> None:
    world = personas.northern(within)
    one, two = opened(world), opened(world)
    links.add(by=world.desk, ticket=one, other=two, relation="duplicate-of", now=FRIDAY)
    assert [row.relation for row in links.of(world.desk, one)] == ["duplicate-of"]
    assert [row.relation for row in links.of(world.desk, two)] == ["has-duplicate"]
    assert links.of(world.customer, one) == ()
    with pytest.raises(CannotDo, match="linked-already"):
        links.add(by=world.desk, ticket=one, other=two, relation="duplicate-of", now=FRIDAY)
    with pytest.raises(CannotDo, match="same-ticket"):
        links.add(by=world.desk, ticket=one, other=one, relation="related", now=FRIDAY)
    with pytest.raises(CannotDo, match="unknown-word"):
        links.add(by=world.desk, ticket=one, other=two, relation="merged-into", now=FRIDAY)
    with pytest.raises(Refused, match="not-allowed"):
        links.add(by=world.customer, ticket=one, other=two, relation="related", now=FRIDAY)
    links.remove(by=world.desk, ticket=two, other=one, relation="has-duplicate", now=FRIDAY)
    with pytest.raises(CannotDo, match="not-linked"):
        links.remove(by=world.desk, ticket=one, other=two, relation="duplicate-of", now=FRIDAY)
    links.add(by=world.desk, ticket=one, other=two, relation="related", now=FRIDAY)
    with pytest.raises(CannotDo, match="linked-already"):
        links.add(by=world.desk, ticket=two, other=one, relation="related", now=FRIDAY)
    links.remove(by=world.desk, ticket=two, other=one, relation="related", now=FRIDAY)
    told = [
        (row.kind, row.data["relation"]) for row in Event.objects.filter(ticket=two, kind__startswith="link-")
    ]
    assert told == [
        ("link-added", "has-duplicate"), ("link-removed", "has-duplicate"), ("link-added", "related"), ("link-removed", "related"),
    ]  # fmt: skip


def test_what_one_may_not_see_cannot_be_linked_nor_found(within: UUID) -> None:
    world = personas.northern(within)
    one = opened(world)
    secret = opening.open_ticket(by=stranger(world, "Tidewater"), draft=personas.failure(), now=THURSDAY)
    Organisation.objects.filter(name="Tidewater").update(restricted=True)
    agent = Viewer.staff(world.agent)
    with pytest.raises(Ticket.DoesNotExist):
        links.add(by=agent, ticket=one, other=secret, relation="related", now=FRIDAY)
    with pytest.raises(CannotDo, match="no-such-ticket"):
        links.by_number(agent, str(secret.number))
    for odd in ("", "NOR-", "XYZ-1001", "99999999999", "١٠٠١"):
        with pytest.raises(CannotDo, match="no-such-ticket"):
            links.by_number(agent, odd)
    assert links.by_number(agent, f" nor-{one.number} ").id == one.id


# --- shipping -------------------------------------------------------------------------------------------


def test_shipping_tells_every_customer_in_its_language_and_ends_the_wait(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        defect, tickets = three(world)
        reach = defects.reach(world.desk, defect)
        assert (reach.messages, reach.hidden, reach.waiting, reach.noticed) == (3, 0, 2, 1)
        assert reach.customers == ("Ferronor", "Lagrange", "Quiet", "Tidewater")
        assert reach.languages == ("en", "fr")
        row = ship(world, defect)
        assert rounds.report(row).waiting == 4
    assert rounds.tell_all(now=FRIDAY) == 4
    assert rounds.tell_all(now=FRIDAY) == 0
    with tenancy.vendor(world.vendor_id):
        row.refresh_from_db()
        assert row.finished_at == FRIDAY
        report = rounds.report(row)
        assert (report.told, report.noticed, report.refused, report.done) == (3, 1, (), True)
        for ticket in tickets:
            ticket.refresh_from_db()
            assert (ticket.status, ticket.wait) == ("open", "")
            assert Event.objects.get(ticket=ticket, kind="fix-shipped").data == {
                "defect": 1,
                "fixed_in": "7.3",
            }
            (said,) = Message.objects.filter(ticket=ticket, recorded_at=FRIDAY)
            assert (said.public, said.from_vendor, said.user_id) == (True, True, world.agent.user_id)
            french = ticket.organisation.name == "Ferronor"
            assert said.language == ("fr" if french else "en")
            assert (
                "La correction de « L’importation s’arrête »" if french else "The fix for “The import stops”"
            ) in said.body
            assert f"NOR-{ticket.number}" in said.body
            assert "{" not in said.body
            told = notices.notices(Viewer.customer(ticket.author)).get(kind="fix-shipped")
            assert told.ticket_number == ticket.number
        assert researching.standing(tickets[1]) is None
        quiet = Contact.objects.get(name="Quiet")
        assert notices.notices(Viewer.customer(quiet)).get(kind="fix-shipped").data["defect"] == 1
    assert verify.verify(vendor_id=world.vendor_id, now=FRIDAY).mismatches == ()


def test_what_ended_is_told_by_a_notice_and_what_was_merged_by_the_one_that_goes_on(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        ended, merged, survivor = (opened(world) for _ in range(3))
        defect = confirmed(world, ended)
        defects.attach(by=world.desk, ticket=merged, defect=defect, now=THURSDAY)
        reopening.close(by=world.desk, ticket=ended, now=THURSDAY)
        merging.merge(by=world.desk, ticket=merged, into=survivor, now=THURSDAY)
        row = ship(world, defect)
    rounds.tell_all(now=FRIDAY)
    with tenancy.vendor(world.vendor_id):
        lines = {line.ticket_id: line.state for line in RoundLine.objects.filter(round=row)}
        assert lines == {ended.id: "noticed", survivor.id: "told"}


def test_what_the_shipper_may_not_see_is_told_by_the_vendor_itself(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        defect, tickets = three(world)
        Organisation.objects.filter(name="Tidewater").update(restricted=True)
        by = Viewer.staff(world.agent)
        reach = defects.reach(by, defect)
        assert (reach.messages, reach.hidden) == (3, 1)
        assert "Tidewater" not in reach.customers
        ship(world, defect, by=by)
    rounds.tell_all(now=FRIDAY)
    with tenancy.vendor(world.vendor_id):
        (said,) = Message.objects.filter(ticket=tickets[1], recorded_at=FRIDAY)
        assert (said.user_id, said.from_vendor) == (None, True)
        tickets[1].refresh_from_db()
        assert tickets[1].wait == ""
        assert Clearance.objects.count() == 0


def test_a_refusal_is_kept_with_its_reason_and_stops_nobody_else(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        one, two, three_ = (opened(world) for _ in range(3))
        row = rounds.answer(
            by=world.desk, written_on=one, tickets=[one, two, three_], texts={"en": "Done, {contact}."}, now=FRIDAY,
            then="resolve",
        )  # fmt: skip
        reopening.close(by=world.desk, ticket=two, now=FRIDAY)
        assert rounds.tell_some(row, now=FRIDAY, most=1) == 1
    assert rounds.tell_all(now=FRIDAY) == 2
    with tenancy.vendor(world.vendor_id):
        report = rounds.report(row)
        assert report.told == 2
        (refused,) = report.refused
        assert refused.ticket_id == two.id
        assert set(refused.said) == {"en", "fr"}
        assert Message.objects.filter(body="Done, Camille.").count() == 2
        assert not Message.objects.filter(ticket=two, recorded_at=FRIDAY).exists()
        for codes, more in (
            ("nobody-to-answer", {"tickets": []}),
            ("no-words", {"texts": {"en": " "}}),
            ("unknown-word", {"then": "x"}),
        ):
            values: dict[str, Any] = {"tickets": [one], "texts": {"en": "x"}, **more}
            with pytest.raises(CannotDo, match=codes):
                rounds.answer(by=world.desk, written_on=one, now=FRIDAY, **values)


def test_whoever_left_is_not_spoken_for(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        one = opened(world)
        row = rounds.answer(by=world.desk, written_on=one, tickets=[one], texts={"en": "Done."}, now=FRIDAY)
        world.agent.removed_at = FRIDAY
        world.agent.save()
    rounds.tell_all(now=FRIDAY)
    with tenancy.vendor(world.vendor_id):
        assert [line.state for line in RoundLine.objects.filter(round=row)] == ["refused"]


def test_a_worker_that_dies_between_two_told_one_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenancy.vendor(world.vendor_id):
        defect, tickets = three(world)
        ship(world, defect)

    class Died(BaseException):
        pass

    whole, calls = answering.reply, iter(range(10))

    def reply(**given: Any) -> Ticket:
        found = whole(**given)
        if next(calls) == 1:
            raise Died
        return found

    monkeypatch.setattr(answering, "reply", reply)
    with pytest.raises(Died):
        rounds.tell_all(now=FRIDAY)
    rounds.tell_all(now=FRIDAY + timedelta(minutes=1))
    with tenancy.vendor(world.vendor_id):
        for ticket in tickets:
            assert Message.objects.filter(ticket=ticket, recorded_at__gte=FRIDAY).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_nobody_twice(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        defect, tickets = three(world)
        ship(world, defect)
    ready = threading.Barrier(2)
    told: list[int] = []

    def work() -> None:
        ready.wait()
        told.append(rounds.tell_all(now=FRIDAY))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(told) == 4
    with tenancy.vendor(world.vendor_id):
        for ticket in tickets:
            assert Message.objects.filter(ticket=ticket, recorded_at=FRIDAY).count() == 1
        assert Round.objects.get().finished_at is not None or rounds.tell_all(now=FRIDAY) == 0


def test_the_owner_is_told_once_when_the_day_to_ask_again_comes(world: World) -> None:
    with tenancy.vendor(world.vendor_id):
        ticket = opened(world)
        defect = confirmed(world, ticket)
        actions.follow_up(
            by=world.desk,
            defect=defect,
            reference="R-1",
            follow_up_on=date(2026, 7, 13),
            words_said="",
            now=THURSDAY,
        )
    for _ in range(2):
        reminding.remind(now=at("2026-07-13 08:00"))
    with tenancy.vendor(world.vendor_id):
        (told,) = notices.notices(world.desk).filter(kind="follow-up-due")
        assert told.data == {"defect": 1, "on": "2026-07-13"}
        assert told.ticket_number is None


def test_only_people_who_work_on_requests_ship(within: UUID) -> None:
    world = personas.northern(within)
    defect = confirmed(world, opened(world))
    finance = Viewer.staff(personas.add_staff(world.machine, "fin", Role.FINANCE))
    for by in (finance, world.customer):
        with pytest.raises(Refused, match="role-needed"):
            ship(world, defect, by=by)
    with pytest.raises(CannotDo, match="no-words"):
        ship(world, defect, texts={"en": ""})
