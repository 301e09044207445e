"""A town street by day: a stone wall's coping in front, trees, cars and shops behind."""

import bpy
import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec, Triple

ROAD = -1.9
SIDE = 5.4


def build(bench: Bench) -> StageSpec:
    """Coping, road, houses, trees, cars, people, a sun from the left."""
    bench.eye(pitch=5.5, lens=64, fstop=4.6)
    coping()
    road()
    houses()
    planting()
    traffic()
    street.discs("lamps", lights(), skies.eye_place(bench), strength=0.55)
    for thing in bench.scene.objects:
        thing.visible_shadow = not thing.name.startswith("house-")
    bench.sun("key", (0.7, 0.48, -0.6), 1.05, 0.012)
    bench.area("fill", (5, -5, 3.5), (0, 0, 0.4), 4.5, 0.2, mirrored=False)
    bench.area("rim", (2.8, 3.6, 3.4), (0, 0, 0.5), 1.6, 0.5, mirrored=False)
    skies.picture(bench, "city", 0.5, -125, most=4.0, seen=1.2, own=0.6)
    return StageSpec(
        "urban-street",
        "City street by day",
        (
            "street",
            "city",
            "urban",
            "town",
            "daylight",
            "shops",
            "pavement",
            "stone",
            "road",
            "cafe",
            "fashion",
            "downtown",
        ),
        glossy=("coping",),
        roughness=0.35,
        depth=(2.0, 40.0),
        samples=16,
        gains={"sky": 1.25, "practical": 1.4},
    )


def coping() -> None:
    """Granite blocks, one beside the other, their joint off the middle."""
    granite = outdoor.granite("coping", (0.34, 0.33, 0.315))
    rng = np.random.default_rng(3)
    for number, left in enumerate((-4.05, -1.35, 1.4)):
        block = street.box(
            "block",
            (left, -2.6, -0.5 + rng.uniform(-0.006, 0.0)),
            (left + 2.71, 1.15, rng.uniform(-0.006, 0.0)),
            granite,
            0.035,
        )
        block.rotation_euler[2] = rng.uniform(-0.003, 0.003) * number


def road() -> None:
    """Asphalt between pavements, with a broken line."""
    xs, ys = np.linspace(-30, 30, 8), np.linspace(1, 120, 8)
    nature.land("road", xs, ys, lambda x, y: ROAD + 0 * x, outdoor.plain("road", (0.16, 0.16, 0.165), 0.5))
    pavement = outdoor.plain("pavement", (0.4, 0.385, 0.36), 0.8)
    for side in (-1, 1):
        inner, outer = sorted((side * 3.3, side * (SIDE + 0.4)))
        street.box("pavement", (inner, 1.5, ROAD - 0.2), (outer, 120, ROAD + 0.14), pavement, 0.03)
    paint = outdoor.plain("paint", (0.75, 0.74, 0.7), 0.7)
    for number in range(9):
        street.box("dash", (-0.09, 5 + 4 * number, ROAD), (0.09, 7 + 4 * number, ROAD + 0.012), paint, 0)


def fronts() -> tuple[list[bpy.types.Material], list[bpy.types.Material]]:
    """What the walls are made of, and the awnings."""
    walls = [
        outdoor.brick("red brick", (0.42, 0.17, 0.1), 0.5),
        outdoor.plain("cream plaster", (0.62, 0.54, 0.42), 0.85),
        outdoor.plain("grey plaster", (0.42, 0.43, 0.44), 0.85),
        outdoor.brick("brown brick", (0.3, 0.19, 0.13), 0.5),
    ]
    awning = [
        outdoor.plain(f"awning{i}", tone, 0.8)
        for i, tone in enumerate(((0.5, 0.06, 0.05), (0.05, 0.22, 0.16), (0.75, 0.7, 0.6), (0.08, 0.12, 0.3)))
    ]
    return walls, awning


def houses() -> None:
    """Old houses of brick and plaster on both sides, lower ones at the end of the street."""
    walls, awning = fronts()
    shine: list[street.Panel] = []
    for side in (-1, 1):
        start, number = 6.0, 0 if side < 0 else 2
        while start < 60:
            wall, length = walls[number % 4], 6.0
            corner = (side * SIDE, start if side < 0 else start + length, ROAD)
            shine += street.facade(
                f"house{side}{number}",
                corner,
                (0, -side, 0),
                (4, 1.5),
                (4, 2.3),
                wall,
                lit=0.12,
                lights=((1.0, 0.7, 0.4),),
                seed=number + 5,
            )
            reach = sorted((side * SIDE, side * (SIDE - 1.0)))
            street.box(
                "awning",
                (reach[0], start + 0.5, ROAD + 2.1),
                (reach[1], start + length - 0.8, ROAD + 2.3),
                awning[number % 4],
                0.03,
            )
            middle = (side * (SIDE - 0.04), start + length / 2, ROAD + 1.0)
            shine.append((middle, (0, length * 0.4, 0), (0, 0, 0.75), (0.5, 0.34, 0.19)))
            start, number = start + length, number + 1
    for number, (x, y, wide, tall) in enumerate(((-7, 70, 7, 5.5), (0.5, 84, 4.5, 8.5), (6, 66, 5, 5))):
        shine += street.facade(
            f"end{number}", (x, y, ROAD), (1, 0, 0), (5, wide / 5), (6, tall / 6), walls[number], lit=0.1, seed=number
        )
    street.panels("windows", shine, outdoor.lamp("window light", 1.0))


def planting() -> None:
    """Street trees, and lamp posts between them."""
    green = outdoor.leaf("leaf", (0.5, 0.62, 0.11), (0.14, 0.27, 0.05))
    trunk, iron = outdoor.bark("trunk"), outdoor.plain("iron", (0.03, 0.035, 0.035), 0.4, 0.6)
    first = nature.bush("crown", (0, 0, 0), (1.5, 1.5, 1.3), 1900, 0.36, green, 4)
    first.location = (-4.2, 10.5, 2.0)
    places = [
        ((4.2, 12.5, 2.1), 1.05, 1.0),
        ((-4.2, 17, 2.2), 1.1, 2.0),
        ((4.2, 20, 2.2), 1.1, 3.1),
        ((-4.2, 26, 2.3), 1.15, 4.0),
        ((4.2, 30, 2.3), 1.2, 5.0),
    ]
    nature.copies(first, places)
    for at in ((-4.2, 10.5, 2.0), *(place[0] for place in places)):
        street.post("trunk", (at[0], at[1], ROAD), 3.4, 0.16, trunk, 0.7)
    for x, y in ((-3.6, 8.0), (3.6, 9.5), (-3.6, 21), (3.6, 24)):
        street.post("lamp post", (x, y, ROAD), 5.5, 0.07, iron, 0.6)


def traffic() -> None:
    """Parked and moving cars, and people on the pavement."""
    paint = [
        outdoor.plain(f"car{i}", tone, 0.22, 0.2)
        for i, tone in enumerate(
            ((0.5, 0.03, 0.03), (0.7, 0.7, 0.7), (0.75, 0.42, 0.02), (0.04, 0.1, 0.24), (0.05, 0.05, 0.055))
        )
    ]
    glass = outdoor.plain("car glass", (0.03, 0.035, 0.04), 0.08)
    for number, (x, y) in enumerate(
        ((-2.5, 9.0), (2.6, 11.5), (-2.5, 13.6), (2.6, 16.5), (1.1, 24), (-1.1, 28), (-2.5, 19))
    ):
        street.box("car", (x - 0.75, y, ROAD + 0.25), (x + 0.75, y + 3.4, ROAD + 0.85), paint[number % 5], 0.2)
        street.box("cabin", (x - 0.66, y + 0.8, ROAD + 0.8), (x + 0.66, y + 2.8, ROAD + 1.35), glass, 0.24)
    cloth = [
        outdoor.plain(f"cloth{i}", tone, 0.9)
        for i, tone in enumerate(((0.1, 0.12, 0.2), (0.5, 0.1, 0.08), (0.55, 0.5, 0.42), (0.06, 0.06, 0.06)))
    ]
    rng = np.random.default_rng(4)
    for number in range(8):
        person(
            (1 if number % 2 else -1) * rng.uniform(3.5, 4.6),
            rng.uniform(8, 26),
            cloth[number % 4],
            cloth[(number + 2) % 4],
        )


def person(x: float, y: float, coat: bpy.types.Material, legs: bpy.types.Material) -> None:
    """Somebody far enough away to be three soft shapes."""
    street.post("legs", (x, y, ROAD + 0.1), 0.75, 0.13, legs, 1.3)
    street.post("coat", (x, y, ROAD + 0.8), 0.7, 0.24, coat, 0.7)
    nature.stone("head", (x, y, ROAD + 1.65), (0.16, 0.16, 0.2), outdoor.plain("skin", (0.4, 0.24, 0.17), 0.6), 1, 2)


def lights() -> list[tuple[Triple, float, Triple]]:
    """Brake lamps, a traffic light, sun on windscreens."""
    red, white, green = (1.0, 0.06, 0.03), (0.9, 0.88, 0.82), (0.1, 0.9, 0.45)
    rows = [
        ((2.1, 11.4, ROAD + 0.6), 0.13, red),
        ((3.1, 11.4, ROAD + 0.6), 0.13, red),
        ((0.7, 23.9, ROAD + 0.6), 0.2, red),
    ]
    rows += [
        ((1.5, 23.9, ROAD + 0.6), 0.2, red),
        ((-1.5, 27.9, ROAD + 0.6), 0.26, white),
        ((-0.7, 27.9, ROAD + 0.6), 0.26, white),
    ]
    rows += [((3.5, 32, 2.2), 0.28, green), ((-2.4, 34, 1.8), 0.28, red), ((-2.7, 10.0, ROAD + 1.2), 0.16, white)]
    return rows
