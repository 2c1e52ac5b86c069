"""What letters are about: their kinds, which notices make which, and what the words of each must and may hold.

A letter about a decision carries its *why*, one that asks for something the *ask*: no words of a vendor's own can leave
them out. Kinds and variables: docs/reference/letters.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from palier.people.models import Notice


class LetterKind(StrEnum):
    """What a letter is about."""

    RECEIVED = "received"
    DECIDED = "decided"
    HELD = "held"
    ASKED = "asked"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    REMINDER = "reminder"
    ESTIMATE = "estimate"
    PAYMENT = "payment"
    CONTRACT = "contract"
    ALLOWANCE = "allowance"
    COLLEAGUE_HELD = "colleague-held"
    MAIL_CONFIRM = "mail-confirm"
    """To who wrote without proof: only a link to the portal, and not a word of the message."""
    MAIL_UNKNOWN = "mail-unknown"
    MAIL_PORTAL = "mail-portal"
    """New requests are not taken by mail: the text waits in the portal's form."""
    ESCALATED = "escalated"
    PAGED = "paged"
    DIGEST = "digest"
    WATCHED = "watched"
    GIVEN = "given"
    MENTIONED = "mentioned"
    OTHER = "other"


BLOCKS = ("answer", "why", "next", "ask", "facts", "more", "link")
"""Variables that stand for a part of a letter which is always ours; what is written beside one ends before it."""
ANY = (
    "reader.first_name", "reader.name", "vendor.name", "request", "request.a", "request.the", "request.this", "mail",
)  # fmt: skip
"""Variables of every letter. `request` is the vendor's own word for one (billet, ticket, demande), `request.this` the
same as `ce billet`, `cette demande`; `mail` its word for a letter (courriel)."""
OF_TICKET = ("ticket.number", "ticket.subject", "organisation.name", "severity", "product")
"""Variables of letters about a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What holds for every letter of a kind.

    `needs` are the parts its words must place. `about`: on a request, so that it belongs to a thread and its subject is
    the thread's. `for_staff`: only the vendor's people get it. `own`: a vendor may write its words.
    """

    needs: tuple[str, ...] = ()
    about: bool = True
    for_staff: bool = False
    critical: bool = False
    by_person: bool = False
    """Whether it carries what a person wrote, so that it is not marked as automatic."""
    further: tuple[str, ...] = ()
    """Variables of this kind alone."""
    own: bool = True

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that its words may hold."""
        about = OF_TICKET if self.about else ()
        parts = (
            [one for one in BLOCKS if self.for_staff or one != "facts"] if self.about else ("more", "link")
        )
        return (*ANY, *about, *self.further, "what", *parts)


_AGENT = ("agent.first_name", "agent.name")
NATURES: Mapping[LetterKind, Nature] = {
    LetterKind.RECEIVED: Nature(needs=("why", "next", "ask")),
    LetterKind.DECIDED: Nature(needs=("why", "next", "ask")),
    LetterKind.HELD: Nature(needs=("why", "ask")),
    LetterKind.ASKED: Nature(needs=("ask", "why")),
    LetterKind.ANSWERED: Nature(needs=("answer",), by_person=True, further=_AGENT),
    LetterKind.RESOLVED: Nature(needs=("answer", "ask"), by_person=True, further=_AGENT),
    LetterKind.CLOSED: Nature(),
    LetterKind.REOPENED: Nature(needs=("next",)),
    LetterKind.REMINDER: Nature(needs=("what", "why", "ask")),
    LetterKind.ESTIMATE: Nature(needs=("ask", "why")),
    LetterKind.PAYMENT: Nature(needs=("what",), about=False),
    LetterKind.CONTRACT: Nature(needs=("what",), about=False),
    LetterKind.ALLOWANCE: Nature(needs=("what",), about=False),
    LetterKind.COLLEAGUE_HELD: Nature(needs=("why", "ask")),
    LetterKind.MAIL_CONFIRM: Nature(needs=("link",), about=False, further=("when",)),
    LetterKind.MAIL_UNKNOWN: Nature(about=False, further=("when",)),
    LetterKind.MAIL_PORTAL: Nature(needs=("link",), about=False, further=("when", "subject")),
    LetterKind.ESCALATED: Nature(needs=("what", "next"), for_staff=True, critical=True),
    LetterKind.PAGED: Nature(needs=("what", "next"), for_staff=True, critical=True),
    LetterKind.DIGEST: Nature(needs=("more",), about=False),
    LetterKind.WATCHED: Nature(needs=("what",), for_staff=True),
    LetterKind.GIVEN: Nature(needs=("what",), for_staff=True),
    LetterKind.MENTIONED: Nature(needs=("what",), for_staff=True),
    LetterKind.OTHER: Nature(needs=("what",), about=False, own=False),
}
PLAIN = (LetterKind.MAIL_CONFIRM, LetterKind.MAIL_UNKNOWN, LetterKind.MAIL_PORTAL)
"""Kinds without a notice behind them (`compose_plain`)."""
DECISIONS = frozenset(
    {
        LetterKind.RECEIVED, LetterKind.DECIDED, LetterKind.HELD, LetterKind.ASKED, LetterKind.ESTIMATE,
        LetterKind.COLLEAGUE_HELD,
    }
)  # fmt: skip
"""Of a letter that tells of one of these and of something else besides, the why is kept all the same."""

_OF_NOTICE: Mapping[str, LetterKind] = {
    "paged": LetterKind.PAGED,
    "escalated": LetterKind.ESCALATED,
    "request-received": LetterKind.RECEIVED,
    "estimate-made": LetterKind.ESTIMATE,
    "asked": LetterKind.ASKED,
    "request-held": LetterKind.COLLEAGUE_HELD,
    "decided-anew": LetterKind.DECIDED,
    "request-adopted": LetterKind.DECIDED,
    "request-freed": LetterKind.DECIDED,
    "reminded": LetterKind.REMINDER,
    "mentioned": LetterKind.MENTIONED,
    "given": LetterKind.GIVEN,
    "watched": LetterKind.WATCHED,
    "payment-received": LetterKind.PAYMENT,
    "invoice-issued": LetterKind.PAYMENT,
    "allowance-used": LetterKind.ALLOWANCE,
    "allowance-low": LetterKind.ALLOWANCE,
    "allowance-expires": LetterKind.ALLOWANCE,
    "contact-named": LetterKind.CONTRACT,
    "contact-withdrawn": LetterKind.CONTRACT,
    "contact-swapped": LetterKind.CONTRACT,
    "stand-in-named": LetterKind.CONTRACT,
    "contract-changed": LetterKind.CONTRACT,
    "agreement-attached": LetterKind.CONTRACT,
    "agreement-accepted": LetterKind.CONTRACT,
    "cap-changed": LetterKind.CONTRACT,
    "plan-asked": LetterKind.CONTRACT,
    "plan-granted": LetterKind.CONTRACT,
    "plan-declined": LetterKind.CONTRACT,
}
_OF_MOVE: Mapping[str, LetterKind] = {
    "answered": LetterKind.ANSWERED,
    "resolved": LetterKind.RESOLVED,
    "closed": LetterKind.CLOSED,
    "reopened": LetterKind.REOPENED,
}
FIRST = (
    LetterKind.PAGED, LetterKind.ESCALATED, LetterKind.RECEIVED, LetterKind.ESTIMATE, LetterKind.RESOLVED,
    LetterKind.REOPENED, LetterKind.ANSWERED, LetterKind.CLOSED, LetterKind.ASKED, LetterKind.COLLEAGUE_HELD,
    LetterKind.DECIDED, LetterKind.REMINDER, LetterKind.MENTIONED, LetterKind.GIVEN, LetterKind.PAYMENT,
    LetterKind.CONTRACT, LetterKind.ALLOWANCE, LetterKind.WATCHED, LetterKind.OTHER,
)  # fmt: skip
"""Of several notices in one letter the first of these names it; the others are told below."""


def of_notice(notice: Notice) -> LetterKind:
    """The kind of letter that a notice makes by itself."""
    if notice.kind == "request-moved":
        return _OF_MOVE.get(str(notice.data.get("what")), LetterKind.OTHER)
    return _OF_NOTICE.get(notice.kind, LetterKind.OTHER)


def in_order(notices: Iterable[Notice]) -> Sequence[Notice]:
    """The notices of one letter, the one that names it first; of equal ones the latest."""
    latest = sorted(notices, key=lambda one: (one.created_at, one.id), reverse=True)
    return sorted(latest, key=lambda one: FIRST.index(of_notice(one)))
