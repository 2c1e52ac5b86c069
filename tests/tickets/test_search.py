"""Finding requests: words in both languages, numbers, order; and the walls around what is found."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.pages import world as worlds
from tests.pages.fixtures import frozen as frozen
from tests.pages.world import World

from palier.people import access, actions, finding, prepared, tenancy
from palier.site import database
from palier.tickets import answering, opening, search, steering, verify
from palier.tickets.models import InternalWords, Message, PublicWords, Ticket

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def made(db: None, frozen: datetime) -> World:
    return worlds.build("northern")


def contact(world: World, name: str = "Ferronor", *, colleague: bool = False) -> access.Viewer:
    who = world.customers[name]
    return access.Viewer.customer(who.colleague if colleague else who.contact)


def write(
    world: World,
    subject: str,
    body: str,
    now: datetime,
    *,
    who: str = "Ferronor",
    fields: dict[str, str] | None = None,
) -> Ticket:
    filled = {**worlds.FILLED, **(fields or {})}
    draft = worlds.draft(subject=subject, body=body, fields=filled)
    return opening.open_ticket(by=contact(world, who), draft=draft, now=now)


def subjects(
    world: World, by: access.Viewer, text: str, now: datetime, *, unfinished: bool = False
) -> list[str]:
    found = search.find(by, text, now=now, unfinished=unfinished)
    return [one.subject for one in search.lines(by, found.hits)]


def agent(world: World) -> access.Viewer:
    return access.Viewer.staff(world.agent)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Les sauvegardes échouent la nuit", "sauvegarde"),
        ("Les sauvegardes échouent la nuit", "ECHOUENT"),
        ("Les sauvegardes échouent la nuit", "sauvegarde de la nuit"),
        ("Printers are jammed", "printer jam"),
        ("Printers are jammed", "the printers"),
        ("Erreur ERR-4711 à l’écran", "err-4711"),
        ("Erreur ERR-4711 à l’écran", "4711"),
        ("Chemin C:\\data\\plan_final.dwg", "plan_final.dwg"),
        ("Écrire à zoe.élan@ferronor.example", "elan@ferronor.example"),
        ("Version 2024.1.3 d’ARCHIVE", "archive 2024.1"),
        ("Œuvre coupée", "oeuvre"),
        ("図面が開かない", "図面"),
        ("Der Drücker öffnet nicht", "drucker"),
        ("Чертёж не открывается", "чертеж"),
    ],
)
def test_words_are_found_in_any_language_with_accents_or_without(
    made: World, frozen: datetime, written: str, asked: str
) -> None:
    with tenancy.vendor(made.vendor.id):
        write(made, "Something else", "Nothing of that", frozen - DAY)
        write(made, written, "See above.", frozen - DAY)
        write(made, "In the text", f"We see this: {written}", frozen - DAY)
        for by in (agent(made), contact(made)):
            assert subjects(made, by, asked, frozen) == [written, "In the text"]


def test_answered_fields_public_messages_and_notes_are_found(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        ticket = write(made, "Quota", "It stops", frozen - DAY, fields={"applications": "Zanzibarine 9"})
        answering.reply(by=agent(made), ticket=ticket, body="Please restart the quokka.", now=frozen - DAY)
        answering.add_note(by=agent(made), ticket=ticket, body="Looks like a wombat.", now=frozen - DAY)
        for text in ("zanzibarine", "quokka", "wombat", "quota zanzibarine quokka wombat"):
            assert subjects(made, agent(made), text, frozen) == ["Quota"], text
        for text, found in (
            ("zanzibarine", True),
            ("quokka", True),
            ("wombat", False),
            ("quota wombat", False),
        ):
            assert (subjects(made, contact(made), text, frozen) == ["Quota"]) is found, text
        (hit,) = search.find(agent(made), "wombat", now=frozen).hits
        assert hit.internal
        (hit,) = search.find(agent(made), "quokka", now=frozen).hits
        assert not hit.internal


def test_the_number_comes_first_then_subjects_then_the_newest(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        first = write(made, "Old subject with plover", "x", frozen - 3 * DAY)
        write(made, "Body one", f"a plover, as in NOR-{first.number}", frozen - 2 * DAY)
        write(made, "Body two", "a plover", frozen - DAY)
        assert subjects(made, agent(made), "plover", frozen) == [
            "Old subject with plover",
            "Body two",
            "Body one",
        ]
        for text in (f"NOR-{first.number}", f"nor {first.number}", str(first.number), f"#{first.number}"):
            assert subjects(made, agent(made), text, frozen) == ["Old subject with plover", "Body one"], text
        assert subjects(made, agent(made), f"HOR-{first.number}", frozen) == []
        for text in ("", " ", "'", "\\", "&|!", ":*", "a\0b", "99999999999", "(", "“”"):
            assert subjects(made, agent(made), text, frozen) == [], text


def test_a_word_being_typed_and_a_phrase(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        write(made, "Licence server refuses tokens", "x", frozen)
        write(made, "Server without licence", "x", frozen)
        assert subjects(made, agent(made), "refu", frozen) == []
        assert subjects(made, agent(made), "server refu", frozen, unfinished=True) == [
            "Licence server refuses tokens"
        ]
        assert subjects(made, agent(made), "“licence server”", frozen) == ["Licence server refuses tokens"]


def test_nobody_finds_what_is_not_theirs(made: World, frozen: datetime) -> None:
    other = worlds.build("horizant")
    with tenancy.vendor(other.vendor.id):
        theirs = next(iter(other.customers.values()))
        opening.open_ticket(
            by=access.Viewer.customer(theirs.contact),
            draft=worlds.draft(kind="deficiency", effect="none", subject="A quetzal there"),
            now=frozen,
        )
    with tenancy.vendor(made.vendor.id):
        mine = write(made, "A quetzal here", "x", frozen - DAY)
        write(made, "A quetzal elsewhere", "x", frozen - DAY, who="Tidewater Fabrication")
        assert subjects(made, contact(made), "quetzal", frozen) == ["A quetzal here"]
        assert subjects(made, contact(made, "Tidewater Fabrication"), "quetzal", frozen) == [
            "A quetzal elsewhere"
        ]
        assert subjects(made, contact(made, "Kisaragi Seiki"), f"NOR-{mine.number}", frozen) == []
        assert len(subjects(made, agent(made), "quetzal", frozen)) == 2
        # Who does not see what colleagues ask finds only what is their own.
        alone = made.customers["Ferronor"].colleague
        alone.sees_colleagues = False
        alone.save()
        assert subjects(made, access.Viewer.customer(alone), "quetzal", frozen) == []
        # An agent of another team, and one who is not named for a restricted customer.
        team = actions.add_team(by=made.machine, name="Two", level=2)
        steering.assign(by=made.machine, ticket=mine, team=team, now=frozen)
        assert subjects(made, agent(made), "quetzal", frozen) == ["A quetzal elsewhere"]
        made.customers["Tidewater Fabrication"].organisation.restricted = True
        made.customers["Tidewater Fabrication"].organisation.save()
        assert subjects(made, agent(made), "quetzal", frozen) == []
        assert search.matching(agent(made), "quetzal", now=frozen) == ()
        assert finding.organisations(agent(made), "tidewater") == ()
        assert finding.contacts(agent(made), "okafor") == ()


def test_an_answer_is_found_when_the_customer_may_read_it(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        ticket = write(made, "Quota", "It stops", frozen - DAY)
        answering.reply(by=agent(made), ticket=ticket, body="A quokka.", now=frozen)
        soon, later = frozen + timedelta(seconds=9), frozen + timedelta(seconds=11)
        assert subjects(made, agent(made), "quokka", soon) == ["Quota"]
        assert subjects(made, contact(made), "quokka", soon) == []
        assert subjects(made, contact(made), "quota", soon) == ["Quota"]
        assert search.matching(contact(made), "quokka", now=soon) == ()
        assert subjects(made, contact(made), "quokka", later) == ["Quota"]
        texts = search.messages(contact(made), [ticket.id], now=soon)
        assert [one.body for one in texts[ticket.id]] == ["It stops"]
        undone = Message.objects.get(body="A quokka.")
        answering.undo(by=agent(made), ticket=ticket, message=undone.id, now=soon)
        assert subjects(made, contact(made), "quokka", later) == []
        assert subjects(made, agent(made), "quokka", later) == ["Quota"]
        texts = search.messages(contact(made), [ticket.id], now=later)
        assert [one.body for one in texts[ticket.id]] == ["It stops"]


@pytest.mark.django_db(transaction=True)
def test_common_words_are_read_newest_first(frozen: datetime) -> None:
    made = worlds.build("northern")
    with tenancy.vendor(made.vendor.id):
        for n in range(12):
            write(made, f"Common {n}" if n % 2 else f"Rare {n}", "x", frozen - DAY)
        answering.add_note(
            by=agent(made), ticket=Ticket.objects.latest("number"), body="common too", now=frozen
        )
    # What decides are the statistics: now every second ticket has the word.
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("analyze tickets_publicwords, tickets_internalwords")
    with tenancy.vendor(made.vendor.id):
        asked = search.sought("common")
        public = "select number from tickets_found_public(%s::tsquery, %s::tsquery, %s, %s, %s)"
        newest = [n for (n,) in prepared.rows(public, [asked.query, asked.in_subject, False, 2_000_000, 1])]
        assert newest == [Ticket.objects.latest("number").number]
        below = [n for (n,) in prepared.rows(public, [asked.query, asked.in_subject, True, newest[0], 1])]
        assert below == [newest[0] - 2]
        assert prepared.rows(public, [asked.query, asked.in_subject, False, 1, 1]) == []
        mine = contact(made)
        theirs = "select number from tickets_found_by_customer(%s::tsquery, %s::tsquery, false, %s, 1, %s::uuid[], %s::uuid)"
        for author, found in ((None, newest), (mine.contact_id, newest), (made.vendor.id, [])):
            given = [asked.query, asked.in_subject, 2_000_000, sorted(mine.organisations), author]
            assert [n for (n,) in prepared.rows(theirs, given)] == found
        for by in (agent(made), mine):
            found_ = search.find(by, "common", now=frozen, limit=4)
            assert [one.subject for one in search.lines(by, found_.hits)] == [
                f"Common {n}" for n in (11, 9, 7, 5)
            ]
            assert found_.more


def test_requests_alike_share_more_than_one_word(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        write(made, "The weekly quota report stops", "No file is written.", frozen - DAY)
        write(made, "Weld symbols missing", "In the PDF report.", frozen - DAY)
        write(made, "Theirs: quota report stops weekly", "x", frozen - DAY, who="Tidewater Fabrication")
        found = search.alike(contact(made), "Our quota report of every week stopped again", now=frozen)
        assert [one.subject for one in search.lines(contact(made), found.hits)] == [
            "The weekly quota report stops"
        ]
        assert search.alike(contact(made), "", now=frozen).hits == ()


def test_words_follow_their_texts_and_verify_compares(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        ticket = write(made, "Quota", "It stops", frozen - DAY)
        answering.add_note(by=agent(made), ticket=ticket, body="A wombat.", now=frozen - DAY)
        answering.reply(by=agent(made), ticket=ticket, body="A quokka.", now=frozen - DAY)
        assert search.different(made.vendor.id, [ticket.id]) == []
        Message.objects.filter(body="A quokka.").update(body="A plover.")
        Ticket.objects.filter(id=ticket.id).update(subject="Ration")
        assert subjects(made, contact(made), "quokka", frozen) == []
        assert subjects(made, contact(made), "plover ration", frozen) == ["Ration"]
        assert subjects(made, agent(made), "plover ration wombat", frozen) == ["Ration"]
        assert search.different(made.vendor.id, [ticket.id]) == []
        PublicWords.objects.filter(ticket=ticket).update(words="'other'")
        InternalWords.objects.filter(ticket=ticket).delete()
        assert sorted(which for _, which in search.different(made.vendor.id, [ticket.id])) == [
            "internal",
            "public",
        ]
    mismatches = verify.verify(vendor_id=made.vendor.id, now=frozen).mismatches
    assert [one.what for one in mismatches] == ["words sought (public)", "words sought (internal)"]
    assert search.rebuild_all(vendor_id=made.vendor.id) == 1
    with tenancy.vendor(made.vendor.id):
        assert search.different(made.vendor.id, [ticket.id]) == []


def test_a_very_long_text_is_kept_and_found_by_its_beginning(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        words = " ".join(f"word{n}" for n in range(9_000))
        ticket = write(made, "Long", words, frozen - DAY)
        for n in range(4):
            body = " ".join(f"more{n}x{m}" for m in range(9_000))
            answering.reply(by=contact(made), ticket=ticket, body=body, now=frozen - DAY)
        assert subjects(made, agent(made), "word7", frozen) == ["Long"]


def test_names_are_found_by_any_part_and_without_accents(made: World, frozen: datetime) -> None:
    with tenancy.vendor(made.vendor.id):
        by = agent(made)
        assert [one.name for one in finding.organisations(by, "ferro")] == ["Ferronor"]
        assert [one.name for one in finding.organisations(by, "FABRI tide")] == ["Tidewater Fabrication"]
        # One or two letters find names that begin so.
        assert [one.name for one in finding.organisations(by, "TI")] == ["Tidewater Fabrication"]
        assert finding.organisations(by, "ab") == ()
        assert [one.name for one in finding.contacts(by, "theo lamb")] == ["Théo Lambert"]
        assert [one.name for one in finding.contacts(by, "camille.vasseur@")] == ["Camille Vasseur"]
        for text in ("", " ", "%", "_", "\\", "z\0z", "zzz"):
            assert finding.organisations(by, text) == (), text
            assert finding.contacts(by, text) == (), text
        assert finding.contacts(contact(made), "okafor") == ()
        assert [one.name for one in finding.contacts(contact(made), "vasseur")] == ["Camille Vasseur"]


def test_outside_a_vendor_nothing_is_looked_up(made: World) -> None:
    with (
        pytest.raises(DatabaseError, match=r"palier\.vendor|uuid"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("select * from tickets_found_public('''a''', '''a''', false, 1, 1)")


def test_each_function_reads_the_vendor_from_the_transaction(made: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.proname, p.prosrc, pg_get_function_arguments(p.oid), p.proconfig::text from pg_proc p"
            " where p.prosecdef and (p.proname like 'tickets_found%' or p.proname like 'people_%_like')"
        )
        rows = cursor.fetchall()
    assert len(rows) == 5
    for name, body, arguments, settings in rows:
        assert "current_setting('palier.vendor')::uuid" in body, name
        assert "vendor" not in arguments, name
        assert "search_path" in settings, name
        # What is asked for a customer, and the public words, know nothing of the notes.
        if name != "tickets_found_internal":
            assert "internal" not in body, name
