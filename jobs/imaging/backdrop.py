"""Learns the colour of a plain or softly graded backdrop from the pixels that are surely not the product.

Never judges what the product is: it is told where it is not, and says how well a smooth surface explains those pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_WORK_SIDE = 160
_ROUNDS = 4
_PLAIN_SPREAD = 7.0  # levels; a studio backdrop with JPEG noise stays under it, a room does not
_PLAIN_SHARE = 0.86


@dataclass(frozen=True)
class Backdrop:
    """`colour`: float32 H x W x 3 in sRGB levels 0..255; `spread`: robust standard deviation of what it leaves
    unexplained, in levels; `plain`: whether one smooth surface explains nearly all of the background."""

    colour: F32
    spread: float
    plain: bool


def learn(rgb: U8, outside: Mask) -> Backdrop | None:
    """Fit a cubic surface per channel to RGB uint8 H x W x 3 where `outside` (bool H x W); None with too few pixels.

    Robust least squares on a reduced copy: pixels more than 2.5 spreads away (shadows, props) lose their say.
    """
    height, width = outside.shape
    scale = _WORK_SIDE / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float64).reshape(-1, 3)
    free = cv2.resize(outside.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(-1) > 0.99
    if int(free.sum()) < 120:
        return None
    terms = _terms(size)
    known, wanted = terms[free], small[free]
    weight = np.ones(known.shape[0])
    spread = 0.0
    for _ in range(_ROUNDS):
        factors, *_ = np.linalg.lstsq(known * weight[:, None], wanted * weight[:, None], rcond=None)
        error = np.abs(wanted - known @ factors).max(axis=1)
        spread = max(0.6, 1.4826 * float(np.median(error)))
        weight = (error < 2.5 * spread).astype(np.float64)
        if weight.sum() < 60:
            return None
    share = float((error < max(3 * spread, 9.0)).mean())
    surface = np.clip(terms @ factors, 0, 255).astype(np.float32).reshape(size[1], size[0], 3)
    colour = np.asarray(cv2.resize(surface, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return Backdrop(colour, spread, spread < _PLAIN_SPREAD and share > _PLAIN_SHARE)


def _terms(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The ten monomials of a cubic in x and y over -1..1, (w·h) x 10."""
    across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    x, y = across.reshape(-1), down.reshape(-1)
    return np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)
