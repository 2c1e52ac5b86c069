"""What was mended in a message so that it could be read, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from palier.mail.reader.values import Fault
from palier.pages.catalogue import gettext as _

_WORDS: Mapping[Fault, Callable[[], str]] = {
    Fault.HEADERS_MALFORMED: lambda: _("its head is not written as the rules ask"),
    Fault.HEADERS_CUT: lambda: _("its head is too long and was cut"),
    Fault.HEADER_TWICE: lambda: _("a line of its head stands twice; the first was read"),
    Fault.NO_FROM: lambda: _("it names no sender"),
    Fault.SEVERAL_FROM: lambda: _("it names several senders"),
    Fault.ADDRESS_MALFORMED: lambda: _("an address in it is none"),
    Fault.NAME_IS_ADDRESS: lambda: _("the sender’s name looks like another address"),
    Fault.DATE_MALFORMED: lambda: _("it has no date that can be read"),
    Fault.CHARSET_GUESSED: lambda: _("its alphabet was guessed"),
    Fault.CHARACTERS_LOST: lambda: _("some characters could not be read"),
    Fault.NUL_REMOVED: lambda: _("empty characters were taken out"),
    Fault.ENCODING_BROKEN: lambda: _("a part of it is encoded wrongly"),
    Fault.BOUNDARY_BROKEN: lambda: _("its parts are not closed"),
    Fault.PARTS_CUT: lambda: _("it has too many parts; the rest was left out"),
    Fault.TOO_DEEP: lambda: _("its parts are nested too deeply"),
    Fault.TEXT_CUT: lambda: _("its text is too long and was cut"),
    Fault.HTML_TOO_DEEP: lambda: _("its page is nested too deeply"),
    Fault.HTML_UNDECLARED: lambda: _("it is a page that does not say so"),
    Fault.TNEF_BROKEN: lambda: _("its winmail.dat could not be opened"),
    Fault.CALENDAR_BROKEN: lambda: _("its invitation could not be read"),
    Fault.ENCRYPTED: lambda: _("it is encrypted, or sealed in its signature"),
    Fault.EMPTY: lambda: _("it is empty"),
}


def words(found: Iterable[str]) -> tuple[str, ...]:
    """Each of them in a few words."""
    return tuple(_WORDS[Fault(one)]() for one in found)
