"""Run every benchmark of the folder (or those named on the command line) and print one table. Exit 1 when a target is missed."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Print the table of the benchmarks named, of all when none is."""
    known = sorted(
        found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_")
    )
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"unknown benchmark {unknown[0]!r}; known: {', '.join(known)}", file=sys.stderr)
        return 1
    missed = 0
    print(f"{'figure':<58} {'value':>14} {'unit':<10} {'target':<14}")
    for name in names or known:
        for row in importlib.import_module(f"benchmarks.{name}").run():
            verdict = {True: "met", False: "MISSED", None: ""}[row.ok]
            missed += row.ok is False
            print(
                f"{name + ': ' + row.name:<58} {row.value:>14,.1f} {row.unit:<10} {row.target:<14} {verdict}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
