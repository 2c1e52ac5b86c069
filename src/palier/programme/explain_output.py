"""Explanations as text for a terminal and as plain values for `--json`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from palier.programme.explain import Explanation
from palier.programme.explain_clock import ClockTold
from palier.programme.explain_escalation import StepTold
from palier.programme.problems import in_language, said

_HEADS = {
    "because": said(en="Because", fr="Parce que"),
    "otherwise": said(en="no other clause fits", fr="aucune autre clause ne convient"),
    "looked": said(en="Looked at before", fr="Regardé avant"),
    "is": said(en="here", fr="ici"),
    "change": said(en="What would change it", fr="Ce qui changerait la décision"),
    "ways": said(en="Ways forward", fr="Façons d’avancer"),
    "not_now": said(en="not now", fr="pas maintenant"),
    "gates": said(en="Who can free it", fr="Qui peut la libérer"),
    "clock": said(en="When", fr="Quand"),
    "escalation": said(
        en="What happens by itself, unless it is done before",
        fr="Ce qui arrive de soi-même, sauf si c’est fait avant",
    ),
    "page": said(en="page", fr="appel d’astreinte"),
    "questions": said(en="Questions", fr="Questions"),
    "assumed": said(en="assumed", fr="hypothèse"),
}


def to_json(
    explanation: Explanation, clock: ClockTold | None = None, steps: Sequence[StepTold] = ()
) -> dict[str, Any]:
    """The explanation, the clock and the escalations where there are any, as plain values. Instants are µs since 1970, in UTC."""
    plain = dataclasses.asdict(explanation)
    plain["looked_before"] = [_plain_looked(row) for row in plain["looked_before"]]
    if clock is not None:
        plain["clock"] = dataclasses.asdict(clock)
        for promise in plain["clock"]["promises"]:
            promise["rows"] = [
                {key.rstrip("_"): value for key, value in row.items()} for row in promise["rows"]
            ]
    if steps:
        plain["escalation"] = [dataclasses.asdict(one) for one in steps]
    return plain


def _plain_looked(row: dict[str, Any]) -> dict[str, Any]:
    return {key.rstrip("_"): value for key, value in row.items()}


def to_text(explanation: Explanation, clock: ClockTold | None = None, steps: Sequence[StepTold] = ()) -> str:
    """The same as lines of text, the decision first."""
    return "\n".join(_lines(explanation, clock, steps)) + "\n"


def _lines(explanation: Explanation, clock: ClockTold | None, steps: Sequence[StepTold]) -> Iterator[str]:
    def head(name: str) -> str:
        return in_language(_HEADS[name], explanation.language)

    yield explanation.headline
    for clause in explanation.clauses:
        ref = f" ({clause.ref})" if clause.ref is not None else ""
        assumed = f" [{head('assumed')}]" if clause.assumed else ""
        yield f"  {clause.id}{ref}{assumed}  {clause.text}"
    if explanation.then:
        yield explanation.then
    if clock is not None:
        yield from ("", head("clock"))
        yield from (f"  {line}" for line in (clock.standing, *(p.sentence for p in clock.promises)) if line)
    if steps:
        yield from ("", head("escalation"))
        for one in steps:
            page = f" [{head('page')}]" if one.page else ""
            yield f"  {one.clause}  {one.when}{page}  {one.text}"
    if explanation.gates:
        yield from ("", head("gates"))
        yield from (f"  {gate.name} — {gate.freed_by}. {gate.how}" for gate in explanation.gates)
    if explanation.ways:
        yield from ("", head("ways"))
        yield from _ways(explanation, head("not_now"))
    if explanation.cost:
        yield explanation.cost
    yield from ("", head("because"))
    because = [f"{one.fact} = {one.value}" for one in explanation.because]
    yield from (f"  {line}" for line in because or [head("otherwise")])
    if explanation.looked_before:
        yield from ("", head("looked"))
        yield from (
            f"  {row.clause}  {row.needed} — {head('is')} {row.briefly}" for row in explanation.looked_before
        )
    if explanation.would_change:
        yield from ("", head("change"))
        yield from (f"  {change.sentence}" for change in explanation.would_change)
    if explanation.questions:
        yield from ("", head("questions"))
        for answer in explanation.questions:
            yield from (f"  {answer.question}", f"    {answer.answer}")


def _ways(explanation: Explanation, not_now: str) -> Iterator[str]:
    for way in explanation.ways:
        known = [word for word in (way.price, way.terms, way.balance) if word]
        aside = f" ({'; '.join(known)})" if known else ""
        bar = f" [{not_now}: {way.why_not}]" if way.why_not else ""
        yield f"  • {way.name}{aside}{bar}"
        yield f"    {way.text}"
