"""Opens what a network filled by mistake and drops what it added by mistake: closed holes, loose islands.

Never widens the product, and leaves a doubtful place as it is: a white label on a white backdrop is no hole.
"""

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.backdrop import Backdrop
from jobs.imaging.strips import in_strips

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

_LEAST_HOLE = 0.0004  # of the picture
_NEAR_WHITE = 244.0
_NEAR_BLACK = 12.0
_FAINTEST = 0.004  # of alpha: below this nothing is seen


def open_holes(rgb: U8, alpha: F32, coarse: F32, backdrop: Backdrop) -> F32:
    """Alpha with holes cut where the backdrop shows through: RGB uint8 H x W x 3, alpha and coarse float32 H x W.

    A hole is a connected place inside the mask, of some size, whose every part has the backdrop's colour at that very
    place, with no texture. Where the backdrop is nearly white or black many products share its colour, so there the
    network's own doubt (`coarse` under one half somewhere inside) is asked for as well.
    """
    if not backdrop.plain:
        return alpha
    away = in_strips(_difference, (rgb, backdrop.colour), 0)
    level = max(5.0, 2.6 * backdrop.spread)
    same = cv2.blur(away, (3, 3)) < level
    candidates = (same & (alpha > 0.5)).astype(np.uint8)
    candidates = cv2.morphologyEx(candidates, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidates, connectivity=4)
    least = max(24, int(_LEAST_HOLE * alpha.size))
    opened = np.zeros(alpha.shape, np.float32)
    for index in range(1, count):
        x, y, wide, high, area = (int(value) for value in stats[index])
        if area < least:
            continue
        spot = (slice(y, y + high), slice(x, x + wide))
        inside = labels[spot] == index
        if _is_hole(coarse[spot][inside], backdrop.colour[spot][inside], away[spot][inside], level):
            opened[spot][inside] = 1
    if not opened.any():
        return alpha
    soft = np.clip(cv2.GaussianBlur(cv2.dilate(opened, np.ones((3, 3), np.uint8)), (0, 0), 0.8), 0, 1)
    return np.asarray(np.minimum(alpha, 1 - soft), np.float32)


def _difference(rgb: U8, colour: F32) -> F32:
    """The largest of the three channels' differences, in levels."""
    return np.asarray(np.abs(rgb.astype(np.float32) - colour).max(axis=2), np.float32)


def _is_hole(coarse: F32, colour: F32, away: F32, level: float) -> bool:
    doubt = float(np.percentile(coarse, 5)) < 0.5 or float(coarse.mean()) < 0.75
    mean = float(colour.mean())
    if mean > _NEAR_WHITE or mean < _NEAR_BLACK:
        return doubt
    return doubt or (float(np.percentile(away, 90)) < 0.8 * level and float(coarse.mean()) < 0.97)


def drop_islands(alpha: F32, coarse: F32) -> F32:
    """Alpha without loose pieces that are tiny, or small and doubted by the network; float32 H x W both.

    The largest piece always stays, and so does every piece that the network is sure of and that is not a speck.
    """
    solid = (alpha > 0.12).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if count <= 2:
        return alpha
    largest = int(stats[1:, cv2.CC_STAT_AREA].max())
    drop = np.zeros(count, np.uint8)
    for index in range(1, count):
        x, y, wide, high, area = (int(value) for value in stats[index])
        if area == largest:
            continue
        spot = (slice(y, y + high), slice(x, x + wide))
        sure = float(coarse[spot][labels[spot] == index].mean())
        drop[index] = area <= 0.004 * largest or not (sure > 0.75 or (area > 0.1 * largest and sure > 0.5))
    if not drop.any():
        return alpha
    gone = cv2.dilate(drop[labels], np.ones((7, 7), np.uint8)) > 0
    gone &= (labels == 0) | (drop[labels] > 0)
    # What fades out around a dropped piece goes with it, and stays where it also hangs on to a piece that is kept.
    _, faint = cv2.connectedComponents((alpha > _FAINTEST).astype(np.uint8), connectivity=8)
    kept = np.zeros(int(faint.max()) + 1, np.bool_)
    kept[np.unique(faint[(labels > 0) & (drop[labels] == 0)])] = True
    return np.where(gone | ~kept[faint], np.float32(0), alpha).astype(np.float32)
