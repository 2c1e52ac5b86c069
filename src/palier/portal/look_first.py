"""Looking first: one's own requests, known defects and the programme's clauses that speak of what is being written."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from palier.contracts import products
from palier.core.programme import Programme
from palier.pages import snippets, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.portal import forms, home, new_request
from palier.software import queries as software
from palier.software import words as software_words
from palier.tickets import queries, search

MOST_DEFECTS = 3
MOST_CLAUSES = 2
_TELLING = 1.5
"""A clause is shown if the words it shares with the text are together rarer than that (natural logarithm)."""
_LETTERS = 6
"""Two words are forms of one if they begin alike, over so many letters at least where both have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A request that shares words with what is written."""

    url: str
    number: str
    subject: SafeString
    status: str
    status_words: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A known defect of a product of the reader's."""

    url: str
    number: str
    title: str
    workaround: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A clause that speaks of such a thing, and what it comes to."""

    id: str
    text: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    """What was found. `said`: that nothing was is told as well, since somebody asked."""

    said: bool
    alike: tuple[Alike, ...]
    known: tuple[Known, ...]
    clauses: tuple[Spoken, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.alike or self.known or self.clauses)


def view(viewer: Viewer, sent: QueryDict, speech: Speech, now: datetime, *, said: bool = False) -> LookView:
    """What is there already of what was written: subject and description."""
    text = f"{sent.get('subject', '')} {sent.get('body', '')}".replace("\0", " ")[:4000]
    if not software_words.telling(text):
        return LookView(said=said, alike=(), known=(), clauses=())
    try:
        programme = forms.ground(viewer, now, sent.get("contract", "")).programme
    except Refused:
        # Before there is a programme there is no form either.
        return LookView(said=said, alike=(), known=(), clauses=())
    return LookView(
        said=said,
        alike=_alike(viewer, text, speech, now),
        known=_known(viewer, text, sent.get("version", ""), speech, now),
        clauses=_clauses(programme, text, speech),
    )


def _alike(viewer: Viewer, text: str, speech: Speech, now: datetime) -> tuple[Alike, ...]:
    found = search.alike(viewer, text, now=now)
    shown = {
        one.id: one for one in queries.my_tickets(viewer, now=now, ids=[hit.ticket_id for hit in found.hits])
    }
    return tuple(
        Alike(
            url=reverse("portal:request", args=[one.number]),
            number=one.number,
            subject=snippets.marked(one.subject, found.sought.stems),
            status=one.status,
            status_words=wording.status_for_customer(one.status, one.wait),
            when=speech.moments_in(one.zone).date(speech.moments_in(one.zone).local(one.reached_at)),
        )
        for hit in found.hits
        if (one := shown.get(hit.ticket_id)) is not None
    )


def _known(viewer: Viewer, text: str, version: str, speech: Speech, now: datetime) -> tuple[Known, ...]:
    covered = products.covered(viewer, now)
    rows = software.known(
        vendor_id=viewer.vendor_id, products=covered, text=text, version=version, most=MOST_DEFECTS
    )
    return tuple(
        Known(
            url=reverse("portal:defect", args=[row.number]),
            number=row.number,
            title=row.title_in(speech.language)[0],
            workaround=software_words.in_language(row.workaround, speech.language)[0],
            state=row.state,
        )
        for row in rows
    )


# --- clauses ----------------------------------------------------------------------------------------


def _clauses(programme: Programme, text: str, speech: Speech) -> tuple[Spoken, ...]:
    """The clauses that share the rarest words with the text, in the reader's language."""
    known = _words_of_clauses(programme.id, tuple(speech.text(one.text) for one in programme.coverage))
    asked = {_beginning(one) for one in software_words.telling(text)}
    scored = []
    for clause, words in zip(programme.coverage, known, strict=True):
        shared = words & asked
        score = sum(math.log(len(known) / sum(one in other for other in known)) for one in shared)
        if score >= _TELLING:
            scored.append((score, clause))
    scored.sort(key=lambda one: -one[0])
    return tuple(
        Spoken(
            id=clause.ref or clause.id,
            text=speech.text(clause.text),
            outcome=wording.outcome(clause.outcome.kind.value, clause.outcome.level),
        )
        for _score, clause in scored[:MOST_CLAUSES]
    )


def _beginning(word: str) -> str:
    return word[:_LETTERS]


@functools.lru_cache(maxsize=64)
def _words_of_clauses(name: str, texts: Sequence[str]) -> tuple[frozenset[str], ...]:
    """The beginnings of the telling words of each clause, read once for a programme and language."""
    del name
    return tuple(frozenset(map(_beginning, software_words.telling(one))) for one in texts)


# --- pages ------------------------------------------------------------------------------------------


@viewing.shown_by(new_request.new_request, dropping="")
@viewing.for_customers
@require_POST
def look_first(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The same for the page that is being written on (htmx), or the whole page with it. Writes nothing."""
    is_part = bool(request.headers.get("HX-Request"))
    found = view(viewer, request.POST, speeches.of(request), timezone.now(), said=not is_part)
    if is_part:
        return render(request, "portal/look_first.html", {"look": found})
    return new_request.shown(request, viewer, look=found)


@viewing.for_customers
@require_safe
def requests(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every request the reader may see, newest first; or those with the words that were looked for, best first."""
    speech, now = speeches.of(request), timezone.now()
    sought = request.GET.get("q", "").strip()[: search.LONGEST]
    if not sought:
        rows = [home.row(one, speech, now) for one in queries.my_tickets(viewer, now=now)]
        return render(request, "portal/requests.html", {"rows": rows})
    found = search.find(viewer, sought, now=now, limit=50)
    lines = {
        one.id: one for one in queries.my_tickets(viewer, now=now, ids=[hit.ticket_id for hit in found.hits])
    }
    rows = [home.row(lines[hit.ticket_id], speech, now) for hit in found.hits if hit.ticket_id in lines]
    context = {"rows": rows, "sought": sought, "note": _more() if found.more else ""}
    return render(request, "portal/requests.html", context)


def _more() -> str:
    return _("There are more: add a word.")
