"""Moving a contract to a newer revision of its programme, with a statement of what changes for this customer."""

from __future__ import annotations

from datetime import date, datetime

from palier.contracts import agreements, changing, comparing, drawing, queries, recording, weighing
from palier.contracts.comparing import statement as statement
from palier.contracts.models import Contract, EventKind, ProgrammeRevision
from palier.contracts.standings import Standings
from palier.people import access, notices
from palier.programme.comparison import Difference as Difference
from palier.programme.comparison import Turn as Turn
from palier.programme.comparison import worse_first as worse_first


def problems(contract: Standings, revision: ProgrammeRevision, at: datetime) -> list[access.Refused]:
    """Everything that keeps a contract from moving to a revision: a plan or product it no longer has, too few places."""
    programme = queries.programme_of(revision)
    agreed = drawing.agreed_of(contract, at)
    return [
        *weighing.faults(programme, agreed),
        *changing.too_many_contacts(contract, programme, agreed, at),
    ]


def move(
    *,
    by: access.Viewer,
    contract: Contract,
    revision: ProgrammeRevision,
    now: datetime,
    from_on: date | None = None,
) -> Contract:
    """Move a contract to another revision, from now or from a date on; its requests keep the one they were decided under.

    Its binding texts become those of the new revision; the customer is told. Raises the problem there is, or all.
    """
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract)
    at = recording.day_start(from_on, there.zone) if from_on is not None else now
    if at < now:
        raise access.Refused(
            code="in-the-past",
            en="A contract moves now or on a later date: what was decided stays decided.",
            fr="Un contrat change de version maintenant ou à une date ultérieure : ce qui a été décidé le reste.",
        )
    current = there.value_at("revision_id", at)
    if current == revision.id:
        raise access.Refused(
            code="nothing-changes",
            en="The contract stands under this version of the programme already.",
            fr="Le contrat relève déjà de cette version du programme.",
        )
    if revision.effective_on > at.date():
        raise access.Refused(
            code="not-in-force-yet",
            en=f"This version is in force from {revision.effective_on} on: move the contract then or later.",
            fr=f"Cette version est en vigueur à partir du {revision.effective_on} : déplacez le contrat alors ou plus tard.",
        )
    weighing.require(problems(there, revision, at))
    turns = [one.turn for one in comparing.statement(there, revision, at)]
    data: dict[str, object] = {turn.value: turns.count(turn) for turn in Turn}
    recording.record(
        by=by,
        contract=contract,
        kind=EventKind.MOVED,
        now=now,
        effective_at=at,
        changes={"revision_id": (current, revision.id)},
        data=data,
    )
    recording.settle_row(contract, now)
    agreements.bind_again(contract, queries.programme_of(revision).documents, at)
    recording.notice_customer(
        by=by,
        contract=contract,
        kind=notices.Kind.CONTRACT_CHANGED,
        now=now,
        data={"event": EventKind.MOVED.value, "from": at, **data},
    )
    recording.tell(contract, now)
    return contract
