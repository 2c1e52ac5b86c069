"""When something is due, words first: `in 48 min`, `missed by 22 min`, `answer today`, `Monday`.

The second line names the commitment, the customer's instant and ours (“here”), so that nobody adds up hours between zones.
"""

from __future__ import annotations

from dataclasses import dataclass

from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import HOUR, Moments, about, duration

SOON = 2 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`words` and their tone (`bad`, `soon` or nothing), then `sub`."""

    words: str
    tone: str
    sub: str

    @property
    def css(self) -> str:
        """The class of its tone."""
        return f" pl-due-{self.tone}" if self.tone else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDay:
    """The desk's working day around now: when it closes (None: closed now) and when it next opens after that."""

    closes_at: int | None
    opens_at: int | None


def words(*, due_at: int, breached_at: int | None, now: int, here: Moments, day: DeskDay) -> tuple[str, str]:
    """How urgent it is, and its tone. `here` is the desk's zone."""
    # Past due and not yet recorded: the worker has not come by; the page does not wait for it.
    missed_at = breached_at if breached_at is not None else due_at if due_at <= now else None
    if missed_at is not None:
        return _("missed by %(late)s") % {"late": about(now - missed_at, here.language)}, "bad"
    left = due_at - now
    if left < SOON:
        return _("in %(time)s") % {"time": duration(left)}, "soon"
    if day.closes_at is not None and day.opens_at is not None and day.closes_at < due_at <= day.opens_at:
        return _("answer today"), ""
    today, then = here.local(now).date(), here.local(due_at).date()
    if today == then:
        return _("in %(time)s") % {"time": duration(left)}, ""
    days = (then - today).days
    if days == 1:
        return _("tomorrow %(time)s") % {"time": here.time(due_at)}, ""
    if days <= 6:
        return here.weekday_long(due_at), ""
    return here.day(due_at), ""


def both(at: int, now: int, there: Moments, here: Moments) -> str:
    """`16:50 Paris, 10:50 here`; once when the wall times agree."""
    theirs = f"{there.near(at, now)} {there.city}"
    if there.local(at).utcoffset() == here.local(at).utcoffset():
        return theirs
    return _("%(theirs)s, %(ours)s here") % {"theirs": theirs, "ours": here.near(at, now)}


def of(
    *,
    commitment: str,
    due_at: int,
    breached_at: int | None,
    now: int,
    there: Moments,
    here: Moments,
    day: DeskDay,
) -> Due:
    """The two lines of a queue's first column."""
    said, tone = words(due_at=due_at, breached_at=breached_at, now=now, here=here, day=day)
    what = wording.commitment_short(commitment)
    shown = breached_at if breached_at is not None else due_at
    return Due(words=said, tone=tone, sub=f"{what}, {both(shown, now, there, here)}")


def stopped(*, status: str, wait: str, hold: str) -> Due:
    """The first column of a ticket whose clock does not run."""
    if status == "held":
        return Due(words=_("held"), tone="", sub=hold)
    if status == "waiting" and wait:
        return Due(words=wording.wait_for(wait).lower(), tone="", sub=_("clock paused, or nothing promised"))
    return Due(words=_("nothing is due"), tone="", sub="")
