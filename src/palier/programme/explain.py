"""A coverage decision in words: what was decided, by which clause, because of what, and what would change it.

Everything said comes from the decision that was taken and from the programme's own texts; nothing is decided here. The
words are the reader's language and the vendor's (docs/reference/explanations.md). Pages, mails and `palier explain` use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from palier.core import coverage
from palier.core.coverage import Change, Decision, Looked, Miss, WayForward
from palier.core.programme import Alternative, Clause, Commitment, OutcomeKind, Programme, choose
from palier.programme import locales
from palier.programme.phrases import Phrases, speak


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A clause: its id, the vendor's own number for it, its words, and whether the vendor's text leaves it open."""

    id: str
    ref: str | None
    text: str
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A fact that decided: its id, what it is called, and what it is."""

    id: str
    fact: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A clause that was looked at before: what it would need, what is the case."""

    clause: str
    needed: str
    is_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldChange:
    """What would decide otherwise, as one sentence; the fact, the clause and its outcome by their ids."""

    fact: str
    values: tuple[str, ...]
    clause: str
    outcome: str
    level: int | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOn:
    """A way forward: price and balance in words (empty: none), and why it cannot be chosen now (empty: it can)."""

    id: str
    name: str
    text: str
    price: str
    balance: str
    available: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What holds the request: who can free it, and how."""

    id: str
    clause: str
    name: str
    freed_by: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the questions that a ticket answers by itself, with the clauses that the answer rests on."""

    id: str
    question: str
    answer: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision in the reader's words. `then` says what follows once a held request is freed; `consent` what the
    reader agrees to before anything is billed (empty: nothing)."""

    programme: str
    version: str
    language: str
    locale: str
    outcome: str
    level: int | None
    headline: str
    clauses: tuple[Cited, ...]
    because: tuple[Because, ...]
    looked_before: tuple[LookedAt, ...]
    would_change: tuple[WouldChange, ...]
    ways: tuple[WayOn, ...]
    gates: tuple[Gate, ...]
    then: str
    consent: str
    questions: tuple[Answer, ...]


def explain_decision(
    programme: Programme,
    decision: Decision,
    *,
    language: str,
    locale: str | None = None,
    beyond: Decision | None = None,
    with_changes: bool = True,
) -> Explanation:
    """The decision in words. `beyond` is what the same facts decide once freed (`decide(..., beyond_gates=True)`).

    `locale` is the programme's for that language unless given; `with_changes` False leaves out what would change it,
    which costs more than all the rest. Of a held request it is the decision beyond that is looked at.
    """
    phrases = speak(programme, language=language, locale=locale)
    clauses = {clause.id: clause for clause in programme.coverage}
    decided = tuple(clauses[id_] for id_ in decision.clauses)
    # What would change a held request is what would change the decision that waits behind the gates.
    changing = beyond if decision.outcome is OutcomeKind.HOLD else decision
    changes = coverage.changes(programme, changing) if with_changes and changing is not None else ()
    return Explanation(
        programme=programme.id,
        version=programme.version,
        language=phrases.language,
        locale=phrases.locale,
        outcome=decision.outcome.value,
        level=decision.level,
        headline=headline(phrases, decision),
        clauses=tuple(_cited(phrases, clause) for clause in decided),
        because=_because(phrases, decision, decided),
        looked_before=tuple(_looked(phrases, row) for row in decision.looked),
        would_change=tuple(_change(phrases, change, clauses[change.clause]) for change in changes),
        ways=tuple(_way(phrases, decision, way) for way in decision.ways),
        gates=tuple(_gate(phrases, clause) for clause in decided if clause.outcome.hold is not None),
        then="" if beyond is None else _then(phrases, beyond),
        consent=_consent(phrases, decision),
        questions=tuple(_questions(phrases, decision, clauses)),
    )


def headline(phrases: Phrases, decision: Decision) -> str:
    """The decision in one line: `Covered, level 1`; `Level 2, billable: you agree first`; `Held: payment`."""
    if decision.outcome is OutcomeKind.HOLD:
        names = ", ".join(phrases.within(phrases.programme.holds[hold].name) for hold in decision.holds)
        return phrases.say(en=f"Held: {names}", fr=f"En attente : {names}")
    words = phrases.outcome(decision.outcome, decision.level, consent=decision.consent)
    words = words[:1].upper() + words[1:]
    if decision.outcome is not OutcomeKind.OFFER or not decision.consent:
        return words
    if any(way.available and phrases.programme.ways[way.way].allowance for way in decision.ways):
        return phrases.say(
            en=f"{words} unless your plan's allowance is used: you choose and agree first",
            fr=f"{words}, sauf droit de votre plan : vous choisissez et donnez d'abord votre accord",
        )
    return phrases.say(en=f"{words}: you agree first", fr=f"{words} : vous donnez d'abord votre accord")


# --- why ------------------------------------------------------------------------------------------------


def _cited(phrases: Phrases, clause: Clause) -> Cited:
    return Cited(id=clause.id, ref=clause.ref, text=phrases.text(clause.text), assumed=clause.assumed)


def _because(phrases: Phrases, decision: Decision, decided: tuple[Clause, ...]) -> tuple[Because, ...]:
    """The facts that the deciding clause asked about, each once; of all gates where several hold."""
    alternatives = [decision.matched]
    alternatives += [_alternative_that_holds(clause, decision) for clause in decided[1:]]
    asked = dict.fromkeys(condition.fact for alternative in alternatives for condition in alternative)
    return tuple(
        Because(id=name, fact=phrases.fact(name), value=phrases.value(name, decision.facts.get(name)))
        for name in asked
    )


def _alternative_that_holds(clause: Clause, decision: Decision) -> Alternative:
    return next((a for a in clause.when if all(c.holds(decision.facts) for c in a)), ())


def _looked(phrases: Phrases, looked: Looked) -> LookedAt:
    if not looked.misses:
        return LookedAt(
            clause=looked.clause,
            needed=phrases.say(en="it fits too", fr="elle convient aussi"),
            is_=phrases.say(
                en="passed over: a later clause covers a cause that is not excluded yet",
                fr="laissée de côté : une clause suivante couvre une cause qui n'est pas encore écartée",
            ),
        )
    needed = [", ".join(phrases.condition(miss.condition) for miss in misses) for misses in looked.misses]
    return LookedAt(
        clause=looked.clause,
        needed=phrases.say(en="; or ".join(dict.fromkeys(needed)), fr=" ; ou ".join(dict.fromkeys(needed))),
        is_=_as_it_is(phrases, looked.misses),
    )


def _as_it_is(phrases: Phrases, alternatives: tuple[tuple[Miss, ...], ...]) -> str:
    seen = {miss.condition.fact: miss.is_ for misses in alternatives for miss in misses}
    if len(seen) == 1:
        ((name, value),) = seen.items()
        return phrases.value(name, value)
    pairs = ((phrases.fact(name), phrases.value(name, value)) for name, value in seen.items())
    return ", ".join(phrases.say(en=f"{name}: {value}", fr=f"{name} : {value}") for name, value in pairs)


def _change(phrases: Phrases, change: Change, clause: Clause) -> WouldChange:
    outcome = phrases.outcome(change.outcome, change.level, consent=clause.outcome.consent)
    if_ = phrases.supposed(change.fact, change.values)
    return WouldChange(
        fact=change.fact,
        values=tuple(str(value) for value in change.values),
        clause=change.clause,
        outcome=change.outcome.value,
        level=change.level,
        sentence=phrases.say(
            en=f"{if_}: clause {clause.id}, {outcome}.", fr=f"{if_} : clause {clause.id}, {outcome}."
        ),
    )


# --- ways, gates, consent -------------------------------------------------------------------------------


def _way(phrases: Phrases, decision: Decision, forward: WayForward) -> WayOn:
    way = phrases.programme.ways[forward.way]
    balance = ""
    if way.allowance is not None and forward.balance is not None:
        balance = phrases.balance(way.allowance, forward.balance)
    return WayOn(
        id=way.id,
        name=phrases.text(way.name),
        text=phrases.text(way.text),
        price=phrases.way_price(way),
        balance=balance,
        available=forward.available,
        why_not="" if forward.available else _why_not(phrases, decision, forward),
    )


def _why_not(phrases: Phrases, decision: Decision, forward: WayForward) -> str:
    """What a way lacks; a condition that holds all the same is one for which the allowance is not meant."""
    needs = [phrases.condition(m.condition) for m in forward.lacks if not m.condition.holds(decision.facts)]
    bars = [phrases.condition(m.condition) for m in forward.lacks if m.condition.holds(decision.facts)]
    reasons = [phrases.say(en=f"needs {one}", fr=f"il faut {one}") for one in needs]
    reasons += [phrases.say(en=f"not for {one}", fr=f"pas pour {one}") for one in bars]
    if not reasons:
        reasons.append(phrases.say(en="nothing is left of it", fr="il n'en reste plus"))
    return phrases.one_after_another(reasons)


def _gate(phrases: Phrases, clause: Clause) -> Gate:
    hold = phrases.programme.holds[str(clause.outcome.hold)]
    return Gate(
        id=hold.id,
        clause=clause.id,
        name=phrases.text(hold.name),
        freed_by=phrases.text(hold.freed_by),
        how=phrases.text(hold.how),
    )


def _then(phrases: Phrases, beyond: Decision) -> str:
    outcome = phrases.outcome(beyond.outcome, beyond.level, consent=beyond.consent)
    return phrases.say(
        en=f"Then: {outcome}, by clause {beyond.clause}.",
        fr=f"Ensuite : {outcome}, par la clause {beyond.clause}.",
    )


def _consent(phrases: Phrases, decision: Decision) -> str:
    if not decision.consent:
        return ""
    return phrases.say(
        en="Nothing is done at your cost before your agreement is recorded.",
        fr="Rien n'est fait à vos frais avant que votre accord soit noté.",
    )


# --- the questions that a ticket answers by itself ------------------------------------------------------


def _questions(phrases: Phrases, decision: Decision, clauses: dict[str, Clause]) -> Iterator[Answer]:
    """Why this level, why billable, why a ticket, why this priority: from the decision taken and the programme's words."""
    if decision.outcome is OutcomeKind.HOLD:
        return
    clause = clauses[decision.clause]
    if decision.level is not None:
        yield _why_level(phrases, decision, clause, decision.level)
    yield _why_billable(phrases, decision, clause)
    yield _why_a_ticket(phrases, decision, clause)
    yield from _why_this_priority(phrases, decision)


def _answer(
    phrases: Phrases, id_: str, *, question: str, answer: str, clauses: tuple[str, ...], vendors: bool = True
) -> Answer:
    """The vendor's own question and words go with the answer where the programme has them."""
    known = phrases.programme.questions.get(id_) if vendors else None
    if known is not None:
        question, answer = phrases.text(known.question), f"{answer} {phrases.text(known.answer)}"
    return Answer(id=id_, question=question, answer=answer, clauses=clauses)


def _why_level(phrases: Phrases, decision: Decision, clause: Clause, level: int) -> Answer:
    facts = ", ".join(
        phrases.say(en=f"{one.fact}: {one.value}", fr=f"{one.fact} : {one.value}")
        for one in _because(phrases, decision, (clause,))
    )
    because = f" ({facts})" if facts else ""
    words, name = phrases.text(clause.text), phrases.level(level)
    return _answer(
        phrases,
        f"why-level-{level}",
        question=phrases.say(en=f"Why is it {name}?", fr=f"Pourquoi le {name} ?"),
        answer=phrases.say(
            en=f"Clause {clause.id}{because}: {words}", fr=f"Clause {clause.id}{because} : {words}"
        ),
        clauses=(clause.id,),
    )


def _why_billable(phrases: Phrases, decision: Decision, clause: Clause) -> Answer:
    if decision.outcome is not OutcomeKind.OFFER or not decision.consent:
        return _answer(
            phrases,
            "why-billable",
            question=phrases.say(en="Is it billable?", fr="Est-ce facturable ?"),
            answer=phrases.say(
                en=f"No: nothing is billed by clause {clause.id}.",
                fr=f"Non : la clause {clause.id} ne facture rien.",
            ),
            clauses=(clause.id,),
            vendors=False,
        )
    listed = [phrases.programme.ways[way.way] for way in decision.ways]
    named = [(phrases.text(way.name), phrases.way_price(way)) for way in listed]
    ways = phrases.one_after_another(
        phrases.say(en=f"{name}: {price}", fr=f"{name} : {price}") for name, price in named if price
    )
    return _answer(
        phrases,
        "why-billable",
        question=phrases.say(en="Why is it billable?", fr="Pourquoi est-ce facturable ?"),
        answer=phrases.say(
            en=f"Clause {clause.id} places this work outside what the plan includes. {ways}. {_consent(phrases, decision)}",
            fr=f"La clause {clause.id} place ce travail hors de ce que le plan comprend. {ways}. {_consent(phrases, decision)}",
        ),
        clauses=(clause.id, *_price_clauses(phrases.programme, decision)),
    )


def _price_clauses(programme: Programme, decision: Decision) -> tuple[str, ...]:
    named = (programme.ways[way.way].price for way in decision.ways)
    return tuple(dict.fromkeys(programme.prices[price].clause for price in named if price is not None))


def _why_a_ticket(phrases: Phrases, decision: Decision, clause: Clause) -> Answer:
    programme = phrases.programme
    request = phrases.text(programme.words["request"])
    question = phrases.say(en=f"Why is a {request} needed?", fr="Pourquoi faut-il une trace écrite ?")
    targets = programme.targets_for(decision.facts, override=decision.targets) if decision.accepted else None
    time = None
    if targets is not None:
        time = targets.duration(Commitment.FIRST_RESPONSE, str(decision.facts.get("severity")))
    if targets is None or time is None:
        answer = phrases.say(
            en=f"It keeps what was asked and what clause {clause.id} decided, so that it can be contested or decided again.",
            fr=f"On y garde la demande et ce que la clause {clause.id} a décidé, pour le contester ou décider à nouveau.",
        )
        return _answer(phrases, "why-a-ticket", question=question, answer=answer, clauses=(clause.id,))
    within = locales.duration(time)
    calendar = phrases.quoted(
        phrases.text(programme.calendars[str(choose(targets.calendar, decision.facts))].name)
    )
    answer = phrases.say(
        en=f"The clock of clause {targets.clause} starts with it: first answer within {within}, counted in {calendar}.",
        fr=f"Elle fait courir l'horloge de la clause {targets.clause} : première réponse en moins de {within}, "
        f"comptées dans {calendar}.",
    )
    return _answer(
        phrases, "why-a-ticket", question=question, answer=answer, clauses=(clause.id, targets.clause)
    )


def _why_this_priority(phrases: Phrases, decision: Decision) -> Iterator[Answer]:
    """The severity, by its definition, and then the plan place a request in the queue."""
    programme = phrases.programme
    severity = programme.severities.get(str(decision.facts.get("severity")))
    if severity is None:
        return
    name, definition = phrases.quoted(phrases.text(severity.name)), phrases.text(severity.definition)
    english = [f"Severity {severity.id}, {name}: {definition}"]
    french = [f"Gravité {severity.id}, {name} : {definition}"]
    plan = programme.plans.get(str(decision.facts.get("plan")))
    if plan is not None:
        called = phrases.quoted(phrases.text(plan.name))
        english.append(
            f"Among equal severities the plan {called} has priority {plan.queue_priority} (highest first)."
        )
        french.append(
            f"À gravité égale, le plan {called} a la priorité {plan.queue_priority} (la plus haute d'abord)."
        )
    yield _answer(
        phrases,
        "why-priority",
        question=phrases.say(en="Why this place in the queue?", fr="Pourquoi cette place dans la file ?"),
        answer=phrases.say(en=" ".join(english), fr=" ".join(french)),
        clauses=() if plan is None else (plan.clause,),
    )
