"""Invitations to an identity provider: a signed word, sent to the account's address, good for a week and for one link."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from palier.people import tenancy

GOOD_FOR_S = 7 * 24 * 3600
_SALT = "palier.people.invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who may link an identity of which provider."""

    user_id: UUID
    provider_id: UUID


def token(*, user_id: UUID, provider_id: UUID) -> str:
    """The invitation as it stands in the letter's link, for the vendor whose transaction runs."""
    return signing.dumps([str(tenancy.current()), str(user_id), str(provider_id)], salt=_SALT)


def read(text: str) -> Invitation | None:
    """The invitation in a link; None when it is none of this vendor's, was changed, or is older than a week."""
    try:
        vendor_id, user_id, provider_id = signing.loads(text, salt=_SALT, max_age=GOOD_FOR_S)
    except signing.BadSignature:
        return None
    if vendor_id != str(tenancy.current()):
        return None
    return Invitation(user_id=UUID(user_id), provider_id=UUID(provider_id))
