"""One's own settings, the same on both faces but for what only the desk has."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from palier.pages import viewing
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import notices, preferences
from palier.people.access import Viewer
from palier.people.models import User
from palier.people.notices import Group
from palier.people.preferences import Density


def group_names(viewer: Viewer) -> dict[str, str]:
    """The groups of notices one may do without, by what they are about."""
    names = {
        Group.REQUESTS: _("Requests: resolved, closed, reopened, merged, fixes shipped"),
        Group.WATCHED: _("What happens on tickets I watch"),
        Group.REMINDERS: _("Reminders to ask again"),
        Group.CONTRACT: _("Contracts: who is named, what was changed or accepted"),
        Group.ALLOWANCES: _("Allowances: used, nearly used up, about to expire"),
        Group.MONEY: _("Ways chosen, estimates answered, payments and invoices"),
    }
    offered = notices.FOR_CONTACTS if viewer.is_customer else notices.FOR_STAFF
    return {group.value: names[group] for group in offered}


def form(viewer: Viewer, user: User, *, url: str, vendor_zone: str, more: Sequence[Field] = ()) -> Form:
    """Language, zone and notices; `more` is what only the desk asks."""
    groups = group_names(viewer)
    wanted = [id_ for id_ in groups if id_ not in user.muted]
    return Form(
        action="mine",
        title=_("My settings"),
        button=_("Save"),
        url=url,
        opened=True,
        fields=(
            Field(
                name="language",
                label=_("Language"),
                kind="choice",
                options=options(dict(settings.LANGUAGES), user.language.partition("-")[0]),
                required=True,
                hint=_("Of these pages, and of letters."),
            ),
            Field(
                name="zone",
                label=_("Time zone"),
                value=user.zone,
                hint=_("As Europe/Paris or America/Toronto. Empty: %(zone)s.") % {"zone": vendor_zone},
            ),
            *more,
            Field(
                name="notices",
                label=_("Notices I want"),
                kind="several",
                options=options(groups, *wanted),
                hint=_("What waits for your answer is always told."),
            ),
            Field(
                name="alerts",
                label=_("Have the browser show new notices while a page is open"),
                kind="check",
                value="yes" if user.alerts else "",
                hint=_("The browser asks you once whether it may."),
            ),
        ),
    )


def save(viewer: Viewer, sent: Sent, *, density: Density | None = None) -> User:
    """Keep what every account has."""
    wanted = set(sent.several("notices"))
    return preferences.change(
        by=viewer,
        language=sent.chosen("language"),
        zone=sent.text("zone"),
        muted=[id_ for id_ in group_names(viewer) if id_ not in wanted],
        alerts=sent.ticked("alerts"),
        density=density,
    )


@viewing.for_either
@require_safe
def alerts(request: HttpRequest, viewer: Viewer) -> JsonResponse:
    """How many notices are not read, and that in words: what an open page asks for once a minute."""
    del request
    unread = notices.unread_count(viewer)
    words = ngettext("%(n)d new notice", "%(n)d new notices", unread) % {"n": unread}
    answer = JsonResponse({"unread": unread, "words": words})
    answer["Cache-Control"] = "private, no-store"
    return answer
