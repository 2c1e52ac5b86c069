"""One contract as values: its terms, what is in force at an instant, and all that hangs on it, read in one query.

A contract's row holds its latest term and the values in force when it was last written. What it said at another instant is
folded from its events (`as_of`), so that a decision can be taken again on the facts of its own instant.
Rules: docs/reference/contracts.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from palier.contracts.models import Contract
from palier.core import terms
from palier.people import prepared


class Standing(StrEnum):
    """Where a contract stands at an instant: the values of the fact `contract`."""

    NONE = "none"
    FUTURE = "future"
    UNPAID = "unpaid"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnContract:
    """A product as a contract has it."""

    maintenance: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """That a contact is authorised during [from_at, until_at)."""

    contact_id: UUID
    from_at: datetime
    until_at: datetime | None

    def at(self, now: datetime) -> bool:
        """Whether it is so at that instant."""
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionOn:
    """A solution a contract supports."""

    id: UUID
    name: str
    handed_over_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOn:
    """A project of a contract, from its first to its last date."""

    id: UUID
    name: str
    first_on: date
    last_on: date
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermOn:
    """One term [starts_on, ends_on) in the contract's zone. Its anniversaries come from `origin_on`.

    A term that follows on the one before shares its origin; one after a gap has its own. `paid_at` None: not paid.
    """

    zone: str
    origin_on: date
    starts_on: date
    ends_on: date
    term: str
    paid_at: datetime | None
    ended_at: datetime | None = None

    @property
    def starts_at(self) -> datetime:
        """Its first instant."""
        return instant(terms.start_of(self.starts_on, self.zone))

    @property
    def ends_at(self) -> datetime:
        """The first instant after it, ended early or not."""
        due = instant(terms.start_of(self.ends_on, self.zone))
        return due if self.ended_at is None else min(due, self.ended_at)

    def is_paid(self, now: datetime) -> bool:
        """Whether it was paid by that instant."""
        return self.paid_at is not None and self.paid_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """That values of a contract changed, effective from an instant: {field: (before, after)}."""

    effective_at: datetime
    values: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """A contract with all that hangs on it. Its own values are those of its row; `as_of` gives those of an instant."""

    id: UUID
    number: str
    organisation_id: UUID
    partner_id: UUID | None
    revision_id: UUID
    plan: str
    options: tuple[str, ...]
    term: str
    zone: str
    activation_on: date
    """The original date: anniversaries of the term come from it."""
    starts_on: date
    ends_on: date
    paid_at: datetime | None
    suspended_at: datetime | None
    ended_at: datetime | None
    seats: int
    licence_seats: int | None
    yearly_amount: int | None
    currency: str
    environments: tuple[str, ...]
    products: Mapping[str, OnContract]
    authorised: tuple[Named, ...]
    authorised_users: tuple[Named, ...]
    """Who controls the use of prepaid hours and agrees to estimates; empty: the authorised contacts do."""
    solutions: tuple[SolutionOn, ...]
    projects: tuple[ProjectOn, ...]
    documents: frozenset[str]
    terms: tuple[TermOn, ...]
    """Every term, by its start; the last is that of the row."""
    changes: tuple[Change, ...]
    """In order of effect, later recorded ones after earlier ones of the same instant."""

    def standing(self, now: datetime) -> Standing:
        """Where it stands at `now`."""
        if self.ended_at is not None and self.ended_at <= now:
            return Standing.ENDED
        running = self.term_at(now)
        found = running or next((one for one in self.terms if now < one.starts_at), None)
        if found is None:
            return Standing.ENDED
        if self.suspended_at is not None and self.suspended_at <= now:
            return Standing.SUSPENDED
        if not found.is_paid(now):
            return Standing.UNPAID
        return Standing.FUTURE if running is None else Standing.ACTIVE

    def term_at(self, at: datetime) -> TermOn | None:
        """The term an instant lies in."""
        return next((one for one in reversed(self.terms) if one.starts_at <= at < one.ends_at), None)

    def as_of(self, at: datetime) -> Standings:
        """The same contract with the values in force at an instant, and the term it lies in (else the next, else the last)."""
        if len(self.terms) == 1 and not self.changes:
            return self
        term = self.term_at(at) or next(
            (one for one in self.terms if at < one.starts_at),
            self.terms[-1],
        )
        values: dict[str, Any] = {
            "activation_on": term.origin_on,
            "starts_on": term.starts_on,
            "ends_on": term.ends_on,
            "term": term.term,
            "paid_at": term.paid_at,
        }
        for name in {name for change in self.changes for name in change.values}:
            values[name] = self.value_at(name, at)
        return dataclasses.replace(self, **values)

    def value_at(self, name: str, at: datetime) -> Any:
        """What one value (`seats`, `plan`, `options` …) is at an instant."""
        told = [change for change in self.changes if name in change.values]
        if not told:
            return getattr(self, name)
        before = [change for change in told if change.effective_at <= at]
        return before[-1].values[name][1] if before else told[0].values[name][0]

    def seats_at(self, at: datetime) -> int:
        """How many seats it has at an instant."""
        found: int = self.value_at("seats", at)
        return found

    @property
    def starts_at(self) -> datetime:
        """The first instant of its term, in its own zone."""
        return instant(terms.start_of(self.starts_on, self.zone))

    @property
    def ends_at(self) -> datetime:
        """The first instant after its term, in its own zone."""
        return instant(terms.start_of(self.ends_on, self.zone))

    @property
    def turns(self) -> tuple[datetime, ...]:
        """Every instant at which it says something else by itself, in order."""
        found = {at for term in self.terms for at in (term.starts_at, term.ends_at)}
        found |= {change.effective_at for change in self.changes}
        found |= {one.from_at for one in self.authorised}
        found |= {one.until_at for one in self.authorised if one.until_at is not None}
        found |= {term.paid_at for term in self.terms if term.paid_at is not None}
        return tuple(sorted(found))

    def changes_at(self, now: datetime) -> datetime | None:
        """The next instant at which it says something else by itself: a term's start or end, a dated change."""
        return next((at for at in self.turns if at > now), None)

    def active_project(self, now: datetime) -> ProjectOn | None:
        """The project of today, the latest begun of several."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        running = [project for project in self.projects if project.first_on <= today <= project.last_on]
        return max(running, key=lambda project: project.first_on, default=None)


def instant(micros: int) -> datetime:
    """A datetime in UTC from whole microseconds since 1970."""
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


# One statement for a contract and all that hangs on it, written out: opening a request waits for it, and building six
# queries takes longer than running this one.
_HANGING = """
select c.id, c.number, c.organisation_id, o.partner_id, c.revision_id, c.plan, c.options, c.term, c.zone,
    c.activation_on, coalesce(c.starts_on, c.activation_on), c.ends_on, c.paid_at, c.suspended_at, c.ended_at, c.seats,
    c.licence_seats, c.yearly_amount, c.currency, c.environments,
    (select json_agg(json_build_array(p.product, p.maintenance, p.version))
        from contracts_contractproduct p where p.vendor_id = c.vendor_id and p.contract_id = c.id),
    (select json_agg(json_build_array(a.contact_id, a.from_at, a.until_at) order by a.id)
        from contracts_authorisation a where a.vendor_id = c.vendor_id and a.contract_id = c.id),
    (select json_agg(json_build_array(u.contact_id, u.from_at, u.until_at) order by u.id)
        from contracts_authoriseduser u where u.vendor_id = c.vendor_id and u.contract_id = c.id),
    (select json_agg(json_build_array(s.id, s.name, s.handed_over_on) order by s.id)
        from contracts_solution s where s.vendor_id = c.vendor_id and s.contract_id = c.id),
    (select json_agg(json_build_array(j.id, j.name, j.first_on, j.last_on, j.person) order by j.id)
        from contracts_project j where j.vendor_id = c.vendor_id and j.contract_id = c.id),
    (select json_agg(d.kind)
        from contracts_contractdocument d where d.vendor_id = c.vendor_id and d.contract_id = c.id),
    (select json_agg(json_build_array(t.origin_on, t.starts_on, t.ends_on, t.term, t.paid_at, t.ended_at)
            order by t.starts_on)
        from contracts_earlierterm t where t.vendor_id = c.vendor_id and t.contract_id = c.id),
    (select json_agg(json_build_array(e.effective_at, e.changes) order by e.effective_at, e.recorded_at, e.id)
        from contracts_contractevent e where e.vendor_id = c.vendor_id and e.contract_id = c.id and e.changes <> '{{}}')
from contracts_contract c join people_organisation o on o.vendor_id = c.vendor_id and o.id = c.organisation_id
where c.vendor_id = %s and {of} = %s order by c.number
"""
_OF_ORGANISATION = _HANGING.format(of="c.organisation_id")
_BY_ID = _HANGING.format(of="c.id")


def contracts_of(vendor_id: UUID, organisation_id: UUID) -> tuple[Standings, ...]:
    """Every contract of an organisation, with all that hangs on it, in one query, by number."""
    return _read(_OF_ORGANISATION, vendor_id, organisation_id)


def contract_by_id(vendor_id: UUID, contract_id: UUID) -> Standings:
    """One contract with all that hangs on it. Raises Contract.DoesNotExist."""
    for found in _read(_BY_ID, vendor_id, contract_id):
        return found
    raise Contract.DoesNotExist(str(contract_id))


def _read(statement: str, vendor_id: UUID, id_: UUID) -> tuple[Standings, ...]:
    return tuple(_standings(row) for row in prepared.rows(statement, [vendor_id, id_]))


_PLAIN = (
    "id", "number", "organisation_id", "partner_id", "revision_id", "plan", "options", "term", "zone",
    "activation_on", "starts_on", "ends_on", "paid_at", "suspended_at", "ended_at", "seats", "licence_seats",
    "yearly_amount", "currency", "environments",
)  # fmt: skip


def _standings(row: tuple[Any, ...]) -> Standings:
    plain = dict(zip(_PLAIN, row, strict=False))
    products, named, users, solutions, projects, documents, earlier, changes = (
        found or () for found in row[len(_PLAIN) :]
    )
    return Standings(
        **{**plain, "options": tuple(plain["options"]), "environments": tuple(plain["environments"])},
        products={
            product: OnContract(maintenance=maintenance, version=version)
            for product, maintenance, version in products
        },
        authorised=tuple(_named(*one) for one in named),
        authorised_users=tuple(_named(*one) for one in users),
        solutions=tuple(
            SolutionOn(id=UUID(id_), name=name, handed_over_on=_date(on)) for id_, name, on in solutions
        ),
        projects=tuple(
            ProjectOn(
                id=UUID(id_),
                name=name,
                first_on=date.fromisoformat(first_on),
                last_on=date.fromisoformat(last_on),
                person=person,
            )
            for id_, name, first_on, last_on, person in projects
        ),
        documents=frozenset(documents),
        terms=(*(_term(plain["zone"], *one) for one in earlier), _latest(plain)),
        changes=tuple(_change(effective_at, values) for effective_at, values in changes),
    )


def _named(contact_id: str, from_at: str, until_at: str | None) -> Named:
    return Named(
        contact_id=UUID(contact_id), from_at=datetime.fromisoformat(from_at), until_at=_instant(until_at)
    )


def _latest(plain: Mapping[str, Any]) -> TermOn:
    return TermOn(
        zone=plain["zone"],
        origin_on=plain["activation_on"],
        starts_on=plain["starts_on"],
        ends_on=plain["ends_on"],
        term=plain["term"],
        paid_at=plain["paid_at"],
        ended_at=plain["ended_at"],
    )


def _term(
    zone: str, origin: str, starts: str, ends: str, term: str, paid: str | None, ended: str | None
) -> TermOn:
    return TermOn(
        zone=zone,
        origin_on=date.fromisoformat(origin),
        starts_on=date.fromisoformat(starts),
        ends_on=date.fromisoformat(ends),
        term=term,
        paid_at=_instant(paid),
        ended_at=_instant(ended),
    )


def _change(effective_at: str, values: Mapping[str, tuple[Any, Any]]) -> Change:
    return Change(
        effective_at=datetime.fromisoformat(effective_at),
        values={
            name: (from_json(name, before), from_json(name, after))
            for name, (before, after) in values.items()
        },
    )


def from_json(name: str, value: Any) -> Any:
    """A value of a contract as an event's row keeps it, read back."""
    if isinstance(value, list):
        return tuple(value)
    return UUID(value) if name == "revision_id" else value


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
