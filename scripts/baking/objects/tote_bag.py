"""The tote bag: plain-woven canvas with sewn straps, hung over a peg that is not shown; folds run from the straps."""

import math
from typing import Any

import bpy
import numpy as np

from scripts.baking import cloth, pattern, weave
from scripts.baking.cloth import Worn
from scripts.baking.pattern import Edge, Sheet, curve
from scripts.baking.print_areas import ObjectSpec, PrintArea

WIDTH, DEEP, DROP = 0.38, 0.41, 0.235  # bag, and how far above its edge the straps meet
SCALE = 1 / (DEEP + DROP)
BOX = (-WIDTH / 2, -DEEP, WIDTH / 2, 0.0)
STRAP, PATCH, APART = 0.027, 0.045, 0.1  # strap's width, length sewn to the bag, its distance from the middle
LENGTH = 0.64  # of a strap
IRON = (2, 0.7)
CANVAS = cloth.Fabric(mass=0.35, tension=40, compression=40, shear=25, bending=2.5, damping=10, air=1.0, friction=10)


def panel() -> list[Edge]:
    """Front or back: open at the top, sewn around."""
    wide = WIDTH / 2
    half = [
        Edge("top", curve((0, 0), (wide, 0)), False),
        Edge("side", curve((wide, 0), (wide, -DEEP + 0.02)), True),
        Edge("corner", curve((wide, -DEEP + 0.02), (wide, -DEEP), (wide - 0.02, -DEEP)), True),
        Edge("bottom", curve((wide - 0.02, -DEEP), (0, -DEEP)), True),
    ]
    return pattern.mirrored(half)


def draped() -> tuple[Sheet, np.ndarray]:
    """The bag hanging from its four straps, which pull a little inwards; some air keeps its sides apart."""
    sheet = pattern.sewn(panel(), panel(), 0.0095, 0.012)
    x, z = sheet.flat.T
    pinned = ((abs(abs(x) - APART) < STRAP / 2) & (z > -PATCH + 0.01)).astype(float)
    start = sheet.verts.copy()
    start[:, 0] *= 1 - 0.14 * pinned
    start[:, 1] *= 1 + 0.7 * pinned
    bag = cloth.mesh_object("bag", start, sheet.faces)
    where = cloth.drape(bag, CANVAS, 40, pressure=0.35, pinned=pinned, rest=sheet.verts, self_contact=False, quality=5)
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    return sheet, cloth.ironed(where, sheet.faces, *IRON)


def laid(where: np.ndarray) -> np.ndarray:
    """From the bag's metres to the scene: lying on z = 0 with the front up, one unit from bottom to peg."""
    x, y, z = where.T
    return np.stack([x, z + (DEEP - DROP) / 2, 0.055 - y], -1) * SCALE


def strap(worn: Worn, side: int) -> Any:
    """One strap, from its patch on the bag over the peg to the other patch; side 0 is the front."""
    across = np.linspace(-STRAP / 2, STRAP / 2, 7)
    rows = []
    for z in np.linspace(-PATCH, 0, 9):
        rows.append(worn.at(np.stack([-APART + across, np.full(7, z)], 1), side, lift=0.0016))
    edge = rows[-1].mean(0)
    peg = np.array([0, (-0.016, 0.016)[side], DROP - 0.012 + 0.003 * side])
    lead = np.array([-0.011, peg[1], peg[2]])
    wide = (rows[-1][-1] - rows[-1][0]) / STRAP
    for t in np.linspace(0, 1, 30)[1:]:
        bow = np.array([-0.012 * math.sin(math.pi * t), 0, 0])
        middle = edge + (lead - edge) * t + bow
        turn = math.pi / 2 * (t * t * (3 - 2 * t))
        way = wide * math.cos(turn) + np.array([0, 1, 0]) * math.sin(turn)
        rows.append(middle + across[:, None] * way / np.linalg.norm(way))
    for angle in np.linspace(math.pi, math.pi / 2, 8)[1:]:
        middle = peg + 0.011 * np.array([math.cos(angle), 0, math.sin(angle)])
        rows.append(middle + across[:, None] * np.array([0, 1, 0]))
    over = [row * [-1, 1, 1] for row in rows[-2:8:-1]]
    down = [worn.at(np.stack([APART - across, np.full(7, z)], 1), side, lift=0.0016) for z in np.linspace(0, -PATCH, 9)]
    offset = down[0] - over[-1]
    fade = np.linspace(0, 1, len(over)) ** 3
    over = [row + share * offset for row, share in zip(over, fade, strict=True)]
    rows += over[:-1] + down
    return ribbon("strap", np.array(rows), side)


def ribbon(name: str, rows: np.ndarray, side: int) -> Any:
    """A strip mesh from rows of points (n, 7, 3), with its own painting's coordinates."""
    count, width = rows.shape[:2]
    faces = [
        (r * width + k, r * width + k + 1, (r + 1) * width + k + 1, (r + 1) * width + k)
        for r in range(count - 1)
        for k in range(width - 1)
    ]
    made = cloth.mesh_object(name, laid(rows.reshape(-1, 3)), faces)
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(rows.mean(1), axis=0), axis=1))])
    run = run / run[-1] * LENGTH
    flat = np.stack([np.tile(np.linspace(-STRAP / 2, STRAP / 2, width), count), np.repeat(run, width)], 1)
    weave.pattern_uv(made, flat, np.zeros(len(faces), int), (-STRAP / 2, 0, STRAP / 2, LENGTH), 1)
    thick = made.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0022 * SCALE, 0
    made.modifiers.new("smooth", "SUBSURF").render_levels = 1
    return made


def webbing(threads: weave.Weave) -> Any:
    """The strap's material: stitched along both edges, a crossed box where it is sewn on."""
    edge, inner = STRAP / 2, STRAP / 2 - 0.004
    long = weave.Hem(curve((edge, 0), (edge, LENGTH)), 0.0, (0.0035,), thick=0, pucker=0.0002, stitch=0.003)
    hems = [long]
    for foot in (0.004, LENGTH - PATCH + 0.004):
        head = foot + PATCH - 0.008
        for line in (
            ((-inner, foot), (inner, head)),
            ((inner, foot), (-inner, head)),
            ((-inner, foot), (inner, foot)),
            ((-inner, head), (inner, head)),
        ):
            hems.append(weave.Hem(curve(*line), 0.0, (0.0,), thick=0, pucker=0, stitch=0.003, twin=False))
    painting = weave.painted((-edge, 0, edge, LENGTH), threads, [hems])
    return weave.cloth_material("webbing", threads, painting, SCALE)


def finishes() -> list[weave.Hem]:
    """The folded edge and the seams of one panel."""
    wide = WIDTH / 2
    return [
        weave.Hem(curve((wide, 0.02), (wide, -DEEP)), 0.0, (0.006,), thick=0, pucker=0.0006),
        weave.Hem(curve((wide, -DEEP), (-0.01, -DEEP)), 0.0, (0.006,), thick=0, pucker=0.0006),
        weave.Hem(curve((wide, 0), (-0.01, 0)), 0.028, (0.0025, 0.0255), thick=0.0006, pucker=0.0004),
    ]


def build(bench: Any) -> ObjectSpec:
    """Hang the bag in the scene."""
    sheet, where = cloth.kept(__file__, draped)
    bag = cloth.mesh_object("bag", laid(where), sheet.faces)
    threads = weave.Weave(
        grain=(0.0005, 0.0014), relief=0.00014, thread=0.0011, mottle=0.06, sheen=0.04, roughness=0.9, specular=0.2
    )
    weave.pattern_uv(bag, sheet.flat, sheet.panel_of_faces(), BOX, 2)
    share = (sheet.flat - [BOX[0], BOX[1]]) / [WIDTH, DEEP]
    cloth.add_uv(bag, "print", share, only=sheet.panel_of_faces() == 0)
    bag.data.materials.append(
        weave.cloth_material("canvas", threads, weave.painted(BOX, threads, [finishes(), finishes()]), SCALE)
    )
    thick = bag.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0016 * SCALE, -1
    fine = bag.modifiers.new("smooth", "SUBSURF")
    fine.levels = fine.render_levels = 1
    worn = Worn(sheet, where)
    stuff = webbing(threads)
    for side in (0, 1):
        strap(worn, side).data.materials.append(stuff)
    return ObjectSpec(
        id="object-tote-bag",
        title="Tote bag",
        keywords=("tote", "tote bag", "canvas bag", "shopper", "shopping bag", "cotton bag"),
        pose="hanging",
        body=("canvas", "webbing"),
        printed=("bag",),
        sheet=(WIDTH * SCALE, DEEP * SCALE),
        areas=(
            PrintArea("front", (0.13, 0.2, 0.87, 0.86)),
            PrintArea("full-front", (0.04, 0.1, 0.96, 0.96)),
            PrintArea("left-chest", (0.60, 0.18, 0.85, 0.41)),
            PrintArea("wrap", (0, 0, 1, 1)),
        ),
        colour="#e9e1cf",
        material="cotton canvas",
        longest=1000,
        samples=8,
        effects=("print", "embroidery", "foil"),
    )
