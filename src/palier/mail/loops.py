"""How much one sender may bring about: what keeps two machines that write to each other from doing so for ever.

Marks of automatic mail (RFC 3834) stop polite machines. These limits stop the others, which say they are a person: they
count what was taken and what was sent, and lie in no header. Figures and reasons: docs/reference/mail-in.md, "Loops".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from palier.people import prepared

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
TAKEN_ON_A_THREAD = 10
"""Messages of one sender on one request within an hour; the next is held."""
TAKEN_OF_A_SENDER = 40
"""Messages of one sender within an hour, on whatever requests; the next is held."""
NEW_OF_A_SENDER = 20
"""Requests that one sender opens by mail within an hour; the next is held."""
TAKEN_IN_A_DAY = 60
"""Messages of one sender within a day; the next is held: a slow exchange ends as well."""
SAME_WORDS = 5
"""Messages of one sender in the very same words within a week; the next is held: no answer changes what such a one says."""
SHORTEST_WORDS = 40
"""Characters from which words are compared: people thank more often than five times."""
AUTOMATIC_LETTERS = 20
"""Automatic letters to one address within an hour; no further one is written because of a mail."""
ONCE_A_DAY = timedelta(days=1)

_TAKEN = """
select count(*) filter (where reached_at > %s), count(*) filter (where reached_at > %s and ticket_id = %s),
    count(*) filter (where reached_at > %s and detail ->> 'became' = 'request'),
    count(*) filter (where reached_at > %s),
    count(*) filter (where detail ->> 'words' = %s),
    (select exists (select from mail_incoming
        where vendor_id = %s and state = 'held' and reason = 'too-much' and from_address = %s
            and (detail ->> 'scope' = 'sender' or ticket_id = %s)))
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
    """What was too much: `thread` or `sender`, and how many there were (0: an earlier one still waits)."""

    scope: str
    count: int


def words_of(text: str) -> str:
    """What words are compared by, whatever spaces and case they come in; empty for too few."""
    plain = " ".join(text.casefold().split())
    return hashlib.sha256(plain.encode()).hexdigest()[:24] if len(plain) >= SHORTEST_WORDS else ""


def too_much(
    *, vendor_id: UUID, address: str, ticket_id: UUID | None, reached_at: datetime, words: str = ""
) -> TooMuch | None:
    """Whether a sender brought more before `reached_at` than a person does. `ticket_id` None: a new request.

    Counted by when messages reached us, so that a mailbox fetched after a night is not taken for a loop. While a message
    held for this reason waits for a person, the next of its sender (or of its sender on that request) waits with it:
    an exchange that began anew every hour would never end.
    """
    hour, sender = reached_at - HOUR, address.lower()
    ((taken, here, opened, in_a_day, same, stuck),) = prepared.rows(
        _TAKEN,
        [
            hour,
            hour,
            ticket_id,
            hour,
            reached_at - DAY,
            words or None,
            vendor_id,
            sender,
            ticket_id,
            vendor_id,
            sender,
            reached_at - WEEK,
            reached_at,
        ],
    )
    if taken >= TAKEN_OF_A_SENDER or in_a_day >= TAKEN_IN_A_DAY or same >= SAME_WORDS:
        return TooMuch(scope="sender", count=max(taken, in_a_day, same))
    if ticket_id is None and opened >= NEW_OF_A_SENDER:
        return TooMuch(scope="sender", count=opened)
    if ticket_id is not None and here >= TAKEN_ON_A_THREAD:
        return TooMuch(scope="thread", count=here)
    if stuck:
        return TooMuch(scope="thread" if ticket_id is not None else "sender", count=0)
    return None


def may_write(*, vendor_id: UUID, address: str, now: datetime) -> bool:
    """Whether one more automatic letter may go to an address: not after AUTOMATIC_LETTERS within an hour."""
    ((sent,),) = prepared.rows(_LETTERS, [vendor_id, _as_kept(address), now - HOUR, now])
    return bool(sent < AUTOMATIC_LETTERS)


def asked_lately(*, vendor_id: UUID, address: str, kinds: tuple[str, ...], now: datetime) -> bool:
    """Whether a letter of one of these kinds went to an address within a day: such a one goes once a day."""
    ((asked,),) = prepared.rows(_ASKED, [vendor_id, _as_kept(address), list(kinds), now - ONCE_A_DAY, now])
    return bool(asked)


def _as_kept(address: str) -> list[str]:
    """A letter keeps its address as its contact has it, the sender of a mail is kept in small letters."""
    return list(dict.fromkeys((address, address.lower())))
