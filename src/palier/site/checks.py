"""System checks: what must hold before Palier serves (``palier serve``, ``manage check --deploy``)."""

from __future__ import annotations

import importlib.resources
import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

from palier.people import keyfiles, secrets
from palier.site import environment


def register() -> None:
    """Register every check; called once, when the app is ready."""
    checks.register(check_zones)
    checks.register(check_mail)
    checks.register(check_safety, deploy=True)
    checks.register(check_sealing, deploy=True)


def check_zones(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Zone rules come from the tzdata wheel only: another machine's files would move deadlines."""
    del app_configs, kwargs
    if zoneinfo.TZPATH:
        return [
            checks.Error(
                f"zones would be read from {', '.join(zoneinfo.TZPATH)} instead of the tzdata package",
                hint="call zoneinfo.reset_tzpath(to=()) when the process starts, as palier.site.wsgi does",
                id="palier.E001",
            )
        ]
    if not importlib.resources.files("tzdata").joinpath("zoneinfo", "Europe", "Paris").is_file():
        return [
            checks.Error("the tzdata package has no zones", hint="install tzdata again", id="palier.E002")
        ]
    return []


def check_safety(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The same refusals as ``palier serve``."""
    del app_configs, kwargs
    try:
        environment.refuse_unsafe(settings.ENVIRONMENT)
    except environment.Unsafe as unsafe:
        return [checks.Error(unsafe.en, id="palier.E003")]
    return []


def check_sealing(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """There are keys for what the database must not know in clear, and nobody else reads them."""
    del app_configs, kwargs
    try:
        secrets.verify()
    except (secrets.BadKey, keyfiles.OpenKeyFile) as error:
        return [checks.Error(error.said["en"], id="palier.E004")]
    return []


def check_mail(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Outside the demonstration somebody waits for the mail."""
    del app_configs, kwargs
    if settings.ENVIRONMENT.mail is None and not settings.ENVIRONMENT.demo:
        return [
            checks.Warning(
                f"no mail server: mail is written to {settings.EMAIL_FILE_PATH} and sent to nobody",
                hint="set PALIER_MAIL=smtp+tls://user:password@host:587",
                id="palier.W001",
            )
        ]
    return []
