"""The forms of known defects on the desk, and what was typed in them read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from palier.pages import defects as views
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.software import words
from palier.software.actions import TEXTS, Facts
from palier.software.models import Defect, State

_BETWEEN = re.compile(r"[,;\n]")


def products(speech: Speech) -> dict[str, str]:
    """The products of the programme in force, by id."""
    known = speech.programme.products if speech.programme is not None else {}
    return {one.id: speech.text(one.name) for one in known.values()}


def facts_of(row: Defect) -> Facts:
    """What is said of a defect now."""
    return Facts(
        product=row.product,
        title=row.title,
        description=row.description,
        workaround=row.workaround,
        affected=tuple(row.affected),
        first_seen_on=row.first_seen_on,
        state=row.state,
        maker_reference=row.maker_reference,
        follow_up_on=row.follow_up_on,
        fixed_in=row.fixed_in,
        public=row.public,
        owner_id=row.owner_id,
    )


def facts_form(
    viewer: Viewer,
    speech: Speech,
    facts: Facts,
    *,
    url: str,
    title: str,
    button: str,
    states: tuple[str, ...],
) -> Form:
    """Everything that can be said of a defect; each text in both languages, one of them needed for the title."""
    names = products(speech)
    if facts.product and facts.product not in names and facts.product != "none":
        names[facts.product] = facts.product
    people_here = {str(one.id): one.name for one in people.staff_to_assign(viewer)}
    owner = str(facts.owner_id) if facts.owner_id is not None else str(viewer.staff_id)
    first, second = (speech.language, "en" if speech.language == "fr" else "fr")
    fields = [
        Field(
            name="product",
            label=_("Product"),
            kind="choice",
            required=True,
            options=options(names, facts.product),
        ),
        *(_text(name, language, facts) for name in TEXTS for language in (first, second)),
        Field(
            name="affected",
            label=_("Affected versions"),
            value=", ".join(facts.affected),
            hint=_("With commas between them: 7.1, 7.2."),
        ),
        Field(
            name="first_seen_on",
            label=_("First seen"),
            kind="date",
            value=facts.first_seen_on.isoformat() if facts.first_seen_on is not None else "",
        ),
        Field(
            name="state",
            label=_("State"),
            kind="choice",
            required=True,
            options=options({one: views.state(one).words for one in states}, facts.state),
        ),
        Field(
            name="maker_reference",
            label=_("Reference of the manufacturer or of research"),
            value=facts.maker_reference,
        ),
        Field(
            name="follow_up_on",
            label=_("Ask again on"),
            kind="date",
            value=facts.follow_up_on.isoformat() if facts.follow_up_on is not None else "",
            hint=_("Its owner has a notice that day."),
        ),
        Field(name="fixed_in", label=_("Fixed in (version or patch)"), value=facts.fixed_in),
        Field(name="owner", label=_("Owner"), kind="choice", options=options(people_here, owner)),
        Field(
            name="public",
            label=_(
                "Customers who have the product read it: title, description, workaround, versions, state"
            ),
            kind="check",
            value="yes" if facts.public else "",
        ),
    ]
    return Form(action="edit", title=title, button=button, url=url, fields=tuple(fields))


def _text(name: str, language: str, facts: Facts) -> Field:
    labels = {"title": _("Title"), "description": _("Description"), "workaround": _("Workaround")}
    return Field(
        name=f"{name}_{language}",
        label=f"{labels[name]}, {views.language_name(language)}",
        kind="text" if name == "title" else "long",
        value=getattr(facts, name).get(language, ""),
    )


def read_facts(sent: Sent) -> Facts:
    """What was typed. Raises Refused for what is no date or was not offered."""
    texts: Mapping[str, Mapping[str, str]] = {
        name: {language: sent.text(f"{name}_{language}") for language in words.LANGUAGES} for name in TEXTS
    }
    return Facts(
        product=sent.chosen("product"),
        title=texts["title"],
        description=texts["description"],
        workaround=texts["workaround"],
        affected=tuple(one.strip() for one in _BETWEEN.split(sent.text("affected")) if one.strip()),
        first_seen_on=sent.day("first_seen_on"),
        state=sent.chosen("state"),
        maker_reference=sent.text("maker_reference"),
        follow_up_on=sent.day("follow_up_on"),
        fixed_in=sent.text("fixed_in"),
        public=sent.ticked("public"),
        owner_id=sent.id("owner"),
    )


def follow_up_form(row: Defect, number: str) -> Form:
    """What the manufacturer answered, and when to ask again."""
    return Form(
        action="follow-up",
        title=_("Record a follow-up"),
        button=_("Record"),
        url=reverse("desk:defect-act", args=[number, "follow-up"]),
        fields=(
            Field(name="said", label=_("What they said"), kind="long"),
            Field(name="reference", label=_("Their reference"), value=row.maker_reference),
            Field(
                name="follow_up_on",
                label=_("Ask again on"),
                kind="date",
                hint=_("Left empty: nobody asks again."),
            ),
        ),
    )


def ship_form(
    row: Defect, number: str, texts: Mapping[str, str], languages: tuple[str, ...], today: datetime
) -> Form:
    """The version, the day, and the message in each language it is read in."""
    shown = tuple(one for one in words.LANGUAGES if one in languages) or words.LANGUAGES
    return Form(
        action="ship",
        title=_("Ship the fix"),
        button=_("Ship it and tell them"),
        url=reverse("desk:defect-ship", args=[number]),
        fields=(
            Field(name="fixed_in", label=_("Fixed in (version or patch)"), value=row.fixed_in, required=True),
            Field(name="shipped_on", label=_("Shipped on"), kind="date", value=today.date().isoformat()),
            *(
                Field(
                    name=f"text_{one}",
                    label=_("What customers read, %(language)s") % {"language": views.language_name(one)},
                    kind="long",
                    value=texts.get(one, ""),
                    hint=_("{contact}, {number}, {version} and {patch} are filled in for each request."),
                )
                for one in shown
            ),
        ),
    )


def opened_states(row: Defect) -> tuple[str, ...]:
    """The states that can be chosen by hand: shipped only where it is."""
    found = tuple(one.value for one in State if one is not State.SHIPPED)
    return (*found, State.SHIPPED.value) if row.state == State.SHIPPED else found


def sent(form: Form, data: QueryDict, zone: str) -> Sent:
    """What was sent in a form."""
    return Sent(data=data, files={}, form=form, zone=zone)
