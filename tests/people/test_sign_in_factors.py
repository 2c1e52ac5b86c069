"""Second factors: asked of staff, set up, used, and not to be gone round; passkeys in a real browser."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.test import Client
from tests.people.sign_in_people import PASSWORD, contact, is_in, sign_in, staff

from palier.people import access, factors, tenancy
from palier.people.models import Vendor

QUEUE = "/acme/desk/queue"
FACTORS = "/acme/accounts/2fa/"


@pytest.fixture
def acme(vendor: Vendor) -> Vendor:
    cache.clear()
    assert vendor.staff_need_second_factor
    return vendor


WINDOW = int(time.time()) // 30


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes hold for thirty seconds: a test that began at the end of a window must not meet the next one."""
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter((WINDOW,)))


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, WINDOW)))


def enrol(client: Client, at: str = "/acme") -> str:
    """Set an authenticator app up; its secret."""
    page = client.get(f"{at}/accounts/2fa/totp/activate/")
    if page.status_code == 302:
        client.post(page.headers["Location"], {"password": PASSWORD})
        page = client.get(f"{at}/accounts/2fa/totp/activate/")
    found = re.search(r'value="([A-Z2-7]{32})"', page.content.decode())
    assert found is not None
    done = client.post(f"{at}/accounts/2fa/totp/activate/", {"code": code(found[1])})
    assert done.status_code == 302, done.content.decode()
    return found[1]


@pytest.mark.django_db
def test_staff_without_a_factor_are_led_to_set_one_up(acme: Vendor) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    for page in (QUEUE, "/acme/", "/acme/desk/tickets/ACM-1", "/acme/requests/new"):
        for answer in (client.get(page), client.post(page)):
            assert (answer.status_code, answer.headers["Location"]) == (302, FACTORS), page
    shown = client.get(FACTORS)
    assert "your desk asks everybody for one" in shown.content.decode()
    enrol(client)
    assert client.get(QUEUE).status_code == 200


@pytest.mark.django_db
def test_contacts_and_vendors_that_ask_for_none_are_left_alone(acme: Vendor) -> None:
    contact(acme)
    client = Client()
    sign_in(client)
    assert client.get("/acme/").status_code == 200
    acme.staff_need_second_factor = False
    acme.save()
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    assert client.get(QUEUE).status_code == 200


@pytest.mark.django_db
def test_the_code_is_asked_for_at_the_next_sign_in_and_each_is_good_once(acme: Vendor) -> None:
    user = staff(acme).user
    first = Client()
    sign_in(first, "max@acme.example")
    secret = enrol(first)
    with tenancy.vendor(acme.id):
        assert secret not in str(list(Authenticator.objects.filter(user=user).values_list("data", flat=True)))
    answers = []
    for client in (Client(), Client()):
        assert sign_in(client, "max@acme.example").headers["Location"] == f"{FACTORS}authenticate/"
        assert not is_in(client)
        assert client.get(QUEUE).status_code == 302
        answers.append(client.post(f"{FACTORS}authenticate/", {"code": code(secret)}).status_code)
    assert answers == [302, 200]


@pytest.mark.django_db
def test_a_recovery_code_opens_once(acme: Vendor) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    enrol(client)
    page = client.get(f"{FACTORS}recovery-codes/").content.decode()
    codes = re.findall(r"\b\d{8}\b", page)
    assert len(codes) == 10
    for status in (302, 200):
        other = Client()
        sign_in(other, "max@acme.example")
        assert other.post(f"{FACTORS}authenticate/", {"code": codes[0]}).status_code == status


@pytest.mark.django_db
def test_seeds_are_sealed_anew(acme: Vendor, settings: Any) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    secret = enrol(client)
    new = Fernet.generate_key().decode()
    settings.PALIER_SEALING_KEYS = f"{new},{settings.PALIER_SEALING_KEY_FILE.read_text()}"
    with tenancy.vendor(acme.id):
        assert factors.reseal(by=access.Viewer.machine(acme.id)) == 2
    settings.PALIER_SEALING_KEYS = new
    sign_in(other := Client(), "max@acme.example")
    assert other.post(f"{FACTORS}authenticate/", {"code": code(secret)}).status_code == 302
    page = client.get(f"{FACTORS}recovery-codes/").content.decode()
    assert len(re.findall(r"\b\d{8}\b", page)) == 10


@pytest.mark.django_db
def test_guessing_codes_is_stopped_with_when_to_try_again(acme: Vendor) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    secret = enrol(client)
    other = Client()
    sign_in(other, "max@acme.example")
    for _ in range(5):
        assert "Incorrect" in other.post(f"{FACTORS}authenticate/", {"code": "000000"}).content.decode()
    stopped = other.post(f"{FACTORS}authenticate/", {"code": code(secret)})
    assert "Try again in 5 minutes" in stopped.content.decode()


@pytest.mark.django_db
def test_who_removes_the_last_factor_is_led_back_at_once(acme: Vendor) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    enrol(client)
    assert client.get(QUEUE).status_code == 200
    assert client.post(f"{FACTORS}totp/deactivate/").status_code == 302
    assert client.get(QUEUE).headers["Location"] == FACTORS


@pytest.mark.django_db
def test_the_pages_of_factors_are_whole_in_both_languages(acme: Vendor) -> None:
    staff(acme)
    client = Client()
    sign_in(client, "max@acme.example")
    enrol(client)
    for language, word in (("en", "Authenticator"), ("fr", "authentification")):
        client.post("/acme/preferences/language", {"language": language})
        for page in ("", "recovery-codes/", "recovery-codes/generate/", "webauthn/", "webauthn/add/"):
            answer = client.get(FACTORS + page)
            assert answer.status_code == 200, page
        assert word in client.get(FACTORS).content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_passkey_signs_in_without_a_password(browser: Any, live_server: Any, vendor: Vendor) -> None:
    cache.clear()
    address = live_server.url.replace("127.0.0.1", "localhost")
    vendor.address = f"{address}/"
    vendor.save()
    staff(vendor)
    page = browser.new_context(locale="en").new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    troubles: list[str] = []
    page.on(
        "console",
        lambda message: troubles.append(message.text) if "Security Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{address}/acme/accounts/login/")
    page.fill("[name=login]", "max@acme.example")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]:not([form])")
    page.wait_for_url("**/accounts/2fa/")
    page.goto(f"{address}/acme/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]:not([form])")
    page.wait_for_url("**/webauthn/add/**")
    page.check("[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{address}{QUEUE}")
    assert page.url.endswith("/acme/desk/queue")
    page.context.clear_cookies()
    page.goto(f"{address}/acme/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/acme/desk/queue")
    assert troubles == []
    page.context.close()
