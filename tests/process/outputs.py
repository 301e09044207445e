"""Checks that every finished picture must pass, from its bytes: size, DPI tag, sRGB profile, nothing inherited."""

import io
import struct
import sys
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageCms

sys.path.append(str(Path(__file__).parents[1] / "unit" / "jobs" / "imaging"))

RESOLUTION_ONLY = (282, 283, 296)  # the tags of the one EXIF block that is ours
JPEG_BLOCKS = {"SOI", "EOI", "APP0", "APP1", "APP2", "DQT", "DHT", "SOS", "DRI", "SOF0", "SOF2", "C1"}
PNG_BLOCKS = {"IHDR", "PLTE", "IDAT", "IEND", "pHYs", "iCCP", "sRGB", "gAMA", "cHRM"}


def check_output(data: bytes, size: tuple[int, int], dpi: int | None = None) -> Pillow.Image:
    """The decoded picture, once its size, tag, profile and blocks are as promised."""
    import metadata_scanner

    blocks = metadata_scanner.blocks(data)
    names = {block.name for block in blocks}
    png = data[:4] == b"\x89PNG"
    assert names <= (PNG_BLOCKS if png else JPEG_BLOCKS), names
    if not png:
        assert all(block.payload.startswith(b"ICC_PROFILE\0") for block in blocks if block.name == "APP2")
        assert all(exif_tags(block.payload) == RESOLUTION_ONLY for block in blocks if block.name == "APP1")
    with Pillow.open(io.BytesIO(data)) as picture:
        assert picture.size == size, (picture.size, size)
        profile = picture.info.get("icc_profile")
        assert profile or "sRGB" in names, "no colour space is told"
        if profile:
            assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        assert "xmp" not in picture.info and "comment" not in picture.info
        picture.draft("RGB", (1200, 1200))  # a look at all of it, without all of its memory
        picture.load()
        copy = picture.copy()
    if dpi is not None:
        assert tagged_dpi(blocks, png=png) == (dpi, dpi)
    return copy


def exif_tags(payload: bytes) -> tuple[int, ...]:
    """The tags of a big-endian EXIF block of one directory; AssertionError when there is more in it."""
    assert payload.startswith(b"Exif\0\0MM\0*\0\0\0\x08"), payload[:40]
    (count,) = struct.unpack_from(">H", payload, 14)
    assert struct.unpack_from(">I", payload, 16 + 12 * count) == (0,), "a second directory"
    assert len(payload) == 6 + 8 + 2 + 12 * count + 4 + 16, "more than two fractions behind the directory"
    return tuple(struct.unpack_from(">H", payload, 16 + 12 * place)[0] for place in range(count))


def tagged_dpi(blocks: list, *, png: bool) -> tuple[int, int]:
    """Dots per inch as JFIF or pHYs says, read from the bytes."""
    if png:
        payload = next(block.payload for block in blocks if block.name == "pHYs")
        x, y, unit = struct.unpack(">IIB", payload)
        assert unit == 1
        return round(x * 0.0254), round(y * 0.0254)
    payload = next(block.payload for block in blocks if block.name == "APP0")
    unit, x, y = struct.unpack(">BHH", payload[7:12])
    assert payload[:5] == b"JFIF\0" and unit == 1
    return x, y
