"""Drawing up a contract on the desk: the customer, what is agreed, and beside it what the customer will get.

First the customer is chosen; then the form can be weighed as often as wanted (every problem at once, nothing written),
and drawn up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from palier.contracts import drawing, weighing
from palier.contracts import queries as contracts
from palier.contracts.drawing import DrawUp, ProjectTerms, SolutionTerms, TargetLine, Terms
from palier.contracts.models import NamedRole
from palier.core.programme import Commitment, Programme
from palier.desk import contract_people
from palier.pages import quantities, saying, small_forms, viewing, wording
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import access
from palier.people import queries as people
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Organisation, Staff
from palier.programme import locales

MOST_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A small table of the preview: a heading, column heads, rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gets:
    """What the customer will get, in words."""

    plan: str
    text: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    benefits: tuple[tuple[str, str, str], ...]


@viewing.for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def draw_up(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form, what it would give, and the contract once drawn up."""
    access_problem = _may(viewer, speeches.of(request))
    if access_problem:
        return render(request, "desk/draw_up.html", {"refusals": [access_problem]}, status=403)
    organisation = _organisation(viewer, request.GET.get("customer", ""))
    if organisation is None:
        return render(request, "desk/draw_up.html", _choosing(viewer, request.GET.get("q", "").strip()[:80]))
    return _with_customer(request, viewer, organisation)


def _may(viewer: Viewer, speech: Speech) -> str:
    try:
        access.require_role(viewer, access.DRAWS_UP)
    except Refused as problem:
        return saying.refusal(problem, speech)
    return ""


def _organisation(viewer: Viewer, asked: str) -> Organisation | None:
    """The customer asked for; None where none was. Http404 for one that is missing or not this viewer's to see."""
    if not asked:
        return None
    try:
        found = people.organisations(viewer).filter(id=UUID(asked)).first()
    except ValueError:
        raise Http404 from None
    if found is None:
        raise Http404
    return found


def _choosing(viewer: Viewer, sought: str) -> dict[str, Any]:
    rows = people.organisations(viewer)
    if sought:
        rows = rows.filter(name__icontains=sought)
    found = list(rows[: MOST_LISTED + 1])
    address = reverse("desk:draw-up")
    return {
        "customers": [(f"{address}?customer={one.id}", one.name) for one in found[:MOST_LISTED]],
        "more": len(found) > MOST_LISTED,
        "sought": sought,
    }


def _with_customer(request: HttpRequest, viewer: Viewer, organisation: Organisation) -> HttpResponse:
    speech, now = speeches.of(request), timezone.now()
    try:
        programme = contracts.programme(contracts.current_revision_id(viewer.vendor_id, now))
    except Refused as problem:
        return render(
            request, "desk/draw_up.html", {"refusals": [saying.refusal(problem, speech)]}, status=409
        )
    contacts = _contacts(viewer, organisation)
    form = _form(viewer, programme, organisation, contacts, speech)
    context: dict[str, Any] = {"customer": organisation.name, "form": form}
    if request.method != "POST":
        return render(request, "desk/draw_up.html", context)
    sent = request.POST
    context["form"] = small_forms.filled(form, sent, "")
    try:
        given = Sent(data=sent, files={}, form=form, zone=organisation.zone)
        terms = _terms(given, organisation, contacts, currency=programme.currency)
        if sent.get("do") == "draw-up":
            with transaction.atomic():
                contract = drawing.draw_up(by=viewer, terms=terms, now=now)
            messages.success(request, _("Contract %(number)s is drawn up.") % {"number": contract.number})
            return HttpResponseRedirect(reverse("desk:contract", args=[contract.id]))
        found = drawing.preview(by=viewer, terms=terms, now=now)
    except weighing.CannotAgree as several:
        context["refusals"] = [saying.refusal(one, speech) for one in several.problems]
        return render(request, "desk/draw_up.html", context, status=422)
    except saying.REFUSALS as problem:
        context["refusals"] = [saying.refusal(problem, speech)]
        return render(request, "desk/draw_up.html", context, status=422)
    context["refusals"] = [saying.refusal(one, speech) for one in found.problems]
    context["gets"] = _gets(found, speech)
    return render(request, "desk/draw_up.html", context, status=422 if found.problems else 200)


def _contacts(viewer: Viewer, organisation: Organisation) -> dict[str, Contact]:
    found = {str(one.id): one for one in people.contacts(viewer, organisation.id)}
    if organisation.partner_id is not None:
        found |= {str(one.id): one for one in people.contacts(viewer, organisation.partner_id)}
    return found


# --- the form ---------------------------------------------------------------------------------------


def _form(
    viewer: Viewer,
    programme: Programme,
    organisation: Organisation,
    contacts: dict[str, Contact],
    speech: Speech,
) -> Form:
    return Form(
        action="draw-up",
        title=_("What is agreed"),
        button=_("Draw it up"),
        url=f"{reverse('desk:draw-up')}?customer={organisation.id}",
        fields=(
            *_plan_fields(programme, speech),
            *_scope_fields(programme, speech),
            *_people_fields(viewer, contacts),
            *_work_fields(programme),
        ),
    )


def _plan_fields(programme: Programme, speech: Speech) -> Iterable[Field]:
    plans = {one.id: speech.text(one.name) for one in programme.plans.values()}
    by_amount = any(one.offered_from is not None for one in programme.plans.values())
    yield Field(name="number", label=_("Contract number"), required=True)
    yield Field(
        name="plan",
        label=_("Plan"),
        kind="choice",
        options=options(plans),
        required=not by_amount,
        hint=_("Left open: the plan that the yearly amount gives.") if by_amount else "",
    )
    if by_amount:
        yield Field(
            name="yearly_amount",
            label=_("Yearly amount, %(currency)s") % {"currency": programme.currency},
            kind="money",
        )
    known = programme.facts["option"].values if "option" in programme.facts else {}
    if known:
        names = {id_: speech.text(name) for id_, name in known.items()}
        yield Field(name="options", label=_("Options"), kind="several", options=options(names))
    yield Field(name="activation_on", label=_("Activation date"), kind="date", required=True)
    terms = {one.id: speech.text(one.name) for one in programme.terms.values()}
    if terms:
        yield Field(
            name="term",
            label=_("Kind of term"),
            kind="choice",
            options=options(terms),
            hint=_("Left open: the plan’s usual one."),
        )
    yield Field(
        name="paid_on",
        label=_("Paid on"),
        kind="date",
        hint=_("Left empty: pending; requests are held until it is paid."),
    )


def _scope_fields(programme: Programme, speech: Speech) -> Iterable[Field]:
    yield Field(name="seats", label=_("Seats"), kind="whole", value="1", required=True)
    products = {one.id: speech.text(one.name) for one in programme.products.values()}
    if products:
        yield Field(name="products", label=_("Products"), kind="several", options=options(products))
        yield Field(
            name="unmaintained",
            label=_("Of these, not under maintenance"),
            kind="several",
            options=options(products),
        )
    if any(weighing.WHOLE_LICENCE in one.benefits for one in programme.plans.values()):
        yield Field(
            name="licence_seats",
            label=_("Seats of the whole licence"),
            kind="whole",
            hint=_("A plan that covers the whole licence is refused for a part of it."),
        )
        if products:
            yield Field(
                name="licence",
                label=_("Products of the whole licence"),
                kind="several",
                options=options(products),
            )
    environments = {id_: speech.text(name) for id_, name in programme.environments.items()}
    if environments:
        yield Field(
            name="environments",
            label=_("Environments"),
            kind="several",
            options=options(environments),
            hint=_("None ticked: those of the plan."),
        )


def _people_fields(viewer: Viewer, contacts: dict[str, Contact]) -> Iterable[Field]:
    names = {id_: one.name for id_, one in contacts.items()}
    if names:
        yield Field(name="contacts", label=_("Authorised contacts"), kind="several", options=options(names))
        yield Field(
            name="users",
            label=_("Authorised users"),
            kind="several",
            options=options(names),
            hint=_("They agree to estimates. Without any, the authorised contacts do."),
        )
    staff = {str(one.id): one.name for one in people.staff_to_assign(viewer)}
    for role, name in contract_people.role_names().items():
        yield Field(name=f"role-{role}", label=name, kind="choice", options=options(staff))


def _work_fields(programme: Programme) -> Iterable[Field]:
    points = {way.points_to for way in programme.ways.values()}
    if "project" in points or "project" in programme.facts:
        yield Field(name="project", label=_("Active project"))
        yield Field(name="project_first_on", label=_("Its first day"), kind="date")
        yield Field(name="project_last_on", label=_("Its last day"), kind="date")
        yield Field(name="project_person", label=_("Its person in charge"))
    if "solution" in programme.facts:
        yield Field(name="solution", label=_("Solution, under its scope-of-work document"))
        yield Field(name="solution_goals", label=_("Its goals"), kind="long")
        yield Field(
            name="handed_over_on",
            label=_("Handed over on"),
            kind="date",
            hint=_("Left empty: not yet; what is asked goes to the project."),
        )


def _terms(sent: Sent, organisation: Organisation, contacts: dict[str, Contact], *, currency: str) -> Terms:
    asked = {field.name for field in sent.form.fields}

    def text(name: str) -> str:
        return sent.text(name) if name in asked else ""

    def several(name: str) -> list[str]:
        return sent.several(name) if name in asked else []

    activation_on = sent.day("activation_on")
    assert activation_on is not None
    return Terms(
        organisation=organisation,
        number=sent.text("number"),
        activation_on=activation_on,
        plan=sent.chosen("plan"),
        options=several("options"),
        term=(sent.chosen("term") or None) if "term" in asked else None,
        seats=sent.whole("seats") or 0,
        licence_seats=sent.whole("licence_seats") if "licence_seats" in asked else None,
        licence=several("licence"),
        products=several("products"),
        unmaintained=several("unmaintained"),
        environments=several("environments"),
        contacts=[contacts[id_] for id_ in several("contacts")],
        users=[contacts[id_] for id_ in several("users")],
        paid_at=sent.start_of("paid_on"),
        yearly_amount=sent.money("yearly_amount", currency) if "yearly_amount" in asked else None,
        named=_named(sent),
        projects=_projects(sent) if text("project") else (),
        solutions=[
            SolutionTerms(
                name=text("solution"), goals=text("solution_goals"), handed_over_on=sent.day("handed_over_on")
            )
        ]
        if text("solution")
        else (),
    )


def _named(sent: Sent) -> dict[NamedRole, Staff]:
    chosen = {role: sent.chosen(f"role-{role.value}") for role in NamedRole}
    staff = {str(one.id): one for one in Staff.objects.filter(id__in=[id_ for id_ in chosen.values() if id_])}
    return {role: staff[id_] for role, id_ in chosen.items() if id_}


def _projects(sent: Sent) -> list[ProjectTerms]:
    first_on, last_on = sent.day("project_first_on"), sent.day("project_last_on")
    if first_on is None or last_on is None:
        raise Refused(
            code="project-without-days",
            en="Say on which days the project begins and ends.",
            fr="Dites quels jours le projet commence et finit.",
        )
    return [
        ProjectTerms(
            name=sent.text("project"), first_on=first_on, last_on=last_on, person=sent.text("project_person")
        )
    ]


# --- what the customer gets -------------------------------------------------------------------------


def _gets(found: DrawUp, speech: Speech) -> Gets | None:
    plan = found.plan
    if plan is None:
        return None
    moments = speech.moments_in(found.zone)
    tables = [
        _targets(found.targets, found.programme, speech),
        _grants(found, speech),
        _prices(found, speech),
    ]
    standing = found.programme.facts["contract"].values.get(found.standing.value)
    said = [
        (
            _("Term"),
            _("from %(first)s up to %(last)s, without")
            % {
                "first": moments.date(found.term.starts_on),
                "last": moments.date(found.term.ends_on),
            },
        ),
        (_("Anniversaries"), ", ".join(moments.date(one) for one in found.anniversaries)),
        (_("Standing"), speech.text(standing)),
        (
            _("Authorised contacts"),
            _("no limit") if found.places is None else locales.number(found.places, speech.locale),
        ),
        (_("Documents"), ", ".join(f"{speech.text(one.name)} {one.version}" for one in found.documents)),
        *((contract_people.role_names()[role.value], name) for role, name in found.roles.items()),
    ]
    name = speech.text(plan.name)
    return Gets(
        plan=_("%(plan)s, by the yearly amount") % {"plan": name} if found.by_amount else name,
        text=speech.text(plan.text),
        facts=tuple((label, value) for label, value in said if value),
        tables=tuple(table for table in tables if table.rows),
        benefits=tuple((speech.text(one.name), speech.text(one.text), one.clause) for one in found.benefits),
    )


def _targets(lines: tuple[TargetLine, ...], programme: Programme, speech: Speech) -> Table:
    promised = [one for one in Commitment if any(line.targets.durations.get(one) for line in lines)]
    rows = [
        (
            speech.text(line.severity.name),
            *(_duration(line, one) for one in promised),
            _calendar(line, programme, speech),
            f"{_binding(line)} {line.targets.clause}",
        )
        for line in lines
    ]
    return Table(
        title=_("Times"),
        heads=(_("Severity"), *(wording.commitment(one) for one in promised), _("Counted in"), _("Clause")),
        rows=tuple(rows),
    )


def _duration(line: TargetLine, commitment: Commitment) -> str:
    found = line.targets.duration(commitment, line.severity.id)
    return "–" if found is None else locales.duration(found)


def _binding(line: TargetLine) -> str:
    return _("guarantee") if line.targets.binding.value == "guarantee" else _("target")


def _calendar(line: TargetLine, programme: Programme, speech: Speech) -> str:
    named = dict.fromkeys(choice.use for choice in line.targets.calendar if choice.use in programme.calendars)
    return ", ".join(speech.text(programme.calendars[one].name) for one in named)


def _grants(found: DrawUp, speech: Speech) -> Table:
    rows = []
    for line in found.grants:
        count = line.quantity * 60 if line.allowance.unit == quantities.HOUR_UNIT else line.quantity
        anew = "–" if line.anew_on is None else speech.moments.date(line.anew_on)
        rows.append(
            (
                speech.text(line.allowance.name),
                quantities.quantity(line.allowance.unit, count, speech),
                anew,
                line.allowance.clause,
            )
        )
    return Table(
        title=_("Included"),
        heads=(_("What"), _("How many"), _("Starts anew on"), _("Clause")),
        rows=tuple(rows),
    )


def _prices(found: DrawUp, speech: Speech) -> Table:
    rows = []
    for line in found.prices:
        price = line.price
        amount = (
            locales.money(price.amount, price.currency, speech.locale)
            if price.amount is not None and price.currency
            else _("on request")
        )
        discount = "–" if not line.discount else locales.percentage(line.discount, speech.locale)
        rows.append((speech.text(price.name), amount, discount, price.clause))
    return Table(
        title=_("Prices"), heads=(_("What"), _("Price"), _("Discount"), _("Clause")), rows=tuple(rows)
    )
