"""Notices in the reader's words: one sentence each, when it was, and where to look.

The rows hold ids and figures (`palier.people.notices`); names are looked up for a whole list at once, and only among
what the reader may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from palier.contracts import queries as contracts
from palier.contracts.models import Contract
from palier.core.programme import Programme
from palier.pages import escalation_words, quantities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import MINUTE
from palier.pages.severities import field_name
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.people.models import Contact, Notice, Staff
from palier.people.notices import Kind
from palier.programme import locales
from palier.software import words as software
from palier.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice in a list. `about` names what the link leads to."""

    id: str
    sentence: str
    about: str
    url: str
    when: str
    iso: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a face shows a ticket, a contract, an order or invoice, and a known defect; empty where it has no such page."""

    ticket: Callable[[str], str]
    contract: Callable[[UUID], str]
    order: Callable[[str], str]
    invoice: Callable[[str], str]
    defect: Callable[[str], str]
    call: Callable[[str], str] = lambda _id: ""
    """Where a page is acknowledged."""
    on_call: Callable[[], str] = lambda: ""
    """Where one sees who is on call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """One notice with the names behind its ids."""

    data: Mapping[str, Any]
    number: str
    contract: Contract | None
    programme: Programme | None
    names: Mapping[str, str]
    speech: Speech

    def name(self, key: str) -> str:
        """The contact named there; a word where that person is no longer known."""
        return self.names.get(str(self.data.get(key)), "") or _("somebody")

    def date(self, key: str) -> str:
        """A date or instant of the data, as a date."""
        found = datetime.fromisoformat(str(self.data[key])) if self.data.get(key) else None
        if found is None:
            return ""
        return self.speech.moments.date(
            self.speech.moments.local(found).date() if found.tzinfo is not None else found.date()
        )

    def plan(self) -> str:
        """The plan by its name."""
        id_ = str(self.data.get("plan", ""))
        found = self.programme.plans.get(id_) if self.programme is not None else None
        return self.speech.text(found.name) if found is not None else id_

    def document(self) -> str:
        """The binding text by its name, with its version."""
        id_ = str(self.data.get("document", ""))
        found = self.programme.documents.get(id_) if self.programme is not None else None
        name = self.speech.text(found.name) if found is not None else id_
        return _("%(document)s, version %(version)s") % {
            "document": name,
            "version": self.data.get("version", ""),
        }

    def allowance(self) -> str:
        """The allowance by its name."""
        id_ = str(self.data.get("allowance", ""))
        return quantities.name_of(self.programme, id_, self.speech) if self.programme is not None else id_

    def count(self, key: str) -> str:
        """So much of the allowance."""
        value = self.data.get(key)
        if value is None or self.programme is None:
            return str(value or "")
        unit = quantities.unit_of(self.programme, str(self.data.get("allowance", "")))
        return quantities.quantity(unit, int(value), self.speech)

    def amount(self) -> str:
        """The amount in its currency, else the time."""
        amount, currency, minutes = (self.data.get(key) for key in ("amount", "currency", "minutes"))
        if amount is not None and currency:
            return locales.money(int(amount), str(currency), self.speech.locale)
        return locales.duration(int(minutes) * MINUTE) if minutes else ""

    def defect(self) -> str:
        """The known defect by its number; empty where none is named."""
        figure = self.data.get("defect")
        if not figure or self.programme is None:
            return ""
        return software.number_of(self.programme.prefix, int(figure))

    def way(self) -> str:
        """The way by its name."""
        id_ = str(self.data.get("way", ""))
        found = self.programme.ways.get(id_) if self.programme is not None else None
        return self.speech.text(found.name) if found is not None else id_


def views(
    viewer: Viewer, rows: Iterable[Notice], speech: Speech, links: Links, now: datetime
) -> tuple[NoticeView, ...]:
    """The notices in words, in the order given."""
    listed = list(rows)
    tickets = _tickets(viewer, listed)
    held = _contracts(viewer, listed)
    names = _names(viewer, listed)
    found: list[NoticeView] = []
    for row in listed:
        ticket = tickets.get(row.ticket_number) if row.ticket_number is not None else None
        contract = held.get(str(row.data.get("contract", "")))
        revision = ticket[1] if ticket is not None else contract.revision_id if contract is not None else None
        about = _About(
            data=row.data,
            number=ticket[0] if ticket is not None else "",
            contract=contract,
            programme=contracts.programme(revision) if revision is not None else speech.programme,
            names=names,
            speech=speech,
        )
        found.append(_view(row, about, ticket, links, now))
    return tuple(found)


def _view(
    row: Notice, about: _About, ticket: tuple[str, UUID, str] | None, links: Links, now: datetime
) -> NoticeView:
    url, label = "", ""
    if row.data.get("call") and links.call(str(row.data["call"])):
        # Whoever is woken acknowledges there; the request itself may be another team's.
        url = links.call(str(row.data["call"]))
        label = f"{ticket[0]}, {ticket[2]}" if ticket is not None else _("The page")
    elif row.data.get("roster"):
        url, label = links.on_call(), _("On call")
    elif ticket is not None:
        url, label = links.ticket(ticket[0]), f"{ticket[0]}, {ticket[2]}"
    elif row.data.get("invoice"):
        url, label = links.invoice(str(row.data["invoice"])), _("The invoice")
    elif row.data.get("order"):
        url, label = links.order(str(row.data["order"])), _("The order")
    elif row.data.get("defect") and about.defect():
        url, label = links.defect(about.defect()), about.defect()
    elif about.contract is not None:
        url = links.contract(about.contract.id)
        label = _("Contract %(number)s") % {"number": about.contract.number}
    return NoticeView(
        id=str(row.id),
        sentence=sentence(row.kind, about),
        about=label if url else "",
        url=url,
        when=about.speech.moments.near(row.created_at, now),
        iso=row.created_at.isoformat(),
        is_new=row.read_at is None,
    )


def _tickets(viewer: Viewer, rows: list[Notice]) -> Mapping[int, tuple[str, UUID, str]]:
    """Number as it is written, revision and subject of the tickets that the reader may see."""
    numbers = {row.ticket_number for row in rows if row.ticket_number is not None}
    if not numbers:
        return {}
    return {
        number: (f"{contracts.programme(revision).prefix}-{number}", revision, subject)
        for number, revision, subject in Ticket.objects.visible_to(viewer)
        .filter(number__in=numbers)
        .values_list("number", "revision_id", "subject")
    }


def _contracts(viewer: Viewer, rows: list[Notice]) -> Mapping[str, Contract]:
    ids = {one for row in rows if (one := _uuid(row.data.get("contract"))) is not None}
    return {str(one.id): one for one in contracts.contracts(viewer).filter(id__in=ids)} if ids else {}


def _names(viewer: Viewer, rows: list[Notice]) -> Mapping[str, str]:
    ids = {
        one
        for row in rows
        for key in ("contact", "out", "in", "absent", "by")
        if (one := _uuid(row.data.get(key))) is not None
    }
    if not ids:
        return {}
    contacts = Contact.objects.filter(vendor_id=viewer.vendor_id, id__in=ids)
    staff = Staff.objects.filter(vendor_id=viewer.vendor_id, id__in=ids)
    found = contacts.values_list("id", "name").union(staff.values_list("id", "name"))
    return {str(id_): name for id_, name in found}


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


# --- the sentences -------------------------------------------------------------------------------------


def sentence(kind: str, about: _About) -> str:
    """The notice as one sentence."""
    found = _SENTENCES.get(kind)
    return found(about) if found is not None else kind


def _contact_named(about: _About) -> str:
    return _("%(who)s may write under the contract from %(date)s.") % {
        "who": about.name("contact"),
        "date": about.date("from"),
    }


def _contact_withdrawn(about: _About) -> str:
    return _("%(who)s may no longer write under the contract from %(date)s.") % {
        "who": about.name("contact"),
        "date": about.date("from"),
    }


def _contact_swapped(about: _About) -> str:
    return _("%(in)s takes the place of %(out)s from %(date)s.") % {
        "in": about.name("in"),
        "out": about.name("out"),
        "date": about.date("from"),
    }


def _stand_in(about: _About) -> str:
    return _("%(who)s stands in for %(absent)s from %(first)s to %(last)s.") % {
        "who": about.name("contact"),
        "absent": about.name("absent"),
        "first": about.date("from"),
        "last": about.date("until"),
    }


def _contract_changed(about: _About) -> str:
    words = {
        "drawn-up": _("The contract was drawn up."),
        "renewed": _("The contract was renewed."),
        "amended": _("The contract was amended."),
        "moved": _("The contract follows a newer version of the programme."),
        "suspended": _("The contract is suspended."),
        "resumed": _("The contract is no longer suspended."),
        "ended": _("The contract was ended."),
        "paid": _("The payment of the contract was recorded."),
    }
    return words.get(str(about.data.get("event")), _("The contract was changed."))


def _attached(about: _About) -> str:
    return _("A text hangs on the contract: %(document)s.") % {"document": about.document()}


def _accepted(about: _About) -> str:
    return _("%(who)s accepted %(document)s.") % {
        "who": about.name("contact"),
        "document": about.document(),
    }


def _cap(about: _About) -> str:
    if about.data.get("cap") is None:
        return _("What may be spent without asking was withdrawn.")
    return _("What may be spent without asking was changed.")


def _plan_asked(about: _About) -> str:
    return _("%(who)s asks for the plan %(plan)s.") % {"who": about.name("contact"), "plan": about.plan()}


def _plan_granted(about: _About) -> str:
    return _("The plan %(plan)s was granted.") % {"plan": about.plan()}


def _plan_declined(about: _About) -> str:
    return _("The plan %(plan)s was not granted; the answer says why.") % {"plan": about.plan()}


def _held(about: _About) -> str:
    del about
    return _("A colleague wrote and waits for you: take it over, or say no.")


def _adopted(about: _About) -> str:
    return _("%(who)s took it over.") % {"who": about.name("contact")}


def _declined(about: _About) -> str:
    return _("%(who)s did not take it over.") % {"who": about.name("contact")}


def _freed(about: _About) -> str:
    del about
    return _("Nothing holds it any more; it moves on by itself.")


def _used(about: _About) -> str:
    return _("%(allowance)s: %(count)s used, %(left)s left.") % {
        "allowance": about.allowance(),
        "count": about.count("quantity"),
        "left": about.count("left"),
    }


def _low(about: _About) -> str:
    return _("%(allowance)s: %(left)s of %(of)s left.") % {
        "allowance": about.allowance(),
        "left": about.count("left"),
        "of": about.count("of"),
    }


def _expires(about: _About) -> str:
    return _("%(allowance)s: %(left)s left, valid to %(date)s.") % {
        "allowance": about.allowance(),
        "left": about.count("left"),
        "date": about.date("on"),
    }


def _chosen(about: _About) -> str:
    amount = about.amount()
    if not amount:
        return _("Chosen: %(way)s.") % {"way": about.way()}
    return _("Chosen: %(way)s, %(amount)s.") % {"way": about.way(), "amount": amount}


def _estimate(about: _About) -> str:
    return _("An estimate waits for an answer: %(amount)s.") % {"amount": about.amount()}


def _agreed(about: _About) -> str:
    if about.data.get("cap"):
        return _("The estimate lies within what may be spent without asking: agreed.")
    return _("%(who)s agreed to the estimate.") % {"who": about.name("contact")}


def _disagreed(about: _About) -> str:
    return _("%(who)s declined the estimate.") % {"who": about.name("contact")}


def _follow_up(about: _About) -> str:
    return _("Time to ask again how it stands: due on %(date)s.") % {"date": about.date("on")}


def _parked(about: _About) -> str:
    del about
    return _("The scanner parked a file: nobody can fetch it, and the request says which.")


def _fix_shipped(about: _About) -> str:
    return _("The fix shipped: %(patch)s.") % {"patch": about.data.get("fixed_in", "")}


def _request_merged(about: _About) -> str:
    return _("%(number)s was merged into this one and goes on here.") % {"number": about.data.get("from", "")}


def _request_split(about: _About) -> str:
    return _("Part of %(number)s goes on here, as a request of its own.") % {
        "number": about.data.get("from", "")
    }


def _paid(about: _About) -> str:
    return _("Payment received: %(amount)s.") % {"amount": about.amount()}


def _invoice(about: _About) -> str:
    if about.data.get("corrects"):
        return _("A credit note was issued: %(amount)s.") % {"amount": about.amount()}
    return _("An invoice was issued: %(amount)s.") % {"amount": about.amount()}


def _moved(about: _About) -> str:
    words = {
        "answered": _("We answered."),
        "resolved": _("We answered: it is resolved for us. Tell us if it is not."),
        "closed": _("It was closed."),
        "reopened": _("It was taken up again."),
    }
    return words[str(about.data["what"])]


def _contested(about: _About) -> str:
    values = {"who": about.name("contact")}
    words = {
        "severity": _("%(who)s contests the severity; the answer is yours."),
        "relief": _("%(who)s contests the relief; the answer is yours."),
        "cause": _("%(who)s contests the cause; the answer is yours."),
        "decision": _("%(who)s contests the decision; the answer is yours."),
        "invoice-line": _("%(who)s contests a line of an invoice; the answer is yours."),
    }
    return words[str(about.data["what"])] % values


def _objection_answered(about: _About) -> str:
    if about.data.get("upheld"):
        return _("What you contested was answered: you were right.")
    return _("What you contested was answered; the answer says why it stays.")


def _objection_overdue(about: _About) -> str:
    del about
    return _("A customer contests something, and the answer is late.")


def _mentioned(about: _About) -> str:
    return _("%(who)s named you in a note.") % {"who": about.name("by")}


def _given(about: _About) -> str:
    if about.data.get("note"):
        return _("It was given to you, with a note.")
    return _("It was given to you.")


def _watched(about: _About) -> str:
    words = {
        "customer-wrote": _("You watch it: the customer wrote."),
        "resolved": _("You watch it: it was resolved."),
        "reopened": _("You watch it: it was reopened."),
        "closed": _("You watch it: it was closed."),
        "breached": _("You watch it: something promised was missed."),
    }
    return words[str(about.data["what"])]


def _asked(about: _About) -> str:
    if about.programme is None:
        return _("Something is missing before we can begin.")
    names = [field_name(about.programme, name, about.speech) for name in about.data.get("fields", ())]
    return _("Missing before we can begin: %(what)s.") % {"what": ", ".join(names)}


def _mail_held(about: _About) -> str:
    if about.data.get("reason") == "stranger":
        return _("A mail about this request is held: its writer has no part in it.")
    return _("A mail is held until somebody says what becomes of it.")


def _mail_parked(about: _About) -> str:
    del about
    return _("A mail could not be read and is parked.")


def _request_received(about: _About) -> str:
    del about
    return _("We received your request.")


def _decided_anew(about: _About) -> str:
    del about
    return _("It was decided anew; the decision says why.")


def _reminded(about: _About) -> str:
    if about.data.get("about") == "unfreed":
        return _("It is still on hold and waits for your side.")
    return _("It still waits for your answer.")


def _letter_bounced(about: _About) -> str:
    words = {
        "bounced": _("A letter to %(who)s came back."),
        "refused": _("A letter to %(who)s was refused."),
        "given-up": _("A letter to %(who)s could not be delivered for two days."),
        "stopped": _("Nothing is sent to %(who)s any more: letters came back."),
        "removed": _("%(who)s was removed and is told nothing any more."),
        "too-many": _(
            "%(who)s is sent nothing automatic for now: by writing mail it had more letters within an hour than a person asks for."
        ),
    }
    return words[str(about.data["why"])] % {"who": about.name("contact")}


def _paged(about: _About) -> str:
    words = {
        "on-call": _("You are paged: you are on call. Acknowledge, and look at it now."),
        "next": _("You are paged: whoever was paged before you did not acknowledge."),
        "manager": _("You are paged: nobody in the line acknowledged."),
        "gap": _("You are paged: nobody is on call for it."),
        "unanswered": _("Nobody acknowledged, and nobody is paged any more: it waits for somebody."),
    }
    return words[str(about.data["what"])]


def _escalated(about: _About) -> str:
    commitment, programme = str(about.data["commitment"]), about.programme
    rule = None if programme is None else escalation_words.rule_of(programme, str(about.data["rule"]))
    if rule is None:
        return _("Escalated: %(what)s.") % {"what": wording.commitment(commitment).lower()}
    what = escalation_words.moment(rule.at, commitment)
    if about.data.get("late"):
        when = about.speech.moments.day_time(int(about.data["at"]))
        return _("Escalated: %(what)s. It fell due %(when)s, and was noticed late.") % {
            "what": what,
            "when": when,
        }
    return _("Escalated: %(what)s.") % {"what": what}


def _page_taken(about: _About) -> str:
    return _("%(who)s has it: nobody else is paged.") % {"who": about.name("by")}


def _on_call_swapped(about: _About) -> str:
    values = {
        "who": about.name("contact"),
        "from": about.speech.moments.day_time(datetime.fromisoformat(str(about.data["from"]))),
        "until": about.speech.moments.day_time(datetime.fromisoformat(str(about.data["until"]))),
    }
    if about.data.get("taken-back"):
        return _("Taken back: %(who)s on call from %(from)s to %(until)s.") % values
    return _("%(who)s is on call from %(from)s to %(until)s.") % values


_SENTENCES: Mapping[str, Callable[[_About], str]] = {
    Kind.CONTACT_NAMED: _contact_named,
    Kind.CONTACT_WITHDRAWN: _contact_withdrawn,
    Kind.CONTACT_SWAPPED: _contact_swapped,
    Kind.STAND_IN_NAMED: _stand_in,
    Kind.CONTRACT_CHANGED: _contract_changed,
    Kind.AGREEMENT_ATTACHED: _attached,
    Kind.AGREEMENT_ACCEPTED: _accepted,
    Kind.CAP_CHANGED: _cap,
    Kind.PLAN_ASKED: _plan_asked,
    Kind.PLAN_GRANTED: _plan_granted,
    Kind.PLAN_DECLINED: _plan_declined,
    Kind.REQUEST_HELD: _held,
    Kind.REQUEST_ADOPTED: _adopted,
    Kind.REQUEST_DECLINED: _declined,
    Kind.REQUEST_FREED: _freed,
    Kind.ALLOWANCE_USED: _used,
    Kind.ALLOWANCE_LOW: _low,
    Kind.ALLOWANCE_EXPIRES: _expires,
    Kind.WAY_CHOSEN: _chosen,
    Kind.ESTIMATE_MADE: _estimate,
    Kind.ESTIMATE_AGREED: _agreed,
    Kind.ESTIMATE_DECLINED: _disagreed,
    Kind.FOLLOW_UP_DUE: _follow_up,
    Kind.FILE_PARKED: _parked,
    Kind.FIX_SHIPPED: _fix_shipped,
    Kind.REQUEST_MERGED: _request_merged,
    Kind.REQUEST_SPLIT: _request_split,
    Kind.PAYMENT_RECEIVED: _paid,
    Kind.INVOICE_ISSUED: _invoice,
    Kind.MENTIONED: _mentioned,
    Kind.GIVEN: _given,
    Kind.WATCHED: _watched,
    Kind.REQUEST_MOVED: _moved,
    Kind.CONTESTED: _contested,
    Kind.OBJECTION_ANSWERED: _objection_answered,
    Kind.OBJECTION_OVERDUE: _objection_overdue,
    Kind.PAGED: _paged,
    Kind.ESCALATED: _escalated,
    Kind.PAGE_TAKEN: _page_taken,
    Kind.ON_CALL_SWAPPED: _on_call_swapped,
    Kind.REQUEST_RECEIVED: _request_received,
    Kind.DECIDED_ANEW: _decided_anew,
    Kind.REMINDED: _reminded,
    Kind.LETTER_BOUNCED: _letter_bounced,
    Kind.ASKED: _asked,
    Kind.MAIL_HELD: _mail_held,
    Kind.MAIL_PARKED: _mail_parked,
}
