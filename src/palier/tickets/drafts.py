"""What somebody asks: a request before it is a ticket, as plain values checked against the programme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import Fact, FactValue, Programme
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo, unknown_word

NONE = "none"
UNKNOWN = "unknown"
MODIFICATION = "modification"
CUSTOMERS_WORDS = frozenset({"customer"})
STAFFS_WORDS = frozenset({"customer", "staff"})
LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request as it is written. `facts` answers the programme's further questions, `fields` what it asks in words.

    `modification` among the facts is `none`, `by-vendor` or `by-customer`; whether a customer's was consented to stands
    on the contract. `contract_id` None: the contract under which the customer fares best.
    """

    kind: str
    subject: str
    body: str
    product: str = NONE
    version: str = ""
    environment: str = NONE
    effect: str = NONE
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    solution_id: UUID | None = None
    contract_id: UUID | None = None
    site_id: UUID | None = None
    way: str = ""
    """The way chosen in the preview, with the text that was shown and whether its price was agreed to."""
    way_text: str = ""
    way_agreed: bool = False
    files: tuple[UUID, ...] = ()
    """Uploads of whoever writes it, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a decision is taken over: the request's own answers, whoever corrected them since."""

    kind: str
    product: str
    version: str
    environment: str
    effect: str
    cause: str
    facts: Mapping[str, FactValue]
    fields: Mapping[str, str]
    described: bool
    solution_id: UUID | None = None
    freed: tuple[str, ...] = ()
    """Holds that a person of the vendor lifted."""
    way: str = NONE
    """The way its customer chose, and whether it is paid for: `none`, `reserved`, `unpaid` or `paid`."""
    funding: str = NONE


def of_draft(draft: Draft) -> Request:
    """The request of a draft."""
    facts = dict(draft.facts)
    cause = facts.pop("cause", UNKNOWN)
    return Request(
        kind=draft.kind,
        product=draft.product or NONE,
        version=draft.version.strip(),
        environment=draft.environment or NONE,
        effect=draft.effect or NONE,
        cause=str(cause),
        facts=facts,
        fields={name: text for name, text in draft.fields.items() if text.strip()},
        described=bool(draft.body.strip()),
        solution_id=draft.solution_id,
    )


def of_ticket(ticket: Ticket) -> Request:
    """The request of a ticket, as it stands now."""
    answers = ticket.answers
    return Request(
        kind=ticket.kind,
        product=ticket.product,
        version=ticket.version,
        environment=ticket.environment,
        effect=ticket.effect,
        cause=ticket.cause,
        facts={
            name: tuple(value) if isinstance(value, list) else value
            for name, value in answers.get("facts", {}).items()
        },
        fields=answers.get("fields", {}),
        described=answers.get("described", True),
        solution_id=ticket.solution_id,
        freed=tuple(answers.get("freed", ())),
        way=answers.get("way", NONE),
        funding=answers.get("funding", NONE),
    )


def answers_of(request: Request) -> dict[str, object]:
    """How the further answers are stored on a ticket."""
    stored: dict[str, object] = {
        "facts": {name: list(v) if isinstance(v, tuple) else v for name, v in request.facts.items()},
        "fields": dict(request.fields),
    }
    if not request.described:
        stored["described"] = False
    if request.freed:
        stored["freed"] = list(request.freed)
    if request.way != NONE:
        stored["way"] = request.way
        stored["funding"] = request.funding
    return stored


def missing(programme: Programme, request: Request) -> tuple[str, ...]:
    """The fields that such a request must have before its clock starts, and does not have."""
    return tuple(name for name in programme.kinds[request.kind].required if not _has(request, name))


def _has(request: Request, name: str) -> bool:
    if name == "description":
        return request.described
    if name in ("subject",):
        return True
    own = {"product": request.product, "environment": request.environment}
    if name in own:
        return own[name] != NONE
    if name == "version":
        return bool(request.version)
    return bool(request.fields.get(name, "").strip())


def asked(request: Request) -> contracts.Asked:
    """What the contract has something to say about."""
    return contracts.Asked(
        product=request.product,
        environment=request.environment,
        modification=str(request.facts.get(MODIFICATION, NONE)),
        solution_id=request.solution_id,
    )


def check(programme: Programme, request: Request, *, by_staff: bool) -> None:
    """Raise CannotDo for the first word that the programme does not know, or that the writer may not answer."""
    _check_one(programme.kinds, request.kind, en="kind of request", fr="sorte de demande")
    _check_one({NONE: 0, **programme.products}, request.product, en="product", fr="produit")
    _check_one({NONE: 0, **programme.environments}, request.environment, en="environment", fr="environnement")
    _check_one({NONE: 0, **programme.effects}, request.effect, en="effect", fr="effet")
    if len(request.version) > LONGEST_VERSION:
        raise CannotDo(
            code="long-version",
            en=f"A version has at most {LONGEST_VERSION} characters: put the rest into the description.",
            fr=f"Une version a au plus {LONGEST_VERSION} caractères : mettez le reste dans la description.",
        )
    if request.cause != UNKNOWN:
        causes = {UNKNOWN: 0, **dict.fromkeys(programme.kinds[request.kind].causes)}
        _check_one(causes, request.cause, en="cause", fr="cause")
        if not by_staff and programme.facts["cause"].asked_of != "customer":
            raise _not_asked("cause")
    for name, value in request.facts.items():
        _check_fact(programme, request.kind, name, value, by_staff=by_staff)


def check_fields(programme: Programme, names: Iterable[str]) -> None:
    """Raise CannotDo for the first field asked in words that the programme does not have."""
    for name in names:
        _check_one(programme.fields, name, en="field", fr="champ")


def _check_fact(programme: Programme, kind: str, name: str, value: FactValue, *, by_staff: bool) -> None:
    if name == MODIFICATION:
        _check_one(dict.fromkeys((NONE, "by-vendor", contracts.BY_CUSTOMER)), value, en=name, fr=name)
        return
    fact = programme.facts.get(name)
    if fact is None:
        known = tuple(one.id for one in questions(programme, kind=kind, of=STAFFS_WORDS))
        raise unknown_word(what_en="question", what_fr="question", word=name, known=known)
    allowed = STAFFS_WORDS if by_staff else CUSTOMERS_WORDS
    if name != "severity" and fact.asked_of not in allowed:
        raise _not_asked(name)
    if name == "severity" and not by_staff:
        raise _not_asked(name)
    if not fact.number:
        for word in value if isinstance(value, tuple) else (value,):
            _check_one(fact.values, word, en=name, fr=name)


def questions(programme: Programme, *, kind: str, of: frozenset[str]) -> tuple[Fact, ...]:
    """The further questions of a kind that are asked of these people (`customer`, `staff`)."""
    return tuple(
        fact
        for fact in programme.facts.values()
        if fact.asked_of in of and (not fact.kinds or kind in fact.kinds)
    )


def _not_asked(name: str) -> CannotDo:
    return CannotDo(
        code="not-asked",
        en=f"{name!r} is not asked of you: leave it out.",
        fr=f"{name!r} ne vous est pas demandé : laissez-le de côté.",
    )


def _check_one(known: Mapping[str, object], word: object, *, en: str, fr: str) -> None:
    if word not in known:
        raise unknown_word(what_en=en, what_fr=fr, word=word, known=tuple(known))
