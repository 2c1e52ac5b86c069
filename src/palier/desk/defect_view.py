"""A known defect in words for the desk: facts, the requests on it, the customers who have it, its history, who was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from palier.pages import defects as words_of
from palier.pages import wording
from palier.pages.catalogue import gettext as _
from palier.pages.defects import StateView, Written
from palier.pages.speech import Speech
from palier.people import queries as people
from palier.people.access import Viewer
from palier.software import queries, words
from palier.software.models import Defect, DefectChange, MeToo
from palier.tickets import defects, links, rounds
from palier.tickets.models import Round, RoundLine, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectLine:
    """A defect in the list."""

    number: str
    url: str
    title: Written
    product: str
    versions: str
    state: StateView
    public: bool
    age: str
    since: str
    requests: str
    customers: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request that hangs on a defect."""

    number: str
    url: str
    subject: str
    customer: str
    version: str
    status: str
    status_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One thing done to a defect: what, by whom, when; each value before and after."""

    what: str
    who: str
    when: str
    iso: str
    values: tuple[tuple[str, str, str], ...]
    ticket: str
    ticket_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """One round of telling: how far it is, and who could not be told."""

    title: str
    when: str
    counts: str
    to_come: str
    refused: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectView:
    """Everything the page shows."""

    number: str
    url: str
    title: Written
    state: StateView
    public: bool
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str, str], ...]
    requests: tuple[RequestLine, ...]
    hidden: str
    me_toos: tuple[tuple[str, str, str], ...]
    customers: str
    history: tuple[ChangeLine, ...]
    told: tuple[ToldLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachView:
    """Whom shipping tells, in words."""

    sums: tuple[str, ...]
    customers: tuple[str, ...]
    requests: tuple[tuple[str, str, str], ...]
    nobody: bool


def lines(viewer: Viewer, rows: Sequence[Defect], speech: Speech, now: datetime) -> list[DefectLine]:
    """The defects of a list."""
    prefix = queries.prefix_of(viewer.vendor_id)
    counts = defects.counts(viewer.vendor_id, [row.id for row in rows])
    return [_line(row, prefix, counts[row.id], speech, now) for row in rows]


def _line(row: Defect, prefix: str, hanging: defects.Hanging, speech: Speech, now: datetime) -> DefectLine:
    number = words.number_of(prefix, row.number)
    return DefectLine(
        number=number,
        url=reverse("desk:defect", args=[number]),
        title=words_of.written(row.title, speech),
        product=words_of.product(row.product, speech),
        versions=words_of.versions(row.affected),
        state=words_of.state(row.state),
        public=row.public,
        age=_age(row, now),
        since=speech.moments.date(row.first_seen_on),
        requests=_of_requests(hanging),
        customers=str(hanging.customers),
        owner=row.owner.name if row.owner is not None else "",
    )


def _age(row: Defect, now: datetime) -> str:
    days = max((now.date() - row.first_seen_on).days, 0)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _of_requests(hanging: defects.Hanging) -> str:
    if hanging.open == hanging.tickets:
        return str(hanging.tickets)
    return _("%(n)d, %(open)d open") % {"n": hanging.tickets, "open": hanging.open}


def view(viewer: Viewer, row: Defect, speech: Speech, now: datetime) -> DefectView:
    """One defect."""
    number = words.number_of(queries.prefix_of(viewer.vendor_id), row.number)
    hanging = defects.hanging(viewer, row)
    counted = defects.counts(viewer.vendor_id, [row.id])[row.id]
    unseen = counted.tickets - len(hanging)
    return DefectView(
        number=number,
        url=reverse("desk:defect", args=[number]),
        title=words_of.written(row.title, speech),
        state=words_of.state(row.state),
        public=row.public,
        facts=tuple(_facts(row, speech, now)),
        texts=tuple(_texts(row)),
        requests=tuple(_request(one) for one in hanging),
        hidden=(
            ngettext("And %(n)d more that you may not see.", "And %(n)d more that you may not see.", unseen)
            % {"n": unseen}
            if unseen
            else ""
        ),
        me_toos=tuple(_me_toos(viewer, queries.me_toos(row), speech)),
        customers=ngettext("%(n)d customer has it", "%(n)d customers have it", counted.customers)
        % {"n": counted.customers},
        history=tuple(_history(viewer, row, speech)),
        told=tuple(_told(viewer, one, speech, now) for one in rounds.of_defect(row)),
    )


def _facts(row: Defect, speech: Speech, now: datetime) -> Iterable[tuple[str, str]]:
    date = speech.moments.date
    found = (
        (_("Product"), words_of.product(row.product, speech)),
        (_("Affected versions"), words_of.versions(row.affected)),
        (_("First seen"), f"{date(row.first_seen_on)}, {_age(row, now)}"),
        (_("Their reference"), row.maker_reference),
        (_("Ask again on"), date(row.follow_up_on) if row.follow_up_on is not None else ""),
        (_("Fixed in"), row.fixed_in),
        (_("Shipped on"), date(row.shipped_on) if row.shipped_on is not None else ""),
        (_("Owner"), row.owner.name if row.owner is not None else _("nobody")),
        (_("Read by"), _("customers who have the product") if row.public else _("the desk only")),
    )
    return ((label, value) for label, value in found if value)


def _texts(row: Defect) -> Iterable[tuple[str, str, str]]:
    """(heading, text, language) of each text there is."""
    names = {"title": _("Title"), "description": _("Description"), "workaround": _("Workaround")}
    for name, heading in names.items():
        for language in words.LANGUAGES:
            text = getattr(row, name).get(language, "")
            if text:
                yield f"{heading}, {words_of.language_name(language)}", text, language


def _request(row: Ticket) -> RequestLine:
    number = links.number(row)
    return RequestLine(
        number=number,
        url=reverse("desk:ticket", args=[number]),
        subject=row.subject,
        customer=row.organisation.name,
        version=row.version,
        status=row.status,
        status_words=wording.wait_for(row.wait) if row.wait else wording.status(row.status),
    )


def _me_toos(viewer: Viewer, rows: Iterable[MeToo], speech: Speech) -> Iterable[tuple[str, str, str]]:
    for one in rows:
        if one.organisation_id in viewer.hidden_organisations:
            continue
        yield one.organisation.name, one.version, speech.moments.date(speech.moments.local(one.at).date())


# --- history --------------------------------------------------------------------------------------------


def _history(viewer: Viewer, row: Defect, speech: Speech) -> Iterable[ChangeLine]:
    changes = list(queries.changes(row))
    names = {str(id_): name for id_, name in people.staff_names(viewer).items()}
    ids = {str(one.data["ticket"]) for one in changes if one.data.get("ticket")}
    seen = {str(one.id): links.number(one) for one in Ticket.objects.visible_to(viewer).filter(id__in=ids)}
    for change in reversed(changes):
        yield _change(change, speech, names, seen)


def _change(change: DefectChange, speech: Speech, names: dict[str, str], seen: dict[str, str]) -> ChangeLine:
    what = {
        "confirmed": _("Confirmed"),
        "edited": _("Corrected"),
        "follow-up": _("Follow-up"),
        "attached": _("A request hangs on it"),
        "detached": _("A request was taken off it"),
        "shipped": _("The fix shipped"),
    }[change.kind]
    number = seen.get(str(change.data.get("ticket", "")), "")
    values = (
        () if change.kind in ("attached", "detached", "confirmed") else tuple(_values(change, speech, names))
    )
    return ChangeLine(
        what=what,
        who=change.user.name if change.user is not None else "",
        when=speech.moments.day_time(change.at),
        iso=change.at.isoformat(),
        values=values,
        ticket=number,
        ticket_url=reverse("desk:ticket", args=[number]) if number else "",
    )


def _values(change: DefectChange, speech: Speech, names: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    labels = {
        "title": _("Title"),
        "description": _("Description"),
        "workaround": _("Workaround"),
        "product": _("Product"),
        "affected": _("Affected versions"),
        "first_seen_on": _("First seen"),
        "state": _("State"),
        "maker_reference": _("Their reference"),
        "follow_up_on": _("Ask again on"),
        "fixed_in": _("Fixed in"),
        "shipped_on": _("Shipped on"),
        "public": _("Read by customers"),
        "owner": _("Owner"),
        "said": _("They said"),
    }
    for name, (before, after) in change.data.items():
        if before == after and name != "follow_up_on":
            continue
        yield labels[name], _value(name, before, speech, names), _value(name, after, speech, names)


def _value(name: str, value: Any, speech: Speech, names: dict[str, str]) -> str:
    if value in (None, "", [], {}):
        return "–"
    match name:
        case "state":
            return words_of.state(str(value)).words
        case "owner":
            return names.get(str(value), "–")
        case "public":
            return _("yes") if value else _("no")
        case "affected":
            return ", ".join(value)
        case "product":
            return words_of.product(str(value), speech)
        case "title" | "description" | "workaround":
            return " / ".join(f"{language}: {text}" for language, text in value.items())
        case "first_seen_on" | "follow_up_on" | "shipped_on":
            return speech.moments.date(datetime.fromisoformat(str(value)).date())
        case _:
            return str(value)


# --- telling --------------------------------------------------------------------------------------------


def reach(found: defects.Reach) -> ReachView:
    """Whom shipping tells."""
    sums: list[str] = []
    if found.messages:
        sums.append(
            ngettext("%(n)d request gets the message", "%(n)d requests get the message", found.messages)
            % {"n": found.messages}
        )
    if found.waiting:
        sums.append(
            ngettext(
                "%(n)d of them waits for the fix, and will wait no more",
                "%(n)d of them wait for the fix, and will wait no more",
                found.waiting,
            )
            % {"n": found.waiting}
        )
    if found.noticed:
        sums.append(
            ngettext("%(n)d contact gets a notice only", "%(n)d contacts get a notice only", found.noticed)
            % {"n": found.noticed}
        )
    sums.append(
        ngettext("%(n)d customer is told", "%(n)d customers are told", len(found.customers))
        % {"n": len(found.customers)}
    )
    if found.hidden:
        sums.append(
            ngettext(
                "%(n)d request that you may not see is told in the vendor’s name",
                "%(n)d requests that you may not see are told in the vendor’s name",
                found.hidden,
            )
            % {"n": found.hidden}
        )
    requests = tuple((links.number(one), one.subject, one.organisation.name) for one in found.tickets)
    return ReachView(
        sums=tuple(sums),
        customers=found.customers,
        requests=requests,
        nobody=not (found.messages or found.noticed),
    )


def told_words(report: rounds.Report) -> str:
    """`3 told, 1 by a notice`."""
    found = [ngettext("%(n)d told", "%(n)d told", report.told) % {"n": report.told}]
    if report.noticed:
        found.append(
            ngettext("%(n)d by a notice", "%(n)d by a notice", report.noticed) % {"n": report.noticed}
        )
    if report.refused:
        count = len(report.refused)
        found.append(ngettext("%(n)d refused", "%(n)d refused", count) % {"n": count})
    return ", ".join(found)


def _told(viewer: Viewer, row: Round, speech: Speech, now: datetime) -> ToldLine:
    report = rounds.report(row)
    seen = {
        one.id: links.number(one)
        for one in Ticket.objects.visible_to(viewer).filter(
            id__in=[line.ticket_id for line in report.refused if line.ticket_id]
        )
    }
    return ToldLine(
        title=_("Fix %(patch)s") % {"patch": row.fixed_in},
        when=speech.moments.near(row.started_at, now),
        counts=told_words(report),
        to_come=(
            ngettext(
                "%(n)d still to tell; the worker is at it",
                "%(n)d still to tell; the worker is at it",
                report.waiting,
            )
            % {"n": report.waiting}
            if report.waiting
            else ""
        ),
        refused=tuple(refused_lines(report.refused, seen, speech)),
    )


def refused_lines(
    found: Iterable[RoundLine], seen: dict[Any, str], speech: Speech
) -> Iterable[tuple[str, str, str]]:
    """(number, its address, why) of those that could not be told and may be seen."""
    for line in found:
        number = seen.get(line.ticket_id, "")
        if number:
            yield (
                number,
                reverse("desk:ticket", args=[number]),
                speech.typeset(line.said.get(speech.language, "")),
            )
