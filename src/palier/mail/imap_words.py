"""What can go wrong on the way to a mailbox, by its code (docs/reference/mail-sources.md)."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator

import imap_tools

from palier.mail.sources import Failed

ERRORS = (imaplib.IMAP4.error, imap_tools.errors.ImapToolsError, OSError)


@contextlib.contextmanager
def in_words(refused: str = "protocol") -> Iterator[None]:
    """What can go wrong on the way, by its code; `refused` is that of a command the server would not do."""
    try:
        yield
    except socket.gaierror as error:
        raise Failed("unknown-host", str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise Failed("certificate", error.verify_message) from error
    except ssl.SSLError as error:
        raise Failed("tls", str(error.reason or error)) from error
    except ConnectionRefusedError as error:
        raise Failed("connection-refused") from error
    except TimeoutError as error:
        raise Failed("no-answer") from error
    except (OSError, imaplib.IMAP4.abort) as error:
        if "TLS not supported" in str(error):  # imaplib's word for a server that offers no STARTTLS
            raise Failed("no-starttls") from error
        raise Failed("lost", str(error)) from error
    except (imaplib.IMAP4.error, imap_tools.errors.ImapToolsError) as error:
        raise Failed(refused, _said(error)) from error


def _said(error: Exception) -> str:
    """The server's own words about a command it refused."""
    result = getattr(error, "command_result", None)
    lines = result[1] if isinstance(result, tuple) else error.args
    return " ".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in lines)[
        :300
    ]
