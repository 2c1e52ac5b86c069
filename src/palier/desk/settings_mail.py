"""Where mail comes in: the vendor's addresses, and the mailboxes, webhooks and other ways by which messages are taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from palier.desk import settings_mail_forms as forms
from palier.desk import settings_mail_words as words
from palier.desk import settings_shared as shared
from palier.mail import addresses, imap, sources
from palier.mail.incoming_models import SourceKind
from palier.mail.models import MailAddress, Source
from palier.mail.sources import Failed
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.moments import micros
from palier.pages.small_forms import Form, Sent
from palier.pages.speech import Speech
from palier.people import tenancy
from palier.people.access import Viewer

PAGE = "desk/settings_mail.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressShown:
    """An address in the list."""

    address: str
    is_main: bool
    product: str
    kind: str
    language: str
    form: Form
    remove: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShown:
    """A way in: what it is, how it fares, and what can be done with it."""

    id: str
    name: str
    kind: str
    enabled: bool
    facts: tuple[tuple[str, str], ...]
    problem: str
    since: str
    left: tuple[str, ...]
    form: Form
    can_try: bool
    is_webhook: bool
    deeds: dict[str, str]


def _rows(viewer: Viewer) -> tuple[list[MailAddress], list[Source]]:
    mine = {"vendor_id": viewer.vendor_id}
    known = MailAddress.objects.filter(**mine).order_by("-is_main", "address")
    return list(known), list(Source.objects.filter(**mine).order_by("name", "id"))


def _page(
    request: HttpRequest, viewer: Viewer, tried: str = "", refusal: str = "", told: str = ""
) -> dict[str, Any]:
    speech = speeches.of(request)
    sent = request.POST if tried else None
    known, ways = _rows(viewer)

    def shown(form: Form) -> Form:
        return small_forms.filled(form, sent, refusal) if form.action == tried else form

    plain = {one.kind for one in ways}
    new = [SourceKind.IMAP, SourceKind.WEBHOOK]
    new += [one for one in (SourceKind.SMTP, SourceKind.IMPORT) if one.value not in plain]
    return {
        "addresses": [_address(speech, one, shown(forms.address_form(speech, one))) for one in known],
        "address_form": shown(forms.address_form(speech, None)),
        "sources": [
            _source(speech, one, shown(forms.source_form(SourceKind(one.kind), one))) for one in ways
        ],
        "new_forms": [shown(forms.source_form(kind, None)) for kind in new],
        "refusal": refusal if not tried else "",
        "told": told,
    }


def _address(speech: Speech, row: MailAddress, form: Form) -> AddressShown:
    programme = speech.programme
    product = programme.products.get(row.product) if programme is not None else None
    kind = programme.kinds.get(row.kind) if programme is not None else None
    return AddressShown(
        address=row.address,
        is_main=row.is_main,
        product=speech.text(product.name) if product is not None else row.product,
        kind=speech.text(kind.name) if kind is not None else row.kind,
        language={"en": "English", "fr": "Français"}.get(row.language, row.language),
        form=form,
        remove=reverse("desk:settings-mail-address-remove", args=[row.id]),
    )


def _source(speech: Speech, row: Source, form: Form) -> SourceShown:
    code, _blank, detail = row.failure.partition(" ")
    checked = speech.moments.day_time(micros(row.checked_at)) if row.checked_at is not None else _("never")
    read = row.kind in (SourceKind.IMAP, SourceKind.WEBHOOK)
    return SourceShown(
        id=str(row.id),
        name=row.name,
        kind=forms.kinds()[row.kind],
        enabled=row.enabled,
        facts=(*words.facts(row, speech), *(((_("Last look"), checked),) if read else ())),
        problem=words.problem(code, detail) if code else "",
        since=speech.moments.day_time(micros(row.failed_at)) if row.failed_at is not None else "",
        left=words.left(row, speech),
        form=form,
        can_try=row.kind == SourceKind.IMAP,
        is_webhook=row.kind == SourceKind.WEBHOOK,
        deeds={
            deed: reverse("desk:settings-mail-act", args=[row.id, deed])
            for deed in ("try", "on", "off", "remove", "token", "seen")
        },
    )


@shared.for_managers
@require_safe
def mail_page(request: HttpRequest, viewer: Viewer, **_deed: object) -> HttpResponse:
    """All addresses and ways in, each with its forms."""
    return render(request, PAGE, _page(request, viewer))


def _refused(request: HttpRequest, viewer: Viewer, action: str, problem: Any) -> HttpResponse:
    page = _page(request, viewer, action, saying.refusal(problem, speeches.of(request)))
    return render(request, PAGE, page, status=422)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("desk:settings-mail"))


@viewing.shown_by(mail_page)
@shared.for_managers
@require_POST
def save_address(request: HttpRequest, viewer: Viewer, address: UUID | None = None) -> HttpResponse:
    """Add an address, or change one."""
    row = _address_row(viewer, address) if address is not None else None
    form = forms.address_form(speeches.of(request), row)
    try:
        with transaction.atomic():
            sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
            done = forms.save_address(viewer, sent, row, timezone.now())
    except saying.REFUSALS as problem:
        return _refused(request, viewer, form.action, problem)
    messages.success(request, done)
    return _back()


@viewing.shown_by(mail_page)
@shared.for_managers
@require_POST
def remove_address(request: HttpRequest, viewer: Viewer, address: UUID) -> HttpResponse:
    """Receive there no longer."""
    row = _address_row(viewer, address)
    try:
        with transaction.atomic():
            addresses.remove(by=viewer, row=row, now=timezone.now())
    except saying.REFUSALS as problem:
        return _refused(request, viewer, "", problem)
    messages.success(request, _("Mail to %(address)s is no longer taken.") % {"address": row.address})
    return _back()


def _address_row(viewer: Viewer, id_: UUID) -> MailAddress:
    found = MailAddress.objects.filter(vendor_id=viewer.vendor_id, id=id_).first()
    if found is None:
        raise Http404
    return found


def _source_row(viewer: Viewer, id_: UUID) -> Source:
    found = Source.objects.filter(vendor_id=viewer.vendor_id, id=id_).first()
    if found is None:
        raise Http404
    return found


@viewing.shown_by(mail_page)
@shared.for_managers
@require_POST
def add_source(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """Add a way in."""
    if kind not in SourceKind.values:
        raise Http404
    return _save(request, viewer, SourceKind(kind), None)


def _save(request: HttpRequest, viewer: Viewer, kind: SourceKind, row: Source | None) -> HttpResponse:
    form, now, token = forms.source_form(kind, row), timezone.now(), ""
    try:
        with transaction.atomic():
            sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
            if kind is SourceKind.IMAP:
                saved = forms.save_mailbox(viewer, sent, row, now)
            elif kind is SourceKind.WEBHOOK:
                saved, token = forms.save_webhook(viewer, sent, row, now)
            else:
                saved = forms.save_plain(viewer, sent, kind, row, now)
    except saying.REFUSALS as problem:
        return _refused(request, viewer, form.action, problem)
    if token:
        return _with_token(request, viewer, token)
    messages.success(request, _("Saved: %(name)s.") % {"name": saved.name})
    return _back()


def _with_token(request: HttpRequest, viewer: Viewer, token: str) -> HttpResponse:
    """The page with a webhook's address, which is shown this once."""
    address = request.build_absolute_uri(reverse("mail:webhook", args=[token]))
    return render(request, PAGE, _page(request, viewer, told=address))


@viewing.shown_by(mail_page)
@shared.for_managers
@require_POST
def act(request: HttpRequest, viewer: Viewer, source: UUID, deed: str) -> HttpResponse:
    """Change a way in, try it, turn it on or off, remove it, or make a webhook's address anew."""
    row, now = _source_row(viewer, source), timezone.now()
    if deed == "save":
        return _save(request, viewer, SourceKind(row.kind), row)
    if deed == "try" and row.kind == SourceKind.IMAP:
        return _try(request, row, now)
    if deed == "token" and row.kind == SourceKind.WEBHOOK:
        token = sources.new_token(row)
        row.save(update_fields=["settings"])
        return _with_token(request, viewer, token)
    try:
        with transaction.atomic():
            done = _turn(viewer, row, deed, now)
    except saying.REFUSALS as problem:
        return _refused(request, viewer, "", problem)
    messages.success(request, done)
    return _back()


def _turn(viewer: Viewer, row: Source, deed: str, now: datetime) -> str:
    if deed == "remove":
        sources.remove(by=viewer, source=row, now=now)
        return _("Removed: %(name)s.") % {"name": row.name}
    if deed == "seen":
        Source.objects.filter(id=row.id).update(place={**row.place, "": []})
        return _("No longer shown: they stay in the mailbox.")
    if deed not in ("on", "off"):
        raise Http404
    sources.turn(by=viewer, source=row, enabled=deed == "on", now=now)
    return (_("%(name)s is read.") if deed == "on" else _("%(name)s is no longer read.")) % {"name": row.name}


def _try(request: HttpRequest, row: Source, now: datetime) -> HttpResponse:
    """Connect now, and say what is wrong or that all is well."""
    try:
        imap.check(row, away=tenancy.outside)
    except Failed as failed:
        sources.note_failed(row, failed, now=now)
        told = {"name": row.name, "problem": words.problem(failed.code, failed.detail)}
        messages.error(request, _("%(name)s: %(problem)s") % told)
        return _back()
    sources.note_checked(row, now=now)
    messages.success(request, _("%(name)s answers, and every folder is there.") % {"name": row.name})
    return _back()
