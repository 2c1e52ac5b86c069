"""Files of a message without the tokens of our links: a letter of ours that somebody forwards is one person's to act on.

Reference: docs/reference/links.md, "The token".
"""

from __future__ import annotations

import base64
import email
from email import policy
from email.message import Message

from palier.mail import tokens

MESSAGE = "message/rfc822"
_RAW = policy.compat32.clone(max_line_length=None)
_UNREADABLE = (RecursionError, ValueError, LookupError, AssertionError, AttributeError, TypeError, IndexError)
"""What the standard library's parser raises at messages that only look like one."""


def without_tokens(content: bytes, *, name: str, media_type: str) -> bytes | None:
    """A file as it may be shown: the very same bytes where no token stands in it.

    In a message that is a file each text is looked at as it reads, whatever it is encoded in, and written anew where it
    holds one. None for such a message that holds encoded text and cannot be taken apart: it is shown to nobody.
    """
    if media_type != MESSAGE and not name.lower().endswith(".eml"):
        return tokens.masked_octets(content)
    try:
        whole: Message = email.message_from_bytes(content, policy=_RAW)
        changed = [_mask(part) for part in whole.walk() if not part.is_multipart()]
        content = whole.as_bytes() if any(changed) else content
    except _UNREADABLE:
        return None
    return tokens.masked_octets(content)


def _mask(part: Message) -> bool:
    """Take the tokens out of one part of a message, or of a message that is a part of it; whether there were any."""
    inside = part.get_payload(decode=True)
    if not isinstance(inside, bytes):
        return False
    name = part.get_filename() or ""
    if part.get_content_type() == MESSAGE or name.lower().endswith(".eml"):
        # A message sent in base64 is no message to the parser.
        clean = without_tokens(inside, name=name, media_type=MESSAGE) or b""
    else:
        clean = tokens.masked_octets(inside)
    if clean == inside:
        return False
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(clean).decode("ascii"))
    return True
