"""What each command does: it hands its arguments to what it works on, imported only when asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import NoReturn

from palier.cli.parsing import Parser
from palier.cli.terminal import Terminal


def check(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier programme check`."""
    from palier.programme import commands

    form = "sarif" if arguments.sarif else _form(arguments)
    return commands.check(arguments.files, terminal.lang, form, terminal.out)


def scenarios(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier programme scenarios`."""
    from palier.programme import scenario_report

    return scenario_report.scenarios(arguments.files, terminal.lang, arguments.json, terminal.out)


def diff(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier programme diff`."""
    from palier.programme import diff_command

    paths = [arguments.old, arguments.new]
    return diff_command.run(paths, form=_form(arguments), lang=terminal.lang, out=terminal.out)


def table(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier programme table`."""
    from palier.programme import table_command

    return table_command.run(arguments.file, form=_form(arguments), lang=terminal.lang, out=terminal.out)


def _form(arguments: argparse.Namespace) -> str:
    return next((form for form in ("json", "markdown") if getattr(arguments, form, False)), "text")


def schema(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier programme schema`."""
    del arguments
    from palier.programme import commands

    return commands.schema(terminal.out)


def explain(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier explain`."""
    from palier.programme import explain_command

    return explain_command.run(
        arguments.file, arguments.facts, terminal.lang, arguments.json, terminal.out, terminal.err
    )


def worktime(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier worktime`."""
    from palier.programme import worktime

    return worktime.main(
        arguments.calendar, sys.stdin.buffer, terminal.out, terminal.lang, problems_out=terminal.err
    )


def demo(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier demo`."""
    command = importlib.import_module("palier.demo.command")
    code: int = command.run(
        reset=arguments.reset,
        port=arguments.port,
        lang=terminal.lang,
        out=terminal.out,
        scale=arguments.scale,
    )
    return code


def serve(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier serve`."""
    from palier.site import commands

    return commands.serve(
        address=arguments.address,
        port=arguments.port,
        workers=arguments.workers,
        threads=arguments.threads,
        tell=terminal.tell,
    )


def worker(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier worker`."""
    from palier.site import commands

    return commands.worker(concurrency=arguments.jobs, tell=terminal.tell)


def migrate(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier migrate`."""
    del arguments
    from palier.site import commands

    return commands.migrate(tell=terminal.tell)


def verify(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier verify`."""
    from palier.site import commands

    return commands.verify(
        vendor=arguments.vendor,
        tell=terminal.tell,
        ledger_only=arguments.ledger,
        known=arguments.key or (),
        words=arguments.words,
    )


def statement(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier statement`."""
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
    asked: Parser = arguments.parser
    asked.error(f"the following arguments are required: {wanted}")


def rotate_keys(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier keys rotate`."""
    from palier.site import ledger_commands

    return ledger_commands.rotate_keys(vendor=arguments.vendor, tell=terminal.tell)


def show_keys(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier keys show`."""
    from palier.site import ledger_commands

    return ledger_commands.show_keys(vendor=arguments.vendor, tell=terminal.tell)


def vendor_add(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier vendor add`."""
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


def vendor_host(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier vendor host`."""
    from palier.site import vendor_commands

    return vendor_commands.add_host(vendor=arguments.vendor, host=arguments.host, tell=terminal.tell)


def bring_in(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier import`."""
    from palier.site import imports

    return imports.bring_in(
        kind=arguments.kind,
        file=arguments.file,
        vendor=arguments.vendor,
        dry_run=arguments.dry_run,
        tell=terminal.tell,
        complain=terminal.complain,
    )


def receive_mail(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier mail receive`."""
    del arguments
    from palier.site import mail_commands

    return mail_commands.receive(tell=terminal.tell)


def import_mail(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`palier mail import`."""
    from palier.site import mail_commands

    return mail_commands.bring_in(
        path=arguments.file,
        vendor=arguments.vendor,
        history=arguments.history,
        tell=terminal.tell,
        complain=terminal.complain,
    )
