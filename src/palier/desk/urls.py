"""Addresses of the desk, below the vendor's own host name (or path, in the demonstration)."""

from __future__ import annotations

from django.urls import path

from palier.desk import (
    contracts,
    customers,
    dashboard,
    draw_up,
    finance,
    finance_invoices,
    finance_orders,
    finance_settings,
    find,
    notices,
    objections,
    queue_bulk,
    queue_next,
    queue_pages,
    queue_saved,
    ticket,
    ticket_work,
    views,
)

app_name = "desk"
urlpatterns = [
    path("", views.start, name="start"),
    path("queue", queue_pages.queue, name="queue"),
    path("queue/rows", queue_pages.rows, name="queue-rows"),
    path("queue/bulk", queue_bulk.form, name="queue-bulk"),
    path("queue/bulk/<uuid:bulk_id>", queue_bulk.report, name="queue-done"),
    path("queue/bulk/<uuid:bulk_id>/undo", queue_bulk.undo, name="queue-undo"),
    path("queue/views", queue_saved.views, name="queue-views"),
    path("queue/views/<uuid:view_id>/<slug:deed>", queue_saved.act, name="queue-view-act"),
    path("queue/next", queue_next.after, name="queue-next"),
    path("find", find.find, name="find"),
    path("find/results", find.results, name="find-results"),
    path("customers", customers.customers_page, name="customers"),
    path("customers/<uuid:organisation>", customers.customer_page, name="customer"),
    path("customers/<uuid:organisation>/<slug:action>", customers.act, name="customer-act"),
    path("notices", notices.listed, name="notices"),
    path("notices/read", notices.read, name="read"),
    path("contested", objections.listed, name="objections"),
    path("contested/<uuid:objection>", objections.answer, name="objection-answer"),
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
    path("dashboard", dashboard.dashboard, name="dashboard"),
    path("dashboard/tickets", dashboard.tickets, name="dashboard-tickets"),
    path("dashboard/sheet.csv", dashboard.sheet, name="dashboard-sheet"),
    path("finance", finance.overview, name="finance"),
    path("finance/invoice-all", finance.invoice_all, name="finance-invoice-all"),
    path("finance/customers/<uuid:organisation>", finance.customer, name="finance-customer"),
    path(
        "finance/customers/<uuid:organisation>/<slug:deed>", finance.customer_act, name="finance-customer-act"
    ),
    path("finance/orders/<uuid:order>", finance_orders.order_page, name="finance-order"),
    path("finance/orders/<uuid:order>/<slug:deed>", finance_orders.order_act, name="finance-order-act"),
    path("finance/invoices", finance_invoices.invoices_page, name="finance-invoices"),
    path("finance/invoices.csv", finance_invoices.export, name="finance-export"),
    path("finance/invoices/<str:invoice>", finance_invoices.invoice_page, name="finance-invoice"),
    path("finance/invoices/<str:invoice>/pdf", finance_invoices.invoice_pdf, name="finance-pdf"),
    path(
        "finance/invoices/<str:invoice>/<slug:deed>",
        finance_invoices.invoice_act,
        name="finance-invoice-act",
    ),
    path("finance/settings", finance_settings.settings_page, name="finance-settings"),
    path("finance/settings/<slug:deed>", finance_settings.settings_act, name="finance-settings-act"),
    path("tickets/<str:number>", ticket.ticket, name="ticket"),
    path("tickets/<str:number>/pulse", ticket_work.news, name="ticket-pulse"),
    path("tickets/<str:number>/work/<slug:deed>", ticket_work.act, name="ticket-work"),
    path("tickets/<str:number>/<slug:action>", ticket.act, name="act"),
]
