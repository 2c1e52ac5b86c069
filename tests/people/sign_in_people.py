"""People for the tests of signing in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from palier.people import access, accounts, actions, tenancy
from palier.people.models import Contact, Organisation, Role, Staff, Vendor, VendorHost

AT = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "a bridge of five words"
LOGIN = "/acme/accounts/login/"


def beta() -> Vendor:
    """Another vendor, without second factors."""
    made = Vendor.objects.create(
        slug="beta",
        name="Beta",
        prefix="BET",
        zone="UTC",
        address="https://beta.example/",
        staff_need_second_factor=False,
        created_at=AT,
    )
    VendorHost.objects.create(host="beta.example", vendor=made)
    return made


def contact(
    vendor: Vendor,
    email: str = "ann@customer.example",
    password: str | None = PASSWORD,
    organisation: Organisation | None = None,
) -> Contact:
    """A contact with an account, of an organisation of its own unless one is given."""
    with tenancy.vendor(vendor.id):
        machine = access.Viewer.machine(vendor.id)
        at = organisation or actions.add_organisation(by=machine, name=f"Of {email}", zone="UTC", now=AT)
        made = actions.add_contact(by=machine, organisation=at, name="Ann", email=email, now=AT)
        accounts.create_contact_account(by=machine, contact=made, now=AT, password=password)
    return made


def staff(vendor: Vendor, email: str = "max@acme.example", *roles: Role) -> Staff:
    """A person of the vendor with an account; without roles given, an administrator."""
    with tenancy.vendor(vendor.id):
        return accounts.create_staff_account(
            by=access.Viewer.machine(vendor.id),
            name="Max",
            email=email,
            roles=roles or (Role.ADMINISTRATOR,),
            now=AT,
            password=PASSWORD,
        )


def sign_in(
    client: Client, login: str = "ann@customer.example", password: str = PASSWORD, **more: Any
) -> Any:
    """The answer to the form of the sign-in page."""
    return client.post(more.pop("at", LOGIN), {"login": login, "password": password, **more})


def is_in(client: Client, at: str = "/acme/accounts/sessions/") -> bool:
    """Whether somebody is signed in."""
    return client.get(at).status_code == 200
