"""Letters on the desk: what was given up and why, what waits, what went; addresses from which letters come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from palier.mail import bounces, resending
from palier.mail.letter_models import LetterState
from palier.mail.models import Letter, LetterTry
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.tickets import queries

MOST = 100
LATELY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A letter of a list. `said` is what the server answered last, or why it was not tried."""

    id: str
    url: str
    subject: str
    to: str
    when: str
    said: str
    state: str
    ticket: str
    ticket_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One try to send it."""

    when: str
    words: str
    answer: str


@viewing.for_staff
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Given up first: that is where somebody is to do something."""
    return _shown(request, viewer)


def _shown(request: HttpRequest, viewer: Viewer, refusal: str = "") -> HttpResponse:
    speech, now = speeches.of(request), timezone.now()
    try:
        page: dict[str, Any] = {
            "dead": _rows(viewer, [LetterState.DEAD], MOST, speech, now),
            "waiting": _rows(viewer, [LetterState.WAITING], MOST, speech, now),
            "sent": _rows(viewer, [LetterState.SENT, LetterState.DROPPED], LATELY, speech, now),
            "addresses": [
                {
                    "id": str(one.id),
                    "address": one.address,
                    "hard": one.hard,
                    "came": ngettext(
                        "%(n)d letter came back, the last one %(when)s",
                        "%(n)d letters came back, the last one %(when)s",
                        one.count,
                    )
                    % {"n": one.count, "when": speech.moments.near(one.last_at, now)},
                    "answer": one.answer,
                }
                for one in bounces.marked(viewer)
            ],
            "refusal": refusal,
        }
    except Refused:
        # Who works on no tickets has no letters to look after.
        raise Http404 from None
    return render(request, "desk/letters.html", page, status=422 if refusal else 200)


def _rows(viewer: Viewer, states: list[str], most: int, speech: Speech, now: datetime) -> list[Row]:
    return [_row(one, speech, now) for one in resending.listed(viewer, states, most)]


def _row(letter: Letter, speech: Speech, now: datetime) -> Row:
    number = ""
    if letter.ticket is not None:
        number = queries.number_of(letter.ticket.revision_id, letter.ticket.number)
    when = letter.sent_at or (letter.due_at if letter.state == LetterState.WAITING else letter.created_at)
    return Row(
        id=str(letter.id),
        url=reverse("desk:letter", args=[letter.id]),
        subject=letter.subject,
        to=f"{letter.to_name} <{letter.to_address}>" if letter.to_name else letter.to_address,
        when=speech.moments.near(when, now),
        said=_said(letter),
        state=_state(letter),
        ticket=number,
        ticket_url=reverse("desk:ticket", args=[number]) if number else "",
    )


def _state(letter: Letter) -> str:
    words = {
        LetterState.WAITING: _("waits"),
        LetterState.SENT: pgettext("a letter", "sent"),
        LetterState.DEAD: _("given up"),
        LetterState.DROPPED: pgettext("a letter", "not sent"),
    }
    return words[LetterState(letter.state)]


def _said(letter: Letter) -> str:
    ours = {
        "stopped": _("Nothing is sent to this address: letters came back."),
        "removed": _("Its reader was removed before it went."),
        "too-many": _(
            "Written, not sent: its reader writes by mail and had too many letters within an hour."
        ),
    }
    return ours.get(letter.failure, letter.failure)


@viewing.for_staff
@require_safe
def letter(request: HttpRequest, viewer: Viewer, letter_id: UUID) -> HttpResponse:
    """One letter: what it says and every try to send it. What its links let its reader do is not in it."""
    try:
        found = resending.seen(viewer).select_related("ticket").filter(id=letter_id).first()
    except Refused:
        found = None
    if found is None:
        raise Http404
    speech, now = speeches.of(request), timezone.now()
    outcomes = {"sent": _("taken"), "later": _("not now"), "refused": _("refused")}
    tries = LetterTry.objects.filter(vendor_id=viewer.vendor_id, letter=found).order_by("at", "id")
    page = {
        "row": _row(found, speech, now),
        "text": found.text,
        "language": found.language,
        "can_resend": found.state == LetterState.DEAD,
        "tries": [
            Tried(
                when=speech.moments.near(one.at, now),
                words=outcomes[one.outcome],
                answer=" ".join(filter(None, (str(one.code or ""), one.answer))),
            )
            for one in tries
        ],
    }
    return render(request, "desk/letter.html", page)


@viewing.shown_by(listed, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, deed: str) -> HttpResponse:
    """Send a letter again (`again`), or let letters go to an address again (`clear`)."""
    try:
        id_ = UUID(request.POST.get("id", ""))
    except ValueError:
        raise Http404 from None
    try:
        with transaction.atomic():
            if deed == "again":
                resending.again(by=viewer, letter_id=id_, now=timezone.now())
                messages.success(request, _("The letter goes out again in a few seconds."))
            elif deed == "clear":
                row = bounces.clear(by=viewer, undeliverable_id=id_, now=timezone.now())
                messages.success(request, _("Letters go to %(address)s again.") % {"address": row.address})
            else:
                raise Http404
    except saying.REFUSALS as problem:
        return _shown(request, viewer, saying.refusal(problem, speeches.of(request)))
    return HttpResponseRedirect(reverse("desk:letters"))
