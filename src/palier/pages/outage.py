"""The answer while the database is away: it says so in both languages, and that it is worth coming back in a moment.

It needs neither database nor session nor vendor: nothing of what makes other pages ours can be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from palier.pages.catalogue import gettext as _

RETRY_AFTER_S = 5
STATUS = 503
# 08…: connection lost; 57P…: shutting down, crashed, starting up; 53300: no connection left.
_AWAY = ("08", "57P", "53300")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The page in one language."""

    language: str
    title: str
    ways: tuple[str, ...]
    again: str


def is_one(exception: BaseException | None) -> bool:
    """Whether the database could not be reached or was lost, rather than refused what was asked of it."""
    while exception is not None:
        if isinstance(exception, (OperationalError, InterfaceError)):
            said = exception.__cause__
            state = said.sqlstate if isinstance(said, psycopg.Error) else None
            # Without a code of the server's: libpq, or Django, found no connection.
            return state is None or state.startswith(_AWAY)
        exception = exception.__cause__ or exception.__context__
    return False


def answer(request: HttpRequest) -> HttpResponse:
    """503, to be asked again in seconds."""
    asked = translation.get_language_from_request(request).partition("-")[0]
    languages = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != asked)
    page = render_to_string(
        "pages/outage.html",
        {
            "sections": [_section(language, sent=request.method == "POST") for language in languages],
            "here": request.get_full_path() if request.method in ("GET", "HEAD") else "",
        },
    )
    return HttpResponse(page, status=STATUS, headers={"Retry-After": str(RETRY_AFTER_S)})


def _section(language: str, *, sent: bool) -> Section:
    with translation.override(language):
        ways = [_("The database does not answer just now. It is usually back within seconds.")]
        if sent:
            ways.append(
                _("What you sent may not have been kept: go back, and look for it before you send it again.")
            )
        return Section(
            language=language, title=_("We will be back in a moment"), ways=tuple(ways), again=_("Try again")
        )
