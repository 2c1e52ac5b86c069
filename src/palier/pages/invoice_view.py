"""An invoice or credit note for a reader: its lines with everything behind each, its totals, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from palier.billing import invoicing, paper, reasons, sums
from palier.billing.models import Invoice, InvoiceLine, Kind
from palier.billing.reasons import Reason
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.programme import locales


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How it stands, as a badge."""

    word: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """A time entry behind a line."""

    when: str
    who: str
    minutes: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line: what it says, and why it is there."""

    id: str
    position: int
    name: str
    short: str
    quantity: str
    price: str
    discount: str
    net: str
    ticket: str
    ticket_url: str
    subject: str
    decision: str
    clause: str
    clause_words: str
    agreed: str
    agreed_text: str
    order: str
    order_url: str
    contract: str
    entries: tuple[EntryView, ...]
    charged: str

    @property
    def has_reason(self) -> bool:
        """Whether anything stands behind it."""
        return bool(self.ticket or self.clause or self.order or self.contract or self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxView:
    """A tax with its base."""

    name: str
    base: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceView:
    """The whole."""

    number: str
    title: str
    is_credit: bool
    customer: str
    state: State
    facts: tuple[tuple[str, str], ...]
    lines: tuple[LineView, ...]
    net: str
    taxes: tuple[TaxView, ...]
    total: str
    paid: str
    credited: str
    open: str
    is_open: bool
    note: str
    notes: tuple[tuple[str, str], ...]
    """Credit notes over it: number and address."""
    structured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where things are on this face; an empty address: nowhere."""

    ticket: Callable[[str], str]
    order: Callable[[object], str]
    invoice: Callable[[str], str]


def title(invoice: Invoice) -> str:
    """`Invoice`, `Credit note`."""
    return _("Credit note") if invoice.kind == Kind.CREDIT_NOTE else _("Invoice")


def state(invoice: Invoice, account: invoicing.Account, today: date) -> State:
    """Paid, open, late, given back."""
    if invoice.kind == Kind.CREDIT_NOTE:
        return State(word=_("issued"), tone="quiet", icon="check")
    if account.open > 0:
        if today > invoice.due_on:
            return State(word=_("overdue"), tone="bad", icon="alert-triangle")
        return State(word=_("to be paid"), tone="warn", icon="clock")
    if account.open < 0:
        return State(word=_("to be paid back"), tone="warn", icon="clock")
    if account.credited >= account.total > 0:
        return State(word=_("given back"), tone="quiet", icon="check")
    return State(word=_("paid"), tone="good", icon="check")


def view(
    invoice: Invoice, speech: Speech, *, addresses: Addresses, now: datetime, with_customer: bool = False
) -> InvoiceView:
    """One invoice in the reader's language; amounts and dates by the reader's locale."""
    lines = list(invoice.lines.order_by("position"))
    account = invoicing.account(invoice)
    moments = speech.moments_in(invoice.zone)

    def money(minor: int) -> str:
        return locales.money(minor, invoice.currency, speech.locale)

    return InvoiceView(
        number=invoice.number,
        title=title(invoice),
        is_credit=invoice.kind == Kind.CREDIT_NOTE,
        customer=str(invoice.buyer["name"]),
        state=state(invoice, account, moments.local(now).date()),
        facts=_facts(invoice, speech, with_customer=with_customer),
        lines=tuple(line(one, invoice, speech, addresses) for one in reasons.behind(lines)),
        net=money(invoice.net),
        taxes=tuple(_tax(kept, invoice, speech) for kept in invoice.taxes),
        total=money(invoice.total),
        paid=money(account.paid - account.refunded) if account.paid or account.refunded else "",
        credited=money(account.credited) if account.credited else "",
        open=money(account.open),
        is_open=account.open > 0,
        note=invoice.note,
        notes=tuple(
            (note.number, addresses.invoice(note.number))
            for note in Invoice.objects.filter(vendor_id=invoice.vendor_id, corrects=invoice).order_by(
                "sequence"
            )
        ),
        structured=len(invoice.taxes) == 1,
    )


def _facts(invoice: Invoice, speech: Speech, *, with_customer: bool) -> tuple[tuple[str, str], ...]:
    moments = speech.moments_in(invoice.zone)
    period = ""
    if invoice.from_on is not None and invoice.until_on is not None and invoice.from_on != invoice.until_on:
        period = f"{moments.date(invoice.from_on)} – {moments.date(invoice.until_on)}"
    found = (
        (_("Customer"), str(invoice.buyer["name"]) if with_customer else ""),
        (_("Issued"), moments.date(invoice.issued_on)),
        (_("Period"), period),
        (
            _("To pay by"),
            moments.date(invoice.due_on) if invoice.paid < invoice.total and invoice.corrects is None else "",
        ),
        (_("Corrects"), invoice.corrects.number if invoice.corrects is not None else ""),
        (_("Order"), invoice.order.number if invoice.order is not None else ""),
        (_("Your reference"), str(invoice.buyer.get("reference", ""))),
        (_("Paid"), invoice.paid_words),
    )
    return tuple((label, value) for label, value in found if value)


def _tax(kept: dict[str, object], invoice: Invoice, speech: Speech) -> TaxView:
    total = sums.thawed(kept)
    rate = locales.percentage(sums.percent(total.tax.rate).normalize() + 0, speech.locale)
    return TaxView(
        name=f"{total.tax.names[speech.language]} {rate}",
        base=locales.money(total.base, invoice.currency, speech.locale),
        amount=locales.money(total.amount, invoice.currency, speech.locale),
        reason=total.tax.reasons.get(speech.language, ""),
    )


def line(reason: Reason, invoice: Invoice, speech: Speech, addresses: Addresses) -> LineView:
    """A line and its reason."""
    row = reason.line

    def money(minor: int) -> str:
        return locales.money(minor, invoice.currency, speech.locale)

    moments = speech.moments_in(invoice.zone)
    return LineView(
        id=str(row.id),
        position=row.position,
        name=name(row, speech),
        short=speech.typeset(paper.why(reason, speech.language)),
        quantity=paper.quantity(row, speech.locale),
        price=money(row.unit_amount) + (_(" an hour") if row.unit == sums.MINUTE else ""),
        discount=locales.percentage(sums.percent(row.discount).normalize() + 0, speech.locale)
        if row.discount
        else "",
        net=money(row.net),
        ticket=reason.ticket,
        ticket_url=addresses.ticket(reason.ticket) if reason.ticket else "",
        subject=reason.subject,
        decision=_("Decision %(n)d of %(date)s")
        % {"n": reason.verdict, "date": moments.date(moments.local(reason.decided_at))}
        if reason.verdict is not None and reason.decided_at is not None
        else "",
        clause=reason.clause,
        clause_words=speech.text(reason.clause_words),
        agreed=_agreed(reason, speech, moments.zone),
        agreed_text=reason.agreed.text if reason.agreed is not None else "",
        order=reason.order,
        order_url=addresses.order(row.order_id) if row.order_id is not None else "",
        contract=reason.contract,
        entries=_entries(reason, speech, moments.zone),
        charged=_charged(row, reason),
    )


def name(row: InvoiceLine, speech: Speech) -> str:
    """What the line is, in the reader's language."""
    return speech.typeset(row.name_fr if speech.language == "fr" else row.name_en)


def _agreed(reason: Reason, speech: Speech, zone: str) -> str:
    agreed = reason.agreed
    if agreed is None:
        return ""
    moments = speech.moments_in(zone)
    words = {
        "who": agreed.who,
        "when": moments.day_time(agreed.at),
        "amount": locales.money(agreed.amount, agreed.currency, speech.locale) if agreed.currency else "–",
    }
    if not agreed.who:
        return _("Within what was agreed beforehand, noted %(when)s, up to %(amount)s") % words
    return _("%(who)s agreed on %(when)s, up to %(amount)s") % words


def _entries(reason: Reason, speech: Speech, zone: str) -> tuple[EntryView, ...]:
    moments = speech.moments_in(zone)
    return tuple(
        EntryView(
            when=moments.day_time(one.started_at),
            who=one.who,
            minutes=("-" if one.minutes < 0 else "") + locales.duration(one.minutes * 60_000_000),
            note=_entry_note(one, speech),
        )
        for one in reason.worked
    )


def _entry_note(one: reasons.Worked, speech: Speech) -> str:
    if one.minutes < 0:
        return _("reversal")
    if one.reversed:
        return _("reversed")
    if one.weight_percent != 100:
        weight = locales.percentage(sums.percent(one.weight_percent * 1000).normalize() + 0, speech.locale)
        return _("counts at %(percent)s") % {"percent": weight}
    return ""


def _charged(row: InvoiceLine, reason: Reason) -> str:
    if row.minutes is None or not reason.worked:
        return ""
    worked = sum(one.minutes for one in reason.worked)
    return _("%(worked)s worked, %(charged)s charged") % {
        "worked": locales.duration(worked * 60_000_000),
        "charged": locales.duration(row.minutes * 60_000_000),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An invoice in a list."""

    url: str
    pdf_url: str
    number: str
    title: str
    customer: str
    issued: str
    due: str
    total: str
    open: str
    state: State


def rows(
    invoices: Sequence[Invoice],
    speech: Speech,
    *,
    now: datetime,
    url: Callable[[str], str],
    pdf_url: Callable[[str], str],
) -> tuple[Row, ...]:
    """Invoices in a list."""
    accounts = invoicing.accounts(invoices)
    found: list[Row] = []
    for one in invoices:
        moments = speech.moments_in(one.zone)
        account = accounts[one.id]
        sign = -1 if one.kind == Kind.CREDIT_NOTE else 1
        found.append(
            Row(
                url=url(one.number),
                pdf_url=pdf_url(one.number),
                number=one.number,
                title=title(one),
                customer=str(one.buyer["name"]),
                issued=moments.date(one.issued_on),
                due=moments.date(one.due_on) if one.kind == Kind.INVOICE and account.open > 0 else "",
                total=locales.money(sign * one.total, one.currency, speech.locale),
                open=locales.money(account.open, one.currency, speech.locale)
                if account.open and one.kind == Kind.INVOICE
                else "",
                state=state(one, account, moments.local(now).date()),
            )
        )
    return tuple(found)
