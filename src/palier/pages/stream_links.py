"""What is said in a request's conversation of links, merging, splitting, and the known defect it hangs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from palier.pages import link_words
from palier.pages.catalogue import gettext as _
from palier.pages.storyteller import Storyteller
from palier.software import words
from palier.tickets.ticket_page import Entry


def _number(teller: Storyteller, entry: Entry, key: str = "number") -> str:
    return f"{teller.programme.prefix}-{entry.data.get(key, '')}"


def _defect(teller: Storyteller, entry: Entry) -> str:
    return words.number_of(teller.programme.prefix, int(entry.data.get("defect", 0)))


def _merged(teller: Storyteller, entry: Entry) -> str:
    if "into" not in entry.data:
        return _("Merged into another")
    return _("Merged into %(number)s, where it goes on") % {"number": _number(teller, entry, "into")}


def _absorbed(teller: Storyteller, entry: Entry) -> str:
    return _("%(number)s was merged into this one; what was said there stands here in place") % {
        "number": _number(teller, entry)
    }


def _split_off(teller: Storyteller, entry: Entry) -> str:
    return _("Part of it goes on as %(number)s, a request of its own") % {"number": _number(teller, entry)}


def _split_from(teller: Storyteller, entry: Entry) -> str:
    return _("Split off from %(number)s") % {"number": _number(teller, entry)}


def _linked(teller: Storyteller, entry: Entry) -> str:
    return _("Linked: %(how)s %(number)s") % {
        "how": link_words.relation(str(entry.data.get("relation"))).lower(),
        "number": _number(teller, entry),
    }


def _unlinked(teller: Storyteller, entry: Entry) -> str:
    return _("Link removed: %(how)s %(number)s") % {
        "how": link_words.relation(str(entry.data.get("relation"))).lower(),
        "number": _number(teller, entry),
    }


def _attached(teller: Storyteller, entry: Entry) -> str:
    return _("Hangs on the known defect %(number)s") % {"number": _defect(teller, entry)}


def _detached(teller: Storyteller, entry: Entry) -> str:
    return _("Taken off the known defect %(number)s") % {"number": _defect(teller, entry)}


def _shipped(teller: Storyteller, entry: Entry) -> str:
    del teller
    return _("The fix shipped: %(patch)s") % {"patch": entry.data.get("fixed_in", "")}


TELLERS: Mapping[str, Callable[[Storyteller, Entry], str]] = {
    "merged": _merged,
    "absorbed": _absorbed,
    "split-off": _split_off,
    "split-from": _split_from,
    "link-added": _linked,
    "link-removed": _unlinked,
    "defect-attached": _attached,
    "defect-detached": _detached,
    "fix-shipped": _shipped,
}
