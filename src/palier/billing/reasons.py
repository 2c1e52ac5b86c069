"""What is behind each line of an invoice, in values: ticket, decision, clause with its words, consent, entries, order.

The row keeps ids; the words are read when somebody looks, so that erasing a person's name leaves the invoice whole.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from palier.billing.models import InvoiceLine
from palier.contracts import queries as contracts
from palier.core.programme import Text
from palier.people.models import Contact, Staff
from palier.tickets import queries as tickets
from palier.tickets.models import Consent, TimeEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """One time entry behind a line."""

    who: str
    started_at: datetime
    day: date
    minutes: int
    weight_percent: int
    reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The customer's yes behind a line: who (empty: a cap agreed beforehand), when, to what, in the words shown."""

    who: str
    at: datetime
    minutes: int
    amount: int
    currency: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a line is on an invoice."""

    line: InvoiceLine
    ticket: str
    subject: str
    verdict: int | None
    decided_at: datetime | None
    clause: str
    clause_words: Text | None
    contract: str
    order: str
    agreed: Agreed | None
    worked: tuple[Worked, ...]

    @property
    def short(self) -> str:
        """`SOL-1042 · 2 · P1`: as the paper and the accounts name it."""
        parts = (self.ticket, str(self.verdict or ""), self.clause, self.order or self.contract)
        return " · ".join(part for part in parts if part)


def behind(lines: Sequence[InvoiceLine]) -> tuple[Reason, ...]:
    """The reason of each line, in six queries however many."""
    if not lines:
        return ()
    vendor_id = lines[0].vendor_id
    ids = [line.id for line in lines]
    full = InvoiceLine.objects.select_related(
        "ticket", "verdict", "contract", "order", "order__ticket"
    ).in_bulk(ids)
    consents = {
        one.id: one
        for one in Consent.objects.filter(
            vendor_id=vendor_id, id__in=[line.consent for line in lines if line.consent is not None]
        )
    }
    contacts = Contact.objects.filter(vendor_id=vendor_id).in_bulk(
        [one.contact_id for one in consents.values() if one.contact_id is not None]
    )
    entries = {
        one.id: one
        for one in TimeEntry.objects.filter(
            vendor_id=vendor_id, id__in=[entry for line in lines for entry in line.entries]
        )
    }
    staff = dict(
        Staff.objects.filter(
            vendor_id=vendor_id, id__in=[one.staff_id for one in entries.values()]
        ).values_list("id", "name")
    )
    return tuple(
        _reason(
            full[line.id],
            _agreed(consents.get(line.consent) if line.consent else None, contacts),
            _worked([entries[id_] for id_ in line.entries if id_ in entries], staff),
        )
        for line in lines
    )


def _reason(line: InvoiceLine, agreed: Agreed | None, worked: tuple[Worked, ...]) -> Reason:
    ticket, verdict = line.ticket, line.verdict
    return Reason(
        line=line,
        ticket=tickets.number_of(ticket.revision_id, ticket.number) if ticket is not None else "",
        subject=ticket.subject if ticket is not None else "",
        verdict=verdict.number if verdict is not None else None,
        decided_at=verdict.decided_at if verdict is not None else None,
        clause=line.clause,
        clause_words=_clauses(_revision(line)).get(line.clause) if line.clause else None,
        contract=line.contract.number if line.contract is not None else "",
        order=line.order.number if line.order is not None else "",
        agreed=agreed,
        worked=worked,
    )


def _revision(line: InvoiceLine) -> UUID | None:
    for row in (line.ticket, line.order, line.contract):
        if row is not None:
            return row.revision_id
    return None


@functools.lru_cache(maxsize=256)
def _clauses(revision_id: UUID | None) -> Mapping[str, Text]:
    """The words of every clause of a programme revision, which never changes."""
    if revision_id is None:
        return {}
    return {id_: words for id_, _, words in contracts.programme(revision_id).clause_texts()}


def _agreed(consent: Consent | None, contacts: Mapping[UUID, Contact]) -> Agreed | None:
    if consent is None:
        return None
    contact = contacts.get(consent.contact_id) if consent.contact_id is not None else None
    return Agreed(
        who=contact.name if contact is not None else "",
        at=consent.at,
        minutes=consent.minutes,
        amount=consent.amount,
        currency=consent.currency,
        text=consent.text,
    )


def _worked(entries: Sequence[TimeEntry], staff: Mapping[UUID, str]) -> tuple[Worked, ...]:
    undone = {one.reverses_id for one in entries if one.reverses_id is not None}
    return tuple(
        Worked(
            who=staff.get(one.staff_id, ""),
            started_at=one.started_at,
            day=one.day,
            minutes=one.minutes if one.reverses_id is None else -one.minutes,
            weight_percent=one.weight_percent,
            reversed=one.id in undone,
        )
        for one in sorted(entries, key=lambda one: (one.started_at, one.id))
    )
