"""Words for the ids in a posting's cause. Whoever owns such rows registers how to name them; the ledger knows none.

naming.register("ticket", numbers)   # numbers(viewer, ids) -> {id: said(en=…, fr=…)}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from palier.people import access
from palier.people.models import Contact, Staff
from palier.programme.problems import Said, said


class Resolver(Protocol):
    """Names the ids it may show to a viewer; what it leaves out is not named."""

    def __call__(self, viewer: access.Viewer, ids: Collection[str], /) -> Mapping[str, Said]: ...


_resolvers: dict[str, Resolver] = {}


def register(kind: str, resolver: Callable[[access.Viewer, Collection[str]], Mapping[str, Said]]) -> None:
    """Have the ids under `kind` in causes named by `resolver`."""
    _resolvers[kind] = resolver


def words(viewer: access.Viewer, ids: Mapping[str, Collection[str]]) -> dict[tuple[str, str], Said]:
    """Words by (kind, id) for ids by kind, as far as somebody names them to this viewer."""
    return {
        (kind, id_): name
        for kind, some in ids.items()
        if some and kind in _resolvers
        for id_, name in _resolvers[kind](viewer, some).items()
    }


def people(viewer: access.Viewer, ids: Collection[str]) -> dict[str, Said]:
    """Names of the vendor's people and of the customer's own contacts."""
    found: dict[str, Said] = {}
    mine = {"vendor_id": viewer.vendor_id, "id__in": list(ids)}
    for id_, name in Staff.objects.filter(**mine).values_list("id", "name"):
        found[str(id_)] = said(en=name, fr=name)
    contacts = Contact.objects.filter(access.of_organisation(viewer), **mine)
    for id_, name in contacts.values_list("id", "name"):
        found[str(id_)] = said(en=name, fr=name)
    return found


register("person", people)
