"""The queue as its page shows it: views with their counts, heads, groups, and the lines as ready HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from palier.desk import queue_lines
from palier.desk.queue_asked import Wanted
from palier.desk.queue_lines import Beside, Seen
from palier.desk.queue_words import column_names, order_names
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.due import DeskDay
from palier.pages.moments import MINUTE, Moments, micros, moment
from palier.pages.speech import Speech
from palier.tickets import lists
from palier.tickets.lists import Extra, Groups, QueuePage, QueueRow
from palier.tickets.orders import Order
from palier.workspace.models import Reach, SavedView

NOW, STOPPED, IN_SIGHT = (
    ("all", "mine", "nobodys", "missed", "due-soon"),
    ("waiting", "held"),
    ("watched", "snoozed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The page: everything that a list shows and that a live page fetches again."""

    title: str
    count: str
    order: str
    views: SafeString
    """The views as HTML: how many each holds, the one shown marked."""
    head: SafeString
    """The heads of the columns as HTML."""
    rows: SafeString
    """The lines as HTML; empty where there are none."""
    next_url: str
    previous_url: str
    first_url: str
    caption: str
    changes: int
    """The vendor's counter of changes, read before the lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a page is made of. `counts` of saved views by id; `groups` only in the order by due."""

    page: QueuePage
    wanted: Wanted
    saved: Sequence[SavedView]
    counts: Mapping[UUID, int]
    groups: Groups | None
    extras: Mapping[UUID, Extra]


def view(material: Material, speech: Speech, *, day: DeskDay, here: Moments, now: datetime) -> QueueView:
    """The page in words. `here` is the desk's zone."""
    page, wanted = material.page, material.wanted
    # To the minute, as everything the lines say.
    minute = micros(now) // MINUTE * MINUTE
    rows = queue_lines.rows(Seen(language=speech.language, locale=speech.locale, zone=here.zone, day=day, now=minute,
                       address=reverse("desk:ticket", args=["0"])[:-1], columns=wanted.shown.columns))  # fmt: skip
    counts = {one.view: one.count for one in page.views}
    title = wanted.saved.name if wanted.saved is not None else view_names()[wanted.view]
    is_first = wanted.after is None and wanted.before is None
    known = None
    if wanted.shown.narrow == wanted.kept.narrow:
        known = counts.get(wanted.view) if wanted.saved is None else material.counts.get(wanted.saved.id)
    return QueueView(
        title=title,
        count="" if known is None else _count(known),
        order=order_names()[wanted.shown.asked.reads],
        views=_views(material, counts),
        head=_head(speech.language, wanted.shown.columns),
        rows=rows.lines(
            page,
            Beside(extras=material.extras, heads=_heads(material, day, here, now)),
        ),
        next_url=wanted.url(after=page.next.token()) if page.next is not None else "",
        previous_url=wanted.url(before=page.previous.token()) if page.previous is not None else "",
        first_url="" if is_first else wanted.url(),
        changes=page.changes,
        caption=_("%(view)s. %(now)s in %(city)s")
        % {"view": title, "now": here.day_time(now), "city": here.city},
    )


@functools.lru_cache(maxsize=64)
def _head(language: str, columns: tuple[str, ...]) -> SafeString:
    """The heads of the columns. The first one picks all lines of the page, where scripts run."""
    del language  # whose words they are: a part of the key
    names = column_names()
    every = format_html(
        '<th scope="col" class="pl-c-pick"><label class="pl-tick" hidden><input class="form-check-input" type="checkbox"'
        ' data-pick-all aria-label="{}"></label></th>',
        _("Select all on this page"),
    )
    return mark_safe(every + "".join(f'<th scope="col">{escape(names[one])}</th>' for one in columns))  # noqa: S308


def _views(material: Material, counts: Mapping[str, int]) -> SafeString:
    """The list of views. Missed ones stand out as soon as there is one."""
    names, chosen = view_names(), material.wanted.view
    sections = [
        (_("Now"), [(one, names[one], counts.get(one)) for one in NOW]),
        (_("Clock stopped"), [(one, names[one], counts.get(one)) for one in STOPPED]),
        (_("Kept in sight"), [(one, names[one], counts.get(one)) for one in IN_SIGHT]),
    ]
    titles = {
        Reach.MINE: _("Saved by you"),
        Reach.TEAM: _("Shared with the team"),
        Reach.ALL: _("Shared with all"),
    }
    for reach in (Reach.MINE, Reach.TEAM, Reach.ALL):
        kept = [one for one in material.saved if one.reach == reach]
        if kept:
            sections.append(
                (titles[reach], [(str(one.id), one.name, material.counts.get(one.id)) for one in kept])
            )
    address = reverse("desk:queue")
    parts = []
    for title, rows in sections:
        lines = "".join([_view_line(address, *row, chosen=chosen) for row in rows])
        parts.append(f"<h2>{escape(title)}</h2><ul>{lines}</ul>")
    return mark_safe("".join(parts))  # noqa: S308 (all that goes in is escaped, or a number)


def _view_line(address: str, name: str, words: str, count: int | None, *, chosen: str) -> str:
    bad = ' class="is-bad"' if name == "missed" and count else ""
    url = address if name == "all" else f"{address}?view={name}"
    current = ' aria-current="page"' if name == chosen else ""
    held = "" if count is None else _count(count)
    return (
        f'<li{bad}><a href="{escape(url)}"{current}><span>{escape(words)}</span><span>{held}</span></a></li>'
    )


def view_names() -> dict[str, str]:
    """The built-in views, in the order of the side bar."""
    return {
        "all": _("All open"),
        "mine": _("Mine"),
        "nobodys": _("Nobody’s"),
        "missed": _("Missed"),
        "due-soon": _("Due within two hours"),
        "waiting": _("Waiting"),
        "held": _("On hold"),
        "watched": _("Watched"),
        "snoozed": pgettext("a view", "Put aside"),
    }


def _count(count: int) -> str:
    return f"{count}+" if count >= lists.COUNTED else str(count)


# --- groups of a list by due ------------------------------------------------------------------------


def day_ends_at(day: DeskDay, here: Moments, now: datetime) -> datetime:
    """Until when what is due has to be done today: midnight here, or when the desk next opens, whichever is later."""
    midnight = here.midnight(now, days=1)
    opens = day.opens_at if day.closes_at is not None else None
    return moment(midnight if opens is None else max(midnight, opens))


def _heads(material: Material, day: DeskDay, here: Moments, now: datetime) -> Mapping[int, str]:
    """The head of each group, by the line it stands above."""
    groups, wanted = material.groups, material.wanted
    if groups is None or wanted.shown.asked.reads is not Order.DUE:
        return {}
    ends = day_ends_at(day, here, now)
    today = str(groups.today) if groups.today < lists.COUNTED else _count(groups.today)
    if day.closes_at is not None:
        today = _("%(n)s, we close at %(time)s") % {"n": today, "time": here.time(day.closes_at)}
    titles = {
        "missed": (_("Missed"), _count(groups.missed)),
        "soon": (_("Within two hours"), _count(groups.soon)),
        "today": (_("Later today"), today),
        "later": (_("Tomorrow and after"), _count(groups.later)),
        "stopped": (_("Clock stopped"), _count(groups.stopped)),
    }
    wide = len(wanted.shown.columns) + 1
    heads, last = {}, ""
    for place, row in enumerate(material.page.rows):
        group = _group(row, now, ends)
        if group != last:
            title, count = titles[group]
            heads[place] = (
                f'<tr class="pl-group"><th colspan="{wide}" scope="rowgroup">{escape(title)} '
                f'<span class="pl-3rd">{escape(count)}</span></th></tr>\n'
            )
            last = group
    return heads


def _group(row: QueueRow, now: datetime, ends: datetime) -> str:
    if row.due_at is None:
        return "stopped"
    if row.due_at <= now:
        return "missed"
    if row.due_at <= now + lists.SOON:
        return "soon"
    return "today" if row.due_at <= max(ends, now + lists.SOON) else "later"


def nothing(wanted: Wanted) -> Mapping[str, str]:
    """What an empty list says: what would be here."""
    if wanted.shown.narrow or wanted.saved is not None:
        return {
            "title": _("Nothing fits these filters"),
            "text": _("Take one away above, or choose another view."),
        }
    words = {
        "all": (_("Nothing is open"), _("Whatever a customer writes stands here at once, worst first.")),
        "mine": (_("Nothing is yours"), _("Take one from “Nobody’s”: open it, then Assign.")),
        "nobodys": (_("Everything has somebody"), _("What comes in without a name stands here.")),
        "missed": (_("Nothing was missed"), _("What is late stands here until somebody has acted.")),
        "due-soon": (_("Nothing is due within two hours"), _("It moves here when its time has come.")),
        "waiting": (
            _("Nothing waits"),
            _("What waits for a customer, a manufacturer or a patch stands here."),
        ),
        "watched": (_("You watch nothing"), _("Open a ticket and press m: you are told what happens to it.")),
        "snoozed": (_("Nothing is put aside"), _("What you put aside waits here until its time comes.")),
        "held": (_("Nothing is on hold"), _("What waits for payment, adoption or information stands here.")),
    }
    title, text = words[wanted.view]
    return {"title": title, "text": text}
