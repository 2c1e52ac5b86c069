"""The demonstration's stories as frozen values, read from `vendors/*.yaml`, and when their steps happen.

A step's time is written in days before the day of the demonstration and the wall time of the ticket's customer:
`8 14:00` is the eighth weekday before it, `w1 sat 14:00` the Saturday of the week before. Everything lies before that
day begins in UTC, so that the same day always tells the same stories.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent / "vendors"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact or somebody of the vendor; with `sign_in` (what they show in the list of sign-ins) they get a password."""

    name: str
    email: str
    language: str = "en"
    sign_in: str = ""
    administrator: bool = False
    key_user: bool = False
    authorised: bool = True
    site: str = ""
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site of a customer."""

    zone: str
    country: str = ""
    subdivision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project on a contract; days are counted from the demonstration's."""

    name: str
    first: int
    last: int
    person: str
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A solution on a contract, handed over so many days from the demonstration's (negative: before); None: not yet."""

    name: str
    goals: str = ""
    handed_over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper on a contract."""

    kind: str
    title: str
    signed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange:
    """That a contract has so many seats from a day on, counted from the demonstration's."""

    day: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What a contact agreed to beforehand: minutes and amounts (`300.00`) a request, an amount a month."""

    by: str
    minutes: int | None = None
    request: str = ""
    month: str = ""
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract, activated so many days from the demonstration's (negative: before).

    `renewed`: how many terms followed the first; `amount`: what is paid a year (`180000.00`); `named`: the vendor's people
    by role; `users`: who agrees to estimates.
    """

    plan: str
    activated: int
    paid: bool = True
    term: str | None = None
    renewed: int = 0
    seats: int = 1
    seat_changes: tuple[SeatChange, ...] = ()
    amount: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    users: tuple[str, ...] = ()
    cap: Cap | None = None
    options: tuple[str, ...] = ()
    products: Mapping[str, str] = field(default_factory=dict)
    unmaintained: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    projects: tuple[Project, ...] = ()
    solutions: tuple[Solution, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An invented company with its people, places and contracts (by number)."""

    name: str
    zone: str
    country: str
    subdivision: str = ""
    language: str = "en"
    region: str = ""
    partner: str = ""
    sites: Mapping[str, Place] = field(default_factory=dict)
    contacts: Mapping[str, Person]
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    billing: Mapping[str, str] = field(default_factory=dict)
    """How it is named on its invoices, where that is more than its name and place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing somebody does at a time (`by` names a contact or somebody of the vendor); what else it needs stands in `what`."""

    at: str
    do: str
    by: str = ""
    text: str = ""
    what: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A request as it was written, and what became of it. `id` lets a ranking name it."""

    customer: str
    by: str
    at: str
    kind: str
    subject: str
    body: str
    id: str = ""
    product: str = "none"
    version: str = ""
    environment: str = "none"
    effect: str = "none"
    facts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    solution: str = ""
    contract: str = ""
    site: str = ""
    channel: str = "portal"
    to: str = ""
    """The team it is given to when it comes in."""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor of the demonstration: its people, customers, what happens to contracts, and its stories in no order."""

    slug: str
    zone: str
    accent: str
    teams: Mapping[str, int]
    staff: Mapping[str, Person]
    regions: Mapping[str, str] = field(default_factory=dict)
    """The account manager of each region."""
    seller: Mapping[str, str]
    """How it is named on its invoices."""
    tax_numbers: Mapping[str, str] = field(default_factory=dict)
    payment_terms: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, Customer]
    rosters: tuple[Mapping[str, Any], ...] = ()
    """Who is on call (demo/on_call.py)."""
    events: tuple[Mapping[str, Any], ...] = ()
    stories: tuple[Story, ...]


def all_vendors(folder: Path = FOLDER) -> tuple[Vendor, ...]:
    """The vendors of the folder, by name; raises ValueError naming what is not understood."""
    return tuple(read(path) for path in sorted(folder.glob("*.yaml")))


def read(path: Path) -> Vendor:
    """One vendor's file."""
    found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    try:
        return _vendor(path.stem, found)
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _vendor(slug: str, found: Mapping[str, Any]) -> Vendor:
    return _made(
        Vendor,
        {
            **found,
            "slug": slug,
            "staff": {key: _person(one) for key, one in found["staff"].items()},
            "customers": {key: _customer(one) for key, one in found["customers"].items()},
            "stories": [_story(one) for one in found["stories"]],
        },
    )


def _customer(found: Mapping[str, Any]) -> Customer:
    return _made(
        Customer,
        {
            **found,
            "sites": {key: _made(Place, one) for key, one in found.get("sites", {}).items()},
            "contacts": {key: _person(one) for key, one in found["contacts"].items()},
            "contracts": {str(key): _contract(one) for key, one in found.get("contracts", {}).items()},
        },
    )


def _contract(found: Mapping[str, Any]) -> Contract:
    return _made(
        Contract,
        {
            **found,
            "seat_changes": [_made(SeatChange, one) for one in found.get("seat_changes", ())],
            "cap": _made(Cap, found["cap"]) if "cap" in found else None,
            "projects": [_made(Project, one) for one in found.get("projects", ())],
            "solutions": [_made(Solution, one) for one in found.get("solutions", ())],
            "documents": [_made(Document, one) for one in found.get("documents", ())],
        },
    )


def _person(found: Mapping[str, Any]) -> Person:
    return _made(Person, found)


def _story(found: Mapping[str, Any]) -> Story:
    return _made(Story, {**found, "steps": [_step(one) for one in found.get("steps", ())]})


def _step(found: Mapping[str, Any]) -> Step:
    own = {one.name for one in fields(Step)}
    what = {name: value for name, value in found.items() if name not in own}
    return Step(**{name: value for name, value in found.items() if name in own}, what=what)


def _made(kind: type[T], found: Mapping[str, Any]) -> T:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})


# --- when ------------------------------------------------------------------------------------------------


def instant(at: str, *, day: date, zone: str) -> datetime:
    """The instant of a step, in UTC; raises ValueError for one that is not written as the module says, or not past."""
    found = re.fullmatch(r"(?:(\d+)|w(\d+) (mon|tue|wed|thu|fri|sat|sun)) (\d\d):(\d\d)", at)
    if found is None:
        raise ValueError(f"{at!r} is no time: write `8 14:00` or `w1 sat 14:00`")
    weekdays, weeks, name, hour, minute = found.groups()
    if weekdays is not None:
        when = _weekdays_before(day, int(weekdays))
    else:
        when = day - timedelta(days=day.weekday() + 7 * int(weeks)) + timedelta(days=WEEKDAYS.index(name))
    made = datetime.combine(when, time(int(hour), int(minute)), ZoneInfo(zone)).astimezone(UTC)
    if made >= datetime.combine(day, time(), UTC):
        raise ValueError(f"{at!r} in {zone} is not before {day}")
    return made


def _weekdays_before(day: date, count: int) -> date:
    if count < 1:
        raise ValueError("the nearest weekday before is number 1")
    for _ in range(count):
        day -= timedelta(days=1)
        while day.weekday() > 4:
            day -= timedelta(days=1)
    return day


def zone_of(vendor: Vendor, story: Story) -> str:
    """The zone of a story's times: that of its place, else of its author's, else of its customer."""
    customer = vendor.customers[story.customer]
    site = story.site or customer.contacts[story.by].site
    return customer.sites[site].zone if site else customer.zone


def texts(vendor: Vendor) -> Iterator[str]:
    """Everything somebody wrote, for checks."""
    for story in vendor.stories:
        yield story.body
        yield from (step.text for step in story.steps if step.text)
