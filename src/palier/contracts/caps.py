"""Caps: what a customer agrees to beforehand, so much a request and a month, and who agrees to what goes beyond.

A cap is the customer's own word. Its administrators and authorised users give it; the vendor's people may write down one
that a contact agreed to, and that contact is told. It says nothing of the time before it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from palier.contracts import naming, queries, recording, roles, weighing
from palier.contracts.models import Cap, CapApprover, Contract, EventKind
from palier.contracts.standings import Standings
from palier.people import access, notices
from palier.people.models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class CapOn:
    """A cap in force: without asking, so many minutes and so much a request, so much a month (None: not limited so).

    Amounts in minor units of `currency`. `approvers` may agree to what goes beyond; empty: whoever may agree at all.
    """

    id: UUID
    per_request_minutes: int | None
    per_request_amount: int | None
    per_month_amount: int | None
    currency: str
    agreed_by: UUID
    approvers: frozenset[UUID]
    from_at: datetime
    until_at: datetime | None

    def holds(
        self, *, minutes: int | None, amount: int | None, currency: str | None, month_so_far: int
    ) -> bool:
        """Whether a request of so many minutes and so much money lies within it, after what the month already had.

        Every limit of the cap must hold. Money in another currency, and money not known yet, lie beyond.
        """
        if self.per_request_minutes is not None and (minutes is None or minutes > self.per_request_minutes):
            return False
        if self.per_request_amount is None and self.per_month_amount is None:
            return True
        if amount is None or currency != self.currency:
            return False
        if self.per_request_amount is not None and amount > self.per_request_amount:
            return False
        return self.per_month_amount is None or month_so_far + amount <= self.per_month_amount


def cap_of(vendor_id: UUID, contract_id: UUID, at: datetime) -> CapOn | None:
    """The cap in force on a contract at an instant."""
    row = (
        Cap.objects.filter(vendor_id=vendor_id, contract_id=contract_id, from_at__lte=at)
        .filter(Q(until_at=None) | Q(until_at__gt=at))
        .order_by("-from_at", "-id")
        .first()
    )
    return _value(row) if row is not None else None


def caps(vendor_id: UUID, contract_id: UUID) -> tuple[CapOn, ...]:
    """Every cap a contract had, the latest first."""
    rows = Cap.objects.filter(vendor_id=vendor_id, contract_id=contract_id).order_by("-from_at", "-id")
    return tuple(_value(row) for row in rows)


def _value(row: Cap) -> CapOn:
    approvers = CapApprover.objects.filter(vendor_id=row.vendor_id, cap=row)
    return CapOn(
        id=row.id,
        per_request_minutes=row.per_request_minutes,
        per_request_amount=row.per_request_amount,
        per_month_amount=row.per_month_amount,
        currency=row.currency,
        agreed_by=row.agreed_by_id,
        approvers=frozenset(approvers.values_list("contact_id", flat=True)),
        from_at=row.from_at,
        until_at=row.until_at,
    )


def may_set(by: access.Viewer, there: Standings, now: datetime) -> bool:
    """Whether a viewer may set or withdraw a contract's cap: administrators, who may agree to estimates, who draws up."""
    if not by.is_customer:
        return by.has_role(access.DRAWS_UP)
    if by.is_administrator and by.organisation_id == there.organisation_id:
        return True
    contact = Contact.objects.get(vendor_id=by.vendor_id, id=by.as_contact())
    current = there.as_of(now)
    plan = queries.programme(current.revision_id).plans.get(current.plan)
    return queries.may_approve(current, plan, contact, now)


def set_cap(
    *,
    by: access.Viewer,
    contract: Contract,
    now: datetime,
    per_request_minutes: int | None = None,
    per_request_amount: int | None = None,
    per_month_amount: int | None = None,
    currency: str = "",
    approvers: Sequence[Contact] = (),
    agreed_by: Contact | None = None,
) -> Cap:
    """Agree beforehand to so much, from now on, in the place of the cap before. Amounts in minor units of the currency.

    `agreed_by` is for the vendor's people, who write down what that contact agreed to.
    """
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    current = there.as_of(now)
    money = currency or queries.programme(current.revision_id).currency
    agreeing = by.contact_id if by.is_customer else (agreed_by.id if agreed_by is not None else None)
    weighing.require(
        _faults(there, [per_request_minutes, per_request_amount, per_month_amount], approvers, agreed_by)
    )
    if agreeing is None:
        raise access.Refused(
            code="who-agreed",
            en="Say which of the customer's contacts agreed to this cap.",
            fr="Dites lequel des contacts du client a convenu de ce plafond.",
        )
    _close(contract, now)
    cap = Cap.objects.create(
        vendor_id=by.vendor_id,
        contract=contract,
        per_request_minutes=per_request_minutes,
        per_request_amount=per_request_amount,
        per_month_amount=per_month_amount,
        currency=money,
        agreed_by_id=agreeing,
        from_at=now,
    )
    CapApprover.objects.bulk_create(
        CapApprover(vendor_id=by.vendor_id, cap=cap, contact=contact) for contact in dict.fromkeys(approvers)
    )
    data: dict[str, object] = {
        "cap": cap.id,
        "per_request_minutes": per_request_minutes,
        "per_request_amount": per_request_amount,
        "per_month_amount": per_month_amount,
        "currency": money,
        "agreed_by": agreeing,
    }
    _happened(by, contract, current, EventKind.CAP_SET, data, agreeing, now)
    return cap


def withdraw_cap(*, by: access.Viewer, contract: Contract, now: datetime) -> None:
    """From now on everything is asked again; what was agreed to under the cap stays agreed."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    cap = cap_of(by.vendor_id, contract.id, now)
    if cap is None:
        raise access.Refused(
            code="no-cap", en="This contract has no cap.", fr="Ce contrat n’a pas de plafond."
        )
    _close(contract, now)
    _happened(by, contract, there.as_of(now), EventKind.CAP_WITHDRAWN, {"cap": None}, cap.agreed_by, now)


def _require_hand(by: access.Viewer, there: Standings, now: datetime) -> None:
    if may_set(by, there, now):
        return
    if not by.is_customer:
        access.require_role(by, access.DRAWS_UP)
    raise access.Refused(
        code="not-your-contract",
        en="Only those who agree to estimates and your account's administrator set this contract's cap.",
        fr="Seuls ceux qui acceptent les estimations et l’administrateur de votre compte fixent le plafond de ce contrat.",
    )


def _faults(
    there: Standings, limits: Sequence[int | None], approvers: Sequence[Contact], agreed_by: Contact | None
) -> list[access.Refused]:
    found = []
    if all(limit is None for limit in limits) or any(limit is not None and limit < 0 for limit in limits):
        found.append(
            access.Refused(
                code="bad-cap",
                en="Give at least one limit: minutes or an amount a request, or an amount a month; none is negative.",
                fr="Donnez au moins une limite : des minutes ou un montant par demande, ou un montant par mois ; aucune n’est négative.",
            )
        )
    theirs = (there.organisation_id, there.partner_id)
    people = [*approvers, *([agreed_by] if agreed_by is not None else [])]
    return found + [
        naming.another_customer(one) for one in dict.fromkeys(people) if one.organisation_id not in theirs
    ]


def _close(contract: Contract, now: datetime) -> None:
    Cap.objects.filter(vendor_id=contract.vendor_id, contract=contract, until_at=None).update(until_at=now)


def _happened(
    by: access.Viewer,
    contract: Contract,
    current: Standings,
    kind: EventKind,
    data: dict[str, object],
    agreed_by: UUID,
    now: datetime,
) -> None:
    recording.record(by=by, contract=contract, kind=kind, now=now, data=data)
    notices.notify(
        vendor_id=by.vendor_id,
        contacts=[agreed_by] if agreed_by != by.contact_id else (),
        staff=roles.vendor_side(current, now) if by.is_customer else (),
        kind=notices.Kind.CAP_CHANGED,
        data={"contract": contract.id, "cap": data["cap"]},
        now=now,
    )
