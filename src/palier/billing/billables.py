"""What is to be invoiced: time that was charged, extras of estimates agreed to, charges, and contract fees.

Nothing is stored here: it follows from the rows and from what invoices say of them already. Time and extras are billed by
difference, so that an entry added or reversed after an invoice shows on the next one, or comes back on a credit note.
Rules: docs/reference/billing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from palier.billing import fees, invoicing, sums
from palier.billing.invoicing import Draft
from palier.billing.models import Charge, Invoice, InvoiceLine, Kind, Source
from palier.contracts import queries as contracts
from palier.core.programme import Price
from palier.people import access
from palier.people.actions import lock_customer
from palier.people.models import Organisation
from palier.programme import locales
from palier.tickets import consenting, timekeeping
from palier.tickets import queries as tickets
from palier.tickets.models import Consent, Estimate, Status, Ticket, TimeEntry

BY_THE_HOUR = "hourly"
_LABOUR = "labour"
_EXTRAS = {
    "travel": {"en": "Travel", "fr": "Déplacement"},
    "lodging": {"en": "Lodging", "fr": "Hébergement"},
    "other": {"en": "Other", "fr": "Autre"},
}
_DONE = (Status.RESOLVED, Status.CLOSED)


@dataclass(slots=True, kw_only=True)
class Bill:
    """What one customer is to be billed in one currency; `back` is what comes back on credit notes."""

    currency: str
    lines: list[Draft] = field(default_factory=list)
    back: list[Draft] = field(default_factory=list)

    @property
    def net(self) -> int:
        """What the next invoice comes to, without tax."""
        return sum(line.amount(self.currency) for line in self.lines)


def customers(vendor_id: UUID, until: date) -> list[UUID]:
    """The customers with anything to invoice up to that local date, the last one included; in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, {"vendor": vendor_id, "until": until, "done": [str(one) for one in _DONE]})
        return [id_ for (id_,) in cursor.fetchall()]


_UNBILLED = """
select t.organisation_id, t.id as ticket_id from tickets_timeentry e
    join tickets_ticket t on t.vendor_id = e.vendor_id and t.id = e.ticket_id
    where e.vendor_id = %(vendor)s and e.billable and e.allowance = '' and e.day <= %(until)s and not exists (
        select from billing_invoiceline l where l.vendor_id = e.vendor_id and l.ticket_id = e.ticket_id
        and l.source = 'time' and e.id = any(l.entries))
union
select t.organisation_id, t.id from tickets_consent c
    join tickets_ticket t on t.vendor_id = c.vendor_id and t.id = c.ticket_id
    where c.vendor_id = %(vendor)s and c.agreed and c.estimate_id is not null and t.status = any(%(done)s)
    and not exists (
        select from billing_invoiceline l where l.vendor_id = c.vendor_id and l.ticket_id = c.ticket_id
        and l.source = 'extra' and l.consent = c.id)
"""
_CUSTOMERS = f"""
select organisation_id from ({_UNBILLED}) unbilled
union
select h.organisation_id from billing_charge h where h.vendor_id = %(vendor)s and h."on" <= %(until)s and not exists (
    select from billing_invoiceline l where l.vendor_id = h.vendor_id and l.source = 'charge' and l.key = h.id::text)
union
select c.organisation_id from contracts_contract c where c.vendor_id = %(vendor)s and c.paid_at is null
    and c.ended_at is null and c.yearly_amount > 0 and not exists (
    select from billing_invoiceline l where l.vendor_id = c.vendor_id and l.source = 'fee'
    and l.key = c.id::text || ':' || coalesce(c.starts_on, c.activation_on)::text)
order by 1
"""  # noqa: S608 (two constants)


def of_customer(organisation: Organisation, until: date) -> list[Bill]:
    """What one customer is to be billed up to that date, a bill a currency."""
    bills: dict[str, Bill] = {}
    for currency, draft in [
        *fees.of_customer(organisation),
        *_worked(organisation, until),
        *_charges(organisation, until),
    ]:
        bill = bills.setdefault(currency, Bill(currency=currency))
        (bill.back if draft.amount(currency) < 0 else bill.lines).append(draft)
    return [bills[currency] for currency in sorted(bills)]


# --- time and estimates -----------------------------------------------------------------------------


def _worked(organisation: Organisation, until: date) -> Iterable[tuple[str, Draft]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select ticket_id from ({_UNBILLED}) unbilled where organisation_id = %(organisation)s",  # noqa: S608
            {
                "vendor": organisation.vendor_id,
                "until": until,
                "organisation": organisation.id,
                "done": [str(one) for one in _DONE],
            },
        )
        ids = [id_ for (id_,) in cursor.fetchall()]
    for ticket in Ticket.objects.filter(vendor_id=organisation.vendor_id, id__in=ids).order_by("number"):
        yield from _of_ticket(ticket, until)


def _of_ticket(ticket: Ticket, until: date) -> Iterable[tuple[str, Draft]]:
    number = tickets.number_of(ticket.revision_id, ticket.number)
    billed = _billed(ticket)
    yield from _time(ticket, number, billed, until)
    if ticket.status in _DONE:
        yield from _extras(ticket, number, billed)


def _time(ticket: Ticket, number: str, billed: _Billed, until: date) -> Iterable[tuple[str, Draft]]:
    """What each person's day is charged more, or less, than is billed for it."""
    programme = contracts.programme(ticket.revision_id)
    contract = contracts.contract_by_id(ticket.vendor_id, ticket.contract_id) if ticket.contract_id else None
    verdicts = dict(ticket.verdicts.order_by("number").values_list("clause", "id"))
    charged = {
        _key(ticket.id, day.staff_id, day.day, day.price): day
        for day in timekeeping.charged(ticket)
        if day.billable and not day.allowance
    }
    for key, entries in _entries(ticket, until).items():
        first, day = entries[0], charged.get(key)
        price = programme.prices.get(first.price)
        if price is None or price.kind != BY_THE_HOUR or price.amount is None or price.currency is None:
            continue
        minutes = (day.charged if day is not None else 0) - billed.value.get((Source.TIME, key), 0)
        if not minutes:
            continue
        told = billed.entries.get(key, set())
        consent = first.consent
        yield (
            price.currency,
            Draft(
                source=Source.TIME,
                key=key,
                names=_time_words(price, number, first.day),
                quantity=minutes * 1000,
                unit=sums.MINUTE,
                unit_amount=price.amount,
                discount=_discount(contract, price, consent.at if consent is not None else ticket.reached_at),
                minutes=minutes,
                on=first.day,
                clause=entries[-1].clause,
                ticket_id=ticket.id,
                verdict_id=verdicts.get(entries[-1].clause),
                contract_id=ticket.contract_id,
                consent=entries[-1].consent_id,
                entries=tuple(one.id for one in entries if one.id not in told),
            ),
        )


def _key(ticket_id: UUID, staff_id: UUID, day: date, price: str) -> str:
    return f"{ticket_id}:{staff_id}:{day}:{price}"


def _entries(ticket: Ticket, until: date) -> dict[str, list[TimeEntry]]:
    """All billable entries of a request by person, date and price, reversed ones and reversals too."""
    found: dict[str, list[TimeEntry]] = {}
    rows = TimeEntry.objects.filter(
        vendor_id=ticket.vendor_id, ticket=ticket, billable=True, allowance="", day__lte=until
    )
    for one in rows.select_related("consent").order_by("day", "started_at", "id"):
        found.setdefault(_key(ticket.id, one.staff_id, one.day, one.price), []).append(one)
    return found


def _time_words(price: Price, number: str, day: date) -> dict[str, str]:
    return {
        "en": f"{price.name.in_('en')}, {number}, {locales.plain_date(day, 'en')}",
        "fr": f"{price.name.in_('fr')}, {number}, {locales.plain_date(day, 'fr-FR')}",
    }


def _discount(contract: contracts.Standings | None, price: Price, at: datetime) -> int:
    """Thousandths of a percent off: the price's own discount where the way taken names it, else the contract's on it."""
    own = price.discount_percent or 0
    found = contracts.discount_of(contract, price.id, at) if contract is not None else 0
    return int(max(own, found) * 1000)


def _extras(ticket: Ticket, number: str, billed: _Billed) -> Iterable[tuple[str, Draft]]:
    """What the latest estimate agreed to has besides hours, once the work is done."""
    consent = consenting.in_force(ticket)
    if consent is None or consent.estimate is None:
        return
    estimate: Estimate = consent.estimate
    programme = contracts.programme(ticket.revision_id)
    price = programme.prices.get(estimate.price)
    fixed = price is not None and price.kind != BY_THE_HOUR and not estimate.allowance
    for place, line in enumerate(estimate.lines):
        kind = str(line["kind"])
        if kind == _LABOUR and not fixed:
            continue
        key = f"{ticket.id}:{kind}:{place}"
        amount = int(line["amount"]) - billed.value.get((Source.EXTRA, key), 0)
        if not amount:
            continue
        names = _extra_words(kind, price, number, str(line.get("text") or ""))
        yield (
            estimate.currency,
            Draft(
                source=Source.EXTRA,
                key=key,
                names=names,
                quantity=1000 if amount > 0 else -1000,
                unit_amount=abs(amount),
                on=None,
                clause=price.clause if price is not None else "",
                ticket_id=ticket.id,
                verdict_id=estimate.verdict_id,
                contract_id=ticket.contract_id,
                consent=consent.id,
            ),
        )


def _extra_words(kind: str, price: Price | None, number: str, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "fr"):
        plain = price.name.in_(language) if kind == _LABOUR and price is not None else _EXTRAS[kind][language]
        found[language] = ", ".join(part for part in (plain, number, text) if part)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Billed:
    """What lines say of a request already, by source and key: minutes of time, amounts of extras, and the entries named.

    What came back on credit notes under the same key is taken off.
    """

    value: Mapping[tuple[str, str], int]
    entries: Mapping[str, set[UUID]]


def _billed(ticket: Ticket) -> _Billed:
    value: dict[tuple[str, str], int] = {}
    entries: dict[str, set[UUID]] = {}
    lines = InvoiceLine.objects.filter(
        vendor_id=ticket.vendor_id, ticket=ticket, source__in=[Source.TIME, Source.EXTRA]
    )
    for source, key, minutes, net, kind, named in lines.values_list(
        "source", "key", "minutes", "net", "invoice__kind", "entries"
    ):
        amount = (minutes or 0) if source == Source.TIME else net
        value[source, key] = value.get((source, key), 0) + (amount if kind == Kind.INVOICE else -amount)
        entries.setdefault(key, set()).update(named)
    return _Billed(value=value, entries=entries)


# --- charges -------------------------------------------------------------------------------


def _charges(organisation: Organisation, until: date) -> Iterable[tuple[str, Draft]]:
    rows = list(
        Charge.objects.filter(
            vendor_id=organisation.vendor_id, organisation=organisation, on__lte=until
        ).order_by("on", "id")
    )
    billed = set(
        InvoiceLine.objects.filter(
            vendor_id=organisation.vendor_id, source=Source.CHARGE, key__in=[str(one.id) for one in rows]
        ).values_list("key", flat=True)
    )
    for one in rows:
        if str(one.id) in billed:
            continue
        yield (
            one.currency,
            Draft(
                source=Source.CHARGE,
                key=str(one.id),
                names={"en": one.name_en, "fr": one.name_fr},
                unit_amount=one.amount,
                on=one.on,
                clause=one.clause,
                ticket_id=one.ticket_id,
                verdict_id=one.verdict_id,
                contract_id=one.contract_id,
                order_id=one.order_id,
                consent=one.consent,
            ),
        )


def number_of(ticket_id: UUID) -> str:
    """The number of a request, as people see it."""
    revision_id, number = Ticket.objects.values_list("revision_id", "number").get(id=ticket_id)
    return tickets.number_of(revision_id, number)


# --- billing it -------------------------------------------------------------------------------------


def charge(
    *,
    by: access.Viewer,
    organisation: Organisation,
    kind: str,
    names: dict[str, str],
    amount: int,
    currency: str,
    on: date,
    now: datetime,
    ticket: Ticket | None = None,
    price: str = "",
    clause: str = "",
    consent: UUID | None = None,
) -> Charge:
    """Add a line to be billed that no row of a ticket holds: travel, a fixed price. For those who take money.

    Raises Refused for a line about a request without a recorded yes: nothing billable happens before it.
    """
    access.require_role(by, access.TAKES_MONEY)
    lock_customer(vendor_id=by.vendor_id, organisation_id=organisation.id)
    if kind not in (Charge.TRAVEL, Charge.FIXED) or amount <= 0 or not (names.get("en") and names.get("fr")):
        raise access.Refused(
            code="no-charge",
            en="A charge is travel or a fixed price, above 0, named in both languages.",
            fr="Une ligne à facturer est un déplacement ou un forfait, supérieur à 0, nommé dans les deux langues.",
        )
    if ticket is not None:
        agreed = Consent.objects.filter(vendor_id=by.vendor_id, ticket=ticket, agreed=True).order_by(
            "-at", "-id"
        )
        found = agreed.filter(id=consent).first() if consent else agreed.first()
        if found is None:
            raise access.Refused(
                code="no-consent",
                en="The customer has agreed to nothing on this request: send an estimate with this line first.",
                fr="Le client n’a rien accepté dans cette demande : envoyez d’abord une estimation avec cette ligne.",
            )
        consent = found.id
    latest = ticket.verdicts.order_by("-number").first() if ticket is not None else None
    return Charge.objects.create(
        vendor_id=by.vendor_id,
        organisation=organisation,
        contract_id=ticket.contract_id if ticket is not None else None,
        ticket=ticket,
        verdict=latest,
        consent=consent,
        kind=kind,
        price=price,
        clause=clause,
        name_en=names["en"][:300],
        name_fr=names["fr"][:300],
        amount=amount,
        currency=currency,
        on=on,
        by_id=by.staff_id,
        recorded_at=now,
    )


def invoice_customer(
    *,
    by: access.Viewer,
    organisation_id: UUID,
    until: date,
    now: datetime,
    of: invoicing.Issuer | None = None,
) -> tuple[Invoice, ...]:
    """Invoice one customer up to a local date: an invoice a currency, and credit notes for what was reversed since.

    Answers nothing where nothing is to be billed: doing it twice does nothing.
    """
    access.require_role(by, access.TAKES_MONEY)
    organisation = lock_customer(vendor_id=by.vendor_id, organisation_id=organisation_id)
    issuing = of if of is not None else invoicing.issuer(by.vendor_id, now)
    made: list[Invoice] = []
    for bill in of_customer(organisation, until):
        made += _give_back(by, bill.back, now)
        if bill.lines:
            days = [line.on for line in bill.lines if line.on is not None]
            made.append(
                invoicing.issue(
                    by=by,
                    of=issuing,
                    organisation=organisation,
                    lines=bill.lines,
                    currency=bill.currency,
                    now=now,
                    from_on=min(days, default=None),
                    until_on=max(days, default=None),
                )
            )
    for invoice in made:
        if invoice.kind == Kind.INVOICE:
            invoicing.tell(invoice, now)
    return tuple(made)


def _give_back(by: access.Viewer, back: Sequence[Draft], now: datetime) -> list[Invoice]:
    """Credit notes for lines that are charged less than was billed: one for each invoice that billed them."""
    made: list[Invoice] = []
    for draft in back:
        billed = (
            InvoiceLine.objects.filter(
                vendor_id=by.vendor_id, source=draft.source, key=draft.key, invoice__kind=Kind.INVOICE
            )
            .select_related("invoice")
            .order_by("-id")
        )
        owed, minutes = -draft.amount(billed[0].invoice.currency), -(draft.minutes or 0)
        for line in billed:
            left = invoicing.remaining(line.invoice)[line.id]
            amount = min(owed, left)
            if amount <= 0:
                continue
            part = Draft(
                source=draft.source,
                key=draft.key,
                names=draft.names,
                unit_amount=amount,
                minutes=min(minutes, line.minutes or 0) if draft.minutes is not None else None,
                entries=draft.entries,
            )
            made.append(
                invoicing.credit(
                    by=by,
                    invoice=line.invoice,
                    amounts={line.id: amount},
                    reversed_={line.id: part},
                    reason="",
                    now=now,
                )
            )
            owed -= amount
            minutes -= part.minutes or 0
            if owed <= 0:
                break
    return made
