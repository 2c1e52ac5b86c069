"""A month's invoices: a thousand customers with billable time, each in a transaction of its own, numbered without gaps,
set as PDF/A with their EN 16931 data. Two processes, one a core, as two workers do it."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks import Row, _service, at_most, reported

if TYPE_CHECKING:
    from palier.tickets.models import Ticket

CUSTOMERS = 1000
DAYS, A_DAY = 5, 2
"""Days of work for each customer in the month, and entries a day."""
PROCESSES = 2
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
UNTIL = date(2026, 7, 31)


def run() -> list[Row]:
    """Seconds for all of it, and of that the invoices without their papers."""
    vendor_id = _vendor()
    customers = _customers(vendor_id)
    begun = time.perf_counter()
    _together(_invoice, vendor_id, customers)
    issued = time.perf_counter() - begun
    _together(_set, vendor_id, customers)
    whole = time.perf_counter() - begun
    _check(vendor_id)
    return [
        at_most(f"a month's invoices of {CUSTOMERS:,} customers, with their papers", whole, "s", 60),
        reported("of that the invoices themselves", issued, "s"),
        reported("lines invoiced", CUSTOMERS * DAYS, ""),
    ]


def _together(work: Any, vendor_id: UUID, customers: list[UUID]) -> None:
    from django.db import connections

    connections.close_all()  # a connection belongs to one process
    context = multiprocessing.get_context("fork")
    running = [
        context.Process(target=work, args=(vendor_id, customers[start::PROCESSES]))
        for start in range(PROCESSES)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("a worker failed: see above")


def _invoice(vendor_id: UUID, customers: list[UUID]) -> None:
    from palier.billing import billables
    from palier.people import tenancy
    from palier.people.access import Viewer

    for id_ in customers:
        with tenancy.vendor(vendor_id):
            made = billables.invoice_customer(
                by=Viewer.machine(vendor_id), organisation_id=id_, until=UNTIL, now=NOW
            )
            if len(made) != 1:
                raise RuntimeError(f"{len(made)} invoices where one was due")


def _set(vendor_id: UUID, customers: list[UUID]) -> None:
    from palier.billing import paper
    from palier.billing.models import Invoice
    from palier.people import tenancy

    for id_ in customers:
        with tenancy.vendor(vendor_id):
            for invoice in Invoice.objects.filter(vendor_id=vendor_id, organisation_id=id_):
                paper.of(invoice, NOW)


def _check(vendor_id: UUID) -> None:
    from palier.billing.models import Invoice, Paper
    from palier.people import tenancy

    with tenancy.vendor(vendor_id):
        numbers = sorted(Invoice.objects.values_list("sequence", flat=True))
        papers = Paper.objects.filter(structured=True).count()
    if numbers != list(range(1, CUSTOMERS + 1)) or papers != CUSTOMERS:
        raise RuntimeError(f"{len(numbers)} invoices, {papers} papers, and perhaps a gap")


# --- the month --------------------------------------------------------------------------------------


def _vendor() -> UUID:
    _service.start()
    from palier.billing import selling
    from palier.contracts import actions as contracts
    from palier.people import actions, tenancy
    from palier.people.access import Viewer
    from palier.programme import library

    vendor = actions.add_vendor(
        slug="invoices", name="Invoices", prefix="PRO", zone="Europe/Zurich", address="https://i.example/", now=_service.NOW,
        staff_need_second_factor=False,
    )  # fmt: skip
    with tenancy.vendor(vendor.id):
        machine = Viewer.machine(vendor.id)
        source = library.reference_programmes()["proconcept"].read_text()
        contracts.publish_revision(by=machine, source=source, now=_service.NOW)
        selling.save_settings(
            by=machine,
            values={"legal_name": "Bench SA", "line_one": "1, rue", "city": "Lyon", "country": "FR", "vat_id": "FR44732829320"},
            now=_service.NOW,
        )  # fmt: skip
        selling.add_usual_rules(by=machine, country="FR", valid_from=date(2026, 1, 1))
    return vendor.id


def _customers(vendor_id: UUID) -> list[UUID]:
    """A thousand customers with a request each, on which two people worked in July: rows as the actions leave them."""
    from uuid_utils.compat import uuid7

    from palier.people import tenancy
    from palier.people.models import Contact, Organisation
    from palier.tickets.models import TimeEntry

    with tenancy.vendor(vendor_id):
        pattern, agreed, staff_id = _pattern(vendor_id)
        verdict = pattern.verdicts.latest("number")
        organisations = [
            Organisation(
                id=uuid7(), vendor_id=vendor_id, name=f"Customer {number}", zone="Europe/Zurich", country="FR",
                language="fr", created_at=_service.NOW,
            )
            for number in range(CUSTOMERS)
        ]  # fmt: skip
        Organisation.objects.bulk_create(organisations)
        contacts = [
            Contact(id=uuid7(), vendor_id=vendor_id, organisation=one, name="Camille", email=f"c@{place}.example",
                    created_at=_service.NOW)
            for place, one in enumerate(organisations)
        ]  # fmt: skip
        Contact.objects.bulk_create(contacts)
        tickets: list[Any] = []
        verdicts: list[Any] = []
        estimates: list[Any] = []
        consents: list[Any] = []
        entries: list[Any] = []
        for place, (one, contact) in enumerate(zip(organisations, contacts, strict=True)):
            ticket = _copy(
                pattern, id=uuid7(), organisation_id=one.id, author_id=contact.id, number=5000 + place
            )
            decided = _copy(verdict, id=uuid7(), ticket_id=ticket.id)
            estimate = _copy(
                agreed.estimate, id=uuid7(), ticket_id=ticket.id, verdict_id=decided.id, message_id=None
            )
            consent = _copy(
                agreed, id=uuid7(), ticket_id=ticket.id, estimate_id=estimate.id, contact_id=contact.id
            )
            tickets.append(ticket)
            verdicts.append(decided)
            estimates.append(estimate)
            consents.append(consent)
            for number in range(DAYS * A_DAY):
                start = datetime(2026, 7, 13 + number // A_DAY, 8 + number % A_DAY, tzinfo=UTC)
                entries.append(
                    TimeEntry(
                        id=uuid7(), vendor_id=vendor_id, ticket_id=ticket.id, staff_id=staff_id, started_at=start,
                        minutes=20, day=start.date(), billable=True, clause=decided.clause, price="consulting",
                        consent_id=consent.id, recorded_at=start + timedelta(hours=1),
                    )
                )  # fmt: skip
        for rows in (tickets, verdicts, estimates, consents, entries):
            type(rows[0]).objects.bulk_create(rows, batch_size=1000)
        return [one.id for one in organisations]


def _copy(row: Any, **changed: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**{**values, **changed})


def _pattern(vendor_id: UUID) -> tuple[Ticket, Any, UUID]:
    """One request that went the whole way: estimated and agreed to."""
    from palier.contracts import actions as contracts
    from palier.contracts import queries
    from palier.people import actions
    from palier.people.access import Viewer
    from palier.people.models import Role
    from palier.tickets import classifying, estimating, opening
    from palier.tickets.drafts import Draft
    from palier.tickets.models import Ticket

    machine, start = Viewer.machine(vendor_id), _service.NOW - timedelta(days=3)
    organisation = actions.add_organisation(
        by=machine, name="Pattern", zone="Europe/Zurich", country="FR", now=start
    )
    user = actions.add_user(vendor_id=vendor_id, email="camille@pattern.example", name="Camille", now=start)
    contact = actions.add_contact(
        by=machine, organisation=organisation, name="Camille", email="camille@pattern.example", now=start, user=user,
        is_administrator=True,
    )  # fmt: skip
    revision = queries.current_revision(vendor_id, start)
    contracts.draw_up(
        by=machine, organisation=organisation, revision=revision, plan="maintenance", number="P-1", products=list(queries.programme_of(revision).products), activation_on=date(2026, 1, 1),
        now=start, paid_at=start,
    )  # fmt: skip
    staff_user = actions.add_user(vendor_id=vendor_id, email="alex@vendor.example", name="Alex", now=start)
    staff = actions.add_staff(by=machine, user=staff_user, roles=[Role.MANAGER], now=start)
    desk, customer = Viewer.staff(staff), Viewer.customer(contact)
    programme = queries.programme_of(revision)
    draft = Draft(
        kind="error", effect="task-hindered", subject="Une erreur", body="Depuis l’import, la clôture s’arrête.",
        product=next(iter(programme.products)), version="2026", environment=next(iter(programme.environments), "none"),
        language="fr", fields=dict.fromkeys(programme.fields, "donné"),
    )  # fmt: skip
    ticket = opening.open_ticket(by=customer, draft=draft, now=start)
    classifying.classify(
        by=desk, ticket=ticket, changes={"cause": "customer-handling"}, reason="Un import", now=start
    )
    row = estimating.estimate(by=desk, ticket=ticket, way="estimate", minutes=6000, text="Voici.", now=start)
    consent = estimating.agree(
        by=customer, ticket=ticket, estimate=row, text="Oui", now=start + timedelta(hours=1)
    )
    found = Ticket.objects.get(id=ticket.id)
    found.contract_id = None
    return found, consent, staff.id
