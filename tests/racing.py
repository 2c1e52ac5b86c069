"""Many processes at once that load Django once: forked when it is set up, let go together when all are ready."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

# A process of its own forks, not the test's: that one has connections and threads, which no child may inherit.
_FORKER = """
import json, os, sys, traceback, zoneinfo
zoneinfo.reset_tzpath(to=())
import django
django.setup()
program, each = json.loads(sys.stdin.buffer.readline())
code = compile(program, "program", "exec")
def ready():
    print("ready", flush=True)
    os.read(gate, 1)
gate, opened = os.pipe()
children = []
for arguments in each:
    child = os.fork()
    if child == 0:
        sys.argv[1:] = arguments
        # Lines whole, whatever PYTHONUNBUFFERED says: all children write to one pipe.
        sys.stdout = open(1, "w", buffering=4096, closefd=False)
        failed = 1
        try:
            exec(code, {"ready": ready})
            sys.stdout.flush()
            failed = 0
        except BaseException:
            traceback.print_exc()
        os._exit(failed)
    children.append(child)
sys.stdin.buffer.readline()
os.write(opened, b"." * len(each))
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


def together(program: str, each: Sequence[Sequence[str]]) -> list[str]:
    """Run the program in as many processes as there are lists of arguments; every line that any of them said.

    It prepares itself, calls `ready()`, and is let go when all others are ready too. Fails when one of them does.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _FORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps([program, [list(arguments) for arguments in each]]) + "\n")
        process.stdin.flush()
        for _ in each:
            assert process.stdout.readline() == "ready\n"
        said, _ = process.communicate("go\n", timeout=300)
        assert process.returncode == 0
        return said.splitlines()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.wait()
