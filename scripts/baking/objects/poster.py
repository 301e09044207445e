"""The poster: a sheet of heavy paper on two steel clips, its lower corners curling away from the wall."""

from typing import Any

import bpy
import numpy as np

from scripts.baking.materials import principled
from scripts.baking.materials_objects import paper_stock
from scripts.baking.object_shapes import bevelled, sheet, slab
from scripts.baking.print_areas import ObjectSpec, PrintArea

SIZE = (0.707, 1.0)


def hung(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Flat at the top, waving gently, lifting towards the lower corners."""
    down = (0.5 - y / SIZE[1]).clip(0, 1)
    wave = 0.011 * np.sin(x * 7.5 + 0.7) * down + 0.004 * np.sin(x * 3 + y * 5)
    lift = 0.085 * down**5 * (0.35 + 1.5 * np.abs(x / SIZE[0]) ** 2.2)
    droop = 0.004 * np.cos((np.abs(x) - 0.22) * 9) * (1 - down) ** 4
    return np.stack([x, y - 0.02 * down**6, 0.012 + wave + lift + droop], -1)


def clip(x: float) -> None:
    """A bulldog clip: jaw, folded lips and a hole to hang by."""
    steel, _, _ = principled("steel", (0.5, 0.5, 0.51), 0.22, metallic=1.0)
    dark, _, _ = principled("hole", (0.01, 0.01, 0.01), 0.6)
    jaw = slab("jaw", (0.086, 0.034), 0.006, 0.03, 0.011, steel, printed=False)
    jaw.location = (x, SIZE[1] / 2 - 0.004, 0.004)
    lip = slab("lip", (0.036, 0.05), 0.017, 0.022, 0.005, steel, printed=False)
    lip.location = (x, SIZE[1] / 2 + 0.03, 0.0)
    place = (x, SIZE[1] / 2 + 0.037, 0.0215)
    bpy.ops.mesh.primitive_cylinder_add(radius=0.0085, depth=0.004, location=place, vertices=48)
    bevelled(bpy.context.object, 0.001).data.materials.append(dark)


def build(bench: Any) -> ObjectSpec:
    sheet("poster", SIZE, hung, paper_stock("paper", 0.5, 0.05), thickness=0.0015, cells=(90, 120))
    clip(-0.22)
    clip(0.22)
    return ObjectSpec(
        id="object-poster",
        title="Poster",
        keywords=("poster", "print", "placard", "flyer", "art print", "plakat", "wall art", "banner"),
        pose="hanging",
        body=("paper",),
        printed=("poster",),
        sheet=SIZE,
        areas=(
            PrintArea("front", (0.05, 0.035, 0.95, 0.965)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#fbfaf7",
        material="paper",
        stages=("plaster-top", "concrete-top"),
        effects=("print", "foil", "uv", "emboss"),
    )
