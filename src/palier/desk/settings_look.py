"""The vendor's own name, colour, logo and addresses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import settings_shared as shared
from palier.files import logos
from palier.pages import colour, context, saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent
from palier.people import vendors
from palier.people.access import Viewer
from palier.people.models import Vendor, VendorHost
from palier.programme import locales

DEEDS = ("look", "logo", "no-logo")


def _forms(vendor: Vendor) -> dict[str, Form]:
    def form(action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        url = reverse("desk:settings-look-act", args=[action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    made = {
        "look": form(
            "look",
            _("Change name and colour"),
            _("Save"),
            Field(name="name", label=pgettext("a field", "Name"), value=vendor.name, required=True),
            Field(
                name="accent",
                label=_("Colour"),
                value=vendor.accent,
                hint=_("As #rrggbb, such as #1d4ed8. Empty: Palier’s own."),
            ),
            says=_("Links and buttons have this colour; it is refused where words in it could not be read."),
        ),
        "logo": form(
            "logo",
            _("Change the logo") if vendor.logo else _("Add a logo"),
            _("Show it"),
            Field(
                name="logo",
                label=_("Picture"),
                kind="file",
                required=True,
                hint=_(
                    "PNG, JPEG or WebP, at most 4 MB; drawn anew at most 480 by 128 pixels. No SVG: it can hold programs."
                ),
            ),
            says=_("It stands at the head of the portal, where people sign in, and on what is printed."),
        ),
    }
    if vendor.logo:
        made["no-logo"] = form("no-logo", _("Take the logo away"), _("Show the name alone"))
    return made


def _page(request: HttpRequest, vendor: Vendor, tried: str = "", refusal: str = "") -> dict[str, Any]:
    speech, made = speeches.of(request), _forms(vendor)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    shown: list[tuple[str, str]] = []
    if vendor.accent and colour.is_colour(vendor.accent):
        light, dark = colour.both(vendor.accent)
        shown = [
            (name, f"{code}, {locales.number(Decimal(f'{ratio:.1f}'), speech.locale)}:1")
            for name, (code, ratio) in ((_("On light pages"), light), (_("On dark pages"), dark))
        ]
    return {
        "vendor": vendor,
        "logo": context.logo_of(vendor),
        "accents": shown,
        "forms": list(made.values()),
        "refusal": refusal if tried not in made else "",
        "hosts": list(
            VendorHost.objects.filter(vendor_id=vendor.id).order_by("host").values_list("host", flat=True)
        ),
    }


@shared.for_managers
@require_safe
def look_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How the vendor's pages look, and where they are reached."""
    del viewer
    return render(request, "desk/settings_look.html", _page(request, shared.vendor(request)))


@viewing.shown_by(look_page, dropping="deed")
@shared.for_managers
@require_POST
def act(request: HttpRequest, viewer: Viewer, deed: str) -> HttpResponse:
    """Change name and colour, show another logo, or none."""
    vendor = shared.vendor(request)
    if deed not in DEEDS:
        raise Http404
    try:
        with transaction.atomic():
            done = _do(request, viewer, vendor, deed)
    except saying.REFUSALS as problem:
        page = _page(request, vendor, deed, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/settings_look.html", page, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:settings-look"))


def _do(request: HttpRequest, viewer: Viewer, vendor: Vendor, deed: str) -> str:
    now = timezone.now()
    if deed == "no-logo":
        logos.remove(by=viewer, now=now)
        return _("The name stands alone again.")
    sent = Sent(data=request.POST, files=request.FILES, form=_forms(vendor)[deed], zone=vendor.zone)
    if deed == "logo":
        upload = sent.upload("logo")
        assert upload is not None
        logos.keep(by=viewer, body=upload.body, name=upload.filename, now=now)
        return _("This logo is shown from now on.")
    accent = sent.text("accent").lower()
    if colour.is_colour(accent):
        colour.require_readable(accent)
    vendors.change_look(by=viewer, name=sent.text("name"), accent=accent, now=now)
    return _("Saved.")
