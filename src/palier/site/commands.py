"""What `palier serve`, `worker`, `migrate` and `verify` do. They return exit codes: 0 fine, 1 the user's mistake.

Each stands on a database: that of `DATABASE_URL`, else the embedded server, which runs as long as a command uses it.
Django is set up inside, once the database's address is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from palier.programme.problems import Said, said
from palier.site import database, environment, ports, service, vendor_commands
from palier.site.refusals import Refused

FINE, MISTAKE = 0, 1
Tell = Callable[[Said], None]


def migrate(*, tell: Tell) -> int:
    """Create or update the tables, as their owner."""
    with service.service():
        missing = database.unapplied()
        if missing:
            tell(
                said(
                    en=f"applying {len(missing)} migrations …",
                    fr=f"application de {len(missing)} migrations …",
                )
            )
        database.migrate()
        tell(said(en="the tables are up to date", fr="les tables sont à jour"))
    return FINE


def serve(*, address: str, port: int, workers: int, threads: int, tell: Tell) -> int:
    """Serve the pages until asked to stop. Refuses settings that would expose the service (`environment.refuse_unsafe`)."""
    environment.refuse_unsafe(environment.read())
    with service.service():
        _prepare_to_serve(tell)
        if not ports.is_free(address, port):
            raise Refused(
                en=f"{address}:{port} is taken by another program: choose another port with --port",
                fr=f"{address}:{port} est pris par un autre programme : choisissez un autre port avec --port",
            )
        tell(said(en=f"serving on http://{address}:{port}", fr=f"à l’écoute sur http://{address}:{port}"))
        server(address=address, port=port, workers=workers, threads=threads)
    return FINE


def _prepare_to_serve(tell: Tell) -> None:
    """All that must hold before the first request: a safe role, tables up to date, sound settings, static files; and where to begin."""
    from django.core import checks
    from django.db import connections

    from palier.site import static

    database.verify()
    wrong = [one for one in checks.run_checks(include_deployment_checks=True) if one.level >= checks.ERROR]
    if wrong:
        listed = "; ".join(f"{one.id}: {one.msg}" for one in wrong)
        raise Refused(en=f"not started: {listed}", fr=f"démarrage refusé : {listed}")
    static.collect()
    vendor_commands.begin(tell)
    connections.close_all()  # a connection must not be carried into the processes that serve


def server(*, address: str, port: int, workers: int, threads: int) -> None:
    """Run granian in the foreground; returns when it was asked to stop."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "palier.site.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # Left alone, granian takes one thread a core: a slow page would hold up all others.
        blocking_threads=threads,
        respawn_failed_workers=True,
        websockets=False,
    ).serve()


def worker(*, concurrency: int, tell: Tell) -> int:
    """Do what becomes due until asked to stop; 1 when jobs had to be cut short."""
    from palier.site import worker as workers

    with service.service():
        database.verify()
        from django.db import connections

        connections.close_all()
        tell(said(en="the worker runs", fr="le worker tourne"))
        return workers.run_worker(concurrency=concurrency)


def verify(
    *,
    vendor: str | None,
    tell: Tell,
    ledger_only: bool = False,
    known: Sequence[str] = (),
    words: bool = False,
) -> int:
    """Recompute every clock and the ledger of one vendor, or of all, and tell every mismatch; 1 when there is one.

    `words`: first write anew the words that searches read, which are an index over the texts.
    """
    with service.service():
        database.verify()
        from palier.site import ledger_commands
        from palier.tickets import search as searching
        from palier.tickets import verify as verifying

        chosen = ledger_commands.chosen(vendor)
        now = datetime.now(UTC)
        for one in chosen if words else []:
            made = searching.rebuild_all(vendor_id=one.id)
            tell(
                said(
                    en=f"{one.slug}: the words of {made} tickets written anew",
                    fr=f"{one.slug} : mots de {made} demandes récrits",
                )
            )
        clocks = [] if ledger_only else chosen
        verified = [(one, verifying.verify(vendor_id=one.id, now=now)) for one in clocks]
        for one, found in verified:
            for mismatch in found.mismatches:
                tell(
                    said(
                        en=f"{mismatch.ticket}: {mismatch.what}: stored {mismatch.stored}, "
                        f"the events say {mismatch.computed}",
                        fr=f"{mismatch.ticket} : {mismatch.what} : noté {mismatch.stored}, "
                        f"les événements disent {mismatch.computed}",
                    )
                )
            tell(
                said(
                    en=f"{one.slug}: {found.tickets} tickets, {found.promises} promises, "
                    f"{len(found.mismatches)} mismatches",
                    fr=f"{one.slug} : {found.tickets} demandes, {found.promises} engagements, "
                    f"{len(found.mismatches)} écarts",
                )
            )
        well = ledger_commands.verify(chosen, known=known, tell=tell)
        return FINE if well and not any(found.mismatches for _, found in verified) else MISTAKE
