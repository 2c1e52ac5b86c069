"""Checking a sender ourselves: DKIM, SPF, the owner's DMARC record, and the seals of forwarders.

Signatures are dkimpy's, SPF is pyspf's; both ask the given resolver and nobody else. Only signatures of the From's own
organisation are checked at all: no other can prove it, and a message may carry hundreds.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import dkim
import publicsuffix2
import spf

from palier.mail.reader import addresses, headers, results

_MOST_SIGNATURES = 3
_MOST_SEALS = 10
_MOST_HEADERS = 1_000
_MOST_HEADER_BYTES = 256 * 1024
_MOST_FOLDS = 500
_LONGEST_KEY = 2_000
"""Characters: a key of 8,192 bits has 1,400. What a number of a hundred thousand bits is raised to takes minutes."""
_MOST_VOID = 2
_BROKEN = (dkim.DKIMException, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What dkimpy raises on signatures and keys that are written by anybody."""


class DnsFailed(Exception):
    """Nobody knows the answer now; asking again may help."""


class Resolver(Protocol):
    """DNS, as far as it is needed. One that is `Records` as well is asked for the servers that SPF names."""

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none is an empty list. Raises DnsFailed when nobody knows now."""
        ...


@runtime_checkable
class Records(Protocol):
    """DNS for SPF: the servers that a record names."""

    def records(self, name: str, kind: str) -> list[str]:
        """The records of a name: `kind` is A, AAAA, MX ("10 mx.example") or PTR. None is an empty list."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What our own check found: `method` "dkim" or "spf" when it proves the From, else `detail` says why not."""

    method: str = ""
    rejected: bool = False
    detail: str = ""
    temporary: bool = False


# --- domains -----------------------------------------------------------------------------------------


@functools.cache
def _suffixes() -> Any:
    return publicsuffix2.PublicSuffixList()


def organisation(domain: str) -> str:
    """The domain that its owner registered: the public suffix and one label more.

    >>> organisation("mail.atelier.co.uk")
    'atelier.co.uk'
    """
    found = str(_suffixes().get_public_suffix(domain) or domain)
    # Of a top-level domain that is not on the list the library names the domain itself: then all below would be one owner.
    return found if "." in found else ".".join(domain.split(".")[-2:])


def aligned(proved: str, domain: str, *, strict: bool = False) -> bool:
    """Whether what was proved for one domain holds for another: the same, or of the same organisation where not strict.
    A public suffix itself is nobody's organisation."""
    if not proved or "." not in proved:
        return False
    if proved == domain:
        return True
    return (
        not strict
        and organisation(proved) == organisation(domain)
        and organisation(proved) != _suffix(domain)
    )


def _suffix(domain: str) -> str:
    own = organisation(domain)
    return own.partition(".")[2]


# --- DMARC -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the owner of a domain asks for. Without a record nothing is asked, and alignment is relaxed."""

    rejects: bool = False
    strict_dkim: bool = False
    strict_spf: bool = False


def policy(domain: str, resolver: Resolver) -> Policy:
    """The DMARC record that holds for a domain (RFC 7489 §6.6.3). Raises DnsFailed."""
    own = organisation(domain)
    for asked in dict.fromkeys((domain, own)):
        found = [
            text for text in resolver.txt(f"_dmarc.{asked}") if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)
        ]
        if len(found) == 1:
            tags = _tags(found[0])
            wanted = tags.get("p", "none")
            if asked != domain:
                wanted = tags.get("sp", wanted)
            return Policy(
                rejects=wanted == "reject",
                strict_dkim=tags.get("adkim") == "s",
                strict_spf=tags.get("aspf") == "s",
            )
        if found:
            break
    return Policy()


def _tags(text: str) -> dict[str, str]:
    pairs = (tag.partition("=") for tag in text[:2_000].split(";"))
    return {name.strip().lower(): value.strip().lower() for name, equals, value in pairs if equals}


# --- our own check -----------------------------------------------------------------------------------


def prove(
    content: bytes, address: str, *, envelope_from: str | None, client_ip: str | None, resolver: Resolver
) -> Found:
    """Whether a DKIM signature or SPF proves the domain of a From address."""
    domain = address.rpartition("@")[2]
    try:
        asked = policy(domain, resolver)
    except DnsFailed:
        return Found(detail="dns-failed", temporary=True)
    failed = False
    try:
        if _signed(content, domain, resolver, strict=asked.strict_dkim):
            return Found(method="dkim")
    except DnsFailed:
        failed = True
    try:
        if _by_path(domain, envelope_from, client_ip, resolver, strict=asked.strict_spf):
            return Found(method="spf")
    except DnsFailed:
        failed = True
    if failed:
        return Found(detail="dns-failed", temporary=True)
    return Found(detail="dmarc-reject" if asked.rejects else "not-proved", rejected=asked.rejects)


def _signed(content: bytes, domain: str, resolver: Resolver, *, strict: bool) -> bool:
    block = headers.split(content)
    if not _checkable(block):
        return False
    lookup = _Lookup(resolver)
    tried = 0
    for index, value in enumerate(block.values("dkim-signature")):
        tags = _tags_of_signature(value)
        signer = addresses.ascii_domain(tags.get("d", "")) or ""
        if not aligned(signer, domain, strict=strict):
            continue
        # A signature over the beginning of a text says nothing of what was added below; SHA-1 is no proof (RFC 8301).
        if "l" in tags or tags.get("a", "").lower() == "rsa-sha1":
            continue
        tried += 1
        if tried > _MOST_SIGNATURES:
            return False
        relaxed = tags.get("c", "").lower().endswith("/relaxed")
        if _verifies(_compressed(content, block) if relaxed else content, index, lookup):
            return True
    if lookup.failed:
        raise DnsFailed
    return False


def _checkable(block: headers.Block) -> bool:
    """Whether dkimpy takes the headers apart in a time to wait for: it takes the square of a header's folds."""
    return (
        len(block.headers) <= _MOST_HEADERS
        and block.body_at <= _MOST_HEADER_BYTES
        and all(value.count(b"\n") <= _MOST_FOLDS for _, value in block.headers)
    )


def _compressed(content: bytes, block: headers.Block) -> bytes:
    """The message with each run of spaces in its body as one, as relaxed canonicalisation makes it anyway (RFC 6376 §3.4.4).
    dkimpy takes the square of a run's length: a megabyte of spaces would keep a worker for an hour."""
    return content[: block.body_at] + re.sub(rb"[\t ]+", b" ", content[block.body_at :])


def _verifies(content: bytes, index: int, lookup: _Lookup) -> bool:
    try:
        return bool(dkim.DKIM(content, minkey=1024).verify(idx=index, dnsfunc=lookup))
    except _BROKEN:
        return False


def _tags_of_signature(value: bytes) -> dict[str, str]:
    pairs = (tag.partition("=") for tag in headers.unfolded(value).split(";"))
    return {name.strip().lower(): "".join(given.split()) for name, equals, given in pairs if equals}


class _Lookup:
    """The resolver as dkimpy asks it; a failure is kept, for dkimpy takes it for a missing key."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.failed = False

    def __call__(self, name: bytes | str, timeout: int = 5) -> bytes | None:
        del timeout
        asked = (name.decode("ascii", "replace") if isinstance(name, bytes) else name).rstrip(".")
        try:
            found = self._resolver.txt(asked)
        except DnsFailed:
            self.failed = True
            return None
        keys = [text for text in found if "p=" in text and len(text) <= _LONGEST_KEY]
        return keys[0].encode("ascii", "replace") if keys else None


def _by_path(
    domain: str, envelope_from: str | None, client_ip: str | None, resolver: Resolver, *, strict: bool
) -> bool:
    """Whether the server that delivered may send for the return-path (SPF, RFC 7208), and that is the From's domain."""
    path = (envelope_from or "").strip().strip("<>")
    sender = addresses.ascii_domain(path.rpartition("@")[2]) if "@" in path else None
    if client_ip is None or sender is None or not aligned(sender, domain, strict=strict):
        return False
    try:
        ipaddress.ip_address(client_ip)
    except ValueError:
        return False
    asked = spf.query(i=client_ip, s=path, h=sender)
    asked.dns = _spf_dns(resolver)
    try:
        result, _, _ = asked.check()
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
    if result == "temperror":
        raise DnsFailed
    return bool(result == "pass")


def _spf_dns(resolver: Resolver) -> Callable[..., list[Any]]:
    """DNS as pyspf asks it, with its limit on names that lead nowhere."""
    void = 0

    def ask(name: str, kind: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        nonlocal void
        del cnames
        asked = name.rstrip(".").lower()
        if not asked or len(asked) > 253 or any(not 0 < len(label) < 64 for label in asked.split(".")):
            return []
        try:
            found = _spf_records(resolver, asked, kind)
        except DnsFailed as failed:
            raise spf.TempError("DNS") from failed
        if not found and not ignore_void:
            void += 1
            if void > _MOST_VOID:
                raise spf.PermError("Void lookup limit exceeded")
        return found

    return ask


def _spf_records(resolver: Resolver, name: str, kind: str) -> list[Any]:
    if kind == "TXT":
        return [[text.encode("utf-8", "replace")] for text in resolver.txt(name)]
    if kind == "SPF":
        return []
    if not isinstance(resolver, Records):
        raise DnsFailed
    found = resolver.records(name, kind)
    if kind == "MX":
        pairs = (text.split() for text in found)
        return [(int(pair[0]), pair[1].rstrip(".")) for pair in pairs if len(pair) == 2 and pair[0].isdigit()]
    if kind in ("A", "AAAA"):
        return [ipaddress.ip_address(text).compressed for text in found]
    return [text.rstrip(".") for text in found]


# --- seals -------------------------------------------------------------------------------------------


def sealed(
    content: bytes, block: headers.Block, address: str, sealers: Sequence[str], resolver: Resolver
) -> bool:
    """Whether a forwarder we trust sealed the message last (ARC) and says that it proved this From when it came to it."""
    trusted = {addresses.ascii_domain(sealer.strip()) for sealer in sealers} - {None}
    seals = block.values("arc-seal")
    if not seals or len(seals) > _MOST_SEALS or not _checkable(block):
        return False
    if not any(addresses.ascii_domain(_tags_of_signature(seal).get("d", "")) in trusted for seal in seals):
        return False
    try:
        checked = dkim.ARC(_compressed(content, block), minkey=1024)
        chain, instances, _ = checked.verify(dnsfunc=_Lookup(resolver))
        latest = instances[0] if instances else {}
        sealer = addresses.ascii_domain(latest.get("as-domain", b"").decode("ascii"))
        told = latest.get("aar-value", b"").decode("utf-8", "replace")
    except _BROKEN:
        return False
    if chain != b"pass" or sealer not in trusted or sealer is None:
        return False
    if addresses.ascii_domain(latest.get("ams-domain", b"").decode("ascii", "replace")) not in trusted:
        return False
    # "i=2; mx.example; dmarc=pass …": what stands after the number is an Authentication-Results.
    found = results.parse(told.partition(";")[2].strip())
    domain = address.rpartition("@")[2]
    return found is not None and any(
        one.result == "pass" and one.properties.get("header.from", "").lower() == domain
        for one in found.of("dmarc")
    )
