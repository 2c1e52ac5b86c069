"""Every command and its arguments, in the reader's language."""

from __future__ import annotations

import argparse
from pathlib import Path

from palier.cli import deeds
from palier.cli.parsing import (
    Parser,
    Version,
    Wording,
    add_command,
    add_commands,
    json_option,
    port,
    positive,
    tickets,
)
from palier.cli.terminal import LANGUAGES

DEFAULT_PORT = 8000
THREADS = 4


def parser(lang: str) -> argparse.ArgumentParser:
    """The parser of all commands, speaking the reader's language."""
    say = Wording(lang)
    top = Parser(
        prog="palier",
        lang=lang,
        description=say(
            "A support desk that executes a software vendor's support programme.",
            "Une assistance qui exécute le programme de soutien d’un éditeur de logiciels.",
        ),
    )
    top.add_argument("--version", action=Version, help=say("say which version this is", "dire la version"))
    commands = add_commands(top, say)
    _add_programme(commands, say)
    explain = add_command(commands, say, "explain", deeds.explain, say(
        "say what a programme decides on given facts, and why",
        "dire ce qu’un programme décide sur des faits donnés, et pourquoi",
    ))  # fmt: skip
    explain.add_argument("file", metavar="FILE", type=Path, help=say("a programme", "un programme"))
    explain.add_argument("--facts", metavar="FACTS.yaml", type=Path, required=True,
                         help=say("the facts, in a file", "les faits, dans un fichier"))  # fmt: skip
    json_option(explain, say)
    worktime = add_command(commands, say, "worktime", deeds.worktime, say(
        "answer questions about a calendar, one JSON line each",
        "répondre à des questions sur un calendrier, une ligne JSON chacune",
    ))  # fmt: skip
    worktime.add_argument(
        "calendar", metavar="CALENDAR.yaml", type=Path, help=say("a calendar", "un calendrier")
    )
    _add_service(commands, say)
    return top


def _add_programme(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    programme = add_command(
        commands, say, "programme", None, say("read programme files", "lire des fichiers de programme")
    )
    inner = add_commands(programme, say)
    check = add_command(inner, say, "check", deeds.check, say(
        "say all that is wrong with programmes", "dire tout ce qui ne va pas dans des programmes"
    ))  # fmt: skip
    scenarios = add_command(inner, say, "scenarios", deeds.scenarios, say(
        "run the scenarios beside programmes", "jouer les scénarios placés à côté des programmes"
    ))  # fmt: skip
    for one in (check, scenarios):
        one.add_argument(
            "files", metavar="FILE", type=Path, nargs="+", help=say("programmes", "des programmes")
        )
    form = check.add_mutually_exclusive_group()
    json_option(form, say)
    form.add_argument("--sarif", action="store_true", help=say(
        "as SARIF, for code hosts", "en SARIF, pour les hébergeurs de code"
    ))  # fmt: skip
    json_option(scenarios, say)
    diff = add_command(inner, say, "diff", deeds.diff, say(
        "say what a new revision changes for customers", "dire ce qu’une nouvelle révision change pour les clients"
    ))  # fmt: skip
    diff.add_argument(
        "old", metavar="OLD", type=Path, help=say("the programme before", "le programme d’avant")
    )
    diff.add_argument(
        "new", metavar="NEW", type=Path, help=say("the programme after", "le programme d’après")
    )
    form = diff.add_mutually_exclusive_group()
    json_option(form, say)
    form.add_argument("--markdown", action="store_true", help=say(
        "as Markdown, for a comment on a merge request", "en Markdown, pour commenter une demande de fusion"
    ))  # fmt: skip
    table = add_command(inner, say, "table", deeds.table, say(
        "show what becomes of each kind of request, plan by plan",
        "montrer ce que devient chaque sorte de demande, plan par plan",
    ))  # fmt: skip
    table.add_argument("file", metavar="FILE", type=Path, help=say("a programme", "un programme"))
    form = table.add_mutually_exclusive_group()
    json_option(form, say)
    form.add_argument("--markdown", action="store_true", help=say("as Markdown", "en Markdown"))
    add_command(inner, say, "schema", deeds.schema, say(
        "print the JSON Schema of the format, for editors", "afficher le JSON Schema du format, pour les éditeurs"
    ))  # fmt: skip


def _add_service(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    demo = add_command(commands, say, "demo", deeds.demo, say(
        "show the product with five vendors, in the browser", "montrer le produit avec cinq éditeurs, au navigateur"
    ))  # fmt: skip
    demo.add_argument("--reset", action="store_true", help=say("start over", "repartir de zéro"))
    demo.add_argument("--scale", metavar="N", type=tickets, help=say(
        "let one vendor have N tickets, to see a large desk",
        "donner N tickets à un éditeur, pour voir une grande assistance",
    ))  # fmt: skip
    serve = add_command(commands, say, "serve", deeds.serve, say("serve the pages", "servir les pages"))
    serve.add_argument("--address", default="127.0.0.1", help=say("where to listen", "où écouter"))
    for one in (demo, serve):
        one.add_argument("--port", type=port, default=DEFAULT_PORT, help=say("the port", "le port"))
    serve.add_argument("--workers", type=positive, default=1, help=say("processes", "processus"))
    serve.add_argument(
        "--threads", type=positive, default=THREADS, help=say("threads in each", "fils dans chacun")
    )
    worker = add_command(
        commands, say, "worker", deeds.worker, say("do what becomes due", "faire ce qui arrive à échéance")
    )
    worker.add_argument("--jobs", type=positive, default=4, help=say("jobs at a time", "tâches à la fois"))
    add_command(
        commands,
        say,
        "migrate",
        deeds.migrate,
        say("create or update the tables", "créer ou mettre à jour les tables"),
    )
    _add_vendor(commands, say)
    _add_import(commands, say)
    _add_mail(commands, say)
    verify = add_command(commands, say, "verify", deeds.verify, say(
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


def _add_ledger(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    statement = add_command(commands, say, "statement", deeds.statement, say(
        "print the statement of a contract, or check one offline",
        "imprimer le relevé d’un contrat, ou en vérifier un hors ligne",
    ))  # fmt: skip
    statement.set_defaults(parser=statement)
    statement.add_argument("contract", metavar="CONTRACT", nargs="?", help=say("its number", "son numéro"))
    statement.add_argument("--vendor", metavar="NAME", help=say("whose contract", "de quel éditeur"))
    json_option(statement, say)
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
    keys = add_commands(
        add_command(commands, say, "keys", None, say("the keys that sign", "les clés qui signent")), say
    )
    for name, run, words in (
        ("rotate", deeds.rotate_keys, say("sign with a new key", "signer avec une clé neuve")),
        ("show", deeds.show_keys, say("print the public keys", "afficher les clés publiques")),
    ):
        one = add_command(keys, say, name, run, words)
        one.add_argument("--vendor", metavar="NAME", help=say("one vendor only", "un seul éditeur"))


def _add_vendor(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    vendor = add_commands(
        add_command(commands, say, "vendor", None, say("the vendors served here", "les éditeurs servis ici")),
        say,
    )
    add = add_command(vendor, say, "add", deeds.vendor_add, say(
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
    host = add_command(vendor, say, "host", deeds.vendor_host, say(
        "add a host name under which a vendor is reached", "ajouter un nom d’hôte sous lequel on atteint un éditeur"
    ))  # fmt: skip
    host.add_argument("vendor", metavar="VENDOR", help=say("its short name", "son nom court"))
    host.add_argument("host", metavar="HOST", help=say("the host name", "le nom d’hôte"))


def _add_import(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    bring_in = add_command(commands, say, "import", deeds.bring_in, say(
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


def _add_mail(commands: argparse._SubParsersAction[Parser], say: Wording) -> None:
    mail = add_commands(
        add_command(commands, say, "mail", None, say("mail that comes in", "le courriel qui arrive")), say
    )
    add_command(mail, say, "receive", deeds.receive_mail, say(
        "read mailboxes and listen for mail", "relever les boîtes et écouter le courriel"
    ))  # fmt: skip
    bring_in = add_command(mail, say, "import", deeds.import_mail, say(
        "take in the messages of files, none of them twice", "reprendre les messages de fichiers, aucun deux fois"
    ))  # fmt: skip
    bring_in.add_argument("file", metavar="FILE", type=Path, help=say(
        "an .eml or .mbox file, a Maildir or a folder of .eml files",
        "un fichier .eml ou .mbox, un Maildir ou un dossier de fichiers .eml",
    ))  # fmt: skip
    bring_in.add_argument("--vendor", metavar="NAME", help=say(
        "whose they are; else by the addresses they name", "à qui ils sont ; sinon d’après leurs adresses"
    ))  # fmt: skip
    bring_in.add_argument("--history", action="store_true", help=say(
        "from before: start no clock, send nothing, page nobody",
        "d’avant : ne démarrer aucune horloge, ne rien envoyer, n’appeler personne",
    ))  # fmt: skip
