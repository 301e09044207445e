"""Leads a picture's tones and colours to those of another: lightness by quantiles, colour by linear optimal transport.

Never changes where things are, and touches a protected product only as far as it is told to.
"""

import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import from_linear, to_linear
from jobs.imaging.likeness.palette import Tones
from jobs.imaging.oklab import from_oklab, to_oklab

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

_STRIP = 128
_STEEPEST, _FLATTEST = 1.9, 0.45  # of the tone curve: beyond, banding and mud
_WIDEST = 2.2  # of the colour map


def transport(own: Tones, wanted: Tones) -> F32:
    """The 2 x 2 map of (a, b) that carries one normal distribution into the other with the least movement
    (Monge-Kantorovich; Pitié and Kokaram 2007), with its stretch bounded."""
    floor = 2e-5 * np.eye(2)
    here, there = own.spread.astype(np.float64) + floor, wanted.spread.astype(np.float64) + floor
    root = _power(here, 0.5)
    back = _power(here, -0.5)
    found = back @ _power(root @ there @ root, 0.5) @ back
    values, vectors = np.linalg.eigh((found + found.T) / 2)
    return np.asarray((vectors * np.clip(values, 1 / _WIDEST, _WIDEST)) @ vectors.T, np.float32)


def _power(matrix: F64, exponent: float) -> F64:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-9) ** exponent) @ vectors.T, np.float64)


def tone_curve(own: Tones, wanted: Tones, strength: float) -> tuple[F32, F32]:
    """Knots (lightness in, lightness out) of a monotone curve, its slopes bounded."""
    x = np.concatenate([[0.0], own.levels.astype(np.float64), [1.0]])
    y = np.concatenate([[0.0], wanted.levels.astype(np.float64), [1.0]])
    x = np.maximum.accumulate(x + np.arange(x.size) * 1e-4)
    y = x + strength * (y - x)
    slopes = np.clip(np.diff(y) / np.diff(x), _FLATTEST, _STEEPEST)
    rebuilt = np.concatenate([[0.0], np.cumsum(slopes * np.diff(x))])
    middle = x.size // 2
    rebuilt += y[middle] - rebuilt[middle]
    return x.astype(np.float32), np.clip(rebuilt, 0, 1).astype(np.float32)


def graded(rgb: U8, own: Tones, wanted: Tones, amount: F32, tone: float, colour: float) -> U8:
    """RGB uint8 H x W x 3 sRGB led from `own` tones towards `wanted`. `amount`: float32 H x W 0..1, how much of it each
    pixel takes; `tone`, `colour`: strengths 0..1."""
    knots = tone_curve(own, wanted, tone)
    matrix = np.eye(2, dtype=np.float32) + np.float32(colour) * (transport(own, wanted) - np.eye(2, dtype=np.float32))
    shift = np.float32(colour) * (wanted.mean - own.mean)
    out = np.empty_like(rgb)
    for top in range(0, rgb.shape[0], _STRIP):
        rows = slice(top, top + _STRIP)
        lab = to_oklab(to_linear(rgb[rows]))
        new = np.empty_like(lab)
        new[..., 0] = np.interp(lab[..., 0], *knots)
        new[..., 1:] = (lab[..., 1:] - own.mean) @ matrix.T + own.mean + shift
        # Black and white have no colour, whatever the statistics say.
        new[..., 1:] *= np.clip(4 * new[..., :1] * (1.06 - new[..., :1]), 0, 1)
        lab += amount[rows][:, :, None] * (new - lab)
        out[rows] = from_linear(np.asarray(from_oklab(lab), np.float32))
    return out
