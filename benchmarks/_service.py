"""A vendor on a real PostgreSQL for the figures of the service: row-level security on, connected as palier_app.

The server lives in a temporary folder for the length of the process and writes as in service (fsync on).
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from django.test import Client

    from palier.people.access import Viewer
    from palier.people.models import User

NOW = datetime(2026, 7, 9, 12, tzinfo=UTC)
CUSTOMERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A vendor under Northern's programme, with customers, an agent, and a contact of each customer."""

    vendor_id: UUID
    slug: str
    agent: Viewer
    user: User
    contacts: tuple[Viewer, ...]


@functools.cache
def start() -> None:
    """Start the server, make the tables, set Django up; once a process."""
    folder = tempfile.mkdtemp(prefix="palier-bench-")
    os.chmod(folder, 0o711)  # as root the server is another user, who must be able to walk through
    os.environ |= {
        "PALIER_DATA": folder,
        "PALIER_VENDOR_PATHS": "yes",
        "PALIER_PLAIN_HTTP": "yes",
        "PALIER_SECRET_KEY": "only the benchmarks know this key, 0123456789 abcdefghij",
        "DJANGO_SETTINGS_MODULE": "palier.site.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("DATABASE_OWNER_URL", None)
    from palier.site import postgres

    server = postgres.Server(Path(folder)).start()
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = postgres.urls(server)
    import django
    from django.conf import settings

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    django.setup()
    from palier.site import database

    database.prepare(os.environ["DATABASE_OWNER_URL"], os.environ["DATABASE_URL"])
    database.migrate()

    def stop() -> None:
        from django.db import connections

        connections.close_all()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)


def desk(slug: str, *, mail: bool = False) -> Desk:
    """A fresh vendor with fifty customers; with `mail` its programme takes requests by mail."""
    start()
    from palier.people import actions, tenancy
    from palier.people.access import Viewer

    vendor = actions.add_vendor(
        slug=slug,
        name=slug.title(),
        prefix="NOR",
        zone="Europe/Paris",
        address=f"https://{slug}.example/",
        now=NOW,
        staff_need_second_factor=False,
    )
    with tenancy.vendor(vendor.id):
        user, agent = _agent(vendor.id)
        return Desk(
            vendor_id=vendor.id,
            slug=slug,
            agent=Viewer.staff(agent),
            user=user,
            contacts=tuple(_customer(vendor.id, number, mail=mail) for number in range(CUSTOMERS)),
        )


def _agent(vendor_id: UUID):  # type: ignore[no-untyped-def]  # models exist only once Django is set up
    from palier.people import actions
    from palier.people.access import Viewer
    from palier.people.models import Role

    user = actions.add_user(vendor_id=vendor_id, email="alex@vendor.example", name="Alex Agent", now=NOW)
    machine = Viewer.machine(vendor_id)
    return user, actions.add_staff(by=machine, user=user, roles=[Role.MANAGER], now=NOW)


def _customer(vendor_id: UUID, number: int, *, mail: bool) -> Viewer:
    from palier.contracts import actions as contracts
    from palier.people import actions
    from palier.people.access import Viewer
    from palier.programme import library

    machine = Viewer.machine(vendor_id)
    source = library.reference_programmes()["northern"].read_text()
    if mail:
        source = source.replace("channels: [portal]", "channels: [portal, mail]", 1)
    contracts.publish_revision(by=machine, source=source, now=NOW)
    zones = ("Europe/Paris", "America/Toronto", "Asia/Tokyo", "Asia/Kathmandu")
    organisation = actions.add_organisation(
        by=machine, name=f"Customer {number}", zone=zones[number % len(zones)], country="FR", now=NOW
    )
    contact = actions.add_contact(
        by=machine, organisation=organisation, name="Camille", email=f"camille@{number}.example", now=NOW
    )
    contract = contracts.draw_up(
        by=machine,
        organisation=organisation,
        plan="augmented" if number % 5 == 0 else "standard",
        number=f"N-{number}",
        activation_on=date(2026, 1, 1),
        now=NOW,
        paid_at=NOW,
    )
    contracts.add_solution(
        by=machine, contract=contract, name="Archive", handed_over_on=date(2026, 2, 1), now=NOW
    )
    return Viewer.customer(contact)


def client(desk: Desk) -> Client:
    """A browser signed in as the vendor's agent."""
    from django.test import Client

    from palier.people import tenancy
    from palier.site import middleware

    made = Client()
    with tenancy.vendor(desk.vendor_id):
        made.force_login(desk.user)
        session = made.session
        session[middleware.SESSION_VENDOR] = str(desk.vendor_id)
        session.save()
    return made
