"""From a draft to a ticket: what would happen (preview, writes nothing) and the ticket itself, decided and on its clock."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core import clock as clocks
from palier.core import coverage
from palier.core.clock import Clock, EventKind, Regime
from palier.core.programme import OutcomeKind, Programme
from palier.people import access, reading
from palier.people import queries as people
from palier.people.actions import lock_customer
from palier.people.models import Contact, Organisation, Site
from palier.tickets import (
    claims,
    clockwork,
    convert,
    deciding,
    drafts,
    funding,
    funds,
    holding_notices,
    inserting,
    locks,
    ways,
)
from palier.tickets.deciding import Asker, Manner, Situation
from palier.tickets.drafts import Draft
from palier.tickets.funding import Shown
from palier.tickets.happenings import DeskKind, Happening, append, rows
from palier.tickets.models import Event, Message, Ticket, Verdict
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer

LONGEST_SUBJECT = 300
PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen if the draft were sent now.

    `decision` is the one that sending now brings. While fields are `missing`, `once_complete` is the one it brings with
    them filled in, and the clock runs as if they were; without missing fields both are the same. `beyond` is what is
    decided once every hold is freed too; None when nothing else holds the request.
    """

    decision: coverage.Decision
    once_complete: coverage.Decision
    beyond: coverage.Decision | None
    programme: Programme
    contract: contracts.Standings | None
    proposed_severity: str
    regime: Regime | None
    clock: Clock | None
    due_at: int | None
    zone: str
    missing: tuple[str, ...]
    reply_language: str
    wrote: str
    ways: tuple[WayOffer, ...]
    """The ways on in the programme's order, each with its price, what it uses, and the balance now and after."""


# --- preview ----------------------------------------------------------------------------------------


def preview_request(
    *, by: access.Viewer, draft: Draft, now: datetime, contact: Contact | None = None
) -> Preview:
    """What would happen if the draft were sent now. Writes nothing."""
    asker = _asker(by, draft, contact, lock=False)
    request = drafts.of_draft(draft)
    manner = _manner(by, draft, dry=True)
    found = deciding.situation(asker=asker, request=request, now=now, manner=manner)
    whole = found
    if found.missing:
        supposing = _manner(by, draft, dry=True, supposed_complete=True)
        whole = deciding.situation(asker=asker, request=request, now=now, manner=supposing)
    clock = _clock_if_sent(asker, whole, now)
    due = None if clock is None else clock.next_due
    return Preview(
        decision=found.decision,
        once_complete=whole.decision,
        beyond=whole.beyond,
        programme=whole.programme,
        contract=whole.contract,
        proposed_severity=whole.severity,
        regime=_regime(asker, whole),
        clock=clock,
        due_at=None if due is None else due.due_at,
        zone=whole.place.zone,
        missing=found.missing,
        reply_language=reply_language(whole.programme, draft.language),
        wrote=draft.language,
        ways=choosing_offers(asker, whole, now),
    )


def reply_language(programme: Programme, wrote: str) -> str:
    """In which language somebody who wrote in `wrote` is answered: the same where it is offered, else the first offered."""
    offered = programme.languages.reply
    return next((one for one in (wrote, wrote.partition("-")[0]) if one in offered), offered[0])


def _regime(asker: Asker, found: Situation) -> Regime | None:
    if not found.decision.accepted:
        return None
    regimes = clockwork.regimes_for(asker.vendor_id, found.programme)
    return regimes(found.clock_facts, found.decision.targets)


def _clock_if_sent(asker: Asker, found: Situation, now: datetime) -> Clock | None:
    if not found.decision.accepted:
        return None
    at = convert.micros(now)
    event = clocks.Event(
        id="submitted",
        kind=EventKind.SUBMITTED,
        at=at,
        recorded=at,
        by="customer",
        data=_submitted(found, complete=True),
    )
    return clocks.fold([event], clockwork.regimes_for(asker.vendor_id, found.programme), at)


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
) -> Ticket:
    """Keep a request: number, verdict, history and clock, in one transaction.

    Nothing is ever refused for lack of cover: it is held or steered, with the reason. A person of the vendor opens it for
    a `contact` (a call). `reached_at` is when it reached us, by which it is decided and timed.
    """
    at = reached_at if reached_at is not None else now
    _check(draft, at, now)
    asker = _asker(by, draft, contact, lock=True)
    request = drafts.of_draft(draft)
    manner = dataclasses.replace(_manner(by, draft), reached_at=at)
    found = deciding.situation(asker=asker, request=request, now=at, manner=manner)
    _check_channel(by, found.programme, channel)
    chosen = _chosen(by, asker, draft, found, now) if draft.way else None
    if chosen is not None:
        request = dataclasses.replace(request, way=chosen.offer.way, funding=funding.funding_of(chosen.offer))
        found = deciding.situation(asker=asker, request=request, now=at, manner=manner)
    ticket = _ticket(asker, draft, request, found, at=at, now=now, channel=channel, follows=follows)
    message = Message(
        vendor_id=by.vendor_id,
        ticket=ticket,
        user_id=asker.contact.user_id if asker.contact is not None else None,
        contact=asker.contact,
        public=True,
        from_vendor=False,
        body=draft.body,
        language=draft.language,
        channel=channel,
        reached_at=at,
        recorded_at=now,
    )
    decided = verdict(ticket, found, replaces=None, at=at)
    happened = _happenings(found, message, chosen=funding.is_settled(request))
    happened += _reserved(by, asker, ticket, found, decided, chosen, now)
    history = rows(ticket, happened, by=by, at=at, now=now)
    clock = clockwork.fold(ticket, history, now)
    # From here on the numbering is locked: nothing slow may follow.
    ticket.number = locks.next_number(by.vendor_id)
    clockwork.index(ticket, clock, history, now)
    _write(ticket, message, history, decided, clock, now)
    if holding_notices.to_adopt(found):
        holding_notices.tell_held(ticket, found, now)
    if any(one.kind in (DeskKind.UNIT_USED, DeskKind.CHOSEN) for one in happened):
        _tell_of_money(ticket, found, now)
    if follows is not None:
        _link(by, ticket, follows, now)
    return ticket


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
            fr=f"L'objet a au plus {LONGEST_SUBJECT} caractères : mettez le reste dans la description.",
        )
    if at > now:
        raise CannotDo(
            code="in-the-future",
            en="A request cannot reach us in the future: check the time.",
            fr="Une demande ne peut pas nous parvenir dans le futur : vérifiez l'heure.",
        )


def _check_channel(by: access.Viewer, programme: Programme, channel: str) -> None:
    if by.is_machine or channel == PORTAL or channel in programme.reach.channels:
        return
    raise CannotDo(
        code="channel-off",
        en=f"This programme takes no requests by {channel}: use {', '.join(programme.reach.channels)}.",
        fr=f"Ce programme ne prend pas de demandes par {channel} : employez {', '.join(programme.reach.channels)}.",
    )


def _manner(by: access.Viewer, draft: Draft, *, dry: bool = False, supposed_complete: bool = False) -> Manner:
    return Manner(
        contract_id=draft.contract_id,
        by_staff=not by.is_customer,
        dry=dry,
        supposed_complete=supposed_complete,
    )


def _asker(by: access.Viewer, draft: Draft, contact: Contact | None, *, lock: bool) -> Asker:
    """Who asks, for which customer (locked, or only read): its own, or the one whose contract a partner names."""
    if by.is_customer:
        contact = reading.get(Contact, "vendor_id = %s and id = %s", [by.vendor_id, by.as_contact()])
    if contact is None:
        raise CannotDo(
            code="for-whom",
            en="Say for which contact the request is opened.",
            fr="Dites pour quel contact la demande est ouverte.",
        )
    organisation_id = contact.organisation_id
    if draft.contract_id is not None:
        organisation_id = _organisation_of_contract(by, draft.contract_id, contact)
    elif organisation_id in by.hidden_organisations:
        raise access.Refused(
            code="restricted-customer",
            en="This customer is restricted: ask a manager to be named for it.",
            fr="Ce client est restreint : demandez à un responsable d'être nommé pour lui.",
        )
    read = lock_customer if lock else people.organisation
    organisation = read(vendor_id=by.vendor_id, organisation_id=organisation_id)
    return Asker(
        vendor_id=by.vendor_id,
        organisation=organisation,
        site=_site(by, draft, contact, organisation),
        contact=contact,
    )


def _organisation_of_contract(by: access.Viewer, contract_id: UUID, contact: Contact) -> UUID:
    found = contracts.contracts(by).filter(id=contract_id).first()
    if found is None or contact.organisation_id not in (
        found.organisation_id,
        found.organisation.partner_id,
    ):
        raise CannotDo(
            code="no-such-contract",
            en="That contract is not one of this customer's: choose one that is listed.",
            fr="Ce contrat n'est pas à ce client : choisissez-en un de la liste.",
        )
    return found.organisation_id


def _site(by: access.Viewer, draft: Draft, contact: Contact, organisation: Organisation) -> Site | None:
    if draft.site_id is not None:
        found = Site.objects.filter(
            vendor_id=by.vendor_id, pk=draft.site_id, organisation=organisation
        ).first()
        if found is None:
            raise CannotDo(
                code="no-such-site",
                en="That place is not one of this customer's: choose one that is listed.",
                fr="Ce lieu n'est pas à ce client : choisissez-en un de la liste.",
            )
        return found
    return contact.site if contact.organisation_id == organisation.id else None


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
    offered = choosing_offers(asker, found, now)
    offer = funding.pick(found.programme, offered, draft.way, agreed=draft.way_agreed)
    if not funding.decides(found.programme, offer):
        return None
    text = draft.way_text.strip() or offer.text["fr" if draft.language.startswith("fr") else "en"]
    return _Chosen(offer=offer, offers=offered, shown=Shown(text=text, language=draft.language))


def choosing_offers(asker: Asker, found: Situation, now: datetime) -> tuple[WayOffer, ...]:
    """The ways of a request that is not sent yet, with what its customer bought one by one."""
    if not ways.offering(found.decision, found.beyond).ways:
        return ()
    purchased = funds.bought(
        vendor_id=asker.vendor_id,
        programme=found.programme,
        organisation_id=asker.organisation.id,
        now=now,
    )
    return ways.offers(found.programme, found.decision, {**found.funds, **purchased}, beyond=found.beyond)


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


def _submitted(found: Situation, *, complete: bool, chosen: bool = False) -> dict[str, object]:
    """What the clock is told of a request as it comes in."""
    decision = found.decision
    data: dict[str, object] = {
        "complete": complete,
        "holds": list(decision.holds),
        "outcome": decision.outcome.value,
        "facts": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.clock_facts.items()
        },
    }
    if decision.targets is not None:
        data["targets"] = decision.targets
    if chosen and decision.outcome is OutcomeKind.OFFER:
        data["chosen"] = True
    return data


def _happenings(found: Situation, message: Message, *, chosen: bool) -> list[Happening]:
    submitted = _submitted(found, complete=not found.missing, chosen=chosen)
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


def _ticket(
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
) -> None:
    inserting.insert(
        [ticket],
        [message],
        history,
        [decided],
        clockwork.commitment_rows(ticket, clock),
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


def open_following(*, by: access.Viewer, earlier: Ticket, body: str, now: datetime) -> Ticket:
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
        language=earlier.language,
        solution_id=earlier.solution_id,
        contract_id=earlier.contract_id if earlier.answers.get("contract_chosen") else None,
        site_id=earlier.site_id,
    )
    return open_ticket(by=by, draft=draft, now=now, follows=earlier)


def _link(by: access.Viewer, ticket: Ticket, earlier: Ticket, now: datetime) -> None:
    for one, other, relation in ((ticket, earlier, "follows"), (earlier, ticket, "followed-by")):
        append(
            one,
            Happening(kind=DeskKind.LINKED, data={"number": other.number, "relation": relation}),
            by=by,
            at=now,
            now=now,
        )
