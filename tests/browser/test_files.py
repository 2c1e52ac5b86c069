"""Files in a real browser: chosen, dropped, pasted, interrupted and gone on with, and without a script."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from palier.files import checking
from palier.files.models import File
from palier.people import tenancy
from palier.tickets.models import Attachment

from .test_flow import PHONE, Visitor, served, violations, write

__all__ = ["served"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A picture put into the page's own hands: as a person drops or pastes it.
GIVE = """([kind, names]) => {
  const data = new DataTransfer();
  for (const [name, type, base64] of names)
    data.items.add(new File([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], name, { type }));
  const form = document.querySelector("fieldset[data-upload]").closest("form");
  if (kind === "paste") return form.querySelector("textarea").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  for (const name of ["dragenter", "dragover", "drop"])
    form.dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def picture(colour: tuple[int, int, int] = (30, 90, 200), size: tuple[int, int] = (640, 400)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return written.getvalue()


def given(*files: tuple[str, str, bytes]) -> list[list[str]]:
    import base64

    return [[name, type_, base64.b64encode(content).decode()] for name, type_, content in files]


def here(page: Any, count: int) -> None:
    """Wait until so many files have arrived."""
    page.wait_for_function(
        "n => document.querySelectorAll('.pl-attach-row input[name=file]').length === n", arg=count
    )


def looked_at(made: Any) -> None:
    """What the worker does with files that are here."""
    with tenancy.vendor(made.vendor.id):
        waiting = list(File.objects.values_list("id", "created_at"))
    for file_id, now in waiting:
        with tenancy.vendor(made.vendor.id):
            checking.check(vendor_id=made.vendor.id, file_id=file_id, now=now)


def names(made: Any) -> list[str]:
    with tenancy.vendor(made.vendor.id):
        return list(
            Attachment.objects.order_by("message_id", "position").values_list("file__name", flat=True)
        )


def test_a_customer_pastes_drops_and_chooses(
    browser: Any, served: Any, tmp_path: Path, settings: Any
) -> None:
    made, address = served
    customer = Visitor(browser, address)
    customer.page.set_default_timeout(40_000)
    customer.sign_in(made.customers["Ferronor"].user)
    page = customer.page
    page.goto(address + "/requests/new")
    write(page)
    page.evaluate(GIVE, ["paste", given(("image.png", "image/png", picture()))])
    here(page, 1)
    assert page.locator("[data-name]").first.inner_text().startswith("image-20")
    page.evaluate(
        GIVE, ["drop", given(("trace.log", "text/plain", b"it stops\n"), ("empty.txt", "text/plain", b""))]
    )
    here(page, 2)
    assert "empty: choose another" in page.inner_text("fieldset[data-upload]")
    # What cannot go keeps the rest from going without it.
    page.click("button[value=send]")
    page.wait_for_function("document.activeElement.matches('[data-remove]')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('[data-pick]')")
    log = tmp_path / "removed.txt"
    log.write_text("never mind")
    page.set_input_files("[data-pick]", log)
    here(page, 3)
    page.locator(".pl-attach-row", has_text="removed.txt").locator("[data-remove]").click()
    here(page, 2)
    page.click("button[value=send]")
    page.wait_for_selector(".pl-conversation")
    assert "Received as" in page.inner_text("main")
    looked_at(made)
    page.reload()
    assert page.locator(".pl-file").count() == 2
    page.wait_for_function("document.querySelector('.pl-file-thumb img').naturalWidth === 480")
    assert page.inner_text(".pl-file-picture").strip().endswith("kB")
    link = page.locator(".pl-file:not(.pl-file-picture) a")
    with page.expect_download() as fetched:
        link.click()
    assert Path(fetched.value.path()).read_bytes() == b"it stops\n"
    assert fetched.value.suggested_filename == "trace.log"
    page.locator(".pl-file-thumb").click()
    page.wait_for_function("document.images.length === 1 && document.images[0].naturalWidth === 640")
    with tenancy.vendor(made.vendor.id):
        assert File.objects.filter(expires_at__isnull=False).count() == 0
    customer.complaints.clear()  # the browser's own page around a picture has a style of its own, which our policy refuses
    customer.close()


def test_an_interrupted_upload_goes_on_where_it_stopped(
    browser: Any, served: Any, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    made, address = served
    agent = Visitor(browser, address)
    agent.page.set_default_timeout(40_000)
    agent.sign_in(made.agent_user)
    page = agent.page
    page.goto(f"{address}/desk/tickets/NOR-{made.tickets['answered'].number}")
    sent: list[int] = []

    def pass_on(route: Any) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        sent.append(int(route.request.headers["upload-offset"]))
        # The third part does not arrive; the fifth does, and its answer is lost.
        if len(sent) == 3:
            route.abort("connectionreset")
        elif len(sent) == 5:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/*/upload", pass_on)
    content = os.urandom(450_000)
    dump = tmp_path / "dump.bin"
    dump.write_bytes(content)
    page.set_input_files("[data-pick]", dump)
    # Sent while the file is on its way: the answer goes as soon as it is here.
    page.fill("#reply", "The dump")
    page.locator("form:has(#reply) button.btn-primary").last.click()
    page.wait_for_selector(".pl-files", timeout=30_000)
    assert sent == [0, 100_000, 200_000, 200_000, 300_000, 400_000]
    assert names(made) == ["dump.bin"]
    with page.expect_download() as fetched:
        page.click(".pl-file a")
    assert Path(fetched.value.path()).read_bytes() == content
    agent.complaints.clear()
    agent.close()


def test_without_javascript_files_go_with_the_form(browser: Any, served: Any, tmp_path: Path) -> None:
    made, address = served
    customer = Visitor(browser, address, java_script_enabled=False)
    customer.page.set_default_timeout(40_000)
    customer.sign_in(made.customers["Ferronor"].user)
    page = customer.page
    page.goto(f"{address}/requests/NOR-{made.tickets['answered'].number}")
    one, two = tmp_path / "one.txt", tmp_path / "two.png"
    one.write_text("one")
    two.write_bytes(picture())
    page.set_input_files("input[name=files]", [one, two])
    page.fill("#reply", "Two files")
    page.locator("form:has(#reply) button.btn-primary").last.click()
    assert "two.png" in page.inner_text(".pl-conversation")
    assert names(made) == ["one.txt", "two.png"]
    customer.close()


def test_axe_and_the_size_of_a_telephone(browser: Any, served: Any, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made, address = served
    axe, found = Axe(), list[str]()
    for user, path in (
        (made.customers["Ferronor"].user, f"/requests/NOR-{made.tickets['answered'].number}"),
        (made.agent_user, f"/desk/tickets/NOR-{made.tickets['answered'].number}"),
    ):
        visitor = Visitor(browser, address, viewport={**PHONE, "height": 4000})
        visitor.page.set_default_timeout(40_000)
        visitor.sign_in(user)
        page = visitor.page
        page.goto(address + path)
        page.evaluate(
            GIVE, ["drop", given(("a-name-that-is-rather-long-for-a-telephone.png", "image/png", picture()))]
        )
        here(page, 1)
        found += violations(axe, page, path)
        page.fill("#reply", "See this")
        page.locator("form:has(#reply) button.btn-primary").last.click()
        page.wait_for_selector(".pl-files")
        looked_at(made)
        page.reload()
        page.wait_for_selector(".pl-file-thumb img")
        found += violations(axe, page, f"{path} sent")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{path}: wider than a telephone")
        visitor.complaints.clear()
        visitor.close()
    assert found == []
