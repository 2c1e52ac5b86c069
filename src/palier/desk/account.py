"""One's own settings on the desk: how dense it is, where it begins, what stands below one's answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from palier.desk import queue_view
from palier.desk import settings_shared as shared
from palier.pages import account, saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people.access import Viewer
from palier.people.models import User
from palier.people.preferences import Density
from palier.workspace import saved_views, settings

VIEW = "queue:"
LANGUAGES = {"en": "English", "fr": "Français"}


def starts(viewer: Viewer) -> dict[str, str]:
    """Where the desk may begin: a page, or a view of the queue, by what is kept for it."""
    views = {f"{VIEW}{id_}": name for id_, name in queue_view.view_names().items() if id_ != "all"}
    views |= {f"{VIEW}{view.id}": view.name for view in saved_views.of(viewer)}
    return {
        settings.QUEUE: _("Queue"),
        **{id_: _("Queue: %(view)s") % {"view": name} for id_, name in views.items()},
        settings.DASHBOARD: _("Dashboard"),
        settings.CUSTOMERS: _("Customers"),
        settings.NOTICES: _("Notices"),
    }


def start_url(viewer: Viewer) -> str:
    """Where this person's desk begins; the queue where a view it chose is gone."""
    chosen = settings.of(viewer).start
    if chosen not in starts(viewer):
        return reverse("desk:queue")
    if chosen.startswith(VIEW):
        return f"{reverse('desk:queue')}?view={chosen.removeprefix(VIEW)}"
    return reverse(f"desk:{chosen}")


def _form(request: HttpRequest, viewer: Viewer) -> Form:
    user, mine = request.user, settings.of(viewer)
    assert isinstance(user, User)
    signatures = [
        Field(
            name=f"signature_{code}",
            label=_("Signature, %(language)s") % {"language": name},
            kind="long",
            value=mine.signatures.get(code, ""),
            hint=_("Below your answers to customers who read this language. Empty: nothing."),
        )
        for code, name in LANGUAGES.items()
    ]
    more = [
        Field(
            name="density",
            label=_("Lists"),
            kind="choice",
            options=options(
                {"comfortable": _("comfortable"), "compact": _("compact")}, user.density or "comfortable"
            ),
            required=True,
        ),
        Field(
            name="start",
            label=_("The desk begins with"),
            kind="choice",
            options=options(starts(viewer), mine.start),
            required=True,
        ),
        *signatures,
    ]
    zone = shared.vendor(request).zone
    return account.form(viewer, user, url=reverse("desk:account"), vendor_zone=zone, more=more)


@viewing.for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def account_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show them, or keep what was chosen."""
    form = _form(request, viewer)
    if request.method != "POST":
        return _shown(request, form)
    sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
    try:
        with transaction.atomic():
            density = Density.COMPACT if sent.chosen("density") == "compact" else Density.COMFORTABLE
            user = account.save(viewer, sent, density=density)
            settings.save(
                by=viewer,
                start=sent.chosen("start"),
                signatures={code: sent.text(f"signature_{code}") for code in LANGUAGES},
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        return _shown(request, form, request.POST, saying.refusal(problem, speeches.of(request)))
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("desk:account"))


def _shown(
    request: HttpRequest, form: Form, sent: QueryDict | None = None, refusal: str = ""
) -> HttpResponse:
    page: dict[str, Any] = {"form": small_forms.filled(form, sent, refusal)}
    return render(request, "desk/account.html", page, status=422 if refusal else 200)
