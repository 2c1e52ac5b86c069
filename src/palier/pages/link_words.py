"""What a request is to another, in words."""

from __future__ import annotations

from palier.pages.catalogue import pgettext


def relation(which: str) -> str:
    """Before the other's number: `Duplicate of NOR-1004`."""
    return {
        "duplicate-of": pgettext("link", "Duplicate of"),
        "has-duplicate": pgettext("link", "Has the duplicate"),
        "caused-by": pgettext("link", "Caused by"),
        "causes": pgettext("link", "Causes"),
        "same-defect": pgettext("link", "Same defect as"),
        "related": pgettext("link", "Related to"),
        "merged-into": pgettext("link", "Merged into"),
        "merged-here": pgettext("link", "Merged with it"),
        "split-from": pgettext("link", "Split from"),
        "split-off": pgettext("link", "Split off"),
        "follows": pgettext("link", "Takes up"),
        "followed-by": pgettext("link", "Taken up by"),
    }[which]
