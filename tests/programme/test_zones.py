"""Zone rules come from the wheel or not at all."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

import pytest

from palier.programme import zones


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    yield
    zoneinfo.reset_tzpath(to=())


def test_the_wheel_is_used_and_proved() -> None:
    zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
    assert not zones.comes_from_wheel("Europe/Paris")
    zones.use_bundled_zones()
    assert zoneinfo.TZPATH == ()
    assert zones.comes_from_wheel("Europe/Paris")
    assert not zones.comes_from_wheel("Europe/Pariss")


def test_without_the_wheel_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "PROBE", "Not/There")
    with pytest.raises(zones.ZonesMissing, match="tzdata"):
        zones.use_bundled_zones()


def test_known_zones() -> None:
    assert {"Europe/Paris", "America/Toronto", "Asia/Katmandu"} <= zones.known()
