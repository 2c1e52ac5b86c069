"""The addresses at which vendors receive: whose one is, and what it says of a request.

An address is compared as SMTP servers in practice do: without regard to case, `help+anything@` as `help@`, a domain's
Unicode form as its ASCII form (RFC 5890).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from palier.mail.models import MailAddress
from palier.people import access, changes, reading

LONGEST = 254
"""Signs of a whole address (RFC 5321, 4.5.3.1.3, less the brackets)."""


class NotAnAddress(ValueError):
    """What cannot be an address at which mail arrives."""


def normal(address: str) -> str:
    """An address as it is kept and compared: lower case, NFC, the domain in ASCII. Raises NotAnAddress."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    fine = bool(at and local and domain) and not any(
        sign.isspace() or unicodedata.category(sign) == "Cc" for sign in local + domain
    )
    if not fine:
        raise NotAnAddress(address)
    try:
        ascii_domain = domain if domain.startswith("[") else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise NotAnAddress(address) from error
    found = f"{local}@{ascii_domain}".lower()
    if len(found) > LONGEST:
        raise NotAnAddress(address)
    return found


def plain(address: str) -> str:
    """The address without what follows a plus in its local part: `help+1004@acme.example` → `help@acme.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def whose(address: str) -> tuple[UUID, UUID] | None:
    """(vendor, row of `MailAddress`) of an address, whatever the vendor; None where nobody receives there."""
    try:
        exact = normal(address)
    except NotAnAddress:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from mail_address_of(%s, %s)", [exact, plain(exact)])
        found = cursor.fetchone()
    return None if found is None else (found[0], found[1])


def vendor_of(address: str) -> UUID | None:
    """The vendor that receives at an address; None for one that nobody has."""
    found = whose(address)
    return None if found is None else found[0]


def first_of(vendor_id: UUID, recipients: Iterable[str]) -> MailAddress | None:
    """The first of the recipients that is an address of this vendor: what it says of product, kind and language holds.

    In the vendor's transaction. An address with its plus part counts before the same without.
    """
    wanted: list[str] = []
    for one in recipients:
        try:
            exact = normal(one)
        except NotAnAddress:
            continue
        wanted += [exact, plain(exact)]
    if not wanted:
        return None
    # Asked of every message: prepared, it costs a tenth of what Django takes to put the question together.
    found = reading.every(MailAddress, "vendor_id = %s and address = any(%s)", [vendor_id, wanted])
    rows = {row.address.lower(): row for row in found}
    return next((rows[one] for one in wanted if one in rows), None)


def save(
    *,
    by: access.Viewer,
    row: MailAddress | None,
    address: str,
    product: str,
    kind: str,
    language: str,
    is_main: bool,
    now: datetime,
) -> MailAddress:
    """Receive at an address from now on, or change what it says of a request. The first is the main one. Raises Refused."""
    access.require_role(by, access.RUNS_THE_DESK)
    try:
        exact = normal(address)
    except NotAnAddress as error:
        raise access.Refused(
            code="bad-address",
            en=f"“{address}” is no e-mail address: write it as help@acme.example.",
            fr=f"« {address} » n’est pas une adresse : écrivez-la comme aide@acme.example.",
        ) from error
    known = whose(exact)
    if (
        known is not None
        and known[1] != (row.id if row is not None else None)
        and _is_exact(known, exact, by)
    ):
        raise access.Refused(
            code="address-taken",
            en=f"{exact} is received at already: an address belongs to one desk.",
            fr=f"{exact} reçoit déjà du courriel : une adresse n’appartient qu’à une assistance.",
        )
    others = MailAddress.objects.filter(vendor_id=by.vendor_id)
    if row is not None:
        others = others.exclude(id=row.id)
    made = row or MailAddress(vendor_id=by.vendor_id)
    if row is not None and row.is_main and not is_main and others.exists():
        raise access.Refused(
            code="main-address",
            en="Letters are sent from the main address: make another one the main one instead.",
            fr="Les courriels partent de l’adresse principale : faites plutôt d’une autre la principale.",
        )
    made.address, made.product, made.kind, made.language = exact, product, kind, language
    made.is_main = is_main or not others.filter(is_main=True).exists()
    if made.is_main:
        others.filter(is_main=True).update(is_main=False)
    made.save()
    changes.record(by, changes.Kind.MAIL_ADDRESS_CHANGED, subject_id=made.id, now=now)
    return made


def _is_exact(known: tuple[UUID, UUID], exact: str, by: access.Viewer) -> bool:
    """Whether an address is taken as such. `help+urgent@` beside one's own `help@` is an address more; beside another
    desk's it is that desk's."""
    if known[0] != by.vendor_id:
        return True
    return MailAddress.objects.filter(vendor_id=by.vendor_id, id=known[1], address__iexact=exact).exists()


def remove(*, by: access.Viewer, row: MailAddress, now: datetime) -> None:
    """Receive there no longer. Raises Refused for the main address while there are others."""
    access.require_role(by, access.RUNS_THE_DESK)
    if row.is_main and MailAddress.objects.filter(vendor_id=by.vendor_id).exclude(id=row.id).exists():
        raise access.Refused(
            code="main-address",
            en="Letters are sent from the main address: make another one the main one first.",
            fr="Les courriels partent de l’adresse principale : faites d’abord d’une autre la principale.",
        )
    changes.record(by, changes.Kind.MAIL_ADDRESS_REMOVED, subject_id=row.id, now=now)
    row.delete()
