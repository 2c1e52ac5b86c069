"""All addresses. Each stands below one vendor's host name, or its path in the demonstration."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("desk/", include("palier.desk.urls")),
    path("", include("palier.portal.urls")),
]
