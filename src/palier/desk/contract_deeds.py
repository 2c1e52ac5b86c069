"""What can be done to a contract on the desk: each deed is a form, the roles that see it, and one action.

The page shows the forms of its sections; `contracts.act` reads what was sent and calls the deed. Refusals come from the
actions themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from palier.contracts import actions
from palier.contracts.models import Contract, ContractDocument, Solution
from palier.contracts.queries import Standing, Standings
from palier.core.programme import Programme
from palier.pages import small_forms
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Contact, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A contract with its programme, and who stands before it."""

    viewer: Viewer
    row: Contract
    contract: Standings
    programme: Programme
    speech: Speech
    now: datetime
    contacts: Mapping[str, Contact]
    """Contacts of the customer, and of the partner who acts for it, by id."""

    def url(self, action: str) -> str:
        """Where the form of a deed is sent."""
        return reverse("desk:contract-act", args=[self.contract.id, action])

    def form(self, action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        """A form of this contract."""
        return Form(action=action, title=title, button=button, url=self.url(action), fields=fields, says=says)

    def names(self) -> dict[str, str]:
        """The customer's contacts by id."""
        return {id_: one.name for id_, one in self.contacts.items()}


Show = Callable[[Ground], Form | None]
Do = Callable[[Ground, Sent], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that can be done: in which section of the page it stands, and whose roles it needs."""

    section: str
    roles: frozenset[Role]
    show: Show
    do: Do


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


def _today(ground: Ground) -> str:
    return ground.speech.moments_in(ground.contract.zone).local(ground.now).date().isoformat()


def _pay_form(ground: Ground) -> Form | None:
    if ground.contract.paid_at is not None:
        return None
    return ground.form(
        "paid",
        _("Record the payment"),
        _("Record it"),
        Field(name="on", label=_("Paid on"), kind="date", value=_today(ground), required=True),
        says=_("What is held for it flows at once, with its clock."),
    )


def _pay(ground: Ground, sent: Sent) -> str:
    at = sent.start_of("on")
    assert at is not None
    actions.mark_paid(by=ground.viewer, contract=ground.row, now=ground.now, at=min(at, ground.now))
    return _("Payment recorded; what was held for it is decided anew.")


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
            value=_today(ground),
            required=True,
        ),
    )


def _end(ground: Ground, sent: Sent) -> str:
    actions.end(by=ground.viewer, contract=ground.row, now=ground.now, at=sent.start_of("on"))
    return _("The end is recorded.")


# --- contacts ---------------------------------------------------------------------------------------


def _authorise_form(ground: Ground) -> Form | None:
    free = {
        id_: name
        for id_, name in ground.names().items()
        if not any(str(one.contact_id) == id_ and one.at(ground.now) for one in ground.contract.authorised)
    }
    if not free:
        return None
    return ground.form(
        "authorise",
        _("Name a contact"),
        _("Name"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(free), required=True),
        Field(name="from", label=_("From"), kind="date", hint=_("Left empty: from now on.")),
        Field(
            name="until",
            label=_("Up to, without"),
            kind="date",
            hint=_("Left empty: until taken off. With a date: a stand-in."),
        ),
    )


def _authorise(ground: Ground, sent: Sent) -> str:
    actions.authorise_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=ground.contacts[sent.chosen("contact")],
        now=ground.now,
        from_at=sent.start_of("from"),
        until_at=sent.start_of("until"),
    )
    return _("Named; the history keeps it.")


def _withdraw_form(ground: Ground) -> Form | None:
    names = ground.names()
    held = {
        str(one.contact_id): names.get(str(one.contact_id), "?")
        for one in ground.contract.authorised
        if one.until_at is None or one.until_at > ground.now
    }
    if not held:
        return None
    return ground.form(
        "withdraw",
        _("Take a contact off"),
        _("Take off"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(held), required=True),
        Field(name="on", label=_("From"), kind="date", hint=_("Left empty: from now on.")),
    )


def _withdraw(ground: Ground, sent: Sent) -> str:
    actions.withdraw_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=ground.contacts[sent.chosen("contact")],
        now=ground.now,
        at=sent.start_of("on"),
    )
    return _("Taken off; what this contact opened stays.")


# --- what hangs on it -------------------------------------------------------------------------------


def _project_form(ground: Ground) -> Form:
    environments = {id_: ground.speech.text(name) for id_, name in ground.programme.environments.items()}
    asked = [
        Field(name="name", label=_("Name"), required=True),
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
        Field(name="name", label=_("Name"), required=True),
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
        Field(name="on", label=_("Handed over on"), kind="date", value=_today(ground), required=True),
    )


def _hand_over(ground: Ground, sent: Sent) -> str:
    on = sent.day("on")
    assert on is not None
    found = Solution.objects.get(vendor_id=ground.viewer.vendor_id, id=sent.chosen("solution"))
    actions.hand_over(by=ground.viewer, solution=found, on=on, now=ground.now)
    return _("Handed over: support begins on that day.")


def _document_form(ground: Ground) -> Form:
    kinds = {
        ContractDocument.MODIFICATION_CONSENT: _("Consent to a modification"),
        ContractDocument.SCOPE_OF_WORK: _("Scope of work"),
    }
    return ground.form(
        "document",
        _("Add a document"),
        _("Add"),
        Field(name="kind", label=_("What it is"), kind="choice", options=options(kinds), required=True),
        Field(name="title", label=_("Title"), required=True),
        Field(name="signed_on", label=_("Signed on"), kind="date", value=_today(ground), required=True),
    )


def _document(ground: Ground, sent: Sent) -> str:
    signed_on = sent.day("signed_on")
    assert signed_on is not None
    actions.add_document(
        by=ground.viewer,
        contract=ground.row,
        kind=sent.chosen("kind"),
        title=sent.text("title"),
        signed_on=signed_on,
        now=ground.now,
    )
    return _("Document added.")


CONTACT_HANDS = access.DRAWS_UP | access.WORKS_ON_TICKETS
DEEDS: Mapping[str, Deed] = {
    "paid": Deed(section="standing", roles=access.TAKES_MONEY, show=_pay_form, do=_pay),
    "suspend": Deed(section="standing", roles=access.DRAWS_UP, show=_suspend_form, do=_suspend),
    "lift": Deed(section="standing", roles=access.DRAWS_UP, show=_lift_form, do=_lift),
    "end": Deed(section="standing", roles=access.DRAWS_UP, show=_end_form, do=_end),
    "authorise": Deed(section="contacts", roles=CONTACT_HANDS, show=_authorise_form, do=_authorise),
    "withdraw": Deed(section="contacts", roles=CONTACT_HANDS, show=_withdraw_form, do=_withdraw),
    "project": Deed(section="work", roles=access.DRAWS_UP, show=_project_form, do=_project),
    "solution": Deed(section="work", roles=access.DRAWS_UP, show=_solution_form, do=_solution),
    "hand-over": Deed(section="work", roles=access.DRAWS_UP, show=_hand_over_form, do=_hand_over),
    "document": Deed(section="documents", roles=access.DRAWS_UP, show=_document_form, do=_document),
}


def contacts_of(viewer: Viewer, contract: Standings) -> dict[str, Contact]:
    """The contacts who can be named on a contract, by id: the customer's, and the partner's who acts for it."""
    found = {str(one.id): one for one in people.contacts(viewer, contract.organisation_id)}
    if contract.partner_id is not None:
        found |= {str(one.id): one for one in people.contacts(viewer, contract.partner_id)}
    return found
