"""OpenID Connect, the part a relying party needs: authorization code with PKCE and nonce, and a verified ID token.

OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer). Nothing is kept between
sign-ins: the provider's description and keys are asked for each time, so that keys it changed are known at once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
from django.conf import settings

# Signatures only: a token "signed" with the client's secret or with nothing is none.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
PATIENCE_S = 10
LARGEST = 1 << 20
CLOCKS_APART_S = 60


class Failed(Exception):
    """The sign-in through a provider did not come about. `code` says why, for the log and the page."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}" if detail else code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider says of itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    algorithms: tuple[str, ...]
    posts_secret: bool
    names_itself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What must be remembered between leaving for the provider and coming back; and where to go."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a verified ID token says. Only issuer and subject identify somebody."""

    issuer: str
    subject: str
    address: str


def discover(issuer: str) -> Provider:
    """Ask the provider what it is; it must call itself exactly ``issuer``."""
    said = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != issuer:
        raise Failed("wrong-issuer", f"{issuer} calls itself {said.get('issuer')!r}")
    algorithms = tuple(
        each for each in _texts(said, "id_token_signing_alg_values_supported") if each in ALGORITHMS
    )
    if not algorithms:
        raise Failed("no-algorithm", f"{issuer} signs with none of {', '.join(sorted(ALGORITHMS))}")
    methods = _texts(said, "token_endpoint_auth_methods_supported")
    return Provider(
        issuer=issuer,
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        algorithms=algorithms,
        # Basic is what a provider takes that does not say.
        posts_secret=bool(methods) and "client_secret_basic" not in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def begin(provider: Provider, *, client_id: str, back: str, address: str = "") -> Attempt:
    """Where to send the browser. ``back``: our page the provider sends it to; ``address``: whom to sign in, a hint."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "scope": "openid email profile",
        "client_id": client_id,
        "redirect_uri": back,
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if address:
        asked["login_hint"] = address
    joint = "&" if "?" in provider.authorization else "?"
    return Attempt(
        url=f"{provider.authorization}{joint}{urlencode(asked)}", state=state, nonce=nonce, verifier=verifier
    )


def finish(
    provider: Provider, *, client_id: str, secret: str, code: str, verifier: str, nonce: str, back: str
) -> Claims:
    """Exchange the code for an ID token and verify it. Raises Failed."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    headers = {}
    if provider.posts_secret:
        form |= {"client_id": client_id, "client_secret": secret}
    else:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = _json(provider.token, form=form, headers=headers)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Failed("no-id-token")
    return verify(provider, client_id=client_id, token=token, nonce=nonce, keys=_json(provider.keys))


def verify(provider: Provider, *, client_id: str, token: str, nonce: str, keys: Mapping[str, Any]) -> Claims:
    """What the token says, if the provider signed it, for us, now, and for this very attempt. Raises Failed."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(
            token,
            _key(keys, header),
            algorithms=list(provider.algorithms),
            audience=client_id,
            issuer=provider.issuer,
            leeway=CLOCKS_APART_S,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise Failed("bad-token", str(error)) from error
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise Failed("bad-token", "the nonce is another")
    audience = claims["aud"]
    if "azp" in claims and claims["azp"] != client_id:
        raise Failed("bad-token", "it was issued to another client")
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise Failed("bad-token", "several audiences, and nobody it was issued to")
    subject, address = str(claims["sub"]), claims.get("email")
    if not 0 < len(subject) <= 255:
        raise Failed("bad-token", "the subject is empty or longer than 255 characters")
    unproved = claims.get("email_verified") is False or not isinstance(address, str)
    return Claims(issuer=provider.issuer, subject=subject, address="" if unproved else str(address))


def _key(keys: Mapping[str, Any], header: Mapping[str, Any]) -> jwt.PyJWK:
    """The provider's key the token names; without a name its only one for that algorithm."""
    known = [
        key
        for key in jwt.PyJWKSet.from_dict(dict(keys)).keys
        if key.public_key_use in (None, "sig") and (header.get("kid") in (None, key.key_id))
    ]
    if len(known) != 1:
        raise Failed("bad-token", f"{len(known)} of the provider's keys could have signed it")
    return known[0]


def is_sound(address: str) -> bool:
    """HTTPS, with a host and no fragment; plain HTTP only on this machine and where settings allow plain HTTP."""
    parts = urlsplit(address)
    if not parts.hostname or parts.fragment or parts.username or parts.password:
        return False
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or (parts.scheme == "http" and here and settings.ENVIRONMENT.plain_http)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *told: object) -> None:
        """Stay: an answer from elsewhere is not the provider's."""


def _json(
    address: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Any:
    if not is_sound(address):
        raise Failed("unsound-address", address)
    request = urllib.request.Request(  # noqa: S310
        address,
        data=urlencode(form).encode() if form is not None else None,
        headers={"Accept": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE_S) as answer:
            body = answer.read(LARGEST + 1)
    except (urllib.error.URLError, HTTPException, TimeoutError, OSError) as error:
        raise Failed("no-answer", f"{address}: {error}") from error
    try:
        said = json.loads(body) if len(body) <= LARGEST else None
    except ValueError as error:
        raise Failed("no-answer", f"{address} answers no JSON") from error
    if not isinstance(said, dict):
        raise Failed("no-answer", f"{address} answers no JSON object")
    return said


def _texts(said: Mapping[str, Any], name: str) -> list[str]:
    found = said.get(name)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _address(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not is_sound(found):
        raise Failed("unsound-address", f"{name} is {found!r}")
    return found
