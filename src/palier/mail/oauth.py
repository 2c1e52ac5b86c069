"""An access token for a mailbox from a refresh token (RFC 6749, section 6)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from palier.mail.sources import Failed, Mailbox, Secret
from palier.people import oidc

PATIENCE_S = 20
LARGEST = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What the provider gave. `refresh`: a new refresh token in place of ours; empty where ours stays."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *told: object) -> None:
        """Stay: a secret is shown to nobody but the address that was set."""


def token(box: Mailbox, secret: Secret) -> Token:
    """Ask the provider for an access token. Raises Failed (`token-refused`, `no-answer`)."""
    if not oidc.is_sound(box.token_url):
        raise Failed("token-refused", box.token_url)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": secret.refresh_token,
        "client_id": box.client_id,
        **({"client_secret": secret.client_secret} if secret.client_secret else {}),
        **({"scope": box.scope} if box.scope else {}),
    }
    request = urllib.request.Request(  # noqa: S310 - is_sound lets https through, and http on this machine
        box.token_url, data=urlencode(form).encode(), headers={"Accept": "application/json"}
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE_S) as answer:
            said = _object(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        # RFC 6749, 5.2: `error` and what it means stand in the body.
        told = _object(error.read(LARGEST))
        raise Failed(
            "token-refused", f"{told.get('error', error.code)} {told.get('error_description', '')}"
        ) from error
    except (urllib.error.URLError, HTTPException, OSError) as error:
        raise Failed("no-answer", f"{box.token_url}: {error}") from error
    access, refresh = said.get("access_token"), said.get("refresh_token")
    if not isinstance(access, str) or not access:
        raise Failed("token-refused", f"{box.token_url} answered without a token")
    return Token(access=access, refresh=refresh if isinstance(refresh, str) else "")


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
