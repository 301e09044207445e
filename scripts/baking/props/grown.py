"""Grown things: leaves, blossoms, citrus, a shell, coffee beans, cinnamon, and ice."""

import math
import random
from collections.abc import Callable
from typing import Any

from mathutils import Euler, Matrix, Vector

from scripts.baking import carpentry, furniture, materials, materials_interior, solids
from scripts.baking.bench import Bench
from scripts.baking.sprites import PropSpec

HIGH_EYE = (0.0, -5.0, 2.1)


def bark() -> Any:
    """What stalks are made of."""
    return materials.principled("bark", (0.16, 0.11, 0.06), 0.75)[0]


def leaf(bench: Bench) -> PropSpec:
    """Two eucalyptus sprigs that lie crossed."""
    green = materials_interior.foliage("eucalyptus", (0.16, 0.225, 0.15))
    for seed, path in (
        (3, [(-0.55, -0.10, 0.03), (-0.2, 0.02, 0.06), (0.2, 0.03, 0.07), (0.55, -0.06, 0.05)]),
        (8, [(-0.42, 0.22, 0.04), (-0.1, 0.06, 0.10), (0.2, -0.1, 0.08), (0.42, -0.26, 0.05)]),
    ):
        furniture.branch(path, green, bark(), seed, (0.23, 0.17), 10)
    return PropSpec("leaf", "Eucalyptus sprigs", 0.7, eye=HIGH_EYE)


def petals(
    material: Any, centre: Vector, tilt: Matrix, rings: tuple[tuple[int, float, float, float], ...], seed: int
) -> None:
    """Rings of petals about a centre: (count, length, width, how far they lean out in degrees) each."""
    dice = random.Random(seed)
    vertices: list[tuple[float, float, float]] = []
    faces: list[tuple[int, ...]] = []
    for count, length, width, lean in rings:
        for number in range(count):
            turn = 360 * number / count + dice.uniform(-10, 10) + lean
            pose = tilt @ Euler((0, 0, math.radians(turn))).to_matrix()
            first, rows, columns = len(vertices), 8, 6
            for row in range(rows + 1):
                t = row / rows
                rise = math.radians(lean) * (0.25 + 0.75 * t) + dice.uniform(-0.02, 0.02)
                half = width * math.sin(math.pi * min(0.93, 0.08 + 0.85 * t)) ** 0.6
                for column in range(columns + 1):
                    side = 2 * column / columns - 1
                    cup = 0.35 * width * side * side - 0.04 * length * math.sin(3 * side + number) * t
                    out, up = length * t * math.sin(rise), length * t * math.cos(rise) + 0.01
                    spot = Vector((out - cup * math.cos(rise), half * side, up + cup * math.sin(rise)))
                    vertices.append(tuple(centre + pose @ spot))
            step = columns + 1
            faces += [
                (
                    first + r * step + c,
                    first + r * step + c + 1,
                    first + (r + 1) * step + c + 1,
                    first + (r + 1) * step + c,
                )
                for r in range(rows)
                for c in range(columns)
            ]
    solids.mesh("petals", vertices, faces, material)


def flower(bench: Bench) -> PropSpec:
    """Three ranunculus with their leaves, lying loosely."""
    blush = materials_interior.foliage("blush", (0.62, 0.40, 0.36))
    cream = materials_interior.foliage("cream", (0.66, 0.58, 0.46))
    green = materials_interior.foliage("green", (0.08, 0.16, 0.05))
    stalk = materials.principled("stalk", (0.10, 0.17, 0.05), 0.6)[0]
    full = (
        (5, 0.10, 0.05, 12),
        (7, 0.125, 0.065, 26),
        (8, 0.145, 0.075, 42),
        (9, 0.155, 0.08, 60),
        (9, 0.155, 0.08, 78),
    )
    for number, (x, y, z, size, stuff) in enumerate(
        ((0.0, -0.08, 0.17, 1.15, blush), (-0.25, 0.10, 0.15, 0.95, cream), (0.24, 0.12, 0.14, 0.9, blush))
    ):
        rings = tuple((c, length * size, w * size, lean) for c, length, w, lean in full)
        tilt = Euler((0.75, 0.35 * math.copysign(1, x) if x else 0, 0.4 * number)).to_matrix()
        petals(stuff, Vector((x, y, z)), tilt, rings, 5 + number)
        carpentry.tube(
            "stalk",
            carpentry.smoothed([(x, y, z), (x * 0.7, y + 0.2, 0.08), (x * 0.2, y + 0.5, 0.03)], 6),
            0.012,
            stalk,
        )
    places = [((0.1 * i - 0.4, 0.1 + 0.05 * (i % 3), 0.05), 40 * i + 190, 12 + 9 * (i % 3), 1.0) for i in range(9)]
    carpentry.leaves("leaves", places, 0.26, 0.12, green, 4)
    return PropSpec("flower", "Ranunculus", 0.55, eye=HIGH_EYE)


def peel(name: str, light: tuple[float, float, float], dark: tuple[float, float, float]) -> Any:
    """Citrus skin: waxy, finely pitted."""
    material, tree, shader = materials.principled(name, light, 0.34)
    tree.links.new(
        materials.ramp(tree, materials.noise(tree, 2.5, 4), (0.35, dark), (0.65, light)), shader.inputs["Base Color"]
    )
    materials.bump(tree, materials.cells(tree, 95), shader, 0.3, 0.004)
    return material


def cut_face(name: str, flesh: tuple[float, float, float], radius: float) -> Any:
    """The face of a halved citrus fruit: segments, their skins, pith and rim, about the object's z axis."""
    material, tree, shader = materials.principled(name, flesh, 0.25)
    flat = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(materials.place(tree), flat.inputs[0])
    angle = materials.reckon(tree, "ARCTAN2", flat.outputs["Y"], flat.outputs["X"])
    x2, y2 = (materials.reckon(tree, "POWER", flat.outputs[axis], 2.0) for axis in "XY")
    away = materials.reckon(tree, "SQRT", materials.reckon(tree, "ADD", x2, y2))
    part = materials.reckon(
        tree, "FRACT", materials.reckon(tree, "ADD", materials.reckon(tree, "MULTIPLY", angle, 10 / 6.28319), 5.0)
    )
    edge = materials.reckon(tree, "ABSOLUTE", materials.reckon(tree, "SUBTRACT", part, 0.5))
    gap = materials.reckon(tree, "MULTIPLY", materials.reckon(tree, "SUBTRACT", 0.5, edge), away)
    wall = materials.remap(tree, gap, 1, 0, 0.000, 0.0016 * radius / 0.2 * 5)
    rim = materials.remap(tree, away, 0, 1, radius * 0.84, radius * 0.87)
    core = materials.remap(tree, away, 1, 0, radius * 0.06, radius * 0.12)
    pith = materials.reckon(tree, "MAXIMUM", materials.reckon(tree, "MAXIMUM", wall, rim), core)
    juice = materials.noise(tree, 26, 3, 0.8)
    pulp = materials.ramp(tree, juice, (0.3, tuple(c * 0.78 for c in flesh)), (0.7, flesh))
    tree.links.new(materials.mix(tree, pith, pulp, (0.80, 0.74, 0.52)), shader.inputs["Base Color"])
    materials.bump(tree, juice, shader, 0.4, 0.01)
    return material


def citrus(name: str, skin: Any, face: Any, radius: float, long: float) -> None:
    """Two whole fruits and a half that faces the camera."""
    solids.ball(name, radius, (-0.17, 0.16, radius * 0.97), skin, (long, 1, 0.98)).rotation_euler = (0.1, 0.12, 0.5)
    solids.ball(name, radius * 0.95, (0.24, 0.22, radius * 0.93), skin, (long, 0.98, 1)).rotation_euler = (
        0,
        -0.1,
        -0.9,
    )
    half = solids.ball(name, radius * 0.97, (0, 0, 0), skin)
    for vertex in half.data.vertices:
        vertex.co.z = min(vertex.co.z * (long if vertex.co.z < 0 else 1), 0.0)
    disc = solids.mesh(
        "face",
        [
            (0, 0, 0.002),
            *(
                (radius * 0.965 * math.cos(a / 32 * math.pi), radius * 0.965 * math.sin(a / 32 * math.pi), 0.002)
                for a in range(64)
            ),
        ],
        [(0, i + 1, (i + 1) % 64 + 1) for i in range(64)],
        face,
        smooth=False,
    )
    pose = Matrix.Translation((0.06, -0.2, radius * 0.93)) @ Euler((1.15, 0.0, 0.25)).to_matrix().to_4x4()
    half.matrix_world = disc.matrix_world = pose


def lemon(bench: Bench) -> PropSpec:
    """Lemons."""
    skin = peel("lemon", (0.78, 0.56, 0.04), (0.70, 0.46, 0.02))
    citrus("lemon", skin, cut_face("inside", (0.80, 0.66, 0.20), 0.185), 0.185, 1.22)
    return PropSpec("lemon", "Lemons", 0.42, eye=(0, -5.2, 1.6))


def orange(bench: Bench) -> PropSpec:
    """Oranges."""
    skin = peel("orange", (0.80, 0.26, 0.015), (0.70, 0.19, 0.01))
    citrus("orange", skin, cut_face("inside", (0.82, 0.36, 0.05), 0.21), 0.21, 1.0)
    return PropSpec("orange", "Oranges", 0.46, eye=(0, -5.2, 1.6))


def shell(bench: Bench) -> PropSpec:
    """A scallop shell that leans on a smaller one."""
    material, tree, shader = materials.principled("shell", (0.72, 0.60, 0.50), 0.38)
    band = materials.noise(tree, 5.0, 3, 0.4)
    tree.links.new(
        materials.ramp(tree, band, (0.35, (0.74, 0.66, 0.57)), (0.65, (0.62, 0.42, 0.33))), shader.inputs["Base Color"]
    )
    for size, at, lean in ((0.34, (0, 0, 0.01), (1.05, 0.0, 0.2)), (0.22, (0.26, -0.22, 0.0), (0.25, 0.1, -0.5))):
        vertices, faces, rows, columns = [], [], 18, 132
        for row in range(rows + 1):
            t = row / rows
            for column in range(columns + 1):
                fan = math.radians(-68 + 136 * column / columns)
                rib = 0.5 + 0.5 * math.cos(2 * math.pi * 11 * column / columns)
                reach = size * (t**0.9) * (1 - 0.10 * (fan / 1.2) ** 2 + 0.028 * rib * t)
                bulge = (
                    size * 0.42 * math.sin(math.pi * min(1, 0.06 + 0.62 * t)) * math.cos(fan * 0.85)
                    + size * 0.035 * rib * t
                )
                vertices.append((reach * math.sin(fan), reach * math.cos(fan), bulge))
        step = columns + 1
        faces = [
            (r * step + c, r * step + c + 1, (r + 1) * step + c + 1, (r + 1) * step + c)
            for r in range(rows)
            for c in range(columns)
        ]
        thing = solids.mesh("shell", vertices, faces, material)
        thing.modifiers.new("thick", "SOLIDIFY").thickness = 0.012
        thing.location, thing.rotation_euler = at, lean
    return PropSpec("shell", "Scallop shells", 0.42, eye=HIGH_EYE)


def beans(bench: Bench) -> PropSpec:
    """A handful of roasted coffee beans."""
    material, tree, shader = materials.principled("roast", (0.07, 0.03, 0.014), 0.33)
    tone = materials.noise(tree, 3.0, 3)
    tree.links.new(
        materials.ramp(tree, tone, (0.3, (0.045, 0.018, 0.008)), (0.7, (0.115, 0.05, 0.022))),
        shader.inputs["Base Color"],
    )
    dice = random.Random(11)
    seed = solids.ball("bean", 1.0, (0, 0, -9), material)
    for vertex in seed.data.vertices:
        x, y, z = vertex.co
        flat = z if z < 0 else z * 0.42
        groove = 0.30 * math.exp(-(((y - 0.12 * math.sin(3 * x)) / 0.13) ** 2)) if z > 0 else 0.0
        vertex.co = (x * 0.058, y * 0.042, (flat - groove * (1 - x * x)) * 0.034)
    solids.ball("heap", 1.0, (0, 0, 0.0), material, (0.37, 0.27, 0.075))
    for number in range(230):
        away, around = 0.46 * dice.random() ** 0.75, dice.uniform(0, 6.283)
        bean = seed.copy()
        bench.scene.collection.objects.link(bean)
        level = max(0.0, 0.17 * (1 - away / 0.40)) * dice.random() ** 0.5
        bean.location = (away * math.cos(around), 0.75 * away * math.sin(around), 0.028 + level)
        loose = 0.5 if level < 0.03 else 1.0
        bean.rotation_euler = (
            loose * dice.gauss(0, 0.6) + 3.14 * (number % 3 == 0),
            loose * dice.gauss(0, 0.35),
            dice.uniform(0, 6.28),
        )
    seed.hide_render = True
    return PropSpec("beans", "Coffee beans", 0.55, eye=(0, -4.8, 2.4))


def cinnamon(bench: Bench) -> PropSpec:
    """Four rolls of cinnamon, tied."""
    material, tree, shader = materials.principled("cinnamon", (0.30, 0.13, 0.055), 0.7)
    grain = materials.noise(tree, 9, 5, 0.3, materials.place(tree, (0.12, 1, 1)))
    tree.links.new(
        materials.ramp(tree, grain, (0.3, (0.17, 0.065, 0.028)), (0.7, (0.40, 0.19, 0.085))),
        shader.inputs["Base Color"],
    )
    materials.bump(tree, grain, shader, 0.6, 0.012)
    dice = random.Random(2)
    for y, z in ((-0.115, 0.06), (0.0, 0.062), (0.115, 0.06), (-0.055, 0.165), (0.06, 0.163)):
        half = 0.48 + dice.uniform(-0.05, 0.05)
        curl = [(0.055 - 0.0055 * a, a) for a in (9.0 * s / 60 for s in range(61))]
        vertices = [
            (x, y + r * math.cos(a + 1.3 + y * 9), z + r * math.sin(a + 1.3 + y * 9))
            for x in (-half, half)
            for r, a in curl
        ]
        roll = solids.mesh("roll", vertices, [(i, i + 1, 62 + i, 61 + i) for i in range(60)], material)
        roll.modifiers.new("thick", "SOLIDIFY").thickness = 0.007
    twine = materials.principled("twine", (0.45, 0.36, 0.24), 0.9)[0]
    loop = [
        (0.03 * math.sin(a * 3), 0.195 * math.cos(a), 0.115 + 0.125 * math.sin(a))
        for a in (i * 6.2832 / 48 for i in range(48))
    ]
    for shift in (-0.014, 0.012):
        carpentry.tube("twine", [(x * 0.2 + shift, y, z) for x, y, z in loop], 0.010, twine, True)
    return PropSpec("cinnamon", "Cinnamon sticks", 0.55, eye=(0.0, -4.9, 1.9))


def ice(bench: Bench) -> PropSpec:
    """Clear ice cubes with soft edges."""
    material, tree, shader = materials.principled("ice", (0.97, 0.99, 1.0), 0.06, transmission_weight=1.0, ior=1.31)
    materials.bump(tree, materials.noise(tree, 4, 3, 0.4), shader, 0.25, 0.05)
    dice = random.Random(4)
    for at in ((-0.19, 0.05, 0.0), (0.14, 0.12, 0.0), (0.0, -0.17, 0.0), (-0.02, 0.05, 0.235)):
        cube = carpentry.block("ice", (0.23, 0.23, 0.22), at, material, 0.035, dice.uniform(-40, 40))
        cube.rotation_euler.x, cube.rotation_euler.y = dice.uniform(-0.06, 0.06), dice.uniform(-0.06, 0.06)
    return PropSpec("ice", "Ice cubes", 0.4, eye=(0, -5.2, 1.7))


SCENES: dict[str, Callable[[Bench], PropSpec]] = {
    f"prop-{make.__name__}": make for make in (leaf, flower, lemon, orange, shell, beans, cinnamon, ice)
}
