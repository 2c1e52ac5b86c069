"""Who really wrote a message: what its From claims, proved by its border's word or by ourselves, or not proved.

Authenticated means an aligned pass (RFC 7489) for exactly one From address: by the Authentication-Results of a border we
trust (RFC 8601), by a DKIM signature or SPF that we check through the given resolver, or by the seal of a forwarder we
trust (RFC 8617). Reply-To, Sender and the thread never identify. Framework-free; DNS only through `resolver`.
Rules and their reasons: docs/reference/mail-reading.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from palier.mail import proving
from palier.mail.proving import DnsFailed, Records, Resolver
from palier.mail.reader import addresses, headers, results

if TYPE_CHECKING:
    from palier.mail.reader import Reading

__all__ = [
    "AUTHENTICATED",
    "REJECTED",
    "UNAUTHENTICATED",
    "DnsFailed",
    "Proof",
    "Records",
    "Resolver",
    "Verdict",
    "judge",
]


class Verdict(StrEnum):
    """What is known of a message's writer."""

    AUTHENTICATED = "authenticated"
    UNAUTHENTICATED = "unauthenticated"
    REJECTED = "rejected"
    """The owner of the domain asks to reject such a message: nothing is sent to that address because of it."""


AUTHENTICATED = Verdict.AUTHENTICATED
UNAUTHENTICATED = Verdict.UNAUTHENTICATED
REJECTED = Verdict.REJECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The verdict on exactly one From address, and by which way it came about.

    `method` is one of `border-dmarc`, `border-dkim`, `border-spf`, `dkim`, `spf`, `arc`, or "" when nothing proved
    anything; `detail` a code that says why not; `temporary` that DNS did not answer and asking again may help.
    """

    verdict: Verdict
    address: str
    method: str
    detail: str
    temporary: bool = False


def judge(
    content: bytes,
    reading: Reading,
    *,
    envelope_from: str | None,
    client_ip: str | None,
    borders: Sequence[str],
    resolver: Resolver | None,
    sealers: Sequence[str] = (),
) -> Proof:
    """The proof of a message's From. Never fails.

    `borders` are the names by which our own borders sign Authentication-Results, `sealers` the domains of forwarders whose
    ARC seal we believe; `client_ip` the server that delivered to us, None where another one did.
    """
    del reading  # What was mended for reading proves nothing: headers are looked at as they came.
    block = headers.split(content)
    address, detail = _writer(block)
    if not address:
        return Proof(verdict=UNAUTHENTICATED, address="", method="", detail=detail)
    if detail:
        return Proof(verdict=UNAUTHENTICATED, address=address, method="", detail=detail)
    told = _by_border(block, address, borders)
    if told is not None and told.verdict is AUTHENTICATED:
        return told
    if resolver is None:
        return told or Proof(
            verdict=UNAUTHENTICATED,
            address=address,
            method="",
            detail="no-border" if borders else "nobody-checks",
        )
    if sealers and proving.sealed(content, block, address, sealers, resolver):
        return Proof(verdict=AUTHENTICATED, address=address, method="arc", detail="")
    if told is not None and told.detail == "border-fail":
        return told
    found = proving.prove(
        content, address, envelope_from=envelope_from, client_ip=client_ip, resolver=resolver
    )
    if found.method:
        return Proof(verdict=AUTHENTICATED, address=address, method=found.method, detail="")
    if told is not None and told.verdict is REJECTED:
        return told
    return Proof(
        verdict=REJECTED if found.rejected else UNAUTHENTICATED,
        address=address,
        method="",
        detail=found.detail,
        temporary=found.temporary,
    )


# --- the From ----------------------------------------------------------------------------------------


def _writer(block: headers.Block) -> tuple[str, str]:
    """The one address a message claims, and why it proves nothing ("" when it may)."""
    values = block.values("from")
    if not values:
        return "", "no-from"
    if len(values) > 1:
        return "", "several-from"
    if len(values[0]) > headers.LONGEST_VALUE:
        return "", "from-too-long"
    listed = addresses.parse(headers.unfolded(values[0]))
    if len(listed.mailboxes) != 1:
        return "", "several-from" if listed.mailboxes else "no-from"
    one = listed.mailboxes[0]
    if not one.valid:
        return "", "from-malformed"
    if not listed.exact:
        return one.address, "from-malformed"
    # Where programs may disagree about which headers there are, whoever checked may have checked another From.
    return one.address, "" if block.clean else "headers-malformed"


# --- the border's word -------------------------------------------------------------------------------


def _by_border(block: headers.Block, address: str, borders: Sequence[str]) -> Proof | None:
    """What the topmost Authentication-Results of a trusted border says, None when there is none where it may stand."""
    names = frozenset(border.strip().lower().rstrip(".") for border in borders)
    found = None if not names else results.of_border(block, names)
    if found is None:
        return None
    domain = address.rpartition("@")[2]
    dmarc = found.of("dmarc")
    passed = next(
        (one for one in dmarc if one.result == "pass" and _named(one, "header.from") == domain), None
    )
    if passed is not None:
        return Proof(verdict=AUTHENTICATED, address=address, method="border-dmarc", detail="")
    if any(one.result == "fail" for one in dmarc):
        rejects = any(one.result == "fail" and one.rejects for one in dmarc)
        return Proof(
            verdict=REJECTED if rejects else UNAUTHENTICATED, address=address, method="", detail="border-fail"
        )
    if any(one.result == "pass" for one in dmarc):
        # It saw another From than we do.
        return Proof(verdict=UNAUTHENTICATED, address=address, method="", detail="border-fail")
    for one in found.of("dkim"):
        if one.result == "pass" and proving.aligned(_named(one, "header.d", "header.i"), domain):
            return Proof(verdict=AUTHENTICATED, address=address, method="border-dkim", detail="")
    for one in found.of("spf"):
        if one.result == "pass" and proving.aligned(_named(one, "smtp.mailfrom"), domain):
            return Proof(verdict=AUTHENTICATED, address=address, method="border-spf", detail="")
    return Proof(verdict=UNAUTHENTICATED, address=address, method="", detail="border-none")


def _named(one: results.Result, *properties: str) -> str:
    """The domain that a property names, "" when it names none that can be compared."""
    for name in properties:
        value = one.properties.get(name, "")
        if value:
            return addresses.ascii_domain(value.rpartition("@")[2].strip()) or ""
    return ""
