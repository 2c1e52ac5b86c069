"""Filling an empty database with five vendors and their stories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from django.contrib.auth.hashers import make_password

from palier.demo import cast as casting
from palier.demo import stories, telling
from palier.demo.models import Demonstration
from palier.ledger import nightly
from palier.people import accounts, tenancy
from palier.people.models import User, Vendor
from palier.tickets import sweeping

Progress = Callable[[str, int, int], None]
"""Hears what is being done (a vendor's name; "" for the stories), how much of it is done, of how much."""


def fill(
    *,
    told: Sequence[stories.Vendor],
    passwords: Mapping[str, str],
    base: str,
    day: date,
    now: datetime,
    progress: Progress,
) -> None:
    """Make everything, of a database whose tables are empty; marks it first, and as finished last.

    `passwords` by vendor; `base` is where the pages are (`http://127.0.0.1:8000/`); the stories lead up to
    `day`, and what time brought since then is recorded as of `now`.
    """
    Demonstration.objects.create(day=day, began_at=now)
    played = telling.moments(told, day=day)
    casts: dict[str, casting.Cast] = {}
    for number, vendor in enumerate(told, start=1):
        row = casting.add_vendor(vendor, day=day, address=address(base, vendor.slug))
        with tenancy.vendor(row.id):
            casts[vendor.slug] = casting.build(vendor, row, day=day)
        progress(row.name, number, len(told))
    give_passwords(told, passwords)
    telling.tell(casts, played, progress=lambda done, of: progress("", done, of))
    sweeping.sweep(now=now)
    for cast in casts.values():
        # As the worker's night: grants and expiries up to today, and a signed checkpoint over all of it.
        nightly.run(vendor_id=cast.vendor.id, now=now)
    Demonstration.objects.update(finished_at=now)


def address(base: str, slug: str) -> str:
    """Where a vendor's pages are."""
    return f"{base}{slug}/"


def move(base: str) -> None:
    """The demonstration is reached at `base` from now on (another port than last time)."""
    for vendor in Vendor.objects.filter(demo=True):
        Vendor.objects.filter(id=vendor.id).update(address=address(base, vendor.slug))


def give_passwords(told: Iterable[stories.Vendor], passwords: Mapping[str, str]) -> None:
    """Everybody of a vendor who can sign in gets its password, and all their sessions end."""
    for vendor in told:
        # Hashed once a vendor: it is slow on purpose, and the demonstration should not be.
        hashed = make_password(passwords[vendor.slug])
        row = Vendor.objects.get(slug=vendor.slug, demo=True)
        with tenancy.vendor(row.id):
            for one in casting.sign_ins(vendor):
                user = User.objects.get(vendor_id=row.id, email=one.email)
                user.password = hashed
                user.save(update_fields=["password"])
                accounts.end_sessions(user=user)
