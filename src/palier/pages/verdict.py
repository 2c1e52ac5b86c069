"""A coverage decision as a page shows it: what was decided, because of what, what was looked at before, what would change it.

All words come from the programme and the catalogue; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import ngettext

from palier.core import coverage
from palier.core.coverage import Decision, Miss, WayForward
from palier.core.programme import Clause, Condition, FactValue, OutcomeKind, Programme, Text
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import NO_BREAK
from palier.pages.speech import Speech
from palier.programme import locales


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A clause: its id (and the vendor's own number), and its words."""

    id: str
    ref: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A fact and its value, in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A clause that did not fit: what it would need, and what is the case."""

    clause: str
    needs: str
    is_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldChange:
    """If this fact were so, that clause would decide that."""

    if_: str
    clause: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way forward with its price and what is left of what it uses; `lacks` says why it cannot be chosen now."""

    name: str
    text: str
    price: str
    balance: str
    available: bool
    lacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A gate that stands: what is missing, who can free it, and how."""

    name: str
    freed_by: str
    how: str
    clause: Cited


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """Everything the verdict block shows."""

    kind: str
    tone: str
    icon: str
    title: str
    badge: str
    clause: Cited
    because: tuple[Token, ...]
    otherwise: bool
    looked: tuple[LookedAt, ...]
    looked_words: str
    looked_folded: bool
    """More rows than one takes in at once: shown when asked for."""
    changes: tuple[WouldChange, ...]
    ways: tuple[Way, ...]
    holds: tuple[Hold, ...]
    consent: bool
    uses: str


def view(
    programme: Programme, decision: Decision, speech: Speech, *, with_changes: bool = True
) -> VerdictView:
    """The decision in the reader's words. `with_changes` False leaves out what would change it, which is dear to find."""
    tone, icon = wording.outcome_tone(decision.outcome, decision.level)
    by_id = {clause.id: clause for clause in programme.coverage}
    changes = coverage.changes(programme, decision) if with_changes else ()
    return VerdictView(
        kind=decision.outcome.value,
        tone=tone,
        icon=icon,
        title=_title(decision),
        badge=wording.outcome(decision.outcome, decision.level),
        clause=_cited(by_id[decision.clause], speech),
        because=tuple(_token(programme, c, decision, speech) for c in decision.matched),
        otherwise=not decision.matched,
        looked=tuple(_looked(programme, decision, speech)),
        looked_words=ngettext("%(n)d clause did not fit", "%(n)d clauses did not fit", len(decision.looked))
        % {"n": len(decision.looked)},
        looked_folded=len(decision.looked) > _LOOKED_OPEN,
        # Another kind of request is another request: that is no way to change this one.
        changes=tuple(_would(programme, change, speech) for change in changes if change.fact != "kind")[
            :_CHANGES
        ],
        ways=tuple(_way(programme, way, speech) for way in decision.ways),
        holds=tuple(
            _hold(programme, by_id[clause], speech)
            for clause in decision.clauses
            if by_id[clause].outcome.hold is not None
        ),
        consent=decision.consent,
        uses=_uses(decision),
    )


def cited(programme: Programme, clause: str, speech: Speech) -> Cited | None:
    """A clause of any part of the programme by its id."""
    for id_, ref, text in programme.clause_texts():
        if id_ == clause:
            return Cited(id=id_, ref=ref or "", text=speech.text(text))
    return None


def adoption_holds(programme: Programme) -> frozenset[str]:
    """The holds that stand because of who wrote: an authorised contact frees them by taking the request over."""
    return frozenset(
        clause.outcome.hold
        for clause in programme.coverage
        if clause.outcome.hold is not None
        and any(condition.fact == "contact" for alternative in clause.when for condition in alternative)
    )


def price_words(amount: int | None, currency: str | None, speech: Speech, *, kind: str = "") -> str:
    """`525,00 $ CA`, `175,00 $ CA/h`, `on request`."""
    if amount is None or currency is None:
        return _("on request")
    money = locales.money(amount, currency, speech.locale)
    return f"{money}/h" if kind == "hourly" else money


def _title(decision: Decision) -> str:
    level = {"level": decision.level}
    if decision.outcome is OutcomeKind.HOLD:
        return _("On hold")
    if decision.outcome is OutcomeKind.EXCLUDE:
        return _("Not covered")
    if decision.outcome is OutcomeKind.OFFER:
        if decision.level is None:
            return _("Billable: you choose and agree first") if decision.consent else _("You choose how")
        if decision.consent:
            return _("Level %(level)d, billable: you choose and agree first") % level
        return _("Level %(level)d: you choose how") % level
    if decision.level is None:
        return _("Covered, not billable")
    if decision.level > 1:
        return _("Covered, level %(level)d") % level
    return _("Covered, level %(level)d, not billable") % level


def _cited(clause: Clause, speech: Speech) -> Cited:
    return Cited(id=clause.id, ref=clause.ref or "", text=speech.text(clause.text))


def _token(programme: Programme, condition: Condition, decision: Decision, speech: Speech) -> Token:
    value = decision.facts.get(condition.fact)
    if condition.fact == "cause" and value == coverage.UNKNOWN:
        return Token(name=_fact_name(programme, condition.fact, speech), value=_("not yet known"))
    return Token(
        name=_fact_name(programme, condition.fact, speech),
        value=_value(programme, condition.fact, value, speech),
    )


def _fact_name(programme: Programme, name: str, speech: Speech) -> str:
    words = speech.text(programme.facts[name].name)
    return words[:1].lower() + words[1:]


def _value(programme: Programme, name: str, value: FactValue | None, speech: Speech) -> str:
    if value is None:
        return _("not said")
    if isinstance(value, tuple):
        return ", ".join(_value(programme, name, one, speech) for one in value) or _("none")
    if isinstance(value, int):
        return str(value)
    known: Text | None = programme.facts[name].values.get(value)
    words = speech.text(known) if known is not None else value
    # An abbreviation keeps its capitals; `A question` does not.
    return words if words[:2].isalpha() and words[:2].isupper() else words[:1].lower() + words[1:]


_SHOWN = 4


def _condition(programme: Programme, condition: Condition, speech: Speech) -> str:
    name = _fact_name(programme, condition.fact, speech)
    if condition.values:
        named = [_value(programme, condition.fact, value, speech) for value in condition.values[:_SHOWN]]
        if len(condition.values) > _SHOWN:
            more = len(condition.values) - _SHOWN
            named.append(ngettext("%(n)d more", "%(n)d more", more) % {"n": more})
        said = _(" or ").join((", ".join(named[:-1]), named[-1])) if len(named) > 1 else named[0]
    elif condition.high is None:
        said = _("%(n)d or more") % {"n": condition.low or 0}
    elif condition.low is None:
        said = _("at most %(n)d") % {"n": condition.high}
    elif condition.low == condition.high:
        said = str(condition.low)
    else:
        said = _("%(low)d to %(high)d") % {"low": condition.low, "high": condition.high}
    if condition.negated:
        said = _("not %(what)s") % {"what": said}
    return f"{name}{_colon(speech)}{said}"


def _colon(speech: Speech) -> str:
    return f"{NO_BREAK}: " if speech.language == "fr" else ": "


def _needs(programme: Programme, alternatives: tuple[tuple[Miss, ...], ...], speech: Speech) -> str:
    """What each alternative lacked; `;` between alternatives."""
    shown = [
        ", ".join(_condition(programme, miss.condition, speech) for miss in misses) for misses in alternatives
    ]
    return "; ".join(dict.fromkeys(part for part in shown if part))


_LOOKED_OPEN = 6
_CHANGES = 5


def _looked(programme: Programme, decision: Decision, speech: Speech) -> Iterator[LookedAt]:
    """The rows looked at before; what was said once already is not said again."""
    said: set[str] = set()
    for looked in decision.looked:
        facts = {miss.condition.fact for misses in looked.misses for miss in misses}
        is_ = _("as above") if facts and facts <= said else _is(programme, looked.misses, speech)
        said |= facts
        yield LookedAt(clause=looked.clause, needs=_needs(programme, looked.misses, speech), is_=is_)


def _is(programme: Programme, alternatives: tuple[tuple[Miss, ...], ...], speech: Speech) -> str:
    seen = {miss.condition.fact: miss.is_ for misses in alternatives for miss in misses}
    if len(seen) == 1:
        name, value = next(iter(seen.items()))
        return _value(programme, name, value, speech)
    return ", ".join(
        f"{_fact_name(programme, name, speech)}{_colon(speech)}{_value(programme, name, value, speech)}"
        for name, value in seen.items()
    )


def _would(programme: Programme, change: coverage.Change, speech: Speech) -> WouldChange:
    values = [_value(programme, change.fact, value, speech) for value in change.values[:_SHOWN]]
    return WouldChange(
        if_=f"{_fact_name(programme, change.fact, speech)}{_colon(speech)}{_(' or ').join(values)}",
        clause=change.clause,
        then=wording.outcome(change.outcome, change.level).lower(),
    )


def _way(programme: Programme, forward: WayForward, speech: Speech) -> Way:
    way = programme.ways[forward.way]
    price = programme.prices.get(way.price) if way.price is not None else None
    lacks = "; ".join(_condition(programme, miss.condition, speech) for miss in forward.lacks)
    if price is not None:
        words = price_words(forward.amount, forward.currency, speech, kind=price.kind)
    else:
        words = _("granted by your plan") if way.allowance is not None and forward.available else ""
    return Way(
        name=speech.text(way.name),
        text=speech.text(way.text),
        price=words,
        balance=_balance(programme, way.allowance, forward, speech),
        available=forward.available,
        lacks=_("needs %(what)s") % {"what": lacks} if lacks else "",
    )


def _balance(programme: Programme, allowance: str | None, forward: WayForward, speech: Speech) -> str:
    if allowance is None:
        return ""
    name = speech.text(programme.allowances[allowance].name)
    if forward.balance is None or not forward.balance.granted:
        return _("%(what)s: your plan grants none") % {"what": name}
    return _("%(what)s: your plan grants %(n)d") % {"what": name, "n": forward.balance.granted}


def _hold(programme: Programme, clause: Clause, speech: Speech) -> Hold:
    assert clause.outcome.hold is not None
    hold = programme.holds[clause.outcome.hold]
    return Hold(
        name=speech.text(hold.name),
        freed_by=speech.text(hold.freed_by),
        how=speech.text(hold.how),
        clause=_cited(clause, speech),
    )


def _uses(decision: Decision) -> str:
    if decision.outcome is OutcomeKind.COVER:
        return _("This uses nothing of what your plan grants, and costs nothing.")
    if decision.outcome is OutcomeKind.OFFER:
        return _("Nothing is used or billed before you choose and agree.")
    return ""
