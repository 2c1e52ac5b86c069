"""Known defects for customers: those of their products only, me too, a request about one; links, paper and proof."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.pages import world as worlds
from tests.pages.world import World

from palier.contracts.models import ContractProduct
from palier.people import tenancy
from palier.people.access import Viewer
from palier.software import actions, queries
from palier.software.actions import Facts
from palier.software.models import Defect
from palier.tickets import defects, merging
from palier.tickets.models import DefectLink, Ticket

PRODUCT = "northern-software"
STOPS = Facts(
    product=PRODUCT,
    title={"en": "The import stops", "fr": "L’importation s’arrête"},
    description={"en": "At two gigabytes."},
    workaround={"fr": "Découpez le fichier."},
    affected=("7.1", "7.2"),
    public=True,
)


def confirm(made: World, **more: Any) -> Defect:
    with tenancy.vendor(made.vendor.id):
        facts = dataclasses.replace(STOPS, **more)
        return actions.confirm(
            by=Viewer.staff(made.agent), facts=facts, products={PRODUCT, "else"}, now=timezone.now()
        )


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def camille(northern: World, client: Client) -> Client:
    """A contact whose contract has the product."""
    with tenancy.vendor(northern.vendor.id):
        ContractProduct.objects.create(
            vendor_id=northern.vendor.id, contract=northern.customers["Ferronor"].contract, product=PRODUCT
        )
    client.force_login(northern.customers["Ferronor"].user)
    return client


def test_what_is_public_of_my_products_is_read_in_my_language_or_the_one_there_is(
    northern: World, camille: Client
) -> None:
    confirm(northern)
    page = text(camille.get(f"{northern.path}/defects/"))
    for words in ("The import stops", "NOR-D1", "7.1, 7.2", "Confirmed", "with a workaround"):
        assert words in page
    one = camille.get(f"{northern.path}/defects/NOR-D1")
    assert "Découpez le fichier." in text(one)
    assert 'lang="fr">Découpez' in one.content.decode()
    assert "Nothing found" in text(camille.get(f"{northern.path}/defects/?q=zzzz"))


def test_private_withdrawn_and_strange_ones_are_missing(northern: World, camille: Client) -> None:
    confirm(northern, public=False, title={"en": "Hidden zanzibarine"})
    confirm(northern, product="else", title={"en": "Elsewhere zanzibarine"})
    confirm(northern, state="withdrawn", title={"en": "Gone zanzibarine"})
    page = text(camille.get(f"{northern.path}/defects/"))
    assert "zanzibarine" not in page
    bodies = set()
    for number in ("NOR-D1", "NOR-D2", "NOR-D3", "NOR-D99"):
        answer = camille.get(f"{northern.path}/defects/{number}")
        assert answer.status_code == 404
        assert camille.post(f"{northern.path}/defects/{number}/me-too", {"version": "1"}).status_code == 404
        bodies.add(re.sub(r'(nonce|value)="[^"]*"', "", answer.content.decode().replace(number, "")))
    assert len(bodies) == 1


def test_without_a_contract_for_the_product_nothing_is_listed(northern: World, camille: Client) -> None:
    confirm(northern)
    with tenancy.vendor(northern.vendor.id):
        ContractProduct.objects.filter(contract=northern.customers["Ferronor"].contract).delete()
    assert "NOR-D1" not in text(camille.get(f"{northern.path}/defects/"))
    assert camille.get(f"{northern.path}/defects/NOR-D1").status_code == 404


def test_me_too_is_noted_once_and_may_take_a_request_along(northern: World, camille: Client) -> None:
    row = confirm(northern)
    page = text(camille.get(f"{northern.path}/defects/NOR-D1"))
    assert "No clock runs for it" in page
    with tenancy.vendor(northern.vendor.id):
        mine = Ticket.objects.filter(
            organisation=northern.customers["Ferronor"].organisation, is_open=True
        ).first()
        theirs = (
            Ticket.objects.exclude(organisation=northern.customers["Ferronor"].organisation)
            .filter(is_open=True)
            .first()
        )
        assert mine is not None
        assert theirs is not None
        before = Ticket.objects.count()
    address = f"{northern.path}/defects/NOR-D1/me-too"
    assert camille.post(address, {"version": "7.1", "request": str(theirs.id)}).status_code == 422
    with tenancy.vendor(northern.vendor.id):
        assert not queries.me_toos(row).exists()
    assert camille.post(address, {"version": "7.1"}).status_code == 302
    assert camille.post(address, {"version": "7.2", "request": str(mine.id)}).status_code == 302
    page = text(camille.get(f"{northern.path}/defects/NOR-D1"))
    assert "Noted for your organisation: 7.2" in page
    assert f"NOR-{mine.number}" in page
    with tenancy.vendor(northern.vendor.id):
        assert [one.version for one in queries.me_toos(row)] == ["7.2"]
        assert defects.of(mine) == row
        assert Ticket.objects.count() == before
    shown = text(camille.get(f"{northern.path}/requests/NOR-{mine.number}"))
    assert "The import stops" in shown
    assert camille.post(f"{northern.path}/defects/NOR-D1/explode").status_code == 404


def test_a_request_about_a_known_defect_hangs_on_it(northern: World, camille: Client) -> None:
    row = confirm(northern)
    page = camille.get(f"{northern.path}/requests/new?defect=NOR-D1&subject=The+import")
    assert "Your request will hang on it" in text(page)
    draft = worlds.draft()
    sent = {
        "kind": draft.kind, "subject": "It stops here too", "body": "At two gigabytes.", "environment": draft.environment,
        "effect": draft.effect, "defect": "NOR-D1", "do": "send", **{f"field-{k}": v for k, v in draft.fields.items()},
        **draft.fields,
    }  # fmt: skip
    answer = camille.post(f"{northern.path}/requests/new", sent)
    assert answer.status_code == 302, text(answer, answer.status_code)
    with tenancy.vendor(northern.vendor.id):
        assert DefectLink.objects.get(defect=row).ticket.subject == "It stops here too"
    assert "Your request will hang on it" not in text(
        camille.get(f"{northern.path}/requests/new?defect=NOR-D9")
    )


def test_a_private_defect_is_not_read_on_the_request(northern: World, camille: Client) -> None:
    row = confirm(northern, public=False, title={"en": "Hidden zanzibarine"})
    with tenancy.vendor(northern.vendor.id):
        mine = Ticket.objects.filter(organisation=northern.customers["Ferronor"].organisation).first()
        assert mine is not None
        defects.attach(by=Viewer.staff(northern.agent), ticket=mine, defect=row, now=timezone.now())
    for query in ("", "?print"):
        page = text(camille.get(f"{northern.path}/requests/NOR-{mine.number}{query}"))
        assert "zanzibarine" not in page
        assert "NOR-D1" not in page


def test_a_merged_request_says_where_it_goes_on_and_what_is_written_goes_there(
    northern: World, camille: Client
) -> None:
    with tenancy.vendor(northern.vendor.id):
        rows = Ticket.objects.filter(organisation=northern.customers["Ferronor"].organisation, is_open=True)
        one, two = list(rows.exclude(status="held")[:2])
        merging.merge(by=Viewer.staff(northern.agent), ticket=one, into=two, now=timezone.now())
    page = text(camille.get(f"{northern.path}/requests/NOR-{one.number}"))
    assert re.search(rf"goes on as\s+NOR-{two.number}", page)
    assert f"from NOR-{one.number}" in text(camille.get(f"{northern.path}/requests/NOR-{two.number}"))
    for deed in ("reply", "reopen"):
        done = camille.post(
            f"{northern.path}/requests/NOR-{one.number}/{deed}", {"body": f"Still so: {deed}."}
        )
        assert done.headers["Location"].endswith(f"NOR-{two.number}")


def test_paper_and_proof_for_the_customer_in_both_languages(northern: World, camille: Client) -> None:
    with tenancy.vendor(northern.vendor.id):
        mine = Ticket.objects.filter(
            organisation=northern.customers["Ferronor"].organisation, outcome="cover"
        ).first()
        assert mine is not None
    number = f"NOR-{mine.number}"
    assert "what was counted of" in text(camille.get(f"{northern.path}/requests/{number}?print"))
    proof = camille.get(f"{northern.path}/requests/{number}/proof.txt")
    assert proof.headers["Content-Disposition"] == f'attachment; filename="{number}.txt"'
    words = proof.content.decode()
    assert words.startswith(number)
    assert "Sum, without what ran over" in words
    assert "Europe/Paris" in words
    user = northern.customers["Ferronor"].user
    user.language = "fr"
    with tenancy.vendor(northern.vendor.id):
        user.save()
    assert (
        "Somme, sans ce qui a débordé"
        in camille.get(f"{northern.path}/requests/{number}/proof.txt").content.decode()
    )
    assert camille.get(f"{northern.path}/requests/NOR-99999/proof.txt").status_code == 404
