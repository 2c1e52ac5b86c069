"""What a link in a letter leads to, without signing in: the page that shows what it is about, and the one press that does it.

Asking for the page (GET, HEAD, a mail scanner, a prefetch) shows and changes nothing, not even a cookie. A press comes with
a seal of what was shown. It does without Django's own protection of forms: a page that tells no other address where it
is (`no-referrer`) sends its forms with `Origin: null`, which that refuses, and mail programs open links where cookies are
not kept. Nobody can forge a press who does not know the address, which is the secret. Rules: docs/reference/links.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from palier.mail import links, matters
from palier.mail.links import Deed, Found, Gone, Purpose, Reason, Said
from palier.mail.matters import Matter
from palier.mail.models import ActionLink
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.middleware import LANGUAGES
from palier.pages.speech import Speech
from palier.people import ratelimits
from palier.portal import feedback
from palier.portal.feedback import ScoreView
from palier.tickets import queries, rating
from palier.tickets.problems import CannotDo

GUESSES = "act_link"
"""Under this name the addresses are counted that somebody tried and that lead nowhere."""
OPEN_FOR_S = 24 * 3600
"""So long a page may stand open before its button is pressed."""
_SALT = "palier.portal.act"
_NONE, _GONE, _REFUSED = 404, 410, 422
_NAMES = {"en": "English", "fr": "Français"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageLink:
    """One language of the page."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """What the page says. `kept` is what is kept with a yes where it is not what stands on the page, in `kept_language`."""

    purpose: str
    number: str
    subject: str
    person: str
    organisation: str
    signed_in: str
    until: str
    matter: Matter
    kept: str
    kept_language: str
    author: str
    scores: tuple[ScoreView, ...]
    rated: str
    request_url: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneView:
    """A link that does nothing (any more): what is so, what to do, what was done by it."""

    title: str
    ways: tuple[str, ...]
    kept: str = ""
    kept_language: str = ""
    is_done: bool = False
    request_url: str = ""


View = Callable[[HttpRequest, str], HttpResponse]


def _told_to_nobody(view: View) -> View:
    """The address is a secret: no page learns it, nothing keeps the page, nothing lists it."""

    @wraps(view)
    def told(request: HttpRequest, token: str) -> HttpResponse:
        answer = view(request, token)
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return answer

    return told


@csrf_exempt
@_told_to_nobody
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is about; posted to, the deed."""
    now = timezone.now()
    wait_s = ratelimits.wait_s(request, app=ratelimits.ACCOUNT, action=GUESSES)
    if wait_s:
        return _too_many(request, wait_s)
    try:
        if request.method == "POST":
            return _act(request, token, now)
        return _show(request, links.look(token, now), now)
    except Gone as gone:
        if gone.reason is Reason.UNKNOWN:
            ratelimits.allowed(request, GUESSES)
        return _gone(request, gone)


# --- showing ----------------------------------------------------------------------------------------


def _speak(request: HttpRequest, link: ActionLink | None) -> Speech:
    """The language asked for on the page, else the link's; without a link the browser's."""
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else link.language if link is not None else None
    speech = speeches.of(request)
    if link is not None:
        speech = matters.speech_for(link.ticket, language or speech.language)
    elif language is not None:
        locale = speeches.locale_of(speech.programme, language)
        speech = Speech(language=language, locale=locale, zone=speech.zone, programme=speech.programme)
    request.speech = speech  # type: ignore[attr-defined]
    request.LANGUAGE_CODE = speech.language
    translation.activate(matters.catalogue_of(speech))
    return speech


def _languages(speech: Speech) -> tuple[LanguageLink, ...]:
    return tuple(
        LanguageLink(code=code, name=name, current=code == speech.language) for code, name in _NAMES.items()
    )


def _show(
    request: HttpRequest,
    found: Found,
    now: datetime,
    *,
    refusal: str = "",
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    speech = _speak(request, found.link)
    context = {
        "act": _view(request, found, speech, now),
        "languages": _languages(speech),
        "refusal": refusal,
        "typed": words,
    }
    return render(request, f"portal/act_{found.link.purpose}.html", context, status=status)


def _view(request: HttpRequest, found: Found, speech: Speech, now: datetime) -> ActView:
    link, ticket = found.link, found.ticket
    matter = links.matter_in(found, speech.language, now)
    as_shown = link.language == speech.language and link.text == matter.words
    looking = viewing.viewer_of(request)
    names = feedback.score_names()
    scores = rating.SCORES if link.purpose == Purpose.RATE else ()
    return ActView(
        purpose=link.purpose,
        number=queries.number_of(ticket.revision_id, ticket.number),
        subject=ticket.subject,
        person=link.contact.name,
        organisation=link.contact.organisation.name,
        signed_in=looking.name if looking is not None and looking.contact_id != link.contact_id else "",
        until=_until(link, speech),
        matter=matter,
        kept="" if as_shown else link.text,
        kept_language=link.language,
        author="" if link.purpose != Purpose.ADOPT else ticket.author.name,
        scores=tuple(
            ScoreView(value=str(value), name=names[value], chosen=value == matter.score)
            for value in reversed(scores)
        ),
        rated=names.get(matter.score or 0, ""),
        request_url=_request_url(link),
        seal=_seal(found),
    )


def _until(link: ActionLink, speech: Speech) -> str:
    moments = speech.moments
    return _("%(day)s, %(time)s (%(city)s)") % {
        "day": moments.date(moments.local(link.expires_at).date()),
        "time": moments.time(link.expires_at),
        "city": moments.city,
    }


def _request_url(link: ActionLink) -> str:
    number = queries.number_of(link.ticket.revision_id, link.ticket.number)
    return reverse("portal:request", args=[number])


# --- acting -----------------------------------------------------------------------------------------


def _seal(found: Found) -> str:
    """A mark of what the page shows, which comes back with the press."""
    return signing.dumps([str(found.link.id), found.link.stands_hash], salt=_SALT)


def _is_sealed(request: HttpRequest, found: Found) -> bool:
    try:
        shown = signing.loads(request.POST.get("seal", ""), salt=_SALT, max_age=OPEN_FOR_S)
    except signing.BadSignature:
        return False
    return bool(shown == [str(found.link.id), found.link.stands_hash])


def _is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says that the form was sent from another site's page."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "null")
    return origin != "null" and urlsplit(origin).netloc.lower() != request.get_host().lower()


def _act(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """Do it, then the page again, which says what was done. What is refused says why, with what was typed."""
    found = links.look(token, now)
    speech = _speak(request, found.link)
    sent = request.POST
    words, score = sent.get("body", ""), sent.get("score", "")
    deed = next((one for one in links.DEEDS[found.link.purpose] if one == sent.get("deed")), None)
    try:
        if deed is None or _is_foreign(request) or not _is_sealed(request, found):
            raise CannotDo(
                code="open-too-long",
                en="Nothing was done: this page was open for too long. Read it again and press again.",
                fr="Rien n’a été fait : cette page est restée ouverte trop longtemps. Relisez-la, puis recommencez.",
            )
        if _must_tick(found, deed) and sent.get("agree") != "yes":
            raise CannotDo(
                code="not-agreed",
                en="Tick the box that names what you agree to: nothing is billed without it.",
                fr="Cochez la case qui dit ce que vous acceptez : rien n’est facturé sans elle.",
            )
        said = Said(words=words, score=int(score) if score in {str(one) for one in rating.SCORES} else 0)
        links.act(token, deed=deed, now=now, said=said)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speech)
        return _show(request, found, now, refusal=refusal, words=words, status=_REFUSED)
    return HttpResponseRedirect(request.get_full_path())


def _must_tick(found: Found, deed: Deed) -> bool:
    """Whether a box names what is agreed to: for an estimate, and for a way that costs."""
    way = found.matter.way
    return deed is Deed.AGREE or (deed is Deed.CHOOSE and way is not None and bool(way.agreement))


# --- links that do nothing (any more) ---------------------------------------------------------------


def _gone(request: HttpRequest, gone: Gone) -> HttpResponse:
    link, reason = gone.link, gone.reason
    speech = _speak(request, link)
    status = _NONE if link is None else 200 if reason is Reason.USED else _GONE
    shown = _done(link, speech) if link is not None and reason is Reason.USED else _why_gone(link, reason)
    return _no_link(request, shown, speech, status)


def _no_link(request: HttpRequest, shown: GoneView, speech: Speech, status: int) -> HttpResponse:
    context = {"gone": shown, "languages": _languages(speech)}
    return render(request, "portal/act_gone.html", context, status=status)


def _why_gone(link: ActionLink | None, reason: Reason) -> GoneView:
    title, way = {
        Reason.UNKNOWN: (
            _("This link leads nowhere"),
            _("It may have been cut short: open it from the mail itself, whole."),
        ),
        Reason.EXPIRED: (
            _("This link is too old"),
            _("For your safety such links work for a few weeks only. Nothing was done."),
        ),
        Reason.NEWER: (
            _("A newer mail replaces this one"),
            _("You were sent another link for the same since: use the one in the latest mail."),
        ),
        Reason.REPLACED: (
            _("What this mail was about has been replaced"),
            _("Since it was sent, something newer was proposed or decided. Nothing was done by this link."),
        ),
        Reason.ANSWERED: (
            _("This was answered already"),
            _("Somebody answered it meanwhile, here or by another mail. Nothing was done by this link."),
        ),
        Reason.CHANGED: (
            _("What this mail says is not so any more"),
            _("Price, balance or words changed since it was sent, so nothing can be agreed to by it."),
        ),
        Reason.ENDED: (
            _("This no longer needs your answer"),
            _("What it was about went on or ended since the mail was sent. Nothing was done by this link."),
        ),
        Reason.NOT_YOURS: (
            _("This is not yours to answer any more"),
            _(
                "Who may answer it changed since the mail was sent. Ask the person who looks after your account."
            ),
        ),
        Reason.USED: ("", ""),
    }[reason]
    hidden = link is None or reason is Reason.NOT_YOURS
    further = _("Or sign in: all that waits for you stands on the home page.")
    return GoneView(
        title=title,
        ways=(way, further) if hidden else (way,),
        request_url="" if link is None or hidden else _request_url(link),
    )


def _done(link: ActionLink, speech: Speech) -> GoneView:
    moments = speech.moments
    at = moments.day_time(link.used_at) if link.used_at is not None else ""
    title, way = {
        (Purpose.AGREE, Deed.AGREE): (
            pgettext("an estimate", "Agreed"),
            _("Kept with your name, the time and the amount. Work may begin at once."),
        ),
        (Purpose.AGREE, Deed.DECLINE): (
            pgettext("an estimate", "Declined"),
            _("Nothing is billed; the other ways are open again. Whoever made the estimate reads why."),
        ),
        (Purpose.CHOOSE, Deed.CHOOSE): (
            _("Chosen"),
            _("Kept with your name, the time and the words below. What happens now stands on its page."),
        ),
        (Purpose.ADOPT, Deed.ADOPT): (
            _("It is yours now"),
            _("The request was decided anew, as if you had written it. You are told what follows."),
        ),
        (Purpose.ADOPT, Deed.DECLINE): (
            _("Not taken over"),
            _("The request is closed, and its author is told why."),
        ),
    }[Purpose(link.purpose), Deed(link.deed)]
    spent = _("Done on %(when)s by %(who)s. This link is used up.") % {"when": at, "who": link.contact.name}
    agreed = link.deed in (Deed.AGREE, Deed.CHOOSE)
    return GoneView(
        title=title,
        ways=(way, spent),
        kept=link.text if agreed else "",
        kept_language=link.language,
        is_done=True,
        request_url=_request_url(link),
    )


def _too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    speech = _speak(request, None)
    shown = GoneView(title=_("Too many attempts"), ways=(ratelimits.when_again(seconds),))
    answer = _no_link(request, shown, speech, ratelimits.TOO_MANY)
    answer.headers["Retry-After"] = str(seconds)
    return answer
