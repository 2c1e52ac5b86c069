"""What is sealed opens for its purpose, with a key we have, and never otherwise."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from palier.people import keyfiles, secrets
from palier.site import checks

ONE, TWO = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_sealed_value_opens_for_its_purpose_only(settings: Any) -> None:
    settings.PALIER_SEALING_KEYS = ONE
    sealed = secrets.seal("a\nword é", purpose="identity:1")
    assert b"word" not in sealed
    assert secrets.unseal(sealed, purpose="identity:1") == "a\nword é"
    for purpose in ("identity:2", "identity:", ""):
        with pytest.raises(secrets.CannotOpen):
            secrets.unseal(sealed, purpose=purpose)
    with pytest.raises(secrets.CannotOpen) as refused:
        secrets.unseal(sealed[:-4] + b"AAAA", purpose="identity:1")
    assert "PALIER_SEALING_KEYS" in refused.value.said["en"]
    assert "PALIER_SEALING_KEYS" in refused.value.said["fr"]


def test_keys_are_changed_without_losing_anything(settings: Any) -> None:
    settings.PALIER_SEALING_KEYS = ONE
    sealed = secrets.seal("word", purpose="p")
    settings.PALIER_SEALING_KEYS = f"{TWO},{ONE}"
    anew = secrets.resealed(sealed, purpose="p")
    settings.PALIER_SEALING_KEYS = f" {TWO} "
    assert secrets.unseal(anew, purpose="p") == "word"
    with pytest.raises(secrets.CannotOpen):
        secrets.unseal(sealed, purpose="p")


@pytest.mark.parametrize("keys", ["short", f"{ONE},{ONE[:-8]}", "é" * 44], ids=["short", "cut", "no-base64"])
def test_a_key_that_is_none_is_named(settings: Any, keys: str) -> None:
    settings.PALIER_SEALING_KEYS = keys
    with pytest.raises(secrets.BadKey, match=f"sealing key {keys.count(',') + 1} ") as refused:
        secrets.seal("word", purpose="p")
    assert "clé de scellement" in refused.value.said["fr"]


def test_the_service_does_not_start_with_a_bad_key(settings: Any) -> None:
    settings.PALIER_SEALING_KEYS = "short"
    (found,) = checks.check_sealing(None)
    assert found.id == "palier.E004"
    settings.PALIER_SEALING_KEYS = ONE
    assert checks.check_sealing(None) == []


def test_the_key_lies_in_a_file_nobody_else_reads(settings: Any, tmp_path: Path) -> None:
    settings.PALIER_SEALING_KEYS = None
    file = settings.PALIER_SEALING_KEY_FILE = tmp_path / "data" / "sealing.key"
    sealed = secrets.seal("word", purpose="p")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secrets.unseal(sealed, purpose="p") == "word"
    file.chmod(0o640)
    with pytest.raises(keyfiles.OpenKeyFile, match="chmod 600"):
        secrets.unseal(sealed, purpose="p")
