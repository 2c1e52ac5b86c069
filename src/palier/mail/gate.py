"""What a listener for mail lets in at once: connections, and the bytes of all messages under way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one listener lets in. `memory`: bytes of all messages under way together."""

    largest: int
    memory: int
    connections: int = 100
    connections_of_one: int = 20
    recipients: int = 100
    command_s: float = 120
    data_s: float = 600
    session_s: float = 1800

    @classmethod
    def of(cls, largest: int) -> Limits:
        """The usual limits around a largest message."""
        return cls(largest=largest, memory=4 * largest)


class Gate:
    """Who is connected and how many bytes are under way. Only the listener's own loop touches it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.held = 0
        self.inside: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Let a peer in; False when too many are."""
        # Over a socket of this machine all peers are the one mail server beside us.
        fits = not peer or self.inside[peer] < self.limits.connections_of_one
        if self.inside.total() >= self.limits.connections or not fits:
            return False
        self.inside[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """It is gone."""
        self.inside[peer] -= 1
        if self.inside[peer] <= 0:
            del self.inside[peer]

    def hold(self, count: int) -> bool:
        """Count bytes in; False when they are too many."""
        if self.held + count > self.limits.memory:
            return False
        self.held += count
        return True

    def free(self, count: int) -> None:
        """They are no longer held."""
        self.held -= count
