"""The environment variables Palier reads, each with its type; a value that makes no sense is refused by name.

Everything an operator sets from outside is named here, and nowhere else is ``os.environ`` read for settings.
Reference: docs/reference/environment.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs

from palier.site.refusals import Refused

SHORTEST_SECRET = 50
FEWEST_SIGNS = 12
LONGEST_BODY = 1 << 30
LONGEST_FILE = 4_000_000_000
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_SCHEMES = frozenset({"postgresql", "postgres"})


class BadEnvironment(Refused):
    """A variable has a value that cannot be used."""


class Unsafe(Refused):
    """The settings would expose the service; it does not start with them."""


def text(source: Mapping[str, str], name: str) -> str | None:
    """The value of ``name`` without surrounding blanks; ``None`` when unset or empty."""
    value = source.get(name, "").strip()
    return value or None


def boolean(source: Mapping[str, str], name: str, *, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off, in any case."""
    value = text(source, name)
    if value is None:
        return default
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise BadEnvironment(
        en=f"{name}={value!r} is neither yes nor no: write 1, true, yes, on or 0, false, no, off",
        fr=f"{name}={value!r} ne veut dire ni oui ni non : écrivez 1, true, yes, on ou 0, false, no, off",
    )


def integer(source: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """A whole number between ``least`` and ``most``, both included."""
    value = text(source, name)
    if value is None:
        return default
    number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,12}", value) else None
    if number is None or not least <= number <= most:
        raise BadEnvironment(
            en=f"{name}={value!r}: expected a whole number from {least} to {most}",
            fr=f"{name}={value!r} : un nombre entier de {least} à {most} est attendu",
        )
    return number


def choice(source: Mapping[str, str], name: str, *, default: str, among: Sequence[str]) -> str:
    """One of ``among``, exactly as written there."""
    value = text(source, name)
    if value is None:
        return default
    if value not in among:
        known = ", ".join(among)
        raise BadEnvironment(
            en=f"{name}={value!r} is unknown; known: {known}",
            fr=f"{name}={value!r} est inconnu ; valeurs connues : {known}",
        )
    return value


def directory(source: Mapping[str, str], name: str, *, default: Path) -> Path:
    """An absolute folder (``~`` is allowed); it need not exist yet."""
    value = text(source, name)
    if value is None:
        return default
    path = Path(value).expanduser()
    if not path.is_absolute() or "\0" in value:
        raise BadEnvironment(
            en=f"{name}={value!r}: write the whole path of a folder, from / on",
            fr=f"{name}={value!r} : écrivez le chemin complet d’un dossier, depuis /",
        )
    if path.exists() and not path.is_dir():
        raise BadEnvironment(
            en=f"{name}={value!r} is not a folder: name a folder, or one to create",
            fr=f"{name}={value!r} n’est pas un dossier : indiquez un dossier, existant ou à créer",
        )
    return path


def database_url(source: Mapping[str, str], name: str) -> str | None:
    """``postgresql://user[:password]@host[:port]/database[?host=/socket/folder&sslmode=…]``."""
    value = text(source, name)
    if value is None:
        return None
    shown = _without_password(value)
    try:
        parts = urlsplit(value)
        port_is_sound = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        parts, port_is_sound = urlsplit(""), False
    if parts.scheme not in _SCHEMES or not port_is_sound:
        raise BadEnvironment(
            en=f"{name}={shown!r}: expected postgresql://user:password@host:5432/database",
            fr=f"{name}={shown!r} : la forme attendue est postgresql://utilisateur:mot-de-passe@hote:5432/base",
        )
    for missing, en, fr in (
        (not parts.username, "a user", "un utilisateur"),
        (not parts.path.strip("/"), "a database", "une base de données"),
    ):
        if missing:
            raise BadEnvironment(
                en=f"{name}={shown!r} names no {en.removeprefix('a ')}: postgresql://user:password@host/database",
                fr=f"{name}={shown!r} n’indique pas {fr} : postgresql://utilisateur:mot-de-passe@hote/base",
            )
    return value


def _without_password(url: str) -> str:
    return re.sub(r"(//[^/:@]*:)[^@]*@", r"\1…@", url)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where outgoing mail is handed over: ``smtp://`` in clear, ``smtp+tls://`` STARTTLS, ``smtps://`` TLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    starttls: bool
    tls: bool


def mail_server(source: Mapping[str, str], name: str) -> MailServer | None:
    """``smtp[s|+tls]://[user:password@]host[:port]``."""
    value = text(source, name)
    if value is None:
        return None
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        parts = urlsplit(value)
        port = parts.port or ports.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ports or not parts.hostname or not port or parts.path.strip("/"):
        shown = _without_password(value)
        raise BadEnvironment(
            en=f"{name}={shown!r}: expected smtp+tls://user:password@host:587 (or smtps://, or smtp://)",
            fr=f"{name}={shown!r} : la forme attendue est smtp+tls://utilisateur:mot-de-passe@hote:587 "
            "(ou smtps://, ou smtp://)",
        )
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+tls",
        tls=parts.scheme == "smtps",
    )


def service_url(source: Mapping[str, str], name: str) -> str:
    """``https://host[:port]``, or ``http://`` on this very machine; empty when unset."""
    value = text(source, name) or ""
    try:
        parts = urlsplit(value)
        local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        sound = parts.scheme == "https" or (parts.scheme == "http" and local)
    except ValueError:
        parts, sound = urlsplit(""), False
    if value and not (sound and parts.hostname):
        raise BadEnvironment(
            en=f"{name}={value!r}: expected https://host (http:// only for this machine itself)",
            fr=f"{name}={value!r} : la forme attendue est https://hote (http:// seulement pour cette machine)",
        )
    return value.rstrip("/")


def scanner(source: Mapping[str, str], name: str) -> str:
    """``tcp://host:3310`` or ``unix:///path/of/the/socket``; empty when unset."""
    value = text(source, name) or ""
    try:
        parts = urlsplit(value)
        sound = (parts.scheme == "tcp" and bool(parts.hostname) and parts.port != 0) or (
            parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
        )
    except ValueError:
        sound = False
    if value and not sound:
        raise BadEnvironment(
            en=f"{name}={value!r}: expected tcp://host:3310 or unix:///run/clamav/clamd.ctl",
            fr=f"{name}={value!r} : la forme attendue est tcp://hote:3310 ou unix:///run/clamav/clamd.ctl",
        )
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where attachments are kept in S3. ``endpoint`` and ``region`` empty: Amazon's own."""

    name: str
    prefix: str
    endpoint: str
    region: str


def bucket(source: Mapping[str, str], name: str) -> Bucket | None:
    """``s3://bucket[/prefix][?endpoint=https://host&region=name]``; None when unset. Keys are where boto3 looks for them."""
    value = text(source, name)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        parts, asked = urlsplit(""), {}
    endpoint = service_url({name: asked.get("endpoint", "")}, name)
    if parts.scheme != "s3" or not parts.netloc or asked.keys() - {"endpoint", "region"}:
        raise BadEnvironment(
            en=f"{name}={value!r}: expected s3://bucket/prefix?endpoint=https://host&region=name, or unset it to keep "
            "files in PALIER_DATA/files",
            fr=f"{name}={value!r} : la forme attendue est s3://seau/prefixe?endpoint=https://hote&region=nom ; sans "
            "elle, les fichiers restent dans PALIER_DATA/files",
        )
    return Bucket(
        name=parts.netloc, prefix=parts.path.strip("/"), endpoint=endpoint, region=asked.get("region", "")
    )


def default_data() -> Path:
    """Where data lives when nobody says: the user's data folder; as root the machine's own."""
    # Not root's home: the server runs as another user there and a home of mode 0700 would lock it out.
    if os.geteuid() == 0:
        return Path("/var/lib/palier")
    return Path(platformdirs.user_data_path("palier", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the operator set, read once and checked."""

    data: Path
    database_url: str | None = field(repr=False)
    owner_url: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    sealing_keys: str | None = field(repr=False)
    debug: bool
    demo: bool
    vendor_paths: bool
    plain_http: bool
    behind_proxy: bool
    mail: MailServer | None
    mail_from: str
    log_level: str
    log_format: str
    largest_body: int
    stripe_api: str
    bucket: Bucket | None
    clamd: str
    largest_file: int


def read(source: Mapping[str, str] | None = None) -> Environment:
    """Read and check the whole environment (``os.environ`` by default)."""
    given = os.environ if source is None else source
    demo = boolean(given, "PALIER_DEMO", default=False)
    found = Environment(
        data=directory(given, "PALIER_DATA", default=default_data()),
        database_url=database_url(given, "DATABASE_URL"),
        owner_url=database_url(given, "DATABASE_OWNER_URL"),
        secret_key=text(given, "PALIER_SECRET_KEY"),
        sealing_keys=text(given, "PALIER_SEALING_KEYS"),
        debug=boolean(given, "PALIER_DEBUG", default=False),
        demo=demo,
        vendor_paths=boolean(given, "PALIER_VENDOR_PATHS", default=demo),
        plain_http=boolean(given, "PALIER_PLAIN_HTTP", default=demo),
        behind_proxy=boolean(given, "PALIER_BEHIND_PROXY", default=False),
        mail=mail_server(given, "PALIER_MAIL"),
        mail_from=text(given, "PALIER_MAIL_FROM") or "palier@localhost",
        log_level=choice(
            given, "PALIER_LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR")
        ),
        log_format=choice(given, "PALIER_LOG_FORMAT", default="text", among=("text", "json")),
        largest_body=integer(
            given, "PALIER_LARGEST_BODY", default=26_214_400, least=65_536, most=LONGEST_BODY
        ),
        stripe_api=service_url(given, "PALIER_STRIPE_API"),
        bucket=bucket(given, "PALIER_FILES"),
        clamd=scanner(given, "PALIER_CLAMD"),
        largest_file=integer(
            given, "PALIER_LARGEST_FILE", default=100_000_000, least=1_000_000, most=LONGEST_FILE
        ),
    )
    if found.owner_url and not found.database_url:
        raise BadEnvironment(
            en="DATABASE_OWNER_URL is set without DATABASE_URL: set both (the application connects by "
            "DATABASE_URL as palier_app), or neither to use the server Palier brings",
            fr="DATABASE_OWNER_URL est donné sans DATABASE_URL : donnez les deux (l’application se connecte par "
            "DATABASE_URL en tant que palier_app), ou aucun pour employer le serveur fourni par Palier",
        )
    return found


def refuse_unsafe(environment: Environment) -> None:
    """Raise ``Unsafe`` when these settings may not face users; the demonstration may do what service may not."""
    if environment.demo:
        return
    key = environment.secret_key or ""
    wrong: list[Refused] = []
    if environment.debug:
        wrong.append(
            Refused(
                en="PALIER_DEBUG shows code and settings to visitors: unset it",
                fr="PALIER_DEBUG montre le code et les réglages aux visiteurs : retirez-le",
            )
        )
    if not key:
        wrong.append(
            Refused(
                en="PALIER_SECRET_KEY is missing: make one with "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'` and keep it",
                fr="PALIER_SECRET_KEY manque : fabriquez-en une avec "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'` et gardez-la",
            )
        )
    elif len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_SIGNS:
        wrong.append(
            Refused(
                en=f"PALIER_SECRET_KEY is too easy to guess: at least {SHORTEST_SECRET} random characters",
                fr=f"PALIER_SECRET_KEY se devine trop facilement : au moins {SHORTEST_SECRET} caractères au hasard",
            )
        )
    if environment.vendor_paths:
        wrong.append(
            Refused(
                en="PALIER_VENDOR_PATHS lets vendors share one host name, and so cookies: unset it and give "
                "each vendor a host name",
                fr="PALIER_VENDOR_PATHS fait partager un nom d’hôte, donc des cookies, aux éditeurs : retirez-le et "
                "donnez un nom d’hôte à chacun",
            )
        )
    if environment.plain_http:
        wrong.append(
            Refused(
                en="PALIER_PLAIN_HTTP sends passwords and cookies in clear: unset it and serve HTTPS",
                fr="PALIER_PLAIN_HTTP envoie mots de passe et cookies en clair : retirez-le et servez en HTTPS",
            )
        )
    if wrong:
        raise Unsafe(
            en="not started: " + "; ".join(each.en for each in wrong),
            fr="démarrage refusé : " + " ; ".join(each.fr for each in wrong),
        )
