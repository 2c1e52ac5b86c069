"""What it costs: one module a group of figures, each with `run() -> list[Row]`. `python -m benchmarks` prints them all.

Figures are the best of several rounds in one process; ratios compare two ways measured in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure: what was measured, its value and unit, the target in words, and whether it was met (None: no target)."""

    name: str
    value: float
    unit: str
    target: str = ""
    ok: bool | None = None


def at_least(name: str, value: float, unit: str, target: float) -> Row:
    """A figure that should be no less than its target."""
    return Row(name=name, value=value, unit=unit, target=f"≥ {target:,g}", ok=value >= target)


def at_most(name: str, value: float, unit: str, target: float) -> Row:
    """A figure that should be no more than its target."""
    return Row(name=name, value=value, unit=unit, target=f"≤ {target:,g}", ok=value <= target)


def reported(name: str, value: float, unit: str) -> Row:
    """A figure without a target."""
    return Row(name=name, value=value, unit=unit)


def best_rate(work: Callable[[], int], *, rounds: int = 7) -> float:
    """Operations a second in the best of several rounds; `work` does some and says how many."""
    return best_rates(work, rounds=rounds)[0]


def best_rates(*works: Callable[[], int], rounds: int = 15) -> list[float]:
    """The same for several, taking turns, so that a ratio compares them under the same load. Rounds should be short."""
    best = [0.0] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            begun = time.perf_counter()
            done = work()
            best[i] = max(best[i], done / (time.perf_counter() - begun))
    return best
