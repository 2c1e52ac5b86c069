"""After the sign-in: where to go, never out of the vendor; and no page for staff who still need a second factor."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from allauth.mfa.signals import authenticator_removed
from django.conf import settings
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from palier.people import factors
from palier.people.models import Staff, User

SETTLED = "palier_second_factor"
# Pages open before the second factor: signing in and out, setting the factor up, language and appearance.
_OPEN_PREFIXES = ("account_", "mfa_")
_OPEN_NAMES = frozenset({"pages:language", "pages:theme"})


def is_inside(url: str) -> bool:
    """Whether ``url`` is a path of this vendor, after everything a browser does to it; the only thing followed."""
    if not url_has_allowed_host_and_scheme(url, allowed_hosts=None) or not url.startswith("/"):
        return False
    path = unquote(urlsplit(url).path)
    # Browsers walk up for `..` (also `%2e%2e`) and take a backslash for a slash.
    walked = posixpath.normpath(path.replace("\\", "/"))
    prefix = get_script_prefix()
    return not walked.startswith("//") and f"{walked.rstrip('/')}/".startswith(prefix)


def start_of(user: User) -> str:
    """Where somebody begins who asked for no page: the desk for people of the vendor, the portal for all others."""
    is_staff = Staff.objects.filter(vendor_id=user.vendor_id, user_id=user.pk, removed_at=None).exists()
    return reverse(settings.PALIER_STAFF_REDIRECT_URL if is_staff else settings.LOGIN_REDIRECT_URL)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether this is staff of a vendor that asks for a second factor, and none was set up."""
    vendor = request.vendor  # type: ignore[attr-defined]
    user = request.user
    if not vendor.staff_need_second_factor or not isinstance(user, User):
        return False
    if request.session.get(SETTLED):
        return False
    if Staff.objects.filter(vendor_id=vendor.id, user_id=user.pk).exists() and not factors.has_one(user):
        return True
    # Remembered, so that a page costs no question, until a factor is removed.
    request.session[SETTLED] = True
    return False


@receiver(authenticator_removed, dispatch_uid="palier.people.signin")
def ask_again(request: HttpRequest, **sent: object) -> None:
    """A factor was removed: ask before the next page whether there is still one."""
    del sent
    request.session.pop(SETTLED, None)


class SecondFactorMiddleware:
    """Leads staff without a second factor to set one up, whatever page they ask for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, arguments: object, named: object
    ) -> HttpResponse | None:
        """Send to the page of second factors, unless the page asked for is one of those open before."""
        del view, arguments, named
        match = request.resolver_match
        name = match.view_name if match is not None else ""
        if name.startswith(_OPEN_PREFIXES) or name in _OPEN_NAMES or not lacks_second_factor(request):
            return None
        messages.warning(
            request, _("Set up an authenticator app or a passkey first: your desk asks everybody for one.")
        )
        return HttpResponseRedirect(reverse("mfa_index"))
