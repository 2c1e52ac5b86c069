"""What the conversation says of the money of a request: ways chosen and given up, payments, estimates, units used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from palier.core.programme import Programme
from palier.pages import quantities, wording
from palier.pages.catalogue import gettext as _
from palier.pages.moments import MINUTE
from palier.pages.speech import Speech
from palier.pages.storyteller import Storyteller
from palier.programme import locales

if TYPE_CHECKING:
    from palier.tickets.ticket_page import Entry


def amount(data: Mapping[str, Any], speech: Speech) -> str:
    """`3 h, 525,00 $ CA`: the time, the money, or both; nothing where neither is known."""
    minutes, minor, currency = data.get("minutes"), data.get("amount"), data.get("currency")
    parts = [locales.duration(int(minutes) * MINUTE)] if minutes else []
    if minor is not None and currency and (minor or not minutes):
        parts.append(locales.money(int(minor), str(currency), speech.locale))
    return ", ".join(parts)


def way_name(programme: Programme, id_: object, speech: Speech) -> str:
    """A way by its name."""
    found = programme.ways.get(str(id_))
    return speech.text(found.name) if found is not None else str(id_)


def _chosen(teller: Storyteller, entry: Entry) -> str:
    way = way_name(teller.programme, entry.data.get("way"), teller.speech)
    cost = amount(entry.data, teller.speech)
    if cost:
        return _("Chosen: %(way)s, %(amount)s") % {"way": way, "amount": cost}
    return _("Chosen: %(way)s") % {"way": way}


def _released(teller: Storyteller, entry: Entry) -> str:
    way = way_name(teller.programme, entry.data.get("way"), teller.speech)
    return _("Given up: %(way)s. What it held is back") % {"way": way}


def _funded(teller: Storyteller, entry: Entry) -> str:
    way = way_name(teller.programme, entry.data.get("way"), teller.speech)
    return _("Paid: %(way)s") % {"way": way}


def _estimated(teller: Storyteller, entry: Entry) -> str:
    said = {"n": entry.data.get("number", 1), "amount": amount(entry.data, teller.speech)}
    return _("Estimate %(n)s: %(amount)s") % said


def _agreed(teller: Storyteller, entry: Entry) -> str:
    said = {"n": entry.data.get("number", 1), "amount": amount(entry.data, teller.speech)}
    if entry.data.get("cap"):
        return _("Estimate %(n)s agreed beforehand, up to %(amount)s") % said
    return _("Estimate %(n)s agreed: %(amount)s") % said


def _disagreed(teller: Storyteller, entry: Entry) -> str:
    del teller
    return _("Estimate %(n)s declined") % {"n": entry.data.get("number", 1)}


def _worked(teller: Storyteller, entry: Entry) -> str:
    time = locales.duration(int(entry.data.get("minutes", 0)) * MINUTE)
    day = _day(entry.data.get("day"), teller.speech)
    if entry.data.get("billable"):
        return _("Time booked for %(day)s: %(time)s, billable") % {"day": day, "time": time}
    return _("Time booked for %(day)s: %(time)s") % {"day": day, "time": time}


def _reversed(teller: Storyteller, entry: Entry) -> str:
    time = locales.duration(int(entry.data.get("minutes", 0)) * MINUTE)
    return _("Time of %(day)s taken back: %(time)s") % {
        "day": _day(entry.data.get("day"), teller.speech),
        "time": time,
    }


def _handed_over(teller: Storyteller, entry: Entry) -> str:
    wait, reference = entry.data.get("wait"), entry.data.get("reference")
    if not wait:
        return _("Back from whoever had it")
    words = wording.wait_for(str(wait))
    if reference and teller.reader != "customer":
        words = _("%(what)s (%(reference)s)") % {"what": words, "reference": reference}
    follow_up = _day(entry.data.get("follow_up_on"), teller.speech)
    return _("%(what)s; we ask again on %(day)s") % {"what": words, "day": follow_up} if follow_up else words


def _unit(teller: Storyteller, entry: Entry) -> tuple[str, str]:
    id_ = str(entry.data.get("allowance", ""))
    unit = quantities.unit_of(teller.programme, id_)
    count = quantities.quantity(unit, int(entry.data.get("quantity", 1)), teller.speech)
    return quantities.name_of(teller.programme, id_, teller.speech), count


def _unit_used(teller: Storyteller, entry: Entry) -> str:
    name, count = _unit(teller, entry)
    return _("%(allowance)s: %(count)s taken") % {"allowance": name, "count": count}


def _unit_released(teller: Storyteller, entry: Entry) -> str:
    name, count = _unit(teller, entry)
    return _("%(allowance)s: %(count)s given back") % {"allowance": name, "count": count}


def _day(text: object, speech: Speech) -> str:
    return speech.moments.date(date.fromisoformat(str(text))) if text else ""


TELLERS: Mapping[str, Callable[[Storyteller, Entry], str]] = {
    "chosen": _chosen,
    "choice-released": _released,
    "funded": _funded,
    "estimated": _estimated,
    "agreed": _agreed,
    "disagreed": _disagreed,
    "time-booked": _worked,
    "time-reversed": _reversed,
    "handed-over": _handed_over,
    "unit-used": _unit_used,
    "unit-released": _unit_released,
}
