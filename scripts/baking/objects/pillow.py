"""The cushion: two squares of heavy cotton with piped seams, blown up by its filling and stood upright on its edge."""

import math
from typing import Any

import bpy
import numpy as np

from scripts.baking import cloth, pattern, weave
from scripts.baking.cloth import Worn
from scripts.baking.pattern import Edge, Sheet, curve
from scripts.baking.print_areas import ObjectSpec, PrintArea

SIDE, ROUND, TAPER, PIPE = 0.47, 0.04, 0.007, 0.0036
SCALE = 1 / 0.43
BOX = (-SIDE / 2, -SIDE / 2, SIDE / 2, SIDE / 2)
IRON = (3, 0.6)
LEAN = math.radians(9)
FLOOR = -0.2  # where the ground meets the blown shape
COTTON = cloth.Fabric(mass=0.3, tension=30, compression=12, shear=12, bending=0.5, damping=12, air=3.0)


def panel() -> list[Edge]:
    """Front or back, sewn around, tapered towards the corners so that they do not stick out like ears."""
    h, inner, out = SIDE / 2, SIDE / 2 - ROUND, SIDE / 2 - TAPER
    half = [
        Edge("top", curve((0, h), (inner * 0.55, h), (inner, out)), True),
        Edge("corner", curve((inner, out), (out, out), (out, inner), steps=12), True),
        Edge("side", curve((out, inner), (h, inner * 0.55), (h, 0), steps=24), True),
        Edge("side", curve((h, 0), (h, -inner * 0.55), (out, -inner), steps=24), True),
        Edge("corner", curve((out, -inner), (out, -out), (inner, -out), steps=12), True),
        Edge("bottom", curve((inner, -out), (inner * 0.55, -h), (0, -h)), True),
    ]
    return pattern.mirrored(half)


def draped() -> tuple[Sheet, np.ndarray]:
    """The cushion blown up in free air."""
    sheet = pattern.sewn(panel(), panel(), 0.0095, 0.012)
    skin = cloth.mesh_object("skin", sheet.verts, sheet.faces)
    where = cloth.drape(skin, COTTON, 45, pressure=5.0, gravity=0.0, self_contact=False, quality=6)
    bpy.data.objects.remove(skin)
    return sheet, cloth.ironed(where, sheet.faces, *IRON)


def lumps(where: np.ndarray, seed: int = 4) -> np.ndarray:
    """A filling that is not quite even: a few broad waves of the depth (n,)."""
    rng = np.random.default_rng(seed)
    out = np.zeros(len(where))
    for _ in range(9):
        way = rng.normal(0, 13, 2)
        out += np.sin(where[:, [0, 2]] @ way + rng.uniform(0, 6)) / 9
    return out


def stood(where: np.ndarray) -> np.ndarray:
    """From the blown shape to the scene: filling sunk a little, the lower edge pressed on the ground, leaning back."""
    x, y, z = where.T
    reach = SIDE / 2
    sunk = 1 + 0.16 * np.clip(-z / reach, -1, 1) + 0.10 * lumps(where)
    y = y * sunk
    z = z - 0.012 * (1 - (x / reach) ** 2) * (0.5 + z / reach / 2)
    c, s = math.cos(LEAN), math.sin(LEAN)
    y, z = y * c + z * s, z * c - y * s
    soft = 0.010
    return np.stack([x, y, soft * np.logaddexp(0, (z - FLOOR) / soft)], -1) * SCALE


def piping(worn: Worn) -> Any:
    """The cord in the seam."""
    ring = np.concatenate([pattern.spaced(edge.points, 0.006)[:-1] for edge in panel()])
    path = stood(worn.at(ring * 0.9985, 0))
    path = path + 0.5 * PIPE * SCALE * path_outward(path)
    made, flat = cloth.cord("piping", path, PIPE * SCALE, closed=True)
    weave.pattern_uv(made, flat / SCALE, np.zeros(len(made.data.polygons), int), (0, 0, 0.03, 0.3), 1)
    return made


def path_outward(path: np.ndarray) -> np.ndarray:
    """Unit vectors (n, 3) away from the middle of a ring."""
    away = path - path.mean(0)
    return np.asarray(away / np.linalg.norm(away, axis=1)[:, None])


def build(bench: Any) -> ObjectSpec:
    """Stand the cushion in the scene."""
    sheet, where = cloth.kept(__file__, draped)
    worn = Worn(sheet, where)
    skin = cloth.mesh_object("cushion", stood(where), sheet.faces)
    threads = weave.Weave(
        grain=(0.0005, 0.0012), relief=0.00015, thread=0.0009, mottle=0.04, sheen=0.10, roughness=0.88, specular=0.2
    )
    weave.pattern_uv(skin, sheet.flat, sheet.panel_of_faces(), BOX, 2)
    cloth.add_uv(skin, "print", sheet.flat / SIDE + 0.5, only=sheet.panel_of_faces() == 0)
    edges = [weave.Hem(edge.points, 0.0, (), thick=0, pucker=0.0009, twin=False) for edge in panel()]
    stuff = weave.cloth_material("cotton", threads, weave.painted(BOX, threads, [edges, edges]), SCALE)
    skin.data.materials.append(stuff)
    fine = skin.modifiers.new("smooth", "SUBSURF")
    fine.levels = fine.render_levels = 1
    cord = weave.cloth_material("cord", threads, weave.painted((0, 0, 0.03, 0.3), threads, [[]]), SCALE)
    piping(worn).data.materials.append(cord)
    return ObjectSpec(
        id="object-pillow",
        title="Cushion",
        keywords=("pillow", "cushion", "throw pillow", "cushion cover", "kissen"),
        pose="standing",
        body=("cotton", "cord"),
        printed=("cushion",),
        sheet=(SIDE * SCALE, SIDE * SCALE),
        areas=(
            PrintArea("front", (0.2, 0.2, 0.8, 0.8)),
            PrintArea("full-front", (0.03, 0.03, 0.97, 0.97)),
            PrintArea("wrap", (0, 0, 1, 1)),
        ),
        colour="#f1ede5",
        material="cotton",
        stages=("fabric", "wood", "luxury-interior"),
        longest=1000,
        samples=8,
        effects=("print", "embroidery", "foil"),
        eye=(0.0, -5.4, 1.1),
        aim=(0.0, 0.0, 0.45),
    )
