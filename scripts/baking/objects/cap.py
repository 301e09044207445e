"""The cap: six panels of twill over a stiff front, bent visor with rows of stitching, eyelets and a button; stands."""

import math
from typing import Any

import numpy as np

from scripts.baking import cloth, weave
from scripts.baking.pattern import curve
from scripts.baking.print_areas import ObjectSpec, PrintArea

WIDE, LONG, HIGH = 0.084, 0.100, 0.118  # half width, half depth and height of the crown, metres
SCALE = 1 / 0.15
ROUND = 0.092  # radius that turns an angle about the crown into a length of pattern
ARCH, VISOR, REACH = 0.020, 0.068, math.radians(72)
TURN = math.radians(-24)
CROWN = (-math.pi * ROUND, 0.0, math.pi * ROUND, 0.175)
BRIM = (-0.15, 0.0, 0.15, 1.0 * VISOR)
PRINT = (-0.095, 0.012, 0.095, 0.112)  # the print sheet in the crown's pattern


def crown_points(turns: np.ndarray, rises: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (rises, turns, 3) of the crown and their pattern place; turn 0 is the front, rise 0..1 rim to top."""
    turn, rise = np.meshgrid(turns, rises)
    front = np.clip(np.cos(turn), 0, 1) ** 1.5
    power = 2.25 + 0.75 * front
    angle = rise * math.pi / 2
    radius = np.cos(angle).clip(0, 1) ** (2 / power)
    height = HIGH * np.sin(angle) ** (2 / power)
    seam = np.abs(np.sin(3 * turn))
    puff = 1 + 0.014 * (seam**0.6 - 0.6) * np.sin(math.pi * rise.clip(0, 1)) ** 0.5
    slack = 0.0022 * (1 - front) * np.sin(5 * turn + 7 * rise) * np.sin(math.pi * rise)
    x = (WIDE * puff + slack) * radius * np.sin(turn)
    y = -(LONG * puff + slack) * radius * np.cos(turn)
    lift = ARCH * (1 - (np.sin(turn)) ** 2) * (np.cos(turn) > 0) * (1 - rise) ** 2
    tuck = 0.007 * (1 - rise) ** 30 * np.clip((np.cos(turn) - 0.17) / 0.15, 0, 1)  # down behind the visor
    places = np.stack([x, y, height + lift - tuck], 2)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=2)
    run = np.concatenate([np.zeros((1, len(turns))), np.cumsum(steps, 0)])
    return places, np.stack([turn * ROUND, run], 2)


def grid(name: str, places: np.ndarray, flat: np.ndarray, box: weave.Box) -> Any:
    """A mesh of a grid of places (rows, columns, 3) with the pattern's coordinates of the same shape."""
    rows, columns = places.shape[:2]
    faces = [
        (r * columns + k, r * columns + k + 1, (r + 1) * columns + k + 1, (r + 1) * columns + k)
        for r in range(rows - 1)
        for k in range(columns - 1)
    ]
    made = cloth.mesh_object(name, stood(places.reshape(-1, 3)), faces)
    weave.pattern_uv(made, flat.reshape(-1, 2), np.zeros(len(faces), int), box, 1)
    return made


def stood(places: np.ndarray) -> np.ndarray:
    """From the cap's metres to the scene, turned a little to one side."""
    c, s = math.cos(TURN), math.sin(TURN)
    x, y, z = places.T
    y = y + 0.03
    return np.stack([x * c - y * s, x * s + y * c, z + 0.003], 1) * SCALE


def finish(thing: Any, stuff: Any, thick: float) -> None:
    """Material, thickness and smoothing."""
    thing.data.materials.append(stuff)
    shell = thing.modifiers.new("thick", "SOLIDIFY")
    shell.thickness, shell.offset = thick * SCALE, -1
    fine = thing.modifiers.new("smooth", "SUBSURF")
    fine.levels = fine.render_levels = 1


def crown(twill: weave.Weave) -> Any:
    """The six panels, seams stitched on both sides."""
    turns = np.linspace(-math.pi, math.pi, 145)
    places, flat = crown_points(turns, np.linspace(0, 1, 44) ** 0.9)
    made = grid("crown", places, flat, CROWN)
    left, bottom, right, top = PRINT
    shown = np.abs(turns[:-1]) < math.radians(75)
    share = (flat.reshape(-1, 2) - [left, bottom]) / [right - left, top - bottom]
    cloth.add_uv(made, "print", share, only=np.tile(shown, 43))
    hems = [weave.Hem(curve((CROWN[0], 0), (CROWN[2], 0)), 0.0, (0.0045,), thick=0, pucker=0.0003, twin=False)]
    for seam in range(-3, 4):
        at = seam * math.pi / 3 * ROUND
        hems.append(weave.Hem(curve((at, 0), (at, 0.175)), 0.0, (0.0045,), thick=0, pucker=0.0003, twin=False))
    finish(made, weave.cloth_material("twill", twill, weave.painted(CROWN, twill, [hems]), SCALE), 0.002)
    return made


def visor(twill: weave.Weave) -> Any:
    """The visor: from the crown's rim outwards, its sides bent down."""
    along, out = np.meshgrid(np.linspace(-1, 1, 81), np.linspace(-0.14, 1, 24))
    base_x, base_y = WIDE * np.sin(along * REACH), -LONG * np.cos(along * REACH)
    side = -LONG * math.cos(REACH)
    tip_x = 0.093 * np.sin(along * math.pi / 2)
    tip_y = side - (LONG * (1 - math.cos(REACH)) + VISOR) * np.cos(along * math.pi / 2) ** 0.9
    x, y = base_x + (tip_x - base_x) * out, base_y + (tip_y - base_y) * out
    reach = out * np.hypot(tip_x - base_x, tip_y - base_y)
    z = ARCH * (1 - (x / WIDE) ** 2) - 0.12 * reach - 0.9 * reach**2
    z = 0.003 * np.logaddexp(0, z / 0.003) + 0.0015
    places = np.stack([x, y, z], 2)
    depth = np.linalg.norm(np.diff(places, axis=0), axis=2).sum(0)
    flat = np.stack([along * 0.14, out * depth[None]], 2)
    flat[..., 1] = VISOR - (1 - out) * depth[None]
    made = grid("visor", places[:, ::-1], flat[:, ::-1], BRIM)
    rows = tuple(0.006 + 0.0085 * k for k in range(7))
    edge = weave.Hem(curve((-0.15, VISOR), (0.15, VISOR)), 0.0, rows, thick=0, pucker=0.0, twin=False)
    finish(made, weave.cloth_material("visor twill", twill, weave.painted(BRIM, twill, [[edge]]), SCALE), 0.0042)
    return made


def trimmings(twill: weave.Weave) -> None:
    """Embroidered eyelets in each panel and the covered button on top."""
    stuff = weave.cloth_material("thread", twill, weave.painted((0, 0, 0.03, 0.06), twill, [[]]), SCALE)
    for panel in range(6):
        turn = (panel + 0.5) * math.pi / 3
        near, _ = crown_points(turn + np.array([-0.02, 0, 0.02]), np.array([0.60, 0.62, 0.64]))
        middle = near[1, 1]
        wide = near[1, 2] - near[1, 0]
        wide /= np.linalg.norm(wide)
        up = near[2, 1] - near[0, 1]
        up /= np.linalg.norm(up)
        angles = np.linspace(0, math.tau, 25)[:-1, None]
        ring = middle + 0.0042 * (np.cos(angles) * wide + np.sin(angles) * up)
        made, flat = cloth.cord("eyelet", stood(ring), 0.0013 * SCALE, closed=True)
        weave.pattern_uv(made, flat / SCALE, np.zeros(len(made.data.polygons), int), (0, 0, 0.03, 0.06), 1)
        made.data.materials.append(stuff)
    turn, rise = np.meshgrid(np.linspace(0, math.tau, 33), np.linspace(0, math.pi / 2, 9))
    dome = np.stack(
        [0.0075 * np.cos(rise) * np.sin(turn), -0.0075 * np.cos(rise) * np.cos(turn), 0.0035 * np.sin(rise)], 2
    )
    button = grid("button", dome + [0, 0, HIGH], np.stack([turn * 0.004, rise * 0.006], 2), (0, 0, 0.03, 0.06))
    button.data.materials.append(stuff)


def build(bench: Any) -> ObjectSpec:
    """Stand the cap in the scene."""
    twill = weave.Weave(
        grain=(0.0004, 0.0009),
        relief=0.00007,
        thread=0.0008,
        crumple=0.00012,
        sheen=0.06,
        roughness=0.85,
        specular=0.25,
    )
    crown(twill)
    visor(twill)
    trimmings(twill)
    left, bottom, right, top = PRINT
    return ObjectSpec(
        id="object-cap",
        title="Cap",
        keywords=("cap", "baseball cap", "hat", "snapback", "dad hat", "trucker"),
        pose="standing",
        body=("twill", "visor twill", "thread"),
        printed=("crown",),
        sheet=((right - left) * SCALE, (top - bottom) * SCALE),
        areas=(
            PrintArea("front", (0.22, 0.22, 0.78, 0.86)),
            PrintArea("full-front", (0.1, 0.12, 0.9, 0.92)),
            PrintArea("wrap", (0, 0, 1, 1)),
        ),
        colour="#20242c",
        material="cotton twill",
        stages=("concrete", "plinths", "wood"),
        longest=1000,
        samples=8,
        effects=("print", "embroidery"),
        eye=(0.0, -5.4, 1.0),
        aim=(0.0, 0.0, 0.4),
    )
