"""Filters, orders and columns of the queue in words: as chips above a list, and as the form that changes them.

Names of people, customers and tags are asked for only where a filter names one, or the form is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from babel import Locale, UnknownLocaleError
from django.utils.translation import ngettext

from palier.core.programme import OutcomeKind, Programme, Wait
from palier.desk.queue_asked import Wanted
from palier.pages import severities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Option
from palier.pages.speech import Speech
from palier.people import access
from palier.people import queries as people
from palier.people.access import Viewer
from palier.tickets import narrowing, tags
from palier.tickets.models import Status
from palier.tickets.orders import Order
from palier.workspace import saved_views
from palier.workspace.models import Bulk

CUSTOMERS_LISTED = 500
"""In the form of the filters; where there are more, searching finds them."""
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    words: str
    url: str


class Words:
    """The words of one page. `programme` is the one in force: what an older one called otherwise is shown by its id."""

    def __init__(self, viewer: Viewer, speech: Speech) -> None:
        self._viewer, self._speech = viewer, speech

    @cached_property
    def _staff(self) -> Mapping[str, str]:
        return {str(id_): name for id_, name in people.staff_names(self._viewer).items()}

    @cached_property
    def _teams(self) -> Mapping[str, str]:
        return {str(one.id): one.name for one in people.teams(self._viewer)}

    @cached_property
    def _tags(self) -> Mapping[str, str]:
        return {str(id_): name for id_, name in tags.known(self._viewer)}

    @cached_property
    def _customers(self) -> Mapping[str, str]:
        found = people.organisations(self._viewer).values_list("id", "name")[:CUSTOMERS_LISTED]
        return {str(id_): name for id_, name in found}

    def chips(self, wanted: Wanted) -> tuple[Chip, ...]:
        """What the list is narrowed to, one chip a filter."""
        labels = self.labels()
        return tuple(
            Chip(
                label=labels[name],
                words=", ".join(one for one in (self.value(name, word) for word in words) if one),
                url=wanted.without(name),
            )
            for name, words in wanted.shown.narrow.as_words().items()
        )

    def labels(self) -> dict[str, str]:
        """How each filter is called."""
        return {
            "status": _("State"),
            "person": pgettext("a person", "With"),
            "team": _("Team"),
            "severity": _("Severity"),
            "plan": _("Plan"),
            "organisation": _("Customer"),
            "product": _("Product"),
            "kind": _("Kind"),
            "tag": _("Tag"),
            "outcome": _("Verdict"),
            "level": _("Level"),
            "wait": _("Waits for"),
            "language": _("Language"),
            "missed": _("Something was missed"),
            "due": _("Due within"),
            "watched": _("Watched by me"),
            "snoozed": _("Put aside by me"),
            "created": _("Reached us within"),
            "updated": _("Last moved within"),
            "words": _("Words"),
        }

    def value(self, name: str, word: str) -> str:
        """A word of a filter as people say it; nothing for a plain yes."""
        named = self._named(name)
        if name in ("person", "team") and word in (narrowing.ME, narrowing.NOBODY, narrowing.NONE):
            return {"me": _("me"), "nobody": _("nobody"), "none": _("none")}[word]
        if named is not None:
            return named.get(word) or _("gone since")
        if name in ("missed", "watched", "snoozed"):
            return ""
        if name == "status":
            return wording.status(word)
        if name == "outcome":
            return wording.outcome(word, None)
        if name == "wait":
            return wording.wait_for(word)
        if name == "due":
            return ngettext("%(n)d hour", "%(n)d hours", int(word)) % {"n": int(word)}
        if name in ("created", "updated"):
            return ngettext("%(n)d day", "%(n)d days", int(word)) % {"n": int(word)}
        if name == "language":
            return _language(word, self._speech.language)
        return self._of_programme(name).get(word, word)

    def _named(self, name: str) -> Mapping[str, str] | None:
        if name == "person":
            return self._staff
        if name == "team":
            return self._teams
        if name == "tag":
            return self._tags
        return self._customers if name == "organisation" else None

    def _of_programme(self, name: str) -> Mapping[str, str]:
        programme: Programme | None = self._speech.programme
        if programme is None:
            return {}
        text = self._speech.text
        if name == "severity":
            return {
                one: severities.severity_name(programme, one, self._speech) for one in programme.severities
            }
        if name == "plan":
            return {one.id: text(one.name) for one in programme.plans.values()}
        if name == "product":
            return {one.id: text(one.name) for one in programme.products.values()}
        if name == "kind":
            return {one.id: text(one.name) for one in programme.kinds.values()}
        return {}

    # --- the form -----------------------------------------------------------------------------------

    def fields(self, wanted: Wanted) -> tuple[Field, ...]:
        """The filters as a form asks for them, those set filled in."""
        narrow, labels = wanted.shown.narrow, self.labels()
        found: list[Field] = []
        for name in narrowing.NAMES:
            chosen = getattr(narrow, name)
            if name == "words":
                found.insert(0, Field(name=name, label=labels[name], value=chosen[0] if chosen else ""))
                continue
            if name in ("missed", "watched", "snoozed"):
                found.append(
                    Field(name=name, label=labels[name], kind="check", value=chosen[0] if chosen else "")
                )
                continue
            words = dict.fromkeys((*self._choices(name), *chosen))
            kind = "choice" if name in ("organisation", "due", "created", "updated") else "several"
            options = tuple(
                Option(value=word, name=self.value(name, word), chosen=word in chosen) for word in words
            )
            if options:
                found.append(Field(name=name, label=labels[name], kind=kind, options=options))
        return tuple(found)

    def _choices(self, name: str) -> Iterable[str]:
        fixed: dict[str, Iterable[str]] = {
            "status": [one.value for one in Status],
            "outcome": [one.value for one in OutcomeKind],
            "wait": [one.value for one in Wait],
            "level": ("1", "2"),
            "language": LANGUAGES,
            "due": map(str, narrowing.HOURS),
            "created": map(str, narrowing.DAYS),
            "updated": map(str, narrowing.DAYS),
        }
        if name in fixed:
            return fixed[name]
        if name == "person":
            working = people.staff_to_assign(self._viewer).values_list("id", flat=True)
            return (narrowing.ME, narrowing.NOBODY, *map(str, working))
        if name == "team":
            return (narrowing.NONE, *self._teams) if self._teams else ()
        named = self._named(name)
        return named if named is not None else self._of_programme(name)

    def columns(self, wanted: Wanted) -> Field:
        """Which columns are shown."""
        names = column_names()
        options = tuple(
            Option(value=one, name=names[one], chosen=one in wanted.shown.columns)
            for one in saved_views.COLUMNS
            if one != "subject"
        )
        return Field(name="col", label=_("Columns"), kind="several", options=options)

    def orders(self, wanted: Wanted) -> Field:
        """In which order."""
        names = order_names()
        options = tuple(
            Option(value=one.value, name=names[one], chosen=one is wanted.shown.order) for one in Order
        )
        return Field(name="order", label=_("Order"), kind="choice", options=options, required=True)


def column_names() -> dict[str, str]:
    """The heads of the columns."""
    return {
        "due": _("Due"),
        "number": _("Number"),
        "subject": _("Subject"),
        "severity": _("Severity"),
        "verdict": _("Verdict"),
        "state": _("State"),
        "person": pgettext("a person", "With"),
        "customer": _("Customer"),
        "contact": _("Contact"),
        "team": _("Team"),
        "plan": _("Plan"),
        "product": _("Product"),
        "kind": _("Kind"),
        "tags": _("Tags"),
        "language": _("Language"),
        "created": _("Reached us"),
        "updated": _("Last moved"),
    }


def order_names() -> dict[Order, str]:
    """The orders, as the form and the head of a list call them."""
    return {
        Order.QUEUE: _("missed and critical first, worst on top, then plan, then least time left"),
        Order.DUE: _("by due time, in groups"),
        Order.NEWEST: _("newest first"),
        Order.OLDEST: _("oldest first"),
        Order.UPDATED: _("last moved first"),
    }


def _language(code: str, language: str) -> str:
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


def sharing(viewer: Viewer) -> list[tuple[str, str]]:
    """With whom this person may share a view: `mine`, `all`, or a team's id, and how each is called."""
    runs = viewer.has_role(access.RUNS_THE_DESK)
    teams = [one for one in people.teams(viewer) if runs or one.id in viewer.teams]
    return [
        ("mine", _("nobody: it is mine")),
        *((str(one.id), one.name) for one in teams),
        *([("all", _("everybody"))] if runs else []),
    ]


def deeds() -> dict[str, str]:
    """What can be done to many, in the order of the bar."""
    return {
        "assign": _("Assign"),
        "team": _("Give to a team"),
        "tag": _("Tags"),
        "snooze": _("Put aside"),
        "watch": _("Watch"),
        "answer": _("Answer each"),
        "severity": _("Change the severity"),
        "close": pgettext("a request", "Close"),
    }


def done(done: Bulk) -> str:
    """`Assign: done on 3 tickets.`"""
    n = len(done.done)
    count = ngettext("done on %(n)d ticket", "done on %(n)d tickets", n) % {"n": n}
    return _("%(what)s: %(count)s.") % {"what": deeds()[done.deed], "count": count}
