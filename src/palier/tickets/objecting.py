"""What a customer contests (a severity, a relief, a cause, a decision, an invoice line), to whom it goes, and the answer.

It goes to a named person who did not decide it where there is one, and is answered within sixteen hours of the desk
(assumed; docs/reference/feedback.md). The customer is told both at once. Nothing is changed by an objection itself: who
finds the customer right changes the severity, classifies anew or gives credit by the action made for that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from palier.contracts import holidays, roles
from palier.contracts import queries as contracts
from palier.contracts.models import NamedRole
from palier.core import calendars, worktime
from palier.core.clock import EventKind
from palier.core.programme import Programme
from palier.people import access, notices
from palier.people.models import Organisation, Role, Staff
from palier.tickets import clockwork, convert, locks, messages, permissions
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Contested, Objection, Ticket
from palier.tickets.problems import CannotDo, unknown_word

ANSWER_WITHIN = timedelta(hours=16)
"""Of the desk's open hours."""
OF_REQUESTS = tuple(one for one in Contested if one is not Contested.INVOICE_LINE)


def contest(*, by: access.Viewer, ticket: Ticket, what: str, words: str, now: datetime) -> Objection:
    """A customer disagrees with something on its request, in its own words. Returns who answers and by when.

    What is contested already and not answered yet is refused, with who answers it.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "contest", now)
    if what not in OF_REQUESTS:
        raise unknown_word(
            what_en="thing to contest", what_fr="chose à contester", word=what, known=tuple(OF_REQUESTS)
        )
    messages.require_words(words)
    _refuse_twice(Objection.objects.filter(ticket=locked, what=what), by)
    message = messages.write(by, locked, words, at=now, now=now)
    append(
        locked,
        Happening(kind=DeskKind.CONTESTED, data={"what": what}, message=message),
        Happening(kind=EventKind.CUSTOMER_WROTE, data={"contests": what}),
        by=by,
        at=now,
        now=now,
    )
    clockwork.refold(locked, now=now)
    return _open(
        by,
        Objection(organisation_id=locked.organisation_id, ticket=locked, what=what, words=words),
        contracts.programme(locked.revision_id),
        _named(locked, now),
        now,
    )


def contest_line(
    *,
    by: access.Viewer,
    organisation: Organisation,
    invoice: str,
    line: int,
    ticket: Ticket | None,
    words: str,
    now: datetime,
) -> Objection:
    """A customer disagrees with a line of an invoice that it may see (the caller has looked). Finance answers."""
    by.as_contact()
    messages.require_words(words)
    _refuse_twice(Objection.objects.filter(invoice=invoice, line=line), by)
    return _open(
        by,
        Objection(
            organisation_id=organisation.id,
            ticket=ticket,
            what=Contested.INVOICE_LINE,
            invoice=invoice,
            line=line,
            words=words,
        ),
        contracts.programme(contracts.current_revision_id(by.vendor_id, now)),
        _first(by.vendor_id, Role.FINANCE, Role.MANAGER, Role.ADMINISTRATOR),
        now,
    )


def _refuse_twice(same: QuerySet[Objection], by: access.Viewer) -> None:
    standing = same.filter(vendor_id=by.vendor_id, answered_at=None).select_related("staff").first()
    if standing is not None:
        who = standing.staff.name if standing.staff is not None else ""
        raise CannotDo(
            code="contested-already",
            en=f"This is contested already{f', and {who} answers it' if who else ''}: add what you have to say as a reply.",
            fr=f"C’est déjà contesté{f', et {who} y répond' if who else ''} : ajoutez ce que vous avez à dire dans une réponse.",
        )


def _open(
    by: access.Viewer, row: Objection, programme: Programme, staff: UUID | None, now: datetime
) -> Objection:
    row.vendor_id, row.contact_id, row.at, row.staff_id = by.vendor_id, by.as_contact(), now, staff
    row.due_at = _due(by.vendor_id, programme, now)
    row.save(force_insert=True)
    notices.notify(
        vendor_id=by.vendor_id,
        kind=notices.Kind.CONTESTED,
        now=now,
        staff=[staff] if staff is not None else _managers(by.vendor_id),
        data={"objection": row.id, "what": row.what, "contact": row.contact_id, "invoice": row.invoice},
        ticket_number=row.ticket.number if row.ticket is not None else None,
    )
    return row


def _due(vendor_id: UUID, programme: Programme, now: datetime) -> datetime:
    words = holidays.versions(vendor_id, holidays.codes_needed(programme, ""), now, dry=True)
    bind = holidays.binder(
        vendor_id=vendor_id,
        programme=programme,
        zone=programme.calendars[programme.desk_calendar].zone or "UTC",
        place="",
        words=words,
    )
    calendar = calendars.compile(bind(programme.desk_calendar))
    micros = ANSWER_WITHIN // timedelta(microseconds=1)
    return convert.instant(worktime.add(calendar, convert.micros(now), micros))


def _named(ticket: Ticket, now: datetime) -> UUID | None:
    """Who answers for a request: its delivery or account manager, else a manager, else who works on it."""
    if ticket.contract_id is not None:
        holders = roles.roles_of(contracts.contract_at(ticket.vendor_id, ticket.contract_id, now), now)
        for role in (NamedRole.DELIVERY_MANAGER, NamedRole.ACCOUNT_MANAGER):
            if role in holders and holders[role].staff_id != ticket.assignee_id:
                return holders[role].staff_id
    return _first(ticket.vendor_id, Role.MANAGER, Role.ADMINISTRATOR) or ticket.assignee_id


def _first(vendor_id: UUID, *wanted: Role) -> UUID | None:
    people = Staff.objects.filter(vendor_id=vendor_id, removed_at=None).order_by("name", "id")
    for role in wanted:
        found = people.filter(roles__contains=[role.value]).first()
        if found is not None:
            return found.id
    return None


def _managers(vendor_id: UUID) -> list[UUID]:
    people = Staff.objects.filter(vendor_id=vendor_id, removed_at=None)
    return list(
        people.filter(roles__overlap=[one.value for one in access.RUNS_THE_DESK]).values_list("id", flat=True)
    )


# --- the answer --------------------------------------------------------------------------------------


def may_answer(viewer: access.Viewer, row: Objection) -> bool:
    """Whether somebody may answer it: the person it goes to, and who runs the desk; of an invoice, who takes money."""
    if viewer.staff_id is None:
        return False
    if row.what == Contested.INVOICE_LINE:
        return viewer.has_role(access.TAKES_MONEY)
    return viewer.staff_id == row.staff_id or viewer.has_role(access.RUNS_THE_DESK)


def answer(*, by: access.Viewer, objection: UUID, upheld: bool, words: str, now: datetime) -> Objection:
    """Answer what a customer contests: whether it was right, and why. On a request the words are a public answer.

    Raises Objection.DoesNotExist for one the viewer may not see, Refused for one it may not answer.
    """
    row = objections(by).select_related("ticket").get(id=objection)
    ticket = locks.ticket(by, row.ticket_id) if row.ticket_id and row.what != Contested.INVOICE_LINE else None
    row = Objection.objects.select_for_update(no_key=True).get(vendor_id=by.vendor_id, id=row.id)
    if not may_answer(by, row):
        raise access.Refused(
            code="not-yours-to-answer",
            en="Whoever this goes to answers it, or somebody who runs the desk (finance, for an invoice).",
            fr="La personne à qui cela s’adresse y répond, ou un responsable (la comptabilité, pour une facture).",
        )
    if row.answered_at is not None:
        raise CannotDo(
            code="answered-already",
            en="This was answered already: reload the page.",
            fr="Une réponse a déjà été donnée : rechargez la page.",
        )
    messages.require_words(words)
    row.answered_at, row.answered_by_id, row.upheld, row.answer = now, by.user_id, upheld, words
    row.save(update_fields=["answered_at", "answered_by", "upheld", "answer"])
    if ticket is not None:
        _say(by, ticket, row, now)
    notices.notify(
        vendor_id=by.vendor_id,
        kind=notices.Kind.OBJECTION_ANSWERED,
        now=now,
        contacts=[row.contact_id],
        data={"objection": row.id, "what": row.what, "upheld": upheld, "invoice": row.invoice},
        ticket_number=ticket.number if ticket is not None else None,
    )
    return row


def _say(by: access.Viewer, ticket: Ticket, row: Objection, now: datetime) -> None:
    message = messages.write(by, ticket, row.answer, at=now, now=now)
    said = Happening(
        kind=DeskKind.OBJECTION_ANSWERED, data={"what": row.what, "upheld": row.upheld}, message=message
    )
    # A person of the vendor answers the customer: that meets what an answer meets, while anything is still owed.
    also = [Happening(kind=EventKind.ANSWERED, message=message)] if ticket.is_open else []
    append(ticket, said, *also, by=by, at=now, now=now)
    clockwork.refold(ticket, now=now)


# --- who sees them -----------------------------------------------------------------------------------


def objections(viewer: access.Viewer) -> QuerySet[Objection]:
    """The objections a viewer may see: with the request they are about; those to invoices, for who takes money."""
    rows = Objection.objects.filter(vendor_id=viewer.vendor_id)
    if viewer.is_customer:
        rows = rows.filter(organisation_id__in=viewer.organisations)
        return rows if viewer.sees_colleagues else rows.filter(contact_id=viewer.as_contact())
    tickets = Ticket.objects.visible_to(viewer).values("id")
    found = Q(ticket__in=tickets) & ~Q(what=Contested.INVOICE_LINE)
    if viewer.has_role(access.TAKES_MONEY):
        hidden = Q(organisation_id__in=viewer.hidden_organisations)
        found |= Q(what=Contested.INVOICE_LINE) & ~hidden
    return rows.filter(found)


def overdue(vendor_id: UUID, now: datetime) -> QuerySet[Objection]:
    """Those of a vendor that should have been answered."""
    return Objection.objects.filter(vendor_id=vendor_id, answered_at=None, due_at__lte=now)


def tell_overdue(row: Objection, now: datetime) -> None:
    """Tell whoever answers, and who runs the desk, that the customer waits in vain."""
    staff = [*([row.staff_id] if row.staff_id is not None else []), *_managers(row.vendor_id)]
    notices.notify(
        vendor_id=row.vendor_id,
        kind=notices.Kind.OBJECTION_OVERDUE,
        now=now,
        staff=staff,
        data={"objection": row.id, "what": row.what, "invoice": row.invoice},
        ticket_number=row.ticket.number if row.ticket is not None else None,
    )
