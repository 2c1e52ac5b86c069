"""Received mail on the desk: what waits for a person, one message with its original, and what is done about it.

A person sees of it what it may see of customers and requests (`mail.holding.seen`). Rules: docs/reference/mail-in.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import nh3
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from palier.desk import mail_faults, mail_forms, mail_words
from palier.mail import holding, opened, tokens
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Original
from palier.mail.reader import Unreadable
from palier.pages import markdown, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, filled
from palier.pages.speech import Speech
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.actions import record_look
from palier.tickets import queries
from palier.tickets.models import Ticket

_TAGS = {
    "p", "br", "strong", "b", "em", "i", "u", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "table", "thead",
    "tbody", "tr", "th", "td", "hr", "div", "span", "h1", "h2", "h3", "h4",
}  # fmt: skip
"""Of an original only what is text: no picture of it is fetched from anywhere, no style hides anything."""

ORIGINAL = "mail-original"
"""What was looked at, as it is recorded."""
MOST_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A list, how many wait in it, and whether it is this one."""

    name: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message of a list."""

    url: str
    sender: str
    subject: str
    why: str
    proof: str
    when: str
    iso: str
    ticket: str
    ticket_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message on its page. `original` is its HTML as text without pictures; empty where it has none."""

    row: Row
    address: str
    to: str
    customer: str
    sent: str
    body: SafeString
    folded: str
    original: SafeString
    files: tuple[str, ...]
    left_out: tuple[str, ...]
    faults: tuple[str, ...]
    unreadable: str
    same_id: bool
    download: str
    """Empty for who may not have it."""
    looks: tuple[tuple[str, str], ...]
    """Who had it, and when, the latest first; for who may have it."""


@viewing.for_staff
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One of the lists: first what somebody is to decide."""
    _require(viewer)
    view, speech, now = request.GET.get("view", "held"), speeches.of(request), timezone.now()
    if view not in holding.VIEWS:
        raise Http404
    start = _start(request.GET.get("start", ""))
    rows = holding.listed(viewer, view, start=start)
    address = reverse("desk:mail")
    context = {
        "tabs": _tabs(viewer, view),
        "rows": [_row(row, speech, now) for row in rows[: holding.PAGE]],
        "view": view,
        "older": f"{address}?view={view}&start={start + holding.PAGE}" if len(rows) > holding.PAGE else "",
        "newer": f"{address}?view={view}&start={max(0, start - holding.PAGE)}" if start else "",
    }
    return render(request, "desk/mail.html", context)


def _require(viewer: Viewer) -> None:
    if not viewer.has_role(access.WORKS_ON_TICKETS):
        raise Http404


def _start(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _tabs(viewer: Viewer, view: str) -> list[Tab]:
    counted = holding.counts(viewer)
    waiting = {"held": counted.held, "unknown": counted.unknown, "parked": counted.parked}
    return [
        Tab(
            name=name,
            url=f"{reverse('desk:mail')}?view={id_}",
            count=waiting.get(id_, 0),
            current=id_ == view,
        )
        for id_, name in mail_words.view_names().items()
    ]


def _row(row: Incoming, speech: Speech, now: datetime) -> Row:
    number = "" if row.ticket is None else queries.number_of(row.ticket.revision_id, row.ticket.number)
    return Row(
        url=reverse("desk:mail-message", args=[row.id]),
        sender=row.from_name or row.from_address or row.envelope_from or _("nobody named"),
        subject=row.subject or _("(no subject)"),
        why=mail_words.why(row, speech),
        proof=mail_words.proof(row),
        when=speech.moments.near(row.reached_at, now),
        iso=row.reached_at.isoformat(),
        ticket=number,
        ticket_url=reverse("desk:ticket", args=[number]) if number else "",
    )


# --- one message --------------------------------------------------------------------------------------


def _found(viewer: Viewer, incoming: UUID) -> Incoming:
    _require(viewer)
    try:
        return holding.one(viewer, incoming, timezone.now())
    except Incoming.DoesNotExist as error:
        raise Http404 from error


@viewing.for_staff
@require_safe
def page(request: HttpRequest, viewer: Viewer, incoming: UUID) -> HttpResponse:
    """A message: what it says, why it waits, and what can be done about it."""
    return _page(request, viewer, _found(viewer, incoming))


def _page(
    request: HttpRequest,
    viewer: Viewer,
    row: Incoming,
    *,
    tried: str = "",
    refusal: str = "",
) -> HttpResponse:
    speech = speeches.of(request)
    forms: list[Form] = mail_forms.forms(row, speech, timezone.now())
    if tried:
        forms = [filled(one, request.POST, refusal) if one.action == tried else one for one in forms]
    shown_above = refusal if not any(one.action == tried for one in forms) else ""
    context: dict[str, Any] = {
        "mail": _shown(row, speech, viewer),
        "forms": [(mail_forms.KEYS[one.action], one) for one in forms],
        "retry": reverse("desk:mail-act", args=[row.id, "retry"]) if row.state == State.PARKED else "",
        "refusal": shown_above,
    }
    return render(request, "desk/mail_message.html", context, status=422 if refusal else 200)


def _shown(row: Incoming, speech: Speech, viewer: Viewer) -> Shown:
    now, runs = timezone.now(), viewer.has_role(access.RUNS_THE_DESK)
    body, original, unreadable, folded = SafeString(""), SafeString(""), "", ""
    has_bytes = True
    files: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    sent = ""
    try:
        mail = holding.read_again(row)
    except Unreadable as problem:
        unreadable = problem.fr if speech.language == "fr" else problem.en
        has_bytes = problem.code != holding.FORGOTTEN
    else:
        body, folded = markdown.html(mail.body), mail.folded
        original = text_of(tokens.masked(mail.reading.html))
        files = tuple(part.name for part in mail.reading.parts)
        faults = mail_faults.words(mail.reading.faults)
        sent = speech.moments.day_time(mail.sent_at) if mail.sent_at is not None else ""
    return Shown(
        row=_row(row, speech, now),
        address=row.from_address,
        to=", ".join(row.recipients),
        customer="" if row.contact is None else f"{row.contact.name}, {row.contact.organisation.name}",
        sent=sent,
        body=body,
        folded=folded,
        original=original,
        files=files,
        left_out=tuple(map(str, row.detail.get("left_out", ()))),
        faults=faults,
        unreadable=unreadable,
        same_id=row.same_id,
        download=reverse("desk:mail-original", args=[row.id]) if runs and has_bytes else "",
        looks=_looks(viewer, row.id, speech) if runs else (),
    )


def _looks(viewer: Viewer, incoming_id: UUID, speech: Speech) -> tuple[tuple[str, str], ...]:
    rows = list(people.looks(viewer, incoming_id)[:MOST_LOOKS])
    names = people.staff_names(viewer)
    return tuple((names.get(row.staff_id, ""), speech.moments.day_time(row.at)) for row in rows)


def text_of(html: str) -> SafeString:
    """A message's HTML as text with its paragraphs, tables and links: nothing is fetched, nothing is hidden."""
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow ugc",
    )
    return mark_safe(clean)  # noqa: S308 (cleaned by nh3)


@viewing.for_staff
@require_safe
def original(request: HttpRequest, viewer: Viewer, incoming: UUID) -> HttpResponse:
    """The bytes as they came, to be kept as a file: no browser shows them.

    They may hold links that act in a customer's name, as the customer quoted them: only who runs the desk has them, and
    that it had them is kept.
    """
    del request
    row = _found(viewer, incoming)
    if not viewer.has_role(access.RUNS_THE_DESK):
        raise Http404
    try:
        content = opened.content(viewer.vendor_id, row.id)
    except Original.DoesNotExist as error:
        raise Http404 from error
    record_look(viewer=viewer, subject_kind=ORIGINAL, subject_id=row.id, now=timezone.now())
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{row.id}.eml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


# --- what is done about it ----------------------------------------------------------------------------


@viewing.shown_by(page, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, incoming: UUID, deed: str) -> HttpResponse:
    """Let it in, put it on a request as a note, throw it away, try again."""
    row = _found(viewer, incoming)
    does = _DEEDS.get(deed)
    if does is None:
        raise Http404
    try:
        return does(request, viewer, row)
    except saying.REFUSALS as problem:
        said = saying.refusal(problem, speeches.of(request))
        return _page(request, viewer, row, tried=deed, refusal=said)
    except Unreadable as problem:
        said = problem.fr if speeches.of(request).language == "fr" else problem.en
        return _page(request, viewer, row, tried=deed, refusal=said)


def _let_in(request: HttpRequest, viewer: Viewer, row: Incoming) -> HttpResponse:
    now = timezone.now()
    asked = mail_forms.let_in_of(viewer, request.POST)
    given = holding.ready(row, viewer, now)
    with transaction.atomic():
        contact = asked.contact or mail_forms.new_contact(viewer, asked, now)
        ticket = holding.let_in(
            by=viewer, given=given, contact=contact, ticket=asked.ticket, kind=asked.kind, now=now
        )
    return _to_ticket(request, ticket, _("Let in: it stands in %(number)s."))


def _note(request: HttpRequest, viewer: Viewer, row: Incoming) -> HttpResponse:
    now = timezone.now()
    ticket = mail_forms.ticket_of(viewer, request.POST.get("ticket", ""), required=True)
    assert ticket is not None
    given = holding.ready(row, viewer, now)
    with transaction.atomic():
        written = holding.add_as_note(by=viewer, given=given, ticket=ticket, now=now)
    return _to_ticket(request, written, _("It is a note on %(number)s."))


def _discard(request: HttpRequest, viewer: Viewer, row: Incoming) -> HttpResponse:
    with transaction.atomic():
        holding.discard(
            by=viewer, incoming_id=row.id, reason=request.POST.get("reason", ""), now=timezone.now()
        )
    messages.success(request, _("Thrown away; its bytes stay for a while."))
    return HttpResponseRedirect(reverse("desk:mail"))


def _retry(request: HttpRequest, viewer: Viewer, row: Incoming) -> HttpResponse:
    with transaction.atomic():
        holding.retry(by=viewer, incoming_id=row.id, now=timezone.now())
    messages.success(request, _("It is tried again within seconds."))
    return HttpResponseRedirect(reverse("desk:mail") + "?view=parked")


def _to_ticket(request: HttpRequest, ticket: Ticket, words: str) -> HttpResponse:
    number = queries.number_of(ticket.revision_id, ticket.number)
    messages.success(request, words % {"number": number})
    return HttpResponseRedirect(reverse("desk:ticket", args=[number]))


_DEEDS: dict[str, Callable[[HttpRequest, Viewer, Incoming], HttpResponse]] = {
    "let-in": _let_in,
    "note": _note,
    "discard": _discard,
    "retry": _retry,
}
