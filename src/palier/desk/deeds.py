"""A contract before somebody of the vendor, and what a deed is: a form, the roles that see it, and one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from palier.contracts.models import Contract
from palier.contracts.queries import Standings
from palier.core.programme import Programme
from palier.pages.small_forms import Field, Form, Sent
from palier.pages.speech import Speech
from palier.people.access import Viewer
from palier.people.models import Contact, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A contract with its programme, and who stands before it."""

    viewer: Viewer
    row: Contract
    contract: Standings
    programme: Programme
    speech: Speech
    now: datetime
    contacts: Mapping[str, Contact]
    """Contacts of the customer, and of the partner who acts for it, by id."""

    def url(self, action: str) -> str:
        """Where the form of a deed is sent."""
        return reverse("desk:contract-act", args=[self.contract.id, action])

    def form(self, action: str, title: str, button: str, *fields: Field, says: str = "") -> Form:
        """A form of this contract."""
        return Form(action=action, title=title, button=button, url=self.url(action), fields=fields, says=says)

    def names(self) -> dict[str, str]:
        """The customer's contacts by id."""
        return {id_: one.name for id_, one in self.contacts.items()}


Show = Callable[[Ground], Form | None]
Do = Callable[[Ground, Sent], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that can be done: in which section of the page it stands, and whose roles it needs."""

    section: str
    roles: frozenset[Role]
    show: Show
    do: Do


def today(ground: Ground) -> str:
    """The date in the contract's zone, as a date field holds it."""
    return ground.speech.moments_in(ground.contract.zone).local(ground.now).date().isoformat()
