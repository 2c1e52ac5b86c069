"""The nouns of a support programme: what a vendor promises, to whom, on whose clock, at what price.

A `Programme` is a frozen value. Files become programmes in `palier.programme.load`; decisions are taken over them in
`palier.core.coverage`, clocks run by them in `palier.core.clock`. Identifiers are the words of the programme file
(`grace-calls`, `sev-1`); what people read is a `Text` in each language. The format is described in
docs/reference/programme-format.md. Durations are whole microseconds of business time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from palier.core import calendars

# The words of conditions belong to a programme as well: callers find all its nouns here.
from palier.core.conditions import Alternative as Alternative
from palier.core.conditions import Choice as Choice
from palier.core.conditions import Condition as Condition
from palier.core.conditions import Fact as Fact
from palier.core.conditions import FactValue as FactValue
from palier.core.conditions import Text as Text
from palier.core.conditions import When as When
from palier.core.conditions import choose as choose
from palier.core.conditions import fits as fits
from palier.core.tariff import BY_SEATS as BY_SEATS
from palier.core.tariff import STANDARD_TAX as STANDARD_TAX
from palier.core.tariff import Allowance as Allowance
from palier.core.tariff import HourWeight as HourWeight
from palier.core.tariff import Price as Price
from palier.core.tariff import Tier as Tier
from palier.core.tariff import Way as Way

# --- vocabulary -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """How bad it is; `rank` 1 is the worst."""

    id: str
    rank: int
    name: Text
    definition: Text
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a failure does to the customer's work, in the customer's words; it proposes the severity."""

    id: str
    name: Text
    severity: str
    outage: str | None = None
    hint: Text | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What can be asked. Every kind maps to exactly one severity: by the effect where it asks one, else its own."""

    id: str
    name: Text
    severity: str
    asks_effect: bool = False
    hint: Text | None = None
    causes: tuple[str, ...] = ()
    """What it can turn out to be; empty means that its cause decides nothing."""
    required: tuple[str, ...] = ()
    """Fields that must be there before the clock starts ('properly submitted')."""
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of the vendor, its family, and whether it is under maintenance unless a contract says otherwise."""

    id: str
    name: Text
    family: str
    maintenance: bool = True
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something the form asks in words (steps, access, since when)."""

    id: str
    name: Text
    hint: Text | None = None
    long: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A kind of term a contract can have, in months."""

    id: str
    name: Text
    months: int
    codes: tuple[str, ...] = ()
    assumed: bool = False


# --- clocks -----------------------------------------------------------------------------------------


class Commitment(StrEnum):
    """What a vendor can promise on a clock."""

    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"


class Wait(StrEnum):
    """Whom or what a ticket can wait for."""

    CUSTOMER = "customer"
    CONSENT = "consent"
    MANUFACTURER = "manufacturer"
    PATCH = "patch"
    THIRD_PARTY = "third-party"
    APPOINTMENT = "appointment"


class Relief(StrEnum):
    """What ends a round-the-clock regime."""

    OPERATIONAL = "operational"
    REASONABLE_WORKAROUND = "reasonable-workaround"
    SEVERITY_LOWERED = "severity-lowered"


class Binding(StrEnum):
    """How firm a set of targets is meant to be."""

    TARGET = "target"
    GUARANTEE = "guarantee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """For how long a resolved ticket reopens (local days), and the least time its new resolution gets."""

    within_days: int
    floor: int
    assumed: bool = False


ANY_SEVERITY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSet:
    """Durations per commitment and severity (`any` for all), the calendar they are counted in, and what pauses them.

    `until` names the reliefs of a round-the-clock regime; `then` is the ordinary set that runs on after relief.
    """

    id: str
    clause: str
    name: Text
    text: Text | None
    binding: Binding
    calendar: tuple[Choice, ...]
    durations: Mapping[Commitment, Mapping[str, int]]
    pause: Mapping[Commitment, frozenset[Wait]]
    until: frozenset[Relief] = frozenset()
    then: str | None = None
    reopening: Reopening | None = None
    assumed: bool = False
    assumed_durations: frozenset[Commitment] = frozenset()

    def duration(self, commitment: Commitment, severity: str) -> int | None:
        """µs promised for that severity, or None when nothing is promised."""
        by_severity = self.durations.get(commitment)
        if by_severity is None:
            return None
        found = by_severity.get(severity)
        return by_severity.get(ANY_SEVERITY) if found is None else found


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRule:
    """A calendar as the programme writes it, before a customer's zone and holidays are known.

    `zone` is an IANA name, `customer`, or None (only for `always`); `holidays` are codes such as `CA-QC`, or `customer`.
    `combine` makes it a union, intersection or difference of other rules instead (`("union", ("desk", "evening"))`).
    """

    id: str
    name: Text
    zone: str | None
    week: calendars.Week | None
    holidays: tuple[str, ...] = ()
    closures: tuple[calendars.DatedSpan, ...] = ()
    openings: tuple[calendars.DatedSpan, ...] = ()
    combine: tuple[str, tuple[str, ...]] | None = None
    assumed: bool = False


CUSTOMER = "customer"


# --- decisions --------------------------------------------------------------------------------------


class OutcomeKind(StrEnum):
    """What a clause can decide."""

    HOLD = "hold"
    COVER = "cover"
    OFFER = "offer"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a clause decides: hold for a reason, cover at a level, offer ways, or exclude with ways elsewhere."""

    kind: OutcomeKind
    hold: str | None = None
    level: int | None = None
    targets: str | None = None
    """A target set that replaces the plan's own for this ticket."""
    ways: tuple[str, ...] = ()
    consent: bool = False
    uses: str | None = None
    """The allowance of which each such ticket takes a unit (hours: the time worked)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One row of the decision table. `ref` is the vendor's own number; an empty `when` always matches."""

    id: str
    ref: str | None
    when: When
    outcome: Outcome
    text: Text
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A sentence of the programme that can be cited but decides no coverage: a benefit, a role, a rule, an exclusion."""

    id: str
    clause: str
    name: Text
    text: Text
    ref: str | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a request can be held, who can free it and how."""

    id: str
    name: Text
    freed_by: Text
    how: Text
    assumed: bool = False


# --- plans ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a customer buys. All that is inherited has been applied; `extends` says from whom."""

    id: str
    clause: str
    name: Text
    text: Text
    kind: str
    """`support`, `hours` or `subscription`."""
    extends: str | None
    lineage: tuple[str, ...]
    """The plan itself, then what it extends, nearest first."""
    contacts: int | None
    environments: tuple[str, ...]
    """Environments in the plan; empty means every one."""
    targets: tuple[Choice, ...]
    queue_priority: int
    grants: Mapping[str, int | str]
    """Units by allowance; `by-seats` where the tiers of the allowance decide."""
    benefits: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    term: str | None = None
    offered_from: int | None = None
    """Least yearly amount in minor units, where the tier follows the amount."""
    offered_below: int | None = None
    assumed: bool = False


# --- the whole --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """In which languages a customer may write (empty: any), is answered, and reads documents."""

    write: tuple[str, ...]
    reply: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """A number and the calendar in which it is answered."""

    number: str
    calendar: str
    toll_free: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to reach the vendor."""

    telephone: Telephone | None = None
    mail: str | None = None
    sales: str | None = None
    regions: Mapping[str, Text] = field(default_factory=dict)
    channels: tuple[str, ...] = ("portal",)
    mail_kind: str | None = None
    """The kind of a mailed request that does not say one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A binding text of the vendor, with its version and date."""

    id: str
    name: Text
    version: str
    dated: date | None
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When a silent request is reminded and closed, in local days."""

    remind_days: tuple[int, ...]
    close_days: int
    assumed: bool = False


# --- escalation -------------------------------------------------------------------------------------


class Point(StrEnum):
    """From where on a promise's way an escalation is measured."""

    START = "start"
    SHARE = "share"
    BEFORE = "before"
    DUE = "due"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When on a promise's way: `percent` of its time used, `time` µs of business time before or after it is due."""

    point: Point
    percent: int = 0
    time: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """What the vendor does by itself as a promise comes near, or is missed. `clause` is its id and how it is cited.

    `notify` names whom to tell (core/escalation.py), `raised` by how much the request's queue priority grows, `reassign`
    the level whose team takes it over; `page` wakes whoever is on call.
    """

    clause: str
    when: When
    on: Commitment
    at: Moment
    text: Text
    notify: tuple[str, ...] = ()
    raised: int = 0
    reassign: int | None = None
    page: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question customers ask, answered from the programme; `about` names the clause or promise behind it."""

    id: str
    question: Text
    answer: Text
    about: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Programme:
    """A vendor's whole support programme. `version` is the content hash of the file it was read from."""

    id: str
    version: str
    vendor: str
    prefix: str
    effective_on: date
    locales: Mapping[str, str]
    currency: str
    languages: Languages
    words: Mapping[str, Text]
    reach: Reach
    calendars: Mapping[str, CalendarRule]
    desk_calendar: str
    severities: Mapping[str, Severity]
    effects: Mapping[str, Effect]
    kinds: Mapping[str, Kind]
    facts: Mapping[str, Fact]
    """Every fact that a condition can name, built-in and declared, with its domain."""
    families: Mapping[str, Text]
    products: Mapping[str, Product]
    environments: Mapping[str, Text]
    terms: Mapping[str, Term]
    fields: Mapping[str, Field]
    targets: Mapping[str, TargetSet]
    plans: Mapping[str, Plan]
    promises: Mapping[str, Promise]
    """By id, as the benefits of a plan name them; each has its clause."""
    coverage: tuple[Clause, ...]
    holds: Mapping[str, Hold]
    allowances: Mapping[str, Allowance]
    prices: Mapping[str, Price]
    ways: Mapping[str, Way]
    documents: Mapping[str, Document]
    questions: Mapping[str, Question]
    unfreed: Patience
    silence: Patience
    after_end: str
    """`finish` the tickets accepted before a contract ended, or `stop`."""
    assumed: tuple[str, ...]
    """Paths of all values the vendor's own text leaves open."""
    escalation: tuple[Escalation, ...] = ()

    def clause_texts(self) -> Iterator[tuple[str, str | None, Text]]:
        """Every clause that can be cited: (id, the vendor's own number, words), coverage first."""
        for clause in self.coverage:
            yield clause.id, clause.ref, clause.text
        for promise in self.promises.values():
            yield promise.clause, promise.ref, promise.text
        for rule in self.escalation:
            yield rule.clause, None, rule.text
        for source in (self.targets, self.allowances, self.prices, self.plans):
            for item in source.values():
                yield item.clause, None, item.text or item.name

    def targets_for(self, facts: Mapping[str, FactValue], *, override: str | None = None) -> TargetSet | None:
        """The target set for these facts: `override` if a clause named one, else by the plan's list; None: no promise."""
        if override is not None:
            return self.targets[override]
        plan = self.plans.get(str(facts.get("plan")))
        chosen = choose(plan.targets, facts) if plan is not None else None
        return None if chosen is None else self.targets[chosen]
