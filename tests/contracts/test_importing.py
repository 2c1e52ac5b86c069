"""Bringing customers, contracts, contacts, seats and balances in: every problem by its line, all or nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.tickets import personas
from tests.tickets.personas import START, World, at

from palier import cli
from palier.contracts import importing, queries
from palier.contracts.importing import Kind, OpeningBalance, Outcome
from palier.contracts.models import Authorisation, Contract, ContractEvent
from palier.people import tenancy
from palier.people.access import Refused, Viewer
from palier.people.models import Contact, Organisation, Role

NOW = at("2026-07-09 12:00")

CUSTOMERS = """name,zone,country,subdivision,language,region,partner
Atelier,Europe/Paris,fr,,fr,europe,
Ardoise,Europe/Paris,FR,,fr,europe,Atelier
"""
CONTRACTS = """number;customer;plan;activation_on;term_starts_on;seats;products;paid_on
N-7;Ardoise;standard;2024-02-29;2026-02-28;12;northern-software=12.3;2026-02-20
"""
CONTACTS = """customer,name,email,administrator,contract,from_on,until_on,agrees_to_estimates
Ardoise,Camille,camille@ardoise.example,oui,N-7,2026-03-01,,yes
Ardoise,Bruno,bruno@ardoise.example,,,,,
"""
SEATS = """contract,from_on,seats
N-7,2026-05-01,16
"""
BALANCES = """contract,allowance,available,used,expires_on
SX-1,grace-calls,1,1,
SX-1,service-hours,2.5,,2026-12-31
"""


@pytest.fixture
def machine(within: UUID) -> Viewer:
    from palier.contracts import actions

    found = Viewer.machine(within)
    actions.publish_revision(by=found, source=personas.source("northern"), now=START)
    return found


def bring(machine: Viewer, kind: Kind, text: str | bytes, **other: Any) -> Outcome:
    content = text.encode() if isinstance(text, str) else text
    return importing.bring_in(by=machine, kind=kind, content=content, now=NOW, **other)


def test_a_vendor_comes_here_with_all_it_has(machine: Viewer) -> None:
    for kind, text in (
        (Kind.CUSTOMERS, CUSTOMERS),
        (Kind.CONTRACTS, "\ufeff" + CONTRACTS),
        (Kind.CONTACTS, CONTACTS),
        (Kind.SEATS, SEATS),
    ):
        found = bring(machine, kind, text)
        assert found.faults == ()
        assert found.kept
    ardoise = Organisation.objects.get(name="Ardoise")
    assert ardoise.partner is not None
    assert (ardoise.partner.name, ardoise.country, ardoise.language) == ("Atelier", "FR", "fr")
    row = Contract.objects.get(number="N-7")
    contract = queries.contract_at(machine.vendor_id, row.id, NOW)
    assert (contract.activation_on, contract.starts_on) == (date(2024, 2, 29), date(2026, 2, 28))
    assert contract.standing(NOW) == "active"
    assert [contract.seats_at(at(f"2026-0{month}-15 00:00")) for month in (4, 5)] == [12, 16]
    assert contract.products["northern-software"].version == "12.3"
    camille = Contact.objects.get(email="camille@ardoise.example")
    assert camille.is_administrator
    assert camille.language == "fr"
    assert [one.contact_id for one in contract.authorised] == [camille.id]
    assert [one.contact_id for one in contract.authorised_users] == [camille.id]
    kinds = set(ContractEvent.objects.filter(contract=row).values_list("kind", flat=True))
    assert kinds >= {"drawn-up", "brought-in", "contact-named", "user-named", "amended"}


def test_a_dry_run_says_the_same_and_keeps_nothing(machine: Viewer) -> None:
    found = bring(machine, Kind.CUSTOMERS, CUSTOMERS, dry_run=True)
    assert (found.lines, found.faults, found.kept) == (2, (), False)
    assert not Organisation.objects.exists()


def test_every_problem_is_told_by_its_line_and_nothing_is_kept(machine: Viewer) -> None:
    bring(machine, Kind.CUSTOMERS, CUSTOMERS)
    text = """number,customer,plan,activation_on,seats,products
N-7,Ardoise,standard,2026-02-28,12,northern-software

N-7,Ardoise,standard,2026-02-28,12,northern-software
N-8,Nobody,standard,2026-02-28,12,
N-9,Ardoise,golden,2026-02-28,0,
N-10,Ardoise,standard,28/02/2026,1,
N-11,Ardoise,standard,2026-02-28,some,
N-12,Ardoise,standard,,1,
"""
    found = bring(machine, Kind.CONTRACTS, text)
    assert not found.kept
    assert [(one.line, one.column) for one in found.faults] == [
        (4, ""),
        (5, "customer"),
        (6, ""),
        (6, ""),
        (7, "activation_on"),
        (8, "seats"),
        (9, "activation_on"),
    ]
    assert "N-7" in found.faults[0].en
    assert all(set(one.said) == {"en", "fr"} and one.en and one.fr for one in found.faults)
    assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("kind", "text", "line", "words"),
    [
        (Kind.CUSTOMERS, "", 1, "missing"),
        (Kind.CUSTOMERS, "name,zone\n", 1, "no line"),
        (Kind.CUSTOMERS, "name,zone,colour\nA,UTC,red\n", 1, "Unknown column 'colour'"),
        (Kind.CUSTOMERS, "name,zone,name\nA,UTC,B\n", 1, "twice"),
        (Kind.CUSTOMERS, "name,zone\nA,UTC\nB\n", 3, "1 cells"),
        (Kind.CUSTOMERS, 'name,zone\n"A,UTC\n', 2, "cannot be read"),
        (Kind.CUSTOMERS, "name,zone\nA,Mars/Base\n", 2, "no time zone"),
        (Kind.CUSTOMERS, "name,zone,restricted\nA,UTC,maybe\n", 2, "neither yes nor no"),
        (Kind.CUSTOMERS, "name,zone\nA,UTC\nA,UTC\n", 3, "already"),
        (Kind.CUSTOMERS, b"name,zone\nCaf\xe9,UTC\n", 2, "not UTF-8"),
        (Kind.SEATS, "contract,from_on,seats\nX-1,2026-01-01,2\n", 2, "no contract"),
        (Kind.CONTACTS, "customer,name,email\nArdoise,Camille,camille\n", 2, "no address"),
        (
            Kind.CONTACTS,
            "customer,name,email,contract,from_on\nArdoise,Camille,c@a.example,,2026-01-01\n",
            2,
            "name the contract",
        ),
        (
            Kind.CONTACTS,
            "customer,name,email\nArdoise,C,c@a.example\nAtelier,C,C@a.example\n",
            3,
            "another customer",
        ),
        (
            Kind.CONTACTS,
            "customer,name,email\nArdoise,C,c@a.example\nArdoise,C,C@a.example\n",
            3,
            "this customer already",
        ),
        (Kind.BALANCES, "allowance,available,customer\nmoons,1,Ardoise\n", 2, "no allowance"),
    ],
)
def test_what_is_wrong_with_a_file(
    machine: Viewer, kind: Kind, text: str | bytes, line: int, words: str
) -> None:
    if kind is not Kind.CUSTOMERS:
        bring(machine, Kind.CUSTOMERS, CUSTOMERS)
    before = Organisation.objects.count()
    found = bring(machine, kind, text, bring_forward=lambda balance: None)
    assert not found.kept
    assert [one.line for one in found.faults][-1] == line
    assert any(words in one.en for one in found.faults)
    assert Organisation.objects.count() == before


def test_the_plan_follows_an_amount_with_the_decimals_of_its_currency(within: UUID) -> None:
    world = personas.infor(within)
    text = "number;customer;activation_on;yearly_amount\nI-2;Usine;2026-07-01;{}\n"
    assert bring(world.machine, Kind.CONTRACTS, text.format("300000,50")).kept
    found = Contract.objects.get(number="I-2")
    assert (found.plan, found.yearly_amount, found.currency) == ("business-plus", 30_000_050, "EUR")
    odd = bring(world.machine, Kind.CONTRACTS, text.format("300000.505"))
    assert [(one.line, one.column) for one in odd.faults] == [(2, "yearly_amount")]


def test_balances_go_to_the_ledger_that_is_handed_in(within: UUID) -> None:
    world = _solidxperts(within)
    given: list[OpeningBalance] = []

    def refuse(balance: OpeningBalance) -> None:
        given.append(balance)
        if balance.used:
            raise Refused(code="no", en="Not so.", fr="Pas ainsi.")

    found = bring(world, Kind.BALANCES, BALANCES, bring_forward=refuse)
    assert [(one.line, one.en) for one in found.faults] == [(2, "Not so.")]
    assert (given[1].available, given[1].used) == (Decimal("2.5"), Decimal(0))
    assert given[1].expires_at == at("2026-12-31 05:00")
    assert given[1].contract is not None
    with pytest.raises(ValueError, match="bring_forward"):
        bring(world, Kind.BALANCES, BALANCES)


def _solidxperts(within: UUID) -> Viewer:
    from palier.contracts import actions

    machine = Viewer.machine(within)
    revision = actions.publish_revision(by=machine, source=personas.source("solidxperts"), now=START)
    ferrum = personas.add_customer(
        machine, name="Ferrum", zone="America/Toronto", country="CA", subdivision="QC"
    )
    actions.draw_up(
        by=machine, organisation=ferrum, plan="standard", number="SX-1", activation_on=date(2026, 1, 1),
        now=START, seats=6, paid_at=START, revision=revision,
    )  # fmt: skip
    return machine


def test_only_those_who_draw_up_bring_anything_in(within: UUID) -> None:
    world: World = personas.northern(within)
    agent = Viewer.staff(personas.add_staff(world.machine, "robin", Role.AGENT))
    for by in (agent, world.customer):
        with pytest.raises(Refused, match="role-needed"):
            bring(by, Kind.CUSTOMERS, CUSTOMERS)
    assert not Authorisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_command_brings_a_file_in_for_good_or_says_what_is_wrong(
    vendor: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from palier.contracts import actions

    with tenancy.vendor(vendor.id):
        machine = Viewer.machine(vendor.id)
        actions.publish_revision(by=machine, source=personas.source("solidxperts"), now=START)
    files = {
        "customers": "name,zone,country,subdivision\nFerrum,America/Toronto,CA,QC\n",
        "contracts": "number,customer,plan,activation_on,seats,paid_on\nSX-1,Ferrum,standard,2026-01-01,6,2026-01-01\n",
        "balances": "contract,allowance,available,used\nSX-1,grace-calls,1,1\n",
    }
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        assert cli.main(["import", kind, str(path), "--vendor", "acme", "--dry-run", "--lang", "en"]) == 0
        assert "nothing was kept" in capsys.readouterr().out
        assert cli.main(["import", kind, str(path), "--vendor", "acme", "--lang", "en"]) == 0
        assert capsys.readouterr().out == f"{kind}.csv: 1 lines brought in\n"
    path = tmp_path / "customers.csv"
    assert cli.main(["import", "customers", str(path), "--vendor", "acme", "--lang", "fr"]) == 1
    told = capsys.readouterr()
    assert "customers.csv:2\u00a0: name" in told.err
    assert "rien n’a été gardé" in told.out
    assert cli.main(["import", "customers", str(path), "--vendor", "nobody", "--lang", "en"]) == 1
    assert "known: acme" in capsys.readouterr().err
    assert (
        cli.main(["import", "customers", str(tmp_path / "no.csv"), "--vendor", "acme", "--lang", "en"]) == 1
    )
    assert "cannot be read" in capsys.readouterr().err
    with tenancy.vendor(vendor.id):
        assert Contract.objects.get().number == "SX-1"
