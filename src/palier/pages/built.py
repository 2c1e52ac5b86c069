"""Where the built files stand: plain name to the address with the content's hash (build_assets.py writes the list)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

DIST = Path(__file__).resolve().parent / "static" / "palier" / "dist"


class NotBuilt(RuntimeError):
    """The assets were not built, or lack a file."""


@cache
def _manifest() -> dict[str, str]:
    # What was gathered when the server started, where files are gathered: after a rebuild in a checkout a process that
    # starts later must not name files which nobody gathered yet.
    gathered = Path(settings.STATIC_ROOT, "palier", "dist", "manifest.json")
    path = gathered if gathered.is_file() else DIST / "manifest.json"
    if not path.is_file():
        raise NotBuilt("the pages' stylesheet and icons are not built: run `python build_assets.py`")
    names: dict[str, str] = json.loads(path.read_text())
    return names


@cache
def address(name: str) -> str:
    """The address of a built file, such as `palier.css`. NotBuilt when it is not there."""
    hashed = _manifest().get(name)
    if hashed is None:
        raise NotBuilt(f"{name} is not among the built files: run `python build_assets.py`")
    return static(f"palier/dist/{hashed}")
