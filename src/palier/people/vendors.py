"""A vendor's own name and look, and when its first steps were over. Vendors stand outside the walls: only one's own is written."""

from __future__ import annotations

import re
from datetime import datetime

from palier.people import access, changes
from palier.people.access import Refused, Viewer
from palier.people.models import Vendor


def _locked(by: Viewer) -> Vendor:
    return Vendor.objects.select_for_update().get(id=by.vendor_id)


def change_look(*, by: Viewer, name: str, accent: str, now: datetime) -> Vendor:
    """Name and colour (#rrggbb, or empty for Palier's own) as they are from now on."""
    access.require_role(by, access.RUNS_THE_DESK)
    called, colour = " ".join(name.split())[:200], accent.strip().lower()
    if not called:
        raise Refused(code="name-needed", en="A name is needed.", fr="Il faut un nom.")
    if colour and not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise Refused(
            code="bad-colour",
            en=f"“{colour}” is no colour: write it as #rrggbb, such as #1d4ed8.",
            fr=f"« {colour} » n’est pas une couleur : écrivez-la comme #rrggbb, par exemple #1d4ed8.",
        )
    vendor = _locked(by)
    if vendor.name != called:
        changes.record(by, changes.Kind.VENDOR_NAMED, now=now)
    if vendor.accent.lower() != colour:
        changes.record(by, changes.Kind.ACCENT_CHANGED, data={"was": vendor.accent, "now": colour}, now=now)
    vendor.name, vendor.accent = called, colour
    vendor.save(update_fields=["name", "accent"])
    return vendor


def set_logo(*, by: Viewer, sha256: str, width: int, height: int, now: datetime) -> str:
    """The picture that is shown from now on (empty: none), by its content; returns the one shown before."""
    access.require_role(by, access.RUNS_THE_DESK)
    vendor = _locked(by)
    before = vendor.logo
    vendor.logo, vendor.logo_width, vendor.logo_height = sha256, width, height
    vendor.save(update_fields=["logo", "logo_width", "logo_height"])
    if before != sha256:
        changes.record(by, changes.Kind.LOGO_CHANGED if sha256 else changes.Kind.LOGO_REMOVED, now=now)
    return before


def finish_set_up(*, by: Viewer, now: datetime) -> None:
    """No longer lead the vendor's people through the first steps."""
    access.require_role(by, access.RUNS_THE_DESK)
    Vendor.objects.filter(id=by.vendor_id, set_up_at=None).update(set_up_at=now)
