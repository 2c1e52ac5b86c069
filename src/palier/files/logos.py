"""A vendor's logo: a raster image encoded anew by us, kept under its content, shown to whoever comes to that vendor.

Never SVG: it is a program, and its text can say anything (docs/reference/attachments.md).
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from uuid import UUID

from django.db import transaction

from palier.files import pictures, sniffing, store
from palier.people import access, vendors
from palier.people.access import Refused, Viewer
from palier.people.models import Vendor

LARGEST = 4 * 1024 * 1024
_TAKEN = frozenset({"image/png", "image/jpeg", "image/webp"})


def _name(vendor_id: UUID, sha256: str) -> str:
    return f"{vendor_id}/logo/{sha256}.webp"


def keep(*, by: Viewer, body: bytes, name: str, now: datetime) -> str:
    """Show this picture from now on; returns the SHA-256 it is kept under. Raises Refused for what is no PNG, JPEG or WebP."""
    access.require_role(by, access.RUNS_THE_DESK)
    _require_taken(sniffing.media_type(body[: sniffing.HEAD], name), len(body))
    try:
        drawn = pictures.logo(io.BytesIO(body))
    except pictures.NoPicture as problem:
        most = pictures.MOST_LOGO_PIXELS // 1_000_000
        raise Refused(
            code="logo-unreadable",
            en=f"This picture cannot be drawn ({problem}): it is broken, or has more than {most} million pixels. "
            "Save it anew as PNG, about 480 pixels wide.",
            fr=f"Cette image ne peut pas être dessinée ({problem}) : elle est abîmée, ou compte plus de {most} millions "
            "de pixels. Enregistrez-la de nouveau en PNG, d’environ 480 pixels de large.",
        ) from problem
    sha256 = hashlib.sha256(drawn.picture).hexdigest()
    # Kept before the row that names it is committed: a logo that is shown is there.
    store.keep(_name(by.vendor_id, sha256), drawn.picture)
    before = vendors.set_logo(by=by, sha256=sha256, width=drawn.width, height=drawn.height, now=now)
    _forget(by.vendor_id, before, but=sha256)
    return sha256


def _require_taken(kind: str, size: int) -> None:
    if kind == "image/svg+xml":
        raise Refused(
            code="logo-svg",
            en="SVG is not taken: such a file can hold programs, and would run them for whoever looks at it. "
            "Save the logo as PNG, about 480 pixels wide.",
            fr="Le SVG n’est pas accepté : un tel fichier peut contenir des programmes, qui tourneraient chez qui le regarde. "
            "Enregistrez le logo en PNG, d’environ 480 pixels de large.",
        )
    if kind not in _TAKEN:
        raise Refused(
            code="logo-kind",
            en="By its content this is no PNG, JPEG or WebP picture, whatever its name says: choose one of these.",
            fr="D’après son contenu, ce n’est pas une image PNG, JPEG ou WebP, quel que soit son nom : choisissez l’un de ces formats.",
        )
    if size > LARGEST:
        raise Refused(
            code="logo-large",
            en="A logo is at most 4 MB: save it smaller, about 480 pixels wide.",
            fr="Un logo a au plus 4 Mo : enregistrez-le en plus petit, d’environ 480 pixels de large.",
        )


def remove(*, by: Viewer, now: datetime) -> None:
    """Show the name alone again."""
    before = vendors.set_logo(by=by, sha256="", width=0, height=0, now=now)
    _forget(by.vendor_id, before)


def _forget(vendor_id: UUID, sha256: str, *, but: str = "") -> None:
    """Once it is sure that no page names it any longer."""

    def forget() -> None:
        # Somebody may have chosen the same picture again meanwhile.
        if not Vendor.objects.filter(id=vendor_id, logo=sha256).exists():
            store.remove([_name(vendor_id, sha256)])

    if sha256 and sha256 != but:
        transaction.on_commit(forget)


def read(vendor_id: UUID, sha256: str) -> bytes | None:
    """The picture; None where none is kept under that content."""
    name = _name(vendor_id, sha256)
    return store.read(name) if store.there(name) else None
