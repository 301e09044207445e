"""Draws a hole's content out of the patches of its surroundings, coarse to fine, then at full size pixel by pixel.

Never changes a pixel outside the hole. Every pixel that it draws is a pixel of the same picture, led to the light of
its new place.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from jobs.imaging.repair.membrane import shrink, stretch
from jobs.imaging.repair.patches import RADIUS, Field, Search, describe, improve, price, scatter, whole
from jobs.imaging.repair.seams import join

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Window = tuple[int, int, int, int]

_COARSEST = 14  # pixels: the hole's shorter side on the first level
_SLACK = 0.05
_HOLD = 4e-4  # how firmly the voted tones stay against the copied steps
_KEEP_OFF = 3  # pixels around the hole that are no source: halos and shadows of what stood there
_ROW_COST = 0.25  # of moving a whole picture height
_COLUMN_COST = 0.1
_ROUNDS = (6, 4, 3, 2, 1, 1)
_TRUST = 1.35  # a known pixel's say over one a pixel further inside the hole


@dataclass(frozen=True)
class Drawn:
    """A filled level: `picture` float32 H x W x 3, where its patches came from, and the `window` of that field."""

    picture: F32
    field: Field
    window: Window


def synthesise(picture: F32, hole: Mask, seed: int) -> Drawn:
    """Fill the hole of float32 H x W x 3 (0..1, sRGB values) by patches. The hole must leave whole patches outside."""
    levels = _levels(picture, hole)
    dice = np.random.default_rng(seed)
    drawn: Drawn | None = None
    for number, (small, gap) in enumerate(levels):
        if drawn is None:
            start = stretch(small, gap, 0.8)
        else:
            larger = cv2.resize(drawn.picture, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_CUBIC)
            start = np.where(gap[:, :, None], larger, small).astype(np.float32)
        drawn = _level(start, gap, drawn, _ROUNDS[min(number, len(_ROUNDS) - 1)], dice)
    assert drawn is not None
    return replace(drawn, picture=_joined(drawn, levels[-1][1]))


def _joined(drawn: Drawn, hole: Mask) -> F32:
    """The picture with the steps that the copied places have, so that pieces from different places meet evenly."""
    height, width = hole.shape
    x0, y0, x1, y1 = drawn.window
    rows, columns = np.indices((height, width), dtype=np.int32)
    rows[y0:y1, x0:x1] = np.where(hole[y0:y1, x0:x1], drawn.field.y, rows[y0:y1, x0:x1])
    columns[y0:y1, x0:x1] = np.where(hole[y0:y1, x0:x1], drawn.field.x, columns[y0:y1, x0:x1])
    rows, columns = np.clip(rows, 1, height - 2), np.clip(columns, 1, width - 2)
    shown = drawn.picture
    here = shown[rows, columns]
    after = (shown[rows, columns + 1] - here, here - shown[rows, columns - 1])
    below = (shown[rows + 1, columns] - here, here - shown[rows - 1, columns])
    across = _weaker(after[0][:, :-1], after[1][:, 1:])
    down = _weaker(below[0][:-1], below[1][1:])
    top, left, bottom, right = max(0, y0 - 2), max(0, x0 - 2), min(height, y1 + 2), min(width, x1 + 2)
    spot = (slice(top, bottom), slice(left, right))
    steps = across[top:bottom, left : right - 1], down[top : bottom - 1, left:right]
    part = join(shown[spot], hole[spot], *steps, _HOLD)
    out = shown.copy()
    out[spot] = np.clip(part, 0, 1)
    return out


def _weaker(one: F32, other: F32) -> F32:
    """Of two steps the smaller: where pieces meet, an edge that only one of them knows is not drawn."""
    return np.where(
        np.abs(one).sum(axis=2) <= np.abs(other).sum(axis=2), one.transpose(2, 0, 1), other.transpose(2, 0, 1)
    ).transpose(1, 2, 0)


def _levels(picture: F32, hole: Mask) -> list[tuple[F32, Mask]]:
    """Coarse to fine; each half the size of the next."""
    levels = [(picture, hole)]
    while True:
        small, gap = levels[0]
        rows, columns = np.flatnonzero(gap.any(axis=1)), np.flatnonzero(gap.any(axis=0))
        if rows.size == 0:
            return levels[1:]
        shorter = min(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
        size = ((gap.shape[1] + 1) // 2, (gap.shape[0] + 1) // 2)
        if shorter <= _COARSEST or min(size) < 8 * RADIUS:
            return levels
        half, half_gap = shrink(small, gap, size)
        # A pixel of which any part is unknown stays unknown: what leaks out of the hole would be copied everywhere.
        leaky = cv2.resize(gap.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.02
        if whole(~_kept_off(leaky | half_gap)).sum() < 60:
            return levels
        levels.insert(0, (half, np.asarray(leaky | half_gap, np.bool_)))


def _window(hole: Mask) -> Window:
    """x0, y0, x1, y1 of every patch centre that touches the hole."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    height, width = hole.shape
    return (
        max(0, int(columns[0]) - RADIUS),
        max(0, int(rows[0]) - RADIUS),
        min(width, int(columns[-1]) + RADIUS + 1),
        min(height, int(rows[-1]) + RADIUS + 1),
    )


def _level(start: F32, hole: Mask, before: Drawn | None, rounds: int, dice: np.random.Generator) -> Drawn:
    x0, y0, x1, y1 = window = _window(hole)
    source = describe(start)
    search = Search(
        source.reshape(-1, source.shape[2]), whole(~_kept_off(hole)), y0, x0, _SLACK,
        _ROW_COST / hole.shape[0] ** 2 * 49, _COLUMN_COST / hole.shape[1],
    )  # fmt: skip
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    trust = np.power(np.float32(_TRUST), -np.minimum(depth, 18)).astype(np.float32)
    target = np.ascontiguousarray(source[y0:y1, x0:x1])
    field = scatter(search, target, dice)
    picture = start
    if before is not None:
        field = _carried(search, target, field, before, hole.shape, window)
        picture = _voted(start, hole, field, window, trust)
    for _ in range(rounds):
        target = np.ascontiguousarray(_described(picture, window)[y0:y1, x0:x1])
        field = improve(search, target, Field(field.y, field.x, price(search, target, field.y, field.x)), 1, dice)
        picture = _voted(picture, hole, field, window, trust)
    return Drawn(picture, field, window)


def _kept_off(hole: Mask) -> Mask:
    side = 2 * _KEEP_OFF + 1
    return np.asarray(cv2.dilate(hole.astype(np.uint8), np.ones((side, side), np.uint8)) > 0, np.bool_)


def _described(picture: F32, window: Window) -> F32:
    """Descriptors of a window of the picture, in a plane of the picture's size."""
    x0, y0, x1, y1 = window
    height, width = picture.shape[:2]
    a, b, c, d = max(0, x0 - 8), max(0, y0 - 8), min(width, x1 + 8), min(height, y1 + 8)
    part = describe(np.ascontiguousarray(picture[b:d, a:c]))
    out = np.empty((height, width, part.shape[2]), np.float32)
    out[b:d, a:c] = part
    return out


def _carried(search: Search, target: F32, field: Field, before: Drawn, shape: tuple[int, ...], window: Window) -> Field:
    """The coarser level's places, twice as far; chance only where those are no whole patches."""
    x0, y0, x1, y1 = window
    bx0, by0, bx1, by1 = before.window
    rows, columns = np.mgrid[y0:y1, x0:x1]
    up = (shape[0] / before.picture.shape[0], shape[1] / before.picture.shape[1])
    from_rows = np.clip((rows / up[0]).astype(np.int32), by0, by1 - 1)
    from_columns = np.clip((columns / up[1]).astype(np.int32), bx0, bx1 - 1)
    y = before.field.y[from_rows - by0, from_columns - bx0] - from_rows
    x = before.field.x[from_rows - by0, from_columns - bx0] - from_columns
    y = np.rint(y * up[0] + rows).astype(np.int32)
    x = np.rint(x * up[1] + columns).astype(np.int32)
    cost = price(search, target, y, x)
    wins = cost < 1e8
    return Field(np.where(wins, y, field.y), np.where(wins, x, field.x), np.where(wins, cost, field.cost))


def _voted(picture: F32, hole: Mask, field: Field, window: Window, trust: F32) -> F32:
    """Each pixel of the hole: the mean of what all patches over it say, good and well founded ones louder."""
    x0, y0, x1, y1 = window
    height, width = hole.shape
    flat = picture.reshape(-1, 3)
    means = cv2.blur(picture, (2 * RADIUS + 1, 2 * RADIUS + 1)).reshape(-1, 3)
    rows, columns = np.mgrid[y0:y1, x0:x1]
    there = (np.clip(field.y, 0, height - 1) * width + np.clip(field.x, 0, width - 1)).reshape(-1)
    here = (rows * width + columns).reshape(-1)
    lift = np.clip(means[here] - means[there], -_SLACK, _SLACK).reshape(*rows.shape, 3)
    touches = field.cost < 1e8
    scale = float(np.percentile(field.cost[touches], 40)) if touches.any() else 1.0
    say = np.where(touches, np.exp(-field.cost / max(scale, 1e-4)), 0).astype(np.float32) * trust[y0:y1, x0:x1] + 1e-9
    total = np.zeros((y1 - y0 + 2 * RADIUS, x1 - x0 + 2 * RADIUS, 3), np.float32)
    weight = np.zeros(total.shape[:2], np.float32)
    for down in range(-RADIUS, RADIUS + 1):
        for across in range(-RADIUS, RADIUS + 1):
            y = np.clip(field.y + down, 0, height - 1)
            x = np.clip(field.x + across, 0, width - 1)
            colour = flat[y * width + x] + lift
            spot = (
                slice(RADIUS + down, RADIUS + down + y.shape[0]),
                slice(RADIUS + across, RADIUS + across + y.shape[1]),
            )
            total[spot] += colour * say[:, :, None]
            weight[spot] += say
    drawn = (total / weight[:, :, None].clip(1e-12))[RADIUS:-RADIUS, RADIUS:-RADIUS]
    out = picture.copy()
    inside = hole[y0:y1, x0:x1]
    out[y0:y1, x0:x1][inside] = np.clip(drawn, 0, 1)[inside]
    return out


def enlarge(drawn: Drawn, picture: F32, hole: Mask) -> F32:
    """The same filling at full size: float32 H x W x 3 and bool H x W of the large picture -> float32 H x W x 3.

    Pixels are copied from the places that the small field names, mixed over three small pixels where neighbouring
    patches come from different places; the coarse tones are those of the small filling, so nothing shows a seam.
    """
    height, width = hole.shape
    small_height, small_width = drawn.picture.shape[:2]
    sy, sx = height / small_height, width / small_width
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    copied = _copied(drawn, picture, (x0, y0, x1, y1), (sy, sx))
    margin = int(3 * max(sy, sx)) + 3
    a, b, c, d = max(0, y0 - margin), min(height, y1 + margin), max(0, x0 - margin), min(width, x1 + margin)
    around = picture[a:b, c:d].copy()
    inside = hole[a:b, c:d]
    full = np.zeros_like(around)
    full[y0 - a : y1 - a, x0 - c : x1 - c] = copied
    around[inside] = full[inside]
    tones = _tones(drawn.picture, (a, b, c, d), (sy, sx))
    soft = max(sy, sx) * 1.6 + 0.6
    low = cv2.GaussianBlur(around, (0, 0), soft)
    wanted = cv2.GaussianBlur(tones, (0, 0), soft)
    around[inside] = np.clip(around + wanted - low, 0, 1)[inside]
    out = picture.copy()
    out[a:b, c:d] = around
    return out


def _tones(small: F32, spot: tuple[int, int, int, int], scale: tuple[float, float]) -> F32:
    """The part of the enlarged small picture that the rows a..b and columns c..d show."""
    a, b, c, d = spot
    down = ((np.arange(a, b, dtype=np.float32) + 0.5) / scale[0] - 0.5).astype(np.float32)
    across = ((np.arange(c, d, dtype=np.float32) + 0.5) / scale[1] - 0.5).astype(np.float32)
    map_x, map_y = np.meshgrid(across, down)
    return np.asarray(cv2.remap(small, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _copied(drawn: Drawn, picture: F32, spot: Window, scale: tuple[float, float]) -> F32:
    x0, y0, x1, y1 = spot
    height, width = picture.shape[:2]
    wx0, wy0, wx1, wy1 = drawn.window
    grid_y, grid_x = np.indices(drawn.field.y.shape, dtype=np.int32)
    off_y = np.rint((drawn.field.y - grid_y - wy0) * scale[0]).astype(np.int32)
    off_x = np.rint((drawn.field.x - grid_x - wx0) * scale[1]).astype(np.int32)
    rows = _spline((np.arange(y0, y1, dtype=np.float32) + 0.5) / np.float32(scale[0]) - 0.5 - wy0, off_y.shape[0])
    columns = _spline((np.arange(x0, x1, dtype=np.float32) + 0.5) / np.float32(scale[1]) - 0.5 - wx0, off_y.shape[1])
    out = np.zeros((y1 - y0, x1 - x0, 3), np.float32)
    own_y, own_x = np.arange(y0, y1, dtype=np.int32)[:, None], np.arange(x0, x1, dtype=np.int32)[None]
    flat = picture.reshape(-1, 3)
    # Each piece is led to the tone of its new place first: a step between two pieces would be drawn as a line.
    tone = cv2.blur(drawn.picture, (5, 5))
    lift = (
        tone[wy0:wy1, wx0:wx1]
        - tone[np.clip(drawn.field.y, 0, tone.shape[0] - 1), np.clip(drawn.field.x, 0, tone.shape[1] - 1)]
    )
    for cell_y, weight_y in rows:
        for cell_x, weight_x in columns:
            y = np.clip(own_y + off_y[cell_y[:, None], cell_x[None]], 0, height - 1)
            x = np.clip(own_x + off_x[cell_y[:, None], cell_x[None]], 0, width - 1)
            colour = np.take(flat, y * width + x, axis=0) + lift[cell_y[:, None], cell_x[None]]
            out += colour * (weight_y[:, None] * weight_x[None])[:, :, None]
    return out


def _spline(place: F32, count: int) -> list[tuple[I32, F32]]:
    """The three cells around each place and the say of each, by the quadratic B-spline: pieces meet without a stair."""
    nearest = np.rint(place)
    part = place - nearest
    weights = (0.5 * (0.5 - part) ** 2, 0.75 - part**2, 0.5 * (0.5 + part) ** 2)
    return [
        (np.clip(nearest + step, 0, count - 1).astype(np.int32), weight.astype(np.float32))
        for step, weight in zip((-1, 0, 1), weights, strict=True)
    ]
