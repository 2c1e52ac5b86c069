"""Composing letters: from notices to subject, text and HTML, with everything read that stands in them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks import Row, _service, at_least, best_rates, reported

if TYPE_CHECKING:
    from palier.mail.letters import Wanted

TICKETS = 100
BATCH = 50


def run() -> list[Row]:
    """Letters a second: in batches and one by one, of requests received and of answers in turn."""
    wanteds = _wanteds()
    batched, alone, answers = best_rates(
        lambda: _many(wanteds, BATCH),
        lambda: _many(wanteds, 1),
        lambda: _many(wanteds[1::2], BATCH),
        rounds=9,
    )
    return [
        at_least("letters composed in batches of 50", batched, "1/s", 300),
        reported("letters composed one by one", alone, "1/s"),
        reported("answers composed in batches of 50", answers, "1/s"),
    ]


def _many(wanteds: list[Wanted], size: int) -> int:
    from palier.mail import letters
    from palier.people import tenancy

    with tenancy.vendor(wanteds[0].vendor.id):
        for start in range(0, len(wanteds), size):
            letters.compose_many(wanteds[start : start + size])
    return len(wanteds)


def _wanteds() -> list[Wanted]:
    """What the notices of real requests and answers ask for: two for each request, received and answered."""
    desk = _service.desk("letters")  # sets Django up, which the rest needs

    from palier.mail.letters import Wanted
    from palier.people import tenancy
    from palier.people.models import Contact, Notice, Vendor
    from palier.tickets import answering, opening
    from palier.tickets.drafts import Draft

    now = _service.NOW
    draft = Draft(
        kind="defect",
        subject="The archive does not open",
        body="Since this morning nobody can open the archive.",
        environment="production",
        effect="lasting-major",
        fields={"applications": "a database", "access": "call me"},
        language="fr",
    )
    for place in range(TICKETS):
        with tenancy.vendor(desk.vendor_id):
            ticket = opening.open_ticket(by=desk.contacts[place % len(desk.contacts)], draft=draft, now=now)
            answering.reply(
                by=desk.agent,
                ticket=ticket,
                body=f"Thank you. **{place}** files are locked:\n\n- close the viewer\n- start it again\n\n```\nerror {place}\n```",
                now=now + timedelta(minutes=5),
            )
    later = now + timedelta(minutes=10)
    with tenancy.vendor(desk.vendor_id):
        vendor = Vendor.objects.get(id=desk.vendor_id)
        readers = {
            one.id: one
            for one in Contact.objects.select_related("user", "organisation", "site").filter(vendor=vendor)
        }
        found = Notice.objects.filter(
            vendor=vendor, kind__in=["request-received", "request-moved"], contact__isnull=False
        ).order_by("ticket_number", "created_at")
        return [
            Wanted(vendor=vendor, reader=readers[one.contact_id], notices=(one,), now=later)
            for one in found
            if one.contact_id is not None
        ]
