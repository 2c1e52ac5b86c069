"""Who somebody is, at the vendor whose transaction runs: the same address elsewhere is another account."""

from __future__ import annotations

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models.functions import Lower

from palier.people import tenancy, visitors
from palier.people.models import User


def by_address(address: str) -> User | None:
    """The account of this vendor with that address, whatever its case; only an exact one, never one that looks alike."""
    wanted = address.strip().lower()
    found = User.objects.filter(vendor_id=tenancy.current()).alias(low=Lower("email")).filter(low=wanted)
    return found.first()


class VendorBackend(AuthenticationBackend):
    """Passwords, by address. For an unknown address a password is hashed as well: both refusals take as long."""

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found: User | None = self._check_password(by_address(email), password)
        return found

    def get_user(self, user_id: UUID | str) -> User | None:
        """The account of a session: active, and of this vendor; row-level security shows no other."""
        user = visitors.account(tenancy.current(), user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
