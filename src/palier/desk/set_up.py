"""The first steps of a new vendor: programme, people, a customer with a contract, a test request.

What is done is seen from the data itself. The programme's step goes on being the place where a new version is checked
and published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from palier.contracts import actions as contracts
from palier.contracts import queries as contract_queries
from palier.contracts.models import Contract, ProgrammeRevision
from palier.core.programme import Programme
from palier.desk import settings_people as people_page
from palier.desk import settings_shared as shared
from palier.pages import saying, small_forms, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import access, vendors
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Staff
from palier.programme import library, problems
from palier.programme.problems import Level, Problem
from palier.tickets import opening
from palier.tickets import queries as tickets
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

LARGEST = 1024 * 1024
SHOWN = 200
"""Problems listed; the first ones usually cause the others."""
DEEDS = ("check", "publish", "invite", "request", "leave")
for_writers = shared.for_roles(access.WRITES_PROGRAMMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it is, whether it is done and how that is seen, whether this person may do it."""

    id: str
    title: str
    done: bool
    says: str
    may: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A problem of the text: the line it stands in, what is wrong, the way out."""

    line: int
    path: str
    message: str
    hint: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A text that was read: its problems, and what there is in it where it can be used."""

    lines: tuple[Line, ...]
    more: int
    usable: bool
    errors: str
    warnings: str
    facts: tuple[tuple[str, str], ...]


def _revision(viewer: Viewer, now: datetime) -> ProgrammeRevision | None:
    """The programme in force, else the next that will be."""
    found = contract_queries.revisions(viewer.vendor_id)
    return found.filter(effective_on__lte=now.date()).first() or found.last()


def _programme_says(revision: ProgrammeRevision | None, speech: Speech) -> str:
    if revision is None:
        return _("Without a programme nothing is decided: what is covered, and by when you answer.")
    return _("%(name)s, in force from %(date)s") % {
        "name": revision.programme,
        "date": speech.moments.date(revision.effective_on),
    }


def steps(viewer: Viewer, speech: Speech) -> tuple[Step, ...]:
    """Where this vendor stands, seen from its rows."""
    mine = {"vendor_id": viewer.vendor_id}
    now = timezone.now()
    revision = _revision(viewer, now)
    people = Staff.objects.filter(**mine, removed_at=None).count()
    contract = Contract.objects.filter(**mine).order_by("id").first()
    ticket = Ticket.objects.filter(**mine).only("number", "revision_id").order_by("number").first()
    return (
        Step(
            id="programme",
            title=_("The support programme"),
            done=revision is not None and revision.effective_on <= now.date(),
            says=_programme_says(revision, speech),
        ),
        Step(
            id="people",
            title=_("Your people"),
            done=people > 1,
            says=ngettext("%(n)d person works here.", "%(n)d people work here.", people) % {"n": people},
            may=viewer.has_role(access.RUNS_THE_DESK),
        ),
        Step(
            id="customer",
            title=_("A customer with a contract"),
            done=contract is not None,
            says=_("Contract %(number)s") % {"number": contract.number}
            if contract is not None
            else _("A contract says which plan of the programme a customer has."),
            may=viewer.has_role(access.DRAWS_UP),
        ),
        Step(
            id="request",
            title=_("A test request"),
            done=ticket is not None,
            says=tickets.number_of(ticket.revision_id, ticket.number)
            if ticket is not None
            else _("See what the programme decides, and which clocks run."),
            may=viewer.has_role(access.WORKS_ON_TICKETS),
        ),
    )


# --- the programme ----------------------------------------------------------------------------------


def checked(text: str, speech: Speech) -> Checked:
    """Read a text, and say all that is wrong with it in the reader's language."""
    loaded = contract_queries.read_programme(text.replace("\r\n", "\n"))
    found = loaded.problems
    errors = sum(one.severity is Level.ERROR for one in found)
    warnings = len(found) - errors
    return Checked(
        lines=tuple(_line(one, speech) for one in _errors_first(found)[:SHOWN]),
        more=max(0, len(found) - SHOWN),
        usable=loaded.programme is not None and not errors,
        errors=ngettext("%(n)d error", "%(n)d errors", errors) % {"n": errors},
        warnings=ngettext("%(n)d warning", "%(n)d warnings", warnings) % {"n": warnings},
        facts=_facts(loaded.programme, speech),
    )


def _errors_first(found: Sequence[Problem]) -> list[Problem]:
    return sorted(found, key=lambda one: one.severity is not Level.ERROR)


def _line(one: Problem, speech: Speech) -> Line:
    return Line(
        line=one.place.line,
        path=one.path,
        message=speech.typeset(problems.in_language(one.message, speech.language)),
        hint=speech.typeset(problems.in_language(one.hint, speech.language)) if one.hint is not None else "",
        is_error=one.severity is Level.ERROR,
    )


def _facts(programme: Programme | None, speech: Speech) -> tuple[tuple[str, str], ...]:
    if programme is None:
        return ()
    plans = ", ".join(speech.text(plan.name) for plan in programme.plans.values())
    return (
        (_("Programme"), programme.id),
        (_("In force from"), speech.moments.date(programme.effective_on)),
        (_("Plans"), plans or "–"),
        (_("Clauses"), str(sum(1 for _clause in programme.clause_texts()))),
    )


def _text(request: HttpRequest) -> str:
    """The text that was sent: the file where one was chosen, else what stands in the box."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("text", "")
    if (file.size or 0) > LARGEST:
        raise Refused(
            code="programme-large",
            en="A programme has at most 1 MB: choose the file of the programme itself.",
            fr="Un programme a au plus 1 Mo : choisissez le fichier du programme lui-même.",
        )
    try:
        found: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(
            code="programme-not-text",
            en="This file is no text in UTF-8: save it as UTF-8 and choose it again.",
            fr="Ce fichier n’est pas un texte en UTF-8 : enregistrez-le en UTF-8 et choisissez-le de nouveau.",
        ) from None
    return found


def _example(name: str) -> str:
    """One of the programmes that come with Palier; empty for none of them."""
    path = library.reference_programmes().get(name)
    return path.read_text(encoding="utf-8") if path is not None else ""


# --- the test request -------------------------------------------------------------------------------


def _contacts(viewer: Viewer) -> dict[str, Contact]:
    """Contacts of customers that have a contract."""
    held = contract_queries.contracts(viewer).values_list("organisation_id", flat=True)
    found = Contact.objects.filter(access.of_organisation(viewer), removed_at=None, organisation_id__in=held)
    return {str(one.id): one for one in found.select_related("organisation").order_by("name")[:200]}


def _request_form(viewer: Viewer, speech: Speech) -> Form | None:
    contacts = _contacts(viewer)
    if speech.programme is None or not contacts:
        return None
    names = {id_: f"{one.name}, {one.organisation.name}" for id_, one in contacts.items()}
    kinds = {id_: speech.text(kind.name) for id_, kind in speech.programme.kinds.items()}
    return Form(
        action="request",
        title=_("Open a test request"),
        button=_("Open it"),
        url=reverse("desk:set-up-act", args=["request"]),
        fields=(
            Field(name="contact", label=_("Who asks"), kind="choice", options=options(names), required=True),
            Field(name="kind", label=_("Kind"), kind="choice", options=options(kinds), required=True),
            Field(name="subject", label=_("Subject"), value=_("A test"), required=True),
            Field(
                name="body",
                label=_("Description"),
                kind="long",
                value=_("To see what happens."),
                required=True,
            ),
        ),
    )


def _open(viewer: Viewer, speech: Speech, sent: Sent, now: datetime) -> Ticket:
    contact = _contacts(viewer)[sent.chosen("contact")]
    draft = Draft(
        kind=sent.chosen("kind"),
        subject=sent.text("subject"),
        body=sent.text("body"),
        language=speech.language,
    )
    return opening.open_ticket(by=viewer, draft=draft, contact=contact, now=now)


# --- the page ---------------------------------------------------------------------------------------


def _invite_form(viewer: Viewer) -> Form:
    return people_page.invite_form(viewer, url=reverse("desk:set-up-act", args=["invite"]))


def _page(
    request: HttpRequest,
    viewer: Viewer,
    *,
    text: str = "",
    read: Checked | None = None,
    tried: str = "",
    refusal: str = "",
) -> dict[str, Any]:
    speech = speeches.of(request)
    found = steps(viewer, speech)
    forms: dict[str, Form | None] = {
        "invite": _invite_form(viewer) if viewer.has_role(access.RUNS_THE_DESK) else None,
        "request": _request_form(viewer, speech) if viewer.has_role(access.WORKS_ON_TICKETS) else None,
    }
    form = forms.get(tried)
    if form is not None:
        forms[tried] = small_forms.filled(form, request.POST, refusal)
    return {
        "steps": {step.id: step for step in found},
        "order": found,
        "done": sum(step.done for step in found),
        "all_done": all(step.done for step in found),
        "examples": list(library.reference_programmes()),
        "text": text,
        "checked": read,
        "opened": bool(text) or read is not None or tried in ("check", "publish"),
        "forms": forms,
        "refusal": refusal if form is None else "",
        "leaves": viewer.has_role(access.RUNS_THE_DESK) and shared.vendor(request).set_up_at is None,
    }


@for_writers
@require_safe
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The steps. `?programme=` puts one of the programmes that come along into the box."""
    context = _page(request, viewer, text=_example(request.GET.get("programme", "")))
    if context["all_done"] and context["leaves"]:
        # Everything is there: nobody needs to say so.
        vendors.finish_set_up(by=viewer, now=timezone.now())
    return render(request, "desk/set_up.html", context)


@viewing.shown_by(page, dropping="deed")
@for_writers
@require_POST
def act(request: HttpRequest, viewer: Viewer, deed: str) -> HttpResponse:
    """Check or publish a programme, invite somebody, open the test request, leave the rest."""
    if deed not in DEEDS:
        raise Http404
    text = request.POST.get("text", "")
    try:
        if deed in ("check", "publish"):
            text = _text(request)
        with transaction.atomic():
            answer = _do(request, viewer, deed, text)
    except contracts.NotPublished:
        read = checked(text, speeches.of(request))
        return render(request, "desk/set_up.html", _page(request, viewer, text=text, read=read), status=422)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        context = _page(request, viewer, text=text, tried=deed, refusal=refusal)
        return render(request, "desk/set_up.html", context, status=422)
    return answer


def _do(request: HttpRequest, viewer: Viewer, deed: str, text: str) -> HttpResponse:
    now, speech, back = timezone.now(), speeches.of(request), reverse("desk:set-up")
    if deed == "check":
        return render(
            request, "desk/set_up.html", _page(request, viewer, text=text, read=checked(text, speech))
        )
    if deed == "publish":
        revision = contracts.publish_revision(by=viewer, source=text, now=now)
        messages.success(request, _("Published: %(name)s.") % {"name": _programme_says(revision, speech)})
    elif deed == "invite":
        staff = people_page.do_invite(request, viewer, _invite_form(viewer))
        messages.success(request, people_page.invited_words(staff))
    elif deed == "leave":
        vendors.finish_set_up(by=viewer, now=now)
        messages.success(request, _("These steps are no longer in the menu; they stay here, under Settings."))
        back = reverse("desk:queue")
    else:
        form = _request_form(viewer, speech)
        if form is None:
            raise Refused(
                code="nobody-to-ask",
                en="There is no contact of a customer with a contract yet: do the steps above first.",
                fr="Il n’y a pas encore de contact d’un client sous contrat : faites d’abord les étapes ci-dessus.",
            )
        sent = Sent(data=request.POST, files={}, form=form, zone=shared.vendor(request).zone)
        ticket = _open(viewer, speech, sent, now)
        back = reverse("desk:ticket", args=[tickets.number_of(ticket.revision_id, ticket.number)])
    return HttpResponseRedirect(back)
