"""The files of a message, kept as its writer's uploads just before it is acted on: what then fails lets them expire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile

from palier.files import uploading
from palier.files.models import File
from palier.mail import opened, quoted
from palier.mail.opened import Opened
from palier.people import access, actions, tenancy
from palier.people.models import Contact, User
from palier.tickets import attachments, messages

WHOLE = "message.eml"
TEXT = "message.txt"
LONGEST_BODY = 95_000
"""Characters of a mail's own words that stand in the conversation; longer ones go along as a file too."""
assert LONGEST_BODY < messages.LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The files kept: ids by the place of their part, whose they are, and the names of those that are not kept."""

    user_id: UUID | None
    ids: Mapping[int, UUID]
    left_out: tuple[str, ...] = ()


NOTHING = Kept(user_id=None, ids={})


def wanted(mail: Opened) -> bool:
    """Whether anything goes along with its words."""
    return bool(mail.reading.parts) or len(mail.body) > LONGEST_BODY


def keep(mail: Opened, writer: access.Viewer, now: datetime) -> Kept:
    """Keep its files for a writer, each in a transaction of its own. Empty ones and those above the limit are left out.

    Of more files than one message takes, the last is the whole message, in which they all are. None has a token of a link
    of ours in it.
    """
    by = with_account(writer, now)
    parts = {place: part for place, part in enumerate(mail.reading.parts) if part.content}
    named = [(place, part.name, part.media_type, part.content) for place, part in parts.items()]
    if len(mail.body) > LONGEST_BODY:
        named.append((len(mail.reading.parts), TEXT, "text/plain", mail.body.encode()))
    if len(named) > attachments.MOST:
        with tenancy.vendor(by.vendor_id):
            whole = opened.content(by.vendor_id, mail.incoming.id)
        last = (len(mail.reading.parts) + 1, WHOLE, quoted.MESSAGE, whole)
        named = [*named[: attachments.MOST - 1], last]
    ids: dict[int, UUID] = {}
    left_out: list[str] = []
    for place, name, media_type, given in named:
        content = quoted.without_tokens(given, name=name, media_type=media_type)
        if content is None:
            left_out.append(uploading.clean_name(name))
            continue
        try:
            with tenancy.vendor(by.vendor_id):
                ids[place] = uploading.take(by=by, name=name, content=ContentFile(content), now=now).id
        except access.Refused:
            left_out.append(uploading.clean_name(name))
    return Kept(user_id=by.user_id, ids=ids, left_out=tuple(left_out))


def with_account(writer: access.Viewer, now: datetime) -> access.Viewer:
    """The writer, with an account that files can belong to. A contact without one is given it; nobody can sign in to it
    before a password was asked for, and no letter goes out."""
    if writer.user_id is not None or writer.contact_id is None:
        return writer
    with tenancy.vendor(writer.vendor_id):
        contact = (
            Contact.objects.select_for_update(of=("self",), no_key=True)
            .get(vendor_id=writer.vendor_id, id=writer.contact_id)
        )  # fmt: skip
        if contact.user_id is None:
            known = User.objects.filter(
                vendor_id=contact.vendor_id, email__iexact=contact.email, contact=None, staff=None
            ).first()
            contact.user = known or actions.add_user(
                vendor_id=contact.vendor_id, email=contact.email.lower(), name=contact.name, now=now,
                language=contact.language,
            )  # fmt: skip
            contact.save(update_fields=["user"])
        return access.Viewer.customer(contact)


def hand_over(kept: Kept, *, to: access.Viewer, by: access.Viewer) -> Mapping[int, UUID]:
    """Give what was kept for one person to another who attaches it; ids by the place of their part."""
    if kept.ids and by.user_id is not None:
        mine = File.objects.filter(vendor_id=by.vendor_id, user_id=by.user_id, expires_at__isnull=False)
        mine.filter(id__in=list(kept.ids.values())).update(user_id=to.user_id)
    return kept.ids
