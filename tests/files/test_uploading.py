"""Uploads: interrupted anywhere, damaged, too large, another's, expired; and what is left of them."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st

from palier.files import checking, clamd, store, sweeping, uploading
from palier.files.models import File, Picture, State
from palier.people import access, actions, tenancy
from palier.people.access import Viewer

from . import scanner
from .conftest import NOW
from .pictures_made import image


def sent(person: Viewer, content: bytes, name: str = "log.txt", step: int = 7) -> File:
    row = uploading.begin(by=person, name=name, size=len(content), now=NOW)
    for offset in range(0, len(content), step):
        row = uploading.receive(
            by=person, file_id=row.id, offset=offset, part=content[offset : offset + step], now=NOW
        )
    return row


def kept(folder: Path) -> dict[str, bytes]:
    """Everything in the folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def check(row: File) -> File:
    checking.check(vendor_id=row.vendor_id, file_id=row.id, now=NOW)
    row.refresh_from_db()
    return row


def test_parts_become_a_file_under_its_hash_and_its_vendor(folder: Path, person: Viewer) -> None:
    row = check(sent(person, b"0123456789" * 3))
    digest = hashlib.sha256(b"0123456789" * 3).hexdigest()
    assert (row.sha256, row.media_type, row.state, row.received) == (digest, "text/plain", State.READY, 30)
    assert kept(folder) == {f"{person.vendor_id}/{digest[:2]}/{digest[2:4]}/{digest}": b"0123456789" * 3}
    assert row.parts == []
    assert not list((folder / "receiving" / str(person.vendor_id)).iterdir())
    assert (folder / str(person.vendor_id)).stat().st_mode & 0o077 == 0


def test_an_upload_goes_on_where_it_stopped(folder: Path, person: Viewer) -> None:
    row = uploading.begin(by=person, name="a", size=6, now=NOW)
    row = uploading.receive(by=person, file_id=row.id, offset=0, part=b"abc", now=NOW)
    for wrong in (0, 2, 4, 6):
        with pytest.raises(uploading.WrongOffset) as said:
            uploading.receive(by=person, file_id=row.id, offset=wrong, part=b"def", now=NOW)
        assert said.value.received == 3
    row = uploading.receive(by=person, file_id=row.id, offset=3, part=b"def", now=NOW)
    assert store.read(store.name_of(row.vendor_id, row.sha256)) == b"abcdef"


def test_a_part_whose_transaction_failed_is_written_again(
    folder: Path, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = uploading.begin(by=person, name="a", size=6, now=NOW)

    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(File, "save", fails)
        with pytest.raises(ZeroDivisionError):
            uploading.receive(by=person, file_id=row.id, offset=0, part=b"abcd", now=NOW)
    assert list(kept(folder).values()) == [b"abcd"]
    uploading.receive(by=person, file_id=row.id, offset=0, part=b"xy", now=NOW)
    row = uploading.receive(by=person, file_id=row.id, offset=2, part=b"z123", now=NOW)
    assert store.read(store.name_of(row.vendor_id, row.sha256)) == b"xyz123"


@pytest.mark.parametrize("dies_at", ["announced", "kept", "arrived"])
def test_a_crash_while_completing_loses_nothing_and_an_empty_part_goes_on(
    folder: Path, person: Viewer, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    place = {"announced": "keep_joined", "kept": "keep_joined", "arrived": "lock"}[dies_at]
    real = getattr(store, place)

    def dies(*arguments: Any) -> None:
        if dies_at == "kept":
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, place, dies)
        with pytest.raises(KeyboardInterrupt):
            uploading.receive(by=person, file_id=row.id, offset=0, part=b"abc", now=NOW)
    row.refresh_from_db()
    assert (row.state, row.received) == (State.RECEIVING, 3)
    # Whatever is kept stands in the row, which was committed before.
    for name in kept(folder):
        assert name.startswith("receiving/") or name.endswith(row.sha256)
    row = uploading.receive(by=person, file_id=row.id, offset=3, part=b"", now=NOW)
    assert row.state == State.READY
    assert store.read(store.name_of(row.vendor_id, row.sha256)) == b"abc"


def test_what_was_kept_and_never_completed_is_swept_with_its_row(
    folder: Path, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(uploading, "_arrived", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            uploading.receive(by=person, file_id=row.id, offset=0, part=b"abc", now=NOW)
    assert len(kept(folder)) == 2
    row.refresh_from_db()
    sweeping.abandon(row)
    assert kept(folder) == {}
    assert not File.objects.exists()


def test_a_damaged_file_is_told_and_forgotten(folder: Path, person: Viewer) -> None:
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    with pytest.raises(access.Refused, match="damaged"):
        uploading.receive(
            by=person,
            file_id=row.id,
            offset=0,
            part=b"abc",
            now=NOW,
            sha256=hashlib.sha256(b"abd").hexdigest(),
        )
    assert kept(folder) == {}
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    digest = hashlib.sha256(b"abc").hexdigest().upper()
    assert uploading.receive(
        by=person, file_id=row.id, offset=0, part=b"abc", now=NOW, sha256=digest
    ).state == State.READY  # fmt: skip


def test_bytes_beyond_the_end_are_refused(folder: Path, person: Viewer) -> None:
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    with pytest.raises(access.Refused, match="beyond-its-end"):
        uploading.receive(by=person, file_id=row.id, offset=0, part=b"abcd", now=NOW)
    assert kept(folder) == {}


def test_the_same_content_is_kept_once_a_vendor_and_never_across(folder: Path, person: Viewer) -> None:
    first, second = sent(person, b"the same"), sent(person, b"the same")
    assert first.sha256 == second.sha256
    check(first), check(second)
    assert len(kept(folder)) == 1
    sweeping.abandon(first)
    assert len(kept(folder)) == 1
    sweeping.abandon(second)
    assert kept(folder) == {}


@pytest.mark.django_db(transaction=True)
def test_two_vendors_never_share_bytes(folder: Path) -> None:
    names = []
    for slug in ("acme", "bolt"):
        made = actions.add_vendor(
            slug=slug, name=slug, prefix=slug[:3].upper(), zone="Europe/Paris", address=f"https://{slug}.example/",
            now=NOW,
        )  # fmt: skip
        with tenancy.vendor(made.id):
            user = actions.add_user(vendor_id=made.id, email="a@b.example", name="A", now=NOW)
            row = check(sent(Viewer(vendor_id=made.id, name="A", user_id=user.id), b"the same"))
            names.append(store.name_of(made.id, row.sha256))
    assert len(kept(folder)) == 2
    assert {str(name) for name in kept(folder)} == set(names)


def test_an_upload_belongs_to_one_person(folder: Path, person: Viewer) -> None:
    row = uploading.begin(by=person, name="a", size=3, now=NOW)
    other = actions.add_user(vendor_id=person.vendor_id, email="b@acme.example", name="B", now=NOW)
    stranger = Viewer(vendor_id=person.vendor_id, name="B", user_id=other.id)
    for viewer in (stranger, Viewer.machine(person.vendor_id)):
        with pytest.raises(File.DoesNotExist):
            uploading.receive(by=viewer, file_id=row.id, offset=0, part=b"abc", now=NOW)
        assert uploading.waiting(by=viewer, ids=[row.id], now=NOW) == []
    done = sent(person, b"abc")
    with pytest.raises(access.Refused, match="no-such-file"):
        uploading.claim(by=stranger, ids=[done.id], now=NOW)
    with pytest.raises(access.Refused, match="no-account"):
        uploading.begin(by=Viewer.machine(person.vendor_id), name="a", size=1, now=NOW)


def test_what_cannot_be_claimed(folder: Path, person: Viewer) -> None:
    half = uploading.begin(by=person, name="half", size=3, now=NOW)
    done = sent(person, b"abc")
    with pytest.raises(access.Refused, match="not-arrived"):
        uploading.claim(by=person, ids=[done.id, half.id], now=NOW)
    with pytest.raises(access.Refused, match="no-such-file"):
        uploading.claim(by=person, ids=[done.id], now=NOW + uploading.KEPT_FOR)
    with pytest.raises(access.Refused, match="no-such-file"):
        uploading.claim(by=person, ids=[uuid4()], now=NOW)
    assert [one.id for one in uploading.claim(by=person, ids=[done.id, done.id], now=NOW)] == [done.id]
    with pytest.raises(access.Refused, match="no-such-file"):
        uploading.claim(by=person, ids=[done.id], now=NOW)
    done.refresh_from_db()
    assert done.expires_at is None
    with pytest.raises(ValueError, match="attached"):
        sweeping.abandon(done)


def test_claimed_in_the_order_asked(folder: Path, person: Viewer) -> None:
    ids = [sent(person, bytes([n]) * 3).id for n in range(65, 70)]
    wanted = [ids[n] for n in (3, 0, 4, 1)]
    assert [row.id for row in uploading.claim(by=person, ids=wanted, now=NOW)] == wanted


def test_limits(folder: Path, person: Viewer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PALIER_LARGEST_FILE = 100
    with pytest.raises(access.Refused, match="file-too-large"):
        uploading.begin(by=person, name="a", size=101, now=NOW)
    with pytest.raises(access.Refused, match="empty-file"):
        uploading.begin(by=person, name="a", size=0, now=NOW)
    for _ in range(uploading.WAITING_TIMES_LARGEST):
        uploading.begin(by=person, name="a", size=100, now=NOW)
    with pytest.raises(access.Refused, match="too-much-waiting"):
        uploading.begin(by=person, name="a", size=1, now=NOW)
    tomorrow = NOW + uploading.KEPT_FOR
    uploading.begin(by=person, name="a", size=1, now=tomorrow)
    monkeypatch.setattr(uploading, "BEGUN_AN_HOUR", 1)
    with pytest.raises(access.Refused, match="too-many-files"):
        uploading.begin(by=person, name="a", size=1, now=tomorrow)


def test_no_more_files_wait_than_the_limit(
    folder: Path, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "WAITING_FILES", 2)
    first = sent(person, b"a")
    sent(person, b"b")
    with pytest.raises(access.Refused, match="too-much-waiting"):
        uploading.begin(by=person, name="c", size=1, now=NOW)
    uploading.claim(by=person, ids=[first.id], now=NOW)
    uploading.begin(by=person, name="c", size=1, now=NOW)


def test_the_size_of_a_part_holds_in_one_request(settings: Any) -> None:
    assert uploading.largest_part() == 4 * 1024 * 1024
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536
    assert uploading.largest_part() == 65_536


def test_expired_uploads_are_swept_and_attached_ones_stay(folder: Path, vendor: Any, person: Viewer) -> None:
    half = uploading.begin(by=person, name="half", size=30, now=NOW)
    uploading.receive(by=person, file_id=half.id, offset=0, part=b"abc", now=NOW)
    gone, stays = sent(person, b"gone"), sent(person, b"stays")
    same = sent(person, b"stays")
    uploading.claim(by=person, ids=[stays.id], now=NOW)
    asked: list[UUID] = []

    def ask(_: UUID, file_id: UUID) -> None:
        asked.append(file_id)

    assert sweeping.sweep(now=NOW + timedelta(hours=23), ask_again=ask) == 0
    assert sweeping.sweep(now=NOW + timedelta(hours=24), ask_again=ask) == 3
    assert set(File.objects.values_list("id", flat=True)) == {stays.id}
    assert [name for name in kept(folder) if not name.startswith("receiving")] == [
        store.name_of(vendor.id, stays.sha256)
    ]
    assert {gone.id, same.id, half.id}.isdisjoint(File.objects.values_list("id", flat=True))
    assert asked == []


def test_a_form_brings_a_file_whole(folder: Path, person: Viewer) -> None:
    row = check(
        uploading.take(by=person, name="C:\\photos\\me.png", content=ContentFile(image("PNG")), now=NOW)
    )
    assert (row.name, row.media_type, row.state) == ("me.png", "image/png", State.READY)
    assert (row.picture, row.width, row.height) == (Picture.READY, 40, 30)
    names = [name.rpartition(".")[2] for name in kept(folder) if "." in name]
    assert sorted(names) == ["picture", "thumbnail"]
    sweeping.abandon(row)
    assert kept(folder) == {}


def test_what_calls_itself_a_picture_and_is_none_is_not_shown(folder: Path, person: Viewer) -> None:
    row = check(sent(person, image("PNG")[:50], "a.png", step=50))
    assert (row.media_type, row.picture, row.width) == ("image/png", Picture.NONE, None)
    row = check(sent(person, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", step=50))
    assert (row.media_type, row.picture) == ("image/svg+xml", Picture.NONE)


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dir\\report.pdf", "report.pdf"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("line\r\nbreak.txt", "linebreak.txt"),
        ("  . ", "file"),
        ("", "file"),
        ("é" * 300 + ".docx", "é" * 195 + ".docx"),
        ("x" * 300, "x" * 200),
    ],
)
def test_names(given_: str, name: str) -> None:
    assert uploading.clean_name(given_) == name


@given(st.text())
def test_every_name_is_short_and_can_be_seen(name: str) -> None:
    clean = uploading.clean_name(name)
    assert 0 < len(clean) <= uploading.LONGEST_NAME
    assert not {"/", "\\", "\n", "\0", "\u202e"} & set(clean)


# --- the scanner -------------------------------------------------------------------------------------


def test_nothing_is_ready_before_the_scanner_has_looked(folder: Path, person: Viewer, settings: Any) -> None:
    with scanner.running() as (address, seen):
        settings.PALIER_CLAMD = address
        clean, infected = sent(person, image("PNG"), "a.png", step=500), sent(person, scanner.EICAR, step=500)
        assert (clean.state, infected.state, clean.checked_at) == (State.SCANNING, State.SCANNING, None)
        assert seen == []
        assert (check(clean).state, check(infected).state) == (State.READY, State.INFECTED)
    assert (clean.picture, clean.checked_at) == (Picture.READY, NOW)
    assert infected.threat == "Eicar-Test-Signature"
    with pytest.raises(access.Refused, match="infected"):
        uploading.claim(by=person, ids=[infected.id], now=NOW)


def test_what_the_scanner_does_not_read_is_refused(folder: Path, person: Viewer, settings: Any) -> None:
    with scanner.running(longest=10) as (address, _):
        settings.PALIER_CLAMD = address
        row = check(sent(person, b"a" * 3000, step=3000))
    assert row.state == State.REFUSED
    with pytest.raises(access.Refused, match="not-scanned"):
        uploading.claim(by=person, ids=[row.id], now=NOW)


def test_while_the_scanner_is_away_files_wait_and_are_asked_again(
    folder: Path, person: Viewer, settings: Any
) -> None:
    settings.PALIER_CLAMD = scanner.nobody()
    row = sent(person, b"abc")
    with pytest.raises(clamd.NotAnswered):
        checking.check(vendor_id=row.vendor_id, file_id=row.id, now=NOW)
    row.refresh_from_db()
    assert row.state == State.SCANNING
    uploading.claim(by=person, ids=[row.id], now=NOW)
    asked: list[UUID] = []
    for minutes, expected in ((29, []), (31, [row.id])):
        sweeping.sweep(
            now=NOW + timedelta(minutes=minutes), ask_again=lambda _, file_id: asked.append(file_id)
        )
        assert asked == expected
    settings.PALIER_CLAMD = ""
    assert check(row).state == State.READY


# --- on the disk -------------------------------------------------------------------------------------


def test_a_file_and_its_folders_are_on_the_disk_before_it_has_its_name(
    folder: Path, person: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write, then fsync of the file, then its name, then fsync of the folder: in this order."""
    did: list[str] = []
    fsync, replace, mkdir = os.fsync, Path.replace, Path.mkdir

    def synced(handle: int) -> None:
        path = os.readlink(f"/proc/self/fd/{handle}")
        did.append(f"fsync {'folder' if os.path.isdir(path) else 'file'}")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)

    def renamed(self: Path, to: Path) -> Path:
        did.append("name")
        return replace(self, to)

    def made_folder(self: Path, mode: int = 0o777) -> None:
        did.append("mkdir")
        mkdir(self, mode)

    monkeypatch.setattr(Path, "replace", renamed)
    monkeypatch.setattr(Path, "mkdir", made_folder)
    store.keep("a/b/c", b"content")
    made = did.count("mkdir")
    assert made >= 2
    assert did == ["mkdir", "fsync folder"] * made + ["fsync file", "name", "fsync folder"]


def test_a_write_that_fails_leaves_nothing(folder: Path) -> None:
    class Broken(ContentFile):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None) -> Any:
            yield b"half"
            raise OSError("no space left")

    with pytest.raises(OSError, match="space"):
        store.keep("a/b", Broken(b""))
    assert kept(folder) == {}
    assert not store.there("a/b")
