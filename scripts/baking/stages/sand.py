"""Fine rippled sand that the wind left, stones at the sides, a warm wall far behind under a palm's shade."""

import numpy as np

from scripts.baking import carpentry, leafwork, materials, materials_ground, nature
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.72, 0.40, -0.44)
WALL = (0.66, 0.545, 0.44)


def ripples(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Height: crests that fork and wander, lee side steep, almost flat under the spot; a dune to the left behind."""
    wander = 0.55 * (nature.fractal(x * 0.55 + 3, y * 0.55, 4, 21) - 0.5)
    phase = (y * 0.80 + x * 0.62 + wander) / 0.205
    step = phase - np.floor(phase)
    crest = np.where(step < 0.68, step / 0.68, (1 - step) / 0.32)
    crest = crest * crest * (3 - 2 * crest)
    strong = 0.35 + 0.9 * nature.fractal(x * 0.4, y * 0.4 + 9, 3, 5)
    flat = np.clip((np.hypot(x, y * 1.2) - 0.2) / 0.5, 0.0, 1)
    dune = 0.62 * np.exp(-(((x + 2.3) / 1.5) ** 2) - ((y - 2.9) / 0.9) ** 2)
    dune += 0.34 * np.exp(-(((x - 2.6) / 1.3) ** 2) - ((y - 3.2) / 0.8) ** 2)
    rough = 0.014 * (nature.fractal(x * 2.3, y * 2.3, 5, 2) - 0.5)
    return 0.05 * strong * crest * flat * flat * (3 - 2 * flat) + rough * flat + dune


def build(bench: Bench) -> StageSpec:
    """Sand as a height field, two stones, the wall."""
    fine = materials_ground.sand("sand")
    xs, ys = nature.spread(-5, 5, 640, 0, 1.5), nature.spread(-2.2, 5.2, 720, 0, 1.4)
    nature.land("sand", xs, ys, ripples, fine)
    stone = materials_ground.concrete("stone", 0.24, 0.6, 0.3, (1.15, 0.98, 0.82))
    nature.stone("stone", (1.36, 0.85, 0.07), (0.34, 0.26, 0.20), stone, 4)
    nature.stone("stone", (1.72, 0.62, 0.03), (0.15, 0.12, 0.09), stone, 9)
    nature.stone("stone", (-1.50, 0.95, 0.04), (0.21, 0.17, 0.13), stone, 6)
    carpentry.block("wall", (16.0, 0.2, 9.0), (0, 4.6, -3), materials.plaster("wall", WALL, 0.05, 0.08), 0)
    bench.eye(pitch=10, lens=78, fstop=9)
    bench.sun("key", SUN, 0.92, 0.02)
    leafwork.shade(
        bench,
        SUN,
        (-0.3, 4.5, 0.45),
        2.2,
        [("palm", (-2.3, 0.9), -22, 1.9), ("palm", (-1.0, 1.3), -62, 1.5), ("palm", (2.2, 0.9), -150, 1.6)],
        5,
    )
    bench.area("fill", (3.6, -3.4, 2.2), (0, 0.2, 0.3), (3, 3), 0.18)
    bench.area("rim", (2.0, 2.6, 3.4), (0, 0, 0.2), (1.6, 0.8), 0.34)
    bench.world("sky", (1.0, 1.0, 1.0), 0.24)
    return StageSpec(
        id="sand",
        title="Rippled sand",
        keywords=("sand", "desert", "beach", "dune", "summer", "boho", "warm"),
        paint=("wall",),
        albedo=WALL,
    )
