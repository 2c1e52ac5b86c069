"""Who sells and who buys on the demonstration's invoices: invented identities, and the taxes of the seller's country."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from palier.billing import selling
from palier.people.access import Viewer
from palier.people.models import Organisation


def sell(
    seller: Mapping[str, str],
    numbers: Mapping[str, str],
    *,
    terms: Mapping[str, str],
    by: Viewer,
    begin: datetime,
) -> None:
    """The vendor's identity, and the usual rules of its country. The payment provider stays off. Raises ValueError."""
    _check(seller, selling.SELLER_FIELDS)
    selling.save_settings(by=by, values=seller, tax_numbers=tuple(numbers.items()), terms=terms, now=begin)
    if not selling.add_usual_rules(by=by, country=seller["country"], valid_from=begin.date()):
        raise ValueError(f"no usual tax rules are known for {seller['country']}")


def name_buyer(buyer: Mapping[str, str], organisation: Organisation, *, by: Viewer, begin: datetime) -> None:
    """How a customer is named on its invoices. Raises ValueError."""
    _check(buyer, selling.PARTY_FIELDS)
    selling.save_party(by=by, organisation=organisation, values=buyer, now=begin)


def _check(found: Mapping[str, str], known: tuple[str, ...]) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise ValueError(f"billing does not know {', '.join(unknown)}; it reads {', '.join(known)}")
