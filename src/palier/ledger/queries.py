"""What accounts show: balances for decisions, and the ledger in plain words for who may read it.

Nothing is written here. Balances are given as if the account had been settled at the instant asked about, so that a page
seen on an anniversary shows the new year's grants though nobody has used any yet. Hours are minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.contracts.queries import Standings
from palier.core import coverage, ledger
from palier.core.programme import Programme
from palier.ledger import accounts, naming, settled
from palier.ledger.accounts import Books, Owner
from palier.ledger.instants import instant, micros
from palier.ledger.models import Account, Posting, Reason
from palier.people import access, prepared
from palier.programme.problems import Said, said

LINES = 50


# --- balances ---------------------------------------------------------------------------------------


def balances(
    *,
    vendor_id: UUID,
    programme: Programme,
    contract: Standings | None,
    organisation_id: UUID,
    at: datetime,
    own: UUID | None = None,
) -> dict[str, coverage.Balance]:
    """What is left of every allowance at `at`, of how many, by allowance id (hours: minutes).

    The units of reservation `own` count as left: deciding a ticket again must not shut out what it keeps itself.
    """
    found = _as_if_settled(
        vendor_id=vendor_id,
        programme=programme,
        contract=contract,
        organisation_id=organisation_id,
        at=at,
    )
    answer: dict[str, coverage.Balance] = {}
    for allowance in programme.allowances:
        books = found.get(allowance)
        if books is None:
            answer[allowance] = coverage.Balance(left=0, granted=0)
            continue
        shown = ledger.balance(books.state, micros(at), own=None if own is None else str(own))
        answer[allowance] = coverage.Balance(left=shown.available, granted=shown.granted)
    return answer


def balance(
    *, owner: Owner, allowance: str, at: datetime, own: UUID | None = None, vendor_id: UUID
) -> ledger.Balance:
    """One account's balance at `at`, as if settled: available, reserved, used, granted, the next expiry."""
    books = _books(vendor_id, owner.organisation_id, owner.contract_id, at).get(
        (owner.contract_id, allowance)
    )
    state = ledger.EMPTY if books is None else books.state
    if owner.contract is not None:
        programme = contracts.programme(owner.contract.as_of(at).revision_id)
        state = _settled(state, owner.contract, programme, allowance, at)
    return ledger.balance(state, micros(at), own=None if own is None else str(own))


def _as_if_settled(
    *,
    vendor_id: UUID,
    programme: Programme,
    contract: Standings | None,
    organisation_id: UUID,
    at: datetime,
) -> dict[str, Books]:
    """By allowance, the account of its owner as it would be once settled; allowances nobody ever had are left out."""
    contract_id = None if contract is None else contract.id
    known = _books(vendor_id, organisation_id, contract_id, at)
    found: dict[str, Books] = {}
    for allowance in programme.allowances:
        owner = accounts.owner_for(programme, allowance, contract, organisation_id)
        books = known.get((owner.contract_id, allowance))
        state = _settled(ledger.EMPTY if books is None else books.state, contract, programme, allowance, at)
        if books is None and not state.lots:
            continue
        found[allowance] = Books(
            id=owner.organisation_id if books is None else books.id,
            vendor_id=vendor_id,
            organisation_id=owner.organisation_id,
            contract_id=owner.contract_id,
            allowance=allowance,
            unit=owner.unit if books is None else books.unit,
            seq=0 if books is None else books.seq,
            hash=ledger.GENESIS if books is None else books.hash,
            state=state,
            made=books is not None,
        )
    return found


def _books(
    vendor_id: UUID, organisation_id: UUID, contract_id: UUID | None, at: datetime
) -> Mapping[tuple[UUID | None, str], Books]:
    found = accounts.of(
        vendor_id=vendor_id, organisation_id=organisation_id, contract_id=contract_id, since=at
    )
    return MappingProxyType({(one.contract_id, one.allowance): one for one in found})


def _settled(
    state: ledger.State,
    contract: Standings | None,
    programme: Programme,
    allowance: str,
    at: datetime,
) -> ledger.State:
    moves = settled.moves(state, contract=contract, programme=programme, allowance=allowance, at=at, now=at)
    return ledger.apply(state, moves) if moves else state


# --- accounts on a page -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One allowance as its owner sees it. Figures are those of the grants in force (hours: minutes).

    `account_id` None: nothing was ever posted. `expires_at` is when the first of what is left expires, `anew_at` when a
    new period grants afresh, `shared` that all contracts of the organisation draw on it.
    """

    allowance: str
    name: Said
    unit: str
    account_id: UUID | None
    granted: int
    left: int
    reserved: int
    used: int
    expires_at: datetime | None
    anew_at: datetime | None
    shared: bool


def account_view(viewer: access.Viewer, owner: Owner, now: datetime) -> tuple[AccountView, ...]:
    """The accounts of a contract and those its organisation shares, in the programme's order; then what was bought singly.

    Raises Contract.DoesNotExist for a contract the viewer may not see.
    """
    contract = owner.contract
    if contract is None or not Contract.objects.visible_to(viewer).filter(id=contract.id).exists():
        raise Contract.DoesNotExist("no such contract")
    programme = contracts.programme(contract.as_of(now).revision_id)
    found = _as_if_settled(
        vendor_id=viewer.vendor_id,
        programme=programme,
        contract=contract,
        organisation_id=contract.organisation_id,
        at=now,
    )
    single = {
        key: books
        for (owned, key), books in _books(
            viewer.vendor_id, contract.organisation_id, contract.id, now
        ).items()
        if key not in programme.allowances and owned is None
    }
    return tuple(
        _view(programme, contract, allowance, books, now)
        for allowance, books in (*found.items(), *single.items())
    )


def _view(
    programme: Programme, contract: Standings, allowance: str, books: Books, now: datetime
) -> AccountView:
    shown = ledger.balance(books.state, micros(now))
    period = settled.entitlement_of(books.state, contract, programme, allowance, at=now, now=now)
    anew = None if period is None or period.quantity == 0 else period.period.ends_at
    return AccountView(
        allowance=allowance,
        name=name_of(programme, allowance),
        unit=books.unit,
        account_id=books.id if books.made else None,
        granted=shown.granted,
        left=shown.available,
        reserved=shown.reserved + shown.reserved_elsewhere,
        used=shown.consumed,
        expires_at=None if shown.expires_at is None else instant(shown.expires_at),
        # A term's end is no new beginning by itself: that takes a renewal.
        anew_at=None if anew is None or instant(anew) >= contract.ends_at else instant(anew),
        shared=books.contract_id is None,
    )


def name_of(programme: Programme, allowance: str) -> Said:
    named = programme.allowances.get(allowance) or programme.prices.get(allowance)
    if named is None:
        return said(en=allowance, fr=allowance)
    return said(en=named.name.in_("en"), fr=named.name.in_("fr"))


# --- its lines in plain words -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One word of a cause: `kind` (`ticket`, `decision`, `person`, `clause`, `reason` …), its id, and words for it."""

    kind: str
    id: str
    words: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One posting for a reader. `change` is what it did to what is left, `left` what was left after it (all lots)."""

    id: UUID
    seq: int
    at: datetime
    recorded_at: datetime
    what: Said
    quantity: int
    unit: str
    change: int
    left: int
    lot: str
    lot_opens_at: datetime
    lot_expires_at: datetime | None
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A page of an account's lines, newest first; `older` is what to ask the next page with."""

    account_id: UUID
    allowance: str
    name: Said
    unit: str
    lines: tuple[Line, ...]
    older: int | None


_CHANGES = """
select coalesce(sum(case when target = 'available' then quantity when source = 'available' then -quantity else 0 end), 0)
from ledger_posting where vendor_id = %s and account_id = %s and seq < %s
"""


def visible_account(viewer: access.Viewer, account_id: UUID) -> Account:
    """An account of an organisation the viewer may see. Raises Account.DoesNotExist."""
    return Account.objects.select_related("contract").get(access.of_organisation(viewer), id=account_id)


def entries(
    viewer: access.Viewer, account_id: UUID, *, before: int | None = None, limit: int = LINES
) -> Lines:
    """The lines of an account, newest first, those before number `before`. Raises Account.DoesNotExist."""
    account = visible_account(viewer, account_id)
    rows = Posting.objects.filter(vendor_id=viewer.vendor_id, account_id=account_id)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    shown = list(rows.order_by("-seq")[: limit + 1])
    more = len(shown) > limit
    shown = shown[:limit]
    words = _words(viewer, shown)
    lines: list[Line] = []
    left = 0
    if shown:
        ((left,),) = prepared.rows(_CHANGES, [viewer.vendor_id, account_id, shown[-1].seq])
    for row in reversed(shown):
        change = _change(row)
        left += change
        lines.append(_line(row, account.unit, change, int(left), words))
    programme = _programme_of(viewer, account)
    return Lines(
        account_id=account_id,
        allowance=account.allowance,
        name=said(en=account.allowance, fr=account.allowance)
        if programme is None
        else name_of(programme, account.allowance),
        unit=account.unit,
        lines=tuple(reversed(lines)),
        older=shown[-1].seq if more else None,
    )


def _programme_of(viewer: access.Viewer, account: Account) -> Programme | None:
    contract = account.contract or (
        Contract.objects.visible_to(viewer)
        .filter(organisation_id=account.organisation_id)
        .order_by("-activation_on")
        .first()
    )
    return None if contract is None else contracts.programme(contract.revision_id)


def _change(row: Posting) -> int:
    if row.target == ledger.Bucket.AVAILABLE:
        return row.quantity
    return -row.quantity if row.source == ledger.Bucket.AVAILABLE else 0


def _line(row: Posting, unit: str, change: int, left: int, words: Mapping[tuple[str, str], Said]) -> Line:
    return Line(
        id=row.id,
        seq=row.seq,
        at=row.at,
        recorded_at=row.recorded_at,
        what=what(kind=row.kind, source=row.source, target=row.target, why=row.cause.get("why")),
        quantity=row.quantity,
        unit=unit,
        change=change,
        left=left,
        lot=row.lot,
        lot_opens_at=row.lot_opens_at,
        lot_expires_at=row.lot_expires_at,
        because=tuple(
            Because(kind=kind, id=str(value), words=words.get((kind, str(value))))
            for kind, value in row.cause.items()
            if kind != "why"
        ),
    )


def _words(viewer: access.Viewer, rows: list[Posting]) -> dict[tuple[str, str], Said]:
    ids: dict[str, set[str]] = {}
    for row in rows:
        for kind, value in row.cause.items():
            ids.setdefault(kind, set()).add(str(value))
    found = naming.words(viewer, ids)
    for id_, text in Reason.objects.filter(
        vendor_id=viewer.vendor_id, id__in=ids.get("reason", ()), erased_at=None
    ).values_list("id", "text"):
        found["reason", str(id_)] = {"en": text, "fr": text}
    for clause in ids.get("clause", ()):
        found["clause", clause] = said(en=f"clause {clause}", fr=f"clause {clause}")
    return found


_WHAT: dict[tuple[str, str], Said] = {
    ("grant", "available"): said(en="granted", fr="accordé"),
    ("reserve", "reserved"): said(en="reserved", fr="réservé"),
    ("release", "available"): said(en="released", fr="libéré"),
    ("consume", "consumed"): said(en="used", fr="utilisé"),
    ("expire", "expired"): said(en="expired", fr="expiré"),
    ("transfer", "transferred"): said(en="moved to another contract", fr="passé à un autre contrat"),
    ("transfer", "available"): said(en="came from another contract", fr="venu d’un autre contrat"),
}
_ADJUSTED: dict[tuple[str, str], Said] = {
    ("issued", "available"): said(en="corrected upwards", fr="corrigé à la hausse"),
    ("available", "issued"): said(en="corrected downwards", fr="corrigé à la baisse"),
    ("consumed", "available"): said(en="given back", fr="rendu"),
    ("expired", "available"): said(en="counted in its own period", fr="compté dans sa propre période"),
}
_SETTLED = said(en="brought to what the contract grants", fr="ramené à ce que le contrat accorde")
_FORWARD = said(en="brought forward", fr="repris")


def what(*, kind: str, source: str, target: str, why: Any) -> Said:
    """What a posting did, in a word or two."""
    if why == ledger.BROUGHT_FORWARD:
        return _FORWARD
    if kind == ledger.Kind.ADJUST:
        by_rule = why in (ledger.BY_PERIOD, ledger.BY_TIER)
        return _SETTLED if by_rule else _ADJUSTED[source, target]
    return _WHAT[kind, target]
