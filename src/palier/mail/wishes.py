"""What a person wishes of mail: each group of notices at once, in a daily digest or not at all; hours of quiet.

What waits for an answer (a kind without a group) always comes at once. Defaults: docs/reference/mail-out.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from uuid import UUID

from palier.mail import quiet
from palier.mail.models import MailWish
from palier.people import access, notices
from palier.people.models import Contact, Staff
from palier.people.notices import Group
from palier.people.preferences import account
from palier.tickets.problems import CannotDo, unknown_word


class Way(StrEnum):
    """How the notices of a group come by mail."""

    AT_ONCE = "at-once"
    DIGEST = "digest"
    NEVER = "never"


DIGEST_AT = time(8)
FOR_CONTACTS: Mapping[Group, Way] = dict.fromkeys(notices.FOR_CONTACTS, Way.AT_ONCE)
FOR_STAFF: Mapping[Group, Way] = {
    Group.REQUESTS: Way.DIGEST,
    Group.WATCHED: Way.DIGEST,
    Group.REMINDERS: Way.AT_ONCE,
    Group.CONTRACT: Way.DIGEST,
    Group.ALLOWANCES: Way.DIGEST,
    Group.MONEY: Way.DIGEST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """One person's, with the defaults filled in. `hours` None: no quiet."""

    ways: Mapping[Group, Way]
    zone: str
    digest_at: time = DIGEST_AT
    hours: quiet.Hours | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)

    def way(self, kind: str) -> Way:
        """How notices of a kind come; one that concerns no group, or a group this reader has none of, at once."""
        group = notices.group_of(kind)
        return Way.AT_ONCE if group is None else self.ways.get(group, Way.AT_ONCE)


def of(row: MailWish | None, *, is_contact: bool, zone: str) -> Wishes:
    """What a person wishes; `row` None: nothing was ever chosen."""
    defaults = FOR_CONTACTS if is_contact else FOR_STAFF
    if row is None:
        return Wishes(ways=defaults, zone=zone)
    known = {one.value: one for one in Way}
    ways = {
        group: known.get(str(row.ways.get(group.value, "")), default) for group, default in defaults.items()
    }
    hours = None
    if row.quiet_from is not None and row.quiet_until is not None and row.quiet_from != row.quiet_until:
        hours = quiet.Hours(since=row.quiet_from, until=row.quiet_until, zone=zone)
    return Wishes(
        ways=ways, zone=zone, digest_at=row.digest_at or DIGEST_AT, hours=hours, chosen=dict(row.ways)
    )


def zone_of(row: Contact | Staff, vendor_zone: str) -> str:
    """By whose clock a person's hours are: the zone it chose, else a contact's place, else the vendor's."""
    chosen = row.user.zone if row.user is not None else ""
    if chosen or isinstance(row, Staff):
        return chosen or vendor_zone
    return row.site.zone if row.site is not None else row.organisation.zone


def mine(by: access.Viewer) -> MailWish | None:
    """The viewer's own row; None where nothing was chosen yet."""
    if by.user_id is None:
        return None
    return MailWish.objects.filter(vendor_id=by.vendor_id, user_id=by.user_id).first()


def change(
    *,
    by: access.Viewer,
    ways: Mapping[str, str],
    digest_at: time | None,
    quiet_from: time | None,
    quiet_until: time | None,
) -> MailWish:
    """Keep what the viewer wishes. A group left out keeps its default; both ends of the quiet hours, or neither.

    Raises Refused for who has no account, CannotDo for an unknown group or way, and for half a span.
    """
    user = account(by)
    offered = tuple(one.value for one in (notices.FOR_CONTACTS if by.is_customer else notices.FOR_STAFF))
    for group, way in ways.items():
        if group not in offered:
            raise unknown_word(what_en="group", what_fr="groupe", word=group, known=offered)
        if way not in tuple(Way):
            known = tuple(one.value for one in Way)
            raise unknown_word(what_en="way", what_fr="manière", word=way, known=known)
    if (quiet_from is None) != (quiet_until is None):
        raise CannotDo(
            code="half-quiet",
            en="Hours of quiet have a beginning and an end: give both, or leave both empty.",
            fr="Les heures de calme ont un début et une fin : donnez les deux, ou laissez les deux vides.",
        )
    row, _made = MailWish.objects.update_or_create(
        vendor_id=by.vendor_id,
        user=user,
        defaults={
            "ways": dict(ways),
            "digest_at": digest_at,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
        },
    )
    return row


def end_digests(*, vendor_id: UUID, user_id: UUID, is_contact: bool) -> MailWish:
    """Whatever came in a digest no longer comes by mail; what comes at once stays (RFC 8058: one click, no questions)."""
    row, _made = MailWish.objects.get_or_create(vendor_id=vendor_id, user_id=user_id)
    standing = of(row, is_contact=is_contact, zone="UTC").ways
    row.ways = {
        **row.ways,
        **{group.value: Way.NEVER.value for group, way in standing.items() if way is Way.DIGEST},
    }
    row.save(update_fields=["ways"])
    return row
