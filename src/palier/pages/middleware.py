"""Every page speaks one language, in the vendor's locale, to the reader in the reader's zone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from palier.contracts import queries as contracts
from palier.pages import speech

LANGUAGES = ("en", "fr")


class SpeechMiddleware:
    """Sets `request.speech` and activates the catalogue of the locale (`fr-ca` sets no space before ? ! ;).

    The language is what the account says, else what was chosen in this browser, else what the browser asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        vendor = request.vendor  # type: ignore[attr-defined]
        known: UUID | None = getattr(
            request, "revision_id", None
        )  # read with the session, where there is one
        programme = (
            contracts.programme(known)
            if known is not None
            else speech.programme_of(vendor.id, timezone.now())
        )
        language = _language(request)
        locale = speech.locale_of(programme, language)
        request.speech = speech.Speech(  # type: ignore[attr-defined]
            language=language, locale=locale, zone=_zone(request, vendor.zone), programme=programme
        )
        request.LANGUAGE_CODE = language
        translation.activate("fr-ca" if locale == "fr-CA" else language)
        response = self.get_response(request)
        # A page may speak another language than its reader's browser: the one its link was written in.
        response.headers["Content-Language"] = speech.of(request).language
        return response

    def process_view(self, request: HttpRequest, *view: object) -> None:
        """No text has a NUL in it, and no database keeps one: what was sent cannot be read. A view that takes bytes
        (`takes_bytes`) reads no text."""
        if getattr(view[0], "takes_bytes", False):
            return
        if any(
            "\x00" in text
            for sent in (request.GET, request.POST)
            for _, all_ in sent.lists()
            for text in all_
        ):
            raise BadRequest("a NUL character was sent")


def _language(request: HttpRequest) -> str:
    kept = getattr(request.user, "language", "").partition("-")[0]
    if kept in LANGUAGES:
        return str(kept)
    # Of somebody who is not signed in: an account's own choice is not overruled by who used this browser before.
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in LANGUAGES:
        return str(chosen)
    asked = (translation.get_language() or "en").partition("-")[0]
    return asked if asked in LANGUAGES else "en"


def _zone(request: HttpRequest, fallback: str) -> str:
    """The zone the account says; the pages of a request use the request's own."""
    return getattr(request.user, "zone", "") or fallback
