"""Addresses of what is neither portal nor desk: how the pages are read."""

from __future__ import annotations

from django.urls import path

from palier.pages import account, views

app_name = "pages"
urlpatterns = [
    path("language", views.language, name="language"),
    path("alerts", account.alerts, name="alerts"),
    path("theme", views.theme, name="theme"),
]
