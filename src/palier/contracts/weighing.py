"""What can be agreed under a programme: every problem of a contract's terms at once, and the plan an amount gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from palier.core.programme import Plan, Programme
from palier.people import access
from palier.programme import locales, phrases

WHOLE_LICENCE = "whole-licence"
"""The promise by which a plan covers the whole licence or nothing."""
MOST_SEATS = 1_000_000


class CannotAgree(access.Refused):
    """Terms that cannot be agreed, with everything that is wrong with them."""

    def __init__(self, problems: Sequence[access.Refused]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            code=self.problems[0].code,
            en=" ".join(one.said["en"] for one in self.problems),
            fr=" ".join(one.said["fr"] for one in self.problems),
        )


def require(problems: Sequence[access.Refused]) -> None:
    """Raise the one problem there is, or all of several as one; nothing without any."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise CannotAgree(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The values of a contract that its programme has a say in. Amounts in minor units."""

    plan: str
    term: str = ""
    options: tuple[str, ...] = ()
    seats: int = 1
    licence_seats: int | None = None
    licence: tuple[str, ...] = ()
    """The products of the customer's whole licence, as far as they are known."""
    covers_whole_licence: bool = True
    products: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    yearly_amount: int | None = None
    currency: str = ""
    documents: tuple[str, ...] = ()


def faults(programme: Programme, agreed: Agreed) -> list[access.Refused]:
    """Everything that keeps these values from being agreed, in the order of the form."""
    return [*_words(programme, agreed), *_whole(programme, agreed), *_amount(programme, agreed)]


def unknown(table: Mapping[str, object], word: str, *, en: str, fr: str) -> access.Refused | None:
    """The refusal of a word a table of the programme does not have."""
    if word in table:
        return None
    known = ", ".join(table) or "–"
    return access.Refused(
        code="unknown-word",
        en=f"The programme has no {en} {word!r}; it has: {known}.",
        fr=f"Le programme n’a pas de {fr} {word!r} ; il a : {known}.",
    )


def _words(programme: Programme, agreed: Agreed) -> Iterator[access.Refused]:
    options = programme.facts["option"].values if "option" in programme.facts else {}
    asked: list[tuple[Mapping[str, object], str, str, str]] = [
        (programme.plans, agreed.plan, "plan", "plan"),
        *((programme.terms, word, "term", "durée") for word in [agreed.term] if word),
        *((options, word, "option", "option") for word in agreed.options),
        *((programme.products, word, "product", "produit") for word in agreed.products),
        *((programme.environments, word, "environment", "environnement") for word in agreed.environments),
        *((programme.documents, word, "document", "document") for word in agreed.documents),
    ]
    for table, word, en, fr in asked:
        found = unknown(table, word, en=en, fr=fr)
        if found is not None:
            yield found
    if not 1 <= agreed.seats <= MOST_SEATS:
        yield access.Refused(
            code="bad-seats",
            en=f"{agreed.seats} is no number of seats: write one from 1 to {MOST_SEATS}.",
            fr=f"{agreed.seats} n’est pas un nombre de sièges : écrivez-en un de 1 à {MOST_SEATS}.",
        )
    plan = programme.plans.get(agreed.plan)
    if plan is not None:
        yield from _outside(programme, plan, agreed)


def _outside(programme: Programme, plan: Plan, agreed: Agreed) -> Iterator[access.Refused]:
    """Options and environments the programme knows but this plan does not have."""
    options = programme.facts["option"].values if "option" in programme.facts else {}
    for option in agreed.options:
        if option in options and option not in plan.options:
            yield access.Refused(
                code="option-not-in-plan",
                en=f"{plan.name.in_('en')} has no option {option!r}; it has: {', '.join(plan.options) or '–'}.",
                fr=f"{plan.name.in_('fr')} n’a pas l’option {option!r} ; il a : {', '.join(plan.options) or '–'}.",
            )
    for environment in agreed.environments:
        if (
            environment in programme.environments
            and plan.environments
            and environment not in plan.environments
        ):
            known = ", ".join(plan.environments)
            yield access.Refused(
                code="environment-not-in-plan",
                en=f"{plan.name.in_('en')} does not cover the environment {environment!r}; it covers: {known}.",
                fr=f"{plan.name.in_('fr')} ne couvre pas l’environnement {environment!r} ; il couvre : {known}.",
            )


# --- the whole licence -------------------------------------------------------------------------------


def _whole(programme: Programme, agreed: Agreed) -> Iterator[access.Refused]:
    plan, promise = programme.plans.get(agreed.plan), programme.promises.get(WHOLE_LICENCE)
    if plan is None or promise is None or WHOLE_LICENCE not in plan.benefits:
        return
    left_out = [word for word in agreed.licence if word not in agreed.products]
    few = agreed.licence_seats is not None and agreed.seats < agreed.licence_seats
    if agreed.covers_whole_licence and not left_out and not few:
        return
    en, fr = "", ""
    if left_out:
        names = [programme.products[word].name for word in left_out if word in programme.products]
        en = " Left out: " + ", ".join(name.in_("en") for name in names) + "."
        fr = " Il manque : " + ", ".join(name.in_("fr") for name in names) + "."
    if few:
        en += f" {agreed.seats} of {agreed.licence_seats} seats."
        fr += f" {agreed.seats} sièges sur {agreed.licence_seats}."
    yield access.Refused(
        code="part-of-licence",
        en=f"{plan.name.in_('en')} covers the whole licence: draw it up for the whole "
        f"({promise.clause}: {promise.text.in_('en')}){en}",
        fr=f"{plan.name.in_('fr')} couvre toute la licence : établissez-le pour le tout "
        f"({promise.clause} : {promise.text.in_('fr')}){fr}",
    )


# --- the yearly amount -------------------------------------------------------------------------------


def has_band(plan: Plan) -> bool:
    """Whether a plan is offered for a range of yearly amounts."""
    return plan.offered_from is not None or plan.offered_below is not None


def plan_for_amount(programme: Programme, amount: int) -> Plan | None:
    """The plan a yearly amount (minor units of the programme's currency) gives; None where none is offered for it."""
    return next((plan for plan in programme.plans.values() if has_band(plan) and _holds(plan, amount)), None)


def _holds(plan: Plan, amount: int) -> bool:
    low, high = plan.offered_from, plan.offered_below
    return (low is None or low <= amount) and (high is None or amount < high)


def band(programme: Programme, plan: Plan, language: str) -> str:
    """`from €100,000 to under €300,000` a year, in words."""
    spoken = phrases.speak(programme, language=language)

    def money(amount: int) -> str:
        return locales.money(amount, programme.currency, spoken.locale)

    low, high = plan.offered_from, plan.offered_below
    if high is None:
        return spoken.say(en=f"from {money(low or 0)}", fr=f"à partir de {money(low or 0)}")
    if low is None:
        return spoken.say(en=f"under {money(high)}", fr=f"moins de {money(high)}")
    return spoken.say(
        en=f"from {money(low)} to under {money(high)}", fr=f"de {money(low)} à moins de {money(high)}"
    )


def _amount(programme: Programme, agreed: Agreed) -> Iterator[access.Refused]:
    plan, amount = programme.plans.get(agreed.plan), agreed.yearly_amount
    if amount is not None and amount < 0:
        yield access.Refused(
            code="bad-amount",
            en="A yearly amount is not negative.",
            fr="Un montant annuel n’est pas négatif.",
        )
        return
    if amount is not None and agreed.currency and agreed.currency != programme.currency:
        yield access.Refused(
            code="other-currency",
            en=f"The plans are offered in {programme.currency}: write the yearly amount in it, not in {agreed.currency}.",
            fr=f"Les plans sont offerts en {programme.currency} : écrivez-y le montant annuel, non en {agreed.currency}.",
        )
        return
    if plan is None or not has_band(plan):
        return
    en, fr = band(programme, plan, "en"), band(programme, plan, "fr")
    if amount is None:
        yield access.Refused(
            code="amount-needed",
            en=f"{plan.name.in_('en')} follows the yearly amount ({en}): write it.",
            fr=f"{plan.name.in_('fr')} suit le montant annuel ({fr}) : écrivez-le.",
        )
    elif not _holds(plan, amount):
        yield _another_plan(programme, plan, amount, en, fr)


def _another_plan(programme: Programme, plan: Plan, amount: int, en: str, fr: str) -> access.Refused:
    gives = plan_for_amount(programme, amount)
    if gives is None:
        after = ("no plan is offered for this amount", "aucun plan n’est offert pour ce montant")
    else:
        after = (f"this amount gives {gives.name.in_('en')}", f"ce montant donne {gives.name.in_('fr')}")
    return access.Refused(
        code="amount-gives-another-plan",
        en=f"{plan.name.in_('en')} is offered {en} a year; {after[0]}.",
        fr=f"{plan.name.in_('fr')} est offert {fr} par an ; {after[1]}.",
    )
