"""Make .venv from a bare Python: `python3 scripts/bootstrap.py run|dev`.

`run` installs what the product and its build need; `dev` also what checking needs. Every package is pinned with its
hash in requirements/*.txt. Done again only when those files or pyproject.toml changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Install the named set into .venv; 0 when it stands, 1 when the machine lacks something (said how to get it)."""
    wanted = arguments[0] if arguments else "dev"
    if wanted not in ("run", "dev"):
        print("usage: bootstrap.py run|dev", file=sys.stderr)
        return 1
    lacking = _lacking()
    if lacking:
        print(lacking, file=sys.stderr)
        return 1
    stamps = VENV / ".palier"
    stamp = _stamp(wanted)
    if _stands(stamps, wanted, stamp):
        _build_assets()
        return 0
    if not (VENV / "bin" / "python").exists():
        print("palier: making .venv …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    print(f"palier: installing what '{wanted}' needs (a minute or two the first time) …", flush=True)
    _pip("install", "--require-hashes", "--no-deps", "-r", str(ROOT / "requirements" / f"{wanted}.txt"))
    _pip("install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamps.mkdir(exist_ok=True)
    (stamps / wanted).write_text(stamp)
    return 0


def _lacking() -> str | None:
    if sys.version_info < OLDEST:
        return (
            f"palier needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.\n"
            "Install one and say: make PYTHON=python3.11 …"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return (
            "palier needs Python's venv module, which this Python lacks.\n"
            "On Debian and Ubuntu: apt-get install python3-venv (or python3.11-venv), then run this again."
        )
    return None


def _stamp(wanted: str) -> str:
    digest = hashlib.sha256()
    for path in (ROOT / "requirements" / f"{wanted}.txt", ROOT / "pyproject.toml", ROOT / "build_assets.py"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stands(stamps: Path, wanted: str, stamp: str) -> bool:
    """A `dev` environment also serves `run`."""
    sets = ("dev",) if wanted == "dev" else ("run", "dev")
    for name in sets:
        file = stamps / name
        if file.exists() and file.read_text() == (stamp if name == wanted else _stamp(name)):
            return (VENV / "bin" / "palier").exists()
    return False


def _build_assets() -> None:
    """Bring stylesheet, icons and catalogues up to date; nothing is done when no input changed."""
    subprocess.run([str(VENV / "bin" / "python"), "build_assets.py"], check=True, cwd=ROOT)


def _pip(*words: str) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    subprocess.run(
        [str(VENV / "bin" / "python"), "-m", "pip", "--quiet", *words], check=True, env=environment, cwd=ROOT
    )


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failure:
        print(f"palier: this step failed: {' '.join(map(str, failure.cmd))}", file=sys.stderr)
        raise SystemExit(1) from None
