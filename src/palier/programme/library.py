"""The reference programmes that come with Palier, and the scenarios beside them."""

from __future__ import annotations

from pathlib import Path

import palier

SCENARIOS = ".scenarios.yaml"
_PACKAGE = Path(palier.__file__).parent


def folder(package: Path = _PACKAGE) -> Path:
    """Where they stand: inside the installed package, else at the root of a source checkout."""
    installed = package / "_programmes"
    return installed if installed.is_dir() else package.parent.parent / "programmes"


def reference_programmes(package: Path = _PACKAGE) -> dict[str, Path]:
    """The programme files by the vendor's short name (`northern`), in the order of the alphabet."""
    found = sorted(path for path in folder(package).glob("*.yaml") if not is_scenarios(path))
    return {path.stem: path for path in found}


def scenarios(programme: Path) -> Path:
    """The scenarios that stand beside a programme file (`northern.scenarios.yaml`), whether or not they exist."""
    return programme.with_name(programme.stem + SCENARIOS)


def programme(scenarios: Path) -> Path:
    """The programme file that scenarios stand beside."""
    return scenarios.with_name(scenarios.name.removesuffix(SCENARIOS) + ".yaml")


def is_scenarios(path: Path) -> bool:
    """Whether a file is one of scenarios, by its name."""
    return path.name.endswith(SCENARIOS)
