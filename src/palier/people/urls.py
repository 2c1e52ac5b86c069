"""Addresses of signing in and of one's account. Of allauth's only those we use: nobody signs up or changes an address."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path, re_path

from palier.people import views

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z-]+)-(?P<key>[^/-]+-[^/-]+|set-password)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("identity/", views.find, name="identity"),
    path("identity/links/", views.links, name="identity_links"),
    path("identity/invitation/<str:token>/", views.invitation, name="identity_invitation"),
    path("identity/<uuid:provider_id>/", views.start, name="identity_start"),
    path("identity/<uuid:provider_id>/callback/", views.callback, name="identity_callback"),
    path("identity/<uuid:provider_id>/unlink/", views.unlink, name="identity_unlink"),
]
