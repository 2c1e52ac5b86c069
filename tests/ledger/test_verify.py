"""Tampering planted by the owner of the tables, with every refusal of the database switched off, is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from palier.core import ledger
from palier.ledger import checkpoints, nightly, notes, posting, rows, verify
from palier.ledger.accounts import identity
from palier.ledger.models import Account, Checkpoint, LotRow, ReservationRow, SigningKey
from palier.people import tenancy
from palier.people.models import Vendor
from palier.site import database

from . import world
from .world import JUNE

DAY = date(2026, 6, 15)


@pytest.fixture
def customer(vendor: Vendor) -> world.Customer:
    """Grace calls granted, reserved and used; a checkpoint; then one more call reserved, which no checkpoint has seen."""
    with tenancy.vendor(vendor.id):
        made = world.customer(vendor.id, seats=16)
        for _ in range(2):
            id_, _ = made.reserve("grace-calls")
            posting.consume(
                vendor_id=vendor.id, reservation=id_, cause={"why": "resolved"}, at=JUNE, now=JUNE
            )
    nightly.run(vendor_id=vendor.id, now=JUNE)
    with tenancy.vendor(vendor.id):
        made.reserve("grace-calls")
    return made


@contextmanager
def as_owner(vendor_id: UUID) -> Iterator[Any]:
    """The owner of the tables, inside one vendor's transaction, triggers off."""
    with database.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('palier.vendor', %s, true)", [str(vendor_id)])
        for table in ("ledger_posting", "ledger_checkpoint", "ledger_head"):
            cursor.execute(f"alter table {table} disable trigger user")
        yield cursor
        for table in ("ledger_posting", "ledger_checkpoint", "ledger_head"):
            cursor.execute(f"alter table {table} enable trigger user")


def kinds(vendor_id: UUID) -> set[str]:
    return {one.kind for one in verify.verify(vendor_id=vendor_id).faults}


def chain(vendor_id: UUID) -> tuple[Account, str, list[ledger.Posting]]:
    with tenancy.vendor(vendor_id):
        account = Account.objects.get(allowance="grace-calls")
        name = identity(
            vendor_id=vendor_id,
            organisation_id=account.organisation_id,
            contract_id=account.contract_id,
            allowance=account.allowance,
            unit=account.unit,
        )
        found = rows.postings(vendor_id, account_ids=[account.id], names={account.id: name})
        return account, name, [one for _, one in found]


@pytest.mark.django_db(transaction=True)
class TestTampering:
    def test_nothing_is_wrong_before(self, customer: world.Customer) -> None:
        found = verify.verify(vendor_id=customer.vendor_id)
        assert found.faults == ()
        assert (found.accounts, found.postings, found.checkpoints, found.unprotected) == (2, 7, 1, 1)
        assert found.protected_until == JUNE

    def test_the_application_can_change_nothing(self, customer: world.Customer) -> None:
        for statement in (
            "update ledger_posting set quantity = 9",
            "delete from ledger_posting",
            "truncate ledger_posting",
            "truncate ledger_posting, ledger_head, ledger_checkpoint",
            "update ledger_checkpoint set accounts = 0",
            "delete from ledger_head",
            "alter table ledger_posting disable trigger palier_append_only",
            "alter table ledger_posting disable trigger all",
            "alter table ledger_posting disable row level security",
            "alter table ledger_posting alter column quantity drop not null",
            "drop trigger palier_append_only on ledger_posting",
            "create or replace function palier_refuse_change() returns trigger language plpgsql as 'begin return new; end'",
            "set session_replication_role = replica",
            "drop table ledger_posting",
        ):
            with (
                pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
                tenancy.vendor(customer.vendor_id),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    def test_the_owner_is_refused_too_while_the_triggers_are_on(self, customer: world.Customer) -> None:
        for table in ("ledger_posting", "ledger_checkpoint", "ledger_head"):
            for statement in (f"update {table} set id = id", f"delete from {table}", f"truncate {table}"):
                with (
                    database.as_owner(),
                    pytest.raises(DatabaseError, match="append-only"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)

    def test_a_changed_posting(self, customer: world.Customer) -> None:
        with as_owner(customer.vendor_id) as cursor:
            cursor.execute("update ledger_posting set quantity = 2 where kind = 'consume' and seq = 3")
        assert {"seal", "law"} <= kinds(customer.vendor_id)

    def test_any_changed_column(self, customer: world.Customer) -> None:
        account, _, _ = chain(customer.vendor_id)
        for change, undo in (
            ('cause = cause || \'{"why": "other"}\'', 'cause = cause || \'{"why": "choice"}\''),
            ("at = at + interval '1 microsecond'", "at = at - interval '1 microsecond'"),
            ("recorded_at = recorded_at - interval '1 day'", "recorded_at = recorded_at + interval '1 day'"),
            ("lot_expires_at = null", f"lot_expires_at = '{world.YEAR_END}'"),
            ("lot_origin = 'plan'", "lot_origin = 'tier'"),
        ):
            with as_owner(customer.vendor_id) as cursor:
                cursor.execute(
                    f"update ledger_posting set {change} where account_id = %s and seq = 2", [account.id]
                )
            assert "seal" in kinds(customer.vendor_id), change
            with as_owner(customer.vendor_id) as cursor:
                cursor.execute(
                    f"update ledger_posting set {undo} where account_id = %s and seq = 2", [account.id]
                )
            assert kinds(customer.vendor_id) == set(), undo

    def test_a_missing_posting(self, customer: world.Customer) -> None:
        with as_owner(customer.vendor_id) as cursor:
            cursor.execute("delete from ledger_posting where seq = 3")
        assert {"number", "link"} <= kinds(customer.vendor_id)

    def test_a_tail_cut_off_with_all_that_speaks_of_it(self, customer: world.Customer) -> None:
        account, _, found = chain(customer.vendor_id)
        with as_owner(customer.vendor_id) as cursor:
            cursor.execute("delete from ledger_posting where account_id = %s and seq > 3", [account.id])
            rewrite_index(cursor, account, found[:3])
        assert kinds(customer.vendor_id) == {"cut"}

    def test_a_tail_younger_than_the_checkpoint_is_not_protected(self, customer: world.Customer) -> None:
        account, _, found = chain(customer.vendor_id)
        with as_owner(customer.vendor_id) as cursor:
            cursor.execute("delete from ledger_posting where account_id = %s and seq > 5", [account.id])
            rewrite_index(cursor, account, found[:5])
        now = verify.verify(vendor_id=customer.vendor_id)
        assert now.faults == ()
        assert now.unprotected == 0

    def test_a_chain_computed_anew_from_a_changed_posting_on(self, customer: world.Customer) -> None:
        account, name, found = chain(customer.vendor_id)
        changed = [one.move for one in found]
        cause = {**changed[1].cause, "why": "something-else"}
        moves = [changed[0], _with_cause(changed[1], cause), *changed[2:]]
        forged = ledger.post(moves, account=name, seq=0, previous=ledger.GENESIS, recorded=found[0].recorded)
        with as_owner(customer.vendor_id) as cursor:
            for one in forged:
                cursor.execute(
                    "update ledger_posting set previous = %s, hash = %s, cause = %s, recorded_at = %s"
                    " where account_id = %s and seq = %s",
                    [
                        one.previous,
                        one.hash,
                        json.dumps(dict(one.move.cause)),
                        world.instant(one.recorded),
                        account.id,
                        one.seq,
                    ],
                )
            rewrite_index(cursor, account, list(forged))
        assert kinds(customer.vendor_id) == {"rewritten"}

    def test_an_account_pointed_to_another_owner(self, customer: world.Customer) -> None:
        with tenancy.vendor(customer.vendor_id):
            Account.objects.filter(allowance="grace-calls").update(contract=None)
        assert {"seal", "root"} <= kinds(customer.vendor_id)

    def test_stored_lots_reservations_and_heads_that_differ(self, customer: world.Customer) -> None:
        with tenancy.vendor(customer.vendor_id):
            LotRow.objects.filter(account__allowance="devices").update(available=9)
            ReservationRow.objects.filter(quantity__gt=0).update(quantity=7)
            Account.objects.filter(allowance="devices").update(last_seq=4)
        assert kinds(customer.vendor_id) == {"lots", "reservations", "head"}

    def test_a_lot_that_was_lost(self, customer: world.Customer) -> None:
        with tenancy.vendor(customer.vendor_id):
            LotRow.objects.filter(account__allowance="devices").delete()
        assert kinds(customer.vendor_id) == {"lots"}

    def test_checkpoints_that_were_changed_replaced_or_left_out(self, customer: world.Customer) -> None:
        vendor_id = customer.vendor_id
        for days in (1, 2):
            nightly.run(vendor_id=vendor_id, now=JUNE + timedelta(days=days))
        with as_owner(vendor_id) as cursor:
            cursor.execute("update ledger_checkpoint set day = day - 30 where number = 2")
        assert kinds(vendor_id) == {"signature", "checkpoint"}
        with as_owner(vendor_id) as cursor:
            cursor.execute("update ledger_checkpoint set day = day + 30 where number = 2")
            cursor.execute("delete from ledger_checkpoint where number = 2")
        assert kinds(vendor_id) == {"checkpoint"}

    def test_heads_that_were_changed(self, customer: world.Customer) -> None:
        with as_owner(customer.vendor_id) as cursor:
            cursor.execute("update ledger_head set seq = 1 where seq = 5")
        assert kinds(customer.vendor_id) == {"rewritten", "root"}

    def test_a_key_slipped_in(self, customer: world.Customer) -> None:
        vendor_id = customer.vendor_id
        with tenancy.vendor(vendor_id):
            mine = bytes(SigningKey.objects.get().public)
        secret, public = notes.new_secret()
        with as_owner(vendor_id) as cursor:
            cursor.execute(
                "update ledger_signingkey set public = %s, name = %s", [public, notes.key_name(public)]
            )
        with tenancy.vendor(vendor_id):
            note = checkpoints.note_of(Checkpoint.objects.get())
        forged = notes.Checkpoint(
            **{**{name: getattr(note, name) for name in note.__slots__}, "key": notes.key_name(public)}
        )
        with as_owner(vendor_id) as cursor:
            cursor.execute(
                "update ledger_checkpoint set key = %s, signature = %s",
                [forged.key, notes.sign(forged.text(), secret=secret)],
            )
        assert kinds(vendor_id) == set()
        # Who keeps the public key elsewhere is not taken in.
        assert {one.kind for one in verify.verify(vendor_id=vendor_id, known=[mine]).faults} == {
            "key",
            "signature",
        }


def rewrite_index(cursor: Any, account: Account, found: list[ledger.Posting]) -> None:
    """What a careful forger would do: bring head, lots and reservations into line."""
    state = ledger.fold(one.move for one in found)
    cursor.execute(
        "update ledger_account set last_seq = %s, last_hash = %s where id = %s",
        [found[-1].seq, found[-1].hash, account.id],
    )
    for lot in state.lots.values():
        cursor.execute(
            "update ledger_lotrow set available = %s, reserved = %s, consumed = %s where account_id = %s and key = %s",
            [lot.available, lot.reserved, lot.consumed, account.id, lot.lot.key],
        )
    cursor.execute("update ledger_reservationrow set quantity = 0 where account_id = %s", [account.id])
    for one in state.reservations.values():
        for key, quantity in one.parts.items():
            cursor.execute(
                "update ledger_reservationrow set quantity = %s where reservation = %s and lot = %s",
                [quantity, one.id, key],
            )


def _with_cause(move: ledger.Move, cause: dict[str, Any]) -> ledger.Move:
    return ledger.Move(
        kind=move.kind,
        source=move.source,
        target=move.target,
        quantity=move.quantity,
        lot=move.lot,
        at=move.at,
        reservation=move.reservation,
        cause=cause,
    )
