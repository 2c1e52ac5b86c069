"""The desk's ticket page in words: facts with the time there now, what sending now does, and the forms' choices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from palier.core.clock import Promised
from palier.core.programme import Commitment, Relief, Wait
from palier.pages import due, hours, ticket_view, wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import DAY, duration, moment
from palier.pages.severities import severity_name
from palier.pages.speech import Speech
from palier.pages.stream import Teller
from palier.pages.ticket_view import TicketView
from palier.people import queries as people
from palier.people.access import Viewer
from palier.programme import locales
from palier.tickets import drafts
from palier.tickets.models import Status
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of a list."""

    value: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A list in a form."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A promise in the page's head: words, tone and picture, and the two instants beside it."""

    words: str
    tone: str
    icon: str
    clause: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTicket:
    """Everything the page shows."""

    ticket: TicketView
    status: str
    status_words: str
    promises: tuple[Badge, ...]
    contact: str
    contact_there: str
    organisation: str
    contract: str
    product: str
    asked: tuple[tuple[str, str], ...]
    channel: str
    verdict_count: str
    clock_zone: str
    ledger: str
    can: frozenset[str]
    first_name: str
    effect: str
    workaround: str
    severities: tuple[Choice, ...]
    staff: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    sites: tuple[Choice, ...]
    waits: tuple[Choice, ...]
    reliefs: tuple[Choice, ...]
    classify: tuple[Select, ...]
    version: str
    asks_version: bool
    holds: tuple[Choice, ...]
    relieved: bool
    critical: bool
    stream_zone: str


def view(page: TicketPage, viewer: Viewer, speech: Speech, *, vendor_name: str) -> DeskTicket:
    """The ticket in words."""
    programme, ticket, clock = page.programme, page.ticket, page.clock
    here, there = speech.moments_in(page.desk_zone), speech.moments_in(page.zone)
    names = people.staff_names(viewer)
    teams = tuple(people.teams(viewer))
    teller = Teller(
        programme=programme,
        speech=speech,
        here=here,
        there=there,
        vendor_name=vendor_name,
        customer_name=ticket.organisation.name,
        staff_names={str(id_): name for id_, name in names.items()}
        | {str(one.id): one.name for one in teams},
        reader="person",
    )
    desk = hours.calendar(
        viewer.vendor_id, programme, programme.desk_calendar, page.desk_zone, moment(clock.now)
    )
    first = min((p.started_at for p in clock.promises), default=clock.now)
    shown = ticket_view.view(
        page,
        speech,
        teller,
        zone=page.zone,
        desk_open=hours.opened(desk, min(first, clock.now) - 2 * DAY, clock.now + 40 * DAY),
        desk_word=_("Desk"),
    )
    day = hours.desk_day(desk, moment(clock.now))
    return DeskTicket(
        ticket=shown,
        status=ticket.status,
        status_words=_status(page, names_of=names.get(ticket.assignee_id) if ticket.assignee_id else None),
        promises=tuple(_badges(page, speech, day)),
        contact=page.contact.name,
        contact_there=_there(page, speech),
        organisation=ticket.organisation.name,
        contract=_contract(page, speech),
        product=_product(page, speech),
        asked=tuple(_asked(page, speech)),
        channel=ticket.channel,
        verdict_count=_("%(n)d of %(count)d") % {"n": page.verdict_number, "count": page.verdict_count},
        clock_zone=there.city,
        ledger=shown.verdict.told.cost,
        can=page.can,
        first_name=page.contact.name.partition(" ")[0],
        effect=_effect_of_sending(page),
        workaround=_workaround(page),
        severities=tuple(
            Choice(value=one, name=severity_name(programme, one, speech), chosen=one == ticket.severity)
            for one in programme.severities
        ),
        staff=_people(((one.id, one.name) for one in people.staff_to_assign(viewer)), ticket.assignee_id),
        teams=_people(((one.id, one.name) for one in teams), ticket.team_id),
        sites=_people(
            ((one.id, one.name) for one in people.sites(viewer, ticket.organisation_id)), ticket.site_id
        ),
        waits=tuple(Choice(value=one.value, name=wording.wait_for(one)) for one in Wait),
        reliefs=tuple(
            Choice(value=one.value, name=wording.relief(one))
            for one in (Relief.OPERATIONAL, Relief.REASONABLE_WORKAROUND)
        ),
        classify=tuple(_classify(page, speech)),
        version=ticket.version,
        asks_version="version" in programme.kinds[ticket.kind].required or bool(ticket.version),
        holds=tuple(
            Choice(value=one, name=speech.text(programme.holds[one].name)) for one in page.decision.holds
        ),
        relieved=any(entry.kind == "relieved" for entry in page.stream) and not clock.critical_unrelieved,
        critical=clock.critical_unrelieved,
        stream_zone=here.city,
    )


def _status(page: TicketPage, *, names_of: str | None) -> str:
    ticket = page.ticket
    words = wording.wait_for(ticket.wait) if ticket.wait else wording.status(ticket.status)
    return _("%(state)s, with %(name)s") % {"state": words, "name": names_of} if names_of else words


def _there(page: TicketPage, speech: Speech) -> str:
    """`Thu 15:32 in London, open until 18:00`: whether anybody is there to read an answer."""
    there, now = speech.moments_in(page.zone), page.clock.now
    said = _("%(when)s in %(city)s") % {"when": there.weekday_time(now), "city": there.city}
    owed = page.clock.next_due
    found = (
        page.clock.calendars.get(owed.segments[-1].calendar) if owed is not None and owed.segments else None
    )
    if found is None:
        return said
    line = hours.line(found, now)
    if line.changes_at is None:
        return said
    when = there.near(line.changes_at, now)
    return f"{said}, " + (_("open until %(when)s") if line.is_open else _("opens %(when)s")) % {"when": when}


def _contract(page: TicketPage, speech: Speech) -> str:
    contract = page.contract
    if contract is None:
        return _("none")
    plan = page.programme.plans.get(contract.plan)
    standing = page.programme.facts["contract"].values.get(str(page.decision.facts.get("contract", "")))
    parts = [
        contract.number,
        speech.text(plan.name) if plan is not None else contract.plan,
        speech.text(standing),
        _("to %(date)s") % {"date": speech.moments.date(contract.ends_on - timedelta(days=1))},
    ]
    return ", ".join(part for part in parts if part)


def _product(page: TicketPage, speech: Speech) -> str:
    programme, ticket = page.programme, page.ticket
    name = " ".join(
        p for p in (ticket_view.name(programme.products, ticket.product, speech), ticket.version) if p
    )
    parts = [
        name,
        ticket_view.name(programme.environments, ticket.environment, speech),
        ticket.solution.name if ticket.solution is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _asked(page: TicketPage, speech: Speech) -> Iterable[tuple[str, str]]:
    """What was filled in besides the description."""
    for name, text in page.ticket.answers.get("fields", {}).items():
        field = page.programme.fields.get(name)
        if field is not None and text:
            yield speech.text(field.name), text


def _badges(page: TicketPage, speech: Speech, day: due.DeskDay) -> Iterable[Badge]:
    here, there = speech.moments_in(page.desk_zone), speech.moments_in(page.zone)
    now = page.clock.now
    for promised in sorted(page.clock.promises, key=lambda p: (p.breached_at is None, p.due_at or 0)):
        if not promised.owed:
            continue
        what = wording.commitment(promised.commitment)
        if promised.endless:
            yield Badge(
                words=_("%(what)s: no opening hours ahead") % {"what": what},
                tone="bad",
                icon="x",
                clause=promised.clause,
                when=_("The calendar “%(name)s” does not open within 5 years: no due time can be told.")
                % {"name": promised.endless},
            )
            continue
        if promised.due_at is None:
            yield Badge(
                words=_("%(what)s paused") % {"what": what},
                tone="held",
                icon="clock",
                clause=promised.clause,
                when="",
            )
            continue
        said, tone = due.words(promised, now=now, here=here, day=day)
        yield Badge(
            words=f"{what} {said}",
            tone={"bad": "bad", "soon": "warn"}.get(tone, "plain"),
            icon="x" if tone == "bad" else "clock",
            clause=promised.clause,
            when=due.both(promised.breached_at or promised.due_at, now, there, here),
        )


def _owed(page: TicketPage, commitment: Commitment) -> Promised | None:
    found = page.clock.latest(commitment)
    return found if found is not None and found.owed else None


def _margin(promised: Promised) -> str:
    """`2 h 13 early`, `late by 4 h 57 of business time`."""
    if promised.breached_at is not None:
        return _("late by %(time)s of business time") % {"time": duration(due.over(promised))}
    return _("%(time)s early") % {"time": locales.duration(promised.left)}


def _effect_of_sending(page: TicketPage) -> str:
    """What a public answer does to the clock, now."""
    first, update = _owed(page, Commitment.FIRST_RESPONSE), _owed(page, Commitment.NEXT_UPDATE)
    if first is not None:
        return _("is the first answer, %(margin)s.") % {"margin": _margin(first)}
    if update is not None:
        return _("is the next update, %(margin)s, and starts a new interval.") % {"margin": _margin(update)}
    if page.ticket.status == Status.HELD:
        return _("meets nothing yet: no clock runs while it is on hold.")
    return _("moves no clock.")


def _workaround(page: TicketPage) -> str:
    owed = _owed(page, Commitment.WORKAROUND)
    return _("Counts as the workaround, %(margin)s") % {"margin": _margin(owed)} if owed is not None else ""


def _people(found: Iterable[tuple[object, str]], chosen: object) -> tuple[Choice, ...]:
    return tuple(Choice(value=str(id_), name=name, chosen=id_ == chosen) for id_, name in found)


def _classify(page: TicketPage, speech: Speech) -> Iterable[Select]:
    programme, ticket = page.programme, page.ticket
    kind = programme.kinds[ticket.kind]
    yield _select(
        "kind", _("Kind"), {k.id: speech.text(k.name) for k in programme.kinds.values()}, ticket.kind
    )
    causes = programme.facts["cause"].values
    if kind.causes:
        names = {"unknown": _("not yet known")} | {c: speech.text(causes.get(c)) for c in kind.causes}
        yield _select("cause", _("Cause"), names, ticket.cause)
    none = {drafts.NONE: _("none named")}
    yield _select(
        "product",
        _("Product"),
        none | {p.id: speech.text(p.name) for p in programme.products.values()},
        ticket.product,
    )
    if programme.environments:
        environments = {id_: speech.text(text) for id_, text in programme.environments.items()}
        yield _select("environment", _("Environment"), none | environments, ticket.environment)
    if kind.asks_effect:
        effects = {one.id: speech.text(one.name) for one in programme.effects.values()}
        yield _select("effect", _("Effect"), none | effects, ticket.effect)
    stands = ticket.answers.get("facts", {})
    for fact in drafts.questions(programme, kind=ticket.kind, of=drafts.STAFFS_WORDS):
        if fact.id == "cause" or fact.number:
            continue
        values = {id_: speech.text(text) for id_, text in fact.values.items()}
        now = str(stands.get(fact.id) or page.decision.facts.get(fact.id) or fact.default or "")
        yield _select(f"fact-{fact.id}", speech.text(fact.name), values, now)


def _select(name: str, label: str, names: dict[str, str], chosen: str) -> Select:
    if chosen and chosen not in names:
        chosen = ""
    blank = {} if chosen else {"": "…"}
    return Select(
        name=name,
        label=label[:1].upper() + label[1:],
        choices=tuple(
            Choice(value=id_, name=words, chosen=id_ == chosen) for id_, words in (blank | names).items()
        ),
    )
