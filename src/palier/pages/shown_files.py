"""The files of a message as a page shows them: name, size in the reader's units, a picture where we drew one, and the state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from palier.files.models import File, State
from palier.pages import sizes
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.tickets.attachments import FileShown

THUMBNAIL = 480
"""The longest side of a thumbnail, in its own pixels (palier.files.pictures)."""
SHOWN_SIDE = 240
"""The longest side at which it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file. `url` is empty where it cannot be fetched, and `said` tells why; `picture` is empty without one."""

    id: str
    name: str
    size: str
    url: str
    said: str
    bad: bool
    picture: str
    thumbnail: str
    alt: str
    width: int
    height: int


def told(files: Iterable[FileShown], speech: Speech) -> tuple[FileView, ...]:
    """Files of a message."""
    return tuple(
        _view(
            id_=str(one.id),
            name=one.name,
            size=one.size,
            state=one.state,
            threat=one.threat,
            drawn=(one.width, one.height),
            speech=speech,
        )
        for one in files
    )


def of_row(row: File, speech: Speech) -> FileView:
    """A file that waits to be sent, for who added it."""
    drawn = (row.width, row.height) if row.picture == "ready" else (None, None)
    return _view(
        id_=str(row.id),
        name=row.name,
        size=row.size,
        state=row.state,
        threat=row.threat,
        drawn=drawn,
        speech=speech,
    )


def _view(
    *,
    id_: str,
    name: str,
    size: int,
    state: str,
    threat: str,
    drawn: tuple[int | None, int | None],
    speech: Speech,
) -> FileView:
    ready = state == State.READY
    width, height = drawn
    shown = ready and width is not None and height is not None
    across, down = _within(width or 1, height or 1) if shown else (0, 0)
    return FileView(
        id=id_,
        name=name,
        size=sizes.size(size, speech),
        url=reverse("files:file", args=[id_]) if ready else "",
        said=state_words(state, threat),
        bad=state in (State.INFECTED, State.REFUSED),
        picture=reverse("files:picture", args=[id_]) if shown else "",
        thumbnail=reverse("files:thumbnail", args=[id_]) if shown else "",
        alt=_("Picture: %(name)s") % {"name": name} if shown else "",
        width=across,
        height=down,
    )


def _within(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture is shown: its place is kept before it is there."""
    longest = max(width, height)
    if longest <= SHOWN_SIDE:
        return width, height
    return max(1, round(width * SHOWN_SIDE / longest)), max(1, round(height * SHOWN_SIDE / longest))


def state_words(state: str, threat: str) -> str:
    """What is said of a file that cannot be fetched; nothing of one that can."""
    if state == State.RECEIVING:
        return _("not here entirely yet")
    if state == State.SCANNING:
        return _("being checked for viruses; it can be fetched afterwards")
    if state == State.INFECTED:
        return _("parked: the scanner found %(what)s in it, and nobody can fetch it") % {"what": threat}
    if state == State.REFUSED:
        return _("parked: it is larger than the scanner reads, and nobody can fetch it")
    return ""
