"""Receiving files: in parts that may be interrupted at any byte, or whole with a form; and giving them to what they belong to.

Nothing is kept under a name that no committed row names: the row says first what will be there, then the bytes are
written, then the row says that they are. Whatever crashes in between is swept with the row (docs/reference/attachments.md).
An upload belongs to the account that began it; it expires a day later unless it is attached.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File as Content
from django.db import connection
from django.db.models import Sum

from palier.files import jobs, sniffing, store, sweeping
from palier.files.models import File, Picture, State
from palier.people import access, tenancy

KEPT_FOR = timedelta(hours=24)
"""How long an upload waits to be attached."""
LARGEST_PART = 4 * 1024 * 1024
WAITING_FILES = 50
"""How many files, and how many times the largest size, one person may have waiting."""
WAITING_TIMES_LARGEST = 10
BEGUN_AN_HOUR = 300
LONGEST_NAME = 200
ATTACHABLE = (State.READY, State.SCANNING)


class WrongOffset(Exception):
    """A part that does not begin where the file ends so far; `received` says where that is."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(f"received so far: {received}")


def largest_part() -> int:
    """The most bytes of one part: four million, or what one request may hold."""
    return min(LARGEST_PART, int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


def largest_file() -> int:
    """The most bytes of one file."""
    return int(settings.PALIER_LARGEST_FILE)


def clean_name(name: str) -> str:
    """The name alone, without folders, without signs that are not seen or that turn the reading direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in last if not unicodedata.category(sign).startswith("C")).strip(" .")
    if len(seen) <= LONGEST_NAME:
        return seen or "file"
    stem, dot, suffix = seen.rpartition(".")
    return (
        f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}"
        if dot and len(suffix) < 12
        else seen[:LONGEST_NAME]
    )


# --- in parts ----------------------------------------------------------------------------------------


def begin(*, by: access.Viewer, name: str, size: int, now: datetime) -> File:
    """Announce a file of so many bytes. Raises Refused for an empty one, one too large, and too many at once."""
    user_id = _user(by)
    _check_size(name, size)
    _check_quota(by, user_id, size, now)
    return File.objects.create(
        vendor_id=by.vendor_id,
        user_id=user_id,
        name=clean_name(name),
        size=size,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )


def own(*, by: access.Viewer, file_id: UUID, now: datetime, locked: bool = False) -> File:
    """A file of the viewer's own that is attached to nothing yet. Raises File.DoesNotExist for any other."""
    if by.user_id is None:
        raise File.DoesNotExist("the machine has no uploads")
    rows = File.objects.select_for_update(of=("self",)) if locked else File.objects.all()
    return rows.get(vendor_id=by.vendor_id, id=file_id, user_id=by.user_id, expires_at__gt=now)


def receive(
    *, by: access.Viewer, file_id: UUID, offset: int, part: bytes, now: datetime, sha256: str = ""
) -> File:
    """Keep the part that begins at `offset`; the last one completes the file. An empty part asks to complete it.

    `sha256` (hexadecimal) is what the sender says of the whole; it is compared when the last part is there. Raises
    WrongOffset, File.DoesNotExist, and Refused for bytes beyond the end and a file that arrived damaged. Not inside a
    further `atomic`: completing commits in between.
    """
    row = own(by=by, file_id=file_id, now=now, locked=True)
    if row.state != State.RECEIVING or offset != row.received:
        raise WrongOffset(row.received)
    if len(part) > largest_part() or row.received + len(part) > row.size:
        raise access.Refused(
            code="beyond-its-end",
            en=f"“{row.name}” holds more than was announced: remove it and add it again.",
            fr=f"« {row.name} » contient plus que ce qui était annoncé : retirez-le et ajoutez-le à nouveau.",
        )
    if part:
        store.keep(store.part_names(row)[-1], part)
        row.parts = [*row.parts, len(part)]
        row.received += len(part)
        row.save(update_fields=["parts", "received"])
    return _complete(row, sha256, now) if row.received == row.size else row


def _complete(row: File, said: str, now: datetime) -> File:
    parts = store.part_names(row)[:-1]
    digest, head = _digest(store.Joined(parts, row.size).chunks())
    if said and said.lower() != digest:
        sweeping.abandon(row)
        raise access.Refused(
            code="damaged",
            en=f"“{row.name}” arrived damaged: add it again.",
            fr=f"« {row.name} » est arrivé endommagé : ajoutez-le à nouveau.",
        )
    _announce(row, digest, head)
    found = File.objects.select_for_update(of=("self",)).get(vendor_id=row.vendor_id, id=row.id)
    if found.state != State.RECEIVING:
        return found
    store.lock(row.vendor_id, digest)
    name = store.name_of(row.vendor_id, digest)
    if not store.there(name):
        store.keep_joined(name, parts, row.size)
    return _arrived(found, now)


def _digest(blocks: Iterable[bytes]) -> tuple[str, bytes]:
    """The SHA-256 of a content, and its first bytes."""
    sum_, head = hashlib.sha256(), b""
    for block in blocks:
        sum_.update(block)
        if len(head) < sniffing.HEAD:
            head += block[: sniffing.HEAD - len(head)]
    return sum_.hexdigest(), head


def _announce(row: File, digest: str, head: bytes) -> None:
    """Commit what will be kept for this row, before it is."""
    row.sha256 = digest
    row.media_type = sniffing.media_type(head, row.name)
    row.save(update_fields=["sha256", "media_type"])
    with tenancy.outside():
        pass


def _arrived(row: File, now: datetime) -> File:
    """The bytes are kept: the file waits for the scanner, or is ready; a job looks at it."""
    row.received = row.size
    row.state = State.SCANNING if settings.PALIER_CLAMD else State.READY
    row.picture = Picture.WAITING if row.media_type in sniffing.RASTER else Picture.NONE
    row.checked_at = None if settings.PALIER_CLAMD else now
    row.save(update_fields=["received", "state", "picture", "checked_at"])
    jobs.check.defer(**tenancy.arguments(vendor_id=row.vendor_id, file_id=row.id))
    return row


# --- whole, with a form ------------------------------------------------------------------------------


def take(*, by: access.Viewer, name: str, content: Content[Any], now: datetime) -> File:
    """Keep a file that came whole with a form. The same refusals as `begin`. Not inside a further `atomic`."""
    row = begin(by=by, name=name, size=content.size, now=now)
    digest, head = _digest(content.chunks())
    _announce(row, digest, head)
    store.lock(row.vendor_id, digest)
    kept = store.name_of(row.vendor_id, digest)
    if not store.there(kept):
        content.seek(0)
        store.keep(kept, content)
    return _arrived(row, now)


# --- what becomes of them ----------------------------------------------------------------------------


def waiting(*, by: access.Viewer, ids: Sequence[UUID], now: datetime) -> list[File]:
    """The viewer's own files among these that are attached to nothing, in this order; others are left out."""
    if not ids or by.user_id is None:
        return []
    found = File.objects.filter(
        vendor_id=by.vendor_id, user_id=by.user_id, id__in=ids, expires_at__gt=now
    ).in_bulk()
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def claim(*, by: access.Viewer, ids: Sequence[UUID], now: datetime) -> list[File]:
    """Take the viewer's own files for what they are attached to, in this order: they expire no more.

    Raises Refused for another's, an expired one, one attached already, one that is not here entirely, and one that the
    scanner parked.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    # By id, so that two that claim the same files wait for each other instead of for both.
    rows = {
        row.id: row
        for row in File.objects.select_for_update(of=("self",))
        .filter(vendor_id=by.vendor_id, user_id=_user(by), id__in=wanted, expires_at__gt=now)
        .order_by("id")
    }
    for id_ in wanted:
        _check_attachable(rows.get(id_))
    File.objects.filter(vendor_id=by.vendor_id, id__in=wanted).update(expires_at=None)
    for row in rows.values():
        row.expires_at = None
    return [rows[id_] for id_ in wanted]


def _check_attachable(row: File | None) -> None:
    if row is None:
        raise access.Refused(
            code="no-such-file",
            en="A file is no longer here: files wait a day to be sent, and are sent once. Add it again.",
            fr="Un fichier n’est plus là : les fichiers attendent un jour et s’envoient une fois. Ajoutez-le à nouveau.",
        )
    if row.state in ATTACHABLE:
        return
    if row.state == State.RECEIVING:
        raise access.Refused(
            code="not-arrived",
            en=f"“{row.name}” has not arrived entirely: wait for it, or remove it.",
            fr=f"« {row.name} » n’est pas arrivé en entier : attendez-le, ou retirez-le.",
        )
    if row.state == State.INFECTED:
        raise access.Refused(
            code="infected",
            en=f"The scanner found {row.threat} in “{row.name}”: remove it. Nothing else was lost.",
            fr=f"L’antivirus a trouvé {row.threat} dans « {row.name} » : retirez-le. Rien d’autre n’est perdu.",
        )
    raise access.Refused(
        code="not-scanned",
        en=f"“{row.name}” is larger than the scanner reads: remove it, and send it in smaller parts.",
        fr=f"« {row.name} » dépasse ce que lit l’antivirus : retirez-le et envoyez-le en plusieurs parties.",
    )


# --- limits ------------------------------------------------------------------------------------------


def _user(by: access.Viewer) -> UUID:
    if by.user_id is None:
        raise access.Refused(
            code="no-account",
            en="Files belong to an account: sign in to add one.",
            fr="Un fichier appartient à un compte : connectez-vous pour en ajouter un.",
        )
    return by.user_id


def too_large(name: str) -> access.Refused:
    """What is said of a file beyond the limit."""
    most = largest_file() // 1_000_000
    return access.Refused(
        code="file-too-large",
        en=f"“{clean_name(name)}” is too large: at most {most} MB each. Compress it, or send it in parts.",
        fr=f"« {clean_name(name)} » est trop grand : {most} Mo au plus chacun. Compressez-le ou envoyez-le en parties.",
    )


def _check_size(name: str, size: int) -> None:
    if size > largest_file():
        raise too_large(name)
    if size <= 0:
        raise access.Refused(
            code="empty-file",
            en=f"“{clean_name(name)}” is empty: choose another.",
            fr=f"« {clean_name(name)} » est vide : choisissez-en un autre.",
        )


def _check_quota(by: access.Viewer, user_id: UUID, size: int, now: datetime) -> None:
    """Bytes and files that wait, and files begun within an hour, of one person: of two at once the second waits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"uploads:{user_id}"])
    mine = File.objects.filter(vendor_id=by.vendor_id, user_id=user_id)
    unsent = mine.filter(expires_at__gt=now)
    held = unsent.aggregate(bytes=Sum("size"))["bytes"] or 0
    if held + size > WAITING_TIMES_LARGEST * largest_file() or unsent.count() >= WAITING_FILES:
        raise access.Refused(
            code="too-much-waiting",
            en="Too many files wait to be sent: send or remove some first.",
            fr="Trop de fichiers attendent d’être envoyés : envoyez-en ou retirez-en d’abord.",
        )
    if mine.filter(created_at__gt=now - timedelta(hours=1)).count() >= BEGUN_AN_HOUR:
        raise access.Refused(
            code="too-many-files",
            en=f"More than {BEGUN_AN_HOUR} files within an hour: pack them into one archive, or go on later.",
            fr=f"Plus de {BEGUN_AN_HOUR} fichiers en une heure : groupez-les en une archive, ou continuez plus tard.",
        )
