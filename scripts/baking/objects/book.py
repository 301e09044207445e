"""The book: a cloth-hinged hardcover standing three-quarter, with its spine to the left."""

import math
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from scripts.baking.materials_objects import board, page_edges
from scripts.baking.object_shapes import built, grid_faces, rounded_box
from scripts.baking.print_areas import ObjectSpec, PrintArea

WIDE, HIGH, THICK = 0.68, 1.0, 0.14
BOARD, HINGE = 0.016, 0.04


def section() -> np.ndarray:
    """The cover's outline from above, from the fore-edge of the front round the spine to that of the back: (n, 2)."""
    t = np.linspace(0, 1, 60)
    front = np.c_[WIDE * (1 - t), np.full(60, -THICK / 2)]
    groove = np.exp(-(((front[:, 0] - HINGE) / 0.011) ** 2)) * 0.012
    front[:, 1] += groove
    angle = np.linspace(-math.pi / 2, -1.5 * math.pi, 25)[1:-1]
    spine = np.c_[0.034 * np.cos(angle), THICK / 2 * np.sin(angle)]
    back = front[::-1] * (1, -1)
    return np.concatenate([front, spine, back])


def cover(stuff: Any) -> Any:
    """The case: front board, hinge, rounded spine, back board, as one bent sheet with thickness."""
    line = section()
    far = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    levels = np.linspace(0, HIGH, 24)
    flat = [np.broadcast_to(line[:, axis], (24, len(line))) for axis in (0, 1)]
    points = np.stack([*flat, np.repeat(levels[:, None], len(line), 1)], -1)
    faces = np.asarray(grid_faces(24, len(line)))[:, ::-1]
    wide = WIDE + THICK * 1.35
    u = 1 - far / wide
    at = np.stack(np.meshgrid(u, levels / HIGH), -1).reshape(-1, 2)[faces.reshape(-1)]
    thing = built("cover", points.reshape(-1, 3), faces.tolist(), at, stuff)
    solid = thing.modifiers.new("board", "SOLIDIFY")
    solid.thickness, solid.offset, solid.use_even_offset = BOARD, -1, True
    bevel = thing.modifiers.new("bevel", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method, bevel.angle_limit = 0.0035, 3, "ANGLE", 0.9
    return thing


def build(bench: Any) -> ObjectSpec:
    case = cover(board("case", 0.45, 0.1, 0.25))
    depth = THICK - 2 * BOARD
    pages = rounded_box("pages", (WIDE - 0.03, depth, HIGH - 0.014), 0.004, page_edges("pages", (3, 260, 3)), {})
    pages.location = ((WIDE - 0.03) / 2 + 0.005, 0, HIGH / 2)
    turn = math.radians(28)
    for thing in (case, pages):
        thing.data.transform(Matrix.Translation((-WIDE / 2, 0, 0)))
        thing.rotation_euler[2] = turn
    pages.location = (math.cos(turn) * pages.location[0], math.sin(turn) * pages.location[0], HIGH / 2)
    bpy.context.view_layer.update()
    wide = WIDE + THICK * 1.35
    front = 1 - (WIDE - HINGE - 0.02) / wide
    return ObjectSpec(
        id="object-book",
        title="Hardcover book",
        keywords=("book", "hardcover", "novel", "notebook", "journal", "cover", "buch", "magazine", "planner"),
        pose="standing",
        body=("case",),
        printed=("cover",),
        sheet=(wide, HIGH),
        areas=(
            PrintArea("front", (front, 0.03, 0.985, 0.97)),
            PrintArea("side", (0.03, 0.04, 0.17, 0.96)),
            PrintArea("wrap", (1 - WIDE / wide, 0.0, 1.0, 1.0)),
        ),
        colour="#33475b",
        material="cloth",
        stages=("wood-table", "linen", "plaster"),
        effects=("print", "emboss", "foil", "uv", "engrave"),
        eye=(0.0, -5.2, 1.75),
        aim=(0.0, 0.0, 0.48),
    )
