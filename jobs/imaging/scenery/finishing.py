"""The print: stage, cut-outs and air put together at full size in strips, through a gentle film curve, grade and grain.

Never holds more than a strip in floats. Linear light in, sRGB uint8 out.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.scenery.setting import Grade, Rgb

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

STRIP = 192
TOP = 8.0  # the brightest linear value that the film curve tells apart
KNEE = 0.68
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_TILE = 512


@dataclass(frozen=True)
class Layer:
    """A cut-out at output size: corner, sRGB uint8 h x w x 3, alpha uint8 h x w, and its light as small maps."""

    left: int
    top: int
    rgb: U8
    alpha: U8
    factor: F32
    added: F32
    counts: bool = True  # whether it is part of what `cover` reports


@dataclass(frozen=True)
class Veil:
    """Air before the cut-outs, on the canvas: premultiplied linear light h x w x 3 and cover h x w."""

    light: F32
    cover: F32


def filmic(light: F64) -> F64:
    """Straight up to the knee, then a shoulder that reaches white only at infinity; 1.0 comes out at 0.88."""
    over = np.maximum(light - KNEE, 0) / (1 - KNEE)
    return np.where(light <= KNEE, light, KNEE + (1 - KNEE) * (1 - np.exp(-over)))


def tone_table(grade: Grade, contrast: float) -> F32:
    """Display levels 0..255 (float32, 3 x 65536) of linear light TOP * (i / 65535) ** 2, per channel."""
    light = TOP * (np.arange(65536) / 65535.0) ** 2
    level = filmic(light)
    level = np.where(level <= 0.0031308, 12.92 * level, 1.055 * np.maximum(level, 1e-9) ** (1 / 2.4) - 0.055)
    bend = np.clip(grade.contrast + contrast, -0.6, 0.6)
    level = level + bend * 1.6 * level * (1 - level) * (level - 0.42) * 2
    level = grade.fade + (1 - grade.fade) * level
    rows = []
    for shadow, bright in zip(grade.shadows, grade.lights, strict=True):
        rows.append(level + shadow * (1 - level) ** 2 * (0.35 + level) * 1.6 + bright * level**2 * (1.12 - level) * 4)
    return np.asarray(np.clip(np.stack(rows), 0, 1) * 255, np.float32)


def grain_tile(seed: int, strength: float) -> F32:
    """A tile of film grain in display levels, slightly soft, its own per picture."""
    rng = np.random.default_rng([seed, 77])
    fine = rng.standard_normal((_TILE, _TILE), np.float32)
    return np.asarray((0.75 * fine + 0.9 * cv2.GaussianBlur(fine, (0, 0), 0.9)) * strength, np.float32)


def colour_matrix(saturation: float, tint: Rgb) -> F32:
    keep = saturation * np.eye(3) + (1 - saturation) * np.tile(_LUMA, (3, 1))
    return (np.diag(tint) @ keep).astype(np.float32)


def developed(
    canvas: F32, layers: tuple[Layer, ...], veil: Veil | None, size: tuple[int, int], grade: Grade, *,
    contrast: float, tint: Rgb, seed: int,
) -> tuple[U8, F32]:  # fmt: skip
    """(uint8 sRGB H x W x 3, cover float32 H x W): canvas (linear h x w x 3) enlarged under the layers and the veil."""
    width, height = size
    out = np.empty((height, width, 3), np.uint8)
    cover = np.zeros((height, width), np.float32)
    root = np.sqrt(np.maximum(glowing(canvas, grade.bloom), 0))
    table, matrix = tone_table(grade, contrast), colour_matrix(grade.saturation, tint)
    grain = grain_tile(seed, grade.grain)
    for y in range(0, height, STRIP):
        rows = min(STRIP, height - y)
        strip = enlarged(root, size, y, rows)
        strip *= strip
        for layer in layers:
            lay(strip, cover, layer, y, rows)
        if veil is not None:
            strip *= 1 - enlarged(veil.cover, size, y, rows)[:, :, None]
            strip += enlarged(veil.light, size, y, rows)
        if grade.vignette:
            strip *= vignette(size, y, rows, grade.vignette)[:, :, None]
        out[y : y + rows] = printed(strip, matrix, table, grain, y)
    return out, cover


def printed(strip: F32, matrix: F32, table: F32, grain: F32, y: int) -> U8:
    """One strip through colour, curve and grain."""
    rows, width = strip.shape[:2]
    strip = cv2.transform(strip, matrix)
    np.clip(strip, 0, TOP, out=strip)
    index = (np.sqrt(strip * np.float32(1 / TOP)) * 65535).astype(np.uint16)
    noise = np.tile(np.roll(grain, -y, axis=0)[:rows], (1, width // _TILE + 1))[:, :width]
    out = np.empty((rows, width, 3), np.uint8)
    for channel in range(3):
        level = table[channel][index[:, :, channel]]
        # grain shows in the middle tones, hardly in white paper
        level += noise * (0.45 + 0.55 * np.sin(np.pi * np.clip(level / 255, 0.08, 0.98)))
        out[:, :, channel] = np.clip(level + 0.5, 0, 255)
    return out


def enlarged(picture: F32, size: tuple[int, int], y: int, rows: int) -> F32:
    """Rows y .. y + rows of the picture grown to `size`, bicubic; pixel centres kept."""
    x_scale, y_scale = picture.shape[1] / size[0], picture.shape[0] / size[1]
    if x_scale == 1 and y_scale == 1:
        return picture[y : y + rows].copy()
    matrix = np.array([[x_scale, 0, 0.5 * x_scale - 0.5], [0, y_scale, (y + 0.5) * y_scale - 0.5]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    grown = cv2.warpAffine(picture, matrix, (size[0], rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(grown, np.float32)


def lay(strip: F32, cover: F32, layer: Layer, y: int, rows: int) -> None:
    """Lay the part of a cut-out that falls into the strip, in place."""
    height, width = layer.alpha.shape
    top, bottom = max(y, layer.top), min(y + rows, layer.top + height)
    left, right = max(0, layer.left), min(strip.shape[1], layer.left + width)
    if bottom <= top or right <= left:
        return
    inner = (slice(top - layer.top, bottom - layer.top), slice(left - layer.left, right - layer.left))
    light = to_linear(layer.rgb[inner])
    alpha = layer.alpha[inner].astype(np.float32) * np.float32(1 / 255)
    first, many = top - layer.top, bottom - top
    columns = inner[1]
    light *= np.maximum(enlarged(layer.factor, (width, height), first, many)[:, columns], 0)
    light += np.maximum(enlarged(layer.added, (width, height), first, many)[:, columns], 0)
    part = strip[top - y : bottom - y, left:right]
    part += (light - part) * alpha[:, :, None]
    seen = cover[top:bottom, left:right]
    seen += ((1 - seen) if layer.counts else -seen) * alpha


def vignette(size: tuple[int, int], y: int, rows: int, strength: float) -> F32:
    """Light's fall-off to the corners, for rows y .. y + rows."""
    width, height = size
    reach = (width**2 + height**2) / 4
    across = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) ** 2
    down = (np.arange(y, y + rows, dtype=np.float32) + 0.5 - height / 2) ** 2
    far = (across[None, :] + down[:, None]) / reach
    return np.asarray(1 - strength * far * far, np.float32)


def glowing(canvas: F32, strength: float) -> F32:
    """Highlights that spread a little, as in a lens."""
    if strength <= 0:
        return canvas
    height, width = canvas.shape[:2]
    small = cv2.resize(canvas, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    bright = np.maximum(small - 0.8, 0)
    if float(bright.max()) < 0.02:
        return canvas
    wide = cv2.GaussianBlur(bright, (0, 0), 0.012 * height / 4 + 0.5) * 0.5
    wide += cv2.GaussianBlur(bright, (0, 0), 0.05 * height / 4 + 0.5) * 0.5
    return np.asarray(canvas + strength * 6 * cv2.resize(wide, (width, height)), np.float32)
