"""The suite's own promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("folder", "configured"), [("core", False), ("programme", False), ("site", True)])
def test_only_tests_that_need_django_set_it_up_and_none_starts_a_server(
    folder: str, configured: bool
) -> None:
    collect = (
        "import pytest, sys\n"
        f"pytest.main(['-q', '--collect-only', '-p', 'no:cacheprovider', 'tests/{folder}'])\n"
        "from django.conf import settings\n"
        "print('configured:', settings.configured)\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PALIER_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", collect], cwd=ROOT, env=clean, check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == f"configured: {configured}"
