"""What must hold across a whole programme, each rule a small function from the draft to its problems.

They run after reading, over all that could be built, so that one wrong row does not hide what is wrong elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from palier.core.programme import CUSTOMER, When
from palier.programme import facts, problems
from palier.programme.checks_money import (
    filled_allowances,
    hour_weights,
    other_currency,
    price_keys,
    seat_tiers,
    way_kinds,
    yearly_bands,
)
from palier.programme.checks_promises import escalations, kind_severities, missing_promises, regimes
from palier.programme.checks_reach import falls_through, never_decides
from palier.programme.checks_table import (
    coverage_order,
    outcomes,
    refusals_without_way,
)
from palier.programme.codes import Code
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said
from palier.programme.reading import Row

Check = Callable[[Draft], Iterator[Problem]]

_CITED = ("targets", "allowances", "prices", "promises", "plans")


def clause_paths(draft: Draft) -> dict[str, list[str]]:
    """Where each clause id stands in the file; more than one place is a mistake."""
    found: dict[str, list[str]] = {}
    rows: list[Row] = [*(draft.root["coverage"] or ()), *(draft.root["escalation"] or ())]
    for table in _CITED:
        rows.extend(draft.rows(table).values())
    for row in rows:
        if row["clause"] is not None:
            found.setdefault(row["clause"], []).append(f"{row.path}.clause")
    return found


def duplicate_clauses(draft: Draft) -> Iterator[Problem]:
    """A clause id cites one thing only."""
    for id_, paths in clause_paths(draft).items():
        for path in paths[1:]:
            first = draft.reading.place(paths[0]).line
            yield draft.error(
                Code.DUPLICATE_CLAUSE,
                path,
                said(
                    en=f"the clause id '{id_}' stands in {paths[0]} already",
                    fr=f"l’identifiant de clause « {id_} » figure déjà dans {paths[0]}",
                ),
                said(
                    en=f"first on line {first}: choose another one here",
                    fr=f"déjà à la ligne {first} : choisissez-en un autre ici",
                ),
            )


def locales(draft: Draft) -> Iterator[Problem]:
    """Each language has a regional form of that language; French and English are always there."""
    written: Mapping[str, str] | None = draft.root["locales"]
    if written is None:
        return
    for language, locale in written.items():
        if locale.partition("-")[0] != language:
            yield draft.error(
                Code.LOCALE_MISMATCH,
                f"locales.{language}",
                said(
                    en=f"'{locale}' is not a form of '{language}'",
                    fr=f"« {locale} » n’est pas une forme de « {language} »",
                ),
                said(
                    en=f"for example `{language}: {language}-CA`",
                    fr=f"par exemple `{language}: {language}-CA`",
                ),
            )
    for language in ("fr", "en"):
        if language not in draft.reading.ids.get("locales", []):
            yield draft.error(
                Code.MISSING_LANGUAGE,
                "locales",
                said(en=f"'{language}' is missing", fr=f"« {language} » manque"),
                said(en=f"add `{language}: {language}-CA`", fr=f"ajoutez `{language}: {language}-CA`"),
            )


def declared_facts(draft: Draft) -> Iterator[Problem]:
    """Built-in facts keep their values; a question of one's own has a name, and its default is one of its values."""
    for id_, row in draft.rows("facts").items():
        if id_ in facts.BUILT_IN and id_ not in facts.VOCABULARIES:
            yield draft.error(
                Code.BUILT_IN,
                row.path,
                said(
                    en=f"the fact '{id_}' is built in: its values are fixed",
                    fr=f"le fait « {id_} » est intégré : ses valeurs sont fixes",
                ),
                said(en="choose another id", fr="choisissez un autre identifiant"),
            )
            continue
        if id_ not in facts.VOCABULARIES and row["name"] is None and row["question"] is None:
            yield draft.error(
                Code.MISSING_KEY,
                row.path,
                said(en="the key 'name' is missing", fr="la clé « name » manque"),
                said(en="add `name:` or `question:`", fr="ajoutez `name:` ou `question:`"),
            )
        default, known = row["default"], draft.facts[id_].values if id_ in draft.facts else {}
        if default is not None and default not in known:
            yield draft.error(
                Code.IMPOSSIBLE_VALUE,
                f"{row.path}.default",
                said(en=f"'{id_}' can never be '{default}'", fr=f"« {id_} » ne vaut jamais « {default} »"),
                problems.known_words(default, known),
            )


def reminders(draft: Draft) -> Iterator[Problem]:
    """Reminders come one after the other, before the request is closed."""
    for name in ("unfreed", "silence"):
        row: Row | None = draft.root[name]
        if row is None or not row.sound:
            continue
        days = [*row["remind"], row["close"]]
        if days != sorted(set(days)):
            yield draft.error(
                Code.REMINDER_TOO_LATE,
                f"{name}.remind",
                said(
                    en="a reminder does not come before the one after it, or before the closing",
                    fr="un rappel ne précède pas le suivant, ou la fermeture",
                ),
                said(
                    en="write them in order, all below `close`",
                    fr="écrivez-les dans l’ordre, tous avant `close`",
                ),
            )


def channels(draft: Draft) -> Iterator[Problem]:
    """A channel that is open can be reached."""
    row: Row | None = draft.root["reach"]
    if row is None:
        return
    for name in ("telephone", "mail"):
        if name in row["channels"] and f"reach.{name}" not in draft.reading.places:
            yield draft.error(
                Code.MISSING_KEY,
                "reach.channels",
                said(
                    en=f"requests can come by {name}, but the key '{name}' is missing",
                    fr=f"des demandes peuvent arriver par « {name} », mais la clé « {name} » manque",
                ),
                said(en=f"add `{name}:` under `reach:`", fr=f"ajoutez `{name}:` sous `reach:`"),
            )
    if "mail" in row["channels"] and "reach.mail_kind" not in draft.reading.places:
        yield draft.error(
            Code.MISSING_KEY,
            "reach.channels",
            said(
                en="requests can come by mail, but the key 'mail_kind' is missing",
                fr="des demandes peuvent arriver par courriel, mais la clé « mail_kind » manque",
            ),
            said(
                en="add `mail_kind:` under `reach:`, the kind of what says none",
                fr="ajoutez `mail_kind:` sous `reach:`, la sorte de ce qui n’en dit pas",
            ),
        )


def desk_hours(draft: Draft) -> Iterator[Problem]:
    """The vendor's own hours do not follow the customer's zone or holidays."""
    reach: Row | None = draft.root["reach"]
    line: Row | None = None if reach is None else reach["telephone"]
    named = {"desk_calendar": draft.root["desk_calendar"]}
    if line is not None:
        named["reach.telephone.calendar"] = line["calendar"]
    for path, id_ in named.items():
        rule = draft.calendars.get(id_ or "")
        if rule is not None and CUSTOMER in (rule.zone, *rule.holidays):
            yield draft.error(
                Code.CUSTOMER_AT_DESK,
                path,
                said(
                    en=f"'{id_}' follows the customer: these are the vendor's own hours",
                    fr=f"« {id_} » suit le client : il s’agit ici des heures de l’éditeur",
                ),
                said(
                    en="name a calendar with a zone of its own",
                    fr="nommez un calendrier qui a son propre fuseau",
                ),
            )


_USED_BY_NAME = ("calendars", "targets", "holds", "ways", "allowances", "fields", "families")


def unused(draft: Draft) -> Iterator[Problem]:
    """What nothing refers to. Only asked of a file without errors, where all references could be read."""
    if draft.reading.errors:
        return
    mentioned = {(one.table, one.id) for one in draft.reading.mentions}
    named = {value for c in _conditions(draft) for value in c[1]}
    tables = {table: f"{table}." for table in _USED_BY_NAME} | {"causes": "facts.cause.values."}
    for table, prefix in tables.items():
        for id_ in draft.reading.ids.get(prefix.removesuffix("."), []):
            if (
                (table, id_) not in mentioned
                and not (table == "families" and id_ in named)
                and id_ != facts.UNKNOWN
            ):
                path = f"{prefix}{id_}"
                yield draft.warning(
                    Code.UNUSED,
                    path,
                    said(en="nothing refers to this", fr="rien n’y renvoie"),
                    said(en="use it or remove it", fr="utilisez-le ou ôtez-le"),
                )


def _conditions(draft: Draft) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every fact tested anywhere, with the words it is tested for."""
    lists: list[When] = [clause.when for clause in draft.coverage]
    lists += [rule.when for rule in draft.escalation]
    lists += [way.when for way in draft.ways.values()]
    lists += [allowance.not_for for allowance in draft.allowances.values()]
    lists += [choice.when for plan in draft.plans.values() for choice in plan.targets]
    lists += [choice.when for target_set in draft.targets.values() for choice in target_set.calendar]
    for when in lists:
        for alternative in when:
            for condition in alternative:
                yield condition.fact, condition.values


def decides_nothing(draft: Draft) -> Iterator[Problem]:
    """A fact that no condition tests."""
    if draft.reading.errors:
        return
    tested = {fact for fact, _ in _conditions(draft)}
    for id_ in draft.rows("facts"):
        if id_ not in tested:
            path = f"facts.{id_}"
            yield draft.warning(
                Code.DECIDES_NOTHING,
                path,
                said(
                    en="no condition tests this fact: it decides nothing",
                    fr="aucune condition n’examine ce fait : il ne décide de rien",
                ),
                said(en="use it in an `if:` or remove it", fr="utilisez-le dans un `if:` ou ôtez-le"),
            )


CHECKS: tuple[Check, ...] = (
    duplicate_clauses,
    locales,
    declared_facts,
    coverage_order,
    outcomes,
    refusals_without_way,
    never_decides,
    falls_through,
    kind_severities,
    missing_promises,
    regimes,
    escalations,
    seat_tiers,
    price_keys,
    hour_weights,
    filled_allowances,
    way_kinds,
    yearly_bands,
    other_currency,
    reminders,
    channels,
    desk_hours,
    unused,
    decides_nothing,
)
