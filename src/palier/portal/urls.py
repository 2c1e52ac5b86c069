"""Addresses of the portal, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import path

from palier.portal import contract, ledger, new_request, notices, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests/new", new_request.new_request, name="new-request"),
    path("requests/preview", new_request.preview, name="preview"),
    path("notices/", notices.listed, name="notices"),
    path("notices/read", notices.read, name="read"),
    path("contracts/", contract.contracts_page, name="contracts"),
    path("contracts/<uuid:contract_id>", contract.contract_page, name="contract"),
    path("contracts/<uuid:contract_id>/ledger/<uuid:account_id>", ledger.lines, name="ledger"),
    path("contracts/<uuid:contract_id>/<slug:deed>", contract.act, name="contract-act"),
    path("requests/<str:number>", views.request_page, name="request"),
    path("requests/<str:number>/<slug:action>", views.act, name="act"),
]
