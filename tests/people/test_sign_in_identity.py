"""Signing in through an identity provider, against one on loopback that signs real tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from psycopg.pq import TransactionStatus
from tests.people.identity_provider import CLIENT, SECRET, Provider, serve
from tests.people.sign_in_people import AT, beta, contact, is_in, sign_in, staff

from palier.people import access, accounts, identity, invitations, jobs, oidc, secrets, tenancy
from palier.people.models import (
    Contact,
    FederatedIdentity,
    IdentityProvider,
    Organisation,
    Role,
    User,
    Vendor,
)

pytestmark = pytest.mark.django_db
HERE = "https://acme.example"


@pytest.fixture(scope="module")
def _served() -> Iterator[Provider]:
    with serve() as provider:
        yield provider


@pytest.fixture
def elsewhere(_served: Provider) -> Provider:
    """The provider, honest again."""
    fresh = Provider(issuer=_served.issuer, key=_served.key)
    for name in Provider.__slots__:
        setattr(_served, name, getattr(fresh, name))
    return _served


@pytest.fixture
def acme(vendor: Vendor) -> Vendor:
    cache.clear()
    vendor.staff_need_second_factor = False
    vendor.save()
    return vendor


def configured(
    vendor: Vendor,
    elsewhere: Provider,
    organisation: Organisation | None,
    domain: str = "customer.example",
    client_id: str = CLIENT,
) -> IdentityProvider:
    with tenancy.vendor(vendor.id):
        machine = access.Viewer.machine(vendor.id)
        provider = identity.configure(
            by=machine,
            organisation=organisation,
            name="Contoso",
            issuer=elsewhere.issuer,
            client_id=client_id,
            secret=SECRET,
        )
        identity.record_proof(by=machine, provider=provider, domain=domain)
    return provider


@pytest.fixture
def ann(acme: Vendor) -> Contact:
    return contact(acme)


@pytest.fixture
def provider(acme: Vendor, ann: Contact, elsewhere: Provider) -> IdentityProvider:
    return configured(acme, elsewhere, ann.organisation)


def linked(provider: IdentityProvider, user: User | None, subject: str = "subject-1") -> None:
    assert user is not None
    with tenancy.vendor(provider.vendor_id):
        claims = oidc.Claims(issuer=provider.issuer, subject=subject, address=user.email)
        identity.link(provider=provider, user=user, claims=claims)


def go(client: Client, elsewhere: Provider, provider: IdentityProvider, query: str = "") -> Any:
    """There and back: the answer to the callback."""
    there = client.get(f"/acme/accounts/identity/{provider.pk}/{query}")
    assert there.status_code == 302, there.content.decode()
    back = elsewhere.visit(there.headers["Location"])
    assert back.startswith(f"{HERE}/acme/accounts/identity/{provider.pk}/callback/?")
    return client.get(back.removeprefix(HERE))


# The way -------------------------------------------------------------------------------------------------------------


def test_a_linked_person_is_signed_in_and_led_on(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    client = Client()
    answer = go(client, elsewhere, provider, "?email=ann%40customer.example&next=/acme/requests/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/acme/requests/")
    assert is_in(client)
    assert elsewhere.asked[-1]["login_hint"] == "ann@customer.example"


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_asked(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(provider, ann.user)
    asked: list[TransactionStatus] = []
    really = oidc._json

    def watched(*arguments: Any, **named: Any) -> Any:
        asked.append(connection.connection.info.transaction_status)
        assert tenancy.held() is None
        return really(*arguments, **named)

    monkeypatch.setattr(oidc, "_json", watched)
    client = Client()
    assert go(client, elsewhere, provider).status_code == 302
    assert is_in(client)
    # Its description on the way there; on the way back that again, the token and the keys.
    assert asked == [TransactionStatus.IDLE] * 4


def test_a_provider_switched_off_while_it_was_asked_signs_nobody_in(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(provider, ann.user)
    really = oidc.finish

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        # As another process does between the two transactions.
        tenancy._set(str(provider.vendor_id))
        IdentityProvider.objects.filter(pk=provider.pk).update(enabled=False)
        tenancy._set("")
        return really(*arguments, **named)

    monkeypatch.setattr(oidc, "finish", meanwhile)
    client = Client()
    assert go(client, elsewhere, provider).status_code == 404
    assert not is_in(client)


def test_a_provider_that_wants_the_secret_in_the_form(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    elsewhere.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert go(Client(), elsewhere, provider).status_code == 302


def test_the_provider_is_found_by_the_domain_alone(ann: Contact, provider: IdentityProvider) -> None:
    for address in ("ann@customer.example", "nobody@CUSTOMER.example"):
        page = Client().get("/acme/accounts/identity/", {"email": address}).content.decode()
        assert f"/acme/accounts/identity/{provider.pk}/?email=" in page
    page = Client().get("/acme/accounts/identity/", {"email": "ann@other.example"}).content.decode()
    assert str(provider.pk) not in page
    assert "No organisation signs in addresses like ann@other.example" in page
    assert "Contoso" not in Client().get("/acme/accounts/login/").content.decode()


def test_a_person_with_a_second_factor_is_still_asked_for_it(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    with tenancy.vendor(acme.id):
        sealed = secrets.seal("JBSWY3DPEHPK3PXP", purpose=f"factor:{acme.id}").decode()
        Authenticator.objects.create(user=ann.user, type="totp", data={"secret": sealed})
    client = Client()
    assert go(client, elsewhere, provider).headers["Location"] == "/acme/accounts/2fa/authenticate/"
    assert not is_in(client)


# Linking -------------------------------------------------------------------------------------------------------------


def test_an_identity_is_never_found_by_its_address(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    client = Client()
    answer = go(client, elsewhere, provider)
    assert answer.status_code == 403
    assert "no account here is linked to you" in answer.content.decode()
    assert not is_in(client)


def test_who_is_signed_in_links_after_giving_the_password_again(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    client = Client()
    sign_in(client)
    page = client.get("/acme/accounts/identity/links/").content.decode()
    assert f"/acme/accounts/identity/{provider.pk}/?link=1" in page
    asked = client.get(f"/acme/accounts/identity/{provider.pk}/?link=1")
    assert asked.headers["Location"].startswith("/acme/accounts/reauthenticate/")
    client.post(asked.headers["Location"], {"password": "a bridge of five words"})
    answer = go(client, elsewhere, provider, "?link=1")
    assert answer.headers["Location"] == "/acme/accounts/identity/links/"
    assert "can sign you in" in client.get("/acme/accounts/identity/links/").content.decode()
    assert go(Client(), elsewhere, provider).status_code == 302
    client.post(f"/acme/accounts/identity/{provider.pk}/unlink/")
    assert go(Client(), elsewhere, provider).status_code == 403


def test_an_invitation_links_once(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    assert ann.user is not None
    jobs.invitation_letter.func(
        vendor_id=str(acme.id), user_id=str(ann.user.pk), provider_id=str(provider.pk)
    )
    (sent,) = mail.outbox
    (link,) = [line for line in str(sent.body).splitlines() if line.startswith("http")]
    path = link.removeprefix(HERE)
    client = Client()
    page = client.get(f"/acme{path}")
    assert page.status_code == 200
    assert f"/acme/accounts/identity/{provider.pk}/?email=" in page.content.decode()
    answer = go(client, elsewhere, provider)
    assert answer.headers["Location"] == "/acme/"
    assert is_in(client)
    again = Client().get(f"/acme{path}")
    assert (again.status_code, "used up" in again.content.decode()) == (404, True)
    assert Client().get(f"/acme{path[:-3]}xx/").status_code == 404


def test_an_invitation_of_another_vendor_is_none(
    acme: Vendor, ann: Contact, provider: IdentityProvider
) -> None:
    other = beta()
    assert ann.user is not None
    with tenancy.vendor(acme.id):
        token = invitations.token(user_id=ann.user.pk, provider_id=provider.pk)
        assert invitations.read(token) is not None
    with tenancy.vendor(other.id):
        assert invitations.read(token) is None
    assert Client().get(f"/beta/accounts/identity/invitation/{token}/").status_code == 404


def test_an_account_has_one_identity_and_an_identity_one_account(
    acme: Vendor, ann: Contact, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    linked(provider, ann.user)
    bob = contact(acme, "bob@customer.example", organisation=ann.organisation)
    with pytest.raises(oidc.Failed, match="account-linked"):
        linked(provider, ann.user, "subject-2")
    with pytest.raises(oidc.Failed, match="identity-linked"):
        linked(provider, bob.user, "subject-1")


# Whose people --------------------------------------------------------------------------------------------------------


def test_it_signs_in_only_its_owners_people_with_addresses_of_proved_domains(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    stranger = contact(acme, "eve@customer.example")
    colleague = contact(acme, "ann@private.example", organisation=ann.organisation)
    person = staff(acme, "max@customer.example")
    for user in (stranger.user, colleague.user, person.user):
        with pytest.raises(oidc.Failed, match="not-its-people"):
            linked(provider, user)
    own = configured(acme, elsewhere, None, "acme.example", "another client")
    linked(own, staff(acme, "eva@acme.example").user)
    with pytest.raises(oidc.Failed, match="not-its-people"):
        linked(own, ann.user)


def test_a_withdrawn_domain_a_removed_person_and_a_disabled_provider_sign_in_nobody(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    machine = access.Viewer.machine(acme.id)
    with tenancy.vendor(acme.id):
        identity.withdraw_proof(by=machine, provider=provider, domain="customer.example")
    assert go(Client(), elsewhere, provider).status_code == 403
    with tenancy.vendor(acme.id):
        identity.record_proof(by=machine, provider=provider, domain="customer.example")
    assert go(Client(), elsewhere, provider).status_code == 302
    with tenancy.vendor(acme.id):
        accounts.remove_contact(by=machine, contact=ann, now=AT)
    assert go(Client(), elsewhere, provider).status_code == 403
    with tenancy.vendor(acme.id):
        IdentityProvider.objects.update(enabled=False)
    assert Client().get(f"/acme/accounts/identity/{provider.pk}/").status_code == 404


def test_one_vendors_provider_is_missing_at_another(
    acme: Vendor, ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    other = beta()
    contact(other)
    assert Client().get(f"/beta/accounts/identity/{provider.pk}/").status_code == 404
    assert Client().get(f"/beta/accounts/identity/{provider.pk}/callback/").status_code == 404
    with tenancy.vendor(other.id):
        assert not identity.for_address("ann@customer.example").exists()
        assert FederatedIdentity.objects.count() == 0


def test_who_may_configure_and_prove(acme: Vendor, ann: Contact, provider: IdentityProvider) -> None:
    bob = contact(acme, "bob@elsewhere.example")
    agent = staff(acme, "eve@acme.example", Role.AGENT)
    with tenancy.vendor(acme.id):
        machine, viewer = access.Viewer.machine(acme.id), access.Viewer.customer(ann)
        named = {"name": "X", "issuer": "https://idp.example", "client_id": "c", "secret": "s"}
        for by in (viewer, access.Viewer.staff(agent)):
            with pytest.raises(access.Refused, match="role-needed"):
                identity.configure(by=by, organisation=ann.organisation, **named)
        ann.is_administrator = True
        own = identity.configure(by=access.Viewer.customer(ann), organisation=ann.organisation, **named)
        with pytest.raises(access.Refused, match="role-needed"):
            identity.configure(by=access.Viewer.customer(ann), organisation=bob.organisation, **named)
        with pytest.raises(access.Refused, match="role-needed"):
            identity.configure(by=access.Viewer.customer(ann), organisation=None, **named)
        with pytest.raises(access.Refused, match="role-needed"):
            identity.record_proof(by=access.Viewer.customer(ann), provider=own, domain="elsewhere.example")
        for issuer in ("http://idp.example", "https://", "ftp://x", "https://a:b@idp.example", "idp.example"):
            with pytest.raises(access.Refused, match="unsound-issuer"):
                identity.configure(by=machine, organisation=None, **{**named, "issuer": issuer})
        for domain in (
            "example",
            "a b.example",
            "@customer.example",
            "",
            "-a.example",
            "x." * 130 + "example",
        ):
            with pytest.raises(access.Refused, match="bad-domain"):
                identity.record_proof(by=machine, provider=own, domain=domain)
        with pytest.raises(access.Refused, match="provider-exists"):
            identity.configure(by=machine, organisation=None, **named)
        theirs = identity.configure(by=machine, organisation=bob.organisation, **{**named, "client_id": "d"})
        with pytest.raises(access.Refused, match="domain-of-another"):
            identity.record_proof(by=machine, provider=theirs, domain="Customer.Example.")
        assert bob.user is not None
        with pytest.raises(access.Refused, match="not-its-people"):
            identity.invite(by=machine, provider=provider, user=bob.user)


def test_secrets_are_sealed_and_sealed_anew(acme: Vendor, provider: IdentityProvider, settings: Any) -> None:
    assert SECRET.encode() not in bytes(provider.secret)
    old = secrets._keys()
    new = Fernet.generate_key().decode()
    settings.PALIER_SEALING_KEYS = f"{new}, {old}"
    with tenancy.vendor(acme.id):
        assert identity.secret_of(provider) == SECRET
        assert identity.reseal(by=access.Viewer.machine(acme.id)) == 1
        provider.refresh_from_db()
        settings.PALIER_SEALING_KEYS = new
        assert identity.secret_of(provider) == SECRET
        identity.change_secret(by=access.Viewer.machine(acme.id), provider=provider, secret="another")
        assert identity.secret_of(provider) == "another"
        settings.PALIER_SEALING_KEYS = old
        with pytest.raises(secrets.CannotOpen):
            identity.secret_of(provider)


# Lies ----------------------------------------------------------------------------------------------------------------

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 32_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"nonce": "of another attempt"},
        {"nonce": None},
    ],
    ids=lambda claims: ",".join(f"{name}={str(value)[:20]}" for name, value in claims.items()),
)
def test_a_token_for_another_or_from_another_is_refused(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider, lie: dict[str, Any]
) -> None:
    linked(provider, ann.user)
    elsewhere.claims = lie
    client = Client()
    answer = go(client, elsewhere, provider)
    assert (answer.status_code, "cannot be trusted" in answer.content.decode()) == (403, True)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", STRANGER), ("HS256", "x" * 32), ("HS256", SECRET + "x" * 32), ("none", "")],
    ids=["another key", "a shared secret", "the client's secret", "unsigned"],
)
def test_a_token_the_provider_did_not_sign_is_refused(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider, algorithm: str, key: Any
) -> None:
    linked(provider, ann.user)
    elsewhere.algorithm, elsewhere.signs_with = algorithm, key
    assert go(Client(), elsewhere, provider).status_code == 403


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    description = elsewhere.described()
    known = oidc.discover(elsewhere.issuer)
    assert known.algorithms == ("RS256",)
    now = int(time.time())
    claims = {"iss": elsewhere.issuer, "sub": "s", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": "n"}
    token = jwt.encode(claims, str(description) * 2, algorithm="HS256", headers={"kid": "1"})
    with pytest.raises(oidc.Failed, match="bad-token"):
        oidc.verify(known, client_id=CLIENT, token=token, nonce="n", keys=elsewhere.keys())


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": 7},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_badly_is_not_gone_to(
    elsewhere: Provider, provider: IdentityProvider, metadata: dict[str, Any]
) -> None:
    elsewhere.metadata = metadata
    answer = Client().get(f"/acme/accounts/identity/{provider.pk}/")
    assert answer.status_code == 403


def test_no_answer_is_said_plainly(acme: Vendor, ann: Contact) -> None:
    gone = configured(acme, Provider(issuer="http://127.0.0.1:1"), ann.organisation)
    answer = Client().get(f"/acme/accounts/identity/{gone.pk}/")
    assert (answer.status_code, "or none" in answer.content.decode()) == (403, True)


# Attempts ------------------------------------------------------------------------------------------------------------


def test_an_answer_to_another_attempt_is_refused(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    linked(provider, ann.user)
    start = f"/acme/accounts/identity/{provider.pk}/"
    client, other = Client(), Client()
    back = elsewhere.visit(client.get(start).headers["Location"]).removeprefix(HERE)
    assert other.get(back).status_code == 403
    other.get(start)
    assert other.get(back).status_code == 403
    assert client.get(back).status_code == 302
    assert Client().get(back.partition("?")[0]).status_code == 403
    # Used once, and no other issuer may have given it.
    assert client.get(back).status_code == 403
    back = elsewhere.visit(other.get(start).headers["Location"]).removeprefix(HERE)
    assert other.get(back.replace("iss=http", "iss=https")).status_code == 403


def test_what_the_provider_refuses_is_said(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider
) -> None:
    elsewhere.error = "access_denied"
    answer = go(Client(), elsewhere, provider)
    assert (answer.status_code, "did not sign you in" in answer.content.decode()) == (403, True)


def test_an_answer_after_ten_minutes_is_too_late(
    ann: Contact, elsewhere: Provider, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(provider, ann.user)
    client = Client()
    there = client.get(f"/acme/accounts/identity/{provider.pk}/").headers["Location"]
    back = elsewhere.visit(there).removeprefix(HERE)
    session = client.session
    session["palier_identity"] = {**session["palier_identity"], "at": time.time() - 601}
    session.save()
    answer = client.get(back)
    assert (answer.status_code, "too late" in answer.content.decode()) == (403, True)


def test_going_there_too_often_is_answered_429(provider: IdentityProvider) -> None:
    for _ in range(30):
        Client().get("/acme/accounts/identity/", {"email": "a@b.example"})
    answer = Client().get("/acme/accounts/identity/", {"email": "a@b.example"})
    assert answer.status_code == 429
