"""What a file is, by its bytes."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from palier.files import sniffing

from .pictures_made import image


def zipped(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (image("PNG"), "a.png", "image/png"),
        (image("PNG"), "a.html", "image/png"),
        (image("JPEG"), "a.exe", "image/jpeg"),
        (image("GIF"), "a.gif", "image/gif"),
        (image("WEBP"), "a.webp", "image/webp"),
        (b"%PDF-1.7\n1 0 obj\n", "a.pdf", "application/pdf"),
        (b"MZ" + bytes(200), "photo.png", "application/x-msdownload"),
        (b"BM is how this line begins", "a.txt", "text/plain"),
        (b"2026-11-19 12:00 \x1b[31mERROR\x1b[0m it stops\r\n", "a.log", "text/plain"),
        ("é".encode("cp1252") * 30, "a.txt", "text/plain"),
        ("\ufeffa;b".encode("utf-16"), "a.csv", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.png", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- x --><svg/>", "a.png", "image/svg+xml"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "a.png", "text/html"),
        (b"<script>alert(1)</script>", "a.jpg", "text/html"),
        (b"<?xml version='1.0'?><a/>", "a.xml", "application/xml"),
        (zipped("a.txt"), "a.zip", "application/zip"),
        (zipped("a.txt"), "a.docx", sniffing.ZIPPED[".docx"]),
        (b"no zip", "a.docx", "text/plain"),
        (gzip.compress(b"x", mtime=0), "a.gz", "application/gzip"),
        (bytes(range(256)), "a.bin", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_bytes_say_what_it_is(content: bytes, name: str, kind: str) -> None:
    assert sniffing.media_type(content, name) == kind


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "text/html", "application/xml", "application/x-msdownload", ""]
)
def test_nothing_that_a_browser_might_run_is_handed_out_under_its_name(kind: str) -> None:
    assert sniffing.handed_out_as(kind) == "application/octet-stream"


def test_what_is_harmless_keeps_its_type() -> None:
    assert sniffing.handed_out_as("application/pdf") == "application/pdf"
    assert sniffing.handed_out_as("image/png") == "image/png"


def test_svg_is_never_a_raster_image() -> None:
    assert {"image/png", "image/jpeg", "image/gif", "image/webp"} == sniffing.RASTER
