"""Addresses of what is neither portal nor desk: how the pages are read."""

from __future__ import annotations

from django.urls import path

from palier.pages import account, on_call_feed, views

app_name = "pages"
urlpatterns = [
    path("language", views.language, name="language"),
    path("alerts", account.alerts, name="alerts"),
    path("feeds/<str:token>/<slug:what>.ics", on_call_feed.feed, name="feed"),
    path("theme", views.theme, name="theme"),
]
