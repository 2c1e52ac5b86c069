"""A programme file becomes a `Programme`, or problems: all of them at once, each with its place.

Never raises for what the file holds. The version of a programme is the sha256 of its text with plain line ends, so that
the same file is the same version on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from palier.core.programme import Programme
from palier.programme import (
    build,
    checks,
    checks_plans,
    facts,
    inherit,
    problems,
    rules,
    schema,
    schema_promises,
    yamltext,
)
from palier.programme.codes import Code
from palier.programme.draft import Draft
from palier.programme.problems import Problem, said
from palier.programme.reading import MISSING, Reading, Row
from palier.programme.yamltext import Mapping, Node, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The programme, or None when a problem stops it; and all problems and warnings in the order of the file."""

    programme: Programme | None
    problems: tuple[Problem, ...]


def version_of(text: str) -> str:
    """The version of a programme: sha256 of its text, line ends made plain."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def load_programme(text: str, file: str) -> Loaded:
    """Read a programme. `file` is the name that problems show."""
    document = yamltext.read(text, file)
    reading = Reading(file=file, problems=list(document.problems))
    if document.root is None or not _right_version(document.root, reading):
        return Loaded(programme=None, problems=problems.in_order(reading.problems))
    reading.languages = _languages(document.root)
    root = schema.PROGRAMME.read(document.root, "", reading)
    if root is MISSING:
        return Loaded(programme=None, problems=problems.in_order(reading.problems))
    draft = _draft(root, reading)
    for check in checks.CHECKS:
        reading.problems.extend(check(draft))
    found = problems.in_order(reading.problems)
    if problems.any_errors(found):
        return Loaded(programme=None, problems=found)
    programme = build.finish(draft, version_of(text))
    return Loaded(
        programme=programme, problems=problems.in_order([*found, *checks_plans.takes_away(draft, programme)])
    )


def _right_version(root: Node, reading: Reading) -> bool:
    """Whether the file says `palier: 1`. A file of another version would drown in problems that are none."""
    node = root.get("palier") if isinstance(root, Mapping) else None
    if isinstance(node, Scalar) and node.text != schema.VERSION:
        reading.remember("palier", node)
        reading.error(
            Code.UNKNOWN_VERSION,
            "palier",
            said(
                en=f"this is version '{node.text}' of the format, which this program does not read",
                fr=f"ceci est la version « {node.text} » du format, que ce programme ne lit pas",
            ),
            said(en=f"write `palier: {schema.VERSION}`", fr=f"écrivez `palier: {schema.VERSION}`"),
        )
        return False
    return True


def _languages(root: Node) -> tuple[str, ...]:
    """French and English, and what else `locales` names: the languages in which texts may be written."""
    locales = root.get("locales") if isinstance(root, Mapping) else None
    named = locales.keys() if isinstance(locales, Mapping) else ()
    return tuple(dict.fromkeys(("fr", "en", *(one for one in named if one != "assumed"))))


def _draft(root: Row, reading: Reading) -> Draft:
    """All that can be built of the rows, with every reference checked."""
    plans = inherit.Inheritance(root["plans"] or {}, schema_promises.PLAN, reading)
    targets = inherit.Inheritance(root["targets"] or {}, schema_promises.TARGET_SET, reading)
    root.values |= {"plans": plans.work_out(), "targets": targets.work_out()}
    draft = Draft(reading=reading, root=root, facts=facts.read(root), lineages=plans.lineages)
    build.build(draft)
    draft.calendars = rules.read(root["calendars"] or {}, reading)
    _check_references(draft)
    return draft


def _check_references(draft: Draft) -> None:
    known = _known(draft)
    for mention in draft.reading.mentions:
        if mention.id not in known[mention.table]:
            draft.reading.unknown_reference(mention, known[mention.table])


def _known(draft: Draft) -> dict[str, Iterable[str]]:
    """The ids of each table as they stand in the file, whether or not what they hold is sound."""
    ids = draft.reading.ids
    known: dict[str, Iterable[str]] = {
        table: ids.get(table, [])
        for table in (
            "severities", "effects", "kinds", "calendars", "targets", "plans", "promises", "allowances", "prices",
            "ways", "holds", "families", "environments", "terms",
        )
    }  # fmt: skip
    declared: dict[str, Row] = draft.root["facts"] or {}
    known["causes"] = ids.get("facts.cause.values", [])
    known["outages"] = ids.get("facts.outage.values", [])
    known["options"] = ids.get("facts.option.values", [])
    asked = [id_ for id_, row in declared.items() if (row["asked_of"] or "customer") == "customer"]
    known["fields"] = (*schema.BUILT_IN_FIELDS, *ids.get("fields", []), *asked)
    known["clauses"] = tuple(checks.clause_paths(draft))
    return known
