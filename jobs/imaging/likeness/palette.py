"""A picture's few main colours with their areas, and the statistics by which two pictures' colours are compared.

Never names a colour. Everything is in OKLab; the same picture always gives the same palette.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.oklab import from_oklab, to_oklab

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Rgb8 = tuple[int, int, int]

_SIDE = 128
_ROUNDS = 12
_ALIKE = 0.045  # colours nearer than this are one
LEVELS = np.linspace(0.02, 0.98, 25)


@dataclass(frozen=True)
class Swatch:
    """An sRGB colour and the share of the picture that is like it."""

    rgb: Rgb8
    share: float


@dataclass(frozen=True)
class Tones:
    """Colour statistics in OKLab: `levels` the lightness at 25 evenly spaced quantiles, `mean` and `spread` (2 x 2
    covariance) of a and b."""

    levels: F32
    mean: F32
    spread: F32


def small_lab(rgb: U8) -> F32:
    """OKLab of a reduced copy, N x 3, from RGB uint8 H x W x 3 sRGB."""
    scale = min(1.0, _SIDE / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return to_oklab(to_linear(small)).reshape(-1, 3)


def palette(rgb: U8, count: int = 5) -> tuple[Swatch, ...]:
    """The main colours, largest first, at most `count`: k-means in OKLab, begun with the colours farthest apart."""
    lab = small_lab(rgb)
    middles = [lab.mean(axis=0)]
    for _ in range(count - 1):
        away = np.min([((lab - middle) ** 2).sum(axis=1) for middle in middles], axis=0)
        # The very farthest is often a speck: take the one that much of the picture is as far as.
        middles.append(lab[int(np.argsort(away)[int(0.97 * (lab.shape[0] - 1))])])
    centres = np.stack(middles)
    for _ in range(_ROUNDS):
        mine = _nearest(lab, centres)
        centres = np.stack([lab[mine == n].mean(axis=0) if (mine == n).any() else centres[n] for n in range(count)])
    shares = np.bincount(_nearest(lab, centres), minlength=count) / lab.shape[0]
    return _merged(centres, shares)


def _nearest(lab: F32, centres: F32) -> npt.NDArray[np.intp]:
    return np.asarray(np.argmin(((lab[:, None] - centres[None]) ** 2).sum(axis=2), axis=1), np.intp)


def _merged(centres: F32, shares: npt.NDArray[np.float64]) -> tuple[Swatch, ...]:
    found: list[tuple[F32, float]] = []
    for index in np.argsort(-shares):
        near = next((n for n, (lab, _) in enumerate(found) if np.linalg.norm(lab - centres[index]) < _ALIKE), None)
        if near is not None:
            found[near] = (found[near][0], found[near][1] + float(shares[index]))
        elif shares[index] > 0.015:
            found.append((centres[index], float(shares[index])))
    return tuple(Swatch(rgb_of(lab), round(share, 3)) for lab, share in found)


def rgb_of(lab: F32) -> Rgb8:
    """One OKLab colour as sRGB, clipped."""
    red, green, blue = from_linear(from_oklab(np.asarray(lab, np.float32))).tolist()
    return red, green, blue


def lab_of(rgb: Rgb8) -> F32:
    return to_oklab(to_linear(np.array(rgb, np.uint8)))


def tones_of(lab: F32) -> Tones:
    """Statistics of OKLab colours, N x 3."""
    levels = np.quantile(lab[:, 0], LEVELS).astype(np.float32)
    return Tones(levels, lab[:, 1:].mean(axis=0), np.cov(lab[:, 1:].T.astype(np.float64)).astype(np.float32))
