"""Handing out the bytes of a paper: as a download, under its own name, never shown as a page of ours."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from palier.contracts.models import Paper


def of_paper(paper: Paper) -> HttpResponse:
    """The paper as a download. What was deposited by hand is never rendered inside the site."""
    answer = HttpResponse(bytes(paper.body), content_type=paper.media_type)
    answer["Content-Disposition"] = content_disposition_header(True, paper.filename) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox"
    return answer
