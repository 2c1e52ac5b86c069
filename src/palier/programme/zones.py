"""Time zone rules from the `tzdata` wheel, so that every host counts the same time.

Left alone, `zoneinfo` prefers the files of the host, which differ from machine to machine and change under a running
service. Every entry point and the tests call `use_bundled_zones()` first.
"""

from __future__ import annotations

import functools
import importlib.resources
import zoneinfo

PROBE = "Europe/Paris"


class ZonesMissing(Exception):
    """The rules of the `tzdata` wheel cannot be read; `str()` says how to put it right."""


def use_bundled_zones() -> None:
    """Read all zones from the `tzdata` wheel from now on, and prove it with one. Raises `ZonesMissing`."""
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    if not comes_from_wheel(PROBE):
        raise ZonesMissing(
            "the time zone rules of the `tzdata` package cannot be read: install it again / "
            "les règles de fuseaux du paquet `tzdata` sont illisibles : réinstallez-le"
        )


def comes_from_wheel(zone: str) -> bool:
    """Whether `zone` is read from the `tzdata` wheel: no host path is searched, and the zone can be loaded."""
    if zoneinfo.TZPATH:
        return False
    try:
        zoneinfo.ZoneInfo.no_cache(zone)
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True


@functools.cache
def known() -> frozenset[str]:
    """Every IANA zone name of the wheel, aliases included."""
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split())
