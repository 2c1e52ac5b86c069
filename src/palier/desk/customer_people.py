"""Adding customers on the desk, their places and their contacts; one contact with what can be done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.desk import settings_shared as shared
from palier.desk import settings_words as words
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access, changes, queries
from palier.people import customers as people
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation, Site

HISTORY = 20
DEEDS = ("change", "invite", "remove", "back")


def _language(chosen: str = "en") -> Field:
    return Field(
        name="language",
        label=_("Language"),
        kind="choice",
        options=options(words.LANGUAGES, chosen),
        required=True,
    )


def _place_fields(zone: str) -> list[Field]:
    return [
        Field(
            name="zone",
            label=_("Time zone"),
            value=zone,
            required=True,
            hint=_("As Europe/Paris or America/Toronto: clocks that follow the customer run in it."),
        ),
        Field(
            name="country",
            label=_("Country"),
            hint=_("Two letters, such as FR or CA: for its public holidays."),
        ),
        Field(
            name="subdivision", label=_("Part of the country"), hint=_("Such as QC, where holidays differ.")
        ),
    ]


# --- a new customer ---------------------------------------------------------------------------------


def new_form(viewer: Viewer, zone: str) -> Form:
    """Add a customer."""
    partners = {str(one.id): one.name for one in queries.organisations(viewer)[:500]}
    asked = [
        Field(name="name", label=pgettext("a field", "Name"), required=True),
        *_place_fields(zone),
        _language(),
    ]
    if partners:
        asked.append(
            Field(
                name="partner",
                label=_("Partner who acts for it"),
                kind="choice",
                options=options(partners),
                hint=_("Its contacts see what this customer asks. Usually none."),
            )
        )
    return Form(
        action="customer",
        title=_("Add a customer"),
        button=_("Add"),
        url=reverse("desk:customer-new"),
        fields=tuple(asked),
        opened=True,
    )


@shared.for_roles(access.DRAWS_UP)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add a customer, then its contacts."""
    form = new_form(viewer, shared.vendor(request).zone)
    if request.method != "POST":
        return render(request, "desk/customer_new.html", {"form": form})
    sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
    try:
        with transaction.atomic():
            partner = sent.id("partner") if any(one.name == "partner" for one in form.fields) else None
            made = people.add_organisation(
                by=viewer,
                name=sent.text("name"),
                zone=sent.text("zone"),
                country=sent.text("country"),
                subdivision=sent.text("subdivision"),
                language=sent.chosen("language"),
                partner=queries.organisations(viewer).get(id=partner) if partner is not None else None,
                now=timezone.now(),
            )
    except saying.REFUSALS as problem:
        form = small_forms.filled(form, request.POST, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/customer_new.html", {"form": form}, status=422)
    messages.success(request, _("%(name)s is added: now its contacts.") % {"name": made.name})
    return HttpResponseRedirect(reverse("desk:customer-people", args=[made.id]))


# --- places and contacts ----------------------------------------------------------------------------


def _organisation(viewer: Viewer, organisation: UUID) -> Organisation:
    found = queries.organisations(viewer).filter(id=organisation).first()
    if found is None:
        raise Http404
    return found


def _forms(viewer: Viewer, one: Organisation, sites: dict[str, Site]) -> dict[str, Form]:
    def form(action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        url = reverse("desk:customer-add", args=[one.id, action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    made: dict[str, Form] = {}
    if viewer.has_role(people.HANDLES_CONTACTS):
        asked = [
            Field(name="name", label=pgettext("a field", "Name"), required=True),
            Field(name="email", label=_("E-mail address"), kind="email", required=True),
            _language(one.language),
        ]
        if sites:
            places = {id_: site.name for id_, site in sites.items()}
            asked.append(Field(name="site", label=_("Place"), kind="choice", options=options(places)))
        made["contact"] = form(
            "contact",
            _("Add a contact"),
            _("Add"),
            *asked,
            *_rights(is_administrator=False, is_key_user=False, sees_colleagues=True),
            Field(
                name="invite",
                label=_("Invite to the portal: a letter with a link goes out"),
                kind="check",
                value="yes",
            ),
        )
    if viewer.has_role(access.DRAWS_UP):
        made["site"] = form(
            "site",
            _("Add a place"),
            _("Add"),
            Field(name="name", label=pgettext("a field", "Name"), required=True),
            *_place_fields(one.zone),
        )
    return made


def _rights(*, is_administrator: bool, is_key_user: bool, sees_colleagues: bool) -> list[Field]:
    def check(name: str, label: str, held: bool) -> Field:
        return Field(name=name, label=label, kind="check", value="yes" if held else "")

    return [
        check(
            "is_administrator",
            _("Administrator of the account: contacts, contracts, invoices"),
            is_administrator,
        ),
        check("is_key_user", _("Key user"), is_key_user),
        check("sees_colleagues", _("Sees what colleagues ask"), sees_colleagues),
    ]


def _badges(one: Contact) -> list[str]:
    found = []
    if one.is_administrator:
        found.append(_("administrator"))
    if one.is_key_user:
        found.append(_("key user"))
    if one.user_id is None:
        found.append(_("not invited yet"))
    return found


def _page(
    request: HttpRequest, viewer: Viewer, one: Organisation, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech = speeches.of(request)
    sites = {str(site.id): site for site in queries.sites(viewer, one.id)}
    made = _forms(viewer, one, sites)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    contacts = Contact.objects.filter(access.of_organisation(viewer), organisation_id=one.id).order_by("name")
    rows = [
        (contact, reverse("desk:contact", args=[one.id, contact.id]), _badges(contact))
        for contact in contacts
    ]
    return {
        "customer": one,
        "contacts": [row for row in rows if row[0].removed_at is None],
        "gone": [row for row in rows if row[0].removed_at is not None],
        "sites": [(site.name, speech.moments_in(site.zone).city, _holidays(site)) for site in sites.values()],
        "place": (speech.moments_in(one.zone).city, _holidays(one)),
        "forms": made,
        "refusal": refusal if tried not in made else "",
    }


def _holidays(one: Organisation | Site) -> str:
    return queries.holiday_code(one.country, one.subdivision) or _("no holidays")


@viewing.for_staff
@require_safe
def people_page(request: HttpRequest, viewer: Viewer, organisation: UUID) -> HttpResponse:
    """The places and contacts of a customer, and adding some."""
    one = _organisation(viewer, organisation)
    return render(request, "desk/customer_people.html", _page(request, viewer, one))


@viewing.shown_by(people_page, dropping="deed")
@viewing.for_staff
@require_POST
def add(request: HttpRequest, viewer: Viewer, organisation: UUID, deed: str) -> HttpResponse:
    """Add a contact or a place."""
    one = _organisation(viewer, organisation)
    sites = {str(site.id): site for site in queries.sites(viewer, one.id)}
    form = _forms(viewer, one, sites).get(deed)
    if form is None:
        raise Http404
    sent = Sent(data=request.POST, files={}, form=form, zone=one.zone)
    try:
        with transaction.atomic():
            done = _add(viewer, one, sites, sent)
    except saying.REFUSALS as problem:
        page = _page(request, viewer, one, deed, saying.refusal(problem, speeches.of(request)))
        return render(request, "desk/customer_people.html", page, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:customer-people", args=[one.id]))


def _add(viewer: Viewer, one: Organisation, sites: dict[str, Site], sent: Sent) -> str:
    now = timezone.now()
    if sent.form.action == "site":
        people.add_site(
            by=viewer,
            organisation=one,
            name=sent.text("name"),
            zone=sent.text("zone"),
            country=sent.text("country"),
            subdivision=sent.text("subdivision"),
            now=now,
        )
        return _("The place is added.")
    invite = sent.ticked("invite")
    made = people.add_contact(
        by=viewer,
        organisation=one,
        name=sent.text("name"),
        email=sent.text("email"),
        language=sent.chosen("language"),
        site=sites.get(sent.chosen("site")) if sites else None,
        is_administrator=sent.ticked("is_administrator"),
        is_key_user=sent.ticked("is_key_user"),
        sees_colleagues=sent.ticked("sees_colleagues"),
        invite=invite,
        now=now,
    )
    if not invite:
        return _("%(name)s is added, and not invited yet.") % {"name": made.name}
    return _("%(name)s is invited: a letter goes to %(email)s.") % {"name": made.name, "email": made.email}


# --- one contact ------------------------------------------------------------------------------------


def _contact(viewer: Viewer, organisation: UUID, contact: UUID) -> Contact:
    found = (
        Contact.objects.filter(access.of_organisation(viewer), organisation_id=organisation, id=contact)
        .select_related("organisation", "user")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _contact_forms(viewer: Viewer, one: Contact) -> dict[str, Form]:
    if not viewer.has_role(people.HANDLES_CONTACTS):
        return {}

    def form(action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        url = reverse("desk:contact-act", args=[one.organisation_id, one.id, action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    if one.removed_at is not None:
        says = _("If this person had an account, a letter with a link to a new password goes out.")
        return {"back": form("back", _("Take back"), _("Take back"), says=says)}
    rights = _rights(
        is_administrator=one.is_administrator,
        is_key_user=one.is_key_user,
        sees_colleagues=one.sees_colleagues,
    )
    name = Field(name="name", label=pgettext("a field", "Name"), value=one.name, required=True)
    invited = one.user_id is not None
    return {
        "change": form("change", _("Change"), _("Save"), name, _language(one.language), *rights),
        "invite": form(
            "invite",
            _("Send a letter again") if invited else _("Invite to the portal"),
            _("Send it"),
            says=_("With a link to choose a password, good for a day."),
        ),
        "remove": form(
            "remove",
            _("Take away"),
            _("Take away"),
            says=_(
                "The account is closed and every session ends. What this person wrote stays, with the name."
            ),
        ),
    }


def _contact_page(
    request: HttpRequest, viewer: Viewer, one: Contact, tried: str = "", refusal: str = ""
) -> dict[str, Any]:
    speech, made = speeches.of(request), _contact_forms(viewer, one)
    if tried in made:
        made[tried] = small_forms.filled(made[tried], request.POST, refusal)
    signed_in = one.user.last_login if one.user is not None else None
    history: list[tuple[str, str, str]] = []
    if viewer.has_role(access.RUNS_THE_DESK):
        rows = list(changes.latest(viewer, subject_id=one.id)[:HISTORY])
        history = words.latest(rows, {one.id: one.name}, speech)
    return {
        "contact": one,
        "badges": _badges(one),
        "facts": [
            (_("E-mail address"), one.email),
            (_("Language"), words.LANGUAGES.get(one.language, one.language)),
            (_("Sees what colleagues ask"), _("yes") if one.sees_colleagues else _("no")),
            (_("Last signed in"), speech.moments.day_time(signed_in) if signed_in is not None else "–"),
        ],
        "removed": speech.moments.day(one.removed_at) if one.removed_at is not None else "",
        "forms": list(made.values()),
        "refusal": refusal if tried not in made else "",
        "history": history,
    }


@viewing.for_staff
@require_safe
def contact_page(request: HttpRequest, viewer: Viewer, organisation: UUID, contact: UUID) -> HttpResponse:
    """One contact: facts, what can be done, what was changed."""
    one = _contact(viewer, organisation, contact)
    return render(request, "desk/customer_contact.html", _contact_page(request, viewer, one))


@viewing.shown_by(contact_page, dropping="deed")
@viewing.for_staff
@require_POST
def contact_act(
    request: HttpRequest, viewer: Viewer, organisation: UUID, contact: UUID, deed: str
) -> HttpResponse:
    """Change a contact, invite it, take it away or back."""
    one = _contact(viewer, organisation, contact)
    if deed not in DEEDS:
        raise Http404
    try:
        with transaction.atomic():
            done = _do(request, viewer, people.contact_of(viewer, organisation, contact), deed)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        page = _contact_page(request, viewer, _contact(viewer, organisation, contact), deed, refusal)
        return render(request, "desk/customer_contact.html", page, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:contact", args=[one.organisation_id, one.id]))


def _do(request: HttpRequest, viewer: Viewer, one: Contact, deed: str) -> str:
    now = timezone.now()
    if deed == "invite":
        people.invite_contact(by=viewer, contact=one, now=now)
        return _("A letter goes to %(email)s.") % {"email": one.email}
    if deed == "remove":
        people.remove_contact(by=viewer, contact=one, now=now)
        return _("%(name)s is taken away, and signed out everywhere.") % {"name": one.name}
    if deed == "back":
        people.take_contact_back(by=viewer, contact=one, now=now)
        return _("%(name)s is back.") % {"name": one.name}
    name = Field(name="name", label=pgettext("a field", "Name"), required=True)
    form = Form(action="change", title="", button="", url="", fields=(name, _language()))
    sent = Sent(data=request.POST, files={}, form=form, zone="UTC")
    people.change_contact(
        by=viewer,
        contact=one,
        name=sent.text("name"),
        language=sent.chosen("language"),
        is_administrator=sent.ticked("is_administrator"),
        is_key_user=sent.ticked("is_key_user"),
        sees_colleagues=sent.ticked("sees_colleagues"),
        now=now,
    )
    return _("Saved.")
