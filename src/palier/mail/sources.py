"""The ways in of one vendor: what a source needs by its kind, its sealed secret, how it fares, when a message reached us.

Reference: docs/reference/mail-sources.md.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection

from palier.mail import intake
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Incoming, Source
from palier.people import access, changes, oidc, secrets

LONGEST_FAILURE = 500
MOST_FOLDERS = 20
MOST_NETWORKS = 50
LOOPBACK = ("127.0.0.0/8", "::1/128")
LEAST_SECONDS, MOST_SECONDS = 10, 3600
LONGEST_WAY = timedelta(days=5)
"""How long before the mailbox had a message our border may have had it: as long as servers queue (RFC 5321, 4.5.4.1)."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_BY = re.compile(r"(?:^|\s)by\s+([A-Za-z0-9._:\[\]-]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?")


class Security(StrEnum):
    """How the way to a mailbox is kept secret. `none` is for servers on this very machine."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SignIn(StrEnum):
    """How one signs in to a mailbox."""

    PASSWORD = "password"  # noqa: S105 - a word of the settings
    OAUTH2 = "oauth2"


class After(StrEnum):
    """What is done with a message in its mailbox once it is ours."""

    SEEN = "seen"
    MOVE = "move"
    LEAVE = "leave"


class First(StrEnum):
    """Which messages of a mailbox are taken at the first visit: those that come from then on, or all there are."""

    NEW = "new"
    ALL = "all"


class Provider(StrEnum):
    """Whose webhooks bring messages."""

    MAILGUN = "mailgun"
    POSTMARK = "postmark"
    SENDGRID = "sendgrid"
    SES = "ses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """What it takes to read a mailbox. `every_s`: seconds between two looks, where the server does not tell by itself."""

    host: str
    port: int
    security: Security
    user: str
    sign_in: SignIn
    folders: tuple[str, ...] = ("INBOX",)
    after: After = After.SEEN
    move_to: str = ""
    first: First = First.NEW
    every_s: int = 60
    token_url: str = ""
    client_id: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What opens a source; each empty where it is not needed."""

    password: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    signing_key: str = field(default="", repr=False)
    """With which a provider signs its webhooks, or `user:password` of the address it posts to."""


class Failed(Exception):
    """A source cannot be read now. `code` says why (docs/reference/mail-sources.md), `detail` what the other side said."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, " ".join(detail.split())
        super().__init__(f"{code} {self.detail}".strip())


# --- settings ---------------------------------------------------------------------------------------


def mailbox(settings: Mapping[str, Any]) -> Mailbox:
    """The mailbox that settings of a source describe, as `kept` wrote them."""
    return Mailbox(
        host=settings["host"],
        port=settings["port"],
        security=Security(settings["security"]),
        user=settings["user"],
        sign_in=SignIn(settings["sign_in"]),
        folders=tuple(settings["folders"]),
        after=After(settings["after"]),
        move_to=settings["move_to"],
        first=First(settings["first"]),
        every_s=settings["every_s"],
        token_url=settings["token_url"],
        client_id=settings["client_id"],
        scope=settings["scope"],
    )


def kept(box: Mailbox) -> dict[str, Any]:
    """A mailbox as settings of a source. Raises access.Refused for what cannot be."""
    for wrong, code, en, fr in (
        (
            not _HOST.fullmatch(box.host),
            "mail-host",
            f"“{box.host}” is no server's name: write it as your provider does, such as imap.provider.example.",
            f"« {box.host} » n’est pas un nom de serveur : écrivez-le comme votre fournisseur, par exemple "
            "imap.fournisseur.example.",
        ),
        (
            not 0 < box.port < 65536,
            "mail-port",
            f"{box.port} is no port: 993 for TLS, 143 for STARTTLS.",
            f"{box.port} n’est pas un port : 993 pour TLS, 143 pour STARTTLS.",
        ),
        (
            box.security is Security.NONE and box.host not in LOCAL,
            "mail-in-clear",
            "Without TLS the password would travel in clear: choose TLS or STARTTLS. Only a server on this very "
            "machine may go without.",
            "Sans TLS, le mot de passe voyagerait en clair : choisissez TLS ou STARTTLS. Seul un serveur sur cette "
            "machine même peut s’en passer.",
        ),
        (
            not box.user,
            "mail-user",
            "A user name is needed: for most providers the whole address.",
            "Il faut un nom d’utilisateur : chez la plupart des fournisseurs, l’adresse entière.",
        ),
        (
            not 0 < len(box.folders) <= MOST_FOLDERS or not all(map(_is_folder, box.folders)),
            "mail-folders",
            f"Name the folders to read, one a line, at most {MOST_FOLDERS}: INBOX for the usual one.",
            f"Indiquez les dossiers à lire, un par ligne, {MOST_FOLDERS} au plus : INBOX pour le dossier habituel.",
        ),
        (
            box.after is After.MOVE and (not _is_folder(box.move_to) or box.move_to in box.folders),
            "mail-move-to",
            "Name the folder into which messages are moved; it cannot be one that is read.",
            "Indiquez le dossier où les messages sont rangés ; ce ne peut être un dossier que l’on lit.",
        ),
        (
            not LEAST_SECONDS <= box.every_s <= MOST_SECONDS,
            "mail-every",
            f"Between two looks there are {LEAST_SECONDS} to {MOST_SECONDS} seconds.",
            f"Entre deux relèves, il y a de {LEAST_SECONDS} à {MOST_SECONDS} secondes.",
        ),
        (
            box.sign_in is SignIn.OAUTH2 and not (box.client_id and oidc.is_sound(box.token_url)),
            "mail-oauth2",
            "OAuth2 needs the HTTPS address where tokens are had, and the client's id.",
            "OAuth2 demande l’adresse HTTPS qui délivre les jetons, et l’identifiant du client.",
        ),
    ):
        if wrong:
            raise access.Refused(code=code, en=en, fr=fr)
    return {
        "host": box.host.lower(), "port": box.port, "security": box.security.value, "user": box.user,
        "sign_in": box.sign_in.value, "folders": list(box.folders), "after": box.after.value,
        "move_to": box.move_to, "first": box.first.value, "every_s": box.every_s, "token_url": box.token_url,
        "client_id": box.client_id, "scope": box.scope,
    }  # fmt: skip


def _is_folder(name: str) -> bool:
    return 0 < len(name) <= 200 and name.isprintable()


def secret(source: Source) -> Secret:
    """The secret of a source, in clear for the moment it is used. Raises secrets.CannotOpen."""
    if source.secret is None:
        return Secret()
    return Secret(**json.loads(secrets.unseal(bytes(source.secret), purpose=_purpose(source))))


def seal(source: Source, opened: Secret) -> None:
    """Put a secret into the row, sealed; the row is not saved."""
    known = {
        name: getattr(opened, name) for name in ("password", "client_secret", "refresh_token", "signing_key")
    }
    source.secret = secrets.seal(json.dumps(known), purpose=_purpose(source))


def _purpose(source: Source) -> str:
    return f"mail-source:{source.vendor_id}:{source.pk}"


def version(source: Source) -> str:
    """Changes when anything changes that the reading of a source depends on; not with how far it was read."""
    sealed = bytes(source.secret) if source.secret is not None else b""
    told = json.dumps([source.settings, source.trusted_borders, source.enabled], sort_keys=True)
    return hashlib.sha256(told.encode() + b"\0" + sealed).hexdigest()


# --- what people of the vendor change ---------------------------------------------------------------


def save(
    *,
    by: access.Viewer,
    source: Source | None,
    kind: SourceKind,
    name: str,
    settings: Mapping[str, Any],
    borders: Sequence[str],
    opened: Secret | None,
    now: datetime,
) -> Source:
    """Add a source, or change one; `opened` None keeps the secret there is. Raises access.Refused."""
    access.require_role(by, access.RUNS_THE_DESK)
    called = " ".join(name.split())[:100]
    if not called:
        raise access.Refused(code="name-needed", en="A name is needed.", fr="Il faut un nom.")
    row = source or Source(vendor_id=by.vendor_id, kind=kind, created_at=now)
    before = row.settings
    row.name, row.trusted_borders = called, _borders(borders)
    row.settings = dict(settings)
    if source is not None and _reads_elsewhere(before, row.settings):
        row.place = {}
    if opened is not None:
        seal(row, opened)
    row.failed_at, row.failure = None, ""
    row.save()
    changes.record(by, changes.Kind.MAIL_SOURCE_CHANGED, subject_id=row.id, data={"kind": row.kind}, now=now)
    return row


def _reads_elsewhere(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether it is another mailbox now: how far the old one was read says nothing of it."""
    return any(before.get(key) != after.get(key) for key in ("host", "port", "user"))


def _borders(names: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(one.strip().lower().rstrip(".") for one in names if one.strip()))
    for one in found:
        if not _HOST.fullmatch(one):
            raise access.Refused(
                code="mail-border",
                en=f"“{one}” is no server's name: write the name your server puts first in Authentication-Results.",
                fr=f"« {one} » n’est pas un nom de serveur : écrivez celui que votre serveur met en tête "
                "d’Authentication-Results.",
            )
    return found


def networks(names: Sequence[str]) -> dict[str, list[str]]:
    """From where borders deliver to our listener, as settings of a source. Raises access.Refused for what is no network."""
    found: list[str] = []
    for one in (name.strip() for name in names):
        if not one:
            continue
        try:
            found.append(str(ipaddress.ip_network(one, strict=False)))
        except ValueError as error:
            raise access.Refused(
                code="mail-network",
                en=f"“{one}” is no network: write an address or a network, such as 192.0.2.7 or 192.0.2.0/24.",
                fr=f"« {one} » n’est pas un réseau : écrivez une adresse ou un réseau, comme 192.0.2.7 ou "
                "192.0.2.0/24.",
            ) from error
    if len(found) > MOST_NETWORKS:
        raise access.Refused(
            code="mail-networks",
            en=f"These are {len(found)} networks; at most {MOST_NETWORKS} can be named.",
            fr=f"Cela fait {len(found)} réseaux ; on peut en nommer {MOST_NETWORKS} au plus.",
        )
    return {"networks": list(dict.fromkeys(found))}


def networks_of(source: Source) -> tuple[str, ...]:
    """From where borders deliver to our listener: what was said, else this machine only."""
    return tuple(source.settings.get("networks") or LOOPBACK)


def borders_of(source: Source, client: object) -> tuple[str, ...]:
    """The borders whose word is taken in a message of a source; `client`: who brought it to our listener.

    Whoever reaches the listener can write a border's lines: they are the border's only where it comes from the border's
    networks. Messages that came another way came through a border in any case.
    """
    if source.kind != SourceKind.SMTP:
        return tuple(source.trusted_borders)
    return tuple(source.trusted_borders) if _lies_in(client, networks_of(source)) else ()


def _lies_in(client: object, known: Sequence[str]) -> bool:
    if client == intake.LOCAL:
        # A socket of this machine: as whoever comes over its loopback address.
        client = "127.0.0.1"
    try:
        peer = ipaddress.ip_address(str(client))
    except ValueError:
        # Nobody knows who brought it.
        return False
    mapped = peer.ipv4_mapped if isinstance(peer, ipaddress.IPv6Address) else None
    return any((mapped or peer) in ipaddress.ip_network(one) for one in known)


def turn(*, by: access.Viewer, source: Source, enabled: bool, now: datetime) -> None:
    """Read a source from now on, or no longer."""
    access.require_role(by, access.RUNS_THE_DESK)
    source.enabled, source.failed_at, source.failure = enabled, None, ""
    source.save(update_fields=["enabled", "failed_at", "failure"])
    data = {"enabled": enabled}
    changes.record(by, changes.Kind.MAIL_SOURCE_CHANGED, subject_id=source.id, data=data, now=now)


def remove(*, by: access.Viewer, source: Source, now: datetime) -> None:
    """Remove a source through which nothing came. Raises access.Refused for one that messages name."""
    access.require_role(by, access.RUNS_THE_DESK)
    if Incoming.objects.filter(vendor_id=by.vendor_id, source=source).exists():
        raise access.Refused(
            code="mail-source-used",
            en=f"Messages came through {source.name}, which say so: turn it off instead.",
            fr=f"Des messages sont venus par {source.name} et le disent : désactivez-la plutôt.",
        )
    changes.record(by, changes.Kind.MAIL_SOURCE_REMOVED, subject_id=source.id, now=now)
    source.delete()


def new_token(source: Source) -> str:
    """A new address for a provider's webhooks: its unguessable part, of which the row keeps the hash only. Not saved."""
    token = randomness.token_urlsafe(32)
    source.settings = {**source.settings, "token_hash": hash_of(token)}
    return token


def hash_of(token: str) -> str:
    """What is kept of a webhook's token."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- how it fares -----------------------------------------------------------------------------------


def read_by_machine() -> list[tuple[UUID, UUID]]:
    """(vendor, source) of every mailbox that is to be read, of all vendors."""
    with connection.cursor() as cursor:
        cursor.execute("select vendor_id, id from mail_sources_read()")
        return [(vendor_id, id_) for vendor_id, id_ in cursor.fetchall()]


def note_checked(source: Source, *, now: datetime) -> None:
    """That a source was just read without fault."""
    Source.objects.filter(vendor_id=source.vendor_id, id=source.id).update(
        checked_at=now, failed_at=None, failure=""
    )


def note_failed(source: Source, failed: Failed, *, now: datetime) -> None:
    """That a source could not be read: since when, and why last."""
    mine = Source.objects.filter(vendor_id=source.vendor_id, id=source.id)
    mine.filter(failed_at=None).update(failed_at=now)
    mine.update(checked_at=now, failure=str(failed).replace("\0", "")[:LONGEST_FAILURE])


def listening(vendor_id: UUID) -> Source | None:
    """The source of what is delivered to our listener, with the borders it trusts; None without one.

    Raises Failed (`turned-off`) where the vendor turned direct delivery off.
    """
    rows = list(Source.objects.filter(vendor_id=vendor_id, kind=SourceKind.SMTP).order_by("created_at", "id"))
    found = next((one for one in rows if one.enabled), None)
    if rows and found is None:
        raise Failed("turned-off")
    return found


# --- when a message reached us ----------------------------------------------------------------------


def reached_at(
    content: bytes, *, borders: Sequence[str], internal: datetime | None, now: datetime
) -> datetime:
    """When a message came to us: by the topmost Received of our border, else when the mailbox had it, else now.

    A date at the border after the mailbox's own or long before it is not believed: a message that went round the border
    may say anything.
    """
    had = min(internal, now) if internal is not None else now
    known = {one.lower() for one in borders}
    for by, at in received(content):
        if by in known:
            return at if at is not None and had - LONGEST_WAY <= at <= had else had
    return had


def received(content: bytes) -> list[tuple[str, datetime | None]]:
    """(by which server, when) of each Received, from the top; at most 100."""
    found: list[tuple[str, datetime | None]] = []
    for value in intake.header(content, b"received")[:100]:
        said, _, date = _COMMENT.sub(" ", value).rpartition(";")
        by = _BY.search(said)
        found.append((by.group(1).lower().rstrip(".") if by else "", instant(date)))
    return found


def instant(date: str) -> datetime | None:
    """A date of a header as an instant; None for one that is none."""
    try:
        at = parsedate_to_datetime(date.strip())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def written_at(content: bytes, *, now: datetime) -> datetime:
    """When a message of the past came, by its own account: the topmost Received, else its Date, else now."""
    told = [at for _, at in received(content)] + [instant(one) for one in intake.header(content, b"date")]
    return next((min(at, now) for at in told if at is not None), now)
