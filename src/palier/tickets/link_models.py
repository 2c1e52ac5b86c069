"""How requests hang together: links, the known defect a request hangs on, and one answer given to many of them."""

from __future__ import annotations

from django.db import models

from palier.people.models import Contact, Organisation, Staff, User
from palier.people.rows import LeanRow, related_row
from palier.software.models import Defect


class Relation(models.TextChoices):
    """What the first request is to the other one."""

    DUPLICATE_OF = "duplicate-of"
    CAUSED_BY = "caused-by"
    SAME_DEFECT = "same-defect"
    RELATED = "related"
    MERGED_INTO = "merged-into"
    SPLIT_FROM = "split-from"


class Link(LeanRow):
    """That two requests belong together, and how."""

    ticket = related_row("tickets.Ticket", name="links")
    other = related_row("tickets.Ticket", name="links_here")
    relation = models.CharField(max_length=16, choices=Relation.choices)
    user = related_row(User, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "ticket", "other", "relation"], name="tickets_link_once"
            ),
            models.UniqueConstraint(
                fields=["vendor", "ticket"],
                condition=models.Q(relation="merged-into"),
                name="tickets_merged_once",
            ),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="tickets_link_two"),
        ]
        indexes = [models.Index(fields=["vendor", "other"], name="tickets_links_here")]


class DefectLink(LeanRow):
    """That a request hangs on a known defect: one defect at most, a request being of one deviation."""

    ticket = related_row("tickets.Ticket", name="defect_links")
    defect = related_row(Defect, name="links")
    user = related_row(User, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "ticket"], name="tickets_defect_once")]
        indexes = [models.Index(fields=["vendor", "defect", "ticket"], name="tickets_of_defect")]


class Round(LeanRow):
    """One message for many: that a fix shipped, or one answer to linked requests. Each is told by itself, once.

    `texts` by language, as they were edited before sending.
    """

    SHIPPED, ANSWER = "shipped", "answer"

    kind = models.CharField(max_length=10)
    defect = related_row(Defect, null=True, name="rounds")
    ticket = related_row("tickets.Ticket", null=True, name="rounds")
    """The request on whose page it was written."""
    staff = related_row(Staff, null=True)
    texts = models.JSONField(default=dict)
    then = models.CharField(max_length=16, default="keep")
    """What becomes of each request after an answer (answering.Then)."""
    fixed_in = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["vendor", "id"],
                condition=models.Q(finished_at__isnull=True),
                name="tickets_rounds_to_do",
            ),
            models.Index(fields=["vendor", "defect", "started_at"], name="tickets_rounds_of_defect"),
        ]


class RoundLine(LeanRow):
    """Whom a round tells: a request, by a public message; or a contact, by a notice."""

    WAITING, TOLD, NOTICED, REFUSED = "waiting", "told", "noticed", "refused"

    round = related_row(Round, name="lines")
    ticket = related_row("tickets.Ticket", null=True)
    contact = related_row(Contact, null=True)
    organisation = related_row(Organisation)
    state = models.CharField(max_length=8, default=WAITING)
    said = models.JSONField(default=dict)
    """Why it was refused: {"en": …, "fr": …}."""
    message = related_row("tickets.Message", null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "round", "ticket"],
                condition=models.Q(ticket__isnull=False),
                name="tickets_told_once",
            ),
            models.UniqueConstraint(
                fields=["vendor", "round", "contact"],
                condition=models.Q(ticket__isnull=True),
                name="tickets_contact_told_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False) | models.Q(contact__isnull=False),
                name="tickets_tells_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "round", "id"], condition=models.Q(state="waiting"), name="tickets_to_tell"
            )
        ]
