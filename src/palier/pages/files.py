"""Files over HTTP: sending them in parts that may be interrupted, fetching them, and the pictures that are shown.

One address for both faces: whether somebody may fetch a file is asked each time, of the message it came with
(`tickets.attachments.visible`). Protocol: docs/reference/attachments.md.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from uuid import UUID

from django.core.files.base import File as Content
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
    UnreadablePostError,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.files import logos, pictures, sniffing, store, sweeping, uploading
from palier.files.models import File, Picture, State
from palier.pages import saying, shown_files, viewing
from palier.pages import speech as speeches
from palier.people import access
from palier.people.access import Viewer
from palier.tickets import attachments

PART_TYPE = "application/offset+octet-stream"
_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
CONFLICT, UNREADABLE, REFUSED, GONE_ON = 409, 400, 422, 204
_ALONE = "default-src 'none'; sandbox"
"""Whatever the bytes are, nothing in them runs, loads or belongs to this site."""


# --- sending -----------------------------------------------------------------------------------------


@viewing.for_either
@require_POST
def begin(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Announce a file: `name` and `size` in bytes. 201 with where its parts go."""
    text = request.POST.get("size", "")
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    try:
        row = uploading.begin(by=viewer, name=request.POST.get("name", ""), size=size, now=timezone.now())
    except access.Refused as problem:
        return _refused(request, problem)
    answer = JsonResponse(_state(request, row), status=201)
    answer["Location"] = reverse("files:upload", args=[row.id])
    return answer


@viewing.for_either
@require_http_methods(["HEAD", "GET", "PATCH", "DELETE"])
def upload(request: HttpRequest, viewer: Viewer, file_id: UUID) -> HttpResponse:
    """An upload of one's own: how far it is (HEAD, GET), its next part (PATCH), or its end (DELETE)."""
    try:
        if request.method == "PATCH":
            return _receive(request, viewer, file_id)
        row = uploading.own(by=viewer, file_id=file_id, now=timezone.now(), locked=request.method == "DELETE")
    except File.DoesNotExist:
        raise Http404 from None
    if request.method == "DELETE":
        sweeping.abandon(row)
        return HttpResponse(status=GONE_ON)
    return _so_far(JsonResponse(_state(request, row)), row.received)


def _receive(request: HttpRequest, viewer: Viewer, file_id: UUID) -> HttpResponse:
    offset = request.headers.get("Upload-Offset", "")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type != PART_TYPE or not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        return HttpResponse(status=UNREADABLE)
    try:
        part = request.body
    except UnreadablePostError:
        return HttpResponse(status=UNREADABLE)
    # A connection that broke may leave less than was announced: nothing of it is kept.
    if not length.isdigit() or len(part) != int(length):
        return HttpResponse(status=UNREADABLE)
    try:
        row = uploading.receive(
            by=viewer,
            file_id=file_id,
            offset=int(offset),
            part=part,
            now=timezone.now(),
            sha256=_digest(request.headers.get("Repr-Digest", "")),
        )
    except uploading.WrongOffset as problem:
        return _so_far(HttpResponse(status=CONFLICT), problem.received)
    except access.Refused as problem:
        return _refused(request, problem)
    return _so_far(JsonResponse(_state(request, row)), row.received)


def _digest(header: str) -> str:
    """The SHA-256 of a `Repr-Digest` (RFC 9530) in hexadecimal; empty without one."""
    found = _SHA256.search(header)
    if found is None:
        return ""
    try:
        return base64.b64decode(found[1], validate=True).hex()
    except binascii.Error:
        return ""


def _so_far(answer: HttpResponse, received: int) -> HttpResponse:
    answer["Upload-Offset"] = str(received)
    answer["Cache-Control"] = "no-store"
    return answer


def _state(request: HttpRequest, row: File) -> dict[str, object]:
    """An upload as the script reads it."""
    shown = shown_files.of_row(row, speeches.of(request))
    return {
        "id": shown.id,
        "upload": reverse("files:upload", args=[row.id]),
        "name": shown.name,
        "size": row.size,
        "received": row.received,
        "here": row.state in uploading.ATTACHABLE,
        "pending": row.state == State.SCANNING or row.picture == Picture.WAITING,
        "bad": shown.bad,
        "said": shown.said if row.state != State.RECEIVING else "",
        "picture": shown.picture,
        "thumbnail": shown.thumbnail,
    }


def _refused(request: HttpRequest, problem: access.Refused) -> HttpResponse:
    return JsonResponse({"said": saying.refusal(problem, speeches.of(request))}, status=REFUSED)


# --- fetching ----------------------------------------------------------------------------------------


class Download(StreamingHttpResponse):
    """The bytes of a file, read while they are sent. They need no rows: the transaction may be over by then."""

    reads_no_rows = True

    def __init__(self, content: Content[bytes], size: int, media_type: str) -> None:
        super().__init__(_blocks(content), content_type=media_type)
        self["Content-Length"] = str(size)
        # What Django calls when the answer is over, also where nobody read it to its end.
        self._resource_closers.append(content.close)  # type: ignore[attr-defined]


def _blocks(content: Content[bytes]) -> Iterator[bytes]:
    with content:
        yield from content.chunks(store.BLOCK)


@viewing.for_either
@require_safe
def file(request: HttpRequest, viewer: Viewer, file_id: UUID) -> HttpResponseBase:
    """A file as it was sent, to be kept: never shown as a page of ours. From S3 by a link that works for a minute."""
    row = _found(viewer, file_id)
    header = content_disposition_header(True, row.name) or "attachment"
    media_type = sniffing.handed_out_as(row.media_type)
    name = store.name_of(row.vendor_id, row.sha256)
    link = store.link(name, filename_header=header, media_type=media_type)
    answer: HttpResponseBase
    if link is not None:
        answer = HttpResponseRedirect(link)
    elif request.method == "HEAD":
        answer = HttpResponse(content_type=media_type)
        answer["Content-Length"] = str(row.size)
    else:
        answer = Download(store.opened(name), row.size, media_type)
    answer["Content-Disposition"] = header
    return _guarded(answer)


@viewing.for_either
@require_safe
def picture(request: HttpRequest, viewer: Viewer, file_id: UUID) -> HttpResponseBase:
    """The picture of a raster image, drawn anew by us, as large as it is shown."""
    return _picture(request, viewer, file_id, store.PICTURE)


@viewing.for_either
@require_safe
def thumbnail(request: HttpRequest, viewer: Viewer, file_id: UUID) -> HttpResponseBase:
    """The same, small."""
    return _picture(request, viewer, file_id, store.THUMBNAIL)


def _picture(request: HttpRequest, viewer: Viewer, file_id: UUID, which: str) -> HttpResponseBase:
    row = _found(viewer, file_id)
    if row.picture != Picture.READY:
        raise Http404
    tag = f'"{row.sha256[:32]}-{which}"'
    answer: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(
            store.read(store.name_of(row.vendor_id, row.sha256, which)), content_type=pictures.MEDIA_TYPE
        )
        answer["Content-Disposition"] = "inline"
    answer["ETag"] = tag
    _guarded(answer)
    # Kept by the browser, and asked for each time: who lost the right loses the picture.
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_safe
def logo(request: HttpRequest, sha256: str) -> HttpResponse:
    """The vendor's own logo, for whoever comes to its pages, signed in or not; another content is missing."""
    vendor = request.vendor  # type: ignore[attr-defined]
    content = logos.read(vendor.id, sha256) if sha256 == vendor.logo else None
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type=pictures.MEDIA_TYPE)
    _guarded(answer)
    # Its address is its content.
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _found(viewer: Viewer, file_id: UUID) -> File:
    try:
        row = attachments.visible(viewer, file_id, timezone.now())
    except File.DoesNotExist:
        raise Http404 from None
    if row.state != State.READY:
        raise Http404
    return row


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = _ALONE
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
