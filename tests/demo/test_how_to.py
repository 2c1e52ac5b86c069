"""The how-to's command does what it says: a vendor with its first administrator, who is led on from there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.test import Client

from palier import cli
from palier.people import tenancy
from palier.people.models import Staff, Vendor, VendorHost

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "configure-a-vendor.md"


@pytest.mark.django_db(transaction=True)
def test_a_vendor_is_configured(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    for command in re.findall(r"```bash\npalier (.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL):
        assert cli.main(shlex.split(command)) == 0
    assert "https://support.boreal.example/accounts/" in capsys.readouterr().out
    vendor = Vendor.objects.get(slug="boreal")
    assert VendorHost.objects.filter(vendor=vendor).count() == 2
    vendor.staff_need_second_factor = False
    vendor.save()
    with tenancy.vendor(vendor.id):
        rosalie = Staff.objects.select_related("user").get().user
    client.force_login(rosalie)
    page = client.get("/desk/set-up", headers={"host": "aide.boreal.example"}).content.decode()
    assert "0 étapes sur 4 sont faites" in page
