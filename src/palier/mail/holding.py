"""What people do about messages that were not simply taken: the desk lets in, links, notes, discards, tries again; a contact
says whether a message is its own.

A message that a person lets in reaches us at that instant, as a request freed of a hold does: until then nobody was proved
to have asked anything. Its own date is shown beside it. Rules: docs/reference/mail-in.md, "Held".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from palier.mail import acting, arriving, matching, opened
from palier.mail.arriving import Kept
from palier.mail.incoming_models import State
from palier.mail.models import Incoming, Original
from palier.mail.opened import Opened
from palier.mail.reader import Unreadable
from palier.mail.reasons import Became, Reason
from palier.people import access
from palier.people.actions import record_look
from palier.people.models import Contact
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo
from palier.workspace import drafts
from palier.workspace.drafts import Place

FOR_PEOPLE = (State.HELD, State.PARKED)
LET_IN = (State.HELD, State.IGNORED)
"""What can still be let in by hand: also what a machine was thought to have written."""
FORGOTTEN = "forgotten"
"""Said of a message whose bytes are not kept any more (`mail.keeping`)."""
LONGEST_REASON = 500
PAGE = 50


# --- what there is ------------------------------------------------------------------------------------


def seen(viewer: access.Viewer) -> QuerySet[Incoming]:
    """The messages a person of the vendor may look at: none of a customer or a request it may not see."""
    if viewer.is_customer or not viewer.has_role(access.WORKS_ON_TICKETS):
        return Incoming.objects.none()
    found = Incoming.objects.filter(vendor_id=viewer.vendor_id)
    if viewer.hidden_organisations:
        found = found.exclude(contact__organisation_id__in=viewer.hidden_organisations)
    tickets = Ticket.objects.visible_to(viewer)
    return found.filter(Q(ticket=None) | Q(ticket__in=tickets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many wait, by what they wait for."""

    held: int
    unknown: int
    parked: int

    @property
    def waiting(self) -> int:
        """In all."""
        return self.held + self.unknown + self.parked


def counts(viewer: access.Viewer) -> Counts:
    """What waits for people, of what the viewer may see."""
    rows = seen(viewer).filter(state__in=FOR_PEOPLE)
    found = rows.aggregate(
        parked=Count("id", filter=Q(state=State.PARKED)),
        unknown=Count("id", filter=Q(state=State.HELD, reason=Reason.UNKNOWN)),
        held=Count("id", filter=Q(state=State.HELD) & ~Q(reason=Reason.UNKNOWN)),
    )
    return Counts(**found)


VIEWS = ("held", "unknown", "parked", "ignored", "discarded", "all")


def listed(viewer: access.Viewer, view: str, *, start: int = 0) -> list[Incoming]:
    """A page of one view, the newest first; one more than PAGE where there is a next."""
    rows = seen(viewer).select_related("contact__organisation", "ticket")
    if view == "held":
        rows = rows.filter(state=State.HELD).exclude(reason=Reason.UNKNOWN)
    elif view == "unknown":
        rows = rows.filter(state=State.HELD, reason=Reason.UNKNOWN)
    elif view != "all":
        rows = rows.filter(state=view)
    return list(rows.order_by("-reached_at", "-id")[start : start + PAGE + 1])


def one(viewer: access.Viewer, incoming_id: UUID, now: datetime) -> Incoming:
    """A message, for its page. A look at something restricted is recorded. Raises Incoming.DoesNotExist."""
    row = (
        seen(viewer)
        .select_related("contact__organisation", "ticket__organisation", "source", "handled_by")
        .get(id=incoming_id)
    )
    if row.ticket is not None and row.ticket.restricted:
        record_look(viewer=viewer, subject_kind="ticket", subject_id=row.ticket.id, now=now)
    for organisation in (
        None if row.contact is None else row.contact.organisation,
        None if row.ticket is None else row.ticket.organisation,
    ):
        if organisation is not None and organisation.restricted:
            record_look(viewer=viewer, subject_kind="organisation", subject_id=organisation.id, now=now)
            break
    return row


def of_contact(viewer: access.Viewer) -> list[Incoming]:
    """The messages that bear a contact's address and wait for the contact's own word, newest first."""
    contact_id = viewer.as_contact()
    rows = Incoming.objects.filter(
        vendor_id=viewer.vendor_id, contact_id=contact_id, state=State.HELD,
        reason__in=(Reason.UNCONFIRMED, Reason.CHANNEL_OFF),
    )  # fmt: skip
    return list(rows.order_by("-reached_at", "-id")[:PAGE])


def of_contact_one(viewer: access.Viewer, incoming_id: UUID) -> Incoming:
    """One of them. Raises Incoming.DoesNotExist for another's, for one decided already, for one refused by its domain."""
    return Incoming.objects.get(
        vendor_id=viewer.vendor_id, contact_id=viewer.as_contact(), id=incoming_id, state=State.HELD,
        reason__in=(Reason.UNCONFIRMED, Reason.CHANNEL_OFF),
    )  # fmt: skip


# --- letting in ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message read again, with its files kept for who acts: made outside the deed's own transaction."""

    mail: Opened
    kept: Kept


def ready(row: Incoming, by: access.Viewer, now: datetime) -> Ready:
    """Read a message again and keep its files as uploads of who lets it in. Not inside a further `atomic`.

    Raises reader.Unreadable.
    """
    mail = read_again(row)
    kept = arriving.keep(mail, by, now) if arriving.wanted(mail) else arriving.NOTHING
    return Ready(mail=mail, kept=kept)


def read_again(row: Incoming) -> Opened:
    """A message as it came, for its page and for letting it in. Raises reader.Unreadable, also where its bytes are gone."""
    try:
        return opened.again(row)
    except Original.DoesNotExist as error:
        raise Unreadable(
            FORGOTTEN,
            en="Its bytes are not kept any more: it came of nothing, and its time is over. Ask its writer to send it anew.",
            fr="Son contenu n’est plus conservé : il était resté sans suite, et son délai est passé. Demandez à son auteur "
            "de le renvoyer.",
        ) from error


def let_in(
    *,
    by: access.Viewer,
    given: Ready,
    contact: Contact,
    now: datetime,
    ticket: Ticket | None = None,
    kind: str = "",
) -> Ticket:
    """Take a held message in the name of a contact: as an answer on `ticket`, else as a new request (of `kind`).

    An answer stands in the contact's name, so the contact must have a part in the request. Raises CannotDo and Refused.
    """
    row = _locked(by, given.mail.incoming.id, LET_IN)
    _require_works(by, contact)
    mail = opened.in_words(given.mail, contact.language)
    sent_at = mail.sent_at or row.reached_at
    detail = {**row.detail, "let_in": True}
    chosen = acting.Plan(deed=acting.Deed.REPLY, contact=contact, detail=detail)
    if ticket is None:
        written, message = acting.request(
            mail, by, contact, given.kept.ids, at=now, now=now, kind=kind, sent_at=sent_at
        )
        became = Became.REQUEST
    else:
        writer = access.Viewer.customer(contact)
        if not matching.takes_part(by, ticket.id) or not matching.takes_part(writer, ticket.id):
            raise CannotDo(
                code="no-part",
                en=f"{contact.name} has no part in this request: add the message as a note, or choose a contact who sees it.",
                fr=f"{contact.name} ne prend pas part à cette demande : ajoutez le message comme note, ou choisissez un contact qui la voit.",
            )
        # The files are the agent's uploads and the words the contact's: the files change hands first.
        if given.kept.ids:
            writer = arriving.with_account(writer, now)
        ids = arriving.hand_over(given.kept, to=writer, by=by)
        written, message = acting.reply(mail, writer, ticket.id, ids, at=now, now=now, sent_at=sent_at)
        became = Became.REPLY
    _finish(row, acting.done(mail, chosen, became, written, message), by, now)
    return written


def add_as_note(*, by: access.Viewer, given: Ready, ticket: Ticket, now: datetime) -> Ticket:
    """Put a held message on a request as an internal note of who does so, saying from whom it came."""
    row = _locked(by, given.mail.incoming.id, LET_IN)
    by.as_staff()
    mail = given.mail
    who = f"{row.from_name} <{row.from_address}>".strip()
    written, message = acting.note(mail, by, ticket.id, given.kept.ids, at=now, now=now, body=f"*{who}*")
    chosen = acting.Plan(deed=acting.Deed.NOTE, contact=row.contact, detail={**row.detail, "let_in": True})
    _finish(row, acting.done(mail, chosen, Became.NOTE, written, message), by, now)
    return written


def _require_works(by: access.Viewer, contact: Contact) -> None:
    access.require_role(by, access.WORKS_ON_TICKETS)
    if contact.organisation_id in by.hidden_organisations:
        raise access.Refused(
            code="restricted-customer",
            en="This customer is restricted: ask a manager to be named for it.",
            fr="Ce client est restreint : demandez à un responsable d’être nommé pour lui.",
        )
    if contact.removed_at is not None:
        raise CannotDo(
            code="contact-removed",
            en=f"{contact.name} was removed: choose another contact.",
            fr=f"{contact.name} a été retiré : choisissez un autre contact.",
        )


# --- throwing away, trying again ----------------------------------------------------------------------


def discard(*, by: access.Viewer, incoming_id: UUID, reason: str, now: datetime) -> None:
    """Throw a message away, with a reason for those who look later; its bytes stay for a while (`mail.keeping`)."""
    row = _locked(by, incoming_id, (*FOR_PEOPLE, State.IGNORED))
    by.as_staff()
    said = " ".join(reason.split())[:LONGEST_REASON]
    if not said:
        raise CannotDo(
            code="no-reason",
            en="Say why it is thrown away: a few words for those who look later.",
            fr="Dites pourquoi il est écarté : quelques mots pour ceux qui regarderont plus tard.",
        )
    columns: dict[str, object] = {
        "state": State.DISCARDED, "reason": Reason.BY_HAND, "detail": {**row.detail, "was": row.reason, "why": said},
    }  # fmt: skip
    _finish(row, columns, by, now)


def retry(*, by: access.Viewer, incoming_id: UUID, now: datetime) -> None:
    """Have a parked message handled once more from the start; what was ignored is not tried again but let in."""
    row = _locked(by, incoming_id, (State.PARKED,))
    by.as_staff()
    Incoming.objects.filter(vendor_id=row.vendor_id, id=row.id).update(
        state=State.RECEIVED, reason="", attempts=0, try_at=now, handled_at=None, handled_by_id=by.staff_id
    )


# --- what its contact says ----------------------------------------------------------------------------


def confirm(*, by: access.Viewer, given: Ready, now: datetime) -> Ticket:
    """Its contact says that a message is its own: it reaches us now, and goes the way it would have gone."""
    row = _locked_own(by, given.mail.incoming.id)
    contact = Contact.objects.select_related("organisation").get(vendor_id=by.vendor_id, id=by.as_contact())
    mail = opened.in_words(given.mail, contact.language)
    thread = matching.thread_of(row.vendor_id, mail.reading) or matching.subject_thread(by, mail.subject)
    if thread is not None and not matching.takes_part(by, thread.ticket_id):
        thread = None
    sent_at = mail.sent_at or row.reached_at
    chosen = acting.Plan(deed=acting.Deed.REPLY, contact=contact, detail={**row.detail, "confirmed": True})
    if thread is not None:
        ticket, message = acting.reply(
            mail, by, thread.ticket_id, given.kept.ids, at=now, now=now, sent_at=sent_at
        )
        became = Became.REPLY
    else:
        ticket, message = acting.request(mail, by, contact, given.kept.ids, at=now, now=now, sent_at=sent_at)
        became = Became.REQUEST
    _finish(row, acting.done(mail, chosen, became, ticket, message), by, now)
    return ticket


def deny(*, by: access.Viewer, incoming_id: UUID, now: datetime) -> None:
    """Its contact says that somebody else wrote it: it is discarded, and stands in the desk's list as such."""
    row = _locked_own(by, incoming_id)
    columns: dict[str, object] = {
        "state": State.DISCARDED, "reason": Reason.NOT_MINE, "detail": {**row.detail, "was": row.reason},
    }  # fmt: skip
    _finish(row, columns, by, now)


def to_form(*, by: access.Viewer, given: Ready, now: datetime) -> None:
    """Put its text and files into the portal's form for a new request, as the contact's own draft; then it is done with.

    Raises CannotDo where a draft of another request is kept there: nothing typed is ever lost.
    """
    row = _locked_own(by, given.mail.incoming.id)
    if drafts.of_request(by) is not None:
        raise CannotDo(
            code="draft-there",
            en="A new request you began is kept in the form: send it or discard it, then come back here.",
            fr="Une demande que vous aviez commencée est gardée dans le formulaire : envoyez-la ou effacez-la, puis revenez ici.",
        )
    mail = given.mail
    content: Mapping[str, list[str]] = {
        "subject": [mail.subject],
        "body": [acting.body_of(mail, given.kept.ids)],
        "file": [str(one) for one in given.kept.ids.values()],
    }
    drafts.keep(by=by, place=Place.REQUEST, content=content, now=now)
    columns: dict[str, object] = {
        "state": State.DISCARDED, "reason": row.reason, "detail": {**row.detail, "to_form": True},
    }  # fmt: skip
    _finish(row, columns, by, now)


# --- shared -------------------------------------------------------------------------------------------


def _locked(by: access.Viewer, incoming_id: UUID, states: tuple[str, ...]) -> Incoming:
    row = (
        Incoming.objects.select_for_update(of=("self",), no_key=True)
        .filter(id__in=seen(by).filter(id=incoming_id).values("id"), vendor_id=by.vendor_id)
        .first()
    )
    return _undecided(row, states)


def _locked_own(by: access.Viewer, incoming_id: UUID) -> Incoming:
    row = (
        Incoming.objects.select_for_update(of=("self",), no_key=True)
        .filter(vendor_id=by.vendor_id, id=incoming_id, contact_id=by.as_contact())
        .filter(reason__in=(Reason.UNCONFIRMED, Reason.CHANNEL_OFF))
        .first()
    )
    return _undecided(row, (State.HELD,))


def _undecided(row: Incoming | None, states: tuple[str, ...]) -> Incoming:
    if row is None:
        raise Incoming.DoesNotExist("no such message")
    if row.state not in states:
        raise CannotDo(
            code="decided-already",
            en="Somebody decided on this message already: reload the page.",
            fr="Quelqu’un a déjà décidé de ce message : rechargez la page.",
        )
    return row


def _finish(row: Incoming, columns: Mapping[str, object], by: access.Viewer, now: datetime) -> None:
    Incoming.objects.filter(vendor_id=row.vendor_id, id=row.id).update(
        **columns, handled_at=now, handled_by_id=by.staff_id, try_at=None
    )
