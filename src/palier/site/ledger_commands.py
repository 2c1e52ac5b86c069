"""What `palier verify --ledger`, `statement` and `keys` do. They return exit codes: 0 fine, 1 the user's mistake.

Checking a statement (`check`) needs neither database nor Django: a customer runs it on a machine of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from palier.programme.problems import Said, said
from palier.site.refusals import Refused

if TYPE_CHECKING:
    from palier.contracts.queries import Standings
    from palier.people.models import Vendor

FINE, MISTAKE = 0, 1
Tell = Callable[[Said], None]
_MILLION = 1_000_000


def chosen(vendor: str | None) -> list[Vendor]:
    """The vendor called that, or all of them. Raises Refused."""
    from palier.people.models import Vendor

    vendors = list(Vendor.objects.order_by("slug"))
    found = [one for one in vendors if vendor is None or one.slug == vendor]
    if vendor is not None and not found:
        known = ", ".join(one.slug for one in vendors)
        raise Refused(
            en=f"no vendor is called {vendor}; known: {known or 'none'}",
            fr=f"aucun éditeur ne s’appelle {vendor} ; connus : {known or 'aucun'}",
        )
    return found


def verify(vendors: Sequence[Vendor], *, known: Sequence[str], tell: Tell) -> bool:
    """Check these vendors' ledgers, tell every fault and what nothing protects yet; whether all is well."""
    from palier.ledger import verify as verifying

    public = [public_key(one) for one in known]
    well = True
    for vendor in vendors:
        found = verifying.verify(vendor_id=vendor.id, known=public)
        well = well and not found.faults
        for fault in found.faults:
            tell(
                said(
                    en=f"{fault.subject}: {fault.kind}: {fault.words['en']}",
                    fr=f"{fault.subject} : {fault.kind} : {fault.words['fr']}",
                )
            )
        tell(
            said(
                en=f"{vendor.slug}: {found.accounts} accounts, {found.postings} postings, {found.checkpoints} checkpoints, "
                f"{len(found.faults)} faults",
                fr=f"{vendor.slug} : {found.accounts} comptes, {found.postings} écritures, {found.checkpoints} points de "
                f"contrôle, {len(found.faults)} fautes",
            )
        )
        if found.unprotected:
            tell(_unprotected(vendor.slug, found.unprotected, found.protected_until))
    return well


def _unprotected(slug: str, count: int, until: datetime | None) -> Said:
    if until is None:
        return said(
            en=f"{slug}: no checkpoint yet: all {count} postings are unprotected",
            fr=f"{slug} : pas encore de point de contrôle : les {count} écritures ne sont pas protégées",
        )
    when = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return said(
        en=f"{slug}: {count} postings are younger than the last checkpoint ({when}) and unprotected",
        fr=f"{slug} : {count} écritures sont plus jeunes que le dernier point de contrôle ({when}), donc non protégées",
    )


def statement(*, contract: str, vendor: str, pdf: bool, file: Path | None, lang: str, out: TextIO) -> int:
    """Print a contract's statement as JSON, or write its PDF."""
    from palier.site import database, service

    if pdf and file is None:
        raise Refused(
            en="a PDF needs a file: add -o statement.pdf",
            fr="un PDF demande un fichier : ajoutez -o releve.pdf",
        )
    with service.service():
        from palier.ledger import statements
        from palier.people import tenancy
        from palier.people.access import Viewer

        database.verify()
        (found,) = chosen(vendor)
        with tenancy.vendor(found.id):
            made = statements.statement(
                Viewer.machine(found.id), _contract(found, contract), datetime.now(UTC)
            )
            paper = made.pdf(lang=lang) if pdf else made.json().encode()
    if file is None:
        out.write(paper.decode())
    else:
        file.write_bytes(paper)
    return FINE


def _contract(vendor: Vendor, number: str) -> Standings:
    from palier.contracts import queries
    from palier.contracts.models import Contract

    id_ = Contract.objects.filter(vendor_id=vendor.id, number=number).values_list("id", flat=True).first()
    if id_ is None:
        raise Refused(
            en=f"{vendor.slug} has no contract {number}: give its number as the contract page shows it",
            fr=f"{vendor.slug} n’a pas de contrat {number} : donnez son numéro tel que la page du contrat le montre",
        )
    return queries.contract_by_id(vendor.id, id_)


def check(*, file: Path, key: str, earlier: Path | None, tell: Tell) -> int:
    """Check a statement with a public key, and against an older one; 1 when something does not hold."""
    from palier.ledger import checking

    try:
        found = checking.check(
            _text(file), public=public_key(key), earlier=None if earlier is None else _text(earlier)
        )
    except checking.NoStatement as error:
        raise Refused(en=error.words["en"], fr=error.words["fr"]) from error
    for fault in found.faults:
        tell(fault)
    tell(
        said(
            en=f"{found.accounts} accounts, {found.postings} postings, {len(found.faults)} faults",
            fr=f"{found.accounts} comptes, {found.postings} écritures, {len(found.faults)} fautes",
        )
    )
    if found.unprotected:
        until = (
            None
            if found.protected_until is None
            else datetime.fromtimestamp(found.protected_until // _MILLION, UTC)
        )
        tell(_unprotected(file.name, found.unprotected, until))
    if found.faults:
        return MISTAKE
    tell(said(en="all is well", fr="tout concorde"))
    return FINE


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(en=f"{file} cannot be read: {error}", fr=f"{file} ne se lit pas : {error}") from error


def public_key(given: str) -> bytes:
    """A public key from its 64 hexadecimal digits, or from a file that holds them. Raises Refused."""
    digits = given
    if not re.fullmatch(r"[0-9a-fA-F]{64}", given) and Path(given).is_file():
        digits = _text(Path(given)).strip()
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
        raise Refused(
            en=f"{given} is no public key: 64 hexadecimal digits, or a file that holds them (`palier keys show`)",
            fr=f"{given} n’est pas une clé publique : 64 chiffres hexadécimaux, ou un fichier qui les contient "
            "(`palier keys show`)",
        )
    return bytes.fromhex(digits)


def rotate_keys(*, vendor: str | None, tell: Tell) -> int:
    """Let a vendor (all) sign with a new key from now on."""
    from palier.site import database, service

    with service.service():
        # Only now: their models need the settings that the service sets up.
        from palier.billing import selling
        from palier.ledger import keys
        from palier.people import tenancy
        from palier.people.access import Viewer

        database.verify()
        for one in chosen(vendor):
            with tenancy.vendor(one.id):
                fresh = keys.rotate(by=Viewer.machine(one.id), now=datetime.now(UTC))
                keys.reseal(vendor_id=one.id)
                selling.reseal(vendor_id=one.id)
            tell(
                said(
                    en=f"{one.slug}: signs with key {fresh.name} from now on, public part {bytes(fresh.public).hex()}",
                    fr=f"{one.slug} : signe désormais avec la clé {fresh.name}, partie publique "
                    f"{bytes(fresh.public).hex()}",
                )
            )
    return FINE


def show_keys(*, vendor: str | None, tell: Tell) -> int:
    """Print the public keys of a vendor (all), the first one first."""
    from palier.site import database, service

    with service.service():
        from palier.ledger import keys
        from palier.people import tenancy

        database.verify()
        for one in chosen(vendor):
            with tenancy.vendor(one.id):
                found = keys.public_keys(vendor_id=one.id)
            for key in found:
                line = f"{key.name} {key.public.hex()}"
                tell(said(en=f"{one.slug}: {line}", fr=f"{one.slug} : {line}"))
            if not found:
                tell(
                    said(
                        en=f"{one.slug}: no key yet: the first checkpoint makes one",
                        fr=f"{one.slug} : pas encore de clé : le premier point de contrôle en fait une",
                    )
                )
    return FINE
