"""Fills a hole in a photograph so that nobody sees that something stood there.

Never changes a pixel outside the hole and never knows what stood in it. Deterministic under a seed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.repair import grain
from jobs.imaging.repair.membrane import graded
from jobs.imaging.repair.synthesis import enlarge, synthesise

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_HOLE_SIDE = 300  # pixels of the hole's longer side at which patches are searched
_LARGEST = 700_000  # pixels of the whole picture at that size
_SMOOTH = 2.6  # levels: what a surface without drawing leaves over its cubic, beside grain


@dataclass(frozen=True)
class Filled:
    """`rgb`: uint8 H x W x 3 sRGB; `method`: `surface` where a smooth gradient did, `patches` else, `none` without a
    hole."""

    rgb: U8
    method: str


def fill(rgb: U8, hole: Mask, seed: int = 0) -> Filled:
    """RGB uint8 H x W x 3 sRGB with the hole (bool H x W) closed. Raises ValueError for a hole without surroundings.

    Pixels outside the hole stay as they are, byte for byte.
    """
    if not hole.any():
        return Filled(rgb.copy(), "none")
    if hole.mean() > 0.85:
        raise ValueError("the hole leaves too little of the picture to learn from")
    x0, y0, x1, y1 = _surroundings(hole)
    part = rgb[y0:y1, x0:x1].astype(np.float32) * np.float32(1 / 255)
    gap = hole[y0:y1, x0:x1]
    surface = _surface(part, gap)
    if surface is not None:
        drawn, method = _grained(surface, rgb[y0:y1, x0:x1], gap, seed), "surface"
    else:
        drawn, method = _patched(rgb, hole, seed)[y0:y1, x0:x1], "patches"
    out = rgb.copy()
    spot = out[y0:y1, x0:x1]
    spot[gap] = np.clip(drawn[gap] * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    return Filled(out, method)


def _surroundings(hole: Mask) -> tuple[int, int, int, int]:
    """The hole's box with half its longer side around it."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    height, width = hole.shape
    more = max(24, int(0.5 * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    return (
        max(0, int(columns[0]) - more),
        max(0, int(rows[0]) - more),
        min(width, int(columns[-1]) + 1 + more),
        min(height, int(rows[-1]) + 1 + more),
    )


def _surface(part: F32, gap: Mask) -> F32 | None:
    """The smooth filling, or None when the surroundings are more than a gradient."""
    height, width = gap.shape
    scale = min(1.0, 360 / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    blocked = cv2.resize(gap.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    ring = _grown(blocked, 24) & ~_grown(blocked, 4)
    if int(ring.sum()) < 60:
        return None
    known = (~blocked).astype(np.float32)
    soft = _masked_blur(small, known, 1.2)
    smooth = _masked_blur(small, known, 9.0)
    drawing = np.abs(soft - smooth).max(axis=2)[ring] * 255
    if float(np.percentile(drawing, 93)) > 2 * _SMOOTH or float(np.median(drawing)) > 0.5 * _SMOOTH:
        return None
    return graded(part, gap)


def _grown(mask: Mask, reach: int) -> Mask:
    side = 2 * reach + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0, np.bool_)


def _masked_blur(picture: F32, known: F32, sigma: float) -> F32:
    weight = cv2.GaussianBlur(known, (0, 0), sigma)
    return np.asarray(
        cv2.GaussianBlur(picture * known[:, :, None], (0, 0), sigma) / (weight[:, :, None] + 1e-5), np.float32
    )


def _grained(surface: F32, around: U8, gap: Mask, seed: int) -> F32:
    """The surface with the grain of what is around it."""
    found = grain.measure(around, ~gap)
    return np.asarray(surface + grain.laid(gap.shape, found, seed) / 255, np.float32)


def _patched(rgb: U8, hole: Mask, seed: int) -> F32:
    """The whole picture as float32 0..1 with the hole drawn by patches."""
    height, width = hole.shape
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    scale = min(1.0, _HOLE_SIDE / longer, (_LARGEST / (height * width)) ** 0.5)
    picture = rgb.astype(np.float32) * np.float32(1 / 255)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    blocked = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.004
    drawn = synthesise(small, np.asarray(blocked, np.bool_), seed)
    return enlarge(drawn, picture, hole)
