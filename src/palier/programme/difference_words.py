"""Cases of a difference between two tables, in the reader's words: which requests, and what becomes of them."""

from __future__ import annotations

from palier.core.programme import OutcomeKind
from palier.programme.difference import Meaning, Otherwise
from palier.programme.phrases import Phrases


def case(phrases: Phrases, one: Otherwise) -> str:
    """Which requests: `kind of request: a question; plan: Premium`. In the words of a programme that knows them."""
    told = [phrases.condition(condition) for condition in one.when]
    told += [
        phrases.say(en=f"{phrases.fact(name)}: not said", fr=f"{phrases.fact(name)} : non précisé")
        for name in one.unsaid
    ]
    if not told:
        return phrases.say(en="every request", fr="toute demande")
    return phrases.one_after_another(told)


def meaning(phrases: Phrases, what: Meaning) -> str:
    """What becomes of them: `covered, level 1`; `level 2, billable (a grace call, hours)`; `held (payment)`."""
    outcome = phrases.outcome(what.kind, what.level, consent=what.consent)
    if what.kind is OutcomeKind.HOLD:
        names = [phrases.within(phrases.programme.holds[one].name) for one in what.holds]
    else:
        names = [phrases.within(phrases.programme.ways[one].name) for one in what.ways]
    if what.uses is not None:
        used = phrases.within(phrases.programme.allowances[what.uses].name)
        outcome += phrases.say(en=f", from “{used}”", fr=f", sur « {used} »")
    if not names:
        return outcome
    return f"{outcome} ({', '.join(names)})"


def goes(before: Meaning, after: Meaning) -> int:
    """Which way a change goes for the customer: 1 better, -1 worse, 0 neither or not to be said."""
    left, right = _worth(before), _worth(after)
    return (right > left) - (right < left)


def _worth(what: Meaning) -> int:
    if what.kind is OutcomeKind.COVER:
        return 3
    if what.kind is OutcomeKind.OFFER:
        return 1 if what.consent else 2
    return 0
