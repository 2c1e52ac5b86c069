"""A coverage decision in words: what was decided, by which clause, because of what, and what would change it.

Everything said comes from the decision that was taken and from the programme's own texts; nothing is decided here. The
words are the reader's language and the vendor's (docs/reference/explanations.md). Pages, mails and `palier explain` use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from palier.core import coverage
from palier.core.coverage import Change, Decision, Looked, Miss, WayForward
from palier.core.entitlements import HOUR
from palier.core.programme import Alternative, Clause, OutcomeKind, Programme
from palier.programme import explain_questions
from palier.programme.explain_questions import Answer
from palier.programme.phrases import Phrases, is_granted, speak

_CHANGES = 5
"""Of what would decide otherwise, so many are told: more are read by nobody."""


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
    """A clause that was looked at before: what it would need, what is the case; `briefly` does not say that twice."""

    clause: str
    needed: str
    is_: str
    briefly: str


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
    """A way forward: price, what goes with it, and balance in words (empty: none), and why it cannot be chosen now."""

    id: str
    name: str
    text: str
    price: str
    terms: str
    balance: str
    available: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What holds the request: by which clause, who can free it, and how."""

    id: str
    clause: Cited
    name: str
    freed_by: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision in the reader's words. `then` says what follows once a held request is freed; `cost` what it uses and
    costs, and what must be agreed before (empty: nothing is done)."""

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
    cost: str
    questions: tuple[Answer, ...]


def explain_decision(
    programme: Programme,
    decision: Decision,
    *,
    language: str,
    locale: str | None = None,
    beyond: Decision | None = None,
    with_changes: bool = True,
    to_desk: bool = False,
) -> Explanation:
    """The decision in words, to the customer (`you`), or `to_desk` of the customer to the vendor's people.

    `beyond` is what the same facts decide once freed (`decide(..., beyond_gates=True)`).
    `locale` is the programme's for that language unless given; `with_changes` False leaves out what would change it,
    which costs more than all the rest. Of a held request it is the decision beyond that is looked at. At most five
    changes are told, those of facts that decided first; another kind of request is another request, so none is of that.
    """
    phrases = speak(programme, language=language, locale=locale, to_desk=to_desk)
    clauses = {clause.id: clause for clause in programme.coverage}
    decided = tuple(clauses[id_] for id_ in decision.clauses)
    # What would change a held request is what would change the decision that waits behind the gates.
    changing = beyond if decision.outcome is OutcomeKind.HOLD else decision
    changes = _worth_telling(programme, changing) if with_changes and changing is not None else ()
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
        looked_before=tuple(_looked_before(phrases, decision)),
        would_change=tuple(_change(phrases, change, clauses[change.clause]) for change in changes),
        ways=tuple(_way(phrases, decision, way) for way in decision.ways),
        gates=tuple(_gate(phrases, clause) for clause in decided if clause.outcome.hold is not None),
        then="" if beyond is None else _then(phrases, beyond),
        cost=_cost(phrases, decision),
        questions=_questions(phrases, decision, decided[0]),
    )


def headline(phrases: Phrases, decision: Decision) -> str:
    """The decision in one line: `Covered, level 1, not billable`; `Level 2, billable: you choose and agree first`;
    `Held: payment`.

    Of a programme without levels none is named: `Covered, not billable`; `Billable: you choose and agree first`.
    """
    if decision.outcome is OutcomeKind.HOLD:
        names = ", ".join(phrases.within(phrases.programme.holds[hold].name) for hold in decision.holds)
        return phrases.say(en=f"Held: {names}", fr=f"En attente : {names}")
    words = phrases.outcome(decision.outcome, decision.level, consent=decision.consent)
    words = words[:1].upper() + words[1:]
    if decision.outcome is OutcomeKind.COVER:
        return phrases.say(en=f"{words}, not billable", fr=f"{words}, non facturable")
    if decision.outcome is not OutcomeKind.OFFER or not decision.consent:
        return words
    if any(way.available and phrases.programme.ways[way.way].allowance for way in decision.ways):
        return phrases.address(
            en=f"{words} unless your plan's allowance is used: you choose and agree first",
            fr=f"{words}, sauf droit de votre plan : vous choisissez et donnez d’abord votre accord",
            desk_en=f"{words} unless the allowance of the customer's plan is used: the customer chooses and agrees first",
            desk_fr=f"{words}, sauf droit du plan du client : le client choisit et donne d’abord son accord",
        )
    return phrases.address(
        en=f"{words}: you choose and agree first",
        fr=f"{words} : vous choisissez et donnez d’abord votre accord",
        desk_en=f"{words}: the customer chooses and agrees first",
        desk_fr=f"{words} : le client choisit et donne d’abord son accord",
    )


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


def _looked_before(phrases: Phrases, decision: Decision) -> Iterator[LookedAt]:
    """The rows looked at before, in their order."""
    told: set[str] = set()
    for row in decision.looked:
        facts = {miss.condition.fact for misses in row.misses for miss in misses}
        yield _looked(phrases, row, again=bool(facts) and facts <= told)
        told |= facts


def _looked(phrases: Phrases, looked: Looked, *, again: bool) -> LookedAt:
    """One row; `again` when rows before it told what is the case."""
    if not looked.misses:
        passed_over = phrases.say(
            en="passed over: a later clause covers a cause that is not excluded yet",
            fr="laissée de côté : une clause suivante couvre une cause qui n’est pas encore écartée",
        )
        return LookedAt(
            clause=looked.clause,
            needed=phrases.say(en="it fits too", fr="elle convient aussi"),
            is_=passed_over,
            briefly=passed_over,
        )
    needed = [", ".join(phrases.condition(miss.condition) for miss in misses) for misses in looked.misses]
    is_ = _as_it_is(phrases, looked.misses)
    return LookedAt(
        clause=looked.clause,
        needed=phrases.say(en="; or ".join(dict.fromkeys(needed)), fr=" ; ou ".join(dict.fromkeys(needed))),
        is_=is_,
        briefly=phrases.say(en="as above", fr="comme ci-dessus") if again else is_,
    )


def _as_it_is(phrases: Phrases, alternatives: tuple[tuple[Miss, ...], ...]) -> str:
    seen = {miss.condition.fact: miss.is_ for misses in alternatives for miss in misses}
    if len(seen) == 1:
        ((name, value),) = seen.items()
        return phrases.value(name, value)
    pairs = ((phrases.fact(name), phrases.value(name, value)) for name, value in seen.items())
    return ", ".join(phrases.say(en=f"{name}: {value}", fr=f"{name} : {value}") for name, value in pairs)


def _worth_telling(programme: Programme, decision: Decision) -> tuple[Change, ...]:
    """The first changes of those that can be told, facts that decided before all others."""
    decided = {condition.fact for condition in decision.matched}
    found = [change for change in coverage.changes(programme, decision) if change.fact != "kind"]
    return tuple(sorted(found, key=lambda change: change.fact not in decided)[:_CHANGES])


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
    price, terms, balance = "", "", ""
    # A way that has a price as well buys where nothing is left.
    uses = way.price is None or (forward.balance is not None and forward.balance.left > 0)
    if way.allowance is not None and forward.available and uses:
        price = (
            phrases.address(
                en="granted by your plan",
                fr="compris dans votre plan",
                desk_en="granted by the customer's plan",
                desk_fr="compris dans le plan du client",
            )
            if is_granted(phrases.programme, way.allowance)
            else phrases.address(
                en="taken from what you bought",
                fr="pris sur ce que vous avez acheté",
                desk_en="taken from what the customer bought",
                desk_fr="pris sur ce que le client a acheté",
            )
        )
    elif way.price is not None:
        price, terms = phrases.price(phrases.programme.prices[way.price])
    if way.allowance is not None and forward.balance is not None:
        balance = phrases.balance(way.allowance, forward.balance)
    return WayOn(
        id=way.id,
        name=phrases.text(way.name),
        text=phrases.text(way.text),
        price=price,
        terms=terms,
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
        reasons.append(phrases.say(en="nothing is left of it", fr="il n’en reste plus"))
    return phrases.one_after_another(reasons)


def _gate(phrases: Phrases, clause: Clause) -> Gate:
    hold = phrases.programme.holds[str(clause.outcome.hold)]
    return Gate(
        id=hold.id,
        clause=_cited(phrases, clause),
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


def _cost(phrases: Phrases, decision: Decision) -> str:
    if decision.outcome is OutcomeKind.COVER:
        used = next(
            (one.outcome.uses for one in phrases.programme.coverage if one.id == decision.clause), None
        )
        if used is not None:
            return _uses(phrases, decision, used)
        return phrases.address(
            en="This uses nothing of what your plan grants, and costs nothing.",
            fr="Ceci n’utilise rien de ce que prévoit votre plan et ne coûte rien.",
            desk_en="This uses nothing of what the customer's plan grants, and costs nothing.",
            desk_fr="Ceci n’utilise rien de ce que prévoit le plan du client et ne coûte rien.",
        )
    if decision.outcome is not OutcomeKind.OFFER:
        return ""
    if decision.consent:
        return phrases.address(
            en="Nothing is used or done at your cost before your choice and agreement are recorded.",
            fr="Rien n’est utilisé ni fait à vos frais avant que votre choix et votre accord soient notés.",
            desk_en="Nothing is used or done at the customer's cost before its choice and agreement are recorded.",
            desk_fr="Rien n’est utilisé ni fait aux frais du client avant que son choix et son accord soient notés.",
        )
    return phrases.address(
        en="Nothing is used before you choose.",
        fr="Rien n’est utilisé avant que vous choisissiez.",
        desk_en="Nothing is used before the customer chooses.",
        desk_fr="Rien n’est utilisé avant que le client choisisse.",
    )


def _uses(phrases: Phrases, decision: Decision, allowance: str) -> str:
    """What a covered request takes of an allowance, with what was left before and after; time is taken as it is worked."""
    counted = phrases.programme.allowances[allowance]
    name, left = phrases.text(counted.name), int(str(decision.facts[f"left.{allowance}"]))
    if counted.unit == HOUR:
        there = phrases.units(counted, left)
        return phrases.say(
            en=f"The time worked is taken from “{name}”, {there} left when this was decided; it costs nothing else.",
            fr=f"Le temps travaillé est pris sur « {name} », {there} au moment de la décision ; rien d’autre à payer.",
        )
    if left < 1:
        return phrases.say(
            en=f"It uses 1 of “{name}”, of which none is left, and costs nothing.",
            fr=f"Ceci utilise 1 de « {name} », dont il ne reste rien, et ne coûte rien.",
        )
    return phrases.say(
        en=f"It uses 1 of “{name}”: {left} before, {left - 1} after. It costs nothing.",
        fr=f"Ceci utilise 1 de « {name} » : {left} avant, {left - 1} après. Cela ne coûte rien.",
    )


def _questions(phrases: Phrases, decision: Decision, clause: Clause) -> tuple[Answer, ...]:
    because = (
        phrases.say(en=f"{one.fact}: {one.value}", fr=f"{one.fact} : {one.value}")
        for one in _because(phrases, decision, (clause,))
    )
    return explain_questions.answers(
        phrases, decision, clause, because=", ".join(because), cost=_cost(phrases, decision)
    )
