"""What a search of the desk shows: tickets, customers, contacts, contracts and defects, each only as far as one may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.html import conditional_escape, escape
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from palier.contracts import queries as contracts
from palier.pages import contract_words, snippets, wording
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.pages.templatetags.palier import icon, shape
from palier.people import finding
from palier.people.access import Viewer
from palier.software import queries as software
from palier.software import words as software_words
from palier.tickets import search

A_PAGE = 20
A_FEW = 5
KINDS = ("tickets", "customers", "contacts", "contracts", "defects")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing found: where it is, its name with the words marked, a line below, and the words around what was sought."""

    url: str
    number: str
    name: SafeString
    sub: str
    status: str = ""
    status_words: str = ""
    internal: bool = False
    excerpt: SafeString | str = ""
    when: str = ""

    @property
    def html(self) -> SafeString:
        """The line as HTML, as the queue's lines are made: a template would take longer than the search."""
        number = f'<span class="pl-no">{escape(self.number)}</span> ' if self.number else ""
        state = (
            f', <span class="pl-state">{shape(self.status)}{escape(self.status_words)}</span>'
            if self.status
            else ""
        )
        note = (
            f' <span class="pl-badge">{icon("lock")}{escape(_("in a note"))}</span>' if self.internal else ""
        )
        said = f'<p class="pl-2nd pl-excerpt">{conditional_escape(self.excerpt)}</p>' if self.excerpt else ""
        when = f'<span class="pl-2nd pl-nowrap">{escape(self.when)}</span>' if self.when else ""
        return mark_safe(  # noqa: S308 (all that goes in is escaped)
            f'<li><div><a class="pl-subject" href="{escape(self.url)}">{number}{self.name}</a>{note}'
            f'<span class="pl-sub">{escape(self.sub)}{state}</span>{said}</div>{when}</li>'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Things of one kind. `more_url` leads to the rest of them."""

    kind: str
    name: str
    rows: tuple[Row, ...]
    more_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Who looks for what, and when."""

    viewer: Viewer
    text: str
    speech: Speech
    now: datetime
    unfinished: bool = False


def names() -> dict[str, str]:
    """The kinds in the reader's words."""
    return {
        "tickets": _("Tickets"),
        "customers": _("Customers"),
        "contacts": _("Contacts"),
        "contracts": _("Contracts"),
        "defects": _("Known defects"),
    }


def sections(asked: Looking, *, kind: str = "", page: int = 1, few: int = A_FEW) -> tuple[Section, ...]:
    """What was found, of one kind or of all; empty ones are left out."""
    if not asked.text.strip():
        return ()
    makers = {
        "tickets": _tickets,
        "customers": _customers,
        "contacts": _contacts,
        "contracts": _contracts,
        "defects": _defects,
    }
    found = []
    for name, words in names().items():
        if kind not in ("", name):
            continue
        most = A_PAGE if kind or (name == "tickets" and few == A_FEW) else few
        skipped = (page - 1) * A_PAGE if kind else 0
        rows, more = makers[name](asked, skipped, most)
        if rows:
            further = _address(asked.text, name, page + 1 if kind else 1) if more else ""
            found.append(Section(kind=name, name=words, rows=rows, more_url=further))
    return tuple(found)


def _address(text: str, kind: str, page: int) -> str:
    given = {"q": text, "kind": kind} | ({"page": page} if page > 1 else {})
    return f"{reverse('desk:find')}?{urlencode(given)}"


def address(text: str, kind: str) -> str:
    """Where only one kind is listed; all of them without."""
    return f"{reverse('desk:find')}?{urlencode({'q': text} | ({'kind': kind} if kind else {}))}"


Rows = tuple[tuple[Row, ...], bool]


def _tickets(asked: Looking, skipped: int, most: int) -> Rows:
    found = search.find(asked.viewer, asked.text, now=asked.now, unfinished=asked.unfinished)
    hits = found.hits[skipped : skipped + most]
    stems = found.sought.stems
    said = (
        search.messages(asked.viewer, [one.ticket_id for one in hits], now=asked.now) if most > A_FEW else {}
    )
    rows = []
    for one in search.lines(asked.viewer, hits):
        moments = asked.speech.moments
        rows.append(
            Row(
                url=reverse("desk:ticket", args=[one.number]),
                number=one.number,
                name=snippets.marked(one.subject, stems),
                sub=one.organisation,
                status=one.status,
                status_words=wording.status(one.status),
                internal=one.internal,
                excerpt=snippets.excerpt((text.body for text in said.get(one.id, ())), stems),
                when=moments.day_time(one.updated_at),
            )
        )
    return tuple(rows), len(found.hits) > skipped + most


def _customers(asked: Looking, skipped: int, most: int) -> Rows:
    found = finding.organisations(asked.viewer, asked.text, limit=skipped + most + 1)
    rows = [
        Row(
            url=reverse("desk:customer", args=[one.id]),
            number="",
            name=snippets.marked(one.name, _stems(asked.text)),
            sub=asked.speech.moments_in(one.zone).city,
        )
        for one in found[skipped : skipped + most]
    ]
    return tuple(rows), len(found) > skipped + most


def _contacts(asked: Looking, skipped: int, most: int) -> Rows:
    found = finding.contacts(asked.viewer, asked.text, limit=skipped + most + 1)
    rows = [
        Row(
            url=f"{reverse('desk:customer', args=[one.organisation_id])}#contacts",
            number="",
            name=snippets.marked(one.name, _stems(asked.text)),
            sub=f"{one.email}, {one.organisation.name}",
        )
        for one in found[skipped : skipped + most]
    ]
    return tuple(rows), len(found) > skipped + most


def _contracts(asked: Looking, skipped: int, most: int) -> Rows:
    theirs = [one.id for one in finding.organisations(asked.viewer, asked.text, limit=A_PAGE)]
    number = asked.text.strip().replace("\0", "")[:80]
    rows = contracts.contracts(asked.viewer).filter(
        Q(number__icontains=number) | Q(organisation_id__in=theirs)
    )
    found = list(rows[skipped : skipped + most + 1])
    lines = []
    for row in found[:most]:
        contract = contracts.contract_at(asked.viewer.vendor_id, row.id, asked.now)
        programme = contracts.programme(contract.revision_id)
        standing = contract_words.standing(contract, programme, asked.speech, asked.now)
        plan = contract_words.plan(contract, programme, asked.speech).name
        lines.append(
            Row(
                url=reverse("desk:contract", args=[row.id]),
                number=row.number,
                name=snippets.marked(row.organisation.name, _stems(asked.text)),
                sub=f"{plan}, {standing.word}",
            )
        )
    return tuple(lines), len(found) > most


def _defects(asked: Looking, skipped: int, most: int) -> Rows:
    found = software.find(asked.viewer, asked.text, most=skipped + most + 1)
    prefix = software.prefix_of(asked.viewer.vendor_id) if found else ""
    rows = []
    for one in found[skipped : skipped + most]:
        title, _language = software_words.in_language(one.title, asked.speech.language)
        number = software_words.number_of(prefix, one.number)
        rows.append(
            Row(
                url=reverse("desk:defect", args=[number]),
                number=number,
                name=snippets.marked(title, _stems(asked.text)),
                sub=one.maker_reference,
            )
        )
    return tuple(rows), len(found) > skipped + most


def _stems(text: str) -> tuple[str, ...]:
    return software_words.searched(text)
