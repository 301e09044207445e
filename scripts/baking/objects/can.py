"""The can: drawn aluminium, printed all round, with the lid and tab bare."""

import math
from typing import Any

import bpy
import numpy as np

from scripts.baking.materials_objects import aluminium, printed_foil
from scripts.baking.object_shapes import bevelled, lathe, rounded
from scripts.baking.print_areas import ObjectSpec, PrintArea

RADIUS, TOP = 0.287, 0.9


def lid(stuff: Any) -> None:
    """Seam, countersink and panel of a beverage end."""
    corners = [(0.2365, 0.962), (0.2455, 0.982), (0.2455, 1.0), (0.231, 1.0), (0.226, 0.945), (0.212, 0.935)]
    corners.append((0.202, 0.96))
    lathe("lid", rounded([*corners, (0.0, 0.962)], [0.008, 0.009, 0.009, 0.012, 0.01, 0.012]), stuff)


def tab(stuff: Any) -> None:
    """The pull tab with its hole, and the rivet."""
    for radius, thick, y, squeeze in ((0.058, 0.011, 0.035, 1.25), (0.036, 0.01, -0.045, 1.0)):
        bpy.ops.mesh.primitive_torus_add(major_radius=radius, minor_radius=thick, location=(0.0, y, 0.972))
        piece = bpy.context.object
        piece.scale, piece.name = (1.0, squeeze, 0.5), "tab"
        piece.data.materials.append(stuff)
        bpy.ops.object.shade_smooth()
    bpy.ops.mesh.primitive_cylinder_add(radius=0.022, depth=0.02, location=(0.0, -0.02, 0.97), vertices=48)
    rivet = bevelled(bpy.context.object, 0.006)
    rivet.data.materials.append(stuff)


def build(bench: Any) -> ObjectSpec:
    r = RADIUS
    foot = rounded([(0.0, 0.05), (0.2, 0.03), (0.212, 0.0), (0.226, 0.0), (r, 0.075)], [0.05, 0.006, 0.01], 6)
    wall = [(r, 0.085 + (TOP - 0.095) * step / 16) for step in range(17)]
    neck = rounded([(r, TOP), (r, TOP + 0.012), (0.2385, 0.958), (0.2365, 0.97)], [0.02, 0.012], 8)
    metal = aluminium("metal")
    span = (len(foot), len(foot) + 17 + len(neck) - 3)
    lathe("can", [*foot, *wall, *neck], printed_foil("lacquer", 0.55, 0.25), span=span)
    lid(metal)
    tab(metal)
    round_ = math.tau * r
    front = 0.42 / round_
    line = np.asarray([*foot, *wall, *neck])[span[0] : span[1] + 1]
    return ObjectSpec(
        id="object-can",
        title="Beverage can",
        keywords=("can", "tin", "soda", "beer can", "energy drink", "aluminium", "aluminum", "dose"),
        pose="standing",
        body=("lacquer",),
        printed=("can",),
        sheet=(round_, float(np.hypot(*np.diff(line, axis=0).T).sum())),
        areas=(
            PrintArea("front", (0.5 - front / 2, 0.16, 0.5 + front / 2, 0.94)),
            PrintArea("wrap", (0.0, 0.1, 1.0, 1.0)),
        ),
        colour="#d9dbdd",
        material="aluminium",
        stages=("concrete", "pool", "podium"),
        effects=("print", "uv", "foil", "engrave"),
        eye=(0.0, -5.3, 1.55),
        aim=(0.0, 0.0, 0.48),
    )
