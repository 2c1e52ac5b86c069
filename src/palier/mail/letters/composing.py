"""Composing letters: from notices to a subject, a text and its HTML, in the reader's language and the vendor's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import translation

from palier.mail.letters import filling, frame, kinds, marks, own_words, plain, reading, telling
from palier.mail.letters.asking import Asker
from palier.mail.letters.kinds import DECISIONS, NATURES, LetterKind
from palier.mail.letters.own_words import Own
from palier.mail.letters.parts import Answer, Ask, Foot, Item, Link, More, Part, Prose, Sheet
from palier.mail.letters.reading import Batch, MessageRead, Reader, TicketRead, Wanted
from palier.mail.letters.voice import Voice, of_reader
from palier.pages import notices as notice_words
from palier.pages import severities, ticket_view
from palier.pages.notice_pages import page_of
from palier.people.models import Notice
from palier.tickets.models import Status

LONGEST_SUBJECT = 250
"""A letter's row keeps 300 characters of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A letter, ready to be sent. `automatic` (RFC 3834) unless it carries what a person wrote; what is `critical`
    waits for no quiet hour."""

    kind: str
    subject: str
    text: str
    html: str
    language: str
    automatic: bool
    critical: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers by name."""


def compose(wanted: Wanted, *, acts: bool = True) -> Words | None:
    """One letter; None where nothing is left to tell: what it told of was taken back, or its reader was removed.

    Links that act are made in the running transaction; `acts` False leads to the portal's pages instead and writes
    nothing (a preview).
    """
    return compose_many([wanted], acts=acts)[0]


def compose_many(wanteds: Sequence[Wanted], *, acts: bool = True) -> list[Words | None]:
    """Letters of one vendor, in the order given: what they need is read once for all of them."""
    if not wanteds:
        return []
    batch = reading.read(wanteds)
    own = own_words.of(wanteds[0].vendor.id)
    return [_compose(batch, own, one, acts=acts) for one in wanteds]


def compose_as(wanted: Wanted, *, own: Own, language: str, kind: LetterKind) -> Words | None:
    """The same letter in other words and another language, as a letter of that kind; no link acts."""
    batch = reading.read([wanted])
    readers = {id_: replace(one, language=language) for id_, one in batch.readers.items()}
    return _compose(replace(batch, readers=readers), own, wanted, acts=False, kind=kind)


def _compose(
    batch: Batch, own: Own, wanted: Wanted, *, acts: bool, kind: LetterKind | None = None
) -> Words | None:
    reader = batch.readers.get(wanted.reader.id)
    if reader is None:
        return None
    told = [one for one in kinds.in_order(wanted.notices) if _stands(batch, one)]
    if not told:
        return None
    read = None if wanted.digest else batch.ticket(wanted, told[0].ticket_number)
    voice = of_reader(wanted.vendor, reader, batch.programme if read is None else read.programme)
    with translation.override(voice.active):
        letter = _Letter(
            batch=batch,
            wanted=wanted,
            reader=reader,
            voice=voice,
            told=tuple(told),
            read=read,
            kind=kind or _kind(wanted, told[0], read),
            acts=acts,
        )
        return letter.words(own)


def _stands(batch: Batch, notice: Notice) -> bool:
    """Whether what a notice tells of is still so: of an answer that was taken back nothing is told."""
    return notice.id not in batch.of_notice or batch.message(notice) is not None


def _kind(wanted: Wanted, notice: Notice, read: TicketRead | None) -> LetterKind:
    if wanted.digest:
        return LetterKind.DIGEST
    kind = kinds.of_notice(notice)
    if read is None:
        # Of a request that the reader may not see only the sentence is told, which names nothing.
        return LetterKind.OTHER if NATURES[kind].about else kind
    if kind is LetterKind.RECEIVED and read.ticket.status == Status.HELD:
        return LetterKind.HELD
    return kind


_DECIDED = frozenset({LetterKind.RECEIVED, LetterKind.DECIDED, LetterKind.REMINDER})
"""Of what tells one of these the ways on are shown, as long as none was taken."""
_TOLD_BY_PARTS = frozenset({LetterKind.RECEIVED, LetterKind.ASKED, LetterKind.DECIDED, LetterKind.ESTIMATE})
"""Beside another notice these need no sentence of their own: the why and the ask say it."""


@dataclass(frozen=True, kw_only=True)
class _Letter:
    """One letter while it is composed; the reader's language is active."""

    batch: Batch
    wanted: Wanted
    reader: Reader
    voice: Voice
    told: tuple[Notice, ...]
    read: TicketRead | None
    kind: LetterKind
    acts: bool

    @property
    def now(self) -> datetime:
        return self.wanted.now

    def words(self, own: Own) -> Words:
        """The letter."""
        nature, language = NATURES[self.kind], self.voice.speech.language
        wording = own_words.wording(own, self.kind, language)
        answers = tuple(self._answers())
        values = self._values(answers)
        parts = tuple(self._parts(wording.body, values, answers))
        subject = self._subject(wording.subject, values)
        sheet = self._sheet(subject, parts)
        return Words(
            kind=self.kind.value,
            subject=subject,
            text=plain.text(sheet),
            html=frame.html(sheet),
            language=language,
            automatic=not (nature.by_person and answers),
            critical=nature.critical or (self.read is not None and self.read.ticket.critical),
        )

    # --- what stands in it

    def _answers(self) -> Iterator[MessageRead]:
        """What people wrote that this letter tells of, oldest first, each once."""
        found = {one.id: one for notice in self.told if (one := self.batch.message(notice)) is not None}
        if self.read is not None:
            yield from sorted(found.values(), key=lambda one: (one.at, one.id))

    def _values(self, answers: Sequence[MessageRead]) -> Mapping[str, str]:
        vendor = self.wanted.vendor.name
        found = self.voice.values(self.reader.name)
        who = next((one.who for one in reversed(answers) if one.who), "") or vendor
        found |= {"agent.name": who, "agent.first_name": who.partition(" ")[0] if who != vendor else who}
        if not self._answers_say_it:
            found["what"] = self._items[0].said
        read = self.read
        if read is not None:
            ticket, programme, speech = read.ticket, read.programme, self.voice.speech
            found |= {
                "ticket.number": read.number,
                "ticket.subject": ticket.subject,
                "organisation.name": ticket.organisation.name,
                "severity": severities.severity_name(programme, ticket.severity, speech),
                "product": ticket_view.name(programme.products, ticket.product, speech),
            }
        return found

    @property
    def _answers_say_it(self) -> bool:
        """Whether no notice has to be put into a sentence: most letters carry one answer, and say so themselves."""
        return len(self.told) == 1 and self.kind in (
            LetterKind.ANSWERED, LetterKind.RECEIVED, LetterKind.HELD, LetterKind.DECIDED
        )  # fmt: skip

    @property
    def _items(self) -> tuple[Item, ...]:
        """Every notice of the letter as a sentence with where it leads."""
        found = self.__dict__.get("_said")
        if found is None:
            views = notice_words.views(
                self.reader.viewer, self.told, self.voice.speech, _links(self.voice), self.now
            )
            found = tuple(
                Item(said=one.sentence, about=one.about, url=one.url, when=self.voice.when(row.created_at))
                for row, one in zip(self.told, views, strict=True)
            )
            self.__dict__["_said"] = found
        return found

    def _parts(self, body: str, values: Mapping[str, str], answers: Sequence[MessageRead]) -> Iterator[Part]:
        placed: set[str] = set()
        for piece in filling.pieces(body, self.voice.speech.locale):
            if isinstance(piece, str):
                if piece not in placed:
                    yield from self._block(piece, answers)
                placed.add(piece)
            else:
                yield piece.filled(values)
        # Whatever words a vendor wrote: no decision without its why, nothing that happened left untold, a way in.
        left = ["why"] if any(kinds.of_notice(one) in DECISIONS for one in self.told) else []
        left += ["answer"] if answers else []
        for name in (*left, "more", "link"):
            if name not in placed:
                yield from self._block(name, answers)

    def _block(self, name: str, answers: Sequence[MessageRead]) -> Iterator[Part]:
        read = self.read
        if name == "link":
            yield self._link()
        elif name == "more":
            yield from self._more()
        elif read is None:
            return
        elif name == "why":
            yield telling.why(self.voice, read)
        elif name == "facts":
            yield telling.facts(self.voice, read)
        elif name == "answer":
            yield from (telling.answer(self.voice, one) for one in answers)
        elif name == "ask":
            yield from self._asks(read)
        elif name == "next":
            opened = self.kind in (LetterKind.RECEIVED, LetterKind.HELD)
            missing = bool(telling.missing(read))
            found = telling.next_(self.voice, read, self.now, opened=opened, missing=missing)
            yield from () if found is None else (found,)

    def _asks(self, read: TicketRead) -> Iterator[Ask]:
        asker = Asker(voice=self.voice, reader=self.reader, read=read, now=self.now, acts=self.acts)
        told = {kinds.of_notice(one) for one in self.told}
        yield from asker.missing()
        if self.kind is LetterKind.COLLEAGUE_HELD:
            yield from asker.adoption()
        if LetterKind.ESTIMATE in told or self.kind is LetterKind.REMINDER:
            yield from asker.estimate()
        if told & _DECIDED and LetterKind.ESTIMATE not in told:
            yield from asker.ways()
        if self.kind in (LetterKind.RESOLVED, LetterKind.CLOSED):
            yield from asker.rating()

    def _more(self) -> Iterator[More]:
        say = self.voice.say
        if self.wanted.digest:
            yield More(title="", items=self._items)
        elif len(self.told) > 1:
            rest = [
                one
                for row, one in zip(self.told[1:], self._items[1:], strict=True)
                if row.id not in self.batch.of_notice and kinds.of_notice(row) not in _TOLD_BY_PARTS
            ]
            # All are about the one thing that the letter is about: only what happened is new.
            items = tuple(dict.fromkeys(Item(said=one.said, about="", url="", when="") for one in rest))
            if items:
                yield More(title=say(en="Also", fr="Aussi"), items=items)

    def _link(self) -> Link:
        say, words = self.voice.say, self.voice.speech.words
        call = str(self.told[0].data.get("call", ""))
        if self.kind is LetterKind.PAGED and call:
            return Link(
                words=say(en="Acknowledge, and look at it", fr="Prendre en charge, et voir"),
                url=self.voice.link("desk:on-call-page", call=call),
            )
        if self.read is not None:
            open_ = say(en="Open {it}", fr="Ouvrir {it}", it=words.the)
            return Link(words=open_, url=telling.address(self.voice, self.read))
        if not self.wanted.digest and self._items[0].url:
            return Link(words=self._items[0].about, url=self._items[0].url)
        name = "portal:notices" if self.voice.is_customer else "desk:notices"
        return Link(words=say(en="All your notices", fr="Tous vos avis"), url=self.voice.link(name))

    # --- around it

    def _subject(self, words: str, values: Mapping[str, str]) -> str:
        read = self.read
        if read is None:
            return filling.line(words, self.voice.speech.locale, values)[:LONGEST_SUBJECT]
        begins = self.kind in (LetterKind.RECEIVED, LetterKind.HELD) and read.ticket.channel != "mail"
        subject = " ".join(read.ticket.subject.split())
        return f"{'' if begins else 'Re: '}[{read.number}] {subject}"[:LONGEST_SUBJECT].rstrip()

    def _sheet(self, subject: str, parts: tuple[Part, ...]) -> Sheet:
        read = self.read
        return Sheet(
            language=self.voice.speech.language,
            locale=self.voice.speech.locale,
            vendor=self.wanted.vendor.name,
            accent=self.wanted.vendor.accent,
            title=read.ticket.subject if read is not None else subject,
            subject=subject,
            number=read.number if read is not None else "",
            preview=preview_of(parts),
            above=marks.above(self.voice.speech.language) if read is not None else "",
            parts=parts,
            foot=self._foot(),
        )

    def _foot(self) -> Foot:
        say = self.voice.say
        return Foot(
            why=self._why_this_letter(),
            answer=""
            if self.read is None
            else say(
                en="Answer this mail and it stands in the conversation.",
                fr="Répondez à ce message : votre réponse rejoint la conversation.",
            )
            if self.voice.is_customer
            else say(
                en="Answer this mail and it becomes an internal note.",
                fr="Répondez à ce message : votre réponse devient une note interne.",
            ),
            stop=say(en="No more summaries", fr="Ne plus recevoir de résumé")
            if self.wanted.unsubscribe
            else "",
            stop_url=self.wanted.unsubscribe,
            change=say(
                en="What we send you, and when: change it", fr="Choisir ce qui vous est envoyé, et quand"
            ),
            change_url=self.voice.link("portal:account" if self.voice.is_customer else "desk:account"),
        )

    def _why_this_letter(self) -> str:
        say, vendor = self.voice.say, self.wanted.vendor.name
        values = {"number": self.read.number if self.read is not None else "", "vendor": vendor}
        if not self.voice.is_customer:
            return say(
                en="You get this because you work at {vendor}.", fr="Vous recevez ceci parce que vous travaillez chez {vendor}.", **values
            )  # fmt: skip
        if self.read is None:
            return say(
                en="You get this because you are a contact at {vendor}.",
                fr="Vous recevez ceci parce que vous êtes contact chez {vendor}.",
                **values,
            )
        ticket, me = self.read.ticket, self.wanted.reader.id
        if ticket.adopted_by_id == me:
            return say(
                en="You get this because you took over {number} at {vendor}.",
                fr="Vous recevez ceci parce que vous avez pris la suite de {number} chez {vendor}.",
                **values,
            )
        if ticket.author_id == me:
            return say(
                en="You get this because you wrote {number} at {vendor}.",
                fr="Vous recevez ceci parce que vous avez écrit {number} chez {vendor}.",
                **values,
            )
        return say(
            en="You get this because {number} at {vendor} concerns you: you follow it, or answer for your organisation.",
            fr="Vous recevez ceci parce que {number} chez {vendor} vous concerne : vous le suivez, ou vous répondez pour "
            "votre organisation.",
            **values,
        )


def preview_of(parts: Sequence[Part]) -> str:
    """The first sentence after the greeting."""
    for part in parts:
        if isinstance(part, Prose):
            _greeting, _, rest = part.text.partition("\n\n")
            return " ".join((rest or part.text).split())[:200]
        if isinstance(part, Answer):
            return part.text[:200]
    return ""


def _links(voice: Voice) -> notice_words.Links:
    """Where each thing stands, as whole addresses on the reader's face."""
    face = "portal" if voice.is_customer else "desk"

    def whole(path: str) -> str:
        return voice.page(path) if path else ""

    return notice_words.Links(
        ticket=lambda number: voice.link(
            "portal:request" if voice.is_customer else "desk:ticket", number=number
        ),
        contract=lambda id_: whole(page_of(f"{face}:contract")(str(id_))),
        order=lambda id_: whole(page_of(f"{face}:order")(id_)),
        invoice=lambda id_: voice.link("portal:invoice", invoice=id_) if voice.is_customer else "",
        defect=lambda id_: voice.link(f"{face}:defect", defect=id_),
    )
