"""One payment told by many processes at once is one payment, one grant and one invoice."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from tests import racing

from palier.billing import checkout
from palier.billing.models import Invoice, Order, OrderState, Payment, ProviderEvent
from palier.ledger.models import Posting
from palier.people import tenancy

from . import stripe_fake
from .selling_world import block, shop, switch_on

_TELLER = """
import json, sys, uuid
from django.utils import timezone
from palier.billing import checkout
from palier.people import tenancy
vendor, event = uuid.UUID(sys.argv[1]), json.loads(sys.argv[2])
ready()
for id_ in ("evt_same", f"evt_{sys.argv[3]}"):
    with tenancy.vendor(vendor):
        print(checkout.hear(vendor_id=vendor, event={**event, "id": id_}, now=timezone.now()).outcome)
"""


@pytest.mark.django_db(transaction=True)
def test_a_payment_told_by_four_processes_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop("solidxperts")
    with stripe_fake.serving() as fake:
        monkeypatch.setattr(django_settings, "PALIER_STRIPE_API", fake.url)
        with tenancy.vendor(made.vendor_id):
            switch_on(made)
            order = block(made, timezone.now())
            checkout.open_for_order(
                by=made.buyer, order=order, success_url="https://x.example/", cancel_url="https://x.example/",
                language="en", now=timezone.now(),
            )  # fmt: skip
        event: dict[str, Any] = fake.completed("cs_test_1")
    each = [[str(made.vendor_id), json.dumps(event), str(number)] for number in range(4)]
    assert Counter(racing.together(_TELLER, each))["ignored"] >= 3
    with tenancy.vendor(made.vendor_id):
        order.refresh_from_db()
        assert order.state == OrderState.PAID
        assert (Payment.objects.count(), Invoice.objects.count()) == (1, 1)
        assert ProviderEvent.objects.count() == 5
        assert Posting.objects.filter(kind="grant", lot=str(order.id)).count() == 1
        assert Order.objects.get().sessions.count() == 1
