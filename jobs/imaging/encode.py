"""Writes finished pictures: exact pixels, a resolution tag and the sRGB profile, and nothing else whatever.

Never sees a source file, so nothing can be inherited from one: no EXIF but the resolution, no GPS, comment, text,
and no XMP but a packet of ours (provenance.py).
"""

import io
import struct

import numpy as np
import simplejpeg
from PIL import Image

from jobs.imaging import faults
from jobs.imaging.colour import U8, srgb_profile

PRINT_DPI = 300
# Run lengths behind PNG's filters: on 3600 x 3600 clip-art 0.43 s against 1.0-1.4 s for zlib's level 6, at equal size
# (100-115 %), and half the bytes of level 1. Long matches are rare once the rows are filtered.
_PNG_RUN_LENGTHS = 3
_LOWEST_QUALITY = 40
_SAMPLE_BANDS = 8
_BAND_ROWS = 64


def jpeg(rgb: U8, quality: int = 92, subsampling: str = "444", dpi: int = PRINT_DPI) -> bytes:
    """`rgb` H x W x 3 uint8 sRGB -> baseline JPEG; `subsampling` "444", "422" or "420".

    The resolution is in JFIF's density and in a minimal EXIF block, the sRGB profile in APP2.
    """
    body = simplejpeg.encode_jpeg(np.ascontiguousarray(rgb), quality=quality, colorsubsampling=subsampling)
    return tagged(body, dpi)


def tagged(body: bytes, dpi: int) -> bytes:
    """A JFIF file with its density set and EXIF and ICC segments behind it; the coded picture is not touched."""
    if body[:4] != b"\xff\xd8\xff\xe0" or body[6:11] != b"JFIF\0":
        raise ValueError("the encoder did not begin with a JFIF segment")
    end = 4 + struct.unpack(">H", body[4:6])[0]
    head = body[:13] + struct.pack(">BHH", 1, dpi, dpi) + body[18:end]
    icc = b"ICC_PROFILE\0\x01\x01" + srgb_profile()
    return b"".join((head, _segment(0xE1, _resolution_exif(dpi)), _segment(0xE2, icc), memoryview(body)[end:]))


def jpeg_within(
    rgb: U8, max_bytes: int, quality: int = 92, subsampling: str = "444", dpi: int = PRINT_DPI
) -> tuple[bytes, int]:
    """The best JPEG of at most `max_bytes`: (bytes, quality used), never above `quality`.

    Where the file is too large, a sample of bands tells how size falls with quality, so that a full picture is encoded
    two or three times and not at every step. Raises OutputTooLarge when quality 40 does not fit either.
    """
    data = jpeg(rgb, quality, subsampling, dpi)
    sample = _sample(rgb)
    while len(data) > max_bytes:
        if quality <= _LOWEST_QUALITY:
            raise faults.OutputTooLarge
        base = len(simplejpeg.encode_jpeg(sample, quality=quality, colorsubsampling=subsampling))
        wanted = base * max_bytes / len(data)
        quality = _quality_for(sample, wanted, quality, subsampling)
        data = jpeg(rgb, quality, subsampling, dpi)
    return data, quality


def _sample(rgb: U8) -> U8:
    height = rgb.shape[0]
    if height <= _SAMPLE_BANDS * _BAND_ROWS:
        return np.ascontiguousarray(rgb)
    starts = np.linspace(0, height - _BAND_ROWS, _SAMPLE_BANDS).astype(int)
    return np.concatenate([rgb[y : y + _BAND_ROWS] for y in starts])


def _quality_for(sample: U8, wanted: float, below: int, subsampling: str) -> int:
    """The highest quality under `below` whose sample has at most `wanted` bytes; the lowest allowed if none has."""
    low, high = _LOWEST_QUALITY, below - 1
    while low < high:
        middle = (low + high + 1) // 2
        if len(simplejpeg.encode_jpeg(sample, quality=middle, colorsubsampling=subsampling)) <= wanted:
            low = middle
        else:
            high = middle - 1
    return low


def png(pixels: U8, dpi: int = PRINT_DPI) -> bytes:
    """H x W x 3 (RGB) or H x W x 4 (RGB and straight alpha) uint8 sRGB -> 8-bit PNG with pHYs and iCCP."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out, "PNG", compress_level=1, compress_type=_PNG_RUN_LENGTHS, dpi=(dpi, dpi), icc_profile=srgb_profile()
    )
    return out.getvalue()


def webp(pixels: U8, quality: int = 85, lossless: bool = False, xmp: bytes = b"") -> bytes:
    """H x W x 3 or 4 uint8 sRGB -> WebP with the sRGB profile. States no resolution: WebP has no place of its own."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out, "WEBP", quality=quality, lossless=lossless, method=2, icc_profile=srgb_profile(), exif=b"", xmp=xmp
    )
    return out.getvalue()


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _resolution_exif(dpi: int) -> bytes:
    """XResolution, YResolution and ResolutionUnit inch in one IFD (CIPA DC-008, tags 282, 283, 296)."""
    count, first = 3, 8 + 2 + 3 * 12 + 4
    ifd = struct.pack(">HHIIHHII", 282, 5, 1, first, 283, 5, 1, first + 8) + struct.pack(">HHIHH", 296, 3, 1, 2, 0)
    values = struct.pack(">IIII", dpi, 1, dpi, 1)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, count) + ifd + struct.pack(">I", 0) + values
