"""The keys a vendor signs its checkpoints with: made when first needed, changed at any time, never shown.

The private part is sealed by keys outside the database (people/secrets.py) and opened only to sign. Changing the key lets
the old one vouch for the new one, and destroys the old private part.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from palier.ledger import notes
from palier.ledger.instants import micros
from palier.ledger.models import SigningKey
from palier.people import access, secrets


def rotate(*, by: access.Viewer, now: datetime) -> SigningKey:
    """Sign with a new key from now on; the old one vouches for it once and can never sign again."""
    access.require_role(by, access.RUNS_THE_DESK)
    old = _locked(by.vendor_id)
    if old is None:
        return _make(by.vendor_id, now=now)
    secret, public = notes.new_secret()
    fresh = notes.PublicKey(vendor=str(by.vendor_id), public=public, made_at=micros(now), after=old.name)
    endorsement = notes.sign(fresh.text(), secret=_opened(old))
    SigningKey.objects.filter(vendor_id=by.vendor_id, id=old.id).update(secret=None, retired_at=now)
    return _keep(by.vendor_id, secret, public, now=now, after=old.name, endorsement=endorsement)


def in_use(*, vendor_id: UUID, now: datetime) -> SigningKey:
    """The key the vendor signs with, locked until the transaction ends; made if there is none."""
    return _locked(vendor_id) or _make(vendor_id, now=now)


def sign(key: SigningKey, text: bytes) -> bytes:
    """A signature over a note. Raises secrets.CannotOpen when the sealing key is not at hand."""
    return notes.sign(text, secret=_opened(key))


def public_keys(*, vendor_id: UUID) -> tuple[notes.PublicKey, ...]:
    """Every key the vendor ever had, the first one first: its public part and who vouched for it."""
    return tuple(
        notes.PublicKey(
            vendor=str(vendor_id),
            public=bytes(row.public),
            made_at=micros(row.created_at),
            after=row.endorsed_by,
            endorsement=bytes(row.endorsement or b""),
        )
        for row in SigningKey.objects.filter(vendor_id=vendor_id).order_by("created_at", "id")
    )


def reseal(*, vendor_id: UUID) -> None:
    """Close the private part again with the newest sealing key, so that older ones can be dropped."""
    for row in SigningKey.objects.select_for_update().filter(vendor_id=vendor_id, secret__isnull=False):
        row.secret = secrets.resealed(bytes(row.secret or b""), purpose=_purpose(vendor_id, row.id))
        row.save(update_fields=["secret"])


def _locked(vendor_id: UUID) -> SigningKey | None:
    return SigningKey.objects.select_for_update().filter(vendor_id=vendor_id, retired_at=None).first()


def _make(vendor_id: UUID, *, now: datetime) -> SigningKey:
    secret, public = notes.new_secret()
    return _keep(vendor_id, secret, public, now=now)


def _keep(
    vendor_id: UUID,
    secret: str,
    public: bytes,
    *,
    now: datetime,
    after: str = "",
    endorsement: bytes | None = None,
) -> SigningKey:
    id_ = uuid7()
    return SigningKey.objects.create(
        id=id_,
        vendor_id=vendor_id,
        name=notes.key_name(public),
        public=public,
        secret=secrets.seal(secret, purpose=_purpose(vendor_id, id_)),
        endorsed_by=after,
        endorsement=endorsement,
        created_at=now,
    )


def _opened(key: SigningKey) -> str:
    return secrets.unseal(bytes(key.secret or b""), purpose=_purpose(key.vendor_id, key.id))


def _purpose(vendor_id: UUID, key_id: UUID) -> str:
    return f"ledger-key:{vendor_id}:{key_id}"
