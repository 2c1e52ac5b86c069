"""A stand-in for Stripe on this machine: what its library sends is kept, what it answers has Stripe's shape.

Signatures are Stripe's own scheme (`t=…,v1=` HMAC-SHA256 of `t.payload`), made by its library. What Stripe itself would
do with a page, a card or a refund is not here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import stripe


@dataclass
class Fake:
    """What was asked, and what exists."""

    url: str = ""
    calls: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys_seen: list[str] = field(default_factory=list)
    broken: bool = False

    def answer(self, path: str, form: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        """What Stripe would answer."""
        if self.broken:
            return 402, {"error": {"type": "card_error", "message": "No."}}
        if key in self.by_key:
            return 200, self.by_key[key]
        made: dict[str, Any]
        if path == "/v1/checkout/sessions":
            id_ = f"cs_test_{len(self.sessions) + 1}"
            made = {
                "id": id_,
                "object": "checkout.session",
                "url": f"{self.url}/pay/{id_}",
                "expires_at": int(form["expires_at"]),
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "client_reference_id": form["client_reference_id"],
                "payment_status": "unpaid",
                "payment_intent": None,
                "status": "open",
            }
            self.sessions[id_] = made
        elif path == "/v1/refunds":
            made = {"id": f"re_{len(self.calls)}", "object": "refund", "status": "succeeded"}
        else:
            return 404, {"error": {"type": "invalid_request_error", "message": "no such path"}}
        self.by_key[key] = made
        return 200, made

    def completed(
        self, session_id: str, *, event: str = "evt_1", at: int | None = None, **changed: Any
    ) -> dict[str, Any]:
        """The event of a page that was paid."""
        paid = {
            **self.sessions[session_id],
            "payment_status": "paid",
            "payment_intent": f"pi_{session_id}",
            "status": "complete",
            "customer_details": {"email": "private@customer.example", "name": "Private"},
            **changed,
        }
        return make_event(event, "checkout.session.completed", paid, at=at)

    def refunded(self, session_id: str, *, event: str = "evt_2", amount: int | None = None) -> dict[str, Any]:
        """The event of a payment that went back."""
        session = self.sessions[session_id]
        back = session["amount_total"] if amount is None else amount
        charge = {
            "id": f"ch_{session_id}",
            "object": "charge",
            "payment_intent": f"pi_{session_id}",
            "amount": session["amount_total"],
            "amount_refunded": back,
            "currency": session["currency"],
            "refunded": back == session["amount_total"],
        }
        return make_event(event, "charge.refunded", charge)


def make_event(id_: str, kind: str, found: dict[str, Any], *, at: int | None = None) -> dict[str, Any]:
    """An event as Stripe sends it."""
    return {
        "id": id_,
        "object": "event",
        "type": kind,
        "created": int(time.time()) if at is None else at,
        "livemode": False,
        "data": {"object": found},
    }


def signed(event: dict[str, Any], secret: str, *, at: int | None = None) -> tuple[str, str]:
    """The body and its signature header."""
    body = json.dumps(event)
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, at)
    return body, header


@contextmanager
def serving() -> Iterator[Fake]:
    """The stand-in, on a free port of this machine."""
    fake = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            key = self.headers.get("Idempotency-Key", "")
            fake.calls.append((self.path, form, key))
            fake.keys_seen.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
            status, answer = fake.answer(self.path, form, key)
            sent = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            """The page itself: nothing but its name."""
            sent = f"<!doctype html><title>Pay</title><h1>Stand-in: {self.path}</h1>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
