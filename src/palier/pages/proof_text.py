"""The proof of a clock as plain text, to be copied or kept: what was decided, and every stretch that was counted."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse

from palier.pages.catalogue import gettext as _
from palier.pages.clock_proof import Proof
from palier.pages.moments import moment
from palier.pages.speech import Speech
from palier.pages.ticket_view import TicketView
from palier.tickets.ticket_page import TicketPage

_GAP = "  "


def text(page: TicketPage, view: TicketView, speech: Speech) -> str:
    """The whole proof; its rows are in the zone of the customer, which is named."""
    moments = speech.moments_in(page.zone)
    now = moment(page.clock.now)
    local = moments.local(now)
    lines = [
        f"{view.number}  {view.subject}",
        _("Decided: %(what)s (%(clause)s)") % {"what": view.verdict.badge, "clause": view.verdict.clause.id},
        _("As of %(date)s %(time)s, times of %(zone)s")
        % {"date": moments.date(local.date()), "time": f"{local:%H:%M:%S}", "zone": page.zone},
        "",
    ]
    proofs = [view.first_proof, *view.other_proofs] if view.first_proof is not None else []
    if not proofs:
        lines.append(_("No clock has started."))
    for proof in proofs:
        lines += [*_proof(proof), ""]
    for clause in view.clauses:
        lines.append(f"{clause.id}: {clause.text}")
    lines += _calendars(page)
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def _proof(proof: Proof) -> Iterable[str]:
    title = _("%(what)s: what was counted of %(of)s") % {"what": proof.commitment, "of": proof.of}
    yield f"{title} ({proof.clause})"
    rows = [(row.start, row.end, row.why, row.counted) for row in proof.rows]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(3)]
    for *cells, counted in rows:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        yield _GAP + _GAP.join([*padded, counted])
    yield f"{_GAP}{_('Sum, without what ran over')}: {proof.total}"


def _calendars(page: TicketPage) -> list[str]:
    hashes = dict.fromkeys(
        segment.calendar
        for promised in page.clock.promises
        for segment in promised.segments
        if segment.calendar
    )
    if not hashes:
        return []
    return [
        "",
        _("Calendars counted by, by the hash of their definition and dates:"),
        *(f"{_GAP}{one}" for one in hashes),
    ]


def download(page: TicketPage, view: TicketView, speech: Speech) -> HttpResponse:
    """The same as a file."""
    answer = HttpResponse(text(page, view, speech), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{page.number}.txt"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
