"""What every page needs around its content: the vendor's name and colour, where to go, who is signed in."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import ngettext

from palier.pages import colour, kept, viewing
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.menus import Link, Menus
from palier.pages.speech import Speech
from palier.people import access, notices
from palier.people.models import Vendor

THEMES = ("light", "dark")
THEME_COOKIE = f"{settings.SESSION_COOKIE_NAME}-theme"


def shell(request: HttpRequest) -> dict[str, Any]:
    """`speech`, `words` and `shell` for every template of a vendor's page; nothing where no vendor is known."""
    speech: Speech | None = getattr(request, "speech", None)
    if speech is None:
        return {}
    return {"speech": speech, "words": speech.words, "shell": _Shell(request, speech)}


class _Shell:
    """Read by the layouts; each part is made when it is first asked for."""

    def __init__(self, request: HttpRequest, speech: Speech) -> None:
        self._request, self._speech = request, speech
        self._vendor = request.vendor  # type: ignore[attr-defined]
        self._viewer = viewing.viewer_of(request)
        self.vendor_name: str = self._vendor.name
        self.theme = theme_of(request)
        self.here = request.get_full_path()
        self.person = self._viewer.name if self._viewer is not None else ""

    @property
    def accent(self) -> colour.Accent | None:
        """The vendor's colours, if it chose one that is a colour."""
        chosen = self._vendor.accent
        return colour.accent(chosen) if chosen and colour.is_colour(chosen) else None

    @property
    def is_staff(self) -> bool:
        """Whether a person of the vendor looks."""
        return self._viewer is not None and self._viewer.staff_id is not None

    @property
    def is_desk(self) -> bool:
        """Whether this page is the desk's."""
        return _namespace(self._request) == "desk"

    @cached_property
    def menus(self) -> Menus:
        """What the menus in the page's head show."""
        return Menus(
            language=self._speech.language,
            prefix=get_script_prefix(),
            person=self.person,
            theme=self.theme,
            desk_url="" if self.is_desk else self.desk_url,
            is_signed_in=self._request.user.is_authenticated,
            settings_url=self._settings_url,
        )

    @property
    def _settings_url(self) -> str:
        """One's own settings; nothing for who is neither of the vendor nor of a customer."""
        if self._viewer is None:
            return ""
        return _address("desk:account" if self.is_staff else "portal:account")

    @property
    def logo(self) -> Logo | None:
        """The vendor's logo, if it has one."""
        return logo_of(self._vendor)

    @property
    def density(self) -> str:
        """The class of the desk's body: how close the lines of its lists stand."""
        return " pl-compact" if getattr(self._request.user, "density", "") == "compact" else ""

    @property
    def alerts_url(self) -> str:
        """Where a page that is open asks for new notices, for who wants them shown by the browser; empty: nobody asks."""
        wanted = self._viewer is not None and getattr(self._request.user, "alerts", False)
        return _address("pages:alerts") if wanted else ""

    @property
    def home_url(self) -> str:
        """The face that is this person's own."""
        return _address("desk:queue") if self.is_staff else _address("portal:home")

    @property
    def desk_url(self) -> str:
        """The queue, for people of the vendor."""
        return _address("desk:queue") if self.is_staff else ""

    @property
    def sign_in_url(self) -> str:
        """Where to sign in."""
        here = getattr(self._request.resolver_match, "view_name", "")
        return "" if here == "account_login" else _reverse("account_login")

    @property
    def portal_links(self) -> list[Link]:
        """The portal's pages."""
        here = getattr(self._request.resolver_match, "view_name", "")
        if self.is_staff:
            return [Link(url=_address("desk:queue"), name=_("The desk"))]
        words = self._speech.words
        return [
            Link(url=_address("portal:home"), name=_("Home"), current=here == "portal:home"),
            Link(
                url=_address("portal:requests"),
                name=words.title,
                current=here in ("portal:requests", "portal:request", "portal:requests-order"),
            ),
            Link(url=_address("portal:new-request"), name=words.new, current=here == "portal:new-request"),
            Link(
                url=_address("portal:defects"),
                name=_("Known defects"),
                current=here.startswith("portal:defect"),
            ),
            Link(
                url=_address("portal:contracts"),
                name=pgettext("navigation", "Contract"),
                current=here.startswith("portal:contract"),
            ),
            *self._invoices(here),
        ]

    def _invoices(self, here: str) -> list[Link]:
        """Invoices, for those of a customer who may see what its colleagues ask."""
        viewer = self._viewer
        if viewer is None or not (viewer.is_administrator or viewer.sees_colleagues):
            return []
        current = here.startswith(("portal:invoice", "portal:order", "portal:buy"))
        return [Link(url=_address("portal:invoices"), name=_("Invoices"), current=current)]

    @property
    def desk_head(self) -> DeskHead:
        """The head of the desk's pages."""
        viewer = self._viewer
        return _desk_head(
            _Desk(
                prefix=get_script_prefix(),
                language=self._speech.locale,
                vendor_name=self.vendor_name,
                example=f"{self._vendor.prefix}-1042",
                here=getattr(self._request.resolver_match, "view_name", ""),
                unread=self.unread,
                mail=viewer is not None and viewer.has_role(access.WORKS_ON_TICKETS),
                finance=viewer is not None and viewer.has_role(access.TAKES_MONEY),
                settings=viewer is not None and viewer.has_role(access.RUNS_THE_DESK),
                set_up=self._vendor.set_up_at is not None,
                is_staff=self.is_staff,
            )
        )

    @cached_property
    def unread(self) -> int:
        """How many notices the reader has not read: as the request began, unless it may have changed that."""
        if self._viewer is None:
            return 0
        if self._request.method in ("GET", "HEAD"):
            visitor = viewing.visitor_of(self._request)
            return 0 if visitor is None else visitor.unread
        return notices.unread_count(self._viewer)

    @property
    def unread_words(self) -> str:
        """`3 new`; nothing where all is read."""
        count = self.unread
        return ngettext("%(n)d new", "%(n)d new", count) % {"n": count} if count else ""

    @property
    def notices_url(self) -> str:
        """Where the reader's notices are listed."""
        return _reverse("desk:notices" if self.is_staff else "portal:notices")

    @property
    def on_notices(self) -> bool:
        """Whether this is that list."""
        return getattr(self._request.resolver_match, "url_name", "") == "notices"

    @property
    def here_words(self) -> str:
        """What “here” is on a desk that speaks of many zones."""
        moments = self._speech.moments
        now = timezone.now()
        return _("%(when)s in %(city)s") % {"when": moments.weekday_time(now), "city": moments.city}

    @property
    def initials(self) -> str:
        """Of the person signed in."""
        return initials(self.person)

    @property
    def programme_line(self) -> str:
        """Which programme these pages follow."""
        programme = self._speech.programme
        if programme is None:
            return ""
        return _("Programme %(name)s, in force since %(date)s") % {
            "name": programme.id,
            "date": self._speech.moments.date(programme.effective_on),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHead:
    """The head of the desk's pages, but for who looks and when: that stands in holes (palier.pages.kept)."""

    language: str
    vendor_name: str
    desk_url: str
    links: tuple[Link, ...]
    find_url: str
    results_url: str
    """Where what was found is asked for while it is typed."""
    example: str
    """What can be looked for, such as a number as it is here."""

    @property
    def here(self) -> str:
        """Stands for what “here” is on a desk that speaks of many zones."""
        return kept.hole("here")

    @property
    def person(self) -> str:
        """Stands for who looks."""
        return kept.hole("person")

    @property
    def initials(self) -> str:
        """Stands for their initials."""
        return kept.hole("initials")

    @property
    def languages(self) -> str:
        """Stands for the menu of languages."""
        return kept.hole("languages")

    @property
    def account(self) -> str:
        """Stands for the menu of the account."""
        return kept.hole("account")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """All that such a head depends on. `language` is the locale whose catalogue is active; `here` the page's route."""

    prefix: str
    language: str
    vendor_name: str
    example: str
    here: str
    unread: int
    mail: bool
    finance: bool
    settings: bool
    set_up: bool
    is_staff: bool


@functools.lru_cache(maxsize=1024)
def _desk_head(desk: _Desk) -> DeskHead:
    return DeskHead(
        language=desk.language,
        vendor_name=desk.vendor_name,
        desk_url=_address("desk:queue") if desk.is_staff else "",
        links=_desk_links(desk),
        find_url=_address("desk:find"),
        results_url=_address("desk:find-results"),
        example=_("Search, or %(number)s") % {"number": desk.example},
    )


def _desk_links(desk: _Desk) -> tuple[Link, ...]:
    """The desk's pages; the finance desk for those who take money, settings and first steps for those who run the desk."""
    here, unread = desk.here, desk.unread
    found = [
        ("desk:queue", _("Queue"), here in ("desk:queue", "desk:ticket")),
        ("desk:customers", _("Customers"), here.startswith("desk:customer")),
        ("desk:contracts", _("Contracts"), here.startswith("desk:contract")),
        ("desk:dashboard", _("Dashboard"), here.startswith("desk:dashboard")),
        ("desk:defects", _("Defects"), here.startswith("desk:defect")),
        ("desk:on-call", _("On call"), here.startswith("desk:on-call")),
        ("desk:notices", f"{_('Notices')} ({unread})" if unread else _("Notices"), here == "desk:notices"),
    ]
    if desk.mail:
        found.insert(
            1,
            (
                "desk:mail",
                pgettext("messages by mail", "Mail"),
                here.startswith(("desk:mail", "desk:letter")),
            ),
        )
    if desk.finance:
        found.append(("desk:finance", _("Finance"), here.startswith("desk:finance")))
    if desk.settings and not desk.set_up:
        found.append(("desk:set-up", _("Set up"), here.startswith("desk:set-up")))
    if desk.settings:
        found.append(("desk:settings-people", _("Settings"), here.startswith("desk:settings")))
    return tuple(Link(url=_address(name), name=words, current=current) for name, words, current in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A vendor's logo as it is shown: half its pixels, so that it is sharp on any screen."""

    url: str
    name: str
    width: int
    height: int


def logo_of(vendor: Vendor) -> Logo | None:
    """The vendor's logo, if it has one."""
    if not vendor.logo:
        return None
    return Logo(
        url=reverse("files:logo", args=[vendor.logo]),
        name=vendor.name,
        width=max(1, vendor.logo_width // 2),
        height=max(1, vendor.logo_height // 2),
    )


def initials(name: str) -> str:
    """Two letters at most: `MT`."""
    parts = [part for part in name.replace("-", " ").split() if part]
    return "".join(part[0].upper() for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts))


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or nothing: as the system. The choice of this browser, else of the account."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    if chosen is not None:
        return chosen if chosen in THEMES else ""
    kept = getattr(request.user, "theme", "")
    return kept if kept in THEMES else ""


def _namespace(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.namespace if match is not None else ""


def _address(name: str) -> str:
    """The address of a page without arguments."""
    return _address_below(get_script_prefix(), name)


@functools.lru_cache(maxsize=4096)
def _address_below(prefix: str, name: str) -> str:
    del prefix  # where this vendor's pages begin: named as part of the key
    return reverse(name)


def _reverse(name: str) -> str:
    """The same; nothing where there is no such page."""
    try:
        return _address(name)
    except NoReverseMatch:
        return ""
