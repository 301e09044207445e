"""The box: a tuck-top carton turned to show its front and right panel."""

import math
from typing import Any

import numpy as np

from scripts.baking.materials import principled
from scripts.baking.materials_objects import board
from scripts.baking.object_shapes import rounded_box
from scripts.baking.print_areas import ObjectSpec, PrintArea

WIDE, HIGH, DEEP = 0.64, 1.0, 0.36


def handled(points: np.ndarray) -> np.ndarray:
    """Panels bulge a little, corners are a touch out of true."""
    x, y, z = points.T
    swell = (1 - (2 * z / HIGH) ** 2) * 0.006
    out = points.copy()
    out[:, 1] += np.sign(y) * swell * np.clip(1 - (2 * x / WIDE) ** 2, 0, 1) * (np.abs(y) > DEEP / 2 - 0.012)
    out[:, 0] += np.sign(x) * swell * np.clip(1 - (2 * y / DEEP) ** 2, 0, 1) * (np.abs(x) > WIDE / 2 - 0.012)
    out[:, 0] += 0.004 * z
    out[:, 2] += 0.003 * x * z + 0.5
    return out


def build(bench: Any) -> ObjectSpec:
    u, v = WIDE / (WIDE + DEEP), HIGH / (HIGH + DEEP)
    sides = {"front": (0.0, 0.0, u, v), "right": (u, 0.0, 1.0, v), "top": (0.0, v, u, 1.0)}
    turn = math.radians(-33)
    thing = rounded_box("carton", (WIDE, DEEP, HIGH), 0.007, board("board", 0.4), sides, warp=handled, flat=14)
    slit, _, _ = principled("slit", (0.02, 0.018, 0.016), 0.9)
    gap = rounded_box("slit", (WIDE - 0.018, 0.0035, 0.004), 0.0012, slit, {})
    reach = DEEP / 2 - 0.012
    gap.location = (math.sin(turn) * reach, -math.cos(turn) * reach, HIGH - 0.0012)
    for piece in (thing, gap):
        piece.rotation_euler[2] = turn
    return ObjectSpec(
        id="object-box",
        title="Carton",
        keywords=("box", "carton", "package", "packaging", "parcel", "case box", "cereal", "karton", "schachtel"),
        pose="standing",
        body=("board",),
        printed=("carton",),
        sheet=(WIDE + DEEP, HIGH + DEEP),
        areas=(
            PrintArea("front", (0.04 * u, 1 - v * 0.96, 0.96 * u, 1 - v * 0.04)),
            PrintArea("bleed", (0.0, 1 - v, u, 1.0)),
            PrintArea("side", (u + 0.02, 1 - v * 0.96, 0.98, 1 - v * 0.04)),
            PrintArea("wrap", (0.0, 1 - v, 1.0, 1.0)),
        ),
        colour="#efece6",
        material="carton",
        stages=("plaster", "studio", "wood-table"),
        effects=("print", "uv", "foil", "emboss"),
        eye=(0.0, -5.3, 1.5),
        aim=(0.0, 0.0, 0.48),
    )
