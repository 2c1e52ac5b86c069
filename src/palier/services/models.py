"""Rows of services: rosters and who takes turns in them, and who was paged for which request."""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models

from palier.people.models import Staff
from palier.people.rows import LeanRow, TenantRow, related_row
from palier.tickets.models import Ticket


class Roster(TenantRow):
    """Who can be paged for some of a vendor's requests. Empty levels, plans or teams: whatever they are."""

    name = models.CharField(max_length=100)
    zone = models.CharField(max_length=64)
    levels = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    plans = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    """Ids of the programme's plans."""
    teams = ArrayField(models.UUIDField(), default=list, blank=True)
    ack_within = models.SmallIntegerField(default=10)
    """Minutes in which whoever is paged acknowledges; then the next in line is paged."""
    rounds = models.SmallIntegerField(default=3)
    """How often the whole line is paged before it is given up."""
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "name"],
                condition=models.Q(removed_at=None),
                name="services_roster_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Hours(models.TextChoices):
    """When a layer counts."""

    ALL = "all"
    NIGHTS = "nights-weekends"
    """Outside its day, and on Saturday and Sunday."""
    WEEKENDS = "weekends"
    WEEKNIGHTS = "weeknights"
    """Outside its day, Monday to Friday."""
    DAYS = "days"
    """In its day, Monday to Friday."""


class Layer(TenantRow):
    """People who take turns; the first layer that covers an instant counts."""

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, db_constraint=False, related_name="layers")
    position = models.SmallIntegerField()
    name = models.CharField(max_length=100)
    starts_on = models.DateField()
    handover = models.TimeField(default=time(9))
    """In the roster's zone, as all its times."""
    days = models.SmallIntegerField(default=7)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    """Where given, handovers are on these (0: Monday) and `days` does not count."""
    hours = models.CharField(max_length=16, choices=Hours.choices, default=Hours.ALL)
    day_from = models.TimeField(default=time(9))
    day_until = models.TimeField(default=time(18))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "roster", "position"],
                name="services_layer_position",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.name


class Turn(TenantRow):
    """A person's place in a layer."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, db_constraint=False, related_name="turns")
    position = models.SmallIntegerField()
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, db_constraint=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "layer", "position"], name="services_turn_position")
        ]


class Swap(LeanRow):
    """That a person is on call from an instant to another, whatever the layers say. The last one made counts."""

    roster = related_row(Roster, name="swaps", on_delete=models.CASCADE)
    staff = related_row(Staff)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = related_row(Staff, null=True)
    """None: the machine."""
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = related_row(Staff, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="services_swap_has_length"
            )
        ]
        indexes = [
            models.Index(
                fields=["vendor", "roster", "ends_at"],
                condition=models.Q(withdrawn_at=None),
                name="services_swap_standing",
            )
        ]


class State(models.TextChoices):
    """How a call stands."""

    OPEN = "open"
    """Nobody has acknowledged it; at `next_at` the next in line is paged."""
    ACKNOWLEDGED = "acknowledged"
    STOPPED = "stopped"
    """The request no longer needs anybody woken."""
    UNANSWERED = "unanswered"
    """Everybody was paged as often as the roster says."""


class How(models.TextChoices):
    """What ended a call."""

    PRESS = "press"
    ANSWER = "answer"
    ASSIGNMENT = "assignment"
    NOT_NEEDED = "not-needed"
    NOBODY = "nobody"


class Alarm(LeanRow):
    """One call for a request: somebody is paged, then the next in line, until one acknowledges or nobody is needed.

    `at` is the instant at which the rule of the programme fell due, `recorded_at` when the worker came by.
    """

    ticket = related_row(Ticket)
    roster = related_row(Roster, null=True)
    """None: no roster serves the request."""
    rule = models.CharField(max_length=80)
    clause = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    gap = models.BooleanField(default=False)
    """Nobody was on call when it began."""
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    round = models.SmallIntegerField(default=1)
    step = models.SmallIntegerField(default=0)
    """How many times somebody was paged."""
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, choices=How.choices, blank=True)
    ended_by = related_row(Staff, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "ticket", "rule", "at"], name="services_alarm_called_once"
            ),
            models.UniqueConstraint(
                fields=["vendor", "ticket"],
                condition=models.Q(state="open"),
                name="services_alarm_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="open"), name="services_alarm_waiting"),
            models.Index(fields=["vendor", "-recorded_at"], name="services_alarm_newest"),
        ]


class Why(models.TextChoices):
    """Why somebody is paged."""

    ON_CALL = "on-call"
    NEXT = "next"
    """Next in line: whoever was paged before did not acknowledge."""
    MANAGER = "manager"
    """Nobody else is left in the line, or nobody was on call."""


class Page(LeanRow):
    """That one person was paged. `at` is when it fell due, `sent_at` when it was done."""

    alarm = related_row(Alarm, name="pages", on_delete=models.CASCADE)
    step = models.SmallIntegerField()
    round = models.SmallIntegerField()
    staff = related_row(Staff)
    why = models.CharField(max_length=8, choices=Why.choices)
    at = models.DateTimeField()
    sent_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    """When the next in line was paged instead."""

    class Meta:
        constraints = [
            # Two workers page once.
            models.UniqueConstraint(fields=["vendor", "alarm", "step", "staff"], name="services_page_once")
        ]
        indexes = [models.Index(fields=["vendor", "staff", "-sent_at"], name="services_page_of_staff")]


class FeedKey(TenantRow):
    """The secret part of the addresses at which one person's calendars are read. Only its hash is kept."""

    staff = models.OneToOneField(
        Staff, on_delete=models.CASCADE, db_constraint=False, related_name="feed_key"
    )
    token_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    """When a calendar last asked, to the hour."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="services_feed_token")]
