"""Identity providers: whose people one signs in, for which domains, and which account an identity belongs to.

An identity is (issuer, subject). It is never found by its address, and an account is linked to one only by somebody who
is signed in to it or was invited by a letter to it (docs/explanation/sign-in.md).
"""

from __future__ import annotations

import re

from django.db.models import QuerySet

from palier.people import access, jobs, oidc, secrets, tenancy
from palier.people.models import Contact, FederatedIdentity, IdentityProvider, Organisation, Staff, User

_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def configure(
    *,
    by: access.Viewer,
    organisation: Organisation | None,
    name: str,
    issuer: str,
    client_id: str,
    secret: str,
) -> IdentityProvider:
    """Name a provider for the vendor's own people (`organisation` None) or for a customer's; it proves no domain yet.

    Who runs the desk may, and a customer's administrator for its own organisation.
    """
    if not (by.is_customer and by.is_administrator and _is_own(by, organisation)):
        access.require_role(by, access.RUNS_THE_DESK)
    if not oidc.is_sound(issuer):
        raise access.Refused(
            code="unsound-issuer",
            en=f"{issuer!r} cannot be an issuer: write its HTTPS address, as its discovery document names it.",
            fr=f"{issuer!r} ne peut être un émetteur : écrivez son adresse HTTPS, telle que la nomme son document de "
            "découverte.",
        )
    known = IdentityProvider.objects.filter(vendor_id=by.vendor_id, issuer=issuer, client_id=client_id)
    if known.exists():
        raise access.Refused(
            code="provider-exists",
            en=f"{issuer} is already configured for the client {client_id}: register another client there.",
            fr=f"{issuer} est déjà configuré pour le client {client_id} : enregistrez là-bas un autre client.",
        )
    provider = IdentityProvider(
        vendor_id=by.vendor_id,
        organisation=organisation,
        name=name,
        issuer=issuer,
        client_id=client_id,
        proved_domains=[],
    )
    provider.secret = secrets.seal(secret, purpose=_purpose(provider))
    provider.save(force_insert=True)
    return provider


def record_proof(*, by: access.Viewer, provider: IdentityProvider, domain: str) -> None:
    """Record that the provider's owner proved to hold a domain; from then on it signs in people with such addresses.

    Only who runs the desk, who has seen the proof. A domain belongs to one owner: the vendor or one organisation.
    """
    access.require_role(by, access.RUNS_THE_DESK)
    domain = domain.strip().lower().rstrip(".")
    if not _DOMAIN.fullmatch(domain):
        raise access.Refused(
            code="bad-domain",
            en=f"{domain!r} is no domain: write it as it stands after the @, such as acme.example.",
            fr=f"{domain!r} n’est pas un domaine : écrivez-le comme après le @, par exemple acme.example.",
        )
    proved = IdentityProvider.objects.filter(vendor_id=by.vendor_id, proved_domains__contains=[domain])
    owners = set(proved.values_list("organisation_id", flat=True))
    if owners - {provider.organisation_id}:
        raise access.Refused(
            code="domain-of-another",
            en=f"{domain} is already proved by somebody else: withdraw it there first.",
            fr=f"{domain} est déjà prouvé par quelqu’un d’autre : retirez-le là d’abord.",
        )
    if domain not in provider.proved_domains:
        provider.proved_domains = [*provider.proved_domains, domain]
        provider.save(update_fields=["proved_domains"])


def withdraw_proof(*, by: access.Viewer, provider: IdentityProvider, domain: str) -> None:
    """Take a domain away: nobody with such an address is signed in through this provider any more."""
    access.require_role(by, access.RUNS_THE_DESK)
    provider.proved_domains = [each for each in provider.proved_domains if each != domain]
    provider.save(update_fields=["proved_domains"])


def invite(*, by: access.Viewer, provider: IdentityProvider, user: User) -> None:
    """Queue a letter by which somebody links an identity without a password; as who configures the provider."""
    if not (by.is_customer and by.is_administrator and _is_own(by, provider.organisation)):
        access.require_role(by, access.RUNS_THE_DESK)
    if not is_for(provider, user):
        raise access.Refused(
            code="not-its-people",
            en=f"{provider.name} does not sign in {user.email}: it is for its owner's people and proved domains only.",
            fr=f"{provider.name} n’ouvre pas de session à {user.email} : seulement aux personnes de son propriétaire, "
            "dans ses domaines prouvés.",
        )
    jobs.invitation_letter.defer(
        **tenancy.arguments(vendor_id=by.vendor_id, user_id=user.pk, provider_id=provider.pk)
    )


def _is_own(by: access.Viewer, organisation: Organisation | None) -> bool:
    return organisation is not None and by.organisation_id == organisation.pk


def secret_of(provider: IdentityProvider) -> str:
    """The client's secret in clear, for the moment it is used."""
    return secrets.unseal(bytes(provider.secret), purpose=_purpose(provider))


def change_secret(*, by: access.Viewer, provider: IdentityProvider, secret: str) -> None:
    """Keep the client's new secret; as who configures the provider."""
    if not (by.is_customer and by.is_administrator and _is_own(by, provider.organisation)):
        access.require_role(by, access.RUNS_THE_DESK)
    provider.secret = secrets.seal(secret, purpose=_purpose(provider))
    provider.save(update_fields=["secret"])


def reseal(*, by: access.Viewer) -> int:
    """Seal every provider's secret of this vendor with the newest key; how many."""
    access.require_role(by, access.RUNS_THE_DESK)
    providers = IdentityProvider.objects.select_for_update().filter(vendor_id=by.vendor_id)
    for provider in providers:
        provider.secret = secrets.resealed(bytes(provider.secret), purpose=_purpose(provider))
        provider.save(update_fields=["secret"])
    return len(providers)


def _purpose(provider: IdentityProvider) -> str:
    return f"identity:{provider.vendor_id}:{provider.pk}"


def domain_of(address: str) -> str:
    """What stands after the @, in lower case."""
    return address.rpartition("@")[2].strip().lower()


def for_address(address: str) -> QuerySet[IdentityProvider]:
    """The providers that proved the address's domain. It tells nothing of whether there is such an account."""
    return IdentityProvider.objects.filter(
        vendor_id=tenancy.current(), enabled=True, proved_domains__contains=[domain_of(address)]
    ).order_by("name")


def is_for(provider: IdentityProvider, user: User) -> bool:
    """Whether the provider may sign this account in: its owner's person, still there, with an address it proved."""
    if not (provider.enabled and user.is_active and domain_of(user.email) in provider.proved_domains):
        return False
    if provider.organisation_id is None:
        return Staff.objects.filter(vendor_id=provider.vendor_id, user_id=user.pk, removed_at=None).exists()
    return Contact.objects.filter(
        vendor_id=provider.vendor_id,
        organisation_id=provider.organisation_id,
        user_id=user.pk,
        removed_at=None,
    ).exists()


def account_of(provider: IdentityProvider, claims: oidc.Claims) -> User | None:
    """The account linked to that identity, if this provider may still sign it in; never one found by its address."""
    found = (
        FederatedIdentity.objects.filter(
            vendor_id=provider.vendor_id, provider=provider, subject=claims.subject
        )
        .select_related("user")
        .first()
    )
    return found.user if found is not None and is_for(provider, found.user) else None


def link(*, provider: IdentityProvider, user: User, claims: oidc.Claims) -> None:
    """Link an identity to an account its owner has opened: signed in, or by a letter. Raises oidc.Failed.

    Neither may be linked already: an account has one identity at a provider, an identity one account.
    """
    if not is_for(provider, user):
        raise oidc.Failed("not-its-people")
    if claims.address and domain_of(claims.address) not in provider.proved_domains:
        raise oidc.Failed("not-its-people", "the token's address is of no proved domain")
    at_provider = FederatedIdentity.objects.filter(vendor_id=provider.vendor_id, provider=provider)
    if at_provider.filter(user=user, subject=claims.subject).exists():
        return
    if at_provider.filter(user=user).exists():
        raise oidc.Failed("account-linked")
    if at_provider.filter(subject=claims.subject).exists():
        raise oidc.Failed("identity-linked")
    FederatedIdentity.objects.create(
        vendor_id=provider.vendor_id, provider=provider, user=user, subject=claims.subject
    )


def is_linked(provider: IdentityProvider, user: User) -> bool:
    """Whether the account has an identity at that provider."""
    return FederatedIdentity.objects.filter(
        vendor_id=provider.vendor_id, provider=provider, user=user
    ).exists()


def unlink(*, provider: IdentityProvider, user: User) -> None:
    """Forget the account's identity at that provider."""
    FederatedIdentity.objects.filter(vendor_id=provider.vendor_id, provider=provider, user=user).delete()
