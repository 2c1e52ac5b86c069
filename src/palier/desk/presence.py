"""Who else is on a ticket, asked and said by the pages that are open; for pages with scripts only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from palier.pages import viewing
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer
from palier.tickets.models import Ticket
from palier.workspace import presence
from palier.workspace.presence import Here

MOST_NAMED = 3


@viewing.for_staff
@require_POST
def here(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:
    """Say that one looks at a ticket (`writing` yes, no, or gone), and hear who else does."""
    figure = number.rpartition("-")[2]
    if not (figure.isascii() and figure.isdigit() and len(figure) < 10):
        raise Http404
    ticket = Ticket.objects.visible_to(viewer).filter(number=int(figure)).first()
    if ticket is None:
        raise Http404
    now, said = timezone.now(), request.POST.get("writing", "no")
    if said == "gone":
        presence.leave(by=viewer, ticket=ticket)
        return JsonResponse({"words": "", "writing": False})
    presence.say(by=viewer, ticket=ticket, writing=said == "yes", now=now)
    found = presence.others(viewer, ticket.id, now)
    return JsonResponse({"words": words(found), "writing": any(one.writing for one in found)})


@viewing.for_staff
@require_safe
def everywhere(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Who else is on which ticket, for the lists; nothing (304) while it stays so."""
    found = presence.everywhere(viewer, timezone.now())
    told: dict[str, Any] = {
        number: {"words": words(people), "writing": any(one.writing for one in people)}
        for number, people in found.items()
    }
    body = json.dumps(told, sort_keys=True)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    same = request.headers.get("If-None-Match") == etag
    answer: HttpResponse = (
        HttpResponseNotModified() if same else HttpResponse(body, content_type="application/json")
    )
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    return answer


def words(people: Iterable[Here]) -> str:
    """`Nora Lindqvist writes; Inès Carvalho looks at it`; nothing for nobody."""
    named = list(people)
    parts = []
    for writing in (True, False):
        names = [one.name for one in named if one.writing is writing]
        if names:
            listed = ", ".join(names[:MOST_NAMED]) + (" …" if names[MOST_NAMED:] else "")
            said = (
                ngettext("%(who)s writes", "%(who)s write", len(names))
                if writing
                else ngettext("%(who)s looks at it", "%(who)s look at it", len(names))
            )
            parts.append(said % {"who": listed})
    return (
        _("%(first)s; %(second)s") % {"first": parts[0], "second": parts[1]} if parts[1:] else "".join(parts)
    )
