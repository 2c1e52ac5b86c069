"""The portal's first page and list, in words: the next promise first, then what waits for the reader, then what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext

from palier.contracts import queries as contracts
from palier.core import calendars
from palier.core.programme import Programme
from palier.pages import balances, hours, verdict, wording
from palier.pages.balances import BalanceView
from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments, micros
from palier.pages.severities import SeverityView, severity
from palier.pages.speech import Speech
from palier.programme import locales
from palier.tickets.home import HeldContract, Line, PortalHome
from palier.tickets.queries import MyTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A request in a list."""

    number: str
    url: str
    subject: str
    author: str
    severity: SeverityView
    status: str
    status_words: str
    due: str
    due_bad: bool
    due_sub: str
    hold: str
    rank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """The telephone."""

    number: str
    link: str
    is_open: bool
    until: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractView:
    """A contract in a few facts."""

    number: str
    plan: str
    standing: str
    until: str
    contacts: str
    covers: str
    left: tuple[BalanceView, ...]
    url: str
    opened: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """Everything the first page shows."""

    title: str
    sentence: str
    waiting: tuple[Row, ...]
    to_adopt: tuple[Row, ...]
    open: tuple[Row, ...]
    line: LineView | None
    contracts: tuple[ContractView, ...]

    @property
    def for_you(self) -> int:
        """How much waits for the reader."""
        return len(self.waiting) + len(self.to_adopt)


def view(
    home: PortalHome, speech: Speech, *, zone: str, organisation: str, vendor_id: UUID, now: datetime
) -> HomeView:
    """The first page in words."""
    moments = speech.moments_in(zone)
    adoptable = [
        one
        for one in home.to_adopt
        if one.hold in verdict.adoption_holds(contracts.programme(one.revision_id))
    ]
    for_me = {one.id for one in (*home.waiting_for_me, *adoptable)}
    return HomeView(
        title=_title(home, moments, now),
        sentence=_sentence(home, speech, organisation, zone),
        waiting=tuple(row(one, speech, now) for one in home.waiting_for_me),
        to_adopt=tuple(row(one, speech, now) for one in adoptable),
        open=tuple(
            row(one, speech, now) for one in home.open if one.id not in for_me or one.due_at is not None
        ),
        line=_line(home.line, home.programme, speech, zone, vendor_id, now)
        if home.line is not None
        else None,
        contracts=tuple(_contract(one, speech) for one in home.contracts),
    )


def _title(home: PortalHome, moments: Moments, now: datetime) -> str:
    # What waits for the customer is owed to us: late as its promise may be, we do not work on it meanwhile.
    owed = [one for one in home.open if one.due_at is not None and not one.waits_for_me]
    due = min(owed, key=lambda one: one.due_at or now, default=None)
    if due is None or due.due_at is None:
        late = home.next_due
        if late is not None and late.breached_at is not None:
            return _("We wait for your answer on %(number)s") % {"number": late.number}
        return _("We owe you nothing right now")
    if due.breached_at is not None:
        return _("We are late on %(number)s, and working on it") % {"number": due.number}
    when = near_words(due.due_at, now, moments)
    if due.due_commitment == "first_response":
        return _("We owe you a first answer before %(when)s") % {"when": when}
    if due.due_commitment == "next_update":
        return _("We owe you news before %(when)s") % {"when": when}
    return _("We owe you a step forward before %(when)s") % {"when": when}


def near_words(at: datetime, now: datetime, moments: Moments) -> str:
    """`today 17:45`, `tomorrow 13:00`, `Monday 13 July 11:10`."""
    then, today = moments.local(at).date(), moments.local(now).date()
    days = (then - today).days
    if days == 0:
        return _("today %(time)s") % {"time": moments.time(at)}
    if days == 1:
        return _("tomorrow %(time)s") % {"time": moments.time(at)}
    return f"{moments.day_long(at)} {moments.time(at)}"


def _sentence(home: PortalHome, speech: Speech, organisation: str, zone: str) -> str:
    count = len(home.open)
    words = speech.words
    if count == 0:
        first = _("%(who)s: nothing is open.") % {"who": organisation}
    else:
        first = ngettext("%(who)s: %(n)d %(one)s is open.", "%(who)s: %(n)d %(many)s are open.", count) % {
            "who": organisation,
            "n": count,
            "one": words.one,
            "many": words.many,
        }
    return f"{first} " + _("Times are in %(zone)s.") % {"zone": locales.zone_words(zone, speech.locale)}


def row(one: MyTicket, speech: Speech, now: datetime) -> Row:
    """A request in a list, its times in its own zone."""
    programme = contracts.programme(one.revision_id)
    moments = speech.moments_in(one.zone)
    due, bad, sub = _due(one, moments, now)
    hold = programme.holds.get(one.hold)
    return Row(
        number=one.number,
        url=reverse("portal:request", args=[one.number]),
        subject=one.subject,
        author="" if one.mine else one.author,
        severity=severity(programme, one.severity, speech),
        status=one.status,
        status_words=wording.status_for_customer(one.status, one.wait),
        due=due,
        due_bad=bad,
        due_sub=sub,
        hold=speech.text(hold.name) if hold is not None else "",
        rank="" if one.rank is None else str(one.rank),
    )


def _due(one: MyTicket, moments: Moments, now: datetime) -> tuple[str, bool, str]:
    if one.due_at is not None:
        what = wording.commitment(one.due_commitment).lower()
        if one.breached_at is not None:
            was = _("was due %(when)s") % {"when": near_words(one.breached_at, now, moments)}
            return _("missed"), True, f"{what}, {was}"
        return near_words(one.due_at, now, moments), False, what
    if one.status in ("resolved", "closed"):
        return _("done"), False, near_words(one.updated_at, now, moments)
    if one.status == "held":
        return _("no clock runs"), False, _("until the hold is lifted")
    if one.status == "waiting":
        return _("clock stopped"), False, ""
    return _("nothing is due"), False, ""


def _line(
    found: Line, programme: Programme, speech: Speech, zone: str, vendor_id: UUID, now: datetime
) -> LineView:
    calendar = hours.calendar(vendor_id, programme, found.calendar, found.zone, now)
    moments = speech.moments_in(zone)
    changes = hours.line(calendar, micros(now)).changes_at
    when = moments.near(changes, now) if changes is not None else ""
    until = (_("until %(when)s") if found.open_now else _("opens %(when)s")) % {"when": when} if when else ""
    return LineView(
        number=found.number,
        link="tel:" + "".join(one for one in found.number if one.isdigit() or one == "+"),
        is_open=found.open_now,
        until=until,
        hours=_week(programme, found, speech),
    )


def _week(programme: Programme, found: Line, speech: Speech) -> str:
    """`Monday to Friday 09:00–19:00, Toronto time`."""
    rule = programme.calendars[found.calendar]
    if rule.week is None or rule.week == calendars.ALWAYS:
        return _("Day and night, every day") if rule.week is not None else speech.text(rule.name)
    names = locales.parse(speech.locale).days["format"]["wide"]
    runs: list[tuple[int, int, str]] = []
    for day, spans in enumerate(rule.week.days):
        said = ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in spans)
        if not said:
            continue
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == said:
            runs[-1] = (runs[-1][0], day, said)
        else:
            runs.append((day, day, said))
    told = [
        f"{names[first]} {said}" if first == last else _("%(first)s to %(last)s") % {"first": names[first], "last": names[last]} + f" {said}"
        for first, last, said in runs
    ]  # fmt: skip
    sentence = f"{'; '.join(told)}, {locales.zone_words(found.zone, speech.locale)}"
    return sentence[:1].upper() + sentence[1:]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}" if seconds != 86_400 else "24:00"


def _contract(held: HeldContract, speech: Speech) -> ContractView:
    contract, programme = held.contract, held.programme
    url = reverse("portal:contract", args=[contract.id])
    plan = programme.plans.get(contract.plan)
    standing = programme.facts["contract"].values.get(held.standing)
    environments = contract.environments or (plan.environments if plan is not None else ())
    return ContractView(
        number=contract.number,
        plan=speech.text(plan.name) if plan is not None else contract.plan,
        standing=speech.text(standing),
        until=_("to %(date)s") % {"date": speech.moments.date(_last_day(contract))},
        contacts=", ".join(held.contact_names),
        covers=", ".join(speech.text(programme.environments[one]) for one in environments if one in programme.environments),
        left=_left(held, speech, url),
        url=url,
        opened=_opened(held, speech),
    )  # fmt: skip


def _opened(held: HeldContract, speech: Speech) -> str:
    """How many requests the term has seen, in words; nothing before it began."""
    if held.opened_since is None:
        return ""
    one = held.opened == 1 or (held.opened == 0 and speech.language == "fr")
    words = held.programme.words["request" if one else "requests"]
    return _("%(count)s %(requests)s since %(date)s") % {
        "count": held.opened,
        "requests": speech.text(words),
        "date": speech.moments.date(held.opened_since),
    }


def _last_day(contract: contracts.Standings) -> date:
    return contract.ends_on - timedelta(days=1)


def _left(held: HeldContract, speech: Speech, url: str) -> tuple[BalanceView, ...]:
    """What is left of all that the contract grants or was bought."""
    return tuple(
        balances.view(
            held.programme,
            balances.Counted(allowance=id_, left=one.left, granted=one.granted),
            speech,
            plan=held.contract.plan,
            seats=held.contract.seats,
            url=f"{url}#left",
        )
        for id_, one in held.balances.items()
    )
