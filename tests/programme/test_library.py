"""The reference programmes are found in a checkout and in an installed package, and all of them can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from palier.programme import commands, library

REFERENCE = library.reference_programmes()


@pytest.mark.parametrize("path", REFERENCE.values(), ids=REFERENCE)
def test_a_reference_programme_is_fine(path: Path) -> None:
    loaded = commands.read(path)
    assert [problem.text("en") for problem in loaded.problems] == []
    assert loaded.programme is not None
    assert library.scenarios(path).is_file()


def test_an_installed_package_carries_its_own(tmp_path: Path) -> None:
    package = tmp_path / "palier"
    (package / "_programmes").mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", "a.scenarios.yaml", "notes.txt"):
        (package / "_programmes" / name).touch()
    found = library.reference_programmes(package)
    assert list(found) == ["a", "b"]
    assert library.scenarios(found["a"]).name == "a.scenarios.yaml"
    assert library.scenarios(found["a"]).is_file()
    assert not library.scenarios(found["b"]).is_file()


def test_a_checkout_has_them_at_its_root(tmp_path: Path) -> None:
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "a.yaml").touch()
    assert list(library.reference_programmes(tmp_path / "src" / "palier")) == ["a"]
