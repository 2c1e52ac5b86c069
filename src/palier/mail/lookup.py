"""DNS for proving who wrote a message: records asked of the resolvers of this machine, kept for as long as they say."""

from __future__ import annotations

import functools
from typing import Any

import dns.exception
import dns.rdatatype
import dns.resolver

from palier.mail.identity import DnsFailed

SECONDS = 4.0
"""For one question, with all its tries."""
KEPT = 20_000


class Dns:
    """`mail.identity.Resolver` and `Records` over the resolvers this machine is set to."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self._resolver = resolver

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece."""
        return [b"".join(one.strings).decode("utf-8", "replace") for one in self._asked(name, "TXT")]

    def records(self, name: str, kind: str) -> list[str]:
        """The records of a name, as text."""
        return [one.to_text() for one in self._asked(name, kind)]

    def _asked(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self._resolver.resolve(name, kind, lifetime=SECONDS, raise_on_no_answer=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            raise DnsFailed(f"{kind} {name}: {error}") from error


@functools.cache
def resolver() -> Dns | None:
    """The one of this process; None where this machine has none, so that only a border proves anything."""
    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return None
    found.cache = dns.resolver.LRUCache(KEPT)
    found.lifetime = SECONDS
    return Dns(found)
