"""Evens out a product's exposure and white balance, gently and without clipping.

Never changes alpha, and never darkens a product.
"""

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

_MAX_GAIN = 1.28
_MAX_CAST = 0.08  # a channel moves by at most 8 % in linear light when a neutral surface is known
_GUESSED_CAST = 0.03  # and by 3 % when the product's own pale parts are all there is to go by: cream is a colour too
_NEUTRAL = 0.88  # lowest over highest channel, linear, of what may count as neutral
_HIGHLIGHT = 0.80  # linear light that the product's brightest neutral parts are led towards
_SAMPLE_SIDE = 512


def normalise_light(foreground: U8, alpha: F32, white: tuple[int, int, int] | None = None) -> U8:
    """RGB uint8 H x W x 3 sRGB and alpha float32 H x W 0..1 -> RGB uint8 of the same shape.

    `white`: sRGB colour of a surface known to be neutral (a grey or white backdrop), or None to look for pale,
    nearly neutral parts of the product itself; where there are none, white balance is left alone (a red shoe is not
    a red light). Works in linear light: y = g·x / (1 + (g − 1)·x²) of each pixel's largest channel, the others in
    proportion, so hue stays, 0 stays 0, 1 stays 1 and nothing is clipped on the way; g is 1..1.28.
    """
    sample = _sample(foreground, alpha)
    if sample.shape[0] < 64:
        return foreground.copy()
    cast = _cast(sample, white)
    peak = float(np.percentile((sample * cast).max(axis=1), 98))
    gain = float(np.clip(_HIGHLIGHT / max(peak, 1e-3), 1.0, _MAX_GAIN))
    if gain < 1.01 and float(np.abs(cast - 1).max()) < 0.005:
        return foreground.copy()
    light = to_linear(foreground) * cast
    top = light.max(axis=2)
    safe = np.minimum(top, 1)
    curve = gain / (1 + (gain - 1) * safe * safe)
    curve = np.where(top > 1, curve / np.maximum(top, 1e-6), curve)
    return from_linear(light * curve[:, :, None])


def _sample(foreground: U8, alpha: F32) -> F32:
    """Linear colours of the opaque pixels of a reduced copy, N x 3."""
    height, width = alpha.shape
    scale = min(1.0, _SAMPLE_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(foreground, size, interpolation=cv2.INTER_AREA)
    opaque = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.95
    return to_linear(np.ascontiguousarray(small[opaque]))


def _cast(sample: F32, white: tuple[int, int, int] | None) -> F32:
    """Gains per channel that make the neutral reference grey, at equal luminance, within the limits above."""
    limit = _GUESSED_CAST
    if white is not None:
        reference = to_linear(np.array(white, np.uint8))
        limit = _MAX_CAST
    else:
        top = sample.max(axis=1)
        neutral = (top > 0.25) & (sample.min(axis=1) > _NEUTRAL * top)
        if neutral.mean() < 0.08:
            return np.ones(3, np.float32)
        reference = np.median(sample[neutral], axis=0)
    gains = np.clip(float(reference.mean()) / np.maximum(reference, 1e-3), 1 - limit, 1 + limit)
    luminance = float(gains @ np.array([0.2126, 0.7152, 0.0722]))
    return np.asarray(gains / luminance, np.float32)
