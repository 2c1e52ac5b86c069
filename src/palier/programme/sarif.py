"""Problems as SARIF 2.1.0, which code hosts show beside the lines they are about.

Source: OASIS Static Analysis Results Interchange Format, version 2.1.0 (§3.13 a log, §3.27 results, §3.30 regions).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

import palier
from palier.programme import problems
from palier.programme.problems import Level, Problem

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning"}


def log(found: Iterable[Problem], language: str) -> dict[str, object]:
    """A log of one run with these problems, in the reader's language."""
    listed = list(found)
    codes = sorted({str(one.code) for one in listed})
    return {
        "version": "2.1.0",
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "palier",
                        "version": palier.__version__,
                        "rules": [{"id": code, "name": _name(code)} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, codes, language) for one in listed],
            }
        ],
    }


def _name(code: str) -> str:
    """`P311-never-decides` as `NeverDecides`."""
    return "".join(part.capitalize() for part in code.split("-")[1:])


def _result(one: Problem, codes: list[str], language: str) -> dict[str, object]:
    message, hint = (problems.in_language(words, language) for words in (one.message, one.hint))
    return {
        "ruleId": str(one.code),
        "ruleIndex": codes.index(str(one.code)),
        "level": _LEVELS[one.severity],
        "message": {"text": f"{message} ({hint})"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": PurePath(one.place.file).as_posix()},
                    "region": {"startLine": one.place.line, "startColumn": one.place.column},
                },
                "logicalLocations": [{"fullyQualifiedName": one.path}] if one.path else [],
            }
        ],
    }
