"""Legibility, measured: WCAG 2.2 contrast of a colour against the pixels that are really behind it, and the veils that
raise it. Never draws text.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8, from_linear, to_linear

Rgb = tuple[int, int, int]
Bounds = tuple[float, float, float, float]

ENOUGH = 4.5  # WCAG 2.2, 1.4.3 (AA)
_AIM = 4.8  # a little above, for what rounding and JPEG take away
_WORST = 5.0  # per cent of pixels that may be behind the measure
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SAMPLES = 40_000


def luminance(colour: Rgb) -> float:
    """Relative luminance 0..1 of an sRGB colour (WCAG 2.2)."""
    return float(to_linear(np.array(colour, np.uint8)) @ _WEIGHTS)


def ratio(one: Rgb, other: Rgb) -> float:
    """Contrast ratio 1..21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def brightness(canvas: U8, boxes: Sequence[Bounds], hidden: F32 | None = None) -> F32:
    """Relative luminance of a sample of the pixels inside the boxes, float32, flat. Canvas: uint8 sRGB H x W x 3;
    `hidden`: float32 H x W of what stands before the text, which does not count."""
    parts = []
    for x0, y0, x1, y1 in boxes:
        part = canvas[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : max(0, int(np.ceil(x1)))]
        step = max(1, int(np.sqrt(part.shape[0] * part.shape[1] / _SAMPLES)))
        light = (to_linear(part[::step, ::step]) @ _WEIGHTS).reshape(-1)
        if hidden is not None:
            seen = hidden[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : max(0, int(np.ceil(x1)))]
            light = light[seen[::step, ::step].reshape(-1) < 0.02]
        parts.append(light)
    return np.asarray(np.concatenate(parts) if parts else np.zeros(0), np.float32)


def against(light: float, behind: F32) -> float:
    """The contrast that all but the worst 5 % of the pixels keep with text of that luminance; 21 for no pixels."""
    if not behind.size:
        return 21.0
    high, low = np.maximum(behind, light), np.minimum(behind, light)
    return float(np.percentile((high + 0.05) / (low + 0.05), _WORST))


def measured(canvas: U8, boxes: Sequence[Bounds], colour: Rgb, hidden: F32 | None = None) -> float:
    """The contrast of `colour` with what is behind the boxes: the least of all boxes, each at its worst 5 %."""
    light = luminance(colour)
    return min((against(light, brightness(canvas, [box], hidden)) for box in boxes), default=21.0)


def choose(
    canvas: U8, boxes: Sequence[Bounds], candidates: Sequence[Rgb], hidden: F32 | None = None
) -> tuple[Rgb, float]:
    """The first candidate that is legible everywhere in the boxes, else the most legible one; and its contrast."""
    behind = [brightness(canvas, [box], hidden) for box in boxes]
    scored = [(colour, min(against(luminance(colour), part) for part in behind)) for colour in candidates]
    good = next((entry for entry in scored if entry[1] >= _AIM), None)
    return good or max(scored, key=lambda entry: entry[1])


def secure(
    canvas: U8, boxes: Sequence[Bounds], candidates: Sequence[Rgb], spread: float, keep: F32 | None = None,
    hidden: F32 | None = None,
) -> tuple[Rgb, float, float]:  # fmt: skip
    """Choose a colour for the boxes and, where none is legible, veil the canvas behind them in place.

    `spread`: how far the veil fades out, pixels; `keep`: float32 H x W of what the veil spares as long as it can;
    `hidden`: of what stands before the text. Returns the colour, its contrast (at least 4.5), the veil's strength 0..1.
    """
    colour, contrast = choose(canvas, boxes, candidates, hidden)
    if contrast >= _AIM:
        return colour, contrast, 0.0
    shade, original = _shade(canvas.shape[:2], boxes, spread), canvas.copy()
    # white letters on a darkened ground look natural sooner than dark ones on a fog, so they are tried first
    pale = max(candidates, key=luminance)
    ink = pale if measured(canvas, boxes, pale, hidden) > 0.55 * contrast else colour
    for spared in (keep, None) if keep is not None and hidden is None else (keep,):
        for strength in (0.15, 0.3, 0.45, 0.58, 0.7, 0.8, 0.9, 1.0):
            canvas[:] = _veiled(original, shade, strength, luminance(ink) > 0.4, spared)
            contrast = measured(canvas, boxes, ink, hidden)
            if contrast >= _AIM:
                return ink, contrast, strength
    colour, contrast = choose(canvas, boxes, ((255, 255, 255), (0, 0, 0)), hidden)
    return colour, contrast, 1.0


def _shade(shape: tuple[int, int], boxes: Sequence[Bounds], spread: float) -> F32:
    """1 behind the boxes, fading to 0 without an edge; float32 H x W at an eighth of the size, or less."""
    step = max(1, int(max(shape) / 320))
    height, width = -(-shape[0] // step), -(-shape[1] // step)
    mask = np.zeros((height, width), np.float32)
    reach = spread * 0.8
    for x0, y0, x1, y1 in boxes:
        top, bottom = int(max(0, (y0 - reach) / step)), int((y1 + reach) / step) + 1
        mask[top:bottom, int(max(0, (x0 - reach) / step)) : int((x1 + reach) / step) + 1] = 1
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, spread * 0.55 / step), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(soft, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32)


def _veiled(canvas: U8, shade: F32, strength: float, dark: bool, keep: F32 | None) -> U8:
    share = shade * np.float32(strength)
    if keep is not None:
        share = share * (1 - keep)
    touched = share > 1 / 512
    out = canvas.copy()
    light = to_linear(canvas[touched])
    amount = share[touched][:, None]
    target = light * np.float32(0.06) if dark else np.float32(0.88) + light * np.float32(0.12)
    out[touched] = from_linear(light * (1 - amount) + target * amount)
    return out
