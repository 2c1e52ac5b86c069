"""The how-to's script does what it says: a vendor with a programme, people, a customer and a contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from palier.contracts.models import Contract
from palier.people import tenancy
from palier.people.models import User, Vendor

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.django_db(transaction=True)
def test_a_vendor_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tutorial = (DOCS / "tutorial" / "first-programme.md").read_text(encoding="utf-8")
    programme = re.search(r"<!-- file: atelier\.yaml -->\n```yaml\n(.*?)```", tutorial, re.DOTALL)
    assert programme is not None
    (tmp_path / "atelier.yaml").write_text(programme[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    how_to = (DOCS / "how-to" / "configure-a-vendor.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for script in re.findall(r"```python\n(.*?)```", how_to, re.DOTALL):
        exec(script, names)  # our own document
    vendor = Vendor.objects.get(slug="boreal")
    with tenancy.vendor(vendor.id):
        assert User.objects.count() == 3
        assert Contract.objects.get().plan == "care"
