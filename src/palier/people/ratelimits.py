"""How often somebody may try: counted in the cache that all processes share, each vendor apart, and said in words.

The limits stand in the settings (``ACCOUNT_RATE_LIMITS``, ``MFA_RATE_LIMITS``); allauth counts them, in the vendor's
transaction: two attempts of one address at the same instant wait for each other.
"""

from __future__ import annotations

import math
import time
from uuid import UUID

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.people import tenancy

ACCOUNT, FACTORS = "allauth.account", "allauth.mfa"
# What is counted on which page; those not named count what they are called after.
_ACTIONS = {
    "account_login": (ACCOUNT, "login"),
    "account_reset_password": (ACCOUNT, "reset_password"),
    "account_reset_password_from_key": (ACCOUNT, "reset_password_from_key"),
    "account_change_password": (ACCOUNT, "change_password"),
    "account_set_password": (ACCOUNT, "change_password"),
    "account_reauthenticate": (ACCOUNT, "reauthenticate"),
    "mfa_reauthenticate": (ACCOUNT, "reauthenticate"),
    "mfa_login_webauthn": (FACTORS, "webauthn_login"),
    "identity": (ACCOUNT, "identity"),
}
TOO_MANY = 429


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """A key of the shared cache, of the vendor whose transaction runs: what is tried at one counts at no other."""
    return f"{key_prefix}:{version}:{tenancy.held() or '-'}:{key}"


def address_key(vendor_id: object, address: str) -> str:
    """What failed sign-ins of one account are counted under: never the host name, which is the visitor's word."""
    return f"{vendor_id}:{address.strip().lower()}"


def wait_s(
    request: HttpRequest, *, app: str, action: str, keys: tuple[str, ...] = (), now_s: float | None = None
) -> int:
    """Seconds until ``action`` may be tried again; 0 when it may be now. ``keys``: the addresses or accounts counted."""
    now_s = time.time() if now_s is None else now_s
    longest = 0.0
    for rate in ratelimit.get_rates(app=app, action=action):
        if rate.per == "user" and not request.user.is_authenticated:
            continue
        for key in keys if rate.per == "key" else (None,):
            name = ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key)
            tries = [at for at in cache.get(name, []) if at > now_s - rate.duration]
            if len(tries) >= rate.amount:
                longest = max(longest, tries[rate.amount - 1] + rate.duration - now_s)
    return math.ceil(longest)


def when_again(seconds: int) -> str:
    """“Try again in 4 minutes.”, rounded up; never less than a minute."""
    minutes = max(1, math.ceil(seconds / 60))
    return ngettext(
        "Too many attempts. Try again in %(count)d minute.",
        "Too many attempts. Try again in %(count)d minutes.",
        minutes,
    ) % {"count": minutes}


def refusal(request: HttpRequest) -> HttpResponse:
    """429: what was tried too often, and when to try again. allauth answers with it (``handler429`` of the addresses)."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    seconds = 0
    if name in _ACTIONS:
        app, action = _ACTIONS[name]
        keys = (request.POST.get("email", "").strip().lower(),)
        seconds = wait_s(request, app=app, action=action, keys=keys)
    seconds = max(seconds, 60)
    context = {"error_title": _("Too many attempts"), "ways": [when_again(seconds)], "status": TOO_MANY}
    answer = render(request, "pages/error.html", context, status=TOO_MANY)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def allowed(request: HttpRequest, action: str) -> bool:
    """Count one more try of an action of our own; whether it is still within the limits."""
    return bool(ratelimit.consume(request, app=ACCOUNT, action=action, limit_get=True))


def failed_keys(request: HttpRequest) -> tuple[str, ...]:
    """The accounts a failed sign-in of this request counts for: the address typed, the account halfway in."""
    vendor_id = request.vendor.id  # type: ignore[attr-defined]
    typed = request.POST.get("login", "")
    halfway = request.session.get("account_login", {}).get("user_pk")
    account = request.user.pk if request.user.is_authenticated else halfway and UUID(halfway)
    return (
        *((address_key(vendor_id, typed),) if typed else ()),
        *((f"mfa-auth-user-{account}",) if account else ()),
    )
