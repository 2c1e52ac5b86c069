"""What both faces show of one contract, read and put into words: what is left, what happened, its solutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.models import Solution
from palier.contracts.standings import Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.ledger import accounts
from palier.ledger import queries as ledger
from palier.pages import balances, contract_history, contract_words
from palier.pages.balances import BalanceView
from palier.pages.contract_history import Happened
from palier.pages.contract_words import SolutionView
from palier.pages.moments import micros
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation, Staff


def region(contract: Standings) -> str:
    """The region of the contract's customer."""
    found: str = Organisation.objects.values_list("region", flat=True).get(id=contract.organisation_id)
    return found


def left(
    viewer: Viewer,
    contract: Standings,
    programme: Programme,
    speech: Speech,
    now: datetime,
    *,
    ledger_url: Callable[[UUID], str],
) -> tuple[BalanceView, ...]:
    """What is left of everything the contract grants or was bought, with the page of its lines."""
    moments = speech.moments_in(contract.zone)
    owner = accounts.Owner(
        organisation_id=contract.organisation_id, contract_id=contract.id, contract=contract
    )
    found: list[BalanceView] = []
    for one in ledger.account_view(viewer, owner, now):
        if not (one.granted or one.left or one.used or one.reserved):
            continue
        counted = balances.Counted(
            allowance=one.allowance,
            left=one.left,
            granted=one.granted,
            reserved=one.reserved,
            used=one.used,
            expires_on=None if one.expires_at is None else balances.last_day(moments, one.expires_at),
            renews_on=None if one.anew_at is None else moments.local(one.anew_at).date(),
        )
        url = ledger_url(one.account_id) if one.account_id else ""
        found.append(
            balances.view(programme, counted, speech, plan=contract.plan, seats=contract.seats, url=url)
        )
    return tuple(found)


def solutions(contract: Standings, speech: Speech, now: datetime) -> tuple[SolutionView, ...]:
    """The solutions of a contract, with goals and hand-over."""
    today = terms.date_at(micros(now), contract.zone)
    rows = Solution.objects.filter(contract_id=contract.id).order_by("id")
    return tuple(
        SolutionView(
            name=row.name,
            goals=row.goals,
            handed_over=contract_words.handed_over(row.handed_over_on, speech, today),
            is_delivered=row.handed_over_on is not None and row.handed_over_on <= today,
        )
        for row in rows
    )


def history(
    viewer: Viewer,
    contract: Standings,
    programme: Programme,
    speech: Speech,
    *,
    known: Mapping[str, str],
) -> tuple[Happened, ...]:
    """What happened to the contract, newest first. `known` are names of people already read, by id."""
    events = list(contracts.history(viewer.vendor_id, contract.id))
    names = dict(known)
    missing = [id_ for id_ in contract_history.people_of(events) if id_ not in names]
    mine = {"vendor_id": viewer.vendor_id, "id__in": missing}
    for rows in (Contact.objects.filter(**mine), Staff.objects.filter(**mine)) if missing else ():
        names |= {str(id_): name for id_, name in rows.values_list("id", "name")}
    teller = contract_history.Teller(programme=programme, speech=speech, zone=contract.zone, names=names)
    return teller.tell(events)
