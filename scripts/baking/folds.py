"""Cloth as a height field: creases that run, branch and die away, laid over any ground. Never a simulation."""

import math
from typing import Any

import numpy as np

from scripts.baking import nature, solids

F = Any


def ridge(x: F, y: F, start: tuple[float, float], end: tuple[float, float], bow: float, width: float) -> F:
    """A crease from start to end, bowed to a side: steep on the one flank, slack on the other; fades at both ends."""
    along = np.array(end) - np.array(start)
    length = float(np.hypot(*along))
    along = along / length
    u = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length
    v = -(x - start[0]) * along[1] + (y - start[1]) * along[0]
    held = np.clip(u, 0, 1)
    v = v - bow * np.sin(math.pi * held) - 0.05 * (nature.fractal(held * 5 + start[0], held * 0 + start[1], 2, 7) - 0.5)
    broad = width * (0.75 + 0.5 * held)
    flank = np.where(v > 0, np.exp(-((v / broad) ** 2)), np.exp(-((v / (broad * 2.1)) ** 2)))
    ends = np.clip(u / 0.3, 0, 1) * np.clip((1 - u) / 0.35, 0, 1)
    return flank * ends * ends * (3 - 2 * ends)


def creased(x: F, y: F, count: int, seed: int, reach: tuple[float, float], clear: float, heading: float) -> F:
    """Height 0..~1 of many creases over `reach` (half width, half depth), lower within `clear` of the middle."""
    dice = np.random.default_rng(seed)
    total = np.zeros_like(x)
    for _ in range(count):
        middle = dice.uniform(-1, 1, 2) * np.array(reach)
        turn = heading + dice.normal(0, 0.42)
        half = dice.uniform(0.5, 1.5)
        step = np.array([math.cos(turn), math.sin(turn)]) * half
        rise = dice.uniform(0.35, 1.0)
        one = ridge(x, y, tuple(middle - step), tuple(middle + step), dice.normal(0, 0.22), dice.uniform(0.04, 0.13))
        total = np.maximum(total, rise * one) + 0.25 * np.minimum(total, rise * one)
    away = np.clip((np.hypot(x / 1.25, y) - clear) / (clear * 1.2), 0, 1)
    return total * (0.04 + 0.96 * away * away * (3 - 2 * away))


def cloth(name: str, xs: F, ys: F, lift: F, material: Any) -> Any:
    """A cloth over the grid xs, ys with `lift` as (x, y, z) of every point; UV runs in product units along the grid."""
    x, y = np.meshgrid(xs, ys)
    rows, columns = x.shape
    index = np.arange(x.size).reshape(rows, columns)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1).reshape(-1, 4)
    thing = solids.mesh(name, lift.reshape(-1, 3).tolist(), faces.tolist(), material)
    flat = np.stack([x.ravel(), y.ravel()], 1)
    layer = thing.data.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", flat[faces.ravel()].ravel().astype(np.float32))
    return thing
