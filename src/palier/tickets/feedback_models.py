"""What customers say of the work: that they disagree, how satisfied they are, and which requests they want to hear of."""

from __future__ import annotations

from django.db import models

from palier.people.models import Contact, Organisation, Staff, User
from palier.people.rows import LeanRow, related_row


class Contested(models.TextChoices):
    """What a customer can contest."""

    SEVERITY = "severity"
    RELIEF = "relief"
    CAUSE = "cause"
    DECISION = "decision"
    INVOICE_LINE = "invoice-line"


class Objection(LeanRow):
    """That a customer contests something: to whom it goes, by when that person answers, and the answer.

    Of an invoice line: the invoice's number and the line's position, and the request it was made for, if any.
    """

    organisation = related_row(Organisation)
    ticket = related_row("tickets.Ticket", null=True, name="objections")
    what = models.CharField(max_length=16, choices=Contested.choices)
    invoice = models.CharField(max_length=40, blank=True)
    line = models.PositiveSmallIntegerField(null=True)
    contact = related_row(Contact)
    words = models.TextField()
    at = models.DateTimeField()
    staff = related_row(Staff, null=True)
    """Who answers; None: nobody of the vendor could be named, and its managers are told."""
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = related_row(User, null=True)
    upheld = models.BooleanField(null=True)
    """Whether the customer was right."""
    answer = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["vendor", "due_at"],
                condition=models.Q(answered_at=None),
                name="tickets_objections_open",
            ),
            models.Index(fields=["vendor", "ticket"], name="tickets_objections"),
            models.Index(fields=["vendor", "invoice"], name="tickets_objections_to_invoice"),
        ]


class Rating(LeanRow):
    """How satisfied a contact is with the work on a request, with a word. The latest of a contact counts; none is changed."""

    ticket = related_row("tickets.Ticket", name="ratings")
    organisation = related_row(Organisation)
    contact = related_row(Contact)
    score = models.PositiveSmallIntegerField()
    """1 (not at all) to 5 (very)."""
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="tickets_rating_score")
        ]
        indexes = [
            models.Index(fields=["vendor", "ticket", "contact", "-at"], name="tickets_ratings"),
            models.Index(fields=["vendor", "at"], name="tickets_ratings_by_time"),
        ]


class Follow(LeanRow):
    """That a contact wants to hear of a colleague's request."""

    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="follows_of",
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "contact"], name="tickets_follow_once")
        ]
