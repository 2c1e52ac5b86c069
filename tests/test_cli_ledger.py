"""The commands of the ledger: verify, statement, keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.ledger import world
from tests.ledger.world import JUNE

from palier import cli
from palier.ledger import nightly
from palier.ledger.models import LotRow
from palier.people import tenancy
from palier.people.models import Vendor

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(transactional_db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def customer(transactional_db: None, vendor: Vendor) -> world.Customer:
    with tenancy.vendor(vendor.id):
        return world.customer(vendor.id)


def test_the_ledger_is_verified_and_what_is_young_is_said(run: Run, customer: world.Customer) -> None:
    code, out, _ = run("verify", "--ledger")
    assert (code, out.splitlines()[1]) == (0, "acme: no checkpoint yet: all 2 postings are unprotected")
    nightly.run(vendor_id=customer.vendor_id, now=JUNE)
    with tenancy.vendor(customer.vendor_id):
        customer.reserve("grace-calls", at=JUNE + timedelta(hours=1))
    assert run("verify", "--ledger")[1].splitlines() == [
        "acme: 2 accounts, 3 postings, 1 checkpoints, 0 faults",
        "acme: 1 postings are younger than the last checkpoint (2026-06-15 12:00 UTC) and unprotected",
    ]
    with tenancy.vendor(customer.vendor_id):
        LotRow.objects.filter(account__allowance="devices").update(available=9)
    code, out, _ = run("verify", "--lang=fr")
    assert code == 1
    assert "lot account : ce qui est noté n’est pas la somme des écritures" in out.replace("\u00a0", " ")


def test_a_statement_is_printed_written_and_checked(
    run: Run, customer: world.Customer, tmp_path: Path
) -> None:
    nightly.run(vendor_id=customer.vendor_id, now=JUNE)
    code, out, _ = run("statement", "S-1", "--vendor", "acme", "--json")
    assert code == 0
    assert json.loads(out)["contract"]["number"] == "S-1"
    older, newer, key = (tmp_path / name for name in ("old.json", "new.json", "public.key"))
    older.write_text(out, encoding="utf-8")
    with tenancy.vendor(customer.vendor_id):
        customer.reserve("grace-calls", at=JUNE + timedelta(hours=1))
    assert run("statement", "S-1", "--vendor", "acme", "--json", "-o", str(newer))[:2] == (0, "")
    assert (
        run("statement", "S-1", "--vendor=acme", "--pdf", "-o", str(tmp_path / "x.pdf"), "--lang=fr")[0] == 0
    )
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    shown = run("keys", "show")[1].split()
    assert shown[0] == "acme:"
    key.write_text(shown[2] + "\n", encoding="ascii")
    checked = run("statement", "--check", str(newer), "--key", str(key), "--earlier", str(older))
    assert checked[0] == 0
    assert checked[1].splitlines() == [
        "2 accounts, 3 postings, 0 faults",
        "new.json: 1 postings are younger than the last checkpoint (2026-06-15 12:00 UTC) and unprotected",
        "all is well",
    ]
    assert run("verify", "--ledger", "--key", shown[2])[0] == 0
    assert run("verify", "--ledger", "--key", "00" * 32)[0] == 1
    older.write_text(out.replace('"quantity": 2', '"quantity": 3', 1), encoding="utf-8")
    code, out, _ = run("statement", "--check", str(older), "--key", shown[2], "--lang=fr")
    assert code == 1
    assert "modifiée ensuite" in out


def test_a_key_is_changed_and_the_first_goes_on_serving(
    run: Run, customer: world.Customer, tmp_path: Path
) -> None:
    assert run("keys", "show")[1] == "acme: no key yet: the first checkpoint makes one\n"
    nightly.run(vendor_id=customer.vendor_id, now=JUNE)
    first = run("keys", "show", "--vendor", "acme")[1].split()[2]
    code, out, _ = run("keys", "rotate", "--lang=fr")
    assert code == 0
    assert out.startswith("acme\u00a0: signe désormais avec la clé ")
    nightly.run(vendor_id=customer.vendor_id, now=JUNE + timedelta(days=1))
    statement = tmp_path / "statement.json"
    run("statement", "S-1", "--vendor", "acme", "--json", "-o", str(statement))
    assert run("statement", "--check", str(statement), "--key", first)[0] == 0
    assert len(run("keys", "show")[1].splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["statement"], "missing: CONTRACT --vendor NAME --json | --pdf"),
        (["statement", "S-1", "--vendor", "acme"], "missing: CONTRACT --vendor NAME --json | --pdf"),
        (["statement", "--check", "x.json"], "missing: --check FILE --key PUBLIC"),
        (["statement", "--check", __file__, "--key", "00"], "00 is no public key"),
        (["statement", "--check", "/nowhere.json", "--key", "00" * 32], "/nowhere.json cannot be read"),
        (["statement", "--check", __file__, "--key", "00" * 32], "this is not JSON"),
        (["statement", "S-1", "--vendor", "acme", "--pdf"], "a PDF needs a file"),
        (["statement", "S-9", "--vendor", "acme", "--json"], "acme has no contract S-9"),
        (["statement", "S-1", "--vendor", "acne", "--json"], "no vendor is called acne"),
    ],
)
def test_mistakes_say_the_way_out(run: Run, vendor: Vendor, arguments: list[str], words: str) -> None:
    code, _, err = run(*arguments)
    assert code == 1
    assert words in err


ALONE = """
import sys
from palier import cli
from palier.site import service
def stopped(): sys.exit(7)
service.service = stopped
cli.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "asked",
    [
        ("keys", "show"),
        ("keys", "rotate"),
        ("statement", "C-1", "--vendor", "acme", "--json"),
        ("verify", "--ledger"),
    ],
)
def test_a_command_begins_its_service_before_it_touches_a_model(asked: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE, *asked], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 7, done.stderr
