"""A display shelf on a painted wall of any colour, dressed with books, stoneware, a print and a trailing plant."""

import random
from typing import Any

from scripts.baking import carpentry as make
from scripts.baking import furniture
from scripts.baking import materials_interior as stuff
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

WALL = (0.46, 0.49, 0.43)


def build(bench: Bench) -> StageSpec:
    """The product stands in the middle of the board."""
    wood = stuff.oak("shelf", (0.46, 0.28, 0.15), (0.25, 0.135, 0.065), 0.42)
    make.block("board", (5.0, 0.82, 0.10), (0.0, 0.08, -0.10), wood, 0.014)
    make.block("wall", (12.0, 0.2, 8.0), (0.0, 0.60, -4.0), stuff.plastered("wall", WALL, 0.006, 0.85), 0.0)
    brass = stuff.metal("brass", (0.72, 0.48, 0.20), 0.2)
    for x in (-0.92, 0.92):
        make.block("bracket", (0.05, 0.62, 0.03), (x, 0.16, -0.13), brass, 0.006)
        make.block("bracket", (0.05, 0.03, 0.42), (x, 0.475, -0.52), brass, 0.006)
    left(wood)
    right(brass)
    bench.area("key", (-2.4, -2.6, 2.9), (0.0, 0.1, 0.2), (0.7, 0.9), 0.80)
    bench.area("fill", (3.2, -3.2, 1.8), (0.0, 0.2, 0.3), (2.6, 2.6), 0.22)
    bench.area("rim", (2.2, 0.40, 2.3), (0.0, 0.1, 0.3), (0.5, 0.9), 0.30)
    bench.world("sky", (1.0, 1.0, 1.0), 0.25)
    bench.eye(pitch=4.5, lens=80, fstop=5.6)
    return StageSpec(
        id="shelf",
        title="Display shelf",
        keywords=(
            "shelf",
            "display",
            "wall",
            "home decor",
            "scandinavian",
            "wooden shelf",
            "books",
            "living room",
            "styling",
        ),
        spots=(((0.0, 0.0, 0.0), (1.1, 1.2)), ((-0.34, 0.04, 0.0), (0.5, 1.1)), ((0.34, 0.04, 0.0), (0.5, 1.1))),
        paint=("wall",),
        albedo=WALL,
        samples=8,
    )


def left(wood: Any) -> None:
    """A leaning print, lying books and a small bottle vase on them."""
    paper, ink = stuff.painted("mount", (0.70, 0.68, 0.63), 0.8), stuff.painted("print", (0.36, 0.19, 0.12), 0.8)
    furniture.framed((-0.98, 0.34, 0.02), 0.62, 0.86, wood, paper, ink, 7.0)
    height = furniture.books(
        (-0.82, 0.02, 0.0), ((0.40, 0.36, 0.29), (0.08, 0.12, 0.13), (0.50, 0.44, 0.36)), 9, 0.55, -6.0
    )
    furniture.vessel("bottle", (-0.78, 0.02, height), stuff.ceramic("glaze", (0.48, 0.46, 0.42), 0.4, 0.5), 0.40)


def right(brass: Any) -> None:
    """A plant that trails over the edge, a ribbed vase, a brass ball."""
    furniture.vessel("pot", (0.83, 0.12, 0.0), stuff.ceramic("pot", (0.55, 0.51, 0.46), 0.5), 0.78)
    make.turned(
        "soil", [(1e-4, 0.32), (0.20, 0.32)], (0.83, 0.12, 0.0), stuff.painted("soil", (0.03, 0.022, 0.016), 0.95)
    )
    green, stem = stuff.foliage("pothos", (0.075, 0.16, 0.045)), stuff.painted("stem", (0.10, 0.16, 0.05))
    furniture.foliage_plant((0.83, 0.12, 0.32), green, stem, 17, 0.46, 10, (0.19, 0.13))
    dice = random.Random(2)
    for number in range(4):
        x, y = 0.80 + 0.13 * number - 0.12, -0.06 - 0.05 * (number % 2)
        fall = 0.45 + 0.18 * dice.random()
        path = [
            (x, 0.06, 0.34),
            (x, y - 0.08, 0.42),
            (x + 0.02, y - 0.27, 0.24),
            (x + 0.05, y - 0.37, -0.05),
            (x + 0.03, y - 0.35, 0.25 - fall),
        ]
        furniture.branch(path, green, stem, 31 + number, (0.15, 0.11), 8, 0.007)
    furniture.globe((0.58, -0.10, 0.08), 0.08, brass)
