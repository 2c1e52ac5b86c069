"""Who holds the places of a contract, and who agrees to estimates: named, swapped and withdrawn by the customer itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from palier.contracts import naming, queries
from palier.core import terms
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.portal.deeds import Deed, Ground


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


DEEDS: Mapping[str, Deed] = {
    "swap": Deed(section="places", show=_swap_form, do=_swap),
    "stand-in": Deed(section="places", show=_stand_in_form, do=_stand_in),
    "name": Deed(section="places", show=_name_form, do=_name),
    "withdraw": Deed(section="places", show=_withdraw_form, do=_withdraw),
    "name-user": Deed(section="users", show=_name_user_form, do=_name_user),
    "withdraw-user": Deed(section="users", show=_withdraw_user_form, do=_withdraw_user),
}
