"""Letters as people of the vendor see them: what waits, what went, what was given up; and sending again by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from palier.mail import bounces
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter
from palier.people import access
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo


def seen(by: access.Viewer) -> QuerySet[Letter]:
    """The letters a person of the vendor may read: about the requests it sees; about none only who runs the desk, and one's own.

    Raises Refused for who does not work here.
    """
    staff_id = by.as_staff()
    access.require_role(by, access.WORKS_ON_TICKETS)
    mine = Q(staff_id=staff_id)
    # To a colleague: what it says is for that person's eyes, as that person's notices are.
    of_tickets = Q(staff=None, ticket_id__in=Ticket.objects.visible_to(by).values("id"))
    found = Letter.objects.filter(vendor_id=by.vendor_id)
    if by.has_role(access.RUNS_THE_DESK):
        return found.filter(mine | of_tickets | Q(ticket=None, staff=None))
    return found.filter(mine | of_tickets)


def listed(by: access.Viewer, states: Sequence[str], most: int) -> list[Letter]:
    """The latest of them in these states."""
    rows = seen(by).filter(state__in=list(states)).select_related("ticket", "contact", "staff")
    return list(rows.order_by("-created_at", "-id")[:most])


def again(*, by: access.Viewer, letter_id: UUID, now: datetime) -> Letter:
    """Send a letter again that was given up: the same words under the same Message-ID, with two days of tries anew.

    Raises CannotDo where it was not given up, or where nothing goes to its address.
    """
    letter = seen(by).select_for_update(of=("self",)).filter(id=letter_id).first()
    if letter is None or letter.state != LetterState.DEAD:
        raise CannotDo(
            code="not-given-up",
            en="Only a letter that was given up is sent again: this one waits, went, or is not yours to see.",
            fr="Seul un courriel abandonné est renvoyé : celui-ci attend, est parti, ou ne vous est pas visible.",
        )
    if bounces.stopped(by.vendor_id, letter.to_address) is not None:
        raise CannotDo(
            code="address-stopped",
            en="Letters to this address come back: clear the address first, or have it corrected.",
            fr="Les courriels à cette adresse reviennent : rétablissez d’abord l’adresse, ou faites-la corriger.",
        )
    letter.state, letter.due_at, letter.attempts, letter.failure = LetterState.WAITING, now, 0, ""
    letter.save(update_fields=["state", "due_at", "attempts", "failure"])
    return letter
