"""Tickets, their messages, append-only events, verdicts and commitments."""
