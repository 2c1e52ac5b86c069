"""What is done to a defect: confirmed, corrected, asked after, shipped; and a customer who has it too. The only writer.

Every deed of the vendor is appended to the defect's history with what was before and after. Rules:
docs/reference/defects.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from palier.people import access, prepared
from palier.people.models import Contact, Staff, Vendor
from palier.software import words
from palier.software.models import Defect, DefectChange, MeToo, State

FIRST_NUMBER = 1
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
LONGEST_VERSION = 40
LONGEST_REFERENCE = 120
MOST_VERSIONS = 200
TEXTS = ("title", "description", "workaround")
EDITED = (
    *TEXTS, "product", "affected", "first_seen_on", "state", "maker_reference", "follow_up_on", "fixed_in", "public",
    "owner",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is said of a defect. Texts by language, at least a title in one; `affected` the versions that have it."""

    product: str
    title: Mapping[str, str]
    description: Mapping[str, str] = field(default_factory=dict)
    workaround: Mapping[str, str] = field(default_factory=dict)
    affected: tuple[str, ...] = ()
    first_seen_on: date | None = None
    state: str = State.CONFIRMED.value
    maker_reference: str = ""
    follow_up_on: date | None = None
    fixed_in: str = ""
    public: bool = False
    owner_id: UUID | None = None


def confirm(*, by: access.Viewer, facts: Facts, products: Collection[str], now: datetime) -> Defect:
    """Keep a confirmed deviation as a defect of its own. `products` are the ids the vendor's programme knows.

    Without a date it was first seen today; without an owner it is whoever confirms it. Raises Refused.
    """
    access.require_role(by, access.WORKS_ON_TICKETS)
    today = here(by.vendor_id, now)
    row = Defect(vendor_id=by.vendor_id, confirmed_at=now, updated_at=now)
    _set(by, row, facts, products, today)
    if facts.owner_id is None:
        row.owner_id = by.staff_id
    if row.state == State.SHIPPED:
        raise _ship_it()
    _check_follow_up(row.follow_up_on, today)
    row.number = _next_number(by.vendor_id)
    row.words = _words(row)
    row.save(force_insert=True)
    _append(
        by, row, "confirmed", {name: [None, shown(row, name)] for name in EDITED if shown(row, name)}, now
    )
    return row


def edit(
    *, by: access.Viewer, defect: Defect, facts: Facts, products: Collection[str], now: datetime
) -> Defect:
    """Correct what is said of a defect; what changed is appended to its history. Raises Refused.

    A shipped one can be taken up again (the fix did not hold); it becomes shipped only by `ship`.
    """
    access.require_role(by, access.WORKS_ON_TICKETS)
    row = locked(by, defect.id)
    before = {name: shown(row, name) for name in EDITED}
    follow_up = row.follow_up_on
    was = row.state
    _set(by, row, facts, {*products, row.product}, here(by.vendor_id, now))
    if row.state == State.SHIPPED != was:
        raise _ship_it()
    if row.follow_up_on != follow_up:
        _check_follow_up(row.follow_up_on, here(by.vendor_id, now))
    if row.state != State.SHIPPED:
        row.shipped_on = None
    changed = {name: [before[name], shown(row, name)] for name in EDITED if before[name] != shown(row, name)}
    if not changed:
        raise access.Refused(
            code="no-change",
            en="Nothing was changed: correct something, or leave it as it is.",
            fr="Rien n’a été modifié : corrigez quelque chose, ou laissez tel quel.",
        )
    row.words = _words(row)
    row.updated_at = now
    row.save()
    _append(by, row, "edited", changed, now)
    return row


def follow_up(
    *,
    by: access.Viewer,
    defect: Defect,
    reference: str,
    follow_up_on: date | None,
    words_said: str,
    now: datetime,
) -> Defect:
    """Keep what the manufacturer or research answered: its reference, and when to ask again (None: no more)."""
    access.require_role(by, access.WORKS_ON_TICKETS)
    row = locked(by, defect.id)
    before = {name: shown(row, name) for name in ("maker_reference", "follow_up_on")}
    row.maker_reference = _short(reference, LONGEST_REFERENCE, "reference", "référence")
    row.follow_up_on = follow_up_on
    _check_follow_up(follow_up_on, here(by.vendor_id, now))
    row.words = _words(row)
    row.updated_at = now
    row.save()
    data: dict[str, Any] = {name: [value, shown(row, name)] for name, value in before.items()}
    if words_said.strip():
        data["said"] = [None, _long(words_said)]
    _append(by, row, "follow-up", data, now)
    return row


def ship(
    *, by: access.Viewer, defect: Defect, fixed_in: str, shipped_on: date | None, now: datetime
) -> Defect:
    """The fix is there, in this version or patch. Raises Refused without one, and for what was shipped already.

    Who has the defect is told by whoever calls this.
    """
    access.require_role(by, access.WORKS_ON_TICKETS)
    row = locked(by, defect.id)
    if row.state in (State.SHIPPED, State.WITHDRAWN):
        raise access.Refused(
            code="not-to-ship",
            en="This defect was shipped or withdrawn already: take it up again first, if the fix did not hold.",
            fr="Ce défaut est déjà livré ou retiré : reprenez-le d’abord, si la correction n’a pas tenu.",
        )
    patch = _short(fixed_in, 120, "patch", "correctif")
    if not patch:
        raise access.Refused(
            code="no-patch",
            en="Say which version or patch fixes it, such as 7.2.1.",
            fr="Dites quelle version ou quel correctif le résout, comme 7.2.1.",
        )
    today = here(by.vendor_id, now)
    day = shipped_on or today
    if day > today:
        raise access.Refused(
            code="not-shipped-yet",
            en="It cannot have shipped on a date to come: ship it on the day it is there.",
            fr="Il ne peut pas être livré à une date à venir : livrez-le le jour où il est là.",
        )
    before = {name: shown(row, name) for name in ("state", "fixed_in", "follow_up_on")}
    row.state, row.fixed_in, row.shipped_on, row.follow_up_on = State.SHIPPED.value, patch, day, None
    row.words = _words(row)
    row.updated_at = now
    row.save()
    changed: dict[str, Any] = {n: [v, shown(row, n)] for n, v in before.items() if v != shown(row, n)}
    changed["shipped_on"] = [None, day.isoformat()]
    _append(by, row, "shipped", changed, now)
    return row


def me_too(*, by: access.Viewer, defect: Defect, version: str, now: datetime) -> MeToo:
    """A customer has it too, in that version: its organisation is told when the fix ships. Once; a later one corrects it."""
    contact = Contact.objects.get(vendor_id=by.vendor_id, id=by.as_contact())
    row, _ = MeToo.objects.update_or_create(
        vendor_id=by.vendor_id,
        defect_id=defect.id,
        organisation_id=contact.organisation_id,
        defaults={
            "version": _short(version, LONGEST_VERSION, "version", "version"),
            "contact_id": contact.id,
            "at": now,
        },
    )
    return row


def note(by: access.Viewer, defect_id: UUID, kind: str, data: Mapping[str, Any], now: datetime) -> None:
    """Append to a defect's history what was done about it elsewhere: a request that hangs on it, customers told."""
    DefectChange.objects.create(
        vendor_id=by.vendor_id, defect_id=defect_id, kind=kind, data=dict(data), user_id=by.user_id, at=now
    )


# --- parts --------------------------------------------------------------------------------------------


def locked(by: access.Viewer, defect_id: UUID) -> Defect:
    """The defect as it is now, locked."""
    return Defect.objects.select_for_update(no_key=True).get(vendor_id=by.vendor_id, id=defect_id)


def here(vendor_id: UUID, now: datetime) -> date:
    """The date at the vendor."""
    zone = Vendor.objects.values_list("zone", flat=True).get(id=vendor_id)
    return now.astimezone(ZoneInfo(zone)).date()


def shown(row: Defect, name: str) -> Any:
    """A value as the history keeps it."""
    if name == "owner":
        return None if row.owner_id is None else str(row.owner_id)
    value = getattr(row, name)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _append(by: access.Viewer, row: Defect, kind: str, data: Mapping[str, Any], now: datetime) -> None:
    note(by, row.id, kind, data, now)


def _set(by: access.Viewer, row: Defect, facts: Facts, products: Collection[str], today: date) -> None:
    if facts.product not in products:
        raise access.Refused(
            code="no-such-product",
            en="Say which product has it: choose one of the programme’s.",
            fr="Dites quel produit l’a : choisissez-en un du programme.",
        )
    if facts.state not in State.values:
        raise access.Refused(
            code="no-such-state",
            en=f"{facts.state!r} is no state of a defect: choose one that is listed.",
            fr=f"{facts.state!r} n’est pas un état de défaut : choisissez-en un de la liste.",
        )
    row.product, row.state = facts.product, facts.state
    row.title = _texts(facts.title, LONGEST_TITLE)
    if not row.title:
        raise access.Refused(
            code="no-title",
            en="Give the defect a title in one language at least.",
            fr="Donnez un titre au défaut, dans une langue au moins.",
        )
    row.description, row.workaround = (
        _texts(one, LONGEST_TEXT) for one in (facts.description, facts.workaround)
    )
    row.affected = _versions(facts.affected)
    row.first_seen_on = facts.first_seen_on or row.first_seen_on or today
    if row.first_seen_on > today:
        raise access.Refused(
            code="seen-in-the-future",
            en="It cannot have been seen first on a date to come: correct the date.",
            fr="Il ne peut pas avoir été vu la première fois à une date à venir : corrigez la date.",
        )
    row.maker_reference = _short(facts.maker_reference, LONGEST_REFERENCE, "reference", "référence")
    row.follow_up_on = facts.follow_up_on
    row.fixed_in = _short(facts.fixed_in, 120, "patch", "correctif")
    row.public = facts.public
    row.owner_id = _owner(by, facts.owner_id, row.owner_id)


def _owner(by: access.Viewer, wanted: UUID | None, stands: UUID | None) -> UUID | None:
    if wanted is None or wanted == stands:
        return wanted
    found = Staff.objects.filter(vendor_id=by.vendor_id, id=wanted, removed_at=None)
    if not found.exists():
        raise access.Refused(
            code="no-such-person",
            en="Nobody listed here was chosen as owner: choose somebody from the list, or nobody.",
            fr="Personne de la liste n’a été choisi comme responsable : choisissez quelqu’un, ou personne.",
        )
    return wanted


def _texts(given: Mapping[str, str], longest: int) -> dict[str, str]:
    found = {one: _long(text, longest) for one, text in given.items() if text.strip()}
    if strange := set(found) - set(words.LANGUAGES):
        raise ValueError(f"texts in {sorted(strange)}: there are {words.LANGUAGES}")
    return found


def _long(text: str, longest: int = LONGEST_TEXT) -> str:
    if len(text.strip()) > longest:
        raise access.Refused(
            code="too-long",
            en=f"At most {longest} characters fit here; {len(text.strip())} were written. Nothing was cut.",
            fr=f"{longest} caractères au plus tiennent ici ; il y en a {len(text.strip())}. Rien n’a été coupé.",
        )
    return text.strip()


def _short(text: str, longest: int, en: str, fr: str) -> str:
    found = " ".join(text.split())
    if len(found) > longest:
        raise access.Refused(
            code="too-long",
            en=f"A {en} has at most {longest} characters.",
            fr=f"Le champ « {fr} » a au plus {longest} caractères.",
        )
    return found


def _versions(given: tuple[str, ...]) -> list[str]:
    found = list(
        dict.fromkeys(one for text in given if (one := _short(text, LONGEST_VERSION, "version", "version")))
    )
    if len(found) > MOST_VERSIONS:
        raise access.Refused(
            code="too-many-versions",
            en=f"At most {MOST_VERSIONS} versions fit here.",
            fr=f"{MOST_VERSIONS} versions au plus tiennent ici.",
        )
    return found


def _check_follow_up(day: date | None, today: date) -> None:
    if day is not None and day < today:
        raise access.Refused(
            code="follow-up-past",
            en="The date to ask again lies in the past: choose one to come.",
            fr="La date de relance est passée : choisissez-en une à venir.",
        )


def _ship_it() -> access.Refused:
    return access.Refused(
        code="ship-it",
        en="A defect is shipped by “Ship the fix”, which tells whoever has it: use that.",
        fr="Un défaut se livre par « Livrer la correction », qui prévient ceux qui l’ont : passez par là.",
    )


def _words(row: Defect) -> str:
    texts = [text for name in TEXTS for text in getattr(row, name).values()]
    return words.folded(
        " ".join([f"D{row.number}", row.product, row.maker_reference, row.fixed_in, *row.affected, *texts])
    )


def _next_number(vendor_id: UUID) -> int:
    """The vendor's next defect number: no number is lost when it is rolled back."""
    ((number,),) = prepared.rows(
        "insert into software_numbering as n (id, vendor_id, next) values (%s, %s, %s)"
        " on conflict (vendor_id) do update set next = n.next + 1 returning n.next - 1",
        [uuid7(), vendor_id, FIRST_NUMBER + 1],
    )
    return int(number)
