"""The money of one request as its customer reads it: the ways, the choice that stands, the estimate, and the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from palier.billing.models import Order
from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.pages import estimates, funding, ways, worked
from palier.pages.estimates import EstimateView
from palier.pages.funding import FundingView
from palier.pages.speech import Speech
from palier.pages.ways import WayView
from palier.pages.worked import WorkedView
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.tickets import choosing, estimating, timekeeping
from palier.tickets.models import FundingState, Ticket
from palier.tickets.problems import CannotDo
from palier.tickets.ticket_page import TicketPage

CHOOSE, WITHDRAW, AGREE = "choose", "withdraw-choice", "agree-estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """What the request page shows of money. `ways` is empty where none is to be chosen."""

    ways: tuple[WayView, ...]
    funding: FundingView | None
    pay_url: str
    estimate: EstimateView | None
    worked: WorkedView | None
    may_choose: bool
    may_withdraw: bool
    may_agree: bool
    picked: str
    agreed: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.ways or self.funding or self.estimate)


def view(
    viewer: Viewer, page: TicketPage, speech: Speech, now: datetime, sent: Mapping[str, Any]
) -> MoneyView:
    """The money of a request in words; `sent` is what a refused choice had picked."""
    stands = choosing.standing(page.ticket)
    estimated = estimating.standing(page.ticket)
    moments = speech.moments_in(page.zone)
    may_choose = CHOOSE in page.can
    offered = choosing.ways(viewer, ticket=page.ticket, now=now) if may_choose else ()
    picked = str(sent.get("way", "")) if sent.get("action") == CHOOSE else None
    names = _names(viewer, stands, estimated)
    shown = ways.views(page.programme, offered, speech, chosen=picked)
    return MoneyView(
        ways=shown,
        funding=None
        if stands is None or stands.state is FundingState.RELEASED
        else funding.view(
            stands,
            page.programme,
            speech,
            moments,
            by=names.get(stands.choice.contact_id, ""),
            estimate_agreed=estimated is not None
            and estimated.consent is not None
            and estimated.consent.agreed,
        ),
        pay_url=""
        if stands is None or stands.state is not FundingState.UNPAID
        else _pay_url(viewer, stands.choice.id),
        estimate=None
        if estimated is None
        else estimates.view(
            estimated,
            page.programme,
            speech,
            moments,
            by="" if estimated.consent is None else names.get(estimated.consent.contact_id, ""),
        ),
        worked=_worked(viewer, page, speech, estimated),
        may_choose=may_choose and any(one.available for one in shown),
        may_withdraw=WITHDRAW in page.can and stands is not None,
        may_agree=AGREE in page.can,
        picked=picked or next((one.id for one in shown if one.chosen), ""),
        agreed=tuple(sent.get("agree", ())),
    )


def _worked(
    viewer: Viewer, page: TicketPage, speech: Speech, estimated: estimating.EstimateStanding | None
) -> WorkedView | None:
    """What was worked at the customer's cost so far, and why each line."""
    days = [one for one in timekeeping.charged(page.ticket) if one.billable]
    if not days:
        return None
    agreed = {one.consent.contact_id for one in days if one.consent is not None and one.consent.contact_id}
    contacts = Contact.objects.filter(vendor_id=viewer.vendor_id, id__in=agreed)
    names = {**people.staff_names(viewer), **dict(contacts.values_list("id", "name"))}
    return worked.view(
        days,
        page.programme,
        page.contract,
        speech,
        speech.moments_in(page.zone),
        names=names,
        estimate=estimated,
    )


def _names(
    viewer: Viewer, stands: choosing.Standing | None, estimated: estimating.EstimateStanding | None
) -> Mapping[UUID | None, str]:
    ids: set[UUID] = {stands.choice.contact_id} if stands is not None else set()
    if estimated is not None and estimated.consent is not None and estimated.consent.contact_id is not None:
        ids.add(estimated.consent.contact_id)
    found = Contact.objects.filter(vendor_id=viewer.vendor_id, id__in=ids) if ids else Contact.objects.none()
    return dict(found.values_list("id", "name"))


def _pay_url(viewer: Viewer, choice_id: UUID) -> str:
    """The order that the choice made; nothing for who may not see orders."""
    order = Order.objects.visible_to(viewer).filter(choice=choice_id).values_list("id", flat=True).first()
    if order is None:
        return ""
    try:
        return reverse("portal:order", args=[order])
    except NoReverseMatch:
        return ""


# --- what can be done --------------------------------------------------------------------------------


def choose(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime, speech: Speech) -> Ticket:
    """Choose the way picked on the page, by the words that were read there."""
    way = sent.get("way", "")
    offered = choosing.ways(viewer, ticket=ticket, now=now)
    picked = next(
        (one for one in ways.views(_programme(ticket), offered, speech, chosen=way) if one.id == way), None
    )
    if picked is None:
        raise CannotDo(
            code="no-way-picked",
            en="Choose one of the ways listed.",
            fr="Choisissez l’une des voies de la liste.",
        )
    agreed = way in sent.getlist("agree")
    if picked.available:
        ways.require_seen(picked, sent.get(f"seen-{way}", ""))
    text = picked.words if agreed else picked.words_alone
    choosing.choose(
        by=viewer, ticket=ticket, way=way, text=text, now=now, agreed=agreed, language=speech.language
    )
    return ticket


def withdraw(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime, speech: Speech) -> Ticket:
    """Take the choice back before anything was worked on it."""
    del sent, speech
    return choosing.withdraw(by=viewer, ticket=ticket, now=now)


def agree(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime, speech: Speech) -> Ticket:
    """Agree to the estimate that was read, by the sentence that was ticked."""
    found = _estimate(ticket, sent)
    shown = estimates.view(found, _programme(ticket), speech, speech.moments)
    if sent.get("agree", "") != shown.id:
        raise CannotDo(
            code="not-agreed",
            en="Tick the box that names what you agree to: nothing is billed without it.",
            fr="Cochez la case qui dit ce que vous acceptez : rien n’est facturé sans elle.",
        )
    estimating.agree(
        by=viewer,
        ticket=ticket,
        estimate=found.estimate,
        text=shown.words,
        now=now,
        language=speech.language,
    )
    return ticket


def disagree(viewer: Viewer, ticket: Ticket, sent: QueryDict, now: datetime, speech: Speech) -> Ticket:
    """Decline the estimate, saying why."""
    del speech
    found = _estimate(ticket, sent)
    estimating.decline(
        by=viewer, ticket=ticket, estimate=found.estimate, reason=sent.get("body", ""), now=now
    )
    return ticket


def _estimate(ticket: Ticket, sent: QueryDict) -> estimating.EstimateStanding:
    """The latest estimate, if it is the one that was read."""
    found = estimating.standing(ticket)
    if found is None or str(found.estimate.id) != sent.get("estimate", ""):
        raise CannotDo(
            code="another-estimate",
            en="A newer estimate replaced the one you read. Read it below and answer that one.",
            fr="Une estimation plus récente remplace celle que vous avez lue. Relisez ci-dessous et répondez à celle-là.",
        )
    return found


def _programme(ticket: Ticket) -> Programme:
    return contracts.programme(ticket.revision_id)
