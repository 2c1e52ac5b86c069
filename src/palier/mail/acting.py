"""What is to be done about a message, and doing it: the plan asks only, acting writes, in one transaction.

The same deeds are done for a message that was held, once somebody let it in (`mail.holding`). Rules: docs/reference/mail-in.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.mail import addresses, arriving, bounces, fields, identity, loops, matching, requests, told
from palier.mail.models import Incoming, MailAddress
from palier.mail.opened import Opened
from palier.mail.plans import Deed as Deed
from palier.mail.plans import Plan as Plan
from palier.mail.plans import hold as hold
from palier.mail.plans import ignore as ignore
from palier.mail.reader import Kind as AutomaticKind
from palier.mail.reasons import Became, Reason
from palier.people import access
from palier.people import reading as rows_of
from palier.people.models import Contact, Staff
from palier.tickets import answering, bringing, drafts, holding, opening
from palier.tickets.messages import Came
from palier.tickets.models import Message, Status, Ticket

MAIL = requests.MAIL
NO_SUBJECT = {"en": "(no subject)", "fr": "(sans objet)"}


# --- what is to be done -------------------------------------------------------------------------------


def plan(mail: Opened) -> Plan:
    """What is to be done about a message that came in. Writes nothing."""
    row = mail.incoming
    thread = matching.thread_of(row.vendor_id, mail.reading)
    named = None if thread is None else thread.ticket_id
    known = matching.known(row.vendor_id, mail.address)
    if mail.is_own or known.is_ours:
        return ignore(Reason.OWN, named)
    if mail.automatic is not None:
        return ignore(mail.automatic.kind.value, named)
    if known.staff_id is not None:
        return _of_staff(mail, matching.staff_by(row.vendor_id, known.staff_id), named)
    contact = known.contact
    unproved = _unproved(mail, contact, named)
    if unproved is not None:
        return unproved
    assert contact is not None
    return of_contact(mail, contact, thread, served=known.served)


def _proved(mail: Opened) -> bool:
    # What was brought in from before decides nothing: whoever brings it vouches for it.
    return mail.incoming.history or mail.proof.verdict == identity.AUTHENTICATED


def _unproved(mail: Opened, contact: Contact | None, named: UUID | None) -> Plan | None:
    """Held where its sender is not proved to be a contact; None where it is."""
    if contact is not None and contact.removed_at is not None:
        return hold(Reason.REMOVED, contact=contact, ticket_id=named)
    if mail.proof.verdict == identity.REJECTED and not mail.incoming.history:
        return hold(Reason.REJECTED, contact=contact, ticket_id=named)
    if contact is None:
        # A stranger on a known thread: whoever works on that request is told.
        return hold(Reason.STRANGER if named is not None else Reason.UNKNOWN, ticket_id=named)
    if not _proved(mail):
        return hold(Reason.UNCONFIRMED, contact=contact, ticket_id=named)
    return None


def _of_staff(mail: Opened, staff: Staff, named: UUID | None) -> Plan:
    """What somebody who works here wrote: a note on a thread it sees, never public by accident; else a person decides."""
    if not _proved(mail):
        return hold(Reason.STAFF, staff=staff, ticket_id=named, proved=False)
    viewer = access.Viewer.staff(staff)
    if named is None:
        by_subject = matching.subject_thread(viewer, mail.subject)
        named = None if by_subject is None else by_subject.ticket_id
    if named is None or not matching.takes_part(viewer, named):
        return hold(Reason.STAFF, staff=staff, ticket_id=named, proved=True)
    return Plan(deed=Deed.NOTE, staff=staff, ticket_id=named)


def of_contact(
    mail: Opened, contact: Contact, thread: matching.Thread | None, *, served: frozenset[UUID] | None = None
) -> Plan:
    """What is to be done about a message that is a contact's own."""
    row = mail.incoming
    viewer = matching.viewer_of(contact, served)
    if thread is None:
        thread = matching.subject_thread(viewer, mail.subject)
    if thread is not None and not matching.takes_part(viewer, thread.ticket_id):
        return hold(Reason.STRANGER, contact=contact, ticket_id=thread.ticket_id)
    ticket_id = None if thread is None else thread.ticket_id
    if not row.history:
        much = loops.too_much(
            vendor_id=row.vendor_id,
            address=contact.email,
            ticket_id=ticket_id,
            reached_at=row.reached_at,
            words=loops.words_of(mail.body),
        )
        if much is not None:
            return hold(
                Reason.TOO_MUCH, contact=contact, ticket_id=ticket_id, scope=much.scope, count=much.count
            )
    if ticket_id is not None:
        if not mail.body and not mail.reading.parts:
            return ignore(Reason.EMPTY, ticket_id)
        return Plan(deed=Deed.REPLY, contact=contact, ticket_id=ticket_id, viewer=viewer)
    if row.history:
        return Plan(deed=Deed.REQUEST, contact=contact, viewer=viewer)
    on = requests.ground(contact, row.reached_at)
    if not on.takes_mail:
        return hold(Reason.CHANNEL_OFF, contact=contact)
    return Plan(deed=Deed.REQUEST, contact=contact, viewer=viewer, on=on)


# --- doing it -----------------------------------------------------------------------------------------


def act(mail: Opened, chosen: Plan, files: Mapping[int, UUID], now: datetime) -> dict[str, object]:
    """Do it, in the open transaction. `files` are the parts kept beforehand, by their place. Returns the row's new columns.

    Raises CannotDo and Refused where a rule of requests says no.
    """
    row = mail.incoming
    if mail.automatic is not None and mail.automatic.kind in (
        AutomaticKind.BOUNCE, AutomaticKind.DELIVERY_REPORT
    ):  # fmt: skip
        _report(mail, now)
    if chosen.deed is Deed.IGNORE:
        return _columns("ignored", chosen, mail)
    if chosen.deed is Deed.HOLD:
        told.tell_held(mail, chosen, now)
        return _columns("held", chosen, mail)
    if row.history:
        ticket, message = _bring(mail, chosen, files, now)
        return done(mail, chosen, Became.HISTORY, ticket, message)
    if chosen.deed is Deed.NOTE:
        assert chosen.ticket_id is not None
        ticket, message = note(
            mail, chosen.writer, chosen.ticket_id, files, at=row.reached_at, now=now, body=""
        )
        return done(mail, chosen, Became.NOTE, ticket, message)
    if chosen.deed is Deed.REPLY:
        assert chosen.ticket_id is not None
        ticket, message = reply(mail, chosen.writer, chosen.ticket_id, files, at=row.reached_at, now=now)
        return done(mail, chosen, Became.REPLY, ticket, message)
    assert chosen.contact is not None
    ticket, message = request(
        mail, chosen.writer, chosen.contact, files, at=row.reached_at, now=now, on=chosen.on
    )
    return done(mail, chosen, Became.REQUEST, ticket, message)


def _columns(state: str, chosen: Plan, mail: Opened) -> dict[str, object]:
    return {
        "state": state,
        "reason": chosen.reason,
        "detail": dict(chosen.detail),
        "contact": chosen.contact,
        "ticket_id": chosen.ticket_id,
        **about(mail),
    }


def about(mail: Opened) -> dict[str, object]:
    """What a message says of itself, for its row."""
    return {
        "from_address": mail.address,
        "from_name": mail.name,
        "subject": mail.subject,
        "language": mail.language,
        "proof": mail.proof.verdict,
    }


def done(
    mail: Opened, chosen: Plan, became: Became, ticket: Ticket, message: Message | None
) -> dict[str, object]:
    """The columns of a message that was taken."""
    found = _columns("done", chosen, mail)
    detail = {**chosen.detail, "became": became.value}
    words = loops.words_of(mail.body)
    if words:
        detail["words"] = words
    if mail.reading.faults:
        detail["faults"] = [str(one) for one in mail.reading.faults]
    return {**found, "reason": "", "detail": detail, "ticket_id": ticket.id, "message": message}


def _report(mail: Opened, now: datetime) -> None:
    """A report on a letter of ours, to whoever keeps letters."""
    found = mail.automatic
    assert found is not None
    bounces.bounced(
        vendor_id=mail.incoming.vendor_id,
        original_message_id=found.original_message_id,
        recipients=tuple(found.recipients),
        permanent=found.permanent,
        answer=found.answer,
        now=now,
        to=tuple(mail.incoming.recipients),
    )


# --- the deeds ----------------------------------------------------------------------------------------


def came(mail: Opened, *, sent_at: datetime | None = None) -> Came:
    """How a mail came, for the message it becomes."""
    return Came(channel=MAIL, language=mail.language, folded=mail.folded, sent_at=sent_at or mail.sent_at)


def body_of(mail: Opened, files: Mapping[int, UUID]) -> str:
    """Its own words, with the pictures they show in their places."""
    text = mail.body
    for place, part in enumerate(mail.reading.parts):
        if part.content_id and place in files:
            text = text.replace(f"cid:{part.content_id}", f"file:{files[place]}")
    return text if len(text) <= arriving.LONGEST_BODY else f"{text[: arriving.LONGEST_BODY].rstrip()} …"


def request(
    mail: Opened,
    by: access.Viewer,
    contact: Contact,
    files: Mapping[int, UUID],
    *,
    at: datetime,
    now: datetime,
    kind: str = "",
    sent_at: datetime | None = None,
    on: requests.Ground | None = None,
) -> tuple[Ticket, Message | None]:
    """A new request by the same action as the portal's; `by` its contact, or somebody who works here and lets it in."""
    on = on or requests.ground(contact, at)
    body = body_of(mail, files)
    draft = requests.draft(
        on=on,
        contact=contact,
        subject=subject_of(mail, contact),
        body=body,
        language=mail.language or contact.language,
        address=address_of(mail.incoming),
        files=list(files.values()),
        kind=kind,
    )
    return opening.open_request(
        by=by,
        draft=draft,
        now=now,
        reached_at=at,
        contact=contact,
        channel=MAIL,
        came=came(mail, sent_at=sent_at),
        known=on.known,
    )


def subject_of(mail: Opened, contact: Contact) -> str:
    """Its subject; else the beginning of its words; else that there is none."""
    if mail.subject:
        return mail.subject
    first = next((line.strip(" #*>-") for line in mail.body.splitlines() if line.strip(" #*>-")), "")
    return first[:80] or NO_SUBJECT["fr" if contact.language.startswith("fr") else "en"]


def address_of(row: Incoming) -> MailAddress | None:
    """The address of ours it came to, which may say product, kind and language."""
    return addresses.first_of(row.vendor_id, row.recipients)


def reply(
    mail: Opened,
    by: access.Viewer,
    ticket_id: UUID,
    files: Mapping[int, UUID],
    *,
    at: datetime,
    now: datetime,
    sent_at: datetime | None = None,
) -> tuple[Ticket, Message | None]:
    """An answer on a thread by the portal's own action; lines that fill in what is missing complete the request."""
    ticket = Ticket.objects.get(vendor_id=by.vendor_id, id=ticket_id)
    body, how = body_of(mail, files), came(mail, sent_at=sent_at)
    missing = _unsaid(by, ticket)
    given = _completing(ticket, missing, body)
    described = "description" in missing and bool(body.strip())
    written = answering.reply(
        by=by,
        ticket=ticket,
        body=body,
        now=now,
        reached_at=at,
        files=list(files.values()),
        came=how,
    )
    message = _latest(written)
    if (given or described) and written.id == ticket.id:
        written = holding.complete(
            by=by, ticket=written, fields=given, now=now, reached_at=at, described=described
        )
    return written, message


def _unsaid(by: access.Viewer, ticket: Ticket) -> tuple[str, ...]:
    """What the request still lacks and its customer may fill in: what its kind requires, and what may hold it."""
    if not by.is_customer or ticket.status == Status.CLOSED:
        return ()
    request = drafts.of_ticket(ticket)
    missing = drafts.missing(contracts.programme(ticket.revision_id), request)
    if ticket.status != Status.HELD:
        return missing
    own = {"product": request.product, "environment": request.environment}
    return tuple(dict.fromkeys((*missing, *(name for name, said in own.items() if said == drafts.NONE))))


def _completing(ticket: Ticket, missing: Sequence[str], body: str) -> dict[str, str]:
    """What the lines of an answer fill in, of what is missing."""
    if not missing:
        return {}
    said = fields.read(body, contracts.programme(ticket.revision_id)).completing()
    return {name: text for name, text in said.items() if name in missing}


def note(
    mail: Opened,
    by: access.Viewer,
    ticket_id: UUID,
    files: Mapping[int, UUID],
    *,
    at: datetime,
    now: datetime,
    body: str,
) -> tuple[Ticket, Message]:
    """An internal note, with words before the mail's own where there are some."""
    ticket = Ticket.objects.get(vendor_id=by.vendor_id, id=ticket_id)
    words = body_of(mail, files)
    message = answering.add_note(
        by=by,
        ticket=ticket,
        body=f"{body}\n\n{words}".strip() if body else words,
        now=now,
        files=list(files.values()),
        reached_at=at,
        came=came(mail),
    )
    return ticket, message


def _bring(
    mail: Opened, chosen: Plan, files: Mapping[int, UUID], now: datetime
) -> tuple[Ticket, Message | None]:
    """What was said before Palier came: kept with its dates; no clock, no notice, nobody paged."""
    row = mail.incoming
    how, body = came(mail), body_of(mail, files) or messages_none(mail)
    if chosen.ticket_id is not None:
        ticket = Ticket.objects.get(vendor_id=row.vendor_id, id=chosen.ticket_id)
        public = chosen.contact is not None or _went_to_customer(mail, ticket)
        message = bringing.bring_message(
            by=chosen.writer, ticket=ticket, body=body, at=row.reached_at, now=now, came=how,
            files=list(files.values()), public=public,
        )  # fmt: skip
        return ticket, message
    assert chosen.contact is not None
    on = requests.ground(chosen.contact, now)
    draft = requests.draft(
        on=on, contact=chosen.contact, subject=subject_of(mail, chosen.contact), body=body,
        language=mail.language or chosen.contact.language, address=address_of(row), files=list(files.values()),
    )  # fmt: skip
    ticket = bringing.bring_request(by=chosen.writer, draft=draft, at=row.reached_at, now=now, came=how)
    return ticket, _latest(ticket)


def messages_none(mail: Opened) -> str:
    """What stands for a message without words or files, so that it has its place."""
    return mail.subject or "—"


def _went_to_customer(mail: Opened, ticket: Ticket) -> bool:
    """Whether somebody of the request's customer was among those it was sent to: then it was an answer, no note."""
    to = [one.address for one in (*mail.reading.to, *mail.reading.cc)]
    return Contact.objects.filter(
        vendor_id=ticket.vendor_id,
        organisation_id=ticket.organisation_id,
        email__in=[*to, *map(str.lower, to)],
    ).exists()


def _latest(ticket: Ticket) -> Message | None:
    """The message just written on a request, in this transaction."""
    return rows_of.first(
        Message,
        "vendor_id = %s and ticket_id = %s order by recorded_at desc, id desc",
        [ticket.vendor_id, ticket.id],
    )
