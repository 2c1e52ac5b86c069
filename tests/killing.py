"""Workers that are killed with -9 somewhere in their work: what they leave is what the next finds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

# A process of its own forks, not the test's: that one has connections and threads, which no child may inherit.
_FORKER = """
import os, signal, sys
exec(compile(sys.stdin.buffer.read(int(sys.argv.pop())), "program", "exec"))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while sys.stdin.buffer.readline():
    child = os.fork()
    if child == 0:
        work()
    print(child, flush=True)
"""


def at_random(
    program: str,
    arguments: Sequence[str],
    *,
    kills: int,
    longest_s: float,
    seed: int,
    between: Callable[[int], None] = lambda number: None,
) -> None:
    """Two workers at a time do what `program` calls `work` (it never returns; `sys.argv` has the arguments); one after the
    other is killed within `longest_s` of the one before and replaced. `between` is called with each kill's number before it.
    """
    dice = random.Random(seed)
    forker = subprocess.Popen(
        [sys.executable, "-c", _FORKER, *arguments, str(len(program.encode()))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert forker.stdin is not None
    assert forker.stdout is not None
    workers: list[int] = []
    try:
        forker.stdin.write(program)
        for number in range(-2, kills):
            forker.stdin.write("one\n")
            forker.stdin.flush()
            workers.append(int(forker.stdout.readline()))
            if number >= 0:
                between(number)
                # Somewhere within its work: that is what is under test, not the clock.
                time.sleep(dice.uniform(0, longest_s))
                os.kill(workers.pop(0), signal.SIGKILL)
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        forker.stdin.close()
        forker.wait()
        forker.stdout.close()
