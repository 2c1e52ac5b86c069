"""Check that models and migrations agree and that each app's migrations are one line (no branches, no merges)."""

from __future__ import annotations

import os
import sys
import warnings
from itertools import pairwise

import django
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


def main() -> int:
    """0 when all agree; 1 with what does not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.site.settings")
    os.environ.setdefault("PALIER_SECRET_KEY", "only-for-checking-migrations-never-for-serving")
    django.setup()
    faults = []
    # Models are compared with files: no server is asked what it has applied.
    warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit as stopped:
        if stopped.code:
            faults.append("models and migrations differ (see above)")
    loader = MigrationLoader(None)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("palier.")}
    for label in sorted(ours):
        names = sorted(name for app, name in loader.disk_migrations if app == label)
        for earlier, later in pairwise(names):
            if (label, earlier) not in loader.disk_migrations[label, later].dependencies:
                faults.append(f"{label}: {later} does not follow {earlier}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
