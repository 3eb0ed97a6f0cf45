"""Pictures from strangers: checked, turned upright, cut square, written anew without metadata."""

import colorsys
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from indii.kernel.colors import Rgb, to_hex
from indii.kernel.errors import IndiiError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 40_000_000


class PictureRefused(IndiiError):
    """The picture cannot be used."""


@contextmanager
def _worded() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    except UnidentifiedImageError as error:
        raise PictureRefused("Use a JPEG, PNG or WebP picture.") from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureRefused("This picture is damaged. Save it again and retry.") from error


def _too_large() -> PictureRefused:
    return PictureRefused(f"Use a picture of at most {MAX_PIXELS // 1_000_000} megapixels.")


def open_square(path: Path, *, least: int, most: int) -> Image.Image:
    """Return the middle square of a JPEG, PNG or WebP, upright, between `least` and `most` px wide.

    Raises:
        PictureRefused: by content, size or brokenness.
    """
    with _worded():
        with Image.open(path, formats=FORMATS) as found:
            if found.width * found.height > MAX_PIXELS:
                raise _too_large()
            if min(found.size) < least:
                raise PictureRefused(f"Use a picture of at least {least} × {least} pixels.")
            found.verify()
        with Image.open(path, formats=FORMATS) as found:
            found.draft("RGB", (most * 2, most * 2))
            upright = ImageOps.exif_transpose(found).convert("RGBA")
        side = min(most, *upright.size)
        square = ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS)
        # Transparent parts would show whatever lies behind; pasting also leaves metadata behind.
        clean = Image.new("RGB", square.size, (21, 21, 24))
        clean.paste(square, mask=square.getchannel("A"))
        return clean


def webp(picture: Image.Image, side: int) -> bytes:
    """Return the picture as WebP, at most `side` px wide."""
    small = picture
    if picture.width > side:
        small = picture.resize((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=84, method=4)
    return out.getvalue()


def two_colours(picture: Image.Image) -> tuple[str, str]:
    """Return what the picture mostly is, and the liveliest colour that stands out from it."""
    reduced = picture.resize((48, 48)).quantize(12).convert("RGB")
    counted = sorted(reduced.getcolors(48 * 48) or [], key=lambda c: -c[0])
    colours: list[Rgb] = [(c[1][0], c[1][1], c[1][2]) for c in counted if isinstance(c[1], tuple)]
    ground = colours[0]
    return to_hex(ground), to_hex(max(colours, key=lambda c: _liveliness(c) * _distance(c, ground)))


def _liveliness(rgb: Rgb) -> float:
    _, saturation, value = colorsys.rgb_to_hsv(*(v / 255 for v in rgb))
    return 0.25 + saturation * value


def _distance(a: Rgb, b: Rgb) -> float:
    return float(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5)
