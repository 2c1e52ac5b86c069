"""The suite's own promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLLECT = """
import pytest, sys
servers = []
sys.addaudithook(lambda event, args: servers.append(args) if event == "subprocess.Popen" and "pg" in str(args[0]) else None)
from django.conf import settings
for folders in (["tests/core", "tests/programme"], ["tests/site"]):
    assert pytest.main(["-q", "--collect-only", "-p", "no:cacheprovider", *folders]) == 0
    print("configured:", settings.configured, "servers:", len(servers))
"""


def test_only_tests_that_need_django_set_it_up_and_none_starts_a_server() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PALIER_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", COLLECT], cwd=ROOT, env=clean, check=True, capture_output=True, text=True
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("configured:")]
    assert said == ["configured: False servers: 0", "configured: True servers: 0"]
