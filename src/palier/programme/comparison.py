"""What changes between two revisions of a programme for those who bought a plan, as sentences in both languages.

Compared is what both give under the same terms (plan, options, seats): times, coverage, allowances, prices, places,
benefits, texts. Each difference is better, worse or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from palier.core.programme import (
    BY_SEATS,
    Commitment,
    FactValue,
    Plan,
    Price,
    Programme,
    TargetSet,
    Text,
)
from palier.programme import difference, difference_words, locales, phrases
from palier.programme.problems import said


class Turn(StrEnum):
    """Which way a difference goes for the customer."""

    BETTER = "better"
    WORSE = "worse"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that changes for this customer, as a sentence in each language; `clause` names what says so, if any."""

    about: str
    """`plan`, `targets`, `coverage`, `allowance`, `price`, `place`, `text`, `benefit`"""
    en: str
    fr: str
    turn: Turn
    clause: str = ""

    @property
    def said(self) -> Mapping[str, str]:
        """The sentence by language."""
        return {"en": self.en, "fr": self.fr}


_COMMITMENTS: Mapping[Commitment, tuple[str, str]] = {
    Commitment.FIRST_RESPONSE: ("first response", "première réponse"),
    Commitment.NEXT_UPDATE: ("next news", "prochaines nouvelles"),
    Commitment.WORKAROUND: ("workaround", "contournement"),
    Commitment.RESOLUTION: ("resolution", "résolution"),
}
_PERIODS: Mapping[str, tuple[str, str]] = {
    "contract-year": ("a contract year", "par année de contrat"),
    "calendar-month": ("a month", "par mois"),
    "term": ("a term", "par durée de contrat"),
    "account": ("in all", "en tout"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under what somebody bought a plan. `seats` None: under any number of them."""

    plan: str
    options: tuple[str, ...] = ()
    seats: int | None = None
    term: str = ""


def statement(old: Programme, new: Programme, terms: Terms) -> tuple[Difference, ...]:
    """What changes under these terms; empty when nothing does, or when only one of the two has the plan."""
    before, after = old.plans.get(terms.plan), new.plans.get(terms.plan)
    if before is None or after is None:
        return ()
    both = _Both(old=old, new=new, before=before, after=after, terms=terms)
    parts = (_plan, _targets, _coverage, _allowances, _prices, _benefits, _texts)
    return tuple(dict.fromkeys(difference for part in parts for difference in part(both)))


def between(programme: Programme, lower: Plan, higher: Plan) -> tuple[Difference, ...]:
    """What somebody gets otherwise who buys another plan of the same programme; what is decided otherwise apart."""
    both = _Both(old=programme, new=programme, before=lower, after=higher, terms=Terms(plan=higher.id))
    parts = (_plan, _targets, _allowances, _benefits)
    return tuple(dict.fromkeys(difference for part in parts for difference in part(both)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Both:
    """Both programmes, and the plan in each."""

    old: Programme
    new: Programme
    before: Plan
    after: Plan
    terms: Terms


def _said(about: str, *, en: str, fr: str, turn: Turn = Turn.NEUTRAL, clause: str = "") -> Difference:
    words = said(en=en, fr=fr)
    return Difference(about=about, en=words["en"], fr=words["fr"], turn=turn, clause=clause)


def _turn(before: float | None, after: float | None, *, more_is_better: bool) -> Turn:
    """None is without limit."""
    limit = float("inf")
    left, right = (limit if before is None else before), (limit if after is None else after)
    if left == right:
        return Turn.NEUTRAL
    return Turn.BETTER if (right > left) == more_is_better else Turn.WORSE


def _plan(both: _Both) -> Iterator[Difference]:
    before, after = both.before, both.after
    if before.contacts != after.contacts:
        en, fr = (
            [str(one.contacts) if one.contacts is not None else word for one in (before, after)]
            for word in ("without limit", "sans limite")
        )
        yield _said(
            "place",
            en=f"Authorised contacts: {en[1]} instead of {en[0]}.",
            fr=f"Contacts autorisés : {fr[1]} au lieu de {fr[0]}.",
            turn=_turn(before.contacts, after.contacts, more_is_better=True),
            clause=after.clause,
        )
    yield from _environments(both)
    if before.queue_priority != after.queue_priority:
        better = after.queue_priority > before.queue_priority
        yield _said(
            "plan",
            en=f"In the queue your requests go {'further ahead' if better else 'less far ahead'} at equal severity.",
            fr=f"Dans la file, vos demandes passent {'plus' if better else 'moins'} tôt à gravité égale.",
            turn=Turn.BETTER if better else Turn.WORSE,
            clause=after.clause,
        )
    if before.text != after.text:
        yield _said(
            "text",
            en="The plan is described in other words.",
            fr="Le plan est décrit en d’autres mots.",
            clause=after.clause,
        )


def _environments(both: _Both) -> Iterator[Difference]:
    before = set(both.before.environments or both.old.environments)
    after = set(both.after.environments or both.new.environments)
    for word in sorted(before ^ after):
        table = both.new.environments if word in both.new.environments else both.old.environments
        added, name = word in after, table[word]
        yield _said(
            "plan",
            en=f"The environment “{name.in_('en')}” is {'now' if added else 'no longer'} in the plan.",
            fr=f"L’environnement « {name.in_('fr')} » {'est désormais' if added else 'n’est plus'} compris dans le plan.",
            turn=Turn.BETTER if added else Turn.WORSE,
            clause=both.after.clause,
        )


def _targets(both: _Both) -> Iterator[Difference]:
    before = _sets(both.old, both.before, both.terms)
    after = _sets(both.new, both.after, both.terms)
    for key in dict.fromkeys((*before, *after)):
        left, right = before.get(key), after.get(key)
        severity, outage = key
        if severity not in both.new.severities or severity not in both.old.severities:
            continue
        if left is None and right is None:
            continue
        if outage and before.get((severity, "")) is left and after.get((severity, "")) is right:
            continue
        name = both.new.severities[severity].name
        for commitment in Commitment:
            yield from _duration(both, commitment, severity, name, left, right)
        if left is not None and right is not None and left.binding is not right.binding:
            firmer = right.binding.value == "guarantee"
            yield _said(
                "targets",
                en=f"{name.in_('en')}: the times are {'guaranteed' if firmer else 'targets, no longer guaranteed'}.",
                fr=f"{name.in_('fr')} : les délais sont {'garantis' if firmer else 'des objectifs et ne sont plus garantis'}.",
                turn=Turn.BETTER if firmer else Turn.WORSE,
                clause=right.clause,
            )


def _sets(programme: Programme, plan: Plan, terms: Terms) -> Mapping[tuple[str, str], TargetSet | None]:
    """The target set by severity and outage (empty: none said) for this plan and its options."""
    outages = ["", *(programme.facts["outage"].values if "outage" in programme.facts else ())]
    found: dict[tuple[str, str], TargetSet | None] = {}
    for severity in programme.severities:
        for outage in outages:
            facts: dict[str, str | int | tuple[str, ...]] = {"plan": plan.id, "severity": severity}
            facts |= {"outage": outage} if outage else {}
            facts |= {"option": terms.options} if terms.options else {}
            found[severity, outage] = programme.targets_for(facts)
    return found


def _duration(
    both: _Both,
    commitment: Commitment,
    severity: str,
    name: Text,
    left: TargetSet | None,
    right: TargetSet | None,
) -> Iterator[Difference]:
    before = left.duration(commitment, severity) if left is not None else None
    after = right.duration(commitment, severity) if right is not None else None
    en, fr = _COMMITMENTS[commitment]
    clause = (right or left).clause  # type: ignore[union-attr]  # one of them is there
    where_en, where_fr = f"{name.in_('en')}, {en}", f"{name.in_('fr')}, {fr}"
    if before != after:
        yield _said(
            "targets",
            en=f"{where_en}: {_within(after, 'en')} instead of {_within(before, 'en')}.",
            fr=f"{where_fr} : {_within(after, 'fr')} au lieu de {_within(before, 'fr')}.",
            turn=_turn(before, after, more_is_better=False),
            clause=clause,
        )
    elif (
        before is not None
        and left is not None
        and right is not None
        and _hours(both.old, left) != _hours(both.new, right)
    ):
        yield _said(
            "targets",
            en=f"{where_en}: counted in other hours.",
            fr=f"{where_fr} : compté dans d’autres heures.",
            clause=clause,
        )


def _within(micros: int | None, language: str) -> str:
    if micros is None:
        return "no promise" if language == "en" else "aucune promesse"
    return locales.duration(micros)


def _hours(programme: Programme, targets: TargetSet) -> object:
    """What hours a set counts in, as values that can be compared."""
    return [(choice.when, _rule(programme, choice.use)) for choice in targets.calendar]


def _rule(programme: Programme, id_: str) -> object:
    rule = programme.calendars[id_]
    combined = [_rule(programme, part) for part in rule.combine[1]] if rule.combine is not None else None
    kind = rule.combine[0] if rule.combine is not None else None
    return (rule.zone, rule.week, rule.holidays, rule.closures, rule.openings, kind, combined)


def _coverage(both: _Both) -> Iterator[Difference]:
    """What is decided otherwise for requests under these very terms, and kinds of request that come or go."""
    terms = both.terms
    only: dict[str, FactValue] = {"contract": "active", "plan": both.after.id}
    if terms.seats is not None:
        only["seats"] = terms.seats
        only["option"] = terms.options
        only["term"] = terms.term or "none"
    for one in difference.otherwise(both.old, both.new, only=only):
        told = {}
        for language in ("en", "fr"):
            old, new = (phrases.speak(of, language=language) for of in (both.old, both.new))
            told[language] = (
                difference_words.case(new, one),
                difference_words.meaning(new, one.after),
                difference_words.meaning(old, one.before),
            )
        (en, fr), goes = (told["en"], told["fr"]), difference_words.goes(one.before, one.after)
        yield _said(
            "coverage",
            en=f"{_capital(en[0])}: {en[2]} → {en[1]}.",
            fr=f"{_capital(fr[0])} : {fr[2]} → {fr[1]}.",
            turn={1: Turn.BETTER, -1: Turn.WORSE}.get(goes, Turn.NEUTRAL),
            clause=one.by_after[0],
        )
    for id_ in dict.fromkeys((*both.old.kinds, *both.new.kinds)):
        if (id_ in both.old.kinds) != (id_ in both.new.kinds):
            added = id_ in both.new.kinds
            name = (both.new if added else both.old).kinds[id_].name
            yield _said(
                "coverage",
                en=f"“{name.in_('en')}” {'can now be asked' if added else 'is no longer a kind of request'}.",
                fr=f"« {name.in_('fr')} » {'peut désormais être demandé' if added else 'n’est plus une sorte de demande'}.",
            )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _allowances(both: _Both) -> Iterator[Difference]:
    for id_ in dict.fromkeys((*both.before.grants, *both.after.grants)):
        found = both.new.allowances.get(id_) or both.old.allowances[id_]
        was = both.old.allowances.get(id_, found)
        seen: list[tuple[int, int, int]] = []
        for seats in _seats(both, id_):
            given = (
                _granted(both.old, both.before, id_, seats), _granted(both.new, both.after, id_, seats), seats
            )  # fmt: skip
            if given[:2] not in [one[:2] for one in seen]:
                seen.append(given)
        for before, after, seats in seen:
            if before == after and was.per == found.per:
                continue
            several = len(seen) > 1
            per_before, per_after = _PERIODS.get(was.per, ("", "")), _PERIODS.get(found.per, ("", ""))
            yield _said(
                "allowance",
                en=f"{found.name.in_('en')}{f', from {seats} seats' if several else ''}: {after} {per_after[0]} "
                f"instead of {before} {per_before[0]}.",
                fr=f"{found.name.in_('fr')}{f', dès {seats} sièges' if several else ''} : {after} {per_after[1]} "
                f"au lieu de {before} {per_before[1]}.",
                turn=_turn(before, after, more_is_better=True),
                clause=found.clause,
            )


def _seats(both: _Both, allowance: str) -> tuple[int, ...]:
    """The numbers of seats at which what is granted can differ; those of the terms where they say so."""
    if both.terms.seats is not None:
        return (both.terms.seats,)
    tables = [
        one.allowances[allowance].by_seats for one in (both.old, both.new) if allowance in one.allowances
    ]
    return tuple(sorted({1, *(tier.low for table in tables for tier in table)}))


def _granted(programme: Programme, plan: Plan, allowance: str, seats: int) -> int:
    units = plan.grants.get(allowance, 0)
    found = programme.allowances.get(allowance)
    if units == BY_SEATS:
        return found.tier(seats) if found is not None else 0
    return int(units)


def _prices(both: _Both) -> Iterator[Difference]:
    for id_ in dict.fromkeys((*both.old.prices, *both.new.prices)):
        left, right = both.old.prices.get(id_), both.new.prices.get(id_)
        if left is None or right is None:
            added = right is not None
            shown = (both.new if added else both.old).prices[id_]
            yield _said(
                "price",
                en=f"{shown.name.in_('en')}: {'a new price' if added else 'no longer sold'}.",
                fr=f"{shown.name.in_('fr')} : {'un nouveau prix' if added else 'n’est plus vendu'}.",
                clause=shown.clause,
            )
        elif (left.amount, left.currency, left.minutes, left.discount_percent) != (
            right.amount,
            right.currency,
            right.minutes,
            right.discount_percent,
        ):
            yield _price(both, left, right)


def _price(both: _Both, left: Price, right: Price) -> Difference:
    told = {}
    for language in ("en", "fr"):
        told[language] = [
            ", ".join(part for part in phrases.speak(of, language=language).price(price) if part)
            for of, price in ((both.old, left), (both.new, right))
        ]
    comparable = left.currency == right.currency and left.minutes == right.minutes
    same_discount = left.discount_percent == right.discount_percent
    turn = Turn.NEUTRAL
    if comparable and same_discount and left.amount is not None and right.amount is not None:
        turn = _turn(left.amount, right.amount, more_is_better=False)
    elif comparable and left.amount == right.amount:
        turn = _turn(
            float(left.discount_percent or 0), float(right.discount_percent or 0), more_is_better=True
        )
    return _said(
        "price",
        en=f"{right.name.in_('en')}: {told['en'][1]} instead of {told['en'][0]}.",
        fr=f"{right.name.in_('fr')} : {told['fr'][1]} au lieu de {told['fr'][0]}.",
        turn=turn,
        clause=right.clause,
    )


def _benefits(both: _Both) -> Iterator[Difference]:
    before, after = set(both.before.benefits), set(both.after.benefits)
    for id_ in sorted(before ^ after):
        added = id_ in after
        promise = (both.new if added else both.old).promises[id_]
        yield _said(
            "benefit",
            en=f"{promise.name.in_('en')}: {'now part of the plan' if added else 'no longer part of the plan'}.",
            fr=f"{promise.name.in_('fr')} : {'fait désormais partie du plan' if added else 'ne fait plus partie du plan'}.",
            turn=Turn.BETTER if added else Turn.WORSE,
            clause=promise.clause,
        )


def _texts(both: _Both) -> Iterator[Difference]:
    for id_, document in both.new.documents.items():
        was = both.old.documents.get(id_)
        if was is not None and was.version != document.version:
            yield _said(
                "text",
                en=f"{document.name.in_('en')}: version {document.version} instead of {was.version}.",
                fr=f"{document.name.in_('fr')} : version {document.version} au lieu de {was.version}.",
            )


def worse_first(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """What is worse first, then what is better, then the rest; else in order."""
    order = (Turn.WORSE, Turn.BETTER, Turn.NEUTRAL)
    return tuple(sorted(differences, key=lambda one: order.index(one.turn)))
