"""What `palier import` does: a CSV file brought in for one vendor, whole and lasting, or not at all with every problem told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from palier.programme.problems import said
from palier.site import commands, database, service
from palier.site.refusals import Refused

if TYPE_CHECKING:
    from palier.contracts.importing import BringForward, Fault, OpeningBalance
    from palier.people.access import Viewer
    from palier.people.models import Vendor

KINDS = ("customers", "contracts", "contacts", "seats", "balances")
"""The order in which they are brought in: each names what those before it brought."""
MINUTES = 60


def bring_in(
    *, kind: str, file: Path, vendor: str, dry_run: bool, tell: commands.Tell, complain: commands.Tell
) -> int:
    """Bring a file in, or only try it; 1 when something is wrong with it, and then nothing is kept."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refused(
            en=f"{file} cannot be read: {error.strerror}",
            fr=f"{file} est illisible : {error.strerror}",
        ) from error
    with service.service():
        database.verify()
        from palier.contracts import importing
        from palier.people import tenancy
        from palier.people.access import Viewer

        chosen, now = _vendor(vendor), datetime.now(UTC)
        by = Viewer.machine(chosen.id)
        # The end of this block is the commit: what is said after it stands, whatever happens to this process.
        with tenancy.vendor(chosen.id):
            found = importing.bring_in(
                by=by,
                kind=importing.Kind(kind),
                content=content,
                dry_run=dry_run,
                bring_forward=_ledger(by, now),
                now=now,
            )
    for fault in found.faults:
        complain(_told(file, fault))
    if found.faults:
        tell(
            said(
                en=f"{file.name}: {found.lines} lines, {len(found.faults)} problems; nothing was kept",
                fr=f"{file.name} : {found.lines} lignes, {len(found.faults)} problèmes ; rien n’a été gardé",
            )
        )
        return commands.MISTAKE
    if found.kept:
        tell(
            said(
                en=f"{file.name}: {found.lines} lines brought in",
                fr=f"{file.name} : {found.lines} lignes reprises",
            )
        )
    else:
        tell(
            said(
                en=f"{file.name}: {found.lines} lines, no problem; this was a trial, nothing was kept",
                fr=f"{file.name} : {found.lines} lignes, aucun problème ; c’était un essai, rien n’a été gardé",
            )
        )
    return commands.FINE


def _told(file: Path, fault: Fault) -> dict[str, str]:
    where = f"{file.name}:{fault.line}"
    return dict(said(en=f"{where}: {fault.en}", fr=f"{where} : {fault.fr}"))


def _vendor(slug: str) -> Vendor:
    from palier.people.models import Vendor

    vendors = {one.slug: one for one in Vendor.objects.order_by("slug")}
    if slug not in vendors:
        known = ", ".join(vendors)
        raise Refused(
            en=f"no vendor is called {slug}; known: {known or 'none'}",
            fr=f"aucun éditeur ne s’appelle {slug} ; connus : {known or 'aucun'}",
        )
    return vendors[slug]


def _ledger(by: Viewer, now: datetime) -> BringForward:
    """How an opening balance is posted."""
    from palier.contracts import queries
    from palier.core.entitlements import HOUR
    from palier.ledger import accounts, by_hand
    from palier.people import access

    def bring_forward(balance: OpeningBalance) -> None:
        there = balance.contract
        revision = there.revision_id if there is not None else None
        programme = queries.programme(revision or queries.current_revision_id(by.vendor_id, now))
        factor = MINUTES if programme.allowances[balance.allowance].unit == HOUR else 1
        available, used = balance.available * factor, balance.used * factor
        if available != int(available) or used != int(used):
            unit = programme.allowances[balance.allowance].unit
            raise access.Refused(
                code="no-whole-unit",
                en=f"{balance.available} and {balance.used} are no whole {'minutes' if factor > 1 else unit + 's'}.",
                fr=f"{balance.available} et {balance.used} ne sont pas entiers ({'minutes' if factor > 1 else unit}).",
            )
        by_hand.bring_forward(
            by=by,
            owner=accounts.owner_for(programme, balance.allowance, there, balance.organisation_id),
            allowance=balance.allowance,
            available=int(available),
            used=int(used),
            opens_at=balance.opens_at,
            expires_at=balance.expires_at,
            now=now,
        )

    return bring_forward
