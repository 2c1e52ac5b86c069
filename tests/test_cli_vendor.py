"""The commands of vendors: the first step of all, told where nobody is served yet."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from palier import cli
from palier.people import tenancy
from palier.people.models import Change, Staff, User, Vendor, VendorHost
from palier.site import vendor_commands

Run = Callable[..., tuple[int, str, str]]
GIVEN = {
    "--name": "Atelier Boréal", "--prefix": "ATB", "--zone": "America/Toronto",
    "--address": "https://support.boreal.example/", "--administrator": "Rosalie@boreal.example",
    "--administrator-name": "Rosalie Côté",
}  # fmt: skip


@pytest.fixture
def run(transactional_db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        return (code, *capsys.readouterr())

    return run


def added(run: Run, slug: str = "boreal", **changed: str) -> tuple[int, str, str]:
    given = GIVEN | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return run("vendor", "add", slug, *(part for pair in given.items() for part in pair))


def test_a_vendor_is_added_and_its_administrator_chooses_a_password_once(run: Run) -> None:
    said: list[str] = []
    vendor_commands.begin(lambda words: said.append(words["fr"]))
    assert "palier vendor add" in said[0]
    code, out, _ = added(run)
    assert code == 0
    link = re.search(r"https://support\.boreal\.example(/accounts/\S+)", out)
    assert link is not None
    vendor = Vendor.objects.get(slug="boreal")
    with tenancy.vendor(vendor.id):
        staff = Staff.objects.select_related("user").get()
        assert (staff.name, staff.user.email, staff.roles) == (
            "Rosalie Côté",
            "rosalie@boreal.example",
            ["administrator"],
        )
        assert Change.objects.get().staff_id is None
    said.clear()
    vendor_commands.begin(lambda words: said.append(words["fr"]))
    assert said == []

    client = Client(headers={"host": "support.boreal.example"})
    form = client.get(link[1], follow=True)
    sent = {"password1": "une phrase assez longue", "password2": "une phrase assez longue"}
    client.post(form.redirect_chain[-1][0], sent)
    with tenancy.vendor(vendor.id):
        assert User.objects.get().check_password("une phrase assez longue")
    assert "/accounts/" in link[1]
    again = Client(headers={"host": "support.boreal.example"}).get(link[1], follow=True)
    assert b"password1" not in again.content


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"slug": "desk"}, "cannot be a vendor's short name"),
        ({"slug": "Boréal"}, "cannot be a vendor's short name"),
        ({"prefix": "atb"}, "cannot begin the numbers"),
        ({"name": " "}, "a vendor has a name"),
        ({"zone": "Mars/Olympus"}, "is no time zone"),
        ({"address": "support.boreal.example"}, "is no address"),
        ({"address": "https://bo_real.example/"}, "is no host name"),
        ({"administrator": "rosalie"}, "is no e-mail address"),
        ({"language": "de"}, "unknown: 'de'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(run: Run, changed: dict[str, str], says: str) -> None:
    code, _, err = added(run, **changed)
    assert code == 1
    assert says in err
    assert not Vendor.objects.exists()


def test_names_and_hosts_belong_to_one_vendor(run: Run) -> None:
    assert added(run)[0] == 0
    assert "is called boreal already" in added(run, address="https://other.example/")[2]
    assert "leads to boreal already" in added(run, slug="other")[2]
    assert Vendor.objects.count() == 1
    assert run("vendor", "host", "boreal", "Aide.Boreal.example.")[0] == 0
    assert sorted(VendorHost.objects.values_list("host", flat=True)) == [
        "aide.boreal.example",
        "support.boreal.example",
    ]
    assert "leads to boreal already" in run("vendor", "host", "boreal", "aide.boreal.example")[2]
    assert "is no host name" in run("vendor", "host", "boreal", "https://x.example/")[2]
    assert "no vendor is called nobody" in run("vendor", "host", "nobody", "x.example")[2]
