"""The binding texts: the vendor's agreements, each version with its bytes and hash, on programme and contract.

A programme names its documents with version and date; their texts are deposited here, a file a language. A contract is
bound by one version of each from an instant on; a later version takes its place from another, never retroactively.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from palier.contracts import naming, queries, recording, roles
from palier.contracts.models import (
    Agreement,
    Contract,
    ContractAgreement,
    ContractDocument,
    EventKind,
    Paper,
)
from palier.core.programme import Document, Programme
from palier.people import access, notices
from palier.people.models import Contact

MARKDOWN, TEXT, PDF = "text/markdown", "text/plain", "application/pdf"
MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """A text in one language: its title, and the paper with its hash and size."""

    id: UUID
    language: str
    title: str
    filename: str
    media_type: str
    hash: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingText:
    """One version of a binding text: what the programme calls it (None: no longer names it), where it can be read.

    `from_at` and what follows are of the contract it hangs on; None where it is asked of a programme.
    """

    document: str
    version: str
    named: Document | None
    dated: date | None
    texts: tuple[Deposited, ...]
    from_at: datetime | None = None
    until_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str = ""


# --- texts ------------------------------------------------------------------------------------------


def keep_paper(vendor_id: UUID, *, filename: str, media_type: str, body: bytes, now: datetime) -> Paper:
    """Keep the bytes of a text under their hash; raises Refused for what is empty, too large or not what it says."""
    _check_body(media_type, body)
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip() or "text"
    found, _ = Paper.objects.get_or_create(
        vendor_id=vendor_id,
        hash=hashlib.sha256(body).hexdigest(),
        filename=name[-120:],
        defaults={"media_type": media_type, "body": body, "size": len(body), "recorded_at": now},
    )
    return found


def _check_body(media_type: str, body: bytes) -> None:
    if media_type not in (MARKDOWN, TEXT, PDF):
        raise access.Refused(
            code="bad-media-type",
            en=f"A text is Markdown, plain text or PDF, not {media_type!r}.",
            fr=f"Un texte est en Markdown, en texte simple ou en PDF, non en {media_type!r}.",
        )
    if not body or len(body) > MOST_BYTES:
        raise access.Refused(
            code="bad-size",
            en=f"A text has from 1 to {MOST_BYTES:,} bytes; this one has {len(body):,}.",
            fr=f"Un texte a de 1 à {MOST_BYTES:,} octets ; celui-ci en a {len(body):,}.",
        )
    if media_type == PDF:
        right = body.startswith(b"%PDF-")
    else:
        right = b"\0" not in body and _is_utf8(body)
    if not right:
        raise access.Refused(
            code="not-what-it-says",
            en=f"The file is not {media_type}: choose the right kind, or save it as UTF-8 text.",
            fr=f"Le fichier n’est pas du {media_type} : choisissez la bonne sorte, ou enregistrez-le en texte UTF-8.",
        )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def deposit(
    *,
    by: access.Viewer,
    document: str,
    version: str,
    language: str,
    filename: str,
    media_type: str,
    body: bytes,
    now: datetime,
    title: str = "",
    dated: date | None = None,
) -> Agreement:
    """Deposit the text of a version of one of the programme's documents, in a language.

    The same bytes again are the same text; other bytes under the same version and language are refused: a version that
    binds somebody does not change. Title and date are the programme's where they are not given.
    """
    access.require_role(by, access.WRITES_PROGRAMMES | access.DRAWS_UP)
    named = _named(by.vendor_id, document, version)
    paper = keep_paper(by.vendor_id, filename=filename, media_type=media_type, body=body, now=now)
    agreement, _ = Agreement.objects.select_related("paper").get_or_create(
        vendor_id=by.vendor_id,
        document=document,
        version=version,
        language=language,
        defaults={
            "title": title or named.name.in_(language),
            "dated": dated or (named.dated if named.version == version else None),
            "paper": paper,
            "staff_id": by.staff_id,
            "recorded_at": now,
        },
    )
    if agreement.paper.hash != paper.hash:
        raise access.Refused(
            code="version-is-fixed",
            en=f"Version {version} of this text is deposited already and does not change: give the new text a new version.",
            fr=f"La version {version} de ce texte est déjà déposée et ne change pas : donnez au nouveau texte une nouvelle version.",
        )
    return agreement


def _named(vendor_id: UUID, document: str, version: str) -> Document:
    """A document as the programme names it: in the revision that names this version, else in the latest that names it."""
    texts = [queries.programme_of(one).documents for one in queries.revisions(vendor_id)]
    found = [documents[document] for documents in texts if document in documents]
    if not found:
        known = ", ".join(dict.fromkeys(id_ for documents in texts for id_ in documents)) or "–"
        raise access.Refused(
            code="unknown-word",
            en=f"The programme has no document {document!r}; it has: {known}.",
            fr=f"Le programme n’a pas de document {document!r} ; il a : {known}.",
        )
    return next((one for one in found if one.version == version), found[0])


def of_programme(vendor_id: UUID, programme: Programme) -> tuple[BindingText, ...]:
    """The binding texts a programme names, in its order, with the texts deposited for their versions."""
    texts = _texts(vendor_id, ((one.id, one.version) for one in programme.documents.values()))
    return tuple(
        BindingText(
            document=one.id,
            version=one.version,
            named=one,
            dated=one.dated,
            texts=tuple(text for _, text in texts.get((one.id, one.version), ())),
        )
        for one in programme.documents.values()
    )


def of_contract(vendor_id: UUID, contract_id: UUID, programme: Programme) -> tuple[BindingText, ...]:
    """Every version that bound a contract, those in force first, then by when they began; with the deposited texts."""
    rows = list(
        ContractAgreement.objects.filter(vendor_id=vendor_id, contract_id=contract_id).select_related(
            "accepted_by"
        )
    )
    rows.sort(key=lambda row: (row.until_at is not None, row.document, -row.from_at.timestamp()))
    texts = _texts(vendor_id, ((row.document, row.version) for row in rows))
    found = []
    for row in rows:
        deposited = texts.get((row.document, row.version), [])
        named = programme.documents.get(row.document)
        dates = [on for on, _ in deposited if on is not None]
        same = named is not None and named.version == row.version
        found.append(
            BindingText(
                document=row.document,
                version=row.version,
                named=named,
                dated=dates[0] if dates else (named.dated if named is not None and same else None),
                texts=tuple(text for _, text in deposited),
                from_at=row.from_at,
                until_at=row.until_at,
                accepted_at=row.accepted_at,
                accepted_by=row.accepted_by.name if row.accepted_by is not None else "",
            )
        )
    return tuple(found)


def _texts(
    vendor_id: UUID, wanted: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], list[tuple[date | None, Deposited]]]:
    keys = set(wanted)
    rows = Agreement.objects.filter(vendor_id=vendor_id, document__in={document for document, _ in keys})
    found: dict[tuple[str, str], list[tuple[date | None, Deposited]]] = {}
    for row in rows.select_related("paper").defer("paper__body").order_by("language"):
        if (row.document, row.version) in keys:
            deposited = Deposited(
                id=row.id,
                language=row.language,
                title=row.title,
                filename=row.paper.filename,
                media_type=row.paper.media_type,
                hash=row.paper.hash,
                size=row.paper.size,
            )
            found.setdefault((row.document, row.version), []).append((row.dated, deposited))
    return found


def text(viewer: access.Viewer, agreement_id: UUID) -> Agreement:
    """A deposited text with its bytes, to read or download. Raises Agreement.DoesNotExist.

    Customers read the texts of the vendor's programmes in force and those that bind or bound one of their contracts.
    """
    found = Agreement.objects.select_related("paper").get(vendor_id=viewer.vendor_id, id=agreement_id)
    if viewer.is_customer and not _may_read(viewer, found):
        raise Agreement.DoesNotExist(str(agreement_id))
    return found


def _may_read(viewer: access.Viewer, agreement: Agreement) -> bool:
    theirs = queries.contracts(viewer)
    bound = ContractAgreement.objects.filter(
        vendor_id=viewer.vendor_id,
        contract__in=theirs,
        document=agreement.document,
        version=agreement.version,
    )
    if bound.exists():
        return True
    revisions = theirs.values_list("revision_id", flat=True).distinct()
    named = (queries.programme(one).documents.get(agreement.document) for one in revisions)
    return any(one is not None and one.version == agreement.version for one in named)


def document_paper(viewer: access.Viewer, document_id: UUID) -> ContractDocument:
    """A paper on a contract the viewer sees, with its bytes. Raises ContractDocument.DoesNotExist."""
    return ContractDocument.objects.select_related("paper").get(
        vendor_id=viewer.vendor_id,
        id=document_id,
        contract__in=queries.contracts(viewer),
        paper__isnull=False,
    )


# --- on a contract ----------------------------------------------------------------------------------


def bind(contract: Contract, documents: Sequence[Document], now: datetime) -> None:
    """Bind a contract by the versions a programme names, from now on; no event: part of a larger act."""
    standing = ContractAgreement.objects.filter(
        vendor_id=contract.vendor_id, contract=contract, until_at=None
    )
    held = {row.document: row.version for row in standing}
    fresh = [one for one in documents if held.get(one.id) != one.version]
    standing.filter(document__in=[one.id for one in fresh]).update(until_at=now)
    ContractAgreement.objects.bulk_create(
        ContractAgreement(
            vendor_id=contract.vendor_id,
            contract=contract,
            document=one.id,
            version=one.version,
            from_at=now,
        )
        for one in fresh
    )


def bind_again(contract: Contract, documents: Mapping[str, Document], at: datetime) -> None:
    """Have the texts that bind a contract become those of another revision, from an instant on; no event either."""
    rows = ContractAgreement.objects.filter(vendor_id=contract.vendor_id, contract=contract, until_at=None)
    held = rows.values_list("document", flat=True)
    bind(contract, [documents[id_] for id_ in held if id_ in documents], at)


def attach(
    *, by: access.Viewer, contract: Contract, document: str, version: str, now: datetime
) -> ContractAgreement:
    """Have a version of a binding text hang on a contract from now on, in the place of the one before; the customer is told.

    The version is the programme's own, or one whose text is deposited.
    """
    access.require_role(by, access.DRAWS_UP)
    there = recording.take(by, contract).as_of(now)
    programme = queries.programme(there.revision_id)
    named = programme.documents.get(document)
    deposited = Agreement.objects.filter(vendor_id=by.vendor_id, document=document, version=version)
    if not (named is not None and named.version == version) and not deposited.exists():
        raise access.Refused(
            code="unknown-version",
            en=f"There is no version {version!r} of the text {document!r}: deposit it first.",
            fr=f"Il n’y a pas de version {version!r} du texte {document!r} : déposez-la d’abord.",
        )
    standing = ContractAgreement.objects.filter(
        vendor_id=by.vendor_id, contract=contract, document=document, until_at=None
    )
    if standing.filter(version=version).exists():
        raise access.Refused(
            code="bound-already",
            en="This version binds the contract already.",
            fr="Cette version lie déjà le contrat.",
        )
    standing.update(until_at=now)
    row = ContractAgreement.objects.create(
        vendor_id=by.vendor_id, contract=contract, document=document, version=version, from_at=now
    )
    data = {"document": document, "version": version}
    recording.record(by=by, contract=contract, kind=EventKind.AGREEMENT_ATTACHED, now=now, data=data)
    recording.notice_customer(
        by=by, contract=contract, kind=notices.Kind.AGREEMENT_ATTACHED, now=now, data=data
    )
    return row


def accept(
    *,
    by: access.Viewer,
    contract: Contract,
    document: str,
    now: datetime,
    accepted_by: Contact | None = None,
) -> ContractAgreement:
    """The customer accepts the version in force of a text; the vendor is told. Accepted once, it stays so.

    Its administrators and authorised contacts accept themselves; the vendor's people record who did.
    """
    there = recording.take(by, contract)
    if by.is_customer:
        accepting = by.contact_id
        if not naming.may_name(by, there, now):
            raise access.Refused(
                code="not-your-contract",
                en="Only its authorised contacts and your account's administrator accept a contract's texts.",
                fr="Seuls ses contacts autorisés et l’administrateur de votre compte acceptent les textes d’un contrat.",
            )
    else:
        access.require_role(by, access.DRAWS_UP)
        accepting = accepted_by.id if accepted_by is not None else None
        if accepted_by is None or accepted_by.organisation_id not in (
            there.organisation_id,
            there.partner_id,
        ):
            raise access.Refused(
                code="who-accepted",
                en="Say which of the customer's contacts accepted.",
                fr="Dites lequel des contacts du client a accepté.",
            )
    row = ContractAgreement.objects.filter(
        Q(until_at=None), vendor_id=by.vendor_id, contract=contract, document=document
    ).first()
    if row is None:
        raise access.Refused(
            code="not-bound",
            en=f"No text {document!r} hangs on this contract.",
            fr=f"Aucun texte {document!r} n’est joint à ce contrat.",
        )
    if row.accepted_at is None:
        row.accepted_at, row.accepted_by_id = now, accepting
        row.save(update_fields=["accepted_at", "accepted_by"])
        data: dict[str, object] = {"document": document, "version": row.version, "contact": accepting}
        recording.record(by=by, contract=contract, kind=EventKind.AGREEMENT_ACCEPTED, now=now, data=data)
        if by.is_customer:
            notices.notify(
                vendor_id=by.vendor_id,
                staff=roles.vendor_side(there.as_of(now), now),
                kind=notices.Kind.AGREEMENT_ACCEPTED,
                data={"contract": contract.id, **data},
                now=now,
            )
    return row
