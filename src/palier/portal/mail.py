"""Messages that bear a contact's address and wait for the contact's own word: did you send this?

A message that nobody proved is shown to whom it names as its writer, signed in, and to nobody else of the customer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from palier.mail import holding, opened
from palier.mail.models import Incoming
from palier.mail.reader import Unreadable
from palier.mail.reasons import Reason
from palier.pages import markdown, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.tickets import queries
from palier.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A message in the list."""

    url: str
    subject: str
    when: str
    iso: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """A message as its supposed writer sees it. `asks`: whether it is the contact's; else the form is where it goes."""

    subject: str
    when: str
    body: SafeString
    files: tuple[str, ...]
    unreadable: str
    asks: bool
    act: str


@viewing.for_customers
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """All of them; without any, that there is nothing."""
    return render(
        request, "portal/mail.html", {"mails": _lines(viewer, speeches.of(request), None), "mail": None}
    )


@viewing.for_customers
@require_safe
def page(request: HttpRequest, viewer: Viewer, incoming: UUID) -> HttpResponse:
    """One of them, with what the contact can say."""
    return _shown(request, viewer, _row(viewer, incoming))


def _row(viewer: Viewer, incoming: UUID) -> Incoming:
    try:
        return holding.of_contact_one(viewer, incoming)
    except Incoming.DoesNotExist as error:
        raise Http404 from error


def _shown(
    request: HttpRequest, viewer: Viewer, row: Incoming, refusal: str = "", status: int = 200
) -> HttpResponse:
    speech = speeches.of(request)
    context = {
        "mail": _view(row, speech),
        "mails": _lines(viewer, speech, row.id),
        "refusal": refusal,
    }
    return render(request, "portal/mail.html", context, status=status)


def _lines(viewer: Viewer, speech: Speech, current: UUID | None) -> list[MailLine]:
    now = timezone.now()
    return [
        MailLine(
            url=reverse("portal:mail", args=[row.id]),
            subject=row.subject or _("(no subject)"),
            when=speech.moments.near(row.reached_at, now),
            iso=row.reached_at.isoformat(),
            current=row.id == current,
        )
        for row in holding.of_contact(viewer)
    ]


def _view(row: Incoming, speech: Speech) -> MailView:
    body, unreadable = SafeString(""), ""
    files: tuple[str, ...] = ()
    try:
        mail = opened.again(row)
        body = markdown.html(mail.body)
        files = tuple(part.name for part in mail.reading.parts)
    except Unreadable as problem:
        unreadable = problem.fr if speech.language == "fr" else problem.en
    return MailView(
        subject=row.subject or _("(no subject)"),
        when=speech.moments.day_time(row.reached_at),
        body=body,
        files=files,
        unreadable=unreadable,
        asks=row.reason == Reason.UNCONFIRMED,
        act=reverse("portal:mail-act", args=[row.id]),
    )


@viewing.shown_by(page)
@viewing.for_customers
@require_POST
def act(request: HttpRequest, viewer: Viewer, incoming: UUID) -> HttpResponse:
    """It is mine, it is not, or: into the form."""
    row = _row(viewer, incoming)
    does = _DEEDS.get((row.reason, request.POST.get("do", "")))
    if does is None:
        raise Http404
    try:
        given = None if does is _deny else holding.ready(row, viewer, timezone.now())
        with transaction.atomic():
            return does(request, viewer, row, given)
    except saying.REFUSALS as problem:
        return _shown(request, viewer, row, saying.refusal(problem, speeches.of(request)), 422)
    except Unreadable as problem:
        said = problem.fr if speeches.of(request).language == "fr" else problem.en
        return _shown(request, viewer, row, said, 422)


def _confirm(
    request: HttpRequest, viewer: Viewer, row: Incoming, given: holding.Ready | None
) -> HttpResponse:
    del row
    assert given is not None
    ticket: Ticket = holding.confirm(by=viewer, given=given, now=timezone.now())
    number = queries.number_of(ticket.revision_id, ticket.number)
    messages.success(request, _("Thank you: it stands in %(number)s now.") % {"number": number})
    return HttpResponseRedirect(reverse("portal:request", args=[number]))


def _deny(request: HttpRequest, viewer: Viewer, row: Incoming, given: holding.Ready | None) -> HttpResponse:
    del given
    holding.deny(by=viewer, incoming_id=row.id, now=timezone.now())
    messages.success(request, _("Thank you: nobody will act on it."))
    return HttpResponseRedirect(reverse("portal:mails"))


def _to_form(
    request: HttpRequest, viewer: Viewer, row: Incoming, given: holding.Ready | None
) -> HttpResponse:
    del request, row
    assert given is not None
    holding.to_form(by=viewer, given=given, now=timezone.now())
    return HttpResponseRedirect(reverse("portal:new-request") + "?draft=continue")


_Does = Callable[[HttpRequest, Viewer, Incoming, holding.Ready | None], HttpResponse]
_DEEDS: dict[tuple[str, str], _Does] = {
    (Reason.UNCONFIRMED.value, "mine"): _confirm,
    (Reason.UNCONFIRMED.value, "not-mine"): _deny,
    (Reason.CHANNEL_OFF.value, "form"): _to_form,
    (Reason.CHANNEL_OFF.value, "not-mine"): _deny,
}
