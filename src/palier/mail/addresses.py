"""The addresses at which vendors receive: whose one is, and what it says of a request.

An address is compared as SMTP servers in practice do: without regard to case, `help+anything@` as `help@`, a domain's
Unicode form as its ASCII form (RFC 5890).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from palier.mail.models import MailAddress

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
    rows = {
        row.address.lower(): row
        for row in MailAddress.objects.filter(vendor_id=vendor_id, address__in=wanted)
    }
    return next((rows[one] for one in wanted if one in rows), None)
