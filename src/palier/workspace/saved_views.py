"""Saved views: made, changed, shared, ordered and thrown away; and which of them a person has in its side bar.

Anybody keeps views for itself and shares them with its own teams; who runs the desk shares with everybody
(docs/reference/views.md). A view is a question, not an answer: each reader sees of it what it may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from palier.people import access, reading
from palier.people.access import Refused
from palier.people.models import Team
from palier.tickets import lists, narrowing
from palier.tickets.narrowing import Narrow
from palier.tickets.orders import Order
from palier.tickets.problems import CannotDo, unknown_word
from palier.workspace.models import Reach, SavedView

COLUMNS = (
    "due", "number", "subject", "severity", "verdict", "state", "person", "customer", "contact", "team", "plan",
    "product", "kind", "tags", "language", "created", "updated",
)  # fmt: skip
USUAL = ("due", "number", "subject", "severity", "verdict", "state", "person")
"""The columns of a list for which none were chosen. A line is never without its subject."""
MOST = 50
"""Views of one person."""
LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a view lists and how: the part of it that addresses carry too."""

    base: str = "all"
    narrow: Narrow = lists.EVERYTHING
    columns: tuple[str, ...] = USUAL
    order: Order = Order.QUEUE

    @property
    def asked(self) -> lists.Asked:
        """The list to read, but for the tickets its free text stands in."""
        return lists.Asked(view=self.base, narrow=self.narrow, order=self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Who has a view: its owner, a team, or everybody."""

    reach: Reach = Reach.MINE
    team_id: UUID | None = field(default=None)


def columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns chosen, in their usual order; the subject among them always. Raises CannotDo for one there is not."""
    for name in names:
        if name not in COLUMNS:
            raise unknown_word(what_en="column", what_fr="colonne", word=name, known=COLUMNS)
    chosen = {*names, "subject"}
    return tuple(name for name in COLUMNS if name in chosen) if names else USUAL


def shown(view: SavedView) -> Shown:
    """What a saved view shows. What it names that is gone since (a tag, a person) finds nothing."""
    return Shown(
        base=view.base,
        narrow=narrowing.read(view.filters),
        columns=columns(view.columns),
        order=Order(view.order),
    )


_MINE = (
    "vendor_id = %s and (owner_id = %s or reach = 'all' or (reach = 'team' and team_id = any(%s::uuid[])))"
    " order by reach, position, made_at, id"
)


def of(viewer: access.Viewer) -> tuple[SavedView, ...]:
    """The views a person has, in the order of its side bar: shared with all, its own, shared with its teams."""
    if viewer.staff_id is None:
        return ()
    return tuple(reading.every(SavedView, _MINE, [viewer.vendor_id, viewer.staff_id, sorted(viewer.teams)]))


def find(viewer: access.Viewer, view_id: UUID) -> SavedView:
    """One of a person's views. Raises SavedView.DoesNotExist alike for a missing one and one not shared with it."""
    for view in of(viewer):
        if view.id == view_id:
            return view
    raise SavedView.DoesNotExist(f"no view {view_id}")


def may_change(viewer: access.Viewer, view: SavedView) -> bool:
    """Whether this person may rename, change, share, order and delete a view: its own, and shared ones who runs the desk."""
    return view.owner_id == viewer.staff_id or (
        view.reach != Reach.MINE and viewer.has_role(access.RUNS_THE_DESK)
    )


def save(*, by: access.Viewer, name: str, shown: Shown, sharing: Sharing, now: datetime) -> SavedView:
    """Keep a list by name, last among its kind."""
    owner = by.as_staff()
    _check_sharing(by, sharing)
    own = SavedView.objects.filter(vendor_id=by.vendor_id, owner_id=owner)
    if own.count() >= MOST:
        raise CannotDo(
            code="many-views",
            en=f"You have {MOST} views, and more would not be read: delete one first.",
            fr=f"Vous avez {MOST} vues, et plus ne se lirait pas : supprimez-en une d’abord.",
        )
    return SavedView.objects.create(
        vendor_id=by.vendor_id,
        owner_id=owner,
        name=_named(name),
        reach=sharing.reach,
        team_id=sharing.team_id,
        position=_last(by, sharing) + 1,
        made_at=now,
        **_stored(shown),
    )


def rename(*, by: access.Viewer, view: SavedView, name: str) -> SavedView:
    """Give a view another name."""
    locked = _locked(by, view)
    locked.name = _named(name)
    locked.save(update_fields=["name"])
    return locked


def change(*, by: access.Viewer, view: SavedView, shown: Shown) -> SavedView:
    """Let a view show something else, or the same otherwise."""
    locked = _locked(by, view)
    values = _stored(shown)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(values))
    return locked


def share(*, by: access.Viewer, view: SavedView, sharing: Sharing) -> SavedView:
    """Share a view with a team or with everybody, or keep it for its owner again."""
    locked = _locked(by, view)
    _check_sharing(by, sharing)
    locked.position = _last(by, sharing) + 1
    locked.reach, locked.team_id = sharing.reach, sharing.team_id
    locked.save(update_fields=["reach", "team", "position"])
    return locked


def delete(*, by: access.Viewer, view: SavedView) -> None:
    """Throw a view away, for everybody who has it."""
    _locked(by, view).delete()


def move(*, by: access.Viewer, view: SavedView, up: bool) -> None:
    """Let a view change places with its neighbour of the same kind that this person may change. At the end it stays."""
    locked = _locked(by, view)
    row = [one for one in of(by) if _kind(one) == _kind(locked) and may_change(by, one)]
    place = next(n for n, one in enumerate(row) if one.id == locked.id)
    other = place + (-1 if up else 1)
    if not 0 <= other < len(row):
        return
    row[place], row[other] = row[other], row[place]
    for position, one in enumerate(row):
        one.position = position
    SavedView.objects.bulk_update(row, ["position"])


def _kind(view: SavedView) -> tuple[str, UUID | None]:
    return view.reach, view.team_id


def _locked(by: access.Viewer, view: SavedView) -> SavedView:
    find(by, view.id)
    locked = SavedView.objects.select_for_update(of=("self",)).get(vendor_id=by.vendor_id, id=view.id)
    if not may_change(by, locked):
        raise Refused(
            code="not-your-view",
            en="This view is shared by somebody else: save it under a name of your own, then change that one.",
            fr="Cette vue est partagée par quelqu’un d’autre : enregistrez-la sous un nom à vous, puis changez celle-là.",
        )
    return locked


def _check_sharing(by: access.Viewer, sharing: Sharing) -> None:
    runs = by.has_role(access.RUNS_THE_DESK)
    if sharing.reach == Reach.ALL and not runs:
        raise Refused(
            code="managers-share",
            en="Only a manager or an administrator shares a view with everybody: share it with your team, or ask one.",
            fr="Seul un responsable ou un administrateur partage une vue avec tous : partagez-la avec votre équipe, ou demandez-le-lui.",
        )
    if (sharing.reach == Reach.TEAM) is not (sharing.team_id is not None):
        raise CannotDo(
            code="which-team",
            en="Choose the team with which the view is shared.",
            fr="Choisissez l’équipe avec laquelle la vue est partagée.",
        )
    if sharing.team_id is None:
        return
    known = Team.objects.filter(vendor_id=by.vendor_id, id=sharing.team_id).exists()
    if not known or not (runs or sharing.team_id in by.teams):
        raise Refused(
            code="not-your-team",
            en="You share views with the teams you belong to: choose one of those.",
            fr="Vous partagez des vues avec les équipes dont vous êtes : choisissez l’une d’elles.",
        )


def _named(name: str) -> str:
    found = " ".join(name.split())
    if not found or len(found) > LONGEST:
        raise CannotDo(
            code="view-name",
            en=f"Give the view a name of at most {LONGEST} characters.",
            fr=f"Donnez à la vue un nom de {LONGEST} caractères au plus.",
        )
    return found


def _last(by: access.Viewer, sharing: Sharing) -> int:
    mine = [one.position for one in of(by) if _kind(one) == (sharing.reach, sharing.team_id)]
    return max(mine, default=-1)


def _stored(shown: Shown) -> dict[str, object]:
    if shown.base not in lists.VIEWS:
        raise unknown_word(what_en="view", what_fr="vue", word=shown.base, known=lists.VIEWS)
    return {
        "base": shown.base,
        "filters": shown.narrow.as_words(),
        "columns": [] if shown.columns == USUAL else list(shown.columns),
        "order": shown.order.value,
    }
