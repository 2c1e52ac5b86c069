"""What was typed into a small form, read back."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from palier.pages.small_forms import Field, Form, Sent
from palier.people.access import Refused


def sent(typed: str) -> Sent:
    form = Form(
        action="a", title="", button="", url="", fields=(Field(name="amount", label="Amount", kind="money"),)
    )
    data = QueryDict(mutable=True)
    data["amount"] = typed
    return Sent(data=data, files={}, form=form, zone="Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("1 250,00", "EUR", 125_000),
        ("1250.5", "CAD", 125_050),
        ("1250", "JPY", 1_250),
        ("1.250", "KWD", 1_250),
        ("", "EUR", None),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(typed: str, currency: str, minor: int | None) -> None:
    assert sent(typed).money("amount", currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "example"), [("12.505", "EUR", "1250.00"), ("12.5", "JPY", "1250")]
)
def test_an_amount_with_more_digits_is_refused_with_an_example(
    typed: str, currency: str, example: str
) -> None:
    with pytest.raises(Refused) as refused:
        sent(typed).money("amount", currency)
    assert example in refused.value.said["en"]
