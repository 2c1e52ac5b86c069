"""Writing rosters and swaps: who may, what cannot be, who is told; and who is then on call."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import at

from palier.people import access, tenancy
from palier.people.models import Notice, Role, Staff, Vendor
from palier.services import queries, rosters
from palier.services.models import Hours, Layer, Roster, Swap

from . import on_call_world
from .on_call_world import MINUTES, NIGHT, OnCall

DAY = timedelta(days=1)


@pytest.fixture
def on_call(vendor: Vendor) -> OnCall:
    return on_call_world.build(vendor)


def now_on_call(on_call: OnCall, when: object = NIGHT) -> UUID | None:
    return queries.on_call_now(on_call.vendor_id, when)[on_call.roster.id]  # type: ignore[arg-type]


def refused(code: str, act: object) -> None:
    with pytest.raises(access.Refused) as refusal:
        act()  # type: ignore[operator]
    assert refusal.value.code == code
    assert set(refusal.value.said) == {"en", "fr"}


def test_only_who_runs_the_desk_writes_rosters(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        by = access.Viewer.staff(on_call.ana)
        refused("role-needed", lambda: rosters.save_roster(by=by, name="X", zone="Europe/Paris", now=NIGHT))
        refused("role-needed", lambda: rosters.remove_roster(by=by, roster_id=on_call.roster.id, now=NIGHT))


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("name-needed", {"name": "  "}),
        ("unknown-zone", {"zone": "Paris"}),
        ("bad-minutes", {"ack_within": 0}),
        ("bad-minutes", {"ack_within": 1000}),
        ("bad-rounds", {"rounds": 0}),
        ("roster-exists", {"name": "nights"}),
    ],
)
def test_what_cannot_be_a_roster(on_call: OnCall, code: str, wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"name": "More", "zone": "Europe/Paris", **wrong}
    with tenancy.vendor(on_call.vendor_id):
        refused(code, lambda: rosters.save_roster(by=on_call.world.machine, now=NIGHT, **values))  # type: ignore[arg-type]
        assert Roster.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("nobody-in-layer", {"people": []}),
        ("bad-day", {"hours": Hours.NIGHTS, "day_from": time(18), "day_until": time(9)}),
        ("bad-days", {"days": 0}),
    ],
)
def test_what_cannot_be_a_layer(on_call: OnCall, code: str, wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"people": [on_call.ana], "starts_on": date(2026, 7, 6), **wrong}
    with tenancy.vendor(on_call.vendor_id):
        refused(
            code,
            lambda: rosters.save_layer(
                by=on_call.world.machine, roster_id=on_call.roster.id, name="Third", now=NIGHT, **values  # type: ignore[arg-type]
            ),
        )  # fmt: skip
        assert Layer.objects.count() == 2


def test_who_works_on_no_tickets_is_not_on_call(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        finance = personas.add_staff(on_call.world.machine, "fin", Role.FINANCE)
        refused(
            "cannot-be-on-call",
            lambda: rosters.save_layer(
                by=on_call.world.machine, roster_id=on_call.roster.id, name="Third", people=[finance],
                starts_on=date(2026, 7, 6), now=NIGHT,
            ),
        )  # fmt: skip


def test_who_is_away_or_left_is_covered_from_below(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        assert now_on_call(on_call) == on_call.ana.id
        Staff.objects.filter(id=on_call.ana.id).update(away_until=NIGHT + DAY)
        assert now_on_call(on_call) == on_call.dee.id
        assert now_on_call(on_call, NIGHT + DAY) == on_call.ana.id
        Staff.objects.filter(id=on_call.ana.id).update(away_until=None, removed_at=NIGHT)
        assert now_on_call(on_call) == on_call.dee.id
        # Nobody else's turn moved.
        assert now_on_call(on_call, NIGHT + 7 * DAY) == on_call.bo.id


def test_a_swap_that_runs_is_ended_and_what_passed_of_it_stays(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        bo, ana = access.Viewer.staff(on_call.bo), access.Viewer.staff(on_call.ana)
        made = rosters.swap(
            by=bo, roster_id=on_call.roster.id, staff=on_call.bo, starts_at=NIGHT, ends_at=NIGHT + DAY,
            now=NIGHT - DAY,
        )  # fmt: skip
        assert now_on_call(on_call) == on_call.bo.id
        refused("swap-of-another", lambda: rosters.withdraw_swap(by=ana, swap_id=made.id, now=NIGHT))
        rosters.withdraw_swap(by=bo, swap_id=made.id, now=NIGHT + 60 * MINUTES)
        assert now_on_call(on_call, NIGHT + 59 * MINUTES) == on_call.bo.id
        assert now_on_call(on_call, NIGHT + 61 * MINUTES) == on_call.ana.id
        row = Swap.objects.get()
        assert (row.ends_at, row.withdrawn_at, row.withdrawn_by_id) == (
            NIGHT + 60 * MINUTES,
            None,
            on_call.bo.id,
        )
        told = Notice.objects.filter(kind="on-call-swapped", staff=on_call.ana).order_by("created_at")
        assert [one.data["taken-back"] for one in told] == [False, True]
        # A second time changes nothing.
        rosters.withdraw_swap(by=bo, swap_id=made.id, now=NIGHT + 90 * MINUTES)
        assert Swap.objects.get().ends_at == NIGHT + 60 * MINUTES


def test_a_swap_for_another_is_a_managers(on_call: OnCall) -> None:
    times = {"starts_at": NIGHT, "ends_at": NIGHT + DAY, "now": NIGHT - DAY}
    with tenancy.vendor(on_call.vendor_id):
        by = access.Viewer.staff(on_call.ana)
        refused(
            "swap-for-another",
            lambda: rosters.swap(by=by, roster_id=on_call.roster.id, staff=on_call.bo, **times),
        )
        boss = access.Viewer.staff(on_call.world.manager)
        rosters.swap(by=boss, roster_id=on_call.roster.id, staff=on_call.bo, **times)
        assert now_on_call(on_call) == on_call.bo.id
        told = Notice.objects.filter(kind="on-call-swapped").values_list("staff__name", flat=True)
        assert sorted(told) == ["Ana", "Bo"]


@pytest.mark.parametrize(
    ("start", "end"),
    [(NIGHT, NIGHT), (NIGHT, NIGHT - DAY), (NIGHT - 3 * DAY, NIGHT - 2 * DAY), (NIGHT, NIGHT + 100 * DAY)],
)
def test_what_cannot_be_a_swap(on_call: OnCall, start: object, end: object) -> None:
    with tenancy.vendor(on_call.vendor_id):
        by = access.Viewer.staff(on_call.bo)
        refused(
            "bad-swap",
            lambda: rosters.swap(
                by=by, roster_id=on_call.roster.id, staff=on_call.bo, starts_at=start, ends_at=end, now=NIGHT  # type: ignore[arg-type]
            ),
        )  # fmt: skip


def test_a_layer_is_raised_and_taken_out(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        by, id_ = on_call.world.machine, on_call.roster.id
        second = Layer.objects.get(name="Second")
        rosters.raise_layer(by=by, roster_id=id_, layer_id=second.id, now=NIGHT)
        assert now_on_call(on_call) == on_call.dee.id
        rosters.remove_layer(by=by, roster_id=id_, layer_id=second.id, now=NIGHT)
        assert now_on_call(on_call) == on_call.ana.id
        assert list(Layer.objects.values_list("name", "position")) == [("First", 1)]


def test_nights_leave_the_day_to_nobody(on_call: OnCall) -> None:
    with tenancy.vendor(on_call.vendor_id):
        Layer.objects.filter(name="Second").delete()
        Layer.objects.update(hours=Hours.NIGHTS)
        # Friday 17:59 and 18:00, Saturday noon, Monday 08:59 and 09:00 in Paris.
        for text, somebody in (
            ("2026-07-10 15:59", False), ("2026-07-10 16:00", True), ("2026-07-11 10:00", True),
            ("2026-07-13 06:59", True), ("2026-07-13 07:00", False),
        ):  # fmt: skip
            assert (now_on_call(on_call, at(text)) is not None) is somebody, text
