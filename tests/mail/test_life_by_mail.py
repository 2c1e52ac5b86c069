"""A customer who has nothing but mail: in bytes, out over SMTP, what is asked answered by answering, what costs agreed to by a link.

Nobody signs in. Each mail is made of the letter it answers: its headers, its address, its words quoted below the own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.mail import get_connection
from django.test import Client
from django.utils import timezone, translation
from tests.mail import arrival
from tests.mail.arrival import BORDER, SUPPORT
from tests.mail.peer import Peer, running
from tests.tickets import personas
from tests.tickets.personas import World

from palier.mail import delivering, gathering, handling, intake, tokens
from palier.mail.models import Incoming, Letter, Source
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact, Vendor
from palier.tickets import answering, classifying, estimating, presses, rating, reopening, sweeping, verify
from palier.tickets.models import Consent, Message, Status, Ticket

SMTP = "django.core.mail.backends.smtp.EmailBackend"
MORNING = personas.at("2026-07-09 09:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What this customer writes and reads."""

    language: str
    subject: str
    body: str
    answers: dict[str, str]
    """What it says to what is asked, by the beginning of the label in the letter."""
    thanks: str
    covered: str
    missing: str
    agree: str
    agreed: str
    satisfied: str
    chosen: str


FRENCH = Tongue(
    language="fr",
    subject="L’inventaire est faux",
    body="Bonjour,\n\ndepuis ce matin l’inventaire de l’entrepôt est faux partout. Pouvez-vous nous aider ?\n\nMerci",
    answers={"Environnement": "Production", "Les étapes": "ouvrir l’écran de comptage, puis valider"},
    thanks="Merci, c’est chez nous que se trouve ce pare-feu.",
    covered="couvert",
    missing="Il manque",
    agree="J’accepte au plus",
    agreed="Acceptée",
    satisfied="plutôt",
    chosen="C’est choisi",
)
ENGLISH = Tongue(
    language="en",
    subject="The stock count is wrong",
    body="Hello,\n\nsince this morning the stock count is wrong everywhere in the warehouse. Can you help us?\n\nThanks",
    answers={"Environment": "Production", "The steps": "open the counting screen, then confirm"},
    thanks="Thank you, that firewall is ours.",
    covered="covered",
    missing="missing",
    agree="I agree to at most",
    agreed="Agreed",
    satisfied="satisfied",
    chosen="Chosen",
)


@dataclass(kw_only=True)
class Life:
    """The customer's mailbox and the vendor's desk, on one clock."""

    vendor: Vendor
    world: World
    source: Source
    peer: Peer
    clock: list[datetime]
    read: int = 0
    written: list[str] = field(default_factory=list)
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def now(self) -> datetime:
        return self.clock[0]

    @property
    def contact(self) -> Contact:
        return self.world.contact

    def later(self, by: timedelta) -> None:
        """Time goes by, and a worker works: what came is handled, what happened is told, letters go out."""
        self.clock[0] += by
        self.work()

    def work(self) -> None:
        handling.handle_waiting(now=self.now)
        sweeping.sweep(now=self.now)
        gathering.gather(now=self.now)
        delivering.deliver(
            now=self.now, connect=lambda: get_connection(SMTP, host="127.0.0.1", port=self.peer.port)
        )

    def letters(self) -> list[Any]:
        """The letters that reached the customer since it last looked."""
        new = self.peer.taken[self.read :]
        self.read = len(self.peer.taken)
        mine = [one for one in new if one.recipients == (self.contact.email,)]
        return [message_from_bytes(one.content, policy=policy.default) for one in mine]

    def letter(self) -> Any:
        """The one letter that reached it."""
        found = self.letters()
        assert len(found) == 1, [(one["Subject"], words(one)) for one in found]
        return found[0]

    def send(self, made: EmailMessage) -> Incoming:
        """What the customer's mail program sends, as the vendor's border hands it on."""
        made["From"] = f"{self.contact.name} <{self.contact.email}>"
        made["Message-ID"] = f"<{len(self.written)}.{made['Subject'].__hash__() & 0xFFFF}@lagrange.example>"
        self.written.append(str(made["Message-ID"]))
        domain = self.contact.email.rpartition("@")[2]
        raw = (
            f"Authentication-Results: {BORDER}; dmarc=pass header.from={domain}\r\n"
            f"Received: from mx.lagrange.example by {BORDER}; Thu, 09 Jul 2026 09:00:00 +0000\r\n"
        ).encode() + made.as_bytes(policy=policy.SMTP)
        taken = intake.accept(
            vendor_id=self.vendor.id, content=raw, reached_at=self.now, now=self.now, source=self.source,
            recipients=[SUPPORT], envelope_from=self.contact.email,
        )  # fmt: skip
        self.work()
        with tenancy.vendor(self.vendor.id):
            row = Incoming.objects.get(id=taken.incoming_id)
            assert row.state == "done", (row.state, row.reason, row.detail)
            return row

    def write(self, subject: str, body: str) -> Incoming:
        made = EmailMessage()
        made["To"], made["Subject"] = SUPPORT, subject
        made.set_content(body)
        return self.send(made)

    def answer(self, letter: Any, body: str) -> Incoming:
        """Answer a letter as mail programs do: all of it quoted below."""
        made = EmailMessage()
        made["To"] = letter["Reply-To"] or letter["From"]
        made["Subject"] = f"Re: {letter['Subject']}"
        made["In-Reply-To"] = letter["Message-ID"]
        made["References"] = f"{letter['References'] or ''} {letter['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in words(letter).splitlines())
        made.set_content(f"{body}\n\nOn Thu, 9 Jul 2026, Acme wrote:\n{quoted}\n")
        return self.send(made)

    def ticket(self) -> Ticket:
        with tenancy.vendor(self.vendor.id):
            return Ticket.objects.select_related("organisation").get()

    def desk(self, act: Callable[[Viewer, Ticket], object]) -> None:
        """Somebody at the desk does something; the customer hears of it once it can no longer be taken back."""
        with tenancy.vendor(self.vendor.id):
            act(Viewer.staff(self.world.agent), Ticket.objects.get())
        self.later(presses.SEND_DELAY + timedelta(seconds=1))

    def click(self, letter: Any) -> str:
        """The one address in a letter by which something is done."""
        found = sorted(set(re.findall(r"https://acme\.example/act/[A-Za-z0-9_-]+", words(letter))))
        assert len(found) == 1, words(letter)
        assert found[0] in html(letter), "the same in both"
        return str(found[0]).replace("https://acme.example/", "/acme/")

    def press(self, url: str, deed: str, **sent: str) -> str:
        """Open a link without signing in and press; the page after it."""
        page = self.client.get(url)
        assert page.status_code == 200, page.content.decode()
        seal = re.findall(r'name="seal" value="([^"]+)"', page.content.decode())[0]
        answer = self.client.post(
            url,
            {"seal": seal, "deed": deed, **sent},
            headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        )
        assert answer.status_code == 302, answer.content.decode()
        return plain(self.client.get(answer["Location"]).content.decode())


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def words(letter: Any) -> str:
    return str(letter.get_body(("plain",)).get_content())


def html(letter: Any) -> str:
    return str(letter.get_body(("html",)).get_content())


@pytest.fixture
def life(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    clock = [MORNING]
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    before = translation.get_language()
    with tenancy.vendor(vendor.id):
        world = arrival.infor(vendor.id)
        source = arrival.post(world).source
    with running() as peer:
        yield Life(vendor=vendor, world=world, source=source, peer=peer, clock=clock)
    translation.activate(before or "en")


def belongs(letter: Any, thread: set[str]) -> None:
    """Every letter of a request is in its thread, and says that a machine wrote it where one did."""
    assert letter["Message-ID"]
    assert letter["References"], letter["Subject"]
    assert thread & set(str(letter["References"]).split()), "answers what the customer knows"
    thread.add(str(letter["Message-ID"]))
    assert tokens.masked(str(letter["Subject"])) == str(letter["Subject"])


@pytest.mark.parametrize("tongue", [FRENCH, ENGLISH], ids=["french", "english"])
def test_a_life_by_mail(life: Life, tongue: Tongue) -> None:
    with tenancy.vendor(life.vendor.id):
        # Nobody who ever signed in.
        Contact.objects.filter(id=life.contact.id).update(language=tongue.language, user=None)
        life.contact.refresh_from_db()

    # A request, and what was decided of it, with its why.
    life.write(tongue.subject, tongue.body)
    thread = set(life.written)
    received = life.letter()
    belongs(received, thread)
    assert "INF-1001" in received["Subject"]
    said = plain(words(received))
    for each in ("A5", tongue.missing, *tongue.answers):
        assert each in said, (each, said)
    assert life.ticket().status == Status.HELD

    # What is missing, by filling in the lines of the letter.
    lines = [line for line in words(received).splitlines() if plain(line).strip().endswith(":")]
    filled = [
        f"{line.strip()} {answer}"
        for start, answer in tongue.answers.items()
        for line in lines
        if line.strip().startswith(start)
    ]
    assert len(filled) == len(tongue.answers), lines
    life.later(HOUR)
    life.answer(received, "\n".join(filled))
    assert life.ticket().status == Status.NEW, life.ticket().hold
    decided = life.letter()
    belongs(decided, thread)
    assert "C1" in words(decided)
    assert tongue.covered in plain(words(decided))

    # An answer, and an answer to it.
    life.later(HOUR)
    life.desk(
        lambda by, ticket: answering.reply(
            by=by, ticket=ticket, body="The cause is your own firewall.", now=life.now, then="wait-customer"
        )
    )
    answered = life.letter()
    belongs(answered, thread)
    assert "The cause is your own firewall." in words(answered)
    assert not answered["Auto-Submitted"], "a person wrote it"
    life.later(HOUR)
    life.answer(answered, tongue.thanks)
    assert life.ticket().status == Status.OPEN
    assert life.letters() == [], "nobody is told what it wrote itself"

    # Outside support after all: why, and the ways on with a link each.
    life.desk(
        lambda by, ticket: classifying.classify(
            by=by,
            ticket=ticket,
            changes={"cause": "customer-side"},
            reason="Your own firewall.",
            now=life.now,
        )
    )
    offered = life.letter()
    belongs(offered, thread)
    assert "B3" in words(offered)
    life.answer(offered, tongue.thanks)
    page = life.press(life.click(offered), "choose")
    assert tongue.chosen in page
    life.later(MINUTE)
    for letter in life.letters():
        belongs(letter, thread)

    # An estimate, and a yes to it.
    life.desk(
        lambda by, ticket: estimating.estimate(
            by=by,
            ticket=ticket,
            way="work-order",
            minutes=120,
            amount=48_000,
            text="Two hours.",
            now=life.now,
        )
    )
    asked = life.letter()
    belongs(asked, thread)
    assert "480,00" in words(asked) or "480.00" in words(asked)
    url = life.click(asked)
    with tenancy.vendor(life.vendor.id):
        assert not Consent.objects.exists()
    page = life.press(url, "agree", agree="yes")
    assert tongue.agreed in page
    assert tongue.agree in page
    with tenancy.vendor(life.vendor.id):
        consent = Consent.objects.get()
        assert (consent.agreed, consent.contact_id, consent.amount, consent.currency, consent.language) == (
            True, life.contact.id, 48_000, "EUR", tongue.language
        )  # fmt: skip
        assert plain(consent.text) in plain(page)
    life.later(HOUR)
    for letter in life.letters():
        belongs(letter, thread)

    # Resolved, and rated.
    life.desk(
        lambda by, ticket: reopening.resolve(by=by, ticket=ticket, message="The rule is gone.", now=life.now)
    )
    resolved = life.letter()
    belongs(resolved, thread)
    assert "The rule is gone." in words(resolved)
    page = life.press(life.click(resolved), "rate", score="4")
    assert tongue.satisfied in page
    life.later(HOUR)
    assert life.letters() == []

    with tenancy.vendor(life.vendor.id):
        ticket = Ticket.objects.get()
        assert ticket.status == Status.RESOLVED
        assert [one.score for one in rating.latest(ticket)] == [4]
        assert verify.verify(vendor_id=life.vendor.id, now=life.now).mismatches == ()
        # The secret part of a link is in no row: not in the letters kept, not in what the customer quoted.
        kept = [*Letter.objects.values_list("text", "html"), *Message.objects.values_list("body", "folded")]
        assert not [one for both in kept for one in both if tokens.found(one)]
        assert [one for both in kept for one in both if "/act/…" in one], "a letter with a link was quoted"
