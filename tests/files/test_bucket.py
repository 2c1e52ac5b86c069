"""The same with S3: kept there, never named across vendors, and fetched by a link that works for a minute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile

from palier.files import checking, store, sweeping, uploading
from palier.files.models import Picture, State
from palier.people.access import Viewer
from palier.site import attachments, environment

from .bucket import Bucket, running
from .conftest import NOW
from .pictures_made import image


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Attachments are kept in a bucket of this machine, as the environment says."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with running() as server:
        read = environment.read(
            {"PALIER_FILES": f"s3://palier/some/prefix?endpoint={server.address}&region=eu-west-3"}
        )
        settings.STORAGES = {**settings.STORAGES, "attachments": attachments.storage(read)}
        yield server


def test_kept_shown_and_swept(bucket: Bucket, person: Viewer) -> None:
    content = image("PNG")
    row = uploading.begin(by=person, name="a.png", size=len(content), now=NOW)
    for offset in range(0, len(content), 50):
        row = uploading.receive(
            by=person, file_id=row.id, offset=offset, part=content[offset : offset + 50], now=NOW
        )
    assert row.state == State.READY
    checking.check(vendor_id=row.vendor_id, file_id=row.id, now=NOW)
    row.refresh_from_db()
    assert row.picture == Picture.READY
    name = f"palier/some/prefix/{store.name_of(row.vendor_id, row.sha256)}"
    assert set(bucket.objects) == {name, f"{name}.picture", f"{name}.thumbnail"}
    assert bucket.objects[name] == content
    same = uploading.take(by=person, name="b.png", content=ContentFile(content), now=NOW)
    assert len(bucket.objects) == 3
    sweeping.abandon(row)
    assert len(bucket.objects) == 3
    sweeping.abandon(same)
    assert bucket.objects == {}


def test_a_link_works_for_a_minute_and_only_for_a_download(bucket: Bucket, person: Viewer) -> None:
    row = uploading.take(by=person, name="a.html", content=ContentFile(b"<html>"), now=NOW)
    link = store.link(
        store.name_of(row.vendor_id, row.sha256),
        filename_header='attachment; filename="a.html"',
        media_type="application/octet-stream",
    )
    assert link is not None
    asked = parse_qs(urlsplit(link).query)
    assert 0 < int(asked["X-Amz-Expires"][0]) <= 60
    assert asked["response-content-disposition"] == ['attachment; filename="a.html"']
    assert asked["response-content-type"] == ["application/octet-stream"]
    assert asked["response-cache-control"] == ["no-store"]
    assert urlsplit(link).path == f"/palier/some/prefix/{store.name_of(row.vendor_id, row.sha256)}"


def test_a_folder_has_no_links(folder: Any, person: Viewer) -> None:
    row = uploading.take(by=person, name="a", content=ContentFile(b"x"), now=NOW)
    assert (
        store.link(store.name_of(row.vendor_id, row.sha256), filename_header="attachment", media_type="x")
        is None
    )


def test_without_the_packages_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    read = environment.read({"PALIER_FILES": "s3://palier"})
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(environment.BadEnvironment, match=r"palier\[s3\]"):
        attachments.storage(read)
