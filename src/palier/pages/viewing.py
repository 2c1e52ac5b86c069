"""Who looks at a page: the contact or person of the vendor behind the signed-in account, and pages only for one of them.

Another's object, a missing one, and a page of the other face all answer the same 404; nobody is sent to sign in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from palier.people import visitors
from palier.people.access import Viewer
from palier.people.models import User
from palier.people.visitors import Visitor

View = Callable[..., HttpResponse]
Bytes = Callable[..., HttpResponseBase]
"""A view that may hand out a file while it is sent."""


def names(asked: str, number: str) -> bool:
    """Whether what an address asks for is this ticket's number: `NOR-1042`, or its figure alone; no other vendor's prefix."""
    return asked.upper() == number.upper() or asked == number.rpartition("-")[2]


def viewer_of(request: HttpRequest) -> Viewer | None:
    """The viewer behind the request, read once; None for nobody, and for an account whose person was removed."""
    if not hasattr(request, "_viewer"):
        request._viewer = _read(request)  # type: ignore[attr-defined]
    found: Viewer | None = request._viewer  # type: ignore[attr-defined]
    return found


def visitor_of(request: HttpRequest) -> Visitor | None:
    """The person behind the signed-in account; None for nobody."""
    user = request.user
    return visitors.of(user) if isinstance(user, User) else None


def _read(request: HttpRequest) -> Viewer | None:
    visitor = visitor_of(request)
    return None if visitor is None else visitor.viewer()


def _only(wanted: Callable[[Viewer], bool], view: Bytes) -> Callable[..., Any]:
    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        viewer = viewer_of(request)
        if viewer is None or not wanted(viewer):
            raise Http404
        return view(request, viewer, *arguments, **named)

    return guarded


def for_customers(view: View) -> View:
    """Only for contacts of customers; the view gets the viewer after the request."""
    return _only(lambda viewer: viewer.is_customer, view)


def for_staff(view: View) -> View:
    """Only for people of the vendor; the view gets the viewer after the request."""
    return _only(lambda viewer: viewer.staff_id is not None, view)


def for_either(view: Bytes) -> Bytes:
    """For contacts of customers and for people of the vendor; the view gets the viewer after the request."""
    return _only(lambda viewer: viewer.user_id is not None, view)


def shown_by(page: View, *, dropping: str = "") -> Callable[[View], View]:
    """An address where something is done, asked for instead of posted to: it shows `page`, without the deed `dropping` (where the address has one).

    A refusal is shown at the address of its deed. Reloading there, or changing the language, asks for it again.
    """

    def wrapped(act: View) -> View:
        @wraps(act)
        def either(request: HttpRequest, **named: Any) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return act(request, **named)
            return page(request, **{name: value for name, value in named.items() if name != dropping})

        return either

    return wrapped


def anyone_to_their_face(view: View) -> View:
    """The portal's first page: people of the vendor are led to the desk, contacts see it, others sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        viewer = viewer_of(request) if request.user.is_authenticated else None
        if viewer is not None and viewer.staff_id is not None:
            return HttpResponseRedirect(reverse("desk:queue"))
        return for_customers(view)(request, *arguments, **named)

    return guarded
