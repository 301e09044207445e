"""The phone case: a soft-touch shell lying on its face, with the lenses of a phone in its window."""

from typing import Any

import bpy

from scripts.baking.materials import principled
from scripts.baking.materials_objects import plastic
from scripts.baking.object_shapes import bevelled, slab
from scripts.baking.print_areas import ObjectSpec, PrintArea

SIZE = (0.49, 1.0)
DEEP = 0.062


def camera_window() -> None:
    """A raised dark island with three lenses, a flash and their metal rings."""
    metal, _, _ = principled("metal", (0.32, 0.32, 0.33), 0.25, metallic=1.0)
    plate, _, _ = principled("island", (0.022, 0.022, 0.024), 0.3, coat_weight=0.6)
    lens, _, _ = principled("lens", (0.004, 0.005, 0.008), 0.03, coat_weight=1.0)
    lamp, _, _ = principled("flash", (0.75, 0.72, 0.6), 0.3)
    middle = (-SIZE[0] / 2 + 0.125, SIZE[1] / 2 - 0.13)
    rim = slab("rim", (0.2, 0.212), 0.055, DEEP + 0.012, 0.008, bpy.data.materials["shell"], printed=False)
    island = slab("island", (0.182, 0.194), 0.048, DEEP + 0.0135, 0.003, plate, printed=False)
    for piece in (rim, island):
        piece.location = (*middle, 0)
    for dx, dy in ((-0.04, 0.045), (-0.04, -0.045), (0.043, 0.0)):
        for name, radius, high, stuff in (("ring", 0.035, 0.027, metal), ("lens", 0.029, 0.0275, lens)):
            bpy.ops.mesh.primitive_cylinder_add(
                radius=radius, depth=high, vertices=96, location=(middle[0] + dx, middle[1] + dy, DEEP + high / 2)
            )
            piece = bevelled(bpy.context.object, 0.004 if name == "ring" else 0.0015)
            piece.name = name
            piece.data.materials.append(stuff)
            bpy.ops.object.shade_smooth()
    place = (middle[0] + 0.043, middle[1] + 0.06, DEEP + 0.008)
    bpy.ops.mesh.primitive_cylinder_add(radius=0.013, depth=0.016, location=place)
    bpy.context.object.data.materials.append(lamp)


def build(bench: Any) -> ObjectSpec:
    slab("case", SIZE, 0.075, DEEP, 0.03, plastic("shell", (1, 1, 1), 0.4), turns=20)
    camera_window()
    for y, long in ((0.16, 0.07), (0.05, 0.07)):
        button = slab("button", (0.012, long), 0.005, DEEP * 0.62, 0.004, bpy.data.materials["shell"], printed=False)
        button.location = (-SIZE[0] / 2 - 0.001, y, 0.0)
    return ObjectSpec(
        id="object-phone-case",
        title="Phone case",
        keywords=("phone-case", "phone case", "phone", "case", "iphone", "smartphone", "mobile", "cover case"),
        pose="lying",
        body=("shell",),
        printed=("case",),
        sheet=SIZE,
        areas=(
            PrintArea("front", (0.08, 0.3, 0.92, 0.94)),
            PrintArea("wrap", (0.0, 0.0, 1.0, 1.0)),
        ),
        colour="#e9e6e1",
        material="silicone",
        stages=("concrete-top", "linen-top"),
        effects=("print", "uv", "emboss", "foil"),
    )
