"""Turns a coarse alpha into one that follows the picture's own edges, in the uncertain band only.

Never asks a network and never changes what is surely inside or surely outside.
"""

from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.strips import in_strips

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_EPS = np.float32(1e-4)
_WIDE_WINDOW = 11  # pixels
_TINY = np.float32(1e-5)
_RESTLESS = 1.2  # colours that vary by more than this share of their contrast cannot be unmixed


def follow_edges(rgb: U8, coarse: F32, pitch: float) -> F32:
    """Guided filter (He et al. 2013, grey guide): RGB uint8 H x W x 3 and alpha float32 H x W 0..1 -> alpha.

    `pitch`: pixels of the picture per pixel of the network's answer; the window is 1.5 of them.
    """
    radius = max(2, round(pitch * 1.5))
    return in_strips(partial(_guided, radius=radius), (rgb, coarse), 5 * radius + 4)


def _guided(rgb: U8, coarse: F32, radius: int) -> F32:
    window = (2 * radius + 1, 2 * radius + 1)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) * np.float32(1 / 255)
    mean_grey, mean_alpha = cv2.blur(grey, window), cv2.blur(coarse, window)
    slope = (cv2.blur(grey * coarse, window) - mean_grey * mean_alpha) / (
        cv2.blur(grey * grey, window) - mean_grey * mean_grey + _EPS
    )
    offset = mean_alpha - slope * mean_grey
    guided = np.clip(cv2.blur(slope, window) * grey + cv2.blur(offset, window), 0, 1)
    out = np.where(uncertain(coarse, radius), guided, coarse)
    return np.asarray(np.clip((out - 0.06) / 0.88, 0, 1), np.float32)


def uncertain(alpha: F32, reach: int, low: float = 0.05, high: float = 0.95) -> Mask:
    """The band where alpha is neither 0 nor 1, widened by `reach` pixels: bool H x W."""
    band = ((alpha > low) & (alpha < high)).astype(np.uint8)
    return np.asarray(cv2.dilate(band, np.ones((max(1, reach), max(1, reach)), np.uint8)) > 0, np.bool_)


def unmix(rgb: U8, alpha: F32, pitch: float, backdrop: F32 | None) -> F32:
    """Alpha from the mixing equation I = a·F + (1 − a)·B in the uncertain band; float32 H x W.

    F and B are the mean colours of sure foreground and sure background nearby; B is `backdrop` (float32 H x W x 3,
    sRGB levels) where that is known. a is the projection of I on the line from B to F. It is trusted as far as F and B
    differ, and as far as the mixture explains I; elsewhere the given alpha stays.
    """
    reach, window = max(2, round(pitch)), 2 * max(3, round(pitch * 2.5)) + 1
    return in_strips(partial(_unmixed, reach=reach, window=window), (rgb, alpha, backdrop), 2 * window + reach + 8)


def _unmixed(rgb: U8, alpha: F32, backdrop: F32 | None, reach: int, window: int) -> F32:
    band = uncertain(alpha, reach, 0.02, 0.98)
    inside = ((alpha > 0.97) & ~band).astype(np.float32)
    outside = ((alpha < 0.03) & ~band).astype(np.float32)
    picture = rgb.astype(np.float32)
    fore, fore_weight, fore_spread = _local_colour(picture, inside, window)
    back, back_weight, back_spread = _local_colour(picture, outside, window)
    if backdrop is not None:
        back, back_weight, back_spread = backdrop, np.ones_like(back_weight), np.zeros_like(back_spread)
    span = fore - back
    length = (span * span).sum(axis=2)
    share = ((picture - back) * span).sum(axis=2) / np.maximum(length, 1)
    mixed = np.clip(share, 0, 1)
    left = picture - back - mixed[:, :, None] * span
    error = np.sqrt((left * left).sum(axis=2))
    contrast = np.sqrt(length)
    trust = np.clip((contrast - 20) / 50, 0, 1) * np.clip(1.5 - error / (0.22 * contrast + 6), 0, 1)
    trust *= np.clip(_RESTLESS - (fore_spread + back_spread) / (contrast + 1), 0, 1)
    trust *= (fore_weight > 0.01) & (back_weight > 0.01)
    trust = np.where(band, trust, 0).astype(np.float32)
    snapped = np.clip((mixed - 0.04) / 0.92, 0, 1)
    return np.asarray(alpha + trust * (snapped - alpha), np.float32)


def _local_colour(picture: F32, weight: F32, window: int) -> tuple[F32, F32, F32]:
    """Mean colour of the weighted pixels in a square window, the share of the window they fill, and their spread.

    Window means are smooth, so wide ones are taken on a copy of half the size.
    """
    height, width = weight.shape
    halved = window >= _WIDE_WINDOW and min(height, width) > 2 * window
    if halved:
        size, window = ((width + 1) // 2, (height + 1) // 2), window // 2 | 1
        weight = cv2.resize(weight, size, interpolation=cv2.INTER_NEAREST)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)
    filled = cv2.blur(weight, (window, window))
    colour = cv2.blur(picture * weight[:, :, None], (window, window))
    power = cv2.blur((picture * picture).sum(axis=2) * weight, (window, window))
    if halved:  # sums are enlarged, not means: a mean of nothing is no colour and must not be mixed in
        sums = (filled, colour, power)
        filled, colour, power = (cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR) for part in sums)
    colour = colour / (filled[:, :, None] + _TINY)
    spread = np.sqrt(np.maximum(power / (filled + _TINY) - (colour * colour).sum(axis=2), 0))
    return np.asarray(colour, np.float32), np.asarray(filled, np.float32), np.asarray(spread, np.float32)


def decide(coarse: F32, pitch: float) -> F32:
    """Coarse alpha, float32 H x W, where wide half-certain places have been led to 0 or 1; soft edges stay soft.

    An edge passes from 0 to 1 within a few network pixels; a place that stays in between over more than that is not
    half transparent, the network only hesitates. There a steeper curve decides, leaning towards keeping.
    """
    reach = 2 * max(2, round(pitch * 2)) + 1
    return in_strips(partial(_decided, reach=reach), (coarse,), 2 * reach)


def _decided(coarse: F32, reach: int) -> F32:
    square = np.ones((reach, reach), np.uint8)
    wide = (cv2.erode(coarse, square) > 0.06) | (cv2.dilate(coarse, square) < 0.94)
    mixing = cv2.blur(wide.astype(np.float32), (reach, reach))
    steep = np.clip((coarse - 0.25) / 0.3, 0, 1)
    steep = steep * steep * (3 - 2 * steep)
    return np.asarray(coarse + mixing * (steep - coarse), np.float32)
