"""Draws the shadow that a product throws on the ground beneath it.

Never reads the picture's colours and never touches the product: the result is a map of darkness to put under it.
"""

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]

KINDS = ("none", "soft", "contact")

_CONTACT_STRENGTH = 0.55
_SOFT_STRENGTH = 0.32
_FOOT = 0.18  # the share of the product's height that stands close enough to the ground to touch it with shadow


def soft_shadow(alpha: F32, kind: str = "soft") -> F32:
    """Darkness in 0..1, float32 of alpha's shape (H x W, 0..1); 0 is no shadow.

    `contact`: the narrow dark seam where the product meets the ground. `soft`: that seam and the wide pale shadow of an
    overcast key light. `none`: zeros. The product's silhouette is laid down on the ground plane (seen at a low angle,
    so squashed) around its lowest line and blurred, wider for the part that is further from the light. The map is led
    to exactly zero before it reaches the picture's border. Raises ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown shadow: {kind}")
    darkness = np.zeros(alpha.shape, np.float32)
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    if kind == "none" or rows.size == 0:
        return darkness
    cols = np.flatnonzero((alpha > 0.5).any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
    span = max(bottom - top, right - left)
    foot = alpha[max(top, bottom - max(2, round((bottom - top) * _FOOT))) : bottom, left:right]
    seam = _laid_down(alpha.shape, foot, (left, bottom), max(2, round(span * 0.022)), span * 0.008)
    darkness = _CONTACT_STRENGTH * seam
    if kind == "soft":
        body = alpha[top:bottom, left:right]
        wide = _laid_down(alpha.shape, body, (left, bottom), max(3, round(span * 0.075)), span * 0.026)
        darkness = 1 - (1 - darkness) * (1 - np.float32(_SOFT_STRENGTH) * wide)
    return (darkness * _border_ramp(alpha.shape)).astype(np.float32)


def _laid_down(shape: tuple[int, ...], part: F32, corner: tuple[int, int], depth: int, sigma: float) -> F32:
    """The part's silhouette as a flat patch `depth` high around the ground line, blurred; parts that hang higher above
    the ground (a handle, a sleeve) throw less of it."""
    left, ground = corner
    height, width = shape
    filled = part > 0.5
    lift = np.where(filled.any(axis=0), np.argmax(filled[::-1], axis=0), part.shape[0]).astype(np.float32)
    touch = np.exp(-lift / max(1.0, 0.09 * max(part.shape))) * filled.any(axis=0)
    bulk = np.clip(part.sum(axis=0) / max(float(part.sum(axis=0).max()), 1e-6), 0, 1) ** 0.5
    ellipse = np.sqrt(np.clip(1 - np.linspace(-1, 1, depth, dtype=np.float32) ** 2, 0, 1))
    patch = np.where(ellipse[:, None] > 1 - bulk[None, :], touch[None, :], 0).astype(np.float32)
    out = np.zeros((height, width), np.float32)
    first = ground - round(depth * 0.55)
    lo, hi = max(0, first), min(height, first + depth)
    if hi > lo:
        out[lo:hi, left : left + part.shape[1]] = patch[lo - first : hi - first]
    return np.asarray(cv2.GaussianBlur(out, (0, 0), max(sigma, 0.8)), np.float32)


def _border_ramp(shape: tuple[int, ...]) -> F32:
    """1 inside, falling to 0 over the outer 2 % of the picture, exactly 0 on its outermost two pixels."""
    height, width = shape
    reach = max(4.0, 0.02 * min(height, width))
    y = np.arange(height, dtype=np.float32)
    x = np.arange(width, dtype=np.float32)
    down = np.clip((np.minimum(y, height - 1 - y) - 1) / reach, 0, 1)
    across = np.clip((np.minimum(x, width - 1 - x) - 1) / reach, 0, 1)
    return np.asarray(np.minimum(down[:, None], across[None, :]), np.float32)
