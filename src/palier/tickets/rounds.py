"""One message for many: each request is told by the same action as any answer, by itself, and never twice.

A round is a row with a line for each request or contact. A worker takes line after line, each in a transaction of its own
that locks the line, tells, and writes that it did: one that dies has told or not told, and the next goes on. What an
action refuses is kept on its line with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from palier.core.programme import Wait
from palier.people import access, notices, tenancy
from palier.people.actions import lock_customer
from palier.people.models import Contact, Staff
from palier.software import words
from palier.software.models import Defect, MeToo
from palier.tickets import answering, links, messages, researching, sweeping, telling, waiting
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Message, Round, RoundLine, Ticket
from palier.tickets.problems import CannotDo

AT_ONCE = 20
"""Of a round, so many are told while its author waits; the worker tells the rest."""
MOST = 1000
AWAITS_FIX = (Wait.PATCH, Wait.MANUFACTURER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far a round is: how many were told by a message, by a notice, refused (with why), and are still to come."""

    told: int
    noticed: int
    refused: tuple[RoundLine, ...]
    waiting: int

    @property
    def done(self) -> bool:
        """Whether nobody is left to tell."""
        return self.waiting == 0


# --- starting -----------------------------------------------------------------------------------------


def check_texts(texts: Mapping[str, str]) -> None:
    """Raise CannotDo unless there is a message in one language at least, none too long."""
    written = [text for text in texts.values() if text.strip()]
    for text in written or [""]:
        messages.require_words(text)


def start(
    *,
    by: access.Viewer,
    kind: str,
    texts: Mapping[str, str],
    tickets: Iterable[Ticket],
    now: datetime,
    contacts: Iterable[Contact] = (),
    defect: Defect | None = None,
    written_on: Ticket | None = None,
    fixed_in: str = "",
    then: str = answering.Then.KEEP,
) -> Round:
    """Write down whom to tell what; the worker does (`tell_all`), or `tell_some` at once."""
    check_texts(texts)
    row = Round.objects.create(
        vendor_id=by.vendor_id,
        kind=kind,
        defect=defect,
        ticket=written_on,
        staff_id=by.staff_id,
        texts={one: text.strip() for one, text in texts.items() if text.strip()},
        then=then,
        fixed_in=fixed_in,
        started_at=now,
    )
    lines = [
        RoundLine(vendor_id=by.vendor_id, round=row, ticket=one, organisation_id=one.organisation_id)
        for one in tickets
    ]
    lines += [
        RoundLine(vendor_id=by.vendor_id, round=row, contact=one, organisation_id=one.organisation_id)
        for one in contacts
    ]
    RoundLine.objects.bulk_create(lines)
    if not lines:
        _finish(row, now)
    return row


def answer(
    *,
    by: access.Viewer,
    written_on: Ticket,
    tickets: Iterable[Ticket],
    texts: Mapping[str, str],
    now: datetime,
    then: str = answering.Then.KEEP,
) -> Round:
    """One answer to several requests that the viewer sees. Raises CannotDo for no request and for no words."""
    wanted = list(tickets)
    if not wanted:
        raise CannotDo(
            code="nobody-to-answer",
            en="Choose at least one request to answer.",
            fr="Choisissez au moins une demande à laquelle répondre.",
        )
    if then not in tuple(answering.Then):
        raise CannotDo(
            code="unknown-word",
            en="Say what becomes of the requests: kept open, waiting for the customer, or resolved.",
            fr="Dites ce que deviennent les demandes : laissées ouvertes, en attente du client, ou résolues.",
        )
    return start(
        by=by, kind=Round.ANSWER, texts=texts, tickets=wanted, written_on=written_on, then=then, now=now
    )


# --- telling ------------------------------------------------------------------------------------------


def tell_all(*, now: datetime) -> int:
    """Tell whoever is left of every vendor's rounds; returns how many were. Any number of workers may do this at once."""
    told = 0
    for vendor_id, round_id in _to_do():
        while True:
            with tenancy.vendor(vendor_id):
                if not _tell_next(vendor_id, round_id, now):
                    break
            told += 1
    return told


def _to_do() -> list[tuple[UUID, UUID]]:
    """(vendor_id, round_id) of rounds that are not finished, of all vendors: the one look across the walls."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from tickets_to_tell(%s)", [MOST])
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def tell_some(row: Round, *, now: datetime, most: int = AT_ONCE) -> int:
    """Tell the first few in the open transaction, so that their author sees at once what became of them.

    Their customers are locked first, all in the order of their ids: two who tell at once wait for each other one way.
    """
    lines = list(_waiting(row.vendor_id, row.id)[:most])
    for organisation_id in sorted({line.organisation_id for line in lines}):
        lock_customer(vendor_id=row.vendor_id, organisation_id=organisation_id)
    for line in lines:
        _attend(_round(row.vendor_id, row.id), line, now)
    _finish_if_done(row.vendor_id, row.id, now)
    row.refresh_from_db()
    return len(lines)


def _tell_next(vendor_id: UUID, round_id: UUID, now: datetime) -> bool:
    """Tell the next line that nobody else holds; False when there is none, and then the round may be finished."""
    line = _waiting(vendor_id, round_id).first()
    if line is None:
        _finish_if_done(vendor_id, round_id, now)
        return False
    _attend(_round(vendor_id, round_id), line, now)
    return True


def _waiting(vendor_id: UUID, round_id: UUID) -> QuerySet[RoundLine]:
    """Lines still to tell that nobody else holds, locked."""
    lines = RoundLine.objects.filter(vendor_id=vendor_id, round_id=round_id, state=RoundLine.WAITING)
    return lines.select_for_update(skip_locked=True, no_key=True).order_by("id")


def _round(vendor_id: UUID, round_id: UUID) -> Round:
    return Round.objects.select_related("defect", "staff").get(vendor_id=vendor_id, id=round_id)


def _attend(row: Round, line: RoundLine, now: datetime) -> None:
    """Tell one line, whole or not at all, and write down what became of it."""
    try:
        with transaction.atomic():
            _tell(row, line, now)
    except (CannotDo, access.Refused) as problem:
        line.state, line.said, line.message = RoundLine.REFUSED, problem.said, None
    except sweeping.UNCOUNTABLE:
        line.state, line.message = RoundLine.REFUSED, None
        line.said = {
            "en": "Its clock cannot be counted: answer it by itself, and tell who runs the service.",
            "fr": "Son horloge ne peut pas être calculée : répondez-lui à part, et prévenez qui gère le service.",
        }
    line.at = now
    line.save(update_fields=["state", "said", "message", "at"])


def _finish_if_done(vendor_id: UUID, round_id: UUID, now: datetime) -> None:
    lines = RoundLine.objects.filter(vendor_id=vendor_id, round_id=round_id, state=RoundLine.WAITING)
    if not lines.exists():
        _finish(_round(vendor_id, round_id), now)


def _finish(row: Round, now: datetime) -> None:
    Round.objects.filter(vendor_id=row.vendor_id, id=row.id, finished_at=None).update(finished_at=now)


def _tell(row: Round, line: RoundLine, now: datetime) -> None:
    if line.ticket_id is None:
        _notice(row, line, now)
        return
    ticket = Ticket.objects.select_related("organisation", "author", "adopted_by").get(
        vendor_id=row.vendor_id, id=line.ticket_id
    )
    by = _teller(row, ticket)
    if row.kind == Round.SHIPPED and not ticket.is_open:
        _notice(row, line, now, ticket)
        return
    reader = reader_of(ticket)
    text, language = words.in_language(row.texts, reader.language)
    body = _filled(text, row, ticket, reader)
    after = answering.reply(by=by, ticket=ticket, body=body, now=now, then=row.then, language=language)
    line.message = _written(after)
    line.state = RoundLine.TOLD
    if row.kind == Round.SHIPPED:
        _end_wait(by, after, row, now)
        _notice(row, line, now, ticket, state=RoundLine.TOLD)


def _teller(row: Round, ticket: Ticket) -> access.Viewer:
    """In whose name a request is told: whoever started it; the vendor itself, of a fix, where that person sees it not."""
    machine = access.Viewer.machine(row.vendor_id)
    if row.staff_id is None:
        return machine
    staff = Staff.objects.get(vendor_id=row.vendor_id, id=row.staff_id)
    person = None if staff.removed_at is not None else access.Viewer.staff(staff)
    if person is not None and Ticket.objects.visible_to(person).filter(id=ticket.id).exists():
        return person
    if row.kind == Round.SHIPPED:
        return machine
    raise CannotDo(
        code="not-seen-any-more",
        en="Whoever wrote the answer no longer sees this request: let somebody answer it who does.",
        fr="L’auteur de la réponse ne voit plus cette demande : faites répondre quelqu’un qui la voit.",
    )


def _end_wait(by: access.Viewer, ticket: Ticket, row: Round, now: datetime) -> None:
    """What waited for the fix waits no more; where it was handed over, it is back with us."""
    shipped = Happening(
        kind=DeskKind.FIX_SHIPPED,
        data={"defect": row.defect.number if row.defect is not None else 0, "fixed_in": row.fixed_in},
    )
    append(ticket, shipped, by=by, at=now, now=now)
    if ticket.wait not in AWAITS_FIX:
        return
    out = researching.standing(ticket)
    if out is not None and out.wait == ticket.wait:
        researching.came_back(by=by, ticket=ticket, now=now)
    else:
        waiting.resume(by=by, ticket=ticket, now=now)


def _notice(
    row: Round,
    line: RoundLine,
    now: datetime,
    ticket: Ticket | None = None,
    *,
    state: str = RoundLine.NOTICED,
) -> None:
    """Leave a notice for whoever asked; for the account's administrators, where that person left."""
    people = [line.contact_id] if ticket is None else [ticket.author_id, ticket.adopted_by_id]
    wanted = [one for one in people if one is not None]
    there = Contact.objects.filter(vendor_id=row.vendor_id, id__in=wanted, removed_at=None)
    contacts = list(there.values_list("id", flat=True))
    notices.notify(
        vendor_id=row.vendor_id,
        kind=notices.Kind.FIX_SHIPPED,
        now=now,
        contacts=contacts or telling.administrators(row.vendor_id, line.organisation_id),
        data={
            "ticket": None if ticket is None else ticket.id,
            "defect": None if row.defect is None else row.defect.number,
            "fixed_in": row.fixed_in,
        },
        ticket_number=None if ticket is None else ticket.number,
    )
    line.state = state


def _written(ticket: Ticket) -> Message | None:
    rows = Message.objects.filter(
        vendor_id=ticket.vendor_id, ticket_id=ticket.id, from_vendor=True, public=True
    )
    return rows.order_by("-id").first()


def reader_of(ticket: Ticket) -> Contact:
    """Whom an answer addresses: who took the request over, else who wrote it."""
    found: Contact = ticket.adopted_by if ticket.adopted_by is not None else ticket.author
    return found


def _filled(text: str, row: Round, ticket: Ticket, reader: Contact) -> str:
    """The text with what differs from request to request: {contact}, {number}, {version}, {patch}."""
    values = {
        "{contact}": reader.name.partition(" ")[0],
        "{number}": links.number(ticket),
        "{version}": ticket.version or _their_version(row, ticket),
        "{patch}": row.fixed_in,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _their_version(row: Round, ticket: Ticket) -> str:
    if row.defect_id is None:
        return ""
    found = MeToo.objects.filter(
        vendor_id=row.vendor_id, defect_id=row.defect_id, organisation_id=ticket.organisation_id
    ).first()
    return "" if found is None else found.version


# --- asking -------------------------------------------------------------------------------------------


def report(row: Round) -> Report:
    """How far a round is."""
    lines = RoundLine.objects.filter(vendor_id=row.vendor_id, round_id=row.id)
    by_state = dict(lines.values_list("state").annotate(n=Count("id")))
    refused = lines.filter(state=RoundLine.REFUSED).select_related("ticket", "organisation").order_by("id")
    return Report(
        told=by_state.get(RoundLine.TOLD, 0),
        noticed=by_state.get(RoundLine.NOTICED, 0),
        refused=tuple(refused),
        waiting=by_state.get(RoundLine.WAITING, 0),
    )


def of_defect(defect: Defect) -> tuple[Round, ...]:
    """The rounds that told of a defect's fix, the latest first."""
    rows = Round.objects.filter(vendor_id=defect.vendor_id, defect_id=defect.id)
    return tuple(rows.select_related("staff").order_by("-started_at", "-id"))
