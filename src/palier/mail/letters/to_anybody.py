"""Letters without a notice, to people who may be nobody's contact: what became of a message that cannot be acted on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import translation

from palier.mail.letters import composing, filling, frame, own_words, plain, reading
from palier.mail.letters.composing import Words
from palier.mail.letters.kinds import PLAIN, LetterKind
from palier.mail.letters.own_words import Own
from palier.mail.letters.parts import Foot, Link, Part, Sheet
from palier.mail.letters.voice import Voice
from palier.pages import speech as speeches
from palier.people.models import Vendor


def compose_plain(
    kind: str, vendor: Vendor, language: str, values: Mapping[str, str], *, now: datetime
) -> Words:
    """A letter to who may be nobody's contact: `mail-confirm`, `mail-unknown`, `mail-portal`.

    `values`: `name` (empty: the greeting names nobody), `link` (a whole address; not of `mail-unknown`), `when` (in
    words, with its zone), for `mail-portal` also `subject`. Nothing of the message is quoted.
    """
    which = LetterKind(kind)
    if which not in PLAIN:
        raise ValueError(f"{kind} is composed of notices")
    spoken = reading.language_of(language)
    programme = speeches.programme_of(vendor.id, now)
    voice = Voice(vendor=vendor, speech=reading.speech(programme, spoken, vendor.zone), is_customer=True)
    return plain_letter(which, voice, own_words.of(vendor.id), values)


def plain_letter(kind: LetterKind, voice: Voice, own: Own, values: Mapping[str, str]) -> Words:
    """The same in words already chosen."""
    with translation.override(voice.active):
        wording = own_words.wording(own, kind, voice.speech.language)
        filled = voice.values(values.get("name", "").strip())
        filled |= {name: values.get(name, "") for name in ("when", "subject")}
        parts: list[Part] = []
        for piece in filling.pieces(wording.body, voice.speech.locale):
            if isinstance(piece, filling.Chunk):
                parts.append(piece.filled(filled))
            elif piece == "link" and values.get("link"):
                parts.append(
                    Link(
                        words=voice.say(en="Look at it on the portal", fr="Voir sur le portail"),
                        url=values["link"],
                    )
                )
        subject = filling.line(wording.subject, voice.speech.locale, filled)[: composing.LONGEST_SUBJECT]
        sheet = Sheet(
            language=voice.speech.language,
            locale=voice.speech.locale,
            vendor=voice.vendor.name,
            accent=voice.vendor.accent,
            title=subject,
            subject=subject,
            number="",
            preview=composing.preview_of(parts),
            above="",
            parts=tuple(parts),
            foot=Foot(
                why=voice.say(
                    en="You get this because a message that names this address reached {vendor}. It is sent at most once a "
                    "day.",
                    fr="Vous recevez ceci parce qu’un message qui donne cette adresse est parvenu à {vendor}. C’est "
                    "envoyé une fois par jour au plus.",
                    vendor=voice.vendor.name,
                ),
                answer="",
                change="",
                change_url="",
            ),
        )
        return Words(
            kind=kind.value,
            subject=subject,
            text=plain.text(sheet),
            html=frame.html(sheet),
            language=voice.speech.language,
            automatic=True,
            critical=False,
        )
