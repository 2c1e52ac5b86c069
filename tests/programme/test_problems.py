"""Problems speak two languages, name their place, and say what was probably meant."""

from __future__ import annotations

from palier.programme import problems
from palier.programme.problems import Code, Level, Place, said

HERE = Place(file="p.yaml", line=3, column=12)
SAID = said(en="no such thing: x", fr="chose inconnue : « x » ; vraiment ?")


def test_one_line_in_each_language() -> None:
    problem = problems.error(
        Code.UNKNOWN_ZONE, HERE, "calendars.desk.zone", SAID, said(en="fix it", fr="corrigez")
    )
    assert (
        problem.text("en")
        == "p.yaml:3:12: error P022-unknown-zone: calendars.desk.zone: no such thing: x (fix it)"
    )
    assert problem.text("fr-CA").startswith(
        "p.yaml:3:12: erreur P022-unknown-zone: calendars.desk.zone: chose inconnue"
    )
    warning = problems.warning(Code.UNKNOWN_ZONE, HERE, "", SAID)
    assert warning.text("de") == (
        "p.yaml:3:12: warning P022-unknown-zone: no such thing: x "
        "(docs/reference/problems.md shows an example of each code)"
    )
    assert warning.plain("en") == {
        "code": "P022-unknown-zone",
        "severity": "warning",
        "file": "p.yaml",
        "line": 3,
        "column": 12,
        "path": "",
        "message": "no such thing: x",
        "hint": "docs/reference/problems.md shows an example of each code",
    }
    assert problem.plain("fr")["hint"] == "corrigez"


def test_a_problem_without_a_hint_of_its_own_gets_that_of_its_code() -> None:
    empty = problems.error(Code.EMPTY_FILE, HERE, "", SAID)
    assert empty.hint["en"].startswith("begin with a file")
    assert empty.hint["fr"].startswith("partez d’un fichier")


def test_french_spaces_do_not_break() -> None:
    assert SAID["fr"] == "chose inconnue\u00a0: «\u00a0x\u00a0»\u00a0; vraiment\u00a0?"


def test_what_was_meant() -> None:
    assert problems.closest("Premuim", ["essential", "premium"]) == "premium"
    assert problems.closest("zzz", ["essential", "premium"]) is None
    near = problems.known_words("premuim", ["essential", "premium"])
    assert near is not None
    assert near["en"] == "known: essential, premium; did you mean 'premium'?"
    far = problems.known_words("zzz", [f"sev{n}" for n in range(20)])
    assert far is not None
    assert far["en"] == "known: " + ", ".join(f"sev{n}" for n in range(12)) + " …"
    assert problems.known_words("x", []) is None
    assert problems.did_you_mean("zzz", ["essential"]) is None


def test_in_the_order_of_the_file_and_once() -> None:
    first = problems.error(Code.TAG, Place(file="p.yaml", line=1, column=1), "a", SAID)
    second = problems.warning(Code.TAG, HERE, "b", SAID)
    assert problems.in_order([second, first, second]) == (first, second)
    assert problems.any_errors([second, first])
    assert not problems.any_errors([second])
    assert second.severity is Level.WARNING
