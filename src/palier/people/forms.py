"""The forms of signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import EmailField, LoginForm, UserTokenForm
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from palier.people import accounts, backends, tenancy
from palier.people.models import User


class SignInForm(LoginForm):
    """Address and password; the way to a new password stands on the page."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["password"].help_text = ""


class ForgottenPasswordForm(forms.Form):
    """Asks for a link to a new password. Whether an account has the address is told by nothing, not by the time either."""

    email = EmailField(required=True)

    def clean_email(self) -> str:
        """The address as typed, without blanks around it."""
        address: str = get_adapter().clean_email(self.cleaned_data["email"].strip())
        return address

    def save(self, request: HttpRequest, **named: object) -> str:
        """Queue the letter."""
        del request, named
        address: str = self.cleaned_data["email"]
        user = backends.by_address(address)
        accounts.queue_password_letter(
            vendor_id=tenancy.current(), user=user if user is not None and user.is_active else None
        )
        return address


class ResetLinkForm(UserTokenForm):
    """The account and the word in a link to a new password."""

    def _get_user(self, uidb36: str) -> User | None:
        try:
            user: User | None = super()._get_user(uidb36)
        except ValidationError:  # an id that is none
            return None
        return user if user is not None and user.is_active else None


class OrganisationForm(forms.Form):
    """The address by whose domain somebody's identity provider is found."""

    email = EmailField(required=True, label=_("Your work e-mail address"))
