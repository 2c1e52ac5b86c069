"""The ledger of a contract as its customer reads it: the lines of one account, a page at a time, and the statement."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from palier.ledger import queries as ledger
from palier.ledger.models import Account
from palier.pages import ledger_lines, viewing
from palier.people.access import Viewer
from palier.portal import contract as contract_pages


def ticket_url(number: str) -> str:
    """A request's page."""
    return reverse("portal:request", args=[number])


@viewing.for_customers
@require_safe
def lines(request: HttpRequest, viewer: Viewer, contract_id: UUID, account_id: UUID) -> HttpResponse:
    """What happened to one allowance, newest first."""
    there = contract_pages.ground(request, viewer, contract_id)
    before = request.GET.get("before", "")
    try:
        account = ledger.visible_account(viewer, account_id)
        found = ledger.entries(
            viewer, account_id, before=int(before) if re.fullmatch("[0-9]{1,9}", before, re.ASCII) else None
        )
    except Account.DoesNotExist:
        raise Http404 from None
    # An account that all contracts of a customer share is read from each of them; another contract's is not.
    if account.organisation_id != there.contract.organisation_id or account.contract_id not in (
        None,
        there.contract.id,
    ):
        raise Http404
    context = {
        "ledger": ledger_lines.view(found, there.speech, zone=there.contract.zone, ticket_url=ticket_url),
        "number": there.contract.number,
        "contract_url": reverse("portal:contract", args=[contract_id]),
        "is_first": not before,
    }
    return render(request, "portal/ledger.html", context)
