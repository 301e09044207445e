"""Surfaces seen from straight above, for flat lays: low light from the upper left, leaf shade in the corners."""

from collections.abc import Callable
from typing import Any

import numpy as np

from scripts.baking import folds, furniture, leafwork, materials, materials_ground, materials_interior, nature, solids
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.62, -0.52, -0.60)
LINEN = (0.62, 0.555, 0.475)
PAPER = (0.70, 0.70, 0.70)
ROOM = (((0.0, 0.0, 0.0), (2.8, 2.8)),)
Branches = tuple[tuple[str, tuple[float, float], float, float], ...]
# Feet as seen from the lamp, the middle of the picture being the origin.
CORNERS: Branches = (
    ("olive", (0.35, -1.95), 84, 1.25),
    ("olive", (1.35, -1.75), 98, 1.0),
    ("olive", (-0.9, -1.55), 78, 0.8),
    ("olive", (3.1, -0.7), 160, 1.1),
)
PALM: Branches = (
    ("palm", (0.5, -2.15), 88, 1.7),
    ("palm", (-0.7, -1.9), 74, 1.4),
    ("palm", (1.7, -1.95), 102, 1.5),
    ("palm", (-3.3, 0.2), 8, 1.5),
)


def light(bench: Bench, key: float, branches: Branches = (), softness: float = 0.018, seed: int = 3) -> None:
    """A sun, a sheet of white at the lower right, a strip beyond the upper edge, and a white room."""
    bench.top()
    bench.sun("key", SUN, key, softness)
    if branches:
        leafwork.shade(bench, SUN, (0, 0, 0), 3.4, branches, seed)
    bench.area("fill", (4.5, -3.0, 4.5), (0, 0, 0), (4, 4), 0.30, mirrored=False)
    bench.area("rim", (1.8, 5.0, 3.2), (0, 0, 0), (4, 1), 0.42, mirrored=False)
    bench.world("sky", (1.0, 1.0, 1.0), 0.24)


def ground(name: str, material: Any) -> Any:
    """A plane that fills the picture and more."""
    return solids.mesh(name, [(-5, -4, 0), (5, -4, 0), (5, 4, 0), (-5, 4, 0)], [(0, 1, 2, 3)], material)


def stage(name: str, title: str, *keywords: str, **words: Any) -> StageSpec:
    """What the flat lays have in common."""
    return StageSpec(
        id=name,
        title=title,
        keywords=("flat lay", "top view", *keywords),
        view="top",
        spots=ROOM,
        depth=(8.0, 14.0),
        **words,
    )


def sweep_top(bench: Bench) -> StageSpec:
    """Paper under a palm's shade."""
    ground("paper", materials.paper("paper", PAPER))
    light(bench, 0.72, PALM, 0.013)
    return stage("sweep-top", "Paper from above", "plain", "paper", "minimal", paint=("paper",), albedo=PAPER)


def marble_top(bench: Bench) -> StageSpec:
    """Polished marble, sprigs' shade, a real sprig at the upper right."""
    ground("marble", materials.marble("marble", 0.16, 0.62, 20))
    green = materials_interior.foliage("olive", (0.10, 0.155, 0.07))
    bark = materials.principled("bark", (0.12, 0.08, 0.05), 0.8)[0]
    path = [(2.95, 1.35, 0.03), (2.35, 1.55, 0.07), (1.85, 1.80, 0.05), (1.45, 2.15, 0.04)]
    furniture.branch(path, green, bark, 3, (0.36, 0.085), 11)
    light(bench, 0.66, CORNERS)
    return stage("marble-top", "Marble from above", "marble", "stone", "luxury", glossy=("marble",), roughness=0.16)


def wood_top(bench: Bench) -> StageSpec:
    """Oak boards, a cup at the edge."""
    ground("oak", materials.oak("oak", 0.82))
    clay = materials_interior.ceramic("clay", (0.60, 0.55, 0.47), 0.35, 0.5)
    furniture.vessel("cup", (2.28, 1.42, 0), clay, 2.1)
    light(bench, 0.95, PALM[:2], seed=7)
    return stage("wood-top", "Oak from above", "wood", "oak", "table", "food", "warm", glossy=("oak",), roughness=0.42)


def concrete_top(bench: Bench) -> StageSpec:
    """Concrete in a palm's hard shade."""
    ground("concrete", materials_ground.concrete("concrete", 0.40, 0.55, 0.8))
    light(bench, 1.0, PALM, 0.01)
    return stage(
        "concrete-top",
        "Concrete from above",
        "concrete",
        "cement",
        "grey",
        "modern",
        paint=("concrete",),
        albedo=(0.40, 0.396, 0.386),
        glossy=("concrete",),
        roughness=0.55,
    )


def fabric_top(bench: Bench) -> StageSpec:
    """Creased linen."""
    xs, ys = np.linspace(-3.2, 3.2, 620), np.linspace(-2.5, 2.5, 500)
    x, y = np.meshgrid(xs, ys)
    rise = 0.15 * folds.creased(x, y, 60, 31, (3.0, 2.4), 1.0, 0.62)
    rise += 0.02 * (nature.fractal(x * 2.2, y * 2.2, 4, 3) - 0.5)
    folds.cloth("linen", xs, ys, np.stack([x, y, rise], -1), materials_ground.linen("linen", LINEN, 110))
    light(bench, 0.85, (), 0.06)
    return stage(
        "fabric-top", "Linen from above", "fabric", "linen", "cloth", "textile", "soft", paint=("linen",), albedo=LINEN
    )


def sand_top(bench: Bench) -> StageSpec:
    """Raked by the wind, pebbles in two corners."""

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        wander = 1.1 * (nature.fractal(x * 0.45 + 3, y * 0.45, 4, 21) - 0.5)
        phase = (y * 0.75 + x * 0.55 + wander) / 0.27
        step = phase - np.floor(phase)
        crest = np.where(step < 0.66, step / 0.66, (1 - step) / 0.34)
        away = np.clip((np.hypot(x, y) - 0.7) / 1.3, 0.10, 1)
        strong = 0.4 + 0.8 * nature.fractal(x * 0.4, y * 0.4 + 9, 3, 5)
        rough = 0.02 * (nature.fractal(x * 2.3, y * 2.3, 5, 2) - 0.5)
        return 0.045 * strong * crest * crest * (3 - 2 * crest) * away + rough

    nature.land("sand", np.linspace(-3.2, 3.2, 760), np.linspace(-2.4, 2.4, 570), height, materials_ground.sand("sand"))
    stone = materials_ground.concrete("stone", 0.24, 0.6, 0.3, (1.15, 0.98, 0.82))
    for number, (x, y, size) in enumerate(
        ((2.2, 1.45, 0.36), (1.72, 1.72, 0.2), (-2.3, -1.5, 0.28), (-1.9, -1.72, 0.15))
    ):
        solids.pebble("stone", (x, y, -0.03), (size, size * 0.8, size * 0.42), stone, 4 + number)
    light(bench, 0.98, (), 0.02)
    return stage("sand-top", "Sand from above", "sand", "beach", "desert", "summer", "boho")


def water_top(bench: Bench) -> StageSpec:
    """Clear water with the sun's net on its floor."""
    aqua = (0.44, 0.57, 0.60)
    ground("water", materials_ground.water("water", aqua, 0.8))
    light(bench, 1.05)
    net = ground("net", materials_ground.dapple("net", 1.5))
    net.matrix_world = leafwork.facing(SUN, (0, 0, 0), 3.0)
    bench.gobo(net)
    return stage(
        "water-top",
        "Water from above",
        "water",
        "pool",
        "aqua",
        "fresh",
        "skincare",
        paint=("water",),
        albedo=aqua,
        glossy=("water",),
        roughness=0.03,
    )


SCENES: dict[str, Callable[[Bench], StageSpec]] = {
    "sweep-top": sweep_top,
    "marble-top": marble_top,
    "wood-top": wood_top,
    "concrete-top": concrete_top,
    "fabric-top": fabric_top,
    "sand-top": sand_top,
    "water-top": water_top,
}
