"""The desk's pages through the whole stack at 1,000 and at 1,000,000 tickets (PALIER_BENCH_TICKETS for another number).

Row-level security on. Server time of Django's test client: middleware, session, transaction, queries and rendering,
without the network. And how fast the tickets were made, as `palier demo --scale` makes them.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import Row, _scaled, _service, at_least, at_most, reported

LOADS = 120
WARM = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds: half and nineteen in twenty were faster; `own` is what this process computed, without the database."""

    p50: float
    p95: float
    own: float


def run() -> list[Row]:
    """Both pages at both sizes, and what the size costs. Sizes take turns, so that a ratio compares them under one load."""
    small, large = (_scaled.filled(size) for size in (_scaled.SMALL, _scaled.LARGE))
    from django.urls import reverse

    queue, dashboard = reverse("desk:queue"), reverse("desk:dashboard")
    sizes = f"{large.size:,} against {small.size:,}"
    rows = [at_least("tickets made, all told", large.rate, "/s", 5_000)]
    for name, most, paths in (
        ("queue", 8, [queue, queue]),
        ("ticket", 10, [reverse("desk:ticket", args=[f"NOR-{one.worked}"]) for one in (small, large)]),
        ("queue in the order of what is due", None, [f"{queue}?order=due"] * 2),
        ("queue, one severity", None, [f"{queue}?severity=3"] * 2),
        ("dashboard", None, [dashboard] * 2),
    ):
        loads = [
            functools.partial(load, _service.client(one.desk), f"/{one.desk.slug}{path}")
            for one, path in zip((small, large), paths, strict=True)
        ]
        few, many = _times(loads)
        at = f"{name} at {large.size:,} tickets"
        rows += [
            reported(f"{name} at {small.size:,} tickets, p50", few.p50, "ms"),
            reported(f"{at}, p50", many.p50, "ms")
            if most is None
            else at_most(f"{at}, p50", many.p50, "ms", most),
            reported(f"{at}, own time, p50", many.own, "ms"),
        ]
        ratio = many.p95 / few.p95
        rows.append(
            reported(f"{name} p95 at {sizes}", ratio, "×")
            if most is None
            else at_most(f"{name} p95 at {sizes}", ratio, "×", 1.2)
        )
    return rows


def load(browser: object, address: str) -> None:
    """Fetch a page. Raises RuntimeError for any answer but 200."""
    response = browser.get(address)  # type: ignore[attr-defined]
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def _times(works: Sequence[Callable[[], None]]) -> list[Times]:
    """How long each takes, one after the other in turn."""
    taken: list[list[float]] = [[] for _ in works]
    own: list[list[float]] = [[] for _ in works]
    for turn in range(WARM + LOADS):
        for i, work in enumerate(works):
            begun, computed = time.perf_counter(), time.process_time()
            work()
            if turn >= WARM:
                own[i].append((time.process_time() - computed) * 1000)
                taken[i].append((time.perf_counter() - begun) * 1000)
    cuts = [statistics.quantiles(one, n=20) for one in taken]
    return [
        Times(p50=cut[9], p95=cut[18], own=statistics.median(one)) for cut, one in zip(cuts, own, strict=True)
    ]
