"""Message-IDs as they come back: long ones that a program folded into encoded words are read as what they were."""

from __future__ import annotations

from email.message import EmailMessage
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.mail import intake, reader, threads

VENDOR = UUID("0197b0a0-0000-7000-8000-000000000001")


def letter_id(ticket: UUID, domain: str = "support.a-rather-long-name.example") -> str:
    return threads.message_id(vendor_id=VENDOR, ticket_id=ticket, letter_id=ticket, domain=domain)


@given(ticket=st.uuids(), others=st.lists(st.uuids(), max_size=4))
def test_what_pythons_mail_library_folds_still_names_the_thread(ticket: UUID, others: list[UUID]) -> None:
    made = EmailMessage()
    names = [*dict.fromkeys(letter_id(one) for one in (*others, ticket))]
    made["In-Reply-To"], made["References"] = letter_id(ticket), " ".join(names)
    made.set_content("Yes.")
    raw = made.as_bytes()
    assert b"=?" in raw, "nothing was folded: this tests nothing"
    reading = reader.read(raw)
    assert reading.in_reply_to == (letter_id(ticket),)
    assert reading.references == tuple(names)
    assert threads.ticket_of(VENDOR, reading.in_reply_to) == ticket


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?q?=3Cone=40mail=2Eexample=3E?=",
        "=?utf-8?b?PG9uZUBtYWlsLmV4YW1wbGU+?=",
        "=?utf-8?q?=3Cone=40?=\r\n =?utf-8?q?mail=2Eexample=3E?=",
        "=?us-ascii?Q?=3Cone=40mail.ex?= =?us-ascii?Q?ample=3E?=",
        "<one@mail.example>",
    ],
)
def test_encoded_words_in_ids(value: str) -> None:
    raw = f"Message-ID: {value}\r\nIn-Reply-To: {value}\r\n\r\nYes.\r\n".encode()
    reading = reader.read(raw)
    assert (reading.message_id, reading.in_reply_to) == ("<one@mail.example>", ("<one@mail.example>",))
    assert intake.mail_id(raw) == "<one@mail.example>"


def test_an_id_that_only_looks_encoded_stays() -> None:
    raw = b"Message-ID: <=?x?=@mail.example>\r\n\r\nYes.\r\n"
    assert reader.read(raw).message_id == intake.mail_id(raw) == "<=?x?=@mail.example>"
