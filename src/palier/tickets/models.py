"""Tickets, messages, append-only events and verdicts; stored commitments are an index that can be rebuilt."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self
from uuid import UUID

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from palier.contracts.models import Contract, ProgrammeRevision, Project, Solution
from palier.people import access
from palier.people.models import Contact, Organisation, Site, Staff, Team, User
from palier.people.rows import TenantRow
from palier.tickets.feedback_models import Contested as Contested
from palier.tickets.feedback_models import Follow as Follow
from palier.tickets.feedback_models import Objection as Objection
from palier.tickets.feedback_models import Rating as Rating
from palier.tickets.file_models import Attachment as Attachment
from palier.tickets.link_models import DefectLink as DefectLink
from palier.tickets.link_models import Link as Link
from palier.tickets.link_models import Relation as Relation
from palier.tickets.link_models import Round as Round
from palier.tickets.link_models import RoundLine as RoundLine
from palier.tickets.money_models import Choice as Choice
from palier.tickets.money_models import ChoiceStep as ChoiceStep
from palier.tickets.money_models import Claim as Claim
from palier.tickets.money_models import Consent as Consent
from palier.tickets.money_models import Estimate as Estimate
from palier.tickets.money_models import FundingState as FundingState
from palier.tickets.money_models import HandOver as HandOver
from palier.tickets.money_models import SaidOnce as SaidOnce
from palier.tickets.money_models import Spending as Spending
from palier.tickets.money_models import TimeEntry as TimeEntry
from palier.tickets.money_models import TimeNote as TimeNote
from palier.tickets.search_models import InternalWords as InternalWords
from palier.tickets.search_models import PublicWords as PublicWords
from palier.tickets.work_models import Snooze as Snooze
from palier.tickets.work_models import Tag as Tag
from palier.tickets.work_models import Tagging as Tagging
from palier.tickets.work_models import Watch as Watch


class Row(TenantRow):
    """A row of this app. Its foreign keys have no index of their own: whatever is asked begins with the vendor, and what is
    asked often has an index that says so. Any other would be paid for by every request opened and be read by nobody.
    """

    vendor = models.ForeignKey("people.Vendor", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        abstract = True


class Numbering(Row):
    """The next ticket number of a vendor; its row lock is what makes numbers gapless."""

    next = models.PositiveIntegerField(default=1001)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor"], name="tickets_numbering_once")]


class Status(models.TextChoices):
    """Where a ticket stands (derived from its events, stored as an index)."""

    HELD = "held"
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    NOT_COVERED = "not-covered"
    RESOLVED = "resolved"
    CLOSED = "closed"


ORDER = ("order_calm", "order_severity", "order_priority", "order_due", "order_number")
"""The queue's order (docs/reference/clock.md, "The order of the queue")."""
ASKED = ("restricted", "organisation", "team")
"""What decides whether a person of the vendor sees a ticket."""
OPEN_STATUSES = (Status.HELD, Status.NEW, Status.OPEN, Status.WAITING, Status.NOT_COVERED)


def _first_of(one: str, other: str) -> models.Case:
    """The one instant, else the other. Not COALESCE, which the database does not trust to leak nothing: behind row-level
    security no index of it is ever used.
    """
    return models.Case(models.When(**{f"{one}__isnull": False}, then=models.F(one)), default=models.F(other))


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets, narrowed to who looks."""

    def visible_to(self, viewer: access.Viewer, named_for: Collection[UUID] | None = None) -> Self:
        """The tickets a viewer may see: its own customer's, or those of its teams and customers at the vendor.

        `named_for` are the restricted tickets it is named for, where the caller has read them (the queue does, since the
        question costs more than the answer, which is nearly always: none).
        """
        if viewer.is_customer:
            return self._of_customer(viewer)
        found = self.filter(access.of_organisation(viewer))
        if viewer.is_machine:
            return found
        found = found.filter(self._unless_restricted(viewer, named_for))
        if viewer.has_role(access.SEES_EVERY_TEAM):
            return found
        if viewer.has_role(access.SEES_OWN_TEAMS):
            return found.filter(
                models.Q(team=None)
                | models.Q(team_id__in=viewer.teams)
                | models.Q(assignee_id=viewer.staff_id)
            )
        return found.none()

    def _unless_restricted(self, viewer: access.Viewer, named_for: Collection[UUID] | None) -> models.Q:
        unrestricted = models.Q(restricted=False)
        if named_for is None:
            named = TicketClearance.objects.filter(
                vendor_id=viewer.vendor_id, staff=viewer.staff_id, ticket_id=models.OuterRef("id")
            )
            return unrestricted | models.Q(models.Exists(named))
        return unrestricted | models.Q(id__in=named_for) if named_for else unrestricted

    def _of_customer(self, viewer: access.Viewer) -> Self:
        mine = models.Q(author_id=viewer.contact_id) | models.Q(adopted_by_id=viewer.contact_id)
        found = self.filter(access.of_organisation(viewer))
        return found if viewer.sees_colleagues else found.filter(mine)


class Ticket(Row):
    """A request of a customer. Facts are columns; what happened stands in its events; all else is an index over them."""

    number = models.PositiveIntegerField()
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="tickets"
    )
    site = models.ForeignKey(
        Site, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    contract = models.ForeignKey(
        Contract,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="tickets",
    )
    revision = models.ForeignKey(
        ProgrammeRevision, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    author = models.ForeignKey(
        Contact, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="tickets"
    )
    adopted_by = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    solution = models.ForeignKey(
        Solution, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    project = models.ForeignKey(
        Project, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    follows = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="followed_by",
    )
    """The resolved request which this one takes up again, written too late to reopen it."""
    subject = models.CharField(max_length=300)
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=20, default="portal")
    zone = models.CharField(max_length=64)
    holidays = models.CharField(max_length=12, blank=True)
    """The customer's holidays by code (CA-QC), as bound with the zone; empty: none known."""

    plan = models.CharField(max_length=80, default="none")

    kind = models.CharField(max_length=80)
    cause = models.CharField(max_length=80, default="unknown")
    effect = models.CharField(max_length=80, default="none")
    severity = models.CharField(max_length=40)
    product = models.CharField(max_length=80, default="none")
    version = models.CharField(max_length=40, blank=True)
    environment = models.CharField(max_length=80, default="none")
    answers = models.JSONField(default=dict)
    """Further facts of the programme, and the fields asked in words: {"facts": {...}, "fields": {...}}."""

    status = models.CharField(max_length=16, choices=Status.choices)
    hold = models.CharField(max_length=80, blank=True)
    wait = models.CharField(max_length=20, blank=True)
    assignee = models.ForeignKey(
        Staff,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="tickets",
    )
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="tickets"
    )
    restricted = models.BooleanField(default=False)
    rank = models.PositiveIntegerField(null=True)

    outcome = models.CharField(max_length=10)
    clause = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True)

    is_open = models.BooleanField(default=True)
    breached = models.BooleanField(default=False)
    breached_at = models.DateTimeField(null=True)
    critical = models.BooleanField(default=False)
    """Whether a round-the-clock regime runs unrelieved."""
    next_due_at = models.DateTimeField(null=True)
    next_due_commitment = models.CharField(max_length=20, blank=True)
    next_check_at = models.DateTimeField(null=True)
    raised = models.SmallIntegerField(default=0)
    """By how much escalations raised its priority in the queue."""
    order_calm = models.BooleanField(default=True)
    order_severity = models.SmallIntegerField(default=0)
    order_priority = models.SmallIntegerField(default=0)
    order_due = models.DateTimeField()
    order_number = models.PositiveIntegerField(default=0)

    reached_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "number"], name="tickets_ticket_number")]
        # Each view of the queue is read from an index in the queue's very order, and counted from the index alone: what
        # `visible_to` and the views ask besides is carried along (`include`).
        indexes = [
            models.Index(
                fields=["vendor", *ORDER, "id"],
                include=[*ASKED, "assignee", "breached"],
                condition=models.Q(is_open=True),
                name="tickets_queue",
            ),
            models.Index(
                fields=["vendor", "next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="tickets_check",
            ),
            models.Index(fields=["vendor", "organisation", "-number"], name="tickets_by_organisation"),
            models.Index(
                fields=["vendor", "assignee", *ORDER],
                include=ASKED,
                condition=models.Q(is_open=True),
                name="tickets_by_assignee",
            ),
            models.Index(
                fields=["vendor", "status", *ORDER],
                include=[*ASKED, "assignee"],
                condition=models.Q(is_open=True),
                name="tickets_by_status",
            ),
            models.Index(
                fields=["vendor", "next_due_at"],
                include=[*ASKED, "assignee"],
                condition=models.Q(is_open=True, next_due_at__isnull=False),
                name="tickets_by_due",
            ),
            # The other orders of a list: oldest first (newest first reads the key of numbers backwards), last moved first.
            models.Index(
                fields=["vendor", "number"],
                include=[*ASKED, "assignee"],
                condition=models.Q(is_open=True),
                name="tickets_open_by_number",
            ),
            models.Index(fields=["vendor", "updated_at", "number"], name="tickets_by_update"),
            # What came and went in a time: rows lie in the order in which they came, so a few bytes a page of them do.
            BrinIndex(fields=["reached_at"], pages_per_range=32, name="tickets_reached"),
            # What was resolved or closed in a time (reports/slices.py).
            models.Index(
                models.F("vendor"),
                _first_of("resolved_at", "closed_at"),
                condition=models.Q(is_open=False),
                name="tickets_gone",
            ),
            # Which request of its contract's term one is: counted on its page from the index alone.
            models.Index(
                fields=["vendor", "contract", "reached_at", "number"],
                include=["organisation"],
                condition=models.Q(contract__isnull=False),
                name="tickets_of_contract",
            ),
            # Asked by every action: whether the customer ranked anything. Nearly always it did not.
            models.Index(
                fields=["vendor", "organisation"],
                condition=models.Q(is_open=True, rank__isnull=False),
                name="tickets_ranked",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class TicketClearance(Row):
    """That a person of the vendor is named for a restricted ticket."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="clearances"
    )
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, db_constraint=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "staff"], name="tickets_clearance_once")
        ]


class Message(Row):
    """What somebody wrote: public to the customer, or an internal note. Kept in the language written."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="messages"
    )
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    public = models.BooleanField()
    from_vendor = models.BooleanField()
    body = models.TextField()
    folded = models.TextField(default="", blank=True)
    """What a mail repeats below or around its own words (quoted text, signature): shown folded, and nothing is decided by it."""
    language = models.CharField(max_length=8, blank=True)
    channel = models.CharField(max_length=20, default="portal")
    sent_at = models.DateTimeField(null=True)
    """What the writer's own clock says of a mail, shown beside and never trusted; None where there is none."""
    reached_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["vendor", "ticket", "reached_at", "id"], name="tickets_message_stream")
        ]


class Event(Row):
    """Something that happened to a ticket. Append-only; the clock is a fold over these (core/clock.py).

    `kind` is a clock event (core.clock.EventKind) or a record the desk keeps (assigned, breached, warned, …).
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="events"
    )
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(help_text="When it reached us; the clock reads this.")
    recorded_at = models.DateTimeField()
    by = models.CharField(max_length=10, help_text="customer, person or system")
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    message = models.ForeignKey(
        Message,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="events",
    )
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["vendor", "ticket", "at", "recorded_at", "id"], name="tickets_event_stream")
        ]
        constraints = [
            # One breach, warning or withdrawal of one cycle is recorded once, however many workers race for it.
            models.UniqueConstraint(
                models.F("vendor"),
                models.F("ticket"),
                models.F("kind"),
                models.F("data__commitment"),
                models.F("data__at"),
                models.F("data__turn"),
                condition=models.Q(kind__in=["breached", "warned", "breach-withdrawn"]),
                name="tickets_recorded_once",
            ),
            # One step of one escalation on one cycle is taken once.
            models.UniqueConstraint(
                models.F("vendor"),
                models.F("ticket"),
                models.F("data__rule"),
                models.F("data__since"),
                models.F("data__part"),
                condition=models.Q(kind="escalated"),
                name="tickets_escalated_once",
            ),
        ]


class Verdict(Row):
    """A coverage decision with its reasons. Immutable: new facts make a new one that names the one it replaces."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="verdicts"
    )
    number = models.PositiveSmallIntegerField()
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    revision = models.ForeignKey(
        ProgrammeRevision, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    decided_at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    clause = models.CharField(max_length=80)
    level = models.SmallIntegerField(null=True)
    decision = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "ticket", "number"], name="tickets_verdict_number")
        ]


class CommitmentRow(Row):
    """Where one promise of a ticket stands: an index over its events, rebuilt by every action and checked by `verify`."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="commitments"
    )
    commitment = models.CharField(max_length=20)
    cycle = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10)
    clause = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    warning_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "ticket", "commitment", "cycle"], name="tickets_commitment_once"
            )
        ]
        # What was kept and missed in a time (reports/slices.py): only decided promises stand in it.
        indexes = [
            models.Index(
                models.F("vendor"),
                _first_of("breached_at", "met_at"),
                condition=models.Q(state__in=["met", "breached"]),
                name="tickets_commitment_decided",
            )
        ]
