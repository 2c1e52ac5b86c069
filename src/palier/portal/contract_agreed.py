"""What a contract binds both sides to, as its customer reads it: texts with versions, papers, caps, plans asked for, blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse

from palier.billing import ordering
from palier.contracts import agreements, caps, requests
from palier.contracts.agreements import BindingText, Deposited
from palier.contracts.models import ContractDocument, PlanRequest
from palier.contracts.standings import Standings
from palier.core.programme import Programme
from palier.pages import contract_caps
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.people.models import Contact
from palier.portal.deeds import Ground
from palier.programme import locales

PREPAID_HOURS = "prepaid-hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLink:
    """Where a text is read, and in which language."""

    url: str
    language: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """A binding text in one version: since when it binds, until when, who accepted it, and where it is read."""

    document: str
    name: str
    version: str
    note: str
    links: tuple[TextLink, ...]
    in_force: bool
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper on the contract, such as a scope-of-work document."""

    title: str
    signed: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapView:
    """What may be spent without asking, who agreed to it, and who agrees to more."""

    sentence: str
    agreed: str
    beyond: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """A plan that was asked for, and the answer."""

    plan: str
    asked: str
    words: str
    answer: str
    reason: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """A block of hours that can be bought."""

    name: str
    text: str
    price: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """All of it."""

    texts: tuple[TextView, ...]
    papers: tuple[PaperView, ...]
    cap: CapView | None
    asked: tuple[AskedView, ...]
    blocks: tuple[BlockView, ...]
    invoices_url: str


def view(there: Ground) -> Agreed:
    """What binds both sides, in the reader's words."""
    return Agreed(
        texts=tuple(_texts(there)),
        papers=tuple(_papers(there)),
        cap=_cap(there),
        asked=tuple(_asked(there)),
        blocks=tuple(blocks(there.viewer, there.contract, there.programme, there.speech, there.now)),
        invoices_url=_invoices_url(there),
    )


# --- texts and papers -------------------------------------------------------------------------------


def _texts(there: Ground) -> list[TextView]:
    vendor_id, programme = there.viewer.vendor_id, there.programme
    bound = agreements.of_contract(vendor_id, there.contract.id, programme)
    known = {(one.document, one.version) for one in bound}
    others = [
        one
        for one in agreements.of_programme(vendor_id, programme)
        if (one.document, one.version) not in known
    ]
    return [_text(one, there) for one in (*bound, *others)]


def _text(one: BindingText, there: Ground) -> TextView:
    speech = there.speech
    return TextView(
        document=one.document,
        name=speech.text(one.named.name) if one.named is not None else one.document,
        version=_("version %(version)s") % {"version": one.version},
        note=_note(one, there),
        links=tuple(_link(text) for text in one.texts),
        in_force=one.from_at is not None and one.until_at is None,
        is_accepted=one.accepted_at is not None,
    )


def _note(one: BindingText, there: Ground) -> str:
    moments = there.speech.moments_in(there.contract.zone)
    parts: list[str] = []
    if one.dated is not None:
        parts.append(_("dated %(date)s") % {"date": moments.date(one.dated)})
    if one.from_at is None:
        parts.append(_("part of the programme"))
    elif one.until_at is not None:
        last = moments.local(one.until_at - timedelta(microseconds=1))
        parts.append(_("bound you until %(date)s") % {"date": moments.date(last)})
    else:
        parts.append(_("binds you since %(date)s") % {"date": moments.date(moments.local(one.from_at))})
    if one.accepted_at is not None:
        parts.append(
            _("accepted by %(who)s on %(date)s")
            % {"who": one.accepted_by, "date": moments.date(moments.local(one.accepted_at))}
        )
    return ", ".join(parts)


def _link(text: Deposited) -> TextLink:
    names = {"en": _("English"), "fr": _("French")}
    name = names.get(text.language, text.language)
    return TextLink(url=reverse("portal:text", args=[text.id]), language=text.language, name=name)


def _papers(there: Ground) -> list[PaperView]:
    rows = ContractDocument.objects.filter(
        vendor_id=there.viewer.vendor_id, contract_id=there.contract.id
    ).order_by("-signed_on", "id")
    return [
        PaperView(
            title=row.title,
            signed=_("signed on %(date)s") % {"date": there.speech.moments.date(row.signed_on)},
            url=reverse("portal:paper", args=[row.id]) if row.paper_id is not None else "",
        )
        for row in rows
    ]


# --- cap, plans, blocks -----------------------------------------------------------------------------


def _cap(there: Ground) -> CapView | None:
    cap = caps.cap_of(there.viewer.vendor_id, there.contract.id, there.now)
    if cap is None:
        return None
    moments = there.speech.moments_in(there.contract.zone)
    ids = {cap.agreed_by, *cap.approvers}
    named = dict(
        Contact.objects.filter(vendor_id=there.viewer.vendor_id, id__in=ids).values_list("id", "name")
    )
    approvers = ", ".join(sorted(named[one] for one in cap.approvers if one in named))
    return CapView(
        sentence=contract_caps.sentence(cap, there.speech),
        agreed=_("Agreed by %(who)s on %(date)s.")
        % {"who": named.get(cap.agreed_by, ""), "date": moments.date(moments.local(cap.from_at))},
        beyond=_("Beyond it, %(who)s is asked.") % {"who": approvers}
        if approvers
        else _("Beyond it, whoever agrees to estimates is asked."),
    )


def _asked(there: Ground) -> list[AskedView]:
    rows = requests.plan_requests(there.viewer).filter(contract_id=there.contract.id)[:3]
    return [_asked_one(row, there) for row in rows]


def _asked_one(row: PlanRequest, there: Ground) -> AskedView:
    moments = there.speech.moments_in(there.contract.zone)
    found = there.programme.plans.get(row.plan)
    asked = {"who": row.asked_by.name, "date": moments.date(moments.local(row.asked_at))}
    if row.answered_at is None:
        answer, tone, icon = _("Waits for the answer of your account manager."), "held", "clock"
    else:
        on = {"date": moments.date(moments.local(row.answered_at))}
        granted = bool(row.granted)
        answer = _("Granted on %(date)s.") % on if granted else _("Not granted, on %(date)s.") % on
        tone, icon = ("good", "check") if granted else ("out", "x")
    return AskedView(
        plan=there.speech.text(found.name) if found is not None else row.plan,
        asked=_("Asked for by %(who)s on %(date)s.") % asked,
        words=row.words,
        answer=answer,
        reason=row.answer,
        tone=tone,
        icon=icon,
    )


def blocks(
    viewer: Viewer, contract: Standings | None, programme: Programme, speech: Speech, now: datetime
) -> list[BlockView]:
    """The blocks of hours that this viewer may buy, for a contract or (None) for its organisation itself."""
    if not ordering.may_buy(viewer, contract, now):
        return []
    found: list[BlockView] = []
    for one in programme.prices.values():
        if one.kind != PREPAID_HOURS or one.amount is None or one.currency is None:
            continue
        url = _address("portal:buy", one.id)
        if url:
            found.append(
                BlockView(
                    name=speech.text(one.name),
                    text=speech.text(one.text),
                    price=locales.money(one.amount, one.currency, speech.locale),
                    url=url if contract is None else f"{url}?contract={contract.id}",
                )
            )
    return found


def _invoices_url(there: Ground) -> str:
    """The list of invoices, for those who may read it."""
    may = there.viewer.is_administrator or there.viewer.sees_colleagues
    return _address("portal:invoices") if may else ""


def _address(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
