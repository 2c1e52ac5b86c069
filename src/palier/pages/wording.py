"""The words for states, promises, waits and reasons that portal and desk share, in the active language.

Those of promises, waits and reasons are `palier explain`'s (palier.programme.explain_clock): a clock is told one way.
"""

from __future__ import annotations

from django.utils.translation import get_language

from palier.core import promises
from palier.core.programme import Commitment, OutcomeKind, Relief, Wait
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.programme import explain_clock, problems
from palier.programme.problems import Said


def commitment(which: Commitment | str) -> str:
    """`First answer`."""
    return _said(explain_clock.COMMITMENTS[Commitment(which)])


def commitment_short(which: Commitment | str) -> str:
    """The same where the column says that it is due: `Update`."""
    if which == Commitment.NEXT_UPDATE:
        return pgettext("commitment", "Update")
    return commitment(which)


def status(which: str) -> str:
    """Where a ticket stands, for people of the vendor."""
    return {
        "held": pgettext("status", "Held"),
        "new": pgettext("status", "New"),
        "open": pgettext("status", "Open"),
        "waiting": pgettext("status", "Waiting"),
        "not-covered": pgettext("status", "Not covered"),
        "resolved": pgettext("status", "Resolved"),
        "closed": pgettext("status", "Closed"),
    }[which]


def status_for_customer(which: str, wait: str) -> str:
    """Where a request stands, for the person who wrote it."""
    if which == "waiting" and wait in ("customer", "consent"):
        return pgettext("status", "Waits for you")
    return {
        "held": pgettext("status", "On hold"),
        "new": pgettext("status", "Received"),
        "open": pgettext("status", "In progress"),
        "waiting": wait_for(wait) if wait else pgettext("status", "Waiting"),
        "not-covered": pgettext("status", "Not covered"),
        "resolved": pgettext("status", "Resolved"),
        "closed": pgettext("status", "Closed"),
    }[which]


def wait_for(which: Wait | str) -> str:
    """Whom or what a ticket waits for."""
    words = _said(explain_clock.WAITS[Wait(which)])
    return words[:1].upper() + words[1:]


def relief(which: Relief | str) -> str:
    """What ends the round-the-clock clock."""
    return {
        Relief.OPERATIONAL: _("The software is operational again"),
        Relief.REASONABLE_WORKAROUND: _("A reasonable workaround is in place"),
        Relief.SEVERITY_LOWERED: _("The severity was lowered"),
    }[Relief(which)]


def outcome(kind: OutcomeKind | str, level: int | None) -> str:
    """A verdict in two words."""
    which = OutcomeKind(kind)
    if level is not None and (which is OutcomeKind.OFFER or (which is OutcomeKind.COVER and level > 1)):
        return _("Level %(level)d") % {"level": level}
    return {
        OutcomeKind.COVER: _("Covered"),
        # A programme without levels is not told one.
        OutcomeKind.OFFER: pgettext("outcome", "Billable"),
        OutcomeKind.EXCLUDE: _("Not covered"),
        OutcomeKind.HOLD: pgettext("status", "Held"),
    }[which]


OUTCOME_TONES = {
    OutcomeKind.COVER: ("good", "check"),
    OutcomeKind.OFFER: ("warn", "coin"),
    OutcomeKind.EXCLUDE: ("out", "forbid-2"),
    OutcomeKind.HOLD: ("held", "lock"),
}


def outcome_tone(kind: OutcomeKind | str, level: int | None) -> tuple[str, str]:
    """How its badge looks: (tone, icon). What costs is amber even when it is covered."""
    which = OutcomeKind(kind)
    if which is OutcomeKind.COVER and (level or 1) > 1:
        return OUTCOME_TONES[OutcomeKind.OFFER]
    return OUTCOME_TONES[which]


def because(why: promises.Because, wait: Wait | None = None) -> str:
    """Why a stretch of a clock began or ended."""
    if why is promises.Because.WAITING and wait is not None:
        return _said(explain_clock.WAITS[wait])
    return _said(explain_clock.REASONS[why])


def _said(words: Said) -> str:
    """The words in the active language."""
    return problems.in_language(words, get_language() or "en")
