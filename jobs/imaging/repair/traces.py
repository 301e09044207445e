"""Where an object has left its traces in a photograph: itself, the shadow it throws and its mirror image on the ground.

Never fills anything; it answers a mask, and how strong the mirror image was.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.colour import to_linear
from jobs.imaging.repair.membrane import surface

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SIDE = 400  # pixels: shadows are soft
_LEAST_DARK = 0.05
_MIRROR_ALIKE = 0.45
_MIRROR_REACH = 0.6  # of the object's height: further down a mirror image has faded


@dataclass(frozen=True)
class Traces:
    """`hole`: bool H x W of everything that tells of the object; `mirror`: 0..1, how much of the object's light the
    ground gave back."""

    hole: Mask
    mirror: float


def find_traces(rgb: U8, alpha: F32, box: Box) -> Traces:
    """RGB uint8 H x W x 3 sRGB, the object's alpha float32 H x W and its box (x0, y0, x1, y1) -> its traces.

    A shadow is what is darker than a smooth surface through the further surroundings and hangs on to the object; a
    mirror image is what varies below the foot as the object does above it.
    """
    height, width = alpha.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    light = to_linear(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8))
    cover = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    small = tuple(value * size[i % 2] / (width, height)[i % 2] for i, value in enumerate(box))
    span = max(small[2] - small[0], small[3] - small[1])
    solid = _grown(cover > 0.04, max(1, round(0.012 * span)))
    shadow = _shadow(light, solid, small, span)
    mirror, mirrored = _mirror(light, cover, solid, small)
    every = _grown(solid | shadow | mirrored, max(1, round(0.018 * span)))
    soft = cv2.resize(every.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return Traces(np.asarray(soft > 0.3, np.bool_), mirror)


def _grown(mask: Mask, reach: int) -> Mask:
    side = 2 * reach + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0, np.bool_)


def _near(shape: tuple[int, ...], box: tuple[float, ...], span: float) -> Mask:
    """Where a shadow of the object is looked for: around its foot, further sideways and forward than behind."""
    rows, columns = np.indices(shape)
    x, foot = (box[0] + box[2]) / 2, box[3]
    wide = (box[2] - box[0]) / 2 + 0.9 * span
    down = np.where(rows > foot, (rows - foot) / (0.55 * span), (foot - rows) / (0.6 * span))
    return np.asarray(((columns - x) / wide) ** 2 + down**2 < 1, np.bool_)


def _around(shape: tuple[int, ...], box: tuple[float, ...], more: float) -> tuple[slice, slice]:
    top, left = max(0, int(box[1] - more)), max(0, int(box[0] - more))
    return slice(top, min(shape[0], int(box[3] + more))), slice(left, min(shape[1], int(box[2] + more)))


def _shadow(light: F32, solid: Mask, box: tuple[float, ...], span: float) -> Mask:
    near = _near(solid.shape, box, span)
    if (~solid).mean() < 0.1:
        return np.zeros_like(solid)
    level = np.log(np.maximum(light, np.float32(0.004)))
    known = (~solid).astype(np.float32)[:, :, None]
    soft = 0.006 * max(solid.shape) + 0.6
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), soft), 0.02)
    low = cv2.GaussianBlur(level * known, (0, 0), soft) / weight[:, :, None]
    spot = _around(solid.shape, box, 1.3 * span)
    dark = np.zeros(solid.shape, np.float32)
    dark[spot] = (surface(np.ascontiguousarray(low[spot], np.float32), solid[spot]) - low[spot]) @ _LUMINANCE
    rim = near & ~solid
    spread = 1.4826 * float(np.median(np.abs(dark[rim]))) if rim.any() else 0.1
    seeds = dark > max(_LEAST_DARK, 2 * spread)
    side = 2 * max(1, round(0.03 * span)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    wide = cv2.morphologyEx((seeds | solid).astype(np.uint8), cv2.MORPH_OPEN, disc) > 0  # joints and cracks are thin
    hanging = (wide & near) | solid
    count, labels, stats, middles = cv2.connectedComponentsWithStats(hanging.astype(np.uint8), connectivity=8)
    mine = np.zeros(count, bool)
    mine[np.unique(labels[solid])] = True
    # What hovers throws a shadow apart from itself: one patch straight below it.
    under = (middles[:, 0] > box[0]) & (middles[:, 0] < box[2]) & (middles[:, 1] > box[3])
    size = stats[:, cv2.CC_STAT_AREA]
    mine |= under & (size < 0.6 * float(solid.sum())) & (size > 0.01 * float(solid.sum()))
    mine[0] = False
    shadow = mine[labels] & ~solid
    # A mask that swallows the surroundings is no shadow but a wrong surface: keep only what lies close to the foot.
    if float(shadow.sum()) > 1.1 * float(solid.sum()):
        foot = np.indices(solid.shape)[0] > box[3] - 0.15 * span
        shadow &= foot & _grown(solid, max(2, round(0.12 * span)))
    return np.asarray(shadow, np.bool_)


def _mirror(light: F32, cover: F32, solid: Mask, box: tuple[float, ...]) -> tuple[float, Mask]:
    """(share of the light given back, where), by regression of what lies below the foot on the object above it."""
    height, width = cover.shape
    foot = round(box[3])
    reach = min(height - foot, foot, round(_MIRROR_REACH * (box[3] - box[1])))
    nothing = 0.0, np.zeros_like(solid)
    if reach < 8:
        return nothing
    above, below = light[foot - reach : foot][::-1], light[foot : foot + reach]
    inside = (cover[foot - reach : foot][::-1] > 0.9) & ~solid[foot : foot + reach]
    inside[: max(1, reach // 10)] = False
    if int(inside.sum()) < 60:
        return nothing
    detail = [part - cv2.GaussianBlur(part, (0, 0), max(2.0, reach / 5)) for part in (above, below)]
    fade = np.linspace(1, 0.25, reach, dtype=np.float32)[:, None, None]
    one, other = (detail[0] * fade)[inside].reshape(-1), detail[1][inside].reshape(-1)
    power = float((one * one).sum())
    alike = float((one * other).sum()) / max((power * float((other * other).sum())) ** 0.5, 1e-9)
    share = float((one * other).sum()) / max(power, 1e-9)
    if alike < _MIRROR_ALIKE or share < 0.03:
        return nothing
    where = np.zeros_like(solid)
    where[foot : foot + reach] = cover[foot - reach : foot][::-1] > 0.05
    return min(1.0, share), _grown(where, 2)
