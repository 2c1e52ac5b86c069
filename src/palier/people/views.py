"""The pages of signing in through an identity provider: find it, go there, come back, link, invited."""

from __future__ import annotations

import secrets
import time
from typing import Any
from uuid import UUID

import structlog
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from palier.people import identity, invitations, oidc, ratelimits, signin, tenancy
from palier.people.forms import OrganisationForm
from palier.people.models import IdentityProvider, User

log = structlog.get_logger(__name__)
ATTEMPT, INVITED = "palier_identity", "palier_invitation"
GOOD_FOR_S = 600


def _provider(request: HttpRequest, provider_id: UUID) -> IdentityProvider:
    vendor_id = request.vendor.id  # type: ignore[attr-defined]
    found = IdentityProvider.objects.filter(vendor_id=vendor_id, pk=provider_id, enabled=True).first()
    if found is None:
        raise Http404
    return found


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    return wanted if wanted and signin.is_inside(wanted) else ""


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Which provider signs in people of that address's domain; a link leads there.

    A link and not a redirect: the policy on where forms may lead forbids other hosts, after a redirect as well.
    """
    form = OrganisationForm(request.GET if "email" in request.GET else None)
    context: dict[str, Any] = {"form": form, "next": _next(request)}
    if form.is_bound and form.is_valid():
        if not ratelimits.allowed(request, "identity"):
            return ratelimits.refusal(request)
        context["address"] = form.cleaned_data["email"]
        context["providers"] = list(identity.for_address(form.cleaned_data["email"]))
    return render(request, "account/identity.html", context)


@never_cache
@require_safe
def start(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Go to the provider. With ``?link=1`` to link the account that is signed in, which is asked for its password."""
    provider = _provider(request, provider_id)
    if not ratelimits.allowed(request, "identity"):
        return ratelimits.refusal(request)
    user: str | None = None
    if request.GET.get("link") and isinstance(request.user, User):
        raise_if_reauthentication_required(request, app="allauth.mfa")
        user = str(request.user.pk)
    invited = request.session.get(INVITED, {})
    if invited.get("provider") == str(provider.pk):
        user = invited["user"]
    try:
        with tenancy.outside():
            known = oidc.discover(provider.issuer)
        attempt = oidc.begin(
            known,
            client_id=provider.client_id,
            back=_back(request, provider),
            address=request.GET.get("email", ""),
        )
    except oidc.Failed as failed:
        return _refused(request, provider, failed)
    request.session[ATTEMPT] = {
        "provider": str(provider.pk),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "verifier": attempt.verifier,
        "at": time.time(),
        "next": _next(request),
        "user": user,
    }
    return HttpResponseRedirect(attempt.url)


@never_cache
@require_safe
def callback(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Back from the provider: sign in whom it names, or link the identity as was asked for."""
    provider = _provider(request, provider_id)
    attempt: dict[str, Any] = request.session.pop(ATTEMPT, None) or {}
    try:
        claims = _claims(request, provider, attempt)
        # It took its time: the provider may have been switched off meanwhile.
        provider = _provider(request, provider_id)
        user = _account(request, provider, attempt, claims)
    except oidc.Failed as failed:
        return _refused(request, provider, failed)
    if user is None:
        messages.success(
            request, _("Linked. From now on %(name)s can sign you in.") % {"name": provider.name}
        )
        return HttpResponseRedirect(reverse("identity_links"))
    record_authentication(request, user, "identity", provider=str(provider.pk))
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=attempt["next"] or None))
    return answer


def _claims(request: HttpRequest, provider: IdentityProvider, attempt: dict[str, Any]) -> oidc.Claims:
    """The verified answer to this browser's own question, asked less than ten minutes ago."""
    told = request.GET.get("state", "")
    if attempt.get("provider") != str(provider.pk) or not secrets.compare_digest(
        told.encode(), str(attempt["state"]).encode()
    ):
        raise oidc.Failed("another-attempt")
    if time.time() - attempt["at"] > GOOD_FOR_S:
        raise oidc.Failed("too-late")
    if "error" in request.GET:
        raise oidc.Failed("provider-refused", request.GET["error"][:80])
    issuer, secret, back = request.GET.get("iss"), identity.secret_of(provider), _back(request, provider)
    with tenancy.outside():
        known = oidc.discover(provider.issuer)
        if (known.names_itself or issuer is not None) and issuer != provider.issuer:
            raise oidc.Failed("wrong-issuer")
        return oidc.finish(
            known,
            client_id=provider.client_id,
            secret=secret,
            code=request.GET.get("code", ""),
            verifier=attempt["verifier"],
            nonce=attempt["nonce"],
            back=back,
        )


def _account(
    request: HttpRequest, provider: IdentityProvider, attempt: dict[str, Any], claims: oidc.Claims
) -> User | None:
    """Whom to sign in; None when the account that is signed in was linked."""
    if attempt["user"] is None:
        user = identity.account_of(provider, claims)
        if user is None:
            raise oidc.Failed("unknown-identity")
        return user
    invited = request.session.pop(INVITED, {})
    asked = User.objects.filter(vendor_id=provider.vendor_id, pk=attempt["user"]).first()
    if asked is None:
        raise oidc.Failed("another-attempt")
    if request.user == asked:
        identity.link(provider=provider, user=asked, claims=claims)
        return None
    if invited.get("user") != attempt["user"] or identity.is_linked(provider, asked):
        raise oidc.Failed("another-attempt")
    identity.link(provider=provider, user=asked, claims=claims)
    return asked


@never_cache
@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: shows the provider to go on to. Used once: a linked account needs none."""
    found = invitations.read(token)
    user = User.objects.filter(pk=found.user_id, is_active=True).first() if found else None
    provider = IdentityProvider.objects.filter(pk=found.provider_id, enabled=True).first() if found else None
    if user is None or provider is None or identity.is_linked(provider, user):
        return render(request, "account/identity_refused.html", {"code": "bad-invitation"}, status=404)
    request.session[INVITED] = {"user": str(user.pk), "provider": str(provider.pk)}
    return render(
        request, "account/identity.html", {"providers": [provider], "address": user.email, "invited": True}
    )


@login_required
@never_cache
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """The providers that may sign the account in, and whether they do."""
    assert isinstance(request.user, User)
    found = [
        {"provider": provider, "linked": identity.is_linked(provider, request.user)}
        for provider in identity.for_address(request.user.email)
        if identity.is_for(provider, request.user)
    ]
    return render(request, "account/identity_links.html", {"links": found})


@login_required
@require_POST
def unlink(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Forget the identity of the account that is signed in."""
    assert isinstance(request.user, User)
    provider = _provider(request, provider_id)
    identity.unlink(provider=provider, user=request.user)
    messages.success(request, _("%(name)s does not sign you in any more.") % {"name": provider.name})
    return HttpResponseRedirect(reverse("identity_links"))


def _back(request: HttpRequest, provider: IdentityProvider) -> str:
    """Our page, as registered at the provider: below the vendor's configured address."""
    return request.build_absolute_uri(reverse("identity_callback", kwargs={"provider_id": provider.pk}))


def _refused(request: HttpRequest, provider: IdentityProvider, failed: oidc.Failed) -> HttpResponse:
    log.warning(
        "sign-in through a provider failed", provider=str(provider.pk), code=failed.code, detail=failed.detail
    )
    context = {"code": failed.code, "provider": provider}
    return render(request, "account/identity_refused.html", context, status=403)
