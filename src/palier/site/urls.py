"""All addresses. Each stands below one vendor's host name, or its path in the demonstration."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from palier.pages import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("palier.people.urls")),
    path("preferences/", include("palier.pages.urls")),
    path("styleguide", styleguide.page, name="styleguide"),
    path("files/", include("palier.pages.file_urls")),
    path("billing/", include("palier.billing.urls")),
    path("mail/", include("palier.mail.urls")),
    path("desk/", include("palier.desk.urls")),
    path("", include("palier.portal.urls")),
]

handler400 = "palier.pages.errors.bad_request"
handler403 = "palier.pages.errors.forbidden"
handler404 = "palier.pages.errors.not_found"
# allauth's name for "too many attempts".
handler429 = "palier.people.ratelimits.refusal"
handler500 = "palier.pages.errors.server_error"
