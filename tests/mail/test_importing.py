"""Messages of files: every shape there is, none twice, history dated by itself."""

from __future__ import annotations

import io
import mailbox
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from palier.cli.terminal import Terminal
from palier.mail import importing, sources
from palier.mail.models import Incoming, MailAddress, Source
from palier.people import tenancy
from palier.people.models import Vendor
from palier.site import mail_commands
from palier.site.refusals import Refused

NOW = datetime(2026, 7, 9, 12, 0, tzinfo=UTC)
BEFORE = datetime(2025, 3, 4, 9, 0, tzinfo=UTC)


def mail(number: int, *more: str) -> bytes:
    top = "".join(f"{line}\n" for line in (*more, "From: a@b.example", "To: Help <help@acme.example>"))
    return f"{top}Message-ID: <{number}@b.example>\nSubject: {number}\n\nHello {number}\n".encode()


def bring(path: Path, vendor: Vendor | None, *, history: bool = False) -> importing.Counts:
    seen: list[int] = []
    counts = importing.bring_in(
        path=path,
        vendor_id=vendor.id if vendor else None,
        history=history,
        clock=lambda: NOW,
        progress=lambda so_far: seen.append(so_far.seen),
    )
    assert seen == list(range(1, counts.seen + 1))
    return counts


def numbers(counts: importing.Counts) -> tuple[int, int, int]:
    return counts.new, counts.known, counts.refused


def rows(vendor: Vendor) -> list[Incoming]:
    with tenancy.vendor(vendor.id):
        return list(Incoming.objects.filter(vendor_id=vendor.id).order_by("mail_id"))


def an_eml(folder: Path, messages: Sequence[bytes]) -> Path:
    for number, one in enumerate(messages):
        (folder / f"{number}.eml").write_bytes(one)
    return folder


def an_mbox(folder: Path, messages: Sequence[bytes]) -> Path:
    (folder / "old.mbox").write_bytes(
        b"".join(b"From a@b Thu Jul  9 12:00:00 2026\n" + one + b"\n" for one in messages)
    )
    return folder / "old.mbox"


def a_maildir(folder: Path, messages: Sequence[bytes]) -> Path:
    box = mailbox.Maildir(folder / "Maildir")
    for one in messages[:1]:
        box.add(one)
    archive = box.add_folder("Archive")
    for one in messages[1:]:
        archive.add(one)
    return folder / "Maildir"


@pytest.mark.parametrize("shape", [an_eml, an_mbox, a_maildir])
def test_every_shape_once(vendor: Vendor, tmp_path: Path, shape: Any) -> None:
    path = shape(tmp_path, [mail(1), mail(2), mail(3)])
    assert numbers(bring(path, vendor)) == (3, 0, 0)
    assert numbers(bring(path, vendor)) == (0, 3, 0)
    found = rows(vendor)
    assert [one.mail_id for one in found] == [f"<{n}@b.example>" for n in (1, 2, 3)]
    assert {(one.reached_at, one.history, *one.recipients) for one in found} == {
        (NOW, False, "help@acme.example")
    }


def test_the_same_message_by_two_shapes_is_one(vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert numbers(bring(an_eml(tmp_path / "a", [mail(1).replace(b"\n", b"\r\n")]), vendor)) == (1, 0, 0)
    assert numbers(bring(an_mbox(tmp_path, [mail(1, "Status: RO", "X-UID: 7")]), vendor)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("more", "at"),
    [
        (["Received: by mx; Tue, 4 Mar 2025 10:00:00 +0100", "Date: Mon, 3 Mar 2025 10:00:00 +0000"], BEFORE),
        (["Date: Tue, 4 Mar 2025 09:00:00 +0000"], BEFORE),
        (["Date: Tue, 4 Mar 2099 09:00:00 +0000"], datetime(2026, 1, 2, tzinfo=UTC)),
        (["Date: long ago"], datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_history_is_dated_by_itself(vendor: Vendor, tmp_path: Path, more: list[str], at: datetime) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(mail(1, *more))
    changed = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    bring(path, vendor, history=True)
    (row,) = rows(vendor)
    assert (row.history, row.reached_at, row.recorded_at) == (True, at, NOW)


def test_without_a_vendor_by_the_addresses_named(vendor: Vendor, tmp_path: Path) -> None:
    with tenancy.vendor(vendor.id):
        MailAddress.objects.create(vendor=vendor, address="help@acme.example")
    messages = [mail(1), mail(2).replace(b"help@acme", b"nobody@acme"), b"\n\n"]
    counts = bring(an_eml(tmp_path, messages), None)
    assert numbers(counts) == (1, 0, 2)
    assert "--vendor" in counts.refusals[0].en
    assert [one.mail_id for one in rows(vendor)] == ["<1@b.example>"]


def test_through_the_vendors_own_source_for_files(vendor: Vendor, tmp_path: Path) -> None:
    with tenancy.vendor(vendor.id):
        made = Source.objects.create(vendor=vendor, kind="import", name="Archive", created_at=NOW)
    bring(an_eml(tmp_path, [mail(1)]), vendor)
    assert rows(vendor)[0].source_id == made.id


def test_too_large_is_refused_and_the_rest_is_taken(vendor: Vendor, tmp_path: Path, settings: Any) -> None:
    settings.PALIER_LARGEST_MAIL = 300
    counts = bring(an_eml(tmp_path, [mail(1), mail(2) + b"x" * 300, mail(3)]), vendor)
    assert numbers(counts) == (2, 0, 1)
    assert counts.refusals[0].where.endswith("1.eml")


@pytest.mark.parametrize("name", ["notes.txt", "old.mbox", "empty"])
def test_what_is_no_mail(vendor: Vendor, tmp_path: Path, name: str) -> None:
    if name == "empty":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text("Some notes")
    with pytest.raises(importing.NotMail, match=name):
        bring(tmp_path / name, vendor)


@pytest.mark.django_db(transaction=True)
def test_the_command(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_commands, "EVERY", 2)
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(lang="en", out=out, err=err)

    def run(path: Path, named: str | None) -> int:
        return mail_commands.bring_in(
            path=path, vendor=named, history=True, tell=terminal.tell, complain=terminal.complain
        )

    path = an_eml(tmp_path, [mail(1), mail(2), b"\n"])
    with pytest.raises(Refused, match="there is no vendor 'nobody'; known: acme"):
        run(path, "nobody")
    with pytest.raises(Refused, match="there is no"):
        run(tmp_path / "nowhere", "acme")
    assert run(path, "acme") == 1
    assert out.getvalue() == "2 messages …\n2 messages taken in, 0 known already, 1 refused\n"
    assert "2.eml: this message is empty" in err.getvalue()
    assert run(tmp_path / "0.eml", "acme") == 0
    assert all(one.history for one in rows(vendor))


def test_instants_of_headers() -> None:
    assert sources.instant("Tue, 4 Mar 2025 10:00:00 +0100") == BEFORE
    assert sources.instant("Tue, 4 Mar 2025 09:00:00 -0000") == BEFORE
    assert sources.instant("Fri, 31 Dec 9999 23:59:59 -1200") is None
