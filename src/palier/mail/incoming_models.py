"""Where mail comes in, and every message that did: its bytes as they came, and what became of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import functions

from palier.people.models import Contact, Staff
from palier.people.rows import LeanRow, TenantRow, related_row
from palier.tickets.models import Message, Ticket


class SourceKind(models.TextChoices):
    """How messages of a source reach us."""

    IMAP = "imap"
    SMTP = "smtp"
    """Delivered to our own listener (SMTP or LMTP)."""
    WEBHOOK = "webhook"
    IMPORT = "import"
    """Read from files by somebody at the command line."""


class Source(TenantRow):
    """A way in. `settings` holds what its kind needs (docs/reference/mail-in.md); the secret is sealed."""

    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    settings = models.JSONField(default=dict)
    secret = models.BinaryField(null=True, help_text="Sealed; see people/secrets.py")
    trusted_borders = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    """The names by which our own border signs Authentication-Results (RFC 8601, authserv-id); others are not read."""
    place = models.JSONField(default=dict)
    """How far a mailbox was read (by folder: its validity and the last number)."""
    checked_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class MailAddress(TenantRow):
    """An address at which a vendor receives, with what it says of a request; plus-addressing below it comes here too."""

    address = models.EmailField()
    product = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=8, blank=True)
    is_main = models.BooleanField(default=False)
    """The one that letters are sent from."""

    class Meta:
        constraints = [
            # An address belongs to one vendor of the installation: a delivery names nothing else.
            models.UniqueConstraint(functions.Lower("address"), name="mail_address_once"),
            models.UniqueConstraint(
                fields=["vendor"], condition=models.Q(is_main=True), name="mail_address_main_once"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class State(models.TextChoices):
    """What became of a message."""

    RECEIVED = "received"
    """Durable, and not looked at yet."""
    DONE = "done"
    """It became a request or stands on one."""
    HELD = "held"
    """Read and kept for a person: its writer is unknown, unproven or a stranger to the thread."""
    PARKED = "parked"
    """It could not be read or handled; kept as it came."""
    IGNORED = "ignored"
    """An automatic reply, a report, a list's mail: noted, never answered."""
    DISCARDED = "discarded"
    """Thrown away by a person who said why; its bytes stay."""


class Incoming(LeanRow):
    """One message that reached us. `reason` is a code (docs/reference/mail-in.md); `detail` the figures behind it."""

    source = related_row(Source, null=True)
    digest = models.CharField(max_length=64)
    """SHA-256 of the message without what each delivery adds on its way (trace and Authentication-Results)."""
    envelope_from = models.CharField(max_length=320, blank=True)
    """Empty: the null return-path of reports."""
    recipients = ArrayField(models.CharField(max_length=320), default=list)
    mail_id = models.CharField(max_length=998, blank=True)
    """Its Message-ID, in angle brackets."""
    same_id = models.BooleanField(default=False)
    """Another message with the same Message-ID and other content came before."""
    size = models.IntegerField()
    history = models.BooleanField(default=False)
    """Brought in from before: starts no clock, sends nothing, pages nobody."""
    reached_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    from_address = models.CharField(max_length=320, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=8, blank=True)
    proof = models.CharField(max_length=20, blank=True)
    """How its writer stands: `authenticated`, `unauthenticated`, `rejected`; empty before it was read."""
    contact = related_row(Contact, null=True)
    ticket = related_row(Ticket, null=True)
    message = related_row(Message, null=True)
    attempts = models.SmallIntegerField(default=0)
    try_at = models.DateTimeField(null=True)
    """Not before, where something it waits for was not there."""
    handled_at = models.DateTimeField(null=True)
    handled_by = related_row(Staff, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "digest"], name="mail_incoming_once")]
        indexes = [
            models.Index(
                fields=["reached_at", "id"],
                condition=models.Q(state="received"),
                name="mail_incoming_waiting",
            ),
            models.Index(
                fields=["vendor", "state", "-reached_at"],
                condition=models.Q(state__in=["held", "parked"]),
                name="mail_incoming_for_people",
            ),
            models.Index(fields=["vendor", "-reached_at"], name="mail_incoming_newest"),
            # By equality alone, however long the id. Not over MD5, which the database does not trust to leak nothing: behind
            # row-level security no index of it is ever used.
            HashIndex(fields=["mail_id"], condition=~models.Q(mail_id=""), name="mail_incoming_by_id"),
            models.Index(fields=["vendor", "from_address", "reached_at"], name="mail_incoming_by_sender"),
            models.Index(
                fields=["vendor", "ticket"],
                condition=models.Q(ticket__isnull=False),
                name="mail_incoming_of_ticket",
            ),
        ]


class Original(LeanRow):
    """The bytes of a message, as they came."""

    incoming = models.OneToOneField(
        Incoming, on_delete=models.CASCADE, db_constraint=False, related_name="original"
    )
    content = models.BinaryField()
