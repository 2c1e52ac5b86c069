"""Reserve, use, release, grant and correct, on the database."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from palier.contracts import actions as contracts
from palier.ledger import by_hand, posting, queries, settling
from palier.ledger.models import Account, LotRow, Posting, Reason, ReservationRow
from palier.people import access

from . import world
from .world import JUNE, at


def left(
    customer: world.Customer, allowance: str, when: str = "2026-06-15 12:00", **more: object
) -> tuple[int, int | None]:
    found = queries.balances(
        vendor_id=customer.vendor_id,
        programme=customer.programme,
        contract=customer.standings,
        organisation_id=customer.organisation.id,
        at=at(when),
        **more,  # type: ignore[arg-type]
    )[allowance]
    return found.left, found.granted


def moves(allowance: str) -> list[tuple[str, str, str, int]]:
    return list(
        Posting.objects.filter(account__allowance=allowance)
        .order_by("account_id", "seq")
        .values_list("kind", "source", "target", "quantity")
    )


def test_drawing_up_a_paid_contract_grants_its_period(within: UUID) -> None:
    customer = world.customer(within)
    assert moves("grace-calls") == [("grant", "issued", "available", 2)]
    assert left(customer, "grace-calls") == (2, 2)
    account = Account.objects.get(allowance="grace-calls")
    assert (account.contract_id, account.unit, account.last_seq) == (customer.contract.id, "call", 1)
    devices = Account.objects.get(allowance="devices")
    assert (devices.contract_id, devices.organisation_id) == (None, customer.organisation.id)


def test_an_unpaid_contract_grants_once_it_is_paid(within: UUID) -> None:
    customer = world.customer(within, paid_at=None)
    assert moves("grace-calls") == []
    assert left(customer, "grace-calls") == (0, 0)
    contracts.mark_paid(by=customer.machine, contract=customer.contract, now=JUNE)
    assert moves("grace-calls") == [("grant", "issued", "available", 2)]


def test_a_unit_is_reserved_and_used(within: UUID) -> None:
    customer = world.customer(within)
    id_, done = customer.reserve(
        "grace-calls", cause={"why": "choice", "ticket": str(uuid7()), "clause": "B6"}
    )
    assert (done.balance.available, done.balance.reserved, done.balance.granted) == (1, 1, 2)
    assert left(customer, "grace-calls") == (1, 2)
    assert left(customer, "grace-calls", own=id_) == (2, 2)
    used = posting.consume(vendor_id=within, reservation=id_, cause={"why": "resolved"}, at=JUNE, now=JUNE)
    assert (used.balance.consumed, used.balance.reserved) == (1, 0)
    assert ReservationRow.objects.get().quantity == 0
    assert used.postings[0].id == Posting.objects.get(kind="consume").id
    with pytest.raises(access.Refused) as refused:
        posting.consume(vendor_id=within, reservation=id_, cause={}, at=JUNE, now=JUNE)
    assert refused.value.code == "not-in-the-books"
    with pytest.raises(access.Refused) as refused:
        posting.release(vendor_id=within, reservation=uuid7(), cause={}, at=JUNE, now=JUNE)
    assert refused.value.code == "not-reserved"


def test_when_nothing_is_left_it_says_so_and_writes_nothing(within: UUID) -> None:
    customer = world.customer(within, seats=1)
    customer.reserve("grace-calls")
    before = Posting.objects.count()
    with pytest.raises(posting.NothingLeft) as refused:
        customer.reserve("grace-calls")
    assert (refused.value.left, refused.value.asked, refused.value.code) == (0, 1, "nothing-left")
    assert Posting.objects.count() == before


def test_seats_raise_the_tier_at_once_and_never_take_back_what_was_used(within: UUID) -> None:
    customer = world.customer(within, seats=5)
    assert left(customer, "grace-calls") == (1, 1)
    contracts.change_seats(by=customer.machine, contract=customer.contract, seats=6, now=JUNE)
    assert left(customer, "grace-calls") == (2, 2)
    contracts.change_seats(by=customer.machine, contract=customer.contract, seats=16, now=JUNE)
    first, _ = customer.reserve("grace-calls")
    second, _ = customer.reserve("grace-calls")
    customer.reserve("grace-calls")
    for id_ in (first, second):
        posting.consume(vendor_id=within, reservation=id_, cause={}, at=JUNE, now=JUNE)
    contracts.change_seats(by=customer.machine, contract=customer.contract, seats=15, now=JUNE)
    assert left(customer, "grace-calls") == (0, 3)


def test_a_unit_released_after_its_year_expires_at_once(within: UUID) -> None:
    customer = world.customer(within, activation_on=date(2025, 7, 15), paid_at=world.START)
    assert customer.contract.ends_on == date(2026, 7, 15)
    id_, _ = customer.reserve("grace-calls", at=at("2026-07-14 12:00"))
    after = at("2026-07-16 12:00")
    settling.settle_customer(vendor_id=within, organisation_id=customer.organisation.id, now=after)
    lot = LotRow.objects.get(account__allowance="grace-calls")
    assert (lot.available, lot.reserved, lot.expired) == (0, 1, 1)
    posting.release(vendor_id=within, reservation=id_, cause={}, at=after, now=after)
    lot.refresh_from_db()
    assert (lot.available, lot.reserved, lot.expired) == (0, 0, 2)


def test_the_year_of_the_reservation_pays_though_it_is_over(within: UUID) -> None:
    customer = world.customer(within, activation_on=date(2025, 7, 15))
    id_, _ = customer.reserve("grace-calls", at=at("2026-07-14 12:00"))
    posting.consume(
        vendor_id=within, reservation=id_, cause={}, at=at("2026-07-16 12:00"), now=at("2026-07-16 12:00")
    )
    used = Posting.objects.get(kind="consume")
    assert used.lot == "year:2025-07-15"


def test_hours_worked_last_month_are_taken_from_last_month(within: UUID) -> None:
    customer = world.customer(within, programme="infor", plan="enterprise", zone="Europe/Paris")
    january = at("2026-01-31 10:00")
    assert left(customer, "extension-hours", "2026-01-31 10:00") == (16 * 60, 16 * 60)
    february = at("2026-02-02 09:00")
    settling.settle_customer(vendor_id=within, organisation_id=customer.organisation.id, now=february)
    done = posting.spend(
        owner=customer.owner("extension-hours"),
        allowance="extension-hours",
        quantity=90,
        reservation=uuid7(),
        cause={"why": "time"},
        at=january,
        now=february,
    )
    assert {one.move.lot.key for one in done.postings} == {"month:2026-01"}
    assert left(customer, "extension-hours", "2026-02-02 09:00") == (960, 960)
    # February was used already; an incident that reached us in January still counts there.
    _, reserved = customer.reserve("extension-incidents", at=january, now=february)
    assert reserved.postings[-1].move.lot.key == "month:2026-01"


def test_an_event_takes_the_year_its_window_starts_in(within: UUID) -> None:
    customer = world.customer(within, programme="infor", plan="business-plus", zone="Europe/Paris")
    with pytest.raises(posting.NothingLeft):
        customer.reserve("special-events", at=at("2027-03-01 09:00"), now=JUNE)
    _, done = customer.reserve("special-events", at=at("2026-11-01 09:00"), now=JUNE)
    assert done.postings[-1].move.lot.key == "year:2026-01-01"


def test_devices_belong_to_the_organisation_whatever_contract_asks(within: UUID) -> None:
    one = world.customer(within)
    two = world.customer(within, organisation=one.organisation, number="S-2")
    assert left(two, "devices") == (2, 2)
    one.reserve("devices")
    two.reserve("devices")
    assert left(one, "devices") == left(two, "devices") == (0, 2)
    assert Account.objects.filter(allowance="devices").count() == 1


def test_a_device_replaced_is_an_adjust_with_a_reason(within: UUID) -> None:
    customer = world.customer(within)
    fran = world.finance(customer.machine)
    id_, _ = customer.reserve("devices", 2)
    posting.consume(vendor_id=within, reservation=id_, cause={}, at=JUNE, now=JUNE)
    by_hand.adjust(
        by=fran,
        owner=customer.owner("devices"),
        allowance="devices",
        difference=1,
        reason="Stolen laptop",
        now=JUNE,
    )
    assert left(customer, "devices") == (1, 3)
    settling.settle_customer(vendor_id=within, organisation_id=customer.organisation.id, now=JUNE)
    assert left(customer, "devices") == (1, 3)
    account = Account.objects.get(allowance="devices")
    line = queries.entries(fran, account.id).lines[0]
    assert {(one.kind, one.words and one.words["en"]) for one in line.because} == {
        ("reason", "Stolen laptop"),
        ("person", "Fran"),
    }
    by_hand.erase_reason(vendor_id=within, reason_id=Reason.objects.get().id, now=JUNE)
    line = queries.entries(fran, account.id).lines[0]
    assert [one.words for one in line.because if one.kind == "reason"] == [None]


def test_correcting_needs_the_role_and_a_reason(within: UUID) -> None:
    customer = world.customer(within)
    owner = customer.owner("grace-calls")
    with pytest.raises(access.Refused) as refused:
        by_hand.adjust(
            by=world.agent(customer.machine),
            owner=owner,
            allowance="grace-calls",
            difference=1,
            reason="x",
            now=JUNE,
        )
    assert refused.value.code == "role-needed"
    fran = world.finance(customer.machine)
    with pytest.raises(access.Refused) as refused:
        by_hand.adjust(by=fran, owner=owner, allowance="grace-calls", difference=1, reason=" ", now=JUNE)
    assert refused.value.code == "no-reason"
    with pytest.raises(posting.NothingLeft):
        by_hand.adjust(by=fran, owner=owner, allowance="grace-calls", difference=-3, reason="x", now=JUNE)


def test_where_nothing_is_in_force_a_correction_is_a_lot_of_its_own(within: UUID) -> None:
    customer = world.customer(within, programme="horizant", plan="support")
    fran = world.finance(customer.machine)
    done = by_hand.adjust(
        by=fran,
        owner=customer.owner("expert-hours"),
        allowance="expert-hours",
        difference=60,
        reason="Goodwill",
        now=JUNE,
    )
    assert done.balance.available == 60


def test_bought_units_are_given_once_and_can_be_taken_back_while_free(within: UUID) -> None:
    customer = world.customer(within, programme="horizant", plan="support")
    owner = customer.owner("expert-hours")
    bought = {
        "owner": owner,
        "allowance": "expert-hours",
        "quantity": 600,
        "lot_key": "order:1",
        "opens_at": JUNE,
        "expires_at": at("2027-06-15 12:00"),
        "origin": "purchase",
        "cause": {"why": "purchase"},
        "at": JUNE,
        "now": JUNE,
    }
    posting.grant(**bought)  # type: ignore[arg-type]
    with pytest.raises(access.Refused) as refused:
        posting.grant(**bought)  # type: ignore[arg-type]
    assert refused.value.code == "granted-already"
    assert left(customer, "expert-hours", "2026-06-16 12:00") == (600, 600)
    customer.reserve("expert-hours", 100)
    taken = {
        "owner": owner,
        "allowance": "expert-hours",
        "lot_key": "order:1",
        "cause": {"why": "refund"},
        "at": JUNE,
        "now": JUNE,
    }
    with pytest.raises(posting.NothingLeft):
        posting.withdraw(**taken, quantity=600)  # type: ignore[arg-type]
    assert posting.withdraw(**taken).balance.available == 0  # type: ignore[arg-type]
    with pytest.raises(posting.NothingLeft):
        posting.withdraw(**taken)  # type: ignore[arg-type]
    with pytest.raises(posting.NothingLeft):
        posting.withdraw(**{**taken, "lot_key": "order:2"})  # type: ignore[arg-type]


def test_a_use_is_given_back_by_a_reversing_entry(within: UUID) -> None:
    customer = world.customer(within)
    id_, _ = customer.reserve("grace-calls")
    used = posting.consume(vendor_id=within, reservation=id_, cause={}, at=JUNE, now=JUNE)
    (entry,) = used.postings
    with pytest.raises(access.Refused) as refused:
        posting.give_back(vendor_id=within, posting_id=entry.id, quantity=2, cause={}, at=JUNE, now=JUNE)
    assert refused.value.code == "not-used"
    done = posting.give_back(
        vendor_id=within, posting_id=entry.id, quantity=1, cause={"why": "reversed"}, at=JUNE, now=JUNE
    )
    assert done.balance.available == 2


def test_units_move_between_contracts_of_one_customer(within: UUID) -> None:
    one = world.customer(within)
    two = world.customer(within, organisation=one.organisation, number="S-2")
    fran = world.finance(one.machine)
    given = {"by": fran, "allowance": "grace-calls", "quantity": 1, "reason": "Merged", "now": JUNE}
    out, arrived = by_hand.transfer(source=one.owner("grace-calls"), target=two.owner("grace-calls"), **given)  # type: ignore[arg-type]
    assert (out.balance.available, arrived.balance.available) == (1, 3)
    settling.settle_customer(vendor_id=within, organisation_id=one.organisation.id, now=JUNE)
    assert (left(one, "grace-calls")[0], left(two, "grace-calls")[0]) == (1, 3)
    other = world.customer(within, number="S-3")
    for target, code in ((other, "another-customer"), (one, "same-account")):
        with pytest.raises(access.Refused) as refused:
            by_hand.transfer(source=one.owner("grace-calls"), target=target.owner("grace-calls"), **given)  # type: ignore[arg-type]
        assert refused.value.code == code


@pytest.mark.parametrize("paid_first", [True, False])
def test_an_opening_balance_stands_whatever_was_granted_before(within: UUID, paid_first: bool) -> None:
    customer = world.customer(within, seats=16)
    fran = world.finance(customer.machine)
    given = {"by": fran, "owner": customer.owner("grace-calls"), "allowance": "grace-calls", "now": JUNE}
    by_hand.bring_forward(**given, available=1, used=1)  # type: ignore[arg-type]
    assert left(customer, "grace-calls") == (1, 2)
    settling.settle_customer(vendor_id=within, organisation_id=customer.organisation.id, now=JUNE)
    assert left(customer, "grace-calls") == (1, 2)
    with pytest.raises(access.Refused) as refused:
        by_hand.bring_forward(**given, available=1, used=1)  # type: ignore[arg-type]
    assert refused.value.code == "brought-forward-already"


def test_an_opening_balance_of_a_block_has_its_own_dates(within: UUID) -> None:
    customer = world.customer(within, programme="horizant", plan="support")
    fran = world.finance(customer.machine)
    given = {"by": fran, "owner": customer.owner("expert-hours"), "allowance": "expert-hours", "now": JUNE}
    with pytest.raises(access.Refused) as refused:
        by_hand.bring_forward(**given, available=100, used=20)  # type: ignore[arg-type]
    assert refused.value.code == "no-period"
    dates = {"opens_at": at("2026-02-01"), "expires_at": at("2027-02-01")}
    by_hand.bring_forward(**given, available=100, used=20, **dates)  # type: ignore[arg-type]
    assert left(customer, "expert-hours") == (100, 120)


def test_a_cause_holds_ids_and_figures_only(within: UUID) -> None:
    customer = world.customer(within)
    for wrong in ({"why": "because Camille asked"}, {"n": 1.5}, {"b": True}, {"why": ""}):
        with pytest.raises(ValueError, match="ids and figures"):
            customer.reserve("grace-calls", cause=wrong)


def test_another_customer_finds_no_account(within: UUID) -> None:
    one = world.customer(within)
    two = world.customer(within, number="S-2")
    stranger = access.Viewer.customer(personas_contact(two))
    account = Account.objects.get(allowance="grace-calls", contract_id=one.contract.id)
    with pytest.raises(Account.DoesNotExist):
        queries.entries(stranger, account.id)
    with pytest.raises(type(one.contract).DoesNotExist):
        queries.account_view(stranger, one.owner("grace-calls"), JUNE)


def personas_contact(customer: world.Customer):  # type: ignore[no-untyped-def]
    from tests.tickets import personas

    return personas.add_contact(customer.machine, customer.organisation, "eve")


def test_the_accounts_of_a_contract_in_the_programmes_order(within: UUID) -> None:
    customer = world.customer(within, activation_on=date(2025, 7, 15))
    customer.reserve("grace-calls")
    calls, devices = queries.account_view(customer.machine, customer.owner("grace-calls"), JUNE)
    assert (calls.allowance, calls.left, calls.reserved, calls.granted, calls.shared) == (
        "grace-calls",
        1,
        1,
        2,
        False,
    )
    assert calls.expires_at == at("2026-07-15 04:00")
    assert calls.anew_at is None
    assert (devices.allowance, devices.left, devices.expires_at, devices.shared) == ("devices", 2, None, True)


def test_lines_are_paged_and_say_what_was_left(within: UUID) -> None:
    customer = world.customer(within)
    id_, done = customer.reserve("grace-calls")
    posting.consume(vendor_id=within, reservation=id_, cause={}, at=JUNE, now=JUNE)
    first = queries.entries(customer.machine, done.account_id, limit=2)
    assert [(one.seq, one.what["en"], one.change, one.left) for one in first.lines] == [
        (3, "used", 0, 1),
        (2, "reserved", -1, 1),
    ]
    second = queries.entries(customer.machine, done.account_id, before=first.older, limit=2)
    assert [(one.seq, one.what["fr"], one.change, one.left) for one in second.lines] == [(1, "accordé", 2, 2)]
    assert second.older is None
    assert first.name["fr"] == "Appels de Grâce"
