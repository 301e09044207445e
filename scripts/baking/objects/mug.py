"""The mug: glazed stoneware with a handle to the right, printed around."""

import math
from typing import Any

import numpy as np

from scripts.baking.materials import bump, noise, principled, remap
from scripts.baking.object_shapes import lathe, rounded, tube
from scripts.baking.print_areas import ObjectSpec, PrintArea

RADIUS, HEIGHT = 0.43, 1.0


def glaze() -> Any:
    """Glossy, with the faint waviness of a fired glaze and a trace of handling."""
    material, tree, shader = principled("glaze", (1, 1, 1), 0.09, coat_weight=0.25, coat_roughness=0.03)
    tree.links.new(remap(tree, noise(tree, 7, 5), 0.07, 0.16, 0.35, 0.75), shader.inputs["Roughness"])
    bump(tree, noise(tree, 3.5, 2), shader, 0.05, 0.02)
    return material


def build(bench: Any) -> ObjectSpec:
    stuff = glaze()
    outer = rounded(
        [(0.0, 0.022), (RADIUS - 0.075, 0.022), (RADIUS - 0.06, 0.0), (RADIUS - 0.035, 0.0), (RADIUS, 0.07)],
        [0.01, 0.012, 0.012],
    )
    wall = [(RADIUS, 0.075 + step * (HEIGHT - 0.11) / 12) for step in range(13)]
    inner = rounded(
        [
            (RADIUS, HEIGHT - 0.02),
            (RADIUS - 0.004, HEIGHT),
            (RADIUS - 0.04, HEIGHT),
            (RADIUS - 0.045, 0.09),
            (0.0, 0.075),
        ],
        [0.014, 0.016, 0.07],
    )
    span = (len(outer), len(outer) + 12)
    lathe("mug", [*outer, *wall, *inner], stuff, span=span)
    angle = np.linspace(math.radians(100), math.radians(-100), 60)
    path = np.stack([RADIUS - 0.035 + 0.285 * np.cos(angle * 0.9), np.zeros(60), 0.5 + 0.295 * np.sin(angle * 0.9)], -1)
    ends = np.abs(np.linspace(-1, 1, 60)) ** 8
    radii = np.stack([0.043 + 0.022 * ends, 0.068 + 0.03 * ends], -1)
    handle = tube("handle", path, radii, stuff)
    handle.rotation_euler[2] = math.radians(-16)
    round_ = math.tau * RADIUS
    front = 0.62 / round_
    return ObjectSpec(
        id="object-mug",
        title="Mug",
        keywords=("mug", "cup", "coffee", "tea", "tasse", "tumbler"),
        pose="standing",
        body=("glaze",),
        printed=("mug",),
        sheet=(round_, HEIGHT - 0.11),
        areas=(
            PrintArea("front", (0.5 - front / 2, 0.1, 0.5 + front / 2, 0.9)),
            PrintArea("wrap", (0.08, 0.06, 0.92, 0.94)),
        ),
        colour="#f6f4f0",
        material="ceramic",
        stages=("marble", "wood-table", "kitchen"),
        effects=("print", "uv", "foil", "engrave"),
        eye=(0.0, -5.3, 1.5),
        aim=(0.1, 0.0, 0.45),
    )
