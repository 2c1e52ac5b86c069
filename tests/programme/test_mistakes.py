"""tests/mistakes holds one wrong file per problem code; each says in its head what is expected of it."""

from __future__ import annotations

import re
import runpy
import warnings
from pathlib import Path

import pytest

from palier.programme import reference
from palier.programme.problems import Problem

FOLDER = Path(__file__).parent.parent / "mistakes"
FILES = sorted(FOLDER.glob("*.yaml"))
EXPECTED = re.compile(r"^# expected: (.*)$", re.MULTILINE)


def shown(problem: Problem) -> str:
    place = problem.place
    return f"{problem.severity} {problem.code} {place.line}:{place.column} {problem.path}".rstrip()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_mistake_gives_the_problem_its_file_expects(path: Path) -> None:
    expected = EXPECTED.findall(path.read_text(encoding="latin-1"))
    assert expected, "the file expects nothing"
    assert [shown(problem) for problem in reference.problems_of(path)] == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_problem_speaks_both_languages(path: Path) -> None:
    for problem in reference.problems_of(path):
        for words in (problem.message, problem.hint):
            assert set(words) == {"en", "fr"}
            assert words["en"] != words["fr"]
            assert not re.search(r"\bNone\b|MISSING|<[a-z]+ |\]\(#", words["en"] + words["fr"])


def test_every_code_has_its_file() -> None:
    assert {path.name.partition(".")[0] for path in FILES} == set(reference.all_codes())


def test_the_page_of_codes_is_what_the_files_give() -> None:
    page = FOLDER.parent.parent / "docs" / "reference" / reference.PROBLEMS_PAGE
    assert page.read_text(encoding="utf-8") == reference.problem_codes(FOLDER), (
        "run `python -m palier.programme.reference`"
    )


def test_the_page_of_the_format_has_every_key() -> None:
    page = FOLDER.parent.parent / "docs" / "reference" / reference.FORMAT_PAGE
    text = page.read_text(encoding="utf-8")
    assert text == reference.with_keys(text), "run `python -m palier.programme.reference`"


def test_both_pages_can_be_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = FOLDER.parent.parent
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mistakes").symlink_to(FOLDER)
    page = root / "docs" / "reference" / reference.FORMAT_PAGE
    before = page.read_text(encoding="utf-8")
    emptied = before.partition(reference.BEGIN)[0] + reference.BEGIN + reference.END + "\n"
    (tmp_path / "docs" / "reference" / reference.FORMAT_PAGE).write_text(emptied, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():  # it is loaded already; running it as a program loads it again
        warnings.simplefilter("ignore", RuntimeWarning)
        runpy.run_module("palier.programme.reference", run_name="__main__")
    written = (tmp_path / "docs" / "reference" / reference.FORMAT_PAGE).read_text(encoding="utf-8")
    assert written == before
    assert (tmp_path / "docs" / "reference" / reference.PROBLEMS_PAGE).is_file()
