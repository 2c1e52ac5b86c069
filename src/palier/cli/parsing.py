"""How arguments are read: parsers that speak the reader's language, and the kinds of values there are."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import palier
from palier.cli.terminal import FINE, LANGUAGES, Run
from palier.programme import problems
from palier.programme.problems import Said, said


class UsageError(Exception):
    """Arguments that cannot be understood; `usage` shows how the command is written."""

    def __init__(self, words: Said, usage: str) -> None:
        super().__init__(words["en"])
        self.words, self.usage = words, usage


@dataclass(frozen=True, slots=True)
class Wording:
    """Says the help of one parser in the reader's language."""

    lang: str

    def __call__(self, en: str, fr: str) -> str:
        return problems.in_language(said(en=en, fr=fr), self.lang)


def add_commands(of: Parser, say: Wording) -> argparse._SubParsersAction[Parser]:
    """Commands below a parser; one of them is required."""
    return of.add_subparsers(
        title=say("commands", "commandes"), metavar=say("COMMAND", "COMMANDE"), required=True, dest="command"
    )


def add_command(
    commands: argparse._SubParsersAction[Parser], say: Wording, name: str, run: Run | None, help: str
) -> Parser:
    """One command, and what it runs."""
    made = commands.add_parser(name, help=help, description=help, lang=say.lang)
    if run is not None:
        made.set_defaults(run=run)
    return made


def json_option(of: argparse._ActionsContainer, say: Wording) -> None:
    """The option to be answered in JSON."""
    of.add_argument("--json", action="store_true", help=say("answer as JSON", "répondre en JSON"))


def positive(text: str) -> int:
    """A whole number from 1 to 9999."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def tickets(text: str) -> int:
    """A number of tickets, up to eight digits."""
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def port(text: str) -> int:
    """A port of TCP."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(text)
    return int(text)


class Version(argparse.Action):
    """Says the version and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        sys.stdout.write(f"palier {palier.__version__}\n")
        parser.exit(FINE)


_MISTAKES: tuple[tuple[str, str, str], ...] = (
    (r"the following arguments are required: (.*)", r"missing: \1", r"il manque : \1"),
    (r"unrecognized arguments: (.*)", r"not understood: \1", r"pas compris : \1"),
    (r"argument (\S+): expected (?:one|at least one) argument", r"\1 needs a value", r"\1 demande une valeur"),
    (r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", r"unknown: \2; known: \3", r"inconnu : \2 ; connus : \3"),
    (r"argument (\S+): (?:invalid \S+ value: )?'?(.*?)'?", r"\1 cannot be '\2'", r"\1 ne peut pas valoir « \2 »"),
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser that speaks the reader's language and raises `UsageError` instead of exiting with 2."""

    def __init__(self, *, lang: str = "en", **rest: object) -> None:
        super().__init__(**rest, add_help=False, allow_abbrev=False)  # type: ignore[arg-type]
        say = Wording(lang)
        self.lang = lang
        self._positionals.title = say("arguments", "arguments")
        self._optionals.title = say("options", "options")
        self.add_argument("-h", "--help", action="help", help=say("show this", "afficher ceci"))
        self.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS,
                          help=say("language of the answers", "langue des réponses"))  # fmt: skip
        self.add_argument("--debug", action="store_true", default=argparse.SUPPRESS,
                          help=say("show where it failed", "montrer où cela a échoué"))  # fmt: skip

    def error(self, message: str) -> NoReturn:
        """The mistake in both languages."""
        for pattern, en, fr in _MISTAKES:
            found = re.fullmatch(pattern, message)
            if found is not None:
                raise UsageError(said(en=found.expand(en), fr=found.expand(fr)), self.format_usage())
        raise UsageError(said(en=message, fr=message), self.format_usage())
