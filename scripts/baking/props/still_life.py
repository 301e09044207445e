"""Made things: stones, candle, books, crockery, a present, plaster solids, a potted plant."""

import math
import random
from collections.abc import Callable
from typing import Any

from scripts.baking import carpentry, furniture, materials, materials_ground, materials_interior, solids
from scripts.baking.bench import Bench
from scripts.baking.sprites import PropSpec


def stone(bench: Bench) -> PropSpec:
    """Three river pebbles, one upon another."""
    height = 0.0
    for number, (size, tone) in enumerate(((0.30, 0.20), (0.22, 0.34), (0.14, 0.14))):
        stuff = materials_ground.concrete(f"pebble {number}", tone, 0.5, 0.3, (1.06, 1.0, 0.93))
        solids.pebble("pebble", (0.02 * (-1) ** number, 0, height), (size, size * 0.82, size * 0.42), stuff, 7 + number)
        height += size * 0.76
    return PropSpec("stone", "Stacked pebbles", 0.34)


def candle(bench: Bench) -> PropSpec:
    """A candle in a stoneware cup."""
    cup = materials_interior.ceramic("cup", (0.55, 0.50, 0.44), 0.45, 0.08)
    wax = materials_interior.milky("wax", (0.78, 0.72, 0.60), 0.25, 0.35)
    wick = materials.principled("wick", (0.03, 0.025, 0.02), 0.9)[0]
    outline = [(0.20, 0.0), (0.225, 0.02), (0.23, 0.2), (0.23, 0.46)]
    carpentry.vessel("cup", outline, 0.02, (0, 0, 0), cup, 0.05)
    carpentry.drum("wax", 0.208, 0.38, (0, 0, 0.02), wax, 0.03)
    carpentry.tube("wick", [(0, 0, 0.38), (0.004, 0, 0.42), (0.016, 0.0, 0.455)], 0.007, wick)
    return PropSpec("candle", "Candle", 0.36)


def book(bench: Bench) -> PropSpec:
    """Three cloth-bound books."""
    furniture.books((0, 0, 0), ((0.20, 0.235, 0.22), (0.55, 0.47, 0.37), (0.36, 0.16, 0.11)), 4, 0.95, 12)
    return PropSpec("book", "Books", 0.66)


def cup(bench: Bench) -> PropSpec:
    """Coffee in a cup on its saucer."""
    glaze = materials_interior.ceramic("glaze", (0.70, 0.66, 0.60), 0.25, 0.35)
    coffee = materials.principled("coffee", (0.055, 0.022, 0.009), 0.08)[0]
    furniture.vessel("cup", (0, 0, 0.035), glaze, 1.35)
    carpentry.drum("coffee", 0.218, 0.02, (0, 0, 0.30), coffee, 0.004)
    dish = [(0.15, 0.0), (0.2, 0.008), (0.33, 0.035), (0.38, 0.055)]
    carpentry.vessel("saucer", dish, 0.014, (0, 0, 0), glaze, 0.012)
    turn = [math.radians(a) for a in range(-95, 100, 12)]
    carpentry.tube(
        "handle", [(0.222 + 0.10 * math.cos(a), -0.03, 0.25 + 0.095 * math.sin(a)) for a in turn], 0.021, glaze
    )
    return PropSpec("cup", "Cup of coffee", 0.44, eye=(0, -5.2, 1.9))


def vase(bench: Bench) -> PropSpec:
    """A stoneware vase with olive branches."""
    clay = materials_interior.ceramic("clay", (0.60, 0.54, 0.47), 0.55, 0.3)
    green = materials_interior.foliage("olive", (0.12, 0.16, 0.075))
    bark = materials.principled("bark", (0.12, 0.08, 0.05), 0.8)[0]
    furniture.vessel("bottle", (0, 0, 0), clay, 0.62)
    furniture.bouquet((0, 0, 0.66), 0.62, green, bark, 5, 6, (0.18, 0.05), 0.36)
    return PropSpec("vase", "Vase with olive branches", 0.95)


def gift(bench: Bench) -> PropSpec:
    """A present in kraft paper with a satin bow."""
    kraft = materials.paper("kraft", (0.46, 0.31, 0.185))
    satin = materials.principled("satin", (0.36, 0.02, 0.03), 0.34)[0]
    carpentry.block("box", (0.62, 0.62, 0.44), (0, 0, 0), kraft, 0.012, 18)
    for size in ((0.09, 0.632, 0.446), (0.632, 0.09, 0.4465)):
        carpentry.block("band", size, (0, 0, -0.001), satin, 0.006, 18)
    for turn, reach in ((18, 0.26), (198, 0.26), (80, 0.18), (262, 0.18)):
        bow(satin, turn, reach)
    carpentry.drum("knot", 0.05, 0.07, (0, 0, 0.44), satin, 0.025)
    return PropSpec("gift", "Present", 0.5, eye=(0, -5.2, 1.9))


def bow(material: Any, turn: float, reach: float) -> None:
    """One loop of a ribbon from the middle of the box's lid."""
    angle = math.radians(turn)
    points, faces, wide = [], [], 0.045
    for step in range(25):
        around = 2 * math.pi * step / 24
        out, up = reach * (1 - math.cos(around)) / 2, 0.085 * math.sin(around) * (1 + 0.3 * math.cos(around))
        half = wide * (0.45 + 0.55 * math.sin(around / 2))
        for side in (-half, half):
            x, y = out * math.cos(angle) - side * math.sin(angle), out * math.sin(angle) + side * math.cos(angle)
            points.append((x, y, 0.53 + up - 0.25 * (reach - out) * 0.2))
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(24)]
    loop = solids.mesh("loop", points, faces, material)
    thick = loop.modifiers.new("thick", "SOLIDIFY")
    thick.thickness = 0.006


def sphere(bench: Bench) -> PropSpec:
    """A plaster ball."""
    solids.ball("sphere", 0.25, (0, 0, 0.25), materials.plaster("plaster", (0.66, 0.60, 0.53), 0.05, 0.1))
    return PropSpec("sphere", "Plaster sphere", 0.34)


def cube(bench: Bench) -> PropSpec:
    """Two plaster blocks."""
    pale = materials.plaster("pale", (0.68, 0.63, 0.56), 0.05, 0.12)
    clay = materials.plaster("clay", (0.50, 0.30, 0.21), 0.05, 0.12)
    carpentry.block("large", (0.42, 0.42, 0.42), (-0.06, 0.1, 0), pale, 0.018, 24)
    carpentry.block("small", (0.22, 0.22, 0.22), (0.26, -0.22, 0), clay, 0.014, -12)
    return PropSpec("cube", "Plaster blocks", 0.44)


def plant(bench: Bench) -> PropSpec:
    """A bushy plant in a pot."""
    clay = materials_interior.ceramic("clay", (0.48, 0.24, 0.15), 0.7, 0.15)
    soil = materials.principled("soil", (0.05, 0.035, 0.025), 0.95)[0]
    green = materials_interior.foliage("green", (0.06, 0.15, 0.04))
    stem = materials.principled("stem", (0.10, 0.16, 0.05), 0.6)[0]
    furniture.vessel("pot", (0, 0, 0), clay, 0.85)
    carpentry.drum("soil", 0.20, 0.03, (0, 0, 0.33), soil, 0.01)
    furniture.foliage_plant((0, 0, 0.34), green, stem, 3, 0.62, 9, (0.24, 0.115))
    return PropSpec("plant", "Potted plant", 0.85)


def wood_slice(bench: Bench) -> PropSpec:
    """A sawn log with its bark on, and a thinner one leaning on it."""
    face, tree, shader = materials.principled("face", (0.5, 0.33, 0.19), 0.7)
    ring = tree.nodes.new("ShaderNodeTexWave")
    ring.wave_type, ring.rings_direction = "RINGS", "Z"
    ring.inputs["Scale"].default_value, ring.inputs["Distortion"].default_value = 19.0, 5.0
    ring.inputs["Detail"].default_value, ring.inputs["Detail Scale"].default_value = 3.0, 0.5
    tree.links.new(materials.place(tree), ring.inputs["Vector"])
    tree.links.new(
        materials.ramp(tree, ring.outputs["Fac"], (0.2, (0.55, 0.38, 0.225)), (0.95, (0.43, 0.27, 0.145))),
        shader.inputs["Base Color"],
    )
    bark, bark_tree, bark_shader = materials.principled("bark", (0.12, 0.075, 0.045), 0.9)
    rough = materials.noise(bark_tree, 9, 6, 0.6, materials.place(bark_tree, (1, 1, 0.35)), 0.65)
    materials.bump(bark_tree, rough, bark_shader, 1.0, 0.06)
    dice = random.Random(5)
    wobble = [1 + 0.06 * math.sin(3 * a / 16 * math.pi + 1) + dice.uniform(-0.02, 0.02) for a in range(48)]
    solids.log("log", 0.36, 0.16, wobble, face, bark)
    return PropSpec("wood-slice", "Slice of wood", 0.55, eye=(0, -5.2, 2.0))


SCENES: dict[str, Callable[[Bench], PropSpec]] = {
    f"prop-{make.__name__.replace('_', '-')}": make
    for make in (stone, candle, book, cup, vase, gift, sphere, cube, plant, wood_slice)
}
