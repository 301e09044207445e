"""A kitchen worktop before hand-made tiles: boards, herbs, lemons and oil at the sides, sun through a window's bars."""

import random
from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import furniture
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.78, 0.40, -0.48)
WALL = 1.35


def build(bench: Bench) -> StageSpec:
    """The product stands on the worktop, a hand's breadth behind its front edge."""
    stone = stuff.terrazzo("worktop", (0.60, 0.585, 0.555), 0.33)
    make.block("worktop", (7.0, 2.0, 0.16), (0.0, 0.40, -0.16), stone, 0.022)
    make.block(
        "cabinet", (7.0, 1.8, 2.0), (0.0, 0.42, -2.17), stuff.painted("cabinet", (0.20, 0.235, 0.195), 0.5), 0.01
    )
    tile = stuff.tiles("tiles", (0.74, 0.72, 0.665), 0.36, 0.36)
    make.block("wall", (9.0, 0.2, 5.0), (0.07, WALL + 0.1, -0.02), tile, 0.0)
    left(stuff.oak("board", (0.42, 0.25, 0.13), (0.20, 0.10, 0.045), 0.45))
    right()
    bars(bench)
    bench.sun("key", SUN, 0.95, 0.02)
    bench.area("fill", (3.2, -3.2, 2.2), (0.0, 0.3, 0.3), (2.6, 2.6), 0.18)
    bench.area("rim", (1.9, 1.25, 2.7), (0.0, 0.1, 0.2), (1.4, 0.5), 0.30)
    bench.world("sky", (0.97, 0.99, 1.0), 0.25)
    bench.eye(pitch=8.0, lens=72, fstop=4.5)
    return StageSpec(
        id="kitchen",
        title="Kitchen worktop",
        keywords=("kitchen", "worktop", "counter", "cooking", "food", "tiles", "herbs", "home", "recipe", "fresh"),
        spots=(((0.0, 0.0, 0.0), (1.2, 1.15)), ((-0.38, 0.08, 0.0), (0.6, 1.1)), ((0.38, 0.08, 0.0), (0.6, 1.1))),
        glossy=("worktop",),
        roughness=0.33,
        samples=8,
    )


def left(wood: Any) -> None:
    """Two boards that lean on the tiles, a bowl of lemons before them."""
    for x, wide, high, forward in ((-0.92, 0.62, 0.98, 0.0), (-1.22, 0.50, 0.74, 0.12)):
        outline = [
            (a * wide / 2 - side * 0.0, b) for a, b, side in ((-1, 0.0, 0), (1, 0.0, 0), (1, high, 0), (-1, high, 0))
        ]
        board = make.prism("board", outline, 0.055, (x, WALL - 0.30 - forward, 0.0), wood, 0.026)
        board.rotation_euler[0] = -0.19
    furniture.vessel("bowl", (-0.80, 0.42, 0.0), stuff.ceramic("stoneware", (0.46, 0.43, 0.38), 0.38, 0.7), 0.72)
    peel = stuff.ceramic("lemon", (0.66, 0.45, 0.045), 0.42)
    dice, lemon = (
        random.Random(4),
        [(1e-4, -0.135), (0.03, -0.125), (0.085, -0.08), (0.105, 0.0), (0.085, 0.08), (0.03, 0.125), (1e-4, 0.14)],
    )
    for x, y, z in (
        (-0.90, 0.42, 0.17),
        (-0.72, 0.36, 0.17),
        (-0.80, 0.54, 0.18),
        (-0.80, 0.43, 0.29),
        (-0.65, 0.08, 0.10),
    ):
        fruit = make.turned("lemon", make.smoothed(lemon, 5), (x, y, z), peel, 40)
        fruit.rotation_euler = (1.4 + dice.uniform(-0.3, 0.3), dice.uniform(-0.5, 0.5), dice.uniform(0, 3))


def right() -> None:
    """A pot of basil, a bottle of oil, a mortar of stone."""
    clay = stuff.ceramic("terracotta", (0.40, 0.19, 0.11), 0.75)
    furniture.vessel("pot", (0.86, 0.62, 0.0), clay, 0.80)
    make.turned(
        "soil", [(1e-4, 0.33), (0.20, 0.33)], (0.86, 0.62, 0.0), stuff.painted("soil", (0.03, 0.022, 0.016), 0.95)
    )
    green, stem = stuff.foliage("basil", (0.075, 0.19, 0.035)), stuff.painted("stem", (0.12, 0.22, 0.06))
    furniture.foliage_plant((0.86, 0.62, 0.33), green, stem, 11, 0.62, 11, (0.22, 0.15))
    oil = stuff.polished("oil", (0.16, 0.13, 0.02), 0.1)
    bottle = [(0.11, 0.0), (0.125, 0.02), (0.125, 0.42), (0.11, 0.50), (0.045, 0.60), (0.038, 0.76), (0.048, 0.78)]
    make.vessel("bottle", bottle, 0.012, (1.10, 0.36, 0.0), oil, 0.02)
    make.turned("cork", [(1e-4, 0.0), (0.034, 0.0), (0.036, 0.08), (1e-4, 0.08)], (1.10, 0.36, 0.76), clay)
    stone = stuff.terrazzo("granite", (0.22, 0.22, 0.22), 0.5)
    furniture.vessel("cup", (0.72, 0.20, 0.0), stone, 0.60, 0.03)


def bars(bench: Bench) -> None:
    """A window's bars and a twig outside of it, between the sun and the tiles, clear of the product."""
    grey = stuff.painted("shade", (0.1, 0.1, 0.1))
    x, y, z = (at - 1.6 * way for at, way in zip((0.10, WALL, 0.72), SUN, strict=True))
    for offset in (-0.62, 0.10, 0.82):
        bench.gobo(make.tube("bar", [(x + offset, y, z - 2.0), (x + offset, y, z + 2.0)], 0.026, grey))
    bench.gobo(make.tube("bar", [(x - 2.0, y, z + 0.12), (x + 2.0, y, z + 0.12)], 0.026, grey))
