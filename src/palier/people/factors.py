"""Second factors as rows: which an account has, and their sealed seeds."""

from __future__ import annotations

from uuid import UUID

from allauth.mfa.models import Authenticator

from palier.people import access, secrets
from palier.people.models import User

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Where allauth keeps what it has us seal: an app's secret, the seed of recovery codes.
_SEALED = ("secret", "seed")


def purpose(vendor_id: UUID) -> str:
    """What a vendor's seeds are sealed for."""
    return f"factor:{vendor_id}"


def has_one(user: User) -> bool:
    """Whether an authenticator app or a passkey was set up; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=KINDS).exists())


def reseal(*, by: access.Viewer) -> int:
    """Seal every seed of this vendor's accounts with the newest key; how many accounts' factors."""
    access.require_role(by, access.RUNS_THE_DESK)
    sealed_for = purpose(by.vendor_id)
    # Row-level security shows the vendor's own.
    found = list(Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN))
    for factor in found:
        for name in _SEALED:
            if name in factor.data:
                old = factor.data[name].encode()
                factor.data[name] = secrets.resealed(old, purpose=sealed_for).decode()
        factor.save(update_fields=["data"])
    return len(found)
