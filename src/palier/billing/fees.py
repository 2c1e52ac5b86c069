"""The fee of a contract's latest term, billed before it is served: a line once, while the term is unpaid.

The price is the contract's yearly amount; a term of other than twelve months costs its part of it. Paying the invoice in
full marks the contract paid (billing/paying.py), and requests held for it go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from palier.billing.invoicing import Draft
from palier.billing.models import InvoiceLine, Source
from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.core import money
from palier.people.models import Organisation
from palier.programme import locales

_A_YEAR = 12


def fee_key(contract: Contract) -> str:
    """What a fee is billed under: the contract and the first date of its latest term."""
    return f"{contract.id}:{contract.starts_on or contract.activation_on}"


def of_customer(organisation: Organisation) -> Iterable[tuple[str, Draft]]:
    """The fees of a customer's unpaid terms that no invoice has yet, each with its currency."""
    rows = Contract.objects.filter(
        yearly_amount__gt=0,
        vendor_id=organisation.vendor_id,
        organisation=organisation,
        paid_at=None,
        ended_at=None,
    ).order_by("number")
    for contract in rows:
        key = fee_key(contract)
        if InvoiceLine.objects.filter(vendor_id=organisation.vendor_id, source=Source.FEE, key=key).exists():
            continue
        programme = contracts.programme(contract.revision_id)
        plan = programme.plans[contract.plan]
        first = contract.starts_on or contract.activation_on
        term = programme.terms.get(contract.term)
        months = term.months if term is not None else 12
        currency = contract.currency or programme.currency
        yearly = money.Amount(minor=contract.yearly_amount or 0, currency=currency)
        fee = money.times(yearly, Fraction(months, _A_YEAR))
        yield (
            currency,
            Draft(
                source=Source.FEE,
                key=key,
                names={
                    language: f"{plan.name.in_(language)}, {contract.number}, "
                    f"{locales.plain_date(first, locale)} – {locales.plain_date(contract.ends_on, locale)}"
                    for language, locale in (("en", "en"), ("fr", "fr-FR"))
                },
                unit_amount=fee.minor,
                on=first,
                clause=plan.clause,
                contract_id=contract.id,
            ),
        )
