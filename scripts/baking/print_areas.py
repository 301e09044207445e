"""What a mock-up object tells the harness: its re-colourable materials, its print sheet and the areas on it.

Never imports bpy: the values alone, so that they can be read and tested without the renderer.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.baking.spec import PLATE_SIZE

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class PrintArea:
    """A named rectangle of the print sheet. `rect` is (u0, v0, u1, v1) in 0..1, u to the right, v DOWN from the top."""

    name: str
    rect: tuple[float, float, float, float]


@dataclass(frozen=True)
class ObjectSpec:
    """One mock-up object as built in the scene, ready to be rendered by object_bench.render_object.

    The print sheet is the UV map called "print" (u right, v up, as Blender has it) of the meshes in `printed`;
    faces that carry no print have UVs outside 0..1 there. `sheet` is the sheet's size in units, so that designs keep
    their proportions. Every Principled material named in `body` takes the object's colour: what feeds its base colour
    counts as a grey variation of it. All other Principled materials keep their own colours.
    `pose`: "standing" (eye level, foot on z = 0 at the origin), "lying" or "hanging" (both modelled lying on z = 0 and
    seen straight from above, top of the picture towards +y). `stock` is the linear albedo of the unprinted sheet
    (label paper) where that is not the body's colour.
    """

    id: str
    title: str
    keywords: tuple[str, ...]
    pose: str
    body: tuple[str, ...]
    printed: tuple[str, ...]
    sheet: tuple[float, float]
    areas: tuple[PrintArea, ...]
    colour: str = "#f4f2ee"
    material: str = ""
    stock: tuple[float, float, float] | None = None
    stages: tuple[str, ...] = ()
    view: str = "front"
    eye: Vector = (0.0, -5.4, 1.25)
    aim: Vector = (0.0, 0.0, 0.5)
    longest: int = 1200
    samples: int = 16
    effects: tuple[str, ...] = ("print", "uv", "foil")

    def bake(self, bench: Any, folder: Path, size: tuple[int, int], samples: int) -> None:
        """Render this view of the object that `bench` holds into `folder`; the full plate size stands for `longest`."""
        from scripts.baking.object_bench import render_object

        render_object(self, folder, round(self.longest * size[0] / PLATE_SIZE[0]), samples)
