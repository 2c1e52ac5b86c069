"""What is to be done about a message, before it is done: by whom, on what, or why it waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from enum import StrEnum
from uuid import UUID

from palier.mail import requests
from palier.mail.reasons import Reason
from palier.people import access
from palier.people.models import Contact, Staff


class Deed(StrEnum):
    """What is to be done about a message."""

    REQUEST = "request"
    REPLY = "reply"
    NOTE = "note"
    HOLD = "hold"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done, by whom and on what. `contact` and `staff` are who wrote, as far as that is proved."""

    deed: Deed
    reason: str = ""
    detail: Mapping[str, object] = filled(default_factory=dict)
    contact: Contact | None = None
    staff: Staff | None = None
    ticket_id: UUID | None = None
    viewer: access.Viewer | None = None
    on: requests.Ground | None = None
    """What a new request stands on, as it was looked up."""

    @property
    def takes_files(self) -> bool:
        """Whether its files go along."""
        return self.deed in (Deed.REQUEST, Deed.REPLY, Deed.NOTE)

    @property
    def writer(self) -> access.Viewer:
        """In whose name it is done. Raises Refused for who was removed, ValueError where nobody is proved."""
        if self.viewer is not None:
            return self.viewer
        if self.contact is not None:
            return access.Viewer.customer(self.contact)
        if self.staff is not None:
            return access.Viewer.staff(self.staff)
        raise ValueError("nobody wrote this message, as far as is known")


def hold(reason: Reason, **more: object) -> Plan:
    """A plan that leaves it to a person."""
    known = {name: more.pop(name) for name in ("contact", "staff", "ticket_id") if name in more}
    return Plan(deed=Deed.HOLD, reason=reason.value, detail=more, **known)  # type: ignore[arg-type]


def ignore(reason: Reason | str, ticket_id: UUID | None = None) -> Plan:
    """A plan that notes it and does nothing."""
    return Plan(deed=Deed.IGNORE, reason=str(reason), ticket_id=ticket_id)
