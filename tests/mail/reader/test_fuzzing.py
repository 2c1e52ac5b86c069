"""Whatever comes in: a reading or `Unreadable`, in steps and in room that grow with the message and no faster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mail.reader import corpus

from palier.mail import identity, reader
from palier.mail.reader import Limits, Reading, Unreadable

_GUESS = 120_000
"""Calls that guessing a charset may take, the first time most."""
_SMALL = [one.content for one in corpus.ALL if len(one.content) < 8_000]
_TOKENS = [
    b"\r\n", b"\n", b"\r", b"\x00", b"--b1", b"--b1--", b"\r\n\r\n", b'"', b"(", b")", b"<", b">", b"=?utf-8?q?", b"?=",
    b"=", b";", b"\xff\xfe", b"\xc3", b"Content-Type: multipart/mixed; boundary=b1\r\n", b"From: x@y.example\r\n",
    b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/html\r\n",
    b"<div>", b"<!--", b"<script>", b"> ", b"On Friday, Ada wrote:\r\n", b"-- \r\n", b"begin 644 x\r\n",
    b"\x78\x9f\x3e\x22", b"BEGIN:VEVENT\r\n", b"*0*=", b"charset=utf-16",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A nasty message made nastier."""
    content = bytearray(draw(st.sampled_from(_SMALL)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(content)))
        span = draw(st.integers(0, 60))
        what = draw(st.integers(0, 4))
        if what == 0:
            content[at : at + span] = b""
        elif what == 1:
            content[at:at] = draw(st.sampled_from(_TOKENS))
        elif what == 2:
            content[at:at] = content[at : at + span] * draw(st.integers(1, 4))
        elif what == 3:
            content[at : at + 1] = bytes([draw(st.integers(0, 255))])
        else:
            other = draw(st.sampled_from(_SMALL))
            start = draw(st.integers(0, len(other)))
            content[at:at] = other[start : start + 4 * span]
    return bytes(content)


def steps(work: Callable[[], Any]) -> tuple[Any, int]:
    """What it gives, and how many calls it makes: a measure of work that no busy machine changes."""
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        return work(), count
    finally:
        sys.setprofile(before)


def _read(content: bytes) -> Reading | None:
    try:
        return reader.read(content, clock=lambda: 0.0)
    except Unreadable:
        return None


def _check(content: bytes) -> None:
    found, count = steps(lambda: _read(content))
    assert count < _GUESS + 40 * len(content)
    if found is None:
        return
    room = sum(map(len, (found.body, found.folded, found.html, found.subject)))
    room += sum(len(part.content) + len(part.name) for part in found.parts)
    assert room < 4_000 + 12 * len(content)
    "".join(
        (found.body, found.folded, found.html, found.subject, *(part.name for part in found.parts))
    ).encode()
    reader.recognise(found, "<>")
    proof = identity.judge(
        content, found, envelope_from="", client_ip=None, borders=["mx.northern.example"], resolver=_Nothing()
    )
    assert proof.verdict == identity.UNAUTHENTICATED


class _Nothing:
    """A resolver of an empty world."""

    def txt(self, name: str) -> list[str]:
        return []


@given(content=mutated())
@settings(max_examples=150)
def test_mutations(content: bytes) -> None:
    _check(content)


@given(content=st.binary(max_size=2_000))
@settings(max_examples=150)
def test_bytes(content: bytes) -> None:
    _check(content)


@given(content=st.lists(st.sampled_from(_TOKENS), max_size=60).map(b"".join))
@settings(max_examples=150)
def test_tokens(content: bytes) -> None:
    _check(content)


@pytest.mark.soak
@given(
    content=st.one_of(
        mutated(), st.binary(max_size=4_000), st.lists(st.sampled_from(_TOKENS), max_size=300).map(b"".join)
    )
)
@settings(max_examples=20_000)
def test_many_more(content: bytes) -> None:
    _check(content)


@pytest.mark.parametrize(
    "nasty", [one for one in corpus.ALL if len(one.content) < 400_000][::4], ids=lambda one: one.name
)
def test_work_of_nasty_messages_grows_with_their_size(nasty: corpus.Nasty) -> None:
    _check(nasty.content)


# --- limits ------------------------------------------------------------------------------------------


def test_too_big_is_said() -> None:
    with pytest.raises(Unreadable) as failed:
        reader.read(corpus.whole(), Limits(size=10))
    assert failed.value.code == "too-big"


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"\x00\x00"])
def test_nothing_is_said(content: bytes) -> None:
    with pytest.raises(Unreadable) as failed:
        reader.read(content)
    assert failed.value.code == "nothing"


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_time_is_over_at_any_point(after: int) -> None:
    asked = 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        return 0.0 if asked <= after else 11.0

    content = corpus.mail(
        corpus.multi("mixed", corpus.plain(), corpus.page(), corpus.file(content=b"x" * 200_000))
    )
    with pytest.raises(Unreadable) as failed:
        reader.read(content, clock=clock)
    assert failed.value.code == "too-slow"


def test_time_is_looked_at_between_pieces_of_a_large_message() -> None:
    asked = 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        return 0.0

    reader.read(corpus.mail(corpus.multi("mixed", corpus.plain("x\r\n" * 1_000_000))), clock=clock)
    assert asked > 40


def test_parts_of_a_message_are_counted_and_headers_measured() -> None:
    content = corpus.mail(
        corpus.multi("mixed", corpus.plain(), *[corpus.file(f"{n}.txt") for n in range(20)])
    )
    found = reader.read(content, Limits(parts=10))
    assert len(found.parts) < 10
    assert "parts-cut" in found.faults
    found = reader.read(corpus.whole(**{"X-Long": "x" * 5_000}), Limits(header_bytes=1_000))
    assert "headers-cut" in found.faults
    assert found.from_[0].address == corpus.FROM
