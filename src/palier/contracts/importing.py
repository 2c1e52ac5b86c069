"""Bringing customers, contacts, contracts, seats and opening balances in from CSV files, at go-live.

Every line is done by the same actions people use, one after the other, in one transaction: with a single problem, or in a
dry run, nothing is kept, and every problem is told by its line. Columns: docs/how-to/bring-contracts-in.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from babel import numbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from palier.contracts import changing, csv_lines, drawing, naming, queries, recording, weighing
from palier.contracts.csv_lines import Bad, Cells
from palier.contracts.csv_lines import Fault as Fault
from palier.contracts.models import Contract, EventKind
from palier.contracts.standings import Standings
from palier.people import access
from palier.people import actions as people
from palier.people.models import Contact, Organisation


class Kind(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    CONTRACTS = "contracts"
    CONTACTS = "contacts"
    SEATS = "seats"
    BALANCES = "balances"


REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.CUSTOMERS: ("name", "zone"),
    Kind.CONTRACTS: ("number", "customer", "activation_on"),
    Kind.CONTACTS: ("customer", "name", "email"),
    Kind.SEATS: ("contract", "from_on", "seats"),
    Kind.BALANCES: ("allowance", "available"),
}
OPTIONAL: Mapping[Kind, tuple[str, ...]] = {
    Kind.CUSTOMERS: ("country", "subdivision", "language", "region", "partner", "restricted"),
    Kind.CONTRACTS: (
        "plan",
        "term",
        "term_starts_on",
        "seats",
        "licence_seats",
        "options",
        "products",
        "unmaintained",
        "environments",
        "paid_on",
        "yearly_amount",
        "documents",
    ),
    Kind.CONTACTS: (
        "language",
        "administrator",
        "key_user",
        "sees_colleagues",
        "contract",
        "from_on",
        "until_on",
        "agrees_to_estimates",
    ),
    Kind.SEATS: (),
    Kind.BALANCES: ("contract", "customer", "used", "opens_on", "expires_on"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a file: how many lines it has below the header, what is wrong, and whether all of it was kept."""

    lines: int
    faults: tuple[Fault, ...]
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningBalance:
    """What was left and used of an allowance when the contract came here, in its unit (hours: hours)."""

    organisation_id: UUID
    contract: Standings | None
    allowance: str
    available: Decimal
    used: Decimal
    opens_at: datetime | None
    expires_at: datetime | None


BringForward = Callable[[OpeningBalance], None]
"""Posts an opening balance; raises Refused. The ledger stands above contracts: whoever calls hands its function in."""


def bring_in(
    *,
    by: access.Viewer,
    kind: Kind,
    content: bytes,
    now: datetime,
    dry_run: bool = False,
    bring_forward: BringForward | None = None,
) -> Outcome:
    """Do every line of a CSV file, or nothing; in the caller's transaction of the vendor, which makes it lasting.

    `bring_forward` is needed for balances. Raises Refused for whoever may not draw up.
    """
    access.require_role(by, access.DRAWS_UP)
    lines, faults = csv_lines.read(kind.value, REQUIRED[kind], OPTIONAL[kind], content)
    if faults:
        return Outcome(lines=len(lines), faults=tuple(faults), kept=False)
    with transaction.atomic():
        for number, cells in lines:
            row = _Row(by=by, cells=cells, now=now, line=number, bring_forward=bring_forward)
            faults.extend(_do(kind, row))
        kept = not faults and not dry_run
        if not kept:
            transaction.set_rollback(True)
    return Outcome(lines=len(lines), faults=tuple(faults), kept=kept)


def _do(kind: Kind, row: _Row) -> Iterator[Fault]:
    """Do one line; what a refused one wrote is undone, so that the next is judged without it."""
    try:
        with transaction.atomic():
            _WRITERS[kind](row)
    except weighing.CannotAgree as refused:
        for one in refused.problems:
            yield Fault(line=row.line, column="", en=one.said["en"], fr=one.said["fr"])
    except access.Refused as refused:
        yield Fault(line=row.line, column="", en=refused.said["en"], fr=refused.said["fr"])
    except Bad as bad:
        yield Fault(line=row.line, column=bad.column, en=bad.en, fr=bad.fr)


# --- one line ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row(Cells):
    """A line and what is needed to do it."""

    by: access.Viewer
    now: datetime
    bring_forward: BringForward | None

    def customer(self, column: str = "customer") -> Organisation:
        name = self.needed(column)
        found = Organisation.objects.filter(vendor_id=self.by.vendor_id, name=name).first()
        if found is None:
            raise Bad(
                column,
                f"{column}: there is no customer {name!r}; bring the customers in first.",
                f"{column} : il n’y a pas de client {name!r} ; reprenez d’abord les clients.",
            )
        return found

    def contract(self) -> Contract:
        number = self.needed("contract")
        found = queries.contracts(self.by).filter(number=number).first()
        if found is None:
            raise Bad(
                "contract",
                f"contract: there is no contract {number!r}; bring the contracts in first.",
                f"contract : il n’y a pas de contrat {number!r} ; reprenez d’abord les contrats.",
            )
        return found

    def start(self, column: str, zone: str) -> datetime | None:
        found = self.day(column)
        return recording.day_start(found, zone) if found is not None else None


def _customer(row: _Row) -> None:
    name = row.needed("name")
    if Organisation.objects.filter(vendor_id=row.by.vendor_id, name=name).exists():
        raise Bad(
            "name", f"name: there is a customer {name!r} already.", f"name : il y a déjà un client {name!r}."
        )
    people.add_organisation(
        by=row.by,
        name=name,
        zone=row.needed("zone"),
        country=row.text("country").upper(),
        subdivision=row.text("subdivision").upper(),
        language=row.text("language") or "en",
        region=row.text("region"),
        partner=row.customer("partner") if row.text("partner") else None,
        restricted=row.yes("restricted"),
        now=row.now,
    )


def _contract(row: _Row) -> None:
    organisation = row.customer()
    programme = queries.programme_of(queries.current_revision(row.by.vendor_id, row.now))
    activation_on = row.day("activation_on")
    if activation_on is None:
        row.needed("activation_on")
        return
    products = dict(word.partition("=")[::2] for word in row.words("products"))
    seats = row.whole("seats")
    amount = row.decimal("yearly_amount")
    contract = drawing.draw_up(
        by=row.by,
        terms=drawing.Terms(
            organisation=organisation,
            number=row.needed("number"),
            plan=row.text("plan"),
            activation_on=activation_on,
            term=row.text("term") or None,
            term_starts_on=row.day("term_starts_on"),
            seats=1 if seats is None else seats,
            licence_seats=row.whole("licence_seats"),
            options=row.words("options"),
            products=products,
            unmaintained=row.words("unmaintained"),
            environments=row.words("environments"),
            paid_at=row.start("paid_on", organisation.zone),
            yearly_amount=_minor(amount, programme.currency),
            documents=row.words("documents") or None,
        ),
        now=row.now,
    )
    recording.record(
        by=row.by, contract=contract, kind=EventKind.BROUGHT_IN, now=row.now, data={"line": row.line}
    )


def _minor(amount: Decimal | None, currency: str) -> int | None:
    """Minor units of a currency; raises Bad for more decimals than it has."""
    if amount is None:
        return None
    exact = amount.scaleb(numbers.get_currency_precision(currency))
    if exact != exact.to_integral_value():
        raise Bad(
            "yearly_amount",
            f"yearly_amount: {amount} has more decimals than {currency}.",
            f"yearly_amount : {amount} a plus de décimales que {currency}.",
        )
    return int(exact)


def _contact(row: _Row) -> None:
    organisation = row.customer()
    contact = _known_contact(row, organisation)
    if not row.text("contract"):
        if row.text("from_on") or row.text("until_on"):
            raise Bad(
                "contract",
                "contract: name the contract these dates are for.",
                "contract : nommez le contrat auquel ces dates se rapportent.",
            )
        return
    contract = row.contract()
    start = row.start("from_on", contract.zone) or row.now
    naming.authorise_contact(
        by=row.by,
        contract=contract,
        contact=contact,
        from_at=start,
        until_at=row.start("until_on", contract.zone),
        now=row.now,
    )
    if row.yes("agrees_to_estimates"):
        naming.name_user(by=row.by, contract=contract, contact=contact, from_at=start, now=row.now)


def _known_contact(row: _Row, organisation: Organisation) -> Contact:
    """The contact of that address, added if there is none: somebody authorised on two contracts has two lines."""
    email = row.needed("email")
    try:
        validate_email(email)
    except ValidationError:
        raise Bad(
            "email", f"email: {email!r} is no address.", f"email : {email!r} n’est pas une adresse."
        ) from None
    found = Contact.objects.filter(vendor_id=row.by.vendor_id, email__iexact=email).first()
    if found is None:
        return people.add_contact(
            by=row.by,
            organisation=organisation,
            name=row.needed("name"),
            email=email,
            language=row.text("language") or organisation.language,
            is_administrator=row.yes("administrator"),
            is_key_user=row.yes("key_user"),
            sees_colleagues=row.yes("sees_colleagues", otherwise=True),
            now=row.now,
        )
    if found.organisation_id != organisation.id:
        raise Bad(
            "email",
            f"email: {email} is a contact of another customer.",
            f"email : {email} est un contact d’un autre client.",
        )
    if not row.text("contract"):
        raise Bad(
            "email",
            f"email: {email} is a contact of this customer already.",
            f"email : {email} est déjà un contact de ce client.",
        )
    return found


def _seats(row: _Row) -> None:
    contract, seats, from_on = row.contract(), row.whole("seats"), row.day("from_on")
    if seats is None:
        row.needed("seats")
        return
    if from_on is None:
        row.needed("from_on")
        return
    changing.change_seats(by=row.by, contract=contract, seats=seats, from_on=from_on, now=row.now)


def _balance(row: _Row) -> None:
    if row.bring_forward is None:
        raise ValueError("balances need the ledger: hand bring_forward in")
    there: Standings | None = None
    if row.text("contract"):
        there = queries.contract_at(row.by.vendor_id, row.contract().id, row.now)
        organisation_id, zone = there.organisation_id, there.zone
    else:
        organisation = row.customer()
        organisation_id, zone = organisation.id, organisation.zone
    revision = (
        there.revision_id if there is not None else queries.current_revision_id(row.by.vendor_id, row.now)
    )
    allowance = row.needed("allowance")
    known = queries.programme(revision).allowances
    if allowance not in known:
        raise Bad(
            "allowance",
            f"allowance: the programme has no allowance {allowance!r}; it has: {', '.join(known) or '–'}.",
            f"allowance : le programme n’a pas de droit {allowance!r} ; il a : {', '.join(known) or '–'}.",
        )
    row.needed("available")
    row.bring_forward(
        OpeningBalance(
            organisation_id=organisation_id,
            contract=there,
            allowance=allowance,
            available=row.decimal("available") or Decimal(0),
            used=row.decimal("used") or Decimal(0),
            opens_at=row.start("opens_on", zone),
            expires_at=row.start("expires_on", zone),
        )
    )


_WRITERS: Mapping[Kind, Callable[[_Row], None]] = {
    Kind.CUSTOMERS: _customer,
    Kind.CONTRACTS: _contract,
    Kind.CONTACTS: _contact,
    Kind.SEATS: _seats,
    Kind.BALANCES: _balance,
}
