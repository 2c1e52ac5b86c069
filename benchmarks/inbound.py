"""Mail that came in, through to a request with its verdict: read, proved by its border, decided, numbered, on its clock."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from email.message import EmailMessage

from benchmarks import Row, _service, at_least, reported

MESSAGES = 400
ROUNDS = 3
BORDER = "mx.vendor.example"
_numbers = itertools.count(1)


def run() -> list[Row]:
    """Messages handled a second by one worker, and taken in a second."""
    desk = _service.desk("inbound", mail=True)
    _address(desk)
    _round(desk, 40, 0)
    figures = [_round(desk, MESSAGES, hour) for hour in range(2, 2 + 2 * ROUNDS, 2)]
    return [
        at_least(
            "messages handled to a request with verdict, one worker", max(h for h, _ in figures), "1/s", 100
        ),
        reported("messages taken in, each durable", max(t for _, t in figures), "1/s"),
    ]


def _address(desk: _service.Desk) -> None:
    from palier.mail.incoming_models import SourceKind
    from palier.mail.models import MailAddress, Source
    from palier.people import tenancy

    with tenancy.vendor(desk.vendor_id):
        MailAddress.objects.create(vendor_id=desk.vendor_id, address="support@vendor.example", is_main=True)
        Source.objects.create(
            vendor_id=desk.vendor_id,
            kind=SourceKind.IMAP,
            name="Support",
            trusted_borders=[BORDER],
            created_at=_service.NOW,
        )


def _round(desk: _service.Desk, many: int, hour: int) -> tuple[float, float]:
    """(messages handled a second, messages taken in a second)."""
    from palier.mail import handling, intake
    from palier.mail.models import Incoming, Source
    from palier.people import tenancy
    from palier.people.models import Contact

    now = _service.NOW + timedelta(hours=hour)
    with tenancy.vendor(desk.vendor_id):
        source = Source.objects.get(vendor_id=desk.vendor_id)
        senders = list(Contact.objects.filter(vendor_id=desk.vendor_id).values_list("email", flat=True))
    # From as many senders as there are: nobody is taken for a machine.
    contents = [_message(sender) for sender in itertools.islice(itertools.cycle(senders), many)]
    begun = time.perf_counter()
    for content in contents:
        intake.accept(
            vendor_id=desk.vendor_id,
            content=content,
            reached_at=now,
            now=now,
            source=source,
            recipients=["support@vendor.example"],
        )
    taken = time.perf_counter() - begun
    begun = time.perf_counter()
    handled = handling.handle_waiting(now=now, most=many, hands=handling.HANDS)
    seconds = time.perf_counter() - begun
    with tenancy.vendor(desk.vendor_id):
        done = Incoming.objects.filter(reached_at=now, state="done", ticket__isnull=False).count()
    if handled != many or done != many:
        raise RuntimeError(f"{handled} of {many} messages were handled, {done} became requests")
    return many / seconds, many / taken


def _message(sender: str) -> bytes:
    n = next(_numbers)
    made = EmailMessage()
    made["From"], made["To"] = f"Camille <{sender}>", "support@vendor.example"
    made["Subject"], made["Message-ID"] = f"The archive does not open ({n})", f"<{n}@mail.example>"
    text = (
        f"Bonjour,\n\nDepuis ce matin, personne n’ouvre l’archive {n} ; le message est toujours le même.\n\n"
        "Applications : SQL Server\nEnvironnement : Production\n\nMerci,\nCamille\n\n-- \nCamille Vasseur\nFerronor\n"
    )
    made.set_content(text)
    made.add_alternative(f"<html><body><p>{text.replace(chr(10), '<br>')}</p></body></html>", subtype="html")
    domain = sender.rpartition("@")[2]
    head = (
        f"Authentication-Results: {BORDER}; dmarc=pass header.from={domain}\n"
        f"Received: from mail.example by {BORDER}; Thu, 09 Jul 2026 12:00:00 +0000\n"
    )
    return head.encode() + made.as_bytes()
