"""What portal and desk both show of a ticket: verdict, clock with its proofs, conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palier.core.programme import Text
from palier.pages import clock_drawing, verdict, words
from palier.pages.catalogue import gettext as _
from palier.pages.clock_drawing import Drawing
from palier.pages.clock_proof import Proof
from palier.pages.clock_scale import Stretch
from palier.pages.severities import SeverityView, severity
from palier.pages.speech import Speech
from palier.pages.stream import Said, Teller
from palier.pages.verdict import Quoted, VerdictView
from palier.tickets import counting
from palier.tickets.ticket_page import TicketPage


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """Shared by both faces."""

    number: str
    subject: str
    kind: str
    severity: SeverityView
    verdict: VerdictView
    clock: Drawing | None
    first_proof: Proof | None
    other_proofs: tuple[Proof, ...]
    clauses: tuple[Quoted, ...]
    stream: tuple[Said, ...]
    of_term: str
    """Which request of its contract's term it is; nothing without a contract."""


def view(
    page: TicketPage,
    speech: Speech,
    teller: Teller,
    *,
    zone: str,
    desk_open: Sequence[Stretch] = (),
    desk_word: str = "",
    ends: int | None = None,
) -> TicketView:
    """The ticket in words; the clock is drawn in `zone`, the customer's. `ends`: so many of the first and of the last
    entries of its conversation, where there are many more."""
    programme, ticket = page.programme, page.ticket
    drawing = clock_drawing.draw(
        page.clock.promises,
        now=page.clock.now,
        moments=speech.moments_in(zone),
        open_in=clock_drawing.opened_in(page.clock.calendars),
        desk_open=desk_open,
        desk_word=desk_word,
        subject=page.number,
        name="ck",
    )
    proofs = _by_interest(drawing.proofs) if drawing is not None else ()
    cited = dict.fromkeys(proof.clause for proof in proofs)
    return TicketView(
        number=page.number,
        subject=ticket.subject,
        kind=name(programme.kinds, ticket.kind, speech),
        severity=severity(programme, ticket.severity, speech),
        verdict=_verdict(page, speech, to_desk=teller.reader == "person"),
        clock=drawing,
        first_proof=proofs[0] if proofs else None,
        other_proofs=proofs[1:],
        clauses=tuple(one for id_ in cited if (one := verdict.quoted(programme, id_, speech)) is not None),
        stream=tuple(teller.tell(entry) for entry in page.stream)
        if ends is None
        else teller.tell_ends(page.stream, ends),
        of_term=_of_term(page, speech),
    )


def _verdict(page: TicketPage, speech: Speech, *, to_desk: bool) -> VerdictView:
    if page.beyond is None:
        return verdict.kept_view(page.ticket.revision_id, page.decided, speech, to_desk=to_desk)
    return verdict.view(page.programme, page.decision, speech, beyond=page.beyond, to_desk=to_desk)


def _of_term(page: TicketPage, speech: Speech) -> str:
    """`7th ticket since 1 March 2026`: what a plan grants without limit is counted all the same."""
    found = counting.place(page.ticket, page.contract)
    if found is None:
        return ""
    return _("%(nth)s since %(date)s") % {
        "nth": words.nth(found.number, language=speech.language, one=speech.words.one),
        "date": speech.moments.date(found.since_on),
    }


def _by_interest(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """What is still owed first, then the latest cycles, then the rest."""
    return tuple(sorted(proofs, key=lambda proof: (not proof.owed, -proof.cycle)))


def name(table: Mapping[str, object], id_: str, speech: Speech) -> str:
    """The name of something of the programme, or nothing for `none`."""
    found = table.get(id_)
    if found is None:
        return ""
    text = found if isinstance(found, Text) else found.name  # type: ignore[attr-defined]
    return speech.text(text)
