"""Statements: what anyone can check offline with the public key, and what shows when two of them differ."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.tickets import personas

from palier.contracts.models import Contract
from palier.ledger import by_hand, checking, checkpoints, keys, posting, statements
from palier.ledger.models import SigningKey
from palier.people import access, secrets

from . import world
from .world import JUNE

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "verify-a-statement.md"
DAY = timedelta(days=1)


@pytest.fixture
def customer(within: UUID) -> world.Customer:
    made = world.customer(within)
    world.customer(within, number="S-2")
    id_, _ = made.reserve("grace-calls", cause={"why": "choice", "clause": "B6"})
    posting.consume(vendor_id=within, reservation=id_, cause={"why": "resolved"}, at=JUNE, now=JUNE)
    checkpoints.make(vendor_id=within, day=date(2026, 6, 15), now=JUNE + DAY)
    made.reserve("grace-calls", at=JUNE + 2 * DAY)
    return made


def make(customer: world.Customer, days: int = 3) -> statements.Statement:
    return statements.statement(customer.machine, customer.standings, JUNE + days * DAY)


def public(vendor_id: UUID) -> bytes:
    return keys.public_keys(vendor_id=vendor_id)[0].public


def test_a_statement_is_checked_with_the_public_key_alone(customer: world.Customer) -> None:
    text = make(customer).json()
    found = checking.check(text, public=public(customer.vendor_id))
    assert found.faults == ()
    assert (found.accounts, found.postings, found.unprotected) == (2, 5, 1)
    assert found.protected_until is not None
    calls, devices = json.loads(text)["accounts"]
    assert calls["balance"] == {"available": 0, "consumed": 1, "granted": 2, "reserved": 1}
    assert calls["proof"]["seq"] == 3
    assert devices["balance"]["available"] == 2
    assert len(calls["proof"]["path"]) == 2  # four accounts in the tree


def test_nothing_of_another_customer_is_in_it(customer: world.Customer) -> None:
    text = make(customer).json()
    organisations = {one["account"].split("/")[1] for one in json.loads(text)["accounts"]}
    assert organisations == {str(customer.organisation.id)}
    assert "S-2" not in text


def test_only_who_may_see_the_contract_gets_it(customer: world.Customer, within: UUID) -> None:
    mine = personas.add_contact(customer.machine, customer.organisation, "camille")
    text = statements.statement(access.Viewer.customer(mine), customer.standings, JUNE).json()
    assert checking.read(text)["contract"]["number"] == "S-1"
    other = world.customer(within, number="S-3")
    stranger = personas.add_contact(other.machine, other.organisation, "eve")
    with pytest.raises(Contract.DoesNotExist):
        statements.statement(access.Viewer.customer(stranger), customer.standings, JUNE)


def changed(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    form = json.loads(text)
    change(form)
    return json.dumps(form)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f["accounts"][0]["postings"][1].update(quantity=2), "was changed afterwards"),
        (lambda f: f["accounts"][0]["postings"].pop(1), "missing, repeated or out of place"),
        (lambda f: f["accounts"][0]["postings"].pop(), "the head it states"),
        (lambda f: f["accounts"][0]["balance"].update(available=1), "what its postings add up to"),
        (lambda f: f["accounts"][0]["proof"].update(seq=2), "is not the one that stood there"),
        (lambda f: f["accounts"][0]["proof"].update(index=0), "does not lead to the root"),
        (lambda f: f["accounts"][0].update(proof=None), "no proof that it is in it"),
        (lambda f: f["accounts"][0].update(account="/".join("abcde")), "not an account of this contract"),
        (lambda f: f["checkpoint"].update(day="2026-06-16"), "the signature is not that of key"),
        (lambda f: f["checkpoint"].update(key="0" * 16), "does not vouch"),
        (lambda f: f["checkpoint"].update(vendor="other"), "belongs to another vendor"),
    ],
)
def test_what_was_changed_shows(
    customer: world.Customer, change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    found = checking.check(changed(make(customer).json(), change), public=public(customer.vendor_id))
    assert any(words in one["en"] for one in found.faults), found.faults


def test_without_a_checkpoint_nothing_is_protected(within: UUID) -> None:
    customer = world.customer(within)
    found = checking.check(make(customer).json(), public=bytes(32))
    assert (found.faults, found.protected_until, found.unprotected) == ((), None, 2)


def test_another_key_than_the_vendors_is_not_believed(customer: world.Customer) -> None:
    found = checking.check(make(customer).json(), public=bytes(32))
    assert ["does not vouch" in one["en"] for one in found.faults] == [True]


def test_an_account_newer_than_the_checkpoint_needs_no_proof(customer: world.Customer) -> None:
    fran = world.finance(customer.machine)
    programme = world.customer(customer.vendor_id, programme="horizant", plan="support", number="H-1")
    by_hand.adjust(
        by=fran,
        owner=programme.owner("expert-hours"),
        allowance="expert-hours",
        difference=60,
        reason="Goodwill",
        now=JUNE + 2 * DAY,
    )
    found = checking.check(make(programme).json(), public=public(customer.vendor_id))
    assert (found.faults, found.unprotected) == ((), 1)


def test_an_earlier_statement_shows_what_was_rewritten_since(customer: world.Customer) -> None:
    vendor_id = customer.vendor_id
    earlier = make(customer).json()
    checkpoints.make(vendor_id=vendor_id, day=date(2026, 6, 18), now=JUNE + 4 * DAY)
    later = make(customer, 5).json()
    known = public(vendor_id)
    assert checking.check(later, public=known, earlier=earlier).faults == ()
    # The other way round the newer one has what the older one lacks.
    backwards = checking.check(earlier, public=known, earlier=later).faults
    assert any("was replaced or left out" in one["en"] for one in backwards)

    def cut(form: dict[str, Any]) -> None:
        form["accounts"][0]["postings"] = form["accounts"][0]["postings"][:2]

    for change, words in (
        (cut, "was changed or left out since"),
        (lambda f: f["accounts"].pop(1), "is missing from the later statement"),
        (lambda f: f.update(checkpoint=None), "was replaced or left out since"),
    ):
        found = checking.check(changed(later, change), public=known, earlier=earlier).faults
        assert any(words in one["en"] for one in found), words


def test_a_changed_key_is_vouched_for_by_the_one_before(customer: world.Customer) -> None:
    vendor_id = customer.vendor_id
    first = public(vendor_id)
    old = SigningKey.objects.get()
    sealed = bytes(old.secret or b"")
    fresh = keys.rotate(by=customer.machine, now=JUNE + 3 * DAY)
    old.refresh_from_db()
    assert (old.secret, old.retired_at) == (None, JUNE + 3 * DAY)
    assert fresh.endorsed_by == old.name
    checkpoints.make(vendor_id=vendor_id, day=date(2026, 6, 19), now=JUNE + 4 * DAY)
    text = make(customer, 5).json()
    assert json.loads(text)["checkpoint"]["key"] == fresh.name
    assert checking.check(text, public=first).faults == ()
    assert checking.check(text, public=bytes(fresh.public)).faults == ()

    def unvouched(form: dict[str, Any]) -> None:
        form["keys"][1]["endorsement"] = "00" * 64

    assert checking.check(changed(text, unvouched), public=first).faults
    # Nothing that leaves the house carries a private part, sealed or not.
    opened = secrets.unseal(bytes(fresh.secret or b""), purpose=f"ledger-key:{vendor_id}:{fresh.id}")
    for secret in (opened, sealed.decode(), bytes(fresh.secret or b"").decode()):
        assert secret not in text
    with pytest.raises(access.Refused):
        keys.rotate(by=world.agent(customer.machine), now=JUNE)


def test_a_private_part_is_sealed_for_its_own_row(customer: world.Customer) -> None:
    first = SigningKey.objects.get()
    keys.reseal(vendor_id=customer.vendor_id)
    again = SigningKey.objects.get()
    assert bytes(again.secret or b"") != bytes(first.secret or b"")
    again.vendor_id = UUID(int=1)
    with pytest.raises(secrets.CannotOpen):
        keys.sign(again, b"text")


def test_two_checkpoints_a_day_are_one(customer: world.Customer) -> None:
    assert checkpoints.make(vendor_id=customer.vendor_id, day=date(2026, 6, 15), now=JUNE) is None
    latest = checkpoints.latest(vendor_id=customer.vendor_id)
    assert latest is not None
    assert latest.number == 1


@pytest.mark.parametrize("text", ["[", "[]", "{}", '{"form": "palier-statement/1"}'])
def test_what_is_no_statement_is_said_to_be_none(text: str) -> None:
    with pytest.raises(checking.NoStatement) as wrong:
        checking.check(text, public=bytes(32))
    assert wrong.value.words["fr"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_paper_is_tagged_and_carries_the_data(customer: world.Customer, lang: str) -> None:
    pdf = make(customer).pdf(lang=lang)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"statement.json" in pdf
    assert b"pdfuaid" in pdf
    assert pdf == make(customer).pdf(lang=lang)


def test_the_document_s_own_program_checks_it_too(customer: world.Customer, tmp_path: Path) -> None:
    document = HOW_TO.read_text(encoding="utf-8")
    program = re.search(r"```python\n(.*?)```", document, re.DOTALL)
    assert program is not None
    (tmp_path / "check.py").write_text(program[1], encoding="utf-8")
    text = make(customer).json()

    def run(content: str, key: bytes) -> subprocess.CompletedProcess[str]:
        (tmp_path / "statement.json").write_text(content, encoding="utf-8")
        command = [sys.executable, "check.py", "statement.json", key.hex()]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    known = public(customer.vendor_id)
    done = run(text, known)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all is well"), done.stderr

    def grow(form: dict[str, Any]) -> None:
        form["accounts"][0]["postings"][0]["quantity"] = 20

    assert run(changed(text, grow), known).returncode == 1
    assert run(changed(text, lambda f: f["checkpoint"].update(root="00" * 32)), known).returncode == 1
    assert run(text, bytes(32)).returncode == 1
