"""The new request's form: what it asks, by the programme and the kind chosen, and what was answered, as a `Draft`.

Only what the programme needs is asked: a product where there are several or one is required, an environment where a
clause asks for it, the further questions declared for that kind. Nothing typed is ever lost: a form is shown again with
what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from palier.contracts import queries as contracts
from palier.core.programme import Fact, FactValue, Programme
from palier.pages import attaching
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.tickets import drafts
from palier.tickets.drafts import Draft

NONE = "none"
_PRODUCT_FACTS = frozenset({"product", "family", "maintenance", "product_on_contract"})
_ENVIRONMENT_FACTS = frozenset({"environment", "environment_in_plan"})
_BUILT_IN_FIELDS = frozenset({"product", "version", "environment", "description", "subject"})
LONGEST = 20_000
_LONGEST = {"subject": 300, "version": 40, "body": LONGEST}


def longest(name: str) -> int | None:
    """How many characters fit into a field of words; None for what is chosen from a list."""
    return LONGEST if name.startswith("field-") else _LONGEST.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice in a list."""

    value: str
    name: str
    hint: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing asked. `kind`: choice, number, words or long."""

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False
    error: str = ""

    @property
    def wrong(self) -> str:
        """The class of a control that was answered wrongly."""
        return " is-wrong" if self.error else ""

    @property
    def described_by(self) -> str:
        """Ids of the hint and the error, for aria-describedby."""
        ids = [f"{self.name}-hint"] if self.hint else []
        return " ".join([*ids, f"{self.name}-error"] if self.error else ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequestForm:
    """The whole form as it is shown: kinds, then what that kind asks, then the words."""

    kinds: tuple[Option, ...]
    kind: str
    kind_error: str
    where: tuple[Question, ...]
    """Contract, solution, place, product, version, environment: short choices side by side."""
    effect: Question | None
    questions: tuple[Question, ...]
    subject: Question
    body: Question
    asked_for: str

    @property
    def errors(self) -> tuple[Question, ...]:
        """What must be put right before sending."""
        every = (
            *self.where,
            *((self.effect,) if self.effect else ()),
            self.subject,
            self.body,
            *self.questions,
        )
        return tuple(question for question in every if question.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the form stands on: who asks, their contracts, and the programme in question."""

    viewer: Viewer
    programme: Programme
    held: tuple[contracts.Standings, ...]
    sites: tuple[tuple[UUID, str], ...]

    def contract(self, chosen: str) -> contracts.Standings | None:
        """The contract chosen, else the first."""
        found = next((one for one in self.held if str(one.id) == chosen), None)
        return found or next(iter(self.held), None)


def ground(viewer: Viewer, now: datetime, chosen_contract: str) -> Ground:
    """Read what the form stands on. Raises Refused where the vendor published no programme."""
    assert viewer.organisation_id is not None
    found: list[contracts.Standings] = []
    for organisation in [viewer.organisation_id, *sorted(viewer.organisations - {viewer.organisation_id})]:
        found += contracts.in_order(contracts.contracts_of(viewer.vendor_id, organisation), now)
    chosen = next((one for one in found if str(one.id) == chosen_contract), next(iter(found), None))
    revision = (
        chosen.revision_id if chosen is not None else contracts.current_revision(viewer.vendor_id, now).id
    )
    return Ground(
        viewer=viewer,
        programme=contracts.programme(revision),
        held=tuple(found),
        sites=tuple((site.id, site.name) for site in people.sites(viewer, viewer.organisation_id)),
    )


def form(
    on: Ground, sent: QueryDict, speech: Speech, *, checked: bool, said: Mapping[str, str]
) -> NewRequestForm:
    """The form with what was sent. `checked`: tell what is missing; `said`: errors by field name."""
    programme = on.programme
    kind = sent.get("kind", "")
    kind = kind if kind in programme.kinds else ""
    return NewRequestForm(
        kinds=tuple(
            Option(
                value=one.id, name=speech.text(one.name), hint=speech.text(one.hint), chosen=one.id == kind
            )
            for one in programme.kinds.values()
        ),
        kind=kind,
        kind_error=_("Choose what it is about.") if checked and not kind else "",
        where=tuple(_where(on, kind, sent, speech, said)) if kind else (),
        effect=_effect(programme, kind, sent, speech, checked=checked),
        questions=tuple(_questions(programme, kind, sent, speech, said)) if kind else (),
        subject=Question(
            name="subject",
            label=_("Subject"),
            kind="words",
            value=sent.get("subject", ""),
            required=True,
            error=said.get("subject", ""),
        ),
        body=Question(
            name="body",
            label=_("What you do, what you expect, what happens"),
            kind="long",
            value=sent.get("body", ""),
            hint=languages_hint(programme),
            error=said.get("body", ""),
        ),
        asked_for=kind,
    )


def draft(on: Ground, sent: QueryDict, *, language: str) -> Draft:
    """What was sent, as a draft. Answers that this kind does not ask are left out."""
    programme = on.programme
    kind = sent.get("kind", "")
    facts: dict[str, FactValue] = {}
    for fact in drafts.questions(programme, kind=kind, of=drafts.CUSTOMERS_WORDS):
        given = _given(fact, sent)
        if given is not None:
            facts[fact.id] = given
    # Left blank, "not that we know": nothing is said of a modification.
    if _asks_modification(programme, kind) and sent.get("fact-modification"):
        facts["modification"] = sent.get("fact-modification", "")
    product = sent.get("product", "") or _only_product(on, sent)
    return Draft(
        kind=kind,
        subject=sent.get("subject", "").strip(),
        body=sent.get("body", "").strip(),
        product=product,
        version=sent.get("version", "").strip() if _asks_version(programme, kind) else "",
        environment=sent.get("environment", "") or NONE,
        effect=sent.get("effect", "") or NONE,
        facts=facts,
        fields={name: sent.get(f"field-{name}", "").strip() for name in programme.fields},
        language=language,
        solution_id=_uuid(_solution(on, sent)),
        contract_id=_uuid(sent.get("contract", "")),
        site_id=_uuid(sent.get("site", "")),
        files=attaching.ids(sent),
    )


def _solution(on: Ground, sent: QueryDict) -> str:
    """The solution chosen; before anything was, the only one handed over: most requests are about that one."""
    if "solution" in sent:
        return str(sent.get("solution", ""))
    contract = on.contract(sent.get("contract", ""))
    handed_over = [one for one in contract.solutions if one.handed_over_on is not None] if contract else []
    return str(handed_over[0].id) if len(handed_over) == 1 else ""


def languages_hint(programme: Programme) -> str:
    """In which languages one may write, and is answered: said before anybody writes."""
    reply = programme.languages.reply
    names = {"en": _("English"), "fr": _("French")}
    answers = _(" or ").join(names.get(one, one) for one in reply)
    if not programme.languages.write:
        return _("Write in your own language. Answers come in %(languages)s.") % {"languages": answers}
    written = _(" or ").join(names.get(one, one) for one in programme.languages.write)
    return _("Write in %(written)s. Answers come in %(languages)s.") % {
        "written": written,
        "languages": answers,
    }


# --- what is asked -----------------------------------------------------------------------------------


def _asks(programme: Programme, facts: Iterable[str]) -> bool:
    """Whether some clause looks at one of these facts."""
    wanted = frozenset(facts)
    return any(c.fact in wanted for clause in programme.coverage for a in clause.when for c in a)


def _asks_modification(programme: Programme, kind: str) -> bool:
    """Whether a modification decides for such a request: some clause that can apply to its kind looks at it."""
    return any(
        any(c.fact == "modification" for c in conditions)
        and all(c.fact != "kind" or c.holds({"kind": kind}) for c in conditions)
        for clause in programme.coverage
        for conditions in clause.when
    )


def _where(
    on: Ground, kind: str, sent: QueryDict, speech: Speech, said: Mapping[str, str]
) -> Iterable[Question]:
    programme, required = on.programme, on.programme.kinds[kind].required
    contract = on.contract(sent.get("contract", ""))
    if len(on.held) > 1:
        options = [(str(one.id), _contract_name(one, speech)) for one in on.held]
        yield _choice("contract", _("Contract"), options, sent, blank=_("The one that suits best"))
    if contract is not None and len(contract.solutions) > 1:
        options = [(str(one.id), one.name) for one in contract.solutions]
        chosen = _solution(on, sent)
        yield _choice("solution", _("Solution"), options, sent, blank=_("Choose …"), given=chosen)
    if len(on.sites) > 1:
        yield _choice(
            "site", _("Place"), [(str(id_), name) for id_, name in on.sites], sent, blank=_("Yours")
        )
    if "product" in required or (len(programme.products) > 1 and _asks(programme, _PRODUCT_FACTS)):
        options = [(one.id, speech.text(one.name)) for one in programme.products.values()]
        yield _choice(
            "product", _("Product"), _theirs_first(options, contract), sent, blank=_("Choose …"),
            required="product" in required,
        )  # fmt: skip
    if _asks_version(programme, kind):
        yield Question(
            name="version",
            label=_("Version"),
            kind="words",
            value=sent.get("version", "") or _known_version(contract, sent),
            error=said.get("version", ""),
            required=True,
        )
    if programme.environments and ("environment" in required or _asks(programme, _ENVIRONMENT_FACTS)):
        options = [(id_, speech.text(name)) for id_, name in programme.environments.items()]
        yield _choice(
            "environment",
            _("Environment"),
            options,
            sent,
            blank=_("Choose …"),
            required="environment" in required,
        )


def _asks_version(programme: Programme, kind: str) -> bool:
    return kind in programme.kinds and "version" in programme.kinds[kind].required


def _contract_name(one: contracts.Standings, speech: Speech) -> str:
    plan = contracts.programme(one.revision_id).plans.get(one.plan)
    name = speech.text(plan.name) if plan is not None else one.plan
    return f"{one.number}, {name}"


def _theirs_first(
    options: Sequence[tuple[str, str]], contract: contracts.Standings | None
) -> Sequence[tuple[str, str]]:
    owned = frozenset(contract.products) if contract is not None else frozenset()
    return sorted(options, key=lambda option: option[0] not in owned)


def _known_version(contract: contracts.Standings | None, sent: QueryDict) -> str:
    held = contract.products.get(sent.get("product", "")) if contract is not None else None
    return held.version if held is not None else ""


def _only_product(on: Ground, sent: QueryDict) -> str:
    """The product where there is but one: it is not asked."""
    contract = on.contract(sent.get("contract", ""))
    owned = list(contract.products) if contract is not None else []
    if len(on.programme.products) == 1:
        return next(iter(on.programme.products))
    return owned[0] if len(owned) == 1 and "product" not in sent else NONE


def _choice(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]],
    sent: QueryDict,
    *,
    blank: str,
    required: bool = False,
    hint: str = "",
    given: str | None = None,
) -> Question:
    given = sent.get(name, "") if given is None else given
    made = [Option(value="", name=blank, chosen=not given)]
    made += [Option(value=value, name=words, chosen=value == given) for value, words in options]
    return Question(
        name=name, label=label, kind="choice", value=given, options=tuple(made), required=required, hint=hint
    )


def _effect(
    programme: Programme, kind: str, sent: QueryDict, speech: Speech, *, checked: bool
) -> Question | None:
    if not kind or not programme.kinds[kind].asks_effect:
        return None
    options = [(one.id, speech.text(one.name)) for one in programme.effects.values()]
    question = _choice(
        "effect", _("What is the effect on your work?"), options, sent, blank=_("Choose …"), required=True
    )
    if not checked or question.value:
        return question
    return Question(
        name="effect", label=question.label, kind="choice", options=question.options, required=True,
        error=_("Choose the effect: it proposes the severity, and so the time."),
    )  # fmt: skip


def _questions(
    programme: Programme, kind: str, sent: QueryDict, speech: Speech, said: Mapping[str, str]
) -> Iterable[Question]:
    for fact in drafts.questions(programme, kind=kind, of=drafts.CUSTOMERS_WORDS):
        yield _fact_question(fact, sent, speech)
    if _asks_modification(programme, kind):
        names = programme.facts["modification"].values
        options = [
            ("by-vendor", speech.text(names["by-vendor"])),
            (contracts.BY_CUSTOMER, _("made by us, or for us by others")),
        ]
        yield _choice(
            "fact-modification", _("Was this part of the software modified?"), options, sent,
            blank=_("Not that we know"),
        )  # fmt: skip
    for name in programme.kinds[kind].required:
        field = programme.fields.get(name)
        if field is None or name in _BUILT_IN_FIELDS:
            continue
        yield Question(
            name=f"field-{name}",
            label=speech.text(field.name),
            kind="long" if field.long else "words",
            value=sent.get(f"field-{name}", ""),
            error=said.get(f"field-{name}", ""),
            hint=speech.text(field.hint),
            required=True,
        )


def _fact_question(fact: Fact, sent: QueryDict, speech: Speech) -> Question:
    name = f"fact-{fact.id}"
    label = speech.text(fact.question) if fact.question is not None else speech.text(fact.name)
    if fact.number:
        return Question(name=name, label=label, kind="number", value=sent.get(name, ""))
    options = [(value, speech.text(words)) for value, words in fact.values.items()]
    given = sent.get(name, "") or str(fact.default or "")
    made = [Option(value=value, name=words, chosen=value == given) for value, words in options]
    if not given:
        made.insert(0, Option(value="", name=_("Choose …"), chosen=True))
    return Question(name=name, label=label, kind="choice", value=given, options=tuple(made))


def _given(fact: Fact, sent: QueryDict) -> FactValue | None:
    text = sent.get(f"fact-{fact.id}", "").strip()
    if not text:
        return None
    if fact.number:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return (text,) if fact.multiple else text


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
