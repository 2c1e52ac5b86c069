"""The forms in the head of a ticket's page: what each asks, and with what it is filled in.

Each is a value of what it shows, and kept as HTML for all tickets that it looks the same on (palier.pages.kept): an agent
opens one of ten, and making all of them anew would take longer than the rest of the page. As it was sent and refused, it
is made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import Programme, Relief, Wait
from palier.pages import kept, wording
from palier.pages.catalogue import gettext as _
from palier.pages.severities import severity_name
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.queries import DeskPeople
from palier.tickets import drafts
from palier.tickets.ticket_page import TicketPage

_MORE = frozenset({"close", "free", "relieve", "move-site", "revoke-relief"})
_OPENS_MORE = frozenset({"close", "free", "relieve", "move", "revoke-relief"})
Named = tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of a list."""

    value: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A list in a form."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A form: whether it stands open, and what was typed where it was refused."""

    opened: str = ""
    typed: tuple[tuple[str, str], ...] = ()

    @property
    def at(self) -> str:
        """Stands for where the ticket's addresses begin."""
        return kept.AT

    @property
    def sent(self) -> dict[str, str]:
        """What was typed, by the name of its field."""
        return dict(self.typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Deed):
    """To whom: the vendor's people who work on tickets, and its teams."""

    people: Named
    groups: Named
    assignee_id: UUID | None
    team_id: UUID | None

    @property
    def staff(self) -> list[Choice]:
        """The people."""
        return _choices(self.people, self.assignee_id)

    @property
    def teams(self) -> list[Choice]:
        """The teams."""
        return _choices(self.groups, self.team_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken(Deed):
    """A form in the words of a programme."""

    revision_id: UUID
    language: str
    locale: str

    @property
    def programme(self) -> Programme:
        """The programme."""
        return contracts.programme(self.revision_id)

    @property
    def speech(self) -> Speech:
        """How its words are written; it says nothing of time."""
        return Speech(language=self.language, locale=self.locale, zone="UTC", programme=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity(Spoken):
    """Another severity."""

    chosen: str

    @property
    def severities(self) -> list[Choice]:
        """Those of the programme."""
        return [
            Choice(value=one, name=severity_name(self.programme, one, self.speech), chosen=one == self.chosen)
            for one in self.programme.severities
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Spoken):
    """What it really is. `facts`: how the questions of the programme that staff answer stand."""

    kind: str
    cause: str
    product: str
    environment: str
    effect: str
    facts: tuple[tuple[str, str], ...]
    version: str

    @property
    def asks_version(self) -> bool:
        """Whether a version is asked."""
        return "version" in self.programme.kinds[self.kind].required or bool(self.version)

    @property
    def selects(self) -> list[Select]:
        """The lists."""
        return list(_selects(self, self.programme, self.speech))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Deed):
    """For what it waits."""

    @property
    def waits(self) -> list[Choice]:
        """Everything one can wait for."""
        return [Choice(value=one.value, name=wording.wait_for(one)) for one in Wait]


@dataclass(frozen=True, slots=True, kw_only=True)
class More(Spoken):
    """What is done rarely."""

    can: frozenset[str]
    held: tuple[str, ...]
    critical: bool
    relieved: bool
    organisation: str
    places: Named
    site_id: UUID | None

    @property
    def holds(self) -> list[Choice]:
        """The holds that stand."""
        known = self.programme.holds
        return [Choice(value=one, name=self.speech.text(known[one].name)) for one in self.held]

    @property
    def reliefs(self) -> list[Choice]:
        """How one can be relieved."""
        return [
            Choice(value=one.value, name=wording.relief(one))
            for one in (Relief.OPERATIONAL, Relief.REASONABLE_WORKAROUND)
        ]

    @property
    def sites(self) -> list[Choice]:
        """The customer's other places."""
        return _choices(self.places, self.site_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A form on this page: its template, its value, and whether it looks so on other pages as well."""

    template: str
    it: Deed
    keep: bool


def deeds(
    page: TicketPage,
    viewer: Viewer,
    speech: Speech,
    *,
    staff: DeskPeople,
    opened: str,
    sent: Mapping[str, Any],
) -> list[Shown]:
    """The forms of what this viewer may do, in their order; the one that is `opened` with what was `sent`."""
    typed = tuple((name, str(value)) for name, value in sent.items())
    found: list[Shown] = []

    def add(template: str, it: Deed) -> None:
        found.append(Shown(template=f"desk/deed_{template}.html", it=it, keep=not it.typed))

    def state(action: str) -> dict[str, Any]:
        return {"opened": action, "typed": typed} if opened == action else {}

    said: dict[str, Any] = {
        "revision_id": page.ticket.revision_id,
        "language": speech.language,
        "locale": speech.locale,
    }
    if "assign" in page.can:
        add("assign", _assign(page, staff, state("assign")))
    if "change-severity" in page.can:
        add("severity", Severity(**said, chosen=page.ticket.severity, **state("severity")))
    if "classify" in page.can:
        add("classify", _classify(page, said, state("classify")))
    if "wait" in page.can:
        add("wait", Waiting(**state("wait")))
    for action in ("resume", "resolve", "reopen"):
        if action in page.can:
            add(action, Deed(**state(action)))
    if page.can & {"close", "free", "relieve"}:
        rare = state(opened) if opened in _OPENS_MORE else {}
        add("more", _more(page, viewer, said, rare))
    return found


def _assign(page: TicketPage, staff: DeskPeople, state: Mapping[str, Any]) -> Assign:
    return Assign(
        people=staff.to_assign,
        groups=staff.teams,
        assignee_id=page.ticket.assignee_id,
        team_id=page.ticket.team_id,
        **state,
    )


def _classify(page: TicketPage, said: Mapping[str, Any], state: Mapping[str, Any]) -> Classify:
    ticket = page.ticket
    stands = ticket.answers.get("facts", {})
    facts = tuple(
        (fact.id, str(stands.get(fact.id) or page.decision.facts.get(fact.id) or fact.default or ""))
        for fact in drafts.questions(page.programme, kind=ticket.kind, of=drafts.STAFFS_WORDS)
        if fact.id != "cause" and not fact.number
    )
    return Classify(
        kind=ticket.kind,
        cause=ticket.cause,
        product=ticket.product,
        environment=ticket.environment,
        effect=ticket.effect,
        facts=facts,
        version=ticket.version,
        **said,
        **state,
    )


def _more(page: TicketPage, viewer: Viewer, said: Mapping[str, Any], state: Mapping[str, Any]) -> More:
    ticket, critical = page.ticket, page.clock.critical_unrelieved
    places: Named = ()
    if page.hanging.sites and "move-site" in page.can:
        places = tuple((one.id, one.name) for one in people.sites(viewer, ticket.organisation_id))
    return More(
        can=page.can & _MORE,
        held=page.decision.holds,
        critical=critical,
        relieved=not critical and any(entry.kind == "relieved" for entry in page.stream),
        organisation=ticket.organisation.name if places else "",
        places=places,
        site_id=ticket.site_id if places else None,
        **said,
        **state,
    )


def _choices(found: Iterable[tuple[UUID, str]], chosen: UUID | None) -> list[Choice]:
    return [Choice(value=str(id_), name=name, chosen=id_ == chosen) for id_, name in found]


def _selects(it: Classify, programme: Programme, speech: Speech) -> Iterable[Select]:
    kind = programme.kinds[it.kind]
    yield _select("kind", _("Kind"), {k.id: speech.text(k.name) for k in programme.kinds.values()}, it.kind)
    causes = programme.facts["cause"].values
    if kind.causes:
        names = {"unknown": _("not yet known")} | {c: speech.text(causes.get(c)) for c in kind.causes}
        yield _select("cause", _("Cause"), names, it.cause)
    none = {drafts.NONE: _("none named")}
    products = {p.id: speech.text(p.name) for p in programme.products.values()}
    yield _select("product", _("Product"), none | products, it.product)
    if programme.environments:
        environments = {id_: speech.text(text) for id_, text in programme.environments.items()}
        yield _select("environment", _("Environment"), none | environments, it.environment)
    if kind.asks_effect:
        effects = {one.id: speech.text(one.name) for one in programme.effects.values()}
        yield _select("effect", _("Effect"), none | effects, it.effect)
    for id_, now in it.facts:
        fact = programme.facts[id_]
        values = {value: speech.text(text) for value, text in fact.values.items()}
        yield _select(f"fact-{id_}", speech.text(fact.name), values, now)


def _select(name: str, label: str, names: dict[str, str], chosen: str) -> Select:
    if chosen and chosen not in names:
        chosen = ""
    blank = {} if chosen else {"": "…"}
    return Select(
        name=name,
        label=label[:1].upper() + label[1:],
        choices=tuple(
            Choice(value=id_, name=words, chosen=id_ == chosen) for id_, words in (blank | names).items()
        ),
    )
