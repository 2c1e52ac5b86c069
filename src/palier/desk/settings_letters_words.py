"""What the page of letters' words calls each kind, each part and each variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palier.mail.letters.kinds import BLOCKS, NATURES, LetterKind
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable as it is written, what it stands for, and whether the words must place it."""

    written: str
    means: str
    needed: bool


def name(kind: LetterKind) -> str:
    """What a kind of letter is called."""
    return {
        LetterKind.RECEIVED: pgettext("a letter", "Received"),
        LetterKind.DECIDED: pgettext("a letter", "Decided anew"),
        LetterKind.HELD: pgettext("a letter", "Received, on hold"),
        LetterKind.ASKED: pgettext("a letter", "Something is missing"),
        LetterKind.ANSWERED: pgettext("a letter", "Answered"),
        LetterKind.RESOLVED: pgettext("a letter", "Resolved"),
        LetterKind.CLOSED: pgettext("a letter", "Closed"),
        LetterKind.REOPENED: pgettext("a letter", "Taken up again"),
        LetterKind.REMINDER: pgettext("a letter", "Reminder"),
        LetterKind.ESTIMATE: pgettext("a letter", "Estimate"),
        LetterKind.PAYMENT: pgettext("a letter", "Payment and invoice"),
        LetterKind.CONTRACT: pgettext("a letter", "Contract"),
        LetterKind.ALLOWANCE: pgettext("a letter", "Allowance"),
        LetterKind.COLLEAGUE_HELD: pgettext("a letter", "A colleague’s request waits"),
        LetterKind.MAIL_CONFIRM: pgettext("a letter", "Is this yours?"),
        LetterKind.MAIL_UNKNOWN: pgettext("a letter", "Unknown address"),
        LetterKind.MAIL_PORTAL: pgettext("a letter", "By the portal, please"),
        LetterKind.ESCALATED: pgettext("a letter", "Escalated"),
        LetterKind.PAGED: pgettext("a letter", "Paged"),
        LetterKind.DIGEST: pgettext("a letter", "Summary"),
        LetterKind.WATCHED: pgettext("a letter", "Watched"),
        LetterKind.GIVEN: pgettext("a letter", "Given"),
        LetterKind.MENTIONED: pgettext("a letter", "Named in a note"),
        LetterKind.OTHER: pgettext("a letter", "Anything else"),
    }[kind]


def sub(kind: LetterKind) -> str:
    """Who gets it, and whether it belongs to a thread."""
    nature = NATURES[kind]
    if nature.for_staff:
        return _("to your own people")
    if kind is LetterKind.DIGEST:
        return _("to whoever wishes it")
    return _("to customers, in the thread of a request") if nature.about else _("to customers")


def parts(kind: LetterKind) -> Sequence[Variable]:
    """The parts that are always ours, which its words place."""
    means = {
        "answer": _("what a person wrote, with its files"),
        "why": _("the decision, its clause, and why"),
        "next": _("what comes next and by when"),
        "ask": _("what is asked: what is missing, the ways on, the estimate, a rating"),
        "facts": _("customer, severity, product"),
        "more": _("what else happened"),
        "link": _("the button that leads to the page"),
    }
    nature = NATURES[kind]
    return [
        Variable(written=f"{{{one}}}", means=means[one], needed=one in nature.needs)
        for one in BLOCKS
        if one in nature.variables
    ]


def values(kind: LetterKind) -> Sequence[Variable]:
    """The variables that are filled in within a sentence."""
    means = {
        "reader.name": _("whoever reads it"),
        "reader.first_name": _("the first name alone"),
        "vendor.name": _("your name"),
        "request": _("your word for a request"),
        "request.a": _("the same with “a”"),
        "request.the": _("the same with “the”"),
        "request.this": _("the same with “this”"),
        "mail": _("your word for a mail"),
        "ticket.number": _("its number"),
        "ticket.subject": _("its subject"),
        "organisation.name": _("the customer"),
        "severity": _("its severity"),
        "product": _("its product"),
        "agent.name": _("who answered"),
        "agent.first_name": _("the first name of who answered"),
        "when": _("when the message reached you"),
        "subject": _("the subject of the message"),
        "what": _("what happened, as a sentence"),
    }
    nature = NATURES[kind]
    return [
        Variable(written=f"{{{one}}}", means=means[one], needed=one in nature.needs)
        for one in nature.variables
        if one not in BLOCKS
    ]
