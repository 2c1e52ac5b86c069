"""The living style guide: every component, made of the real partials and real decisions, in both themes side by side.

In development and in the demonstration only; elsewhere there is no such page.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from palier.core.programme import FactValue, Programme
from palier.pages import balances, clock_drawing, verdict
from palier.pages import speech as speeches
from palier.pages.small_forms import Field, Form, Option
from palier.pages.speech import Speech
from palier.programme import explain_command, library, load
from palier.programme.problems import Place

THEMES = ("light", "dark")
FACES = {"desk": "pl-desk", "compact": "pl-desk pl-compact", "portal": "pl-portal"}
_NAMED = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|aria-controls|headers)="([^"]+)"')
_POINTED = re.compile(r'(href="#|xlink:href="#|url\(#)([^")]+)')
_USUAL: Mapping[str, FactValue] = {
    "contract": "active", "plan": "standard", "contact": "authorised", "solution": "delivered",
    "information": "complete", "environment": "production",
}  # fmt: skip
_ASKED: Mapping[str, Mapping[str, FactValue]] = {
    "covered": {"kind": "question"},
    "offered": {"kind": "services"},
    "held": {"kind": "defect", "effect": "lasting-major", "information": "missing"},
    "excluded": {"kind": "defect", "effect": "lasting-major", "solution": "none"},
}
"""What the reference programme of Northern decides each way."""
_SENT = datetime(2026, 7, 9, 12, tzinfo=UTC)
_ONE_HOUR = 3_600_000_000
STATES = ("new", "open", "waiting", "held", "not-covered", "resolved", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message as the pages show it."""

    level_tag: str
    words: str

    def __str__(self) -> str:
        return self.words


@functools.cache
def _programme(name: str) -> Programme:
    loaded = load.load_programme(library.reference_programmes()[name].read_text(encoding="utf-8"), name)
    if loaded.programme is None:
        raise ValueError(f"the reference programme {name} does not read")
    return loaded.programme


def _apart(html: str, suffix: str) -> SafeString:
    """The same with names of its own, so that a page may hold it twice."""
    named = _NAMED.sub(
        lambda found: f'{found[1]}="{" ".join(f"{one}-{suffix}" for one in found[2].split())}"', html
    )
    return mark_safe(_POINTED.sub(lambda found: f"{found[1]}{found[2]}-{suffix}", named))  # noqa: S308 (rendered)


def _answer(asked: Mapping[str, FactValue]) -> explain_command.Answered:
    return explain_command.answer(
        _programme("northern"),
        explain_command.Asked(
            facts={**_USUAL, **asked},
            left={},
            zone="Europe/Paris",
            holidays="FR",
            at=int(_SENT.timestamp() * 1_000_000),
            place=Place(file="styleguide", line=1, column=1),
        ),
    )


def _verdicts(speech: Speech) -> dict[str, SafeString]:
    """The block of each outcome."""
    found = {}
    for name, asked in _ASKED.items():
        answered = _answer(asked)
        view = verdict.view(_programme("northern"), answered.decision, speech, beyond=answered.beyond)
        found[name] = _apart(render_to_string("pages/verdict_block.html", {"verdict": view}), name)
    return found


def _clock(speech: Speech) -> clock_drawing.Drawing | None:
    """The first answer, half of whose hours are counted."""
    clock = _answer({"kind": "defect", "effect": "lasting-major"}).clock
    if clock is None:
        return None
    return clock_drawing.draw(
        clock.promises,
        now=clock.now + 4 * _ONE_HOUR,
        moments=speech.moments_in("Europe/Paris"),
        open_in=clock_drawing.opened_in(clock.calendars),
        subject="NOR-1042",
        name="guide-clock",
    )


def _form(*, opened: bool = False, refusal: str = "") -> Form:
    two = (Option(value="1", name="One", chosen=True), Option(value="2", name="Two"))
    return Form(
        action="guide-refused" if refusal else "guide-open" if opened else "guide",
        title="A small form",
        button="Save",
        url="",
        says="What it will do.",
        opened=opened,
        refusal=refusal,
        fields=(
            Field(name="text", label="Text", value="Typed", hint="A hint"),
            Field(name="long", label="Long", kind="long", value="More"),
            Field(name="choice", label="Choice", kind="choice", options=two, required=True),
            Field(name="several", label="Several", kind="several", options=two),
            Field(name="check", label="Check", kind="check", value="yes"),
            Field(name="on", label="Date", kind="date", value="2026-07-09"),
            Field(name="amount", label="Amount", kind="money", value="525.00"),
            Field(name="file", label="File", kind="file"),
        ),
    )


def _context(speech: Speech) -> dict[str, Any]:
    granting = _programme("solidxperts")
    counted = [
        balances.Counted(allowance=id_, left=left, granted=2)
        for id_, left in zip(granting.allowances, (1, 0, 2), strict=False)
    ]
    return {
        "messages": [
            Told(level_tag="success", words="Done."),
            Told(level_tag="info", words="For your information."),
            Told(level_tag="warning", words="Look at this."),
            Told(level_tag="error", words="It was refused: do this instead."),
        ],
        "tones": ("", "good", "warn", "bad"),
        "states": STATES,
        "verdicts": _verdicts(speech),
        "clock": _clock(speech),
        "balances": [balances.view(granting, one, speech) for one in counted],
        "forms": (_form(), _form(opened=True), _form(opened=True, refusal="“Text” is needed.")),
        "empty": True,
    }


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All components in both themes, at the size of a face: `?face=desk`, `compact` or `portal`."""
    if not (settings.DEBUG or request.vendor.demo):  # type: ignore[attr-defined]
        raise Http404
    face = request.GET.get("face", "desk")
    if face not in FACES:
        raise Http404
    parts = render_to_string("pages/styleguide_parts.html", _context(speeches.of(request)), request)
    shown = [(theme, _apart(parts, theme)) for theme in THEMES]
    context = {"shown": shown, "faces": list(FACES), "face": face, "body_class": FACES[face]}
    return render(request, "pages/styleguide.html", context)
