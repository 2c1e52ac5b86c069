"""What keeps a ticket in sight, on its page: tags, watching, putting aside, the next one; and whether there is news of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import queue_next, snooze_words, views
from palier.pages import kept, saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Form, Sent
from palier.people.access import Viewer
from palier.tickets import clockwork, pulse, snoozing, tags, ticket_page, watching
from palier.tickets.models import Ticket
from palier.tickets.sight import Sight
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the partial shows, without what only this ticket's page has: that stands in `holes`, and the partial is kept.

    `aside`: since when and until when it is put aside, in words; empty where it is not.
    """

    opened: str
    tags: tuple[str, ...]
    watchers: tuple[str, ...]
    watching: bool
    aside: str
    can: frozenset[str]
    snooze: Form

    @property
    def at(self) -> str:
        """Stands for where the ticket's addresses begin."""
        return kept.AT

    @property
    def next_url(self) -> str:
        """The next ticket of the list one came from."""
        return f"{reverse('desk:queue-next')}?from={kept.hole('number')}"

    @property
    def back_url(self) -> str:
        """Stands for the list one came from."""
        return kept.hole("back")

    @property
    def seen(self) -> str:
        """Stands for how many entries the conversation has."""
        return kept.hole("seen")


def holes(request: HttpRequest, page: TicketPage) -> dict[str, str]:
    """The words that kept parts of this ticket's page leave open."""
    return {"number": page.number, "back": queue_next.back_url(request), "seen": str(len(page.stream))}


def view(request: HttpRequest, viewer: Viewer, page: TicketPage, found: Sight, opened: str = "") -> Work:
    """What keeps this ticket in sight, for its page: as it was `found`; `opened` names the form that stands open."""
    now, speech = timezone.now(), speeches.of(request)
    here = speech.moments_in(page.desk_zone)
    aside = ""
    if found.aside:
        aside = (
            _("put aside until the customer writes; the clock runs on")
            if found.until is None
            else _("put aside until %(when)s; the clock runs on") % {"when": here.near(found.until, now)}
        )
    return Work(
        opened=opened if opened in ("tags", "snooze") else "",
        tags=found.tags,
        watchers=tuple(name for id_, name in found.watchers if id_ != viewer.staff_id),
        watching=any(id_ == viewer.staff_id for id_, _name in found.watchers),
        aside=aside,
        can=page.can & {"tag", "watch", "snooze"},
        snooze=Form(
            action="snooze",
            title=_("Put aside"),
            button=_("Put aside"),
            url=f"{kept.AT}/work/snooze",
            fields=snooze_words.fields(here, now),
        ),
    )


def _found(viewer: Viewer, number: str) -> TicketPage:
    try:
        page = ticket_page.ticket_page(viewer, number=number, now=timezone.now())
    except Ticket.DoesNotExist:
        raise Http404 from None
    if not viewing.names(number, page.number):
        raise Http404
    return page


@viewing.for_staff
@require_safe
def news(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """How many entries the conversation has: asked again and again by an open page, and answered only when it moved."""
    etag = f'"{pulse.at(viewer.vendor_id)}-{viewer.staff_id}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        visible = Ticket.objects.visible_to(viewer)
        figure = number.rpartition("-")[2]
        if not (figure.isascii() and figure.isdigit() and len(figure) < 10):
            raise Http404
        ticket = visible.filter(number=int(figure)).first()
        if ticket is None:
            raise Http404
        entries = ticket_page.stream(viewer, ticket, clockwork.events_of(ticket), timezone.now())
        response = JsonResponse({"entries": len(entries)})
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@viewing.for_staff
@require_safe
def _shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """The address of a deed, asked for instead of posted to: the ticket's page."""
    del request
    return HttpResponseRedirect(reverse("desk:ticket", args=[_found(viewer, number).number]))


@viewing.shown_by(_shown, dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, number: str, deed: str) -> HttpResponse:
    """Tag, watch or put aside; then the page again."""
    page = _found(viewer, number)
    sent = request.POST
    now = timezone.now()
    try:
        with transaction.atomic():
            done = _do(request, viewer, page, deed, sent, now)
    except saying.REFUSALS as problem:
        messages.error(request, saying.refusal(problem, speeches.of(request)))
        return HttpResponseRedirect(reverse("desk:ticket", args=[page.number]) + f"?open={deed}")
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:ticket", args=[page.number]))


def _do(request: HttpRequest, viewer: Viewer, page: TicketPage, deed: str, sent: Any, now: Any) -> str:
    ticket = page.ticket
    if deed == "tags":
        tags.put(by=viewer, ticket=ticket, names=tags.written(sent.get("tags", "")), now=now)
        return _("Tags kept.")
    if deed == "watch":
        on = sent.get("watching") != "no"
        watching.watch(by=viewer, ticket=ticket, watching=on, now=now)
        return _("You watch it: you are told what happens.") if on else _("You no longer watch it.")
    if deed == "wake":
        snoozing.wake(by=viewer, ticket=ticket, now=now)
        return _("It is back in your lists.")
    if deed != "snooze":
        raise Http404
    speech = speeches.of(request)
    zone, _day = views.desk_hours(viewer, speech, now, request.vendor.zone)  # type: ignore[attr-defined]
    here = speech.moments_in(zone)
    form = Form(action="snooze", title="", button="", url="", fields=snooze_words.fields(here, now))
    until = snooze_words.until(Sent(data=sent, files={}, form=form, zone=zone), here, now)
    snoozing.snooze(by=viewer, ticket=ticket, until=until, now=now)
    return _("Put aside. Its clock runs on.")
