"""What becomes of a contract: paid, renewed, amended, suspended, ended; each from an effective instant, with history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from palier.contracts import agreements, drawing, queries, recording, weighing
from palier.contracts.models import Contract, ContractProduct, EarlierTerm, EventKind, ProgrammeRevision
from palier.contracts.standings import Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.people import access, notices
from palier.people.models import Contact


def mark_paid(
    *,
    by: access.Viewer,
    contract: Contract,
    now: datetime,
    at: datetime | None = None,
    term_starts_on: date | None = None,
) -> Contract:
    """A term is paid in full, as of `at` (now): the earliest unpaid one unless one is named by its first date.

    Requests held for it go on in the same transaction.
    """
    access.require_role(by, access.TAKES_MONEY)
    there = recording.take(by, contract)
    paid = at or now
    if term_starts_on is None:
        unpaid = [one for one in there.terms if one.paid_at is None]
        term_starts_on = (unpaid or there.terms[-1:])[0].starts_on
    elif term_starts_on not in [one.starts_on for one in there.terms]:
        known = ", ".join(str(one.starts_on) for one in there.terms)
        raise access.Refused(
            code="no-such-term",
            en=f"No term of this contract begins on {term_starts_on}; they begin on: {known}.",
            fr=f"Aucune durée de ce contrat ne commence le {term_starts_on} ; elles commencent le : {known}.",
        )
    if term_starts_on == there.starts_on:
        Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(paid_at=paid)
    else:
        EarlierTerm.objects.filter(
            vendor_id=by.vendor_id, contract=contract, starts_on=term_starts_on
        ).update(paid_at=paid)
    return _done(by, contract, EventKind.PAID, now, effective_at=paid, data={"term": term_starts_on})


def suspend(*, by: access.Viewer, contract: Contract, now: datetime) -> Contract:
    """Suspend a contract: what is asked from now on is held; what was accepted is finished."""
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    if there.suspended_at is not None:
        raise access.Refused(
            code="suspended-already",
            en="This contract is suspended already.",
            fr="Ce contrat est déjà suspendu.",
        )
    Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(suspended_at=now)
    return _done(by, contract, EventKind.SUSPENDED, now)


def lift_suspension(*, by: access.Viewer, contract: Contract, now: datetime) -> Contract:
    """Let a suspended contract count again."""
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    if there.suspended_at is None:
        raise access.Refused(
            code="not-suspended", en="This contract is not suspended.", fr="Ce contrat n’est pas suspendu."
        )
    Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(suspended_at=None)
    return _done(by, contract, EventKind.RESUMED, now)


def end(*, by: access.Viewer, contract: Contract, now: datetime, at: datetime | None = None) -> Contract:
    """End a contract at `at` (now), before its term."""
    access.require_role(by, access.DRAWS_UP)
    recording.take(by, contract)
    Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(ended_at=at or now)
    return _done(by, contract, EventKind.ENDED, now, effective_at=at or now)


def change_seats(
    *, by: access.Viewer, contract: Contract, seats: int, now: datetime, from_on: date | None = None
) -> Contract:
    """More seats or fewer, from now or from the start of a local date on."""
    return amend(by=by, contract=contract, seats=seats, now=now, from_on=from_on)


def amend(
    *,
    by: access.Viewer,
    contract: Contract,
    now: datetime,
    from_on: date | None = None,
    plan: str | None = None,
    options: Sequence[str] | None = None,
    seats: int | None = None,
    licence_seats: int | None = None,
    environments: Sequence[str] | None = None,
    yearly_amount: int | None = None,
    currency: str | None = None,
    products: Mapping[str, str] | None = None,
    unmaintained: Sequence[str] = (),
) -> Contract:
    """Change what a contract says, from now or from the start of a local date of its terms on; the origin stays.

    None leaves a value as it is. A yearly amount without a plan takes the plan that amount gives. Products change at
    once, whole: ids with versions. Raises the problem there is, or weighing.CannotAgree with all.
    """
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    at = _effective(there, from_on, now)
    if products is not None and at > now:
        raise access.Refused(
            code="products-now",
            en="Products change at once: leave the date out, or change them on that day.",
            fr="Les produits changent tout de suite : laissez la date, ou changez-les ce jour-là.",
        )
    programme = queries.programme(there.value_at("revision_id", at))
    wanted: dict[str, Any] = {
        "plan": plan if plan is not None else _plan_by_amount(programme, there, at, yearly_amount),
        "options": tuple(options) if options is not None else None,
        "seats": seats,
        "licence_seats": licence_seats,
        "environments": tuple(environments) if environments is not None else None,
        "yearly_amount": yearly_amount,
        "currency": currency or (programme.currency if yearly_amount is not None else None),
    }
    agreed = drawing.agreed_of(
        there, at, **wanted, products=tuple(products) if products is not None else None
    )
    weighing.require([*weighing.faults(programme, agreed), *too_many_contacts(there, programme, agreed, at)])
    changes = recording.changed(there, at, wanted)
    data: dict[str, object] = {}
    if products is not None:
        data["products"] = _put_products(contract, products, unmaintained)
    if not changes and not data.get("products"):
        raise access.Refused(
            code="nothing-changes",
            en="Nothing changes: it is so already.",
            fr="Rien ne change : c’est déjà ainsi.",
        )
    return _done(by, contract, EventKind.AMENDED, now, effective_at=at, changes=changes, data=data)


def _put_products(
    contract: Contract, products: Mapping[str, str], unmaintained: Sequence[str]
) -> list[list[object]]:
    """Write the products; returns those before and after as [id, version, maintenance], nothing when they are the same."""
    rows = ContractProduct.objects.filter(vendor_id=contract.vendor_id, contract=contract).order_by("product")
    before = [list(row) for row in rows.values_list("product", "version", "maintenance")]
    drawing.put_products(contract, products, unmaintained)
    after = [list(row) for row in rows.values_list("product", "version", "maintenance")]
    return [] if before == after else [before, after]  # type: ignore[list-item]


def _plan_by_amount(programme: Programme, there: Standings, at: datetime, amount: int | None) -> str | None:
    running = programme.plans.get(there.value_at("plan", at))
    if amount is None or running is None or not weighing.has_band(running):
        return None
    found = weighing.plan_for_amount(programme, amount)
    return found.id if found is not None else None


def too_many_contacts(
    there: Standings, programme: Programme, agreed: weighing.Agreed, at: datetime
) -> list[access.Refused]:
    """That a plan has fewer places than are taken, if so, with who holds them."""
    plan = programme.plans.get(agreed.plan)
    limit = plan.contacts if plan is not None else None
    held = [one for one in there.authorised if one.until_at is None or one.until_at > at]
    instants = [at, *(one.from_at for one in held if one.from_at > at)]
    fullest = max(([one for one in held if one.at(when)] for when in instants), key=len)
    if limit is None or len(fullest) <= limit:
        return []
    people = Contact.objects.filter(id__in=[one.contact_id for one in fullest])
    names = ", ".join(sorted(people.values_list("name", flat=True)))
    return [
        access.Refused(
            code="too-many-contacts",
            en=f"The plan has {limit} authorised contacts, and this contract has: {names}. Take some off first.",
            fr=f"Le plan a {limit} contacts autorisés, et ce contrat a : {names}. Retirez-en d’abord.",
        )
    ]


def _effective(there: Standings, from_on: date | None, now: datetime) -> datetime:
    """The instant a change takes effect: now, or the start of a date from the start of the first term on."""
    if from_on is None:
        return now
    if from_on < there.terms[0].starts_on:
        raise access.Refused(
            code="before-the-contract",
            en=f"The contract begins on {there.terms[0].starts_on}: a change takes effect then or later.",
            fr=f"Le contrat commence le {there.terms[0].starts_on} : un changement prend effet alors ou plus tard.",
        )
    return recording.day_start(from_on, there.zone)


# --- renewing ---------------------------------------------------------------------------------------


def renew(
    *,
    by: access.Viewer,
    contract: Contract,
    now: datetime,
    starts_on: date | None = None,
    term: str | None = None,
    plan: str | None = None,
    options: Sequence[str] | None = None,
    seats: int | None = None,
    yearly_amount: int | None = None,
    currency: str | None = None,
    revision: ProgrammeRevision | None = None,
    paid_at: datetime | None = None,
) -> Contract:
    """Add a term, from where the last one ends unless a later date is given; what is otherwise holds from its first day.

    Following on, it keeps the origin: anniversaries stay what they were. After a gap (or an early end) its first day is
    the new origin. Raises the problem there is, or weighing.CannotAgree with all.
    """
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    starts, origin = _next_start(there, starts_on, now)
    at = recording.day_start(starts, there.zone)
    revision_id: UUID = revision.id if revision is not None else there.value_at("revision_id", at)
    programme = queries.programme(revision_id)
    kind = term if term is not None else there.term
    wanted: dict[str, Any] = {
        "revision_id": revision_id,
        "plan": plan if plan is not None else _plan_by_amount(programme, there, at, yearly_amount),
        "options": tuple(options) if options is not None else None,
        "seats": seats,
        "yearly_amount": yearly_amount,
        "currency": currency or (programme.currency if yearly_amount is not None else None),
    }
    weighed = {name: value for name, value in wanted.items() if name != "revision_id"}
    agreed = drawing.agreed_of(there, at, **weighed, term=kind)
    weighing.require([*weighing.faults(programme, agreed), *too_many_contacts(there, programme, agreed, at)])
    known = programme.terms.get(kind)
    months = known.months if known is not None else drawing.YEAR
    ends = terms.add_months(origin, _months_between(origin, starts) + months)
    _add_term(by, contract, there, starts=starts, origin=origin, ends=ends, term=kind, paid_at=paid_at)
    data = {"from": starts, "until": ends, "origin": origin, "term": kind}
    changes = recording.changed(there, at, wanted)
    if "revision_id" in changes:
        agreements.bind_again(contract, programme.documents, at)
    return _done(by, contract, EventKind.RENEWED, now, effective_at=at, changes=changes, data=data)


def _next_start(there: Standings, starts_on: date | None, now: datetime) -> tuple[date, date]:
    """The first date of the next term, and its origin."""
    ended_early = there.ended_at is not None and there.ended_at < there.ends_at
    free = there.ends_on
    if ended_early and there.ended_at is not None:
        free = max(terms.date_at(_micros(there.ended_at), there.zone), there.starts_on)
    starts = starts_on or (max(free, terms.date_at(_micros(now), there.zone)) if ended_early else free)
    if starts < free:
        raise access.Refused(
            code="term-runs",
            en=f"The term runs until {free}: the next one begins then or later.",
            fr=f"La durée court jusqu’au {free} : la suivante commence alors ou plus tard.",
        )
    follows = not ended_early and starts == there.ends_on
    return starts, there.activation_on if follows else starts


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _months_between(origin: date, starts: date) -> int:
    """After how many months from the origin a term begins; terms.add_months(origin, it) is that date."""
    months = (starts.year - origin.year) * 12 + starts.month - origin.month
    return next(count for count in (months, months - 1) if terms.add_months(origin, count) <= starts)


def _add_term(
    by: access.Viewer,
    contract: Contract,
    there: Standings,
    *,
    starts: date,
    origin: date,
    ends: date,
    term: str,
    paid_at: datetime | None,
) -> None:
    EarlierTerm.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        origin_on=there.activation_on,
        starts_on=there.starts_on,
        ends_on=there.ends_on,
        term=there.term,
        paid_at=there.paid_at,
        ended_at=there.ended_at,
    )
    Contract.objects.filter(vendor_id=by.vendor_id, id=contract.id).update(
        activation_on=origin,
        starts_on=starts,
        ends_on=ends,
        term=term,
        paid_at=paid_at,
        ended_at=None,
    )


# --- what all of them do ----------------------------------------------------------------------------

_TOLD = frozenset(
    {EventKind.RENEWED, EventKind.AMENDED, EventKind.SUSPENDED, EventKind.RESUMED, EventKind.ENDED}
)
"""Of what happens to a contract, the customer is left a notice of these."""


def _done(
    by: access.Viewer,
    contract: Contract,
    kind: EventKind,
    now: datetime,
    *,
    effective_at: datetime | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    data: Mapping[str, object] | None = None,
) -> Contract:
    """Keep it, bring the row up to what is in force, tell the customer and whoever listens."""
    recording.record(
        by=by, contract=contract, kind=kind, now=now, effective_at=effective_at, changes=changes, data=data
    )
    recording.settle_row(contract, now)
    if kind in _TOLD:
        recording.notice_customer(
            by=by,
            contract=contract,
            kind=notices.Kind.CONTRACT_CHANGED,
            now=now,
            data={"event": kind.value, "from": effective_at or now},
        )
    recording.tell(contract, now)
    return contract
