"""Where one writes on a ticket: what is shown of it, what is kept of it, and what can be put into it.

Rules: docs/reference/writing.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from palier.core.programme import Commitment
from palier.pages import kept, ticket_view
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments
from palier.pages.severities import severity_name
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer
from palier.people.queries import DeskPeople
from palier.tickets.ticket_page import Entry, TicketPage
from palier.workspace import canned
from palier.workspace.beside import Beside
from palier.workspace.drafts import Kept, Place

CUSTOMER, NOTE = "customer", "note"
TABS = {CUSTOMER: Place.REPLY, NOTE: Place.NOTE}
"""Who sees it, and where its draft is kept."""
_SHOWN = frozenset({"reply", "wait", "resolve"})
"""The permissions that the form looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of the two: its draft as typed, and since when it is kept, in words."""

    name: str
    body: str
    kept: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """An answer that its reader can still take back."""

    message: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form, but for the words that only this ticket's page has: those stand in holes, and without a draft most pages
    share it (palier.pages.kept). `body` is the text of the tab that is shown; `then` and `workaround` as chosen."""

    tabs: tuple[Tab, ...]
    body: str
    then: str
    workaround: bool
    may_work_around: bool
    can: frozenset[str]
    answers: tuple[canned.Title, ...]
    manages: bool
    """Whether the reader writes canned answers."""
    people: tuple[str, ...]
    preview: SafeString | None

    @property
    def tab(self) -> Tab:
        """The tab that is shown."""
        return next(one for one in self.tabs if one.chosen)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is typed."""
        return not self.body and self.preview is None and not any(one.kept for one in self.tabs)

    @property
    def at(self) -> str:
        """Stands for where the ticket's addresses begin."""
        return kept.AT

    @property
    def first(self) -> str:
        """Stands for the first name of the customer's contact."""
        return kept.hole("first")

    @property
    def effect(self) -> str:
        """Stands for what an answer does to the clock."""
        return kept.hole("effect")

    @property
    def counts(self) -> str:
        """Stands for what an answer counts as where it is the workaround."""
        return kept.hole("counts")

    @property
    def seen(self) -> str:
        """Stands for the latest message that the page shows."""
        return kept.hole("latest")

    @property
    def attached(self) -> str:
        """Stands for the form's files."""
        return kept.hole("attached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """The composer: its form, the ids of a draft's files, and the answer that can still be taken back."""

    form: Form
    files: tuple[UUID, ...]
    undo: Undo | None
    seen: str
    """The latest message that the page shows: an answer written without having read a later one is held up."""


def latest(page: TicketPage) -> str:
    """The id of the latest public message; empty without any."""
    return next((str(entry.id) for entry in reversed(page.stream) if entry.kind == "message"), "")


def view(
    viewer: Viewer,
    page: TicketPage,
    speech: Speech,
    *,
    staff: DeskPeople,
    beside: Beside,
    now: datetime,
    typed: Mapping[str, Any] | None = None,
    quoting: str = "",
    preview: SafeString | None = None,
) -> Compose | None:
    """The composer with what was typed, else with the draft that was kept last; None for who may write nothing here."""
    names = [name for name, deed in ((CUSTOMER, "reply"), (NOTE, "note")) if deed in page.can]
    if not names:
        return None
    drafted = beside.drafts
    shown = typed if typed is not None else _latest(drafted, names)
    chosen = str(shown.get("to", ""))
    if chosen not in names:
        chosen = names[0]
    body = str(shown.get("body", ""))
    quote = quoted(page.stream, quoting)
    moments = speech.moments_in(page.desk_zone)
    workaround = page.clock.latest(Commitment.WORKAROUND)
    return Compose(
        form=Form(
            tabs=tuple(
                _tab(name, drafted.get(TABS[name]), moments, now, chosen=name == chosen) for name in names
            ),
            body=f"{body.rstrip()}\n\n{quote}".lstrip() if quote else body,
            then=str(shown.get("then", "")),
            workaround=shown.get("workaround") == "yes",
            may_work_around=workaround is not None and workaround.owed,
            can=page.can & _SHOWN,
            answers=beside.answers,
            manages=viewer.has_role(access.RUNS_THE_DESK),
            people=tuple(name for id_, name in staff.to_assign if id_ != viewer.staff_id),
            preview=preview,
        ),
        files=tuple(_ids(drafted[TABS[chosen]])) if typed is None and TABS[chosen] in drafted else (),
        undo=_undo(page.stream, now),
        seen=latest(page),
    )


def _latest(drafted: Mapping[Place, Kept], names: Sequence[str]) -> Mapping[str, Any]:
    """What was kept last, as if it had been sent."""
    found = [(drafted[TABS[name]].kept_at, name) for name in names if TABS[name] in drafted]
    if not found:
        return {}
    name = max(found)[1]
    content = drafted[TABS[name]].content
    return {key: values[0] for key, values in content.items() if values} | {"to": name}


def _tab(name: str, draft: Kept | None, moments: Moments, now: datetime, *, chosen: bool) -> Tab:
    return Tab(
        name=name,
        body=draft.body if draft is not None else "",
        kept=kept_words(draft.kept_at, moments, now) if draft is not None else "",
        chosen=chosen,
    )


def kept_words(at: datetime, moments: Moments, now: datetime) -> str:
    """`kept 10:42`."""
    return _("kept %(when)s") % {"when": moments.near(at, now)}


def _ids(draft: Kept) -> list[UUID]:
    return [UUID(one) for one in draft.content.get("file", ())]


def quoted(stream: Sequence[Entry], message: str) -> str:
    """A message of the ticket as a quote; nothing for what is none."""
    found = next((one for one in stream if str(one.id) == message and one.body), None)
    if found is None:
        return ""
    return "\n".join(f"> {line}".rstrip() for line in found.body.strip().splitlines()) + "\n\n"


def _undo(stream: Sequence[Entry], now: datetime) -> Undo | None:
    """The latest answer that the reader can take back."""
    for entry in reversed(stream):
        if entry.undo_until is not None and entry.undo_until > now:
            left = entry.undo_until - now
            return Undo(message=str(entry.id), milliseconds=int(left.total_seconds() * 1000))
    return None


# --- what canned answers say of the customer at hand ----------------------------------------------------

_DUE = {
    "due.first_response": Commitment.FIRST_RESPONSE,
    "due.next_update": Commitment.NEXT_UPDATE,
    "due.workaround": Commitment.WORKAROUND,
    "due.resolution": Commitment.RESOLUTION,
}


def values(page: TicketPage, *, agent: str, vendor: str) -> Mapping[str, str]:
    """The variables of canned answers in the customer's language, with times in the customer's zone; empty: there is none."""
    language = page.contact.language
    speech = Speech(
        language=language,
        locale=speeches.locale_of(page.programme, language),
        zone=page.zone,
        programme=page.programme,
    )
    moments = speech.moments
    found = {
        "contact.first_name": _first(page.contact.name),
        "contact.name": page.contact.name,
        "organisation.name": page.ticket.organisation.name,
        "ticket.number": page.number,
        "ticket.subject": page.ticket.subject,
        "severity": severity_name(page.programme, page.ticket.severity, speech),
        "product": ticket_view.name(page.programme.products, page.ticket.product, speech),
        "version": page.ticket.version,
        "agent.first_name": _first(agent),
        "agent.name": agent,
        "vendor.name": vendor,
    }
    for name, commitment in _DUE.items():
        promised = page.clock.latest(commitment)
        due = promised.due_at if promised is not None and promised.owed else None
        found[name] = "" if due is None else f"{moments.day_long(due)}, {moments.time(due)} ({moments.city})"
    return found


def _first(name: str) -> str:
    return name.partition(" ")[0]
