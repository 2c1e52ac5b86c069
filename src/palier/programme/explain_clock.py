"""A clock in words: one sentence a promise, and the rows that prove it. The pages use its words for promises, waits, reasons.

`First answer due Friday 10 July 2026, 13:00 Paris time; 4 h of 8 h used.` The rows name every open interval that was
counted, why it began and ended, and sum to the time used (docs/reference/explanations.md, docs/reference/clock.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from palier.core import worktime
from palier.core.clock import Clock
from palier.core.programme import Binding, Commitment, Programme, Wait
from palier.core.promises import Because, Counting, Promised, Segment, State
from palier.programme import locales, problems
from palier.programme.phrases import Phrases, speak
from palier.programme.problems import Said, said

COMMITMENTS: Mapping[Commitment, Said] = {
    Commitment.FIRST_RESPONSE: said(en="First answer", fr="Première réponse"),
    Commitment.NEXT_UPDATE: said(en="Next update", fr="Prochaine nouvelle"),
    Commitment.WORKAROUND: said(en="Workaround", fr="Contournement"),
    Commitment.RESOLUTION: said(en="Resolution", fr="Résolution"),
}
WAITS: Mapping[Wait, Said] = {
    Wait.CUSTOMER: said(en="waits for the customer", fr="attend le client"),
    Wait.CONSENT: said(en="waits for consent", fr="attend un accord"),
    Wait.MANUFACTURER: said(en="waits for the manufacturer", fr="attend le fabricant"),
    Wait.PATCH: said(en="waits for a patch", fr="attend un correctif"),
    Wait.THIRD_PARTY: said(en="waits for a third party", fr="attend un tiers"),
    Wait.APPOINTMENT: said(en="waits for an appointment", fr="attend un rendez-vous"),
}
REASONS: Mapping[Because, Said] = {
    Because.STARTED: said(en="submitted", fr="envoi complet"),
    Because.ANSWERED: said(en="answered", fr="réponse"),
    Because.WAITING: said(en="waiting", fr="attente"),
    Because.CUSTOMER_WROTE: said(en="the customer wrote", fr="le client a écrit"),
    Because.RESUMED: said(en="resumed", fr="reprise"),
    Because.INFORMATION_COMPLETE: said(en="information complete", fr="informations complètes"),
    Because.DECIDED: said(en="decided anew", fr="nouvelle décision"),
    Because.SEVERITY_CHANGED: said(en="severity changed", fr="gravité changée"),
    Because.PLAN_CHANGED: said(en="plan changed", fr="plan changé"),
    Because.ZONE_CHANGED: said(en="time zone changed", fr="fuseau changé"),
    Because.CALENDAR_CHANGED: said(en="holidays updated", fr="jours fériés mis à jour"),
    Because.FACTS_CHANGED: said(en="facts changed", fr="faits changés"),
    Because.RELIEVED: said(en="relieved", fr="rétablissement"),
    Because.RELIEF_REVOKED: said(en="the outage is back", fr="la panne est revenue"),
    Because.WINDOW_JOINED: said(en="special event", fr="événement spécial"),
    Because.WORKAROUND_GIVEN: said(en="workaround given", fr="contournement donné"),
    Because.RESOLVED: said(en="resolved", fr="résolution"),
    Because.REOPENED: said(en="reopened", fr="réouverture"),
    Because.CLOSED: said(en="closed", fr="fermeture définitive"),
    Because.MERGED: said(en="merged", fr="fusion"),
    Because.DUE: said(en="due", fr="échéance"),
    Because.NOW: said(en="running", fr="en cours"),
}
_STRETCHES: Mapping[Counting, Said] = {
    Counting.AHEAD: said(en="left", fr="restant"),
    Counting.SPARED: said(en="not needed", fr="pas nécessaire"),
    Counting.OVER: said(en="late, counted apart", fr="en retard, compté à part"),
}
_CLOSING = said(en="closing time", fr="fermeture")
_OPENING = said(en="opening time", fr="ouverture")
_ROWS_TOLD = 14
"""A stretch over more openings than this is one row with its sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRow:
    """One stretch of a promise: instants (µs) and in words, why it began and ended, the time counted (µs; in words)."""

    start: int
    end: int
    from_: str
    to: str
    began: str
    ended: str
    state: str
    counted: int
    counted_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseTold:
    """One promise: its sentence, its instants (µs) by id, and its proof. Rows but `over` ones sum to the duration."""

    commitment: str
    name: str
    cycle: int
    state: str
    clause: str
    binding: str
    due_at: int | None
    sentence: str
    rows: tuple[ProofRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTold:
    """All promises of a clock in words; `standing` says why nothing runs, empty where something does or did."""

    zone: str
    standing: str
    promises: tuple[PromiseTold, ...]


def explain_clock(
    programme: Programme,
    clock: Clock,
    *,
    language: str,
    zone: str,
    desk_zone: str | None,
    now: int,
    locale: str | None = None,
) -> ClockTold:
    """The clock as folded at `now` (µs), in words, in the customer's `zone`, and in the desk's where that differs."""
    phrases = speak(programme, language=language, locale=locale)
    telling = _Telling(phrases=phrases, zone=zone, desk_zone=desk_zone, now=now, clock=clock)
    return ClockTold(
        zone=zone,
        standing=telling.standing(),
        promises=tuple(telling.promise(promised) for promised in clock.promises),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """Tells the promises of one clock to one reader."""

    phrases: Phrases
    zone: str
    desk_zone: str | None
    now: int
    clock: Clock

    def standing(self) -> str:
        """Why no promise runs, where none ever did."""
        say = self.phrases.say
        if self.clock.promises:
            return ""
        if self.clock.started_at is not None:
            return say(en="No time is promised for this.", fr="Aucun délai n’est promis pour ceci.")
        if self.clock.held:
            holds = self.phrases.programme.holds
            names = ", ".join(self.phrases.within(holds[hold].name) for hold in self.clock.held)
            return say(
                en=f"No clock runs yet. Held: {names}.", fr=f"Aucune horloge ne court. En attente : {names}."
            )
        if not self.clock.complete:
            return say(
                en="No clock runs until the required information is there.",
                fr="Aucune horloge ne court avant que les renseignements requis soient là.",
            )
        return say(en="No clock runs: not covered.", fr="Aucune horloge ne court : non couvert.")

    def promise(self, one: Promised) -> PromiseTold:
        return PromiseTold(
            commitment=one.commitment.value,
            name=self.said(COMMITMENTS[one.commitment]),
            cycle=one.cycle,
            state=one.state.value,
            clause=one.clause,
            binding=one.binding.value,
            due_at=one.due_at,
            sentence=self.sentence(one),
            rows=tuple(row for segment in one.segments for row in self.rows(segment)),
        )

    def said(self, words: Said) -> str:
        return locales.typeset(problems.in_language(words, self.phrases.language), self.phrases.locale)

    # --- the sentence

    def sentence(self, one: Promised) -> str:
        """Where the promise stands, its instant, and the time used."""
        parts = [self._stands(one), *self._times(one)]
        if one.provisional:
            parts.append(self.phrases.say(en="provisional", fr="provisoire"))
        if one.binding is Binding.TARGET:
            parts.append(
                self.phrases.say(en=f"a target, clause {one.clause}", fr=f"objectif, clause {one.clause}")
            )
        else:
            parts.append(
                self.phrases.say(en=f"guaranteed, clause {one.clause}", fr=f"garanti, clause {one.clause}")
            )
        return self.phrases.one_after_another(parts) + "."

    def _stands(self, one: Promised) -> str:
        name, say = self.said(COMMITMENTS[one.commitment]), self.phrases.say
        if one.state is State.BREACHED:
            return self._missed(one, name)
        if one.state is State.PAUSED:
            wait = WAITS[self.clock.waiting] if self.clock.waiting is not None else REASONS[Because.WAITING]
            return say(en=f"{name} paused, {self.said(wait)}", fr=f"{name} en pause, {self.said(wait)}")
        if one.state is State.MET:
            at = self.at(one.met_at)
            return say(en=f"{name} given in time, {at}", fr=f"{name} tenue à temps, {at}")
        if one.state is State.ENDED:
            at = self.at(one.ended_at)
            return say(en=f"{name} no longer owed since {at}", fr=f"{name} plus due depuis {at}")
        return say(en=f"{name} due {self.at(one.due_at)}", fr=f"{name} due avant {self.at(one.due_at)}")

    def _missed(self, one: Promised, name: str) -> str:
        say, due = self.phrases.say, self.at(one.breached_at)
        late = locales.duration(sum(s.counted for s in one.segments if s.state is Counting.OVER))
        words = say(
            en=f"{name} missed by {late}, it was due {due}", fr=f"{name} manquée de {late}, due avant {due}"
        )
        if one.done_at is None:
            return words
        given = self.at(one.done_at)
        return say(en=f"{words}, given {given}", fr=f"{words}, donnée {given}")

    def _times(self, one: Promised) -> Iterator[str]:
        say = self.phrases.say
        if one.state is not State.BREACHED:
            used = locales.duration(one.used) if one.used else f"0{locales.NO_BREAK}h"
            whole = locales.duration(one.duration)
            yield say(en=f"{used} of {whole} used", fr=f"{used} sur {whole} utilisées")
        if one.state is State.PAUSED:
            left = locales.duration(one.left)
            yield say(en=f"{left} left", fr=f"reste {left}")
        if one.state is State.MET and one.due_at is not None:
            yield say(en=f"it was due {self.at(one.due_at)}", fr=f"due avant {self.at(one.due_at)}")

    def at(self, instant: int | None) -> str:
        """An instant in the customer's zone, and in the desk's where that is another time."""
        if instant is None:
            return self.phrases.say(en="at no set time", fr="sans échéance")
        locale = self.phrases.locale
        words = locales.long_instant(instant, self.zone, locale)
        words = self.phrases.say(en=words, fr=f"le {words}")
        if self.desk_zone is None or self._same_time(instant, self.desk_zone):
            return words
        here = locales.short_instant(instant, self.desk_zone, locale)
        return f"{words} ({here}, {locales.zone_words(self.desk_zone, locale)})"

    def _same_time(self, instant: int, zone: str) -> bool:
        locale = self.phrases.locale
        return locales.short_instant(instant, zone, locale) == locales.short_instant(
            instant, self.zone, locale
        )

    # --- the proof

    def rows(self, segment: Segment) -> Iterator[ProofRow]:
        """The openings of a counted stretch, one row each; any other stretch is one row."""
        calendar = self.clock.calendars[segment.calendar]
        spans = (
            ()
            if segment.state is Counting.PAUSED
            else worktime.segments(calendar, segment.start, segment.end)
        )
        if not 1 <= len(spans) <= _ROWS_TOLD:
            yield self._row(segment, segment.start, segment.end, segment.counted, first=True, last=True)
            return
        for number, span in enumerate(spans):
            yield self._row(
                segment,
                span.start,
                span.end,
                span.end - span.start,
                first=number == 0,
                last=number == len(spans) - 1,
            )

    def _row(
        self, segment: Segment, start: int, end: int, counted: int, *, first: bool, last: bool
    ) -> ProofRow:
        return ProofRow(
            start=start,
            end=end,
            from_=locales.short_instant(start, self.zone, self.phrases.locale),
            to=locales.short_instant(end, self.zone, self.phrases.locale),
            began=self._began(segment) if first else self.said(_OPENING),
            ended=self.said(REASONS[segment.ended]) if last else self.said(_CLOSING),
            state=segment.state.value,
            counted=counted,
            counted_words=locales.exact_duration(counted),
        )

    def _began(self, segment: Segment) -> str:
        if segment.state is Counting.PAUSED and segment.wait is not None:
            return self.said(WAITS[segment.wait])
        stretch = _STRETCHES.get(segment.state)
        if stretch is not None and segment.began is Because.NOW:
            return self.said(stretch)
        began = self.said(REASONS[segment.began])
        return began if stretch is None else f"{began}, {self.said(stretch)}"
