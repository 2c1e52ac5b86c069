"""From a mail to a request: the same draft that the portal's form makes, of what the mail, its address and the contract say.

Nothing is guessed that decides: what neither says stays open and is asked for at once. Rules: docs/reference/mail-in.md,
"What a request says".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from palier.contracts import queries as contracts
from palier.core.programme import Programme
from palier.mail import fields
from palier.mail.fields import Filled
from palier.mail.models import MailAddress
from palier.people.models import Contact
from palier.tickets import asking, drafts, opening
from palier.tickets.drafts import Draft
from palier.tickets.models import Ticket

MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a mailed request stands on: the contract that comes first into question, and its programme."""

    contract: contracts.Standings | None
    programme: Programme
    known: asking.Known
    """What was read of its contact and customer, whose row is locked since."""

    @property
    def takes_mail(self) -> bool:
        """Whether new requests come by mail."""
        return MAIL in self.programme.reach.channels


def ground(contact: Contact, at: datetime) -> Ground:
    """For a contact at an instant; its customer is locked. Raises Refused where the vendor has no programme in force."""
    known = asking.known(contact)
    contract = next(iter(contracts.in_order(known.standing, at)), None)
    revision = (
        contract.revision_id if contract is not None else contracts.current_revision_id(contact.vendor_id, at)
    )
    return Ground(contract=contract, programme=contracts.programme(revision), known=known)


def kind_of(on: Ground, said: Filled, address: MailAddress | None) -> str:
    """The kind: what the mail says, else its address, else the programme's kind of mail, else its first."""
    programme = on.programme
    for kind in (said.kind, "" if address is None else address.kind, programme.reach.mail_kind or ""):
        if kind in programme.kinds:
            return kind
    return next(iter(programme.kinds))


def draft(
    *,
    on: Ground,
    contact: Contact,
    subject: str,
    body: str,
    language: str,
    address: MailAddress | None,
    files: Sequence[UUID] = (),
    kind: str = "",
) -> Draft:
    """The request of a mail. `kind` given: somebody who works here chose it."""
    programme = on.programme
    said = fields.read(body, programme)
    kind = kind or kind_of(on, said, address)
    product = said.product or _product(on, address)
    asked = {fact.id for fact in drafts.questions(programme, kind=kind, of=drafts.CUSTOMERS_WORDS)}
    return Draft(
        kind=kind,
        subject=subject[: opening.LONGEST_SUBJECT],
        body=body,
        product=product or drafts.NONE,
        version=said.version or _version(on, contact, product) if _asks(programme, kind, "version") else "",
        environment=said.environment or _environment(on) or drafts.NONE,
        effect=said.effect or drafts.NONE,
        facts={name: value for name, value in said.facts.items() if name in asked},
        fields=dict(said.fields),
        language=language,
        files=tuple(files),
    )


def _asks(programme: Programme, kind: str, field: str) -> bool:
    return field in programme.kinds[kind].required


def _product(on: Ground, address: MailAddress | None) -> str:
    """Of the address; else the only one there is, on the contract or in the programme."""
    if address is not None and address.product in on.programme.products:
        return address.product
    owned = (
        [] if on.contract is None else [one for one in on.contract.products if one in on.programme.products]
    )
    if len(owned) == 1:
        return owned[0]
    return next(iter(on.programme.products)) if len(on.programme.products) == 1 else ""


def _version(on: Ground, contact: Contact, product: str) -> str:
    """The contract's, else what this contact said last of the same product."""
    held = None if on.contract is None else on.contract.products.get(product)
    if held is not None and held.version:
        return held.version
    latest = (
        Ticket.objects.filter(vendor_id=contact.vendor_id, organisation_id=contact.organisation_id)
        .filter(author_id=contact.id, product=product or drafts.NONE)
        .exclude(version="")
        .order_by("-number")
        .values_list("version", flat=True)
        .first()
    )
    return latest or ""


def _environment(on: Ground) -> str:
    """The only one the contract or its plan knows; which of several it is decides, and is asked."""
    if on.contract is None:
        return ""
    plan = on.programme.plans.get(on.contract.plan)
    for known in (on.contract.environments, () if plan is None else plan.environments):
        found = [one for one in known if one in on.programme.environments]
        if len(found) == 1:
            return found[0]
    return next(iter(on.programme.environments)) if len(on.programme.environments) == 1 else ""
