"""The T-shirt: jersey, crew neck with a ribbed band, draped on a form that is taken away; hangs facing the camera."""

import math
from typing import Any

import bpy
import numpy as np

from scripts.baking import cloth, pattern, weave
from scripts.baking.cloth import Worn
from scripts.baking.mannequin import mannequin
from scripts.baking.pattern import Edge, Sheet, curve
from scripts.baking.print_areas import ObjectSpec, PrintArea

HEIGHT = 0.72  # metres, from the shoulder's highest point to the hem
SCALE = 1 / HEIGHT
SLOPE = math.radians(33)  # of the laid sleeve below the horizontal
BAND = 0.019
TILT = math.radians(6)  # the top leans towards the camera, which so looks into the neck
NECK = (0.108, 0.006)  # how deep the neckline is cut, front and back
IRON = (9, 0.2)
REST = 0.13  # how far the back lies behind the middle of the form
SHEET = (-0.42, -0.74, 0.42, 0.02)  # the print sheet in the pattern: left, bottom, right, top
JERSEY = cloth.Fabric(mass=0.2, tension=20, compression=15, shear=8, bending=0.06, damping=6, air=1.2, friction=5)
SOFT = cloth.Fabric(mass=0.2, tension=20, compression=15, shear=6, bending=0.03, damping=5, air=1.0, friction=5)
ARM = ((-0.05, 0.012), (-0.042, 0.03), (-0.025, 0.043), (0, 0.05), (0.1, 0.053), (0.25, 0.048), (0.34, 0.04))


def sleeve() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of the right sleeve in the pattern: at the shoulder, at the cuff above and below."""
    along = np.array([math.cos(SLOPE), -math.sin(SLOPE)])
    top = np.array([0.225, -0.045])
    cuff = top + 0.20 * along
    return top, cuff, cuff + 0.17 * np.array([-math.sin(SLOPE), -math.cos(SLOPE)])


def panel(neck: float) -> list[Edge]:
    """One panel with its half sleeves; `neck` is how deep the neckline is cut."""
    top, cuff, below = sleeve()
    point = (0.074, 0.004)
    half = [
        Edge("neck", curve((0, -neck), (0.042, -neck), (0.072, -neck * 0.62), point), False),
        Edge("shoulder", curve(point, tuple(top)), True),
        Edge("sleeve", curve(tuple(top), (top[0] + 0.029, top[1] - 0.01), tuple(cuff)), True),
        Edge("cuff", curve(tuple(cuff), tuple(below)), False),
        Edge("under", curve(tuple(below), (0.258, -0.25), (0.252, -0.26), (0.249, -0.31)), True),
        Edge("side", curve((0.249, -0.31), (0.245, -0.705)), True),
        Edge("hem", curve((0.245, -0.705), (0.12, -0.715), (0, -0.715)), False),
    ]
    return pattern.mirrored(half)


def cut(pitch: float) -> Sheet:
    """Front and back, sewn, with triangles of about `pitch` metres."""
    return pattern.sewn(panel(NECK[0]), panel(NECK[1]), pitch, 0.02)


def draped() -> tuple[Sheet, np.ndarray]:
    """The shirt as it hangs: draped coarsely on the swelling form, then again in fine triangles for the wrinkles."""
    mannequin(math.degrees(SLOPE), 58, ARM)
    coarse = cut(0.012)
    first = cloth.mesh_object("coarse", coarse.verts, coarse.faces)
    worn = Worn(coarse, cloth.drape(first, JERSEY, 70, self_contact=False, quality=5))
    bpy.data.objects.remove(first)
    fine = cut(0.0075)
    second = cloth.mesh_object("fine", worn.onto(fine), fine.faces)
    where = cloth.drape(second, SOFT, 9, quality=4, first=71, rest=fine.verts, self_contact=False)
    where = cloth.ironed(where, fine.faces, *IRON)
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    return fine, where


def finishes(neck: float) -> list[weave.Hem]:
    """Neck band, hems and armhole of one panel whose neckline is `neck` deep."""
    top, cuff, below = sleeve()
    line = panel(neck)[0].points[::-1]
    return [
        weave.Hem(curve(tuple(top), (0.198, -0.13), (0.205, -0.20), (0.2545, -0.25)), 0.0, (0.004,), thick=0.0),
        weave.Hem(curve((0.30, -0.701), (0.245, -0.705), (0.12, -0.715), (0, -0.715)), 0.024, (0.0165, 0.0225)),
        weave.Hem(np.stack([cuff + (cuff - below) * 0.2, below + (below - cuff) * 0.2]), 0.022, (0.015, 0.0205)),
        weave.Hem(line, BAND, (BAND + 0.0025, BAND + 0.0085), rib=0.0028, thick=0.0009, pucker=0.0003),
    ]


def laid(where: np.ndarray, turned: bool = False) -> np.ndarray:
    """From the form's metres to the scene: on z = 0, front (turned: back) up, the top towards +y, one unit tall."""
    x, y, z = (where * ([-1, -1, 1] if turned else [1, 1, 1])).T
    up, out = z + HEIGHT / 2, REST - y
    c, s = math.cos(TILT), math.sin(TILT)
    return np.stack([x, up * c - out * s, up * s + out * c + 0.03], 1) * SCALE


def label(worn: Worn) -> Any:
    """A blank woven label inside the neck."""
    across, down = np.meshgrid(np.linspace(-0.019, 0.019, 9), np.linspace(-0.030, -0.056, 8))
    flat = np.stack([across.ravel(), down.ravel()], 1)
    faces = [(r * 9 + k, r * 9 + k + 1, (r + 1) * 9 + k + 1, (r + 1) * 9 + k) for r in range(7) for k in range(8)]
    made = cloth.mesh_object("label", laid(worn.at(flat, 1, lift=-0.0022)), faces)
    satin = weave.Weave(mottle=0.02, thread=0.0005, sheen=0.05)
    edge = weave.Hem(curve((-0.019, -0.056), (0.019, -0.056)), 0.0, (0.0015,), thick=0.0, pucker=0, twin=False)
    box = (-0.019, -0.056, 0.019, -0.030)
    weave.pattern_uv(made, flat, np.zeros(len(faces), int), box, 1)
    made.data.materials.append(weave.cloth_material("label", satin, weave.painted(box, satin, [[edge]]), SCALE, 0.7))
    made.modifiers.new("thick", "SOLIDIFY").thickness = 0.0003 * SCALE
    return made


def build(bench: Any) -> ObjectSpec:
    """The front, for the scene."""
    assembled(turned=False)
    return described(
        "front",
        area("front", 0, -0.185, 0.29, 0.36),
        area("full-front", 0, -0.15, 0.36, 0.50),
        area("left-chest", 0.095, -0.185, 0.09, 0.09),
        area("sleeve", 0.305, -0.13, 0.075, 0.075),
    )


def build_back(bench: Any) -> ObjectSpec:
    """The same shirt from behind."""
    assembled(turned=True)
    return described("back", area("back", 0, -0.10, 0.32, 0.42), area("full-front", 0, -0.07, 0.37, 0.54))


SCENES = {"tshirt-back": build_back}


def assembled(turned: bool) -> None:
    """The shirt as meshes, its print sheet on the panel that faces the camera."""
    sheet, where = cloth.kept(__file__, draped)
    shirt = cloth.mesh_object("shirt", laid(where, turned), sheet.faces)
    weave.pattern_uv(shirt, sheet.flat, sheet.panel_of_faces(), SHEET, 2)
    left, bottom, right, top = SHEET
    share = (sheet.flat * [-1 if turned else 1, 1] - [left, bottom]) / [right - left, top - bottom]
    cloth.add_uv(shirt, "print", share, only=sheet.panel_of_faces() == int(turned))
    knit = weave.Weave()
    painting = weave.painted(SHEET, knit, [finishes(neck) for neck in NECK])
    shirt.data.materials.append(weave.cloth_material("jersey", knit, painting, SCALE))
    thick = shirt.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0014 * SCALE, -1
    fine = shirt.modifiers.new("smooth", "SUBSURF")
    fine.levels = fine.render_levels = 1
    if not turned:
        label(Worn(sheet, where))


def area(name: str, x: float, z: float, wide: float, high: float) -> PrintArea:
    """A print area by the middle of its upper edge and its size on the pattern, metres."""
    left, bottom, right, top = SHEET
    u, v = (x - left) / (right - left), (top - z) / (top - bottom)
    w, h = wide / (right - left) / 2, high / (top - bottom)
    return PrintArea(name, (u - w, v, u + w, v + h))


def described(view: str, *areas: PrintArea) -> ObjectSpec:
    """What the harness is told of one view."""
    left, bottom, right, top = SHEET
    return ObjectSpec(
        id="object-tshirt",
        title="T-shirt",
        keywords=("tshirt", "t-shirt", "tee", "shirt", "jersey", "top"),
        pose="hanging",
        body=("jersey",),
        printed=("shirt",),
        sheet=((right - left) * SCALE, (top - bottom) * SCALE),
        areas=(*areas, PrintArea("wrap", (0, 0, 1, 1))),
        view=view,
        material="cotton jersey",
        longest=1000,
        samples=8,
        effects=("print", "embroidery", "foil"),
    )
