"""The worker ends when told to, and what dead workers left undone is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from palier.site import database, worker

SOURCE = Path(worker.__file__).parents[2]


def supervised(child: str, *, grace_s: float) -> subprocess.Popen[str]:
    """A supervisor of a child that runs ``child``."""
    body = textwrap.dedent(child)
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; from palier.site import worker; sys.exit(worker.supervise([sys.executable, '-uc', {body!r}],"
            f" grace_s={grace_s}, first_pause_s=0.01))",
        ],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_child_that_finishes_in_time_ends_well() -> None:
    process = supervised(
        """
        import signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("runs", flush=True)
        signal.pause()
        """,
        grace_s=60,
    )
    assert line(process) == "runs"
    process.terminate()
    assert process.wait(timeout=60) == 0


def test_a_child_that_does_not_is_killed_after_the_grace() -> None:
    process = supervised(
        """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(os.getpid(), flush=True)
        while True:
            time.sleep(60)
        """,
        grace_s=0.1,
    )
    child = int(line(process))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 1
    assert not Path(f"/proc/{child}/cwd").exists()


def test_a_child_that_fails_is_started_again() -> None:
    process = supervised(
        """
        import os, sys
        print(os.getpid(), flush=True)
        sys.exit(3)
        """,
        grace_s=1,
    )
    assert len({line(process) for _ in range(3)}) == 3
    process.terminate()
    assert process.wait(timeout=60) in {0, 1}


def test_a_child_learns_of_its_supervisors_death() -> None:
    process = supervised(
        """
        import sys
        print("runs", flush=True)
        sys.stdin.read()
        print("alone", flush=True)
        """,
        grace_s=60,
    )
    assert line(process) == "runs"
    process.kill()
    process.wait()
    assert line(process) == "alone"


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """What the two tasks of these tests did: ``tests.well`` notes its word, ``tests.ill`` fails."""
    notes: list[str] = []

    @app.task(name="tests.well")
    def well(word: str) -> None:
        notes.append(word)

    @app.task(name="tests.ill")
    def ill() -> None:
        raise ZeroDivisionError

    yield notes
    for name in ("tests.well", "tests.ill"):
        del app.tasks[name]


def jobs() -> dict[str, str]:
    """The jobs of these tests that are kept, with their states."""
    return dict(
        ProcrastinateJob.objects.filter(task_name__startswith="tests.").values_list("task_name", "status")
    )


@pytest.mark.django_db(transaction=True)
def test_a_job_that_went_well_is_deleted_and_one_that_failed_is_kept(ran: list[str]) -> None:
    app.configure_task("tests.well").defer(word="one")
    app.configure_task("tests.ill").defer()
    worker.run_present()
    assert ran == ["one"]
    assert jobs() == {"tests.ill": "failed"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("heartbeat", "again"), [("1 hour", True), ("1 second", False)])
def test_the_job_of_a_dead_worker_is_queued_again(ran: list[str], heartbeat: str, again: bool) -> None:
    job = app.configure_task("tests.well").defer(word="late")
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - %s::interval) returning id",
            [heartbeat],
        )
        (killed,) = cursor.fetchone() or (None,)
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s where id = %s", [killed, job]
        )
    app.configure_task("site.retry_stalled").defer(timestamp=0)
    worker.run_present()
    worker.run_present()
    assert ran == (["late"] if again else [])
    assert jobs() == ({} if again else {"tests.well": "doing"})


@pytest.mark.django_db(transaction=True)
def test_old_failures_are_swept(ran: list[str]) -> None:
    app.configure_task("tests.ill").defer()
    worker.run_present()
    with database.as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = at - interval '31 days'")
    app.configure_task("site.sweep_jobs").defer(timestamp=0)
    worker.run_present()
    assert jobs() == {}


@pytest.mark.django_db
def test_a_job_belongs_to_its_transaction() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        defer_and_fail()
    assert jobs() == {}


def defer_and_fail() -> None:
    app.configure_task("tests.well").defer(word="never")
    assert jobs() == {"tests.well": "todo"}
    raise ZeroDivisionError
