"""The known defects of the stories: confirmed on a request, other requests hung on them, me too, and the fix that ships."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from palier.contracts import products as covered
from palier.contracts import queries as contracts
from palier.demo.cast import Cast
from palier.demo.stories import Step
from palier.people.access import Viewer
from palier.software import actions
from palier.software.actions import Facts
from palier.tickets import defects, rounds
from palier.tickets.models import Ticket

_SAID = frozenset({"id", "product", "title", "description", "workaround", "affected", "reference", "public"})


def act(cast: Cast, by: Viewer, ticket: Ticket, step: Step, now: datetime) -> bool:
    """Do a step about a known defect; False for what is none. Raises ValueError for a word that is not understood."""
    what = step.what
    match step.do:
        case "confirm-defect":
            _know(step.do, what, needs={"id", "product", "title"}, may=_SAID)
            facts = _facts(what)
            programme = contracts.programme(ticket.revision_id)
            cast.defects[what["id"]] = defects.confirm(
                by=by, ticket=ticket, facts=facts, known=set(programme.products), now=now
            )
        case "hang-on":
            _know(step.do, what, needs={"defect"})
            defects.attach(by=by, ticket=ticket, defect=_named(cast, what), now=now)
        case "ship-fix":
            _know(step.do, what, needs={"defect", "fixed_in"})
            row = _named(cast, what)
            started = defects.ship(
                by=by,
                defect=row,
                fixed_in=str(what["fixed_in"]),
                shipped_on=None,
                texts=defects.ship_texts(row, ""),
                now=now,
            )
            rounds.tell_some(started, now=now)
        case _:
            return False
    return True


def happen(cast: Cast, event: Mapping[str, Any], now: datetime) -> bool:
    """Do what happens beside the requests about a known defect; False for what is none."""
    if event["do"] != "me-too":
        return False
    what = {name: value for name, value in event.items() if name not in ("do", "at", "by")}
    _know("me-too", what, needs={"customer", "defect", "version"})
    by = Viewer.customer(cast.contacts[event["customer"], event["by"]])
    row = _named(cast, what)
    if row.product not in covered.covered(by, now):
        raise ValueError(
            f"{event['customer']} has no contract for {row.product}: it does not read of its defects"
        )
    actions.me_too(by=by, defect=row, version=str(what["version"]), now=now)
    return True


def _facts(what: Mapping[str, Any]) -> Facts:
    return Facts(
        product=what["product"],
        title=what["title"],
        description=what.get("description", {}),
        workaround=what.get("workaround", {}),
        affected=tuple(str(one) for one in what.get("affected", ())),
        maker_reference=what.get("reference", ""),
        public=bool(what.get("public", False)),
    )


def _named(cast: Cast, what: Mapping[str, Any]) -> Any:
    found = cast.defects.get(what["defect"])
    if found is None:
        known = ", ".join(cast.defects) or "none"
        raise ValueError(f"there is no defect {what['defect']!r} yet; there is: {known}")
    return found


def _know(verb: str, what: Mapping[str, Any], *, needs: set[str], may: frozenset[str] = frozenset()) -> None:
    if missing := needs - set(what):
        raise ValueError(f"{verb!r} needs {', '.join(sorted(missing))}")
    if strange := set(what) - needs - may:
        raise ValueError(f"{verb!r} does not know {', '.join(sorted(strange))}")
