"""The form that garments are draped on: a torso with neck and arms that swells from flat to full and lowers its arms.

Lengths are metres; the foot of the neck at the shoulder is z = 0. It is only collided with, never rendered.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from scripts.baking.cloth import mesh_object, solid

# height, half width, half depth, how far back the middle lies
TORSO = (
    (-0.78, 0.130, 0.085, 0.0),
    (-0.55, 0.130, 0.085, 0.0),
    (-0.42, 0.135, 0.088, 0.0),
    (-0.30, 0.155, 0.108, -0.005),
    (-0.22, 0.163, 0.116, -0.006),
    (-0.15, 0.165, 0.105, 0.0),
    (-0.10, 0.168, 0.086, 0.006),
    (-0.065, 0.162, 0.068, 0.011),
    (-0.040, 0.136, 0.057, 0.015),
    (-0.016, 0.092, 0.050, 0.018),
    (0.004, 0.068, 0.046, 0.018),
    (0.03, 0.058, 0.044, 0.016),
    (0.12, 0.056, 0.050, 0.0),
)
SHOULDER = (0.152, 0.006, -0.092)
FLAT = 0.12  # depth of the form before it swells, of the full depth


def loft(rows: Sequence[tuple[float, float, float, float]], count: int, power: float) -> tuple[np.ndarray, list[Any]]:
    """A closed tube of superellipses: rows are (height, half width, half depth, y of the middle)."""
    verts, faces = [], []
    for z, wide, deep, back in rows:
        for turn in np.linspace(0, math.tau, count, endpoint=False):
            c, s = math.cos(turn), math.sin(turn)
            x, y = math.copysign(abs(c) ** (2 / power), c), math.copysign(abs(s) ** (2 / power), s)
            verts.append((wide * x, back + deep * y, z))
    for row in range(len(rows) - 1):
        for k in range(count):
            low, high = row * count, (row + 1) * count
            faces.append((low + k, low + (k + 1) % count, high + (k + 1) % count, high + k))
    faces.append(tuple(range(count))[::-1])
    faces.append(tuple((len(rows) - 1) * count + k for k in range(count)))
    return np.array(verts), faces


def keyed(thing: Any, path: str, axis: int, *rows: tuple[int, float]) -> None:
    """Keyframes (frame, value) on one axis of a property."""
    for frame, value in rows:
        getattr(thing, path)[axis] = value
        thing.keyframe_insert(path, index=axis, frame=frame)


def mannequin(
    spread: float,
    rest: float,
    arm: Sequence[tuple[float, float]],
    swell: int = 25,
    lowered: int = 50,
    stout: float = 1.0,
) -> list[Any]:
    """Torso and arms as colliders. Degrees below the horizontal: `spread` as the pattern lies, `rest` at the end.

    `arm` holds (length from the shoulder, radius); the form is full at frame `swell`, the arms down at `lowered`.
    `stout` widens the torso, more so towards the hips.
    """
    widths = [1 + (stout - 1) * min(1.0, max(0.0, -z - 0.1) / 0.35) for z, *_ in TORSO]
    rows = [(z, wide * w, deep * w, back) for w, (z, wide, deep, back) in zip(widths, TORSO, strict=True)]
    verts, faces = loft(rows, 48, 2.3)
    torso = mesh_object("form torso", verts, faces)
    torso.modifiers.new("smooth", "SUBSURF").levels = 1
    keyed(torso, "scale", 1, (1, FLAT), (swell, 1.0))
    solid(torso, 12)
    made = [torso]
    for side in (-1, 1):
        rows = [(-z, radius, radius, 0.0) for z, radius in reversed(arm)]
        verts, faces = loft(rows, 24, 2.0)
        limb = mesh_object("form arm", verts, faces)
        limb.location = (side * SHOULDER[0], SHOULDER[1], SHOULDER[2])
        keyed(limb, "scale", 1, (1, 0.2), (swell, 1.0))
        turns = [(1, spread), (swell - 5, spread + 3), (lowered, rest)]
        keyed(limb, "rotation_euler", 1, *((frame, -side * math.radians(90 - angle)) for frame, angle in turns))
        solid(limb, 8)
        made.append(limb)
    return made
