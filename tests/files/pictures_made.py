"""Pictures for the tests, drawn here: nothing is taken from anywhere."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def image(form: str, size: tuple[int, int] = (40, 30), colour: Any = (200, 30, 30), **options: Any) -> bytes:
    """A picture of one colour in a format of Pillow's."""
    written = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, colour).save(written, form, **options)
    return written.getvalue()


def photograph(orientation: int = 6) -> bytes:
    """A JPEG lying on its side that says so, and where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker of the telephone"
    exif.get_ifd(0x8825)[1] = "N"
    return image("JPEG", (40, 30), exif=exif.tobytes())


def moving(frames: int) -> bytes:
    """A GIF of so many frames, each of another colour."""
    drawn = [Image.new("RGB", (20, 20), (n * 10 % 255, 0, 0)) for n in range(frames)]
    written = io.BytesIO()
    drawn[0].save(written, "GIF", save_all=True, append_images=drawn[1:])
    return written.getvalue()
