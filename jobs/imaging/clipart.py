"""Clip-art for sale: a PNG whose longest side is 3600 pixels, edges clean on any ground.

Never removes a background, never trims the margins, and never lets colour hidden under transparency reach an edge.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging import encode
from jobs.imaging.bleed import bleed
from jobs.imaging.colour import F32, U8

LONGEST_SIDE = 3600
ENLARGE_FROM = 1.5
# Under this alpha a straight colour is mostly rounding error of the program that wrote it.
_TRUSTED = 32

Enlarge = Callable[[U8], U8]


@dataclass(frozen=True)
class ClipartFile:
    """One encoded PNG: 8-bit RGBA, or RGB for a picture without transparency. `method` as of print files."""

    width: int
    height: int
    dpi: int
    has_alpha: bool
    method: str
    data: bytes


def clipart(rgb: U8, alpha: U8 | None, *, longest: int = LONGEST_SIDE, enlarge: Enlarge | None = None) -> ClipartFile:
    """H x W x 3 uint8 sRGB and H x W straight alpha or None -> PNG with its longest side exactly `longest`.

    `enlarge` takes and returns H x W x 3 uint8; it is given the colours (bled under the alpha) and the alpha as a grey
    picture, and is used where the picture must grow by 1.5 or more. The result is brought to size after it.
    """
    pixels, method = resized(rgb, alpha, longest, enlarge)
    height, width = pixels.shape[:2]
    return ClipartFile(width, height, encode.PRINT_DPI, alpha is not None, method, encode.png(pixels))


def resized(rgb: U8, alpha: U8 | None, longest: int, enlarge: Enlarge | None = None) -> tuple[U8, str]:
    """The pixels of `clipart`: (h x w x 4, or x 3 without alpha, uint8 straight sRGB; method)."""
    height, width = rgb.shape[:2]
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grown = enlarge if enlarge is not None and scale >= ENLARGE_FROM else None
    if alpha is None:
        colour, method = _to_size(rgb, size, grown)
        return colour, method
    if scale < 1:
        rgb, alpha = _reduced(rgb, alpha, size)
        return np.dstack([bleed(rgb, alpha, _TRUSTED), alpha]), "area"
    colour, method = _to_size(bleed(rgb, alpha, _TRUSTED), size, grown)
    mask, _ = _to_size(np.repeat(alpha[:, :, None], 3, axis=2) if grown else alpha, size, grown)
    mask = mask if mask.ndim == 2 else mask[:, :, 1]
    return np.dstack([colour, _settled(mask, alpha)]), method


def _reduced(rgb: U8, alpha: U8, size: tuple[int, int]) -> tuple[U8, U8]:
    """Area average with colours weighted by alpha, in 16 bits: floats of a 40 MP picture would take a gigabyte."""
    weighted = cv2.multiply(rgb, cv2.merge([alpha, alpha, alpha]), dtype=cv2.CV_16U)
    total = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    mask = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _rounded(total / np.maximum(mask, 1)[:, :, None].astype(np.float32)), mask


def _to_size(pixels: U8, size: tuple[int, int], enlarge: Enlarge | None) -> tuple[U8, str]:
    prefix = ""
    if enlarge is not None:
        pixels, prefix = enlarge(pixels), "enlarge+"
    if pixels.shape[1::-1] == size:
        return np.ascontiguousarray(pixels), prefix + "as it is"
    shrinking = size[0] < pixels.shape[1]
    how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    out = np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)
    return out, prefix + ("area" if shrinking else "cubic")


def _settled(mask: U8, alpha: U8) -> U8:
    """Push the last two levels at either end out to 0 and 255, where the source reaches them.

    Cubic ringing and networks leave a veil of 1 or 2 in clear areas; it prints as dirt on a dark shirt.
    """
    curve = np.arange(256, dtype=np.int32)
    if int(alpha.min()) == 0:
        curve[:3] = 0
    if int(alpha.max()) == 255:
        curve[253:] = 255
    return np.asarray(cv2.LUT(mask, curve.astype(np.uint8)), np.uint8)


def _rounded(values: F32) -> U8:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)
