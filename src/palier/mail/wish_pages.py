"""The page of what one wishes of mail, the same on both faces but for where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from palier.mail import wishes
from palier.mail.wishes import Way
from palier.pages import account, saying, small_forms
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Staff, User
from palier.people.notices import Group

TIMES = ("digest_at", "quiet_from", "quiet_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The template of a face's page, and the name of its address."""

    template: str
    name: str


def page(request: HttpRequest, viewer: Viewer, face: Face) -> HttpResponse:
    """Show them, or keep what was chosen."""
    form = _form(request, viewer, reverse(face.name))
    if request.method != "POST":
        return render(request, face.template, {"form": form})
    sent = Sent(data=request.POST, files={}, form=form, zone="UTC")
    try:
        with transaction.atomic():
            digest_at, quiet_from, quiet_until = (_time(sent, name) for name in TIMES)
            wishes.change(
                by=viewer,
                ways={group: sent.chosen(f"way_{group}") for group in account.group_names(viewer)},
                digest_at=digest_at,
                quiet_from=quiet_from,
                quiet_until=quiet_until,
            )
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        again = {"form": small_forms.filled(form, request.POST, refusal)}
        return render(request, face.template, again, status=422)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse(face.name))


def _form(request: HttpRequest, viewer: Viewer, url: str) -> Form:
    user = request.user
    assert isinstance(user, User)
    row = wishes.mine(viewer)
    zone = _zone(request, viewer)
    standing = wishes.of(row, is_contact=viewer.is_customer, zone=zone)
    words = {
        Way.AT_ONCE.value: _("a letter at once"),
        Way.DIGEST.value: _("in the digest of the day"),
        Way.NEVER.value: _("no letter"),
    }
    muted = _("You have no notices of these, and so no letters either.")
    groups = [
        Field(
            name=f"way_{group}",
            label=name,
            kind="choice",
            options=options(words, standing.ways[Group(group)].value),
            required=True,
            hint=muted if group in user.muted else "",
        )
        for group, name in account.group_names(viewer).items()
    ]
    since, until = (None, None) if row is None else (row.quiet_from, row.quiet_until)
    times = [
        Field(
            name="digest_at",
            label=_("The digest comes at"),
            kind="time",
            value=f"{standing.digest_at:%H:%M}",
            hint=_("By the clock of %(zone)s. A day on which nothing happened has none.") % {"zone": zone},
        ),
        Field(
            name="quiet_from",
            label=_("Quiet from"),
            kind="time",
            value="" if since is None else f"{since:%H:%M}",
        ),
        Field(
            name="quiet_until",
            label=_("Quiet until"),
            kind="time",
            value="" if until is None else f"{until:%H:%M}",
            hint=_("Letters wait until then, but for what is critical. Both empty: never quiet."),
        ),
    ]
    return Form(
        action="letters",
        title=_("Letters I get"),
        button=_("Save"),
        url=url,
        opened=True,
        fields=(*groups, *times),
    )


def _zone(request: HttpRequest, viewer: Viewer) -> str:
    row: Contact | Staff
    if viewer.contact_id is not None:
        contacts = Contact.objects.select_related("user", "site", "organisation")
        row = contacts.get(vendor_id=viewer.vendor_id, id=viewer.contact_id)
    else:
        row = Staff.objects.select_related("user").get(vendor_id=viewer.vendor_id, id=viewer.as_staff())
    return wishes.zone_of(row, request.vendor.zone)  # type: ignore[attr-defined]


def _time(sent: Sent, name: str) -> time | None:
    """The time of day typed there. Raises Refused for none."""
    found = sent.text(name)
    try:
        return time.fromisoformat(found).replace(microsecond=0, tzinfo=None) if found else None
    except ValueError:
        label = next(field.label for field in sent.form.fields if field.name == name)
        raise Refused(
            code="bad-field",
            en=f"“{label}” is a time of day, such as 20:30.",
            fr=f"« {label} » est une heure, comme 20:30.",
        ) from None
