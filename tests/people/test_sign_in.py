"""Signing in at one vendor, out again, with a new password; and what strangers learn from it: nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import set_script_prefix
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.people.sign_in_people import AT, LOGIN, PASSWORD, beta, contact, is_in, sign_in, staff

from palier.people import access, accounts, jobs, ratelimits, signin, tenancy
from palier.people.models import Role, User, Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts(db: None) -> None:
    cache.clear()


@pytest.fixture
def other(db: None) -> Vendor:
    return beta()


@pytest.fixture
def acme(vendor: Vendor) -> Vendor:
    vendor.staff_need_second_factor = False
    vendor.save()
    return vendor


# In and out ----------------------------------------------------------------------------------------------------------


def test_a_contact_begins_in_the_portal_and_staff_at_the_desk(acme: Vendor) -> None:
    contact(acme)
    staff(acme)
    answer = sign_in(Client(), " ANN@Customer.example ")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/acme/")
    assert sign_in(Client(), "max@acme.example").headers["Location"] == "/acme/desk/"


def test_the_sign_in_page_speaks_both_languages(acme: Vendor) -> None:
    page = Client().get(LOGIN, HTTP_ACCEPT_LANGUAGE="en")
    assert page.status_code == 200
    assert "Sign in with a passkey" in page.content.decode()
    assert "Se connecter" in Client().get(LOGIN, HTTP_ACCEPT_LANGUAGE="fr-CA,fr").content.decode()


def test_the_demonstration_says_that_nobody_is_asked_for_a_second_factor(acme: Vendor) -> None:
    assert "second factor" not in Client().get(LOGIN).content.decode()
    acme.demo = True
    acme.save()
    assert "nobody is asked for a second factor" in Client().get(LOGIN).content.decode()


def test_signing_out_ends_the_session(acme: Vendor) -> None:
    contact(acme)
    client = Client()
    sign_in(client)
    assert is_in(client)
    client.post("/acme/accounts/logout/")
    assert not is_in(client)


def test_a_session_gets_a_new_key_at_the_sign_in(acme: Vendor) -> None:
    contact(acme)
    client = Client()
    client.post("/acme/preferences/language", {"language": "fr"})
    client.get(LOGIN)
    session = client.session
    session["palier_vendor"] = str(acme.id)
    session["planted"] = "by somebody before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = before = str(session.session_key)
    sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_accounts_language_decides_and_a_switch_changes_it(acme: Vendor) -> None:
    user = contact(acme).user
    client = Client()
    client.post("/acme/preferences/language", {"language": "fr"})
    assert client.get(LOGIN).headers["Content-Language"] == "fr"
    sign_in(client)
    assert client.get("/acme/").headers["Content-Language"] == "en"
    client.post("/acme/preferences/language", {"language": "fr"})
    assert client.get("/acme/").headers["Content-Language"] == "fr"
    with tenancy.vendor(acme.id):
        assert user is not None
        user.refresh_from_db()
        assert user.language == "fr"


@pytest.mark.parametrize(
    ("prefix", "host", "secure"), [("/acme", "any.example", False), ("", "acme.example", True)]
)
def test_forms_are_protected_under_a_path_and_under_a_host_name(
    acme: Vendor, prefix: str, host: str, secure: bool
) -> None:
    contact(acme)
    client = Client(enforce_csrf_checks=True)
    more: dict[str, Any] = {"HTTP_HOST": host, "secure": secure}
    page = client.get(f"{prefix}/accounts/login/", **more).content.decode()
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[:1])
    form = {"login": "ann@customer.example", "password": PASSWORD}
    for origin, sent in (("https://evil.example", {"csrfmiddlewaretoken": token}), ("", {})):
        answer = client.post(f"{prefix}/accounts/login/", {**form, **sent}, HTTP_ORIGIN=origin, **more)
        assert answer.status_code == 403
    scheme = "https" if secure else "http"
    answer = client.post(
        f"{prefix}/accounts/login/",
        {**form, "csrfmiddlewaretoken": token},
        HTTP_ORIGIN=f"{scheme}://{host}",
        HTTP_REFERER=f"{scheme}://{host}{prefix}/accounts/login/",
        **more,
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{prefix}/")


# One vendor ----------------------------------------------------------------------------------------------------------


def test_the_same_address_is_an_account_at_each_vendor(acme: Vendor, other: Vendor) -> None:
    contact(acme)
    contact(other)
    with tenancy.vendor(other.id):
        user = User.objects.get()
        accounts.set_password(
            by=access.Viewer.machine(other.id), user=user, password="quite another one", now=AT
        )
    assert sign_in(Client(), password="quite another one").status_code == 200
    assert sign_in(Client()).status_code == 302
    elsewhere = "/beta/accounts/login/"
    assert sign_in(Client(), at=elsewhere).status_code == 200
    assert sign_in(Client(), password="quite another one", at=elsewhere).headers["Location"] == "/beta/"


def test_a_session_is_nobodys_at_another_vendor(acme: Vendor, other: Vendor) -> None:
    contact(acme)
    client = Client()
    sign_in(client)
    client.cookies[settings.SESSION_COOKIE_NAME]["path"] = "/"
    assert is_in(client)
    assert not is_in(client, "/beta/accounts/sessions/")
    assert client.get("/accounts/sessions/", HTTP_HOST="beta.example").status_code == 302


def test_the_tables_of_sign_in_show_one_vendors_rows(acme: Vendor, other: Vendor) -> None:
    user = contact(acme).user
    sign_in(Client())
    with tenancy.vendor(acme.id):
        Authenticator.objects.create(user=user, type="totp", data={})
        assert (UserSession.objects.count(), Authenticator.objects.count()) == (1, 1)
    with tenancy.vendor(other.id):
        assert (UserSession.objects.count(), Authenticator.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "followed"),
    [
        ("/acme/requests/", True),
        ("/acme/requests/?a=%2F", True),
        ("/acme", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("/beta/", False),
        ("/acme/../beta/", False),
        ("/acme/%2e%2e/beta/", False),
        ("/acme/..\\beta/", False),
        ("/acmeother/", False),
        ("requests/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_paths_of_the_vendor_are_followed(wanted: str, followed: bool) -> None:
    set_script_prefix("/acme/")
    try:
        assert signin.is_inside(wanted) is followed
    finally:
        set_script_prefix("/")


def test_next_leads_nowhere_else(acme: Vendor) -> None:
    contact(acme)
    assert sign_in(Client(), next="https://evil.example/").headers["Location"] == "/acme/"
    assert sign_in(Client(), next="/beta/").headers["Location"] == "/acme/"
    assert sign_in(Client(), next="/acme/requests/").headers["Location"] == "/acme/requests/"


def test_nobody_signs_up_or_changes_an_address(acme: Vendor) -> None:
    for page in ("signup/", "email/", "confirm-email/", "3rdparty/", "login/code/"):
        assert Client().get(f"/acme/accounts/{page}").status_code == 404, page


# Nothing is learnt ---------------------------------------------------------------------------------------------------


def shown(answer: Any) -> str:
    return re.sub(r'(value|nonce|content)="[^"]*"', "", answer.content.decode())


def test_unknown_addresses_and_wrong_passwords_get_the_same_answer(
    acme: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact(acme)
    hashed: list[str] = []
    original = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return original(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    wrong = sign_in(Client(), password="not this one at all")
    assert len(hashed) == 1
    unknown = sign_in(Client(), "bob@customer.example", "not this one at all")
    assert len(hashed) == 2
    assert (wrong.status_code, shown(wrong)) == (unknown.status_code, shown(unknown))


def test_a_reset_is_answered_alike_and_queued_alike(acme: Vendor) -> None:
    contact(acme)
    before = ProcrastinateJob.objects.count()
    answers = [
        Client().post("/acme/accounts/password/reset/", {"email": email})
        for email in ("ann@customer.example", "bob@customer.example")
    ]
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {
        (302, "/acme/accounts/password/reset/done/")
    }
    assert ProcrastinateJob.objects.count() == before + 2
    assert mail.outbox == []


# A new password ------------------------------------------------------------------------------------------------------


def letter(vendor: Vendor, user: User) -> str:
    mail.outbox.clear()
    jobs.password_letter.func(vendor_id=str(vendor.id), user_id=str(user.pk))
    (sent,) = mail.outbox
    assert sent.to == [user.email]
    (link,) = [line for line in str(sent.body).splitlines() if line.startswith("http")]
    return link


def test_a_letter_leads_to_a_new_password_once(acme: Vendor) -> None:
    user = contact(acme, password=None).user
    assert user is not None
    link = letter(acme, user)
    assert link.startswith("https://acme.example/accounts/password/reset/key/")
    client = Client()
    path = link.removeprefix("https://acme.example")
    form = client.get(path, HTTP_HOST="acme.example", follow=True)
    assert form.status_code == 200
    where = form.redirect_chain[-1][0]
    weak = client.post(
        where, {"password1": "password1234", "password2": "password1234"}, HTTP_HOST="acme.example"
    )
    assert weak.status_code == 200
    done = client.post(where, {"password1": PASSWORD, "password2": PASSWORD}, HTTP_HOST="acme.example")
    assert done.status_code == 302
    assert not is_in(client)
    assert sign_in(Client()).status_code == 302
    again = Client().get(path, HTTP_HOST="acme.example", follow=True)
    assert "This link is used up" in again.content.decode()


def test_a_letter_is_in_the_persons_language(acme: Vendor) -> None:
    user = contact(acme).user
    assert user is not None
    with tenancy.vendor(acme.id):
        User.objects.update(language="fr")
        user.refresh_from_db()
    letter(acme, user)
    assert mail.outbox[0].subject == "Votre mot de passe chez Acme"


@pytest.mark.parametrize("link", ["0-0-0", "zz-set-password", "0190-abc-def", "%00-a-b"])
def test_a_spoilt_link_says_so(acme: Vendor, link: str) -> None:
    answer = Client().get(f"/acme/accounts/password/reset/key/{link}/", follow=True)
    assert answer.status_code in (200, 404)


def test_a_letter_for_nobody_is_not_sent(acme: Vendor) -> None:
    jobs.password_letter.func(vendor_id=str(acme.id), user_id=str(acme.id))
    assert mail.outbox == []


def test_a_link_opens_nothing_at_another_vendor(acme: Vendor, other: Vendor) -> None:
    user = contact(acme).user
    assert user is not None
    path = letter(acme, user).removeprefix("https://acme.example")
    answer = Client().get(path, HTTP_HOST="beta.example", follow=True)
    assert "This link is used up" in answer.content.decode()


def test_changing_the_password_ends_all_other_sessions(acme: Vendor) -> None:
    contact(acme)
    here, there = Client(), Client()
    sign_in(here)
    sign_in(there)
    form = {
        "oldpassword": PASSWORD,
        "password1": "another bridge of words",
        "password2": "another bridge of words",
    }
    assert here.post("/acme/accounts/password/change/", form).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert Session.objects.count() == 1


def test_removing_somebody_ends_everything(acme: Vendor) -> None:
    gone = contact(acme)
    client = Client()
    sign_in(client)
    with tenancy.vendor(acme.id):
        accounts.remove_contact(by=access.Viewer.machine(acme.id), contact=gone, now=AT)
    assert not is_in(client)
    assert sign_in(Client()).status_code == 200
    assert Session.objects.count() == 0


def test_removing_staff_ends_everything_and_the_last_who_runs_the_desk_stays(acme: Vendor) -> None:
    first, second = staff(acme), staff(acme, "eve@acme.example", Role.AGENT)
    client = Client()
    sign_in(client, "eve@acme.example")
    with tenancy.vendor(acme.id):
        machine = access.Viewer.machine(acme.id)
        accounts.remove_staff(by=machine, staff=second, now=AT)
        with pytest.raises(access.Refused, match="last-administrator"):
            accounts.remove_staff(by=machine, staff=first, now=AT)
    assert not is_in(client)


def test_who_may_give_and_take_accounts(acme: Vendor) -> None:
    ann = contact(acme)
    agent = staff(acme, "eve@acme.example", Role.AGENT)
    with tenancy.vendor(acme.id):
        with pytest.raises(access.Refused, match="account-exists"):
            accounts.create_contact_account(by=access.Viewer.machine(acme.id), contact=ann, now=AT)
        with pytest.raises(access.Refused, match="role-needed"):
            accounts.create_staff_account(
                by=access.Viewer.staff(agent), name="N", email="n@acme.example", roles=[Role.AGENT], now=AT
            )
        with pytest.raises(access.Refused, match="role-needed"):
            accounts.remove_contact(by=access.Viewer.customer(ann), contact=ann, now=AT)
        assert ann.user is not None
        with pytest.raises(access.Refused, match="role-needed"):
            accounts.set_password(by=access.Viewer.staff(agent), user=ann.user, password="x" * 30, now=AT)
        accounts.set_password(
            by=access.Viewer.customer(ann), user=ann.user, password="my own new password", now=AT
        )


# How often -----------------------------------------------------------------------------------------------------------


def test_after_too_many_attempts_the_page_says_when_to_try_again(acme: Vendor, other: Vendor) -> None:
    contact(acme)
    contact(other)
    for _ in range(5):
        assert "Too many" not in sign_in(Client(), password="wrong").content.decode()
    answer = sign_in(Client())
    assert answer.status_code == 200
    assert "Too many attempts. Try again in 5 minutes." in answer.content.decode()
    # Another account, and the same address at another vendor, are not kept out by it.
    contact(acme, "bob@customer.example")
    assert sign_in(Client(), "bob@customer.example").status_code == 302
    assert sign_in(Client(), at="/beta/accounts/login/").status_code == 302


def test_too_many_requests_are_answered_429_with_when(acme: Vendor) -> None:
    for _ in range(5):
        Client().post("/acme/accounts/password/reset/", {"email": "ann@customer.example"})
    answer = Client().post("/acme/accounts/password/reset/", {"email": "ann@customer.example"})
    assert answer.status_code == 429
    assert 60 <= int(answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes" in answer.content.decode()


def test_counts_are_kept_by_vendor_in_the_shared_cache(acme: Vendor, other: Vendor) -> None:
    with tenancy.vendor(acme.id):
        cache.set("x", 1)
        mine = ratelimits.cache_key("x", "", 1)
    with tenancy.vendor(other.id):
        assert cache.get("x") is None
        assert ratelimits.cache_key("x", "", 1) != mine
    assert cache.get("x") is None
