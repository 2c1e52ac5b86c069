"""Addresses of the desk, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import path

from palier.desk import contracts, draw_up, ticket, views

app_name = "desk"
urlpatterns = [
    path("", views.start, name="start"),
    path("queue", views.queue, name="queue"),
    path("find", views.find, name="find"),
    path("contracts", contracts.contracts_page, name="contracts"),
    path("contracts/new", draw_up.draw_up, name="draw-up"),
    path("contracts/<uuid:contract_id>", contracts.contract_page, name="contract"),
    path(
        "contracts/<uuid:contract_id>/ledger/<uuid:account_id>",
        contracts.ledger_page,
        name="contract-ledger",
    ),
    path("agreements/<uuid:agreement_id>", contracts.agreement, name="agreement"),
    path("contracts/<uuid:contract_id>/<slug:action>", contracts.act, name="contract-act"),
    path("tickets/<str:number>", ticket.ticket, name="ticket"),
    path("tickets/<str:number>/<slug:action>", ticket.act, name="act"),
]
