"""A vendor's own words for a kind of letter: read, checked, written, and put back to the product's.

They are Markdown with variables in braces, as canned answers are (`workspace.canned`). Only the words around the parts are
the vendor's: a part that decides or asks something is placed, never written, and cannot be left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.mail.letters import default_words
from palier.mail.letters.default_words import LANGUAGES, Wording
from palier.mail.letters.kinds import NATURES, LetterKind
from palier.mail.models import Template
from palier.people import access, prepared
from palier.tickets.problems import CannotDo
from palier.workspace import canned

LONGEST_SUBJECT = 150
LONGEST_BODY = 8_000
_IN_ADDRESS = re.compile(r"\]\([^)]*\{[^)]*\)|<[^>\s]*\{[^>]*>")

Own = Mapping[tuple[str, str], Wording]
"""A vendor's own words by kind and language."""


def of(vendor_id: UUID) -> Own:
    """The vendor's own words, of every kind that it wrote some for."""
    found = prepared.rows(
        "select kind, language, subject, body from mail_template where vendor_id = %s", [vendor_id]
    )
    return {(kind, language): Wording(subject=subject, body=body) for kind, language, subject, body in found}


def wording(own: Own, kind: LetterKind, language: str) -> Wording:
    """The vendor's words, else the product's."""
    return own.get((kind, language)) or default_words.wording(kind, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Words of a vendor's own with who wrote them and when."""

    kind: str
    language: str
    by: str
    at: datetime


def written(by: access.Viewer) -> tuple[Written, ...]:
    """Every words of the vendor's own, for those who run the desk."""
    access.require_role(by, access.RUNS_THE_DESK)
    rows = Template.objects.filter(vendor_id=by.vendor_id).select_related("written_by")
    return tuple(
        Written(
            kind=one.kind,
            language=one.language,
            by=one.written_by.name if one.written_by is not None else "",
            at=one.written_at,
        )
        for one in rows
    )


# --- writing them ------------------------------------------------------------------------------------


def save(
    *, by: access.Viewer, kind: LetterKind, language: str, subject: str, body: str, now: datetime
) -> Template:
    """Write a vendor's own words for a kind in a language. Raises CannotDo saying what is wrong with them.

    `subject` counts only where the letter belongs to no thread: a thread has one subject.
    """
    access.require_role(by, access.RUNS_THE_DESK)
    words = checked(kind, language, subject, body)
    row, _made = Template.objects.update_or_create(
        vendor_id=by.vendor_id,
        kind=kind.value,
        language=language,
        defaults={
            "subject": words.subject,
            "body": words.body,
            "written_by_id": by.staff_id,
            "written_at": now,
        },
    )
    return row


def put_back(*, by: access.Viewer, kind: LetterKind, language: str) -> bool:
    """Throw the vendor's own words away, so that the product's are used again; whether there were any."""
    access.require_role(by, access.RUNS_THE_DESK)
    found = Template.objects.filter(vendor_id=by.vendor_id, kind=kind.value, language=language)
    return bool(found.delete()[0])


def checked(kind: LetterKind, language: str, subject: str, body: str) -> Wording:
    """The words as they are kept. Raises CannotDo for what is missing, unknown, or where it cannot stand."""
    nature = NATURES[kind]
    if not nature.own or language not in LANGUAGES:
        raise CannotDo(
            code="no-such-letter",
            en="There are no words to write for this letter: choose one of the list.",
            fr="Il n’y a pas de texte à écrire pour cette lettre : choisissez-en une de la liste.",
        )
    wanted = default_words.THREAD if nature.about else " ".join(subject.split())
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    _check_length(wanted, text)
    _check_variables(
        wanted,
        [one for one in nature.variables if one not in ("answer", "why", "next", "ask", "more", "link")],
    )
    _check_variables(text, nature.variables)
    if _IN_ADDRESS.search(text):
        raise CannotDo(
            code="variable-in-address",
            en="A variable cannot be part of an address. For the way to the page place {link}.",
            fr="Une variable ne peut pas faire partie d’une adresse. Pour mener à la page, placez {link}.",
        )
    there = canned.variables(text)
    for name in nature.needs:
        if name not in there:
            raise _left_out(name)
    return Wording(subject=wanted, body=text)


def _check_length(subject: str, body: str) -> None:
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise CannotDo(
            code="no-subject",
            en=f"Give the letter a subject of at most {LONGEST_SUBJECT} characters.",
            fr=f"Donnez à la lettre un objet de {LONGEST_SUBJECT} caractères au plus.",
        )
    if not body or len(body) > LONGEST_BODY:
        raise CannotDo(
            code="no-words",
            en=f"Write at most {LONGEST_BODY} characters, and not nothing. To use the product’s words again there is a button.",
            fr=f"Écrivez {LONGEST_BODY} caractères au plus, mais pas rien. Pour revenir au texte du produit, il y a un bouton.",
        )


def _check_variables(text: str, known: Collection[str]) -> None:
    unknown = [name for name in canned.variables(text) if name not in known]
    if unknown:
        listed = ", ".join(f"{{{name}}}" for name in known)
        raise CannotDo(
            code="unknown-variable",
            en=f"There is no variable {{{unknown[0]}}} in this letter. There are: {listed}.",
            fr=f"Il n’y a pas de variable {{{unknown[0]}}} dans cette lettre. Il y a : {listed}.",
        )


_LEFT_OUT = {
    "why": (
        "A letter about a decision says why: place {why} somewhere.",
        "Une lettre sur une décision dit pourquoi : placez {why} quelque part.",
    ),
    "ask": (
        "This letter asks for something: place {ask} somewhere.",
        "Cette lettre demande quelque chose : placez {ask} quelque part.",
    ),
    "answer": (
        "This letter carries what a person wrote: place {answer} somewhere.",
        "Cette lettre porte ce qu’une personne a écrit : placez {answer} quelque part.",
    ),
    "next": (
        "This letter says what comes next and by when: place {next} somewhere.",
        "Cette lettre dit ce qui vient ensuite et pour quand : placez {next} quelque part.",
    ),
    "what": (
        "This letter says what happened: place {what} somewhere.",
        "Cette lettre dit ce qui s’est passé : placez {what} quelque part.",
    ),
    "link": (
        "Without its link this letter leads nowhere: place {link} somewhere.",
        "Sans son lien, cette lettre ne mène nulle part : placez {link} quelque part.",
    ),
    "more": (
        "This letter is a list: place {more} somewhere.",
        "Cette lettre est une liste : placez {more} quelque part.",
    ),
}


def _left_out(name: str) -> CannotDo:
    en, fr = _LEFT_OUT[name]
    return CannotDo(code="variable-needed", en=en, fr=fr)
