"""Where one's desk begins and what stands below one's answers. Rules: docs/reference/settings.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from palier.people import access, preferences
from palier.people.access import Refused, Viewer
from palier.workspace.models import Settings

LONGEST = 2000
QUEUE, DASHBOARD, CUSTOMERS, NOTICES = "queue", "dashboard", "customers", "notices"
PAGES = (QUEUE, DASHBOARD, CUSTOMERS, NOTICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """`start`: a page of PAGES, or `queue?…` with what follows the queue's address; `signatures` by language."""

    start: str = QUEUE
    signatures: Mapping[str, str] = field(default_factory=dict)


def of(viewer: Viewer) -> Personal:
    """The viewer's own."""
    if viewer.user_id is None:
        return Personal()
    row = Settings.objects.filter(vendor_id=viewer.vendor_id, user_id=viewer.user_id).first()
    if row is None:
        return Personal()
    return Personal(start=row.start or QUEUE, signatures=row.signatures)


def save(*, by: Viewer, start: str, signatures: Mapping[str, str], now: datetime) -> Personal:
    """Keep them. What `start` may be is checked by whoever offers the choices."""
    by.as_staff()
    user = preferences.account(by)
    kept = {language: text.strip() for language, text in signatures.items() if text.strip()}
    if any(len(text) > LONGEST for text in kept.values()):
        raise Refused(
            code="signature-long",
            en=f"A signature has at most {LONGEST} characters.",
            fr=f"Une signature a au plus {LONGEST} caractères.",
        )
    Settings.objects.update_or_create(
        vendor_id=by.vendor_id,
        user=user,
        defaults={"start": "" if start == QUEUE else start[:60], "signatures": kept, "changed_at": now},
    )
    return Personal(start=start, signatures=kept)


def signed(viewer: access.Viewer, body: str, language: str) -> str:
    """An answer with the writer's signature in the reader's language below; as it is where there is none, or it stands there."""
    text = of(viewer).signatures.get(language.partition("-")[0], "")
    if not text or not body.strip() or body.rstrip().endswith(text):
        return body
    return f"{body.rstrip()}\n\n{text}"
