"""What became of a message, in words: why it waits, how its writer is proved, what was mended in it."""

from __future__ import annotations

from collections.abc import Mapping

from palier.mail.incoming_models import State
from palier.mail.models import Incoming
from palier.mail.reasons import Became, Reason
from palier.pages.catalogue import gettext as _
from palier.pages.speech import Speech


def view_names() -> Mapping[str, str]:
    """The lists, by name."""
    return {
        "held": _("To decide"),
        "unknown": _("Unknown senders"),
        "parked": _("Parked"),
        "ignored": _("Ignored"),
        "discarded": _("Thrown away"),
        "all": _("Everything received"),
    }


def why(row: Incoming, speech: Speech) -> str:
    """Why it is where it is, in one sentence."""
    if row.state == State.DONE:
        return _became(row)
    if row.state == State.RECEIVED:
        return _("Not looked at yet.")
    said = _reasons().get(row.reason)
    if row.reason in (Reason.REFUSED, Reason.FAILED):
        return f"{said} {_told(row, speech)}".strip()
    if row.reason == Reason.BY_HAND:
        return f"{said} {row.detail.get('why', '')}".strip()
    if said is None:
        # The reader's own code: it said in both languages what is wrong.
        return _told(row, speech) or row.reason
    return said


def _told(row: Incoming, speech: Speech) -> str:
    """What was said when it failed or was refused: in the reader's language where it was said in both."""
    said = row.detail.get("said", row.detail)
    if isinstance(said, dict):
        return str(said.get(speech.language, ""))
    return str(said)


def _became(row: Incoming) -> str:
    words = {
        Became.REQUEST: _("It became a request."),
        Became.REPLY: _("It stands on a request."),
        Became.NOTE: _("It is a note on a request."),
        Became.HISTORY: _("It was brought in from before."),
    }
    return words[Became(str(row.detail.get("became", Became.REPLY)))]


def _reasons() -> Mapping[str, str]:
    return {
        Reason.UNKNOWN: _("Nobody of a customer has this address."),
        Reason.UNCONFIRMED: _(
            "It bears a contact’s address, and nothing proves it. The contact can say so in the portal."
        ),
        Reason.REJECTED: _("The domain of its sender says that this is not its mail."),
        Reason.REMOVED: _("Its sender was a contact once and was removed."),
        Reason.STRANGER: _("It names a request in which its sender has no part."),
        Reason.CHANNEL_OFF: _("This programme takes no new requests by mail; its sender was shown the way."),
        Reason.TOO_MUCH: _("More than a person writes came from there: a machine may be answering."),
        Reason.STAFF: _("Somebody who works here wrote it, on no request or without proof."),
        Reason.REFUSED: _("A rule of requests refused it:"),
        Reason.FAILED: _("Handling it failed again and again:"),
        Reason.AUTO_REPLY: _("A machine’s answer."),
        Reason.BOUNCE: _("A report that a letter did not arrive."),
        Reason.DELIVERY_REPORT: _("A report on a letter’s way."),
        Reason.READ_RECEIPT: _("A report that a letter was opened."),
        Reason.LIST: _("Mail of a list."),
        Reason.OWN: _("A letter of our own, come back."),
        Reason.EMPTY: _("An answer without a word or a file."),
        Reason.NOT_MINE: _("Its supposed sender says: I did not write it."),
        Reason.BY_HAND: _("Thrown away:"),
    }


def proof(row: Incoming) -> str:
    """How its writer stands."""
    words = {
        "authenticated": _("proved"),
        "unauthenticated": _("not proved"),
        "rejected": _("refused by its domain"),
    }
    return words.get(row.proof, "")
