"""What a deed of a customer on its contract stands on: the contract before somebody, and one thing that can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from palier.contracts import naming, queries
from palier.contracts.models import Contract
from palier.contracts.standings import Named, Standings
from palier.core import terms
from palier.core.programme import Programme
from palier.pages.moments import micros
from palier.pages.small_forms import Field, Form, Sent
from palier.pages.speech import Speech
from palier.people import access
from palier.people.access import Viewer
from palier.people.models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A contract of the viewer's as it stands now, with its programme."""

    viewer: Viewer
    row: Contract
    contract: Standings
    programme: Programme
    speech: Speech
    now: datetime
    contacts: Mapping[str, Contact]
    """Contacts of the customer, and of the partner who acts for it where the viewer sees them, by id."""

    def form(self, action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        """A form of this contract."""
        url = reverse("portal:contract-act", args=[self.contract.id, action])
        return Form(action=action, title=title, button=button, url=url, fields=fields, says=says)

    @property
    def may_name(self) -> bool:
        """Whether the viewer may say who holds the places."""
        return naming.may_name(self.viewer, self.contract, self.now)

    def holders(self, of: tuple[Named, ...]) -> dict[str, str]:
        """Who is named now or will be, by id."""
        listed = [one for one in of if one.until_at is None or one.until_at > self.now]
        return {
            str(one.contact_id): self.contacts[str(one.contact_id)].name
            for one in listed
            if str(one.contact_id) in self.contacts
        }

    def others(self, of: tuple[Named, ...]) -> dict[str, str]:
        """The other contacts of the customer, by id."""
        taken = {str(one.contact_id) for one in of if one.at(self.now)}
        return {id_: one.name for id_, one in self.contacts.items() if id_ not in taken}

    def contact(self, id_: UUID | None) -> Contact:
        """The contact chosen in a form of this contract."""
        found = self.contacts.get(str(id_))
        if found is None:
            raise access.Refused(
                code="choose-a-contact",
                en="Choose a person from the list. One who is missing is added to your account first.",
                fr="Choisissez une personne de la liste. Si elle n’y est pas, elle est d’abord ajoutée à votre compte.",
            )
        return found

    @property
    def today(self) -> str:
        """Today, as a form writes it, in the contract's zone."""
        return terms.date_at(micros(self.now), self.contract.zone).isoformat()

    def start(self, sent: Sent, name: str) -> datetime | None:
        """The first instant of the day given; None where it is today or left out: at once."""
        day = sent.day(name)
        if day is None or day.isoformat() == self.today:
            return None
        return queries.instant(terms.start_of(day, self.contract.zone))


Show = Callable[[Ground], Form | None]
Do = Callable[[Ground, Sent], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that can be done, and in which section of the page it stands. `show` is None where it cannot."""

    section: str
    show: Show
    do: Do
