"""What can be done to a contract on the desk: each deed is a form, the roles that see it, and one action.

The page shows the forms of its sections; `contracts.act` reads what was sent and calls the deed. Refusals come from the
actions themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from palier.contracts import actions
from palier.contracts.models import Solution
from palier.contracts.queries import Standing, Standings
from palier.desk import contract_agreed, contract_changes, contract_money, contract_people, contract_texts
from palier.desk.deeds import Deed, Ground, today
from palier.pages import small_forms
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Contact


def shown(
    ground: Ground, *, tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, list[Form]]:
    """The forms open to this viewer by section; the one that was `tried` as it was sent, with the refusal."""

    found: dict[str, list[Form]] = {}
    for name, deed in DEEDS.items():
        if not ground.viewer.has_role(deed.roles):
            continue
        form = deed.show(ground)
        if form is not None:
            kept = small_forms.filled(form, sent, refusal) if name == tried else form
            found.setdefault(deed.section, []).append(kept)
    return found


def do(ground: Ground, action: str, data: QueryDict, files: Mapping[str, Any]) -> str:
    """Do one thing; the sentence that says so. Raises Refused with the reader's way out."""
    deed = DEEDS[action]
    access.require_role(ground.viewer, deed.roles)
    form = deed.show(ground)
    if form is None:
        raise access.Refused(
            code="not-as-it-stands",
            en="This contract does not stand so that this could be done to it.",
            fr="Ce contrat n’est pas dans un état où cela se puisse.",
        )
    return deed.do(ground, Sent(data=data, files=files, form=form, zone=ground.contract.zone))


# --- standing ---------------------------------------------------------------------------------------


def _suspend_form(ground: Ground) -> Form | None:
    if ground.contract.standing(ground.now) not in (Standing.ACTIVE, Standing.UNPAID):
        return None
    return ground.form(
        "suspend",
        _("Suspend"),
        _("Suspend it now"),
        says=_("What is asked from now on is held; what was accepted is finished."),
    )


def _suspend(ground: Ground, sent: Sent) -> str:
    del sent
    actions.suspend(by=ground.viewer, contract=ground.row, now=ground.now)
    return _("Suspended.")


def _lift_form(ground: Ground) -> Form | None:
    if ground.contract.standing(ground.now) is not Standing.SUSPENDED:
        return None
    return ground.form("lift", _("Lift the suspension"), _("Lift it now"))


def _lift(ground: Ground, sent: Sent) -> str:
    del sent
    actions.lift_suspension(by=ground.viewer, contract=ground.row, now=ground.now)
    return _("It counts again; what was held is decided anew.")


def _end_form(ground: Ground) -> Form | None:
    if ground.contract.standing(ground.now) is Standing.ENDED:
        return None
    return ground.form(
        "end",
        _("End before its term"),
        _("End it"),
        Field(
            name="on",
            label=_("The first day without it"),
            kind="date",
            value=today(ground),
            required=True,
        ),
    )


def _end(ground: Ground, sent: Sent) -> str:
    actions.end(by=ground.viewer, contract=ground.row, now=ground.now, at=sent.start_of("on"))
    return _("The end is recorded.")


# --- what hangs on it -------------------------------------------------------------------------------


def _project_form(ground: Ground) -> Form:
    environments = {id_: ground.speech.text(name) for id_, name in ground.programme.environments.items()}
    asked = [
        Field(name="name", label=pgettext("a field", "Name"), required=True),
        Field(name="first_on", label=_("First day"), kind="date", required=True),
        Field(name="last_on", label=_("Last day"), kind="date", required=True),
        Field(name="person", label=_("Person in charge"), required=True),
    ]
    if environments:
        asked.append(
            Field(name="environments", label=_("Environments"), kind="several", options=options(environments))
        )
    return ground.form(
        "project",
        _("Add a project"),
        _("Add"),
        *asked,
        says=_("While it runs, what is not support is handed to it."),
    )


def _project(ground: Ground, sent: Sent) -> str:
    first_on, last_on = sent.day("first_on"), sent.day("last_on")
    assert first_on is not None
    assert last_on is not None
    if last_on < first_on:
        raise access.Refused(
            code="ends-before-it-begins",
            en="The last day of a project is its first day or later.",
            fr="Le dernier jour d’un projet est son premier jour ou après.",
        )
    actions.add_project(
        by=ground.viewer,
        contract=ground.row,
        name=sent.text("name"),
        first_on=first_on,
        last_on=last_on,
        person=sent.text("person"),
        environments=sent.several("environments") if ground.programme.environments else (),
        now=ground.now,
    )
    return _("Project added.")


def _solution_form(ground: Ground) -> Form:
    return ground.form(
        "solution",
        _("Add a solution"),
        _("Add"),
        Field(name="name", label=pgettext("a field", "Name"), required=True),
        Field(name="goals", label=_("Goals, as the scope of work states them"), kind="long"),
        Field(
            name="handed_over_on",
            label=_("Handed over on"),
            kind="date",
            hint=_("Left empty: not yet; what is asked goes to the project."),
        ),
    )


def _solution(ground: Ground, sent: Sent) -> str:
    actions.add_solution(
        by=ground.viewer,
        contract=ground.row,
        name=sent.text("name"),
        goals=sent.text("goals"),
        handed_over_on=sent.day("handed_over_on"),
        now=ground.now,
    )
    return _("Solution added.")


def _hand_over_form(ground: Ground) -> Form | None:
    waiting = {str(one.id): one.name for one in ground.contract.solutions if one.handed_over_on is None}
    if not waiting:
        return None
    return ground.form(
        "hand-over",
        _("Hand a solution over"),
        _("Record the hand-over"),
        Field(name="solution", label=_("Solution"), kind="choice", options=options(waiting), required=True),
        Field(name="on", label=_("Handed over on"), kind="date", value=today(ground), required=True),
    )


def _hand_over(ground: Ground, sent: Sent) -> str:
    on = sent.day("on")
    assert on is not None
    found = Solution.objects.get(vendor_id=ground.viewer.vendor_id, id=sent.chosen("solution"))
    actions.hand_over(by=ground.viewer, solution=found, on=on, now=ground.now)
    return _("Handed over: support begins on that day.")


DEEDS: Mapping[str, Deed] = {
    **contract_changes.DEEDS,
    "suspend": Deed(section="standing", roles=access.DRAWS_UP, show=_suspend_form, do=_suspend),
    "lift": Deed(section="standing", roles=access.DRAWS_UP, show=_lift_form, do=_lift),
    "end": Deed(section="standing", roles=access.DRAWS_UP, show=_end_form, do=_end),
    **contract_people.DEEDS,
    "project": Deed(section="work", roles=access.DRAWS_UP, show=_project_form, do=_project),
    "solution": Deed(section="work", roles=access.DRAWS_UP, show=_solution_form, do=_solution),
    "hand-over": Deed(section="work", roles=access.DRAWS_UP, show=_hand_over_form, do=_hand_over),
    **contract_agreed.DEEDS,
    **contract_money.DEEDS,
    **contract_texts.DEEDS,
}


def contacts_of(viewer: Viewer, contract: Standings) -> dict[str, Contact]:
    """The contacts who can be named on a contract, by id: the customer's, and the partner's who acts for it."""
    found = {str(one.id): one for one in people.contacts(viewer, contract.organisation_id)}
    if contract.partner_id is not None:
        found |= {str(one.id): one for one in people.contacts(viewer, contract.partner_id)}
    return found
