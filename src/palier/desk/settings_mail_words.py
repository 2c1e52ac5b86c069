"""What is said of a way in: its settings, what is wrong with it and what to do, which messages it left where they are."""

from __future__ import annotations

from datetime import datetime

from palier.desk import settings_mail_forms as forms
from palier.mail import sources
from palier.mail.incoming_models import SourceKind
from palier.mail.models import Source
from palier.mail.sources import SignIn
from palier.pages import sizes
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.moments import micros
from palier.pages.speech import Speech


def facts(row: Source, speech: Speech) -> tuple[tuple[str, str], ...]:
    """The settings that say which one it is; nothing secret."""
    del speech
    told: list[tuple[str, str]] = []
    if row.kind == SourceKind.IMAP:
        box = sources.mailbox(row.settings)
        after = forms.afters()[box.after.value]
        told = [
            (pgettext("of mail", "Server"), f"{box.host}:{box.port}"),
            (_("User name"), box.user),
            (_("Sign in with"), "OAuth2" if box.sign_in is SignIn.OAUTH2 else _("a password")),
            (_("Folders to read"), ", ".join(box.folders)),
            (_("Once a message was taken in"), f"{after} ({box.move_to})" if box.move_to else after),
        ]
    elif row.kind == SourceKind.WEBHOOK:
        provider = str(row.settings["provider"])
        told = [(_("Provider"), forms.providers().get(provider, provider))]
    if row.trusted_borders:
        told.append((_("Servers whose checks we trust"), ", ".join(row.trusted_borders)))
    if row.kind == SourceKind.SMTP and row.trusted_borders:
        told.append((_("Networks from which these servers deliver"), ", ".join(sources.networks_of(row))))
    return tuple(told)


def problem(code: str, detail: str) -> str:
    """What is wrong, and the way out; with the other side's own words where it had some."""
    known = {
        "unknown-host": _("No server of this name is found: check how it is written."),
        "connection-refused": _("The server takes no connection on this port: check port and encryption."),
        "no-answer": _("The server does not answer: check name and port, or try again later."),
        "lost": _("The connection broke. It is tried again by itself."),
        "certificate": _("The server’s certificate is not one to trust: check its name, or have it renewed."),
        "tls": _("No encrypted connection comes about: choose the other encryption, or check the port."),
        "no-starttls": _("The server offers no STARTTLS: choose TLS."),
        "login-refused": _(
            "The server refuses user name or secret. Many providers want a password made for this use, or OAuth2."
        ),
        "token-refused": _("The provider gives no token: sign in there again and enter the new refresh token."),
        "folder-missing": _("A folder to read is not there: check its name, with the folders above it."),
        "cannot-mark": _("Messages are taken in, but cannot be marked or moved: check the folder and its rights."),
        "cannot-open": _("The secret cannot be opened with the keys of this installation: enter it anew."),
        "protocol": _("The server answers in a way that is not understood."),
        "too-large": _("A message was larger than what is taken here."),
        "not-signed": _("A post was not the provider’s: check the signing key, or user and password."),
        "not-raw": _("A post did not hold the message as it came: have the provider post messages raw."),
        "not-understood": _("A post was not understood: check that the provider chosen is the one that posts."),
        "confirm": _("The provider asks that somebody confirm the address, by opening this link:"),
    }  # fmt: skip
    said = known.get(code, _("It could not be read."))
    if not detail:
        return said
    return f"{said} {detail}" if code == "confirm" else f"{said} ({detail})"


def left(row: Source, speech: Speech) -> tuple[str, ...]:
    """The messages that stay in the mailbox because they are too large, one sentence each."""
    return tuple(
        _("%(folder)s: a message of %(size)s, found %(at)s")
        % {
            "folder": one["folder"],
            "size": sizes.size(one["size"], speech),
            "at": speech.moments.day_time(micros(datetime.fromisoformat(one["at"]))),
        }
        for one in row.place.get("", [])
    )
