"""An invented request with every part a letter can have, for the preview of words before anything of the kind happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from palier.mail.letters import composing, filling, frame, marks, plain
from palier.mail.letters.default_words import Wording
from palier.mail.letters.kinds import NATURES, LetterKind
from palier.mail.letters.parts import (
    Answer,
    Ask,
    Cited,
    Due,
    Facts,
    Foot,
    Item,
    Line,
    Link,
    More,
    Next,
    Part,
    Press,
    Sheet,
    Why,
)
from palier.mail.letters.voice import Voice
from palier.programme import locales

NUMBER = 1042


def plain_values(voice: Voice, now: datetime) -> Mapping[str, str]:
    """What a letter without a notice is filled in with."""
    return {
        "link": voice.link("portal:home"),
        "when": voice.when(now),
        "subject": voice.say(en="The archive does not open", fr="L’archive ne s’ouvre plus"),
    }


def letter(kind: LetterKind, voice: Voice, wording: Wording, now: datetime) -> composing.Words:
    """The letter of an invented request in these words; the language of `voice` is active."""
    nature = NATURES[kind]
    number = f"{voice.vendor.prefix}-{NUMBER}"
    values = voice.values("Camille Roy") | {
        "agent.name": "Maude Tremblay",
        "agent.first_name": "Maude",
        "ticket.number": number,
        "ticket.subject": voice.say(en="The archive does not open", fr="L’archive ne s’ouvre plus"),
        "organisation.name": "Lagrange",
        "severity": voice.say(en="2, Major", fr="2, majeure"),
        "product": voice.vendor.name,
        "what": voice.say(en="Here stands what happened.", fr="Ici figure ce qui s’est passé."),
    }
    parts: list[Part] = []
    for piece in filling.pieces(wording.body, voice.speech.locale):
        if isinstance(piece, filling.Chunk):
            parts.append(piece.filled(values))
        else:
            parts.append(_PARTS[piece](voice, now))
    title = (
        values["ticket.subject"]
        if nature.about
        else filling.line(wording.subject, voice.speech.locale, values)
    )
    subject = f"[{number}] {title}" if nature.about else title
    sheet = Sheet(
        language=voice.speech.language,
        locale=voice.speech.locale,
        vendor=voice.vendor.name,
        accent=voice.vendor.accent,
        title=title,
        subject=subject,
        number=number if nature.about else "",
        preview="",
        above=marks.above(voice.speech.language) if nature.about else "",
        parts=tuple(parts),
        foot=Foot(
            why=voice.say(
                en="Here stands why one gets this letter.", fr="Ici figure pourquoi on reçoit cette lettre."
            ),
            answer="",
            change="",
            change_url="",
        ),
    )
    return composing.Words(
        kind=kind.value,
        subject=subject,
        text=plain.text(sheet),
        html=frame.html(sheet),
        language=voice.speech.language,
        automatic=True,
        critical=nature.critical,
    )


def _why(voice: Voice, now: datetime) -> Part:
    del now
    say, home = voice.say, voice.link("portal:home")
    return Why(
        title=say(en="The decision, and why", fr="La décision, et pourquoi"),
        tone="good",
        styles=frame.why_styles("good"),
        badge=say(en="Covered", fr="Couvert"),
        headline=say(en="Covered, not billable", fr="Couvert, non facturable"),
        beside=say(en="Not billable", fr="Non facturable"),
        clauses=(
            Cited(
                name=say(en="Clause C2", fr="Clause C2"),
                text=say(
                    en="Failures of the software are covered.",
                    fr="Les pannes du logiciel sont couvertes.",
                ),
                url=home,
            ),
        ),
        because=((say(en="Kind of request", fr="Sorte de demande"), say(en="a failure", fr="une panne")),),
        freeing=(),
        said=(),
        more=say(en="Everything that was looked at", fr="Tout ce qui a été examiné"),
        url=home,
    )


def _next(voice: Voice, now: datetime) -> Part:
    say = voice.say
    due = (now + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    what = say(en="First answer", fr="Première réponse")
    return Next(
        title=say(en="What comes next", fr="Et ensuite"),
        dues=(
            Due(
                what=what,
                when=voice.when(due),
                there="",
                binding="",
                late=False,
                sentence=say(
                    en="{what}: before {when}; a target, not a guarantee.",
                    fr="{what} : avant {when} ; un objectif, pas une garantie.",
                    what=what,
                    when=voice.when(due),
                ),
            ),
        ),
        said=(),
    )


def _ask(voice: Voice, now: datetime) -> Part:
    del now
    say, home = voice.say, voice.link("portal:home")
    return Ask(
        title=say(en="What we need from you", fr="Ce qu’il nous faut"),
        said=(
            say(en="Answer this mail with these lines filled in.", fr="Répondez en complétant ces lignes."),
        ),
        lines=(Line(label=say(en="Version:", fr="Version :"), hint=""),),
        presses=(Press(words=say(en="Fill in on the portal", fr="Compléter sur le portail"), url=home),),
    )


def _answer(voice: Voice, now: datetime) -> Part:
    say = voice.say
    return Answer(
        title="",
        who="Maude Tremblay",
        when=voice.when(now),
        language="",
        html="<p>"
        + say(en="Close the viewer and start it again.", fr="Fermez la visionneuse et relancez-la.")
        + "</p>",
        text=say(en="Close the viewer and start it again.", fr="Fermez la visionneuse et relancez-la."),
        files=(),
        files_title="",
    )


def _facts(voice: Voice, now: datetime) -> Part:
    del now
    say = voice.say
    return Facts(
        title=say(en="What it is about", fr="De quoi il s’agit"),
        rows=((say(en="Customer", fr="Client"), "Lagrange, Camille Roy"),),
    )


def _more(voice: Voice, now: datetime) -> Part:
    say = voice.say
    said = say(en="Here stands what else happened.", fr="Ici figure ce qui s’est passé d’autre.")
    when = locales.long_date(now.date(), voice.speech.locale)
    return More(title=say(en="Also", fr="Aussi"), items=(Item(said=said, about="", url="", when=when),))


def _link(voice: Voice, now: datetime) -> Part:
    del now
    say, home = voice.say, voice.link("portal:home")
    open_ = say(en="Open {it}", fr="Ouvrir {it}", it=voice.speech.words.the)
    return Link(words=open_, url=home)


_PARTS: Mapping[str, Callable[[Voice, datetime], Part]] = {
    "why": _why,
    "next": _next,
    "ask": _ask,
    "answer": _answer,
    "facts": _facts,
    "more": _more,
    "link": _link,
}
