"""The product's own words for every kind of letter, in English and French, as Markdown with variables.

A vendor's words stand in their place where it wrote some (`own_words`). They say what happened in the first sentence,
never more than the reader may know, and leave every part that decides something to the variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palier.mail.letters.kinds import LetterKind

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one kind in one language. `subject` is used where the letter belongs to no thread."""

    subject: str
    body: str


def wording(kind: LetterKind, language: str) -> Wording:
    """The product's words for a kind of letter, in French or English."""
    return _WORDS[kind][language]


THREAD = "{ticket.subject}"
"""The subject of a letter in a thread: always the same, so that no mail program takes the thread apart."""


def _both(
    en: str,
    fr: str,
    *,
    subject_en: str = THREAD,
    subject_fr: str = THREAD,
    parts: str,
    name: str = " {reader.name}",
) -> Mapping[str, Wording]:
    """A greeting, the sentence that says what happened, and the parts in their order."""
    after = "\n\n".join(f"{{{name}}}" for name in parts.split())
    return {
        "en": Wording(subject=subject_en, body=f"Hello{name},\n\n{en}\n\n{after}".strip()),
        "fr": Wording(subject=subject_fr, body=f"Bonjour{name},\n\n{fr}\n\n{after}".strip()),
    }


_WORDS: Mapping[LetterKind, Mapping[str, Wording]] = {
    LetterKind.RECEIVED: _both(
        "We received your {request} “{ticket.subject}”. Its number is {ticket.number}.",
        "Nous avons reçu votre {request} « {ticket.subject} ». Son numéro est {ticket.number}.",
        parts="why ask next more link",
    ),
    LetterKind.DECIDED: _both(
        "There is a decision on your {request} “{ticket.subject}”. Read below what it is, and why.",
        "Il y a une décision sur votre {request} « {ticket.subject} ». Lisez ci-dessous laquelle, et pourquoi.",
        parts="why ask answer next more link",
    ),
    LetterKind.HELD: _both(
        "We received your {request} “{ticket.subject}”, number {ticket.number}. It is on hold for now; read below what "
        "frees it.",
        "Nous avons reçu votre {request} « {ticket.subject} », numéro {ticket.number}. C’est en attente pour l’instant ; "
        "lisez ci-dessous ce qui permet de continuer.",
        parts="why ask next more link",
    ),
    LetterKind.ASKED: _both(
        "To go on with your {request} “{ticket.subject}” we still need the following.",
        "Pour poursuivre votre {request} « {ticket.subject} », il nous manque encore ceci.",
        parts="ask answer why next more link",
    ),
    LetterKind.ANSWERED: _both(
        "{agent.name} answered your {request} “{ticket.subject}”.",
        "{agent.name} a répondu à votre {request} « {ticket.subject} ».",
        parts="answer ask next more link",
    ),
    LetterKind.RESOLVED: _both(
        "For us your {request} “{ticket.subject}” is resolved. Tell us if it is not for you.",
        "Votre {request} « {ticket.subject} » : pour nous, c’est résolu. Dites-nous si ce n’est pas le cas pour vous.",
        parts="answer ask next more link",
    ),
    LetterKind.CLOSED: _both(
        "Your {request} “{ticket.subject}” is closed.",
        "C’est terminé pour votre {request} « {ticket.subject} » : le dossier est clos.",
        parts="answer why ask next more link",
    ),
    LetterKind.REOPENED: _both(
        "We take up your {request} “{ticket.subject}” again.",
        "Nous reprenons votre {request} « {ticket.subject} ».",
        parts="answer next ask more link",
    ),
    LetterKind.REMINDER: _both(
        "A reminder about your {request} “{ticket.subject}”, number {ticket.number}.\n\n{what}",
        "Un rappel au sujet de votre {request} « {ticket.subject} », numéro {ticket.number}.\n\n{what}",
        parts="answer ask why next more link",
    ),
    LetterKind.ESTIMATE: _both(
        "There is an estimate for your {request} “{ticket.subject}”. It waits for your answer: nothing is billed before "
        "you agree.",
        "Il y a une estimation pour votre {request} « {ticket.subject} ». Elle attend votre réponse : rien n’est "
        "facturé avant votre accord.",
        parts="ask answer why next more link",
    ),
    LetterKind.PAYMENT: _both(
        "{what}",
        "{what}",
        subject_en="Your account with {vendor.name}: payment and invoices",
        subject_fr="Votre compte chez {vendor.name} : paiements et factures",
        parts="more link",
    ),
    LetterKind.CONTRACT: _both(
        "{what}",
        "{what}",
        subject_en="Your contract with {vendor.name}",
        subject_fr="Votre contrat avec {vendor.name}",
        parts="more link",
    ),
    LetterKind.ALLOWANCE: _both(
        "{what}",
        "{what}",
        subject_en="What your plan with {vendor.name} includes: a change",
        subject_fr="Ce que prévoit votre plan chez {vendor.name} : du nouveau",
        parts="more link",
    ),
    LetterKind.COLLEAGUE_HELD: _both(
        "A colleague of yours wrote to us about “{ticket.subject}”, and {request.this} waits for you: take it over, or say no.",
        "Une personne de votre entreprise nous a écrit au sujet de « {ticket.subject} », et {request.this} vous attend : "
        "prenez la suite, ou dites non.",
        parts="ask why next more link",
    ),
    LetterKind.MAIL_CONFIRM: _both(
        "A message reached us on {when} that names your address as its sender. We could not prove that it comes from "
        "you, so nobody works on it yet.\n\nSign in below, look at the message, and say whether it is yours. If you did "
        "not write it, you need not do anything.",
        "Un message nous est parvenu le {when}, qui donne votre adresse comme expéditeur. Nous n’avons pas pu vérifier "
        "qu’il vient de vous, et personne n’y travaille encore.\n\nConnectez-vous ci-dessous, regardez le message, et "
        "dites s’il est de vous. Si vous ne l’avez pas écrit, vous n’avez rien à faire.",
        subject_en="Did you write to {vendor.name}?",
        subject_fr="Avez-vous écrit à {vendor.name} ?",
        name="",
        parts="link",
    ),
    LetterKind.MAIL_UNKNOWN: _both(
        "Your message reached us on {when} and is not lost. We do not know your address, so a person of {vendor.name} "
        "looks at it first.\n\nIf you are a contact of one of our customers under another address, write from that one, "
        "or ask your administrator to add this one.",
        "Votre message nous est parvenu le {when} et n’est pas perdu. Nous ne connaissons pas votre adresse : une "
        "personne de {vendor.name} le regarde d’abord.\n\nSi vous êtes contact de l’un de nos clients sous une autre "
        "adresse, écrivez depuis celle-ci, ou demandez à votre administrateur d’ajouter la vôtre.",
        subject_en="{vendor.name} received your message",
        subject_fr="{vendor.name} a bien reçu votre message",
        name="",
        parts="",
    ),
    LetterKind.MAIL_PORTAL: _both(
        "Your message “{subject}” reached us on {when}. A new {request} is opened on our portal, not by mail.\n\nYou need "
        "not write it again: your text is already in the form. Follow the link, look it over, and send it.",
        "Votre message « {subject} » nous est parvenu le {when}. Chez nous, on ouvre {request.a} sur le portail, pas "
        "par {mail}.\n\nInutile de l’écrire de nouveau : votre texte est déjà dans le formulaire. Suivez le lien, "
        "relisez-le et envoyez-le.",
        subject_en="One more step: your message to {vendor.name}",
        subject_fr="Encore une étape : votre message à {vendor.name}",
        name="",
        parts="link",
    ),
    LetterKind.ESCALATED: _both("{what}", "{what}", parts="facts next why more link"),
    LetterKind.PAGED: _both(
        "{what}",
        "{what}",
        parts="facts next why more link",
    ),
    LetterKind.DIGEST: _both(
        "This is new at {vendor.name} since the last summary.",
        "Voici ce qui est nouveau chez {vendor.name} depuis le dernier résumé.",
        subject_en="{vendor.name}: your summary",
        subject_fr="{vendor.name} : votre résumé",
        parts="more link",
    ),
    LetterKind.WATCHED: _both("{what}", "{what}", parts="facts next more link"),
    LetterKind.GIVEN: _both("{what}", "{what}", parts="facts next why more link"),
    LetterKind.MENTIONED: _both("{what}", "{what}", parts="facts next more link"),
    LetterKind.OTHER: _both(
        "{what}",
        "{what}",
        subject_en="News from {vendor.name}",
        subject_fr="Du nouveau chez {vendor.name}",
        parts="why more link",
    ),
}
