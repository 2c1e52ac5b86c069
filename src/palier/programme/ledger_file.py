"""The story of a ledger as a scenarios file tells it: a contract, then steps, each with what must then be left.

`ledger:` of a scenario holds the contract and the steps in the order of time (docs/reference/scenarios.md). What is wrong is a
problem with its place, never an exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from palier.core.programme import Programme
from palier.programme import situation
from palier.programme.codes import Code
from palier.programme.forms import ListOf, MapOf
from palier.programme.problems import Place, said
from palier.programme.reading import Reading, Row
from palier.programme.records import Record, key
from palier.programme.scalars import DATE, ID, MONEY, POSITIVE, WORDS, YES, Form
from palier.programme.situation import Moment, Words

NO_WAY: Final = "none"
GOES_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "seats": (),
    "plan": (),
    "renew": (),
    "request": ("facts", "way", "reached", "window"),
    "pay": (),
    "release": (),
    "done": (),
    "work": ("on", "person", "allowance", "price"),
    "reverse": ("on", "person", "allowance", "price"),
    "buy": ("as",),
    "refund": (),
    "adjust": (),
}
"""What a step can do, with the further keys that go with it."""
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "work": ("on", "person"),
    "reverse": ("on", "person"),
    "buy": ("as",),
}
NAMES_REQUEST: Final = ("pay", "release", "done")
AMOUNTS: Final = ("left", "reserved", "used", "granted")
EXPECTED: Final = (*AMOUNTS, "paid_by", "charged", "costs", "credits", "clause", "refused", "next")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something a step expects: what, its value, and where it stands. `of` is the allowance or block it is about."""

    what: str
    of: str | None
    value: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens at an instant (µs), if anything, and what is expected then."""

    at: int
    act: str | None
    data: Mapping[str, Any]
    expected: tuple[Named, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTold:
    """The contract as it begins, and the steps in the order of time."""

    plan: str
    seats: int
    activated_on: date
    term: str | None
    zone: str
    steps: tuple[Step, ...]


# --- the table of keys ----------------------------------------------------------------------------------


def table(programme: Programme, facts: Form) -> Record:
    """The keys of a ledger's story for this programme."""
    plans = Words(known=tuple(programme.plans), en="a plan of the programme", fr="un plan du programme")
    terms = Words(known=tuple(programme.terms), en="a term of the programme", fr="une durée du programme")
    contract = Record(
        name="contract told",
        doc="The contract at its activation.",
        keys=(
            key("plan", plans, "Its plan.", required=True),
            key("activation", DATE, "Its original date.", required=True),
            key("seats", POSITIVE, "Active seats.", default=1),
            key("term", terms, "Its term; left out: the plan's."),
            key("zone", situation.ZoneForm(), "Its zone; left out: the scenario's."),
        ),
    )
    return Record(
        name="ledger told",
        doc="A contract and what happens to what it may use.",
        keys=(
            key("contract", contract, "The contract.", required=True),
            key(
                "steps",
                ListOf(form=_step(programme, facts, plans)),
                "What happens, in the order of time.",
                required=True,
            ),
        ),
    )


def _step(programme: Programme, facts: Form, plans: Words) -> Record:
    amounts = situation.Amounts(programme)
    prices = Words(known=tuple(programme.prices), en="a price of the programme", fr="un prix du programme")
    ways = tuple(programme.ways)
    moment = situation.MomentForm()
    return Record(
        name="step",
        doc="At most one thing that happens, and what is expected then.",
        keys=(
            key("at", moment, "When.", required=True),
            key("seats", POSITIVE, "The contract has so many seats from now on."),
            key("plan", plans, "It has this plan from now on."),
            key("renew", DATE, "It is renewed after a gap: this is its original date now."),
            key("request", ID, "A request by this name is sent and decided."),
            key("facts", facts, "What is said in it."),
            key("way", _way(ways, also=()), "The way its customer chooses."),
            key("reached", moment, "When it reached the vendor; left out: now."),
            key("window", moment, "When the special event it asks for begins."),
            key("pay", ID, "What that request's way costs is paid."),
            key("release", ID, "What that request reserved is let go of."),
            key("done", ID, "The work of that request is done."),
            key("work", situation.WORK, "Somebody works so long from now on."),
            key("reverse", situation.WORK, "So much of the work that began now is taken back."),
            key("on", ID, "The request that is worked on."),
            key("person", WORDS, "Who works."),
            key("allowance", situation.allowance_word(programme), "The hours it is taken from."),
            key("price", prices, "Or the price by which it is billed."),
            key("buy", prices, "It is bought and paid."),
            key("as", ID, "The name of what is bought."),
            key("refund", ID, "That purchase, or what was paid for that request, is refunded."),
            key("adjust", amounts, "So many more, by hand."),
            *(key(one, amounts, f"What must be {one} now.") for one in AMOUNTS),
            key("paid_by", WORDS, "The period or the purchase that what happens is taken from."),
            key("charged", situation.WORK, "The time that the work comes to."),
            key("costs", MONEY, "What the work or the purchase is billed, before credits and tax."),
            key("credits", MapOf(form=MONEY, keys=ID), "What is credited against each purchase now."),
            key(
                "clause",
                Words(
                    known=tuple(clause.id for clause in programme.coverage),
                    en="a clause of the table",
                    fr="une clause du tableau",
                ),
                "The clause that decides the request.",
            ),
            key("refused", YES, "Whether there is nothing left to take."),
            key("next", _way(ways, also=(NO_WAY,)), "The first way that can be chosen instead; or `none`."),
        ),
    )


def _way(ways: tuple[str, ...], *, also: tuple[str, ...]) -> Words:
    return Words(known=(*ways, *also), en="a way of the programme", fr="une voie du programme")


# --- reading --------------------------------------------------------------------------------------------


def told(row: Row, *, zone: str | None, reading: Reading) -> LedgerTold | None:
    """The story of a row; None, with problems noted, where something in it is wrong."""
    contract: Row | None = row["contract"]
    if not row.sound or contract is None:
        return None  # noted when it was read
    in_zone = contract["zone"] or zone
    if in_zone is None:
        _missing(reading, contract.path, "zone")
        return None
    reader = _Reader(reading=reading, zone=in_zone)
    found = [reader.step(one) for one in row["steps"]]
    steps = tuple(step for step in found if step is not None)
    if len(steps) != len(found):
        return None
    return LedgerTold(
        plan=contract["plan"],
        seats=contract["seats"],
        activated_on=contract["activation"],
        term=contract["term"],
        zone=in_zone,
        steps=steps,
    )


def _missing(reading: Reading, path: str, name: str) -> None:
    reading.error(
        Code.MISSING_KEY,
        path,
        said(en=f"the key '{name}' is missing", fr=f"la clé « {name} » manque"),
        said(en=f"add `{name}:`", fr=f"ajoutez `{name}:`"),
    )


class _Reader:
    """Makes steps of rows, in the contract's zone; remembers which requests and purchases were named so far."""

    def __init__(self, *, reading: Reading, zone: str) -> None:
        self.reading, self.zone = reading, zone
        self.requests: list[str] = []
        self.purchases: list[str] = []
        self.last: int | None = None

    def step(self, row: Row) -> Step | None:
        before = self.reading.errors
        at = self._instant(row, "at")
        acts = [name for name in GOES_WITH if row[name] is not None]
        act = acts[0] if acts else None
        self._check_act(row, acts)
        self._check_names(row, act)
        if at is not None and self.last is not None and at < self.last:
            self.reading.error(
                Code.BAD_VALUE,
                f"{row.path}.at",
                said(en="this is before the step above", fr="ceci précède l’étape du dessus"),
                said(en="list steps in the order of time", fr="énumérez les étapes dans l’ordre du temps"),
            )
        data = {} if act is None else self._data(row, act)
        if self.reading.errors != before or at is None:
            return None
        self.last = at
        return Step(
            at=at, act=act, data=data, expected=self._expected(row), place=self.reading.place(row.path)
        )

    def _data(self, row: Row, act: str) -> dict[str, Any]:
        names = [name for name in (act, *GOES_WITH[act]) if row[name] is not None]
        return {
            name: self._instant(row, name) if isinstance(row[name], Moment) else row[name] for name in names
        }

    def _check_act(self, row: Row, acts: list[str]) -> None:
        if len(acts) > 1:
            self.reading.error(
                Code.BAD_VALUE,
                row.path,
                said(
                    en=f"one thing happens in a step; here: {', '.join(acts)}",
                    fr=f"une seule chose se passe par étape ; ici : {', '.join(acts)}",
                ),
                said(en="make several steps of it", fr="faites-en plusieurs étapes"),
            )
        act = acts[0] if acts else None
        taken = GOES_WITH.get(act or "", ())
        for name in dict.fromkeys(name for names in GOES_WITH.values() for name in names):
            if row[name] is not None and name not in taken:
                told_act = act or "—"
                self.reading.error(
                    Code.UNKNOWN_KEY,
                    f"{row.path}.{name}",
                    said(en=f"'{told_act}' takes no '{name}'", fr=f"« {told_act} » ne prend pas « {name} »"),
                )
        for name in NEEDS.get(act or "", ()):
            if row[name] is None:
                _missing(self.reading, row.path, name)
        if act in ("work", "reverse") and (row["allowance"] is None) == (row["price"] is None):
            self.reading.error(
                Code.BAD_VALUE,
                row.path,
                said(
                    en="work is taken from an allowance or billed by a price: name one of them",
                    fr="le travail est pris sur un droit ou facturé selon un prix : nommez l’un des deux",
                ),
                said(en="keep `allowance:` or `price:`", fr="gardez `allowance:` ou `price:`"),
            )

    def _check_names(self, row: Row, act: str | None) -> None:
        """A request or purchase is named once, and before anything is done with it."""
        if act == "request":
            self._new(row, "request", self.requests)
        elif act == "buy" and row["as"] is not None:
            self._new(row, "as", self.purchases)
        for name in (*NAMES_REQUEST, "on"):
            if row[name] is not None:
                self._known(row, name, self.requests)
        if row["refund"] is not None:
            self._known(row, "refund", [*self.requests, *self.purchases])
        for name in row["credits"] or {}:
            if name not in (*self.requests, *self.purchases):
                self._unknown(f"{row.path}.credits.{name}", name)

    def _new(self, row: Row, name: str, names: list[str]) -> None:
        if row[name] in (*self.requests, *self.purchases):
            self.reading.error(
                Code.REPEATED,
                f"{row.path}.{name}",
                said(
                    en=f"'{row[name]}' was named above already",
                    fr=f"« {row[name]} » a déjà été nommé plus haut",
                ),
                said(en="choose another name", fr="choisissez un autre nom"),
            )
        names.append(row[name])

    def _known(self, row: Row, name: str, names: list[str]) -> None:
        if row[name] not in names:
            self._unknown(f"{row.path}.{name}", row[name])

    def _unknown(self, path: str, name: str) -> None:
        self.reading.error(
            Code.UNKNOWN_REFERENCE,
            path,
            said(en=f"nothing above is named '{name}'", fr=f"rien plus haut ne s’appelle « {name} »"),
            said(en="name it in a step before", fr="nommez-le dans une étape précédente"),
        )

    def _instant(self, row: Row, name: str) -> int | None:
        return situation.instant(row[name], self.zone, f"{row.path}.{name}", self.reading)

    def _expected(self, row: Row) -> tuple[Named, ...]:
        found: list[Named] = []
        for what in EXPECTED:
            value = row[what]
            if value is None:
                continue
            path = f"{row.path}.{what}"
            several = value if isinstance(value, dict) else {None: value}
            for of, one in several.items():
                place = self.reading.place(path if of is None else f"{path}.{of}")
                found.append(Named(what=what, of=of, value=one, place=place))
        return tuple(found)
