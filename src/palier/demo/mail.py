"""Mail in the demonstration: each vendor has an address, and a listener on this machine takes what is sent there.

What is sent names a mail server that the vendors trust to have checked the sender (`RELAY`), as their own would: so a
request by mail can be seen whole. Nothing but this machine can reach the listener.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from palier.contracts import queries
from palier.demo import cast, stories, web
from palier.mail.incoming_models import SourceKind
from palier.mail.models import MailAddress, Source
from palier.people import tenancy
from palier.people.models import Vendor
from palier.programme import library
from palier.site import ports

RELAY = "relay.example"
FIRST_PORT, LAST_PORT = 2525, 2625


def address_of(told: stories.Vendor) -> str:
    """The vendor's address: its programme's, else one under its name."""
    path = library.reference_programmes()[told.slug]
    programme = queries.read_programme(path.read_text(encoding="utf-8")).programme
    named = programme.reach.mail if programme is not None else None
    return (named or f"help@{told.slug}.example").lower()


def give_addresses(told: Sequence[stories.Vendor], *, now: datetime) -> None:
    """Give every vendor that has none its address, and direct delivery."""
    rows = {row.slug: row for row in Vendor.objects.filter(slug__in=[one.slug for one in told])}
    for one in told:
        vendor = rows.get(one.slug)
        if vendor is None:
            continue
        with tenancy.vendor(vendor.id):
            if not MailAddress.objects.filter(vendor=vendor).exists():
                MailAddress.objects.create(vendor=vendor, address=address_of(one), is_main=True)
            Source.objects.get_or_create(
                vendor=vendor,
                kind=SourceKind.SMTP,
                defaults={"name": "SMTP", "created_at": now, "trusted_borders": [RELAY]},
            )


def free_port() -> int | None:
    """A port on which the listener can listen: 2525, else the next that is free."""
    return next(
        (one for one in range(FIRST_PORT, LAST_PORT) if ports.is_free(web.ADDRESS, one)),
        None,
    )


def command(told: stories.Vendor, port: int) -> str:
    """One line for a shell that sends the vendor a request by mail, from a customer who can sign in."""
    writer = next(one.email for one in cast.sign_ins(told) if one.role == "contact")
    domain = writer.rpartition("@")[2]
    lines = (
        f"Authentication-Results: {RELAY}; dmarc=pass header.from={domain}",
        f"From: {writer}",
        f"To: {address_of(told)}",
        "Subject: It stopped",
        "",
        "It stopped this morning, nobody can work.",
    )
    content = r"\r\n".join(lines)
    return (
        f"python3 -c \"import smtplib; smtplib.SMTP('{web.ADDRESS}', {port})"
        f".sendmail('{writer}', ['{address_of(told)}'], '{content}')\""
    )
