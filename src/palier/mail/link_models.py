"""Links in letters that let one person do one thing once."""

from __future__ import annotations

from django.db import models

from palier.people.models import Contact
from palier.people.rows import LeanRow, related_row
from palier.tickets.models import Ticket


class Purpose(models.TextChoices):
    """What a link lets its person do."""

    AGREE = "agree"
    """Answer an estimate."""
    CHOOSE = "choose"
    """Choose a way to go on, at the price shown."""
    RATE = "rate"
    ADOPT = "adopt"
    """Take over or decline a colleague's request."""


class ActionLink(LeanRow):
    """A link bound to one person, one matter, its amount and its text. The token itself is nowhere kept: only its hash."""

    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64)
    contact = related_row(Contact)
    ticket = related_row(Ticket)
    subject_id = models.UUIDField(null=True)
    """The estimate, verdict or choice it is about."""
    way = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField(null=True)
    """Minor units."""
    currency = models.CharField(max_length=3, blank=True)
    text = models.TextField(blank=True)
    """What was shown in the letter; agreed to as it stands."""
    text_hash = models.CharField(max_length=64, blank=True)
    stands_hash = models.CharField(max_length=64, blank=True)
    """SHA-256 of what stood when the link was made, in our own words: where that is otherwise now, the link is void."""
    language = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    deed = models.CharField(max_length=10, blank=True)
    """What it was used for."""
    void_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="mail_link_token")]
        indexes = [models.Index(fields=["vendor", "ticket", "purpose"], name="mail_link_of_ticket")]
