"""What an address of the queue asks for, and the addresses that ask for a little more or less.

An address names a view; whatever it says besides (filters, order, columns) replaces that part of the view, and nothing
else. So the address of a view stays short, and one that was changed by hand shows what it would be saved as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from palier.tickets import lists, narrowing, orders
from palier.tickets.narrowing import Narrow
from palier.tickets.orders import Order, Place
from palier.workspace import saved_views
from palier.workspace.models import SavedView
from palier.workspace.saved_views import Shown


class NoSuchView(LookupError):
    """An address that names a view there is not, or not for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A list as an address asks for it. `kept` is what the view shows by itself; `panel` the form that is open."""

    view: str
    saved: SavedView | None
    kept: Shown
    shown: Shown
    panel: str = ""
    after: Place | None = None
    before: Place | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it shows something else than the view by itself."""
        return self.shown != self.kept

    @property
    def query(self) -> str:
        """The list without a place in it, for an address."""
        return query(self.view, self.shown, self.kept)

    def url(self, **more: str) -> str:
        """The list's address, with this besides."""
        return _with(reverse("desk:queue"), self.query, urlencode(more))

    def narrowed(self, narrow: Narrow) -> str:
        """The address of the same list narrowed otherwise."""
        shown = replace(self.shown, narrow=narrow)
        return _with(reverse("desk:queue"), query(self.view, shown, self.kept))

    def ordered(self, order: Order) -> str:
        """The address of the same list in another order."""
        shown = replace(self.shown, order=order)
        return _with(reverse("desk:queue"), query(self.view, shown, self.kept))

    def without(self, name: str) -> str:
        """The address of the same list without one filter."""
        return self.narrowed(replace(self.shown.narrow, **{name: ()}))


def read(given: QueryDict, saved: Sequence[SavedView]) -> Wanted:
    """What an address asks for. Raises NoSuchView, and CannotDo for a filter, an order or a column there is not."""
    name = given.get("view", "all")
    view = _saved(name, saved)
    kept = Shown(base=name) if view is None else saved_views.shown(view)
    words: Mapping[str, Sequence[str]] = {one: given.getlist(one) for one in narrowing.NAMES}
    order = given.get("order", "")
    shown = Shown(
        base=kept.base,
        narrow=narrowing.read(words) if "set" in given or any(words.values()) else kept.narrow,
        columns=saved_views.columns(given.getlist("col")) if "col" in given else kept.columns,
        order=_order(order) if order else kept.order,
    )
    reads = shown.asked.reads
    return Wanted(
        view=name,
        saved=view,
        kept=kept,
        shown=shown,
        panel=given.get("panel", ""),
        after=orders.place(given.get("after", ""), reads),
        before=orders.place(given.get("before", ""), reads),
    )


def _saved(name: str, saved: Sequence[SavedView]) -> SavedView | None:
    if name in lists.VIEWS:
        return None
    try:
        wanted = UUID(name)
    except ValueError:
        raise NoSuchView(name) from None
    for view in saved:
        if view.id == wanted:
            return view
    raise NoSuchView(name)


def _order(name: str) -> Order:
    try:
        return Order(name)
    except ValueError:
        raise NoSuchView(name) from None


def query(view: str, shown: Shown, kept: Shown) -> str:
    """How an address says: this view, so far as it is not shown as kept."""
    pairs: list[tuple[str, str]] = [] if view == "all" else [("view", view)]
    if shown.narrow != kept.narrow:
        pairs.append(("set", "1"))
        pairs += [(name, word) for name, words in shown.narrow.as_words().items() for word in words]
    if shown.order != kept.order:
        pairs.append(("order", shown.order.value))
    if shown.columns != kept.columns:
        pairs += [("col", one) for one in shown.columns]
    return urlencode(pairs)


def _with(address: str, *queries: str) -> str:
    asked = "&".join(one for one in queries if one)
    return f"{address}?{asked}" if asked else address
