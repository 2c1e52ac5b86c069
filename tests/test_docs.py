"""The documents: what they show is run and compared, what they link to is there, every command has its line."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from palier import cli

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RUN = ROOT / "docs" / "tutorial"
_BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```", re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def steps(document: str) -> Iterator[tuple[str, str, str]]:
    """What a tutorial does in order: (`file`, name, text) to write, (`run`, command, expected output) to compare."""
    for block in _BLOCK.finditer(document):
        if block["file"]:
            yield "file", block["file"], block["text"]
        elif block["kind"] == "console":
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block["text"], re.MULTILINE):
                yield "run", command, output


def run(command: str, folder: Path) -> str:
    """What a command says to somebody who sits in that folder, in English."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(RUN.glob("*.md")), ids=lambda path: path.name)
def test_a_tutorial_does_what_it_shows(path: Path, tmp_path: Path) -> None:
    compared = 0
    for what, name, text in steps(path.read_text(encoding="utf-8")):
        if what == "file":
            (tmp_path / name).write_text(text, encoding="utf-8")
        else:
            assert run(name, tmp_path) == text, name
            compared += 1
    assert compared >= 5


def test_a_changed_output_would_be_seen(tmp_path: Path) -> None:
    (found,) = steps("```console\n$ echo one\ntwo\n```\n")
    assert found == ("run", "echo one", "two\n")
    assert run(found[1], tmp_path) != found[2]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(_FENCED.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        found = (path.parent / name) if name else path
        assert found.exists(), f"{path.relative_to(ROOT)} links to {target}"
        if anchor:
            assert anchor in anchors(found), f"{path.relative_to(ROOT)} links to {target}"


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as code forges make them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(parser: argparse.ArgumentParser, before: str = "palier") -> Iterator[str]:
    """The commands of the parser, in full: `palier programme check` …"""
    inner = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not inner:
        yield before
    for action in inner:
        for name, found in action.choices.items():
            yield from commands(found, f"{before} {name}")


@pytest.mark.parametrize("command", sorted(commands(cli.parser("en"))))
def test_every_command_is_documented(command: str) -> None:
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert f"`{command}" in reference


def test_every_document_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / target.partition("#")[0]).resolve()
        for target in _LINK.findall(index.read_text(encoding="utf-8"))
    }
    kept = [
        path for path in (ROOT / "docs").rglob("*.md") if path != index and path.parent.name != "decisions"
    ]
    assert [str(path.relative_to(ROOT)) for path in kept if path.resolve() not in linked] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").glob("*")), ids=lambda path: path.name)
def test_pictures_are_small(path: Path) -> None:
    assert path.stat().st_size <= 200 * 1024
