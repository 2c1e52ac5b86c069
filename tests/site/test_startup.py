"""What happens before serving: checks, gathered files, the demonstration's key, logging."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import stat
import subprocess
import sys
import threading
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.test import override_settings

from palier.site import checks as own
from palier.site import logs, secrets, static


def ids(messages: list[checks.CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_nothing_is_wrong_with_the_settings() -> None:
    assert ids([message for message in checks.run_checks() if message.level >= checks.ERROR]) == []


@pytest.fixture
def zones() -> Iterator[None]:
    yield
    zoneinfo.reset_tzpath(to=())


def test_the_machines_zones_are_refused(zones: None) -> None:
    assert own.check_zones(None) == []
    zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
    assert ids(own.check_zones(None)) == ["palier.E001"]


def test_settings_themselves_turn_to_the_wheels_zones() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import palier.site.settings, zoneinfo; print(zoneinfo.TZPATH)"],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(settings.PACKAGE.parent), "PYTHONTZPATH": "/usr/share/zoneinfo"},
    )
    assert found.stdout == "()\n"


def test_a_package_without_zones_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    assert ids(own.check_zones(None)) == ["palier.E002"]


def changed(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, **changes))


def test_unsafe_settings_are_an_error_of_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    changed(monkeypatch, vendor_paths=False, plain_http=False)
    assert own.check_safety(None) == []
    changed(monkeypatch, debug=True)
    assert ids(own.check_safety(None)) == ["palier.E003"]


def test_mail_that_goes_nowhere_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(own.check_mail(None)) == ["palier.W001"]
    changed(monkeypatch, demo=True)
    assert own.check_mail(None) == []


# Gathered files -----------------------------------------------------------------------------------------------------


def test_files_are_gathered_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, root = tmp_path / "source", tmp_path / "static"
    source.mkdir()
    (source / "a.css").write_text("body { margin: 0 }\n" * 100)
    with override_settings(
        STATIC_ROOT=root,
        STATICFILES_DIRS=[source],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        },
    ):
        assert static.collect() is True
        first = staticfiles_storage.url("a.css")
        assert static.collect() is False
        assert {path.suffix for path in root.iterdir()} >= {".css", ".br", ".gz", ".json"}
        (source / "a.css").write_text("body { margin: 1px }\n" * 100)
        assert static.collect() is True
        # A page sent before still finds its file.
        assert (root / first.removeprefix("/static/")).is_file()
        # A version made before the last one was gathered, as a package or an image put in later often is.
        (source / "a.css").write_text("body { margin: 2px }\n" * 100)
        os.utime(source / "a.css", (1_000_000_000, 1_000_000_000))
        assert static.collect() is True
        assert "2px" in (root / "a.css").read_text()


def test_all_our_files_can_be_gathered(tmp_path: Path) -> None:
    with override_settings(
        STATIC_ROOT=tmp_path / "static",
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
        },
    ):
        assert static.collect() is True


# The demonstration's key --------------------------------------------------------------------------------------------


def test_the_demonstration_keeps_one_key_whoever_asks_first(tmp_path: Path) -> None:
    found: list[str] = []
    askers = [
        threading.Thread(target=lambda: found.append(secrets.kept(tmp_path / "data"))) for _ in range(8)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert len(found[0]) >= 50
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret.key"]


# Logging ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "text"])
def test_log_lines(form: str) -> None:
    built = logs.configuration(level="INFO", form=form)["formatters"]["structured"]
    formatter = built.pop("()")(**built)
    record = logging.LogRecord("palier.x", logging.WARNING, __file__, 1, "late by %s", ("a day",), None)
    line = formatter.format(record)
    if form == "json":
        said = json.loads(line)
        assert (said["event"], said["level"], said["logger"]) == ("late by a day", "warning", "palier.x")
        assert said["timestamp"].endswith("Z")
    else:
        assert "late by a day" in line
        assert "\n" not in line


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_logged_error_shows_where_and_never_the_values_of_variables(form: str) -> None:
    built = logs.configuration(level="INFO", form=form)["formatters"]["structured"]
    formatter = built.pop("()")(**built)

    def fail() -> None:
        password = "".join(["xyl", "ophone"])
        raise ValueError(len(password))

    try:
        fail()
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("palier.x", logging.ERROR, __file__, 1, "failed", (), raised)
    line = formatter.format(record)
    assert "ValueError: 9" in line
    assert "in fail" in line
    assert "xylophone" not in line
