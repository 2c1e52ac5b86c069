"""Messages of every sort that waits, for the tests of pages."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

from palier.mail import handling, intake, threads
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Incoming, Source
from palier.people import tenancy

BORDER = "mx.vendor.example"
PLANTED = "planted-heron"


def arrive(
    vendor_id: UUID,
    sender: str,
    now: datetime,
    *,
    proof: str = "pass",
    ticket_id: UUID | None = None,
    subject: str = "A question",
    files: bool = False,
    raw: bytes | None = None,
) -> UUID:
    """A message comes in and is handled; returns its id."""
    made = EmailMessage()
    made["From"] = sender
    made["Subject"] = subject
    if ticket_id is not None:
        made["References"] = threads.message_id(
            vendor_id=vendor_id, ticket_id=ticket_id, letter_id=ticket_id, domain="v.example"
        )
    made.set_content(f"Something about {PLANTED}.")
    made.add_alternative(
        f"<p>Something about <b>{PLANTED}</b>.</p><img src='https://spy.example/x.png'><script>alert(1)</script>",
        subtype="html",
    )
    if files:
        made.add_attachment(b"line one\n", maintype="text", subtype="plain", filename="log.txt")
    domain = sender.rpartition("@")[2].strip("<> ")
    head = f"Authentication-Results: {BORDER}; dmarc={proof} header.from={domain}\n" if proof else ""
    head += f"Received: from x.example by {BORDER}; Thu, 19 Nov 2026 12:00:00 +0000\n"
    content = (
        raw
        if raw is not None
        else head.encode() + made.as_bytes(policy=made.policy.clone(max_line_length=900))
    )
    with tenancy.vendor(vendor_id):
        source, _ = Source.objects.get_or_create(
            vendor_id=vendor_id, name="Box",
            defaults={"kind": SourceKind.IMAP, "trusted_borders": [BORDER], "created_at": now},
        )  # fmt: skip
    taken = intake.accept(vendor_id=vendor_id, content=content, reached_at=now, now=now, source=source)
    handling.handle(vendor_id, taken.incoming_id, now)
    return taken.incoming_id


def row(vendor_id: UUID, incoming_id: UUID) -> Incoming:
    """It as it stands."""
    with tenancy.vendor(vendor_id):
        return Incoming.objects.select_related("ticket", "message", "contact").get(id=incoming_id)
