"""A small OpenID provider on loopback for tests: it checks what a provider must check, and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "palier at acme", "s3cret: with %20 signs & a colon"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True, kw_only=True)
class Provider:
    """What it knows, who is signed in there, and what it lies about."""

    issuer: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=_key)
    subject: str = "subject-1"
    address: str = "ann@customer.example"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    signs_with: Any = None
    error: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def keys(self) -> dict[str, Any]:
        """Its public keys."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "1", "use": "sig"}]}

    def authorize(self, query: Mapping[str, str]) -> str:
        """Whoever is signed in here goes back with a code."""
        assert (query["client_id"], query["response_type"], query["tenant"]) == (CLIENT, "code", "1")
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        self.asked.append(dict(query))
        back = {"state": query["state"], "iss": self.issuer}
        if self.error:
            back["error"] = self.error
        else:
            back["code"] = secrets.token_urlsafe(8)
            self.codes[back["code"]] = dict(query)
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: Mapping[str, str], authorization: str) -> dict[str, Any] | None:
        """An ID token for a code, once, to the client that asked for it."""
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        user, password = unquote(user), unquote(password)
        if not authorization:
            user, password = form.get("client_id", ""), form.get("client_secret", "")
        asked = self.codes.pop(form["code"], None)
        if asked is None or (user, password) != (CLIENT, SECRET):
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        if form["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": self.address,
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.key if self.signs_with is None else self.signs_with
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": jwt.encode(kept, key, algorithm=self.algorithm, headers={"kid": "1"}),
        }

    def visit(self, address: str) -> str:
        """What a browser does there: the address it is sent back to."""
        try:
            with urllib.request.build_opener(_Stay).open(address, timeout=10) as answer:
                raise AssertionError(f"{answer.status} instead of a redirect")
        except urllib.error.HTTPError as redirect:
            return str(redirect.headers["Location"])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *told: object) -> None:
        """Stay."""


@contextmanager
def serve() -> Iterator[Provider]:
    """A provider that answers on a port of this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

        def answer(self, said: dict[str, Any] | None) -> None:
            body = json.dumps(said or {"error": "invalid_grant"}).encode()
            self.send_response(200 if said else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(parts.query))))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                pages = {"/.well-known/openid-configuration": provider.described, "/keys": provider.keys}
                self.answer(pages[parts.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(provider.token(dict(parse_qsl(body)), self.headers.get("Authorization", "")))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
