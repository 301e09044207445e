"""A flat rock in a wood: moss and ferns about the spot, trunks and leaves with the sun behind them out of focus."""

import numpy as np

from scripts.baking import materials_outdoor as outdoor
from scripts.baking import nature, skies, street
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec, Triple

FLOOR = -0.9


def build(bench: Bench) -> StageSpec:
    """Rock, moss, undergrowth, trees, and a sun on either side."""
    bench.eye(pitch=7, lens=68, fstop=5.0)
    rock()
    undergrowth()
    trees()
    glints(skies.eye_place(bench))
    bench.sun("key", (0.62, 0.6, -0.75), 1.05, 0.02)
    bench.area("fill", (5, -5, 4), (0, 0, 0.4), 4.5, 0.22, mirrored=False)
    bench.sun("rim", (-0.42, -0.85, -0.62), 0.75, 0.03)
    skies.picture(bench, "forest", 0.36, 60, most=4.0, seen=1.5, own=0.4)
    return StageSpec(
        "nature-park",
        "Mossy rock in a park",
        (
            "nature",
            "park",
            "forest",
            "wood",
            "moss",
            "rock",
            "stone",
            "trees",
            "green",
            "outdoor",
            "hiking",
            "organic",
            "woodland",
        ),
        depth=(2.0, 30.0),
        samples=16,
    )


def top(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The rock: level about the spot, cracked and stepped elsewhere, breaking off at its sides."""
    lumps = nature.fractal(x * 0.9 + 4, y * 0.9 + 8, 6, 41, 0.55) - 0.5
    step = np.floor(nature.fractal(x * 0.55 + 14, y * 0.55, 3, 44) * 5) / 5
    away = 1 - np.exp(-((x / 0.75) ** 2 + (y / 0.45) ** 2))
    fine = nature.fractal(x * 7, y * 7, 4, 47) - 0.5
    edge = (
        np.clip(y - 1.25 - 0.35 * np.sin(1.7 * x + 1), 0, None) ** 1.4
        + np.clip(np.abs(x + 0.2) - 2.0, 0, None) ** 1.3 * 0.6
    )
    return (0.24 * lumps + 0.12 * (step - 0.5)) * away + 0.016 * fine - edge


def mossy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where moss grows, 0..1: in patches, off the spot."""
    patch = nature.fractal(x * 0.8 + 31, y * 0.8 + 3, 4, 51)
    spot = np.exp(-((x / 0.85) ** 2 + (y / 0.6) ** 2))
    return np.clip((patch + 0.1 * np.abs(x) - 0.47 - 0.5 * spot) * 7, 0, 1)


def rock() -> None:
    """Stone, its moss as some ten thousand blades, a few leaves that fell."""
    stone = outdoor.stone("rock", (0.27, 0.245, 0.195), (0.09, 0.08, 0.06), 0.75, 0.9)
    nature.land("rock", nature.spread(-4.5, 4.5, 330, 0, 1.4), nature.spread(-2.6, 3.4, 330, 0, 1.4), top, stone)
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-2.7, 2.7, 90000), rng.uniform(-1.9, 1.8, 90000)
    keep = rng.random(90000) < mossy(x, y)
    x, y = x[keep], y[keep]
    roots = np.stack([x, y, top(x, y) - 0.008 + 0.03 * mossy(x, y)], 1)
    nature.blades("moss", roots, 0.055, 0.0065, outdoor.moss(), 3, 0.9)
    brown = outdoor.leaf("fallen", (0.45, 0.24, 0.06), (0.2, 0.08, 0.025), 0.15)
    fallen = np.array([(-1.0, -0.3), (-1.3, 0.5), (1.15, 0.6), (0.9, -0.5), (1.5, -0.1), (-0.8, 0.9)])
    places = np.column_stack([fallen, top(fallen[:, 0], fallen[:, 1]) + 0.03])
    nature.leaves("fallen", places, 0.2, brown, 17, flat=0.55)


def undergrowth() -> None:
    """Forest floor, ferns, bushes in two depths."""
    soil = outdoor.plain("soil", (0.16, 0.15, 0.06), 0.95)
    nature.land(
        "floor",
        np.linspace(-40, 40, 60),
        np.linspace(2, 70, 60),
        lambda x, y: FLOOR + 1.2 * (nature.fractal(x * 0.12 + 5, y * 0.12, 3, 61) - 0.5),
        soil,
    )
    fern = outdoor.leaf("fern", (0.42, 0.55, 0.1), (0.13, 0.24, 0.04))
    rng = np.random.default_rng(9)
    for number, (x, y, z, size) in enumerate(
        ((-1.75, 1.5, 0.0, 0.8), (2.0, 1.9, -0.1, 0.9), (-2.9, 2.9, -0.3, 1.0), (1.5, 0.95, 0.0, 0.35))
    ):
        roots = np.column_stack([rng.normal(x, 0.09, 46), rng.normal(y, 0.09, 46), np.full(46, z)])
        nature.blades(f"grass{number}", roots, size, 0.016, fern, number, 1.0)
    light = outdoor.leaf("leaf light", (0.62, 0.72, 0.12), (0.22, 0.36, 0.06), 0.55)
    deep = outdoor.leaf("leaf deep", (0.26, 0.4, 0.08), (0.06, 0.13, 0.03), 0.5)
    nature.bush("near", (-2.7, 5.5, -0.2), (1.2, 0.8, 0.9), 1300, 0.26, light, 11)
    nature.bush("right", (3.0, 6.5, -0.1), (1.3, 1.0, 1.1), 1500, 0.28, deep, 12)
    nature.bush("back", (0.3, 14, -0.4), (5.0, 1.5, 0.8), 3000, 0.36, light, 13)


def trees() -> None:
    """Trunks at many depths and leaves that hang between them."""
    wood = outdoor.bark("bark")
    rng = np.random.default_rng(12)
    for x, y, radius in (
        (-2.2, 8.5, 0.3),
        (2.9, 10, 0.36),
        (-4.2, 13, 0.4),
        (1.2, 19, 0.32),
        (5.2, 16, 0.4),
        (-1.3, 24, 0.34),
        (-6.5, 20, 0.45),
        (4.0, 27, 0.36),
        (7.5, 24, 0.4),
    ):
        trunk = street.post("trunk", (x, y, FLOOR - 0.4), 9, radius, wood, 0.75)
        trunk.rotation_euler = (rng.normal(0, 0.03), rng.normal(0, 0.04), rng.uniform(0, 6))
    light = outdoor.leaf("crown light", (0.6, 0.72, 0.12), (0.2, 0.36, 0.06), 0.6)
    for number, (x, y, z, size, count) in enumerate(
        (
            (-3.4, 10, 2.2, 1.5, 1200),
            (3.8, 12, 2.5, 1.7, 1300),
            (0.4, 22, 3.6, 2.8, 1800),
            (-7, 24, 3.4, 3.0, 1500),
            (8, 26, 3.6, 3.0, 1500),
        )
    ):
        nature.bush(
            f"crown{number}", (x, y, z), (size, size * 0.7, size * 0.7), count, 0.26 + 0.012 * y, light, 30 + number
        )


def glints(eye: Triple) -> None:
    """Sun through the leaves."""
    hues = ((0.8, 0.9, 0.45), (0.95, 0.95, 0.7), (0.55, 0.75, 0.25), (1.0, 0.98, 0.85))
    rows = street.lamps(30, (-6, 14, 0.3), (6, 24, 4.0), (0.16, 0.4), hues, 77)
    street.discs("glints", rows, eye, "rim", 0.45)
