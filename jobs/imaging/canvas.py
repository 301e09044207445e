"""Sets a cut-out on a canvas of exactly the wanted pixels: placing, resampling, shadow, background.

Never decides what the mask is, and never knows a marketplace.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.shadow import soft_shadow

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]

_STRIP_ROWS = 256
_SHADOW_SIDE = 1024  # a shadow is soft: it is drawn at most this large and enlarged
_SIZES_1K: dict[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
}
_TIMES = {"1K": 1, "2K": 2, "4K": 4}


@dataclass(frozen=True)
class Look:
    """How a cut-out sits on its canvas. `fill`: longest side of the product's box over the frame side, or None to keep
    the source's own framing (contained whole). `background`: sRGB, or None for transparency. `feather`: width in canvas
    pixels over which the edge fades inward. `shadow`: none, soft or contact."""

    fill: float | None = None
    background: Rgb | None = None
    shadow: str = "none"
    feather: float = 0.0


@dataclass(frozen=True)
class Placing:
    """`source`: the part of the picture that is shown (x0, y0, x1, y1); `target`: where it lands on the canvas."""

    source: Box
    target: Box


def output_size(resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """(width, height) in pixels for `1K`, `2K`, `4K` and `1:1`, `3:4`, `4:3`, `9:16`, `16:9`; KeyError for others."""
    width, height = _SIZES_1K[aspect_ratio]
    return width * _TIMES[resolution], height * _TIMES[resolution]


def place(picture: tuple[int, int], box: Box, canvas: tuple[int, int], fill: float | None) -> Placing:
    """Centre the product's box (with `fill`) or the whole picture (without) on the canvas. Sizes: (width, height)."""
    x0, y0, x1, y1 = box if fill is not None else (0, 0, *picture)
    wide, high = x1 - x0, y1 - y0
    scale = min(canvas[0] / wide, canvas[1] / high) * (fill if fill is not None else 1.0)
    out_wide = min(canvas[0], max(1, round(wide * scale)))
    out_high = min(canvas[1], max(1, round(high * scale)))
    left, top = (canvas[0] - out_wide) // 2, (canvas[1] - out_high) // 2
    return Placing((x0, y0, x1, y1), (left, top, left + out_wide, top + out_high))


def compose(foreground: U8, alpha: F32, box: Box, size: tuple[int, int], look: Look) -> U8:
    """The finished canvas, uint8: height x width x 3 (sRGB) with a background, x 4 (straight alpha) without.

    `foreground`: decontaminated RGB uint8 H x W x 3 sRGB; `alpha`: float32 H x W 0..1; `box`: the product's
    (x0, y0, x1, y1); `size`: (width, height). Colours are resampled premultiplied and mixed in linear light. Outside
    the mask and the shadow the background is exactly the given colour. Raises ValueError for a box without area.
    """
    if box[2] <= box[0] or box[3] <= box[1]:
        raise ValueError("the product's box has no area")
    height, width = alpha.shape
    placing = place((width, height), box, size, look.fill)
    layer = _layer(foreground, alpha, placing, look.feather)
    dark = _shadow(layer[:, :, 3], placing.target, size, look.shadow) if look.shadow != "none" else None
    if look.background is None:
        return _transparent(layer, placing.target, size, dark)
    return _flat(layer, placing.target, size, dark, look.background)


def _layer(foreground: U8, alpha: F32, placing: Placing, feather: float) -> F32:
    """Premultiplied linear colour and alpha, float32 h x w x 4, at the size it has on the canvas."""
    x0, y0, x1, y1 = placing.source
    wide, high = placing.target[2] - placing.target[0], placing.target[3] - placing.target[1]
    part = np.clip(alpha[y0:y1, x0:x1], 0, 1)
    shrink = wide < x1 - x0
    if feather > 0:
        blurred = cv2.GaussianBlur(alpha, (0, 0), max(0.3, feather * (x1 - x0) / wide / 2))[y0:y1, x0:x1]
        part = part * np.clip(2 * blurred - 1, 0, 1)
    layer = np.empty((y1 - y0, x1 - x0, 4), np.float32)
    layer[:, :, :3] = to_linear(foreground[y0:y1, x0:x1]) * part[:, :, None]
    layer[:, :, 3] = part
    kernel = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    layer = np.asarray(cv2.resize(layer, (wide, high), interpolation=kernel), np.float32)
    np.clip(layer, 0, 1, out=layer)
    layer[layer[:, :, 3] < 1 / 512] = 0
    solid = layer[:, :, 3] > 1 - 1 / 512
    layer[solid, 3] = 1
    np.minimum(layer[:, :, :3], layer[:, :, 3:], out=layer[:, :, :3])
    return layer


def _shadow(alpha: F32, target: Box, size: tuple[int, int], kind: str) -> F32:
    """Darkness over the whole canvas, float32."""
    scale = min(1.0, _SHADOW_SIDE / max(size))
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    full = np.zeros((size[1], size[0]), np.float32)
    full[target[1] : target[3], target[0] : target[2]] = alpha
    reduced = cv2.resize(full, small, interpolation=cv2.INTER_AREA)
    drawn = cv2.resize(soft_shadow(reduced, kind), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(drawn, 0, 1), np.float32)


def _flat(layer: F32, target: Box, size: tuple[int, int], dark: F32 | None, background: Rgb) -> U8:
    left, top, right, bottom = target
    colour = np.array(background, np.uint8)
    light = to_linear(colour)
    out = np.empty((size[1], size[0], 3), np.uint8)
    out[:] = colour
    for y in range(0, size[1], _STRIP_ROWS):
        last = min(y + _STRIP_ROWS, size[1])
        if dark is None and (last <= top or y >= bottom):
            continue
        under = np.broadcast_to(light, (last - y, size[0], 3)).copy()
        touched = np.zeros((last - y, size[0]), bool)
        if dark is not None:
            under *= 1 - dark[y:last, :, None]
            touched |= dark[y:last] > 1 / 2048
        lo, hi = max(y, top), min(last, bottom)
        if hi > lo:
            rows = layer[lo - top : hi - top]
            spot = under[lo - y : hi - y, left:right]
            spot *= 1 - rows[:, :, 3:]
            spot += rows[:, :, :3]
            touched[lo - y : hi - y, left:right] |= rows[:, :, 3] > 0
        out[y:last][touched] = from_linear(under[touched])
    return out


def _transparent(layer: F32, target: Box, size: tuple[int, int], dark: F32 | None) -> U8:
    """Straight alpha; hidden pixels hold zeros. The shadow is black with its darkness as alpha."""
    left, top, right, bottom = target
    cover = np.zeros((size[1], size[0]), np.float32)
    cover[top:bottom, left:right] = layer[:, :, 3]
    whole = cover if dark is None else cover + (1 - cover) * dark
    out = np.zeros((size[1], size[0], 4), np.uint8)
    out[:, :, 3] = (whole * 255 + np.float32(0.5)).astype(np.uint8)
    part = whole[top:bottom, left:right, None]
    straight = np.asarray(layer[:, :, :3] / np.maximum(part, np.float32(1e-6)), np.float32)
    out[top:bottom, left:right, :3] = from_linear(straight)
    out[out[:, :, 3] == 0] = 0
    return out
