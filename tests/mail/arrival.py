"""Mail that arrives in tests: a vendor that takes requests by mail, and messages as its border hands them on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from tests.tickets import personas
from tests.tickets.personas import START, World

from palier.contracts import actions as contracts
from palier.mail import handling, intake
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Incoming, MailAddress, Source
from palier.people import access
from palier.people.models import Contact, Role
from palier.tickets.models import Ticket

NOON = personas.at("2026-07-09 12:00")
BORDER = "mx.infor.example"
EFFECTIVE = "2026-07-01"
SUPPORT = "support@infor.example"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A world with its way in."""

    world: World
    source: Source

    def send(
        self,
        *,
        sender: Contact | str,
        subject: str = "The stock count is wrong",
        body: str = "Since this morning the stock count is wrong everywhere.",
        at: datetime = NOON,
        proof: str = "pass",
        to: str = SUPPORT,
        message: EmailMessage | None = None,
        history: bool = False,
        envelope_from: str = "",
        **headers: str,
    ) -> Incoming:
        """Take a message in without looking at it yet. `proof`: what the border says of DMARC; empty: nothing."""
        address = sender if isinstance(sender, str) else f"{sender.name} <{sender.email}>"
        made = message if message is not None else text(body)
        if "From" not in made:
            made["From"] = address
        made["To"] = to
        made["Subject"] = subject
        made["Date"] = "Thu, 09 Jul 2026 11:59:00 +0000"
        if "Message-ID" not in made:
            made["Message-ID"] = headers.pop("message_id", f"<{next(_numbers)}@mail.example>")
        for name, value in headers.items():
            made[name.replace("_", "-")] = value
        # Python would take a long id apart into encoded words; no mail program does.
        raw = made.as_bytes(policy=policy.default.clone(max_line_length=900))
        if proof:
            domain = address.rpartition("@")[2].strip("<> ")
            said = f"Authentication-Results: {BORDER}; dmarc={proof} header.from={domain}\n"
            raw = said.encode() + f"Received: from mail.example by {BORDER}; {made['Date']}\n".encode() + raw
        taken = intake.accept(
            vendor_id=self.world.vendor_id, content=raw, reached_at=at, now=at, source=self.source,
            recipients=[to], history=history, envelope_from=envelope_from,
        )  # fmt: skip
        return Incoming.objects.get(id=taken.incoming_id)

    def handled(self, incoming: Incoming, now: datetime | None = None) -> Incoming:
        """Handle one message, and read what became of it."""
        handling.handle(self.world.vendor_id, incoming.id, now or incoming.reached_at)
        return Incoming.objects.select_related("ticket", "contact", "message").get(id=incoming.id)

    def take(self, *, now: Any = None, **more: Any) -> Incoming:
        """`send`, then handle it."""
        return self.handled(self.send(**more), now)

    def ticket(self, incoming: Incoming) -> Ticket:
        """The request it became or stands on."""
        assert incoming.ticket is not None, (incoming.state, incoming.reason, incoming.detail)
        found: Ticket = incoming.ticket
        return found


def text(body: str) -> EmailMessage:
    """A plain message."""
    made = EmailMessage()
    made.set_content(body)
    return made


def infor(vendor_id: UUID) -> World:
    """Infor's customer under Premium, whose programme takes requests by mail."""
    machine = access.Viewer.machine(vendor_id)
    revision = contracts.publish_revision(
        by=machine, source=personas.source("infor").replace(EFFECTIVE, "2026-01-01", 1), now=START
    )
    organisation = personas.add_customer(machine)
    contact = personas.add_contact(machine, organisation, "camille", is_administrator=True)
    contract = contracts.draw_up(
        by=machine, organisation=organisation, plan="premium", number="I-1", activation_on=date(2026, 1, 1),
        now=START, products={"warehouse": "12.1"}, paid_at=START,
    )  # fmt: skip
    return World(
        vendor_id=vendor_id, revision=revision, organisation=organisation, contract=contract, contact=contact,
        colleague=personas.add_contact(machine, organisation, "dominique"),
        agent=personas.add_staff(machine, "alex", Role.AGENT),
        manager=personas.add_staff(machine, "morgan", Role.MANAGER),
        machine=machine,
    )  # fmt: skip


def post(world: World) -> Post:
    """Its address, and a border that is trusted."""
    MailAddress.objects.create(vendor_id=world.vendor_id, address=SUPPORT, is_main=True)
    source = Source.objects.create(
        vendor_id=world.vendor_id,
        kind=SourceKind.IMAP,
        name="Support",
        trusted_borders=[BORDER],
        created_at=START,
    )
    return Post(world=world, source=source)


def stranger(world: World, name: str = "sacha") -> Contact:
    """A contact of another customer of the same vendor."""
    other = personas.add_customer(world.machine, name="Borealis")
    return personas.add_contact(world.machine, other, name)


def headers(**more: str) -> Mapping[str, str]:
    """Names for `send`."""
    return more
