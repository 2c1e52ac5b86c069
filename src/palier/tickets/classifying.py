"""Finding out what a request is: kind, cause, product, effect, severity, place. What is found decides anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from palier.contracts import queries as contracts
from palier.core.clock import EventKind
from palier.people import access
from palier.people.models import Site
from palier.people.queries import place_of
from palier.tickets import clockwork, deciding, drafts, holding, locks, permissions
from palier.tickets.happenings import Happening, append
from palier.tickets.models import Ticket, Verdict
from palier.tickets.problems import CannotDo, unknown_word

CAN_CHANGE = ("kind", "cause", "product", "version", "environment", "effect", "facts")


def classify(
    *, by: access.Viewer, ticket: Ticket, changes: Mapping[str, Any], reason: str, now: datetime
) -> Verdict | None:
    """Correct what the request is, with the reason the customer reads. Returns the new verdict; None if none was needed.

    `changes` holds any of kind, cause, product, version, environment, effect, and facts (by name). A verdict is never
    changed: the new one names the one it replaces. What was done before it is not judged anew. Without any change the
    same request is decided on the facts of now, such as a solution handed over since.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "classify", now)
    for name in changes:
        if name not in CAN_CHANGE:
            raise unknown_word(what_en="property", what_fr="propriété", word=name, known=CAN_CHANGE)
    before = drafts.of_ticket(locked)
    facts = {**before.facts, **changes.get("facts", {})}
    plain = {name: str(value) for name, value in changes.items() if name != "facts"}
    request = dataclasses.replace(before, facts=facts, **plain)  # type: ignore[arg-type]
    if request == before and changes:
        return None
    return _decide(by, locked, request, reason, now)


def change_severity(
    *, by: access.Viewer, ticket: Ticket, severity: str, reason: str, now: datetime
) -> Verdict | None:
    """Another severity than the effect proposes, with the reason; the customer may contest it. The same is refused."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "change-severity", now)
    programme = contracts.programme(locked.revision_id)
    if severity not in programme.severities:
        known = tuple(programme.severities)
        raise unknown_word(what_en="severity", what_fr="gravité", word=severity, known=known)
    if severity == locked.severity:
        raise CannotDo(
            code="no-change",
            en="The request has this severity already: choose another one, or leave it as it is.",
            fr="La demande a déjà cette gravité : choisissez-en une autre, ou laissez-la comme elle est.",
        )
    before = drafts.of_ticket(locked)
    request = dataclasses.replace(before, facts={**before.facts, "severity": severity})
    return _decide(by, locked, request, reason, now)


def _decide(
    by: access.Viewer,
    ticket: Ticket,
    request: drafts.Request,
    reason: str,
    now: datetime,
) -> Verdict | None:
    if not reason.strip():
        raise CannotDo(
            code="no-reason",
            en="Say why: the customer will read it.",
            fr="Dites pourquoi : le client le lira.",
        )
    row = holding.decide_again(ticket, by=by, at=now, now=now, request=request, reason=reason.strip())
    if row is None:
        # Only what decides nothing changed, such as the version: it is kept without a verdict.
        ticket.version = request.version
        ticket.save(update_fields=["version"])
    clockwork.refold(ticket, now=now)
    return row


def move_site(*, by: access.Viewer, ticket: Ticket, site: Site | None, now: datetime) -> Ticket:
    """The request belongs to another place of the customer (None: the customer itself): its zone and holidays change.

    Time used stays used; what is left runs in the new place's hours.
    """
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "move-site", now)
    if site is not None and site.organisation_id != locked.organisation_id:
        raise CannotDo(
            code="no-such-site",
            en="That place is not one of this customer's: choose one that is listed.",
            fr="Ce lieu n’est pas à ce client : choisissez-en un de la liste.",
        )
    place = place_of(locked.organisation, site)
    programme = contracts.programme(locked.revision_id)
    facts = deciding.where(by.vendor_id, programme, place, now)
    locked.site = site
    locked.zone, locked.holidays = place.zone, place.holidays
    locked.save(update_fields=["site", "zone", "holidays"])
    plain = {name: list(v) if isinstance(v, tuple) else v for name, v in facts.items()}
    append(locked, Happening(kind=EventKind.FACTS_CHANGED, data={"facts": plain}), by=by, at=now, now=now)
    clockwork.refold(locked, now=now)
    return locked
