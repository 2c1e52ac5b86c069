"""Files of messages: taken along when a message is written, shown beside it, and read by who may read the message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.files import uploading
from palier.files.models import File
from palier.people import access, notices, prepared
from palier.people.actions import record_look
from palier.people.models import Contact, Staff
from palier.tickets import clockwork, presses
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Attachment, Message, Ticket
from palier.tickets.problems import CannotDo

MOST = 50
"""Files of one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """A file of a message, for a page: `state` as `files.models.State` names it; the size in bytes.

    `width` and `height` are those of the picture that may be shown of it; None where there is none.
    """

    id: UUID
    name: str
    size: int
    media_type: str
    state: str
    threat: str
    width: int | None
    height: int | None


# --- writing -----------------------------------------------------------------------------------------


def claim(by: access.Viewer, files: Sequence[UUID], now: datetime) -> list[File]:
    """Take the writer's own uploads for a message about to be written. Raises Refused and CannotDo (`uploading.claim`)."""
    if len(files) > MOST:
        raise CannotDo(
            code="too-many-files",
            en=f"At most {MOST} files go with one message: send the others with another, or pack them into one archive.",
            fr=f"Un message emporte {MOST} fichiers au plus : envoyez les autres avec un second, ou groupez-les en une archive.",
        )
    return uploading.claim(by=by, ids=files, now=now)


def rows(message: Message, files: Iterable[File]) -> list[Attachment]:
    """The rows that hang claimed files on a message, not yet written."""
    return [
        Attachment(vendor_id=message.vendor_id, message=message, file=file, position=position)
        for position, file in enumerate(files)
    ]


def attach(by: access.Viewer, message: Message, files: Sequence[UUID], now: datetime) -> None:
    """Hang the writer's own uploads on a message just written, in this order. Raises as `claim`."""
    if files:
        Attachment.objects.bulk_create(rows(message, claim(by, files, now)))


# --- reading -----------------------------------------------------------------------------------------

_SHOWN = (
    "select a.message_id, f.id, f.name, f.size, f.media_type, f.state, f.threat, f.width, f.height, f.picture"
    " from tickets_attachment a join files_file f on f.vendor_id = a.vendor_id and f.id = a.file_id"
    " where a.vendor_id = %s and a.message_id = any(%s::uuid[]) order by a.message_id, a.position"
)


def shown(vendor_id: UUID, messages: Sequence[UUID]) -> Mapping[UUID, tuple[FileShown, ...]]:
    """The files of these messages, by message. The caller has asked who may read the messages."""
    found: dict[UUID, tuple[FileShown, ...]] = {}
    if not messages:
        return found
    for row in prepared.rows(_SHOWN, [vendor_id, list(messages)]):
        message, id_, name, size, media_type, state, threat, width, height, picture = row
        drawn = picture == "ready"
        one = FileShown(
            id=id_,
            name=name,
            size=size,
            media_type=media_type,
            state=state,
            threat=threat,
            width=width if drawn else None,
            height=height if drawn else None,
        )
        found[message] = (*found.get(message, ()), one)
    return found


def visible(viewer: access.Viewer, file_id: UUID, now: datetime) -> File:
    """A file the viewer may read: its message's, as the viewer sees it, or the viewer's own before it is sent.

    Raises File.DoesNotExist alike for a missing one, another's, and one of a message that the viewer does not read: an
    internal note's to a customer, an answer's that was taken back or can still be. A look at something restricted is recorded.
    """
    hangs = list(
        Attachment.objects.select_related("message", "file").filter(
            vendor_id=viewer.vendor_id, file_id=file_id
        )
    )
    if not hangs:
        return uploading.own(by=viewer, file_id=file_id, now=now)
    for one in hangs:
        ticket = (
            Ticket.objects.visible_to(viewer)
            .select_related("organisation")
            .filter(vendor_id=viewer.vendor_id, id=one.message.ticket_id)
            .first()
        )
        if ticket is not None and _reads(viewer, ticket, one.message, now):
            _record_look(viewer, ticket, now)
            return one.file
    raise File.DoesNotExist(f"no file {file_id}")


def _record_look(viewer: access.Viewer, ticket: Ticket, now: datetime) -> None:
    if ticket.restricted:
        record_look(viewer=viewer, subject_kind="ticket", subject_id=ticket.id, now=now)
    elif ticket.organisation.restricted:
        record_look(viewer=viewer, subject_kind="organisation", subject_id=ticket.organisation_id, now=now)


def _reads(viewer: access.Viewer, ticket: Ticket, message: Message, now: datetime) -> bool:
    if not viewer.is_customer:
        return True
    if not message.public:
        return False
    if not message.from_vendor:
        return True
    history = clockwork.events_of(ticket)
    return str(message.id) not in presses.pending(history, now) | presses.withdrawn(history).keys()


# --- parked ------------------------------------------------------------------------------------------


def tell_parked(file: File, now: datetime) -> None:
    """Say beside the message, and to who works on the request, that the scanner parked a file; and to who sent it."""
    hangs = list(
        Attachment.objects.select_related("message__ticket").filter(vendor_id=file.vendor_id, file_id=file.id)
    )
    ticket = hangs[0].message.ticket if hangs else None
    sender_contact = Contact.objects.filter(vendor_id=file.vendor_id, user_id=file.user_id).first()
    sender_staff = Staff.objects.filter(vendor_id=file.vendor_id, user_id=file.user_id).first()
    staff = [one.id for one in (sender_staff,) if one is not None]
    staff += [one.message.ticket.assignee_id for one in hangs if one.message.ticket.assignee_id is not None]
    notices.notify(
        vendor_id=file.vendor_id,
        kind=notices.Kind.FILE_PARKED,
        now=now,
        contacts=[] if sender_contact is None else [sender_contact.id],
        staff=staff,
        data={"file": file.id, **({} if ticket is None else {"ticket": ticket.id})},
        ticket_number=None if ticket is None else ticket.number,
    )
    for one in hangs:
        append(
            one.message.ticket,
            Happening(
                kind=DeskKind.FILE_PARKED if one.message.public else DeskKind.NOTE_FILE_PARKED,
                data={"file": str(file.id), "name": file.name, "threat": file.threat, "state": file.state},
            ),
            by=access.Viewer.machine(file.vendor_id),
            at=now,
            now=now,
        )
        Ticket.objects.filter(vendor_id=file.vendor_id, id=one.message.ticket_id).update(updated_at=now)
