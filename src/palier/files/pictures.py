"""What is shown of a raster image: its first frame, drawn anew by us, upright, without anything that came along.

A picture is decoded within limits that are asked before the pixels are: a small file may say it holds a billion of them.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 80_000_000
"""Width times height of what is decoded: a telephone's fifty-megapixel photograph, and no bomb."""
MOST_SIDE = 30_000
PICTURE, THUMBNAIL = 2560, 480
"""The longest side of what is shown, in pixels."""
MEDIA_TYPE = "image/webp"
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
LOGO_FORMATS = ("PNG", "JPEG", "WEBP")
MOST_LOGO_PIXELS = 16_000_000
LOGO_WIDE, LOGO_HIGH = 480, 128
"""Twice what a page shows of a logo, in pixels: sharp on any screen."""
_SHARP = 4_000_000
"""Up to so many pixels a drawing (no photograph) is kept without loss: text on a screenshot stays sharp."""


class NoPicture(Exception):
    """It cannot be shown: broken, of another kind, or larger than the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The picture and its thumbnail as WebP, and the picture's size in pixels."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int


def drawn(source: IO[bytes]) -> Shown:
    """The picture of a raster image. Raises NoPicture."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of what we refuse by our own limits.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(source, formats=_FORMATS) as image:
                return _drawn(image)
    except (UnidentifiedImageError, Image.DecompressionBombError) as problem:
        raise NoPicture(str(problem)) from problem
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as problem:
        # What Pillow's decoders raise for a broken file.
        raise NoPicture(f"{type(problem).__name__}: {problem}") from problem


def _drawn(image: Image.Image) -> Shown:
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise NoPicture(f"{width} × {height} pixels")
    photograph = image.format == "JPEG"
    if photograph:
        # JPEG decodes at a half, a quarter or an eighth in a fraction of the memory.
        image.draft("RGB", (PICTURE, PICTURE))
    # The first frame only: nothing else is decoded, however many there are.
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if _see_through(upright) else "RGB")
    picture = _within(plain, PICTURE)
    return Shown(
        picture=_webp(picture, sharp=not photograph),
        thumbnail=_webp(_within(picture, THUMBNAIL), sharp=False),
        width=picture.width,
        height=picture.height,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One picture as WebP, and its size in pixels."""

    picture: bytes
    width: int
    height: int


def logo(source: IO[bytes]) -> Drawn:
    """A vendor's logo, without loss, at most `LOGO_WIDE` by `LOGO_HIGH`. Raises NoPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(source, formats=LOGO_FORMATS) as image:
                width, height = image.size
                if width * height > MOST_LOGO_PIXELS or max(width, height) > MOST_SIDE:
                    raise NoPicture(f"{width} × {height} pixels")
                upright = ImageOps.exif_transpose(image)
                plain = upright.convert("RGBA" if _see_through(upright) else "RGB")
                plain.thumbnail((LOGO_WIDE, LOGO_HIGH), Image.Resampling.LANCZOS)
                return Drawn(picture=_webp(plain, sharp=True), width=plain.width, height=plain.height)
    except (UnidentifiedImageError, Image.DecompressionBombError) as problem:
        raise NoPicture(str(problem)) from problem
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as problem:
        raise NoPicture(f"{type(problem).__name__}: {problem}") from problem


def _see_through(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _within(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    smaller = image.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    return smaller


def _webp(image: Image.Image, *, sharp: bool) -> bytes:
    # A new image of the pixels alone: no EXIF, no profile, no comment, no text comes along.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    written = io.BytesIO()
    bare.save(
        written,
        "WEBP",
        lossless=sharp and image.width * image.height <= _SHARP,
        quality=84,
        method=4,
        exif=b"",
    )
    return written.getvalue()
