"""What a letter's Message-ID says, and that nobody else can make one."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from palier.mail import threads

VENDOR = UUID("0197b0a0-0000-7000-8000-000000000001")
OTHER = UUID("0197b0a0-0000-7000-8000-000000000002")


def _of(ticket_id: UUID | None, *, vendor_id: UUID = VENDOR, letter_id: UUID | None = None) -> str:
    return threads.message_id(
        vendor_id=vendor_id, ticket_id=ticket_id, letter_id=letter_id or uuid4(), domain="support.example"
    )


@given(ticket=st.uuids(), letter=st.uuids())
def test_a_letter_names_its_ticket_and_itself(ticket: UUID, letter: UUID) -> None:
    name = _of(ticket, letter_id=letter)
    expected = None if ticket == threads.NO_TICKET else ticket
    assert threads.named(VENDOR, name) == threads.Named(ticket_id=expected, letter_id=letter)
    assert name == _of(ticket, letter_id=letter), "the same letter has the same name at every try"
    assert len(name) < 200


@pytest.mark.parametrize(
    "shown", [str.lower, str.upper, lambda name: name.strip("<>"), lambda name: f" {name}\t"]
)
def test_what_systems_do_to_it_on_the_way_does_not_matter(shown) -> None:  # type: ignore[no-untyped-def]
    ticket = uuid4()
    found = threads.named(VENDOR, shown(_of(ticket)))
    assert found is not None
    assert found.ticket_id == ticket


def test_a_letter_about_no_ticket_names_none() -> None:
    letter = uuid4()
    found = threads.named(VENDOR, _of(None, letter_id=letter))
    assert found == threads.Named(ticket_id=None, letter_id=letter)
    assert threads.ticket_of(VENDOR, [_of(None)]) is None


@given(data=st.data())
def test_no_character_of_it_can_be_changed(data: st.DataObject) -> None:
    name = _of(uuid4())
    local = name.index("@")
    place = data.draw(st.integers(min_value=len("<palier."), max_value=local - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567.").filter(lambda c: c != name[place]))
    changed = name[:place] + other + name[place + 1 :]
    found = threads.named(VENDOR, changed)
    # Base32 has a few bits to spare in the last letter of the ids: another spelling of the same ids is no forgery.
    assert found is None or found == threads.named(VENDOR, name)


def test_another_vendors_name_says_nothing() -> None:
    assert threads.named(OTHER, _of(uuid4())) is None
    assert threads.ticket_of(OTHER, [_of(uuid4())]) is None


def test_another_secret_says_nothing_unless_it_was_ours_before() -> None:
    ticket = uuid4()
    name = _of(ticket)
    with override_settings(SECRET_KEY="another secret, as long as the one before, 0123456789"):
        assert threads.named(VENDOR, name) is None
    from django.conf import settings

    with override_settings(SECRET_KEY="the next", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert threads.ticket_of(VENDOR, [name]) == ticket


def test_the_nearest_of_several_counts() -> None:
    far, near = uuid4(), uuid4()
    assert threads.ticket_of(VENDOR, [_of(far), "<x@y>", _of(near), "<z@y>"]) == near
    assert threads.ticket_of(VENDOR, []) is None
    assert threads.ticket_of(VENDOR, ["<palier.x.y@z>", "", "<>"]) is None


def test_a_header_of_thousands_is_read_from_its_end() -> None:
    ticket = uuid4()
    assert threads.ticket_of(VENDOR, [_of(ticket), *["<x@y>"] * threads.MOST_REFERENCES]) is None
    assert threads.ticket_of(VENDOR, [*["<x@y>"] * 5000, _of(ticket)]) == ticket
