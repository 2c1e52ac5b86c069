"""What can be done to the people on a contract: its authorised contacts and users, and whom it names at the vendor."""

from __future__ import annotations

from collections.abc import Mapping

from palier.contracts import naming, roles
from palier.contracts.models import NamedRole
from palier.desk.deeds import Deed, Ground
from palier.pages import contract_people as words
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access
from palier.people import queries as people
from palier.people.models import Contact, Staff

HANDS = access.DRAWS_UP | access.WORKS_ON_TICKETS


def role_names() -> dict[str, str]:
    """The roles a contract names, in the reader's language."""
    return {role.value: words.role_name(role) for role in NamedRole}


def _contact(ground: Ground, sent: Sent, name: str) -> Contact:
    return ground.contacts[sent.chosen(name)]


def _from_field() -> Field:
    return Field(name="from", label=_("From"), kind="date", hint=_("Left empty: from now on."))


def _named_now(ground: Ground) -> dict[str, str]:
    names = ground.names()
    return {
        str(one.contact_id): names.get(str(one.contact_id), "?")
        for one in ground.contract.authorised
        if one.until_at is None or one.until_at > ground.now
    }


def _others(ground: Ground) -> dict[str, str]:
    held = {str(one.contact_id) for one in ground.contract.authorised if one.at(ground.now)}
    return {id_: name for id_, name in ground.names().items() if id_ not in held}


# --- authorised contacts ----------------------------------------------------------------------------


def _name_form(ground: Ground) -> Form | None:
    others = _others(ground)
    if not others:
        return None
    return ground.form(
        "authorise",
        _("Name a contact"),
        _("Name"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(others), required=True),
        _from_field(),
        Field(
            name="until",
            label=_("Up to, without"),
            kind="date",
            hint=_("Left empty: until taken off."),
        ),
    )


def _name(ground: Ground, sent: Sent) -> str:
    naming.authorise_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=_contact(ground, sent, "contact"),
        now=ground.now,
        from_at=sent.start_of("from"),
        until_at=sent.start_of("until"),
    )
    return _("Named; the history keeps it.")


def _swap_form(ground: Ground) -> Form | None:
    held, others = _named_now(ground), _others(ground)
    if not held or not others:
        return None
    return ground.form(
        "swap",
        _("Put one contact in another’s place"),
        _("Swap"),
        Field(name="out", label=_("Goes"), kind="choice", options=options(held), required=True),
        Field(name="in", label=_("Comes"), kind="choice", options=options(others), required=True),
        _from_field(),
    )


def _swap(ground: Ground, sent: Sent) -> str:
    naming.swap_contact(
        by=ground.viewer,
        contract=ground.row,
        out=_contact(ground, sent, "out"),
        replacement=_contact(ground, sent, "in"),
        now=ground.now,
        at=sent.start_of("from"),
    )
    return _("Swapped; both are told.")


def _withdraw_form(ground: Ground) -> Form | None:
    held = _named_now(ground)
    if not held:
        return None
    return ground.form(
        "withdraw",
        _("Take a contact off"),
        _("Take off"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(held), required=True),
        _from_field(),
    )


def _withdraw(ground: Ground, sent: Sent) -> str:
    naming.withdraw_contact(
        by=ground.viewer,
        contract=ground.row,
        contact=_contact(ground, sent, "contact"),
        now=ground.now,
        at=sent.start_of("from"),
    )
    return _("Taken off; what this contact opened stays.")


# --- authorised users -------------------------------------------------------------------------------


def _user_form(ground: Ground) -> Form | None:
    held = {str(one.contact_id) for one in ground.contract.authorised_users if one.at(ground.now)}
    others = {id_: name for id_, name in ground.names().items() if id_ not in held}
    if not others:
        return None
    return ground.form(
        "user",
        _("Name an authorised user"),
        _("Name"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(others), required=True),
        says=_(
            "Authorised users agree to estimates and see the hours. Without any, the authorised contacts do."
        ),
    )


def _user(ground: Ground, sent: Sent) -> str:
    naming.name_user(
        by=ground.viewer, contract=ground.row, contact=_contact(ground, sent, "contact"), now=ground.now
    )
    return _("Named; the history keeps it.")


def _user_off_form(ground: Ground) -> Form | None:
    names = ground.names()
    held = {
        str(one.contact_id): names.get(str(one.contact_id), "?")
        for one in ground.contract.authorised_users
        if one.at(ground.now)
    }
    if not held:
        return None
    return ground.form(
        "user-off",
        _("Take an authorised user off"),
        _("Take off"),
        Field(name="contact", label=_("Contact"), kind="choice", options=options(held), required=True),
    )


def _user_off(ground: Ground, sent: Sent) -> str:
    naming.withdraw_user(
        by=ground.viewer, contract=ground.row, contact=_contact(ground, sent, "contact"), now=ground.now
    )
    return _("Taken off.")


# --- whom the contract names at the vendor ----------------------------------------------------------


def _role_form(ground: Ground) -> Form:
    staff = {str(id_): name for id_, name in _staff(ground).items()}
    return ground.form(
        "role",
        _("Name a role"),
        _("Name"),
        Field(name="role", label=_("Role"), kind="choice", options=options(role_names()), required=True),
        Field(name="staff", label=_("Person"), kind="choice", options=options(staff), required=True),
        _from_field(),
    )


def _staff(ground: Ground) -> Mapping[object, str]:
    return {one.id: one.name for one in people.staff_to_assign(ground.viewer)}


def _role(ground: Ground, sent: Sent) -> str:
    staff = Staff.objects.get(vendor_id=ground.viewer.vendor_id, id=sent.chosen("staff"))
    roles.name_role(
        by=ground.viewer,
        contract=ground.row,
        role=NamedRole(sent.chosen("role")),
        staff=staff,
        now=ground.now,
        at=sent.start_of("from"),
    )
    return _("Named; the customer sees it on its contract.")


def _role_off_form(ground: Ground) -> Form | None:
    names = role_names()
    held = {
        role.value: f"{names[role.value]}, {one.name}"
        for role, one in roles.roles_of(ground.contract, ground.now).items()
        if not one.by_region
    }
    if not held:
        return None
    return ground.form(
        "role-off",
        _("End a role"),
        _("End it"),
        Field(name="role", label=_("Role"), kind="choice", options=options(held), required=True),
        _from_field(),
    )


def _role_off(ground: Ground, sent: Sent) -> str:
    roles.withdraw_role(
        by=ground.viewer,
        contract=ground.row,
        role=NamedRole(sent.chosen("role")),
        now=ground.now,
        at=sent.start_of("from"),
    )
    return _("Ended.")


DEEDS: Mapping[str, Deed] = {
    "authorise": Deed(section="contacts", roles=HANDS, show=_name_form, do=_name),
    "swap": Deed(section="contacts", roles=HANDS, show=_swap_form, do=_swap),
    "withdraw": Deed(section="contacts", roles=HANDS, show=_withdraw_form, do=_withdraw),
    "user": Deed(section="contacts", roles=HANDS, show=_user_form, do=_user),
    "user-off": Deed(section="contacts", roles=HANDS, show=_user_off_form, do=_user_off),
    "role": Deed(section="roles", roles=access.DRAWS_UP, show=_role_form, do=_role),
    "role-off": Deed(section="roles", roles=access.DRAWS_UP, show=_role_off_form, do=_role_off),
}
