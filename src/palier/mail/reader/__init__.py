"""Mail as it comes, read: what a message says, whether a machine wrote it, its language.

Framework-free, and never an exception but `Unreadable`: mail is written by anybody. Rules: docs/reference/mail-reading.md.
"""

from palier.mail.reader.languages import language
from palier.mail.reader.quoting import CUT_LINES
from palier.mail.reader.reading import read
from palier.mail.reader.recognising import OWN_HEADER, Automatic, Kind, recognise
from palier.mail.reader.reports import Failure
from palier.mail.reader.values import Appointment, Fault, Limits, Mailbox, Part, Reading, Unreadable

__all__ = [
    "CUT_LINES",
    "OWN_HEADER",
    "Appointment",
    "Automatic",
    "Failure",
    "Fault",
    "Kind",
    "Limits",
    "Mailbox",
    "Part",
    "Reading",
    "Unreadable",
    "language",
    "read",
    "recognise",
]
