"""Who asks, for which customer, and what the clock is told of a request as it comes in; for previews and openings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import OutcomeKind
from palier.people import access, reading
from palier.people import queries as people
from palier.people.actions import lock_customer
from palier.people.models import Contact, Organisation, Site
from palier.tickets import funds, ways
from palier.tickets.deciding import Asker, Manner, Situation
from palier.tickets.drafts import Draft
from palier.tickets.problems import CannotDo
from palier.tickets.ways import WayOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was read of a contact and its customer in this transaction, with the customer's row locked: it is not read
    again. `standing`: every contract of the customer, as it is kept."""

    contact: Contact
    organisation: Organisation
    standing: tuple[contracts.Standings, ...]


def known(contact: Contact) -> Known:
    """Lock the customer of a contact and read its contracts."""
    organisation = lock_customer(vendor_id=contact.vendor_id, organisation_id=contact.organisation_id)
    standing = contracts.contracts_of(contact.vendor_id, organisation.id)
    return Known(contact=contact, organisation=organisation, standing=standing)


def manner_of(
    by: access.Viewer, draft: Draft, *, dry: bool = False, supposed_complete: bool = False
) -> Manner:
    """How a draft is to be decided."""
    return Manner(
        contract_id=draft.contract_id,
        by_staff=not by.is_customer,
        dry=dry,
        supposed_complete=supposed_complete,
    )


def asker_of(
    by: access.Viewer, draft: Draft, contact: Contact | None, *, lock: bool, known: Known | None = None
) -> Asker:
    """Who asks, for which customer (locked, or only read): its own, or the one whose contract a partner names."""
    if by.is_customer and known is not None and known.contact.id == by.as_contact():
        contact = known.contact
    elif by.is_customer:
        contact = reading.get(Contact, "vendor_id = %s and id = %s", [by.vendor_id, by.as_contact()])
    if contact is None:
        raise CannotDo(
            code="for-whom",
            en="Say for which contact the request is opened.",
            fr="Dites pour quel contact la demande est ouverte.",
        )
    organisation_id = contact.organisation_id
    if draft.contract_id is not None:
        organisation_id = _organisation_of_contract(by, draft.contract_id, contact)
    elif organisation_id in by.hidden_organisations:
        raise access.Refused(
            code="restricted-customer",
            en="This customer is restricted: ask a manager to be named for it.",
            fr="Ce client est restreint : demandez à un responsable d’être nommé pour lui.",
        )
    standing = None
    if known is not None and known.organisation.id == organisation_id:
        organisation, standing = known.organisation, known.standing
    else:
        read = lock_customer if lock else people.organisation
        organisation = read(vendor_id=by.vendor_id, organisation_id=organisation_id)
    return Asker(
        vendor_id=by.vendor_id,
        organisation=organisation,
        site=_site(by, draft, contact, organisation),
        contact=contact,
        standing=standing,
    )


def _organisation_of_contract(by: access.Viewer, contract_id: UUID, contact: Contact) -> UUID:
    found = contracts.contracts(by).filter(id=contract_id).first()
    if found is None or contact.organisation_id not in (
        found.organisation_id,
        found.organisation.partner_id,
    ):
        raise CannotDo(
            code="no-such-contract",
            en="That contract is not one of this customer's: choose one that is listed.",
            fr="Ce contrat n’est pas à ce client : choisissez-en un de la liste.",
        )
    return found.organisation_id


def _site(by: access.Viewer, draft: Draft, contact: Contact, organisation: Organisation) -> Site | None:
    if draft.site_id is not None:
        found = Site.objects.filter(
            vendor_id=by.vendor_id, pk=draft.site_id, organisation=organisation
        ).first()
        if found is None:
            raise CannotDo(
                code="no-such-site",
                en="That place is not one of this customer's: choose one that is listed.",
                fr="Ce lieu n’est pas à ce client : choisissez-en un de la liste.",
            )
        return found
    return contact.site if contact.organisation_id == organisation.id else None


def submitted(found: Situation, *, complete: bool, chosen: bool = False) -> dict[str, object]:
    """What the clock is told of a request as it comes in."""
    decision = found.decision
    data: dict[str, object] = {
        "complete": complete,
        "holds": list(decision.holds),
        "outcome": decision.outcome.value,
        "facts": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.clock_facts.items()
        },
    }
    if decision.targets is not None:
        data["targets"] = decision.targets
    if chosen and decision.outcome is OutcomeKind.OFFER:
        data["chosen"] = True
    return data


def offers(asker: Asker, found: Situation, now: datetime) -> tuple[WayOffer, ...]:
    """The ways of a request that is not sent yet, with what its customer bought one by one."""
    if not ways.offering(found.decision, found.beyond).ways:
        return ()
    purchased = funds.bought(
        vendor_id=asker.vendor_id,
        programme=found.programme,
        organisation_id=asker.organisation.id,
        now=now,
    )
    return ways.offers(found.programme, found.decision, {**found.funds, **purchased}, beyond=found.beyond)
