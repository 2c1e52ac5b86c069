"""The words of letters: the vendor's own for each kind and language, tried on what really happened, and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csp.decorators import csp, csp_update
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from palier.desk import settings_letters_words as said
from palier.desk import settings_shared as shared
from palier.mail.letters import default_words, own_words, previewing
from palier.mail.letters.default_words import LANGUAGES, Wording
from palier.mail.letters.kinds import NATURES, LetterKind
from palier.pages import saying, viewing
from palier.pages import speech as speeches
from palier.pages.catalogue import gettext as _
from palier.people.access import Viewer

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
KINDS = tuple(kind for kind in LetterKind if NATURES[kind].own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The words of one kind in one language, in the list: whose they are, and where they are written."""

    language: str
    url: str
    whose: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A kind of letter in the list."""

    name: str
    sub: str
    languages: tuple[Own, ...]


@shared.for_managers
@require_safe
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every kind of letter, and whose words it has in each language."""
    moments = speeches.of(request).moments
    written = {(one.kind, one.language): one for one in own_words.written(viewer)}
    rows: list[Row] = []
    for kind in KINDS:
        languages: list[Own] = []
        for language in LANGUAGES:
            found = written.get((kind.value, language))
            whose = _("the product’s words")
            if found is not None:
                whose = ", ".join(part for part in (found.by, moments.day(found.at)) if part)
            languages.append(
                Own(language=language, url=_url(kind, language), whose=whose, is_own=found is not None)
            )
        rows.append(Row(name=said.name(kind), sub=said.sub(kind), languages=tuple(languages)))
    names = [(one, LANGUAGE_NAMES[one]) for one in LANGUAGES]
    return render(request, "desk/settings_letters.html", {"rows": rows, "languages": names})


@shared.for_managers
@require_safe
def _shown(request: HttpRequest, viewer: Viewer, kind: str, language: str) -> HttpResponse:
    """The words of one kind in one language, with the letter beside them."""
    which = _kind(kind, language)
    wording = own_words.wording(own_words.of(viewer.vendor_id), which, language)
    return render(request, "desk/settings_letter.html", _page(viewer, which, language, wording))


_with_frame = csp_update({"frame-src": ["'self'"]})
letter_page = _with_frame(_shown)


@_with_frame
@viewing.shown_by(_shown, dropping="deed")
@shared.for_managers
@require_POST
def act(request: HttpRequest, viewer: Viewer, kind: str, language: str, deed: str) -> HttpResponse:
    """Keep the words, or put the product's back."""
    which = _kind(kind, language)
    if deed not in ("save", "put-back"):
        raise Http404
    sent = _sent(request)
    try:
        with transaction.atomic():
            if deed == "save":
                own_words.save(
                    by=viewer,
                    kind=which,
                    language=language,
                    subject=sent.subject,
                    body=sent.body,
                    now=timezone.now(),
                )
            else:
                own_words.put_back(by=viewer, kind=which, language=language)
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        page = _page(viewer, which, language, sent, refusal=refusal)
        return render(request, "desk/settings_letter.html", page, status=422)
    done = (
        _("Kept: the next letter has these words.") if deed == "save" else _("The product’s words are back.")
    )
    messages.success(request, done)
    return HttpResponseRedirect(_url(which, language))


# A letter has its styles on its elements, runs nothing and fetches nothing; here it stands in a frame of this page alone.
@csp(
    {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": [""],
    }
)
@xframe_options_sameorigin
@shared.for_managers
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, viewer: Viewer, kind: str, language: str) -> HttpResponse:
    """The letter itself, in the words typed (or those in force); what is wrong with them in its place."""
    which, vendor = _kind(kind, language), shared.vendor(request)
    wording = own_words.wording(own_words.of(viewer.vendor_id), which, language)
    try:
        if request.method == "POST":
            sent = _sent(request)
            wording = own_words.checked(which, language, sent.subject, sent.body)
        found = previewing.preview(
            by=viewer, vendor=vendor, kind=which, language=language, wording=wording, now=timezone.now()
        )
    except saying.REFUSALS as problem:
        refusal = saying.refusal(problem, speeches.of(request))
        return render(request, "desk/settings_letter_refused.html", {"refusal": refusal}, status=422)
    if request.GET.get("as") == "text":
        return HttpResponse(found.words.text, content_type="text/plain; charset=utf-8")
    return HttpResponse(found.words.html)


def _kind(kind: str, language: str) -> LetterKind:
    try:
        which = LetterKind(kind)
    except ValueError:
        raise Http404 from None
    if which not in KINDS or language not in LANGUAGES:
        raise Http404
    return which


def _url(kind: LetterKind, language: str) -> str:
    return reverse("desk:settings-letter", args=[kind.value, language])


def _sent(request: HttpRequest) -> Wording:
    return Wording(subject=request.POST.get("subject", ""), body=request.POST.get("body", ""))


def _page(
    viewer: Viewer, kind: LetterKind, language: str, wording: Wording, *, refusal: str = ""
) -> dict[str, Any]:
    nature = NATURES[kind]
    product = default_words.wording(kind, language)
    return {
        "name": said.name(kind),
        "sub": said.sub(kind),
        "language": language,
        "language_name": LANGUAGE_NAMES[language],
        "others": [(LANGUAGE_NAMES[one], _url(kind, one)) for one in LANGUAGES if one != language],
        "wording": wording,
        "has_subject": not nature.about,
        "is_own": (kind.value, language) in own_words.of(viewer.vendor_id),
        "product": product,
        "parts": said.parts(kind),
        "values": said.values(kind),
        "save_url": reverse("desk:settings-letter-act", args=[kind.value, language, "save"]),
        "back_url": reverse("desk:settings-letter-act", args=[kind.value, language, "put-back"]),
        "preview_url": reverse("desk:settings-letter-preview", args=[kind.value, language]),
        "refusal": refusal,
    }
