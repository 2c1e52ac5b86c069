"""Each nasty message gives what it must, and all of its words."""

from __future__ import annotations

import pytest
from tests.mail.reader import corpus

from palier.mail import reader


def test_the_corpus_is_large_and_its_names_tell_apart() -> None:
    assert len(corpus.ALL) >= 150
    assert len({one.name for one in corpus.ALL}) == len(corpus.ALL)


@pytest.mark.parametrize("nasty", corpus.ALL, ids=lambda one: one.name)
def test_nasty(nasty: corpus.Nasty) -> None:
    found = reader.read(nasty.content)
    assert (
        found.from_[0].address if len(found.from_) == 1 and found.from_[0].valid else None
    ) == nasty.sender
    if nasty.subject is not None:
        assert found.subject == nasty.subject
    for words in nasty.says:
        assert words in found.body
    for words in nasty.folds:
        assert words in found.folded
        assert words not in found.body
    for words in nasty.hides:
        assert words not in found.body + found.folded + found.html
    if nasty.files is not None:
        assert tuple(part.name for part in found.parts) == nasty.files
    assert set(nasty.faults) <= set(found.faults), found.faults
    assert "\x00" not in found.body + found.folded + found.html + found.subject
    "".join(
        (found.body, found.folded, found.html, found.subject, *(part.name for part in found.parts))
    ).encode()
