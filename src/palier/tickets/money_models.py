"""What a request costs, who chose and agreed to it, and the time worked: rows that are only added, and the claims they hold.

Amounts are minor units of their currency; hours are minutes. Words that people wrote stand in messages and notes, which
can be erased; what stands here is figures, ids and the sentence that was shown.
"""

from __future__ import annotations

from django.db import models

from palier.contracts.models import Contract
from palier.people.models import Contact, Organisation, Staff, User
from palier.people.rows import LeanRow, related_row


class FundingState(models.TextChoices):
    """Where the funding of a choice stands."""

    QUOTED = "quoted"
    """An estimate is to come, or agreed to; nothing is taken beforehand."""
    RESERVED = "reserved"
    UNPAID = "unpaid"
    PAID = "paid"
    CONSUMED = "consumed"
    RELEASED = "released"
    """Given back: another way was chosen, the request was closed unworked, declined or covered after all."""
    REFERRED = "referred"
    """The way leads elsewhere: a project, a subscription, the account manager."""


class Choice(LeanRow):
    """A way that a contact chose: with its price, what it uses, the balance before and after, and the text shown."""

    ticket = related_row("tickets.Ticket", name="choices")
    number = models.PositiveSmallIntegerField()
    verdict = related_row("tickets.Verdict")
    """The decision that offered the way."""
    way = models.CharField(max_length=80)
    price = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField(null=True)
    """Without tax; None: nothing to pay, or on estimate."""
    currency = models.CharField(max_length=3, blank=True)
    allowance = models.CharField(max_length=80, blank=True)
    contract = related_row(Contract, null=True)
    """Whose balance pays; None: the organisation's own."""
    quantity = models.PositiveIntegerField(default=0)
    balance_before = models.IntegerField(null=True)
    balance_after = models.IntegerField(null=True)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    contact = related_row(Contact)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "number"], name="tickets_choice_number")
        ]


class ChoiceStep(LeanRow):
    """What became of a choice: the latest step is where its funding stands."""

    choice = related_row(Choice, name="steps")
    state = models.CharField(max_length=12, choices=FundingState.choices)
    why = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "choice", "at", "id"], name="tickets_choice_steps")]


class Claim(LeanRow):
    """Units that a request holds of an allowance: an index over the ledger's reservation of the same id."""

    HELD, CONSUMED, RELEASED = "held", "consumed", "released"

    ticket = related_row("tickets.Ticket", name="claims")
    choice = related_row(Choice, null=True, name="claims")
    allowance = models.CharField(max_length=80)
    organisation = related_row(Organisation)
    contract = related_row(Contract, null=True)
    reservation = models.UUIDField()
    quantity = models.PositiveIntegerField()
    """What is held, or was consumed; minutes for hours."""
    used = models.PositiveIntegerField(default=0)
    """Of hours: the minutes that bookings took from it so far."""
    left = models.IntegerField(null=True)
    """What was left of the allowance just after."""
    clause = models.CharField(max_length=80)
    state = models.CharField(max_length=10, default=HELD)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "reservation"], name="tickets_claim_reservation"),
            models.UniqueConstraint(
                fields=["vendor", "ticket"], condition=models.Q(state="held"), name="tickets_claim_one_held"
            ),
        ]
        indexes = [models.Index(fields=["vendor", "ticket", "at"], name="tickets_claims")]


class Estimate(LeanRow):
    """What a piece of work is expected to take: minutes, amount without tax, lines. A newer one replaces it for the whole."""

    ticket = related_row("tickets.Ticket", name="estimates")
    number = models.PositiveSmallIntegerField()
    verdict = related_row("tickets.Verdict")
    """The decision that calls for it."""
    way = models.CharField(max_length=80)
    price = models.CharField(max_length=80, blank=True)
    allowance = models.CharField(max_length=80, blank=True)
    """Of which the minutes are taken; empty where they are billed."""
    contract = related_row(Contract, null=True)
    minutes = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(default=list)
    """[{"kind": "labour" | "travel" | "lodging" | "other", "text", "minutes", "amount"}]"""
    balance_before = models.IntegerField(null=True)
    balance_after = models.IntegerField(null=True)
    message = related_row("tickets.Message", null=True)
    staff = related_row(Staff, null=True)
    replaces = related_row("self", null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "number"], name="tickets_estimate_number")
        ]


class Consent(LeanRow):
    """A recorded yes or no: to an estimate, or to the price of a choice; who, when, what amount, what text.

    `contact` is empty where the customer agreed beforehand to a cap, which `cap` names.
    """

    ticket = related_row("tickets.Ticket", name="consents")
    estimate = related_row(Estimate, null=True, name="consents")
    choice = related_row(Choice, null=True, name="consents")
    agreed = models.BooleanField()
    contact = related_row(Contact, null=True)
    cap = models.UUIDField(null=True)
    minutes = models.PositiveIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "estimate"],
                condition=models.Q(estimate__isnull=False),
                name="tickets_consent_estimate_once",
            ),
            models.CheckConstraint(
                condition=models.Q(estimate__isnull=False) | models.Q(choice__isnull=False),
                name="tickets_consent_to_something",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "ticket", "at", "id"], name="tickets_consents"),
            models.Index(
                fields=["vendor", "cap", "at"],
                condition=models.Q(cap__isnull=False),
                name="tickets_consents_by_cap",
            ),
        ]


class TimeEntry(LeanRow):
    """Minutes that a person worked on a request on one local date; corrected only by an entry that reverses it."""

    ticket = related_row("tickets.Ticket", name="time_entries")
    staff = related_row(Staff)
    started_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    day = models.DateField(help_text="The local date in the contract's zone.")
    weight_percent = models.PositiveSmallIntegerField(default=100)
    billable = models.BooleanField()
    clause = models.CharField(max_length=80)
    price = models.CharField(max_length=80, blank=True)
    """By which it is charged, in money or in hours bought; empty: by an allowance, or not at all."""
    allowance = models.CharField(max_length=80, blank=True)
    consent = related_row(Consent, null=True)
    reverses = related_row("self", null=True, name="reversed_by")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "reverses"],
                condition=models.Q(reverses__isnull=False),
                name="tickets_time_reversed_once",
            ),
            models.CheckConstraint(condition=models.Q(minutes__gt=0), name="tickets_time_worked"),
        ]
        indexes = [
            models.Index(fields=["vendor", "ticket", "day", "id"], name="tickets_time"),
            models.Index(
                fields=["vendor", "day"], condition=models.Q(billable=True), name="tickets_time_billable"
            ),
        ]


class TimeNote(LeanRow):
    """What somebody wrote beside a time entry, such as why it was reversed. Erasable."""

    entry = models.OneToOneField(
        TimeEntry, on_delete=models.PROTECT, db_constraint=False, related_name="note"
    )
    text = models.TextField()


class Spending(LeanRow):
    """Minutes of an allowance that one entry took from the ledger (or gave back, below zero), with its posting."""

    ticket = related_row("tickets.Ticket", name="spendings")
    entry = related_row(TimeEntry, name="spendings")
    staff = related_row(Staff)
    day = models.DateField()
    allowance = models.CharField(max_length=80)
    contract = related_row(Contract, null=True)
    posting = models.UUIDField()
    """The ledger's posting that consumed the minutes; one given back names the posting it was taken from."""
    minutes = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "ticket", "staff", "day", "id"], name="tickets_spendings")]


class HandOver(LeanRow):
    """A request in the hands of research or of the manufacturer: their own reference and when to ask again. The latest counts."""

    ticket = related_row("tickets.Ticket", name="hand_overs")
    wait = models.CharField(max_length=20)
    """`patch`, `manufacturer` or `third-party`; empty once it came back."""
    reference = models.CharField(max_length=120, blank=True)
    follow_up_on = models.DateField(null=True)
    """The local date, in the vendor's desk zone, on which somebody asks how it stands."""
    user = related_row(User, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["vendor", "ticket", "at", "id"], name="tickets_hand_overs"),
            models.Index(
                fields=["vendor", "follow_up_on"],
                condition=models.Q(follow_up_on__isnull=False),
                name="tickets_hand_overs_due",
            ),
        ]


class SaidOnce(LeanRow):
    """That something was said once: a follow-up that fell due, hours that expire. `key` says what."""

    key = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "key"], name="tickets_said_once")]
