"""How satisfied customers are: a score of one to five with a word, given once the work is done; the latest counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access, prepared
from palier.tickets import locks, messages, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Rating, Ticket
from palier.tickets.problems import CannotDo

SCORES = (1, 2, 3, 4, 5)
SATISFIED = 4
"""From this score on a customer counts as satisfied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """How many rated, and how many of them are satisfied; each contact once a request, by its latest rating."""

    rated: int
    satisfied: int

    @property
    def share(self) -> float | None:
        """Of 1; None where nobody rated."""
        return self.satisfied / self.rated if self.rated else None


def rate(*, by: access.Viewer, ticket: Ticket, score: int, words: str, now: datetime) -> Rating:
    """Say how satisfied one is with the work on a resolved or closed request. Rating again replaces what was said before."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "rate", now)
    if score not in SCORES:
        raise CannotDo(
            code="no-score",
            en="Choose how satisfied you are, from 1 (not at all) to 5 (very).",
            fr="Choisissez votre satisfaction, de 1 (pas du tout) à 5 (très).",
        )
    if words.strip():
        messages.require_words(words)
    row = Rating.objects.create(
        vendor_id=by.vendor_id,
        ticket=locked,
        organisation_id=locked.organisation_id,
        contact_id=by.as_contact(),
        score=score,
        words=words.strip(),
        at=now,
    )
    append(locked, Happening(kind=DeskKind.RATED, data={"score": score}), by=by, at=now, now=now)
    return row


def latest(ticket: Ticket) -> tuple[Rating, ...]:
    """What each contact said of a request last, the newest first."""
    rows = Rating.objects.filter(vendor_id=ticket.vendor_id, ticket_id=ticket.id).select_related("contact")
    found: dict[UUID, Rating] = {}
    for row in rows.order_by("-at", "-id"):
        found.setdefault(row.contact_id, row)
    return tuple(found.values())


def satisfaction(
    viewer: access.Viewer, *, organisations: Iterable[UUID] = (), since: datetime, until: datetime
) -> Satisfaction:
    """Of the ratings of a time, on requests that the viewer may see; of these customers only, where any are named."""
    tickets = Ticket.objects.visible_to(viewer)
    rows = Rating.objects.filter(
        vendor_id=viewer.vendor_id, at__gte=since, at__lt=until, ticket__in=tickets.values("id")
    )
    wanted = list(organisations)
    if wanted:
        rows = rows.filter(organisation_id__in=wanted)
    scores: dict[tuple[UUID, UUID], int] = {}
    for ticket_id, contact_id, score in rows.order_by("at", "id").values_list(
        "ticket_id", "contact_id", "score"
    ):
        scores[ticket_id, contact_id] = score
    return Satisfaction(rated=len(scores), satisfied=sum(score >= SATISFIED for score in scores.values()))


def words_said(viewer: access.Viewer, *, since: datetime, until: datetime, most: int) -> list[Rating]:
    """The latest ratings with words, of requests the viewer may see."""
    tickets = Ticket.objects.visible_to(viewer)
    rows = Rating.objects.filter(
        vendor_id=viewer.vendor_id, at__gte=since, at__lt=until, ticket__in=tickets.values("id")
    ).exclude(words="")
    return list(rows.select_related("ticket", "contact", "organisation").order_by("-at", "-id")[:most])


def own(viewer: access.Viewer, ticket_id: UUID) -> int | None:
    """The score that the looking contact gave; None before it gave any."""
    found = prepared.row(
        "select score from tickets_rating where vendor_id = %s and ticket_id = %s and contact_id = %s"
        " order by at desc, id desc limit 1",
        [viewer.vendor_id, ticket_id, viewer.contact_id],
    )
    return None if found is None else int(found[0])
