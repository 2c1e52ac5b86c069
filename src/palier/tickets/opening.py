"""From a draft to a ticket, decided and on its clock, with what it uses and the way its customer chose."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.clock import Clock, EventKind
from palier.core.programme import OutcomeKind, Programme
from palier.people import access
from palier.people.models import Contact, Notice
from palier.tickets import (
    asking,
    assigning,
    attachments,
    claims,
    clockwork,
    convert,
    deciding,
    drafts,
    funding,
    holding_notices,
    inserting,
    locks,
    messages,
    ways,
)
from palier.tickets.deciding import Asker, Situation
from palier.tickets.drafts import Draft
from palier.tickets.funding import Shown
from palier.tickets.happenings import DeskKind, Happening, append, rows
from palier.tickets.models import Attachment, Event, Message, Ticket, Verdict
from palier.tickets.previewing import Preview as Preview
from palier.tickets.previewing import preview_request as preview_request
from palier.tickets.previewing import reply_language as reply_language
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer

LONGEST_SUBJECT = 300
PORTAL = messages.PORTAL


# --- opening ----------------------------------------------------------------------------------------


def open_ticket(
    *,
    by: access.Viewer,
    draft: Draft,
    now: datetime,
    reached_at: datetime | None = None,
    contact: Contact | None = None,
    channel: str = PORTAL,
    follows: Ticket | None = None,
    came: messages.Came = messages.AS_WRITTEN_HERE,
) -> Ticket:
    """Keep a request, as `open_request`; returns its ticket."""
    ticket, _ = open_request(
        by=by, draft=draft, now=now, reached_at=reached_at, contact=contact, channel=channel, follows=follows, came=came
    )  # fmt: skip
    return ticket


def open_request(
    *,
    by: access.Viewer,
    draft: Draft,
    now: datetime,
    reached_at: datetime | None = None,
    contact: Contact | None = None,
    channel: str = PORTAL,
    follows: Ticket | None = None,
    came: messages.Came = messages.AS_WRITTEN_HERE,
    known: asking.Known | None = None,
) -> tuple[Ticket, Message]:
    """Keep a request: number, verdict, history and clock, in one transaction.

    Nothing is ever refused for lack of cover: it is held or steered, with the reason. A person of the vendor opens it for
    a `contact` (a call). `reached_at` is when it reached us, by which it is decided and timed. What is missing is asked for
    at once; whoever does not have the page before them has a notice of it. `came`: what else a mail says of itself.
    `known`: what was read of its customer in this transaction. Returns the ticket with its first message.
    """
    at = reached_at if reached_at is not None else now
    _check(draft, at, now)
    asker = asking.asker_of(by, draft, contact, lock=True, known=known)
    request = drafts.of_draft(draft)
    manner = dataclasses.replace(asking.manner_of(by, draft), reached_at=at)
    found = deciding.situation(asker=asker, request=request, now=at, manner=manner)
    if follows is None:
        _check_channel(by, found.programme, channel)
    chosen = _chosen(by, asker, draft, found, now) if draft.way else None
    if chosen is not None:
        request = dataclasses.replace(request, way=chosen.offer.way, funding=funding.funding_of(chosen.offer))
        found = deciding.situation(asker=asker, request=request, now=at, manner=manner)
    files = attachments.claim(by, draft.files, now)
    ticket = ticket_row(asker, draft, request, found, at=at, now=now, channel=channel, follows=follows)
    message = Message(
        vendor_id=by.vendor_id,
        ticket=ticket,
        user_id=asker.contact.user_id if asker.contact is not None else None,
        contact=asker.contact,
        public=True,
        from_vendor=False,
        body=draft.body,
        folded=came.folded,
        language=draft.language,
        channel=channel,
        sent_at=came.sent_at,
        reached_at=at,
        recorded_at=now,
    )
    decided = verdict(ticket, found, replaces=None, at=at)
    happened = _happenings(found, message, chosen=funding.is_settled(request))
    happened += _reserved(by, asker, ticket, found, decided, chosen, now)
    history = rows(ticket, happened, by=by, at=at, now=now) + _given(ticket, found, asker, now)
    clock = clockwork.fold(ticket, history, now)
    # From here on the numbering is locked: nothing slow may follow.
    ticket.number = locks.next_number(by.vendor_id)
    clockwork.index(ticket, clock, history, now, standing=found.standing)
    # The notices that are not `notices.notify`'s: they go in the same trip, for the numbering is locked.
    told = [holding_notices.received(ticket, now)]
    if channel != PORTAL:
        told += holding_notices.asked(ticket, found, now)
    _write(ticket, message, history, decided, clock, now, attachments.rows(message, files), told)
    if holding_notices.to_adopt(found):
        holding_notices.tell_held(ticket, found, now)
    if any(one.kind in (DeskKind.UNIT_USED, DeskKind.CHOSEN) for one in happened):
        _tell_of_money(ticket, found, now)
    if follows is not None:
        _link(by, ticket, follows, now)
    return ticket, message


def _given(ticket: Ticket, found: Situation, asker: Asker, now: datetime) -> list[Event]:
    """To whom it goes by itself; what is on hold or not worked on goes to nobody yet."""
    if found.decision.outcome not in assigning.WORKED_ON:
        return []
    given = assigning.give(ticket, restricted=asker.organisation.restricted, now=now)
    machine = access.Viewer.machine(ticket.vendor_id)
    return [] if given is None else rows(ticket, [given], by=machine, at=now, now=now)


def _check(draft: Draft, at: datetime, now: datetime) -> None:
    if not draft.subject.strip():
        raise CannotDo(
            code="no-subject",
            en="Give the request a subject: a few words by which you will know it again.",
            fr="Donnez un objet à la demande : quelques mots qui vous la feront reconnaître.",
        )
    if len(draft.subject) > LONGEST_SUBJECT:
        raise CannotDo(
            code="long-subject",
            en=f"The subject has at most {LONGEST_SUBJECT} characters: move the rest into the description.",
            fr=f"L’objet a au plus {LONGEST_SUBJECT} caractères : mettez le reste dans la description.",
        )
    if at > now:
        raise CannotDo(
            code="in-the-future",
            en="A request cannot reach us in the future: check the time.",
            fr="Une demande ne peut pas nous parvenir dans le futur : vérifiez l’heure.",
        )


def _check_channel(by: access.Viewer, programme: Programme, channel: str) -> None:
    if by.is_machine or channel == PORTAL or channel in programme.reach.channels:
        return
    if by.staff_id is not None and channel == "mail":
        # It came by mail anyway, and somebody who works here lets it in.
        return
    raise CannotDo(
        code="channel-off",
        en=f"This programme takes no requests by {channel}: use {', '.join(programme.reach.channels)}.",
        fr=f"Ce programme ne prend pas de demandes par {channel} : employez {', '.join(programme.reach.channels)}.",
    )


# --- a way chosen before sending --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The way that its customer chose in the preview, as it stands now."""

    offer: WayOffer
    offers: tuple[WayOffer, ...]
    shown: Shown


def _chosen(by: access.Viewer, asker: Asker, draft: Draft, found: Situation, now: datetime) -> _Chosen | None:
    """The way of a draft, if the request still asks for one. Raises CannotDo when it is open no more, with the next one.

    What turns out to be covered needs none, and what nobody works on here has none. For a request that an authorised
    contact has yet to adopt, that contact chooses.
    """
    if not by.is_customer:
        raise access.Refused(
            code="customers-choice",
            en="The customer chooses the way and agrees to its price: open the request without one.",
            fr="Le client choisit la voie et en accepte le prix : ouvrez la demande sans la choisir.",
        )
    deciding_now = ways.offering(found.decision, found.beyond)
    if (
        deciding_now.outcome is not OutcomeKind.OFFER
        or asker.contact is None
        or holding_notices.to_adopt(found)
    ):
        return None
    offered = asking.offers(asker, found, now)
    offer = funding.pick(found.programme, offered, draft.way, agreed=draft.way_agreed)
    if not funding.decides(found.programme, offer):
        return None
    text = draft.way_text.strip() or offer.text["fr" if draft.language.startswith("fr") else "en"]
    return _Chosen(offer=offer, offers=offered, shown=Shown(text=text, language=draft.language))


def _reserved(
    by: access.Viewer,
    asker: Asker,
    ticket: Ticket,
    found: Situation,
    decided: Verdict,
    chosen: _Chosen | None,
    now: datetime,
) -> list[Happening]:
    """Take what the request uses at once: the unit of a covered one, or of the way chosen. Before any number is given."""
    if chosen is None or asker.contact is None:
        used = claims.use(
            ticket,
            found.decision,
            decided.id,
            programme=found.programme,
            contract=found.contract,
            by=by,
            now=now,
        )
        return [] if used is None else [used]
    choice = funding.record(
        ticket,
        chosen.offer,
        offers=chosen.offers,
        programme=found.programme,
        verdict_id=decided.id,
        contact=asker.contact,
        by=by,
        shown=chosen.shown,
        now=now,
    )
    return [funding.chosen(choice, funding.state_after(chosen.offer))]


def _tell_of_money(ticket: Ticket, found: Situation, now: datetime) -> None:
    claim = claims.held(ticket)
    if claim is not None:
        claims.tell_taken(ticket, claim, programme=found.programme, now=now)
    choice = claims.latest_choice(ticket)
    if choice is not None:
        funding.tell(ticket, choice, found.contract, now)


def _happenings(found: Situation, message: Message, *, chosen: bool) -> list[Happening]:
    submitted = asking.submitted(found, complete=not found.missing, chosen=chosen)
    happenings = [
        Happening(
            kind=EventKind.SUBMITTED,
            data={**submitted, "clauses": list(found.decision.clauses)},
            message=message,
        )
    ]
    if found.missing:
        # What is missing is asked for at once.
        happenings.append(Happening(kind=EventKind.INFORMATION_MISSING, data={"fields": list(found.missing)}))
    return happenings


def ticket_row(
    asker: Asker,
    draft: Draft,
    request: drafts.Request,
    found: Situation,
    *,
    at: datetime,
    now: datetime,
    channel: str,
    follows: Ticket | None,
) -> Ticket:
    """The row of a request, without its number and not yet written."""
    answers = drafts.answers_of(request)
    if draft.contract_id is not None:
        answers["contract_chosen"] = True
    ticket = Ticket(
        vendor_id=asker.vendor_id,
        number=0,
        organisation=asker.organisation,
        site=asker.site,
        author=asker.contact,
        follows=follows,
        subject=draft.subject.strip(),
        language=draft.language,
        channel=channel,
        kind=request.kind,
        cause=request.cause,
        effect=request.effect,
        product=request.product,
        version=request.version,
        environment=request.environment,
        solution_id=request.solution_id,
        answers=answers,
        reached_at=at,
        updated_at=now,
    )
    take_decision(ticket, found, at)
    return ticket


def take_decision(ticket: Ticket, found: Situation, at: datetime) -> None:
    """Set the columns that follow from a decision, without writing the row."""
    decision, contract = found.decision, found.contract
    ticket.contract_id = None if contract is None else contract.id
    ticket.revision_id = found.revision_id
    ticket.plan = drafts.NONE if contract is None else contract.plan
    ticket.severity = found.severity
    ticket.outcome = decision.outcome.value
    ticket.clause = decision.clause
    ticket.level = decision.level
    ticket.zone = found.place.zone
    ticket.holidays = found.place.holidays
    if contract is not None:
        project = contract.active_project(at)
        ticket.project_id = None if project is None else project.id
        solution = contracts.solution_for(contract, ticket.solution_id)
        ticket.solution_id = None if solution is None else solution.id


def _write(
    ticket: Ticket,
    message: Message,
    history: list[Event],
    decided: Verdict,
    clock: Clock,
    now: datetime,
    attached: list[Attachment],
    told: list[Notice],
) -> None:
    inserting.insert(
        [ticket],
        [message],
        attached,
        history,
        [decided],
        clockwork.commitment_rows(ticket, clock),
        told,
    )
    clockwork.record(ticket, clock, history, now)
    clockwork.reorder(ticket)


def verdict(ticket: Ticket, found: Situation, *, replaces: Verdict | None, at: datetime) -> Verdict:
    """The row of a decision, not yet written."""
    return Verdict(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        number=1 if replaces is None else replaces.number + 1,
        replaces=replaces,
        revision_id=found.revision_id,
        decided_at=at,
        outcome=found.decision.outcome.value,
        clause=found.decision.clause,
        level=found.decision.level,
        decision=convert.decision_to_json(found.decision),
    )


# --- a request that takes up an old one -------------------------------------------------------------


def open_following(
    *,
    by: access.Viewer,
    earlier: Ticket,
    body: str,
    now: datetime,
    files: Sequence[UUID] = (),
    reached_at: datetime | None = None,
    came: messages.Came = messages.AS_WRITTEN_HERE,
) -> Ticket:
    """A new request that takes up one resolved too long ago to reopen, with its own decision and clock."""
    programme = contracts.programme(earlier.revision_id)
    request = drafts.of_ticket(earlier)
    asked = {fact.id for fact in drafts.questions(programme, kind=earlier.kind, of=drafts.CUSTOMERS_WORDS)}
    draft = Draft(
        kind=earlier.kind,
        subject=earlier.subject,
        body=body,
        product=earlier.product,
        version=earlier.version,
        environment=earlier.environment,
        effect=earlier.effect,
        facts={name: v for name, v in request.facts.items() if name in asked or name == drafts.MODIFICATION},
        fields=request.fields,
        language=came.language or earlier.language,
        solution_id=earlier.solution_id,
        contract_id=earlier.contract_id if earlier.answers.get("contract_chosen") else None,
        site_id=earlier.site_id,
        files=tuple(files),
    )
    # A thread goes on by the channel it runs on, whatever takes new requests.
    return open_ticket(
        by=by, draft=draft, now=now, follows=earlier, reached_at=reached_at, channel=came.channel, came=came
    )


def _link(by: access.Viewer, ticket: Ticket, earlier: Ticket, now: datetime) -> None:
    for one, other, relation in ((ticket, earlier, "follows"), (earlier, ticket, "followed-by")):
        append(
            one,
            Happening(kind=DeskKind.LINKED, data={"number": other.number, "relation": relation}),
            by=by,
            at=now,
            now=now,
        )
