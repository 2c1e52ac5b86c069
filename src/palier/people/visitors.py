"""Who signed in: account, person and what that person may see, in one question, since every page begins with it.

Read anew by every request: who was removed, or lost a role or a team, has lost it by the next page.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from palier.people import reading
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Staff, User

_KEPT = "_visitor"
_REST = """
from people_user u
left join people_staff s on s.vendor_id = u.vendor_id and s.user_id = u.id
left join people_contact c on c.vendor_id = u.vendor_id and c.user_id = u.id
where u.vendor_id = %s and u.id = %s
"""
_ALSO = """
array(select m.team_id from people_membership m where m.vendor_id = u.vendor_id and m.staff_id = s.id),
case when s.id is null then '{}' else array(
    select o.id from people_organisation o where o.vendor_id = u.vendor_id and o.restricted and not exists (
        select from people_clearance r
        where r.vendor_id = o.vendor_id and r.organisation_id = o.id and r.staff_id = s.id)) end,
array(select o.id from people_organisation o
    where o.vendor_id = u.vendor_id and o.partner_id = c.organisation_id),
case when s.id is not null
    then (select count(*) from people_notice n
        where n.vendor_id = u.vendor_id and n.staff_id = s.id and n.read_at is null)
    else (select count(*) from people_notice n
        where n.vendor_id = u.vendor_id and n.contact_id = c.id and n.read_at is null
        and not (n.kind = 'request-moved' and n.created_at > now())) end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The person behind an account: of the vendor, or of a customer; both None for neither."""

    staff: Staff | None
    contact: Contact | None
    teams: frozenset[UUID]
    hidden_organisations: frozenset[UUID]
    customers: frozenset[UUID]
    """The organisations whose partner is the contact's."""
    unread: int
    """Notices not read when the request began."""

    def viewer(self) -> Viewer | None:
        """As whom this person looks; None for neither, and for one who was removed."""
        try:
            if self.staff is not None:
                return Viewer.staff(self.staff, reach=(self.teams, self.hidden_organisations))
            if self.contact is not None:
                return Viewer.customer(self.contact, customers=self.customers)
        except Refused:
            pass
        return None


def account(vendor_id: UUID, user_id: UUID | str) -> User | None:
    """The account with that id at a vendor, and with it the visitor whom `of` gives."""
    found = reading.joined(
        (("u", User), ("s", Staff), ("c", Contact)), _REST, [vendor_id, user_id], also=_ALSO
    )
    if not found:
        return None
    user, staff, contact, teams, hidden, customers, unread = found[0]
    visitor = Visitor(
        staff=staff,
        contact=contact,
        teams=frozenset(teams),
        hidden_organisations=frozenset(hidden),
        customers=frozenset(customers),
        unread=unread,
    )
    setattr(user, _KEPT, visitor)
    account_: User = user
    return account_


def of(user: User) -> Visitor | None:
    """The person behind an account that a session named (`account`), or behind one read otherwise; None without any."""
    kept: Visitor | None = getattr(user, _KEPT, None)
    if kept is not None:
        return kept
    read = account(user.vendor_id, user.pk)
    return None if read is None else of(read)
