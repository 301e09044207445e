"""Finds a calibration board (black and white squares) lying beside a product, as turntable photographs have them.

Never calls a check pattern on the product itself a board: whoever asks must see that a subject remains without it.
"""

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WORK_SIDE = 900
_RADIUS = 4
_CROSSING = 200.0  # levels: what a clear black-and-white crossing answers
_MOST = 300
_LEAST_CROSSINGS = 9
_NEIGHBOURS = 8
_COLOURLESS = 46.0


def find_board(rgb: U8, box: tuple[int, int, int, int]) -> tuple[Mask, Mask] | None:
    """(its inner field, the whole board) as bool H x W for RGB uint8 H x W x 3, searched in `box`; None without one.

    Crossings of four alternating squares answer to the ChESS filter (Bennett and Lasenby 2014). A board is a group of
    at least nine that each lie in the middle between neighbours in two directions, in places without colour.
    """
    x0, y0, x1, y1 = box
    part = rgb[y0:y1, x0:x1]
    if min(part.shape[:2]) < 24:
        return None
    scale = min(1.0, _WORK_SIDE / max(part.shape[:2]))
    if scale < 1:
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points = _crossings(part)
    lattice, cell = _lattice(points)
    if lattice.shape[0] < _LEAST_CROSSINGS:
        return None
    hull = cv2.convexHull((lattice / scale + [x0, y0]).astype(np.float32))
    field = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillConvexPoly(field, hull.astype(np.int32), 1)
    rim = 2 * max(2, round(1.7 * cell / scale)) + 1
    whole = cv2.dilate(field, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim)))
    return np.asarray(field > 0, np.bool_), np.asarray(whole > 0, np.bool_)


def _crossings(rgb: U8) -> F64:
    """Places of the strongest colourless crossings, N x 2 (x, y)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.9)
    angles = 2 * np.pi * np.arange(16) / 16
    ring = [
        np.roll(grey, (round(_RADIUS * float(np.sin(a))), round(_RADIUS * float(np.cos(a)))), (0, 1)) for a in angles
    ]
    total = np.abs(sum(ring[1:], ring[0]) - 16 * cv2.blur(grey, (3, 3)))
    answer = -total
    for n in range(4):
        answer += np.abs(ring[n] + ring[n + 8] - ring[n + 4] - ring[n + 12])
    for n in range(8):
        answer -= np.abs(ring[n] - ring[n + 8])
    edge = _RADIUS + 1
    inner = np.zeros(grey.shape, bool)
    inner[edge:-edge, edge:-edge] = True
    chroma = (rgb.max(axis=2).astype(np.float32) - rgb.min(axis=2)) < _COLOURLESS
    peak = (answer > _CROSSING) & (answer >= cv2.dilate(answer, np.ones((7, 7), np.uint8))) & inner & chroma
    y, x = np.nonzero(peak)
    strongest = np.argsort(-answer[y, x])[:_MOST]
    return np.stack([x[strongest], y[strongest]], axis=1).astype(np.float64)


def _lattice(points: F64) -> tuple[F64, float]:
    """The points that belong to a grid, M x 2, and the median distance of neighbours in it."""
    nothing = np.zeros((0, 2)), 0.0
    if points.shape[0] < _LEAST_CROSSINGS:
        return nothing
    away = points[:, None] - points[None]
    distance = np.sqrt((away**2).sum(axis=2))
    np.fill_diagonal(distance, np.inf)
    member = np.zeros(points.shape[0], bool)
    steps: list[float] = []
    for index in range(points.shape[0]):
        near = np.argsort(distance[index])[:_NEIGHBOURS]
        pairs = _opposite(points[near] - points[index])
        if len(pairs) >= 2:
            member[index] = True
            for one, other in pairs:
                member[[near[one], near[other]]] = True
                steps.append(float(distance[index, near[one]]))
    if len(steps) < _LEAST_CROSSINGS:
        return nothing
    cell = float(np.median(steps))
    return _largest_group(points, member, distance, 2.2 * cell), cell


def _opposite(vectors: F64) -> list[tuple[int, int]]:
    """Pairs of neighbours that lie opposite each other, at most one per direction."""
    found: list[tuple[int, int]] = []
    for one in range(len(vectors)):
        for other in range(one + 1, len(vectors)):
            length = float(np.linalg.norm(vectors[one]))
            if float(np.linalg.norm(vectors[one] + vectors[other])) > 0.16 * length:
                continue
            crossed = [abs(float(_cross(vectors[one], vectors[first]))) for first, _ in found]
            sizes = [length * float(np.linalg.norm(vectors[first])) for first, _ in found]
            if all(area > 0.3 * size for area, size in zip(crossed, sizes, strict=True)):
                found.append((one, other))
    return found


def _cross(one: F64, other: F64) -> float:
    return float(one[0] * other[1] - one[1] * other[0])


def _largest_group(points: F64, member: Mask, distance: F64, reach: float) -> F64:
    """The largest set of members that are linked by distances under `reach`."""
    left = set(np.flatnonzero(member).tolist())
    best: list[int] = []
    while left:
        group, edge = [], [left.pop()]
        while edge:
            at = edge.pop()
            group.append(at)
            linked = [other for other in left if distance[at, other] < reach]
            left.difference_update(linked)
            edge.extend(linked)
        best = max(best, group, key=len)
    return points[best]
