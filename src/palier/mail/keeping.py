"""How long the bytes of a message are kept: what came of nothing goes after a while, everything else stays with what it became.

The row stays, with its sender, its subject and what was decided, so that the same message brought again is still known.
Reference: docs/reference/mail-in.md, "How long it is kept".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Original
from palier.people import tenancy
from palier.people.models import Vendor

CAME_OF_NOTHING = (State.DISCARDED, State.IGNORED)
AT_ONCE = 500


def forget(*, now: datetime) -> int:
    """Delete the bytes of what was thrown away or ignored `PALIER_MAIL_KEPT_DAYS` ago, of all vendors; how many."""
    before = now - timedelta(days=settings.PALIER_MAIL_KEPT_DAYS)
    forgotten = 0
    for vendor_id in Vendor.objects.order_by("id").values_list("id", flat=True):
        while (found := _some(vendor_id, before)) > 0:
            forgotten += found
    return forgotten


def _some(vendor_id: UUID, before: datetime) -> int:
    with tenancy.vendor(vendor_id):
        # The message's own row is locked: what somebody lets in just now keeps its bytes.
        ids = list(
            Incoming.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .filter(
                vendor_id=vendor_id, state__in=CAME_OF_NOTHING, handled_at__lt=before,
                original__vendor_id=vendor_id,
            )
            .values_list("id", flat=True)[:AT_ONCE]
        )  # fmt: skip
        Original.objects.filter(vendor_id=vendor_id, incoming_id__in=ids).delete()
        return len(ids)
