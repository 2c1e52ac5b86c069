"""What an operator sets to have letters signed is read whole or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from palier.site import dkim_environment
from palier.site.environment import BadEnvironment


def kept(folder: Path, key: PrivateKeyTypes) -> str:
    path = folder / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(path)


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "PALIER_DKIM_KEY": kept(tmp_path, key),
        "PALIER_DKIM_SELECTOR": "M2026",
        "PALIER_DKIM_DOMAIN": "Acme.example",
    }


def test_none_of_them_signs_nothing_and_all_three_are_read(given: dict[str, str]) -> None:
    assert dkim_environment.read({}) is None
    found = dkim_environment.read(given)
    assert found is not None
    assert (found["domain"], found["selector"]) == ("acme.example", "m2026")
    # As dkimpy reads keys.
    assert found["pem"].startswith(b"-----BEGIN RSA PRIVATE KEY-----")


@pytest.mark.parametrize("missing", dkim_environment.NAMES)
def test_one_that_is_missing_is_said(given: dict[str, str], missing: str) -> None:
    with pytest.raises(BadEnvironment, match="go together"):
        dkim_environment.read({**given, missing: ""})


@pytest.mark.parametrize("name", ["PALIER_DKIM_SELECTOR", "PALIER_DKIM_DOMAIN"])
def test_what_is_no_name_is_refused(given: dict[str, str], name: str) -> None:
    with pytest.raises(BadEnvironment, match=name):
        dkim_environment.read({**given, name: "acme .example"})


def test_a_key_of_another_kind_or_none_is_refused(given: dict[str, str], tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a key")
    for path in (kept(tmp_path, ec.generate_private_key(ec.SECP256R1())), str(text), str(tmp_path / "none")):
        with pytest.raises(BadEnvironment, match="PALIER_DKIM_KEY"):
            dkim_environment.read({**given, "PALIER_DKIM_KEY": path})
