"""How allauth is fitted to Palier: nobody signs up, everything stays within the vendor, seeds are sealed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from qrcode.image.svg import SvgPathFillImage

from palier.people import accounts, factors, ratelimits, secrets, signin, tenancy
from palier.people.models import User, Vendor

TOO_MANY = "too_many_login_attempts"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by people of the vendor, or by a customer's administrator; never by visitors."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only paths of this vendor are followed."""
        return bool(url) and signin.is_inside(str(url))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The desk for people of the vendor, the portal for all others."""
        assert isinstance(request.user, User)
        return signin.start_of(request.user)

    def set_password(self, user: User, password: str) -> None:
        """Set it, and end the account's sessions: the one that asked, if any, goes on under a new key."""
        super().set_password(user, password)
        keep = context.request.session.session_key if context.request.user == user else None
        accounts.end_sessions(user=user, but=keep)
        self._delete_login_attempts_cached_email(context.request, email=user.email)

    def validation_error(self, code: str, *arguments: object) -> ValidationError:
        """The sentence for a code; for too many attempts with when to try again."""
        if code != TOO_MANY:
            error: ValidationError = super().validation_error(code, *arguments)
            return error
        request = context.request
        keys = ratelimits.failed_keys(request)
        seconds = ratelimits.wait_s(request, app=ratelimits.ACCOUNT, action="login_failed", keys=keys)
        return ValidationError(ratelimits.when_again(seconds), code=code)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return ratelimits.address_key(
            request.vendor.id,  # type: ignore[attr-defined]
            str(credentials.get("email", "")),
        )


class FactorAdapter(DefaultMFAAdapter):
    """Second factors are named after the vendor, their seeds sealed."""

    def get_totp_issuer(self) -> str:
        """What an authenticator app calls us."""
        return _vendor().name

    def build_totp_svg(self, url: str) -> str:
        """The QR code on white: on a dark page cameras do not read it else."""
        picture: bytes = qrcode.make(url, image_factory=SvgPathFillImage).to_string()
        return picture.decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey belongs to the host of the vendor's configured address, whatever host the request named."""
        vendor = _vendor()
        return {"id": urlsplit(vendor.address).hostname or "", "name": vendor.name}

    def encrypt(self, text: str) -> str:
        """Seal a seed."""
        return secrets.seal(text, purpose=factors.purpose(tenancy.current())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed."""
        return secrets.unseal(encrypted_text.encode(), purpose=factors.purpose(tenancy.current()))


def _vendor() -> Vendor:
    found: Vendor = context.request.vendor
    return found
