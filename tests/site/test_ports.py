"""Ports: free or taken, asked before anything is started on them."""

from __future__ import annotations

import socket

import pytest

from palier.site import ports


def test_a_port_somebody_listens_on_is_taken_and_free_again_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert not ports.is_free("127.0.0.1", port)
    assert ports.is_free("127.0.0.1", port)


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(OSError, match=r"\S"):
        ports.is_free("192.0.2.1", 0)
