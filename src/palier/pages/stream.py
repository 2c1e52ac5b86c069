"""A ticket's conversation as a page shows it: messages as they were written, events each as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from palier.core.coverage import UNKNOWN
from palier.pages import escalation_words, markdown, shown_files, stream_links, stream_money, wording
from palier.pages.catalogue import gettext as _
from palier.pages.context import initials
from palier.pages.severities import field_name, severity_name
from palier.pages.shown_files import FileView
from palier.pages.storyteller import Storyteller
from palier.tickets.ticket_page import Entry

NO_HTML = SafeString("")
SENT_LONG_BEFORE = timedelta(minutes=10)
"""A mail whose own date differs from when it reached us by this much shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line or block of the conversation. `sentence` is empty for a message."""

    id: str
    is_message: bool
    is_note: bool
    from_vendor: bool
    mine: bool
    name: str
    initials: str
    of: str
    body: str
    language: str
    sentence: str
    words: str
    clause: str
    when: str
    when_there: str
    iso: str
    files: tuple[FileView, ...] = ()
    body_html: SafeString = NO_HTML
    """The message as it is shown; `body` is its source."""
    folded: str = ""
    """What a mail repeats beside its own words, as plain text; shown folded."""
    sent: str = ""
    """When its writer says a mail was sent, where that is otherwise than when it reached us."""
    origin: str = ""
    """The merged request in which it was written."""
    taken_back: str = ""
    """Who took it back and when; empty for what stands."""
    can_undo: bool = False
    left_out: str = ""
    """Stands for entries that are not shown: how many, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller(Storyteller):
    """Tells entries to one reader. `here` is the reader's zone, `there` the other side's."""

    refers: markdown.Refers = markdown.NOTHING

    def tell(self, entry: Entry) -> Said:
        """The entry in words."""
        is_message = entry.kind in ("message", "note")
        sentence, words, clause = ("", "", "") if is_message else self._event(entry)
        when, there = self.here.day_time(entry.at), self.there
        differs = self.here.local(entry.at).utcoffset() != there.local(entry.at).utcoffset()
        from_vendor = entry.who == "person"
        return Said(
            id=str(entry.id),
            is_message=is_message,
            is_note=entry.kind == "note",
            from_vendor=from_vendor,
            mine=entry.who == self.reader,
            name=entry.name or (self.vendor_name if from_vendor else self.customer_name),
            initials=initials(entry.name) or "?",
            of=self.vendor_name if from_vendor else self._of_customer(entry),
            body=entry.body,
            language=entry.language if entry.language != self.speech.language else "",
            sentence=sentence,
            words=words,
            clause=clause,
            when=when,
            when_there=f"{there.time(entry.at)} {there.city}" if differs and is_message else "",
            iso=entry.at.isoformat(),
            files=shown_files.told(entry.files, self.speech),
            body_html=markdown.message(entry.id, entry.body).filled(self.refers)
            if is_message
            else SafeString(""),
            folded=entry.folded,
            sent=self._sent(entry),
            origin=entry.origin,
            taken_back=self._taken_back(entry),
            can_undo=entry.undo_until is not None,
        )

    def tell_ends(self, entries: Sequence[Entry], most: int) -> tuple[Said, ...]:
        """So many of the first and of the last entries in words, and in between how many more there are; all, if not many."""
        left_out = len(entries) - 2 * most
        if left_out <= most // 2:
            return tuple(self.tell(entry) for entry in entries)
        first, last = entries[:most], entries[-most:]
        gap = Said(
            id="", is_message=False, is_note=False, from_vendor=False, mine=False, name="", initials="", of="", body="",
            language="", sentence="", words="", clause="", when="", when_there="", iso="",
            left_out=_("%(n)d entries in between") % {"n": left_out},
        )  # fmt: skip
        return (*(self.tell(one) for one in first), gap, *(self.tell(one) for one in last))

    def _sent(self, entry: Entry) -> str:
        if entry.sent_at is None or abs(entry.at - entry.sent_at) < SENT_LONG_BEFORE:
            return ""
        return _("dated %(when)s by its sender") % {"when": self.here.day_time(entry.sent_at)}

    def _taken_back(self, entry: Entry) -> str:
        if entry.taken_back is None:
            return ""
        values = {"who": entry.taken_back.name, "when": self.here.day_time(entry.taken_back.at)}
        return _("Taken back by %(who)s, %(when)s; the customer never saw it") % values

    def _of_customer(self, entry: Entry) -> str:
        channels = {"mail": _("by e-mail"), "telephone": _("by telephone"), "portal": _("by the portal")}
        how = channels.get(entry.channel, "")
        return f"{self.customer_name}, {how}" if how and self.reader != "customer" else self.customer_name

    def _event(self, entry: Entry) -> tuple[str, str, str]:
        """The sentence, words of a person that belong to it, and the clause behind it."""
        teller = _TELLERS.get(entry.kind)
        if teller is None:
            return entry.kind, "", ""
        data = entry.data
        clauses = data.get("clauses", (data["rule"],) if entry.kind == "escalated" else ())
        said = data.get("reason", "")
        if said == "declined":
            said = ""
        return teller(self, entry), str(said), ", ".join(clauses)


def _submitted(teller: Teller, entry: Entry) -> str:
    return _("Sent in; decided: %(outcome)s") % {"outcome": teller.outcome(entry.data)}


def _missing(teller: Teller, entry: Entry) -> str:
    names = [field_name(teller.programme, name, teller.speech) for name in entry.data.get("fields", ())]
    return _("Asked for at once: %(what)s. The clock starts when it is there") % {"what": ", ".join(names)}


def _held(teller: Teller, entry: Entry) -> str:
    return _("On hold: %(why)s") % {"why": teller.text(entry.data["hold"], teller.programme.holds)}


def _freed(teller: Teller, entry: Entry) -> str:
    return _("No longer on hold: %(why)s") % {"why": teller.text(entry.data["hold"], teller.programme.holds)}


def _decided(teller: Teller, entry: Entry) -> str:
    number, data = entry.data.get("verdict", 1), entry.data
    was = data.get("was", {})
    if was.get("outcome") == data.get("outcome") and was.get("clauses") == data.get("clauses"):
        return _("Verdict %(n)s: still %(outcome)s") % {"n": number, "outcome": teller.outcome(data)}
    return _("Verdict %(n)s replaces the one before: now %(outcome)s") % {
        "n": number,
        "outcome": teller.outcome(data),
    }


def _facts_changed(teller: Teller, entry: Entry) -> str:
    parts: list[str] = []
    for name, value in entry.data.get("facts", {}).items():
        if name == "severity":
            parts.append(
                _("severity %(name)s") % {"name": severity_name(teller.programme, value, teller.speech)}
            )
            continue
        fact = teller.programme.facts.get(name)
        if fact is None:
            continue
        words = fact.values.get(value) if isinstance(value, str) else None
        shown = teller.speech.text(words) if words is not None else str(value)
        if value == UNKNOWN:
            shown = _("not yet known")
        parts.append(f"{teller.speech.text(fact.name)} {shown}")
    if not parts:
        return _("Place or holidays corrected")
    return _("Now: %(what)s") % {"what": ", ".join(parts)}


def _waits(teller: Teller, entry: Entry) -> str:
    del teller
    return wording.wait_for(entry.data["wait"])


def _relieved(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Relieved: %(how)s") % {"how": wording.relief(entry.data["relief"]).lower()}


def _closed(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Closed, not taken over") if entry.data.get("reason") == "declined" else _("Closed")


def _breached(teller: Teller, entry: Entry) -> str:
    what = wording.commitment(entry.data["commitment"])
    return _("Missed: %(what)s, due %(when)s") % {
        "what": what.lower(),
        "when": teller.here.day_time(entry.data["at"]),
    }


def _warned(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Three quarters used: %(what)s") % {"what": wording.commitment(entry.data["commitment"]).lower()}


def _withdrawn(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Not missed after all: %(what)s") % {
        "what": wording.commitment(entry.data["commitment"]).lower()
    }


def _assigned(teller: Teller, entry: Entry) -> str:
    named = (str(entry.data.get(key, "")) for key in ("assignee", "team"))
    names = [teller.staff_names[one] for one in named if one in teller.staff_names]
    return _("Assigned to %(name)s") % {"name": ", ".join(names)} if names else _("Assigned to nobody")


def _contested(teller: Teller, entry: Entry) -> str:
    del teller
    words = {
        "severity": _("The severity is contested"),
        "relief": _("The relief is contested"),
        "cause": _("The cause is contested"),
        "decision": _("The decision is contested"),
    }
    return words[entry.data["what"]]


def _objection_answered(teller: Teller, entry: Entry) -> str:
    del teller
    if entry.data.get("upheld"):
        return _("What was contested is answered: the customer was right")
    return _("What was contested is answered: it stays as it is")


def _rated(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Rated %(score)d of 5") % {"score": entry.data["score"]}


def _following(teller: Teller, entry: Entry) -> str:
    del teller
    if entry.data.get("following"):
        return _("Followed by %(name)s from here") % {"name": entry.name}
    return _("No longer followed by %(name)s") % {"name": entry.name}


def _completed(teller: Teller, entry: Entry) -> str:
    names = [field_name(teller.programme, name, teller.speech) for name in entry.data.get("fields", ())]
    return _("Filled in: %(what)s") % {"what": ", ".join(names)}


def _linked(teller: Teller, entry: Entry) -> str:
    number = f"{teller.programme.prefix}-{entry.data['number']}"
    if entry.data.get("relation") == "follows":
        return _("Takes up %(number)s") % {"number": number}
    return _("Taken up by %(number)s") % {"number": number}


def _paged(teller: Teller, entry: Entry) -> str:
    found = (teller.staff_names.get(str(one), "") for one in entry.data.get("staff", ()))
    names = ", ".join(name for name in found if name) or _("somebody")
    if entry.data.get("gap"):
        return _("Nobody was on call; paged: %(names)s") % {"names": names}
    words = {
        "on-call": _("Paged, on call: %(names)s"),
        "next": _("Paged, next in line: %(names)s"),
        "manager": _("Paged, as nobody had acknowledged: %(names)s"),
    }
    return words[str(entry.data["why"])] % {"names": names}


def _page_taken(teller: Teller, entry: Entry) -> str:
    name = teller.staff_names.get(str(entry.data.get("staff", "")), "") or entry.name
    return _("The page was acknowledged by %(name)s") % {"name": name}


def _escalated(teller: Teller, entry: Entry) -> str:
    sentence = escalation_words.happened(teller.programme, entry.data)
    late = escalation_words.noticed(entry.at, entry.recorded_at, teller.here)
    return f"{sentence}, {late}" if late else sentence


def _tagged(teller: Teller, entry: Entry) -> str:
    del teller
    added, removed = (", ".join(entry.data.get(name, ())) for name in ("added", "removed"))
    if added and removed:
        return _("Tagged %(added)s; no longer %(removed)s") % {"added": added, "removed": removed}
    if added:
        return _("Tagged %(added)s") % {"added": added}
    return _("No longer tagged %(removed)s") % {"removed": removed}


def _watching(teller: Teller, entry: Entry) -> str:
    del teller
    if entry.data.get("watching"):
        return _("Watched by %(name)s from here") % {"name": entry.name}
    return _("No longer watched by %(name)s") % {"name": entry.name}


def _snoozed(teller: Teller, entry: Entry) -> str:
    until = entry.data.get("until")
    if until is None:
        return _("Put aside by %(name)s until the customer writes") % {"name": entry.name}
    when = teller.here.day_time(datetime.fromisoformat(str(until)))
    return _("Put aside by %(name)s until %(when)s") % {"name": entry.name, "when": when}


def _woken(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Taken back by %(name)s") % {"name": entry.name}


def _reminded(teller: Teller, entry: Entry) -> str:
    del teller
    return _("Reminder sent on day %(day)s") % {"day": entry.data.get("day", "")}


def _parked(teller: Teller, entry: Entry) -> str:
    del teller
    what = shown_files.state_words(str(entry.data.get("state", "")), str(entry.data.get("threat", "")))
    return f"{entry.data.get('name', '')}: {what}"


def _plain(words: Callable[[], str]) -> Callable[[Teller, Entry], str]:
    return lambda _teller, _entry: words()


_TELLERS: Mapping[str, Callable[[Teller, Entry], str]] = {
    "submitted": _submitted,
    "information-missing": _missing,
    "information-complete": _plain(lambda: _("Everything needed is there; the clock runs")),
    "held": _held,
    "freed": _freed,
    "decided": _decided,
    "facts-changed": _facts_changed,
    "answered": _plain(lambda: _("Answered")),
    "customer-wrote": _plain(lambda: _("The customer wrote")),
    "wait-started": _waits,
    "resumed": _plain(lambda: _("The wait is over")),
    "workaround-given": _plain(lambda: _("Counted as the workaround")),
    "relieved": _relieved,
    "relief-revoked": _plain(lambda: _("The outage is back; the clock runs round the clock again")),
    "resolved": _plain(lambda: _("Resolved")),
    "reopened": _plain(lambda: _("Reopened")),
    "closed": _closed,
    "window-joined": _plain(lambda: _("A special event's window counts from here")),
    "withdrawn": _plain(lambda: _("Taken back")),
    "assigned": _assigned,
    "adopted": _plain(lambda: _("Taken over by an authorised contact")),
    "declined": _plain(lambda: _("Not taken over")),
    "contested": _contested,
    "completed": _completed,
    "lifted": _plain(lambda: _("A hold was lifted by hand")),
    "reminded": _reminded,
    "linked": _linked,
    "ranked": _plain(lambda: _("The customer changed the order of its requests")),
    "restricted": _plain(lambda: _("Who may see it was changed")),
    "objection-answered": _objection_answered,
    "rated": _rated,
    "followed": _following,
    "file-parked": _parked,
    "brought-in": _plain(lambda: _("Kept from before; no clock ran here")),
    "note-file-parked": _parked,
    "paged": _paged,
    "page-taken": _page_taken,
    "tagged": _tagged,
    "watched": _watching,
    "snoozed": _snoozed,
    "escalated": _escalated,
    "woken": _woken,
    "breached": _breached,
    "warned": _warned,
    "breach-withdrawn": _withdrawn,
    **stream_money.TELLERS,
    **stream_links.TELLERS,
}
