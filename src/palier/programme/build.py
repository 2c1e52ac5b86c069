"""From rows to the nouns of `palier.core.programme`. Only rows without a problem are built.

The result is a draft, so that checks can look at the sound parts of a file that is wrong elsewhere. It becomes a
`Programme` once nothing stops it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palier.core.programme import (
    Allowance,
    Binding,
    Clause,
    Commitment,
    Document,
    Effect,
    Escalation,
    Field,
    Hold,
    HourWeight,
    Kind,
    Languages,
    Outcome,
    OutcomeKind,
    Patience,
    Plan,
    Price,
    Product,
    Programme,
    Promise,
    Question,
    Reach,
    Relief,
    Reopening,
    Severity,
    TargetSet,
    Telephone,
    Term,
    Text,
    Tier,
    Wait,
    Way,
)
from palier.programme import schema
from palier.programme.conditions import Conditions
from palier.programme.draft import Draft
from palier.programme.reading import Reading, Row

_PAUSED_BY_LIST = (Commitment.NEXT_UPDATE, Commitment.WORKAROUND, Commitment.RESOLUTION)


def build(draft: Draft) -> None:
    """Fill the draft from its rows."""
    conditions = Conditions(draft.facts, draft.lineages, draft.reading)
    _vocabulary(draft)
    for id_, row in draft.sound("targets").items():
        draft.targets[id_] = _target_set(id_, row, conditions)
    for id_, row in draft.sound("allowances").items():
        draft.allowances[id_] = _allowance(id_, row, conditions)
    for id_, row in draft.sound("prices").items():
        draft.prices[id_] = _price(id_, row)
    for id_, row in draft.sound("ways").items():
        draft.ways[id_] = _way(id_, row, conditions)
    for id_, row in draft.sound("plans").items():
        draft.plans[id_] = _plan(id_, row, draft.lineages[id_], conditions)
    for row in draft.root["coverage"] or ():
        clause = _clause(row, conditions)
        if clause is not None:
            draft.coverage.append(clause)
    for row in draft.root["escalation"] or ():
        if row.sound:
            draft.escalation.append(_escalation(row, conditions))


def _vocabulary(draft: Draft) -> None:
    """The tables whose rows name no conditions."""
    draft.families = {**draft.rows("families")}
    draft.environments = {**draft.rows("environments")}
    asked_of_all: tuple[str, ...] = draft.root["required"] or ()
    for rank, (id_, row) in enumerate(draft.rows("severities").items(), start=1):
        if row.sound:
            draft.severities[id_] = Severity(
                id=id_, rank=rank, name=row["name"], definition=row["definition"], assumed=row["assumed"]
            )
    for id_, row in draft.sound("effects").items():
        draft.effects[id_] = Effect(
            id=id_,
            name=row["name"],
            severity=row["severity"],
            outage=row["outage"],
            hint=row["hint"],
            assumed=row["assumed"],
        )
    for id_, row in draft.sound("kinds").items():
        draft.kinds[id_] = _kind(id_, row, asked_of_all)
    for id_, row in draft.sound("products").items():
        draft.products[id_] = Product(
            id=id_,
            name=row["name"],
            family=row["family"],
            maintenance=row["maintenance"],
            assumed=row["assumed"],
        )
    for id_, row in draft.sound("terms").items():
        draft.terms[id_] = Term(
            id=id_, name=row["name"], months=row["months"], codes=row["codes"], assumed=row["assumed"]
        )
    for id_, row in draft.sound("fields").items():
        draft.fields[id_] = Field(
            id=id_, name=row["name"], hint=row["hint"], long=row["long"], assumed=row["assumed"]
        )
    for id_, row in draft.sound("promises").items():
        draft.promises[id_] = _promise(id_, row)
    for id_, row in draft.sound("holds").items():
        draft.holds[id_] = Hold(
            id=id_, name=row["name"], freed_by=row["freed_by"], how=row["how"], assumed=row["assumed"]
        )
    for id_, row in draft.sound("documents").items():
        draft.documents[id_] = Document(
            id=id_, name=row["name"], version=row["version"], dated=row["dated"], assumed=row["assumed"]
        )
    for id_, row in draft.sound("questions").items():
        draft.questions[id_] = Question(
            id=id_, question=row["question"], answer=row["answer"], about=row["about"], assumed=row["assumed"]
        )


def _kind(id_: str, row: Row, asked_of_all: tuple[str, ...]) -> Kind:
    by_effect = row["severity"] == schema.BY_EFFECT
    return Kind(
        id=id_,
        name=row["name"],
        severity=(row["else"] or "") if by_effect else row["severity"],
        asks_effect=by_effect,
        hint=row["hint"],
        causes=row["causes"],
        required=tuple(dict.fromkeys((*asked_of_all, *row["required"]))),
        assumed=row["assumed"],
    )


def _promise(id_: str, row: Row) -> Promise:
    return Promise(
        id=id_,
        clause=row["clause"],
        name=row["name"],
        text=row["text"],
        ref=row["ref"],
        assumed=row["assumed"],
    )


def _target_set(id_: str, row: Row, conditions: Conditions) -> TargetSet:
    reopen: Row | None = row["reopen"]
    return TargetSet(
        id=id_,
        clause=row["clause"],
        name=row["name"],
        text=row["text"],
        binding=Binding(row["binding"]),
        calendar=conditions.choices(row["calendar"], "calendars"),
        durations={one: row[one] for one in Commitment if row[one] is not None},
        pause=_pause(row["pause_while"]),
        until=frozenset(Relief(one) for one in row["until"]),
        then=row["then"],
        reopening=None
        if reopen is None
        else Reopening(within_days=reopen["within"], floor=reopen["floor"], assumed=reopen["assumed"]),
        assumed=row["assumed"],
        assumed_durations=frozenset(one for one in Commitment if _is_assumed(conditions.reading, row, one)),
    )


def _is_assumed(reading: Reading, row: Row, key: str) -> bool:
    """Whether the key itself, written plainly or under `override`, is marked as assumed."""
    return f"{row.path}.{key}" in reading.assumed or f"{row.path}.override.{key}" in reading.assumed


def _pause(written: Any) -> dict[Commitment, frozenset[Wait]]:
    """A plain list holds for all but the first response."""
    by_commitment = written if isinstance(written, dict) else dict.fromkeys(_PAUSED_BY_LIST, written)
    return {
        Commitment(one): frozenset(Wait(wait) for wait in waits)
        for one, waits in by_commitment.items()
        if waits
    }


def _allowance(id_: str, row: Row, conditions: Conditions) -> Allowance:
    tiers: Mapping[tuple[int | None, int | None], int] = row["by_seats"] or {}
    return Allowance(
        id=id_,
        clause=row["clause"],
        name=row["name"],
        text=row["text"],
        unit=row["unit"],
        per=row["per"],
        by_seats=tuple(Tier(low=low or 0, high=high, amount=amount) for (low, high), amount in tiers.items()),
        not_for=conditions.when(row["not_for"]),
        tell=row["tell"] or {},
        overrun=row["overrun"],
        assumed=row["assumed"],
    )


def _price(id_: str, row: Row) -> Price:
    amount, currency = row["amount"] or (None, None)
    hours: int | None = row["hours"]
    credit: Row | None = row["credit"]
    return Price(
        id=id_,
        clause=row["clause"],
        name=row["name"],
        text=row["text"],
        kind=row["kind"],
        amount=amount,
        currency=currency,
        minutes=None if hours is None else hours * 60,
        valid_months=row["valid"],
        round_up_minutes=row["round_up"],
        minimum_minutes=row["minimum"],
        weights=tuple(
            HourWeight(calendar=one["calendar"], percent=one["percent"]) for one in row["weights"] or ()
        ),
        usual_minutes=row["usual"],
        fills=row["fills"],
        due=row["due"],
        credit_towards=None if credit is None else credit["towards"],
        credit_days=None if credit is None else credit["within"],
        discount_percent=row["discount"],
        tax=row["tax"],
        assumed=row["assumed"],
    )


def _way(id_: str, row: Row, conditions: Conditions) -> Way:
    return Way(
        id=id_,
        name=row["name"],
        text=row["text"],
        allowance=row["allowance"],
        price=row["price"],
        points_to=row["points_to"],
        when=conditions.when(row["if"]),
        assumed=row["assumed"],
    )


def _plan(id_: str, row: Row, lineage: tuple[str, ...], conditions: Conditions) -> Plan:
    offered: Row | None = row["offered"]
    first = None if offered is None else offered["from"]
    below = None if offered is None else offered["below"]
    return Plan(
        id=id_,
        clause=row["clause"],
        name=row["name"],
        text=row["text"],
        kind=row["kind"],
        extends=row["extends"],
        lineage=lineage,
        contacts=row["contacts"],
        environments=row["environments"] or (),
        targets=conditions.choices(row["targets"], "targets"),
        queue_priority=row["queue_priority"],
        grants=row["grants"],
        benefits=row["benefits"],
        options=row["options"],
        term=row["term"],
        offered_from=None if first is None else first[0],
        offered_below=None if below is None else below[0],
        assumed=row["assumed"],
    )


def _clause(row: Row, conditions: Conditions) -> Clause | None:
    """The clause of a coverage row; its conditions are read even when something else in the row is wrong."""
    when = conditions.row(row["if"]) if row["if"] is not None else ()
    then: Row | None = row["then"]
    kinds = [one for one in OutcomeKind if then is not None and then[one] is not None]
    if not row.sound or then is None or len(kinds) != 1:
        return None
    return Clause(
        id=row["clause"],
        ref=row["ref"],
        when=when,
        outcome=_outcome(kinds[0], then),
        text=row["text"],
        assumed=row["assumed"],
    )


def _outcome(kind: OutcomeKind, then: Row) -> Outcome:
    return Outcome(
        kind=kind,
        hold=then["hold"],
        level=then["level"],
        targets=then["targets"],
        ways=(then["offer"] if kind is OutcomeKind.OFFER else then["ways"]) or (),
        consent=then["consent"],
        uses=then["uses"],
    )


def _escalation(row: Row, conditions: Conditions) -> Escalation:
    return Escalation(
        clause=row["clause"],
        when=conditions.when(row["if"]),
        on=Commitment(row["on"]),
        at=row["at"],
        text=row["text"],
        notify=row["notify"],
        raised=row["raise"] or 0,
        reassign=row["reassign"],
        page=row["page"] is not None,
        assumed=row["assumed"],
    )


def finish(draft: Draft, version: str) -> Programme:
    """The programme of a draft in which nothing is wrong."""
    root = draft.root
    return Programme(
        id=root["programme"],
        version=version,
        vendor=root["vendor"],
        prefix=root["prefix"],
        effective_on=root["effective"],
        locales=root["locales"],
        currency=root["currency"],
        languages=_languages(root["languages"]),
        words={id_: text for id_, text in root["words"].values.items() if isinstance(text, Text)},
        reach=_reach(root["reach"]),
        calendars=draft.calendars,
        desk_calendar=root["desk_calendar"],
        severities=draft.severities,
        effects=draft.effects,
        kinds=draft.kinds,
        facts=draft.facts,
        families=draft.families,
        products=draft.products,
        environments=draft.environments,
        terms=draft.terms,
        fields=draft.fields,
        targets=draft.targets,
        plans=draft.plans,
        promises=draft.promises,
        coverage=tuple(draft.coverage),
        holds=draft.holds,
        allowances=draft.allowances,
        prices=draft.prices,
        ways=draft.ways,
        documents=draft.documents,
        questions=draft.questions,
        unfreed=_patience(root["unfreed"]),
        silence=_patience(root["silence"]),
        after_end=root["after_end"],
        assumed=tuple(dict.fromkeys(draft.reading.assumed)),
        escalation=tuple(draft.escalation),
    )


def _languages(row: Row) -> Languages:
    write = () if row["write"] == "any" else row["write"]
    return Languages(write=write, reply=row["reply"], documents=row["documents"])


def _reach(row: Row) -> Reach:
    line: Row | None = row["telephone"]
    telephone = None
    if line is not None:
        telephone = Telephone(
            number=line["number"],
            calendar=line["calendar"],
            toll_free=line["toll_free"],
            assumed=line["assumed"],
        )
    return Reach(
        telephone=telephone,
        mail=row["mail"],
        sales=row["sales"],
        regions=row["regions"] or {},
        channels=row["channels"],
        mail_kind=row["mail_kind"],
    )


def _patience(row: Row) -> Patience:
    return Patience(remind_days=row["remind"], close_days=row["close"], assumed=row["assumed"])
