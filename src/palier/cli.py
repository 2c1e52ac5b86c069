"""The command line: `palier COMMAND …`. Exit codes: 0 fine, 1 the user's mistake, 3 ours, 130 interrupted.

It reads arguments and hands over; what a command does lives with what it works on, imported only when asked for, so that
`palier worktime` starts at once and needs no database. Messages are in the reader's language: `--lang`, else that of
LC_ALL, LC_MESSAGES or LANG. Reference: docs/reference/command-line.md.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

import palier
from palier.programme import problems, zones
from palier.programme.problems import Said, said

FINE, MISTAKE, OURS, INTERRUPTED = 0, 1, 3, 130
LANGUAGES = ("en", "fr")
DEFAULT_PORT = 8000
THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where a command speaks, and in which language."""

    lang: str
    out: TextIO
    err: TextIO

    def tell(self, words: Said) -> None:
        """A line on the way: what is done."""
        self.out.write(problems.in_language(words, self.lang) + "\n")
        self.out.flush()

    def complain(self, words: Said) -> None:
        """A line about what went wrong."""
        self.err.write("palier: " + problems.in_language(words, self.lang) + "\n")


Run = Callable[[argparse.Namespace, Terminal], int]


class UsageError(Exception):
    """Arguments that cannot be understood; `usage` shows how the command is written."""

    def __init__(self, words: Said, usage: str) -> None:
        super().__init__(words["en"])
        self.words, self.usage = words, usage


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


# --- what each command does -----------------------------------------------------------------------------


def _check(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.programme import commands

    return commands.check(arguments.files, terminal.lang, arguments.json, terminal.out)


def _scenarios(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.programme import scenario_report

    return scenario_report.scenarios(arguments.files, terminal.lang, arguments.json, terminal.out)


def _schema(arguments: argparse.Namespace, terminal: Terminal) -> int:
    del arguments
    from palier.programme import commands

    return commands.schema(terminal.out)


def _explain(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.programme import explain_command

    return explain_command.run(
        arguments.file, arguments.facts, terminal.lang, arguments.json, terminal.out, terminal.err
    )


def _worktime(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.programme import worktime

    return worktime.main(
        arguments.calendar, sys.stdin.buffer, terminal.out, terminal.lang, problems_out=terminal.err
    )


def _demo(arguments: argparse.Namespace, terminal: Terminal) -> int:
    command = importlib.import_module("palier.demo.command")
    code: int = command.run(
        reset=arguments.reset,
        port=arguments.port,
        lang=terminal.lang,
        out=terminal.out,
        scale=arguments.scale,
    )
    return code


def _serve(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import commands

    return commands.serve(
        address=arguments.address,
        port=arguments.port,
        workers=arguments.workers,
        threads=arguments.threads,
        tell=terminal.tell,
    )


def _worker(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import commands

    return commands.worker(concurrency=arguments.jobs, tell=terminal.tell)


def _migrate(arguments: argparse.Namespace, terminal: Terminal) -> int:
    del arguments
    from palier.site import commands

    return commands.migrate(tell=terminal.tell)


def _verify(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import commands

    return commands.verify(
        vendor=arguments.vendor,
        tell=terminal.tell,
        ledger_only=arguments.ledger,
        known=arguments.key or (),
        words=arguments.words,
    )


def _statement(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import ledger_commands

    if arguments.check is not None:
        if arguments.key is None:
            _incomplete(arguments, "--check FILE --key PUBLIC")
        return ledger_commands.check(
            file=arguments.check, key=arguments.key, earlier=arguments.earlier, tell=terminal.tell
        )
    if arguments.contract is None or arguments.vendor is None or arguments.json == arguments.pdf:
        _incomplete(arguments, "CONTRACT --vendor NAME --json | --pdf")
    return ledger_commands.statement(
        contract=arguments.contract,
        vendor=arguments.vendor,
        pdf=arguments.pdf,
        file=arguments.output,
        lang=terminal.lang,
        out=terminal.out,
    )


def _incomplete(arguments: argparse.Namespace, wanted: str) -> NoReturn:
    asked: _Parser = arguments.parser
    asked.error(f"the following arguments are required: {wanted}")


def _rotate_keys(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import ledger_commands

    return ledger_commands.rotate_keys(vendor=arguments.vendor, tell=terminal.tell)


def _show_keys(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import ledger_commands

    return ledger_commands.show_keys(vendor=arguments.vendor, tell=terminal.tell)


def _vendor_add(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import vendor_commands

    return vendor_commands.add(
        slug=arguments.slug,
        name=arguments.name,
        prefix=arguments.prefix,
        zone=arguments.zone,
        address=arguments.address,
        administrator=arguments.administrator,
        administrator_name=arguments.administrator_name,
        language=arguments.language or terminal.lang,
        tell=terminal.tell,
    )


def _vendor_host(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import vendor_commands

    return vendor_commands.add_host(vendor=arguments.vendor, host=arguments.host, tell=terminal.tell)


def _import(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from palier.site import imports

    return imports.bring_in(
        kind=arguments.kind,
        file=arguments.file,
        vendor=arguments.vendor,
        dry_run=arguments.dry_run,
        tell=terminal.tell,
        complain=terminal.complain,
    )


# --- arguments ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wording:
    """Says the help of one parser in the reader's language."""

    lang: str

    def __call__(self, en: str, fr: str) -> str:
        return problems.in_language(said(en=en, fr=fr), self.lang)


def parser(lang: str) -> argparse.ArgumentParser:
    """The parser of all commands, speaking the reader's language."""
    say = _Wording(lang)
    top = _Parser(
        prog="palier",
        lang=lang,
        description=say(
            "A support desk that executes a software vendor's support programme.",
            "Une assistance qui exécute le programme de soutien d’un éditeur de logiciels.",
        ),
    )
    top.add_argument("--version", action=_Version, help=say("say which version this is", "dire la version"))
    commands = _commands(top, say)
    _add_programme(commands, say)
    explain = _command(commands, say, "explain", _explain, say(
        "say what a programme decides on given facts, and why",
        "dire ce qu’un programme décide sur des faits donnés, et pourquoi",
    ))  # fmt: skip
    explain.add_argument("file", metavar="FILE", type=Path, help=say("a programme", "un programme"))
    explain.add_argument("--facts", metavar="FACTS.yaml", type=Path, required=True,
                         help=say("the facts, in a file", "les faits, dans un fichier"))  # fmt: skip
    _json(explain, say)
    worktime = _command(commands, say, "worktime", _worktime, say(
        "answer questions about a calendar, one JSON line each",
        "répondre à des questions sur un calendrier, une ligne JSON chacune",
    ))  # fmt: skip
    worktime.add_argument(
        "calendar", metavar="CALENDAR.yaml", type=Path, help=say("a calendar", "un calendrier")
    )
    _add_service(commands, say)
    return top


def _add_programme(commands: argparse._SubParsersAction[_Parser], say: _Wording) -> None:
    programme = _command(
        commands, say, "programme", None, say("read programme files", "lire des fichiers de programme")
    )
    inner = _commands(programme, say)
    check = _command(inner, say, "check", _check, say(
        "say all that is wrong with programmes", "dire tout ce qui ne va pas dans des programmes"
    ))  # fmt: skip
    scenarios = _command(inner, say, "scenarios", _scenarios, say(
        "run the scenarios beside programmes", "jouer les scénarios placés à côté des programmes"
    ))  # fmt: skip
    for one in (check, scenarios):
        one.add_argument(
            "files", metavar="FILE", type=Path, nargs="+", help=say("programmes", "des programmes")
        )
        _json(one, say)
    _command(inner, say, "schema", _schema, say(
        "print the JSON Schema of the format, for editors", "afficher le JSON Schema du format, pour les éditeurs"
    ))  # fmt: skip


def _add_service(commands: argparse._SubParsersAction[_Parser], say: _Wording) -> None:
    demo = _command(commands, say, "demo", _demo, say(
        "show the product with five vendors, in the browser", "montrer le produit avec cinq éditeurs, au navigateur"
    ))  # fmt: skip
    demo.add_argument("--reset", action="store_true", help=say("start over", "repartir de zéro"))
    demo.add_argument("--scale", metavar="N", type=_tickets, help=say(
        "let one vendor have N tickets, to see a large desk",
        "donner N tickets à un éditeur, pour voir une grande assistance",
    ))  # fmt: skip
    serve = _command(commands, say, "serve", _serve, say("serve the pages", "servir les pages"))
    serve.add_argument("--address", default="127.0.0.1", help=say("where to listen", "où écouter"))
    for one in (demo, serve):
        one.add_argument("--port", type=_port, default=DEFAULT_PORT, help=say("the port", "le port"))
    serve.add_argument("--workers", type=_positive, default=1, help=say("processes", "processus"))
    serve.add_argument(
        "--threads", type=_positive, default=THREADS, help=say("threads in each", "fils dans chacun")
    )
    worker = _command(
        commands, say, "worker", _worker, say("do what becomes due", "faire ce qui arrive à échéance")
    )
    worker.add_argument("--jobs", type=_positive, default=4, help=say("jobs at a time", "tâches à la fois"))
    _command(
        commands,
        say,
        "migrate",
        _migrate,
        say("create or update the tables", "créer ou mettre à jour les tables"),
    )
    _add_vendor(commands, say)
    _add_import(commands, say)
    verify = _command(commands, say, "verify", _verify, say(
        "recompute every clock from its events and the ledger from its postings, and compare",
        "recalculer chaque horloge depuis ses événements et le grand livre depuis ses écritures, et comparer",
    ))  # fmt: skip
    verify.add_argument("--vendor", metavar="NAME", help=say("one vendor only", "un seul éditeur"))
    verify.add_argument("--words", action="store_true", help=say(
        "first write anew the words that searches read", "récrire d’abord les mots que lisent les recherches"
    ))  # fmt: skip
    verify.add_argument(
        "--ledger", action="store_true", help=say("the ledger only", "le grand livre seulement")
    )
    verify.add_argument("--key", metavar="PUBLIC", action="append", help=say(
        "a public key kept elsewhere, to believe it alone", "une clé publique gardée ailleurs, la seule à croire"
    ))  # fmt: skip
    _add_ledger(commands, say)


def _add_ledger(commands: argparse._SubParsersAction[_Parser], say: _Wording) -> None:
    statement = _command(commands, say, "statement", _statement, say(
        "print the statement of a contract, or check one offline",
        "imprimer le relevé d’un contrat, ou en vérifier un hors ligne",
    ))  # fmt: skip
    statement.set_defaults(parser=statement)
    statement.add_argument("contract", metavar="CONTRACT", nargs="?", help=say("its number", "son numéro"))
    statement.add_argument("--vendor", metavar="NAME", help=say("whose contract", "de quel éditeur"))
    _json(statement, say)
    statement.add_argument("--pdf", action="store_true", help=say("as a paper", "en papier"))
    statement.add_argument(
        "-o", dest="output", metavar="FILE", type=Path, help=say("write it there", "l’écrire là")
    )
    statement.add_argument("--check", metavar="FILE", type=Path, help=say(
        "check this statement instead", "vérifier plutôt ce relevé"
    ))  # fmt: skip
    statement.add_argument("--key", metavar="PUBLIC", help=say(
        "the vendor's public key, or a file with it", "la clé publique de l’éditeur, ou un fichier qui la contient"
    ))  # fmt: skip
    statement.add_argument("--earlier", metavar="FILE", type=Path, help=say(
        "an older statement: what was rewritten since", "un relevé antérieur : ce qui fut réécrit depuis"
    ))  # fmt: skip
    keys = _commands(
        _command(commands, say, "keys", None, say("the keys that sign", "les clés qui signent")), say
    )
    for name, run, words in (
        ("rotate", _rotate_keys, say("sign with a new key", "signer avec une clé neuve")),
        ("show", _show_keys, say("print the public keys", "afficher les clés publiques")),
    ):
        one = _command(keys, say, name, run, words)
        one.add_argument("--vendor", metavar="NAME", help=say("one vendor only", "un seul éditeur"))


def _add_vendor(commands: argparse._SubParsersAction[_Parser], say: _Wording) -> None:
    vendor = _commands(
        _command(commands, say, "vendor", None, say("the vendors served here", "les éditeurs servis ici")),
        say,
    )
    add = _command(vendor, say, "add", _vendor_add, say(
        "add a vendor and its first administrator", "ajouter un éditeur et son premier administrateur"
    ))  # fmt: skip
    add.add_argument(
        "slug", metavar="NAME", help=say("its short name, such as boreal", "son nom court, comme boreal")
    )
    for option, metavar, words in (
        ("--name", "NAME", say("its name, as customers read it", "son nom, tel que le lisent les clients")),
        (
            "--prefix",
            "ABC",
            say("what its requests' numbers begin with", "ce qui commence les numéros de ses demandes"),
        ),
        (
            "--zone",
            "ZONE",
            say("its time zone, such as Europe/Paris", "son fuseau horaire, comme Europe/Paris"),
        ),
        ("--address", "URL", say("where its people reach it", "où l’on l’atteint")),
        ("--administrator", "EMAIL", say("who sets it up", "qui le met en route")),
    ):
        add.add_argument(option, metavar=metavar, required=True, help=words)
    add.add_argument(
        "--administrator-name",
        metavar="NAME",
        default="",
        help=say("that person's name", "le nom de cette personne"),
    )
    add.add_argument(
        "--language",
        choices=LANGUAGES,
        default=None,
        help=say("that person's language; else yours", "la langue de cette personne ; sinon la vôtre"),
    )
    host = _command(vendor, say, "host", _vendor_host, say(
        "add a host name under which a vendor is reached", "ajouter un nom d’hôte sous lequel on atteint un éditeur"
    ))  # fmt: skip
    host.add_argument("vendor", metavar="VENDOR", help=say("its short name", "son nom court"))
    host.add_argument("host", metavar="HOST", help=say("the host name", "le nom d’hôte"))


def _add_import(commands: argparse._SubParsersAction[_Parser], say: _Wording) -> None:
    bring_in = _command(commands, say, "import", _import, say(
        "bring customers, contracts and balances in from a CSV file, whole or not at all",
        "reprendre clients, contrats et soldes d’un fichier CSV, en entier ou pas du tout",
    ))  # fmt: skip
    kinds = ("customers", "contracts", "contacts", "seats", "balances")
    bring_in.add_argument("kind", metavar="KIND", choices=kinds, help=", ".join(kinds))
    bring_in.add_argument("file", metavar="FILE", type=Path, help=say("a CSV file", "un fichier CSV"))
    bring_in.add_argument("--vendor", metavar="NAME", required=True, help=say("the vendor", "l’éditeur"))
    bring_in.add_argument(
        "--dry-run",
        action="store_true",
        help=say("only say what is wrong, keep nothing", "dire seulement ce qui ne va pas, ne rien garder"),
    )


def _commands(of: _Parser, say: _Wording) -> argparse._SubParsersAction[_Parser]:
    return of.add_subparsers(
        title=say("commands", "commandes"), metavar=say("COMMAND", "COMMANDE"), required=True, dest="command"
    )


def _command(
    commands: argparse._SubParsersAction[_Parser], say: _Wording, name: str, run: Run | None, help: str
) -> _Parser:
    made = commands.add_parser(name, help=help, description=help, lang=say.lang)
    if run is not None:
        made.set_defaults(run=run)
    return made


def _json(of: argparse.ArgumentParser, say: _Wording) -> None:
    of.add_argument("--json", action="store_true", help=say("answer as JSON", "répondre en JSON"))


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _tickets(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(text)
    return int(text)


class _Version(argparse.Action):
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


class _Parser(argparse.ArgumentParser):
    """A parser that speaks the reader's language and raises `UsageError` instead of exiting with 2."""

    def __init__(self, *, lang: str = "en", **rest: object) -> None:
        super().__init__(**rest, add_help=False, allow_abbrev=False)  # type: ignore[arg-type]
        say = _Wording(lang)
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
