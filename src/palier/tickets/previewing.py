"""What would happen if a request were sent now: the decision, its clock, the ways on with their price and balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from palier.contracts import queries as contracts
from palier.core import clock as clocks
from palier.core import coverage
from palier.core.clock import Clock, EventKind, Regime
from palier.core.programme import Programme
from palier.people import access
from palier.people.models import Contact
from palier.tickets import asking, clockwork, convert, deciding, drafts
from palier.tickets.deciding import Asker, Situation
from palier.tickets.drafts import Draft
from palier.tickets.ways import WayOffer


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


def preview_request(
    *, by: access.Viewer, draft: Draft, now: datetime, contact: Contact | None = None
) -> Preview:
    """What would happen if the draft were sent now. Writes nothing."""
    asker = asking.asker_of(by, draft, contact, lock=False)
    request = drafts.of_draft(draft)
    manner = asking.manner_of(by, draft, dry=True)
    found = deciding.situation(asker=asker, request=request, now=now, manner=manner)
    whole = found
    if found.missing:
        supposing = asking.manner_of(by, draft, dry=True, supposed_complete=True)
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
        ways=asking.offers(asker, whole, now),
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
        data=asking.submitted(found, complete=True),
    )
    return clocks.fold([event], clockwork.regimes_for(asker.vendor_id, found.programme), at)
