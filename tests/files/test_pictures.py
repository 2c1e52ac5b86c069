"""Pictures are drawn anew: upright, without what came along, within limits."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from palier.files import pictures

from .pictures_made import image, moving, photograph


def drawn(content: bytes) -> tuple[pictures.Shown, Image.Image]:
    shown = pictures.drawn(io.BytesIO(content))
    return shown, Image.open(io.BytesIO(shown.picture))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_each_raster_format_becomes_webp(form: str) -> None:
    shown, picture = drawn(image(form))
    assert picture.format == "WEBP"
    assert (shown.width, shown.height) == picture.size == (40, 30)


def test_a_photograph_stands_upright_and_says_nothing_of_where_it_was_taken() -> None:
    source = photograph()
    assert b"Maker of the telephone" in source
    shown, picture = drawn(source)
    assert picture.size == (30, 40)
    for made in (shown.picture, shown.thumbnail):
        assert b"Maker" not in made
        assert b"EXIF" not in made
        assert not Image.open(io.BytesIO(made)).getexif()


def test_text_and_profiles_of_a_png_stay_behind() -> None:
    from PIL import ImageCms
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Comment", "written by Camille")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown, picture = drawn(image("PNG", pnginfo=said, icc_profile=profile))
    assert b"Camille" not in shown.picture
    assert "icc_profile" not in picture.info


def test_transparency_is_kept() -> None:
    _, picture = drawn(image("PNG", colour=(0, 0, 0, 0), mode="RGBA"))
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]
    _, picture = drawn(image("PNG", colour=(9, 0), mode="LA"))
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_screenshot_stays_sharp_and_a_large_one_is_made_smaller() -> None:
    _, picture = drawn(image("PNG", (300, 200), (12, 34, 56)))
    assert picture.convert("RGB").getpixel((150, 100)) == (12, 34, 56)
    shown, picture = drawn(image("PNG", (6000, 3000)))
    assert max(picture.size) == pictures.PICTURE
    assert max(Image.open(io.BytesIO(shown.thumbnail)).size) == pictures.THUMBNAIL


def test_only_the_first_frame_is_shown() -> None:
    _, picture = drawn(moving(30))
    assert getattr(picture, "n_frames", 1) == 1


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(99)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (9_000, 9_000), (31_000, 1), (1, 31_000)])
def test_a_bomb_is_refused_before_its_pixels_are_read(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_given: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(pictures.NoPicture):
        pictures.drawn(io.BytesIO(bomb(width, height)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        image("PNG")[:60],
        image("JPEG")[:200],
        image("GIF")[:20],
        image("WEBP")[:30],
        image("TIFF"),
        image("BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bomb(10, 10),
    ],
)
def test_what_is_broken_or_of_another_kind_is_no_picture(content: bytes) -> None:
    with pytest.raises(pictures.NoPicture):
        pictures.drawn(io.BytesIO(content))
