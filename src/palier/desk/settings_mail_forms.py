"""The forms of the mail settings, and what was sent read back: addresses, mailboxes, providers' webhooks, other ways in."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from palier.mail import addresses, sources, webhooks
from palier.mail.incoming_models import SourceKind
from palier.mail.models import MailAddress, Source
from palier.mail.sources import After, First, Mailbox, Provider, Secret, Security, SignIn
from palier.pages.catalogue import gettext as _
from palier.pages.catalogue import pgettext
from palier.pages.small_forms import Field, Form, Sent, options
from palier.pages.speech import Speech
from palier.people import secrets
from palier.people.access import Refused, Viewer


def securities() -> dict[str, str]:
    """How the way to a mailbox is kept secret, in words."""
    return {
        Security.TLS.value: _("TLS (port 993)"),
        Security.STARTTLS.value: _("STARTTLS (port 143)"),
        Security.NONE.value: _("None: a server on this very machine"),
    }


def afters() -> dict[str, str]:
    """What is done with a message once it was taken, in words."""
    return {
        After.SEEN.value: _("mark it as read"),
        After.MOVE.value: _("move it to the folder below"),
        After.LEAVE.value: _("leave it as it is"),
    }


def providers() -> dict[str, str]:
    """Providers whose webhooks can be taken here."""
    names = {"mailgun": "Mailgun", "postmark": "Postmark", "sendgrid": "SendGrid", "ses": "Amazon SES"}
    return {one.value: names[one.value] for one in webhooks.offered()}


def kinds() -> dict[str, str]:
    """What a source is, in words."""
    return {
        SourceKind.IMAP.value: _("Mailbox (IMAP)"),
        SourceKind.SMTP.value: _("Direct delivery (SMTP, LMTP)"),
        SourceKind.WEBHOOK.value: _("Provider’s webhook"),
        SourceKind.IMPORT.value: _("Files taken in at the command line"),
    }


def address_form(speech: Speech, row: MailAddress | None) -> Form:
    """An address, and what it says of a request that comes there."""
    programme = speech.programme
    products = {one.id: speech.text(one.name) for one in programme.products.values()} if programme else {}
    asked = {one.id: speech.text(one.name) for one in programme.kinds.values()} if programme else {}
    return Form(
        action=f"address-{row.id}" if row is not None else "address-new",
        title=_("Change") if row is not None else _("Add an address"),
        button=_("Save") if row is not None else _("Add"),
        url=reverse("desk:settings-mail-address", args=[row.id])
        if row is not None
        else reverse("desk:settings-mail-address-new"),
        fields=(
            Field(
                name="address",
                label=_("E-mail address"),
                kind="email",
                value=row.address if row is not None else "",
                hint=_("What follows a plus sign comes here too: help+anything@…"),
                required=True,
            ),
            Field(
                name="product",
                label=_("Product of requests that come here"),
                kind="choice",
                options=options(products, row.product if row is not None else ""),
            ),
            Field(
                name="kind",
                label=_("Their kind"),
                kind="choice",
                options=options(asked, row.kind if row is not None else ""),
            ),
            Field(
                name="language",
                label=_("Their language"),
                kind="choice",
                options=options({"en": "English", "fr": "Français"}, row.language if row is not None else ""),
            ),
            Field(
                name="is_main",
                label=_("The main one: letters are sent from it"),
                kind="check",
                value="yes" if row is not None and row.is_main else "",
            ),
        ),
    )


def save_address(viewer: Viewer, sent: Sent, row: MailAddress | None, now: datetime) -> str:
    """Keep an address."""
    made = addresses.save(
        by=viewer,
        row=row,
        address=sent.text("address"),
        product=sent.chosen("product"),
        kind=sent.chosen("kind"),
        language=sent.chosen("language"),
        is_main=sent.ticked("is_main"),
        now=now,
    )
    return _("Mail to %(address)s is taken in.") % {"address": made.address}


def _name(row: Source | None) -> Field:
    return Field(
        name="name",
        label=pgettext("a field", "Name"),
        value=row.name if row is not None else "",
        required=True,
    )


def _borders(row: Source | None) -> Field:
    return Field(
        name="borders",
        label=_("Servers whose checks we trust"),
        kind="long",
        value="\n".join(row.trusted_borders) if row is not None else "",
        hint=_(
            "One a line, as they stand first in the header Authentication-Results. Leave empty if you do not know: "
            "we then check for ourselves."
        ),
    )


def _networks(row: Source | None) -> Field:
    return Field(
        name="networks",
        label=_("Networks from which these servers deliver"),
        kind="long",
        value="\n".join(sources.networks_of(row)) if row is not None else "",
        hint=_(
            "One a line: 192.0.2.7 or 192.0.2.0/24. Left empty: this machine only. In what comes from elsewhere no "
            "server’s checks are trusted: whoever can reach this way in could write them."
        ),
    )


def _form(action: str, title: str, row: Source | None, fields: tuple[Field, ...], says: str = "") -> Form:
    return Form(
        action=f"source-{row.id}" if row is not None else f"{action}-new",
        title=_("Change") if row is not None else title,
        button=_("Save") if row is not None else _("Add"),
        url=reverse("desk:settings-mail-act", args=[row.id, "save"])
        if row is not None
        else reverse("desk:settings-mail-new", args=[action]),
        fields=fields,
        says=says,
    )


def _secret(name: str, label: str, row: Source | None) -> Field:
    kept = row is not None and row.secret is not None
    return Field(
        name=name, label=label, kind="secret", hint=_("Left empty, the one kept stays.") if kept else ""
    )


def mailbox_form(row: Source | None) -> Form:
    """A mailbox that is read."""
    box = sources.mailbox(row.settings) if row is not None else None
    return _form(
        SourceKind.IMAP.value,
        _("Add a mailbox"),
        row,
        (
            _name(row),
            Field(name="host", label=_("IMAP server"), value=box.host if box else "", required=True),
            Field(
                name="security",
                label=_("Encryption"),
                kind="choice",
                options=options(securities(), box.security.value if box else Security.TLS.value),
                required=True,
            ),
            Field(
                name="port",
                label=pgettext("of a server", "Port"),
                kind="whole",
                value=str(box.port) if box else "",
                hint=_("Left empty: the usual one."),
            ),
            Field(name="user", label=_("User name"), value=box.user if box else "", required=True),
            Field(
                name="sign_in",
                label=_("Sign in with"),
                kind="choice",
                options=options(
                    {SignIn.PASSWORD.value: _("a password"), SignIn.OAUTH2.value: "OAuth2"},
                    box.sign_in.value if box else SignIn.PASSWORD.value,
                ),
                required=True,
            ),
            _secret("password", _("Password"), row),
            Field(
                name="token_url",
                label=_("OAuth2: address of tokens"),
                value=box.token_url if box else "",
                hint="https://login.provider.example/oauth2/token",
            ),
            Field(name="client_id", label=_("OAuth2: client’s id"), value=box.client_id if box else ""),
            _secret("client_secret", _("OAuth2: client’s secret"), row),
            _secret("refresh_token", _("OAuth2: refresh token"), row),
            Field(name="scope", label=_("OAuth2: scope"), value=box.scope if box else ""),
            Field(
                name="folders",
                label=_("Folders to read"),
                kind="long",
                value="\n".join(box.folders) if box else "INBOX",
                hint=_("One a line."),
                required=True,
            ),
            Field(
                name="after",
                label=_("Once a message was taken in"),
                kind="choice",
                options=options(afters(), box.after.value if box else After.SEEN.value),
                required=True,
            ),
            Field(name="move_to", label=_("Folder to move to"), value=box.move_to if box else ""),
            Field(
                name="first",
                label=_("At the first visit take"),
                kind="choice",
                options=options(
                    {
                        First.NEW.value: _("only what comes from now on"),
                        First.ALL.value: _("everything that is there"),
                    },
                    box.first.value if box else First.NEW.value,
                ),
                required=True,
            ),
            Field(
                name="every_s",
                label=_("Seconds between two looks"),
                kind="whole",
                value=str(box.every_s) if box else "60",
                hint=_("Servers that announce new mail by themselves are not waited for."),
                required=True,
            ),
            _borders(row),
        ),
        _("Secrets are sealed when they are saved and never shown again."),
    )


def save_mailbox(viewer: Viewer, sent: Sent, row: Source | None, now: datetime) -> Source:
    """Keep a mailbox."""
    security = Security(sent.chosen("security"))
    usual = 993 if security is Security.TLS else 143
    port = sent.whole("port")
    box = Mailbox(
        host=sent.text("host"),
        port=usual if port is None else port,
        security=security,
        user=sent.text("user"),
        sign_in=SignIn(sent.chosen("sign_in")),
        folders=tuple(filter(None, (one.strip() for one in sent.text("folders").splitlines()))),
        after=After(sent.chosen("after")),
        move_to=sent.text("move_to"),
        first=First(sent.chosen("first")),
        every_s=sent.whole("every_s") or 0,
        token_url=sent.text("token_url"),
        client_id=sent.text("client_id"),
        scope=sent.text("scope"),
    )
    typed = _typed(sent, row)
    if row is not None and not _sent_to_the_same(sources.mailbox(row.settings), box) and not _is_typed(sent):
        raise Refused(
            code="secret-again",
            en="The secret goes elsewhere now: enter it again.",
            fr="Le secret va désormais ailleurs : saisissez-le de nouveau.",
        )
    return sources.save(
        by=viewer,
        source=row,
        kind=SourceKind.IMAP,
        name=sent.text("name"),
        settings=sources.kept(box),
        borders=sent.text("borders").splitlines(),
        opened=typed,
        now=now,
    )


def _sent_to_the_same(before: Mailbox, after: Mailbox) -> bool:
    """Whether the secret is shown to the same servers as before: one that was kept is never sent to another."""
    return (before.host, before.token_url) == (after.host.lower(), after.token_url)


def _is_typed(sent: Sent) -> bool:
    return any(sent.data.get(name) for name in ("password", "client_secret", "refresh_token"))


def _typed(sent: Sent, row: Source | None) -> Secret | None:
    """What was typed, with what is kept where nothing was; None where nothing was typed at all."""
    typed = {
        name: sent.data.get(name, "")
        for name in ("password", "client_secret", "refresh_token", "signing_key")
    }
    if row is not None and not any(typed.values()):
        return None
    try:
        kept = sources.secret(row) if row is not None else Secret()
    except secrets.CannotOpen:
        # Sealed with a key that is lost: what was typed is all there is.
        kept = Secret()
    return Secret(**{name: value or getattr(kept, name) for name, value in typed.items()})


def webhook_form(row: Source | None) -> Form:
    """A provider that posts messages."""
    return _form(
        SourceKind.WEBHOOK.value,
        _("Add a provider’s webhook"),
        row,
        (
            _name(row),
            Field(
                name="provider",
                label=_("Provider"),
                kind="choice",
                options=options(providers(), str(row.settings["provider"]) if row is not None else ""),
                required=True,
            ),
            _secret("signing_key", _("Signing key (Mailgun), or user:password of the address"), row),
            _borders(row),
        ),
        _("Set the provider to post messages raw, as they came: only so can their signatures be checked."),
    )


def save_webhook(viewer: Viewer, sent: Sent, row: Source | None, now: datetime) -> tuple[Source, str]:
    """Keep a provider; with the token of its address where it is new."""
    provider = Provider(sent.chosen("provider"))
    draft = row or Source(vendor_id=viewer.vendor_id)
    token = sources.new_token(draft) if row is None else ""
    saved = sources.save(
        by=viewer,
        source=row,
        kind=SourceKind.WEBHOOK,
        name=sent.text("name"),
        settings={"provider": provider.value, "token_hash": draft.settings["token_hash"]},
        borders=sent.text("borders").splitlines(),
        opened=_typed(sent, row),
        now=now,
    )
    return saved, token


def plain_form(kind: SourceKind, row: Source | None) -> Form:
    """Direct delivery, or files: nothing but a name and whom to trust."""
    says = (
        _("Only with it do you say which servers’ checks we trust; turned off, nothing is taken this way.")
        if kind is SourceKind.SMTP
        else _("Names whose checks we trust in the messages of files.")
    )
    title = _("Add direct delivery") if kind is SourceKind.SMTP else _("Add files")
    also = (_networks(row),) if kind is SourceKind.SMTP else ()
    return _form(kind.value, title, row, (_name(row), _borders(row), *also), says)


def save_plain(viewer: Viewer, sent: Sent, kind: SourceKind, row: Source | None, now: datetime) -> Source:
    """Keep one of these."""
    return sources.save(
        by=viewer,
        source=row,
        kind=kind,
        name=sent.text("name"),
        settings=sources.networks(sent.text("networks").splitlines()) if kind is SourceKind.SMTP else {},
        borders=sent.text("borders").splitlines(),
        opened=None,
        now=now,
    )


def source_form(kind: SourceKind, row: Source | None) -> Form:
    """The form of a source of this kind."""
    if kind is SourceKind.IMAP:
        return mailbox_form(row)
    return webhook_form(row) if kind is SourceKind.WEBHOOK else plain_form(kind, row)
