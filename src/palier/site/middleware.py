"""Whose request is this? The vendor by the host name (or, in demonstration and tests, by the path), its transaction,
and sessions that hold for that vendor only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest, DisallowedHost
from django.db import connection, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation

from palier.people import reading, tenancy
from palier.people.models import Vendor

HEALTH = "/health"
SESSION_VENDOR = "palier_vendor"
MISDIRECTED = 421


class VendorRequest(HttpRequest):
    """A request as views below ``VendorMiddleware`` see it."""

    vendor: Vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The vendor a request is for and what of its path names the vendor (``"/"`` = nothing)."""

    vendor: Vendor
    prefix: str


def absolute(address: str, location: str | None = None) -> str:
    """``location`` as a whole address below the vendor's configured one, whatever host the request named."""
    return urljoin(address, location or "")


def host_of(request: HttpRequest) -> str | None:
    """The host name asked for: lower case, no port, no dot at the end; ``None`` when it is not a host name."""
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower() or None


_BY_HOST = "exists (select from people_vendorhost h where h.host = %s and h.vendor_id = v.id)"
# No vendor has an empty slug.
_PLACE = """
from people_vendor v where v.id = coalesce(
    (select h.vendor_id from people_vendorhost h where h.host = %s),
    (select s.id from people_vendor s where s.slug = %s))
"""


def place_of(request: HttpRequest) -> Place | None:
    """The vendor of the request's host name; where vendors share a host (demonstration, tests), of its path."""
    host = host_of(request)
    if host is None:
        return None
    path = request.path_info
    slug = path.split("/", 2)[1] if settings.PALIER_VENDOR_PATHS and path.startswith("/") else ""
    for vendor, by_host in reading.joined((("v", Vendor),), _PLACE, [host, host, slug], also=_BY_HOST):
        return Place(vendor=vendor, prefix="/" if by_host else f"/{slug}/")
    return None


@contextmanager
def _below(request: HttpRequest, prefix: str) -> Iterator[None]:
    """Let addresses be read and written below ``prefix``."""
    before = get_script_prefix()
    if prefix != "/":
        request.path_info = request.path_info[len(prefix) - 1 :] or "/"
        request.META["SCRIPT_NAME"] = prefix.rstrip("/")
        set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)


class VendorMiddleware:
    """Find the vendor, set ``request.vendor``, and run all that follows as one transaction of that vendor.

    A host that belongs to nobody gets 421, the same for every path. An exception, or an answer of 500 and above,
    rolls everything back, the session too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == HEALTH:
            return health()
        place = place_of(request)
        if place is None:
            return self._nobodys(request)
        if not settings.ENVIRONMENT.plain_http and not request.is_secure():
            return _to_https(request, place.vendor)
        if place.prefix != "/" and request.path_info == place.prefix.rstrip("/"):
            return HttpResponseRedirect(place.prefix)
        request.vendor = place.vendor  # type: ignore[attr-defined]
        # Mails and redirects to other hosts are written with this: the Host header is the visitor's word.
        request.build_absolute_uri = partial(absolute, place.vendor.address)  # type: ignore[method-assign]
        with _below(request, place.prefix), tenancy.vendor(place.vendor.id):
            response = self.get_response(request)
            if getattr(request, "view_failed", False) or response.status_code >= 500:
                transaction.set_rollback(True)
            # What is read from a file while it is sent needs no transaction, and says so.
            if response.streaming and not getattr(response, "reads_no_rows", False):
                raise RuntimeError(
                    f"{request.path} streams its answer, which would be read after the vendor's transaction: "
                    "answer with an HttpResponse"
                )
        _keep_cookies_below(response, place.prefix)
        return response

    def process_view(
        self, request: HttpRequest, view: object, arguments: object, named: object
    ) -> HttpResponse | None:
        """Refuse a form with a NUL in it: nobody types one, and PostgreSQL keeps none. A view that takes bytes is no form's."""
        del arguments, named
        if getattr(view, "takes_bytes", False):
            return None
        sent = request.POST
        if any("\0" in text for name in sent for text in (name, *sent.getlist(name))):
            raise BadRequest("a NUL in a form")
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Remember that the view failed: Django has turned the exception into an answer when we see it."""
        del exception
        request.view_failed = True  # type: ignore[attr-defined]

    def _nobodys(self, request: HttpRequest) -> HttpResponse:
        if settings.PALIER_VENDOR_PATHS and host_of(request) is not None:
            with translation.override(translation.get_language_from_request(request)):
                vendors = Vendor.objects.order_by("name") if request.path_info == "/" else ()
                return render(
                    request, "site/vendors.html", {"vendors": vendors}, status=200 if vendors else 404
                )
        return HttpResponse(
            "421 Misdirected Request\n\nNobody is served under this host name.\n"
            "Personne n'est servi sous ce nom d'hôte.\n",
            status=MISDIRECTED,
            content_type="text/plain; charset=utf-8",
        )


def health() -> HttpResponse:
    """``/health``: 200 when the database answers. It tells nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def _to_https(request: HttpRequest, vendor: Vendor) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseForbidden("HTTPS only\n", content_type="text/plain; charset=utf-8")
    return HttpResponsePermanentRedirect(absolute(vendor.address, request.get_full_path()))


def _keep_cookies_below(response: HttpResponseBase, prefix: str) -> None:
    """Where vendors share a host, a browser sends one vendor's cookies to that vendor's path only."""
    if prefix != "/":
        for cookie in response.cookies.values():
            if cookie["path"] in {"", "/"}:
                cookie["path"] = prefix


class VendorSessionMiddleware(SessionMiddleware):
    """Sessions of one vendor: what another vendor's session knows, foremost who signed in, counts for nothing here."""

    def process_request(self, request: HttpRequest) -> None:
        """Open the session the cookie names, or an empty one if it is another vendor's or nobody's."""
        super().process_request(request)
        session = request.session
        if session.session_key and session.get(SESSION_VENDOR) != str(request.vendor.id):  # type: ignore[attr-defined]
            request.session = self.SessionStore()
        request.revision_id = session.revision_id  # type: ignore[attr-defined]  # read with the session

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Write the vendor's name into a session that is about to be kept."""
        session = request.session
        if session.modified and not session.is_empty():
            session[SESSION_VENDOR] = str(request.vendor.id)  # type: ignore[attr-defined]
        return super().process_response(request, response)


class CompressedPagesMiddleware(GZipMiddleware):
    """Pages go compressed to whoever takes them so, with a length that tells nothing of their content (BREACH).

    Only pages: files are streamed as they are, and what an open page asks again and again is compared by its exact ETag.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page; leave all else alone."""
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        found: HttpResponseBase = super().process_response(request, response)
        return found
