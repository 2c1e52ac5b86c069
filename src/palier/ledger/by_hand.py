"""What somebody does to an account by hand: correct it, move units, bring an opening balance in. Each has its reason.

For those who take money; corrections also for account managers. Nothing is rewritten: each is postings of its own (docs/reference/ledger.md).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.core import ledger
from palier.ledger import accounts, posting, settled
from palier.ledger.instants import micros
from palier.ledger.models import Posting, Reason
from palier.people import access


def adjust(
    *, by: access.Viewer, owner: accounts.Owner, allowance: str, difference: int, reason: str, now: datetime
) -> posting.Posted:
    """Correct an account by hand: so many more or fewer (hours: minutes), with a reason. For those who correct balances.

    More goes to what expires last; where nothing is in force it is a lot of its own, without an end.
    """
    access.require_role(by, access.CORRECTS_BALANCES)
    books = posting.settled_books(owner, allowance, at=now, now=now)
    cause = _by_hand(by, reason, "adjust", now)
    lot = None
    if difference > 0 and not any(one.lot.in_force(micros(now)) for one in books.state.lots.values()):
        lot = ledger.Lot(
            key=f"adjust:{cause['reason']}", opens_at=micros(now), expires_at=None, origin="adjust"
        )
    return posting.act(
        books,
        lambda state: ledger.adjust(state, difference=difference, at=micros(now), cause=cause, lot=lot),
        at=now,
        now=now,
    )


def transfer(
    *,
    by: access.Viewer,
    source: accounts.Owner,
    target: accounts.Owner,
    allowance: str,
    quantity: int,
    reason: str,
    now: datetime,
) -> tuple[posting.Posted, posting.Posted]:
    """Move units to another contract of the same customer, each with the time it had. For those who take money."""
    access.require_role(by, access.TAKES_MONEY)
    if source.organisation_id != target.organisation_id:
        raise access.Refused(
            code="another-customer",
            en="Units move between contracts of one customer only.",
            fr="Des unités ne passent que d’un contrat à l’autre du même client.",
        )
    if source.contract_id == target.contract_id:
        raise access.Refused(
            code="same-account",
            en="The units are there already: name another contract.",
            fr="Les unités s’y trouvent déjà : nommez un autre contrat.",
        )
    cause = _by_hand(by, reason, "transfer", now)
    first = posting.settled_books(source, allowance, at=now, now=now)
    second = posting.settled_books(target, allowance, at=now, now=now)
    out = posting.act(
        first,
        lambda state: ledger.transfer_out(
            state, quantity=quantity, at=micros(now), cause={**cause, "to": str(second.id)}
        ),
        at=now,
        now=now,
    )
    moved = [one.move for one in out.postings]
    arrived = posting.act(
        second,
        lambda _: ledger.transfer_in(
            moved,
            key=f"transfer:{cause['reason']}",
            at=micros(now),
            cause={**cause, "from": str(first.id)},
        ),
        at=now,
        now=now,
    )
    return out, arrived


def bring_forward(
    *,
    by: access.Viewer,
    owner: accounts.Owner,
    allowance: str,
    available: int,
    used: int,
    now: datetime,
    opens_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> posting.Posted:
    """An opening balance at go-live: what was left and used of the period in force, or of a block with its own dates.

    Raises Refused if that balance was brought forward already, or if there is no period and no date.
    """
    access.require_role(by, access.TAKES_MONEY)
    books = posting.opened(owner, allowance, since=now, now=now)
    programme = posting.programme_at(owner, now)
    period = (
        settled.entitlement_of(books.state, owner.contract, programme, allowance, at=now, now=now)
        if owner.contract is not None and programme is not None
        else None
    )
    lot, entitled_to = _forward_lot(period, opens_at, expires_at)
    if Posting.objects.filter(
        vendor_id=books.vendor_id, account_id=books.id, lot=lot.key, cause__why=ledger.BROUGHT_FORWARD
    ).exists():
        raise access.Refused(
            code="brought-forward-already",
            en=f"The opening balance of {allowance} was brought forward already: adjust it instead.",
            fr=f"Le solde d’ouverture de {allowance} est déjà repris : ajustez-le plutôt.",
        )
    cause: dict[str, str | int] = {"why": ledger.BROUGHT_FORWARD, **_person(by)}
    return posting.act(
        books,
        lambda state: _forward(
            state,
            lot=lot,
            available=available,
            used=used,
            entitled_to=entitled_to,
            at=micros(now),
            cause=cause,
        ),
        at=now,
        now=now,
    )


def _forward_lot(
    period: ledger.Entitlement | None, opens_at: datetime | None, expires_at: datetime | None
) -> tuple[ledger.Lot, int]:
    """The lot an opening balance belongs to, and what the programme gives for it."""
    if period is not None and period.quantity > 0:
        start, end = period.period.starts_at, period.period.ends_at
        if opens_at is None or (micros(opens_at), None if expires_at is None else micros(expires_at)) == (
            start,
            end,
        ):
            lot = ledger.Lot(key=period.period.key, opens_at=start, expires_at=end, origin=period.origin)
            return lot, period.quantity
    if opens_at is None:
        raise access.Refused(
            code="no-period",
            en="The plan grants nothing of this now: say from when the balance counts, and until when.",
            fr="Le plan n’en accorde rien à présent : dites depuis quand ce solde compte, et jusqu’à quand.",
        )
    return (
        ledger.Lot(
            key=f"brought-forward:{opens_at.date()}",
            opens_at=micros(opens_at),
            expires_at=None if expires_at is None else micros(expires_at),
            origin=ledger.BROUGHT_FORWARD,
        ),
        0,
    )


def _forward(
    state: ledger.State,
    *,
    lot: ledger.Lot,
    available: int,
    used: int,
    entitled_to: int,
    at: int,
    cause: ledger.Cause,
) -> ledger.Moves:
    known = state.lots.get(lot.key)
    reservation = str(uuid7())
    if known is None:
        return ledger.bring_forward(
            lot=lot,
            available=available,
            used=used,
            entitled=entitled_to,
            at=at,
            reservation=reservation,
            cause=cause,
        )
    # The contract's own grant was there first: what differs is adjusted, what was used is used of that lot.
    difference = available + used - (known.issued - known.consumed - known.reserved)
    found: ledger.Moves = ()
    if difference:
        found += ledger.adjust(state, difference=difference, at=at, cause=cause, lot=known.lot)
    if used:
        only = ledger.apply(ledger.State(lots={lot.key: known}, reservations={}), found)
        found += ledger.spend(only, quantity=used, at=at, reservation=reservation, cause=cause)
    return found


# --- causes -----------------------------------------------------------------------------------------


def _person(by: access.Viewer) -> dict[str, str | int]:
    person = by.staff_id or by.contact_id
    return {} if person is None else {"person": str(person)}


def _by_hand(by: access.Viewer, reason: str, why: str, now: datetime) -> dict[str, str | int]:
    """The cause of what somebody does by hand; the reason itself stands in a row that can be erased."""
    if not reason.strip():
        raise access.Refused(
            code="no-reason",
            en="Say why: a correction without a reason cannot be explained to the customer.",
            fr="Dites pourquoi : une correction sans motif ne s’explique pas au client.",
        )
    row = Reason.objects.create(vendor_id=by.vendor_id, text=reason.strip(), written_at=now)
    return {"why": why, "reason": str(row.id), **_person(by)}


def erase_reason(*, vendor_id: UUID, reason_id: UUID, now: datetime) -> None:
    """Forget the words of a reason; the posting that names it stays, and so does its seal."""
    Reason.objects.filter(vendor_id=vendor_id, id=reason_id).update(text="", erased_at=now)
