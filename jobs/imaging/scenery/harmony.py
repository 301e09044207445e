"""Lights a cut-out as its place is lit: exposure, colour, a soft fall-off, the dark at its foot, rim and light wrap.

Never repaints: maps of factors and additions, small and smooth, that are laid over the product's own pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.scenery.mixing import Mix, luminance
from jobs.imaging.scenery.setting import Lighting
from jobs.imaging.scenery.shadows import Caster, blurred
from jobs.imaging.scenery.stage import Stage

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

ROWS = 160
BRIGHTEST, DARKEST = 1.12, 0.34
_ROUND, _PLANAR = 0.30, 0.10


@dataclass(frozen=True)
class Relight:
    """`factor`, `added`: float32 h x w x 3 over the item's box (small), linear light."""

    factor: F32
    added: F32


def base_light(mix: Mix) -> F64:
    """Linear RGB factor for the face that a product shows to the camera."""
    light = (
        0.6 * mix.arriving["front"] + 0.13 * (mix.arriving["left"] + mix.arriving["right"]) + 0.14 * mix.arriving["top"]
    )
    level = luminance(light)
    coloured = float(np.ptp(light) / max(float(light.max()), 1e-6))
    # a strongly coloured light may tint a product, but must not repaint it
    light = level + (light - level) / (1 + 1.6 * coloured**2)
    level = luminance(light)
    return np.asarray(light * (np.clip(level, DARKEST, BRIGHTEST) / max(level, 1e-6)), np.float64)


def relight(item: Caster, mix: Mix, lighting: Lighting, stage: Stage, behind: F32, ground: F64, side: float) -> Relight:
    """Maps for one item. `behind`: the canvas under its box (linear, h x w x 3 of any size); `ground`: the mean colour
    of the ground at its foot; `side`: -1 when the stage is mirrored."""
    share = ROWS / max(item.alpha.shape)
    size = (max(8, round(item.alpha.shape[1] * share)), max(8, round(item.alpha.shape[0] * share)))
    alpha = np.asarray(cv2.resize(item.alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    base = base_light(mix)
    across, down = inside_place(alpha)
    factor = np.ones((*alpha.shape, 3)) * base
    if not item.flat:
        factor *= turned(across, mix, base, roundness(alpha))
        factor *= grounded(down)[:, :, None]
    if lighting.frontal:
        factor *= (1.05 - 0.17 * lighting.frontal * np.abs(across) ** 3)[:, :, None]
    edge = inner_edge(alpha) * raised(alpha, down)
    added = np.zeros_like(factor)
    small = cv2.resize(behind, size, interpolation=cv2.INTER_AREA)
    if not item.flat:
        added += np.minimum(blurred_colour(small, 0.06 * ROWS), 1.6) * (0.30 * edge)[:, :, None]
        added += rim(alpha, edge, mix, stage, side)
        added += ground * (0.05 * np.exp(-down / 0.16))[:, :, None]
    return Relight(factor.astype(np.float32), added.astype(np.float32))


def inside_place(alpha: F32) -> tuple[F32, F32]:
    """For every pixel, its place across the row's run of the silhouette (-1 left .. 1 right, smoothed over rows) and
    its height above the foot (0 foot .. 1 top)."""
    rows, columns = alpha.shape
    filled = alpha > 0.4
    some = filled.any(axis=1)
    first = np.where(some, np.argmax(filled, axis=1), columns // 2).astype(np.float32)
    last = np.where(some, columns - 1 - np.argmax(filled[:, ::-1], axis=1), columns // 2).astype(np.float32)
    kernel = (1, max(3, rows // 12) | 1)
    first = cv2.GaussianBlur(first[:, None], kernel, 0)[:, 0]
    last = cv2.GaussianBlur(last[:, None], kernel, 0)[:, 0]
    middle, half = (first + last) / 2, np.maximum((last - first) / 2, 1.0)
    across = np.clip((np.arange(columns, dtype=np.float32)[None, :] - middle[:, None]) / half[:, None], -1, 1)
    down = np.repeat(np.linspace(1, 0, rows, dtype=np.float32)[:, None], columns, axis=1)
    return across.astype(np.float32), down


def roundness(alpha: F32) -> float:
    """0 for a shape that fills its box like a carton or a book, 1 for one that bulges, by the share it fills."""
    filled = float((alpha > 0.5).mean())
    return float(np.clip((0.95 - filled) / 0.13, 0, 1))


def turned(across: F32, mix: Mix, base: F64, bulge: float) -> F64:
    """Factors (h x w x 3) for sides that turn away from the camera towards what lights them."""
    strength = _PLANAR + (_ROUND - _PLANAR) * bulge
    out = np.ones((*across.shape, 3))
    for side, place in (("left", np.maximum(-across, 0)), ("right", np.maximum(across, 0))):
        ratio = np.clip(mix.arriving[side] / np.maximum(base, 1e-3), 0.3, 2.0)
        bend = place**1.6 if bulge > 0.3 else place
        out = out * (1 + strength * (ratio - 1) * bend[:, :, None])
    return np.clip(out, 0.74, 1.22)


def grounded(down: F32) -> F32:
    """The light that a standing thing loses near the ground."""
    return np.asarray(1 - 0.27 * np.exp(-down / 0.035) - 0.10 * np.exp(-down / 0.16), np.float32)


def inner_edge(alpha: F32) -> F32:
    """1 at the silhouette's inside edge, falling to 0 within a few hundredths of its size."""
    wide = blurred(alpha, 0.018 * ROWS)
    return np.asarray(alpha * np.clip(1.9 * (1 - wide), 0, 1), np.float32)


def raised(alpha: F32, down: F32) -> F32:
    """0 at edges that look down and next to the ground, where no light wraps around, 1 elsewhere."""
    falling = cv2.Sobel(blurred(alpha, 0.02 * ROWS), cv2.CV_32F, 0, 1, ksize=3)
    under = np.clip(-falling / max(float(np.abs(falling).max()), 1e-6) * 2.5, 0, 1)
    return np.asarray((1 - under) * (1 - np.exp(-down / 0.03)), np.float32)


def rim(alpha: F32, edge: F32, mix: Mix, stage: Stage, side: float) -> F64:
    """Light from behind and from the side that catches edges, h x w x 3."""
    soft = blurred(alpha, 0.03 * ROWS)
    nx, ny = -cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3), -cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
    length = np.maximum(np.hypot(nx, ny), 1e-4)
    out = np.zeros((*alpha.shape, 3))
    for name, share in (("rim", 0.34), ("key", 0.05)):
        group, lamp = stage.groups.get(name), mix.lamps.get(name)
        if group is None or lamp is None or group.direction is None:
            continue
        towards = (-group.direction[0] * side, group.direction[2])
        size = max(float(np.hypot(*towards)), 1e-3)
        facing = np.clip((nx * towards[0] + ny * towards[1]) / (length * size), 0, 1)
        out += np.minimum(lamp, 2.2) * (share * facing * edge)[:, :, None]
    return out


def blurred_colour(picture: F32, sigma: float) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma, 0.5)), np.float32)
