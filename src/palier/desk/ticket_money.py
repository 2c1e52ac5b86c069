"""What a ticket costs and who pays, on the desk: the way chosen, the estimate, the time booked, what is with research.

The forms are small ones below the facts; each is one action of tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.http import QueryDict

from palier.core.programme import OutcomeKind, Wait
from palier.pages import estimates, funding, kept, small_forms, wording
from palier.pages.catalogue import gettext as _
from palier.pages.estimates import EstimateView
from palier.pages.funding import FundingView
from palier.pages.moments import MINUTE, NO_BREAK
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.people.models import Contact
from palier.people.queries import DeskPeople
from palier.programme import locales
from palier.tickets import choosing, estimating, researching, timekeeping
from palier.tickets.models import HandOver, Ticket, TimeEntry
from palier.tickets.pricing import Extra
from palier.tickets.ticket_page import TicketPage

SECTION = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of time: when, who, how long, whether it is billed, the note, and what reversed it."""

    when: str
    who: str
    minutes: str
    billed: str
    note: str
    reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is charged for one person and one local date, and from what it is taken."""

    day: str
    who: str
    worked: str
    charged: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """The panel: the choice that stands, the estimate with its answer, time, hand-over, and the forms."""

    funding: FundingView | None
    estimate: EstimateView | None
    entries: tuple[Entry, ...]
    days: tuple[Day, ...]
    hand_over: str
    forms: tuple[Form, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show nor to do."""
        return not (self.funding or self.estimate or self.entries or self.hand_over or self.forms)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A ticket before somebody of the vendor, with what hangs on it: each is read once, and only where there is any."""

    viewer: Viewer
    page: TicketPage
    speech: Speech
    now: datetime
    staff: DeskPeople

    @property
    def ticket(self) -> Ticket:
        """The ticket."""
        return self.page.ticket

    @property
    def zone(self) -> str:
        """The contract's zone, in which days are counted; the desk's without a contract."""
        return self.page.contract.zone if self.page.contract is not None else self.page.desk_zone

    @cached_property
    def entries(self) -> tuple[TimeEntry, ...]:
        """The time booked."""
        if not self.page.hanging.time:
            return ()
        found = TimeEntry.objects.filter(vendor_id=self.viewer.vendor_id, ticket=self.ticket)
        return tuple(found.select_related("note").order_by("started_at", "id"))

    @cached_property
    def held(self) -> HandOver | None:
        """Where the request is, if it is not with us."""
        return researching.standing(self.ticket) if self.page.hanging.hand_over else None

    def form(self, action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        """A form of this ticket. The part of a page that shows it may be kept, which knows no ticket (`kept.AT`)."""
        return Form(
            action=action, title=title, button=button, url=f"{kept.AT}/{action}", fields=fields, says=says
        )


Show = Callable[[Ground], Form | None]
Do = Callable[[Ground, Sent], str]


def view(
    ground: Ground, *, opened: str = "", tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> MoneyView:
    """The panel in words, with the form that was asked for open, or the one that was tried as it was sent."""
    speech, ticket, hanging, names = ground.speech, ground.ticket, ground.page.hanging, ground.staff.names
    standing = choosing.standing(ticket) if hanging.choice else None
    asked = estimating.standing(ticket) if hanging.estimate else None
    held = ground.held
    forms = [
        form
        for action, (show, _do) in DEEDS.items()
        if (form := (show if action in (opened, tried) else LATER.get(action, show))(ground)) is not None
    ]
    moments = speech.moments_in(ground.page.desk_zone)
    return MoneyView(
        funding=None
        if standing is None
        else funding.view(
            standing, ground.page.programme, speech, moments, by=_name(standing.choice.contact)
        ),
        estimate=None
        if asked is None
        else estimates.view(
            asked,
            ground.page.programme,
            speech,
            moments,
            by="" if asked.consent is None else _name(asked.consent.contact),
        ),
        entries=tuple(_entries(ground, names)),
        days=tuple(_days(ground, names)),
        hand_over="" if held is None else _handed(ground, held),
        forms=tuple(
            small_forms.filled(form, sent, refusal)
            if form.action == tried
            else replace(form, opened=form.action == opened)
            for form in forms
        ),
    )


def _name(contact: Contact | None) -> str:
    return "" if contact is None else contact.name


def _minutes(count: int) -> str:
    return locales.duration(count * MINUTE) if count else f"0{NO_BREAK}min"


def _entries(ground: Ground, names: Mapping[UUID, str]) -> list[Entry]:
    rows = ground.entries
    reversed_ids = {row.reverses_id for row in rows if row.reverses_id is not None}
    moments = ground.speech.moments_in(ground.zone)
    return [
        Entry(
            when=moments.day_time(row.started_at),
            who=names.get(row.staff_id, ""),
            minutes=("\u2212" if row.reverses_id else "") + _minutes(row.minutes),
            billed=_("billable") if row.billable else _("not billed"),
            note=row.note.text if hasattr(row, "note") else "",
            reversed=row.id in reversed_ids or row.reverses_id is not None,
        )
        for row in rows
    ]


def _days(ground: Ground, names: Mapping[UUID, str]) -> list[Day]:
    return [
        Day(
            day=ground.speech.moments.date(one.day),
            who=names.get(one.staff_id, ""),
            worked=_minutes(one.minutes),
            charged=_minutes(one.charged),
            by=one.clause,
        )
        for one in (timekeeping.charged(ground.ticket) if ground.page.hanging.time else ())
        if one.billable
    ]


def _handed(ground: Ground, held: HandOver) -> str:
    said = [
        _("%(wait)s, since %(when)s")
        % {
            "wait": wording.wait_for(held.wait),
            "when": ground.speech.moments.day_time(held.at),
        }
    ]
    if held.reference:
        said.append(_("their reference %(reference)s") % {"reference": held.reference})
    if held.follow_up_on is not None:
        said.append(
            _("to be asked again on %(date)s") % {"date": ground.speech.moments.date(held.follow_up_on)}
        )
    return ", ".join(said)


# --- what can be done -------------------------------------------------------------------------------


def _estimate_later(ground: Ground) -> Form | None:
    """Its title: the form offers the ways with their balances, which to work out takes longer than the whole page."""
    if "estimate" not in ground.page.can:
        return None
    covered = ground.ticket.outcome == OutcomeKind.COVER
    title = _("Estimate a visit on site") if covered else _("Estimate the work")
    return replace(ground.form("estimate", title, _("Send the estimate")), later=True)


def _estimate_form(ground: Ground) -> Form | None:
    if "estimate" not in ground.page.can:
        return None
    programme, speech = ground.page.programme, ground.speech
    offered = {
        one.way: speech.text(programme.ways[one.way].name)
        for one in choosing.ways(ground.viewer, ticket=ground.ticket, now=ground.now)
        if one.kind in ("hours", "estimate")
    }
    money = {"currency": programme.currency}
    beside = (
        Field(name="travel", label=_("Travel, %(currency)s") % money, kind="money"),
        Field(name="lodging", label=_("Lodging, %(currency)s") % money, kind="money"),
        Field(name="text", label=_("What the customer reads"), kind="long", required=True),
    )
    if not offered:
        return ground.form(
            "estimate",
            _("Estimate a visit on site"),
            _("Send the estimate"),
            *beside,
            says=_("The work is covered; travel and lodging are billed once the customer agreed."),
        )
    return ground.form(
        "estimate",
        _("Estimate the work"),
        _("Send the estimate"),
        Field(name="way", label=_("How it is paid"), kind="choice", options=options(offered), required=True),
        Field(name="minutes", label=_("Minutes of work, of the whole"), kind="whole", required=True),
        Field(
            name="amount",
            label=_("Price without tax, %(currency)s") % money,
            kind="money",
            hint=_("Only at a fixed price; else it follows from the minutes."),
        ),
        *beside,
        says=_("Billable work starts once the customer agreed, or within its cap."),
    )


def _estimate(ground: Ground, sent: Sent) -> str:
    asked = {field.name for field in sent.form.fields}
    currency = ground.page.programme.currency
    extras = [
        Extra(kind=kind, text="", amount=amount)
        for kind in ("travel", "lodging")
        if (amount := sent.money(kind, currency))
    ]
    made = estimating.estimate(
        by=ground.viewer,
        ticket=ground.ticket,
        way=sent.chosen("way") if "way" in asked else "",
        minutes=(sent.whole("minutes") or 0) if "minutes" in asked else 0,
        text=sent.text("text"),
        amount=sent.money("amount", currency) if "amount" in asked else None,
        extras=extras,
        now=ground.now,
    )
    agreed = estimating.standing(made.ticket)
    if agreed is not None and not agreed.open:
        return _("Sent; it lies within the cap agreed beforehand, work may start.")
    return _("Sent; we wait for the customer’s yes.")


def _book_form(ground: Ground) -> Form | None:
    if "book-time" not in ground.page.can:
        return None
    moments = ground.speech.moments_in(ground.zone)
    return ground.form(
        "book-time",
        _("Book time"),
        _("Book"),
        Field(
            name="started_at",
            label=_("Begun at, in %(city)s") % {"city": moments.city},
            kind="moment",
            hint=_("Left empty: it ended just now."),
        ),
        Field(name="minutes", label=_("Minutes"), kind="whole", required=True),
        Field(name="billable", label=_("Billable, as agreed"), kind="check"),
        Field(name="note", label=_("Note"), kind="long"),
    )


def _book(ground: Ground, sent: Sent) -> str:
    minutes = sent.whole("minutes") or 0
    just_now = ground.now.replace(second=0, microsecond=0) - timedelta(minutes=minutes)
    timekeeping.book(
        by=ground.viewer,
        ticket=ground.ticket,
        started_at=sent.moment("started_at") or just_now,
        minutes=minutes,
        billable=sent.ticked("billable"),
        note=sent.text("note"),
        now=ground.now,
    )
    return _("Booked.")


def _reverse_form(ground: Ground) -> Form | None:
    if "reverse-time" not in ground.page.can:
        return None
    rows = ground.entries
    gone = {row.reverses_id for row in rows}
    moments = ground.speech.moments_in(ground.zone)
    open_ = {
        str(row.id): f"{moments.day_time(row.started_at)}, {_minutes(row.minutes)}"
        for row in rows
        if row.id not in gone and row.reverses_id is None
    }
    if not open_:
        return None
    return ground.form(
        "reverse-time",
        _("Take booked time back"),
        _("Take back"),
        Field(name="entry", label=_("Entry"), kind="choice", options=options(open_), required=True),
        Field(name="reason", label=_("Why"), kind="long", required=True),
        says=_("By an entry that reverses it: nothing is rewritten."),
    )


def _reverse(ground: Ground, sent: Sent) -> str:
    entry = TimeEntry.objects.get(vendor_id=ground.viewer.vendor_id, id=sent.chosen("entry"))
    timekeeping.reverse(
        by=ground.viewer, ticket=ground.ticket, entry=entry, reason=sent.text("reason"), now=ground.now
    )
    return _("Taken back; what it had used is given back.")


def _hand_over_form(ground: Ground) -> Form | None:
    if "hand-over" not in ground.page.can or ground.held is not None:
        return None
    waits = {one.value: wording.wait_for(one) for one in (Wait.PATCH, Wait.MANUFACTURER, Wait.THIRD_PARTY)}
    return ground.form(
        "hand-over",
        _("Hand over to research"),
        _("Hand over"),
        Field(name="wait", label=_("To whom"), kind="choice", options=options(waits), required=True),
        Field(name="reference", label=_("Their reference")),
        Field(name="follow_up_on", label=_("Ask again on"), kind="date"),
        Field(name="message", label=_("What the customer reads"), kind="long", required=True),
    )


def _hand_over(ground: Ground, sent: Sent) -> str:
    researching.hand_over(
        by=ground.viewer,
        ticket=ground.ticket,
        wait=sent.chosen("wait"),
        reference=sent.text("reference"),
        follow_up_on=sent.day("follow_up_on"),
        message=sent.text("message"),
        now=ground.now,
    )
    return _("Handed over; the customer is told.")


def _follow_up_form(ground: Ground) -> Form | None:
    held = ground.held
    if "hand-over" not in ground.page.can or held is None:
        return None
    return ground.form(
        "follow-up",
        _("Change reference or date"),
        _("Keep it"),
        Field(name="reference", label=_("Their reference"), value=held.reference),
        Field(
            name="follow_up_on",
            label=_("Ask again on"),
            kind="date",
            value=held.follow_up_on.isoformat() if held.follow_up_on is not None else "",
        ),
    )


def _follow_up(ground: Ground, sent: Sent) -> str:
    researching.follow_up(
        by=ground.viewer,
        ticket=ground.ticket,
        reference=sent.text("reference"),
        follow_up_on=sent.day("follow_up_on"),
        now=ground.now,
    )
    return _("Kept.")


def _came_back_form(ground: Ground) -> Form | None:
    if "hand-over" not in ground.page.can or ground.held is None:
        return None
    return ground.form(
        "came-back", _("It came back"), _("Go on with it"), says=_("The wait ends and the clock runs on.")
    )


def _came_back(ground: Ground, sent: Sent) -> str:
    del sent
    researching.came_back(by=ground.viewer, ticket=ground.ticket, now=ground.now)
    return _("It is with us again.")


DEEDS: Mapping[str, tuple[Show, Do]] = {
    "estimate": (_estimate_form, _estimate),
    "book-time": (_book_form, _book),
    "reverse-time": (_reverse_form, _reverse),
    "hand-over": (_hand_over_form, _hand_over),
    "follow-up": (_follow_up_form, _follow_up),
    "came-back": (_came_back_form, _came_back),
}


LATER: Mapping[str, Show] = {"estimate": _estimate_later}
"""What stands for a form until it is asked for."""


def do(ground: Ground, action: str, data: QueryDict) -> str:
    """Do one thing; the sentence that says so. Raises Refused or CannotDo."""
    show, act = DEEDS[action]
    form = show(ground)
    if form is None:
        raise Refused(
            code="not-as-it-stands",
            en="This request does not stand so that this could be done to it, or not by you.",
            fr="Cette demande n’est pas dans un état où cela se puisse, ou pas par vous.",
        )
    return act(ground, Sent(data=data, files={}, form=form, zone=ground.zone))
