"""Files on a form: those that were sent with it, those that are here already, and what the script needs to send more.

A form that takes files has `enctype="multipart/form-data"` and `{% attach %}` in it. Without JavaScript its files come
along when it is sent; with it they are here before, as ids in hidden fields of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from palier.files import parts, uploading
from palier.pages import kept, shown_files, sizes
from palier.pages import speech as speeches
from palier.pages.shown_files import FileView
from palier.people.access import Viewer

IDS, FILES = "file", "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """What a form shows: files that wait to be sent with it, and the limits. Sizes in bytes."""

    url: str
    part: int
    largest: int
    largest_words: str
    waiting: tuple[FileView, ...]

    @property
    def nonce(self) -> str:
        """Stands for the page's nonce."""
        return kept.hole("nonce")


def view(request: HttpRequest, viewer: Viewer, drafted: Sequence[UUID] = ()) -> Attach:
    """The files of a form: those of a draft, and those it was sent with, where it is shown again."""
    speech = speeches.of(request)
    wanted = [*drafted, *ids(request.POST)]
    largest = uploading.largest_file()
    return Attach(
        url=reverse("files:begin"),
        part=uploading.largest_part(),
        largest=largest,
        largest_words=sizes.size(largest, speech),
        waiting=tuple(
            shown_files.of_row(row, speech)
            for row in uploading.waiting(by=viewer, ids=wanted, now=timezone.now())
        ),
    )


def ids(sent: QueryDict) -> tuple[UUID, ...]:
    """The ids of files in what was sent; what is none is left out."""
    found: list[UUID] = []
    for text in sent.getlist(IDS):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def take(request: HttpRequest, viewer: Viewer) -> None:
    """Keep the files that came with a form: their ids then stand in `request.POST` among those sent beforehand.

    To be called before the action's own `atomic`: what is kept here stays, whatever the action says. Raises Refused; the
    page that is then shown again lists what was kept so far.
    """
    too_large = parts.too_large_in(request)
    for given in request.FILES.getlist(FILES):
        if isinstance(given, UploadedFile):
            row = uploading.take(by=viewer, name=given.name or "", content=given, now=timezone.now())
            sent = request.POST.copy()
            sent.appendlist(IDS, str(row.id))
            request.POST = sent  # type: ignore[assignment]  # a form with more in it is a form
    if too_large:
        raise uploading.too_large(too_large[0])
