"""What is done to a file once it is here: the scanner looks at it, then its picture is drawn."""

from __future__ import annotations

from datetime import datetime
from typing import IO, cast
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import File as Content

from palier.files import clamd, listeners, pictures, store
from palier.files.models import File, Picture, State
from palier.people import tenancy

log = structlog.get_logger(__name__)
TOO_LARGE = "larger than the scanner reads"


def check(*, vendor_id: UUID, file_id: UUID, now: datetime) -> None:
    """Scan a file that waits for it, draw the picture of one that is ready, and forget its parts; as often as one likes.

    Raises clamd.NotAnswered when the scanner cannot be asked: the file goes on waiting. Neither scanner nor picture is
    waited for inside a transaction.
    """
    row = File.objects.filter(vendor_id=vendor_id, id=file_id).first()
    if row is None or row.state == State.RECEIVING:
        return
    if row.parts:
        store.remove_parts(row)
        File.objects.filter(vendor_id=vendor_id, id=file_id).update(parts=[])
    if row.state == State.SCANNING:
        row = _scan(row, now)
    if row is not None and row.state == State.READY and row.picture == Picture.WAITING:
        _draw(row)


def _scan(row: File, now: datetime) -> File | None:
    answer = clamd.Answer(clean=True)
    # Where the scanner was taken out of the settings meanwhile, nobody is left to wait for.
    if settings.PALIER_CLAMD:
        with tenancy.outside(), store.opened(store.name_of(row.vendor_id, row.sha256)) as content:
            answer = clamd.scan(_stream(content), settings.PALIER_CLAMD)
    found = _again(row)
    if found is None or found.state != State.SCANNING:
        return found
    found.state = State.READY if answer.clean else State.REFUSED if answer.too_large else State.INFECTED
    found.threat = TOO_LARGE if answer.too_large else answer.found[:200]
    found.checked_at = now
    found.save(update_fields=["state", "threat", "checked_at"])
    if found.state != State.READY:
        log.warning("file parked", file=str(found.id), state=found.state, threat=found.threat)
        listeners.tell(found, now)
    return found


def _draw(row: File) -> None:
    name = store.name_of(row.vendor_id, row.sha256)
    shown: pictures.Shown | None = None
    with tenancy.outside(), store.opened(name) as content:
        try:
            shown = pictures.drawn(_stream(content))
        except pictures.NoPicture as problem:
            log.info("no picture", file=str(row.id), why=str(problem))
    found = _again(row)
    if found is None:
        return
    if shown is None:
        found.picture = Picture.NONE
    else:
        store.lock(row.vendor_id, row.sha256)
        store.keep(store.name_of(row.vendor_id, row.sha256, store.PICTURE), shown.picture)
        store.keep(store.name_of(row.vendor_id, row.sha256, store.THUMBNAIL), shown.thumbnail)
        found.picture, found.width, found.height = Picture.READY, shown.width, shown.height
    found.save(update_fields=["picture", "width", "height"])


def _again(row: File) -> File | None:
    """The row, locked, as it is after something slow; None when it was removed meanwhile."""
    return File.objects.select_for_update(of=("self",)).filter(vendor_id=row.vendor_id, id=row.id).first()


def _stream(content: Content[bytes]) -> IO[bytes]:
    return cast(IO[bytes], content)
