"""Measures the fine noise of a photograph and lays the same over places that were made without any.

Never changes a picture's mean and never draws anything coarser than grain.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_LEAST_PIXELS = 400
_SQUARE = 13
_QUIETEST = 10.0  # per cent of the squares
_GRAIN_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Grain:
    """`sigma`: standard deviation of luma in sRGB levels; `chroma`: that of the colour differences; `size`: blur in
    pixels that makes white noise as soft as the grain is."""

    sigma: float
    chroma: float
    size: float


def measure(rgb: U8, where: Mask | None = None) -> Grain:
    """The grain of RGB uint8 H x W x 3 sRGB, from the quietest places of `where` (bool H x W).

    What varies from pixel to pixel is averaged over small squares; the quietest tenth of them has neither edges nor
    texture, so what is left there is grain. The correlation of neighbours tells its size.
    """
    part = rgb.astype(np.float32)
    luma = part @ _GRAIN_LUMA
    free = np.ones(luma.shape, bool) if where is None else where
    free = cv2.erode((free & (luma > 6) & (luma < 249)).astype(np.uint8), np.ones((_SQUARE, _SQUARE), np.uint8)) > 0
    if int(free.sum()) < _LEAST_PIXELS:
        return Grain(0.0, 0.0, 0.5)
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.6)
    power = np.maximum(cv2.blur(fine * fine, (_SQUARE, _SQUARE)), 0)  # its running sums end a little below zero
    quiet = free & (power <= float(np.percentile(power[free], _QUIETEST)))
    sigma = float(np.sqrt(power[quiet].mean())) * 1.12
    red = part[:, :, 0] - luma
    apart = red - cv2.GaussianBlur(red, (0, 0), 1.6)
    chroma = float(np.sqrt((apart * apart)[quiet].mean()))
    return Grain(sigma, chroma, _softness(fine, quiet, sigma))


def _softness(fine: F32, free: Mask, sigma: float) -> float:
    """Blur in pixels, from how alike a pixel and its right neighbour are."""
    both = free[:, 1:] & free[:, :-1]
    if sigma < 0.15 or not both.any():  # no two quiet pixels side by side tell nothing
        return 0.5
    limit = 4 * sigma
    one, other = np.clip(fine[:, 1:][both], -limit, limit), np.clip(fine[:, :-1][both], -limit, limit)
    alike = float((one * other).mean() / max(float((one * one).mean()), 1e-6))
    return float(np.clip(0.45 + 0.9 * max(alike, 0.0), 0.45, 1.3))


def laid(shape: tuple[int, int], grain: Grain, seed: int) -> F32:
    """Grain to be added to sRGB levels: float32 H x W x 3, mean 0; the same for the same seed."""
    height, width = shape
    if grain.sigma < 0.1:
        return np.zeros((height, width, 3), np.float32)
    dice = np.random.default_rng(seed)
    luma = _soft(dice.standard_normal((height, width), np.float32), grain.size) * np.float32(grain.sigma)
    out = np.repeat(luma[:, :, None], 3, axis=2)
    if grain.chroma > 0.1:
        red, blue = (_soft(dice.standard_normal((height, width), np.float32), 1.2 * grain.size) for _ in range(2))
        out[:, :, 0] += np.float32(0.7 * grain.chroma) * red
        out[:, :, 2] += np.float32(0.7 * grain.chroma) * blue
    return out


def _soft(noise: F32, size: float) -> F32:
    """White noise blurred by `size` pixels and brought back to deviation 1."""
    soft = cv2.GaussianBlur(noise, (0, 0), size)
    return np.asarray(soft / max(float(soft.std()), 1e-6), np.float32)
