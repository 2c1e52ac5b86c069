"""The Django app ``people``."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Vendors (the tenants), their customers' organisations, sites and contacts, staff and roles."""

    name = "palier.people"
    label = "people"
