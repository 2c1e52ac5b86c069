"""What a customer can do to its contract: who holds the places, who agrees to estimates, another plan, a block of hours.

Each deed is a form, whether this viewer sees it, and one action; the page shows the forms of its sections. Refusals come
from the actions themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from palier.contracts import agreements, caps, naming, queries, requests
from palier.contracts.models import Contract
from palier.contracts.standings import Named, Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.pages import small_forms
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.moments import micros
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer
from palier.people.models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A contract of the viewer's as it stands now, with its programme."""

    viewer: Viewer
    row: Contract
    contract: Standings
    programme: Programme
    speech: Speech
    now: datetime
    contacts: Mapping[str, Contact]
    """Contacts of the customer, and of the partner who acts for it where the viewer sees them, by id."""

    def form(self, action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        """A form of this contract."""
        url = reverse("portal:contract-act", args=[self.contract.id, action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    @property
    def may_name(self) -> bool:
        """Whether the viewer may say who holds the places."""
        return naming.may_name(self.viewer, self.contract, self.now)

    def holders(self, of: tuple[Named, ...]) -> dict[str, str]:
        """Who is named now or will be, by id."""
        listed = [one for one in of if one.until_at is None or one.until_at > self.now]
        return {
            str(one.contact_id): self.contacts[str(one.contact_id)].name
            for one in listed
            if str(one.contact_id) in self.contacts
        }

    def others(self, of: tuple[Named, ...]) -> dict[str, str]:
        """The other contacts of the customer, by id."""
        taken = {str(one.contact_id) for one in of if one.at(self.now)}
        return {id_: one.name for id_, one in self.contacts.items() if id_ not in taken}

    def contact(self, id_: UUID | None) -> Contact:
        """The contact chosen in a form of this contract."""
        found = self.contacts.get(str(id_))
        if found is None:
            raise access.Refused(
                code="choose-a-contact",
                en="Choose a person from the list. One who is missing is added to your account first.",
                fr="Choisissez une personne de la liste. Si elle n’y est pas, elle est d’abord ajoutée à votre compte.",
            )
        return found

    @property
    def today(self) -> str:
        """Today, as a form writes it, in the contract's zone."""
        return terms.date_at(micros(self.now), self.contract.zone).isoformat()

    def start(self, sent: Sent, name: str) -> datetime | None:
        """The first instant of the day given; None where it is today or left out: at once."""
        day = sent.day(name)
        if day is None or day.isoformat() == self.today:
            return None
        return queries.instant(terms.start_of(day, self.contract.zone))


Show = Callable[[Ground], Form | None]
Do = Callable[[Ground, Sent], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that can be done, and in which section of the page it stands. `show` is None where it cannot."""

    section: str
    show: Show
    do: Do


def shown(
    ground: Ground, *, tried: str = "", sent: QueryDict | None = None, refusal: str = ""
) -> dict[str, list[Form]]:
    """The forms open to this viewer by section; the one that was `tried` as it was sent, with the refusal."""
    found: dict[str, list[Form]] = {}
    for name, deed in DEEDS.items():
        form = deed.show(ground)
        if form is not None:
            kept = small_forms.filled(form, sent, refusal) if name == tried else form
            found.setdefault(deed.section, []).append(kept)
    return found


def do(ground: Ground, action: str, data: QueryDict) -> str:
    """Do one thing; the sentence that says so. Raises Refused with the reader's way out."""
    deed = DEEDS[action]
    form = deed.show(ground)
    if form is None:
        raise access.Refused(
            code="not-as-it-stands",
            en="This cannot be done to this contract as it stands, or not by you: its authorised contacts and your"
            " account's administrator can.",
            fr="Cela ne peut pas être fait à ce contrat dans son état, ou pas par vous : ses contacts autorisés et"
            " l’administrateur de votre compte le peuvent.",
        )
    return deed.do(ground, Sent(data=data, files={}, form=form, zone=ground.contract.zone))


# --- places -----------------------------------------------------------------------------------------


def _out(ground: Ground, label: str) -> Field:
    names = ground.holders(ground.contract.authorised)
    return Field(name="out", label=label, kind="choice", options=options(names), required=True)


def _in(ground: Ground, label: str) -> Field:
    names = ground.others(ground.contract.authorised)
    return Field(name="in", label=label, kind="choice", options=options(names), required=True)


def _first(ground: Ground) -> Field:
    return Field(
        name="first",
        label=pgettext("a day", "From"),
        kind="date",
        value=ground.today,
        hint=_("Today: at once. A later day: from its beginning."),
    )


def _swap_form(ground: Ground) -> Form | None:
    if not (ground.may_name and ground.holders(ground.contract.authorised)):
        return None
    return ground.form(
        "swap",
        _("Swap somebody"),
        _("Swap"),
        _out(ground, _("Who gives up the place")),
        _in(ground, _("Who takes it")),
        _first(ground),
        says=_("The place is never empty nor doubled. What was opened stays with your organisation."),
    )


def _swap(ground: Ground, sent: Sent) -> str:
    naming.swap_contact(
        by=ground.viewer,
        contract=ground.row,
        out=ground.contact(sent.id("out")),
        replacement=ground.contact(sent.id("in")),
        now=ground.now,
        at=ground.start(sent, "first"),
    )
    return _("Swapped. Both are told, and so is your account manager.")


def _stand_in_form(ground: Ground) -> Form | None:
    if not (ground.may_name and ground.holders(ground.contract.authorised)):
        return None
    return ground.form(
        "stand-in",
        _("Name a stand-in for a time"),
        _("Name the stand-in"),
        _out(ground, _("Who is away")),
        _in(ground, _("Who stands in")),
        _first(ground),
        Field(name="last", label=_("Last day"), kind="date", required=True),
        says=_("After the last day the place goes back by itself."),
    )


def _stand_in(ground: Ground, sent: Sent) -> str:
    last = sent.day("last")
    assert last is not None
    until = queries.instant(terms.start_of(last + timedelta(days=1), ground.contract.zone))
    naming.name_stand_in(
        by=ground.viewer,
        contract=ground.row,
        absent=ground.contact(sent.id("out")),
        stand_in=ground.contact(sent.id("in")),
        from_at=ground.start(sent, "first") or ground.now,
        until_at=until,
        now=ground.now,
    )
    return _("Named. The place goes back by itself after the last day.")


def _name_form(ground: Ground) -> Form | None:
    if not (ground.may_name and ground.others(ground.contract.authorised)):
        return None
    return ground.form(
        "name", _("Give somebody a place"), _("Give the place"), _in(ground, _("Who")), _first(ground)
    )


def _name(ground: Ground, sent: Sent) -> str:
    contact = ground.contact(sent.id("in"))
    naming.authorise_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=contact,
        now=ground.now,
        from_at=ground.start(sent, "first"),
    )
    return _("%(who)s was given a place.") % {"who": contact.name}


def _withdraw_form(ground: Ground) -> Form | None:
    if not (ground.may_name and ground.holders(ground.contract.authorised)):
        return None
    return ground.form(
        "withdraw", _("Take somebody off"), _("Take off"), _out(ground, _("Who")), _first(ground)
    )


def _withdraw(ground: Ground, sent: Sent) -> str:
    contact = ground.contact(sent.id("out"))
    naming.withdraw_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=contact,
        now=ground.now,
        at=ground.start(sent, "first"),
    )
    return _("%(who)s gives up the place.") % {"who": contact.name}


# --- who agrees to estimates ------------------------------------------------------------------------


def _name_user_form(ground: Ground) -> Form | None:
    names = ground.others(ground.contract.authorised_users)
    if not (ground.may_name and names):
        return None
    return ground.form(
        "name-user",
        _("Name who agrees to estimates"),
        _("Name"),
        Field(name="in", label=_("Who"), kind="choice", options=options(names), required=True),
        says=_("As soon as somebody is named, only those named agree to estimates and use the hours."),
    )


def _name_user(ground: Ground, sent: Sent) -> str:
    contact = ground.contact(sent.id("in"))
    naming.name_user(by=ground.viewer, contract=ground.row, contact=contact, now=ground.now)
    return _("%(who)s agrees to estimates from now on.") % {"who": contact.name}


def _withdraw_user_form(ground: Ground) -> Form | None:
    names = ground.holders(ground.contract.authorised_users)
    if not (ground.may_name and names):
        return None
    return ground.form(
        "withdraw-user",
        _("No longer agrees to estimates"),
        _("Withdraw"),
        Field(name="out", label=_("Who"), kind="choice", options=options(names), required=True),
    )


def _withdraw_user(ground: Ground, sent: Sent) -> str:
    contact = ground.contact(sent.id("out"))
    naming.withdraw_user(by=ground.viewer, contract=ground.row, contact=contact, now=ground.now)
    return _("%(who)s no longer agrees to estimates.") % {"who": contact.name}


# --- what may be spent without asking -----------------------------------------------------------------


def _cap_form(ground: Ground) -> Form | None:
    if not caps.may_set(ground.viewer, ground.contract, ground.now):
        return None
    cap = caps.cap_of(ground.viewer.vendor_id, ground.contract.id, ground.now)
    names = {id_: one.name for id_, one in ground.contacts.items()}
    chosen = [str(one) for one in cap.approvers] if cap is not None else []
    currency = ground.programme.currency
    return ground.form(
        "cap",
        _("Change what may be spent without asking") if cap is not None else _("Agree beforehand to a limit"),
        _("Agree"),
        Field(
            name="minutes",
            label=_("Minutes a request"),
            kind="whole",
            value=str(cap.per_request_minutes or "") if cap is not None else "",
            hint=_("Such as 120 for two hours."),
        ),
        Field(
            name="request",
            label=_("Amount a request (%(currency)s)") % {"currency": currency},
            kind="money",
            value=_plain(cap.per_request_amount if cap is not None else None),
        ),
        Field(
            name="month",
            label=_("Amount a month (%(currency)s)") % {"currency": currency},
            kind="money",
            value=_plain(cap.per_month_amount if cap is not None else None),
        ),
        Field(
            name="approvers",
            label=_("Who agrees to more"),
            kind="several",
            options=options(names, *chosen),
            hint=_("Nobody ticked: whoever agrees to estimates."),
        ),
        says=_(
            "Estimates within every limit you give are agreed to at once, in your name, and you are told."
        ),
    )


def _plain(minor: int | None) -> str:
    return "" if minor is None else f"{minor // 100}.{minor % 100:02d}"


def _cap(ground: Ground, sent: Sent) -> str:
    caps.set_cap(
        by=ground.viewer,
        contract=ground.row,
        now=ground.now,
        per_request_minutes=sent.whole("minutes"),
        per_request_amount=sent.money("request"),
        per_month_amount=sent.money("month"),
        approvers=[ground.contacts[one] for one in sent.several("approvers")],
    )
    return _("Agreed, from now on.")


def _no_cap_form(ground: Ground) -> Form | None:
    if not caps.may_set(ground.viewer, ground.contract, ground.now):
        return None
    if caps.cap_of(ground.viewer.vendor_id, ground.contract.id, ground.now) is None:
        return None
    return ground.form(
        "no-cap",
        _("Ask me every time"),
        _("Withdraw the limit"),
        says=_("What was agreed to under it stays agreed."),
    )


def _no_cap(ground: Ground, sent: Sent) -> str:
    del sent
    caps.withdraw_cap(by=ground.viewer, contract=ground.row, now=ground.now)
    return _("Withdrawn. Every estimate is asked from now on.")


# --- another plan, texts ----------------------------------------------------------------------------


def _ask_form(ground: Ground) -> Form | None:
    plans = requests.plans_to_ask(ground.contract, ground.now)
    waits = requests.plan_requests(ground.viewer, open_only=True).filter(contract_id=ground.contract.id)
    if not (plans and ground.may_name) or waits.exists():
        return None
    names = {plan.id: ground.speech.text(plan.name) for plan in plans}
    texts = " ".join(ground.speech.text(plan.text) for plan in plans)
    return ground.form(
        "ask-plan",
        _("Ask for another plan"),
        _("Send to your account manager"),
        Field(name="plan", label=_("Plan"), kind="choice", options=options(names), required=True),
        Field(name="words", label=_("What you need it for"), kind="long"),
        says=texts,
    )


def _ask(ground: Ground, sent: Sent) -> str:
    requests.ask_for_plan(
        by=ground.viewer,
        contract=ground.row,
        plan=sent.chosen("plan"),
        words=sent.text("words"),
        now=ground.now,
    )
    return _("Sent. Your account manager answers here.")


def _accept_form(ground: Ground) -> Form | None:
    if not ground.may_name:
        return None
    waiting = {
        one.document: f"{ground.speech.text(one.named.name) if one.named is not None else one.document}, {one.version}"
        for one in agreements.of_contract(ground.viewer.vendor_id, ground.contract.id, ground.programme)
        if one.until_at is None and one.accepted_at is None
    }
    if not waiting:
        return None
    return ground.form(
        "accept",
        _("Accept a text"),
        _("Accept it for your organisation"),
        Field(name="document", label=_("Text"), kind="choice", options=options(waiting), required=True),
        says=_("Read it first: your name and the time are kept with its version and fingerprint."),
    )


def _accept(ground: Ground, sent: Sent) -> str:
    agreements.accept(by=ground.viewer, contract=ground.row, document=sent.chosen("document"), now=ground.now)
    return _("Accepted, and kept with your name and the time.")


DEEDS: Mapping[str, Deed] = {
    "swap": Deed(section="places", show=_swap_form, do=_swap),
    "stand-in": Deed(section="places", show=_stand_in_form, do=_stand_in),
    "name": Deed(section="places", show=_name_form, do=_name),
    "withdraw": Deed(section="places", show=_withdraw_form, do=_withdraw),
    "name-user": Deed(section="users", show=_name_user_form, do=_name_user),
    "withdraw-user": Deed(section="users", show=_withdraw_user_form, do=_withdraw_user),
    "cap": Deed(section="cap", show=_cap_form, do=_cap),
    "no-cap": Deed(section="cap", show=_no_cap_form, do=_no_cap),
    "ask-plan": Deed(section="plan", show=_ask_form, do=_ask),
    "accept": Deed(section="texts", show=_accept_form, do=_accept),
}
