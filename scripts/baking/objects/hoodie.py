"""The hoodie: brushed fleece with a raised hood, kangaroo pocket, cords and ribbed ends, draped on a form; hangs."""

import math
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from scripts.baking import cloth, pattern, weave
from scripts.baking.cloth import Worn
from scripts.baking.mannequin import keyed, loft, mannequin
from scripts.baking.materials import principled
from scripts.baking.pattern import Edge, Sheet, curve
from scripts.baking.print_areas import ObjectSpec, PrintArea

TOP, HEM = 0.30, -0.72  # how high the hood and how low the hem reach, metres from the shoulder
SCALE = 1 / (TOP - HEM)
TILT, REST = math.radians(4), 0.15
SLOPE = math.radians(47)
NECK = (0.115, 0.02)
POINT = (0.098, 0.0)
RIB, CUFF = 0.062, 0.068
BOX = (-0.72, -0.74, 0.72, 0.02)
HOOD = (-0.03, -0.01, 0.31, 0.40)
IRON = (4, 0.45)
FLEECE = cloth.Fabric(mass=0.4, tension=22, compression=18, shear=10, bending=0.5, damping=8, air=1.2, friction=5)
ARM = (
    (-0.05, 0.012),
    (-0.042, 0.03),
    (-0.025, 0.045),
    (0, 0.055),
    (0.1, 0.06),
    (0.27, 0.052),
    (0.45, 0.045),
    (0.6, 0.034),
    (0.72, 0.03),
)


def sleeve() -> np.ndarray:
    """Corners of the right sleeve (4, 2): shoulder, cuff above, cuff below, armpit."""
    along = np.array([math.cos(SLOPE), -math.sin(SLOPE)])
    down = np.array([-math.sin(SLOPE), -math.cos(SLOPE)])
    top = np.array([0.238, -0.05])
    cuff = top + 0.60 * along
    return np.array([top, cuff, cuff + 0.092 * down, (0.272, -0.30)])


def panel(neck: float) -> list[Edge]:
    """Front or back with half the sleeves; the hood is sewn to its neck later."""
    top, cuff, below, pit = (tuple(p) for p in sleeve())
    bend = (pit[0] + 0.02, pit[1] - 0.012)
    elbow = (below[0] - 0.07, below[1] + 0.035)
    half = [
        Edge("neck", curve((0, -neck), (0.055, -neck), (0.094, -neck * 0.6), POINT), False),
        Edge("shoulder", curve(POINT, top), True),
        Edge("sleeve", curve(top, (top[0] + 0.09, top[1] - 0.07), cuff), True),
        Edge("cuff", curve(cuff, below), False),
        Edge("under", curve(below, elbow, bend, (pit[0] - 0.002, pit[1] - 0.06)), True),
        Edge("side", curve((pit[0] - 0.002, pit[1] - 0.06), (0.268, HEM)), True),
        Edge("hem", curve((0.268, HEM), (0, HEM)), False),
    ]
    return pattern.mirrored(half)


def gathered(sheet: Sheet) -> np.ndarray:
    """The unstrained shape (n, 3): ribbed hem and cuffs are knitted narrower than what is sewn to them."""
    rest = sheet.verts.copy()
    hem = np.clip((HEM + RIB - 0.005 - sheet.flat[:, 1]) / 0.012, 0, 1) * (abs(sheet.flat[:, 0]) < 0.28)
    rest[:, 0] *= 1 - 0.30 * hem
    _, cuff, below, _ = sleeve()
    half = np.stack([abs(sheet.flat[:, 0]), sheet.flat[:, 1]], 1)
    along = np.array([math.cos(SLOPE), -math.sin(SLOPE)])
    across = (below - cuff) / np.linalg.norm(below - cuff)
    ends = np.clip(((half - cuff) @ along + CUFF) / 0.012, 0, 1) * (half[:, 0] > 0.4)
    shift = -0.24 * ends * ((half - (cuff + below) / 2) @ across)
    rest[:, 0] += np.sign(sheet.flat[:, 0]) * shift * across[0]
    rest[:, 2] += shift * across[1]
    return rest


def draped() -> tuple[Sheet, np.ndarray]:
    """The body without its hood."""
    mannequin(42.5, 71, ARM, lowered=50, stout=1.28)
    sheet = pattern.sewn(panel(NECK[0]), panel(NECK[1]), 0.0135, 0.02)
    body = cloth.mesh_object("body", sheet.verts, sheet.faces)
    where = cloth.drape(body, FLEECE, 66, rest=gathered(sheet), self_contact=False, quality=5)
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    return sheet, cloth.ironed(where, sheet.faces, *IRON)


def hood_panel() -> list[Edge]:
    """One side of the hood: x runs from the face to the nape, z up; neck edge below, face edge left open."""
    return [
        Edge("face", curve((-0.015, 0.355), (-0.02, 0.2), (0, 0)), False),
        Edge("neck", curve((0, 0), (0.13, -0.008), (0.262, 0)), False),
        Edge("crown", curve((0.262, 0), (0.30, 0.10), (0.30, 0.36), (0.16, 0.40), (-0.015, 0.355)), True),
    ]


def collar(worn: Worn) -> list[np.ndarray]:
    """Where the hood's neck edge is sewn (n, 3): from the throat to the nape, left (x < 0) and right."""
    front, back = (panel(neck)[0].points for neck in NECK)
    sides = []
    for side in (-1, 1):
        throat = worn.at(front * [side, 1], 0)
        nape = worn.at(back[::-1] * [side, 1], 1)
        path = np.concatenate([throat, nape[1:]])
        run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        at = np.linspace(0, run[-1], 200)
        sides.append(np.stack([np.interp(at, run, path[:, k]) for k in range(3)], 1))
    return sides


def hooded(worn: Worn) -> tuple[Sheet, np.ndarray]:
    """The hood, sewn to the neck and draped over a head that is taken away again."""
    sheet = pattern.sewn(hood_panel(), hood_panel(), 0.0115, 0.02)
    sheet = replace(sheet, faces=sheet.faces[:, ::-1])
    seams = collar(worn)
    start = np.stack([sheet.verts[:, 1], sheet.flat[:, 0] - 0.10, sheet.flat[:, 1] + 0.0], 1)
    lowest = np.clip(1 - sheet.flat[:, 1] / 0.11, 0, 1)
    place = np.clip(sheet.flat[:, 0] / 0.262, 0, 1)
    side = (sheet.verts[:, 1] > 0).astype(int)
    target = np.stack([seams[s][int(p * 199)] for s, p in zip(side, place, strict=True)])
    target[:, 2] += np.maximum(sheet.flat[:, 1], 0)
    start = start + (lowest**1.5)[:, None] * (target - start)
    pinned = (sheet.flat[:, 1] < 0.004).astype(float) * (sheet.flat[:, 0] > -0.002)
    rows = [(-0.14, 0.02, 0.02), (-0.12, 0.05, 0.06), (-0.05, 0.082, 0.105), (0.03, 0.088, 0.115), (0.1, 0.07, 0.09)]
    rows += [(0.14, 0.035, 0.045)]
    head = cloth.mesh_object("head", *loft([(z + 0.165, wide, deep, 0.035) for z, wide, deep in rows], 32, 2.0))
    keyed(head, "scale", 0, (1, 0.15), (20, 1.0))
    cloth.solid(head, 10)
    hood = cloth.mesh_object("hood", start, sheet.faces)
    rest = np.stack([sheet.verts[:, 1], sheet.flat[:, 0], sheet.flat[:, 1]], 1)
    where = cloth.drape(hood, FLEECE, 40, pinned=pinned, rest=rest, self_contact=False, quality=5)
    for thing in (head, hood):
        bpy.data.objects.remove(thing)
    return sheet, cloth.ironed(where, sheet.faces, *IRON)


def laid(where: np.ndarray, turned: bool = False) -> np.ndarray:
    """From the form's metres to the scene: on z = 0 with the front (turned: the back) up, one unit from hood to hem."""
    x, y, z = (where * ([-1, -1, 1] if turned else [1, 1, 1])).T
    up, out = z - (TOP + HEM) / 2, REST - y
    c, s = math.cos(TILT), math.sin(TILT)
    return np.stack([x, up * c - out * s, up * s + out * c + 0.03], 1) * SCALE


def finishes(neck: float) -> list[weave.Hem]:
    """Ribs, armholes and the hood's seam of one panel."""
    top, cuff, below, pit = sleeve()
    spare = (cuff - below) * 0.3
    return [
        weave.Hem(curve(tuple(top), (0.205, -0.15), (0.215, -0.24), tuple(pit)), 0.0, (0.004, 0.009), thick=0),
        weave.Hem(panel(neck)[0].points[::-1], 0.0, (0.005, 0.010), thick=0),
        weave.Hem(curve((0.32, HEM), (-0.01, HEM)), RIB, (RIB + 0.004,), rib=0.0055, thick=0.001, pucker=0.0009),
        weave.Hem(
            np.stack([cuff + spare, below - spare]), CUFF, (CUFF + 0.004,), rib=0.005, thick=0.001, pucker=0.0009
        ),
    ]


def pocket(worn: Worn, stuff: Any) -> Any:
    """The kangaroo pocket: a patch that stands off the front at its two slanted openings."""
    low, high, wide, narrow = HEM + RIB + 0.004, -0.44, 0.165, 0.105
    half = [
        Edge("top", curve((0, high), (narrow, high)), True),
        Edge("mouth", curve((narrow, high), (wide - 0.015, high - 0.075), (wide, high - 0.135)), False),
        Edge("side", curve((wide, high - 0.135), (wide, low)), True),
        Edge("bottom", curve((wide, low), (0, low)), True),
    ]
    edges = pattern.mirrored(half)
    flat, faces, _ = pattern.triangulated(edges, 0.011)
    sewn = np.min([pattern.distance(flat, e.points)[0] for e in edges if e.sewn], 0)
    rise = 0.0022 + 0.010 * (1 - np.exp(-sewn / 0.05))
    places = np.stack([worn.at(flat[k : k + 1], 0, lift=rise[k])[0] for k in range(len(flat))])
    turn = np.cross(flat[faces[:, 1]] - flat[faces[:, 0]], flat[faces[:, 2]] - flat[faces[:, 0]])
    faces = np.where((turn < 0)[:, None], faces[:, ::-1], faces)
    made = cloth.mesh_object("pocket", laid(places), faces)
    dress(made, flat, np.zeros(len(faces), int), stuff)
    return made


def dress(thing: Any, flat: np.ndarray, panels: np.ndarray, stuff: Any, turned: bool = False) -> None:
    """Pattern and print coordinates, material, thickness and smoothing of a part cut from the body's pattern."""
    left, bottom, right, top = BOX
    weave.pattern_uv(thing, flat, panels, BOX, 2)
    share = (flat * [-1 if turned else 1, 1] - [left, bottom]) / [right - left, top - bottom]
    cloth.add_uv(thing, "print", share, only=panels == int(turned))
    finish(thing, stuff)


def finish(thing: Any, stuff: Any) -> None:
    """Material, thickness and smoothing."""
    thing.data.materials.append(stuff)
    thick = thing.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.003 * SCALE, -1
    fine = thing.modifiers.new("smooth", "SUBSURF")
    fine.levels = fine.render_levels = 1


def strings(worn: Worn) -> None:
    """Two cords that come out of eyelets at the throat and hang down the chest, each ending in a metal tip."""
    fleck = weave.Weave(grain=(0.0008, 0.0008), relief=0.00025, thread=0.002, mottle=0.05, sheen=0.1)
    stuff = weave.cloth_material("cord", fleck, weave.painted((0, 0, 0.03, 0.3), fleck, [[]]), SCALE)
    metal, _, _ = principled("metal", (0.62, 0.61, 0.6), 0.28, metallic=1.0)
    for side, length, sway in ((-1, 0.165, 0.006), (1, 0.150, -0.004)):
        t = np.linspace(0, 1, 36)
        x = side * (0.022 + 0.022 * t**0.6) + sway * np.sin(3 * t)
        flat = np.stack([x, -0.114 - length * t], 1)
        path = worn.at(flat, 0, lift=0.0048)
        path[:, 1] = np.minimum(path[:, 1], np.minimum.accumulate(path[:, 1]) + 0.002)
        made, sheet = cloth.cord("string", laid(path), 0.0032 * SCALE)
        weave.pattern_uv(made, sheet / SCALE, np.zeros(len(made.data.polygons), int), (0, 0, 0.03, 0.3), 1)
        made.data.materials.append(stuff)
        end = path[-1] + np.linspace(0, 0.024, 6)[:, None] * np.array([0, 0, -1])
        tip, _ = cloth.cord("tip", laid(end), 0.0036 * SCALE, around=12)
        tip.data.materials.append(metal)


def build(bench: Any) -> ObjectSpec:
    """The front, for the scene."""
    assembled(turned=False)
    return described(
        "front",
        area("front", 0, -0.185, 0.27, 0.24),
        area("full-front", 0, -0.165, 0.32, 0.27),
        area("left-chest", 0.1, -0.19, 0.09, 0.09),
        printed=("hoodie", "pocket"),
    )


def build_back(bench: Any) -> ObjectSpec:
    """The same hoodie from behind."""
    assembled(turned=True)
    return described(
        "back", area("back", 0, -0.16, 0.32, 0.40), area("full-front", 0, -0.13, 0.36, 0.48), printed=("hoodie",)
    )


SCENES = {"hoodie-back": build_back}


def assembled(turned: bool) -> None:
    """The hoodie as meshes, its print sheet on the panel that faces the camera."""
    sheet, where = cloth.kept(__file__, draped)
    worn = Worn(sheet, where)
    fleece = weave.Weave(grain=(0.0012, 0.0018), relief=0.0002, crumple=0.00012, mottle=0.03, sheen=0.2, roughness=0.9)
    painting = weave.painted(BOX, fleece, [finishes(neck) for neck in NECK], 0.0008)
    stuff = weave.cloth_material("fleece", fleece, painting, SCALE)
    body = cloth.mesh_object("hoodie", laid(where, turned), sheet.faces)
    dress(body, sheet.flat, sheet.panel_of_faces(), stuff, turned)
    hood, raised = cloth.kept(__file__, lambda: hooded(worn), "hood")
    raised = raised - np.where(hood.flat[:, 1:] < 0.006, [0, 0, 0.011], 0)  # the seam lies inside the neck
    shell = cloth.mesh_object("hood", laid(raised, turned), hood.faces)
    weave.pattern_uv(shell, hood.flat, hood.panel_of_faces(), HOOD, 2)
    face, _, crown = hood_panel()
    hems = [
        weave.Hem(face.points, 0.024, (0.0215,), thick=0.0012, twin=False),
        weave.Hem(crown.points, 0.0, (0.005,), thick=0, twin=False),
    ]
    finish(shell, weave.cloth_material("hood", fleece, weave.painted(HOOD, fleece, [hems, hems], 0.0008), SCALE))
    if not turned:
        pocket(worn, stuff)
        strings(worn)


def area(name: str, x: float, z: float, wide: float, high: float) -> PrintArea:
    """A print area by the middle of its upper edge and its size on the pattern, metres."""
    left, bottom, right, top = BOX
    u, v = (x - left) / (right - left), (top - z) / (top - bottom)
    w, h = wide / (right - left) / 2, high / (top - bottom)
    return PrintArea(name, (u - w, v, u + w, v + h))


def described(view: str, *areas: PrintArea, printed: tuple[str, ...]) -> ObjectSpec:
    """What the harness is told of one view."""
    left, bottom, right, top = BOX
    return ObjectSpec(
        id="object-hoodie",
        title="Hoodie",
        keywords=("hoodie", "hooded sweatshirt", "sweatshirt", "hoody", "jumper", "pullover"),
        pose="hanging",
        body=("fleece", "hood", "cord"),
        printed=printed,
        sheet=((right - left) * SCALE, (top - bottom) * SCALE),
        areas=(*areas, PrintArea("wrap", (0, 0, 1, 1))),
        view=view,
        material="cotton fleece",
        longest=1000,
        samples=8,
        effects=("print", "embroidery", "foil"),
    )
