"""What the tests of files share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from palier.people.access import Viewer
    from palier.people.models import Vendor

NOW = datetime(2026, 11, 19, 13, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty folder in which attachments are kept."""
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {
            "BACKEND": "palier.files.storage.Folder",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return tmp_path / "files"


@pytest.fixture
def person(vendor: Vendor) -> Iterator[Viewer]:
    """Somebody with an account; the test's body runs in the transaction of Acme."""
    from palier.people import actions, tenancy
    from palier.people.access import Viewer

    with tenancy.vendor(vendor.id):
        user = actions.add_user(vendor_id=vendor.id, email="camille@acme.example", name="Camille", now=NOW)
        yield Viewer(vendor_id=vendor.id, name="Camille", user_id=user.id)
