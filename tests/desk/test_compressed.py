"""Pages go compressed to whoever takes them so; what is compared by its ETag goes as it is."""

from __future__ import annotations

import gzip

from django.test import Client
from tests.pages.world import World


def test_a_page_goes_compressed_and_what_is_compared_by_its_etag_does_not(
    northern: World, client: Client
) -> None:
    client.force_login(northern.agent_user)
    taken = {"Accept-Encoding": "gzip"}
    page = client.get(f"{northern.path}/desk/queue", headers=taken)
    assert page["Content-Encoding"] == "gzip"
    assert "Import stops at two gigabytes" in gzip.decompress(page.content).decode()
    assert "Content-Encoding" not in client.get(f"{northern.path}/desk/queue")
    rows = client.get(f"{northern.path}/desk/here", headers=taken)
    assert "Content-Encoding" not in rows
    assert rows["ETag"].startswith('"')
