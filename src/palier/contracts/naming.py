"""Naming people on a contract: authorised contacts within the plan's places, stand-ins for a time, authorised users.

The customer's own administrators and authorised contacts name them as well as the vendor; the vendor is told of what the
customer does, and who is named of what concerns them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from palier.contracts import queries, recording, roles
from palier.contracts.models import Authorisation, AuthorisedUser, Contract, EventKind
from palier.contracts.standings import Named, Standings
from palier.people import access, notices
from palier.people.models import Contact, Organisation


def authorise_contact(
    *,
    by: access.Viewer,
    contract: Contract,
    contact: Contact,
    now: datetime,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> Authorisation:
    """Name a contact on a contract, from now or for a time. Refused when every place is taken, saying who holds them.

    The vendor's people and the customer's administrators and authorised contacts may do so.
    """
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    start = _not_past(by, from_at or now, now)
    named = authorise(by, contract, contact, from_at=start, until_at=until_at)
    data = {"contact": contact.id, "from": start, "until": until_at}
    _happened(
        by, contract, EventKind.CONTACT_NAMED, notices.Kind.CONTACT_NAMED, now, start, data, [contact.id]
    )
    return named


def withdraw_contact(
    *, by: access.Viewer, contract: Contract, contact: Contact, now: datetime, at: datetime | None = None
) -> None:
    """Take a contact's name off a contract from `at` (now) on. What it opened stays."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    end = _not_past(by, at or now, now)
    _withdraw(contract, contact, end)
    data = {"contact": contact.id, "from": end}
    kinds = EventKind.CONTACT_WITHDRAWN, notices.Kind.CONTACT_WITHDRAWN
    _happened(by, contract, *kinds, now, end, data, [contact.id])


def swap_contact(
    *,
    by: access.Viewer,
    contract: Contract,
    out: Contact,
    replacement: Contact,
    now: datetime,
    at: datetime | None = None,
) -> Authorisation:
    """Put one contact in the place of another from `at` (now) on, as one act: the place is never empty nor doubled."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    start = _not_past(by, at or now, now)
    _require_named(there, out, start)
    _withdraw(contract, out, start)
    named = authorise(by, contract, replacement, from_at=start, until_at=None)
    data = {"out": out.id, "in": replacement.id, "from": start}
    kinds = EventKind.CONTACT_SWAPPED, notices.Kind.CONTACT_SWAPPED
    _happened(by, contract, *kinds, now, start, data, [out.id, replacement.id])
    return named


def name_stand_in(
    *,
    by: access.Viewer,
    contract: Contract,
    absent: Contact,
    stand_in: Contact,
    from_at: datetime,
    until_at: datetime,
    now: datetime,
) -> Authorisation:
    """Name somebody in a contact's place for [from_at, until_at); the absent one has it back afterwards by itself."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    start = _not_past(by, from_at, now)
    _require_order(start, until_at)
    _require_named(there, absent, start)
    held = Authorisation.objects.filter(vendor_id=by.vendor_id, contract=contract, contact=absent)
    # Only this place is interrupted: what else was planned for that person stays.
    place = held.filter(Q(until_at=None) | Q(until_at__gt=start)).filter(from_at__lte=start).get()
    back, place.until_at = place.until_at, start
    place.save(update_fields=["until_at"])
    named = authorise(by, contract, stand_in, from_at=start, until_at=until_at)
    if back is None or back > until_at:
        authorise(by, contract, absent, from_at=until_at, until_at=back)
    data = {"contact": stand_in.id, "absent": absent.id, "from": start, "until": until_at}
    kinds = EventKind.STAND_IN_NAMED, notices.Kind.STAND_IN_NAMED
    _happened(by, contract, *kinds, now, start, data, [stand_in.id, absent.id])
    return named


def name_user(
    *, by: access.Viewer, contract: Contract, contact: Contact, now: datetime, from_at: datetime | None = None
) -> AuthorisedUser:
    """Name an authorised user: it controls the use of prepaid hours and agrees to estimates. There is no limit."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    _require_same_customer(contract, contact)
    start = from_at or now
    if any(one.contact_id == contact.id and one.at(start) for one in there.authorised_users):
        raise _already(contact)
    row = AuthorisedUser.objects.create(
        vendor_id=by.vendor_id, contract=contract, contact=contact, from_at=start
    )
    _recorded(by, contract, EventKind.USER_NAMED, now, start, {"contact": contact.id})
    return row


def withdraw_user(
    *, by: access.Viewer, contract: Contract, contact: Contact, now: datetime, at: datetime | None = None
) -> None:
    """Take an authorised user's name off from `at` (now) on; without any, the authorised contacts agree to estimates."""
    there = recording.take(by, contract)
    _require_hand(by, there, now)
    end = at or now
    standing = AuthorisedUser.objects.filter(vendor_id=by.vendor_id, contract=contract, contact=contact)
    standing.filter(from_at__gte=end).delete()
    standing.filter(from_at__lt=end, until_at=None).update(until_at=end)
    _recorded(by, contract, EventKind.USER_WITHDRAWN, now, end, {"contact": contact.id})


# --- what all of them do ----------------------------------------------------------------------------


def may_name(by: access.Viewer, there: Standings, now: datetime) -> bool:
    """Whether a viewer may name and withdraw people on a contract."""
    if not by.is_customer:
        return by.has_role(access.DRAWS_UP | access.WORKS_ON_TICKETS)
    named = any(one.contact_id == by.contact_id and one.at(now) for one in there.authorised)
    return named or (by.is_administrator and by.organisation_id == there.organisation_id)


def _require_hand(by: access.Viewer, there: Standings, now: datetime) -> None:
    if may_name(by, there, now):
        return
    if not by.is_customer:
        access.require_role(by, access.DRAWS_UP | access.WORKS_ON_TICKETS)
    raise access.Refused(
        code="not-your-contract",
        en="Only its authorised contacts and your account's administrator change this contract's contacts.",
        fr="Seuls ses contacts autorisés et l’administrateur de votre compte changent les contacts de ce contrat.",
    )


def _not_past(by: access.Viewer, at: datetime, now: datetime) -> datetime:
    """What a customer names takes effect from now on at the earliest: a request of yesterday is not decided anew."""
    if by.is_customer and at < now:
        raise access.Refused(
            code="in-the-past",
            en="This can take effect today or later, not in the past.",
            fr="Cela peut prendre effet aujourd’hui ou plus tard, non dans le passé.",
        )
    return at


def _require_order(from_at: datetime, until_at: datetime | None) -> None:
    if until_at is not None and until_at <= from_at:
        raise access.Refused(
            code="ends-before-it-begins",
            en="The end must come after the beginning.",
            fr="La fin doit venir après le début.",
        )


def _require_named(there: Standings, contact: Contact, at: datetime) -> None:
    if not any(one.contact_id == contact.id and one.at(at) for one in there.authorised):
        raise access.Refused(
            code="not-authorised-there",
            en=f"{contact.name} holds no place on this contract then: choose somebody who does.",
            fr=f"{contact.name} n’occupe alors aucune place sur ce contrat : choisissez quelqu’un qui en occupe une.",
        )


def _already(contact: Contact) -> access.Refused:
    return access.Refused(
        code="already-authorised",
        en=f"{contact.name} is authorised on this contract already.",
        fr=f"{contact.name} est déjà autorisé sur ce contrat.",
    )


def _withdraw(contract: Contract, contact: Contact, end: datetime) -> None:
    standing = Authorisation.objects.filter(vendor_id=contract.vendor_id, contract=contract, contact=contact)
    standing.filter(from_at__gte=end).delete()
    standing.filter(from_at__lt=end, until_at=None).update(until_at=end)
    standing.filter(from_at__lt=end, until_at__gt=end).update(until_at=end)


def authorise(
    by: access.Viewer, contract: Contract, contact: Contact, *, from_at: datetime, until_at: datetime | None
) -> Authorisation:
    """Write the place down, once everything that is against it is ruled out; the customer is locked already."""
    _require_order(from_at, until_at)
    _require_same_customer(contract, contact)
    there = queries.contract_at(by.vendor_id, contract.id, from_at)
    if any(one.contact_id == contact.id and _overlap(one, from_at, until_at) for one in there.authorised):
        raise _already(contact)
    limit = queries.programme(there.revision_id).plans[there.plan].contacts
    if limit is not None:
        _check_places(by.vendor_id, there.authorised, limit, contact, from_at, until_at)
    return Authorisation.objects.create(
        vendor_id=by.vendor_id, contract=contract, contact=contact, from_at=from_at, until_at=until_at
    )


def _require_same_customer(contract: Contract, contact: Contact) -> None:
    partner_id = Organisation.objects.values_list("partner_id", flat=True).get(id=contract.organisation_id)
    if contact.organisation_id not in (contract.organisation_id, partner_id):
        raise another_customer(contact)
    if contact.removed_at is not None:
        raise removed(contact)


def removed(contact: Contact) -> access.Refused:
    """The refusal of somebody who was removed from the account."""
    return access.Refused(
        code="contact-removed",
        en=f"{contact.name} was removed from this account: name somebody else.",
        fr=f"{contact.name} a été retiré de ce compte : nommez quelqu’un d’autre.",
    )


def another_customer(contact: Contact) -> access.Refused:
    """The refusal of somebody who does not belong to the customer."""
    return access.Refused(
        code="another-customer",
        en=f"{contact.name} belongs to another customer: name one of this customer's contacts.",
        fr=f"{contact.name} appartient à un autre client : nommez un contact de ce client.",
    )


def _overlap(one: Named, from_at: datetime, until_at: datetime | None) -> bool:
    begins_in_time = until_at is None or one.from_at < until_at
    return begins_in_time and (one.until_at is None or one.until_at > from_at)


def _check_places(
    vendor_id: UUID,
    named: Sequence[Named],
    limit: int,
    contact: Contact,
    from_at: datetime,
    until_at: datetime | None,
) -> None:
    """Refuse when at some instant of the span more contacts would be named than the plan has places."""
    beside = [one for one in named if _overlap(one, from_at, until_at)]
    instants = [from_at, *(one.from_at for one in beside if one.from_at > from_at)]
    fullest = max(([one for one in beside if one.at(at)] for at in instants), key=len)
    if len(fullest) < limit:
        return
    people = Contact.objects.filter(vendor_id=vendor_id, id__in=[one.contact_id for one in fullest])
    raise no_place(limit, sorted(people.values_list("name", flat=True)), contact.name)


def no_place(limit: int, names: Sequence[str], contact: str) -> access.Refused:
    """The refusal of one contact too many, with who holds the places."""
    return access.Refused(
        code="no-place-for-contact",
        en=f"This plan has {limit} authorised contacts, and they are {' and '.join(names)}. "
        f"Take one of them off, or name {contact} for a time when one is away.",
        fr=f"Ce plan a {limit} contacts autorisés, et ce sont {' et '.join(names)}. "
        f"Retirez l’un d’eux, ou nommez {contact} pour le temps d’une absence.",
    )


def _happened(
    by: access.Viewer,
    contract: Contract,
    event: EventKind,
    notice: notices.Kind,
    now: datetime,
    effective_at: datetime,
    data: dict[str, object],
    concerned: Iterable[UUID],
) -> None:
    """Keep it, tell those it concerns, and the vendor where the customer did it."""
    written = {"contract": contract.id, **{name: recording.to_json(value) for name, value in data.items()}}
    vendor_side: Sequence[UUID] = ()
    if by.is_customer:
        vendor_side = roles.vendor_side(queries.contract_at(by.vendor_id, contract.id, now), now)
    notices.notify(
        vendor_id=by.vendor_id,
        contacts=[one for one in concerned if one != by.contact_id],
        staff=vendor_side,
        kind=notice,
        data=written,
        now=now,
    )
    _recorded(by, contract, event, now, effective_at, data)


def _recorded(
    by: access.Viewer,
    contract: Contract,
    kind: EventKind,
    now: datetime,
    effective_at: datetime,
    data: dict[str, object],
) -> None:
    recording.record(by=by, contract=contract, kind=kind, now=now, effective_at=effective_at, data=data)
    recording.tell(contract, now)
