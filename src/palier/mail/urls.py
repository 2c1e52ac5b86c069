"""Addresses of mail that letters lead to, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import path

from palier.mail import unsubscribing, webhooks

app_name = "mail"
urlpatterns = [
    path("unsubscribe/<str:token>", unsubscribing.page, name="unsubscribe"),
    # "mime" in an address makes Mailgun post messages as they came.
    path("in/mime/<str:token>", webhooks.webhook, name="webhook"),
]
