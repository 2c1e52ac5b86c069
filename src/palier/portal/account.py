"""A contact's own settings on the portal."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from palier.pages import account, saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Sent
from palier.people.access import Viewer
from palier.people.models import User


@viewing.for_customers
@require_http_methods(["GET", "HEAD", "POST"])
def account_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show them, or keep what was chosen."""
    user, zone = request.user, request.vendor.zone  # type: ignore[attr-defined]
    assert isinstance(user, User)
    form = account.form(viewer, user, url=reverse("portal:account"), vendor_zone=zone)
    if request.method != "POST":
        return render(request, "portal/account.html", {"form": form})
    sent = Sent(data=request.POST, files={}, form=form, zone=zone)
    try:
        with transaction.atomic():
            saved = account.save(viewer, sent)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        page = {"form": small_forms.filled(form, request.POST, refusal)}
        return render(request, "portal/account.html", page, status=422)
    with translation.override(saved.language):
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("portal:account"))
