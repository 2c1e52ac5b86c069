"""One message, from its bytes to a `Reading`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime

from palier.mail.reader import addresses, headers, showing, structure
from palier.mail.reader.values import DEFAULT, Fault, Limits, Mailbox, Reading, Unreadable

_ID = re.compile(r"<[^<>\s]{1,990}>")
_BARE_ID = re.compile(r"[^<>\s,;]{1,480}@[^<>\s,;]{1,480}")
_MOST_REFERENCES = 100
_MOST_KEPT = 1_000
"""Headers of a message that are kept beside what was read from them."""
_ONCE = frozenset(
    {"from", "subject", "date", "message-id", "sender", "reply-to", "to", "cc", "in-reply-to", "references"}
)


def read(content: bytes, limits: Limits = DEFAULT, *, clock: Callable[[], float] = time.monotonic) -> Reading:
    """Read a message as it came, whatever is wrong with it; what was mended is in `faults`.

    `clock` counts seconds. Raises Unreadable, and nothing else, for a message that is too big ("too-big"), takes too long
    ("too-slow"), or has nothing in it ("nothing").
    """
    if len(content) > limits.size:
        raise Unreadable(
            "too-big",
            en=f"This message has {len(content):,} bytes, {limits.size:,} are read. Ask its writer to send files apart.",
            fr=f"Ce message fait {len(content)} octets, {limits.size} sont lus. Demandez à son auteur d’envoyer les"
            " fichiers à part.",
        )
    if not content.strip(b"\r\n\t \x00"):
        raise Unreadable(
            "nothing",
            en="There is nothing in this message. Ask its writer to send it anew.",
            fr="Ce message est vide. Demandez à son auteur de le renvoyer.",
        )
    deadline = structure.Deadline(limits.seconds, clock)
    block = headers.split(content, most_bytes=limits.header_bytes)
    faults = _faults_of(block)
    root, found = structure.parse(content, block, limits=limits, deadline=deadline)
    faults |= found
    subject = headers.decoded(_first(block, "subject"))[:1000]
    shown = showing.show(root, subject=subject, limits=limits, deadline=deadline)
    faults |= shown.faults
    who = {name: addresses.parse(_first(block, name)).mailboxes for name in _ADDRESSED}
    faults |= _faults_of_writer(block, who["from"])
    at = _date(_first(block, "date"))
    if at is None:
        faults.add(Fault.DATE_MALFORMED)
    return Reading(
        message_id=next(iter(_ids(_first(block, "message-id"))), ""),
        in_reply_to=_ids(_first(block, "in-reply-to")),
        references=_ids(_first(block, "references")),
        from_=tuple(
            one
            for value in block.values("from")
            for one in addresses.parse(headers.unfolded(value)).mailboxes
        ),
        sender=tuple(who["sender"]),
        reply_to=tuple(who["reply-to"]),
        to=tuple(who["to"]),
        cc=tuple(who["cc"]),
        subject=subject,
        date=at,
        body=shown.body,
        folded=shown.folded,
        html=shown.html,
        parts=tuple(shown.parts),
        calendar=shown.calendar,
        headers=_kept(block),
        faults=tuple(sorted(faults)),
    )


_ADDRESSED = ("from", "sender", "reply-to", "to", "cc")


def _first(block: headers.Block, name: str) -> str:
    return next((headers.unfolded(value) for found, value in block.headers if found == name), "")


def _faults_of(block: headers.Block) -> set[Fault]:
    faults: set[Fault] = set()
    if not block.clean:
        faults.add(Fault.HEADERS_MALFORMED)
    if block.cut:
        faults.add(Fault.HEADERS_CUT)
    names = [name for name, _ in block.headers if name in _ONCE]
    if len(names) > len(set(names)):
        faults.add(Fault.HEADER_TWICE)
    return faults


def _faults_of_writer(block: headers.Block, writers: list[Mailbox]) -> set[Fault]:
    faults: set[Fault] = set()
    if not writers:
        faults.add(Fault.NO_FROM)
    if len(writers) > 1 or len(block.values("from")) > 1:
        faults.add(Fault.SEVERAL_FROM)
    for one in writers:
        if not one.valid:
            faults.add(Fault.ADDRESS_MALFORMED)
        named = addresses.LOOKS_LIKE_ADDRESS.search(one.name)
        if named is not None and named[0].strip("'").lower() != one.address.lower():
            faults.add(Fault.NAME_IS_ADDRESS)
    return faults


def _ids(value: str) -> tuple[str, ...]:
    """Message-IDs in their order, each once; of very many the first and the latest ones.

    Some programs fold long ones into encoded words, where RFC 2047 §5 allows none: decoded they are what they were.
    """
    if "=?" in value:
        value = headers.decoded(value)
    found = _ID.findall(value)
    if not found:
        found = [f"<{bare}>" for bare in _BARE_ID.findall(value)[:1]]
    found = list(dict.fromkeys(headers.visible(one) for one in found))
    if len(found) > _MOST_REFERENCES:
        found = [found[0], *found[1 - _MOST_REFERENCES :]]
    return tuple(found)


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value[:200])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _kept(block: headers.Block) -> dict[str, tuple[str, ...]]:
    made: dict[str, list[str]] = {}
    for name, value in block.headers[:_MOST_KEPT]:
        made.setdefault(name, []).append(headers.unfolded(value))
    return {name: tuple(values) for name, values in made.items()}
