"""Questions about defects: the known ones of some products, one by its number, its history, who has it too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from palier.people import access, prepared
from palier.people.models import Vendor
from palier.software import words
from palier.software.models import Defect, DefectChange, MeToo, State

KNOWN_STATES = tuple(state for state in State if state is not State.WITHDRAWN)
"""What customers read: all but what turned out to be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A public defect as customers read it; `number` as people write it (NOR-D12), texts by language."""

    id: UUID
    number: str
    product: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    workaround: Mapping[str, str]
    affected: tuple[str, ...]
    state: str
    fixed_in: str
    first_seen_on: date
    shipped_on: date | None

    def title_in(self, language: str) -> tuple[str, str]:
        """The title in that language, else in the one there is, and which that is."""
        return words.in_language(self.title, language)


def prefix_of(vendor_id: UUID) -> str:
    """What the vendor's numbers begin with."""
    found: tuple[str] | None = prepared.row("select prefix from people_vendor where id = %s", [vendor_id])
    if found is None:
        raise Vendor.DoesNotExist(f"no vendor {vendor_id}")
    return found[0]


def known(
    *, vendor_id: UUID, products: Collection[str], text: str = "", version: str = "", most: int = 50
) -> tuple[Known, ...]:
    """The public defects of these products (those of the reader's contracts: `contracts.products.covered`).

    With a `text`, those in which some of its words stand, the most words first; those that affect `version` come before
    others, then the newest. A number (`NOR-D12`) finds its defect. Nothing withdrawn, nothing internal.
    """
    if not products:
        return ()
    rows = Defect.objects.filter(
        vendor_id=vendor_id, public=True, product__in=list(products), state__in=KNOWN_STATES
    )
    asked = words.telling(text)
    if text.strip():
        if not asked:
            return ()
        rows = rows.filter(_any_of(asked))
    found = list(rows.order_by("-number")[: most if not asked and not version else 500])
    found.sort(
        key=lambda row: (
            -sum(one in row.words for one in asked),
            bool(version) and version not in row.affected,
            row.state == State.SHIPPED,
            -row.number,
        )
    )
    prefix = prefix_of(vendor_id)
    return tuple(of(row, prefix) for row in found[:most])


def of(row: Defect, prefix: str) -> Known:
    """A defect as customers read it."""
    return Known(
        id=row.id,
        number=words.number_of(prefix, row.number),
        product=row.product,
        title=row.title,
        description=row.description,
        workaround=row.workaround,
        affected=tuple(row.affected),
        state=row.state,
        fixed_in=row.fixed_in,
        first_seen_on=row.first_seen_on,
        shipped_on=row.shipped_on,
    )


def known_one(*, vendor_id: UUID, products: Collection[str], number: str) -> Defect:
    """The public defect with that number. Raises Defect.DoesNotExist alike for another product's, an internal and a missing one."""
    found = by_number(vendor_id, number)
    if not found.public or found.product not in products or found.state == State.WITHDRAWN:
        raise Defect.DoesNotExist(f"no defect {number}")
    return found


def by_number(vendor_id: UUID, number: str) -> Defect:
    """The defect with that number (`NOR-D12`). Raises Defect.DoesNotExist."""
    figure = words.named(number, prefix_of(vendor_id))
    if figure is None:
        raise Defect.DoesNotExist(f"no defect {number}")
    return Defect.objects.select_related("owner").get(vendor_id=vendor_id, number=figure)


def find(viewer: access.Viewer, text: str, *, most: int = 20) -> tuple[Defect, ...]:
    """The vendor's defects for its people: by number, or those in which all the words stand, the newest first."""
    rows = Defect.objects.filter(vendor_id=viewer.vendor_id)
    figure = words.figure(text)
    if figure is not None:
        one = tuple(rows.filter(number=figure))
        if one:
            return one
    asked = words.searched(text)
    for word in asked:
        rows = rows.filter(words__contains=word)
    return tuple(rows.order_by("-number")[:most]) if asked or not text.strip() else ()


def defects(viewer: access.Viewer, *, state: str = "", product: str = "") -> QuerySet[Defect]:
    """The vendor's defects, newest first; of one state (`open`: those not ended) and product only, where asked."""
    rows = Defect.objects.filter(vendor_id=viewer.vendor_id).select_related("owner")
    if state == "open":
        rows = rows.exclude(state__in=(State.SHIPPED, State.WILL_NOT_FIX, State.WITHDRAWN))
    elif state:
        rows = rows.filter(state=state)
    if product:
        rows = rows.filter(product=product)
    return rows.order_by("-number")


def changes(defect: Defect) -> QuerySet[DefectChange]:
    """What was done to a defect, in order."""
    found = DefectChange.objects.filter(vendor_id=defect.vendor_id, defect_id=defect.id)
    return found.select_related("user").order_by("at", "id")


def me_toos(defect: Defect) -> QuerySet[MeToo]:
    """The customers who said that they have it too."""
    found = MeToo.objects.filter(vendor_id=defect.vendor_id, defect_id=defect.id)
    return found.select_related("organisation", "contact").order_by("at", "id")


def mine_too(viewer: access.Viewer) -> dict[UUID, MeToo]:
    """What the viewer's organisation said that it has too, by defect."""
    if viewer.organisation_id is None:
        return {}
    found = MeToo.objects.filter(vendor_id=viewer.vendor_id, organisation_id=viewer.organisation_id)
    return {row.defect_id: row for row in found}


def _any_of(asked: Collection[str]) -> Q:
    found = Q()
    for word in asked:
        found |= Q(words__contains=word)
    return found
