"""One customer in words: where it is and what time it is there, who its people are, what it has, asks, owes and said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from palier.billing import invoicing
from palier.billing.models import Invoice
from palier.contracts import agreements, standings
from palier.contracts import queries as contracts
from palier.contracts.models import ContractDocument
from palier.contracts.standings import Standing, Standings
from palier.desk import queue_lines, queue_words
from palier.pages import contract_blocks, contract_people, contract_words
from palier.pages.balances import BalanceView
from palier.pages.catalogue import gettext as _
from palier.pages.contract_people import RoleView
from palier.pages.contract_words import StandingView
from palier.pages.due import DeskDay
from palier.pages.moments import Moments
from palier.pages.speech import Speech
from palier.people import access, noting
from palier.people import queries as people
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation, Site, Staff
from palier.programme import locales
from palier.tickets import lists, narrowing
from palier.tickets.models import Rating, Status, Ticket
from palier.workspace import saved_views

A_FEW = 10
A_YEAR = timedelta(days=365)
_LOOKED_BACK = 1_000
"""So many requests are read to see who wrote last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Who looks at which customer, when, and in what words. `zone` and `day` are the desk's."""

    viewer: Viewer
    organisation: Organisation
    speech: Speech
    now: datetime
    zone: str
    day: DeskDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place of the customer and the time there."""

    name: str
    there: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact: what it may do, and when it last wrote."""

    name: str
    mail: str
    badges: tuple[str, ...]
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractBlock:
    """A contract with how it stands, what is left of it and who looks after it."""

    url: str
    number: str
    plan: str
    term: str
    standing: StandingView
    sentence: str
    balances: tuple[BalanceView, ...]
    roles: tuple[RoleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note about the customer."""

    body: str
    who: str
    when: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document or an open invoice: where it is, what it is, and a word on it."""

    url: str
    name: str
    sub: str
    amount: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """Everything the page shows. `invoices` and `looks` are None for those who may not see them."""

    id: UUID
    name: str
    restricted: bool
    facts: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    contacts: tuple[Person, ...]
    contracts: tuple[ContractBlock, ...]
    open_rows: SafeString
    open_more: str
    history_rows: SafeString
    history_more: str
    columns: tuple[str, ...]
    caption: str
    satisfaction: str
    notes: tuple[NoteView, ...]
    invoices: tuple[Paper, ...] | None
    finance_url: str
    papers: tuple[Paper, ...]
    looks: tuple[tuple[str, str], ...] | None


def view(asked: Looking) -> CustomerView:
    """The page of one customer, as far as the viewer may see it."""
    mine = contracts.in_order(
        standings.contracts_of(asked.viewer.vendor_id, asked.organisation.id), asked.now
    )
    under_way = _page(asked, (), 20)
    ended = _page(asked, (Status.RESOLVED.value, Status.CLOSED.value), A_FEW)
    here = asked.speech.moments_in(asked.zone)
    takes_money = asked.viewer.has_role(access.TAKES_MONEY)
    return CustomerView(
        id=asked.organisation.id,
        name=asked.organisation.name,
        restricted=asked.organisation.restricted,
        facts=_facts(asked),
        places=_places(asked),
        contacts=_contacts(asked, mine),
        contracts=tuple(_contract(asked, one) for one in mine),
        open_rows=_rows(asked, under_way, here),
        open_more=_list_url(asked) if under_way.next is not None else "",
        history_rows=_rows(asked, ended, here),
        history_more=_list_url(asked, ended=True) if ended.next is not None else "",
        columns=tuple(queue_words.column_names()[one] for one in saved_views.USUAL),
        caption=_("Times of %(city)s") % {"city": here.city},
        satisfaction=satisfaction(asked),
        notes=_notes(asked),
        invoices=_invoices(asked) if takes_money else None,
        finance_url=reverse("desk:finance-customer", args=[asked.organisation.id]) if takes_money else "",
        papers=_papers(asked, mine),
        looks=_looks(asked),
    )


def _page(asked: Looking, status: Iterable[str], size: int) -> lists.QueuePage:
    narrow = narrowing.Narrow(organisation=(str(asked.organisation.id),), status=tuple(status))
    return lists.page(asked.viewer, now=asked.now, asked=lists.Asked(narrow=narrow), size=size, counts=False)


def _rows(asked: Looking, page: lists.QueuePage, here: Moments) -> SafeString:
    return queue_lines.lines(page.rows, asked.speech, here=here, day=asked.day, now=asked.now)


def _list_url(asked: Looking, *, ended: bool = False) -> str:
    status = "&status=resolved&status=closed" if ended else ""
    return f"{reverse('desk:queue')}?organisation={asked.organisation.id}{status}"


def _facts(asked: Looking) -> tuple[tuple[str, str], ...]:
    one, moments = asked.organisation, asked.speech.moments
    language = locales.parse(asked.speech.locale).languages.get(one.language, one.language)
    country = locales.parse(asked.speech.locale).territories.get(one.country, one.country)
    found = [
        (_("Country"), country),
        (_("Language"), language),
        (_("Region"), one.region),
        (_("Partner"), one.partner.name if one.partner is not None else ""),
        (_("Customer since"), moments.date(moments.local(one.created_at))),
    ]
    return tuple((label, value) for label, value in found if value)


def _places(asked: Looking) -> tuple[Place, ...]:
    """The customer's own zone first, then those of its sites."""
    one, now = asked.organisation, asked.now
    where: list[Organisation | Site] = [one, *people.sites(asked.viewer, one.id)]
    return tuple(
        Place(
            name=_("Head office") if isinstance(each, Organisation) else each.name,
            there=asked.speech.moments_in(each.zone).weekday_time(now),
            zone=locales.zone_words(each.zone, asked.speech.locale),
        )
        for each in where
    )


def _contacts(asked: Looking, mine: Iterable[Standings]) -> tuple[Person, ...]:
    rows = list(people.contacts(asked.viewer, asked.organisation.id)[:200])
    authorised = {id_ for one in mine for id_ in contracts.authorised_contacts(one, asked.now)}
    # Of its last requests only: all of them are too many to read where a customer wrote for years.
    newest = (
        Ticket.objects.visible_to(asked.viewer)
        .filter(organisation_id=asked.organisation.id)
        .order_by("-number")
        .values_list("author_id", "reached_at")[:_LOOKED_BACK]
    )
    last: dict[UUID, datetime] = {}
    for author_id, reached_at in newest:
        last[author_id] = max(reached_at, last.get(author_id, reached_at))
    return tuple(_person(row, asked.speech, row.id in authorised, last.get(row.id)) for row in rows)


def _person(row: Contact, speech: Speech, authorised: bool, last: datetime | None) -> Person:
    badges = [
        (_("authorised"), authorised),
        (_("key user"), row.is_key_user),
        (_("administrator"), row.is_administrator),
        (_("no sign-in yet"), row.user_id is None),
    ]
    moments = speech.moments
    when = _("last wrote %(date)s") % {"date": moments.date(moments.local(last))} if last is not None else ""
    return Person(name=row.name, mail=row.email, badges=tuple(word for word, yes in badges if yes), last=when)


def _contract(asked: Looking, contract: Standings) -> ContractBlock:
    programme, speech = contracts.programme(contract.revision_id), asked.speech
    standing = contract_words.standing(contract, programme, speech, asked.now)
    ended = contract.standing(asked.now) is Standing.ENDED
    return ContractBlock(
        url=reverse("desk:contract", args=[contract.id]),
        number=contract.number,
        plan=contract_words.plan(contract, programme, speech).name,
        term=contract_words.term(contract, speech),
        standing=standing,
        sentence=standing.sentence,
        balances=()
        if ended
        else contract_blocks.left(
            asked.viewer,
            contract,
            programme,
            speech,
            asked.now,
            ledger_url=lambda account: reverse("desk:contract-ledger", args=[contract.id, account]),
        ),
        roles=()
        if ended
        else contract_people.views(contract, programme, speech, asked.now, region=asked.organisation.region),
    )


def satisfaction(asked: Looking) -> str:
    """What its contacts said of the work in the last year; empty while nobody did. The latest word of each counts."""
    latest = (
        Rating.objects.filter(
            vendor_id=asked.viewer.vendor_id,
            organisation_id=asked.organisation.id,
            at__gt=asked.now - A_YEAR,
        )
        .order_by("ticket_id", "contact_id", "-at")
        .distinct("ticket_id", "contact_id")
        .values("id")
    )
    seen = Rating.objects.filter(
        id__in=latest, ticket__in=Ticket.objects.visible_to(asked.viewer).values("id")
    ).aggregate(mean=Avg("score"), count=Count("id"))
    if not seen["count"]:
        return ""
    mean = locales.number(Decimal(str(round(seen["mean"], 1))), asked.speech.locale)
    return ngettext(
        "%(mean)s of 5, from %(n)d rating in the last year",
        "%(mean)s of 5, from %(n)d ratings in the last year",
        seen["count"],
    ) % {"mean": mean, "n": seen["count"]}


def _notes(asked: Looking) -> tuple[NoteView, ...]:
    moments = asked.speech.moments_in(asked.zone)
    return tuple(
        NoteView(
            body=row.body,
            who=row.staff.name if row.staff is not None else "",
            when=moments.day_time(row.at),
            iso=row.at.isoformat(),
        )
        for row in noting.notes(asked.viewer, asked.organisation.id)[:50]
    )


def _invoices(asked: Looking) -> tuple[Paper, ...]:
    """What is not paid yet, the oldest first."""
    rows = list(
        Invoice.objects.visible_to(asked.viewer)
        .filter(organisation_id=asked.organisation.id, kind="invoice")
        .order_by("-issued_on", "-number")[:200]
    )
    stands = invoicing.accounts(rows)
    speech, today = asked.speech, asked.speech.moments_in(asked.zone).local(asked.now).date()
    return tuple(
        Paper(
            url=reverse("desk:finance-invoice", args=[row.number]),
            name=row.number,
            sub=_("due %(date)s") % {"date": speech.moments.date(row.due_on)},
            amount=locales.money(stands[row.id].open, row.currency, speech.locale),
            late=row.due_on < today,
        )
        for row in reversed(rows)
        if stands[row.id].open > 0
    )


def _papers(asked: Looking, mine: Iterable[Standings]) -> tuple[Paper, ...]:
    """The binding texts and the documents on its contracts."""
    speech, found = asked.speech, []
    contracts_ = {one.id: one for one in mine}
    for one in contracts_.values():
        programme = contracts.programme(one.revision_id)
        for text in agreements.of_contract(asked.viewer.vendor_id, one.id, programme):
            if text.until_at is not None or not text.texts:
                continue
            chosen = next((each for each in text.texts if each.language == speech.language), text.texts[0])
            name = speech.text(text.named.name) if text.named is not None else text.document
            found.append(
                Paper(
                    url=reverse("desk:agreement", args=[chosen.id]),
                    name=f"{name}, {text.version}",
                    sub=one.number,
                )
            )
    rows = ContractDocument.objects.filter(vendor_id=asked.viewer.vendor_id, contract_id__in=contracts_)
    for row in rows.order_by("-signed_on", "id")[:50]:
        signed = _("signed %(date)s") % {"date": speech.moments.date(row.signed_on)}
        on = contracts_[row.contract_id]
        url = f"{reverse('desk:contract', args=[on.id])}#documents"
        found.append(Paper(url=url, name=row.title, sub=f"{on.number}, {signed}"))
    return tuple(found)


def _looks(asked: Looking) -> tuple[tuple[str, str], ...] | None:
    """Who looked at a restricted customer, for those who run the desk."""
    if not (asked.organisation.restricted and asked.viewer.has_role(access.RUNS_THE_DESK)):
        return None
    moments = asked.speech.moments_in(asked.zone)
    rows = list(people.looks(asked.viewer, asked.organisation.id)[:20])
    names = dict(
        Staff.objects.filter(
            vendor_id=asked.viewer.vendor_id, id__in={row.staff_id for row in rows}
        ).values_list("id", "name")
    )
    return tuple((names[row.staff_id], moments.day_time(row.at)) for row in rows)
