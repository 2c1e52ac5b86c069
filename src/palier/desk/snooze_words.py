"""Until when a ticket is put aside: a few instants people mean, or one of their own."""

from __future__ import annotations

from datetime import datetime, timedelta

from palier.pages.catalogue import gettext as _
from palier.pages.moments import Moments, moment
from palier.pages.small_forms import Field, Sent, options
from palier.tickets.problems import CannotDo

MORNING = timedelta(hours=9)
OWN = "at"


def _choices(here: Moments, now: datetime) -> dict[str, datetime | None]:
    """The instants by name, in the desk's zone; None: until something happens."""

    def morning(days: int) -> datetime:
        return moment(here.midnight(now, days=days)) + MORNING

    to_monday = 7 - here.local(now).weekday()
    return {
        "hours": now + timedelta(hours=2),
        "tomorrow": morning(1),
        "monday": morning(to_monday),
        "week": morning(7),
        "customer": None,
    }


def fields(here: Moments, now: datetime) -> tuple[Field, ...]:
    """What the form asks: one of those, or an instant."""
    names = {
        "hours": _("in two hours"),
        "tomorrow": _("tomorrow"),
        "monday": _("next Monday"),
        "week": _("in a week"),
    }
    choices = [
        (key, f"{names[key]}, {here.near(at, now)}" if at is not None else _("until the customer writes"))
        for key, at in _choices(here, now).items()
    ]
    return (
        Field(
            name="when",
            label=_("Until"),
            kind="choice",
            options=options([*choices, (OWN, _("the moment below"))], "tomorrow"),
            required=True,
            hint=_(
                "It also comes back when the customer writes or something on it is missed. Its clock runs on."
            ),
        ),
        Field(name="at", label=_("Moment, in %(city)s") % {"city": here.city}, kind="moment"),
    )


def until(sent: Sent, here: Moments, now: datetime) -> datetime | None:
    """The instant chosen. Raises CannotDo where a moment was announced and none is given."""
    chosen = sent.chosen("when")
    if chosen != OWN:
        return _choices(here, now)[chosen]
    at = sent.moment("at")
    if at is None:
        raise CannotDo(
            code="which-moment",
            en="Give the moment until which it is put aside.",
            fr="Indiquez jusqu’à quel moment il est mis de côté.",
        )
    return at
