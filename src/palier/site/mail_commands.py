"""What `palier mail receive` and `palier mail import` do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from palier.programme.problems import Said, said
from palier.site import database, mail_environment, ports, service
from palier.site.refusals import Refused

FINE, MISTAKE = 0, 1
EVERY = 100
"""Messages between two words on how far an import is."""
Tell = Callable[[Said], None]


def receive(*, tell: Tell) -> int:
    """Read mailboxes and listen for mail until asked to stop; 1 when it had to be cut short."""
    from palier.site import receiver

    with service.service():
        database.verify()
        from django.db import connections

        connections.close_all()
        receiver.verify()
        found = mail_environment.read()
        for name, one in (("SMTP", found.smtp), ("LMTP", found.lmtp)):
            if one is None:
                continue
            where = one.path or f"{one.host}:{one.port}"
            if not one.path and not ports.is_free(one.host, one.port):
                raise Refused(
                    en=f"{where} is taken by another program: choose another place in PALIER_{name}_LISTEN",
                    fr=f"{where} est pris par un autre programme : choisissez un autre endroit dans "
                    f"PALIER_{name}_LISTEN",
                )
            tell(said(en=f"listening for {name} on {where}", fr=f"à l’écoute de {name} sur {where}"))
        tell(said(en="mail is received", fr="le courriel est reçu"))
        return receiver.run_receiver()


def bring_in(*, path: Path, vendor: str | None, history: bool, tell: Tell, complain: Tell) -> int:
    """Take in the messages of a file or folder; 1 when some were refused."""
    if not path.exists():
        raise Refused(en=f"there is no {path}", fr=f"{path} n’existe pas")
    with service.service():
        database.verify()
        from palier.mail import importing
        from palier.people.models import Vendor

        whose = None
        if vendor is not None:
            whose = Vendor.objects.filter(slug=vendor).first()
            if whose is None:
                known = ", ".join(Vendor.objects.order_by("slug").values_list("slug", flat=True)) or "–"
                raise Refused(
                    en=f"there is no vendor {vendor!r}; known: {known}",
                    fr=f"l’éditeur {vendor!r} n’existe pas ; connus : {known}",
                )

        def progress(counts: importing.Counts) -> None:
            if counts.seen % EVERY == 0:
                tell(said(en=f"{counts.seen} messages …", fr=f"{counts.seen} messages …"))

        try:
            counts = importing.bring_in(
                path=path,
                vendor_id=whose.id if whose is not None else None,
                history=history,
                clock=lambda: datetime.now(UTC),
                progress=progress,
            )
        except importing.NotMail as wrong:
            raise Refused(en=wrong.said["en"], fr=wrong.said["fr"]) from wrong
        except OSError as error:
            raise Refused(
                en=f"{error.filename or path} cannot be read: {error.strerror}",
                fr=f"{error.filename or path} est illisible : {error.strerror}",
            ) from error
        for one in counts.refusals:
            complain(said(en=f"{one.where}: {one.en}", fr=f"{one.where} : {one.fr}"))
        tell(
            said(
                en=f"{counts.new} messages taken in, {counts.known} known already, {counts.refused} refused",
                fr=f"{counts.new} messages repris, {counts.known} déjà connus, {counts.refused} refusés",
            )
        )
        return MISTAKE if counts.refused else FINE
