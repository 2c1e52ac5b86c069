"""What the settings say: roles and what each may do, skills, turns, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.speech import Speech
from palier.people.changes import Kind
from palier.people.models import Change, Role, Turn

LANGUAGES = {"en": "English", "fr": "Français"}


def role_names() -> dict[str, str]:
    """The roles of people of the vendor, as they are called."""
    return {
        Role.AGENT.value: pgettext("role", "Agent"),
        Role.CONSULTANT.value: pgettext("role", "Consultant"),
        Role.ENGINEER.value: pgettext("role", "Engineer"),
        Role.ACCOUNT_MANAGER.value: pgettext("role", "Account manager"),
        Role.DELIVERY_MANAGER.value: pgettext("role", "Delivery manager"),
        Role.FINANCE.value: pgettext("role", "Finance"),
        Role.PROGRAMME_WRITER.value: pgettext("role", "Programme writer"),
        Role.MANAGER.value: pgettext("role", "Manager"),
        Role.ADMINISTRATOR.value: pgettext("role", "Administrator"),
    }


def role_choices() -> dict[str, str]:
    """The same, with what each may do."""
    names = role_names()
    does = {
        Role.AGENT.value: _("works on tickets of their teams, and of none"),
        Role.CONSULTANT.value: _("works on tickets of their teams, and of none"),
        Role.ENGINEER.value: _("works on tickets of their teams, and of none"),
        Role.ACCOUNT_MANAGER.value: _("sees every team, draws up contracts"),
        Role.DELIVERY_MANAGER.value: _("sees every team"),
        Role.FINANCE.value: _("contracts, orders and invoices; no tickets"),
        Role.PROGRAMME_WRITER.value: _("publishes the programme; no tickets"),
        Role.MANAGER.value: _("all of the above, people and settings"),
        Role.ADMINISTRATOR.value: _("all of the above, people and settings"),
    }
    return {id_: f"{names[id_]}: {does[id_]}" for id_ in names}


def skill_names(programme: Programme | None, speech: Speech) -> dict[str, str]:
    """What a person can be good at: languages, and products and kinds of the programme in force."""
    found = {f"language:{code}": _("Language: %(name)s") % {"name": name} for code, name in LANGUAGES.items()}
    if programme is None:
        return found
    for id_, product in programme.products.items():
        if id_ != "none":
            found[f"product:{id_}"] = _("Product: %(name)s") % {"name": speech.text(product.name)}
    for id_, kind in programme.kinds.items():
        found[f"kind:{id_}"] = _("Kind: %(name)s") % {"name": speech.text(kind.name)}
    return found


def turn_names() -> dict[str, str]:
    """How a team's new tickets are given out."""
    return {
        Turn.NONE.value: _("Nobody: they wait in the team’s queue"),
        Turn.ROUND.value: _("In turn: to whoever has waited longest for one"),
        Turn.LOAD.value: _("By load: to whoever has the fewest open"),
    }


def _deeds() -> Mapping[str, str]:
    return {
        Kind.STAFF_ADDED: _("invited %(who)s"),
        Kind.STAFF_CHANGED: _("changed %(who)s"),
        Kind.STAFF_REMOVED: _("took %(who)s away"),
        Kind.STAFF_BACK: _("took %(who)s back"),
        Kind.TEAM_ADDED: _("added the team %(who)s"),
        Kind.TEAM_CHANGED: _("changed the team %(who)s"),
        Kind.CONTACT_ADDED: _("added the contact %(who)s"),
        Kind.CONTACT_CHANGED: _("changed the contact %(who)s"),
        Kind.CONTACT_INVITED: _("sent %(who)s a letter"),
        Kind.CONTACT_REMOVED: _("took the contact %(who)s away"),
        Kind.CONTACT_BACK: _("took the contact %(who)s back"),
        Kind.ORGANISATION_ADDED: _("added the customer %(who)s"),
        Kind.SITE_ADDED: _("added a place of %(who)s"),
        Kind.ROSTER_ADDED: _("added an on-call roster"),
        Kind.ROSTER_CHANGED: _("changed an on-call roster"),
        Kind.ROSTER_REMOVED: _("took an on-call roster away"),
        Kind.VENDOR_NAMED: _("changed the vendor’s name"),
        Kind.ACCENT_CHANGED: _("changed the colour"),
        Kind.LOGO_CHANGED: _("changed the logo"),
        Kind.LOGO_REMOVED: _("took the logo away"),
        Kind.MAIL_ADDRESS_CHANGED: _("changed an address that receives mail"),
        Kind.MAIL_ADDRESS_REMOVED: _("removed an address that received mail"),
        Kind.MAIL_SOURCE_CHANGED: _("changed where mail comes in"),
        Kind.MAIL_SOURCE_REMOVED: _("removed a way in for mail"),
    }


def _what() -> Mapping[str, str]:
    return {
        "roles": _("roles"),
        "teams": _("teams"),
        "skills": _("skills"),
        "away_until": _("absence"),
        "level": _("level"),
        "takes_new": _("new tickets"),
        "turn": _("turn"),
        "members": _("members"),
        "language": _("language"),
        "is_administrator": _("administrator"),
        "is_key_user": _("key user"),
        "sees_colleagues": _("what colleagues ask"),
    }


def change(one: Change, names: Mapping[UUID, str]) -> str:
    """`Étienne Roy changed Maude Tremblay: roles (Agent → Agent, Manager)`; `names` are those of whom it is about."""
    who = names.get(one.subject_id, "?") if one.subject_id is not None else ""
    by = one.staff.name if one.staff is not None else _("the command line")
    words = f"{by} {_deeds()[Kind(one.kind)] % {'who': who}}"
    was, after = one.data.get("was"), one.data.get("now")
    if one.kind == Kind.ACCENT_CHANGED:
        return f"{words} ({was or '–'} → {after or '–'})"
    if isinstance(was, dict) and isinstance(after, dict):
        words += ": " + ", ".join(_detail(key, was[key], after[key]) for key in after)
    return words


def _detail(key: str, was: object, after: object) -> str:
    label = _what().get(key, key)
    if key == "roles" and isinstance(was, list) and isinstance(after, list):
        names = role_names()
        before, now = (
            ", ".join(names.get(str(one), str(one)) for one in found) or "–" for found in (was, after)
        )
        return f"{label} ({before} → {now})"
    return label


def latest(rows: list[Change], names: Mapping[UUID, str], speech: Speech) -> list[tuple[str, str, str]]:
    """Each change in words, when in words, and when for the machine."""
    moments = speech.moments
    return [(change(one, names), moments.day_time(one.at), one.at.isoformat()) for one in rows]
