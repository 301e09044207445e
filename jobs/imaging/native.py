"""From Pillow's loaded image to arrays: every mode to 8-bit RGB, L, CMYK or LAB with alpha apart, and EXIF's turns.

Never opens a file and never changes a colour space; copies in strips, so that a picture is held at most twice.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs.imaging.colour import U8

_STRIP_PIXELS = 4_000_000
_ALPHA_MODES = ("RGBA", "PA", "RGBa", "La")
# Annex K.1 of ITU-T T.81, the luminance table that quality 50 stands for.
_LUMINANCE_50 = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip


def native_pixels(image: Image.Image) -> tuple[U8, U8 | None, str, tuple[str, ...]]:
    """Load and copy out: (uint8 H x W or H x W x C, alpha H x W or None, RGB / L / CMYK / LAB, warnings).

    16-bit grey is scaled by 1/257; 32-bit integers and floats over their own range, with the warning `range_scaled`.
    """
    image.load()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep_grey(image)
    mode = _target_mode(image)
    pixels = _strips(image, mode)
    if mode == "LA":
        return np.ascontiguousarray(pixels[:, :, 0]), _alpha(pixels[:, :, 1]), "L", ()
    if mode == "RGBA":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8), _alpha(pixels[:, :, 3]), "RGB", ()
    return pixels, None, mode, ()


def _target_mode(image: Image.Image) -> str:
    if image.mode in ("CMYK", "LAB", "LA"):
        return image.mode
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        return "LA" if image.mode == "La" else "RGBA"
    return "L" if image.mode in ("L", "1") else "RGB"


def _alpha(channel: U8) -> U8 | None:
    """None when the picture is opaque throughout: it then has no alpha in any sense that matters."""
    return None if int(channel.min()) == 255 else np.ascontiguousarray(channel)


def _strips(image: Image.Image, mode: str) -> U8:
    width, height = image.size
    channels = Image.getmodebands(mode)
    out = np.empty((height, width, channels) if channels > 1 else (height, width), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for y in range(0, height, rows):
        strip = image.crop((0, y, width, min(y + rows, height)))
        out[y : y + rows] = np.asarray(strip if strip.mode == mode else strip.convert(mode))
    return out


def _deep_grey(image: Image.Image) -> tuple[U8, U8 | None, str, tuple[str, ...]]:
    values = np.asarray(image)
    clear = image.info.get("transparency")
    alpha = np.where(values == clear, 0, 255).astype(np.uint8) if isinstance(clear, int) else None
    if image.mode.startswith("I;16"):
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8), alpha, "L", ()
    return _stretched(values.astype(np.float32)), alpha, "L", ("range_scaled",)


def _stretched(values: npt.NDArray[np.float32]) -> U8:
    """Over 0..1, 0..255 or 0..65535, whichever holds the values; over their own range when none does."""
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0:
        low, high = 0.0, next((top for top in (1.0, 255.0, 65535.0) if high <= top), high)
    return ((finite - low) * (255.0 / max(high - low, 1e-9)) + 0.5).astype(np.uint8)


def upright(pixels: U8, orientation: int) -> U8:
    """Undo an EXIF orientation 1..8 (CIPA DC-008, tag 0x0112); returns the input itself for 1."""
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), np.uint8)


def jpeg_quality(tables: Mapping[int, Sequence[int]]) -> int | None:
    """The quality 1..100 whose scaled luminance table is nearest in sum to the file's (IJG scaling rule)."""
    table = tables.get(0)
    if not table or len(table) != 64:
        return None
    scale = 100 * sum(table) / sum(_LUMINANCE_50)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return max(1, min(100, round(quality)))
