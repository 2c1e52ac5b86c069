"""Files over HTTP: sent in parts, fetched by who reads the message, shown only as drawn anew; and on the forms."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from tests.files import scanner
from tests.files.pictures_made import image, photograph
from tests.pages import world
from tests.pages.fixtures import solidxperts as solidxperts
from tests.pages.world import World

from palier.files import checking, store, uploading
from palier.files.models import File, State
from palier.pages import sizes
from palier.pages.speech import Speech
from palier.people import access, tenancy
from palier.people.models import Notice, User
from palier.tickets import answering, attachments, presses
from palier.tickets.models import Attachment, Event, Message, Ticket

HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PART = "application/offset+octet-stream"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty folder in which attachments are kept."""
    options = {"location": tmp_path / "files"}
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "palier.files.storage.Folder", "OPTIONS": options},
    }
    return tmp_path / "files"


class Person:
    """Somebody at Northern with a browser."""

    def __init__(self, made: World, client: Client, user: User) -> None:
        self.made, self.client, self.user = made, client, user
        client.force_login(user)

    def post(self, path: str, sent: dict[str, Any] | None = None) -> Any:
        return self.client.post(f"{self.made.path}/{path}", sent or {})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"{self.made.path}/{path}", headers=headers)

    def announce(self, name: str, size: int) -> Any:
        return self.post("files/", {"name": name, "size": str(size)})

    def part(self, upload: str, offset: int, content: bytes, **headers: str) -> Any:
        return self.client.generic(
            "PATCH", upload, content, content_type=PART, headers={"Upload-Offset": str(offset), **headers}
        )

    def send(self, name: str, content: bytes) -> UUID:
        state = self.announce(name, len(content)).json()
        answer = self.part(state["upload"], 0, content)
        assert answer.status_code == 200, answer.content
        return UUID(state["id"])


@pytest.fixture
def customer(northern: World, client: Client) -> Person:
    return Person(northern, client, northern.customers["Ferronor"].user)


def another(made: World, user: User) -> Person:
    from django.test import Client as Plain

    from palier.site import middleware

    browser = Plain()
    with tenancy.vendor(user.vendor_id):
        browser.force_login(user)
        session = browser.session
        session[middleware.SESSION_VENDOR] = str(user.vendor_id)
        session.save()
    found = Person.__new__(Person)
    found.made, found.client, found.user = made, browser, user
    return found


def checked(made: World, file_id: UUID, now: datetime) -> File:
    with tenancy.vendor(made.vendor.id):
        checking.check(vendor_id=made.vendor.id, file_id=file_id, now=now)
        return File.objects.get(id=file_id)


def content(answer: Any) -> bytes:
    return bytes(answer.getvalue())


def reply(
    made: World, body: str, *files: UUID, by: access.Viewer, now: datetime, name: str = "answered"
) -> None:
    with tenancy.vendor(made.vendor.id):
        answering.reply(by=by, ticket=made.tickets[name], body=body, now=now, files=files)


def mine(made: World) -> access.Viewer:
    with tenancy.vendor(made.vendor.id):
        return access.Viewer.customer(made.customers["Ferronor"].contact)


def desk(made: World) -> access.Viewer:
    with tenancy.vendor(made.vendor.id):
        return access.Viewer.staff(made.agent)


def sent_by_staff(made: World, name: str, bytes_: bytes, now: datetime) -> UUID:
    with tenancy.vendor(made.vendor.id):
        row = uploading.take(
            by=access.Viewer.staff(made.agent), name=name, content=ContentFile(bytes_), now=now
        )
    return checked(made, row.id, now).id


# --- the protocol ------------------------------------------------------------------------------------


def test_a_file_is_sent_in_parts_and_goes_on_after_an_interruption(customer: Person, settings: Any) -> None:
    answer = customer.announce("log.txt", 10)
    state = answer.json()
    assert (answer.status_code, answer["Location"], state["received"]) == (201, state["upload"], 0)
    first = customer.part(state["upload"], 0, b"0123")
    assert (first.status_code, first["Upload-Offset"]) == (200, "4")
    # A part that went out twice: the client is told where the file ends.
    again = customer.part(state["upload"], 0, b"0123")
    assert (again.status_code, again["Upload-Offset"]) == (409, "4")
    asked = customer.client.head(state["upload"])
    assert (asked.status_code, asked["Upload-Offset"], asked["Cache-Control"]) == (200, "4", "no-store")
    last = customer.part(state["upload"], 4, b"456789")
    assert (last.status_code, last.json()["here"], last["Upload-Offset"]) == (200, True, "10")
    with tenancy.vendor(customer.made.vendor.id):
        row = File.objects.get(id=state["id"])
        assert store.read(store.name_of(row.vendor_id, row.sha256)) == b"0123456789"


def test_the_hash_is_compared_at_the_end(customer: Person) -> None:
    def header(of: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(of).digest()).decode()}:"

    state = customer.announce("a", 3).json()
    answer = customer.part(state["upload"], 0, b"abc", **{"Repr-Digest": header(b"abd")})
    assert answer.status_code == 422
    assert "damaged" in answer.json()["said"]
    assert customer.client.head(state["upload"]).status_code == 404
    state = customer.announce("a", 3).json()
    assert customer.part(state["upload"], 0, b"abc", **{"Repr-Digest": header(b"abc")}).json()["here"]


@pytest.mark.parametrize(
    "headers", [{}, {"Upload-Offset": "-1"}, {"Upload-Offset": "x"}, {"Upload-Offset": "9" * 20}]
)
def test_what_cannot_be_read_is_kept_nowhere(customer: Person, headers: dict[str, str], folder: Path) -> None:
    state = customer.announce("a", 3).json()
    answer = customer.client.generic("PATCH", state["upload"], b"abc", content_type=PART, headers=headers)
    assert answer.status_code == 400
    answer = customer.client.generic(
        "PATCH", state["upload"], b"abc", content_type="text/plain", headers={"Upload-Offset": "0"}
    )
    assert answer.status_code == 400
    # Less arrived than was announced: the connection broke.
    broken: Any = {"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"ab")}
    answer = customer.client.generic(
        "PATCH", state["upload"], b"", content_type=PART, headers={"Upload-Offset": "0"}, **broken
    )
    assert answer.status_code == 400
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_limits_are_said_in_the_readers_language(customer: Person, settings: Any) -> None:
    settings.PALIER_LARGEST_FILE = 1_000_000
    answer = customer.announce("big.iso", 1_000_001)
    assert answer.status_code == 422
    assert (
        answer.json()["said"]
        == "“big.iso” is too large: at most 1 MB each. Compress it, or send it in parts."
    )
    with tenancy.vendor(customer.made.vendor.id):
        User.objects.filter(id=customer.user.id).update(language="fr")
    said = customer.announce("big.iso", 1_000_001).json()["said"]
    assert "trop grand" in said
    assert "«\u00a0big.iso\u00a0»" in said
    for size in ("", "x", "0", "9" * 20):
        assert customer.post("files/", {"name": "a", "size": size}).status_code == 422


def test_an_upload_is_its_senders_alone(customer: Person) -> None:
    state = customer.announce("a", 3).json()
    made = customer.made
    for user in (made.agent_user, made.customers["Ferronor"].colleague_user):
        other = another(made, user)
        assert other.client.head(state["upload"]).status_code == 404
        assert other.part(state["upload"], 0, b"abc").status_code == 404
        assert other.client.delete(state["upload"]).status_code == 404
    assert customer.client.delete(state["upload"]).status_code == 204
    assert customer.client.head(state["upload"]).status_code == 404


def test_nobody_sends_without_a_token(customer: Person) -> None:
    state = customer.announce("a", 3).json()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = customer.client.cookies
    for method, url in (
        ("POST", f"{customer.made.path}/files/"),
        ("PATCH", state["upload"]),
        ("DELETE", state["upload"]),
    ):
        assert strict.generic(method, url, b"", headers={"Upload-Offset": "0"}).status_code == 403


# --- fetching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bytes_", "media_type"),
    [
        ("page.html", HTML, "application/octet-stream"),
        ("logo.svg", SVG, "application/octet-stream"),
        ("photo.png", HTML, "application/octet-stream"),
        ("notes.txt", b"plain", "text/plain"),
        ("paper.pdf", b"%PDF-1.7\n\xe2\xe3", "application/pdf"),
        ("photo.png", image("PNG"), "image/png"),
    ],
)
def test_whatever_it_is_it_is_a_download_in_which_nothing_runs(
    customer: Person, name: str, bytes_: bytes, media_type: str, frozen: datetime
) -> None:
    file_id = customer.send(name, bytes_)
    reply(customer.made, "Here", file_id, by=mine(customer.made), now=frozen)
    answer = customer.get(f"files/{file_id}")
    assert (answer.status_code, content(answer)) == (200, bytes_)
    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Length"] == str(len(bytes_))
    head = customer.client.head(f"{customer.made.path}/files/{file_id}")
    assert (head["Content-Length"], head["Content-Disposition"]) == (
        answer["Content-Length"],
        answer["Content-Disposition"],
    )


def test_a_name_in_any_script_goes_with_the_download(customer: Person) -> None:
    file_id = customer.send('état "n° 4".txt', b"x")
    header = customer.get(f"files/{file_id}")["Content-Disposition"]
    assert header == "attachment; filename*=utf-8''%C3%A9tat%20%22n%C2%B0%204%22.txt"


def test_only_raster_images_are_shown_and_only_as_drawn_anew(customer: Person, frozen: datetime) -> None:
    file_id = customer.send("photo.jpg", photograph())
    assert customer.get(f"files/{file_id}/picture").status_code == 404
    checked(customer.made, file_id, frozen)
    for which in ("picture", "thumbnail"):
        answer = customer.get(f"files/{file_id}/{which}")
        drawn = Image.open(io.BytesIO(answer.content))
        assert (drawn.format, drawn.size, len(drawn.getexif())) == ("WEBP", (30, 40), 0)
        assert b"Maker" not in answer.content
        assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/webp", "inline")
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"
        again = customer.get(f"files/{file_id}/{which}", **{"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    for name, bytes_ in (("a.svg", SVG), ("a.png", SVG), ("a.png", HTML), ("a.png", image("PNG")[:50])):
        other = customer.send(name, bytes_)
        checked(customer.made, other, frozen)
        for which in ("picture", "thumbnail"):
            assert customer.get(f"files/{other}/{which}").status_code == 404


def test_who_reads_the_message_fetches_its_files_and_nobody_else(customer: Person, frozen: datetime) -> None:
    made = customer.made
    file_id = customer.send("drawing.png", image("PNG"))
    checked(made, file_id, frozen)
    agent = another(made, made.agent_user)
    # Before it is sent it is the sender's.
    assert agent.get(f"files/{file_id}").status_code == 404
    reply(made, "Here", file_id, by=mine(made), now=frozen)
    ferronor, tidewater = made.customers["Ferronor"], made.customers["Tidewater Fabrication"]
    paths = (f"files/{file_id}", f"files/{file_id}/picture", f"files/{file_id}/thumbnail")
    for path in paths:
        assert customer.get(path).status_code == 200
        assert agent.get(path).status_code == 200
        assert another(made, ferronor.colleague_user).get(path).status_code == 200
        assert another(made, tidewater.user).get(path).status_code == 404
    with tenancy.vendor(made.vendor.id):
        ferronor.colleague.sees_colleagues = False
        ferronor.colleague.save()
    for path in paths:
        assert another(made, ferronor.colleague_user).get(path).status_code == 404
    # Another's and a missing one give the same answer.
    one, two = (another(made, tidewater.user).get(f"files/{id_}").content for id_ in (file_id, uuid4()))
    assert one.replace(str(file_id).encode(), b"") == two.replace(str(file_id).encode(), b"") or len(
        one
    ) == len(two)
    # An upload that was attached is no upload any more.
    assert customer.client.head(f"{made.path}/files/{file_id}/upload").status_code == 404
    assert customer.client.delete(f"{made.path}/files/{file_id}/upload").status_code == 404


def test_another_vendor_finds_nothing(
    customer: Person, solidxperts: World, client: Client, frozen: datetime
) -> None:
    made = customer.made
    file_id = customer.send("drawing.png", image("PNG"))
    checked(made, file_id, frozen)
    reply(made, "Here", file_id, by=mine(made), now=frozen)
    for user in (solidxperts.manager_user, next(iter(solidxperts.customers.values())).user):
        stranger = another(solidxperts, user)
        for path in (f"files/{file_id}", f"files/{file_id}/picture", f"files/{file_id}/upload"):
            assert stranger.get(path).status_code == 404
            assert client.__class__().get(f"{made.path}/{path}").status_code == 302


def test_a_notes_file_is_the_vendors(customer: Person, frozen: datetime) -> None:
    made = customer.made
    file_id = sent_by_staff(made, "lab.png", image("PNG"), frozen)
    with tenancy.vendor(made.vendor.id):
        answering.add_note(
            by=desk(made), ticket=made.tickets["answered"], body="In the lab", now=frozen, files=[file_id]
        )
    agent = another(made, made.agent_user)
    for path in (f"files/{file_id}", f"files/{file_id}/picture", f"files/{file_id}/thumbnail"):
        assert customer.get(path).status_code == 404
        assert agent.get(path).status_code == 200
    number = f"NOR-{made.tickets['answered'].number}"
    assert "lab.png" not in customer.get(f"requests/{number}").content.decode()
    assert "lab.png" in agent.get(f"desk/tickets/{number}").content.decode()


def test_an_answers_file_is_the_customers_only_once_it_cannot_be_taken_back(
    customer: Person, frozen: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    made = customer.made
    kept, withdrawn = (
        sent_by_staff(made, name, name.encode(), frozen) for name in ("kept.txt", "withdrawn.txt")
    )
    for file_id in (kept, withdrawn):
        reply(made, "See this", file_id, by=desk(made), now=frozen)
    assert customer.get(f"files/{kept}").status_code == 404
    with tenancy.vendor(made.vendor.id):
        message = Message.objects.get(attachments__file_id=withdrawn)
        answering.undo(by=desk(made), ticket=made.tickets["answered"], message=message.id, now=frozen)
    later = frozen + presses.SEND_DELAY + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert customer.get(f"files/{kept}").status_code == 200
    assert customer.get(f"files/{withdrawn}").status_code == 404


def test_a_look_at_a_restricted_customers_file_is_recorded(customer: Person, frozen: datetime) -> None:
    from palier.people.models import Clearance, Look, Organisation

    made = customer.made
    file_id = customer.send("secret.txt", b"secret")
    reply(made, "Here", file_id, by=mine(made), now=frozen)
    with tenancy.vendor(made.vendor.id):
        organisation = made.customers["Ferronor"].organisation
        Organisation.objects.filter(id=organisation.id).update(restricted=True)
    manager = another(made, made.manager_user)
    assert manager.get(f"files/{file_id}").status_code == 404
    with tenancy.vendor(made.vendor.id):
        Clearance.objects.create(
            vendor_id=made.vendor.id, staff=made.manager, organisation=organisation, granted_at=frozen
        )
    assert manager.get(f"files/{file_id}").status_code == 200
    with tenancy.vendor(made.vendor.id):
        assert Look.objects.filter(staff=made.manager, subject_id=organisation.id).count() == 1


# --- the scanner -------------------------------------------------------------------------------------


def test_nobody_fetches_before_the_scanner_has_looked_and_a_parked_one_is_told(
    customer: Person, frozen: datetime, settings: Any
) -> None:
    made = customer.made
    number = f"NOR-{made.tickets['answered'].number}"
    agent = another(made, made.agent_user)
    with scanner.running() as (address, _):
        settings.PALIER_CLAMD = address
        clean, infected = customer.send("clean.txt", b"clean"), customer.send("bad.txt", scanner.EICAR)
        reply(made, "Two files", clean, infected, by=mine(made), now=frozen)
        for file_id in (clean, infected):
            assert customer.get(f"files/{file_id}").status_code == 404
            assert agent.get(f"files/{file_id}").status_code == 404
        assert "being checked for viruses" in customer.get(f"requests/{number}").content.decode()
        assert checked(made, clean, frozen).state == State.READY
        assert checked(made, infected, frozen).state == State.INFECTED
    assert customer.get(f"files/{clean}").status_code == 200
    assert customer.get(f"files/{infected}").status_code == 404
    for page in (customer.get(f"requests/{number}"), agent.get(f"desk/tickets/{number}")):
        text = page.content.decode()
        assert "the scanner found Eicar-Test-Signature in it" in text
        assert f"/files/{infected}" not in text
        assert f"/files/{clean}" in text
    with tenancy.vendor(made.vendor.id):
        told = Notice.objects.filter(kind="file-parked")
        assert {one.staff_id for one in told} == {None, made.agent.id}
        assert {one.contact_id for one in told} == {None, made.customers["Ferronor"].contact.id}
    assert "The scanner parked a file" in customer.get("notices/").content.decode()


def test_a_parked_file_of_a_note_is_not_told_to_the_customer(
    customer: Person, frozen: datetime, settings: Any
) -> None:
    made = customer.made
    with scanner.running() as (address, _):
        settings.PALIER_CLAMD = address
        with tenancy.vendor(made.vendor.id):
            row = uploading.take(
                by=desk(made), name="bad.txt", content=ContentFile(scanner.EICAR), now=frozen
            )
            answering.add_note(
                by=desk(made), ticket=made.tickets["answered"], body="?", now=frozen, files=[row.id]
            )
        checked(made, row.id, frozen)
    number = f"NOR-{made.tickets['answered'].number}"
    assert "Eicar" not in customer.get(f"requests/{number}").content.decode()
    assert "Eicar" in another(made, made.agent_user).get(f"desk/tickets/{number}").content.decode()


# --- the forms ---------------------------------------------------------------------------------------


def test_a_reply_without_a_script_brings_its_files(customer: Person, frozen: datetime) -> None:
    made = customer.made
    number = f"NOR-{made.tickets['answered'].number}"
    page = customer.get(f"requests/{number}").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" name="files" multiple' in page
    answer = customer.post(
        f"requests/{number}/reply",
        {
            "body": "Two files",
            "files": [SimpleUploadedFile("one.png", image("PNG")), SimpleUploadedFile("two.txt", b"2")],
        },
    )
    assert answer.status_code == 302
    with tenancy.vendor(made.vendor.id):
        hung = list(Attachment.objects.order_by("position").select_related("file", "message"))
        assert [one.file.name for one in hung] == ["one.png", "two.txt"]
        assert {one.message.body for one in hung} == {"Two files"}
        assert all(one.file.expires_at is None for one in hung)
        ids = [one.file_id for one in hung]
    checked(made, ids[0], frozen)
    page = customer.get(f"requests/{number}").content.decode()
    assert f'<a href="{made.path}/files/{ids[1]}" download>' in page
    assert f'src="{made.path}/files/{ids[0]}/thumbnail" alt="Picture: one.png" width="40" height="30"' in page
    assert "1\u00a0bytes" in page


def test_a_file_alone_is_a_message(customer: Person) -> None:
    made = customer.made
    number = f"NOR-{made.tickets['answered'].number}"
    file_id = customer.send("photo.png", image("PNG"))
    assert customer.post(f"requests/{number}/reply", {"body": "", "file": str(file_id)}).status_code == 302
    assert customer.post(f"requests/{number}/reply", {"body": " "}).status_code == 422


def test_a_refused_form_keeps_its_files(customer: Person, settings: Any) -> None:
    made = customer.made
    number = f"NOR-{made.tickets['answered'].number}"
    settings.PALIER_LARGEST_FILE = 1000
    answer = customer.post(
        f"requests/{number}/reply",
        {
            "body": "x",
            "files": [SimpleUploadedFile("small.txt", b"s"), SimpleUploadedFile("big.txt", b"b" * 1001)],
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“big.txt” is too large" in page
    with tenancy.vendor(made.vendor.id):
        (kept,) = File.objects.all()
        assert not Attachment.objects.exists()
    assert f'name="file" value="{kept.id}" checked' in page
    sent = customer.post(f"requests/{number}/reply", {"body": "x", "file": str(kept.id)})
    assert sent.status_code == 302
    # The same ids sent again are told, and nothing hangs twice.
    assert customer.post(f"requests/{number}/reply", {"body": "y", "file": str(kept.id)}).status_code == 422
    with tenancy.vendor(made.vendor.id):
        assert Attachment.objects.count() == 1


def test_a_new_request_takes_files_and_a_second_click_makes_no_second(customer: Person) -> None:
    made = customer.made
    before = customer.send("before.txt", b"before")
    draft = world.draft()
    form = {
        "kind": draft.kind, "subject": "With files", "body": draft.body, "effect": draft.effect,
        "environment": draft.environment, **{f"field-{name}": text for name, text in draft.fields.items()},
        "file": str(before), "do": "send",
    }  # fmt: skip
    shown = customer.post("requests/new", {**form, "do": "show"})
    assert shown.status_code == 200
    assert f'value="{before}" checked' in shown.content.decode()
    looked = customer.post(
        "requests/look-first", {**form, "files": SimpleUploadedFile("looked.txt", b"looked")}
    )
    assert "looked.txt" in looked.content.decode()
    sent = customer.post("requests/new", {**form, "files": SimpleUploadedFile("with.txt", b"with")})
    assert sent.status_code == 302, sent.content.decode()
    assert customer.post("requests/new", form)["Location"] == sent["Location"]
    with tenancy.vendor(made.vendor.id):
        ticket = Ticket.objects.get(subject="With files")
        names = (
            Attachment.objects.filter(message__ticket=ticket)
            .order_by("position")
            .values_list("file__name", flat=True)
        )
        assert list(names) == ["before.txt", "with.txt"]


def test_too_late_to_reopen_the_files_go_to_the_new_request(customer: Person, frozen: datetime) -> None:
    made = customer.made
    with tenancy.vendor(made.vendor.id):
        from palier.tickets import reopening

        ticket = reopening.resolve(by=desk(made), ticket=made.tickets["answered"], now=frozen, message="Done")
        later = frozen + timedelta(days=400)
        row = uploading.take(by=mine(made), name="again.txt", content=ContentFile(b"again"), now=later)
        new = answering.reply(by=mine(made), ticket=ticket, body="Again", now=later, files=[row.id])
        assert new.id != ticket.id
        assert Attachment.objects.get().message.ticket_id == new.id


def test_the_desk_sends_files_with_answers_and_notes(customer: Person, frozen: datetime) -> None:
    made = customer.made
    agent = another(made, made.agent_user)
    number = f"NOR-{made.tickets['answered'].number}"
    for to, name in (("customer", "patch.zip"), ("note", "lab.txt")):
        answer = agent.post(
            f"desk/tickets/{number}/reply",
            {"to": to, "body": f"For {to}", "then": "keep", "files": SimpleUploadedFile(name, b"x")},
        )
        assert answer.status_code == 302, answer.content.decode()[:2000]
    with tenancy.vendor(made.vendor.id):
        assert set(Attachment.objects.values_list("file__name", "message__public")) == {
            ("patch.zip", True),
            ("lab.txt", False),
        }


def test_files_of_strangers_are_kept_nowhere(northern: World, client: Client, folder: Path) -> None:
    sent = {"login": "a@b.example", "password": "x", "files": SimpleUploadedFile("a.txt", b"a" * 100)}
    answer = client.post(f"{northern.path}/accounts/login/", sent)
    assert answer.status_code in (200, 302)
    assert answer.wsgi_request.FILES == {}
    assert not folder.exists()


def test_more_files_than_a_message_holds(
    customer: Person, frozen: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MOST", 1)
    made = customer.made
    ids = [str(customer.send(name, b"x")) for name in ("a", "b")]
    number = f"NOR-{made.tickets['answered'].number}"
    answer = customer.post(f"requests/{number}/reply", {"body": "x", "file": ids})
    assert answer.status_code == 422
    assert "At most 1 files" in answer.content.decode()
    with tenancy.vendor(made.vendor.id):
        assert not Event.objects.filter(recorded_at=frozen, kind="customer-wrote").exists()


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 bytes", "0 octets"),
        (999, "999 bytes", "999 octets"),
        (1000, "1 kB", "1 ko"),
        (12_400, "12 kB", "12 ko"),
        (999_600, "1 MB", "1 Mo"),
        (1_250_000, "1.2 MB", "1,2 Mo"),
        (100_000_000, "100 MB", "100 Mo"),
        (4_000_000_000, "4 GB", "4 Go"),
    ],
)
def test_sizes_in_the_readers_units(count: int, english: str, french: str) -> None:
    for language, locale, expected in (("en", "en", english), ("fr", "fr-FR", french)):
        speech = Speech(language=language, locale=locale, zone="UTC", programme=None)
        assert sizes.size(count, speech) == expected.replace(" ", "\u00a0")
