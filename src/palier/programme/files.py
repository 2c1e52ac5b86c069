"""Files as text. What cannot be read is a problem like any other."""

from __future__ import annotations

from pathlib import Path

from palier.programme import problems
from palier.programme.problems import Code, Place, Problem, said


def read_text(path: Path) -> tuple[str | None, tuple[Problem, ...]]:
    """The UTF-8 text of a file; None, with the problem, when there is none."""
    try:
        return path.read_bytes().decode("utf-8"), ()
    except UnicodeDecodeError as err:
        words = said(
            en=f"the file is not UTF-8 text (byte {err.start + 1})",
            fr=f"le fichier n’est pas du texte UTF-8 (octet {err.start + 1})",
        )
        hint = said(en="save it as UTF-8", fr="enregistrez-le en UTF-8")
    except FileNotFoundError:
        words = said(en="there is no such file", fr="ce fichier n’existe pas")
        hint = said(en="check its name and folder", fr="vérifiez son nom et son dossier")
    except OSError as err:
        words = said(
            en=f"the file cannot be read: {err.strerror}", fr=f"le fichier ne peut être lu : {err.strerror}"
        )
        hint = said(en="check its name and rights", fr="vérifiez son nom et ses droits")
    place = Place(file=str(path), line=1, column=1)
    return None, (problems.error(Code.UNREADABLE_FILE, place, "", words, hint),)
