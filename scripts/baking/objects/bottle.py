"""The bottle: dark apothecary glass with a paper label and a black screw cap."""

import math
from typing import Any

import numpy as np

from scripts.baking.materials import bump, node, noise, principled, ramp
from scripts.baking.materials_objects import paper_stock, plastic
from scripts.baking.object_shapes import lathe, rounded
from scripts.baking.print_areas import ObjectSpec, PrintArea

RADIUS = 0.185
LABEL = (0.1, 0.53)


def glass() -> Any:
    """Coloured glass with a dark content: lighter where it is thin at the edges and above the filling."""
    material, tree, shader = principled("glass", (1, 1, 1), 0.05, ior=1.52)
    facing = node(tree, "LayerWeight", Blend=0.35)
    edge = ramp(tree, facing.outputs["Facing"], (0.3, (0.45,) * 3), (0.8, (2.6,) * 3), (1.0, (1.2,) * 3))
    tree.links.new(edge, shader.inputs["Base Color"])
    bump(tree, noise(tree, 5, 2), shader, 0.04, 0.02)
    return material


def cap(z0: float, z1: float) -> None:
    """A ribbed screw cap with a tamper ring."""
    stuff = plastic("cap", (0.012, 0.012, 0.013), 0.32)
    thing = lathe("cap", rounded([(0.0, z0), (0.086, z0), (0.088, z1), (0.0, z1)], [0.004, 0.014]), stuff, turns=720)
    ring = rounded([(0.07, z0 - 0.022), (0.087, z0 - 0.022), (0.087, z0 - 0.004), (0.07, z0 - 0.004)], [0.004, 0.004])
    lathe("ring", ring, stuff)
    points = np.array([vertex.co for vertex in thing.data.vertices])
    angle, radius = np.arctan2(points[:, 0], points[:, 1]), np.hypot(points[:, 0], points[:, 1])
    up = points[:, 2]
    ribs = (radius > 0.07) * np.clip((up - z0 - 0.01) / 0.02, 0, 1) * np.clip((z1 - 0.02 - up) / 0.02, 0, 1)
    points[:, :2] *= (1 - 0.02 * ribs * (0.5 + 0.5 * np.cos(angle * 72)))[:, None]
    thing.data.vertices.foreach_set("co", points.reshape(-1))


def build(bench: Any) -> ObjectSpec:
    r = RADIUS
    corners = [(0, 0.018), (r * 0.8, 0.012), (r * 0.86, 0), (r, 0.02), (r, 0.6), (0.072, 0.735), (0.066, 0.8), (0, 0.8)]
    lathe("bottle", rounded(corners, [0.05, 0.02, 0.04, 0.13, 0.06, 0.0], 12), glass())
    cap(0.79, 0.985)
    lines = [(r + 0.0004, LABEL[0])] + [(r + 0.0022, LABEL[0] + (LABEL[1] - LABEL[0]) * i / 8) for i in range(9)]
    lathe("label", [*lines, (r + 0.0004, LABEL[1])], paper_stock("label", 0.5, 0.06), span=(1, 9))
    round_ = math.tau * r
    front = 0.3 / round_
    return ObjectSpec(
        id="object-bottle",
        title="Bottle with label",
        keywords=("bottle", "flacon", "flask", "jar", "serum", "lotion", "shampoo", "wine", "beer", "sauce", "flasche"),
        pose="standing",
        body=("glass", "label"),
        printed=("label",),
        sheet=(round_, LABEL[1] - LABEL[0]),
        areas=(
            PrintArea("front", (0.5 - front / 2, 0.05, 0.5 + front / 2, 0.95)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#5c2306",
        material="glass",
        stock=(0.88, 0.87, 0.84),
        stages=("marble", "bathroom", "podium"),
        effects=("print", "uv", "foil", "emboss"),
        aim=(0.0, 0.0, 0.48),
    )
