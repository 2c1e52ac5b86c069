"""What would happen if the request were sent now, in words: verdict, first answer, drawing, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from palier.core.programme import Commitment, OutcomeKind
from palier.core.promises import Promised
from palier.pages import clock_drawing, verdict, ways, wording
from palier.pages.catalogue import gettext as _
from palier.pages.clock_drawing import Drawing
from palier.pages.severities import SeverityView, field_name, severity
from palier.pages.speech import Speech
from palier.pages.verdict import VerdictView
from palier.pages.ways import WayView
from palier.programme import locales
from palier.tickets import ways as tickets
from palier.tickets.opening import Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A commitment in one line: what, by when, from how many counted hours."""

    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """The block beside the form."""

    verdict: VerdictView
    severity: SeverityView
    due: str
    due_zone: str
    due_short: str
    counted: str
    binding: str
    clause: str
    drawing: Drawing | None
    further: tuple[Promise, ...]
    missing: tuple[str, ...]
    held_now: bool
    answers_in: str
    ways: tuple[WayView, ...]
    may_choose: bool
    way_chosen: bool
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What was picked in the preview: a way, and the prices agreed to; and whether this reader may pick at all."""

    way: str = ""
    agreed: tuple[str, ...] = ()
    may: bool = True


def view(preview: Preview, speech: Speech, picked: Picked) -> PreviewView:
    """The preview in the reader's words, with what was picked in it."""
    programme = preview.programme
    # While something is missing the reader is told what the request will be once it is complete, and what keeps it.
    decision = preview.once_complete if preview.missing else preview.decision
    moments = speech.moments_in(preview.zone)
    clock = preview.clock
    first = clock.latest(Commitment.FIRST_RESPONSE) if clock is not None else None
    drawing = None
    if clock is not None and first is not None:
        drawing = clock_drawing.draw(
            [first],
            now=clock.now,
            moments=moments,
            open_in=clock_drawing.opened_in(clock.calendars),
            subject=_("the first answer"),
            name="preview-clock",
            single=True,
        )
    due = first.due_at if first is not None else None
    offered = ways.views(programme, preview.ways, speech, chosen=picked.way if picked.may else "")
    return PreviewView(
        verdict=verdict.view(programme, decision, speech, beyond=preview.beyond),
        severity=severity(programme, str(decision.facts["severity"]), speech),
        due=_day_and_time(due, speech, preview.zone) if due is not None else "",
        due_zone=locales.zone_words(preview.zone, speech.locale),
        due_short=f"{moments.day(due)} {moments.time(due)}" if due is not None else "",
        counted=_counted(first) if first is not None else "",
        binding=binding(first) if first is not None else "",
        clause=first.clause if first is not None else "",
        drawing=drawing,
        further=tuple(_further(p) for p in (clock.promises if clock is not None else ()) if p is not first),
        missing=tuple(field_name(programme, name, speech) for name in preview.missing),
        held_now=bool(preview.missing),
        answers_in=_answers_in(preview),
        ways=offered,
        way_chosen=any(one.chosen for one in offered),
        may_choose=picked.may and _kept(preview) and any(one.available for one in offered),
        agreed=picked.agreed,
    )


def _kept(preview: Preview) -> bool:
    """Whether a way chosen now is kept with the request: of one that nobody works on here it would lead nowhere yet."""
    offering = tickets.offering(preview.once_complete, preview.beyond)
    return offering.outcome is OutcomeKind.OFFER


def binding(promised: Promised) -> str:
    """How firm it is meant."""
    return _("a guarantee") if promised.binding.value == "guarantee" else _("a target, not a guarantee")


def _day_and_time(at: int, speech: Speech, zone: str) -> str:
    moments = speech.moments_in(zone)
    return _("%(day)s at %(time)s") % {"day": moments.day_long(at), "time": moments.time(at)}


def _counted(promised: Promised) -> str:
    return _("%(duration)s of open hours") % {"duration": locales.duration(promised.duration)}


def _further(promised: Promised) -> Promise:
    after = {
        Commitment.NEXT_UPDATE: _("then at least every %(duration)s of open hours"),
        Commitment.WORKAROUND: _("within %(duration)s of open hours"),
        Commitment.RESOLUTION: _("within %(duration)s of open hours"),
    }
    words = after.get(promised.commitment, "%(duration)s")
    return Promise(
        what=wording.commitment(promised.commitment),
        by=words % {"duration": locales.duration(promised.duration)},
    )


def _answers_in(preview: Preview) -> str:
    names = {"en": _("English"), "fr": _("French")}
    if preview.reply_language == preview.wrote.partition("-")[0]:
        return ""
    return _("The answer will come in %(language)s.") % {
        "language": names.get(preview.reply_language, preview.reply_language)
    }
