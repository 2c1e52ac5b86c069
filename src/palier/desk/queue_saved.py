"""Saved views: keeping the list at hand by name, and the page where one's views are named, shared, ordered and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from palier.desk import queue_asked, queue_pages, queue_words
from palier.desk.queue_asked import NoSuchView, Wanted
from palier.desk.queue_words import Chip
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Option, options
from palier.people.access import Viewer
from palier.tickets.problems import CannotDo
from palier.workspace import saved_views
from palier.workspace.models import Reach, SavedView


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLine:
    """A view in the list of one's views."""

    id: str
    name: str
    url: str
    shared: str
    """With whom."""
    owner: str
    chips: tuple[Chip, ...]
    may_change: bool
    sharing: tuple[Option, ...]


@viewing.for_staff
def views(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The person's views, and (posted to) one more: the list that was at hand, by the name given."""
    if request.method == "POST":
        return _save(request, viewer)
    return render(request, "desk/queue_views.html", _context(request, viewer))


def _context(request: HttpRequest, viewer: Viewer, refusal: str = "") -> dict[str, object]:
    words = queue_words.Words(viewer, speeches.of(request))
    with_whom = queue_words.sharing(viewer)
    names = dict(with_whom)
    lines = []
    for view in saved_views.of(viewer):
        shown = saved_views.shown(view)
        chosen = str(view.team_id) if view.team_id is not None else view.reach
        wanted = Wanted(view=str(view.id), saved=view, kept=shown, shown=shown)
        lines.append(
            ViewLine(
                id=str(view.id),
                name=view.name,
                url=f"{reverse('desk:queue')}?view={view.id}",
                shared=_shared(view, names),
                owner="" if view.owner_id == viewer.staff_id else _("by somebody else"),
                chips=words.chips(wanted),
                may_change=saved_views.may_change(viewer, view),
                sharing=options(with_whom, chosen),
            )
        )
    return {"views": lines, "refusal": refusal}


def _shared(view: SavedView, names: dict[str, str]) -> str:
    if view.reach == Reach.ALL:
        return _("shared with everybody")
    if view.reach == Reach.TEAM:
        return _("shared with %(team)s") % {"team": names.get(str(view.team_id), _("a team"))}
    return ""


def _asked(sent: QueryDict, viewer: Viewer) -> Wanted:
    """The list at hand, as its address said it."""
    try:
        return queue_asked.read(QueryDict(sent.get("list", "")), saved_views.of(viewer))
    except (NoSuchView, CannotDo):
        raise Http404 from None


def _save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    sent = request.POST
    wanted = _asked(sent, viewer)
    try:
        with transaction.atomic():
            view = saved_views.save(
                by=viewer,
                name=sent.get("name", ""),
                shown=wanted.shown,
                sharing=queue_pages.read_sharing(sent.get("sharing", "")),
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        context = _context(request, viewer, refusal) | {
            "again": sent.get("list", ""),
            "name": sent.get("name", ""),
            "sharing": options(queue_words.sharing(viewer), sent.get("sharing", "")),
        }
        return render(request, "desk/queue_views.html", context, status=422)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return HttpResponseRedirect(f"{reverse('desk:queue')}?view={view.id}")


@viewing.shown_by(lambda request, **_: views(request), dropping="deed")
@viewing.for_staff
@require_POST
def act(request: HttpRequest, viewer: Viewer, view_id: UUID, deed: str) -> HttpResponse:
    """Rename, share, change, order or delete a view."""
    try:
        view = saved_views.find(viewer, view_id)
    except SavedView.DoesNotExist:
        raise Http404 from None
    sent = request.POST
    back = reverse("desk:queue-views")
    try:
        with transaction.atomic():
            if deed == "rename":
                saved_views.rename(by=viewer, view=view, name=sent.get("name", ""))
            elif deed == "share":
                sharing = queue_pages.read_sharing(sent.get("sharing", ""))
                saved_views.share(by=viewer, view=view, sharing=sharing)
            elif deed == "change":
                saved_views.change(by=viewer, view=view, shown=_asked(sent, viewer).shown)
                back = f"{reverse('desk:queue')}?view={view.id}"
            elif deed in ("up", "down"):
                saved_views.move(by=viewer, view=view, up=deed == "up")
            elif deed == "delete":
                saved_views.delete(by=viewer, view=view)
            else:
                raise Http404
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        return render(request, "desk/queue_views.html", _context(request, viewer, refusal), status=422)
    messages.success(request, _("Done."))
    return HttpResponseRedirect(back)
