"""Reading mailboxes by IMAP (RFC 3501, IDLE of RFC 2177): reaching one, signing in, and keeping at it."""

from __future__ import annotations

import contextlib
import random
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

import imap_tools
import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from palier.mail import imap_session, imap_words, oauth, sources
from palier.mail.models import Source
from palier.mail.sources import Failed, Mailbox, Security, SignIn
from palier.people import secrets, tenancy

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

PATIENCE_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0


# --- connecting -------------------------------------------------------------------------------------


@contextlib.contextmanager
def connected(box: Mailbox, opened: sources.Secret, token: str = "") -> Iterator[Any]:
    """A mailbox signed in to, without a folder chosen. Raises Failed, also for what breaks in the block.

    `token`: the access token, where one signs in by OAuth2.
    """
    with imap_words.in_words():
        mailbox = _reach(box)
    try:
        with imap_words.in_words("login-refused"):
            if box.sign_in is SignIn.OAUTH2:
                mailbox.xoauth2(box.user, token, initial_folder=None)
            elif (box.user + opened.password).isascii():
                mailbox.login(box.user, opened.password, initial_folder=None)
            else:
                mailbox.login_utf8(box.user, opened.password, initial_folder=None)
        with imap_words.in_words():
            yield mailbox
    finally:
        with contextlib.suppress(*imap_words.ERRORS):
            mailbox.logout()


def _reach(box: Mailbox) -> Any:
    if box.security is Security.TLS:
        return imap_tools.MailBox(
            box.host, box.port, timeout=PATIENCE_S, ssl_context=ssl.create_default_context()
        )
    if box.security is Security.STARTTLS:
        return imap_tools.MailBoxStartTls(
            box.host, box.port, timeout=PATIENCE_S, ssl_context=ssl.create_default_context()
        )
    return imap_tools.MailBoxUnencrypted(box.host, box.port, timeout=PATIENCE_S)


Away = Callable[[], AbstractContextManager[None]]


def sign_in(source: Source, *, away: Away = nullcontext) -> tuple[Mailbox, sources.Secret, str]:
    """The mailbox of a source, its secret and, for OAuth2, an access token; a new refresh token is kept. Raises Failed.

    It may ask another server: within `away()`, which leaves the transaction it is called in (`tenancy.outside`).
    """
    box = sources.mailbox(source.settings)
    try:
        opened = sources.secret(source)
    except secrets.CannotOpen as error:
        raise Failed("cannot-open") from error
    if box.sign_in is not SignIn.OAUTH2:
        return box, opened, ""
    with away():
        token = oauth.token(box, opened)
    if token.refresh and token.refresh != opened.refresh_token:
        _keep_refresh(source, opened, token.refresh)
    return box, opened, token.access


def _keep_refresh(source: Source, opened: sources.Secret, refresh: str) -> None:
    """Keep the provider's new refresh token, unless somebody changed the secret meanwhile."""
    with tenancy.vendor(source.vendor_id):
        row = Source.objects.select_for_update().filter(vendor_id=source.vendor_id, id=source.id).first()
        if row is not None and sources.secret(row) == opened:
            sources.seal(
                row,
                sources.Secret(
                    password=opened.password,
                    client_secret=opened.client_secret,
                    refresh_token=refresh,
                    signing_key=opened.signing_key,
                ),
            )
            row.save(update_fields=["secret"])


# --- keeping at it ----------------------------------------------------------------------------------


def visit(vendor_id: UUID, source_id: UUID, *, clock: Clock) -> imap_session.Taken:
    """Read a source once and hang up. Raises Failed."""
    source = _row(vendor_id, source_id)
    if source is None:
        raise Failed("removed")
    box, opened, token = sign_in(source)
    with connected(box, opened, token) as mailbox:
        return imap_session.Session(mailbox, source, box, clock=clock, stopped=threading.Event()).take_all()


def check(source: Source, *, away: Away = nullcontext) -> None:
    """Connect, sign in and look for every folder, taking nothing. Raises Failed. `away` as with `sign_in`."""
    box, opened, token = sign_in(source, away=away)
    with away(), connected(box, opened, token) as mailbox:
        for folder in box.folders:
            with imap_words.in_words("folder-missing"):
                mailbox.folder.set(folder, readonly=True)


def keep(vendor_id: UUID, source_id: UUID, *, stopped: threading.Event, clock: Clock) -> None:
    """Read a source until `stopped`: connect, take, wait to be told; after a failure again, after a pause that grows."""
    pause_s = FIRST_PAUSE_S
    while not stopped.is_set():
        try:
            close_old_connections()
            source = _row(vendor_id, source_id)
            if source is None or not source.enabled:
                return
            box, opened, token = sign_in(source)
            with connected(box, opened, token) as mailbox:
                session = imap_session.Session(mailbox, source, box, clock=clock, stopped=stopped)
                while not stopped.is_set():
                    session.take_all()
                    pause_s = FIRST_PAUSE_S
                    session.wait()
                    close_old_connections()
        except Failed as failed:
            log.warning(
                "mailbox cannot be read", source=str(source_id), code=failed.code, detail=failed.detail
            )
            _note(vendor_id, source_id, failed, clock())
        except (DatabaseError, InterfaceError) as error:
            log.warning("mailbox waits for the database", source=str(source_id), error=str(error))
            connection.close()
        stopped.wait(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - so that not all come back at once
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _row(vendor_id: UUID, source_id: UUID) -> Source | None:
    with tenancy.vendor(vendor_id):
        return Source.objects.filter(vendor_id=vendor_id, id=source_id).first()


def _note(vendor_id: UUID, source_id: UUID, failed: Failed, now: datetime) -> None:
    try:
        with tenancy.vendor(vendor_id):
            sources.note_failed(Source(id=source_id, vendor_id=vendor_id), failed, now=now)
    except (DatabaseError, InterfaceError) as error:
        log.warning("failure not noted", source=str(source_id), error=str(error))
        connection.close()
