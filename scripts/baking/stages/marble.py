"""A polished marble table before a lime-washed wall with an arch, all soft behind the product."""

import math

from scripts.baking import carpentry, furniture, leafwork, materials, materials_interior
from scripts.baking.bench import Bench
from scripts.baking.spec import StageSpec

SUN = (0.60, 0.52, -0.60)


def arched_wall(y: float, width: float, spring: float, tone: tuple[float, float, float]) -> None:
    """A wall with an arch cut through it, and the niche's back behind."""
    wash = materials.plaster("wall", tone)
    half = width / 2
    bow = [(-half * math.cos(a), spring + half * math.sin(a)) for a in (math.pi * i / 40 for i in range(41))]
    outline = [(-6.0, -4.0), (-half, -4.0), *bow, (half, -4.0), (6.0, -4.0), (6.0, 5.0), (-6.0, 5.0)]
    carpentry.prism("wall", outline, 0.55, (0, y, 0), wash, 0.025)
    carpentry.block("niche", (5.0, 0.1, 9.0), (0, y + 0.5, -4.0), wash, 0)


def build(bench: Bench) -> StageSpec:
    """The slab's polished edge ends against the wall's shade; a vase stands to the right."""
    stone = materials.marble("marble")
    carpentry.block("slab", (9.0, 5.6, 0.14), (0.0, -1.2, -0.14), stone, 0.025)
    arched_wall(3.4, 1.75, 0.02, (0.60, 0.535, 0.46))
    clay = materials_interior.ceramic("clay", (0.62, 0.56, 0.49), 0.55, 0.3)
    green = materials_interior.foliage("olive", (0.10, 0.15, 0.06))
    bark = materials.principled("bark", (0.12, 0.08, 0.05), 0.8)[0]
    furniture.vessel("bottle", (1.22, 1.05, 0.0), clay, 0.62)
    furniture.bouquet((1.22, 1.05, 0.66), 0.65, green, bark, 5, 5, (0.17, 0.035), 0.42)
    bench.eye(pitch=8, lens=78, fstop=8)
    bench.sun("key", SUN, 0.92, 0.035)
    leafwork.shade(
        bench,
        SUN,
        (-1.0, 3.3, 0.5),
        2.6,
        [("olive", (-0.9, 1.1), -50, 1.5), ("olive", (-0.2, 1.3), -75, 1.2), ("olive", (-1.3, 0.3), -15, 1.2)],
        4,
    )
    bench.area("fill", (3.6, -3.4, 2.0), (0, 0.2, 0.3), (3, 3), 0.20)
    bench.area("rim", (2.0, 2.4, 3.6), (0, 0, 0.2), (1.6, 0.8), 0.30)
    bench.world("sky", "interior", 0.24, 120)
    return StageSpec(
        id="marble",
        title="Marble table",
        keywords=("marble", "stone", "table", "luxury", "kitchen", "bathroom"),
        paint=("wall",),
        albedo=(0.60, 0.535, 0.46),
        glossy=("marble",),
        roughness=0.12,
    )
