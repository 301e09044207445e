"""The sticker: a square of vinyl whose lower right corner is peeled off the ground; cut to the design at run time."""

from typing import Any

import numpy as np

from scripts.baking.materials import bump, noise, principled
from scripts.baking.object_shapes import sheet
from scripts.baking.print_areas import ObjectSpec, PrintArea

SIDE = 1.0


def peeled(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Flat, but rolled up on a cylinder beyond a line across the lower right."""
    along = (x - y) / np.sqrt(2)
    beyond = np.clip(along - 0.27, 0, None)
    radius = 0.34
    turn = np.clip(beyond / radius, 0, 1.0)
    back = radius * np.sin(turn) - beyond + (beyond - radius * turn) * np.cos(1.0) * (beyond > radius)
    rise = radius * (1 - np.cos(turn))
    wave = 0.0012 * np.sin(x * 9 + 1) * np.sin(y * 7)
    return np.stack([x + back / np.sqrt(2), y - back / np.sqrt(2), 0.004 + wave + rise], -1)


def build(bench: Any) -> ObjectSpec:
    vinyl, tree, shader = principled("vinyl", (1, 1, 1), 0.3, coat_weight=0.3, coat_roughness=0.2)
    bump(tree, noise(tree, 5, 3), shader, 0.06, 0.02)
    sheet("sticker", (SIDE, SIDE), peeled, vinyl, cells=(140, 140))
    return ObjectSpec(
        id="object-sticker",
        title="Die-cut sticker",
        keywords=("sticker", "decal", "label sticker", "aufkleber", "badge", "patch"),
        pose="lying",
        body=("vinyl",),
        printed=("sticker",),
        sheet=(SIDE, SIDE),
        areas=(
            PrintArea("front", (0.06, 0.06, 0.94, 0.94)),
            PrintArea("wrap", (0.06, 0.06, 0.94, 0.94)),
        ),
        colour="#fdfdfb",
        material="vinyl",
        stages=("wood-top", "concrete-top"),
        effects=("print", "foil", "uv"),
    )
