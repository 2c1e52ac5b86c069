"""The command line: `palier COMMAND …`. Exit codes: 0 fine, 1 the user's mistake, 3 ours, 130 interrupted.

It reads arguments and hands over; what a command does lives with what it works on, imported only when asked for, so that
`palier worktime` starts at once and needs no database. Messages are in the reader's language: `--lang`, else that of
LC_ALL, LC_MESSAGES or LANG. Reference: docs/reference/command-line.md.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence

from palier.cli.arguments import parser as parser
from palier.cli.parsing import UsageError as UsageError
from palier.cli.terminal import FINE, INTERRUPTED, MISTAKE, OURS, Run, Terminal
from palier.programme import zones
from palier.programme.problems import said


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # whatever the machine's locale: files and answers are UTF-8
            reconfigure(encoding="utf-8", errors="backslashreplace")
    terminal = Terminal(lang=language(given, os.environ), out=sys.stdout, err=sys.stderr)
    try:
        return _run(given, terminal)
    except UsageError as wrong:
        terminal.complain(wrong.words)
        terminal.err.write(wrong.usage)
        return MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as error:  # noqa: BLE001 - the one place where what nobody foresaw becomes an exit code
        return _failed(error, given, terminal)


def _run(given: list[str], terminal: Terminal) -> int:
    arguments = parser(terminal.lang).parse_args(given)
    zones.use_bundled_zones()
    run: Run = arguments.run
    code = run(arguments, terminal)
    terminal.out.flush()
    return code


def language(given: Sequence[str], environment: Mapping[str, str]) -> str:
    """The reader's language: `--lang`, else the first of LC_ALL, LC_MESSAGES and LANG that says something; else English."""
    for place, word in enumerate(given):
        if word == "--lang":
            return _short("".join(given[place + 1 : place + 2]))
        if word.startswith("--lang="):
            return _short(word.partition("=")[2])
    spoken = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return _short(next((one for one in spoken if one), ""))


def _short(name: str) -> str:
    return "fr" if re.match(r"fr(?![a-z])", name.lower()) else "en"


def _failed(error: Exception, given: Sequence[str], terminal: Terminal) -> int:
    """A refusal is the user's to put right; anything else is ours: one line, and the trace for those who ask."""
    refusal = getattr(error, "said", None)
    if callable(
        refusal
    ):  # palier.site.refusals.Refused, which is not imported for commands that need no service
        terminal.err.write(f"palier: {refusal(terminal.lang)}\n")
        return MISTAKE
    if "--debug" in given or os.environ.get("PALIER_DEBUG") == "1":
        traceback.print_exception(error, file=terminal.err)
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    terminal.complain(
        said(
            en=f"this should not have happened ({what}). Run it again with --debug and report what it shows.",
            fr=f"cela n’aurait pas dû arriver ({what}). Relancez avec --debug et signalez ce qui s’affiche.",
        )
    )
    return OURS
