"""Filling an empty database with five vendors and their stories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import connection

from palier.demo import cast as casting
from palier.demo import on_call, stories, telling
from palier.demo.models import Demonstration
from palier.ledger import nightly
from palier.people import accounts, notices, tenancy
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
    # Hashing is slow on purpose, and another core can do it meanwhile.
    with futures.ThreadPoolExecutor(max_workers=1) as beside, _without_waiting_for_the_disk():
        hashed = {slug: beside.submit(make_password, password) for slug, password in passwords.items()}
        Demonstration.objects.create(day=day, began_at=now)
        played = telling.moments(told, day=day)
        casts: dict[str, casting.Cast] = {}
        for number, vendor in enumerate(told, start=1):
            row = casting.add_vendor(vendor, day=day, address=address(base, vendor.slug))
            with tenancy.vendor(row.id):
                cast = casts[vendor.slug] = casting.build(vendor, row, day=day)
                for roster in vendor.rosters:
                    on_call.build(cast, roster, zone=vendor.zone, day=day, now=casting.founded(day))
            progress(row.name, number, len(told))
        telling.tell(casts, played, progress=lambda done, of: progress("", done, of))
        sweeping.sweep(now=now)
        for cast in casts.values():
            # As the worker's night: grants and expiries up to today, and a signed checkpoint over all of it.
            nightly.run(vendor_id=cast.vendor.id, now=now)
            with tenancy.vendor(cast.vendor.id):
                # The stories are past: whoever played in them was told then.
                notices.keep_from_mail(cast.vendor.id)
        _give(told, {slug: one.result() for slug, one in hashed.items()})
    Demonstration.objects.update(finished_at=now)


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Commits do not wait until they lie on the disk; the first one after the block does, for all before it."""
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        try:
            yield
        finally:
            cursor.execute("reset synchronous_commit")


def address(base: str, slug: str) -> str:
    """Where a vendor's pages are."""
    return f"{base}{slug}/"


def move(base: str) -> None:
    """The demonstration is reached at `base` from now on (another port than last time)."""
    for vendor in Vendor.objects.filter(demo=True):
        Vendor.objects.filter(id=vendor.id).update(address=address(base, vendor.slug))


def give_passwords(told: Iterable[stories.Vendor], passwords: Mapping[str, str]) -> None:
    """Everybody of a vendor who can sign in gets its password, and all their sessions end."""
    _give(told, {slug: make_password(password) for slug, password in passwords.items()})


def _give(told: Iterable[stories.Vendor], hashed: Mapping[str, str]) -> None:
    for vendor in told:
        row = Vendor.objects.get(slug=vendor.slug, demo=True)
        with tenancy.vendor(row.id):
            for one in casting.sign_ins(vendor):
                user = User.objects.get(vendor_id=row.id, email=one.email)
                # One hash for all of a vendor: it takes long, and the demonstration should not.
                user.password = hashed[vendor.slug]
                user.save(update_fields=["password"])
                accounts.end_sessions(user=user)
