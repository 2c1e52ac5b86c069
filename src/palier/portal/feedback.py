"""What a customer says of a request's work: that it disagrees, how satisfied it is, that it wants to hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from palier.pages import objections
from palier.pages.catalogue import gettext as _
from palier.pages.objections import ObjectionView
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import following, objecting, rating
from palier.tickets.models import Ticket
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """One of the five scores."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """What the page shows of it. `scores` is empty where nothing may be rated yet."""

    contestable: tuple[tuple[str, str], ...]
    objections: tuple[ObjectionView, ...]
    scores: tuple[ScoreView, ...]
    rated: str
    may_follow: bool
    follows: bool


def view(viewer: Viewer, page: TicketPage, speech: Speech) -> FeedbackView:
    """What was contested and answered, what may be contested, the rating, and whether the reader follows."""
    rows = objecting.objections(viewer).filter(ticket=page.ticket).exclude(what="invoice-line")
    shown = objections.views(rows.order_by("at", "id"), speech, zone=page.zone)
    waiting = {one.what for one in shown if one.is_open}
    score = rating.own(viewer, page.ticket.id) if "rate" in page.can else None
    names = score_names()
    return FeedbackView(
        contestable=tuple(one for one in _contestable(page) if one[0] not in waiting)
        if "contest" in page.can
        else (),
        objections=shown,
        scores=tuple(
            ScoreView(value=str(value), name=name, chosen=value == score) for value, name in names.items()
        )
        if "rate" in page.can
        else (),
        rated=names[score] if score is not None else "",
        may_follow="follow" in page.can,
        follows="follow" in page.can and following.follows(viewer, page.ticket),
    )


def score_names() -> dict[int, str]:
    """The scores in words, the best first."""
    return {
        5: _("very satisfied"),
        4: _("satisfied"),
        3: _("so-so"),
        2: _("not really"),
        1: _("not at all"),
    }


def _contestable(page: TicketPage) -> list[tuple[str, str]]:
    found = [("severity", _("The severity")), ("decision", _("The decision: covered or not, and how"))]
    if page.ticket.cause != "unknown":
        found.append(("cause", _("The cause that was found")))
    if any(event.kind == "relieved" for event in page.stream):
        found.append(("relief", _("That the outage is over or worked around")))
    return found


def contest(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    """Contest something of the request."""
    objecting.contest(
        by=viewer, ticket=ticket, what=sent.get("what", ""), words=sent.get("body", ""), now=now
    )
    return ticket


def rate(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    """Say how satisfied one is."""
    typed = sent.get("score", "")
    score = int(typed) if typed in {str(one) for one in rating.SCORES} else 0
    rating.rate(by=viewer, ticket=ticket, score=score, words=sent.get("body", ""), now=now)
    return ticket


def follow(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime) -> Ticket:
    """Follow, or stop."""
    following.follow(by=viewer, ticket=ticket, now=now, following=sent.get("following") == "yes")
    return ticket
