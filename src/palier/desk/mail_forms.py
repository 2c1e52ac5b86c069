"""The forms of a received message: in whose name it is let in and where to, the request it is noted on, why it is thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.mail import holding
from palier.mail.incoming_models import State
from palier.mail.models import Incoming
from palier.pages import small_forms
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form
from palier.pages.speech import Speech
from palier.people import access, customers
from palier.people.access import Viewer
from palier.people.models import Contact, Organisation
from palier.tickets import links, queries
from palier.tickets.models import Ticket
from palier.tickets.problems import CannotDo

KEYS: Mapping[str, str] = {"let-in": "a", "note": "n", "discard": "e"}
"""The key that opens each form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """What was asked for: in whose name (`contact`, or a new one of `organisation`), and where to."""

    contact: Contact | None
    organisation: Organisation | None
    name: str
    email: str
    language: str
    ticket: Ticket | None
    kind: str


def forms(row: Incoming, speech: Speech, now: datetime) -> list[Form]:
    """What can be done about a message as it stands."""
    found: list[Form] = []
    if row.state in holding.LET_IN:
        found += [_let_in(row, speech, now), _note(row)]
    if row.state in (*holding.FOR_PEOPLE, State.IGNORED):
        found.append(
            Form(
                action="discard",
                title=_("Throw it away"),
                button=_("Throw away"),
                url=reverse("desk:mail-act", args=[row.id, "discard"]),
                fields=(Field(name="reason", label=_("Why"), required=True),),
                says=_("Nobody is told. Its bytes stay."),
            )
        )
    return found


def _let_in(row: Incoming, speech: Speech, now: datetime) -> Form:
    number = _number(row)
    kinds = _kinds(row, speech, now)
    return Form(
        action="let-in",
        title=_("Let it in"),
        button=_("Let in"),
        url=reverse("desk:mail-act", args=[row.id, "let-in"]),
        says=_("It reaches us at this moment: the clock starts now, and its own date is shown beside it."),
        fields=(
            Field(
                name="contact",
                label=_("In whose name: the contact’s address"),
                value=row.contact.email if row.contact is not None else row.from_address,
                required=True,
            ),
            Field(
                name="customer",
                label=_("Of which customer, where the contact is new"),
                hint=_("The customer’s name. Without it the address must be a contact’s already."),
            ),
            Field(name="name", label=_("The new contact’s name"), value=row.from_name),
            Field(
                name="ticket",
                label=_("On which request"),
                value=number,
                hint=_("Its number. Without one it becomes a new request."),
            ),
            Field(
                name="kind",
                label=_("Kind of a new request"),
                kind="choice",
                options=small_forms.options(kinds),
            ),
        ),
    )


def _note(row: Incoming) -> Form:
    return Form(
        action="note",
        title=_("Add it to a request as a note"),
        button=_("Add as a note"),
        url=reverse("desk:mail-act", args=[row.id, "note"]),
        says=_("The customer’s side never sees it, and no clock moves."),
        fields=(Field(name="ticket", label=_("On which request"), value=_number(row), required=True),),
    )


def _number(row: Incoming) -> str:
    return "" if row.ticket is None else queries.number_of(row.ticket.revision_id, row.ticket.number)


def _kinds(row: Incoming, speech: Speech, now: datetime) -> dict[str, str]:
    programme = _programme(row, now)
    if programme is None:
        return {}
    return {one.id: speech.text(one.name) for one in programme.kinds.values()}


def _programme(row: Incoming, now: datetime) -> Programme | None:
    try:
        return contracts.programme(contracts.current_revision_id(row.vendor_id, now))
    except access.Refused:
        return None


# --- what was sent ------------------------------------------------------------------------------------


def let_in_of(viewer: Viewer, sent: QueryDict) -> LetIn:
    """What the form asks for. Raises CannotDo for what is not there."""
    email = sent.get("contact", "").strip()
    contact = (
        Contact.objects.select_related("organisation")
        .filter(access.of_organisation(viewer), email__iexact=email)
        .first()
    )
    organisation = None
    if contact is None:
        named = sent.get("customer", "").strip()
        organisation = (
            Organisation.objects.filter(access.organisations_for(viewer), name__iexact=named).first()
            if named
            else None
        )
        if organisation is None:
            raise CannotDo(
                code="no-such-contact",
                en=f"No contact has the address {email!r}: name the customer it is to become a contact of, by its whole name.",
                fr=f"Aucun contact n’a l’adresse {email!r} : indiquez le client dont il sera contact, par son nom entier.",
            )
    return LetIn(
        contact=contact,
        organisation=organisation,
        name=sent.get("name", "").strip() or email,
        email=email,
        language=organisation.language if organisation is not None else "",
        ticket=ticket_of(viewer, sent.get("ticket", "")),
        kind=sent.get("kind", ""),
    )


def new_contact(viewer: Viewer, asked: LetIn, now: datetime) -> Contact:
    """Make the contact that was asked for. Raises Refused for who may not."""
    assert asked.organisation is not None
    return customers.add_contact(
        by=viewer,
        organisation=asked.organisation,
        name=asked.name,
        email=asked.email,
        language=asked.language,
        now=now,
    )


def ticket_of(viewer: Viewer, number: str, *, required: bool = False) -> Ticket | None:
    """The request named; None where none is. Raises CannotDo for one the viewer cannot see, or where one is `required`."""
    if not number.strip() and not required:
        return None
    return links.by_number(viewer, number)
