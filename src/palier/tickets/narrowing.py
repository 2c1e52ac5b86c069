"""What a list of tickets is narrowed to: the filters of a view as a value, read from words and made into SQL.

Within one filter any of its words will do; all filters together must hold. Every word is checked for its shape here; one
that names nothing of this vendor finds nothing. Written and read the same way in addresses and in saved views
(docs/reference/views.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from palier.core.programme import OutcomeKind, Wait
from palier.people import access
from palier.tickets.models import OPEN_STATUSES, Status
from palier.tickets.problems import CannotDo, unknown_word

ME, NOBODY, NONE = "me", "nobody", "none"
YES = "yes"
LONGEST_WORDS = 200
MOST = 50
"""Words of one filter."""
HOURS = (1, 2, 4, 8, 24, 72)
DAYS = (1, 7, 30, 90, 365)
Where = tuple[str, list[Any]]
"""A condition as SQL and its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """The filters. An empty one is not asked."""

    status: tuple[str, ...] = ()
    """Statuses; without one of the ended ones only open tickets are listed."""
    person: tuple[str, ...] = ()
    """`me`, `nobody`, or ids of the vendor's people."""
    team: tuple[str, ...] = ()
    """`none`, or ids of teams."""
    severity: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    """Ids of tags."""
    outcome: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    wait: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    """`yes`: something promised was missed and is still owed."""
    due: tuple[str, ...] = ()
    """Hours within which something falls due."""
    watched: tuple[str, ...] = ()
    """`yes`: by who looks."""
    snoozed: tuple[str, ...] = ()
    """`yes`: put aside by who looks; without it those are left out."""
    created: tuple[str, ...] = ()
    """Days since it reached us, at most."""
    updated: tuple[str, ...] = ()
    """Days since it last moved, at most."""
    words: tuple[str, ...] = ()
    """Free text."""

    def __bool__(self) -> bool:
        return self != _EVERYTHING

    @property
    def ended(self) -> bool:
        """Whether it asks for tickets that are no longer open."""
        return any(one not in OPEN_STATUSES for one in self.status)

    def as_words(self) -> dict[str, list[str]]:
        """As it is stored, and stands in addresses: the filters that are asked."""
        return {name: list(getattr(self, name)) for name in NAMES if getattr(self, name)}


NAMES = tuple(one.name for one in fields(Narrow))
_EVERYTHING = Narrow()
_ID_OR = {"person": (ME, NOBODY), "team": (NONE,), "organisation": (), "tag": ()}
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "status": tuple(one.value for one in Status),
    "outcome": tuple(one.value for one in OutcomeKind),
    "wait": tuple(one.value for one in Wait),
    "missed": (YES,),
    "watched": (YES,),
    "snoozed": (YES,),
}
_FIGURES = {"due": 24 * 366, "created": 3660, "updated": 3660, "level": 9}


def read(given: Mapping[str, Sequence[str]]) -> Narrow:
    """The filters among these words. Raises CannotDo for a word that none of them can have."""
    found: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        asked = tuple(dict.fromkeys(one.strip() for one in given.get(name, ()) if one.strip()))[:MOST]
        if name == "words":
            asked = tuple(one[:LONGEST_WORDS] for one in asked[:1])
        for one in asked:
            _check(name, one)
        found[name] = asked
    return Narrow(**found)


def _check(name: str, word: str) -> None:
    if name in _ONE_OF and word not in _ONE_OF[name]:
        raise unknown_word(what_en=name, what_fr=name, word=word, known=_ONE_OF[name])
    if name in _ID_OR and word not in _ID_OR[name]:
        _as_id(word)
    if name in _FIGURES and not (word.isascii() and word.isdigit() and 0 < int(word[:9]) <= _FIGURES[name]):
        raise CannotDo(
            code="bad-figure",
            en=f"{word!r} is no figure for this filter: from 1 to {_FIGURES[name]}.",
            fr=f"{word!r} n’est pas un nombre pour ce filtre : de 1 à {_FIGURES[name]}.",
        )
    if len(word) > LONGEST_WORDS or "\0" in word:
        raise unknown_word(what_en=name, what_fr=name, word=word[:40], known=())


def _as_id(word: str) -> UUID:
    try:
        return UUID(word)
    except ValueError:
        raise CannotDo(
            code="no-such-filter",
            en="This filter names something that does not exist: choose it again from the list.",
            fr="Ce filtre nomme une chose qui n’existe pas : choisissez-la de nouveau dans la liste.",
        ) from None


_COLUMNS = ("severity", "plan", "product", "kind", "outcome", "wait", "language")
"""Filters that are a column of the ticket, word for word."""


def where(narrow: Narrow, viewer: access.Viewer, now: datetime, matching: Collection[UUID] | None) -> Where:
    """The filters as SQL over `tickets_ticket`, without what the viewer may see and without what sleeps.

    `matching` are the tickets in which the free text stands, where there is any.
    """
    parts: list[str] = []
    params: list[Any] = []

    def add(text: str, *values: Any) -> None:
        parts.append(text)
        params.extend(values)

    statuses = narrow.status or (() if narrow.ended else OPEN_STATUSES)
    if narrow.status:
        add("status = any(%s::text[])", list(map(str, statuses)))
    for name in _COLUMNS:
        if asked := getattr(narrow, name):
            add(f"{name} = any(%s::text[])", list(asked))
    if narrow.level:
        add("level = any(%s::smallint[])", [int(one) for one in narrow.level])
    if narrow.organisation:
        add("organisation_id = any(%s::uuid[])", [UUID(one) for one in narrow.organisation])
    for column, asked in (("assignee_id", narrow.person), ("team_id", narrow.team)):
        if asked:
            _of_people(add, column, asked, viewer)
    if narrow.tag:
        add(_TAGGED, [UUID(one) for one in narrow.tag])
    if narrow.watched:
        add(_WATCHED, viewer.staff_id)
    if narrow.missed:
        add("breached")
    if narrow.due:
        add("next_due_at > %s and next_due_at <= %s", now, now + timedelta(hours=_least(narrow.due)))
    for column, asked in (("reached_at", narrow.created), ("updated_at", narrow.updated)):
        if asked:
            add(f"{column} >= %s", now - timedelta(days=_least(asked)))
    if narrow.words:
        add("id = any(%s::uuid[])", list(matching or ()))
    return " and ".join(parts) or "true", params


_TAGGED = (
    "exists (select from tickets_tagging g where g.vendor_id = tickets_ticket.vendor_id"
    " and g.ticket_id = tickets_ticket.id and g.tag_id = any(%s::uuid[]))"
)
_WATCHED = (
    "exists (select from tickets_watch w where w.vendor_id = tickets_ticket.vendor_id"
    " and w.ticket_id = tickets_ticket.id and w.staff_id = %s)"
)


def _of_people(add: Any, column: str, asked: Iterable[str], viewer: access.Viewer) -> None:
    """A column that may be empty: those named, the viewer, or nobody."""
    ids = [viewer.staff_id if one == ME else UUID(one) for one in asked if one not in (NOBODY, NONE)]
    texts = ([f"{column} = any(%s::uuid[])"] if ids else []) + (
        [f"{column} is null"] if {NOBODY, NONE} & set(asked) else []
    )
    add(f"({' or '.join(texts)})", *([ids] if ids else []))


def _least(figures: Iterable[str]) -> int:
    return min(int(one) for one in figures)
