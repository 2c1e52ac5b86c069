"""The queue: a view of the tickets, narrowed, ordered and paged; and the part of it that a live page fetches again."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from palier.desk import queue_asked, queue_lines, queue_view, queue_words, views
from palier.desk.queue_asked import NoSuchView, Wanted
from palier.desk.queue_view import Material, QueueView
from palier.pages import speech as speeches
from palier.pages import viewing
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import options
from palier.people.access import Viewer
from palier.tickets import lists, pulse, search
from palier.tickets.lists import Asked
from palier.tickets.orders import Order
from palier.tickets.problems import CannotDo
from palier.workspace import bulk, saved_views
from palier.workspace.models import Bulk, Reach, SavedView

PANELS = ("filter", "save")
LIST_COOKIE = f"{settings.SESSION_COOKIE_NAME}-list"
"""The list last looked at, as its address says it: where `next` and `back` lead from a ticket."""


@viewing.for_staff
@require_safe
def queue(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One list of tickets, a page at a time."""
    now = timezone.now()
    wanted, saved = _wanted(request, viewer)
    if "show" in request.GET:
        # The form names every filter, set or not: the address that stays says only what is.
        return HttpResponseRedirect(wanted.url())
    words = queue_words.Words(viewer, speeches.of(request))
    view = _view(request, viewer, wanted, saved, now)
    context: dict[str, Any] = {
        "queue": view,
        "wanted": wanted,
        "nothing": queue_view.nothing(wanted),
        "chips": words.chips(wanted) if wanted.shown.narrow else (),
        "live_url": f"{reverse('desk:queue-rows')}?{request.GET.urlencode()}",
        "etag": _etag(request, viewer, view.changes, now),
        **_done(viewer, request.GET.get("done", "")),
        "order_links": _order_links(wanted),
    }
    if wanted.panel == "filter":
        context |= {
            "filters": words.fields(wanted),
            "columns_and_order": (words.columns(wanted), words.orders(wanted)),
        }
    if wanted.panel == "save":
        context["sharing"] = options(queue_words.sharing(viewer), "mine")
        context["may_change"] = wanted.saved is not None and saved_views.may_change(viewer, wanted.saved)
    response = render(request, "desk/queue.html", context)
    if request.COOKIES.get(LIST_COOKIE) != wanted.query:
        response.set_cookie(
            LIST_COOKIE, wanted.query, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


def _order_links(wanted: Wanted) -> list[dict[str, object]]:
    """The two orders of every day; the others stand in the form."""
    names = {Order.QUEUE: _("By rule"), Order.DUE: _("By due")}
    return [
        {"name": name, "url": wanted.ordered(order), "current": wanted.shown.order is order}
        for order, name in names.items()
    ]


@viewing.for_staff
@require_safe
def rows(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The lines, heads and counts of a list, for the page that shows it: nothing where nothing changed (ETag)."""
    now = timezone.now()
    etag = _etag(request, viewer, pulse.at(viewer.vendor_id), now)
    if request.headers.get("If-None-Match") == etag:
        return _private(HttpResponseNotModified(), etag)
    wanted, saved = _wanted(request, viewer)
    view = _view(request, viewer, wanted, saved, now)
    parts = {
        "title": view.title,
        "count": view.count,
        "views": view.views,
        "rows": view.rows,
        "next": view.next_url,
        "previous": view.previous_url,
        "caption": view.caption,
    }
    return _private(JsonResponse(parts), etag)


def _private(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _wanted(request: HttpRequest, viewer: Viewer) -> tuple[Wanted, Sequence[SavedView]]:
    saved = saved_views.of(viewer)
    try:
        return queue_asked.read(request.GET, saved), saved
    except (NoSuchView, CannotDo):
        raise Http404 from None


def _view(
    request: HttpRequest, viewer: Viewer, wanted: Wanted, saved: Sequence[SavedView], now: datetime
) -> QueueView:
    speech = speeches.of(request)
    asked = asked_of(viewer, wanted)
    page = lists.page(viewer, now=now, asked=asked, after=wanted.after, before=wanted.before)
    zone, day = views.desk_hours(viewer, speech, now, request.vendor.zone)  # type: ignore[attr-defined]
    here = speech.moments_in(zone)
    groups = None
    if asked.reads is Order.DUE:
        ends = queue_view.day_ends_at(day, here, now)
        groups = lists.groups(viewer, now=now, asked=asked, day_ends_at=ends)
    more = queue_lines.EXTRA_COLUMNS & set(wanted.shown.columns)
    material = Material(
        page=page,
        wanted=wanted,
        saved=saved,
        counts=_counts(viewer, saved, now),
        groups=groups,
        extras=lists.extras(viewer, page.rows) if more else {},
    )
    return queue_view.view(material, speech, day=day, here=here, now=now)


def asked_of(viewer: Viewer, wanted: Wanted) -> Asked:
    """The list to read, with the tickets in which its free text stands."""
    narrow = wanted.shown.narrow
    matching = None
    if narrow.words:
        matching = frozenset(search.matching(viewer, narrow.words[0], only_open=not narrow.ended))
    return Asked(view=wanted.shown.base, narrow=narrow, order=wanted.shown.order, matching=matching)


COUNTED_FOR = 15
"""Seconds for which the counts of saved views hold: a filter that finds little is counted through all that is open."""


def _counts(viewer: Viewer, saved: Sequence[SavedView], now: datetime) -> Mapping[UUID, int]:
    """How many each saved view holds. One with free text is not counted: it would be searched for on every page."""
    counted = [(one.id, saved_views.shown(one).asked) for one in saved if "words" not in one.filters]
    if not counted:
        return {}
    since = int(now.timestamp()) // COUNTED_FOR * COUNTED_FOR
    found = _counted(viewer, tuple(asked for _id, asked in counted), since)
    return dict(zip((id_ for id_, _asked in counted), found, strict=True))


@functools.lru_cache(maxsize=512)
def _counted(viewer: Viewer, asked: tuple[Asked, ...], since: int) -> tuple[int, ...]:
    """What these lists hold, kept for a quarter of a minute for who sees the same."""
    return tuple(lists.counts_of(viewer, asked, datetime.fromtimestamp(since, tz=UTC)))


def _etag(request: HttpRequest, viewer: Viewer, changes: int, now: datetime) -> str:
    """Another one as soon as a line could be another: what happened, who looks, what is asked, the minute, the language."""
    user = request.user
    speech = speeches.of(request)
    known = (
        changes,
        int(now.timestamp()) // 60,
        request.GET.urlencode(),
        "" if isinstance(user, AnonymousUser) else str(user.pk),
        sorted(viewer.roles),
        sorted(map(str, viewer.teams)),
        sorted(map(str, viewer.hidden_organisations)),
        (speech.locale, speech.zone),
        (request.get_host(), reverse("desk:queue")),
    )
    return f'"{hashlib.sha256(repr(known).encode()).hexdigest()[:32]}"'


def read_sharing(chosen: str) -> saved_views.Sharing:
    """The sharing that was chosen there."""
    if chosen in ("", Reach.MINE, Reach.ALL):
        return saved_views.Sharing(reach=Reach(chosen or Reach.MINE))
    try:
        return saved_views.Sharing(reach=Reach.TEAM, team_id=UUID(chosen))
    except ValueError:
        return saved_views.Sharing(reach=Reach.TEAM)


def _done(viewer: Viewer, text: str) -> dict[str, object]:
    """The deed that was just done to many, in words, while it can be undone."""
    try:
        found = bulk.find(viewer, UUID(text)) if text else None
    except (ValueError, Bulk.DoesNotExist):
        found = None
    if found is None or not bulk.undoable(found):
        return {}
    return {"done": queue_words.done(found), "done_id": found.id}
