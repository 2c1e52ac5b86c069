"""How many times something happened to a vendor's tickets: a page that knows the number knows whether it is still true.

The number only grows, by one a transaction that wrote an event, at its commit (the trigger of migration 0008). It is read
before what it stands for: what is committed in between is then seen a second time, never missed.
"""

from __future__ import annotations

from uuid import UUID

from palier.people import prepared


def at(vendor_id: UUID) -> int:
    """The count as it is committed now. 0 before anything happened."""
    ((changes,),) = prepared.rows(
        "select coalesce(sum(changes), 0)::bigint from tickets_pulse where vendor_id = %s", [vendor_id]
    )
    return int(changes)
