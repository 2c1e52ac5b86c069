"""Requests that hang on a known defect: confirmed from one, attached and detached, counted, and told when the fix ships."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from palier.contracts import products
from palier.core.programme import Wait
from palier.people import access, prepared
from palier.people.models import Contact
from palier.software import actions, queries, words
from palier.software.actions import Facts
from palier.software.models import Defect, MeToo
from palier.tickets import links, locks, permissions, researching, rounds
from palier.tickets.happenings import DeskKind, Happening, append
from palier.tickets.models import DefectLink, Round, Ticket
from palier.tickets.problems import CannotDo

AWAITS_FIX = (Wait.PATCH, Wait.MANUFACTURER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hanging:
    """How much hangs on a defect: requests, those of them open, customers (also those who only said that they have it)."""

    tickets: int = 0
    open: int = 0
    customers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom shipping a fix tells: open requests by a message, `waiting` of them for the fix; contacts by a notice.

    `customers` by name, those that the viewer may see; `hidden` requests are told as well, in the vendor's name.
    `languages` are those that the messages are read in.
    """

    tickets: tuple[Ticket, ...]
    hidden: int
    waiting: int
    noticed: int
    customers: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def messages(self) -> int:
        """How many requests get a message."""
        return len(self.tickets) + self.hidden


# --- hanging on ---------------------------------------------------------------------------------------


def attach(*, by: access.Viewer, ticket: Ticket, defect: Defect, now: datetime) -> DefectLink:
    """Let a request hang on a defect: by the desk, or by a customer its own on one that it may read. Raises CannotDo."""
    locked = locks.ticket(by, ticket.id)
    if by.is_customer:
        _check_known(by, defect, now)
    else:
        permissions.require(by, locked, "link", now)
    before = of(locked)
    if before is not None:
        number = words.number_of(queries.prefix_of(by.vendor_id), before.number)
        raise CannotDo(
            code="hangs-already",
            en=f"This request hangs on {number} already: detach it there first. One request is of one deviation; split others off.",
            fr=f"Cette demande est déjà rattachée à {number} : détachez-la d’abord. Une demande porte sur un seul écart ; scindez les autres.",
        )
    link = DefectLink.objects.create(
        vendor_id=by.vendor_id, ticket=locked, defect=defect, user_id=by.user_id, at=now
    )
    attached = Happening(kind=DeskKind.DEFECT_ATTACHED, data={"defect": defect.number})
    append(locked, attached, by=by, at=now, now=now)
    actions.note(by, defect.id, "attached", {"ticket": str(locked.id)}, now)
    return link


def _check_known(by: access.Viewer, defect: Defect, now: datetime) -> None:
    number = words.number_of(queries.prefix_of(by.vendor_id), defect.number)
    queries.known_one(vendor_id=by.vendor_id, products=products.covered(by, now), number=number)


def detach(*, by: access.Viewer, ticket: Ticket, now: datetime) -> None:
    """The request is not of that defect after all."""
    locked = locks.ticket(by, ticket.id)
    permissions.require(by, locked, "link", now)
    found = (
        DefectLink.objects.filter(vendor_id=by.vendor_id, ticket_id=locked.id)
        .select_related("defect")
        .first()
    )
    if found is None:
        raise CannotDo(
            code="hangs-on-none",
            en="This request hangs on no defect: reload the page.",
            fr="Cette demande n’est rattachée à aucun défaut : rechargez la page.",
        )
    defect = found.defect
    found.delete()
    detached = Happening(kind=DeskKind.DEFECT_DETACHED, data={"defect": defect.number})
    append(locked, detached, by=by, at=now, now=now)
    actions.note(by, defect.id, "detached", {"ticket": str(locked.id)}, now)


def confirm(
    *, by: access.Viewer, ticket: Ticket, facts: Facts, known: Collection[str], now: datetime
) -> Defect:
    """Confirm a deviation found on a request: a defect of its own, on which the request hangs from then on."""
    permissions.require(by, ticket, "link", now)
    defect = actions.confirm(by=by, facts=facts, products=known, now=now)
    attach(by=by, ticket=ticket, defect=defect, now=now)
    return defect


def prefilled(ticket: Ticket, *, body: str, today: date) -> Facts:
    """What a request already says of the deviation: product, version, words, and the manufacturer's reference where it is."""
    language = "fr" if ticket.language.startswith("fr") else "en"
    out = researching.standing(ticket)
    follow_up_on = None if out is None else out.follow_up_on
    return Facts(
        product=ticket.product,
        title={language: ticket.subject[: actions.LONGEST_TITLE]},
        description={language: body},
        affected=(ticket.version,) if ticket.version else (),
        first_seen_on=min(ticket.reached_at.date(), today),
        maker_reference="" if out is None else out.reference,
        follow_up_on=follow_up_on if follow_up_on is not None and follow_up_on >= today else None,
    )


# --- asking -------------------------------------------------------------------------------------------


def of(ticket: Ticket) -> Defect | None:
    """The defect that a request hangs on. Asked by every page of a request, most of which hang on none: one small statement."""
    found = prepared.row(
        "select defect_id from tickets_defectlink where vendor_id = %s and ticket_id = %s",
        [ticket.vendor_id, ticket.id],
    )
    if found is None:
        return None
    return Defect.objects.select_related("owner").get(vendor_id=ticket.vendor_id, id=found[0])


def hanging(viewer: access.Viewer, defect: Defect) -> tuple[Ticket, ...]:
    """The requests that hang on a defect, of those the viewer may see: open ones first, then by number."""
    ids = DefectLink.objects.filter(vendor_id=defect.vendor_id, defect_id=defect.id).values("ticket_id")
    rows = (
        Ticket.objects.visible_to(viewer)
        .filter(id__in=ids)
        .select_related("organisation", "author", "adopted_by")
    )
    return tuple(rows.order_by("-is_open", "number"))


def counts(vendor_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Hanging]:
    """How much hangs on each of these defects, whoever may see it: figures, no names."""
    found = {
        row["defect_id"]: row
        for row in DefectLink.objects.filter(vendor_id=vendor_id, defect_id__in=list(ids))
        .values("defect_id")
        .annotate(tickets=Count("id"), open=Count("id", filter=Q(ticket__is_open=True)))
    }
    customers: dict[UUID, set[UUID]] = {one: set() for one in ids}
    for defect_id, organisation_id in DefectLink.objects.filter(
        vendor_id=vendor_id, defect_id__in=list(ids)
    ).values_list("defect_id", "ticket__organisation_id"):
        customers[defect_id].add(organisation_id)
    for defect_id, organisation_id in MeToo.objects.filter(
        vendor_id=vendor_id, defect_id__in=list(ids)
    ).values_list("defect_id", "organisation_id"):
        customers[defect_id].add(organisation_id)
    return {
        one: Hanging(
            tickets=found[one]["tickets"] if one in found else 0,
            open=found[one]["open"] if one in found else 0,
            customers=len(customers[one]),
        )
        for one in ids
    }


# --- shipping -----------------------------------------------------------------------------------------


def reach(viewer: access.Viewer, defect: Defect) -> Reach:
    """Whom shipping the fix would tell."""
    targets = _targets(defect)
    seen = Ticket.objects.visible_to(viewer).filter(id__in=[one.id for one in targets.told])
    visible = tuple(seen.select_related("organisation", "author", "adopted_by").order_by("number"))
    hidden = viewer.hidden_organisations
    names = {one.organisation.name for one in visible}
    names |= {one.organisation.name for one in targets.contacts if one.organisation_id not in hidden}
    readers = [rounds.reader_of(one) for one in targets.told]
    return Reach(
        tickets=visible,
        hidden=len(targets.told) - len(visible),
        waiting=sum(one.wait in AWAITS_FIX for one in targets.told),
        noticed=len(targets.noticed) + len(targets.contacts),
        customers=tuple(sorted(names)),
        languages=tuple(sorted({one.language.partition("-")[0] for one in readers if one.language})),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    """Open requests, which are told by a message; ended ones and contacts who only said that they have it, by a notice."""

    told: tuple[Ticket, ...]
    noticed: tuple[Ticket, ...]
    contacts: tuple[Contact, ...]


def _targets(defect: Defect) -> _Targets:
    ids = DefectLink.objects.filter(vendor_id=defect.vendor_id, defect_id=defect.id).values("ticket_id")
    rows = [
        row
        for row in Ticket.objects.filter(vendor_id=defect.vendor_id, id__in=ids)
        .select_related("organisation", "author", "adopted_by")
        .order_by("number")
        if row.is_open or not links.is_merged(row)
    ]
    readers = {rounds.reader_of(row).id for row in rows}
    contacts = tuple(
        one.contact
        for one in queries.me_toos(defect).select_related("contact__organisation")
        if one.contact_id not in readers
    )
    return _Targets(
        told=tuple(row for row in rows if row.is_open),
        noticed=tuple(row for row in rows if not row.is_open),
        contacts=contacts,
    )


def ship(
    *,
    by: access.Viewer,
    defect: Defect,
    fixed_in: str,
    shipped_on: date | None,
    texts: Mapping[str, str],
    now: datetime,
) -> Round:
    """The fix is there: whoever has the defect is told, request by request, and what waited for it waits no more.

    `texts` is the message by language, as it was edited. The telling itself is done by the worker, each request in a
    transaction of its own, once (`rounds`). Raises Refused, CannotDo.
    """
    rounds.check_texts(texts)
    locked = actions.ship(by=by, defect=defect, fixed_in=fixed_in, shipped_on=shipped_on, now=now)
    targets = _targets(locked)
    return rounds.start(
        by=by,
        kind=Round.SHIPPED,
        texts=texts,
        tickets=[*targets.told, *targets.noticed],
        contacts=targets.contacts,
        defect=locked,
        fixed_in=locked.fixed_in,
        now=now,
    )


def ship_texts(defect: Defect, fixed_in: str) -> dict[str, str]:
    """The message that shipping proposes, by language: what was wrong, since when, what fixes it, the way round until then."""
    prefix = queries.prefix_of(defect.vendor_id)
    return {
        one: _TEXTS[one](_Words(defect=defect, language=one, patch=fixed_in, prefix=prefix))
        for one in words.LANGUAGES
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    defect: Defect
    language: str
    patch: str
    prefix: str

    @property
    def number(self) -> str:
        return words.number_of(self.prefix, self.defect.number)

    def text(self, name: str) -> str:
        return words.in_language(getattr(self.defect, name), self.language)[0]

    @property
    def versions(self) -> str:
        return ", ".join(self.defect.affected)


def _english(about: _Words) -> str:
    parts = [
        "Hello {contact},",
        f"The fix for “{about.text('title')}” ({about.number}) is available: {about.patch or '{patch}'}.",
    ]
    if about.versions:
        parts.append(f"It replaces the affected versions: {about.versions}.")
    if about.text("workaround"):
        parts.append(
            f"Until you have installed it, this gets you round the problem:\n\n{about.text('workaround')}"
        )
    parts.append("Your request {number} no longer waits for the fix. Tell us here once it works for you.")
    return "\n\n".join(parts)


def _french(about: _Words) -> str:
    parts = [
        "Bonjour {contact},",
        f"La correction de « {about.text('title')} » ({about.number}) est disponible : {about.patch or '{patch}'}.",
    ]
    if about.versions:
        parts.append(f"Elle remplace les versions concernées : {about.versions}.")
    if about.text("workaround"):
        parts.append(
            f"Tant que vous ne l’avez pas installée, voici comment contourner le problème :\n\n{about.text('workaround')}"
        )
    parts.append(
        "Votre demande {number} n’attend plus la correction. Dites-nous ici quand tout fonctionne chez vous."
    )
    return "\n\n".join(parts)


_TEXTS = {"en": _english, "fr": _french}
