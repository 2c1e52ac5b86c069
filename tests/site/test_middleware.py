"""Whose request it is: hosts, paths, transactions, cookies and sessions of one vendor."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import get_script_prefix, path, reverse

from palier.people import tenancy
from palier.people.models import Organisation, User, Vendor, VendorHost
from palier.site.middleware import VendorRequest

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
AT = datetime(2026, 1, 1, tzinfo=UTC)


def who(request: HttpRequest) -> HttpResponse:
    link = reverse("who")
    return HttpResponse(
        f"{cast(VendorRequest, request).vendor.slug} {link} {request.build_absolute_uri(link)}"
    )


def write(request: HttpRequest, then: str) -> HttpResponse:
    Organisation.objects.create(vendor_id=tenancy.current(), name=then, zone="UTC", created_at=AT)
    request.session["seen"] = then
    if then == "raise":
        raise ZeroDivisionError
    if then == "missing":
        raise Http404
    if then == "stream":
        return StreamingHttpResponse(["a"])  # type: ignore[return-value]
    return HttpResponse(then, status=500 if then == "answer-500" else 400 if then == "answer-400" else 200)


def signed_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user) if request.user.is_authenticated else "nobody")


urlpatterns = [
    path("who/", who, name="who"),
    path("write/<then>/", write),
    path("signed-in/", signed_in),
]


@pytest.fixture
def other(db: None) -> Vendor:
    made = Vendor.objects.create(
        slug="beta", name="Beta", prefix="BET", zone="UTC", address="https://beta.example/", created_at=AT
    )
    VendorHost.objects.create(host="beta.example", vendor=made)
    return made


def names(vendor: Vendor) -> list[str]:
    with tenancy.vendor(vendor.id):
        return sorted(Organisation.objects.values_list("name", flat=True))


def test_by_host_name(client: Client, vendor: Vendor, other: Vendor) -> None:
    for host in ("beta.example", "BETA.example:8000", "beta.example."):
        assert client.get("/who/", HTTP_HOST=host).content.startswith(b"beta /who/ ")


def test_by_path_where_vendors_share_a_host(client: Client, vendor: Vendor, other: Vendor) -> None:
    assert client.get("/acme/who/").content == b"acme /acme/who/ https://acme.example/acme/who/"
    assert client.get("/beta/who/").content.startswith(b"beta /beta/who/ ")
    assert client.get("/acme").headers["Location"] == "/acme/"
    assert get_script_prefix() == "/"


def test_links_never_come_from_the_host_header(client: Client, vendor: Vendor) -> None:
    VendorHost.objects.create(host="alias.example", vendor=vendor)
    answer = client.get("/who/", HTTP_HOST="alias.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert answer.content == b"acme /who/ https://acme.example/who/"


@pytest.mark.parametrize("host", ["evil.example", "acme.example.evil.example", "a_b%", "[::1", ""])
def test_a_host_of_nobody_is_misdirected(client: Client, vendor: Vendor, settings: Any, host: str) -> None:
    settings.PALIER_VENDOR_PATHS = False
    for address in ("/", "/who/", "/acme/who/", "/static/no-such-file"):
        answer = client.get(address, HTTP_HOST=host)
        assert answer.status_code == 421, address
        assert "hôte" in answer.content.decode()
    assert client.get("/who/", HTTP_HOST="acme.example").status_code == 200


def test_the_list_of_vendors_where_they_share_a_host(client: Client, vendor: Vendor) -> None:
    page = client.get("/", HTTP_ACCEPT_LANGUAGE="fr")
    assert page.status_code == 200
    assert '<a href="/acme/">Acme</a>' in page.content.decode()
    assert '<html lang="fr">' in page.content.decode()
    assert 'rel="stylesheet"' in page.content.decode()
    assert client.get("/nobody/who/").status_code == 404


def test_health_asks_the_database_and_needs_no_vendor(client: Client) -> None:
    assert client.get("/health", HTTP_HOST="10.0.0.7").content == b"ok\n"


@pytest.mark.parametrize(
    ("then", "status", "kept"),
    [("well", 200, True), ("answer-400", 400, True), ("answer-500", 500, False), ("missing", 404, False)],
)
def test_what_fails_is_rolled_back(
    client: Client, vendor: Vendor, then: str, status: int, kept: bool
) -> None:
    assert client.get(f"/acme/write/{then}/").status_code == status
    assert names(vendor) == ([then] if kept else [])


def test_what_the_database_cannot_keep_is_no_readable_form(client: Client, vendor: Vendor) -> None:
    for sent in ("body=a%00b", "a%00b=body"):
        answer = client.post("/acme/write/well/", sent, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400
    with tenancy.vendor(vendor.id):
        assert not Organisation.objects.exists()
    assert client.post("/acme/write/well/", {"body": "a b"}).status_code == 200


def test_an_exception_is_rolled_back(vendor: Vendor) -> None:
    assert Client(raise_request_exception=False).get("/acme/write/raise/").status_code == 500
    assert names(vendor) == []


def test_nothing_is_streamed_out_of_the_transaction(client: Client, vendor: Vendor) -> None:
    with pytest.raises(RuntimeError, match="streams its answer"):
        client.get("/acme/write/stream/")
    assert names(vendor) == []


def test_cookies_stay_below_the_vendors_path(client: Client, vendor: Vendor) -> None:
    shared = client.get("/acme/write/well/").cookies[settings.SESSION_COOKIE_NAME]
    own = client.get("/write/again/", HTTP_HOST="acme.example").cookies[settings.SESSION_COOKIE_NAME]
    assert (shared["path"], own["path"]) == ("/acme/", "/")
    for cookie in (shared, own):
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]


def test_one_vendors_session_counts_for_nothing_at_another(
    client: Client, vendor: Vendor, other: Vendor
) -> None:
    with tenancy.vendor(vendor.id):
        user = User.objects.create(vendor_id=vendor.id, email="a@b.example", name="Ann", created_at=AT)
    assert get_user_model() is User
    client.force_login(user)
    assert client.get("/acme/signed-in/").content == b"Ann"
    assert client.get("/signed-in/", HTTP_HOST="beta.example").content == b"nobody"


def test_a_session_that_names_no_vendor_is_nobodys(vendor: Vendor) -> None:
    with tenancy.vendor(vendor.id):
        user = User.objects.create(vendor_id=vendor.id, email="a@b.example", name="Ann", created_at=AT)
        forged = Client()
        forged.force_login(user)
    assert forged.get("/acme/signed-in/").content == b"nobody"


def test_https_is_asked_for(client: Client, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, plain_http=False))
    answer = client.get("/who/?a=1", HTTP_HOST="acme.example")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://acme.example/who/?a=1")
    assert client.post("/who/", HTTP_HOST="acme.example").status_code == 403
    assert client.get("/who/", HTTP_HOST="acme.example", secure=True).status_code == 200


def test_the_content_security_policy(client: Client, vendor: Vendor) -> None:
    policy = client.get("/acme/who/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
