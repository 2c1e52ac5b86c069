"""Lists of addresses, as strictly as proving a sender needs.

Written out and not taken from the standard library, because it has to say what no lenient parser says: that a list is
malformed, holds a group, or an address that two programs could read as two different ones. Encoded words are decoded in
names, after the splitting, and never in addresses (RFC 2047 §5). Linear in the length; comments may nest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from palier.mail.reader import headers
from palier.mail.reader.values import Mailbox

MOST = 200
"""Addresses of one header that are read."""
_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+)*"
)
_QUOTED = re.compile(r'"((?:[^"\\\x00-\x1f]|\\[\x20-\x7e])*)"')
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
LOOKS_LIKE_ADDRESS = re.compile(r"[^\s@<>()\"]{1,64}@[^\s@<>()\"]{1,190}\.[^\s@<>()\".]{2,}")


@dataclass(slots=True)
class Listed:
    """What a header lists. `exact` is false where another program could read other addresses out of it."""

    mailboxes: list[Mailbox] = field(default_factory=list)
    exact: bool = True


@dataclass(slots=True)
class _One:
    """One entry while it is read."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    split: bool = False
    """A comment stands between words."""
    angle: str | None = None

    def empty(self) -> bool:
        return not self.words and self.angle is None and not self.comments


def parse(value: str) -> Listed:
    """The addresses of a header such as From or To, unfolded and not decoded.

    >>> [(m.name, m.address) for m in parse('"Roy, Camille" <camille@atelier.example>').mailboxes]
    [('Roy, Camille', 'camille@atelier.example')]
    """
    found = Listed()
    if not value:
        return found
    one = _One()
    at, size = 0, len(value)
    in_group = False
    while at < size and len(found.mailboxes) < MOST:
        sign = value[at]
        if sign == '"':
            text, at, closed = _until_quote(value, at)
            found.exact &= closed
            one.words.append(text)
        elif sign == "(":
            text, at, closed = _comment(value, at)
            found.exact &= closed
            one.comments.append(text)
        elif sign == "<":
            end = value.find(">", at)
            found.exact &= end >= 0 and one.angle is None
            inside = value[at + 1 : end if end >= 0 else size]
            one.angle = inside if one.angle is None else one.angle
            at = end + 1 if end >= 0 else size
        elif sign in ",;":
            found.exact &= sign == "," or in_group
            in_group = in_group and sign == ","
            _close(one, found)
            one = _One()
            at += 1
        elif sign == ":":
            # "Team: a@x, b@y;" names a group: whoever reads it may take its name, its first member or none.
            found.exact = False
            in_group, one = True, _One()
            at += 1
        elif sign == ">":
            found.exact = False
            at += 1
        elif sign.isspace():
            at += 1
            if one.words and one.words[-1] != " ":
                one.words.append(" ")
        else:
            end = at
            while end < size and value[end] not in '"(<,;:>' and not value[end].isspace():
                end += 1
            if one.angle is not None:
                found.exact = False
            one.split |= bool(one.words and one.comments)
            one.words.append(value[at:end])
            at = end
    _close(one, found)
    found.exact &= at >= size
    return found


def _until_quote(value: str, at: int) -> tuple[str, int, bool]:
    """The quoted string from `at`, with its quotes; where it ends; whether it was closed."""
    end = at + 1
    while end < len(value):
        if value[end] == "\\":
            end += 2
        elif value[end] == '"':
            return value[at : end + 1], end + 1, True
        else:
            end += 1
    return value[at:] + '"', len(value), False


def _comment(value: str, at: int) -> tuple[str, int, bool]:
    """The comment from `at`, without its brackets; where it ends; whether it was closed."""
    depth, end = 0, at
    while end < len(value):
        if value[end] == "\\":
            end += 1
        elif value[end] == "(":
            depth += 1
        elif value[end] == ")":
            depth -= 1
            if depth == 0:
                return value[at + 1 : end], end + 1, True
        end += 1
    return value[at + 1 :], len(value), False


def _close(one: _One, found: Listed) -> None:
    if one.empty():
        return
    words = "".join(one.words).strip()
    if one.angle is not None:
        name, written = words, one.angle.strip()
        # A route ("<@a,@b:c@d>", RFC 5322 §4.4) names servers on the way; whoever takes it for the address is wrong.
        found.exact &= not written.startswith("@")
        written = written.rpartition(":")[2] if written.startswith("@") else written
    else:
        # "a@b (Name)" is the old way to write a name; a comment within the address is anyone's guess.
        name, written = " ".join(one.comments), words
        found.exact &= " " not in written and not one.split
        one.comments = []
    address = exact(written)
    found.exact &= address is not None and not (one.angle is not None and "(" in one.angle)
    if not written and not name:
        found.exact = False
        return
    found.mailboxes.append(
        Mailbox(
            name=_name(name), address=address or headers.visible(written)[:320], valid=address is not None
        )
    )


def _name(words: str) -> str:
    plain = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: re.sub(r"\\(.)", r"\1", found[1]), words)
    return " ".join(headers.decoded(plain).split())[:200]


def exact(written: str) -> str | None:
    """An address in the one form it is compared in: local part as written, domain in lower case and ASCII. None for what
    is not one, or what could be read as another.

    >>> exact("Camille@Atelier.EXAMPLE"), exact('"camille"@atelier.example'), exact("a@b@c.example")
    ('Camille@atelier.example', 'camille@atelier.example', None)
    """
    local, sign, domain = written.rpartition("@")
    if not sign or len(local) > 64 or len(domain) > 253:
        return None
    quoted = _QUOTED.fullmatch(local)
    if quoted is not None:
        plain = re.sub(r"\\(.)", r"\1", quoted[1])
        local = plain if _ATOM.fullmatch(plain) else local
    elif _ATOM.fullmatch(local) is None:
        return None
    if headers.visible(local) != local or unicodedata.normalize("NFKC", local) != local:
        return None
    host = ascii_domain(domain)
    return None if host is None else f"{local}@{host}"


def ascii_domain(domain: str) -> str | None:
    """A domain in lower case and ASCII (IDNA), None for what is none, for numbers, and for signs that only look like others.

    >>> ascii_domain("München.example"), ascii_domain("ｃorp.example"), ascii_domain("[192.0.2.1]")
    ('xn--mnchen-3ya.example', None, None)
    """
    lower = domain.lower()
    if not lower.isascii():
        # Full-width letters and the like become others on the way: which, depends on who reads.
        if unicodedata.normalize("NFKC", lower) != lower or "\u3002" in lower:
            return None
        try:
            lower = lower.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = lower.split(".")
    if len(lower) > 253 or len(labels) < 2 or labels[-1].isdigit():
        return None
    return lower if all(_LABEL.fullmatch(label) for label in labels) else None
