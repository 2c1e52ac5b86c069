"""What was built: small enough, under names that carry their content, and with every class that pages use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import build_assets
import pytest

from palier.pages import built

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "src/palier").glob("*/templates/**/*.html"))
BUDGET = 100_000


@pytest.fixture(autouse=True)
def _up_to_date() -> None:
    """Built from what stands in assets now, and read anew: an earlier test may have read the list of files before."""
    if build_assets.build():
        built._manifest.cache_clear()
        built.address.cache_clear()


def style() -> str:
    return (built.DIST / built._manifest()["palier.css"]).read_text()


def test_a_page_has_room_left_under_a_hundred_kilobytes() -> None:
    files = {name: built.DIST / hashed for name, hashed in built._manifest().items()}
    sizes = {
        name: (
            path.stat().st_size
            if path.suffix == ".woff2"
            else path.with_name(path.name + ".br").stat().st_size
        )
        for name, path in files.items()
        if name != "inter-latin-ext.woff2"
    }
    # The heaviest page loads them all; its own HTML has what is left.
    assert sum(sizes.values()) < BUDGET - 15_000, sizes


def test_every_text_file_stands_beside_its_compressed_forms() -> None:
    for hashed in built._manifest().values():
        path = built.DIST / hashed
        if path.suffix in {".css", ".js", ".svg"}:
            assert path.with_name(path.name + ".br").stat().st_size < path.stat().st_size
            assert path.with_name(path.name + ".gz").stat().st_size < path.stat().st_size


def test_every_file_the_stylesheet_names_is_there() -> None:
    for name in re.findall(r"url\(([^)]+)\)", style()):
        if not name.strip("\"'").startswith("data:"):
            assert (built.DIST / name).is_file(), name


def test_the_stylesheet_has_every_class_that_a_template_writes() -> None:
    known = set(re.findall(r"\.([A-Za-z_][\w-]*)", style()))
    used: set[str] = set()
    for path in TEMPLATES:
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\0", path.read_text(), flags=re.S)
        for classes in re.findall(r'class="([^"]*)"', source):
            used |= {one for one in classes.split() if "\0" not in one}
    # Names for tests and scripts, without a look of their own.
    assert used - known - {"pl-main", "pl-menu-account", "pl-aside"} == set()


def test_icons_are_listed_as_they_are_used() -> None:
    listed = {
        line
        for line in (ROOT / "assets/icons.txt").read_text().split("\n")
        if line and not line.startswith("#")
    }
    sources = [path.read_text() for path in (*TEMPLATES, *sorted((ROOT / "src/palier").glob("*/*.py")))]
    named = {name for text in sources for name in re.findall(r"""{% icon ["']([\w-]+)["']""", text)}
    quoted = {name for text in sources for name in re.findall(r'"([a-z][a-z0-9-]*)"', text)}
    assert named <= listed
    assert listed <= named | quoted


def test_a_file_that_was_not_built_is_named_with_the_way_out() -> None:
    with pytest.raises(built.NotBuilt, match="build_assets"):
        built.address("nothing.css")


def test_nothing_is_rebuilt_when_nothing_changed() -> None:
    assert build_assets.build() is False


def test_a_build_says_that_a_running_server_must_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_assets.main([]) == "assets up to date"
    monkeypatch.setattr(build_assets, "build", lambda *, force: force)
    assert "until it is started again" in build_assets.main(["--force"])


def test_after_a_rebuild_pages_name_what_the_server_gathered(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    gathered = tmp_path / "palier" / "dist" / "manifest.json"
    gathered.parent.mkdir(parents=True)
    gathered.write_text('{"palier.css": "palier.before.css"}')
    for cached in (built._manifest, built.address):
        cached.cache_clear()
    try:
        assert built.address("palier.css").endswith("palier.before.css")
    finally:
        for cached in (built._manifest, built.address):
            cached.cache_clear()


def test_no_template_has_an_inline_style_or_script() -> None:
    for path in TEMPLATES:
        source = path.read_text()
        # Letters are read in mail programs, which know no stylesheet but what stands in each element.
        assert "templates/mail" in path.as_posix() or not re.search(r"\sstyle=", source), path
        assert not re.search(r"\son\w+=", source), path
        assert not re.search(r"<script(?![^>]*nonce)", source), path
