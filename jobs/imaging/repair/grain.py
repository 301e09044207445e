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
# Standard deviation of the Laplacian of white noise of deviation 1, and the same after a 3 x 3 mean.
_LAPLACE_GAIN = 4.472
_GRAIN_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Grain:
    """`sigma`: standard deviation of luma in sRGB levels; `chroma`: that of the colour differences; `size`: blur in
    pixels that makes white noise as soft as the grain is."""

    sigma: float
    chroma: float
    size: float


def measure(rgb: U8, where: Mask | None = None) -> Grain:
    """The grain of RGB uint8 H x W x 3 sRGB, from its quietest quarter of `where` (bool H x W).

    Immerkaer's Laplacian (Fast Noise Variance Estimation, 1996) with medians instead of means, so that edges have no
    say; the correlation of neighbours tells the grain's size.
    """
    part = rgb.astype(np.float32)
    luma = part @ _GRAIN_LUMA
    free = np.ones(luma.shape, bool) if where is None else where
    free = free & (luma > 6) & (luma < 249)
    edges = cv2.magnitude(
        cv2.Sobel(cv2.blur(luma, (5, 5)), cv2.CV_32F, 1, 0), cv2.Sobel(cv2.blur(luma, (5, 5)), cv2.CV_32F, 0, 1)
    )
    if int(free.sum()) < _LEAST_PIXELS:
        return Grain(0.0, 0.0, 0.5)
    free &= edges <= float(np.percentile(edges[free], 40))
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.6)
    sigma = 1.4826 * float(np.median(np.abs(fine[free]))) * 1.05
    red = part[:, :, 0] - luma
    chroma = 1.4826 * float(np.median(np.abs((red - cv2.GaussianBlur(red, (0, 0), 1.6))[free])))
    return Grain(sigma, chroma, _softness(fine, free, sigma))


def _softness(fine: F32, free: Mask, sigma: float) -> float:
    """Blur in pixels, from how alike a pixel and its right neighbour are."""
    if sigma < 0.15:
        return 0.5
    both = free[:, 1:] & free[:, :-1]
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
