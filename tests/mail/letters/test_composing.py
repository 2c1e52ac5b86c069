"""Letters of every kind: what stands in them, what never does."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.pages import world as worlds
from tests.pages.fixtures import NOW
from tests.pages.world import Customer, World

from palier.mail import letters
from palier.mail.letters import LetterKind, Wanted, Words, kinds
from palier.mail.models import ActionLink
from palier.people import tenancy
from palier.people.access import Viewer
from palier.people.models import Contact, Notice, Staff, User
from palier.tickets import answering, choosing, estimating, opening
from palier.tickets.models import Ticket

NO_BREAK = "\u00a0"


def notice(world: World, reader: Contact | Staff, kind: str, ticket: str = "", **data: object) -> Notice:
    """A notice as it would stand in the table; it need not."""
    number = world.tickets[ticket].number if ticket else None
    if ticket:
        data["ticket"] = str(world.tickets[ticket].id)
    found = Notice(vendor=world.vendor, kind=kind, ticket_number=number, data=data, created_at=NOW)
    if isinstance(reader, Contact):
        found.contact = reader
    else:
        found.staff = reader
    return found


def wanted(
    world: World, reader: Contact | Staff, *notices: Notice, later: timedelta = timedelta(0)
) -> Wanted:
    return Wanted(vendor=world.vendor, reader=reader, notices=notices, now=NOW + later)


def composed(world: World, reader: Contact | Staff, *notices: Notice, acts: bool = False) -> Words:
    with tenancy.vendor(world.vendor.id):
        found = letters.compose(wanted(world, reader, *notices), acts=acts)
    assert found is not None
    return found


def in_french(world: World) -> None:
    """Everybody reads French from now on."""
    with tenancy.vendor(world.vendor.id):
        User.objects.update(language="fr")
        for one in world.customers.values():
            for contact in (one.contact, one.colleague):
                contact.refresh_from_db()
                assert contact.user is not None
        for staff in (world.agent, world.manager):
            staff.refresh_from_db()
            assert staff.user is not None


def customers(world: World) -> tuple[Customer, Customer, Customer]:
    paris, toronto, tokyo = world.customers.values()
    return paris, toronto, tokyo


def moved(world: World, ticket: str, what: str) -> list[Notice]:
    """The notices that really were left of that move, newest first."""
    with tenancy.vendor(world.vendor.id):
        rows = Notice.objects.filter(
            kind="request-moved", ticket_number=world.tickets[ticket].number, data__what=what
        )
        return list(rows.order_by("-created_at", "-id"))


# --- what stands in them ------------------------------------------------------------------------------


def test_a_request_received_says_the_verdict_its_why_and_when_we_answer(northern: World) -> None:
    camille = customers(northern)[0].contact
    found = composed(northern, camille, notice(northern, camille, "request-received", "fresh"))
    assert found.kind == "received"
    assert (
        found.subject
        == f"[NOR-{northern.tickets['fresh'].number}] Every seat reports “no licence” at start-up"
    )
    assert found.automatic
    for said in (
        "We received your ticket",
        "Covered, not billable",
        "Clause C2. Failures and faults of a delivered solution are covered.",
        f"First answer: before Friday 20{NO_BREAK}November 2026, 11:00{NO_BREAK}Paris time",
        "a target, not a guarantee",
    ):
        assert said in " ".join(found.text.split(" ")).replace("\n    ", " ").replace("\n", " "), said
    assert f"https://northern.example/requests/NOR-{northern.tickets['fresh'].number}#verdict" in found.html


def test_a_letter_is_in_its_readers_language_with_exact_typography(northern: World) -> None:
    in_french(northern)
    camille = customers(northern)[0].contact
    found = composed(northern, camille, notice(northern, camille, "request-received", "fresh"))
    flat = found.text.replace("\n    ", " ").replace("\n", " ")
    assert found.language == "fr"
    assert "Nous avons reçu votre ticket «\u00a0Every seat" in flat
    assert (
        "Première réponse\u00a0: avant vendredi 20\u00a0novembre 2026 à\u00a011:00, heure de\u00a0Paris\u202f;"
        in flat
    )
    assert "un objectif, pas une garantie" in flat
    assert "'" not in found.text
    assert '<html lang="fr-FR"' in found.html


def test_canada_writes_its_own_words_and_spaces(solidxperts: World) -> None:
    (one,) = solidxperts.customers.values()
    in_french(solidxperts)
    _open(solidxperts, "offer", one)
    found = composed(solidxperts, one.contact, notice(solidxperts, one.contact, "request-received", "offer"))
    assert "votre billet" in found.text
    assert "; rien n’est choisi" in found.text.replace("\n  ", " ")
    assert "\u202f;" not in found.text
    assert '<html lang="fr-CA"' in found.html


def test_the_customers_clock_is_told_to_who_reads_elsewhere(northern: World) -> None:
    found = composed(
        northern, northern.agent, notice(northern, northern.agent, "given", "raised", note=False)
    )
    flat = found.text.replace("\n    ", " ")
    assert f"09:00{NO_BREAK}Paris time (17:00 Tokyo{NO_BREAK}time)" in flat or "(17:00 Tokyo" in flat
    assert "Severity: 1, Critical" in found.text


def test_an_answer_is_there_in_full_with_who_wrote_it_and_is_not_automatic(northern: World) -> None:
    aya = customers(northern)[2].contact
    found = composed(northern, aya, *moved(northern, "resolved", "resolved"))
    assert found.kind == "resolved"
    assert not found.automatic
    assert "Fixed by the driver update." in found.text
    assert "Maude Tremblay" in found.text
    assert found.subject.startswith("Re: [NOR-")
    assert f"by Sunday 29{NO_BREAK}November 2026, that day included" in found.text.replace("\n  ", " ")


def test_markdown_is_shown_and_never_more_than_that(northern: World) -> None:
    paris = customers(northern)[0]
    body = "Try **this**:\n\n```\na\n```\n\n<script>alert(1)</script> ![x](https://elsewhere.example/x.png)"
    with tenancy.vendor(northern.vendor.id):
        answering.reply(
            by=Viewer.staff(northern.agent),
            ticket=northern.tickets["answered"],
            body=body,
            now=NOW - timedelta(minutes=5),
        )
    found = composed(northern, paris.contact, moved(northern, "answered", "answered")[0])
    assert "<strong>this</strong>" in found.html
    assert "<script" not in found.html
    assert "<img" not in found.html
    assert body in found.text


def test_what_is_missing_stands_as_lines_to_answer_by_mail(northern: World) -> None:
    camille = customers(northern)[0].contact
    found = composed(
        northern,
        camille,
        notice(northern, camille, "request-received", "missing"),
        notice(northern, camille, "asked", "missing", fields=["applications", "access"]),
    )
    lines = [line.rstrip() for line in found.text.splitlines()]
    assert "The other applications in that environment:" in lines
    assert "How we can learn more:" in lines
    assert "Who can free it: the person who wrote the ticket." in found.text.replace("\n    ", " ")
    # The ask says it: no sentence says it again.
    assert "Missing before we can begin" not in found.text


def test_a_late_promise_is_owned_up_to(northern: World) -> None:
    grace = customers(northern)[1].contact
    found = composed(northern, grace, notice(northern, grace, "decided-anew", "missed", verdict=1))
    assert "First answer: we are late. It was due" in found.text


def test_several_notices_make_one_letter_that_tells_them_all(northern: World) -> None:
    grace = customers(northern)[1].contact
    found = composed(
        northern,
        grace,
        notice(northern, grace, "request-moved", "missed", what="reopened"),
        notice(northern, grace, "decided-anew", "missed", verdict=2),
        notice(northern, grace, "request-merged", "missed", **{"from": "NOR-1"}),
    )
    assert found.kind == "reopened"
    assert "We take up your ticket" in found.text
    assert "NOR-1 was merged into this one" in found.text
    # Its words have no why of their own: a decision is never told without.
    assert "Clause C2" in found.text


def _open(made: World, name: str, who: Customer, *, colleague: bool = False) -> Ticket:
    draft = worlds.draft(
        "how-to", subject="How do I number parts", effect="none", environment="none", product="solidworks", version="2024"
    )  # fmt: skip
    with tenancy.vendor(made.vendor.id):
        ticket = opening.open_ticket(
            by=Viewer.customer(who.colleague if colleague else who.contact),
            draft=draft,
            now=NOW - timedelta(hours=1),
        )
    made.tickets[name] = ticket
    return ticket


def test_each_way_on_has_its_price_and_a_link_of_its_own(solidxperts: World) -> None:
    (one,) = solidxperts.customers.values()
    ticket = _open(solidxperts, "offer", one)
    received = notice(solidxperts, one.contact, "request-received", "offer")
    found = composed(solidxperts, one.contact, received, acts=True)
    with tenancy.vendor(solidxperts.vendor.id):
        made = ActionLink.objects.filter(ticket=ticket, contact=one.contact)
        assert {row.purpose for row in made} == {"choose"}
        available = [
            way
            for way in choosing.ways(Viewer.customer(one.contact), ticket=ticket, now=NOW)
            if way.available
        ]
        assert {row.way for row in made} == {way.way for way in available}
    assert "CA$195.00" in found.text
    assert found.text.count("https://solidxperts.example/act/") == len(available)
    # A preview shows the same and makes none.
    with tenancy.vendor(solidxperts.vendor.id):
        before = ActionLink.objects.count()
    shown = composed(solidxperts, one.contact, received)
    with tenancy.vendor(solidxperts.vendor.id):
        assert ActionLink.objects.count() == before
    assert "/act/" not in shown.text


def test_who_may_not_choose_reads_the_ways_without_a_link(solidxperts: World) -> None:
    (one,) = solidxperts.customers.values()
    _open(solidxperts, "offer", one, colleague=True)
    found = composed(
        solidxperts, one.colleague, notice(solidxperts, one.colleague, "request-received", "offer"), acts=True
    )
    assert "An authorised contact of your organisation chooses" in found.text
    assert "/act/" not in found.text


def test_an_estimate_is_told_whole_with_one_link_to_answer_it(solidxperts: World) -> None:
    (one,) = solidxperts.customers.values()
    ticket = _open(solidxperts, "offer", one)
    with tenancy.vendor(solidxperts.vendor.id):
        made = estimating.estimate(
            by=Viewer.staff(solidxperts.agent),
            ticket=ticket,
            way="hourly-quote",
            minutes=90,
            text="Two drawings.",
            now=NOW - timedelta(minutes=2),
        )
    told = notice(
        solidxperts, one.contact, "estimate-made", "offer", estimate=1, amount=made.amount, currency=made.currency, minutes=90
    )  # fmt: skip
    found = composed(solidxperts, one.contact, told, acts=True)
    assert found.kind == "estimate"
    assert f"1{NO_BREAK}h{NO_BREAK}30" in found.text
    assert "CA$277.50" in found.text
    assert "nothing is billed before you agree" in found.text.replace("\n", " ")
    assert found.text.count("https://solidxperts.example/act/") == 1
    assert "Clause" in found.text
    with tenancy.vendor(solidxperts.vendor.id):
        (row,) = ActionLink.objects.filter(ticket=ticket)
        assert (row.purpose, row.amount) == ("agree", made.amount)


# --- what never does ----------------------------------------------------------------------------------


def test_no_word_of_a_note_leaves_the_desk(northern: World) -> None:
    paris = customers(northern)[0]
    with tenancy.vendor(northern.vendor.id):
        answering.add_note(
            by=Viewer.staff(northern.agent),
            ticket=northern.tickets["answered"],
            body="PLANTED the customer is wrong",
            now=NOW - timedelta(minutes=30),
        )
    notices = [notice(northern, paris.contact, kind, "answered", **data) for kind, data in _ANY]
    for one in [*notices, *moved(northern, "answered", "answered")]:
        found = composed(northern, paris.contact, one)
        assert "PLANTED" not in found.text + found.html
        assert "Same in the lab" not in found.text + found.html
    staff = composed(
        northern,
        northern.manager,
        notice(northern, northern.manager, "mentioned", "answered", by=str(northern.agent.id)),
    )
    assert "PLANTED" not in staff.text + staff.html


_ANY: list[tuple[str, dict[str, object]]] = [
    ("request-received", {}),
    ("decided-anew", {"verdict": 1}),
    ("request-moved", {"what": "reopened"}),
    ("request-moved", {"what": "closed"}),
    ("reminded", {"about": "silence", "day": 3}),
    ("request-freed", {}),
    ("request-merged", {"from": "NOR-9"}),
]


def test_a_colleagues_request_is_kept_from_who_may_not_see_it(northern: World) -> None:
    paris = customers(northern)[0]
    with tenancy.vendor(northern.vendor.id):
        Contact.objects.filter(id=paris.colleague.id).update(sees_colleagues=False)
        paris.colleague.refresh_from_db()
    subject = northern.tickets["fresh"].subject
    for kind, data in [*_ANY, ("request-held", {})]:
        found = composed(northern, paris.colleague, notice(northern, paris.colleague, kind, "fresh", **data))
        assert subject not in found.subject + found.text + found.html, kind
        assert f"NOR-{northern.tickets['fresh'].number}" not in found.subject + found.text + found.html, kind
    stranger = customers(northern)[1].contact
    found = composed(northern, stranger, notice(northern, stranger, "request-received", "fresh"))
    assert subject not in found.subject + found.text + found.html


def test_nothing_is_told_of_an_answer_that_was_taken_back(northern: World) -> None:
    paris = customers(northern)[0]
    pressed_at = NOW + timedelta(hours=1)
    with tenancy.vendor(northern.vendor.id):
        agent = Viewer.staff(northern.agent)
        answering.reply(
            by=agent, ticket=northern.tickets["answered"], body="PLANTED too early", now=pressed_at
        )
    (told, *_older) = moved(northern, "answered", "answered")
    with tenancy.vendor(northern.vendor.id):
        # While it can be taken back it is told to nobody, even where the notice is looked at.
        early = Wanted(
            vendor=northern.vendor,
            reader=paris.contact,
            notices=(told,),
            now=pressed_at + timedelta(seconds=3),
        )
        assert letters.compose(early) is None
        answering.undo(
            by=agent,
            ticket=northern.tickets["answered"],
            message=UUID(told.data["press"]),
            now=pressed_at + timedelta(seconds=5),
        )
        late = Wanted(
            vendor=northern.vendor, reader=paris.contact, notices=(told,), now=pressed_at + timedelta(hours=1)
        )
        assert letters.compose(late) is None


def test_a_press_that_can_still_be_taken_back_moves_nothing_in_another_letter(northern: World) -> None:
    paris = customers(northern)[0]
    with tenancy.vendor(northern.vendor.id):
        answering.reply(
            by=Viewer.staff(northern.agent),
            ticket=northern.tickets["fresh"],
            body="PLANTED done",
            now=NOW + timedelta(minutes=1),
            then="resolve",
        )
        told = notice(northern, paris.contact, "request-received", "fresh")
        at = NOW + timedelta(minutes=1, seconds=4)
        found = letters.compose(
            Wanted(vendor=northern.vendor, reader=paris.contact, notices=(told,), now=at), acts=False
        )
        assert found is not None
        assert "First answer: before" in found.text
        assert "If it comes back" not in found.text
        after = letters.compose(
            Wanted(
                vendor=northern.vendor, reader=paris.contact, notices=(told,), now=at + timedelta(minutes=1)
            ),
            acts=False,
        )
        assert after is not None
        assert "First answer" not in after.text


def test_who_was_removed_gets_nothing(northern: World) -> None:
    paris = customers(northern)[0]
    with tenancy.vendor(northern.vendor.id):
        Contact.objects.filter(id=paris.colleague.id).update(removed_at=NOW)
        paris.colleague.refresh_from_db()
        told = notice(northern, paris.colleague, "request-received", "fresh")
        assert letters.compose(wanted(northern, paris.colleague, told)) is None


# --- all of them --------------------------------------------------------------------------------------

_EVERY: list[tuple[str, str, dict[str, object]]] = [
    ("request-received", "fresh", {}),
    ("decided-anew", "fresh", {"verdict": 1}),
    ("request-freed", "fresh", {}),
    ("request-adopted", "fresh", {}),
    ("request-declined", "fresh", {}),
    ("asked", "missing", {"fields": ["applications"]}),
    ("request-moved", "resolved", {"what": "closed"}),
    ("request-moved", "answered", {"what": "reopened"}),
    ("reminded", "waiting", {"about": "silence", "day": 3}),
    ("reminded", "missing", {"about": "unfreed", "day": 10}),
    ("estimate-made", "offer", {"amount": 100, "currency": "EUR"}),
    ("estimate-agreed", "offer", {}),
    ("request-held", "fresh", {}),
    ("way-chosen", "offer", {"way": "services", "amount": None}),
    ("fix-shipped", "fresh", {"fixed_in": "2026.2"}),
    ("objection-answered", "fresh", {"what": "severity", "upheld": True}),
]
_FOR_STAFF: list[tuple[str, str, dict[str, object]]] = [
    ("given", "fresh", {"note": True}),
    ("watched", "fresh", {"what": "breached"}),
    ("mentioned", "fresh", {}),
    ("paged", "fresh", {"what": "on-call", "call": str(uuid4())}),
    ("follow-up-due", "fresh", {"on": "2026-11-20"}),
    ("objection-overdue", "fresh", {"what": "severity"}),
]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_of_notice_makes_a_whole_letter(northern: World, language: str) -> None:
    if language == "fr":
        in_french(northern)
    with tenancy.vendor(northern.vendor.id):
        author = {name: Contact.objects.get(id=ticket.author_id) for name, ticket in northern.tickets.items()}
    asked = [(author[name], kind, name, data) for kind, name, data in _EVERY]
    asked += [(northern.agent, kind, name, data) for kind, name, data in _FOR_STAFF]  # type: ignore[misc]
    for reader, kind, name, data in asked:
        found = composed(northern, reader, notice(northern, reader, kind, name, **data))
        _is_whole(found, language)
        assert f"NOR-{northern.tickets[name].number}" in found.subject, kind


def _is_whole(found: Words, language: str) -> None:
    assert found.language == language
    for body in (found.text, found.html):
        assert "{" not in body
        assert "None" not in body
        assert "%(" not in body
    assert found.subject == " ".join(found.subject.split())
    assert ("— Écrivez au-dessus" if language == "fr" else "— Write above") in found.text
    assert ("Vous recevez ceci" if language == "fr" else "You get this") in found.text
    long = [line for line in found.text.splitlines() if len(line) > 78 and "://" not in line]
    assert not long
    if language == "fr":
        assert "'" not in found.text.replace("https://", "")
        assert " :" not in found.text
        assert " ;" not in found.text


def test_a_digest_lists_what_is_new_and_how_to_end_it(northern: World) -> None:
    told = [
        notice(northern, northern.manager, "watched", name, what="breached") for name in ("missed", "raised")
    ]
    with tenancy.vendor(northern.vendor.id):
        found = letters.compose(
            Wanted(
                vendor=northern.vendor,
                reader=northern.manager,
                notices=told,
                now=NOW,
                digest=True,
                unsubscribe="https://northern.example/stop/1",
            )
        )
    assert found is not None
    assert found.kind == "digest"
    for name in ("missed", "raised"):
        assert northern.tickets[name].subject in found.text
    assert "https://northern.example/stop/1" in found.text
    assert "https://northern.example/stop/1" in found.html


@pytest.mark.parametrize("kind", ["mail-confirm", "mail-unknown", "mail-portal"])
@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_letters_to_strangers_quote_nothing_and_lead_to_the_portal(
    northern: World, kind: str, language: str
) -> None:
    values = {"link": "https://northern.example/mail/x", "when": "Thursday", "subject": "Archive"}
    with tenancy.vendor(northern.vendor.id):
        found = letters.compose_plain(kind, northern.vendor, language, values, now=NOW)
    assert found.automatic
    assert found.language == ("fr" if language == "fr" else "en")
    assert ("https://northern.example/mail/x" in found.text) is (kind != "mail-unknown")
    assert ("Archive" in found.text) is (kind == "mail-portal")
    assert "— Write" not in found.text


def test_a_kind_of_notices_is_no_plain_letter(northern: World) -> None:
    with tenancy.vendor(northern.vendor.id), pytest.raises(ValueError, match="composed of notices"):
        letters.compose_plain("received", northern.vendor, "fr", {}, now=NOW)


def test_a_batch_says_what_each_letter_alone_says(northern: World) -> None:
    paris, toronto, _tokyo = customers(northern)
    asked = [
        wanted(northern, paris.contact, notice(northern, paris.contact, "request-received", "fresh")),
        wanted(northern, toronto.contact, notice(northern, toronto.contact, "request-received", "fresh")),
        wanted(northern, toronto.contact, notice(northern, toronto.contact, "decided-anew", "missed")),
        wanted(northern, northern.agent, notice(northern, northern.agent, "given", "missed")),
    ]
    with tenancy.vendor(northern.vendor.id):
        together = letters.compose_many(asked, acts=False)
        assert together == [letters.compose(one, acts=False) for one in asked]


def test_every_kind_has_its_place_and_its_nature() -> None:
    assert set(kinds.NATURES) == set(LetterKind)
    told = {*LetterKind} - {LetterKind.HELD, LetterKind.DIGEST, *kinds.PLAIN}
    assert set(kinds.FIRST) == told
