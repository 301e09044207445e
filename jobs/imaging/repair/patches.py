"""Finds for every patch of a hole the patch of the surroundings that fits it best, by descriptors and PatchMatch.

Never writes a pixel: it answers places. Deterministic under a seed.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

RADIUS = 3
_SIDE = 2 * RADIUS + 1
_FAR = np.float32(1e9)
# Which cosine terms of a 7 x 7 patch describe it: most of luma, the first of colour. Higher ones are mostly grain.
_LUMA_TERMS = tuple((u, v) for u in range(5) for v in range(5) if 0 < u + v <= 4)
_COLOUR_TERMS = ((0, 1), (1, 0), (1, 1))
_OPPONENT = np.array([[0.299, 0.587, 0.114], [0.5, -0.5, 0.0], [0.25, 0.25, -0.5]], np.float32)
_MEANS = 3


@dataclass(frozen=True)
class Field:
    """Where each patch of a window takes its pixels: `y`, `x` int32 of the source's centre, `cost` float32."""

    y: I32
    x: I32
    cost: F32


@dataclass(frozen=True)
class Search:
    """One level's ground: `source` features H·W x D, `valid` centres whose patch is whole and known, the window's top
    left corner, and what moving costs. `slack`: difference of mean colour that is made good and so costs nothing."""

    source: F32
    valid: Mask
    top: int
    left: int
    slack: float
    row_cost: float
    column_cost: float


@cache
def _cosines() -> F32:
    n = np.arange(_SIDE)
    rows = [np.cos(np.pi * (n + 0.5) * u / _SIDE) * np.sqrt((1 if u == 0 else 2) / _SIDE) for u in range(5)]
    return np.array(rows, np.float32)


def describe(picture: F32) -> F32:
    """Descriptors of the patch around every pixel: float32 H x W x 3 (0..1, sRGB values) -> H x W x D.

    Orthonormal cosine terms, so that their squared distance is that of the patches, less their highest frequencies;
    the first three are the mean colour.
    """
    opponent = cv2.transform(picture, _OPPONENT)
    cosines = _cosines()
    planes = [cv2.blur(opponent[:, :, c], (_SIDE, _SIDE)) * np.float32(_SIDE) for c in range(3)]
    for c, terms in ((0, _LUMA_TERMS), (1, _COLOUR_TERMS), (2, _COLOUR_TERMS)):
        plane = np.ascontiguousarray(opponent[:, :, c])
        planes += [cv2.sepFilter2D(plane, -1, cosines[u], cosines[v]) for u, v in terms]
    return np.stack(planes, axis=2)


def whole(known: Mask) -> Mask:
    """Centres whose whole patch lies inside the picture and is known: bool H x W."""
    inner = cv2.erode(known.astype(np.uint8), np.ones((_SIDE, _SIDE), np.uint8), borderValue=0) > 0
    inner[:RADIUS], inner[-RADIUS:], inner[:, :RADIUS], inner[:, -RADIUS:] = False, False, False, False
    return np.asarray(inner, np.bool_)


def price(search: Search, target: F32, y: I32, x: I32) -> F32:
    """Cost of taking (y, x) for each patch of the window, float32 h x w; very high where that is no whole patch."""
    height, width = search.valid.shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    flat = np.where(inside, y * width + x, 0)
    inside &= search.valid.reshape(-1)[flat]
    apart = search.source[flat] - target
    mean = np.maximum(np.abs(apart[..., :_MEANS]) - np.float32(search.slack * _SIDE), 0)
    cost = np.einsum("hwd,hwd->hw", apart[..., _MEANS:], apart[..., _MEANS:]) + (mean * mean).sum(axis=2)
    rows, columns = np.indices(y.shape, dtype=np.int32)
    down, across = y - rows - search.top, x - columns - search.left
    cost += search.row_cost * down * down + search.column_cost * np.abs(across)
    return np.where(inside, cost, _FAR).astype(np.float32)


def improve(search: Search, target: F32, field: Field, rounds: int, dice: np.random.Generator) -> Field:
    """PatchMatch (Barnes et al. 2009), all patches at once: good places spread by leaps of 8, 4, 2 and 1 pixels, and
    each patch tries random places around its own."""
    height, width = search.valid.shape
    for _ in range(rounds):
        for leap in (8, 4, 2, 1):
            for down, across in ((0, leap), (0, -leap), (leap, 0), (-leap, 0)):
                y = np.roll(field.y, (down, across), (0, 1)) + down
                x = np.roll(field.x, (down, across), (0, 1)) + across
                field = _better(search, target, field, y.astype(np.int32), x.astype(np.int32))
        reach = max(height, width) // 2
        while reach >= 2:
            tall = max(1, reach // 3)  # rows differ in depth and light: look further along them than across
            y = field.y + dice.integers(-tall, tall + 1, field.y.shape, np.int32)
            x = field.x + dice.integers(-reach, reach + 1, field.x.shape, np.int32)
            field = _better(search, target, field, y, x)
            reach //= 3
    return field


def _better(search: Search, target: F32, field: Field, y: I32, x: I32) -> Field:
    cost = price(search, target, y, x)
    wins = cost < field.cost
    return Field(np.where(wins, y, field.y), np.where(wins, x, field.x), np.where(wins, cost, field.cost))


def scatter(search: Search, target: F32, dice: np.random.Generator) -> Field:
    """A first field: random valid places, preferably in the same rows."""
    ys, xs = np.nonzero(search.valid)
    shape = target.shape[:2]
    best = Field(np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.full(shape, _FAR, np.float32))
    for _ in range(6):
        pick = dice.integers(0, ys.size, shape)
        best = _better(search, target, best, ys[pick].astype(np.int32), xs[pick].astype(np.int32))
    return best
