"""Why a message was not simply taken: the codes that its row keeps, and what each lets people do. docs/reference/mail-in.md."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a message is held, parked, ignored or discarded. Of what cannot be read, the reader's own codes stand there."""

    # Held: a person decides.
    UNKNOWN = "unknown"
    """No contact has its sender's address."""
    UNCONFIRMED = "unconfirmed"
    """A contact's address, and no proof that the contact wrote it."""
    REJECTED = "rejected"
    """The domain of its sender says that such a message is not its own (DMARC reject)."""
    REMOVED = "removed"
    """A contact who was removed."""
    STRANGER = "stranger"
    """It names a thread in which its sender has no part."""
    CHANNEL_OFF = "channel-off"
    """New requests are not taken by mail under this programme."""
    TOO_MUCH = "too-much"
    """More than a person writes: a loop."""
    STAFF = "staff"
    """Somebody who works here, on no thread."""
    REFUSED = "refused"
    """A rule of requests refused it; which, stands beside it."""
    # Parked: nobody could read or handle it.
    FAILED = "failed"
    """Handling it failed again and again."""
    # Ignored: noted, never answered.
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    DELIVERY_REPORT = "delivery-report"
    READ_RECEIPT = "read-receipt"
    LIST = "list"
    OWN = "own"
    """A letter of our own, come back, or one from an address of ours."""
    EMPTY = "empty"
    """An answer without a word or a file."""
    # Discarded.
    NOT_MINE = "not-mine"
    """Its contact says it did not write it."""
    BY_HAND = "by-hand"
    """Somebody who works here threw it away, and said why."""


class Became(StrEnum):
    """What a message that was taken became."""

    REQUEST = "request"
    REPLY = "reply"
    NOTE = "note"
    HISTORY = "history"
