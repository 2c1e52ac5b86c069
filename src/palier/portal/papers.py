"""What a customer reads and takes home: binding texts, papers on its contract, and the statement of its ledger."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from palier.contracts import agreements
from palier.contracts.models import Agreement, ContractDocument, Paper
from palier.ledger import statements
from palier.pages import attachment, viewing
from palier.pages import speech as speeches
from palier.people.access import Viewer
from palier.portal import contract as contract_pages


@viewing.for_customers
@require_safe
def text(request: HttpRequest, viewer: Viewer, agreement_id: UUID) -> HttpResponse:
    """A binding text: on a page where it is written as text, as a file otherwise and when asked for."""
    try:
        found = agreements.text(viewer, agreement_id)
    except Agreement.DoesNotExist:
        raise Http404 from None
    paper: Paper = found.paper
    if "file" in request.GET or paper.media_type not in (agreements.MARKDOWN, agreements.TEXT):
        return attachment.of_paper(paper)
    moments = speeches.of(request).moments
    context = {
        "title": found.title,
        "version": found.version,
        "dated": moments.date(found.dated) if found.dated is not None else "",
        "language": found.language,
        "body": bytes(paper.body).decode("utf-8"),
        "hash": paper.hash,
        "file_url": reverse("portal:text", args=[agreement_id]) + "?file=yes",
    }
    return render(request, "portal/text.html", context)


@viewing.for_customers
@require_safe
def paper(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """A paper on a contract, as a file."""
    del request
    try:
        found = agreements.document_paper(viewer, document_id)
    except ContractDocument.DoesNotExist:
        raise Http404 from None
    if found.paper is None:
        raise Http404
    return attachment.of_paper(found.paper)


@viewing.for_customers
@require_safe
def statement(request: HttpRequest, viewer: Viewer, contract_id: UUID, form: str) -> HttpResponse:
    """The statement of a contract, as data anybody can check with the public key, or as a paper with that data inside."""
    there = contract_pages.ground(request, viewer, contract_id)
    found = statements.statement(viewer, there.contract, there.now)
    if form == "pdf":
        answer = HttpResponse(found.pdf(lang=there.speech.language), content_type="application/pdf")
    else:
        answer = HttpResponse(found.json(), content_type="application/json")
    name = f"{there.contract.number}-{there.now.date().isoformat()}.{form}"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
