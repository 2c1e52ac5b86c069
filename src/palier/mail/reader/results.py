"""Authentication-Results (RFC 8601): what a border found out, and which of such headers is its own.

Everything in a message below the line that our border put on it was written by whoever sent it, other headers of the same
name included. So only the topmost one that names a trusted border counts, and only where a border writes: above the
Received of that border, or between it and the next Received below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from palier.mail.reader import headers

_LONGEST = 8_192
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|[^\s;()"=]+|[;=]')
_BY = re.compile(r"\bby\s+([A-Za-z0-9._-]{1,253})", re.IGNORECASE)
_REJECTS = re.compile(r"\bp=\s*reject\b|\bpolicy=\s*reject\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One method's result. `properties` are like {"header.d": "atelier.example"}; `rejects` says that the domain's owner
    asks to reject what fails."""

    method: str
    result: str
    properties: dict[str, str]
    rejects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One header: who says it, and what of each method."""

    by: str
    found: tuple[Result, ...]

    def of(self, method: str) -> list[Result]:
        """The results of one method, in their order."""
        return [one for one in self.found if one.method == method]


def of_border(block: headers.Block, names: frozenset[str]) -> Results | None:
    """The topmost header of a trusted border, None when there is none where that border writes."""
    for at, (name, value) in enumerate(block.headers[: _zone(block, names)]):
        del at
        if name == "authentication-results":
            found = parse(headers.unfolded(value[:_LONGEST]))
            if found is not None and found.by in names:
                return found
    return None


def _zone(block: headers.Block, names: frozenset[str]) -> int:
    """How many headers from the top may be a border's: up to the next Received below the border's own. Where no Received
    names the border, up to the second one; none where there is no Received at all: such a message came by no border."""
    received = [at for at, (name, _) in enumerate(block.headers) if name == "received"]
    if not received:
        return 0
    own = next((at for at in received if _is_by(block.headers[at][1], names)), received[0])
    return next((at for at in received if at > own), len(block.headers))


def _is_by(value: bytes, names: frozenset[str]) -> bool:
    found = _BY.search(_uncommented(headers.unfolded(value))[0])
    host = "" if found is None else found[1].lower().rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in names)


def parse(value: str) -> Results | None:
    """The header's value taken apart, None when it names nobody.

    >>> parse("mx.example.net; dkim=pass header.d=a.example").of("dkim")[0].properties
    {'header.d': 'a.example'}
    """
    plain, _ = _uncommented(value)
    head, _, _ = plain.partition(";")
    words = head.split()
    if not words or "=" in head:
        return None
    found = [_result(text) for text in _split(value)[1:]]
    return Results(
        by=words[0].strip('"').lower().rstrip("."), found=tuple(one for one in found if one is not None)
    )


def _result(text: str) -> Result | None:
    plain, comments = _uncommented(text)
    tokens = [found[1] if found[1] is not None else found[0] for found in _TOKEN.finditer(plain)]
    pairs: list[tuple[str, str]] = []
    at = 0
    while at + 2 < len(tokens):
        if tokens[at + 1] == "=":
            value, at = tokens[at + 2], at + 3
            # "smtp.mailfrom=a@b" comes as one token, "x = y = z" does not belong here.
            pairs.append((tokens[at - 3].lower(), value))
        else:
            at += 1
    if not pairs:
        return None
    (method, result), rest = pairs[0], pairs[1:]
    properties: dict[str, str] = {}
    for name, value in rest:
        properties.setdefault(name, value)
    rejects = _REJECTS.search(comments) is not None or any(
        properties.get(name, "").lower() in ("reject", "oreject")
        for name in ("policy.dmarc", "policy.published-domain-policy", "policy.policy", "action", "policy.p")
    )
    return Result(
        method=method.partition("/")[0], result=result.lower(), properties=properties, rejects=rejects
    )


def _uncommented(value: str) -> tuple[str, str]:
    """The value without its comments, and what stands in them; quoted strings stay."""
    kept: list[str] = []
    comments: list[str] = []
    depth, at, quoted = 0, 0, False
    while at < len(value):
        sign = value[at]
        if sign == "\\" and at + 1 < len(value):
            (comments if depth else kept).append(value[at : at + 2])
            at += 2
            continue
        if sign == '"' and not depth:
            quoted = not quoted
        if not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")" and depth:
            depth -= 1
            (kept if depth == 0 else comments).append(" ")
            at += 1
            continue
        (comments if depth else kept).append(sign)
        at += 1
    return "".join(kept), "".join(comments)


def _split(value: str) -> list[str]:
    """The value at its semicolons, those in comments and quoted strings left alone."""
    made: list[str] = []
    depth, begun, at, quoted = 0, 0, 0, False
    while at < len(value):
        sign = value[at]
        if sign == "\\":
            at += 1
        elif sign == '"' and not depth:
            quoted = not quoted
        elif not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")" and depth:
            depth -= 1
        elif sign == ";" and not depth and not quoted:
            made.append(value[begun:at])
            begun = at + 1
        at += 1
    made.append(value[begun:])
    return made
