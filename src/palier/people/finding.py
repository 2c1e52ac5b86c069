"""Finding organisations and contacts by any part of their names or addresses, whatever the accents.

Under row-level security the database uses no index for a part of a name, so functions of its owner name what matches, of
one vendor only; that is then narrowed to who looks (docs/reference/search.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from palier.people import access, prepared
from palier.people.models import Contact, Organisation

LONGEST = 100
SHORTEST = 3
"""Shorter words find names that begin with them."""
MOST = 50


def organisations(viewer: access.Viewer, text: str, *, limit: int = 10) -> tuple[Organisation, ...]:
    """Customers and partners a viewer may see with all these words in their name; names that begin so come first."""
    ids = _like("people_organisations_like", text, limit + len(viewer.hidden_organisations))
    found = Organisation.objects.filter(access.organisations_for(viewer), id__in=ids).in_bulk()
    return tuple(found[id_] for id_ in ids if id_ in found)[:limit]


def contacts(viewer: access.Viewer, text: str, *, limit: int = 10) -> tuple[Contact, ...]:
    """Contacts a viewer may see with all these words in their name or address, without those removed."""
    most = min(limit + (MOST if viewer.is_customer or viewer.hidden_organisations else 0), 200)
    ids = _like("people_contacts_like", text, most)
    found = (
        Contact.objects.filter(access.of_organisation(viewer), id__in=ids)
        .select_related("organisation")
        .in_bulk()
    )
    return tuple(found[id_] for id_ in ids if id_ in found)[:limit]


def _like(function: str, text: str, most: int) -> Sequence[UUID]:
    words = text.replace("\0", " ")[:LONGEST].split()
    if not words:
        return ()
    parts = [f"%{_escaped(word)}%" for word in words]
    longest = max(words, key=len)
    # Of one or two letters the index knows only where a name begins with them.
    indexed = f"%{_escaped(longest)}%" if len(longest) >= SHORTEST else f"{_escaped(longest)}%"
    rows = prepared.rows(
        f"select id from {function}(%s, %s, %s, %s)",  # noqa: S608 (the names above)
        [indexed, parts, f"{_escaped(' '.join(words))}%", most],
    )
    return [id_ for (id_,) in rows]


def _escaped(word: str) -> str:
    """A word in which nothing stands for anything else."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
