"""The facts that can decide: the built-in ones with their words, those that take the programme's vocabulary, its own.

Built-in facts have fixed values, or the ids of one of the programme's tables; `cause`, `impact`, `outage` and `option`
take the values a programme lists under `facts`. All other facts listed there are the programme's own questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from palier.core.programme import Fact, FactValue, Text
from palier.programme.reading import Row


def words(*, fr: str, en: str) -> Text:
    """A text in both languages."""
    return Text(values={"fr": fr, "en": en})


NONE: Final = "none"
UNKNOWN: Final = "unknown"
YES_NO: Final = {"yes": words(fr="oui", en="yes"), "no": words(fr="non", en="no")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A built-in fact with fixed values; the first is the default."""

    name: Text
    values: Mapping[str, Text]


FIXED: Final[Mapping[str, Fixed]] = {
    "contract": Fixed(
        name=words(fr="contrat", en="contract"),
        values={
            "none": words(fr="aucun contrat", en="no contract"),
            "future": words(fr="pas encore en vigueur", en="not yet in force"),
            "unpaid": words(fr="non réglé en totalité", en="not paid in full"),
            "active": words(fr="actif et réglé", en="active and paid"),
            "suspended": words(fr="suspendu", en="suspended"),
            "ended": words(fr="terminé", en="ended"),
        },
    ),
    "contact": Fixed(
        name=words(fr="auteur de la demande", en="author of the request"),
        values={
            "authorised": words(fr="contact autorisé", en="authorised contact"),
            "key-user": words(fr="utilisateur clé", en="key user"),
            "not-authorised": words(fr="personne non autorisée", en="not an authorised contact"),
        },
    ),
    "information": Fixed(
        name=words(fr="renseignements requis", en="required information"),
        values={
            "complete": words(fr="complets", en="complete"),
            "missing": words(fr="incomplets", en="incomplete"),
        },
    ),
    "product_on_contract": Fixed(
        name=words(fr="produit au contrat", en="product on the contract"), values=YES_NO
    ),
    "maintenance": Fixed(
        name=words(fr="produit sous maintenance", en="product under maintenance"), values=YES_NO
    ),
    "environment_in_plan": Fixed(
        name=words(fr="environnement compris dans le plan", en="environment in the plan"), values=YES_NO
    ),
    "modification": Fixed(
        name=words(fr="modification du logiciel", en="modification of the software"),
        values={
            "none": words(fr="aucune", en="none"),
            "by-vendor": words(fr="faite par l’éditeur", en="made by the vendor"),
            "with-consent": words(
                fr="faite par le client avec accord écrit", en="made by the customer with written consent"
            ),
            "without-consent": words(
                fr="faite par le client sans accord", en="made by the customer without consent"
            ),
        },
    ),
    "solution": Fixed(
        name=words(fr="solution livrée", en="delivered solution"),
        values={
            "none": words(fr="aucune", en="none"),
            "before-hand-over": words(fr="avant la remise", en="before hand-over"),
            "delivered": words(fr="remise au client", en="handed over"),
        },
    ),
    "project": Fixed(
        name=words(fr="projet en cours", en="project under way"),
        values={"none": words(fr="aucun", en="none"), "active": words(fr="actif", en="active")},
    ),
    "funding": Fixed(
        name=words(fr="financement de la voie choisie", en="funding of the way chosen"),
        values={
            "none": words(fr="aucun", en="none"),
            "reserved": words(fr="réservé", en="reserved"),
            "unpaid": words(fr="à payer", en="to be paid"),
            "paid": words(fr="payé", en="paid"),
        },
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A built-in fact whose values are the ids of one of the programme's tables, perhaps with one word more."""

    name: Text
    table: str
    also: tuple[str, Text] | None = None


LISTED: Final[Mapping[str, Listed]] = {
    "plan": Listed(
        name=words(fr="plan", en="plan"), table="plans", also=(NONE, words(fr="aucun plan", en="no plan"))
    ),
    "kind": Listed(name=words(fr="sorte de demande", en="kind of request"), table="kinds"),
    "severity": Listed(name=words(fr="gravité", en="severity"), table="severities"),
    "effect": Listed(
        name=words(fr="effet sur le travail", en="effect on the work"),
        table="effects",
        also=(NONE, words(fr="non précisé", en="not said")),
    ),
    "product": Listed(
        name=words(fr="produit", en="product"),
        table="products",
        also=(NONE, words(fr="non précisé", en="not said")),
    ),
    "family": Listed(
        name=words(fr="famille de produits", en="product family"),
        table="families",
        also=(NONE, words(fr="non précisée", en="not said")),
    ),
    "environment": Listed(
        name=words(fr="environnement", en="environment"),
        table="environments",
        also=(NONE, words(fr="non précisé", en="not said")),
    ),
    "term": Listed(
        name=words(fr="durée du contrat", en="term of the contract"),
        table="terms",
        also=(NONE, words(fr="aucune", en="none")),
    ),
    "way": Listed(
        name=words(fr="voie choisie", en="way chosen"),
        table="ways",
        also=(NONE, words(fr="aucune encore", en="none yet")),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A built-in fact whose values the programme lists under `facts`; `also` is always there and the default."""

    name: Text
    also: tuple[str, Text] | None
    asked_of: str
    multiple: bool = False


VOCABULARIES: Final[Mapping[str, Vocabulary]] = {
    "cause": Vocabulary(
        name=words(fr="cause", en="cause"),
        also=(UNKNOWN, words(fr="pas encore connue", en="not yet known")),
        asked_of="staff",
    ),
    "impact": Vocabulary(
        name=words(fr="effet sur l’entreprise", en="business impact"), also=None, asked_of="customer"
    ),
    "outage": Vocabulary(
        name=words(fr="panne", en="outage"), also=(NONE, words(fr="aucune", en="none")), asked_of="staff"
    ),
    "option": Vocabulary(
        name=words(fr="options du plan", en="options of the plan"),
        also=None,
        asked_of="nobody",
        multiple=True,
    ),
}
SEATS: Final = "seats"
BUILT_IN: Final = frozenset({*FIXED, *LISTED, *VOCABULARIES, SEATS})


def read(root: Row) -> dict[str, Fact]:
    """Every fact of a programme, from the rows that could be read."""
    declared: Mapping[str, Row] = root["facts"] or {}
    found = {id_: _fixed(id_, fixed) for id_, fixed in FIXED.items()}
    found |= {id_: _listed(id_, listed, root[listed.table] or {}) for id_, listed in LISTED.items()}
    for id_, vocabulary in VOCABULARIES.items():
        fact = _vocabulary(id_, vocabulary, declared.get(id_))
        if fact.values:
            found[id_] = fact
    found[SEATS] = _number(SEATS, words(fr="sièges actifs", en="active seats"))
    for id_, row in (root["allowances"] or {}).items():
        name = row["name"] or words(fr=id_, en=id_)
        found[f"left.{id_}"] = _balance(f"left.{id_}", name, fr="reste", en="left")
        found[f"used.{id_}"] = _balance(f"used.{id_}", name, fr="utilisé", en="used")
    for id_, row in declared.items():
        if id_ not in BUILT_IN:
            found[id_] = _own(id_, row)
    return found


def _fixed(id_: str, fixed: Fixed) -> Fact:
    return Fact(id=id_, name=fixed.name, values=fixed.values, default=next(iter(fixed.values)), built_in=True)


def _listed(id_: str, listed: Listed, table: Mapping[str, Any]) -> Fact:
    values: dict[str, Text] = {} if listed.also is None else dict([listed.also])
    for name, held in table.items():
        text = held if isinstance(held, Text) else held["name"]
        values[name] = text or words(fr=name, en=name)
    default = None if listed.also is None else listed.also[0]
    return Fact(id=id_, name=listed.name, values=values, default=default, built_in=True)


def _vocabulary(id_: str, vocabulary: Vocabulary, row: Row | None) -> Fact:
    values: dict[str, Text] = {} if vocabulary.also is None else dict([vocabulary.also])
    if row is not None:
        values |= row["values"] or {}
    default: FactValue | None = () if vocabulary.multiple else next(iter(values), None)
    if row is None:
        return Fact(
            id=id_,
            name=vocabulary.name,
            values=values,
            multiple=vocabulary.multiple,
            default=default,
            built_in=True,
        )
    return Fact(
        id=id_,
        name=row["name"] or vocabulary.name,
        values=values,
        multiple=vocabulary.multiple,
        asked_of=row["asked_of"] or vocabulary.asked_of,
        question=row["question"],
        default=row["default"] or default,
        kinds=row["kinds"] or (),
        built_in=True,
        assumed=row["assumed"],
    )


def _own(id_: str, row: Row) -> Fact:
    values = row["values"] or {}
    return Fact(
        id=id_,
        name=row["name"] or row["question"] or words(fr=id_, en=id_),
        values=values,
        asked_of=row["asked_of"] or "customer",
        question=row["question"],
        default=row["default"] or next(iter(values), None),
        kinds=row["kinds"] or (),
        assumed=row["assumed"],
    )


def _number(id_: str, name: Text, default: int | None = None) -> Fact:
    return Fact(id=id_, name=name, values={}, number=True, default=default, built_in=True)


def _balance(id_: str, name: Text, *, fr: str, en: str) -> Fact:
    """What is left of an allowance, or used: 0 when nobody said."""
    labels = {"fr": f"{name.in_('fr')}\u00a0: {fr}", "en": f"{name.in_('en')}: {en}"}
    return _number(id_, Text(values=labels), default=0)
