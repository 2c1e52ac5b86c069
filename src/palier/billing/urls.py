"""Addresses the payment provider calls."""

from __future__ import annotations

from django.urls import path

from palier.billing import views

app_name = "billing"
urlpatterns = [path("stripe/<slug:vendor>", views.stripe_events, name="stripe")]
