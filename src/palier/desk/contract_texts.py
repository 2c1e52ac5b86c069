"""The papers of a contract on the desk: documents signed with the customer, and the vendor's binding texts."""

from __future__ import annotations

from collections.abc import Mapping

from palier.contracts import actions, agreements, hanging
from palier.contracts.models import ContractDocument
from palier.desk.deeds import Deed, Ground, today
from palier.pages.catalogue import gettext as _
from palier.pages.small_forms import Field, Form, Sent, options
from palier.people import access


def _document_form(ground: Ground) -> Form:
    kinds = {
        ContractDocument.MODIFICATION_CONSENT: _("Consent to a modification"),
        ContractDocument.SCOPE_OF_WORK: _("Scope of work"),
    }
    return ground.form(
        "document",
        _("Add a document"),
        _("Add"),
        Field(name="kind", label=_("What it is"), kind="choice", options=options(kinds), required=True),
        Field(name="title", label=_("Title"), required=True),
        Field(name="signed_on", label=_("Signed on"), kind="date", value=today(ground), required=True),
        Field(name="file", label=_("File"), kind="file", hint=_("PDF, plain text or Markdown.")),
    )


def _document(ground: Ground, sent: Sent) -> str:
    signed_on = sent.day("signed_on")
    assert signed_on is not None
    upload = sent.upload("file")
    actions.add_document(
        by=ground.viewer,
        contract=ground.row,
        kind=sent.chosen("kind"),
        title=sent.text("title"),
        signed_on=signed_on,
        now=ground.now,
        upload=None
        if upload is None
        else hanging.Upload(filename=upload.filename, media_type=upload.media_type, body=upload.body),
    )
    return _("Document added.")


def _texts(ground: Ground) -> dict[str, str]:
    return {
        one.id: f"{ground.speech.text(one.name)}, {one.version}"
        for one in ground.programme.documents.values()
    }


def _deposit_form(ground: Ground) -> Form | None:
    names = _texts(ground)
    if not names:
        return None
    languages = {"fr": _("French"), "en": _("English")}
    return ground.form(
        "deposit",
        _("Deposit the text of a version"),
        _("Deposit"),
        Field(name="document", label=_("Text"), kind="choice", options=options(names), required=True),
        Field(name="version", label=_("Version"), required=True),
        Field(name="language", label=_("Language"), kind="choice", options=options(languages), required=True),
        Field(
            name="file", label=_("File"), kind="file", required=True, hint=_("PDF, plain text or Markdown.")
        ),
        says=_("For every contract bound by that version. A version that binds somebody does not change."),
    )


def _deposit(ground: Ground, sent: Sent) -> str:
    upload = sent.upload("file")
    assert upload is not None
    agreements.deposit(
        by=ground.viewer,
        document=sent.chosen("document"),
        version=sent.text("version"),
        language=sent.chosen("language"),
        filename=upload.filename,
        media_type=upload.media_type,
        body=upload.body,
        now=ground.now,
    )
    return _("Deposited; it can be read and downloaded.")


def _attach_form(ground: Ground) -> Form | None:
    names = _texts(ground)
    if not names:
        return None
    return ground.form(
        "attach",
        _("Bind by a version"),
        _("Bind"),
        Field(name="document", label=_("Text"), kind="choice", options=options(names), required=True),
        Field(name="version", label=_("Version"), required=True),
        says=_("From now on, in the place of the version before; the customer is told."),
    )


def _attach(ground: Ground, sent: Sent) -> str:
    agreements.attach(
        by=ground.viewer,
        contract=ground.row,
        document=sent.chosen("document"),
        version=sent.text("version"),
        now=ground.now,
    )
    return _("Bound by that version from now on.")


def _accept_form(ground: Ground) -> Form | None:
    open_ = {
        one.document: f"{ground.speech.text(one.named.name) if one.named else one.document}, {one.version}"
        for one in agreements.of_contract(ground.viewer.vendor_id, ground.contract.id, ground.programme)
        if one.until_at is None and one.accepted_at is None
    }
    if not open_ or not ground.contacts:
        return None
    return ground.form(
        "accept",
        _("Record an acceptance"),
        _("Record it"),
        Field(name="document", label=_("Text"), kind="choice", options=options(open_), required=True),
        Field(
            name="contact",
            label=_("Who accepted"),
            kind="choice",
            options=options(ground.names()),
            required=True,
        ),
    )


def _accept(ground: Ground, sent: Sent) -> str:
    agreements.accept(
        by=ground.viewer,
        contract=ground.row,
        document=sent.chosen("document"),
        now=ground.now,
        accepted_by=ground.contacts[sent.chosen("contact")],
    )
    return _("Acceptance recorded.")


DEPOSITS = access.WRITES_PROGRAMMES | access.DRAWS_UP
DEEDS: Mapping[str, Deed] = {
    "document": Deed(section="documents", roles=access.DRAWS_UP, show=_document_form, do=_document),
    "deposit": Deed(section="documents", roles=DEPOSITS, show=_deposit_form, do=_deposit),
    "attach": Deed(section="documents", roles=access.DRAWS_UP, show=_attach_form, do=_attach),
    "accept": Deed(section="documents", roles=access.DRAWS_UP, show=_accept_form, do=_accept),
}
