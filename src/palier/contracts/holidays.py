"""Frozen holiday rows: the dates on which a vendor's calendars rest, each version under its content hash.

A calendar must count the same tomorrow as today, whatever a new version of the holiday library says. So the dates of a
place are written down, at least two years ahead; clocks name the version they count by as a word `CA-QC:1f3a…`.
A longer or corrected list is a new version, in force from the instant it is recorded on.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from palier.contracts.models import HolidayRows
from palier.core import calendars
from palier.core.programme import CUSTOMER, Programme
from palier.programme import bind, holidays

YEARS_BACK = 2
YEARS_AHEAD = 3
"""Known to the end of the third year from now: never less than two years ahead of anything that is due."""
EXTEND_WITHIN_YEARS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """One version of the holidays of a place."""

    code: str
    hash: str
    dates: tuple[date, ...]
    known_until: date

    @property
    def word(self) -> str:
        """How a clock names this version."""
        return f"{self.code}:{self.hash}"


def latest(vendor_id: UUID, codes: Iterable[str]) -> Mapping[str, str]:
    """The hash of the version in force for each code that has one."""
    rows = (
        HolidayRows.objects.filter(vendor_id=vendor_id, code__in=list(codes))
        .order_by("code", "-recorded_at", "-id")
        .distinct("code")
    )
    return dict(rows.values_list("code", "hash"))


def versions(vendor_id: UUID, codes: Iterable[str], now: datetime, *, dry: bool = False) -> tuple[str, ...]:
    """The words of the versions in force for these codes; what was never frozen is frozen now (`dry`: only named)."""
    wanted = sorted({code for code in codes if holidays.has_data(code)})
    if not wanted:
        return ()
    known = dict(latest(vendor_id, wanted))
    for code in wanted:
        if code not in known:
            known[code] = (_foreseen(code, now.year) if dry else freeze(vendor_id, code, now)).hash
    return tuple(f"{code}:{known[code]}" for code in wanted)


def freeze(vendor_id: UUID, code: str, now: datetime) -> HolidayRows:
    """Write down the holidays of a place, unless the version in force says the same."""
    found = _foreseen(code, now.year)
    row, _ = HolidayRows.objects.get_or_create(
        vendor_id=vendor_id,
        code=code,
        hash=found.hash,
        defaults={
            "dates": list(found.dates),
            "known_from": date(now.year - YEARS_BACK, 1, 1),
            "known_until": found.known_until,
            "recorded_at": now,
        },
    )
    return row


@functools.lru_cache(maxsize=1024)
def _foreseen(code: str, year: int) -> Frozen:
    """What would be frozen in that year."""
    found = holidays.between([code], year - YEARS_BACK, year + YEARS_AHEAD)
    if found.known_until is None:
        raise ValueError(f"{code}: no holidays are known / aucun jour férié connu")
    days = tuple(sorted(found.dates))
    text = f"{code} {found.known_from} {found.known_until} " + " ".join(day.isoformat() for day in days)
    version = Frozen(
        code=code,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        dates=days,
        known_until=found.known_until,
    )
    _unwritten[version.word] = version
    return version


_unwritten: dict[str, Frozen] = {}
"""Versions that a preview counted by and nobody has frozen yet, by their words."""


def extend(vendor_id: UUID, now: datetime) -> dict[str, str]:
    """Freeze anew every place whose dates end within two years. Returns the new word by the code it replaces."""
    moved: dict[str, str] = {}
    rows = HolidayRows.objects.filter(vendor_id=vendor_id).order_by("code", "-recorded_at", "-id")
    for row in rows.distinct("code"):
        if row.known_until.year - now.year >= EXTEND_WITHIN_YEARS:
            continue
        fresh = freeze(vendor_id, row.code, now)
        if fresh.hash != row.hash:
            moved[row.code] = f"{row.code}:{fresh.hash}"
    return moved


@functools.lru_cache(maxsize=4096)
def frozen(vendor_id: UUID, word: str) -> Frozen:
    """The version a word names. Versions never change, so each is read once a process."""
    code, _, content = word.partition(":")
    row = HolidayRows.objects.filter(vendor_id=vendor_id, code=code, hash=content).first()
    if row is None:
        return _unwritten[word]
    return Frozen(code=code, hash=content, dates=tuple(row.dates), known_until=row.known_until)


def codes_needed(programme: Programme, place: str) -> frozenset[str]:
    """The codes a programme's calendars rest on for a customer whose holidays are `place` (empty: none known)."""
    named = {code for rule in programme.calendars.values() for code in rule.holidays}
    here = {place} if place and CUSTOMER in named else set()
    return frozenset((named - {CUSTOMER}) | here)


def binder(
    *, vendor_id: UUID, programme: Programme, zone: str, place: str, words: tuple[str, ...]
) -> Callable[[str], calendars.AnyCalendar]:
    """A function from a calendar's id to the calendar bound to this zone and these versions of holidays."""
    return functools.partial(_bound, vendor_id, _Held(programme), zone, place, words)


@dataclass(frozen=True, slots=True)
class _Held:
    """A programme as a key of a cache: equal when its version is."""

    programme: Programme

    def __hash__(self) -> int:
        return hash(self.programme.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.programme.version == self.programme.version


@functools.lru_cache(maxsize=4096)
def _bound(
    vendor_id: UUID, held: _Held, zone: str, place: str, words: tuple[str, ...], calendar: str
) -> calendars.AnyCalendar:
    found = [frozen(vendor_id, word) for word in words]
    return bind.bind_calendar(
        held.programme,
        calendar,
        zone=zone,
        place=place or None,
        holiday_rows={one.code: one.dates for one in found},
        known_until={one.code: one.known_until for one in found},
    )
