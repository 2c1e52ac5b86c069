"""What people write: answers and notes; what an answer does when it is sent, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from palier.core.clock import EventKind
from palier.core.programme import Wait
from palier.people import access
from palier.tickets import (
    attachments,
    claims,
    clockwork,
    links,
    locks,
    mentioning,
    messages,
    permissions,
    presses,
    reopening,
    watchers,
)
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import Message, Status, Ticket
from palier.tickets.problems import CannotDo, unknown_word


class Then(StrEnum):
    """What becomes of the ticket after an answer is sent."""

    KEEP = "keep"
    WAIT_CUSTOMER = "wait-customer"
    RESOLVE = "resolve"


ENDED = (Status.RESOLVED, Status.CLOSED)


def reply(
    *,
    by: access.Viewer,
    ticket: Ticket,
    body: str,
    now: datetime,
    then: str = Then.KEEP,
    workaround: bool = False,
    language: str | None = None,
    reached_at: datetime | None = None,
    channel: str = messages.PORTAL,
    files: Sequence[UUID] = (),
    came: messages.Came | None = None,
) -> Ticket:
    """A public message, with the writer's own uploads `files`. Returns the ticket it stands on. `came` says how it came
    where `language` and `channel` do not say enough.

    From a person of the vendor it is an answer: it meets what it meets, may give a workaround, and then the ticket stays
    as it is, waits for the customer, or is resolved. The customer reads it ten seconds later (`presses.SEND_DELAY`), and
    until then whoever pressed can `undo` it. From the customer's side it ends a wait and reopens what was
    resolved; written too late to reopen, it becomes a new linked request, which is returned. Written to a merged request,
    it goes to the one that goes on.
    """
    at = reached_at if reached_at is not None else now
    came = came if came is not None else messages.Came(channel=channel, language=language or "")
    locked = locks.ticket(by, ticket.id)
    going_on = links.survivor(by, locked)
    if going_on.id != locked.id:
        # What is written to a merged request goes where it goes on; its customer is locked already.
        locked = locks.ticket(by, going_on.id)
    permissions.require(by, locked, "reply", now)
    messages.require_words(body, files)
    if by.is_customer:
        if locked.status in ENDED:
            return reopening.take_up_again(
                by=by, ticket=locked, body=body, at=at, now=now, files=files, came=came
            )
        message = messages.write(by, locked, body, at=at, now=now, came=came)
        append(locked, Happening(kind=EventKind.CUSTOMER_WROTE, message=message), by=by, at=at, now=now)
    else:
        message = messages.write(by, locked, body, at=at, now=now, came=came)
        did = presses.pressed(by, message, _answer(message, then, workaround=workaround))
        append(locked, *did, by=by, at=at, now=now)
    attachments.attach(by, message, files, now)
    clockwork.refold(locked, now=now)
    if then == Then.RESOLVE and by.staff_id is None:
        # A person's can still be taken back: the worker settles it once that is over.
        claims.end(locked, by=by, now=now)
    return locked


def _answer(message: Message, then: str, *, workaround: bool) -> list[Happening]:
    happenings = [Happening(kind=EventKind.ANSWERED, message=message)]
    if workaround:
        happenings.append(Happening(kind=EventKind.WORKAROUND_GIVEN))
    if then == Then.WAIT_CUSTOMER:
        happenings.append(Happening(kind=EventKind.WAIT_STARTED, data={"wait": Wait.CUSTOMER.value}))
    elif then == Then.RESOLVE:
        happenings.append(Happening(kind=EventKind.RESOLVED))
    elif then != Then.KEEP:
        raise unknown_word(
            what_en="way to go on", what_fr="suite", word=then, known=tuple(one.value for one in Then)
        )
    return happenings


def undo(*, by: access.Viewer, ticket: Ticket, message: UUID, now: datetime) -> Message:
    """Take an answer back, within ten seconds of its press and by whoever pressed: the clock never saw it.

    What the same press did (a workaround, a wait, the resolution) is taken back with it. Returns the message, whose
    words belong to the writer again. Raises CannotDo where it is too late or was another's.
    """
    locked = locks.ticket(by, ticket.id)
    rows = clockwork.events_of(locked)
    press = next(
        (row for row in rows if row.kind == EventKind.ANSWERED and presses.press_of(row) == str(message)),
        None,
    )
    if press is None or by.staff_id is None or press.user_id != by.user_id:
        raise CannotDo(
            code="not-your-answer",
            en="Only whoever sent an answer can take it back: write to the customer what is to be put right.",
            fr="Seule la personne qui a envoyé une réponse peut la reprendre : écrivez au client ce qu’il faut corriger.",
        )
    if str(message) in presses.withdrawn(rows):
        raise CannotDo(
            code="taken-back-already",
            en="This answer was taken back already: its text is in your draft.",
            fr="Cette réponse a déjà été reprise : son texte est dans votre brouillon.",
        )
    if now >= press.recorded_at + presses.SEND_DELAY:
        raise CannotDo(
            code="too-late-to-undo",
            en="More than ten seconds have passed and the customer can read it: write a second answer instead.",
            fr="Plus de dix secondes ont passé et le client peut la lire : écrivez plutôt une seconde réponse.",
        )
    if locked.status == Status.CLOSED:
        raise CannotDo(
            code="closed-since",
            en="The request was closed since: reopen it, then write what is to be put right.",
            fr="La demande a été close depuis : rouvrez-la, puis écrivez ce qu’il faut corriger.",
        )
    found = Message.objects.get(vendor_id=by.vendor_id, ticket_id=locked.id, id=message)
    back = Happening(kind=EventKind.ANSWER_WITHDRAWN, data={"press": str(message)}, message=found)
    append(locked, back, by=by, at=now, now=now)
    watchers.untell(locked, str(message))
    clockwork.refold(locked, now=now)
    return found


def add_note(
    *,
    by: access.Viewer,
    ticket: Ticket,
    body: str,
    now: datetime,
    files: Sequence[UUID] = (),
    reached_at: datetime | None = None,
    came: messages.Came = messages.AS_WRITTEN_HERE,
) -> Message:
    """An internal note, with the writer's own uploads: the customer's side never sees it, and no clock reads it.

    Whoever it names (`@Étienne Roy`) and may see the ticket is told.
    """
    at = reached_at if reached_at is not None else now
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "note", now)
    messages.require_words(body, files)
    message = messages.write(by, locked, body, at=at, now=now, public=False, came=came)
    attachments.attach(by, message, files, now)
    append(locked, Happening(kind=DeskKind.NOTED, message=message), by=by, at=at, now=now)
    mentioning.tell(locked, body, by=by, now=now)
    Ticket.objects.filter(vendor_id=by.vendor_id, id=locked.id).update(updated_at=now)
    return message
