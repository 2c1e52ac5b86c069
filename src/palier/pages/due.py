"""When something is due, words first: `in 48 min`, `missed by 22 min of business time`, `answer today`, `Monday`.

What ran over is counted in the promise's own calendar, as everything on its clock. A list knows instants only: there it
says when it was missed (`missed 2 d 3 h ago`), which is no measure of lateness. The second line names the commitment, the customer's instant and ours (“here”), so that nobody adds up hours between zones.
"""

from __future__ import annotations

from dataclasses import dataclass

from palier.core.promises import Counting, Promised
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


class Column:
    """The first column of a list, for all its lines: `here` is the desk's zone.

    What does not depend on the line is looked up once: a page has fifty, and each look-up in a catalogue asks for the
    language anew.
    """

    def __init__(self, *, now: int, here: Moments, day: DeskDay) -> None:
        self._now, self._here, self._day = now, here, day
        self._today = here.local(now).date()
        self._late, self._in, self._twice = (
            _("missed %(ago)s ago"),
            _("in %(time)s"),
            _("%(theirs)s, %(ours)s here"),
        )
        self._names: dict[str, str] = {}

    def of(self, *, commitment: str, due_at: int, breached_at: int | None, there: Moments) -> Due:
        """The two lines of what is due: how urgent it is, then the commitment, the customer's instant and ours."""
        said, tone = self.words(due_at, breached_at)
        shown = breached_at if breached_at is not None else due_at
        return Due(words=said, tone=tone, sub=f"{self._name(commitment)}, {self.both(shown, there)}")

    def words(self, due_at: int, breached_at: int | None) -> tuple[str, str]:
        """How urgent it is, and its tone."""
        now, here, day = self._now, self._here, self._day
        # Past due and not yet recorded: the worker has not come by; the page does not wait for it.
        missed_at = breached_at if breached_at is not None else due_at if due_at <= now else None
        if missed_at is not None:
            return self._late % {"ago": about(now - missed_at, here.language)}, "bad"
        left = due_at - now
        if left < SOON:
            return self._in % {"time": duration(left)}, "soon"
        if day.closes_at is not None and day.opens_at is not None and day.closes_at < due_at <= day.opens_at:
            return _("answer today"), ""
        days = (here.local(due_at).date() - self._today).days
        if days == 0:
            return self._in % {"time": duration(left)}, ""
        if days == 1:
            return _("tomorrow %(time)s") % {"time": here.time(due_at)}, ""
        if days <= 6:
            return here.weekday_long(due_at), ""
        return here.day(due_at), ""

    def both(self, at: int, there: Moments) -> str:
        """`16:50 Paris, 10:50 here`; once when the wall times agree."""
        theirs = f"{there.near(at, self._now)} {there.city}"
        if there.zone == self._here.zone or there.offset(at) == self._here.offset(at):
            return theirs
        return self._twice % {"theirs": theirs, "ours": self._here.near(at, self._now)}

    def _name(self, commitment: str) -> str:
        found = self._names.get(commitment)
        if found is None:
            found = self._names[commitment] = wording.commitment_short(commitment)
        return found


def words(promised: Promised, *, now: int, here: Moments, day: DeskDay) -> tuple[str, str]:
    """How urgent one promise is that has a due instant, and its tone. `here` is the desk's zone."""
    if promised.breached_at is not None:
        return _("missed by %(late)s of business time") % {"late": duration(over(promised))}, "bad"
    return Column(now=now, here=here, day=day).words(promised.due_at or now, None)


def over(promised: Promised) -> int:
    """What a promise ran over, in microseconds of its own calendar: to the act that made it good, else to now."""
    return sum(segment.counted for segment in promised.segments if segment.state is Counting.OVER)


def both(at: int, now: int, there: Moments, here: Moments) -> str:
    """One instant in two zones: `16:50 Paris, 10:50 here`; once when the wall times agree."""
    return Column(now=now, here=here, day=DeskDay(closes_at=None, opens_at=None)).both(at, there)


def stopped(*, status: str, wait: str, hold: str) -> Due:
    """The first column of a ticket whose clock does not run."""
    if status == "held":
        return Due(words=_("held"), tone="", sub=hold)
    if status == "waiting" and wait:
        return Due(words=wording.wait_for(wait).lower(), tone="", sub=_("clock paused, or nothing promised"))
    return Due(words=_("nothing is due"), tone="", sub="")
