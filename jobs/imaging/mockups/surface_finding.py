"""Finds where a template can be printed when nobody says so: a blank panel with four corners, else the calmest part.

Deterministic, small pictures only; never a network (a subject's mask may be given).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from jobs.imaging.colour import F32, U8
from jobs.imaging.mockups.quad import F64
from jobs.imaging.saliency import saliency_map

_SIDE = 420
_CHEST = 0.07  # prints sit a little above the middle, of the subject's size
_LEAST = 0.08  # of the picture; where less would be printed, the picture itself counts as the surface


@dataclass(frozen=True)
class Found:
    """Corners (4 x 2, clockwise from the top left, pixels of the template) and how they were found: panel or calm."""

    corners: F64
    how: str


def find_surface(rgb: U8, ratio: float, subject: F32 | None = None) -> Found:
    """Where a design of width/height `ratio` may go on a template; `subject`: float32 H x W alpha of what it shows."""
    factor = _SIDE / max(rgb.shape[:2])
    size = (max(8, round(rgb.shape[1] * factor)), max(8, round(rgb.shape[0] * factor)))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = None if subject is None else cv2.resize(subject, size, interpolation=cv2.INTER_AREA)
    back = np.array([rgb.shape[1] / size[0], rgb.shape[0] / size[1]])
    panel = blank_panel(small, mask)
    if panel is not None:
        return Found(panel * back, "panel")
    return Found(calm_part(small, ratio, mask) * back, "calm")


def around_mask(mask: F32) -> F64 | None:
    """The quadrangle that a mask (H x W, 0..1) fills, or the upright box around it; None for an empty mask."""
    blob = (mask > 0.5).astype(np.uint8)
    if int(blob.sum()) < 64:
        return None
    corners = four_corners(blob, float(blob.sum()))
    if corners is not None:
        return corners
    ys, xs = np.nonzero(blob)
    x0, y0, x1, y1 = float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def blank_panel(small: U8, subject: F32 | None) -> F64 | None:
    """The largest even area bounded by four straight sides, not touching the picture's edge; None without one."""
    soft = cv2.bilateralFilter(small, 7, 22, 5)
    edges = np.max([cv2.Canny(soft[..., channel], 18, 55) for channel in range(3)], axis=0)
    calm = cv2.erode((edges == 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
    rows, columns = calm.shape
    best: tuple[float, F64] | None = None
    for label in range(1, count):
        x, y, wide, high, area = stats[label]
        inside = x > 2 and y > 2 and x + wide < columns - 2 and y + high < rows - 2
        if not inside or not 0.03 < area / calm.size < 0.8:
            continue
        corners = four_corners((labels == label).astype(np.uint8), float(area))
        if corners is not None and (best is None or area > best[0]):
            best = (float(area), corners)
    return None if best is None else best[1]


def four_corners(blob: np.ndarray, area: float) -> F64 | None:
    """The quadrangle that a blob fills to nine tenths, clockwise from the top left; None when it is no quadrangle."""
    outlines, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    for share in (0.02, 0.03, 0.045, 0.06):
        shape = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)
        if len(shape) == 4:
            points = shape.reshape(4, 2).astype(np.float64)
            if not 0.9 < area / max(cv2.contourArea(shape), 1.0) < 1.05:
                return None
            return clockwise(points)
    return None


def clockwise(points: F64) -> F64:
    """Corners in reading order: top left first, then clockwise."""
    middle = points.mean(axis=0)
    order = np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]))
    turned = points[order]
    return np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0)


def calm_part(small: U8, ratio: float, subject: F32 | None) -> F64:
    """The upright rectangle of the design's proportions that is large, even and near the subject's middle."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.2)
    unrest = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    unrest = np.minimum(unrest, 90)
    guessed = subject is None
    if subject is None:
        draws = cv2.resize(saliency_map(small), small.shape[1::-1])
        subject = (draws > 0.35 * float(draws.max())).astype(np.float32)
        subject = cv2.morphologyEx(subject, cv2.MORPH_CLOSE, np.ones((41, 41), np.uint8))
    inside = subject > 0.5
    if not inside.any():
        inside = np.ones_like(inside)
    ys, xs = np.nonzero(inside)
    middle = np.array([xs.mean(), ys.mean()])
    reach = float(np.sqrt(inside.sum()))
    middle[1] -= _CHEST * reach
    usual = float(np.median(unrest[inside])) + 5.0
    sums = {name: cv2.integral(plane) for name, plane in (("unrest", unrest), ("out", (~inside).astype(np.float32)))}
    best, corners = -np.inf, np.zeros((4, 2))
    for share in (0.62, 0.54, 0.46, 0.38, 0.3, 0.24, 0.18):
        wide, high = max(6, round(reach * share * ratio**0.5)), max(6, round(reach * share / ratio**0.5))
        if wide >= small.shape[1] or high >= small.shape[0]:
            continue
        rough, out = (window_mean(sums[name], wide, high) for name in ("unrest", "out"))
        y, x = np.mgrid[0 : rough.shape[0], 0 : rough.shape[1]]
        off = np.hypot(x + wide / 2 - middle[0], y + high / 2 - middle[1]) / reach
        score = 1.2 * share - 0.45 * rough / usual - 4.0 * out - 1.6 * off**2 - 0.5 * off
        place = np.unravel_index(int(np.argmax(score)), score.shape)
        if float(score[place]) > best:
            best, (top, left) = float(score[place]), (int(place[0]), int(place[1]))
            corners = np.array([[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]])
    span = np.ptp(corners, axis=0)
    if guessed and float(span[0] * span[1]) < _LEAST / 2 * small.shape[0] * small.shape[1]:
        return calm_part(small, ratio, np.ones(small.shape[:2], np.float32))
    return corners.astype(np.float64)


def window_mean(sums: np.ndarray, wide: int, high: int) -> np.ndarray:
    """Means of all windows of a size, from an integral picture."""
    total = sums[high:, wide:] - sums[:-high, wide:] - sums[high:, :-wide] + sums[:-high, :-wide]
    return np.asarray(total / (wide * high))
