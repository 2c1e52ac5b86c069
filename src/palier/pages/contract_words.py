"""A contract in the words both faces show: how it stands and what that means, its term, its plan, who holds its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import ngettext

from palier.contracts import queries as contracts
from palier.contracts.queries import Standing, Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.moments import micros
from palier.pages.speech import Speech
from palier.pages.verdict import Quoted

YEAR = 12

_TONES: Mapping[Standing, tuple[str, str]] = {
    Standing.ACTIVE: ("good", "check"),
    Standing.UNPAID: ("held", "lock"),
    Standing.FUTURE: ("held", "clock"),
    Standing.SUSPENDED: ("warn", "alert-triangle"),
    Standing.ENDED: ("out", "forbid-2"),
    Standing.NONE: ("out", "forbid-2"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """How a contract stands, since when, and what the programme says of requests under it."""

    word: str
    tone: str
    icon: str
    sentence: str
    meaning: Quoted | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """A sentence of the plan that can be cited."""

    name: str
    text: str
    clause: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The plan in words, with the sentences that can be cited, and the plan it builds on."""

    id: str
    name: str
    text: str
    clause: str
    builds_on: str
    benefits: tuple[Benefit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a place, and from when to when."""

    id: str
    name: str
    mail: str
    when: str
    is_now: bool
    me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesView:
    """The places for authorised contacts: how many, how many taken, who holds them now, who will."""

    limit: int | None
    taken: int
    words: str
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """A project as it is told."""

    name: str
    when: str
    person: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionView:
    """A solution: its goals as they were written and when it was handed over."""

    name: str
    goals: str
    handed_over: str
    is_delivered: bool


# --- standing and term ---------------------------------------------------------------------------------


def standing(contract: Standings, programme: Programme, speech: Speech, now: datetime) -> StandingView:
    """How it stands at `now`, in the programme's words."""
    found = contract.standing(now)
    tone, icon = _TONES[found]
    return StandingView(
        word=speech.text(programme.facts["contract"].values.get(found.value)),
        tone=tone,
        icon=icon,
        sentence=_sentence(contract, found, speech),
        meaning=_meaning(programme, found, speech),
        held=found is not Standing.ACTIVE,
    )


def _sentence(contract: Standings, found: Standing, speech: Speech) -> str:
    moments = speech.moments_in(contract.zone)
    if found is Standing.UNPAID:
        return _("The payment is not recorded yet. What you send keeps its place meanwhile.")
    if found is Standing.SUSPENDED and contract.suspended_at is not None:
        return _("Suspended since %(date)s.") % {"date": moments.date(moments.local(contract.suspended_at))}
    if found is Standing.ENDED:
        ended = contract.ended_at if contract.ended_at is not None else contract.ends_at
        return _("Ended on %(date)s.") % {"date": moments.date(moments.local(ended))}
    if found is Standing.FUTURE:
        return _("Begins on %(date)s.") % {"date": moments.date(contract.activation_on)}
    if contract.paid_at is None:
        return ""
    return _("Payment recorded on %(date)s.") % {"date": moments.date(moments.local(contract.paid_at))}


def _meaning(programme: Programme, found: Standing, speech: Speech) -> Quoted | None:
    """The clause that decides by such a standing alone; None for an active one, and where the programme has none."""
    if found is Standing.ACTIVE:
        return None
    given = {"contract": found.value}
    for clause in programme.coverage:
        for alternative in clause.when:
            if alternative and all(one.fact == "contract" and one.holds(given) for one in alternative):
                return Quoted(id=clause.id, text=speech.text(clause.text))
    return None


def term(contract: Standings, speech: Speech) -> str:
    """The term it stands in, `1 September 2026 to 31 August 2027`: not the years before it was renewed."""
    dates = {
        "first": speech.moments.date(contract.starts_on),
        "last": speech.moments.date(contract.ends_on - timedelta(days=1)),
    }
    return _("%(first)s to %(last)s") % dates


def anniversary(contract: Standings, now: datetime) -> date | None:
    """The first day of the next contract year, counted from the original date; None before it began."""
    today = terms.date_at(micros(now), contract.zone)
    year = terms.term_on(origin=contract.activation_on, months=YEAR, day=today)
    return None if year is None else year.end_on


def facts(
    contract: Standings, programme: Programme, speech: Speech, now: datetime
) -> tuple[tuple[str, str], ...]:
    """Term, anniversary, seats, products, environments and options, as label and value."""
    plan = programme.plans.get(contract.plan)
    kind = programme.terms.get(contract.term)
    next_year = anniversary(contract, now)
    environments = contract.environments or (plan.environments if plan is not None else ())
    options = programme.facts["option"].values if "option" in programme.facts else {}
    found = [
        (_("Term"), f"{term(contract, speech)}{f', {speech.text(kind.name)}' if kind is not None else ''}"),
        (
            _("Next anniversary"),
            speech.moments.date(next_year) if next_year is not None and next_year < contract.ends_on else "",
        ),
        (_("Seats"), ngettext("%(n)d seat", "%(n)d seats", contract.seats) % {"n": contract.seats}),
        (_("Products"), ", ".join(_products(contract, programme, speech))),
        (
            _("Environments"),
            ", ".join(
                speech.text(programme.environments[one])
                for one in environments
                if one in programme.environments
            ),
        ),
        (_("Options"), ", ".join(speech.text(options.get(one)) or one for one in contract.options)),
    ]
    return tuple((label, value) for label, value in found if value)


def _products(contract: Standings, programme: Programme, speech: Speech) -> list[str]:
    found: list[str] = []
    for id_, held in contract.products.items():
        known = programme.products.get(id_)
        name = speech.text(known.name) if known is not None else id_
        named = f"{name} {held.version}" if held.version else name
        maintained = held.maintenance and (known is None or known.maintenance)
        found.append(named if maintained else _("%(product)s (not under maintenance)") % {"product": named})
    return found


# --- plan, places, projects, solutions -----------------------------------------------------------------


def plan(contract: Standings, programme: Programme, speech: Speech) -> PlanView:
    """The plan in words."""
    found = programme.plans.get(contract.plan)
    if found is None:
        return PlanView(id=contract.plan, name=contract.plan, text="", clause="", builds_on="", benefits=())
    below = programme.plans.get(found.extends) if found.extends is not None else None
    return PlanView(
        id=found.id,
        name=speech.text(found.name),
        text=speech.text(found.text),
        clause=found.clause,
        builds_on=speech.text(below.name) if below is not None else "",
        benefits=tuple(
            Benefit(
                name=speech.text(one.name), text=speech.text(one.text), clause=one.clause, ref=one.ref or ""
            )
            for id_ in found.benefits
            if (one := programme.promises.get(id_)) is not None
        ),
    )


def places(
    contract: Standings,
    programme: Programme,
    people: Mapping[UUID, tuple[str, str]],
    speech: Speech,
    now: datetime,
    *,
    me: UUID | None = None,
) -> PlacesView:
    """The places for authorised contacts. `people` are names and addresses by contact."""
    bought = programme.plans.get(contract.plan)
    limit = bought.contacts if bought is not None else None
    listed = [one for one in contract.authorised if one.until_at is None or one.until_at > now]
    taken = len([one for one in listed if one.at(now)])
    if limit is not None:
        words = _("%(taken)d of %(limit)d places taken") % {"taken": taken, "limit": limit}
    elif contract.authorised:
        words = ngettext("%(n)d authorised contact", "%(n)d authorised contacts", taken) % {"n": taken}
    else:
        words = _("Everybody of your organisation may write.")
    return PlacesView(
        limit=limit,
        taken=taken,
        words=words,
        holders=tuple(_holder(one, contract, people, speech, now, me) for one in listed),
    )


def users(
    contract: Standings,
    people: Mapping[UUID, tuple[str, str]],
    speech: Speech,
    now: datetime,
    *,
    me: UUID | None = None,
) -> PlacesView:
    """Who agrees to estimates and uses prepaid hours; without anybody named, the authorised contacts do."""
    listed = [one for one in contract.authorised_users if one.until_at is None or one.until_at > now]
    words = "" if listed else _("Whoever may write also agrees to estimates.")
    return PlacesView(
        limit=None,
        taken=len(listed),
        words=words,
        holders=tuple(_holder(one, contract, people, speech, now, me) for one in listed),
    )


def _holder(
    one: contracts.Named,
    contract: Standings,
    people: Mapping[UUID, tuple[str, str]],
    speech: Speech,
    now: datetime,
    me: UUID | None,
) -> Holder:
    moments = speech.moments_in(contract.zone)
    name, mail = people.get(one.contact_id, ("", ""))
    first = moments.date(moments.local(one.from_at))
    if one.until_at is not None:
        # What ends at a midnight ends with the day before it.
        last = moments.date(moments.local(one.until_at - timedelta(microseconds=1)))
        when = _("from %(first)s to %(last)s") % {"first": first, "last": last}
    else:
        when = _("since %(date)s") % {"date": first} if one.at(now) else _("from %(date)s") % {"date": first}
    return Holder(
        id=str(one.contact_id), name=name, mail=mail, when=when, is_now=one.at(now), me=one.contact_id == me
    )


def projects(contract: Standings, speech: Speech, now: datetime) -> tuple[ProjectView, ...]:
    """The projects of a contract, those that run first."""
    running = contract.active_project(now)
    today = terms.date_at(micros(now), contract.zone)
    return tuple(
        ProjectView(
            name=one.name,
            when=_("from %(first)s to %(last)s")
            % {"first": speech.moments.date(one.first_on), "last": speech.moments.date(one.last_on)},
            person=one.person,
            is_active=running is not None and one.first_on <= today <= one.last_on,
        )
        for one in sorted(contract.projects, key=lambda one: (one.last_on < today, one.first_on))
    )


def handed_over(on: date | None, speech: Speech, today: date) -> str:
    """`handed over on 10 September 2026`, or when it will be."""
    if on is None:
        return _("not handed over yet: what you ask goes to the project")
    if on > today:
        return _("to be handed over on %(date)s") % {"date": speech.moments.date(on)}
    return _("handed over on %(date)s") % {"date": speech.moments.date(on)}
