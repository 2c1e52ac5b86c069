"""The letters of signing in: a link to a new password, an invitation to an identity provider."""

from __future__ import annotations

from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import translation

from palier.people.models import User, Vendor


def link(vendor: Vendor, name: str, **arguments: str) -> str:
    """The whole address of a page, below the vendor's configured address and never the host somebody asked for."""
    path = reverse(name, kwargs=arguments)
    # A letter may be written while a request below `/vendor/` is answered: then that prefix is part of the path.
    below = path.removeprefix(get_script_prefix()).lstrip("/")
    return urljoin(vendor.address.rstrip("/") + "/", below)


def password_link(vendor: Vendor, user: User) -> str:
    """A link to a new password: good for a day, and once, for it depends on the password there is."""
    token = default_token_generator.make_token(user)
    return link(vendor, "account_reset_password_from_key", uidb36=user_pk_to_url_str(user), key=token)


def password_letter(*, vendor: Vendor, user: User) -> EmailMessage:
    """The letter with that link."""
    return _letter("password", vendor=vendor, user=user, address=password_link(vendor, user))


def invitation_letter(*, vendor: Vendor, user: User, provider: str, token: str) -> EmailMessage:
    """An invitation to sign in through an identity provider from now on."""
    address = link(vendor, "identity_invitation", token=token)
    return _letter("invitation", vendor=vendor, user=user, address=address, provider=provider)


def _letter(name: str, *, vendor: Vendor, user: User, **words: str) -> EmailMessage:
    context = {"vendor": vendor, "user": user, **words}
    with translation.override(user.language):
        subject = " ".join(render_to_string(f"account/letters/{name}_subject.txt", context).split())
        body = render_to_string(f"account/letters/{name}.txt", context).strip() + "\n"
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
