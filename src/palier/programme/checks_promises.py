"""Checks of what is promised: every kind has one severity, every severity a first response, every regime an end."""

from __future__ import annotations

from collections.abc import Iterator

from palier.core.programme import Alternative, Choice, Commitment, Kind, When
from palier.programme import schema
from palier.programme.codes import Code
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said


def kind_severities(draft: Draft) -> Iterator[Problem]:
    """Every kind comes to exactly one severity: its own, or by the effect with an `else`."""
    for row in draft.rows("kinds").values():
        by_effect = row["severity"] == schema.BY_EFFECT
        if by_effect and row["else"] is None:
            yield draft.error(
                Code.KIND_SEVERITY,
                f"{row.path}.severity",
                said(
                    en="by effect, and which severity when no effect was chosen?",
                    fr="selon l’effet, et quelle gravité si aucun effet n’est choisi ?",
                ),
                said(en="add `else:` with a severity", fr="ajoutez `else:` avec une gravité"),
            )
        elif by_effect and not draft.reading.ids.get("effects"):
            yield draft.error(
                Code.KIND_SEVERITY,
                f"{row.path}.severity",
                said(
                    en="by effect, but the programme lists no effects",
                    fr="selon l’effet, mais le programme n’énumère aucun effet",
                ),
                said(
                    en="add `effects:`, or name a severity here",
                    fr="ajoutez `effects:`, ou nommez ici une gravité",
                ),
            )
        elif not by_effect and row["else"] is not None:
            yield draft.error(
                Code.KIND_SEVERITY,
                f"{row.path}.else",
                said(
                    en="`else` goes only with `severity: by-effect`",
                    fr="`else` ne va qu’avec `severity: by-effect`",
                ),
                said(
                    en="a kind comes to exactly one severity: remove one of the two",
                    fr="une sorte a exactement une gravité : ôtez l’une des deux",
                ),
            )


def _severities_of(draft: Draft, kind: Kind) -> set[str]:
    own = {kind.severity}
    return own | {effect.severity for effect in draft.effects.values()} if kind.asks_effect else own


def _reached(draft: Draft, when: When) -> set[str]:
    """The severities that requests can have for which `when` can hold."""
    found: set[str] = set()
    for alternative in when or ((),):
        kinds = [one for one in draft.kinds.values() if _admits(alternative, "kind", one.id)]
        severities = {severity for kind in kinds for severity in _severities_of(draft, kind)}
        found |= {one for one in severities if _admits(alternative, "severity", one)}
    return found


def _admits(alternative: Alternative, fact: str, value: str) -> bool:
    return all(condition.holds({fact: value}) for condition in alternative if condition.fact == fact)


def _left_for(draft: Draft, choices: tuple[Choice, ...]) -> Iterator[tuple[str, set[str]]]:
    """For each line of a list of target sets, the severities that earlier lines leave to it."""
    taken: set[str] = set()
    for choice in choices:
        yield choice.use, _reached(draft, choice.when) - taken
        for alternative in choice.when:
            if all(condition.fact == "severity" for condition in alternative):
                taken |= {one for one in draft.severities if _admits(alternative, "severity", one)}


def missing_promises(draft: Draft) -> Iterator[Problem]:
    """Each severity that a request can have gets a first response from every target set that can be chosen for it."""
    wanted: dict[str, set[str]] = {}
    for plan in draft.plans.values():
        for name, severities in _left_for(draft, plan.targets):
            wanted.setdefault(name, set()).update(severities)
    for clause in draft.coverage:
        if clause.outcome.targets is not None:
            wanted.setdefault(clause.outcome.targets, set()).update(_reached(draft, clause.when))
    for name, severities in wanted.items():
        chosen = draft.targets.get(name)
        if chosen is None:
            continue
        for severity in draft.severities:
            if severity in severities and chosen.duration(Commitment.FIRST_RESPONSE, severity) is None:
                path = f"targets.{name}.first_response"
                yield draft.error(
                    Code.MISSING_PROMISE,
                    path,
                    said(
                        en=f"no first response for severity '{severity}', which requests under '{name}' can have",
                        fr=f"pas de première réponse pour la gravité « {severity} », que des demandes sous « {name} » peuvent avoir",
                    ),
                    said(
                        en=f"add `{severity}: …` (or `any: …`)", fr=f"ajoutez `{severity}: …` (ou `any: …`)"
                    ),
                )


def regimes(draft: Draft) -> Iterator[Problem]:
    """A regime that ends names the ordinary set that runs on; an ordinary set is none that ends."""
    for target_set in draft.targets.values():
        path = f"targets.{target_set.id}"
        if bool(target_set.until) != (target_set.then is not None):
            missing = "then" if target_set.until else "until"
            there = "until" if target_set.until else "then"
            yield draft.error(
                Code.REGIME,
                path,
                said(en=f"`{there}` without `{missing}`", fr=f"`{there}` sans `{missing}`"),
                said(
                    en="`until` says what ends this regime, `then` which target set runs on",
                    fr="`until` dit ce qui met fin à ce régime, `then` quel jeu de délais prend la suite",
                ),
            )
        ordinary = draft.targets.get(target_set.then or "")
        if ordinary is not None and ordinary.until:
            yield draft.error(
                Code.REGIME,
                f"{path}.then",
                said(
                    en=f"'{ordinary.id}' is itself a regime that ends",
                    fr=f"« {ordinary.id} » est lui-même un régime qui prend fin",
                ),
                said(en="name an ordinary target set", fr="nommez un jeu de délais ordinaire"),
            )


def escalations(draft: Draft) -> Iterator[Problem]:
    """Every rule does something, about a promise that some target set makes."""
    promised = {one for target_set in draft.targets.values() for one in target_set.durations}
    for row in draft.root["escalation"] or ():
        if not row.sound:
            continue
        if not row["notify"] and not any(row[one] for one in ("raise", "reassign", "page")):
            yield draft.error(
                Code.ESCALATES_NOTHING,
                row.path,
                said(en="this rule does nothing", fr="cette règle ne fait rien"),
                said(
                    en="add `notify:`, `raise:`, `reassign:` or `page:`",
                    fr="ajoutez `notify:`, `raise:`, `reassign:` ou `page:`",
                ),
            )
        if promised and row["on"] not in promised and not draft.reading.errors:
            yield draft.warning(
                Code.NEVER_ESCALATED,
                f"{row.path}.on",
                said(
                    en=f"no target set promises '{row['on']}': this never happens",
                    fr=f"aucun jeu de délais ne promet « {row['on']} » : ceci n’arrive jamais",
                ),
                said(en="name a commitment that is promised", fr="nommez un engagement qui est promis"),
            )
