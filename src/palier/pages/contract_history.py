"""What happened to a contract, in plain words: each event as one sentence with its day and who did it, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from palier.contracts.models import ContractEvent, EventKind
from palier.core.programme import Programme
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line: what, from which day on, and who recorded it."""

    sentence: str
    on: str
    who: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells a contract's events to one reader. `names` are people by their ids."""

    programme: Programme
    speech: Speech
    zone: str
    names: Mapping[str, str]

    def tell(self, events: Iterable[ContractEvent]) -> tuple[Happened, ...]:
        """The events in words, newest first."""
        return tuple(self._one(event) for event in reversed(list(events)))

    def _one(self, event: ContractEvent) -> Happened:
        moments = self.speech.moments_in(self.zone)
        by = event.staff or event.contact
        return Happened(
            sentence=self.sentence(event),
            on=moments.date(moments.local(event.effective_at)),
            who=by.name if by is not None else "",
            iso=event.effective_at.isoformat(),
        )

    def sentence(self, event: ContractEvent) -> str:
        """The event as one sentence."""
        found = _SENTENCES.get(event.kind)
        first = found(self, event.data) if found is not None else event.kind
        changes = [words for name, pair in event.changes.items() if (words := self._change(name, pair))]
        return " ".join([first, *changes])

    def name(self, data: Mapping[str, Any], key: str) -> str:
        """The person named there."""
        return self.names.get(str(data.get(key)), "") or _("somebody")

    def _change(self, field: str, pair: list[Any]) -> str:
        before, after = pair
        if field == "seats":
            if before is None:
                return ngettext("%(n)d seat.", "%(n)d seats.", int(after)) % {"n": after}
            return _("Seats: %(before)s, then %(after)s.") % {"before": before, "after": after}
        if field == "plan" and before != after:
            return _("Plan: %(plan)s.") % {"plan": self._plan(str(after))}
        return ""

    def _plan(self, id_: str) -> str:
        found = self.programme.plans.get(id_)
        return self.speech.text(found.name) if found is not None else id_


def people_of(events: Iterable[ContractEvent]) -> set[str]:
    """The ids of people that the events' data name."""
    keys = ("contact", "out", "in", "absent", "staff")
    return {str(event.data[key]) for event in events for key in keys if event.data.get(key)}


def _plain(words: Callable[[], str]) -> Callable[[Teller, Mapping[str, Any]], str]:
    return lambda _teller, _data: words()


def _of(words: Callable[[], str], key: str = "contact") -> Callable[[Teller, Mapping[str, Any]], str]:
    return lambda teller, data: words() % {"who": teller.name(data, key)}


def _swapped(teller: Teller, data: Mapping[str, Any]) -> str:
    return _("%(in)s took the place of %(out)s.") % {
        "in": teller.name(data, "in"),
        "out": teller.name(data, "out"),
    }


def _stood_in(teller: Teller, data: Mapping[str, Any]) -> str:
    return _("%(who)s stood in for %(absent)s.") % {
        "who": teller.name(data, "contact"),
        "absent": teller.name(data, "absent"),
    }


_SENTENCES: Mapping[str, Callable[[Teller, Mapping[str, Any]], str]] = {
    EventKind.DRAWN_UP: _plain(lambda: _("Drawn up.")),
    EventKind.RENEWED: _plain(lambda: _("Renewed.")),
    EventKind.AMENDED: _plain(lambda: _("Amended.")),
    EventKind.MOVED: _plain(lambda: _("Moved to a newer version of the programme.")),
    EventKind.PAID: _plain(lambda: _("Payment recorded.")),
    EventKind.SUSPENDED: _plain(lambda: _("Suspended.")),
    EventKind.RESUMED: _plain(lambda: _("No longer suspended.")),
    EventKind.ENDED: _plain(lambda: _("Ended.")),
    EventKind.CONTACT_NAMED: _of(lambda: _("%(who)s was given a place.")),
    EventKind.CONTACT_WITHDRAWN: _of(lambda: _("%(who)s gave up a place.")),
    EventKind.CONTACT_SWAPPED: _swapped,
    EventKind.STAND_IN_NAMED: _stood_in,
    EventKind.USER_NAMED: _of(lambda: _("%(who)s was named to agree to estimates.")),
    EventKind.USER_WITHDRAWN: _of(lambda: _("%(who)s is no longer named to agree to estimates.")),
    EventKind.ROLE_NAMED: _of(lambda: _("%(who)s looks after this contract."), "staff"),
    EventKind.ROLE_WITHDRAWN: _plain(lambda: _("A role at the vendor was withdrawn.")),
    EventKind.PROJECT_ADDED: _plain(lambda: _("A project was added.")),
    EventKind.PROJECT_CHANGED: _plain(lambda: _("A project was changed.")),
    EventKind.SOLUTION_ADDED: _plain(lambda: _("A solution was added.")),
    EventKind.SOLUTION_HANDED_OVER: _plain(lambda: _("A solution was handed over.")),
    EventKind.DOCUMENT_ADDED: _plain(lambda: _("A document was added.")),
    EventKind.AGREEMENT_ATTACHED: _plain(lambda: _("A binding text was attached.")),
    EventKind.AGREEMENT_ACCEPTED: _of(lambda: _("%(who)s accepted a binding text.")),
    EventKind.CAP_SET: _plain(lambda: _("What may be spent without asking was agreed.")),
    EventKind.CAP_WITHDRAWN: _plain(lambda: _("What may be spent without asking was withdrawn.")),
    EventKind.PLAN_ASKED: _plain(lambda: _("Another plan was asked for.")),
    EventKind.PLAN_GRANTED: _plain(lambda: _("The plan asked for was granted.")),
    EventKind.PLAN_DECLINED: _plain(lambda: _("The plan asked for was declined.")),
    EventKind.BROUGHT_IN: _plain(lambda: _("Brought in from the system before.")),
}
