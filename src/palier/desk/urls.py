"""Addresses of the desk, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = []
