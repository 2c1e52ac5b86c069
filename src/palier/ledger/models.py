"""Accounts, postings, checkpoints and the keys that sign them; lots and reservations are indexes that can be rebuilt.

A posting moves a positive quantity from one bucket of an account to another of the same account, so that every account
sums to zero. Postings, checkpoints and heads are append-only: the database refuses to change them, to everybody. Rules
are those of `palier.core.ledger`; this app translates rows into its values and writes what it answers.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from palier.contracts.models import Contract
from palier.core.ledger import Bucket, Kind
from palier.people.models import Organisation
from palier.people.rows import TenantRow


class LedgerRow(TenantRow):
    """A tenant's row without an index on the vendor alone, which no question reads: every use of a unit writes three."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class AccountRow(LedgerRow):
    """A row of an account, whose composite key (vendor_id, account_id) says already that the vendor exists.

    A foreign key to the vendor as well would lock the vendor's one row at every use of a unit, for all who use one at once.
    """

    vendor = models.ForeignKey(
        "people.Vendor", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        abstract = True


class Account(LedgerRow):
    """What one owner has of one allowance. The owner is the contract, or the organisation where `contract` is empty.

    `allowance` is an id of the programme: of an allowance or, for what is bought one by one, of its price. Hours are
    kept in minutes (`unit` says `hour` all the same). `last_seq` and `last_hash` are the head of its chain.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    allowance = models.CharField(max_length=80)
    unit = models.CharField(max_length=40)
    last_seq = models.PositiveIntegerField(default=0)
    last_hash = models.BinaryField(default=bytes(32))
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "organisation", "contract", "allowance"],
                nulls_distinct=False,
                name="ledger_account_once",
            ),
        ]
        indexes = [models.Index(fields=["vendor", "contract"], name="ledger_account_by_contract")]


class Posting(AccountRow):
    """One movement, with its place in the account's chain. Append-only.

    `at` is the instant it counts for, `recorded_at` when it was written. `cause` holds ids and figures only.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="postings"
    )
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    source = models.CharField(max_length=12)
    target = models.CharField(max_length=12)
    quantity = models.BigIntegerField()
    lot = models.CharField(max_length=80)
    lot_opens_at = models.DateTimeField()
    lot_expires_at = models.DateTimeField(null=True)
    lot_origin = models.CharField(max_length=16)
    reservation = models.UUIDField(null=True)
    cause = models.JSONField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "account", "seq"], name="ledger_posting_place"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="ledger_posting_quantity"),
            models.CheckConstraint(condition=Q(seq__gt=0), name="ledger_posting_seq"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="ledger_posting_moves"),
            models.CheckConstraint(
                condition=Q(source__in=[one.value for one in Bucket])
                & Q(target__in=[one.value for one in Bucket])
                & Q(kind__in=[one.value for one in Kind]),
                name="ledger_posting_words",
            ),
        ]


class LotRow(AccountRow):
    """What is in each bucket of one grant, as the postings say. An index: `ledger.rebuilding` writes it anew."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="lots"
    )
    key = models.CharField(max_length=80)
    opens_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=16)
    overrun = models.BooleanField(default=False, help_text="The programme allows more than there is.")
    issued = models.BigIntegerField(default=0)
    available = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    consumed = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    transferred = models.BigIntegerField(default=0)
    by_hand = models.BigIntegerField(default=0, help_text="The part of `issued` that people adjusted.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "account", "key"], name="ledger_lot_once"),
            models.CheckConstraint(
                condition=Q(available__gte=0) | Q(overrun=True), name="ledger_lot_available"
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, consumed__gte=0, expired__gte=0), name="ledger_lot_not_below"
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "expires_at"], condition=~Q(available=0), name="ledger_lot_to_expire"
            )
        ]


class ReservationRow(AccountRow):
    """How much of one lot a reservation still holds; 0 once consumed or released. An index like `LotRow`."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="reservations"
    )
    reservation = models.UUIDField()
    lot = models.CharField(max_length=80)
    quantity = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "reservation", "account", "lot"], name="ledger_reservation_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="ledger_reservation_quantity"),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "account"], condition=Q(quantity__gt=0), name="ledger_reservation_open"
            )
        ]


class Reason(LedgerRow):
    """Why somebody adjusted or transferred, in their words. Erasable: the posting names this row, never its text."""

    text = models.TextField(blank=True)
    written_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class SigningKey(LedgerRow):
    """A key a vendor signs its checkpoints with (Ed25519). `name` is the start of the hash of its public part.

    `secret` is sealed by keys outside the database (people/secrets.py), and destroyed when the key is retired. The key
    before it vouches for it (`endorsement`), so that whoever knows an older public part can check what a newer signed.
    """

    name = models.CharField(max_length=16)
    public = models.BinaryField()
    secret = models.BinaryField(null=True)
    endorsed_by = models.CharField(max_length=16, blank=True)
    endorsement = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "name"], name="ledger_key_once"),
            models.UniqueConstraint(
                fields=["vendor"], condition=Q(retired_at=None), name="ledger_key_one_in_use"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(secret=None), name="ledger_key_retired_has_no_secret"
            ),
        ]


class Checkpoint(LedgerRow):
    """What all accounts of a vendor came to on one day: the root of a tree over their heads, signed. Append-only.

    `previous` is the hash of the checkpoint before it, so that checkpoints are a chain as well.
    """

    number = models.PositiveIntegerField()
    day = models.DateField()
    made_at = models.DateTimeField()
    key = models.CharField(max_length=16)
    accounts = models.PositiveIntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="ledger_checkpoint_number"),
            models.UniqueConstraint(fields=["vendor", "day"], name="ledger_checkpoint_once_a_day"),
        ]


class Head(AccountRow):
    """Where an account's chain stood at a checkpoint, written when it had moved since the one before. Append-only."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="heads"
    )
    number = models.PositiveIntegerField()
    seq = models.PositiveIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "account", "number"], name="ledger_head_once")
        ]
