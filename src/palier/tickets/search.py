"""Finding requests by their number or their words, for whoever looks.

The words stand in two tables that triggers keep: what the customer may read, and the same with the internal notes
(docs/reference/search.md). Under row-level security the database uses no index for words, so they are looked up by
functions of its owner, which know one vendor only; what they name is then narrowed to who looks, as any list is. The
question asked for a customer is another function, which does not know of the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.people import access, prepared, tenancy
from palier.tickets import presses, queries

MOST = 60
"""So many are listed; whoever wants more adds a word."""
LONGEST = 300
"""Of what is typed, so many characters are read."""
_BATCHES = (61, 500, 2000)
"""How many that match are looked at in turn, until enough of them are the viewer's to see."""
_NEWEST = 2_147_483_647
_NUMBER = re.compile(r"(?:[a-z]{1,8}[\s-]?)?#?(\d{1,9})", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«]([^\"“”«»]+)[\"”»]")
_STEM = re.compile(r"'((?:[^']|'')+)'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is sought: as typed, as the database asks it (also of the subject alone), its stems, and a number if it is one."""

    text: str
    query: str
    in_subject: str
    stems: tuple[str, ...]
    number: int | None

    @property
    def is_empty(self) -> bool:
        """Whether there is no word in it."""
        return not self.query


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A request that was found. `named`: by its subject or number. `internal`: only with words of internal notes."""

    ticket_id: UUID
    number: int
    named: bool
    internal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, best first; `more`: there is more than is listed."""

    sought: Sought
    hits: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A request as a list of what was found shows it."""

    id: UUID
    number: str
    subject: str
    organisation: str
    status: str
    wait: str
    severity: str
    plan: str
    revision_id: UUID
    zone: str
    updated_at: datetime
    internal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a request that was found, newest first."""

    body: str
    public: bool


# --- what is sought ---------------------------------------------------------------------------------

_QUERY = "select tickets_query(%s, %s, %s, '')::text, tickets_query(%s, %s, %s, 'A')::text"


def sought(text: str, *, unfinished: bool = False) -> Sought:
    """What somebody typed, ready to be asked. `unfinished`: the last word may go on."""
    text = " ".join(text.replace("\0", " ").split())[:LONGEST]
    phrases = _QUOTED.findall(text)
    asked = [_QUOTED.sub(" ", text), phrases, unfinished and not phrases]
    ((query, in_subject),) = prepared.rows(_QUERY, [*asked, *asked])
    return Sought(
        text=text,
        query=query,
        in_subject=in_subject,
        stems=tuple(dict.fromkeys(_STEM.findall(query))),
        number=_number(text),
    )


# --- what is found ----------------------------------------------------------------------------------


def matching(
    viewer: access.Viewer,
    text: str,
    *,
    limit: int = 1000,
    only_open: bool = False,
    now: datetime | None = None,
) -> tuple[UUID, ...]:
    """The requests a viewer may see that have all these words, newest first, at most `limit`. Nothing for no word.

    A number finds its request. `now` hides from customers what they are not yet shown (needed for them only).
    """
    asked = sought(text)
    exact = _by_number(viewer, asked)
    hits, _ = _hits(viewer, asked, limit=limit, only_open=only_open, now=now)
    return tuple(dict.fromkeys([*(one.ticket_id for one in exact), *(one.ticket_id for one in hits)]))[:limit]


def find(
    viewer: access.Viewer, text: str, *, now: datetime, limit: int = MOST, unfinished: bool = False
) -> Found:
    """What a viewer may see of what was sought: the number itself, then subjects, then the rest; each newest first."""
    asked = sought(text, unfinished=unfinished)
    exact = _by_number(viewer, asked)
    hits, more = _hits(viewer, asked, limit=limit, only_open=False, now=now)
    known = {one.ticket_id for one in exact}
    ranked = sorted((one for one in hits if one.ticket_id not in known), key=lambda one: not one.named)
    return Found(sought=asked, hits=(*exact, *ranked)[:limit], more=more)


def by_number(viewer: access.Viewer, text: str) -> tuple[Hit, ...]:
    """The request whose number was typed (`NOR-1042`, `nor 1042`, `1042`), if the viewer may see it."""
    text = text.strip()[:LONGEST]
    return tuple(
        _by_number(viewer, Sought(text=text, query="", in_subject="", stems=(), number=_number(text)))
    )


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found is not None and int(found[1]) <= _NEWEST else None


def _by_number(viewer: access.Viewer, asked: Sought) -> list[Hit]:
    seen = queries.visible(viewer) if asked.number is not None else None
    if seen is None:
        return []
    where, given = seen
    rows = prepared.rows(
        f"select id, number, revision_id from tickets_ticket where {where} and vendor_id = %s and number = %s",  # noqa: S608
        [*given, viewer.vendor_id, asked.number],
    )
    letters = asked.text.rstrip("0123456789").rstrip(" -#").upper()
    return [
        Hit(ticket_id=id_, number=number, named=True, internal=False)
        for id_, number, revision_id in rows
        if letters in ("", queries.number_of(revision_id, number).partition("-")[0].upper())
    ]


def _hits(
    viewer: access.Viewer, asked: Sought, *, limit: int, only_open: bool, now: datetime | None
) -> tuple[list[Hit], bool]:
    """Newest first, and whether there is more. Looks at so many until enough may be seen, then stops."""
    seen = queries.visible(viewer)
    if asked.is_empty or seen is None:
        return [], False
    found: list[Hit] = []
    below, more = _NEWEST, False
    for most in _BATCHES:
        candidates, more = _candidates(
            viewer, asked, below=below, most=max(most, limit + 1), only_open=only_open
        )
        found += _visible(seen, candidates)
        if viewer.is_customer:
            found = _shown(asked, found, now)
        if len(found) > limit or not more:
            break
        below = candidates[-1].number
    return found[:limit], more or len(found) > limit


_FOUND_BY_STAFF = """
select *, false from tickets_found_public(%s::tsquery, %s::tsquery, %s, %s, %s)
union all select *, true from tickets_found_internal(%s::tsquery, %s::tsquery, %s, %s, %s)
"""


def _candidates(
    viewer: access.Viewer, asked: Sought, *, below: int, most: int, only_open: bool
) -> tuple[list[Hit], bool]:
    """What the words name, newest first, below a number; whether there may be more."""
    given = [asked.query, asked.in_subject, only_open, below, most]
    if viewer.is_customer:
        author = None if viewer.sees_colleagues else viewer.contact_id
        rows = prepared.rows(
            "select * from tickets_found_by_customer(%s::tsquery, %s::tsquery, %s, %s, %s, %s::uuid[], %s::uuid)",
            [*given, sorted(viewer.organisations), author],
        )
        return _as_hits(rows, internal=False), len(rows) == most
    rows = prepared.rows(_FOUND_BY_STAFF, [*given, *given])
    public, internal = ([row[:3] for row in rows if row[3] is within] for within in (False, True))
    # A list that stopped says nothing of what lies below its last line.
    ends = [rows[-1][1] for rows in (public, internal) if len(rows) == most]
    floor = max(ends, default=0)
    both = {one.ticket_id: one for one in _as_hits(internal, internal=True)}
    both |= {one.ticket_id: one for one in _as_hits(public, internal=False)}
    kept = sorted((one for one in both.values() if one.number >= floor), key=lambda one: -one.number)
    return kept, bool(ends)


def _as_hits(rows: Iterable[tuple[UUID, int, bool]], *, internal: bool) -> list[Hit]:
    return [Hit(ticket_id=id_, number=number, named=named, internal=internal) for id_, number, named in rows]


def _visible(seen: queries.Where, hits: Sequence[Hit]) -> list[Hit]:
    """Those of them that the viewer may see."""
    if not hits:
        return []
    where, given = seen
    rows = prepared.rows(
        f"select id from tickets_ticket where {where} and id = any(%s::uuid[])",  # noqa: S608 (our own text)
        [*given, [one.ticket_id for one in hits]],
        binary=True,
    )
    ids = {id_ for (id_,) in rows}
    return [one for one in hits if one.ticket_id in ids]


_FRESH = """
select t.id, tickets_words_of(t.id, false, %s) @@ %s::tsquery from tickets_ticket t where t.id = any(%s::uuid[]) and exists (
    select from tickets_message m where m.vendor_id = t.vendor_id and m.ticket_id = t.id
        and m.from_vendor and m.public and m.recorded_at > %s)
"""


def _shown(asked: Sought, hits: list[Hit], now: datetime | None) -> list[Hit]:
    """Without what matches only by an answer that the customer is not yet shown."""
    if now is None:
        raise TypeError("what a customer is shown depends on now")
    until = now - presses.SEND_DELAY
    rows = prepared.rows(_FRESH, [until, asked.query, [one.ticket_id for one in hits], until])
    hidden = {id_ for id_, matches in rows if not matches}
    return [one for one in hits if one.ticket_id not in hidden]


# --- what is shown of them --------------------------------------------------------------------------


_LINES = """
select t.id, t.number, t.subject, o.name, t.status, t.wait, t.severity, t.plan, t.revision_id, t.zone, t.updated_at
from tickets_ticket t join people_organisation o on o.id = t.organisation_id
where t.vendor_id = %s and t.id = any(%s::uuid[])
"""


def lines(viewer: access.Viewer, hits: Sequence[Hit]) -> tuple[Line, ...]:
    """The lines of some hits, in their order. What was found is known to be the viewer's to see."""
    if not hits:
        return ()
    rows = prepared.rows(_LINES, [viewer.vendor_id, [one.ticket_id for one in hits]], binary=True)
    found = {row[0]: row for row in rows}
    return tuple(
        Line(
            id=row[0],
            number=queries.number_of(row[8], row[1]),
            subject=row[2],
            organisation=row[3],
            status=row[4],
            wait=row[5],
            severity=row[6],
            plan=row[7],
            revision_id=row[8],
            zone=row[9],
            updated_at=row[10],
            internal=one.internal,
        )
        for one in hits
        if (row := found.get(one.ticket_id)) is not None
    )


_SAID = """
select m.ticket_id, left(m.body, 8000), m.public from tickets_message m
where m.vendor_id = %s and m.ticket_id = any(%s::uuid[])
"""
_READ_BY_CUSTOMERS = f" and m.public and not {presses.NOT_SENT}"


def messages(viewer: access.Viewer, ids: Sequence[UUID], *, now: datetime) -> Mapping[UUID, tuple[Said, ...]]:
    """What was written on these requests, newest first, as far as the viewer reads it. They are known to be visible."""
    statement, given = _SAID, [viewer.vendor_id, list(ids)]
    if viewer.is_customer:
        statement, given = statement + _READ_BY_CUSTOMERS, [*given, now - presses.SEND_DELAY]
    found: dict[UUID, list[Said]] = {id_: [] for id_ in ids}
    if not ids:
        return {}
    for ticket_id, body, public in prepared.rows(f"{statement} order by m.reached_at desc, m.id desc", given):
        found[ticket_id].append(Said(body=body, public=public))
    return {id_: tuple(said) for id_, said in found.items()}


# --- what is alike ----------------------------------------------------------------------------------

_EACH = """
select tickets_query(one, '{}', false, '')::text, tickets_query(one, '{}', false, 'A')::text from unnest(%s::text[]) one
"""
_SCORES = """
select w.ticket_id, (select count(*) from unnest(%s::text[]) one where w.words @@ one::tsquery),
    (select count(*) from unnest(%s::text[]) one where w.words @@ one::tsquery)
from tickets_publicwords w where w.vendor_id = %s and w.ticket_id = any(%s::uuid[])
"""
_TELLING = 12
"""So many words of a text are compared: the longest, which say most."""


def alike(viewer: access.Viewer, text: str, *, now: datetime, limit: int = 5) -> Found:
    """Requests a customer may see that share words with a text that is being written: most in common first.

    One word in common is chance, unless the text has few.
    """
    text = text.replace("\0", " ")[: 10 * LONGEST]
    words = sorted(
        dict.fromkeys(one.lower() for one in _WORD.findall(text) if len(one) > 3), key=len, reverse=True
    )
    rows = prepared.rows(_EACH, [words[:_TELLING]]) if words else []
    asked = [(one, in_subject) for one, in_subject in rows if one]
    either = " | ".join(f"({one})" for one, _ in asked)
    what = Sought(
        text=text,
        query=either,
        in_subject=either,
        stems=tuple(dict.fromkeys(_STEM.findall(either))),
        number=None,
    )
    hits, _ = _hits(viewer, what, limit=60, only_open=False, now=now)
    if not hits:
        return Found(sought=what, hits=(), more=False)
    given = [[one for one, _ in asked], [one for _, one in asked]]
    scored = prepared.rows(_SCORES, [*given, viewer.vendor_id, [one.ticket_id for one in hits]])
    scores = {id_: (shared, shared + named) for id_, shared, named in scored}
    least = 1 if len(asked) < 3 else 2
    # A word of the subject counts twice: it says what the request is about.
    best = sorted(
        (one for one in hits if scores.get(one.ticket_id, (0, 0))[0] >= least),
        key=lambda one: -scores[one.ticket_id][1],
    )
    return Found(sought=what, hits=tuple(best[:limit]), more=len(best) > limit)


# --- the index itself -------------------------------------------------------------------------------


def rebuild(ids: Iterable[UUID]) -> None:
    """Write the words of these requests anew from their texts."""
    prepared.run("select tickets_rebuild_words(one) from unnest(%s::uuid[]) one", [list(ids)])


_BATCH = 500


def rebuild_all(*, vendor_id: UUID) -> int:
    """The same for all requests of a vendor; how many. Opens transactions of its own."""
    last, count = UUID(int=0), 0
    while True:
        with tenancy.vendor(vendor_id):
            ids = [
                id_
                for (id_,) in prepared.rows(
                    "select id from tickets_ticket where vendor_id = %s and id > %s order by id limit %s",
                    [vendor_id, last, _BATCH],
                )
            ]
            rebuild(ids)
        if not ids:
            return count
        last, count = ids[-1], count + len(ids)


_DIFFERENT = """
select t.id, 'public' from tickets_ticket t left join tickets_publicwords w on w.ticket_id = t.id
where t.id = any(%s::uuid[]) and strip(coalesce(w.words, '')) is distinct from strip(tickets_words_of(t.id, false, null))
    and coalesce(length(w.words), 0) < 20000
union all
select w.ticket_id, 'internal' from tickets_internalwords w
where w.ticket_id = any(%s::uuid[]) and strip(w.words) is distinct from strip(tickets_words_of(w.ticket_id, true, null))
    and length(w.words) < 20000
union all
select distinct m.ticket_id, 'internal' from tickets_message m where m.vendor_id = %s and m.ticket_id = any(%s::uuid[])
    and not m.public and not exists (select from tickets_internalwords w where w.ticket_id = m.ticket_id)
"""


def different(vendor_id: UUID, ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Those of these requests whose stored words are not those of their texts, and which table has it."""
    given = list(ids)
    return [(id_, which) for id_, which in prepared.rows(_DIFFERENT, [given, given, vendor_id, given])]
