"""The queue's lines are written without a template: what people typed must be escaped all the same."""

from __future__ import annotations

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.test import Client
from tests.pages.world import World

from palier.people import tenancy
from palier.people.models import Organisation, Staff
from palier.tickets.models import Ticket

HOSTILE = "<img src=x onerror='x()'>\"&"
ESCAPED = "&lt;img src=x onerror=&#x27;x()&#x27;&gt;&quot;&amp;"


def test_what_people_typed_is_escaped(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    with tenancy.vendor(northern.vendor.id):
        Ticket.objects.filter(is_open=True).update(subject=f"subject {HOSTILE}", clause=f"clause {HOSTILE}")
        Organisation.objects.filter(tickets__is_open=True).update(
            name=Concat(Value(f"customer {HOSTILE}"), Cast("id", CharField()))
        )
        Staff.objects.update(name=HOSTILE)
    page = client.get(f"{northern.path}/desk/queue").content.decode()
    assert "<img" not in page
    for said in ("subject", "clause", "customer"):
        assert f"{said} {ESCAPED}" in page


def test_the_columns_are_said_in_each_readers_language(northern: World, client: Client) -> None:
    client.force_login(northern.agent_user)
    seen = []
    for language in ("en", "fr", "en"):
        with tenancy.vendor(northern.vendor.id):
            northern.agent_user.language = language
            northern.agent_user.save()
        seen.append("Échéance" in client.get(f"{northern.path}/desk/queue").content.decode())
    assert seen == [False, True, False]
