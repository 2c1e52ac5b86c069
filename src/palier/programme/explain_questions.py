"""The questions that a ticket answers by itself: why this level, why billable, why a ticket, why this place in the queue.

Answered from the decision that was taken and the programme's words (docs/reference/explanations.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from palier.core.coverage import Decision
from palier.core.programme import Clause, Commitment, OutcomeKind, Programme, Way, choose
from palier.programme import locales
from palier.programme.phrases import Phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the questions that a ticket answers by itself, with the clauses that the answer rests on."""

    id: str
    question: str
    answer: str
    clauses: tuple[str, ...]


def answers(
    phrases: Phrases, decision: Decision, clause: Clause, *, because: str, cost: str
) -> tuple[Answer, ...]:
    """Why this level, why billable, why a ticket, why this priority: of the deciding clause; nothing of a held request.

    `because` are the facts that decided, `cost` what it uses and costs, both in words.
    """
    if decision.outcome is OutcomeKind.HOLD:
        return ()
    level = () if decision.level is None else (_why_level(phrases, clause, decision.level, because),)
    return (
        *level,
        _why_billable(phrases, decision, clause, cost),
        _why_a_ticket(phrases, decision, clause),
        *_why_this_priority(phrases, decision),
    )


def _answer(
    phrases: Phrases, id_: str, *, question: str, answer: str, clauses: tuple[str, ...], vendors: bool = True
) -> Answer:
    """The vendor's own question and words go with the answer where the programme has them."""
    known = phrases.programme.questions.get(id_) if vendors else None
    if known is not None:
        question, answer = phrases.text(known.question), f"{answer} {phrases.text(known.answer)}"
    return Answer(id=id_, question=question, answer=answer, clauses=clauses)


def _why_level(phrases: Phrases, clause: Clause, level: int, facts: str) -> Answer:
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


def _why_billable(phrases: Phrases, decision: Decision, clause: Clause, cost: str) -> Answer:
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
    named = [(phrases.text(way.name), _price_of(phrases, way)) for way in listed]
    ways = phrases.one_after_another(
        phrases.say(en=f"{name}: {price}", fr=f"{name} : {price}") for name, price in named if price
    )
    prices = f" {ways}." if ways else ""
    return _answer(
        phrases,
        "why-billable",
        question=phrases.say(en="Why is it billable?", fr="Pourquoi est-ce facturable ?"),
        answer=phrases.say(
            en=f"Clause {clause.id} places this work outside what the plan includes.{prices} {cost}",
            fr=f"La clause {clause.id} place ce travail hors de ce que le plan comprend.{prices} {cost}",
        ),
        clauses=(clause.id, *_price_clauses(phrases.programme, decision)),
    )


def _price_of(phrases: Phrases, way: Way) -> str:
    """The price of a way with all that goes with it; empty where it has none."""
    if way.price is None:
        return ""
    price, terms = phrases.price(phrases.programme.prices[way.price])
    return f"{price}, {terms}" if terms else price


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
        fr=f"Elle fait courir l’horloge de la clause {targets.clause} : première réponse en moins de {within}, "
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
            f"À gravité égale, le plan {called} a la priorité {plan.queue_priority} (la plus haute d’abord)."
        )
    yield _answer(
        phrases,
        "why-priority",
        question=phrases.say(en="Why this place in the queue?", fr="Pourquoi cette place dans la file ?"),
        answer=phrases.say(en=" ".join(english), fr=" ".join(french)),
        clauses=() if plan is None else (plan.clause,),
    )
