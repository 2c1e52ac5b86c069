"""The payment provider: Stripe Checkout through Stripe's own library, with each vendor's own keys.

A vendor without keys, or with the provider switched off, has none: `of` answers None and the pages say so. Keys are
sealed with a key outside the database and opened only here, in memory, for one call (docs/explanation/sign-in.md,
"Secrets"). Where calls go is the operator's word (`PALIER_STRIPE_API`), never a vendor's: a vendor could otherwise have
the server call any address.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from palier.billing.models import Settings
from palier.people import access, secrets

if TYPE_CHECKING:
    import stripe
    from stripe.params.checkout import SessionCreateParams

# It tells every call.
logging.getLogger("stripe").setLevel(logging.WARNING)

CHECKOUT = "https://checkout.stripe.com"
TIMEOUT_S = 15
LEAST_OPEN_S = 30 * 60
"""A page of Stripe's stays open for half an hour at least, a day at most."""
MOST_OPEN_S = 24 * 3600


class Unreachable(access.Refused):
    """The provider did not answer, or refused. Nothing was taken."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(
            code="provider-unreachable",
            en=f"The payment provider could not do this ({detail}). Nothing was taken; try again, or pay by transfer.",
            fr=f"Le prestataire de paiement n’a pas pu le faire ({detail}). Rien n’a été prélevé ; réessayez, ou payez "
            "par virement.",
        )


class BadSignature(Exception):
    """A message that the provider did not sign with this vendor's secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A vendor's account at the provider, opened for one call."""

    vendor_id: UUID
    key: str = field(repr=False)
    signing: str = field(repr=False)

    @property
    def is_test(self) -> bool:
        """Whether it moves no real money."""
        return "_test_" in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A payment page that was opened."""

    session_id: str
    url: str
    expires_at: datetime


def purpose(vendor_id: UUID, what: str) -> str:
    """What a secret is sealed for: nothing else opens it."""
    return f"stripe:{vendor_id}:{what}"


def sealed(vendor_id: UUID, what: str, text: str) -> bytes:
    """A key or signing secret as it is kept."""
    return secrets.seal(text, purpose=purpose(vendor_id, what))


def of(settings_: Settings | None) -> Account | None:
    """The vendor's account; None when the provider is off: switched off, or without one of its two secrets."""
    if settings_ is None or not (
        settings_.stripe_enabled and settings_.stripe_key and settings_.stripe_signing
    ):
        return None
    vendor_id = settings_.vendor_id
    return Account(
        vendor_id=vendor_id,
        key=secrets.unseal(bytes(settings_.stripe_key), purpose=purpose(vendor_id, "key")),
        signing=secrets.unseal(bytes(settings_.stripe_signing), purpose=purpose(vendor_id, "signing")),
    )


def form_targets() -> list[str]:
    """Where a form of ours may lead, for the content security policy: a browser checks redirects of forms too."""
    api = urlsplit(settings.PALIER_STRIPE_API)
    return [CHECKOUT, *([f"{api.scheme}://{api.netloc}"] if settings.PALIER_STRIPE_API else [])]


def open_checkout(
    account: Account,
    *,
    reference: str,
    metadata: dict[str, str],
    name: str,
    amount: int,
    currency: str,
    email: str,
    language: str,
    success_url: str,
    cancel_url: str,
    expires_at: datetime,
    attempt: str,
) -> Opened:
    """Open a payment page for an amount, tax included. `attempt` makes a call that is repeated open the same page.

    Raises Unreachable.
    """
    import stripe  # here and below: it loads long, and most processes never ask the provider

    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": reference,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": amount,
                    "product_data": {"name": name},
                },
            }
        ],
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "locale": "fr" if language == "fr" else "en",
    }
    if email:
        params["customer_email"] = email
    try:
        made = _client(account).v1.checkout.sessions.create(
            params=params, options={"idempotency_key": f"palier-checkout-{attempt}"}
        )
    except stripe.StripeError as error:
        raise Unreachable(_detail(error)) from error
    if not made.url:
        raise Unreachable("no page was opened")
    return Opened(
        session_id=made.id,
        url=made.url,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
    )


def expire_checkout(account: Account, session_id: str) -> bool:
    """Close a payment page before its time; False when it is closed or paid already. Raises Unreachable."""
    import stripe

    try:
        _client(account).v1.checkout.sessions.expire(session_id)
    except stripe.InvalidRequestError:
        return False
    except stripe.StripeError as error:
        raise Unreachable(_detail(error)) from error
    return True


def refund(account: Account, *, payment: str, amount: int, attempt: str) -> str:
    """Send money back on the way it came; answers the refund's id. Raises Unreachable."""
    import stripe

    try:
        made = _client(account).v1.refunds.create(
            params={"payment_intent": payment, "amount": amount},
            options={"idempotency_key": f"palier-refund-{attempt}"},
        )
    except stripe.StripeError as error:
        raise Unreachable(_detail(error)) from error
    return str(made.id)


def verified(account: Account, *, payload: bytes, signature: str) -> dict[str, Any]:
    """The event as sent, once its signature and age are checked. Raises BadSignature, also for what is no event."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(
            payload, signature, account.signing, stripe.Webhook.DEFAULT_TOLERANCE
        )
        event = json.loads(payload)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise BadSignature(str(error)) from error
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        raise BadSignature("no event")
    return event


def _client(account: Account) -> stripe.StripeClient:
    import stripe

    base = settings.PALIER_STRIPE_API
    return stripe.StripeClient(
        account.key,
        base_addresses={"api": base} if base else None,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        max_network_retries=1,
    )


def _detail(error: stripe.StripeError) -> str:
    """What it says of itself, without anything of ours."""
    return (error.user_message or type(error).__name__)[:200]
