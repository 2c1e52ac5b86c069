"""The calendars that a person of the vendor may have read elsewhere: own shifts, a roster's, what is due on own requests.

Whoever has the address reads them, so the address is a secret, and they tell no more than its owner may see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from palier.contracts import queries as contracts
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.people import letters
from palier.people import queries as people
from palier.people.access import Refused, Viewer
from palier.people.models import Vendor
from palier.services import feeds, queries
from palier.services.feeds import Entry

SHIFTS, DUES = "shifts", "dues"
MAX_AGE_S = 300


@require_safe
def feed(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """One calendar; 404 for a secret that opens nothing and for a roster that is not there."""
    vendor: Vendor = request.vendor  # type: ignore[attr-defined]
    now = timezone.now()
    staff = feeds.reader(vendor.id, token, now)
    if staff is None:
        raise Http404
    try:
        viewer = Viewer.staff(staff)
    except Refused:
        raise Http404 from None
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with translation.override(staff.user.language):
        name, entries = _entries(vendor, viewer, what, day)
    changed = max([one.at for one in entries], default=day)
    changed = max(changed, feeds.changed_at(vendor.id) or day)
    body = feeds.text(name=name, language=staff.user.language, entries=entries)
    return _answer(request, body, f"{what}.ics", max(changed, day) if what != DUES else changed)


def _answer(request: HttpRequest, body: bytes, filename: str, changed: datetime) -> HttpResponse:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    # The tag decides where it is sent (RFC 9110, 13.2.2); the date is to the second and only for who has no tag.
    fresh = tag in known if known != [""] else since is not None and int(changed.timestamp()) <= since
    response = (
        HttpResponseNotModified()
        if fresh
        else HttpResponse(body, content_type="text/calendar; charset=utf-8")
    )
    response["ETag"] = tag
    response["Last-Modified"] = http_date(changed.timestamp())
    response["Cache-Control"] = f"private, max-age={MAX_AGE_S}"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    if not fresh:
        response["Content-Disposition"] = f'inline; filename="{filename}"'
    return response


def _entries(vendor: Vendor, viewer: Viewer, what: str, day: datetime) -> tuple[str, list[Entry]]:
    if what == DUES:
        return _("%(vendor)s: what is due") % {"vendor": vendor.name}, _dues(vendor, viewer)
    rows = list(queries.rosters(vendor.id))
    if what == SHIFTS:
        mine = feeds.shifts(rows, of=viewer.staff_id, day=day)
        return _("%(vendor)s: my shifts on call") % {"vendor": vendor.name}, _shifts(vendor, mine, names={})
    try:
        wanted = UUID(what)
    except ValueError:
        raise Http404 from None
    found = [row for row in rows if row.id == wanted]
    if not found:
        raise Http404
    name = _("%(vendor)s: on call, %(roster)s") % {"vendor": vendor.name, "roster": found[0].name}
    return name, _shifts(vendor, feeds.shifts(found, of=None, day=day), names=people.staff_names(viewer))


def _shifts(vendor: Vendor, found: Sequence[feeds.Shift], *, names: Mapping[UUID, str]) -> list[Entry]:
    """Shifts as events; without names, the reader's own."""
    entries = []
    for one in found:
        who = names.get(one.staff, "")
        words = (
            _("%(who)s on call: %(roster)s") % {"who": who, "roster": one.roster.name}
            if who
            else _("On call: %(roster)s") % {"roster": one.roster.name}
        )
        entries.append(
            Entry(
                uid=f"{one.roster.id}-{one.staff}-{one.start:%Y%m%dT%H%M%SZ}@{vendor.slug}.palier",
                start=one.start,
                end=one.end,
                summary=words,
                at=one.roster.changed_at,
                url=letters.link(vendor, "desk:on-call"),
                busy=not who,
            )
        )
    return entries


def _dues(vendor: Vendor, viewer: Viewer) -> list[Entry]:
    entries = []
    for ticket in feeds.dues(viewer):
        assert ticket.next_due_at is not None
        number = f"{contracts.programme(ticket.revision_id).prefix}-{ticket.number}"
        what = wording.commitment(ticket.next_due_commitment)
        # Whoever keeps the calendar reads it too: of what is restricted, the number alone.
        closed = ticket.restricted or ticket.organisation.restricted
        said = {"number": number, "what": what.lower()}
        entries.append(
            Entry(
                uid=f"{ticket.id}-{ticket.next_due_commitment}@{vendor.slug}.palier",
                start=ticket.next_due_at,
                end=ticket.next_due_at + timedelta(minutes=1),
                summary=_("%(number)s: %(what)s due") % said,
                description="" if closed else f"{ticket.subject}\n{ticket.organisation.name}",
                at=ticket.updated_at,
                url=letters.link(vendor, "desk:ticket", number=number),
            )
        )
    return entries


def addresses(vendor: Vendor, token: str) -> list[tuple[str, str]]:
    """(what, address) of the calendars one can have, with the secret in them."""
    found = [(_("My shifts"), SHIFTS), (_("What is due on my requests"), DUES)]
    found += [(_("Roster: %(name)s") % {"name": row.name}, str(row.id)) for row in queries.rosters(vendor.id)]
    return [(name, letters.link(vendor, "pages:feed", token=token, what=what)) for name, what in found]
