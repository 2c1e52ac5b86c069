"""How much one sender may bring about: what keeps two machines that write to each other from doing so for ever.

Marks of automatic mail (RFC 3834) stop polite machines. These limits stop the others, which say they are a person: they
count what was taken and what was sent, and lie in no header. Figures and reasons: docs/reference/mail-in.md, "Loops".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from palier.people import prepared

WINDOW = timedelta(hours=1)
TAKEN_ON_A_THREAD = 10
"""Messages of one sender on one request within WINDOW; the next is held."""
TAKEN_OF_A_SENDER = 40
"""Messages of one sender within WINDOW, on whatever requests; the next is held."""
NEW_OF_A_SENDER = 20
"""Requests that one sender opens by mail within WINDOW; the next is held."""
AUTOMATIC_LETTERS = 20
"""Automatic letters to one address within WINDOW; no further one is written because of a mail."""
ONCE_A_DAY = timedelta(days=1)

_STUCK = """
select exists (select from mail_incoming
    where vendor_id = %s and state = 'held' and reason = 'too-much' and from_address = %s
        and (detail ->> 'scope' = 'sender' or ticket_id = %s))
"""
_TAKEN = """
select count(*), count(*) filter (where ticket_id = %s),
    count(*) filter (where detail ->> 'became' = 'request')
from mail_incoming
where vendor_id = %s and from_address = %s and reached_at > %s and reached_at <= %s and state = 'done' and not history
"""
_LETTERS = """
select count(*) from mail_letter
where vendor_id = %s and to_address = any(%s) and created_at > %s and created_at <= %s and automatic and state <> 'dropped'
"""
_ASKED = """
select exists (select from mail_letter
    where vendor_id = %s and to_address = any(%s) and kind = any(%s) and created_at > %s and created_at <= %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMuch:
    """What was too much: `thread` or `sender`, and how many there were within WINDOW (0: an earlier one still waits)."""

    scope: str
    count: int


def too_much(
    *, vendor_id: UUID, address: str, ticket_id: UUID | None, reached_at: datetime
) -> TooMuch | None:
    """Whether a sender brought more within the hour before `reached_at` than a person does. `ticket_id` None: a new request.

    Counted by when messages reached us, so that a mailbox fetched after a night is not taken for a loop. While a message
    held for this reason waits for a person, the next of its sender (or of its sender on that request) waits with it:
    an exchange that began anew every hour would never end.
    """
    mine = [vendor_id, address.lower(), ticket_id]
    ((taken, here, opened),) = prepared.rows(
        _TAKEN, [ticket_id, vendor_id, address.lower(), reached_at - WINDOW, reached_at]
    )
    if taken >= TAKEN_OF_A_SENDER:
        return TooMuch(scope="sender", count=taken)
    if ticket_id is None and opened >= NEW_OF_A_SENDER:
        return TooMuch(scope="sender", count=opened)
    if ticket_id is not None and here >= TAKEN_ON_A_THREAD:
        return TooMuch(scope="thread", count=here)
    ((stuck,),) = prepared.rows(_STUCK, mine)
    if stuck:
        return TooMuch(scope="thread" if ticket_id is not None else "sender", count=0)
    return None


def may_write(*, vendor_id: UUID, address: str, now: datetime) -> bool:
    """Whether one more automatic letter may go to an address: not after AUTOMATIC_LETTERS within WINDOW."""
    ((sent,),) = prepared.rows(_LETTERS, [vendor_id, _as_kept(address), now - WINDOW, now])
    return bool(sent < AUTOMATIC_LETTERS)


def asked_lately(*, vendor_id: UUID, address: str, kinds: tuple[str, ...], now: datetime) -> bool:
    """Whether a letter of one of these kinds went to an address within a day: such a one goes once a day."""
    ((asked,),) = prepared.rows(_ASKED, [vendor_id, _as_kept(address), list(kinds), now - ONCE_A_DAY, now])
    return bool(asked)


def _as_kept(address: str) -> list[str]:
    """A letter keeps its address as its contact has it, the sender of a mail is kept in small letters."""
    return list(dict.fromkeys((address, address.lower())))
