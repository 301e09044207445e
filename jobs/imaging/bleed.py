"""Gives every see-through pixel the colour of the opaque ones around it, so that enlarging an edge cannot mix in junk.

Never changes transparency, nor the colour of an opaque pixel.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

_STRIP = 512


def bleed(rgb: U8, alpha: U8, trusted: int = 255) -> U8:
    """RGB H x W x 3 uint8 (any colour space) and straight alpha H x W uint8 -> the RGB with its hidden parts filled.

    Push-pull on an image pyramid (Gortler et al., The Lumigraph, 1996): colours weighted by alpha squared are averaged
    downwards; on the way up, wherever a level has little weight the coarser level shows through. Pixels of alpha
    `trusted` and more keep their colour exactly, thinner ones lean on their neighbours by how thin they are. A picture
    without any visible pixel, or with nothing hidden, is returned as it is.
    """
    if not alpha.any() or int(alpha.min()) >= trusted:
        return rgb
    height, width = alpha.shape
    half = (max(1, -(-width // 2)), max(1, -(-height // 2)))
    ramp = np.minimum(np.arange(256, dtype=np.float32) / trusted, 1)
    coarse = _filled(*_first_level(rgb, alpha, half, ramp))
    out = np.empty_like(rgb)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        keep = ramp[alpha[top:bottom]][:, :, None]
        under = _rows_enlarged(coarse, (height, width), top, bottom)
        out[top:bottom] = rgb[top:bottom] * keep + under * (1 - keep) + np.float32(0.5)
    return out


def _first_level(rgb: U8, alpha: U8, half: tuple[int, int], ramp: F32) -> tuple[F32, F32]:
    """Colour times weight, and weight, both at half size; two source rows at a time make one of the result."""
    height, width = alpha.shape
    colour, weight = np.empty((half[1], half[0], 3), np.float32), np.empty((half[1], half[0]), np.float32)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        size = (half[0], -(-(bottom - top) // 2))
        here = np.square(ramp[alpha[top:bottom]])
        rows = slice(top // 2, top // 2 + size[1])
        colour[rows] = cv2.resize(rgb[top:bottom] * here[:, :, None], size, interpolation=cv2.INTER_AREA)
        weight[rows] = cv2.resize(here, size, interpolation=cv2.INTER_AREA)
    return colour, weight


def _filled(colour: F32, weight: F32) -> F32:
    """One pyramid level without holes: its own mean colour where it has weight, the coarser level's elsewhere."""
    own = np.asarray(colour / np.maximum(weight, 1e-6)[:, :, None], np.float32)
    height, width = weight.shape
    if height == 1 and width == 1:
        return own
    size = (max(1, -(-width // 2)), max(1, -(-height // 2)))
    down = [cv2.resize(level, size, interpolation=cv2.INTER_AREA) for level in (colour, weight)]
    below = _filled(down[0].reshape(size[1], size[0], 3), down[1].reshape(size[1], size[0]))
    under = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
    trust = np.minimum(weight * 8, 1)[:, :, None]
    filled: F32 = own * trust + under * (1 - trust)
    return filled


def _rows_enlarged(coarse: F32, shape: tuple[int, int], top: int, bottom: int) -> F32:
    """Rows top..bottom of the coarse level brought to full size, with a row of context on either side."""
    height, width = shape
    first, last = max(0, top // 2 - 1), min(coarse.shape[0], -(-bottom // 2) + 1)
    large = cv2.resize(coarse[first:last], (width, (last - first) * 2), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large.reshape(-1, width, 3)[top - first * 2 : bottom - first * 2], np.float32)
