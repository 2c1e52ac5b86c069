"""Letters: what is sent to whom, when, how it went; the words of a vendor's own; what people wish to be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import functions

from palier.people.models import Contact, Staff, User
from palier.people.rows import LeanRow, TenantRow, related_row
from palier.tickets.models import Ticket


class LetterState(models.TextChoices):
    """How far a letter is."""

    WAITING = "waiting"
    """To be sent at `due_at`, or again then."""
    SENT = "sent"
    DEAD = "dead"
    """Given up: refused for good, or tried too often. A person can send it again."""
    DROPPED = "dropped"
    """Not to be sent any more: taken back, or its reader is gone."""


class Letter(LeanRow):
    """A message to one person, written once: every try sends the same words under the same Message-ID."""

    kind = models.CharField(max_length=40)
    """What it is about (docs/reference/mail-out.md)."""
    contact = related_row(Contact, null=True)
    staff = related_row(Staff, null=True)
    ticket = related_row(Ticket, null=True)
    to_address = models.EmailField()
    to_name = models.CharField(max_length=200, blank=True)
    message_id = models.CharField(max_length=200)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = models.TextField(blank=True)
    automatic = models.BooleanField(default=True)
    """Marked so (RFC 3834); False where it carries what a person wrote."""
    digest = models.BooleanField(default=False)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    """Further headers by name."""
    state = models.CharField(max_length=8, choices=LetterState.choices, default=LetterState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)
    """What the receiving server said last, where it did not take it."""
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "message_id"], name="mail_letter_message_id")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="mail_letter_waiting"),
            models.Index(
                fields=["vendor", "-created_at"], condition=models.Q(state="dead"), name="mail_letter_dead"
            ),
            models.Index(fields=["vendor", "-created_at"], name="mail_letter_newest"),
            models.Index(fields=["vendor", "to_address", "created_at"], name="mail_letter_to"),
            models.Index(
                fields=["vendor", "ticket", "created_at"],
                condition=models.Q(ticket__isnull=False),
                name="mail_letter_of_ticket",
            ),
        ]


class LetterTry(LeanRow):
    """One try to send a letter. Append-only."""

    letter = related_row(Letter, name="tries", on_delete=models.CASCADE)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    """`sent`, `later` (temporary) or `refused` (for good)."""
    code = models.SmallIntegerField(null=True)
    """SMTP's, where a server answered."""
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["vendor", "letter", "at"], name="mail_try_of_letter")]


class Template(TenantRow):
    """A vendor's own words for one kind of letter in one language; without a row the product's words are used."""

    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    written_by = related_row(Staff, null=True)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "kind", "language"], name="mail_template_once")
        ]


class MailWish(TenantRow):
    """What one person wishes of mail: each group of notices at once, in a digest or not at all, and hours of quiet."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, db_constraint=False, related_name="mail_wish")
    ways = models.JSONField(default=dict)
    """By group (`people.notices.Group`): `at-once`, `digest` or `never`; a group without one: its default."""
    digest_at = models.TimeField(null=True)
    """Local time of the daily digest; none: 08:00."""
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    """Local times; what is not critical waits for the end."""
    digested_at = models.DateTimeField(null=True)


class Undeliverable(TenantRow):
    """That letters to an address come back. `hard`: nothing is sent there until somebody clears it."""

    address = models.EmailField()
    hard = models.BooleanField()
    count = models.IntegerField(default=1)
    since = models.DateTimeField()
    last_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = related_row(Staff, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("vendor", functions.Lower("address"), name="mail_undeliverable_once")
        ]
