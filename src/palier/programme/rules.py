"""The calendars of a programme: blocks of hours as `calendar_block` reads them, or others combined.

They are kept as rules, because `customer` zones and holidays are known only for a ticket: `bind` makes them calendars.
"""

from __future__ import annotations

from collections.abc import Mapping as Map

from palier.core import calendars
from palier.core.programme import CalendarRule, Text
from palier.programme import calendar_block, forms
from palier.programme.codes import Code
from palier.programme.problems import said
from palier.programme.reading import MISSING, Reading, Written
from palier.programme.yamltext import Mapping, Node

COMBINATIONS = tuple(calendars.Operation)
_NOT_OF_THE_BLOCK = ("name", forms.ASSUMED)


def read(written: Map[str, Written], reading: Reading) -> dict[str, CalendarRule]:
    """The rules that could be read. Problems are noted."""
    found: dict[str, CalendarRule] = {}
    for id_, part in written.items():
        rule = _rule(id_, part, reading)
        if rule is not None:
            found[id_] = rule
    _circles(found, reading)
    return found


def _rule(id_: str, written: Written, reading: Reading) -> CalendarRule | None:
    node, path = written.node, written.path
    if not isinstance(node, Mapping):
        reading.wrong_shape(
            node,
            path,
            en="a calendar: `name`, `zone`, `week` …",
            fr="un calendrier : `name`, `zone`, `week` …",
        )
        return None
    before = reading.errors
    assumed = forms.take_assumed(node, path, reading)
    for key, item in node.pairs:
        reading.remember(f"{path}.{key.text}", item, key)
    name = _name(node, path, reading)
    combined = next(((one, part) for one in COMBINATIONS if (part := node.get(one)) is not None), None)
    rule: CalendarRule | None
    if combined is not None:
        rule = CalendarRule(
            id=id_,
            name=name,
            zone=None,
            week=None,
            combine=(combined[0], _parts(node, path, *combined, reading)),
            assumed=assumed,
        )
    else:
        rule = _block(id_, node, path, name, assumed, reading)
    return rule if reading.errors == before else None


def _name(node: Mapping, path: str, reading: Reading) -> Text:
    written = node.get("name")
    if written is None:
        reading.error(
            Code.MISSING_KEY,
            path,
            said(en="the key 'name' is missing", fr="la clé « name » manque"),
            said(en="add `name: {fr: …, en: …}`", fr="ajoutez `name: {fr: …, en: …}`"),
        )
        return Text(values={"en": path})
    name = forms.TEXT.read(written, f"{path}.name", reading)
    return Text(values={"en": path}) if name is MISSING else name


def _parts(node: Mapping, path: str, operation: str, written: Node, reading: Reading) -> tuple[str, ...]:
    """The calendars that one is made of: two or more."""
    allowed = (operation, *_NOT_OF_THE_BLOCK)
    for key, _ in node.pairs:
        if key.text not in allowed:
            reading.unknown_key(key, f"{path}.{key.text}", allowed)
    at = f"{path}.{operation}"
    parts = forms.ListOf(form=forms.Reference("calendars")).read(written, at, reading)
    if parts is not MISSING and len(parts) > 1:
        return tuple(parts)
    reading.error(
        Code.EMPTY,
        at,
        said(en="fewer than two calendars to combine", fr="moins de deux calendriers à combiner"),
        said(en="write `[a, b]`", fr="écrivez `[a, b]`"),
    )
    return ()


def _block(
    id_: str, node: Mapping, path: str, name: Text, assumed: bool, reading: Reading
) -> CalendarRule | None:
    block, found = calendar_block.parse_calendar(node, path, other_keys=_NOT_OF_THE_BLOCK)
    reading.problems.extend(found)
    if block is None:
        return None
    return CalendarRule(
        id=id_,
        name=name,
        zone=block.zone,
        week=block.week,
        holidays=block.holidays,
        closures=block.closures,
        openings=block.openings,
        assumed=assumed,
    )


def _circles(rules: Map[str, CalendarRule], reading: Reading) -> None:
    """Calendars made of each other in a circle."""
    reported: set[str] = set()
    for id_ in rules:
        chain = _circle(id_, rules, ())
        if chain and not reported.intersection(chain):
            reported.update(chain)
            circle = " → ".join(chain)
            reading.error(
                Code.CIRCULAR_CALENDARS,
                f"calendars.{chain[0]}",
                said(en=f"this goes round in a circle: {circle}", fr=f"ceci tourne en rond : {circle}"),
            )


def _circle(id_: str, rules: Map[str, CalendarRule], above: tuple[str, ...]) -> tuple[str, ...]:
    """The way round that comes back to where it began, or nothing."""
    if id_ in above:
        return (*above[above.index(id_) :], id_)
    rule = rules.get(id_)
    parts = () if rule is None or rule.combine is None else rule.combine[1]
    return next((found for part in parts if (found := _circle(part, rules, (*above, id_)))), ())
