"""Orders, payments, credits; invoices and credit notes, append-only once issued.

Amounts are whole minor units of an ISO 4217 currency, net of tax where nothing else is said. A tax rate is kept in
thousandths of a percent: 20 % is 20000, 9.975 % is 9975. Rules: docs/reference/billing.md.
"""

from __future__ import annotations

from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.billing.seller_models import Party as Party
from palier.billing.seller_models import Series as Series
from palier.billing.seller_models import Settings as Settings
from palier.billing.seller_models import TaxCategory as TaxCategory
from palier.billing.seller_models import TaxRule as TaxRule
from palier.contracts.models import Contract, ProgrammeRevision
from palier.people import access
from palier.people.models import Contact, Organisation, Staff
from palier.people.rows import TenantRow
from palier.tickets.models import Ticket, Verdict

# --- orders and payments ----------------------------------------------------------------------------


M = TypeVar("M", bound=models.Model)


def _visible(rows: models.QuerySet[M], viewer: access.Viewer) -> models.QuerySet[M]:
    """What a viewer may see of what is billed: who takes money all, a customer's people who see its colleagues' requests."""
    if viewer.is_customer:
        if not (viewer.is_administrator or viewer.sees_colleagues):
            return rows.none()
    elif not viewer.has_role(access.TAKES_MONEY):
        return rows.none()
    return rows.filter(access.of_organisation(viewer))


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders, narrowed to who looks."""

    def visible_to(self, viewer: access.Viewer) -> models.QuerySet[Order]:
        """The orders the viewer may see; a contact also those it made itself."""
        if viewer.is_customer and not (viewer.is_administrator or viewer.sees_colleagues):
            return self.filter(access.of_organisation(viewer), ordered_by_contact_id=viewer.contact_id)
        return _visible(self, viewer)


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices and credit notes, narrowed to who looks."""

    def visible_to(self, viewer: access.Viewer) -> models.QuerySet[Invoice]:
        """The invoices the viewer may see."""
        return _visible(self, viewer)


class OrderKind(models.TextChoices):
    """What an order buys."""

    INCIDENT = "incident"
    HOURS = "hours"


class OrderState(models.TextChoices):
    """Where an order stands."""

    UNPAID = "unpaid"
    PAID = "paid"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Order(TenantRow):
    """Something bought at a price of the programme: an incident (for a choice made on a ticket) or a block of hours."""

    number = models.CharField(max_length=40)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    verdict = models.ForeignKey(
        Verdict, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    choice = models.UUIDField(null=True, help_text="The choice on the ticket which this pays for.")
    revision = models.ForeignKey(
        ProgrammeRevision, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=OrderKind.choices)
    price = models.CharField(max_length=80)
    clause = models.CharField(max_length=80)
    name_en = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    discount = models.PositiveIntegerField(default=0, help_text="Thousandths of a percent off.")
    minutes = models.PositiveIntegerField(null=True)
    valid_months = models.PositiveSmallIntegerField(null=True)
    allowance = models.CharField(max_length=80, help_text="The account its units are posted to.")
    credit_towards = models.CharField(max_length=80, blank=True)
    credit_days = models.PositiveSmallIntegerField(null=True)
    zone = models.CharField(max_length=64, help_text="In which its dates are local.")
    ordered_by_contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    ordered_by_staff = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    ordered_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.UNPAID)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="billing_order_number"),
            models.UniqueConstraint(fields=["vendor", "choice"], name="billing_order_once_a_choice"),
        ]
        indexes = [models.Index(fields=["vendor", "organisation", "state"], name="billing_order_of")]

    def __str__(self) -> str:
        return self.number


class Kind(models.TextChoices):
    """An invoice or a credit note."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"


class Invoice(TenantRow):
    """An invoice or credit note as issued. Append-only: what it says of seller, buyer and taxes is frozen in it.

    A credit note has the signs of an invoice and names what it corrects.
    """

    kind = models.CharField(max_length=12, choices=Kind.choices)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="credit_notes"
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="invoices"
    )
    language = models.CharField(max_length=8)
    locale = models.CharField(max_length=12)
    zone = models.CharField(max_length=64)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    due_on = models.DateField()
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True, help_text="The last date of what it bills.")
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()
    paid = models.BigIntegerField(default=0, help_text="What had been paid when it was issued.")
    paid_words = models.CharField(max_length=200, blank=True)
    taxes = models.JSONField(help_text="One entry a tax and rate: docs/reference/billing.md.")
    seller = models.JSONField()
    buyer = models.JSONField()
    note = models.CharField(max_length=500, blank=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="billing_invoice_number"),
            models.UniqueConstraint(
                fields=["vendor", "kind", "year", "sequence"], name="billing_invoice_sequence"
            ),
            models.CheckConstraint(
                condition=models.Q(total=models.F("net") + models.F("tax")), name="billing_invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.INVOICE, corrects=None)
                | models.Q(kind=Kind.CREDIT_NOTE, corrects__isnull=False),
                name="billing_invoice_corrects",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "organisation", "-issued_at"], name="billing_invoice_of"),
            models.Index(fields=["vendor", "-issued_at"], name="billing_invoice_latest"),
        ]

    def __str__(self) -> str:
        return self.number


class Source(models.TextChoices):
    """Where a line comes from."""

    ORDER = "order"
    CREDIT = "credit"
    TIME = "time"
    CHARGE = "charge"
    EXTRA = "extra"
    """What an estimate that was agreed to has besides hours: travel, lodging, a fixed price."""
    FEE = "fee"
    LINE = "line"
    """Of a credit note: the line it gives back."""


class InvoiceLine(TenantRow):
    """One line with what is behind it: ticket, decision, clause, consent, entries. Append-only.

    `source` and `key` say what is billed, so that nothing is billed twice: most have one line for ever; time and extras
    are billed by difference (charged less billed). What is reversed later comes back on a credit note under the same key;
    a credit note given otherwise has the source `line` and changes nothing of what counts as billed.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="lines")
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=Source.choices)
    key = models.CharField(max_length=200)
    name_en = models.CharField(max_length=300)
    name_fr = models.CharField(max_length=300)
    quantity = models.BigIntegerField(help_text="Thousandths of the unit.")
    unit = models.CharField(max_length=8, help_text="one, hour")
    unit_amount = models.BigIntegerField()
    discount = models.PositiveIntegerField(default=0, help_text="Thousandths of a percent off.")
    net = models.BigIntegerField()
    minutes = models.IntegerField(null=True)
    on = models.DateField(null=True)
    taxes = models.JSONField(help_text="The taxes on it: [[tax, category, rate], …].")
    clause = models.CharField(max_length=80, blank=True)
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    verdict = models.ForeignKey(
        Verdict, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    line = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="given_back"
    )
    consent = models.UUIDField(null=True, help_text="The customer's yes.")
    entries = ArrayField(
        models.UUIDField(), default=list, help_text="Time entries, or postings of the ledger."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "invoice", "position"], name="billing_line_position"),
            models.UniqueConstraint(
                fields=["vendor", "source", "key"],
                condition=~models.Q(source__in=[Source.TIME, Source.EXTRA, Source.LINE]),
                name="billing_line_once",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "source", "key"], name="billing_line_of_source"),
            models.Index(fields=["vendor", "ticket"], name="billing_line_of_ticket"),
        ]


class Paper(TenantRow):
    """The PDF of an invoice as first made, kept as it is. Append-only."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="papers")
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    structured = models.BooleanField(help_text="Whether EN 16931 data is embedded.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "invoice"], name="billing_paper_once")]


class Charge(TenantRow):
    """A line to be billed that has no other source: travel, a fixed price, a credit charged back. Append-only."""

    TRAVEL = "travel"
    FIXED = "fixed"
    CREDIT_BACK = "credit-back"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    ticket = models.ForeignKey(
        Ticket, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    verdict = models.ForeignKey(
        Verdict, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    consent = models.UUIDField(null=True)
    kind = models.CharField(max_length=12)
    price = models.CharField(max_length=80, blank=True)
    clause = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=300)
    name_fr = models.CharField(max_length=300)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    on = models.DateField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "organisation"], name="billing_charge_of")]


class Method(models.TextChoices):
    """How money came, or went back."""

    STRIPE = "stripe"
    TRANSFER = "transfer"
    PURCHASE_ORDER = "purchase-order"
    OTHER = "other"


class ProviderEvent(TenantRow):
    """An event of the payment provider, kept by its id before anything is done; the same id again does nothing."""

    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=255, blank=True, help_text="The payment (or session) it is about.")
    payload = models.JSONField()
    received_at = models.DateTimeField()
    outcome = models.CharField(
        max_length=10, default="stored", help_text="stored, acted, waits, ignored, refused"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "event_id"], name="billing_event_once")]
        indexes = [models.Index(fields=["vendor", "subject"], name="billing_event_subject")]


class CheckoutSession(TenantRow):
    """A page of the payment provider opened for an order or an invoice, at an amount."""

    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="sessions"
    )
    invoice = models.ForeignKey(
        Invoice, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="sessions"
    )
    session_id = models.CharField(max_length=255)
    url = models.URLField(max_length=2000)
    amount = models.BigIntegerField(help_text="With tax.")
    currency = models.CharField(max_length=3)
    credits = models.JSONField(default=list, help_text="Incident orders whose price is taken off.")
    opened_by = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "session_id"], name="billing_session_once"),
            models.CheckConstraint(
                condition=models.Q(order=None, invoice__isnull=False)
                | models.Q(order__isnull=False, invoice=None),
                name="billing_session_for_one",
            ),
        ]


class Payment(TenantRow):
    """Money that came for an order or an invoice, tax included. Append-only."""

    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="payments"
    )
    invoice = models.ForeignKey(
        Invoice, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="payments"
    )
    method = models.CharField(max_length=16, choices=Method.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    paid_at = models.DateTimeField()
    reference = models.CharField(max_length=200, blank=True)
    provider_ref = models.CharField(max_length=255, blank=True, help_text="The provider's payment.")
    event = models.ForeignKey(
        ProviderEvent, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "provider_ref"],
                condition=~models.Q(provider_ref=""),
                name="billing_payment_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="billing_payment_positive"),
            models.CheckConstraint(
                condition=models.Q(order=None, invoice__isnull=False)
                | models.Q(order__isnull=False, invoice=None),
                name="billing_payment_for_one",
            ),
        ]


class Refund(TenantRow):
    """Money that went back. Append-only."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, db_constraint=False, related_name="refunds"
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=16, choices=Method.choices)
    refunded_at = models.DateTimeField()
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    event = models.ForeignKey(
        ProviderEvent, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_by = models.ForeignKey(
        Staff, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="billing_refund_positive")
        ]


class IncidentCredit(TenantRow):
    """That an incident's price is taken off a block (amount above 0), or no longer is (below 0). Append-only."""

    incident = models.ForeignKey(
        Order, on_delete=models.PROTECT, db_constraint=False, related_name="credits_given"
    )
    block = models.ForeignKey(
        Order, on_delete=models.PROTECT, db_constraint=False, related_name="credits_taken"
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    cause = models.CharField(max_length=20)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["vendor", "block"], name="billing_credit_of_block")]
