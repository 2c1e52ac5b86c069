"""Words to tell the story of a ticket in a test: instants as people write them, regimes in hours, events in a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from palier.core import calendars, clock, promises, worktime
from palier.core.clock import Clock, Event, EventKind, Promised, Regime
from palier.core.programme import Binding, Commitment, FactValue, Relief, Reopening, Wait
from palier.core.regimes import Allotment

PARIS = "Europe/Paris"
HOUR = 3_600_000_000
MINUTE = HOUR // 60

FIRST = Commitment.FIRST_RESPONSE
UPDATE = Commitment.NEXT_UPDATE
WORKAROUND = Commitment.WORKAROUND
RESOLUTION = Commitment.RESOLUTION

ALWAYS = calendars.Calendar(name="always", zone=None, week=calendars.ALWAYS)


def instant(words: str, zone: str = PARIS) -> int:
    """`2026-07-09 14:00` in a zone, as int-µs; seconds and fractions may follow."""
    return worktime.to_micros(datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)))


def local(at: int | None, zone: str = PARIS) -> str | None:
    """The instant as people write it in a zone: the inverse of `instant`."""
    if at is None:
        return None
    moment = worktime.to_datetime(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    whole = moment.second == moment.microsecond == 0
    return moment.isoformat(sep=" ", timespec="minutes" if whole else "auto")


def working_hours(zone: str, *, opens: int = 9, closes: int = 18) -> calendars.Calendar:
    """Monday to Friday, in the local time of a zone."""
    day = ((opens * 3600, closes * 3600),)
    return calendars.Calendar(name=f"customer {zone}", zone=zone, week=calendars.Week((day,) * 5 + ((),) * 2))


def weekdays(zone: str) -> calendars.Calendar:
    """24×5: Monday 00:00 to Saturday 00:00."""
    return calendars.Calendar(
        name=f"24x5 {zone}", zone=zone, week=calendars.Week((calendars.ALL_DAY,) * 5 + ((),) * 2)
    )


PAUSED_BY = frozenset({Wait.CUSTOMER, Wait.CONSENT, Wait.PATCH})


def regime(
    hours: Mapping[Commitment, float],
    *,
    calendar: calendars.AnyCalendar | None = None,
    pause: frozenset[Wait] = PAUSED_BY,
    pause_first: frozenset[Wait] = frozenset(),
    until: frozenset[Relief] = frozenset(),
    ordinary: Regime | None = None,
    floor: float | None = None,
    name: str = "standard",
) -> Regime:
    """A regime with durations in hours."""
    kept = working_hours(PARIS) if calendar is None else calendar
    return Regime(
        target_set=name,
        clause=name.upper(),
        binding=Binding.TARGET,
        allotments={
            commitment: Allotment(
                commitment=commitment,
                duration=int(amount * HOUR),
                calendar=kept,
                clause=name.upper(),
                binding=Binding.TARGET,
                wakes=bool(until),
            )
            for commitment, amount in hours.items()
        },
        pause={UPDATE: pause, WORKAROUND: pause, RESOLUTION: pause, FIRST: pause_first},
        until=until,
        ordinary=ordinary,
        reopening=None if floor is None else Reopening(within_days=14, floor=int(floor * HOUR)),
    )


def always(one: Regime | None) -> clock.Regimes:
    """The same regime whatever the facts."""
    return lambda _facts, _override: one


_FIRST_HOURS = {"1": 8, "2": 8, "3": 12, "4": 16}
_UPDATE_HOURS = {"1": 16, "2": 16, "3": 20, "4": 32}


def northern(facts: Mapping[str, FactValue], _override: str | None) -> Regime:
    """First response and communication interval by severity, in the customer's working hours."""
    severity, zone = str(facts["severity"]), str(facts.get("zone", PARIS))
    return regime(
        {FIRST: _FIRST_HOURS[severity], UPDATE: _UPDATE_HOURS[severity]}, calendar=working_hours(zone)
    )


class Story:
    """Events in a row. Each call adds one; `zone` is that of the instants."""

    def __init__(self, regimes: clock.Regimes, *, zone: str = PARIS) -> None:
        self.regimes, self.zone = regimes, zone
        self.events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        words: str | int,
        *,
        by: str = "person",
        recorded: str | None = None,
        **data: Any,
    ) -> Story:
        """An event of any kind."""
        at = words if isinstance(words, int) else instant(words, self.zone)
        written = at if recorded is None else instant(recorded, self.zone)
        name = f"e{len(self.events):03}"
        self.events.append(Event(id=name, kind=kind, at=at, recorded=written, by=by, data=data))
        return self

    def submitted(self, words: str | int, **data: Any) -> Story:
        """A complete, covered request of severity 2, unless `data` says otherwise."""
        facts = {"severity": "2", **data.pop("facts", {})}
        merged = {"complete": True, "holds": (), "outcome": "cover", "facts": facts, **data}
        return self.add(EventKind.SUBMITTED, words, by="customer", **merged)

    def answered(self, words: str | int, **more: Any) -> Story:
        """A public answer by a person of the vendor."""
        return self.add(EventKind.ANSWERED, words, **more)

    def wrote(self, words: str | int, *, by: str = "customer", **more: Any) -> Story:
        """The customer's message."""
        return self.add(EventKind.CUSTOMER_WROTE, words, by=by, **more)

    def waits(self, words: str | int, wait: str = "customer") -> Story:
        """A wait begins."""
        return self.add(EventKind.WAIT_STARTED, words, wait=wait)

    def facts(self, words: str | int, **facts: FactValue) -> Story:
        """Facts change."""
        return self.add(EventKind.FACTS_CHANGED, words, facts=facts)

    def at(self, words: str | int) -> Clock:
        """The clock at an instant."""
        now = words if isinstance(words, int) else instant(words, self.zone)
        return clock.fold(self.events, self.regimes, now)

    def promise(self, commitment: Commitment, words: str | int) -> Promised:
        """The latest cycle of a commitment at an instant."""
        found = self.at(words).latest(commitment)
        assert found is not None, f"{commitment} was never promised"
        return found


COUNTS = (promises.Counting.COUNTED, promises.Counting.OVER)
REST = (promises.Counting.AHEAD, promises.Counting.SPARED)


def check_proof(promised: Promised) -> None:
    """The segments join up, sum to the time used, and with the rest to the duration."""
    segments = promised.segments
    assert all(one.start < one.end for one in segments)
    assert all(one.end == two.start for one, two in pairwise(segments))
    assert sum(s.counted for s in segments if s.state in COUNTS) == promised.used
    assert all(s.counted == 0 for s in segments if s.state is promises.Counting.PAUSED)
    rest = [s for s in segments if s.state in REST]
    if rest:
        assert promised.used + sum(s.counted for s in rest) == promised.duration
        assert rest[-1].end == promised.due_at
    if promised.breached_at is not None:
        before = sum(s.counted for s in segments if s.state is promises.Counting.COUNTED)
        assert before >= promised.duration
