"""Where the bytes are: the storage of Django named `attachments`, a folder or S3 (docs/reference/attachments.md).

<vendor>/ab/cd/<sha256>              the content
<vendor>/ab/cd/<sha256>.picture      what is shown of a raster image, encoded anew by us
<vendor>/ab/cd/<sha256>.thumbnail    the same, small
receiving/<vendor>/<file>/<offset>   a part of an upload that is not complete
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.base import File as Content
from django.core.files.storage import FileSystemStorage, Storage, storages

from palier.files.models import File
from palier.people import prepared

ALIAS = "attachments"
PICTURE, THUMBNAIL = "picture", "thumbnail"
LINK_S = 60
"""How long a link to S3 works, in seconds."""
BLOCK = 1 << 18


def _storage() -> Storage:
    return storages[ALIAS]


def name_of(vendor_id: UUID, sha256: str, shown: str = "") -> str:
    """The name of a content, or of the picture of it."""
    base = f"{vendor_id}/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    return f"{base}.{shown}" if shown else base


def part_names(file: File) -> list[str]:
    """The names of the parts kept so far, in order, and of the next, which a crash may have left behind."""
    names, offset = [], 0
    for length in (*file.parts, 0):
        names.append(f"receiving/{file.vendor_id}/{file.id}/{offset:012d}")
        offset += length
    return names


def lock(vendor_id: UUID, sha256: str) -> None:
    """Until the transaction ends, nobody else writes or removes this content."""
    prepared.row(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0)) is null", [f"content:{vendor_id}:{sha256}"]
    )


def keep(name: str, content: bytes | Content[bytes]) -> None:
    """Keep these bytes under this name; when this returns they are kept."""
    storage = _storage()
    given: Content[bytes] = ContentFile(content) if isinstance(content, bytes) else content
    saved = storage.save(name, given)
    if saved != name:
        storage.delete(saved)
        raise RuntimeError(f"the storage kept {name} under another name: it must overwrite")


def keep_joined(name: str, parts: Sequence[str], size: int) -> None:
    """Keep the parts of an upload as one content; when this returns it is kept."""
    joined = Joined(parts, size)
    if isinstance(_storage(), FileSystemStorage):
        keep(name, joined)
        return
    # S3's client reads and winds back: it is given a file.
    with tempfile.TemporaryFile() as whole:
        for block in joined.chunks():
            whole.write(block)
        whole.seek(0)
        keep(name, Content(whole, name="joined"))


def there(name: str) -> bool:
    """Whether something is kept under this name."""
    return _storage().exists(name)


def opened(name: str) -> Content[bytes]:
    """What is kept under this name, to be read and closed."""
    return _storage().open(name, "rb")


def read(name: str) -> bytes:
    """All of it: for pictures, which are small."""
    with opened(name) as content:
        found: bytes = content.read()
    return found


def remove(names: Sequence[str]) -> None:
    """Forget what is kept under these names; what is not there is no matter."""
    storage = _storage()
    for name in names:
        storage.delete(name)


def remove_parts(file: File) -> None:
    """Forget the parts of an upload."""
    names = part_names(file)
    remove(names)
    storage = _storage()
    if isinstance(storage, FileSystemStorage):
        # Django removes an empty folder when it is asked to delete it; S3 has no folders.
        folder = names[0].rpartition("/")[0]
        if storage.exists(folder) and storage.listdir(folder) == ([], []):
            storage.delete(folder)


def link(name: str, *, filename_header: str, media_type: str) -> str | None:
    """An address from which the browser fetches the bytes itself for a minute; None where we hand them out ourselves."""
    storage: Any = _storage()
    if isinstance(storage, FileSystemStorage):
        return None
    return str(
        storage.url(
            name,
            parameters={
                "ResponseContentDisposition": filename_header,
                "ResponseContentType": media_type,
                "ResponseCacheControl": "no-store",
            },
            expire=LINK_S,
        )
    )


if TYPE_CHECKING:
    _Bytes = Content[bytes]
else:
    _Bytes = Content


class Joined(_Bytes):
    """The parts of an upload as one content, read block by block."""

    def __init__(self, names: Sequence[str], size: int) -> None:
        super().__init__(None, name="joined")
        self._names = tuple(names)
        self.size = size

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Every block of every part, in order."""
        for name in self._names:
            with opened(name) as part:
                while block := part.read(chunk_size or BLOCK):
                    yield block
