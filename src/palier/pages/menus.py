"""The menus in every page's head, rendered once for what they show; a form's token and the page's own address are set in.

Such a template is given a `Menus` as `menu` and nothing else, so that it cannot show what the cache does not know of.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from django.conf import settings
from django.template import loader
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from palier.pages.catalogue import gettext as _

# With a NUL, which neither the database nor an address ever holds.
_HERE, _TOKEN = "\0here\0", "\0token\0"
_HOLES = re.compile(f"({_HERE}|{_TOKEN})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somewhere to go."""

    url: str
    name: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language the page can be read in."""

    code: str
    short: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Menus:
    """What the menus show: all of it. `prefix` is where the vendor's addresses begin, `desk_url` empty at the desk.

    `settings_url` is where one's own settings are; empty for who has none.
    """

    language: str
    prefix: str
    person: str
    theme: str
    desk_url: str
    is_signed_in: bool
    settings_url: str = ""

    @property
    def here(self) -> str:
        """Stands for the page's address, which is set in each time."""
        return _HERE

    @property
    def languages(self) -> list[Language]:
        """English and French, the current one marked."""
        return [
            Language(code=code, short=code.upper(), name=name, current=code == self.language)
            for code, name in settings.LANGUAGES
        ]

    @property
    def language_url(self) -> str:
        """Where a choice of language is sent."""
        return reverse("pages:language")

    @property
    def theme_url(self) -> str:
        """Where a choice of appearance is sent."""
        return reverse("pages:theme")

    @property
    def theme_is_system(self) -> str:
        """For aria-pressed."""
        return _pressed(not self.theme)

    @property
    def theme_is_light(self) -> str:
        """For aria-pressed."""
        return _pressed(self.theme == "light")

    @property
    def theme_is_dark(self) -> str:
        """For aria-pressed."""
        return _pressed(self.theme == "dark")

    @property
    def sign_out_url(self) -> str:
        """Where to sign out."""
        return _reverse("account_logout") if self.is_signed_in else ""

    @property
    def account_links(self) -> list[Link]:
        """The pages about one's own sign-in."""
        names = {
            "account_change_password": _("Password"),
            "mfa_index": _("Second factor and passkeys"),
            "usersessions_list": _("Where I am signed in"),
        }
        mine = [Link(url=self.settings_url, name=_("My settings"))] if self.settings_url else []
        return mine + [Link(url=url, name=name) for key, name in names.items() if (url := _reverse(key))]


def filled(template: str, menus: Menus, *, here: str, token: str) -> SafeString:
    """One of the menus, for the page at `here` and with a form's token."""
    values = {_HERE: escape(here), _TOKEN: escape(token)}
    pieces = _pieces(template, menus, translation.get_language())
    return mark_safe("".join([values.get(piece, piece) for piece in pieces]))  # noqa: S308 (rendered, or escaped)


@functools.lru_cache(maxsize=1024)
def _pieces(template: str, menus: Menus, language: str | None) -> tuple[str, ...]:
    del language  # the active one: named as part of the key
    return tuple(_HOLES.split(loader.render_to_string(template, {"menu": menus, "csrf_token": _TOKEN})))


def _pressed(yes: bool) -> str:
    return "true" if yes else "false"


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
