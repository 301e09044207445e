"""An old works hall: a ground concrete floor, steel columns, tall windows and crates out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec, Triple

WALL, END = 4.6, 30.0


def build(bench: Bench) -> StageSpec:
    """Floor, brick walls with windows the sun comes through, columns, goods, lamps."""
    bench.eye(pitch=5, lens=62, fstop=5.0)
    floor()
    walls()
    steel()
    goods()
    pendants(skies.eye_place(bench))
    bench.sun("key", (0.78, 0.42, -0.62), 0.85, 0.03)
    bench.area("fill", (4.4, -4.5, 3.0), (0, 0, 0.4), 4.0, 0.24, mirrored=False)
    bench.area("rim", (2.4, 3.6, 3.2), (0, 0, 0.5), 1.6, 0.7, mirrored=False)
    bench.world("sky", (0.9, 0.95, 1.0), 0.28)
    return StageSpec(
        "industrial-warehouse",
        "Industrial warehouse",
        (
            "industrial",
            "warehouse",
            "factory",
            "loft",
            "concrete",
            "steel",
            "brick",
            "workshop",
            "garage",
            "grunge",
            "urban",
            "machinery",
        ),
        glossy=("floor",),
        roughness=0.25,
        depth=(2.0, 32.0),
        samples=16,
        gains={"practical": 0.75},
    )


def floor() -> None:
    """Worn concrete with saw-cut joints, a painted line, oil and water here and there."""
    g = outdoor.Graph("floor")
    cloud, fine = g.noise(0.8, 9, 0.62, 0.4), g.noise(20.0, 6, 0.72)
    crack = g.cells(0.42, "DISTANCE_TO_EDGE", at=g.add("VectorMath", i0=g.place(), i1=g.noise(1.9, 7, 0.62)))
    crack = g.ramp(crack, (0.0, 0.0), (0.005, 1.0))
    x = g.add("SeparateXYZ", Vector=g.place())
    tint = g.mix(g.ramp(cloud, (0.3, 0.0), (0.7, 1.0)), (0.15, 0.145, 0.135), (0.36, 0.345, 0.32))
    tint = g.mix(0.6, tint, g.ramp(fine, (0.3, 0.25), (0.72, 0.76)), "OVERLAY")
    speck = g.add("SeparateColor", Color=g.cells(60.0, out="Color"))
    tint = g.mix(0.28, tint, speck, "OVERLAY")
    wear = g.noise(3.4, 8, 0.75, 0.0, g.place((0.3, 2.6, 1.0), 0.9))
    tint = g.mix(0.4, tint, g.ramp(wear, (0.35, 0.3), (0.65, 0.7)), "OVERLAY")
    line = g.math("LESS_THAN", g.math("ABSOLUTE", g.math("SUBTRACT", x, 1.35)), 0.12)
    worn = g.ramp(g.noise(4.0, 9, 0.75), (0.42, 0.0), (0.58, 0.9))
    tint = g.mix(g.math("MULTIPLY", line, worn), tint, (0.62, 0.40, 0.03))
    tint = g.mix(crack, g.mix(0.75, tint, 0.0), tint)
    stain = g.ramp(g.noise(1.3, 4, 0.5, 0.8), (0.6, 0.0), (0.68, 1.0))
    tint = g.mix(g.math("MULTIPLY", stain, 0.5), tint, 0.03)
    rough = g.add("Math", operation="MULTIPLY_ADD", i0=stain, i1=-0.16, i2=g.ramp(cloud, (0.3, 0.2), (0.68, 0.4)))
    height = g.math("ADD", g.math("MULTIPLY", fine, 0.3), g.math("ADD", crack, g.math("MULTIPLY", cloud, 0.3)))
    surface = g.shade(tint, rough, g.bump(height, 0.16, 0.02))
    xs, ys = np.linspace(-WALL - 1, WALL + 1, 12), np.linspace(-5, END, 30)
    nature.land("ground", xs, ys, lambda x, y: 0 * x, surface)


def walls() -> None:
    """Brick piers with window openings on the left, blind bays on the right, a great window at the end."""
    brick = outdoor.brick("brick", (0.34, 0.13, 0.075), 0.5)
    iron = outdoor.plain("iron", (0.03, 0.035, 0.035), 0.5, 0.5)
    light: list[street.Panel] = []
    day = (1.5, 1.55, 1.6)
    for number, y in enumerate(np.arange(4.0, END, 3.2)):
        for side in (-1, 1):
            low, high = sorted((side * WALL, side * (WALL + 0.35)))
            street.box("pier", (low, y, -0.1), (high, y + 1.0, 8), brick, 0.02)
            street.box("sill", (low, y + 1.0, -0.1), (high, y + 3.2, 0.75), brick, 0.02)
            if side > 0 and number % 3 == 1:
                street.box("blind", (low + 0.1, y + 1.0, 0.7), (high, y + 3.2, 8), brick, 0.02)
                continue
            for bar in (1.5, 2.0, 2.5, 3.0):
                street.box("bar", (side * WALL, y + bar - 0.3, 0.7), (side * WALL + 0.06, y + bar - 0.25, 8), iron, 0)
            for bar in range(7):
                street.box(
                    "bar",
                    (side * WALL, y + 1.0, 1.3 + bar * 0.62),
                    (side * WALL + 0.06, y + 3.2, 1.35 + bar * 0.62),
                    iron,
                    0,
                )
            middle = (side * (WALL + 3.0), y + 2.1, 4.0)
            light.append((middle, (0, 1.6, 0), (0, 0, 4.0), day))
    street.box("end", (-7, END, -0.1), (7, END + 0.3, 1.2), brick, 0.02)
    light += [((x, END, 4.2), (1.35, 0, 0), (0, 0, 2.7), (1.15, 1.2, 1.25)) for x in (-3.1, 0.0, 3.1)]
    panes = street.panels("daylight", light, outdoor.lamp("daylight", 1.0), "sky")
    panes.visible_shadow = False
    for x in np.arange(-5, 5.1, 0.62):
        street.box("bar", (x, END - 0.2, 1.2), (x + 0.09, END - 0.1, 8), iron, 0)
    for z in (2.2, 3.2, 4.2):
        street.box("bar", (-6, END - 0.2, z), (6, END - 0.1, z + 0.09), iron, 0)


def steel() -> None:
    """Columns of rolled steel in two rows, with pipes along the walls."""
    green = outdoor.plain("painted steel", (0.07, 0.13, 0.12), 0.4, 0.3)
    rust = outdoor.plain("pipe", (0.3, 0.16, 0.08), 0.6, 0.4)
    for side in (-1, 1):
        for y in (5.2, 10.5, 16.0, 21.5):
            x = side * 2.3
            for offset in (-0.16, 0.13):
                street.box("flange", (x - 0.17, y + offset, 0), (x + 0.17, y + offset + 0.03, 8), green, 0.006)
            street.box("web", (x - 0.02, y - 0.14, 0), (x + 0.02, y + 0.14, 8), green, 0)
            street.box("foot", (x - 0.26, y - 0.26, 0), (x + 0.26, y + 0.26, 0.05), green, 0.01)
        pipe = street.post("pipe", (0, 0, 0), 26, 0.09, rust)
        pipe.rotation_euler = (np.pi / 2, 0, 0)
        pipe.location = (side * (WALL - 0.2), 17, 1.05)


def goods() -> None:
    """Crates, drums and a pallet truck's load along the sides."""
    wood = outdoor.planks("crate", (0.5, 0.36, 0.2), (0.25, 0.16, 0.08))
    drums = [
        outdoor.plain(f"drum{i}", tone, 0.35, 0.3)
        for i, tone in enumerate(((0.04, 0.12, 0.3), (0.55, 0.12, 0.03), (0.08, 0.22, 0.12)))
    ]
    rng = np.random.default_rng(5)
    for x, y, stack in (
        (-2.2, 6.4, 1),
        (-3.6, 12.0, 2),
        (2.9, 8.4, 1),
        (3.7, 9.0, 2),
        (3.4, 15.2, 2),
        (-2.9, 18.0, 2),
        (3.0, 21, 3),
    ):
        for layer in range(stack):
            size, shift = rng.uniform(0.42, 0.5), rng.uniform(-0.08, 0.08, 2)
            for slat in range(4):
                z = layer * 0.9 + slat * 0.22
                street.box(
                    "slat",
                    (x - size + shift[0], y - size + shift[1], z),
                    (x + size + shift[0], y + size + shift[1], z + 0.19),
                    wood,
                    0.02,
                )
    for number, (x, y) in enumerate(((-3.1, 9.0), (-3.6, 9.6), (2.3, 12.5), (-2.3, 13.0), (-1.9, 22))):
        street.post("drum", (x, y, 0), 1.15, 0.36, drums[number % 3])
        for z in (0.38, 0.76):
            street.post("hoop", (x, y, z), 0.04, 0.375, drums[number % 3])


def pendants(eye: Triple) -> None:
    """Two rows of hanging lamps, warm against the daylight."""
    rows = [
        ((side * 1.5, y, 1.65 + 0.055 * y), 0.012 * y + 0.08, (1.7, 1.05, 0.5))
        for side in (-1, 1)
        for y in (9.0, 13.0, 17.5, 22.5)
    ]
    street.discs("lamps", rows, eye, strength=0.9)
