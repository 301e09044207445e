"""The business card: a small stack of thick cards, fanned a little, seen from above."""

import math
from typing import Any

import numpy as np

from scripts.baking.materials_objects import paper_stock
from scripts.baking.object_shapes import slab
from scripts.baking.print_areas import ObjectSpec, PrintArea

SIZE = (1.0, 0.61)
THICK = 0.0125


def build(bench: Any) -> ObjectSpec:
    stuff = paper_stock("card", 0.55, 0.08)
    chance = np.random.default_rng(6)
    count = 9
    for number in range(count):
        top = number == count - 1
        card = slab("card", SIZE, 0.006, THICK, 0.0028, stuff, printed=top, turns=4)
        card.name = "top card" if top else f"card {number}"
        card.location = (*chance.normal(0, 0.006, 2), number * (THICK + 0.0006))
        card.rotation_euler[2] = math.radians(-11 + (0 if top else chance.normal(0, 0.7)))
    loose = slab("loose", SIZE, 0.006, THICK, 0.0028, stuff, printed=False, turns=4)
    loose.location = (0.13, -0.33, 0.001)
    loose.rotation_euler[2] = math.radians(9)
    return ObjectSpec(
        id="object-business-card",
        title="Business cards",
        keywords=("business-card", "business card", "visiting card", "card", "visitenkarte", "name card", "gift card"),
        pose="lying",
        body=("card",),
        printed=("top card",),
        sheet=SIZE,
        areas=(
            PrintArea("front", (0.08, 0.1, 0.92, 0.9)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#f5f3ee",
        material="cotton paper",
        stages=("marble-top", "concrete-top"),
        effects=("print", "emboss", "foil", "uv", "engrave"),
    )
