"""Addresses of the portal, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import path

from palier.portal import (
    account,
    account_letters,
    act_links,
    contract,
    defects,
    invoices,
    ledger,
    look_first,
    mail,
    new_request,
    notices,
    papers,
    ranking,
    request_links,
    views,
    writing_deeds,
)

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("requests/", look_first.requests, name="requests"),
    path("requests/new", new_request.new_request, name="new-request"),
    path("requests/look-first", look_first.look_first, name="look-first"),
    path("requests/order", ranking.order, name="requests-order"),
    path("requests/rank", ranking.move, name="rank"),
    path("requests/preview", new_request.preview, name="preview"),
    path("requests/draft", writing_deeds.draft_request, name="draft-request"),
    path("act/<path:token>", act_links.page, name="act-link"),
    path("account", account.account_page, name="account"),
    path("account/letters", account_letters.page, name="account-letters"),
    path("messages/", mail.listed, name="mails"),
    path("messages/<uuid:incoming>", mail.page, name="mail"),
    path("messages/<uuid:incoming>/say", mail.act, name="mail-act"),
    path("notices/", notices.listed, name="notices"),
    path("notices/read", notices.read, name="read"),
    path("contracts/", contract.contracts_page, name="contracts"),
    path("contracts/<uuid:contract_id>", contract.contract_page, name="contract"),
    path("contracts/<uuid:contract_id>/ledger/<uuid:account_id>", ledger.lines, name="ledger"),
    path("contracts/<uuid:contract_id>/statement.json", papers.statement, {"form": "json"}, name="statement"),
    path(
        "contracts/<uuid:contract_id>/statement.pdf", papers.statement, {"form": "pdf"}, name="statement-pdf"
    ),
    path("texts/<uuid:agreement_id>", papers.text, name="text"),
    path("papers/<uuid:document_id>", papers.paper, name="paper"),
    path("contracts/<uuid:contract_id>/<slug:deed>", contract.act, name="contract-act"),
    path("invoices/", invoices.invoices_page, name="invoices"),
    path("invoices/<str:invoice>", invoices.invoice_page, name="invoice"),
    path("invoices/<str:invoice>/pdf", invoices.invoice_pdf, name="invoice-pdf"),
    path("invoices/<str:invoice>/contest", invoices.invoice_contest, name="invoice-contest"),
    path("invoices/<str:invoice>/pay", invoices.invoice_pay, name="invoice-pay"),
    path("orders/<uuid:order>", invoices.order_page, name="order"),
    path("orders/<uuid:order>/<slug:deed>", invoices.order_act, name="order-act"),
    path("buy/<slug:price>", invoices.buy, name="buy"),
    path("defects/", defects.listed, name="defects"),
    path("defects/<str:defect>", defects.page, name="defect"),
    path("defects/<str:defect>/<slug:deed>", defects.act, name="defect-act"),
    path("requests/<str:number>", views.request_page, name="request"),
    path("requests/<str:number>/proof.txt", request_links.proof, name="request-proof"),
    path("requests/<str:number>/preview", writing_deeds.preview, name="preview-reply"),
    path("requests/<str:number>/draft", writing_deeds.draft, name="draft"),
    path("requests/<str:number>/<slug:action>", views.act, name="act"),
]
