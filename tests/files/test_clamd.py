"""The scanner's protocol, against a stand-in that speaks it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from palier.files import clamd

from . import scanner


def test_clean_and_infected() -> None:
    with scanner.running() as (address, seen):
        assert clamd.scan(io.BytesIO(b"harmless"), address) == clamd.Answer(clean=True)
        answer = clamd.scan(io.BytesIO(b"before " + scanner.EICAR), address)
        assert answer == clamd.Answer(clean=False, found="Eicar-Test-Signature")
    assert seen == [b"harmless", b"before " + scanner.EICAR]


def test_many_blocks_arrive_in_order() -> None:
    content = bytes(range(256)) * 2000
    with scanner.running() as (address, seen):
        assert clamd.scan(io.BytesIO(content), address).clean
    assert seen == [content]


def test_over_a_socket(tmp_path: Path) -> None:
    with scanner.running(path=tmp_path / "clamd.ctl") as (address, _):
        assert not clamd.scan(io.BytesIO(scanner.EICAR), address).clean


def test_more_than_the_scanner_reads_is_said_so() -> None:
    with scanner.running(longest=1000) as (address, _):
        assert clamd.scan(io.BytesIO(bytes(3_000_000)), address).too_large


def test_a_scanner_that_is_away_or_silent_is_asked_again_later(tmp_path: Path) -> None:
    with pytest.raises(clamd.NotAnswered):
        clamd.scan(io.BytesIO(b"x"), scanner.nobody())
    with pytest.raises(clamd.NotAnswered):
        clamd.scan(io.BytesIO(b"x"), f"unix://{tmp_path}/nobody")
    with scanner.running(silent=True) as (address, _), pytest.raises(clamd.NotAnswered):
        clamd.scan(io.BytesIO(b"x"), address)
