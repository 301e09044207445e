"""A high deck in a city of screens: wet steel plates, and towers, tubes, lamps out of focus behind."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

MAGENTA, CYAN, BLUE = (1.0, 0.05, 0.5), (0.04, 0.75, 1.0), (0.08, 0.18, 1.0)
VIOLET, ORANGE = (0.5, 0.06, 1.0), (1.0, 0.32, 0.05)
HUES = (MAGENTA, CYAN, VIOLET, BLUE, CYAN, MAGENTA, ORANGE)

# left end, distance and width of each tower
TOWERS = (
    *((-7, 15, 3.4), (4.2, 16, 3.6), (-3.4, 22, 2.6), (1.8, 25, 2.2), (6.4, 26, 4)),
    *((-10, 27, 4.4), (-1.3, 34, 2.6), (4.6, 38, 4), (-7, 40, 4.5)),
)


def build(bench: Bench) -> StageSpec:
    """Deck, towers, lamps in the air, haze."""
    bench.eye(pitch=5, lens=62, fstop=4.6)
    deck()
    towers()
    gate()
    eye = skies.eye_place(bench)
    street.discs("lamps", street.lamps(44, (-8, 14, -1.0), (8, 32, 3.9), (0.1, 0.3), HUES, 21), eye, strength=0.7)
    light(bench)
    return StageSpec(
        "cyberpunk-city",
        "Cyberpunk city",
        (
            "cyberpunk",
            "neon",
            "futuristic",
            "city",
            "night",
            "tech",
            "sci-fi",
            "gaming",
            "synthwave",
            "hologram",
            "metal",
            "future",
        ),
        glossy=("deck",),
        roughness=0.15,
        depth=(2.0, 40.0),
        samples=16,
        gains={"practical": 1.4},
    )


def light(bench: Bench) -> None:
    """Soft light for the product, and a haze that glows at the horizon."""
    bench.area("key", (-2.6, -2.8, 3.4), (0, 0.2, 0.3), 1.2, 0.95)
    bench.area("fill", (4.5, -4.5, 3.0), (0, 0, 0.4), 4.0, 0.26, mirrored=False)
    bench.area("rim", (2.4, 3.4, 3.2), (0, 0, 0.5), 1.3, 0.9, mirrored=False)
    haze = (
        (-1.0, (0.1, 0.1, 0.25)),
        (0.0, (0.55, 0.2, 0.6)),
        (0.07, (0.3, 0.22, 0.6)),
        (0.25, (0.1, 0.22, 0.5)),
        (1.0, (0.45, 0.55, 0.8)),
    )
    skies.gradient(bench, haze, 0.22, seen=0.8)


def plate() -> None:
    """Rolled steel, scratched and half wet."""
    g = outdoor.Graph("deck")
    pool = g.ramp(g.noise(0.9, 4, 0.55, 0.4), (0.46, 0.0), (0.53, 1.0))
    dry = g.math("SUBTRACT", 1.0, pool)
    scratch = g.noise(5.0, 8, 0.75, 0.0, g.place((0.25, 6.0, 1.0), 0.5))
    fine = g.noise(26.0, 5, 0.7)
    tint = g.mix(g.ramp(scratch, (0.35, 0.0), (0.65, 1.0)), (0.04, 0.043, 0.05), (0.21, 0.215, 0.225))
    rust = g.ramp(g.noise(2.2, 8, 0.7, 0.3), (0.6, 0.0), (0.7, 0.7))
    tint = g.mix(rust, tint, (0.13, 0.06, 0.03))
    rough = g.add("Math", operation="MULTIPLY_ADD", i0=dry, i1=g.ramp(scratch, (0.35, 0.16), (0.65, 0.4)), i2=0.04)
    depth = g.add("Math", operation="MULTIPLY_ADD", i0=dry, i1=0.4, i2=0.02)
    relief = g.math("ADD", fine, g.math("MULTIPLY", scratch, 0.6))
    normal = g.bump(relief, depth, 0.014)
    shine = g.math("MULTIPLY", g.math("SUBTRACT", 1.0, rust), 0.6)
    g.shade(tint, rough, g.bump(g.noise(3.0, 2), 0.02, 0.1, normal), Metallic=shine)


def tread(steel: outdoor.Socket) -> None:
    """The lozenges of chequer plate, each turned a quarter from its neighbours."""
    angle, rows = np.linspace(0, 2 * np.pi, 16, endpoint=False), ((1.0, 0.0), (0.86, 0.62), (0.5, 0.95), (0.02, 1.0))
    dome = np.array([(0.066 * r * np.cos(t), 0.02 * r * np.sin(t), 0.011 * h - 0.003) for r, h in rows for t in angle])
    ring, after = np.arange(16), (np.arange(16) + 1) % 16
    quads = [np.stack([ring, after, 16 + after, 16 + ring], 1) + 16 * row for row in range(3)]
    points, faces = [], []
    for i, j in np.ndindex(34, 46):
        turn = np.pi / 4 * (1 if (i + j) % 2 else -1)
        c, s = np.cos(turn), np.sin(turn)
        turned = dome @ np.array([(c, s, 0), (-s, c, 0), (0, 0, 1)])
        faces.append(np.concatenate(quads) + 64 * len(points))
        points.append(turned + ((i - 16.5) * 0.125, (j - 13) * 0.125, 0))
    nature.mesh("tread", np.concatenate(points), np.concatenate(faces), steel, smooth=True)


def deck() -> None:
    """Plates with seams, bolts, two inlaid strips of light and a kerb with a rail at either side."""
    plate()
    import bpy

    steel = bpy.data.materials["deck"]
    tread(steel)
    rng = np.random.default_rng(4)
    for i, left in enumerate((-4.9, -3.1, -1.3, 1.32, 3.12)):
        wide = 2.6 if i == 2 else 1.78
        for y in np.arange(-3.2, 7, 1.9):
            start = y + (0.75 if i % 2 else 0.0)
            street.box("plate", (left, start, -0.2), (left + wide, start + 1.885, rng.uniform(-0.006, 0)), steel, 0.014)
            for dx in (0.09, wide - 0.09):
                for dy in (0.1, 1.78):
                    street.post("bolt", (left + dx, start + dy, -0.005), 0.018, 0.028, steel, 0.85)
    strip = []
    for x, hue in ((-1.31, CYAN), (1.31, MAGENTA)):
        strip.append(((x, 2.2, -0.012), (0.011, 0, 0), (0, 5.4, 0), tuple(5.0 * np.array(hue))))
    street.panels("strips", strip, outdoor.lamp("strip light", 1.0))


def towers() -> None:
    """Towers with bands of windows, screens and edges of light."""
    rng = np.random.default_rng(14)
    wall = outdoor.plain("tower", (0.035, 0.035, 0.055), 0.35, 0.4)
    shine: list[street.Panel] = []
    lights = [tuple(0.7 * np.array(h)) for h in (CYAN, (0.5, 0.7, 1.0), MAGENTA, (1.0, 0.7, 0.4), VIOLET)]
    for number, (x, y, wide) in enumerate(TOWERS):
        size = (6, wide / 6), (15, 1.05)
        corner = (x, y, -6)
        shine += street.facade(f"tower{number}", corner, (1, 0, 0), *size, wall, lit=0.36, lights=lights, seed=number)
        hue = np.array(HUES[number % 7])
        shine.append(((x + 0.02, y - 0.3, 1), (0.05, 0, 0), (0, 0, 7), tuple(2.6 * hue)))
        if number % 2 == 0:
            shine += screen(x, y, wide, np.array(HUES[(number + 3) % 7]), rng)
    street.panels("lights", shine, outdoor.lamp("tower light", 1.0))


def screen(x: float, y: float, wide: float, hue: np.ndarray, rng: np.random.Generator) -> list[street.Panel]:
    """A picture wall on a tower: five bands of uneven light."""
    high = rng.uniform(0.7, 1.3)
    rows = []
    for row in range(5):
        middle = (x + wide / 2, y - 0.4, 1.0 + 0.05 * y + (row - 2) * high * 0.42)
        tone = tuple(hue * rng.uniform(0.35, 1.5) + 0.04)
        rows.append((middle, (wide * 0.33, 0, 0), (0, 0, high * 0.2), tone))
    return rows


def gate() -> None:
    """Frames with tubes that stand along the deck and lead away from it."""
    frame = outdoor.plain("frame", (0.03, 0.03, 0.035), 0.3, 0.8)
    for number, y in enumerate((5.0, 8.5, 13.0)):
        hue = (CYAN, MAGENTA, VIOLET)[number]
        half = 2.15 + 0.19 * (y - 5)
        for side in (-1, 1):
            low, high = sorted((side * half, side * (half + 0.3)))
            street.box("frame", (low, y, -1), (high, y + 0.3, 6), frame, 0.03)
            x = side * (half - 0.03)
            street.tube(f"tube{number}{side}", [(x, y - 0.02, 0.15), (x, y - 0.02, 5.0)], 0.03, hue, 5.0)
    rail = outdoor.plain("rail", (0.05, 0.05, 0.06), 0.25, 0.9)
    for side in (-1, 1):
        for z in (0.35, 0.8):
            street.box("rail", (side * 3.0 - 0.03, 0.8, z), (side * 3.0 + 0.03, 12, z + 0.06), rail, 0.015)
    nature.land("depths", np.linspace(-40, 40, 4), np.linspace(7.5, 90, 4), lambda x, y: -6 + 0 * x, frame)
