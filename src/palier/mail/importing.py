"""Messages from files: one `.eml`, an `.mbox`, a Maildir, or a folder of `.eml` files. Run again it adds nothing twice."""

from __future__ import annotations

import mailbox
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses
from pathlib import Path
from uuid import UUID

from palier.mail import addresses, intake, sources
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Source
from palier.people import tenancy

MOST_REFUSALS = 20
_TO = (b"x-original-to", b"delivered-to", b"envelope-to", b"to", b"cc", b"bcc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One message in a file. `where`: the file, and its number in one that holds many."""

    content: bytes
    where: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A message that was not taken: where it is, and why, in both languages."""

    where: str
    en: str
    fr: str


@dataclass(slots=True, kw_only=True)
class Counts:
    """What an import did so far. `refusals` holds the first of those refused."""

    new: int = 0
    known: int = 0
    refused: int = 0
    refusals: list[Refusal]

    @property
    def seen(self) -> int:
        """Messages looked at."""
        return self.new + self.known + self.refused


class NotMail(Exception):
    """A file or folder that holds no messages as far as its name and shape tell."""

    def __init__(self, path: Path) -> None:
        self.said = {
            "en": f"{path} holds no messages: name an .eml file, an .mbox file, a Maildir (with cur and new) or a "
            "folder of .eml files",
            "fr": f"{path} ne contient pas de messages : indiquez un fichier .eml, un fichier .mbox, un Maildir (avec "
            "cur et new) ou un dossier de fichiers .eml",
        }
        super().__init__(self.said["en"])


def messages(path: Path) -> Iterator[Found]:
    """Every message of a file or folder, in its order, one at a time. Raises NotMail, and OSError for what cannot be read."""
    if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
        yield from _of_maildir(path)
    elif path.is_dir():
        files = sorted(path.glob("*.eml"))
        if not files:
            raise NotMail(path)
        for one in files:
            yield _of_file(one)
    elif path.suffix.lower() == ".eml":
        yield _of_file(path)
    elif path.suffix.lower() in {".mbox", ".mbx"} or _is_mbox(path):
        yield from _of_mbox(path)
    else:
        raise NotMail(path)


def _of_file(path: Path) -> Found:
    return Found(content=path.read_bytes(), where=str(path), changed_at=_changed(path))


def _of_maildir(path: Path) -> Iterator[Found]:
    """cur and new of the folder and of those below it (`.Archive`): a Maildir++ as servers keep them."""
    below = sorted(one for one in path.iterdir() if one.name.startswith(".") and (one / "cur").is_dir())
    for folder in (path, *below):
        for part in ("cur", "new"):
            for one in sorted((folder / part).iterdir() if (folder / part).is_dir() else ()):
                if one.is_file() and not one.name.startswith("."):
                    yield _of_file(one)


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(5) == b"From "


def _of_mbox(path: Path) -> Iterator[Found]:
    if path.stat().st_size and not _is_mbox(path):
        raise NotMail(path)
    changed_at = _changed(path)
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            yield Found(content=box.get_bytes(key), where=f"{path}#{number}", changed_at=changed_at)
    finally:
        box.close()


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(os.stat(path).st_mtime, UTC)


def bring_in(
    *,
    path: Path,
    vendor_id: UUID | None,
    history: bool,
    clock: Callable[[], datetime],
    progress: Callable[[Counts], None],
) -> Counts:
    """Take in every message there is; each is durable before the next is read. Raises NotMail.

    Without a vendor each message goes to the one whose address it names. `history`: from before, dated by what the
    message says of itself; it starts no clock, sends nothing and pages nobody. Without, it reaches us now.
    """
    counts = Counts(refusals=[])
    for found in messages(path):
        try:
            whose = vendor_id or _whose(found.content)
            if whose is None:
                _refuse(counts, found, _nobody())
            elif _take(found, whose, history=history, now=clock()).is_new:
                counts.new += 1
            else:
                counts.known += 1
        except (intake.TooLarge, intake.Empty) as refusal:
            _refuse(counts, found, refusal.said)
        progress(counts)
    return counts


def _refuse(counts: Counts, found: Found, said: dict[str, str]) -> None:
    counts.refused += 1
    if len(counts.refusals) < MOST_REFUSALS:
        counts.refusals.append(Refusal(where=found.where, en=said["en"], fr=said["fr"]))


def _nobody() -> dict[str, str]:
    return {
        "en": "no address in it is one of a vendor here: say whose it is with --vendor",
        "fr": "aucune de ses adresses n’est celle d’un éditeur d’ici : dites à qui il est avec --vendor",
    }


def _take(found: Found, vendor_id: UUID, *, history: bool, now: datetime) -> intake.Accepted:
    with tenancy.vendor(vendor_id):
        source = Source.objects.filter(vendor_id=vendor_id, kind=SourceKind.IMPORT, enabled=True).first()
        return intake.accept(
            vendor_id=vendor_id,
            content=found.content,
            reached_at=sources.written_at(found.content, now=min(found.changed_at, now)) if history else now,
            now=now,
            source=source,
            envelope_from=_named(found.content, b"return-path")[0]
            if _named(found.content, b"return-path")
            else "",
            recipients=_named(found.content, *_TO),
            history=history,
        )


def _whose(content: bytes) -> UUID | None:
    for one in _named(content, *_TO):
        found = addresses.vendor_of(one)
        if found is not None:
            return found
    return None


def _named(content: bytes, *names: bytes) -> list[str]:
    """The addresses in these headers, in the order of the names."""
    values: list[str] = []
    for name in names:
        values += intake.header(content, name)
    return [address for _, address in getaddresses(values) if address][: intake.MOST_RECIPIENTS]
