"""What a letter asks for, each with a link of its own: a way to choose, an estimate to answer, a request to take over, a rating.

What a link leads to is said by `mail.matters`, as the page behind the link says it. Nothing is asked of who may not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from palier.core.programme import OutcomeKind
from palier.mail import links, matters
from palier.mail.letters import telling
from palier.mail.letters.parts import Ask, Press, Way
from palier.mail.letters.reading import Reader, TicketRead
from palier.mail.letters.voice import Voice
from palier.mail.link_models import Purpose
from palier.mail.matters import Asked, Gone, Matter
from palier.pages import estimates
from palier.pages import ways as way_words
from palier.tickets import choosing, estimating, permissions
from palier.tickets.models import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What may be asked of this reader about this request. `acts` False: shown, but no link is made (a preview)."""

    voice: Voice
    reader: Reader
    read: TicketRead
    now: datetime
    acts: bool

    def missing(self) -> Iterator[Ask]:
        """What keeps the clock from starting, of those who may fill it in."""
        names = telling.missing(self.read)
        if names and self.voice.is_customer:
            yield telling.ask_missing(self.voice, self.read, names)

    def ways(self) -> Iterator[Ask]:
        """The ways on, for a customer's contact; with a link each for who may choose."""
        ticket = self.read.ticket
        if not self.voice.is_customer or not ticket.is_open or ticket.outcome == OutcomeKind.COVER:
            return
        offered = choosing.ways(self.reader.viewer, ticket=ticket, now=self.now)
        if not offered:
            return
        may = "choose" in permissions.allowed(self.reader.viewer, ticket, self.now)
        say = self.voice.say
        views = way_words.views(self.read.programme, offered, self.voice.speech)
        if may:
            said = say(
                en="Each way has a link. It only shows; nothing is chosen before you say so there.",
                fr="Chaque suite a son lien. Il ne fait que montrer ; rien n’est choisi avant que vous le disiez.",
            )
        else:
            said = say(
                en="An authorised contact of your organisation chooses among them.",
                fr="Un contact autorisé de votre organisation choisit parmi elles.",
            )
        yield Ask(
            title=say(en="The ways on", fr="Les suites possibles"),
            said=(said,),
            ways=tuple(
                Way(
                    name=one.name,
                    price="" if one.shown.lower().startswith(one.price.lower()) else one.price,
                    said=one.shown or one.text,
                    why_not=one.why_not,
                    url=self._url(Purpose.CHOOSE, way=one.id) if may and one.available else "",
                    press=say(en="Look at this way", fr="Voir cette suite"),
                )
                for one in views
            ),
        )

    def estimate(self) -> Iterator[Ask]:
        """The estimate that waits: its lines, what it comes to, and where to answer it."""
        standing = estimating.standing(self.read.ticket)
        if standing is None or not standing.open or not self.voice.is_customer:
            return
        voice = self.voice
        seen = estimates.view(standing, self.read.programme, voice.speech, voice.speech.moments)
        matter = self._matter(Purpose.AGREE)
        rows = [(", ".join(part for part in (one.what, one.time) if part), one.amount) for one in seen.lines]
        total = ", ".join(part for part in (seen.time, seen.total) if part)
        after = [seen.balance, seen.then]
        if matter is None:
            after.append(
                voice.say(
                    en="Somebody of your organisation who may agree to it answers.",
                    fr="Une personne de votre organisation qui peut l’accepter répond.",
                )
            )
        elif matter.sign_in:
            after.append(
                voice.say(
                    en="It lies above what was agreed beforehand: you sign in to answer.",
                    fr="Cela dépasse ce qui a été convenu d’avance : vous vous connectez pour répondre.",
                )
            )
        yield Ask(
            title=voice.say(en="The estimate", fr="L’estimation"),
            said=(seen.sentence,),
            rows=(*rows, (voice.say(en="In all, without tax", fr="En tout, hors taxes"), total)),
            after=tuple(one for one in after if one),
            presses=()
            if matter is None
            else (
                Press(
                    words=voice.say(en="Look and answer", fr="Voir et répondre"), url=self._url(Purpose.AGREE)
                ),
            ),
        )

    def adoption(self) -> Iterator[Ask]:
        """A colleague's request that waits for somebody who may take it over."""
        if self.read.ticket.status != Status.HELD or self._matter(Purpose.ADOPT) is None:
            return
        say = self.voice.say
        yield Ask(
            title=say(en="Take it over, or say no", fr="Prendre la suite, ou dire non"),
            said=(
                say(
                    en="{who} wrote it. Once you take it over, it is yours as if you had written it, and the clock starts.",
                    fr="{who} l’a écrite. Si vous prenez la suite, c’est comme si vous l’aviez écrite, et le délai "
                    "commence.",
                    who=self.read.ticket.author.name,
                ),
            ),
            presses=(
                Press(words=say(en="Look and decide", fr="Voir et décider"), url=self._url(Purpose.ADOPT)),
            ),
        )

    def rating(self) -> Iterator[Ask]:
        """How it was, once it is resolved."""
        ticket = self.read.ticket
        if ticket.status not in (Status.RESOLVED, Status.CLOSED) or self._matter(Purpose.RATE) is None:
            return
        say = self.voice.say
        yield Ask(
            title=say(en="How was it?", fr="Comment était-ce ?"),
            said=(
                say(
                    en="From 1 to 5, and a word if you like. It takes a moment and needs no sign-in.",
                    fr="De 1 à 5, et un mot si vous voulez. C’est l’affaire d’un instant, sans connexion.",
                ),
            ),
            presses=(Press(words=say(en="Rate it", fr="Donner une note"), url=self._url(Purpose.RATE)),),
        )

    def _matter(self, purpose: Purpose, way: str = "") -> Matter | None:
        """What a link for that would be about; None where this reader has nothing of the kind to do."""
        if self.reader.contact is None:
            return None
        asked = Asked(
            purpose=purpose,
            viewer=self.reader.viewer,
            ticket=self.read.ticket,
            subject_id=None,
            way=way,
            since=self.now,
        )
        try:
            return matters.stands(asked, self.voice.speech, self.now)
        except Gone:
            return None

    def _url(self, purpose: Purpose, way: str = "") -> str:
        """A link that acts, or of what can only be done in the portal the page of the request."""
        page = telling.address(self.voice, self.read)
        if not self.acts or self.reader.contact is None:
            return page
        try:
            return links.make(
                purpose=purpose,
                contact=self.reader.contact,
                ticket=self.read.ticket,
                language=self.reader.language,
                now=self.now,
                way=way,
            )
        except Gone:
            return page
