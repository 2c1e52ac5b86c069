"""What the forms of rosters and layers ask, in the reader's words, and a time of day read back."""

from __future__ import annotations

from datetime import time

from django.http import HttpRequest
from django.urls import reverse

from palier.desk import settings_shared as shared
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people.access import Refused, Viewer
from palier.people.models import Staff, Team
from palier.services.models import Hours, Layer, Roster

LEVELS = ("1", "2", "3")
PLACES = 8
"""So many people can be chosen for a layer on its form, or one more than it has."""
WEEKDAYS_AND_WEEKEND = "mon-fri"


def lengths() -> dict[str, str]:
    """How long a shift can be, by what the form sends."""
    return {
        "7": _("a week"),
        "1": _("a day"),
        "14": _("two weeks"),
        WEEKDAYS_AND_WEEKEND: _("Monday to Friday, then the weekend"),
    }


def hours_names() -> dict[str, str]:
    """When a layer counts."""
    return {
        Hours.ALL.value: _("At all hours"),
        Hours.NIGHTS.value: _("Nights and weekends"),
        Hours.WEEKNIGHTS.value: _("Nights from Monday to Friday"),
        Hours.WEEKENDS.value: _("Weekends"),
        Hours.DAYS.value: _("Days from Monday to Friday"),
    }


def length_of(row: Layer) -> str:
    """How long its shifts are, as the form sends it."""
    if row.weekdays:
        return WEEKDAYS_AND_WEEKEND
    return str(row.days)


def roster_form(request: HttpRequest, viewer: Viewer, speech: Speech, row: Roster | None) -> Form:
    """The form of a roster; None: a new one."""
    plans = speech.programme.plans if speech.programme is not None else {}
    teams = {
        str(id_): name
        for id_, name in Team.objects.filter(vendor_id=viewer.vendor_id)
        .order_by("name")
        .values_list("id", "name")
    }
    zone = shared.vendor(request).zone
    return Form(
        action="roster",
        title=_("Change") if row is not None else _("Add a roster"),
        button=_("Save") if row is not None else _("Add"),
        url=reverse("desk:on-call-roster-act", args=[row.id, "save"])
        if row is not None
        else reverse("desk:on-call-roster-new"),
        fields=(
            Field(
                name="name",
                label=pgettext("a field", "Name"),
                value=row.name if row is not None else "",
                required=True,
            ),
            Field(
                name="zone",
                label=_("Time zone"),
                value=row.zone if row is not None else zone,
                hint=_("Handovers follow its clocks, also when they change."),
                required=True,
            ),
            Field(
                name="plans",
                label=_("Plans it serves; none chosen: all"),
                kind="several",
                options=options(
                    {id_: speech.text(plan.name) for id_, plan in plans.items() if id_ != "none"},
                    *(row.plans if row is not None else ()),
                ),
            ),
            Field(
                name="levels",
                label=_("Levels it serves; none chosen: all"),
                kind="several",
                options=options(
                    {level: level for level in LEVELS}, *(map(str, row.levels) if row is not None else ())
                ),
            ),
            Field(
                name="teams",
                label=_("Teams it serves; none chosen: all"),
                kind="several",
                options=options(teams, *(map(str, row.teams) if row is not None else ())),
            ),
            Field(
                name="ack_within",
                label=_("Minutes to acknowledge"),
                kind="whole",
                value=str(row.ack_within if row is not None else 10),
                hint=_("Then the next in line is paged, and at last the managers."),
                required=True,
            ),
            Field(
                name="rounds",
                label=_("How often the whole line is paged"),
                kind="whole",
                value=str(row.rounds if row is not None else 3),
                required=True,
            ),
        ),
    )


def layer_form(roster: Roster, people: dict[str, Staff], row: Layer | None, held: list[str]) -> Form:
    """The form of a layer with the people `held` now, in order; None: a new one."""
    names = {id_: one.name for id_, one in people.items()}
    places = max(PLACES, len(held) + 1)
    fields = [
        Field(
            name="name",
            label=pgettext("a field", "Name"),
            value=row.name if row is not None else _("First line"),
            required=True,
        ),
        Field(
            name="starts_on",
            label=_("The first shift begins on"),
            kind="date",
            value=row.starts_on.isoformat() if row is not None else "",
            required=True,
        ),
        Field(
            name="handover",
            label=_("Handover at"),
            kind="time",
            value=f"{row.handover:%H:%M}" if row is not None else "09:00",
            required=True,
        ),
        Field(
            name="length",
            label=_("A shift lasts"),
            kind="choice",
            options=options(lengths_with(row), length_of(row) if row is not None else "7"),
            required=True,
        ),
        Field(
            name="hours",
            label=_("It counts"),
            kind="choice",
            options=options(hours_names(), row.hours if row is not None else Hours.ALL.value),
            required=True,
        ),
        Field(
            name="day_from",
            label=_("The day begins at"),
            kind="time",
            value=f"{row.day_from:%H:%M}" if row is not None else "09:00",
            hint=_("For days and nights; what is no day is night."),
            required=True,
        ),
        Field(
            name="day_until",
            label=_("The day ends at"),
            kind="time",
            value=f"{row.day_until:%H:%M}" if row is not None else "18:00",
            required=True,
        ),
        *(
            Field(
                name=f"person_{place}",
                label=_("Turn %(number)d") % {"number": place},
                kind="choice",
                options=options(names, held[place - 1] if place <= len(held) else ""),
                required=place == 1,
            )
            for place in range(1, places + 1)
        ),
    ]
    act = f"layer-{row.id}" if row is not None else "layer-new"
    return Form(
        action=act,
        title=_("Change") if row is not None else _("Add a layer"),
        button=_("Save") if row is not None else _("Add"),
        url=reverse("desk:on-call-layer-act", args=[roster.id, row.id, "save"])
        if row is not None
        else reverse("desk:on-call-roster-act", args=[roster.id, "layer"]),
        fields=tuple(fields),
    )


def lengths_with(row: Layer | None) -> dict[str, str]:
    """The lengths that can be chosen, with that of the layer where it is another."""
    known = lengths()
    if row is not None and length_of(row) not in known:
        known[length_of(row)] = _("%(n)d days") % {"n": row.days}
    return known


def clock(sent: Sent, name: str) -> time:
    """A time of day that was sent. Raises Refused for what is none."""
    text = sent.text(name)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Refused(
            code="bad-time",
            en=f"“{text}” is no time of day: write it as 09:00.",
            fr=f"« {text} » n’est pas une heure : écrivez-la comme 09:00.",
        ) from None
