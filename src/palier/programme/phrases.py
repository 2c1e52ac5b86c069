"""How a programme is spoken: facts, conditions, outcomes, prices and balances in the reader's language and locale.

Both languages stand side by side (`say`); the words of things are the programme's own, typeset for its locale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from palier.core.coverage import Balance
from palier.core.entitlements import HOUR, MINUTES_AN_HOUR
from palier.core.programme import (
    BY_SEATS,
    Allowance,
    Condition,
    FactValue,
    OutcomeKind,
    Price,
    Programme,
    Text,
    fits,
)
from palier.programme import locales, problems
from palier.programme.locales import NO_BREAK
from palier.programme.problems import Said, said

_SHOWN = 6
_MINUTE = 60_000_000
_NAMES = frozenset({"product", "family", "plan"})
"""Facts whose values are names: they keep their capital in the middle of a sentence."""
_SUBJECTS: Mapping[str, Said] = {
    "contract": said(en="the contract is", fr="le contrat est"),
    "contact": said(en="the author of the request is", fr="l’auteur de la demande est"),
    "information": said(en="the required information is", fr="les renseignements requis sont"),
    "modification": said(en="the modification of the software is", fr="la modification du logiciel est"),
    "solution": said(en="the delivered solution is", fr="la solution livrée est"),
    "project": said(en="the project under way is", fr="le projet en cours est"),
    "funding": said(en="the funding of the way chosen is", fr="le financement de la voie choisie est"),
    "plan": said(en="the plan is", fr="le plan est"),
    "kind": said(en="the request is", fr="la demande est"),
    "severity": said(en="the severity is", fr="la gravité est"),
    "effect": said(en="the effect on the work is", fr="l’effet sur le travail est"),
    "product": said(en="the product is", fr="le produit est"),
    "family": said(en="the product family is", fr="la famille de produits est"),
    "environment": said(en="the environment is", fr="l’environnement est"),
    "term": said(en="the term of the contract is", fr="la durée du contrat est"),
    "way": said(en="the way chosen is", fr="la voie choisie est"),
    "cause": said(en="the cause is", fr="la cause est"),
    "impact": said(en="the business impact is", fr="l’effet sur l’entreprise est"),
    "outage": said(en="the outage is", fr="la panne est"),
}
_IF: Mapping[tuple[str, str], Said] = {
    ("product_on_contract", "yes"): said(
        en="the product is on the contract", fr="le produit figure au contrat"
    ),
    ("product_on_contract", "no"): said(
        en="the product is not on the contract", fr="le produit ne figure pas au contrat"
    ),
    ("maintenance", "yes"): said(en="the product is under maintenance", fr="le produit est sous maintenance"),
    ("maintenance", "no"): said(
        en="the product is not under maintenance", fr="le produit n’est pas sous maintenance"
    ),
    ("environment_in_plan", "yes"): said(
        en="the environment is in the plan", fr="l’environnement est compris dans le plan"
    ),
    ("environment_in_plan", "no"): said(
        en="the environment is not in the plan", fr="l’environnement n’est pas compris dans le plan"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """A programme spoken in `language` (`fr`, `en`) as written in `locale` (`fr-CA`)."""

    programme: Programme
    language: str
    locale: str
    to_desk: bool = False
    """Whether the vendor's people read it, who are told of the customer what the customer is told of itself."""

    def address(self, *, en: str, fr: str, desk_en: str, desk_fr: str) -> str:
        """A sentence of ours that says `you` to the customer, and to the vendor's people speaks of the customer."""
        return self.say(en=desk_en, fr=desk_fr) if self.to_desk else self.say(en=en, fr=fr)

    def say(self, *, en: str, fr: str) -> str:
        """A sentence of ours."""
        return locales.typeset(problems.in_language(said(en=en, fr=fr), self.language), self.locale)

    def text(self, text: Text) -> str:
        """A text of the programme."""
        return locales.typeset(text.in_(self.language), self.locale)

    def within(self, text: Text) -> str:
        """A text of the programme in the middle of a sentence: a small first letter, unless it is a name."""
        return _lowered(self.text(text))

    def any_of(self, words: Iterable[str]) -> str:
        """`a, b or c`; beyond six, how many more."""
        several = list(words)
        if len(several) > _SHOWN:
            more = len(several) - _SHOWN + 1
            several = [*several[: _SHOWN - 1], self.say(en=f"{more} others", fr=f"{more} autres")]
        if len(several) < 2:
            return "".join(several)
        return self.say(en=" or ", fr=" ou ").join((", ".join(several[:-1]), several[-1]))

    def one_after_another(self, parts: Iterable[str]) -> str:
        """`a; b`."""
        several = list(parts)
        return self.say(en="; ".join(several), fr=" ; ".join(several))

    # --- facts

    def fact(self, name: str) -> str:
        """What a fact is called, in the middle of a sentence."""
        return self.within(self.programme.facts[name].name)

    def value(self, name: str, value: FactValue | None) -> str:
        """What a fact is, in words."""
        if value is None:
            return self.say(en="not said", fr="non précisé")
        if isinstance(value, int):
            return self._number(name, value)
        if isinstance(value, tuple):
            return ", ".join(self.value(name, one) for one in value) or self.say(en="none", fr="aucune")
        text = self.programme.facts[name].values[value]
        return self.text(text) if name in _NAMES else self.within(text)

    def condition(self, condition: Condition) -> str:
        """What a condition needs: `cause: network or firewall`."""
        needed = self.needed(condition)
        return self.say(
            en=f"{self.fact(condition.fact)}: {needed}", fr=f"{self.fact(condition.fact)} : {needed}"
        )

    def needed(self, condition: Condition) -> str:
        """The values that satisfy a condition."""
        low, high = (
            None if one is None else self._number(condition.fact, one)
            for one in (condition.low, condition.high)
        )
        if condition.values:
            needed = self.any_of(self.value(condition.fact, value) for value in condition.values)
        elif high is None:
            needed = self.say(en=f"{low} or more", fr=f"{low} ou plus")
        elif low is None:
            needed = self.say(en=f"at most {high}", fr=f"{high} au plus")
        elif low == high:
            needed = str(low)
        else:
            needed = self.say(en=f"{low} to {high}", fr=f"de {low} à {high}")
        return self.say(en=f"other than {needed}", fr=f"autre que {needed}") if condition.negated else needed

    def _number(self, fact: str, number: int) -> str:
        """A number that a fact holds; what is left of hours or used of them, which is counted in minutes, as a time."""
        allowance = self.programme.allowances.get(fact.partition(".")[2])
        return locales.number(number, self.locale) if allowance is None else self.units(allowance, number)

    def units(self, allowance: Allowance, units: int) -> str:
        """So many units of an allowance, as a bare number; hours, which are counted in minutes, as a time."""
        if allowance.unit != HOUR:
            return locales.number(units, self.locale)
        return locales.duration(units * _MINUTE) if units else f"0{NO_BREAK}h"

    def supposed(self, name: str, values: Iterable[FactValue]) -> str:
        """`If the cause is “network”`, for one value of a fact or several."""
        several = tuple(values)
        known = _IF.get((name, str(several[0]))) if len(several) == 1 else None
        if known is not None:
            case = problems.in_language(known, self.language)
            return self.say(en=f"If {case}", fr=f"Si {case}")
        quoted = self.any_of(self.quoted(self.value(name, value)) for value in several)
        subject = _SUBJECTS.get(name)
        if subject is not None:
            case = f"{problems.in_language(subject, self.language)} {quoted}"
        else:
            asked = self.quoted(self.text(self.programme.facts[name].name))
            case = self.say(en=f"the answer to {asked} is {quoted}", fr=f"la réponse à {asked} est {quoted}")
        return self.say(en=f"If {case}", fr=f"Si {case}")

    def quoted(self, words: str) -> str:
        """Between the quotation marks of the language."""
        return self.say(en=f"“{words}”", fr=f"« {words} »")

    # --- outcomes

    def level(self, level: int) -> str:
        """`level 2`."""
        return self.say(en=f"level {level}", fr=f"niveau {level}").replace(" ", NO_BREAK)

    def outcome(self, outcome: OutcomeKind, level: int | None, *, consent: bool) -> str:
        """An outcome in a few words, in the middle of a sentence: `covered, level 1`; `level 2, billable`."""
        at = () if level is None else (self.level(level),)
        if outcome is OutcomeKind.COVER:
            return ", ".join((self.say(en="covered", fr="couvert"), *at))
        if outcome is OutcomeKind.EXCLUDE:
            return self.say(en="not covered", fr="non couvert")
        if outcome is OutcomeKind.HOLD:
            return self.say(en="held", fr="en attente")
        how = (
            self.say(en="billable", fr="facturable")
            if consent
            else self.address(
                en="you choose how",
                fr="vous choisissez comment",
                desk_en="the customer chooses how",
                desk_fr="le client choisit comment",
            )
        )
        return ", ".join((*at, how))

    # --- money and balances

    def price(self, price: Price) -> tuple[str, str]:
        """A price, with the time it buys, and what goes with it: rebate, usual time, when paid, against what it is credited."""
        money, parts = self.amount(price.amount, price.currency, price.kind), list[str]()
        if price.minutes is not None:
            time = locales.duration(price.minutes * _MINUTE)
            money += self.say(en=f" for {time}", fr=f" pour {time}")
        if price.discount_percent is not None:
            rebate = locales.percentage(price.discount_percent, self.locale)
            parts.append(self.say(en=f"{rebate} off", fr=f"remise de {rebate}"))
        if price.usual_minutes is not None:
            time = locales.duration(price.usual_minutes * _MINUTE)
            parts.append(self.say(en=f"usually solved within {time}", fr=f"le plus souvent réglé en {time}"))
        if price.due == "at-once":
            parts.append(self.say(en="paid at once", fr="payable immédiatement"))
        if price.credit_towards is not None:
            block = self.text(self.programme.prices[price.credit_towards].name)
            days = price.credit_days
            parts.append(
                self.say(
                    en=f"deducted from “{block}” if paid within {days} days",
                    fr=f"déduit de « {block} » payé dans les {days} jours",
                )
            )
        return money, ", ".join(parts)

    def amount(self, amount: int | None, currency: str | None, kind: str) -> str:
        """`CA$180.00`, `CA$175.00 an hour`, `on request`."""
        if amount is None or currency is None:
            return self.say(en="price on request", fr="sur devis")
        money = locales.money(amount, currency, self.locale)
        return money + self.say(en=" an hour", fr=" de l’heure") if kind == "hourly" else money

    def balance(self, allowance: str, balance: Balance) -> str:
        """`Grace calls: 1 of 2`; untouched: `Grace calls: 2 in your plan`; hours bought: `Hours: 6 h 30 of 10 h`."""
        counted = self.programme.allowances[allowance]
        name, units = self.text(counted.name), self.units(counted, balance.left)
        if balance.granted is None:
            left = self.say(en="without limit", fr="sans limite")
        elif not is_granted(self.programme, allowance):
            whole = self.units(counted, balance.granted)
            left = self.say(en=f"{units} of {whole}", fr=f"{units} sur {whole}")
            if balance.granted == 0:
                left = self.say(en="none bought yet", fr="aucune achetée pour l’instant")
        elif balance.granted == 0:
            left = self.address(
                en="none in your plan",
                fr="votre plan n’en prévoit pas",
                desk_en="none in the customer's plan",
                desk_fr="le plan du client n’en prévoit pas",
            )
        elif balance.left == balance.granted:
            left = self.address(
                en=f"{units} in your plan",
                fr=f"{units} dans votre plan",
                desk_en=f"{units} in the customer's plan",
                desk_fr=f"{units} dans le plan du client",
            )
        else:
            whole = self.units(counted, balance.granted)
            left = self.say(en=f"{units} of {whole}", fr=f"{units} sur {whole}")
        return self.say(en=f"{name}: {left}", fr=f"{name} : {left}")


def speak(
    programme: Programme, *, language: str, locale: str | None = None, to_desk: bool = False
) -> Phrases:
    """The programme spoken in `language`, by the vendor's locale for it unless `locale` names another."""
    short = problems.in_language({"en": "en", "fr": "fr"}, language)
    return Phrases(
        programme=programme,
        language=short,
        locale=locale or programme.locales.get(short, short),
        to_desk=to_desk,
    )


def granted(programme: Programme, facts: Mapping[str, FactValue], allowance: str) -> int:
    """What the plan gives of an allowance under these facts, hours in minutes: by the tier of the seats where it has some.

    0 without an active contract.
    """
    plan = programme.plans.get(str(facts.get("plan")))
    found = programme.allowances[allowance]
    if plan is None or facts.get("contract") != "active" or (found.not_for and fits(found.not_for, facts)):
        return 0
    amount = plan.grants.get(allowance, 0)
    if amount == BY_SEATS:
        seats = facts.get("seats", 0)
        amount = found.tier(seats) if isinstance(seats, int) else 0
    return int(amount) * (MINUTES_AN_HOUR if found.unit == HOUR else 1)


def is_granted(programme: Programme, allowance: str) -> bool:
    """Whether a plan grants an allowance; else it holds only what is bought."""
    return any(allowance in plan.grants for plan in programme.plans.values())


_ARTICLES = frozenset(["a", "an", "the", "un", "une", "le", "la", "les", "des", "du", "de"])


def _lowered(words: str) -> str:
    """With a small first letter, unless the words are a name: they hold another capital, and begin with no article."""
    first, rest = words.partition(" ")[0], words[1:]
    is_name = first == "I" or (first.lower() not in _ARTICLES and rest != rest.lower())
    return words if is_name else words[:1].lower() + rest
