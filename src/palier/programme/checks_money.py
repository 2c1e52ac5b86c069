"""Checks of what is counted and what costs: seat tiers, prices, ways, yearly amounts."""

from __future__ import annotations

from collections.abc import Iterator

from palier.core.entitlements import HOUR
from palier.core.programme import BY_SEATS
from palier.programme.codes import Code
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said
from palier.programme.reading import Row

_NEEDS = {
    "pay-per-incident": ("amount",),
    "prepaid-hours": ("amount", "hours"),
    "hourly": ("amount",),
    "fixed": ("amount",),
    "quote": (),
}
_GOES_WITH = {
    "pay-per-incident": ("amount", "due", "credit", "usual", "discount"),
    "prepaid-hours": (
        "amount",
        "hours",
        "valid",
        "round_up",
        "minimum",
        "weights",
        "due",
        "discount",
        "fills",
    ),
    "hourly": ("amount", "round_up", "minimum", "weights", "due", "discount"),
    "fixed": ("amount", "due", "discount", "usual"),
    "quote": ("due", "discount"),
}
_KEYS = tuple(dict.fromkeys(name for names in _GOES_WITH.values() for name in names))


def seat_tiers(draft: Draft) -> Iterator[Problem]:
    """Tiers follow one another without gap or overlap; `by-seats` is granted only where there are tiers."""
    for allowance in draft.allowances.values():
        following: int | None = None
        for tier in allowance.by_seats:
            if following is not None and tier.low != following:
                yield draft.error(
                    Code.BAD_TIERS,
                    f"allowances.{allowance.id}.by_seats",
                    said(
                        en=f"the tier from {tier.low} on does not follow the one before it",
                        fr=f"la tranche à partir de {tier.low} ne suit pas la précédente",
                    ),
                    said(
                        en="tiers follow one another, the lowest first: `{1..5: 1, 6..: 2}`",
                        fr="les tranches se suivent, la plus basse d’abord : `{1..5: 1, 6..: 2}`",
                    ),
                )
                break
            following = -1 if tier.high is None else tier.high + 1
    for plan in draft.plans.values():
        for name, amount in plan.grants.items():
            granted = draft.allowances.get(name)
            if amount == BY_SEATS and granted is not None and not granted.by_seats:
                path = f"plans.{plan.id}.grants.{name}"
                added = f"plans.{plan.id}.add.grants.{name}"
                yield draft.error(
                    Code.BY_SEATS_WITHOUT_TIERS,
                    added if added in draft.reading.places else path,
                    said(
                        en=f"'{name}' has no tiers by seats", fr=f"« {name} » n’a pas de tranches par sièges"
                    ),
                    said(
                        en="add `by_seats:` to it, or grant a number",
                        fr="ajoutez-lui `by_seats:`, ou accordez un nombre",
                    ),
                )


def price_keys(draft: Draft) -> Iterator[Problem]:
    """Each way of selling has what it needs and nothing that means nothing to it."""
    for row in draft.sound("prices").values():
        kind: str = row["kind"]
        for name in _NEEDS[kind]:
            if row[name] is None:
                yield draft.error(
                    Code.PRICE_INCOMPLETE,
                    row.path,
                    said(
                        en=f"a price of kind '{kind}' needs '{name}'",
                        fr=f"un prix de la sorte « {kind} » exige « {name} »",
                    ),
                    said(en=f"add `{name}:`", fr=f"ajoutez `{name}:`"),
                )
        for name in _KEYS:
            if row[name] not in (None, ()) and name not in _GOES_WITH[kind]:
                yield draft.error(
                    Code.PRICE_KEY,
                    f"{row.path}.{name}",
                    said(
                        en=f"'{name}' means nothing for a price of kind '{kind}'",
                        fr=f"« {name} » ne veut rien dire pour un prix de la sorte « {kind} »",
                    ),
                    said(
                        en=f"with it go: {', '.join(_GOES_WITH[kind])}",
                        fr=f"vont avec : {', '.join(_GOES_WITH[kind])}",
                    ),
                )


def hour_weights(draft: Draft) -> Iterator[Problem]:
    """A calendar weighs the hours of a price once: only the first line would count."""
    for price in draft.prices.values():
        seen: set[str] = set()
        for number, weight in enumerate(price.weights, start=1):
            if weight.calendar in seen:
                yield draft.error(
                    Code.SAME_CALENDAR,
                    f"prices.{price.id}.weights[{number}].calendar",
                    said(
                        en=f"'{weight.calendar}' has a weight above already",
                        fr=f"« {weight.calendar} » a déjà un poids au-dessus",
                    ),
                    said(en="keep one of the two lines", fr="gardez une des deux lignes"),
                )
            seen.add(weight.calendar)


def way_kinds(draft: Draft) -> Iterator[Problem]:
    """A way uses an allowance, costs a price, does both with a price that fills the allowance, or points elsewhere."""
    for row in draft.sound("ways").values():
        written = [one for one in ("allowance", "price", "points_to") if row[one] is not None]
        if not written or ("points_to" in written and len(written) > 1):
            found = ", ".join(written) or "—"
            yield draft.error(
                Code.WAY_UNCLEAR,
                row.path,
                said(
                    en=f"a way has allowance, price, both of these, or points_to; here: {found}",
                    fr=f"une voie a allowance, price, ces deux-là, ou points_to ; ici : {found}",
                ),
            )
        elif len(written) == 2:
            yield from _bought_for(draft, row)


def _bought_for(draft: Draft, row: Row) -> Iterator[Problem]:
    """A way that buys where its allowance has nothing left buys what fills that allowance."""
    price = draft.prices.get(row["price"])
    if price is not None and price.fills != row["allowance"]:
        yield draft.error(
            Code.WAY_NOT_FILLED,
            f"{row.path}.price",
            said(
                en=f"'{price.id}' does not fill '{row['allowance']}': bought for nothing",
                fr=f"« {price.id} » ne remplit pas « {row['allowance']} » : achat sans effet",
            ),
            said(
                en=f"add `fills: {row['allowance']}` to the price, or keep one of the two",
                fr=f"ajoutez `fills: {row['allowance']}` au prix, ou gardez l’un des deux",
            ),
        )


def filled_allowances(draft: Draft) -> Iterator[Problem]:
    """Hours fill an allowance of hours; and every allowance is granted by a plan or filled by a price."""
    for price in draft.prices.values():
        filled = draft.allowances.get(price.fills or "")
        if filled is not None and filled.unit != HOUR:
            yield draft.error(
                Code.FILLS_NO_HOURS,
                f"prices.{price.id}.fills",
                said(
                    en=f"'{filled.id}' is counted by '{filled.unit}': hours do not fill it",
                    fr=f"« {filled.id} » se compte en « {filled.unit} » : des heures ne le remplissent pas",
                ),
                said(en="name an allowance with `unit: hour`", fr="nommez un droit avec `unit: hour`"),
            )
    if draft.reading.errors:
        return
    fillers = {name for plan in draft.plans.values() for name in plan.grants}
    fillers |= {price.fills for price in draft.prices.values() if price.fills is not None}
    mentioned = {one.id for one in draft.reading.mentions if one.table == "allowances"}
    for allowance in draft.allowances.values():
        if allowance.id in mentioned - fillers:  # what nothing mentions at all is told apart
            yield draft.warning(
                Code.NEVER_FILLED,
                f"allowances.{allowance.id}",
                said(
                    en="no plan grants this and no price fills it: nothing is ever left of it",
                    fr="aucun plan ne l’accorde et aucun prix ne le remplit : il n’en reste jamais rien",
                ),
                said(
                    en="add it to the `grants:` of a plan, or `fills:` to a price",
                    fr="ajoutez-le aux `grants:` d’un plan, ou `fills:` à un prix",
                ),
            )


def yearly_bands(draft: Draft) -> Iterator[Problem]:
    """The yearly amounts of a plan are a band with something in it."""
    for plan in draft.plans.values():
        first, below = plan.offered_from, plan.offered_below
        if first is not None and below is not None and first >= below:
            yield draft.error(
                Code.EMPTY_BAND,
                f"plans.{plan.id}.offered",
                said(en="no amount lies in this band", fr="aucun montant n’est dans cette fourchette"),
                said(
                    en="`from` has to be smaller than `below`", fr="`from` doit être plus petit que `below`"
                ),
            )


def other_currency(draft: Draft) -> Iterator[Problem]:
    """An amount in another currency than the programme's is allowed, but most often a slip."""
    own: str | None = draft.root["currency"]
    amounts = {f"{row.path}.amount": row["amount"] for row in draft.sound("prices").values()}
    for row in draft.sound("plans").values():
        if row["offered"] is not None:
            amounts |= {f"{row.path}.offered.{one}": row["offered"][one] for one in ("from", "below")}
    for path, amount in amounts.items():
        if own is not None and amount is not None and amount[1] != own:
            yield draft.warning(
                Code.OTHER_CURRENCY,
                path,
                said(
                    en=f"the programme counts in {own}, this amount in {amount[1]}",
                    fr=f"le programme compte en {own}, ce montant en {amount[1]}",
                ),
            )
