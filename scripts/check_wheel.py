"""Build the wheel and check that what must be inside is: the product, its assets, its catalogues, the programmes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = (
    "palier/cli/__init__.py",
    "palier/_programmes/northern.yaml",
    "palier/_programmes/northern.scenarios.yaml",
    "palier/locale/fr/LC_MESSAGES/django.mo",
    "palier/pages/static/palier/dist/",
)


def main() -> int:
    """0 when the wheel is whole; 1 with what it lacks."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "wheel",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "-w",
                folder,
                ".",
            ],
            check=True,
            cwd=ROOT,
        )
        wheel = next(Path(folder).glob("palier-*.whl"))
        names = zipfile.ZipFile(wheel).namelist()
        lacking = [name for name in WANTED if not any(n == name or n.startswith(name) for n in names)]
        for name in lacking:
            print(f"the wheel lacks {name}", file=sys.stderr)
        print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size // 1024} KB")
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
