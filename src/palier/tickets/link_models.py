"""How requests hang together: links, the known defect a request hangs on, and one answer given to many of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from palier.people.models import Contact, Organisation, Staff, User
from palier.people.rows import TenantRow
from palier.software.models import Defect


def _to(
    target: Any, *, null: bool = False, name: str = "+", on_delete: Any = models.PROTECT
) -> models.ForeignKey[Any, Any]:
    """A relation within one vendor (its constraint is the migration's), read through indexes that begin with the vendor."""
    return models.ForeignKey(
        target, null=null, on_delete=on_delete, db_constraint=False, db_index=False, related_name=name
    )


class LinkRow(TenantRow):
    """A row of this module: like its relations, the vendor has no index of its own."""

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


class Relation(models.TextChoices):
    """What the first request is to the other one."""

    DUPLICATE_OF = "duplicate-of"
    CAUSED_BY = "caused-by"
    SAME_DEFECT = "same-defect"
    RELATED = "related"
    MERGED_INTO = "merged-into"
    SPLIT_FROM = "split-from"


class Link(LinkRow):
    """That two requests belong together, and how."""

    ticket = _to("tickets.Ticket", name="links")
    other = _to("tickets.Ticket", name="links_here")
    relation = models.CharField(max_length=16, choices=Relation.choices)
    user = _to(User, null=True)
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


class DefectLink(LinkRow):
    """That a request hangs on a known defect: one defect at most, a request being of one deviation."""

    ticket = _to("tickets.Ticket", name="defect_links")
    defect = _to(Defect, name="links")
    user = _to(User, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "ticket"], name="tickets_defect_once")]
        indexes = [models.Index(fields=["vendor", "defect", "ticket"], name="tickets_of_defect")]


class Round(LinkRow):
    """One message for many: that a fix shipped, or one answer to linked requests. Each is told by itself, once.

    `texts` by language, as they were edited before sending.
    """

    SHIPPED, ANSWER = "shipped", "answer"

    kind = models.CharField(max_length=10)
    defect = _to(Defect, null=True, name="rounds")
    ticket = _to("tickets.Ticket", null=True, name="rounds")
    """The request on whose page it was written."""
    staff = _to(Staff, null=True)
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


class RoundLine(LinkRow):
    """Whom a round tells: a request, by a public message; or a contact, by a notice."""

    WAITING, TOLD, NOTICED, REFUSED = "waiting", "told", "noticed", "refused"

    round = _to(Round, name="lines")
    ticket = _to("tickets.Ticket", null=True)
    contact = _to(Contact, null=True)
    organisation = _to(Organisation)
    state = models.CharField(max_length=8, default=WAITING)
    said = models.JSONField(default=dict)
    """Why it was refused: {"en": …, "fr": …}."""
    message = _to("tickets.Message", null=True)
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
